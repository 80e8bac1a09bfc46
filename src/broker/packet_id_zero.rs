//! Acknowledgements for a device that uses the Packet Identifier 0.

use crate::packet_type::PacketType;
use crate::value::PacketId;
use crate::wire::header::Header;

/// Sets the Packet Identifier of an encoded PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK to 0.
///
/// Returns whether the bytes begin with such a packet. Other bytes stay unchanged.
///
/// A device that has sent a packet with the Packet Identifier 0 waits for such an acknowledgement. The
/// standard forbids the identifier 0, and no type of this crate holds it. With
/// [`Tolerances::PACKET_ID_ZERO`](crate::Tolerances::PACKET_ID_ZERO) the packet of the device is decoded with
/// [`PACKET_ID_FOR_ZERO`](crate::Tolerances::PACKET_ID_FOR_ZERO). Encode the acknowledgement with
/// `PACKET_ID_FOR_ZERO`, too. Then call this function.
///
/// ```
/// use mqtt_wire::reason::SubscribeReason;
/// use mqtt_wire::{Decoder, Encode, Packet, SubAck, Tolerances, Version, broker};
///
/// let mut decoder = Decoder::new(Version::V3_1_1).tolerate(Tolerances::PACKET_ID_ZERO);
/// let frame = b"\x82\x06\x00\x00\x00\x01a\x00";
/// let (packet, _) = decoder.decode(frame)?.unwrap();
/// let Packet::Subscribe(subscribe) = packet else { panic!() };
///
/// let reasons = [SubscribeReason::GrantedQos0];
/// let mut buffer = [0; 8];
/// let suback = SubAck::new(subscribe.packet_id, &reasons);
/// let len = suback.encode(Version::V3_1_1, &mut buffer)?.len();
/// if decoder.tolerated(frame).contains(Tolerances::PACKET_ID_ZERO) {
///     assert!(broker::set_packet_id_zero(&mut buffer[..len]));
/// }
/// assert_eq!(buffer[..len], *b"\x90\x03\x00\x00\x00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_packet_id_zero(answer: &mut [u8]) -> bool {
    let Ok(Some(header)) = Header::parse_if(answer, is_answer) else { return false };
    let id_at = header.header_len(answer);
    let id_end = id_at.saturating_add(header.remaining_length.min(size_of::<PacketId>()));
    match answer.get_mut(id_at..id_end).and_then(|id| id.first_chunk_mut()) {
        Some(id) => {
            *id = [0; 2];
            true
        }
        None => false,
    }
}

fn is_answer(packet_type: PacketType) -> bool {
    matches!(
        packet_type,
        PacketType::PubAck
            | PacketType::PubRec
            | PacketType::PubComp
            | PacketType::SubAck
            | PacketType::UnsubAck
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_get_the_identifier_0_and_no_other_packet_does() {
        for first_byte in [0x40, 0x50, 0x70, 0x90, 0xb0] {
            let mut answer = [first_byte, 3, 0x80, 0, 1];
            assert!(set_packet_id_zero(&mut answer));
            assert_eq!(answer, [first_byte, 3, 0, 0, 1]);
        }
        let mut padded = *b"\x90\x83\x00\x80\x01\x02";
        assert!(set_packet_id_zero(&mut padded));
        assert_eq!(padded, *b"\x90\x83\x00\x00\x00\x02");
        for bytes in [
            &b""[..],
            b"\x90",
            b"\x90\x01\x80",
            // The packet ends before the identifier, and another packet follows.
            b"\x40\x00\xc0\x00",
            b"\x90\x01\x80\xc0\x00",
            b"\x82\x02\x80\x00",
            b"\x62\x02\x80\x00",
            b"\x00\x02\x80\x00",
        ] {
            let mut unchanged = bytes.to_vec();
            assert!(!set_packet_id_zero(&mut unchanged), "{bytes:02x?}");
            assert_eq!(unchanged, bytes);
        }
    }
}
