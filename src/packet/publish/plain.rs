//! Encodes a PUBLISH. The most frequent form has few fields, and a type of its own.

use super::{Publish, Topic, first_byte};
use crate::encode::{EncodeInto, Encoder, Target, WritePacket, encode_apart, encode_one};
use crate::error::EncodeError;
use crate::packet_type::PacketType;
use crate::platform::FAST_PATHS;
use crate::value::{PacketId, TopicName};
use crate::wire::writer::Writer;

impl EncodeInto for Publish<'_> {
    // Without this attribute, `build and encode 3.1.1 PUBLISH QoS 1, 64 B` takes 33 % more.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
        match self.topic {
            Topic::Name(topic) if self.properties.is_empty() => {
                let plain = PlainPublish {
                    first_byte: first_byte(&self.delivery, self.retain),
                    packet_id: self.delivery.packet_id(),
                    topic,
                    payload: self.payload,
                };
                // A stack frame of its own takes less time and more flash.
                // always: where the tests run, there are fast paths
                if FAST_PATHS { encode_apart(&plain, to, target) } else { encode_one(&plain, to, target) }
            }
            _ => encode_apart(self, to, target),
        }
    }
}

/// A PUBLISH with a Topic Name, without Topic Alias and without properties.
///
/// Most code builds such a PUBLISH and encodes it at once. Then the compiler builds only this small struct.
struct PlainPublish<'a> {
    first_byte: u8,
    packet_id: Option<PacketId>,
    topic: TopicName<'a>,
    payload: &'a [u8],
}

impl WritePacket for PlainPublish<'_> {
    // Without this constant, `append 3.1.1 PUBLISH QoS 1, 64 B` takes 9 % more.
    const IS_HEAD_APPENDED_AT_ONCE: bool = false;

    fn packet_type(&self) -> PacketType {
        PacketType::Publish
    }

    #[inline]
    fn first_byte(&self) -> u8 {
        self.first_byte
    }

    #[inline]
    fn check<const V5: bool>(&self, _: Encoder) -> Result<(), EncodeError> {
        Ok(())
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        // [MQTT-3.3.2-1] the Topic Name comes first
        out.prefixed(self.topic.as_str().as_bytes());
        self.write_after_topic::<V5>(out);
    }

    /// Most messages are short. Then the fixed header and the length of the topic are written together.
    #[inline]
    fn write_head<const V5: bool>(&self, remaining_length: u32, out: &mut impl Writer) {
        match u8::try_from(remaining_length) {
            Ok(short) if short < 0x80 => {
                let topic = self.topic.as_str().as_bytes();
                let [.., high, low] = topic.len().to_be_bytes();
                out.put([self.first_byte(), short, high, low], topic, []);
                self.write_after_topic::<V5>(out);
            }
            _ => {
                out.u8_and_varint(self.first_byte(), remaining_length);
                self.write::<V5>(out);
            }
        }
    }

    #[inline]
    fn payload(&self) -> &[u8] {
        self.payload
    }
}

impl PlainPublish<'_> {
    /// Writes the Packet Identifier and, in 5.0, the Property Length. Each append is costly, so one append takes both.
    #[inline]
    fn write_after_topic<const V5: bool>(&self, out: &mut impl Writer) {
        // [MQTT-2.2.1-2] QoS 0 has no Packet Identifier (3.1.1: [MQTT-2.3.1-5])
        match self.packet_id.map(|id| id.get().to_be_bytes()) {
            Some([high, low]) if V5 => out.put([high, low, NO_PROPERTIES], &[], []),
            Some(id) => out.put(id, &[], []),
            None if V5 => out.u8(NO_PROPERTIES),
            None => {}
        }
    }
}

/// The Property Length of a packet without properties.
const NO_PROPERTIES: u8 = 0;
