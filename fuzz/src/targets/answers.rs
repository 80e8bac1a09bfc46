//! What the peer is answered when its packet was refused.

use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::*;
use mqtt_wire_testkit::laws;

/// Each is a packet that the peer can read, of the version that the connection has, with the code of the error.
pub fn are_understood(error: &DecodeError, connection: Option<Version>) {
    for me in [Role::Client, Role::Server] {
        for state in [ConnectionState::BeforeConnAck, ConnectionState::AfterConnAck] {
            let answer = error.answer(me, state);
            if let Some((packet, version)) = answer.packet() {
                laws::survives(&packet, version);
            }
            if (me, state) == (Role::Server, ConnectionState::BeforeConnAck) {
                is_for_who_connects(answer, error);
            } else {
                is_for_who_is_connected(answer, error, connection);
            }
        }
    }
}

/// 3.x answers a level that it does not know, 5.0 a CONNECT, and the AUTH before CONNACK.
fn is_for_who_connects(answer: Answer, error: &DecodeError) {
    let is_level = matches!(error.kind(), DecodeErrorKind::UnsupportedProtocolLevel { .. });
    match (error.version(), error.packet_type()) {
        (Some(Version::V3_1_1), _) if is_level => {
            assert_eq!(answer, Answer::ConnAckV3(ConnectReason::UnsupportedProtocolVersion));
        }
        (Some(Version::V5_0), Some(packet_type @ (PacketType::Connect | PacketType::Auth))) => {
            let Answer::ConnAckV5(reason) = answer else { panic!("{answer:?} to {error:?}") };
            let is_its = packet_type != PacketType::Connect || Some(reason.get()) == error.reason_code();
            assert!(reason.is_error() && is_its, "{answer:?} to {error:?}");
        }
        _ => assert_eq!(answer, Answer::Close, "{error:?}"),
    }
}

fn is_for_who_is_connected(answer: Answer, error: &DecodeError, connection: Option<Version>) {
    match answer {
        Answer::Disconnect(reason) => {
            assert_eq!(connection, Some(Version::V5_0), "{error:?}");
            // That of a CONNECT is a CONNACK's.
            let is_its = error.version() == connection && error.packet_type() != Some(PacketType::Connect);
            assert!(!is_its || Some(reason.get()) == error.reason_code(), "{error:?}");
        }
        Answer::Close => {
            let is_5_0 = connection == Some(Version::V5_0) && error.kind() != DecodeErrorKind::RefusedIn3x;
            assert!(!is_5_0, "{error:?}");
        }
        other => panic!("{other:?} to {error:?}"),
    }
}
