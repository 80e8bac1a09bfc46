//! Checks the answers to a refused packet.

#[cfg(feature = "tokio-util")]
use super::codecs;
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::property::{ConnAckProperties, DisconnectProperties};
use mqtt_wire::*;
use mqtt_wire_testkit::{answers, laws};

/// In every role and state, the crate gives the answer that the standard prescribes. The peer can read the answer.
pub fn are_the_standards(error: &DecodeError, connection: Option<Version>) {
    for me in [Role::Client, Role::Server] {
        for state in [ConnectionState::BeforeConnAck, ConnectionState::AfterConnAck] {
            let answer = error.answer(me, state);
            assert_eq!(
                answer,
                answers::expected(error, connection, me, state),
                "{me:?} {state:?} {error:?} on {connection:?}"
            );
            assert_eq!(answer.packet(), packet(answer), "{answer:?}");
            if let Some((packet, version)) = answer.packet() {
                laws::survives(&packet, version);
            }
            #[cfg(feature = "tokio-util")]
            codecs::write_every_answer(answer);
        }
    }
    is_what_the_error_says(error);
}

/// An answer of 3.x is a CONNACK of 3.1.1, because 3.1 has the same bytes. The packet has a Reason Code and nothing else.
fn packet(answer: Answer) -> Option<(Packet<'static>, Version)> {
    let connack = |reason| {
        let properties = ConnAckProperties::EMPTY;
        Packet::ConnAck(ConnAck { session_present: false, reason, properties })
    };
    match answer {
        Answer::Close => None,
        Answer::ConnAckV3(reason) => Some((connack(reason), Version::V3_1_1)),
        Answer::ConnAckV5(reason) => Some((connack(reason), Version::V5_0)),
        Answer::Disconnect(reason) => {
            let properties = DisconnectProperties::EMPTY;
            Some((Packet::Disconnect(Disconnect { reason, properties }), Version::V5_0))
        }
    }
}

/// An error has the Reason Code that a peer of its version would send.
fn is_what_the_error_says(error: &DecodeError) {
    let codes = answers::codes(error);
    let code = match error.packet_type() {
        Some(PacketType::Connect) => codes.connack,
        _ => codes.disconnect,
    };
    assert_eq!(error.reason_code(), (error.version() == Some(Version::V5_0)).then_some(code), "{error:?}");
}
