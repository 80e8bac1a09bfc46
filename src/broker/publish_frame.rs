//! An encoded PUBLISH whose DUP, Packet Identifier and RETAIN can be changed in place.

use crate::decode::decode_frame;
use crate::error::DecodeError;
use crate::packet::{Delivery, Packet, packet_id_at, publish_first_byte};
use crate::packet_type::PacketType;
use crate::value::PacketId;
use crate::version::Version;
use crate::wire::header::Header;
use core::fmt;

/// An encoded PUBLISH, with setters for DUP, Packet Identifier and RETAIN.
///
/// The setters change the bytes in place. Use a `PublishFrame` to send a PUBLISH again, or to another
/// receiver.
///
/// ```
/// use mqtt_wire::broker::PublishFrame;
/// use mqtt_wire::{PacketId, Version};
///
/// let mut bytes = *b"\x32\x07\x00\x01a\x00\x01hi";
/// let mut frame = PublishFrame::new(Version::V3_1_1, &mut bytes)?;
/// frame.set_dup(true)?;
/// frame.set_packet_id(PacketId::MAX)?;
/// assert_eq!(frame.as_bytes(), b"\x3a\x07\x00\x01a\xff\xffhi");
/// # Ok::<(), mqtt_wire::broker::PublishFrameError>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct PublishFrame<'b> {
    bytes: &'b mut [u8],
    delivery: Delivery,
    retain: bool,
    /// The offset of the Packet Identifier, if there is one.
    id_at: usize,
}

/// Why the bytes of a PUBLISH cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishFrameError {
    /// The bytes are not exactly one packet.
    Decode(DecodeError),
    /// The bytes are a packet of another type.
    NotPublish(PacketType),
    /// QoS 0 has no DUP (\[MQTT-3.3.1-2\]) and no Packet Identifier (\[MQTT-2.2.1-2\]).
    QosIs0,
}

impl<'b> PublishFrame<'b> {
    /// Takes bytes that are exactly one PUBLISH.
    ///
    /// # Errors
    ///
    /// [`PublishFrameError::Decode`] and [`PublishFrameError::NotPublish`].
    #[inline]
    pub fn new(version: Version, bytes: &'b mut [u8]) -> Result<Self, PublishFrameError> {
        let publish = match decode_frame(version, bytes).map_err(PublishFrameError::Decode)? {
            Packet::Publish(publish) => publish,
            other => return Err(PublishFrameError::NotPublish(other.packet_type())),
        };
        let (delivery, retain) = (publish.delivery, publish.retain);
        let topic_len = publish.topic.name().map_or(0, |name| name.len());
        let header_len = Header::parse(bytes).ok().flatten().map_or(0, |header| header.header_len(bytes));
        let id_at = header_len.saturating_add(packet_id_at(topic_len));
        Ok(Self { bytes, delivery, retain, id_at })
    }

    /// QoS, DUP and Packet Identifier.
    #[must_use]
    #[inline]
    pub const fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// RETAIN.
    #[must_use]
    #[inline]
    pub const fn retain(&self) -> bool {
        self.retain
    }

    /// Sets DUP: whether the message may have been sent before.
    ///
    /// # Errors
    ///
    /// [`PublishFrameError::QosIs0`] if the QoS is 0 and `dup` is true.
    #[inline]
    pub fn set_dup(&mut self, dup: bool) -> Result<(), PublishFrameError> {
        match &mut self.delivery {
            Delivery::AtLeastOnce { dup: held, .. } | Delivery::ExactlyOnce { dup: held, .. } => *held = dup,
            Delivery::AtMostOnce if dup => return Err(PublishFrameError::QosIs0),
            Delivery::AtMostOnce => {}
        }
        self.write_first_byte();
        Ok(())
    }

    /// Sets the Packet Identifier.
    ///
    /// # Errors
    ///
    /// [`PublishFrameError::QosIs0`].
    #[inline]
    pub fn set_packet_id(&mut self, packet_id: PacketId) -> Result<(), PublishFrameError> {
        match &mut self.delivery {
            Delivery::AtLeastOnce { id, .. } | Delivery::ExactlyOnce { id, .. } => *id = packet_id,
            Delivery::AtMostOnce => return Err(PublishFrameError::QosIs0),
        }
        // always: `new` has found an identifier there
        if let Some(place) = self.bytes.get_mut(self.id_at..).and_then(|rest| rest.first_chunk_mut()) {
            *place = packet_id.get().to_be_bytes();
        }
        Ok(())
    }

    /// Sets RETAIN.
    #[inline]
    pub fn set_retain(&mut self, retain: bool) {
        self.retain = retain;
        self.write_first_byte();
    }

    /// The bytes of the packet.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &[u8] {
        self.bytes
    }

    #[inline]
    fn write_first_byte(&mut self) {
        // always: a packet has a first byte
        if let Some(first_byte) = self.bytes.first_mut() {
            *first_byte = publish_first_byte(&self.delivery, self.retain);
        }
    }
}

impl AsRef<[u8]> for PublishFrame<'_> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.bytes
    }
}

impl fmt::Display for PublishFrameError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::NotPublish(packet_type) => write!(f, "the packet is a {packet_type}, not a PUBLISH"),
            Self::QosIs0 => f.write_str("a PUBLISH with QoS 0 has neither DUP nor a packet identifier"),
        }
    }
}

impl core::error::Error for PublishFrameError {}
