//! Packets to test with: made up from random bytes, or a systematic set of everything.

mod draft;
mod elements;
mod everything;
mod make;

use crate::{
    Packet, SubscribeReason, Subscription, SubscriptionId, TopicFilter, UnsubscribeReason, UserProperty,
    Version,
};
use arbitrary::{Arbitrary, Result, Unstructured};
use core::fmt;
use elements::Elements;
use std::vec::Vec;

pub(crate) use make::{SampleProperties, SampleSlot};

/// A packet to test with, and the lists that a [`Packet`] only borrows.
///
/// It is an [`Arbitrary`]: a fuzz target or a property test gives random bytes, and gets a packet that can be
/// encoded for the sample's [`version`](Self::version). Every packet type, property, Reason Code and flag comes
/// up, strings and payloads at the edges of their lengths, and lists in all three forms: on the wire, in a
/// slice, and the one followed by the other. The bytes are used from front to back and fewer or smaller
/// ones mean simpler packets, so that a test that shrinks its bytes shrinks the packet.
///
/// ```
/// use arbitrary::{Arbitrary, Unstructured};
/// use mqtt_wire::{Encode, Sample, decode};
///
/// let sample = Sample::arbitrary(&mut Unstructured::new(b"\x02\x02any bytes at all will do")).unwrap();
///
/// let packet = sample.as_packet();
/// let mut buffer = vec![0; packet.encoded_len(sample.version()).unwrap()];
/// let bytes = packet.encode(sample.version(), &mut buffer).unwrap();
/// assert_eq!(decode(sample.version(), bytes), Ok(Some((packet, &[][..]))));
/// ```
///
/// Mosquitto's [bridges](crate::Connect::bridge) are among the samples: a decoder takes them
/// [if asked](crate::Decoder::accept_bridge).
#[derive(Clone)]
pub struct Sample<'a> {
    version: Version,
    /// All but its lists.
    packet: Packet<'a>,
    lists: Lists<'a>,
}

/// The lists of whatever packet it is.
#[derive(Clone, Default)]
struct Lists<'a> {
    user_properties: Elements<UserProperty<'a>>,
    will_user_properties: Elements<UserProperty<'a>>,
    subscription_identifiers: Elements<SubscriptionId>,
    subscriptions: Elements<Subscription<'a>>,
    filters: Elements<TopicFilter<'a>>,
    subscribe_reasons: Elements<SubscribeReason>,
    unsubscribe_reasons: Elements<UnsubscribeReason>,
}

impl<'a> Sample<'a> {
    /// The version that the packet is of.
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

    /// Any packet that the types of the fields allow: encoding it for the sample's version may be refused
    /// ([`NotInVersion`](crate::EncodeError::NotInVersion), [`Inconsistent`](crate::EncodeError::Inconsistent)).
    ///
    /// # Errors
    ///
    /// None: there are no bytes that a packet cannot be made of. The signature is that of
    /// [`Arbitrary::arbitrary`].
    pub fn constructible(u: &mut Unstructured<'a>) -> Result<Self> {
        draft::constructible(u)
    }

    /// A set of packets of this version that has everything in it: each packet type with nothing in it and
    /// with all that it can hold, each property and each Reason Code by itself, each flag, lists of none,
    /// one and many in all their forms, and every length at the edges of its encoding. A few thousand, of up
    /// to 2 MiB.
    #[must_use]
    pub fn of_everything(version: Version) -> Vec<Sample<'static>> {
        everything::of(version)
    }
}

impl<'a> Arbitrary<'a> for Sample<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        draft::encodable(u)
    }
}

/// Shows the version and the packet.
impl fmt::Debug for Sample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sample").field("version", &self.version).field("packet", &self.as_packet()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Encode, EncodeError, Field, Inconsistency};
    use std::collections::BTreeSet;
    use std::{format, string::String, vec};

    fn encoded(sample: &Sample<'_>) -> Vec<u8> {
        let packet = sample.as_packet();
        let mut buffer = vec![0; packet.encoded_len(sample.version).unwrap()];
        packet.encode(sample.version, &mut buffer).unwrap();
        buffer
    }

    /// Which fields a sample has, what is in those of one byte, and in which form its lists are.
    fn features(sample: &Sample<'_>) -> BTreeSet<String> {
        let packet_type = sample.packet.packet_type();
        let mut features: BTreeSet<_> = forms(sample).collect();
        let bytes = encoded(sample);
        let read = Decoder::new(sample.version).accept_bridge(true).dissect(&bytes, |span| {
            let value = match span.field {
                Field::ReasonCode | Field::ProtocolLevel | Field::PropertyIdentifier => {
                    span.bytes.first().copied()
                }
                _ => span.bits(),
            };
            features.insert(format!("{packet_type} in {}: {} {value:?}", sample.version, span.field));
        });
        assert!(read.is_ok(), "{read:?}");
        features
    }

    /// Of each list, whether some of it is on the wire, and whether some of it is in the slice.
    fn forms(sample: &Sample<'_>) -> impl Iterator<Item = String> {
        let lists = &sample.lists;
        [
            lists.user_properties.parts(),
            lists.will_user_properties.parts(),
            lists.subscription_identifiers.parts(),
            lists.subscriptions.parts(),
            lists.filters.parts(),
            lists.subscribe_reasons.parts(),
            lists.unsubscribe_reasons.parts(),
        ]
        .into_iter()
        .enumerate()
        .map(|(list, (on_wire, in_slice))| format!("list {list}: {} {}", on_wire > 0, in_slice > 0))
    }

    /// The samples that random bytes make.
    fn for_random_bytes(samples: u32, mut make: impl FnMut(&mut Unstructured<'_>)) {
        let mut state = 1u32;
        for _ in 0..samples {
            let next = || {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_le_bytes()[1]
            };
            let bytes: Vec<u8> = std::iter::repeat_with(next).take(250).collect();
            make(&mut Unstructured::new(&bytes));
        }
    }

    #[test]
    fn all_that_there_is_comes_up_in_random_samples() {
        let everything = Version::ALL.into_iter().flat_map(Sample::of_everything);
        let mut left: BTreeSet<_> = everything.flat_map(|sample| features(&sample)).collect();
        assert!(left.len() > 500, "only {}", left.len());
        for_random_bytes(60_000, |u| {
            for feature in features(&Sample::arbitrary(u).unwrap()) {
                left.remove(&feature);
            }
        });
        assert!(left.is_empty(), "{left:#?}");
    }

    #[test]
    fn what_is_constructible_is_refused_for_every_reason_there_is() {
        let (mut fields, mut inconsistencies) = (BTreeSet::new(), BTreeSet::new());
        for_random_bytes(200_000, |u| {
            let sample = Sample::constructible(u).unwrap();
            match sample.as_packet().encoded_len(sample.version) {
                Err(EncodeError::NotInVersion { field, .. }) => drop(fields.insert(field.name())),
                Err(EncodeError::Inconsistent(rule)) => drop(inconsistencies.insert(format!("{rule:?}"))),
                refused => assert!(refused.is_ok()),
            }
        });
        assert!(fields.len() >= 20, "{fields:?}");
        // Without a sender there is no wrong direction.
        for rule in [
            Inconsistency::AuthenticationDataWithoutMethod,
            Inconsistency::AuthenticationMethodMissing,
            Inconsistency::BadAuthenticationMethodInDisconnect,
            Inconsistency::EmptyList,
            Inconsistency::NoLocalOnSharedSubscription,
            Inconsistency::PasswordWithoutUserName,
            Inconsistency::SessionPresentWithError,
        ] {
            assert!(inconsistencies.remove(&format!("{rule:?}")), "{rule:?}");
        }
        assert!(inconsistencies.is_empty(), "{inconsistencies:?}");
    }

    #[test]
    fn no_bytes_make_the_simplest_packet() {
        let sample = Sample::arbitrary(&mut Unstructured::new(&[])).unwrap();
        assert_eq!((sample.version(), sample.as_packet()), (Version::V3_1, Packet::PingReq));
        assert_eq!(format!("{sample:?}"), "Sample { version: V3_1, packet: PingReq }");
    }
}
