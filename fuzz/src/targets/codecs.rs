//! Checks the role and the version in which a codec writes.

use super::decode::SENDERS;
use bytes::BytesMut;
use mqtt_wire::answer::Answer;
use mqtt_wire::codec::{Codec, CodecError, Outgoing};
use mqtt_wire::owned::OwnedPacket;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{self, decoder};
use tokio_util::codec::Encoder as _;

/// A codec that reads the packets of one role writes the packets of the other.
pub fn write_as_the_other_role(packet: &Packet<'_>, version: Version) {
    for sender in SENDERS {
        let (decoder, encoder) = match sender {
            None => (decoder(version), Encoder::new(version)),
            Some(Role::Client) => {
                (decoder(version).sender(Role::Client), Encoder::new(version).sender(Role::Server))
            }
            Some(Role::Server) => {
                (decoder(version).sender(Role::Server), Encoder::new(version).sender(Role::Client))
            }
        };
        let expected = encoder.encoded_len(packet);
        let owned = OwnedPacket::new(packet, version).expect("it can be written");
        for outgoing in [(*packet).into(), packet.into(), owned.into()] {
            let written = written(Codec::new(decoder), outgoing).map_err(|error| match error {
                CodecError::Encode(error) => error,
                other => panic!("{other}"),
            });
            assert_eq!(written.map(|bytes| bytes.len()), expected, "{sender:?} {packet:?}");
        }
    }
}

/// A codec writes an answer before it knows the version of the connection, too. A CONNACK has a version of its own, and only
/// 5.0 has DISCONNECT as an answer.
pub fn write_every_answer(answer: Answer) {
    let expected = answer.packet().map_or(Vec::new(), |(packet, version)| laws::encoded(&packet, version));
    let versions = Version::ALL.map(Some).into_iter().chain([None]);
    for decoder in versions.map(|version| version.map_or(Decoder::detect_version(), decoder)) {
        let written = written(Codec::new(decoder), answer.into());
        let is_v3 = decoder.version().is_some_and(|version| version != Version::V5_0);
        if is_v3 && matches!(answer, Answer::Disconnect(_)) {
            assert!(
                matches!(written, Err(CodecError::Encode(EncodeError::NotInVersion { .. }))),
                "{answer:?}"
            );
            continue;
        }
        assert_eq!(written.expect("an answer").to_vec(), expected, "{answer:?} {decoder:?}");
    }
}

fn written(mut codec: Codec, outgoing: Outgoing<'_>) -> Result<BytesMut, CodecError> {
    let mut written = BytesMut::new();
    codec.encode(outgoing, &mut written).map(|()| written)
}
