//! The items of the codec's sink.

use super::CodecError;
use crate::answer::Answer;
use crate::broker::OutgoingPublish;
use crate::encode::{Encode, Encoder};
use crate::error::EncodeError;
use crate::owned::OwnedPacket;
use crate::packet::{
    Auth, ConnAck, Connect, Delivery, Disconnect, Packet, PingReq, PingResp, PubAck, PubComp, PubRec, PubRel,
    Publish, SubAck, Subscribe, Topic, UnsubAck, Unsubscribe,
};
use crate::value::TopicName;
use crate::version::Version;
use alloc::boxed::Box;
use bytes::{BufMut, BytesMut};
use core::fmt;

/// An item for the sink of a `Framed` with a [`Codec`](super::Codec).
///
/// `into()` makes an item from one of these values:
///
/// - a packet ([`Packet`], or one of the fifteen types), or a reference to a packet: the codec encodes the
///   packet when you send the item;
/// - an [`OwnedPacket`], which borrows nothing: for a channel, or for a half of a split `Framed`. The codec encodes
///   a packet of another version again;
/// - an [`Answer`] to a refused packet: for [`Answer::Close`] the codec writes nothing;
/// - an [`OutgoingPublish`] of a [`FanOut`](crate::broker::FanOut). The codec writes its bytes as they are, and refuses
///   a PUBLISH for another version.
///
/// An item that holds a packet allocates a box. The exceptions are PUBACK, PUBREC, PUBREL, PUBCOMP, and a
/// PUBLISH without properties and without Topic Alias. An item that holds a reference allocates nothing.
///
/// ```
/// use futures_util::SinkExt;
/// use mqtt_wire::broker::{FanOut, Recipient};
/// use mqtt_wire::codec::{Codec, CodecError};
/// use mqtt_wire::owned::OwnedPacket;
/// use mqtt_wire::{Decoder, Delivery, PingReq, Publish, Version, topic_name};
/// use tokio_util::codec::FramedWrite;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let version = Version::V5_0;
/// let mut sent = Vec::new();
/// let mut writer = FramedWrite::new(&mut sent, Codec::new(Decoder::new(version)));
///
/// let publish = Publish::new(topic_name!("t"), b"up");
/// writer.send((&publish).into()).await?;
/// writer.send(OwnedPacket::new(&publish, version)?.into()).await?;
/// let fan_out = FanOut::new(topic_name!("t"), &publish, &mut [])?;
/// let subscriber = Recipient::new(version, Delivery::AtMostOnce);
/// writer.send(fan_out.to(&subscriber, &mut [0; 16])?.into()).await?;
/// writer.send(PingReq.into()).await?;
/// writer.close().await?;
///
/// let publish = b"\x30\x06\x00\x01t\x00up";
/// assert_eq!(sent, [&publish[..], publish, publish, b"\xc0\x00"].concat());
/// # Ok::<(), CodecError>(())
/// # }).unwrap();
/// ```
pub struct Outgoing<'a>(Content<'a>);

/// A sink moves each item several times, and large moves take longer than encoding. So the most frequent packets are
/// small, and the others are in a box.
enum Content<'a> {
    Message(Message<'a>),
    PubAck(PubAck<'a>),
    PubRec(PubRec<'a>),
    PubRel(PubRel<'a>),
    PubComp(PubComp<'a>),
    Packet(Box<Packet<'a>>),
    Reference(&'a (dyn EncodeToBytesMut + Sync)),
    Owned(OwnedPacket),
    Answer(Answer),
    Publish(OutgoingPublish<'a>),
}

/// A PUBLISH with a Topic Name, and without properties.
struct Message<'a> {
    delivery: Delivery,
    retain: bool,
    topic: TopicName<'a>,
    payload: &'a [u8],
}

impl Outgoing<'_> {
    /// Appends the item to the buffer. Until the version is known, only an answer is written.
    pub(super) fn write_to(
        self,
        encoder: Encoder,
        is_version_known: bool,
        buffer: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let encoder_or_error = if is_version_known { Ok(encoder) } else { Err(CodecError::VersionUnknown) };
        let written = match self.0 {
            Content::Message(message) => encoder_or_error?.encode_to(&message.publish(), buffer),
            Content::PubAck(packet) => encoder_or_error?.encode_to(&packet, buffer),
            Content::PubRec(packet) => encoder_or_error?.encode_to(&packet, buffer),
            Content::PubRel(packet) => encoder_or_error?.encode_to(&packet, buffer),
            Content::PubComp(packet) => encoder_or_error?.encode_to(&packet, buffer),
            Content::Packet(packet) => encoder_or_error?.encode_to(&*packet, buffer),
            Content::Reference(packet) => packet.encode_to_bytes_mut(encoder_or_error?, buffer),
            Content::Owned(packet) => encoder_or_error?.encode_to(&packet, buffer),
            Content::Publish(publish) => return write_publish(&publish, encoder_or_error?, buffer),
            Content::Answer(answer) => return write_answer(answer, encoder, buffer),
        };
        written.map(drop).map_err(CodecError::Encode)
    }
}

impl<'a> Message<'a> {
    /// The parts of the packet, if it has no others.
    #[inline]
    fn of(publish: &Publish<'a>) -> Option<Self> {
        let Publish { delivery, retain, topic, payload, .. } = *publish;
        match topic {
            Topic::Name(topic) if publish.properties.is_empty() => {
                Some(Self { delivery, retain, topic, payload })
            }
            _ => None,
        }
    }

    #[inline]
    fn publish(&self) -> Publish<'a> {
        let Self { delivery, retain, topic, payload } = *self;
        Publish { delivery, retain, ..Publish::new(topic, payload) }
    }
}

/// Appends the packet of the answer.
fn write_answer(answer: Answer, encoder: Encoder, buffer: &mut BytesMut) -> Result<(), CodecError> {
    if let Some((packet, encoder)) = answer.to_encode(encoder) {
        encoder.encode_to(&packet, buffer)?;
    }
    Ok(())
}

/// Appends the slices, if the packet is for the version of the connection and not too large for the peer.
fn write_publish(
    publish: &OutgoingPublish<'_>,
    encoder: Encoder,
    buffer: &mut BytesMut,
) -> Result<(), CodecError> {
    let (of_recipient, of_connection) = (publish.version(), encoder.version());
    // 3.1 and 3.1.1 have the same PUBLISH.
    if (of_recipient == Version::V5_0) != (of_connection == Version::V5_0) {
        return Err(CodecError::WrongVersion { of_recipient, of_connection });
    }
    encoder.check_len(publish.len())?;
    publish.slices().iter().for_each(|slice| buffer.put_slice(slice));
    Ok(())
}

/// [`Encode`] as a trait object.
trait EncodeToBytesMut {
    fn encode_to_bytes_mut(&self, encoder: Encoder, buffer: &mut BytesMut) -> Result<usize, EncodeError>;
}

impl<P: Encode> EncodeToBytesMut for P {
    fn encode_to_bytes_mut(&self, encoder: Encoder, buffer: &mut BytesMut) -> Result<usize, EncodeError> {
        encoder.encode_to(self, buffer)
    }
}

impl<'a, P: Encode + Sync> From<&'a P> for Outgoing<'a> {
    fn from(packet: &'a P) -> Self {
        Self(Content::Reference(packet))
    }
}

impl From<OwnedPacket> for Outgoing<'_> {
    fn from(packet: OwnedPacket) -> Self {
        Self(Content::Owned(packet))
    }
}

impl From<Answer> for Outgoing<'_> {
    fn from(answer: Answer) -> Self {
        Self(Content::Answer(answer))
    }
}

impl<'a> From<OutgoingPublish<'a>> for Outgoing<'a> {
    fn from(publish: OutgoingPublish<'a>) -> Self {
        Self(Content::Publish(publish))
    }
}

impl<'a> From<Packet<'a>> for Outgoing<'a> {
    fn from(packet: Packet<'a>) -> Self {
        match packet {
            Packet::Publish(publish) => publish.into(),
            Packet::PubAck(puback) => puback.into(),
            Packet::PubRec(pubrec) => pubrec.into(),
            Packet::PubRel(pubrel) => pubrel.into(),
            Packet::PubComp(pubcomp) => pubcomp.into(),
            other => Self(Content::Packet(Box::new(other))),
        }
    }
}

impl<'a> From<Publish<'a>> for Outgoing<'a> {
    #[inline]
    fn from(publish: Publish<'a>) -> Self {
        Self(match Message::of(&publish) {
            Some(message) => Content::Message(message),
            None => Content::Packet(Box::new(publish.into())),
        })
    }
}

macro_rules! from_acknowledgements {
    ($( $Type:ident ),*) => { $(
        impl<'a> From<$Type<'a>> for Outgoing<'a> {
            #[inline]
            fn from(packet: $Type<'a>) -> Self {
                Self(Content::$Type(packet))
            }
        }
    )* };
}

from_acknowledgements!(PubAck, PubRec, PubRel, PubComp);

macro_rules! from_rare_packets {
    ($( $Type:ty ),* $(,)?) => { $(
        impl<'a> From<$Type> for Outgoing<'a> {
            fn from(packet: $Type) -> Self {
                Self(Content::Packet(Box::new(packet.into())))
            }
        }
    )* };
}

from_rare_packets!(
    Connect<'a>,
    ConnAck<'a>,
    Subscribe<'a>,
    SubAck<'a>,
    Unsubscribe<'a>,
    UnsubAck<'a>,
    PingReq,
    PingResp,
    Disconnect<'a>,
    Auth<'a>,
);

/// Shows no secrets.
impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: &dyn fmt::Debug = match &self.0 {
            Content::Message(message) => &message.publish(),
            Content::PubAck(packet) => packet,
            Content::PubRec(packet) => packet,
            Content::PubRel(packet) => packet,
            Content::PubComp(packet) => packet,
            Content::Packet(packet) => packet,
            Content::Owned(packet) => packet,
            Content::Answer(answer) => answer,
            Content::Reference(_) | Content::Publish(_) => {
                return f.debug_struct("Outgoing").finish_non_exhaustive();
            }
        };
        f.debug_tuple("Outgoing").field(shown).finish()
    }
}
