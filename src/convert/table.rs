//! The code of 3.1 and 3.1.1 that is nearest to a Reason Code of 5.0.

use crate::packet_type::PacketType;
use crate::reason::ConnectReason;

/// CONNACK: the nearest return code for each Reason Code without one (5.0 Table 3-1, 3.1.1 Table 3.1).
///
/// A Reason Code that is neither here nor a return code cannot be sent: the server closes the connection
/// without a CONNACK (3.1.1 \[MQTT-3.2.2-6\]).
const CONNACK: [(ConnectReason, ConnectReason); 7] = [
    (ConnectReason::ServerBusy, ConnectReason::ServerUnavailable),
    (ConnectReason::Banned, ConnectReason::NotAuthorized),
    (ConnectReason::BadAuthenticationMethod, ConnectReason::NotAuthorized),
    (ConnectReason::QuotaExceeded, ConnectReason::ServerUnavailable),
    (ConnectReason::UseAnotherServer, ConnectReason::ServerUnavailable),
    (ConnectReason::ServerMoved, ConnectReason::ServerUnavailable),
    (ConnectReason::ConnectionRateExceeded, ConnectReason::ServerUnavailable),
];

/// PUBACK, PUBREC, PUBREL and PUBCOMP: Reason Codes that are no failure. Before 5.0 the packet itself means
/// success.
///
/// 0x10, no matching subscribers: the message was accepted (5.0 §3.4.2.1, §3.5.2.1). 0x92, unknown
/// identifier: it is not an error during recovery (5.0 §3.6.2.1, §3.7.2.1), and 3.1.1 §4.3.3 continues in the
/// same way.
///
/// The other codes refuse the message. 3.x has no counterpart (3.1.1 §3.3.5).
const SUCCESS: [(PacketType, u8); 4] = [
    (PacketType::PubAck, 0x10),
    (PacketType::PubRec, 0x10),
    (PacketType::PubRel, 0x92),
    (PacketType::PubComp, 0x92),
];

/// The nearest reason that has a return code, if there is one.
#[inline]
pub(super) fn connack(reason: ConnectReason) -> Option<ConnectReason> {
    CONNACK.iter().find(|row| row.0 == reason).map(|row| row.1)
}

/// Whether the packet of 3.x has the same meaning, although it has no Reason Code.
#[inline]
pub(super) fn is_success_in_v3(packet_type: PacketType, code: u8) -> bool {
    SUCCESS.contains(&(packet_type, code))
}

/// The advice if the target has no such packet.
#[inline]
pub(super) const fn instead(packet_type: PacketType) -> &'static str {
    match packet_type {
        // [MQTT-3.2.2-6] of 3.1.1: if no return code fits, the server closes the connection without a CONNACK
        PacketType::ConnAck => "close the connection without a CONNACK",
        // [MQTT-3.3.5-2] of 3.1.1: a server acknowledges the PUBLISH or closes the connection
        PacketType::PubAck | PacketType::PubRec => {
            "acknowledge the message although it was refused, or close the connection"
        }
        PacketType::SubAck => "grant a QoS and send nothing, or close the connection",
        PacketType::UnsubAck => "close the connection",
        PacketType::Subscribe | PacketType::Unsubscribe => {
            "refuse the packet, or answer it without forwarding it"
        }
        // 3.1.1 §3.1.2.5: without a DISCONNECT the server publishes the will
        PacketType::Disconnect => "close the connection without a DISCONNECT",
        PacketType::Auth => "authenticate with the peer that speaks 5.0, and forward nothing",
        _ => "do not send the packet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::{PubAckReason, PubCompReason, PubRecReason, PubRelReason, ReasonCode};

    /// Each code of 5.0 Table 3-1 has a return code, or a row, or no counterpart.
    #[test]
    fn every_connack_code_has_a_row() {
        let none = [0x80, 0x81, 0x82, 0x83, 0x90, 0x95, 0x99, 0x9a, 0x9b];
        for reason in ConnectReason::ALL {
            let counterparts =
                [reason.to_v3().is_some(), connack(*reason).is_some(), none.contains(&reason.get())];
            assert_eq!(counterparts.into_iter().filter(|is_one| *is_one).count(), 1, "{reason:?}");
        }
        assert!(CONNACK.iter().all(|row| row.1.to_v3().is_some()));
    }

    #[test]
    fn no_refusal_becomes_success() {
        fn check<R: ReasonCode>(packet_type: PacketType, all: &[R], of_receiver: bool) {
            for reason in all {
                let refused = of_receiver && reason.code() >= 0x80;
                let said = reason.code() == 0 || is_success_in_v3(packet_type, reason.code());
                assert_eq!(said, !refused, "{packet_type} {:#x}", reason.code());
            }
        }
        check(PacketType::PubAck, PubAckReason::ALL, true);
        check(PacketType::PubRec, PubRecReason::ALL, true);
        check(PacketType::PubRel, PubRelReason::ALL, false);
        check(PacketType::PubComp, PubCompReason::ALL, false);
    }
}
