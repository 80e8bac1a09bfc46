//! A sample: a packet, and the lists that the packet only borrows.

use super::elements::Elements;
use crate::packet::{Failures, Options, Packet, Subscription};
use crate::property::UserProperty;
use crate::reason::{SubscribeReason, UnsubscribeReason};
use crate::value::{SubscriptionId, TopicFilter};
use crate::version::Version;
use core::fmt;

/// A packet to test with. A sample owns the lists that a [`Packet`] borrows.
///
/// `Sample` implements [`Arbitrary`](arbitrary::Arbitrary). A fuzz target or a property test passes random
/// bytes, and gets a packet that can be encoded for the sample's [`version`](Self::version). Samples cover
/// every packet type, property, Reason Code and flag, strings and payloads at the edges of their lengths, and
/// lists in all three forms: encoded, in a slice, and encoded followed by a slice. Fewer or smaller bytes
/// make simpler packets, so a test that shrinks its bytes shrinks the packet.
///
/// ```
/// use arbitrary::{Arbitrary, Unstructured};
/// use mqtt_wire::sample::Sample;
/// use mqtt_wire::{Encode, decode};
///
/// let sample =
///     Sample::arbitrary(&mut Unstructured::new(b"\x02\x02any bytes at all will do"))
///         .unwrap();
///
/// let packet = sample.as_packet();
/// let mut buffer = vec![0; packet.encoded_len(sample.version()).unwrap()];
/// let bytes = packet.encode(sample.version(), &mut buffer).unwrap();
/// assert_eq!(decode(sample.version(), bytes), Ok(Some((packet, &[][..]))));
/// ```
///
/// Samples include mosquitto's [bridges](crate::Connect::bridge), which a decoder accepts with
/// [`accept_bridge`](crate::Decoder::accept_bridge).
#[derive(Clone)]
pub struct Sample<'a> {
    pub(super) version: Version,
    /// The packet without its lists.
    pub(super) packet: Packet<'a>,
    pub(super) lists: Lists<'a>,
}

/// The lists of a packet of any type.
#[derive(Clone, Default)]
pub(super) struct Lists<'a> {
    pub(super) user_properties: Elements<UserProperty<'a>>,
    pub(super) will_user_properties: Elements<UserProperty<'a>>,
    pub(super) subscription_identifiers: Elements<SubscriptionId>,
    pub(super) subscriptions: Elements<Subscription<'a>, Options>,
    pub(super) filters: Elements<TopicFilter<'a>>,
    pub(super) subscribe_reasons: Elements<SubscribeReason, Failures>,
    pub(super) unsubscribe_reasons: Elements<UnsubscribeReason>,
}

impl<'a> Sample<'a> {
    /// The version of the packet.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The packet.
    #[must_use]
    pub fn as_packet(&self) -> Packet<'_> {
        let lists = &self.lists;
        let user_properties = lists.user_properties.as_list();
        let mut packet: Packet<'_> = self.packet;
        match &mut packet {
            Packet::Connect(connect) => {
                connect.properties.user_properties = user_properties;
                if let Some(will) = &mut connect.will {
                    will.properties.user_properties = lists.will_user_properties.as_list();
                }
            }
            Packet::ConnAck(connack) => connack.properties.user_properties = user_properties,
            Packet::Publish(publish) => {
                publish.properties.user_properties = user_properties;
                publish.properties.subscription_identifiers = lists.subscription_identifiers.as_list();
            }
            Packet::PubAck(ack) => ack.properties.user_properties = user_properties,
            Packet::PubRec(ack) => ack.properties.user_properties = user_properties,
            Packet::PubRel(ack) => ack.properties.user_properties = user_properties,
            Packet::PubComp(ack) => ack.properties.user_properties = user_properties,
            Packet::Subscribe(subscribe) => {
                subscribe.properties.user_properties = user_properties;
                subscribe.subscriptions = lists.subscriptions.as_list();
            }
            Packet::SubAck(suback) => {
                suback.properties.user_properties = user_properties;
                suback.reasons = lists.subscribe_reasons.as_list();
            }
            Packet::Unsubscribe(unsubscribe) => {
                unsubscribe.properties.user_properties = user_properties;
                unsubscribe.filters = lists.filters.as_list();
            }
            Packet::UnsubAck(unsuback) => {
                unsuback.properties.user_properties = user_properties;
                unsuback.reasons = lists.unsubscribe_reasons.as_list();
            }
            Packet::PingReq | Packet::PingResp => {}
            Packet::Disconnect(disconnect) => disconnect.properties.user_properties = user_properties,
            Packet::Auth(auth) => auth.properties.user_properties = user_properties,
        }
        packet
    }
}

/// Shows the version and the packet.
impl fmt::Debug for Sample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sample").field("version", &self.version).field("packet", &self.as_packet()).finish()
    }
}
