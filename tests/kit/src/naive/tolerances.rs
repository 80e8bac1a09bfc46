//! The broken rules that can be tolerated: one row for each deviation.

use super::reader::Reader;
use super::{PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE};
use mqtt_wire::Tolerances;

impl Reader<'_> {
    /// Whether the rule is tolerated. The deviation is remembered.
    pub fn tolerates(&self, rule: &str) -> bool {
        let Some(deviation) = self.deviation(rule) else { return false };
        let is_tolerated = self.options.tolerances.contains(deviation);
        if is_tolerated {
            self.tolerated.set(self.tolerated.get() | deviation);
        }
        is_tolerated
    }

    fn deviation(&self, rule: &str) -> Option<Tolerances> {
        let request = [PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE].contains(&self.packet);
        Some(match rule {
            "fh-flags-puback" | "fh-flags-pubrec" | "fh-flags-pubcomp" | "fh-flags-suback"
            | "fh-flags-unsuback" => Tolerances::ACK_FLAGS,
            "fh-flags-pubrel" | "fh-flags-subscribe" | "fh-flags-unsubscribe" | "fh-qos1-v31" => {
                Tolerances::REQUEST_FLAGS
            }
            "fh-flags-connect"
            | "fh-flags-connack"
            | "fh-flags-pingreq"
            | "fh-flags-pingresp"
            | "fh-flags-disconnect"
            | "fh-flags-auth" => Tolerances::CONNECTION_FLAGS,
            "publish-dup-qos0" => Tolerances::DUP_WITHOUT_QOS,
            "fh-remaining-length-non-minimal" if self.is_v5() => Tolerances::PADDED_LENGTH,
            "disconnect-not-empty-v3" => Tolerances::LEFTOVER_BYTES,
            _ if rule.ends_with("-trailing-bytes") => Tolerances::LEFTOVER_BYTES,
            _ if rule.ends_with("-not-empty") || rule.ends_with("-length-v3") => Tolerances::LEFTOVER_BYTES,
            _ if request && rule.ends_with("-packet-id-zero") => Tolerances::PACKET_ID_ZERO,
            "connect-reserved-flag" => Tolerances::CONNECT_RESERVED_BIT,
            "connect-will-qos-without-flag" | "connect-will-retain-without-flag" => {
                Tolerances::WILL_FLAGS_WITHOUT_WILL
            }
            "connect-will-topic-empty" => Tolerances::EMPTY_WILL_TOPIC,
            "connect-password-without-username" => Tolerances::PASSWORD_WITHOUT_USER_NAME,
            "connect-name-level-mismatch" => Tolerances::PROTOCOL_NAME_OF_OTHER_LEVEL,
            "subscribe-options-reserved" => Tolerances::SUBSCRIPTION_RESERVED_BITS,
            "connack-session-present-with-error" => Tolerances::SESSION_PRESENT_WITH_ERROR,
            "prop-maximum-qos-range" if self.bytes[self.at - 1] == 2 => Tolerances::MAXIMUM_QOS_2,
            "prop-receive-maximum-zero"
            | "prop-maximum-packet-size-zero"
            | "publish-alias-zero"
            | "subscribe-subid-zero" => Tolerances::ZERO_PROPERTIES,
            "prop-duplicate" => Tolerances::DUPLICATE_PROPERTIES,
            "prop-id-wrong-packet"
            | "publish-subid-from-client"
            | "disconnect-session-expiry-from-server" => Tolerances::MISPLACED_PROPERTIES,
            "suback-return-code-v311" => Tolerances::SUBACK_CODES,
            "dir-disconnect-from-server-v3" => Tolerances::SERVER_DISCONNECT,
            _ => return None,
        })
    }
}
