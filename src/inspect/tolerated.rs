//! The deviations from the standard in a packet.

use crate::context::Context;
use crate::decode::Decoder;
use crate::error::DecodeError;
use crate::tolerance::{Tolerances, deviation};

impl Decoder {
    /// The deviations of a packet that this decoder [tolerates](Self::tolerate).
    ///
    /// Your program can log and count the deviations.
    ///
    /// The set is empty if the packet is legal, or if it is refused. For a PUBLISH, the head is enough.
    ///
    /// A decoder does not remember packets, so this method reads the bytes again. If the decoder tolerates
    /// nothing, the method reads no bytes.
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Packet, Tolerances, Version};
    ///
    /// let frame = b"\x20\x05\x00\x00\x02\x24\x02"; // CONNACK with a Maximum QoS of 2
    /// let mut client = Decoder::from_server(Version::V5_0).tolerate(Tolerances::BROKERS);
    /// let Packet::ConnAck(connack) = client.decode_frame(frame)? else { panic!() };
    /// assert_eq!(connack.properties.maximum_qos, None); // which means 2
    /// assert_eq!(client.tolerated(frame), Tolerances::MAXIMUM_QOS_2);
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    #[must_use]
    pub fn tolerated(&self, frame: &[u8]) -> Tolerances {
        if !self.context().tolerates_any() {
            return Tolerances::NONE;
        }
        match least(self.context(), |context| Self::of(*context).decode_head(frame).map(drop)) {
            Some(needed) if self.context().tolerances().contains(needed) => needed,
            _ => Tolerances::NONE,
        }
    }

    /// The deviations that a decoder must [tolerate](Self::tolerate) to accept this packet.
    ///
    /// `frame` is exactly one packet. The set is empty if the packet is legal. `None`: no tolerance helps.
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Tolerances, Version};
    ///
    /// let client = Decoder::from_server(Version::V3_1_1);
    /// assert_eq!(client.tolerances_needed(b"\x42\x02\x00\x01"), Some(Tolerances::ACK_FLAGS));
    /// assert_eq!(client.tolerances_needed(b"\x40\x02\x00\x01"), Some(Tolerances::NONE));
    /// assert_eq!(client.tolerances_needed(b"\x40\x02\x00\x00"), None);
    /// ```
    #[must_use]
    pub fn tolerances_needed(&self, frame: &[u8]) -> Option<Tolerances> {
        least(self.context(), |context| Self::of(*context).decode_frame(frame).map(drop))
    }
}

/// Returns the tolerances that the bytes need. The function adds the tolerance for each error until there is no
/// error.
fn least(context: &Context, check: impl Fn(&Context) -> Result<(), DecodeError>) -> Option<Tolerances> {
    let mut context = context.strict();
    while let Err(refused) = check(&context) {
        let deviation = deviation(&refused);
        if deviation.is_empty() || context.tolerates(deviation) {
            return None;
        }
        context = context.tolerating(deviation);
    }
    Some(context.tolerances())
}
