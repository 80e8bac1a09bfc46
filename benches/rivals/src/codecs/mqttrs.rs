//! Decodes with `decode_slice` and encodes with `encode_slice`. `decode_slice` does not return the
//! end of the packet, so it gets one frame at a time.

use super::touch;
use crate::codec::Codec;
use crate::row::Row;
use mqtt_wire::{PacketId, Version};
use mqttrs::{Packet, Pid, QosPid, decode_slice, encode_slice};

pub struct V3;

pub struct Input {
    frames: std::vec::IntoIter<&'static [u8]>,
    bytes: &'static [u8],
}

pub struct Output {
    buffer: Vec<u8>,
    end: usize,
}

impl Codec for V3 {
    type Packet = Packet<'static>;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "mqttrs";
    const VERSION: Version = Version::V3_1_1;

    fn input(row: &'static Row) -> Input {
        Input { frames: row.frames().collect::<Vec<_>>().into_iter(), bytes: row.bytes }
    }

    fn bytes(input: &Input) -> &[u8] {
        input.bytes
    }

    #[inline]
    fn decode(input: &mut Input, look: impl FnOnce(&Packet<'static>)) {
        if let Some(Ok(Some(packet))) = &input.frames.next().map(decode_slice) {
            look(packet);
        }
    }

    fn take(input: &mut Input) -> Option<Packet<'static>> {
        decode_slice(input.frames.next()?).ok()?
    }

    fn read(packet: &Packet<'static>) {
        match packet {
            Packet::Subscribe(subscribe) => touch(&subscribe.topics),
            Packet::Suback(suback) => touch(&suback.return_codes),
            other => touch([other]),
        }
    }

    fn output(capacity: usize) -> Output {
        Output { buffer: vec![0; capacity], end: 0 }
    }

    fn encode(packet: &mut Option<Packet<'static>>, output: &mut Output) -> Option<()> {
        output.end += encode_slice(packet.as_ref()?, output.buffer.get_mut(output.end..)?).ok()?;
        Some(())
    }

    fn written(output: Output) -> Vec<u8> {
        output.buffer[..output.end].to_vec()
    }

    fn readdress(packet: &mut Packet<'static>, id: PacketId) -> Option<()> {
        let Packet::Publish(publish) = packet else { return None };
        publish.qospid = QosPid::AtLeastOnce(Pid::try_from(id.get()).ok()?);
        Some(())
    }

    fn copy(_: &Packet<'static>) -> Option<Packet<'static>> {
        None
    }
}
