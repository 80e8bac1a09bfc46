//! Computes from the field values which packets cannot be encoded, and why.

use super::topics::shared;
use mqtt_wire::inspect::Field;
use mqtt_wire::property::PropertyId;
use mqtt_wire::*;
use mqtt_wire_testkit::naive::Value;
use mqtt_wire_testkit::packet_fields::fields_of;
use std::collections::BTreeSet;

/// In each version, a packet is encoded if there is no reason to refuse it. Otherwise the error is one of the reasons.
pub fn are_for_a_reason(packet: &Packet<'_>) {
    let seen = Seen::of(packet);
    for version in Version::ALL {
        let reasons = seen.reasons(version);
        match packet.encoded_len(version) {
            Ok(_) => assert_eq!(reasons, [], "{version} {packet:?}"),
            Err(error) => {
                assert!(reasons.contains(&error), "{error:?}, not {reasons:?}: {version} {packet:?}")
            }
        }
    }
}

struct Seen<'p> {
    packet: &'p Packet<'p>,
    /// The names of the fields in the packet.
    names: BTreeSet<&'static str>,
    /// Whether the packet has a Reason Code other than 0.
    is_no_success: bool,
}

impl<'p> Seen<'p> {
    fn of(packet: &'p Packet<'p>) -> Self {
        let fields = fields_of(packet);
        let is_no_success =
            fields.iter().any(|(name, value)| *name == "Reason Code" && *value != Value::Number(0));
        Self { packet, names: fields.into_iter().map(|(name, _)| name).collect(), is_no_success }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn reasons(&self, version: Version) -> Vec<EncodeError> {
        let (missing, contradictions) = match version {
            Version::V5_0 => (self.not_in_v5(), self.contradictions_in_v5()),
            _ => (self.not_in_v3(version), self.contradictions_in_v3(version)),
        };
        let missing = missing.into_iter().map(|field| EncodeError::NotInVersion { field, version });
        missing.chain(contradictions.into_iter().map(EncodeError::Inconsistent)).collect()
    }

    fn not_in_v5(&self) -> Vec<Field> {
        let is_half_shared = |filter: TopicFilter<'_>| shared(filter.as_str()).is_err();
        let (field, is_missing) = match self.packet {
            Packet::Connect(connect) => {
                (Field::ProtocolLevel, connect.version != Version::V5_0 || connect.bridge)
            }
            Packet::Subscribe(subscribe) => {
                (Field::TopicFilter, subscribe.subscriptions.iter().any(|it| is_half_shared(it.filter)))
            }
            Packet::Unsubscribe(unsubscribe) => {
                (Field::TopicFilter, unsubscribe.filters.iter().any(is_half_shared))
            }
            _ => return Vec::new(),
        };
        only_if([(is_missing, field)])
    }

    fn not_in_v3(&self, version: Version) -> Vec<Field> {
        let is_3_1 = version == Version::V3_1;
        let mut fields = match self.packet {
            Packet::Connect(connect) => only_if([(connect.version != version, Field::ProtocolLevel)]),
            Packet::ConnAck(connack) => only_if([
                (!matches!(connack.reason.get(), 0 | 0x84..=0x88), Field::ReasonCode),
                (is_3_1 && connack.session_present, Field::SessionPresent),
            ]),
            Packet::Subscribe(subscribe) => {
                let any = |is_set: fn(Subscription<'_>) -> bool| subscribe.subscriptions.iter().any(is_set);
                only_if([
                    (any(|it| it.no_local), Field::NoLocal),
                    (any(|it| it.retain_as_published), Field::RetainAsPublished),
                    (any(|it| u8::from(it.retain_handling) != 0), Field::RetainHandling),
                ])
            }
            Packet::SubAck(suback) => {
                let exists = |code| matches!(code, 0..=2) || (code == 0x80 && !is_3_1);
                let all_exist = suback.reasons.iter().all(|reason| exists(reason.get()));
                only_if([(!all_exist, Field::ReasonCodes)])
            }
            Packet::UnsubAck(_) => only_if([(self.has("Reason Code"), Field::ReasonCodes)]),
            Packet::Auth(_) => vec![Field::PacketType],
            _ => only_if([(self.is_no_success, Field::ReasonCode)]),
        };
        fields.extend(PropertyId::ALL.iter().filter(|id| self.has(id.name())).map(|id| Field::from(*id)));
        fields
    }

    fn contradictions_in_v3(&self, version: Version) -> Vec<Inconsistency> {
        use Inconsistency::*;
        let is_3_1 = version == Version::V3_1;
        match self.packet {
            Packet::Connect(_) => {
                only_if([(self.has("Password") && !self.has("User Name"), PasswordWithoutUserName)])
            }
            Packet::ConnAck(connack) => {
                only_if([(connack.session_present && self.is_no_success, SessionPresentWithError)])
            }
            Packet::Subscribe(_) | Packet::Unsubscribe(_) => {
                only_if([(!is_3_1 && !self.has("Topic Filter"), EmptyList)])
            }
            Packet::SubAck(_) => only_if([(!self.has("Reason Code"), EmptyList)]),
            _ => Vec::new(),
        }
    }

    fn contradictions_in_v5(&self) -> Vec<Inconsistency> {
        use Inconsistency::*;
        let has_method = self.has("Authentication Method");
        let has_data_alone = self.has("Authentication Data") && !has_method;
        match self.packet {
            Packet::Connect(_) => only_if([(has_data_alone, AuthenticationDataWithoutMethod)]),
            Packet::ConnAck(connack) => only_if([
                (has_data_alone && !self.is_no_success, AuthenticationDataWithoutMethod),
                (connack.session_present && self.is_no_success, SessionPresentWithError),
            ]),
            Packet::Subscribe(subscribe) => {
                let is_wrong =
                    |it: Subscription<'_>| it.no_local && it.filter.as_str().starts_with("$share/");
                only_if([
                    (!self.has("Topic Filter"), EmptyList),
                    (subscribe.subscriptions.iter().any(is_wrong), NoLocalOnSharedSubscription),
                ])
            }
            Packet::Unsubscribe(_) => only_if([(!self.has("Topic Filter"), EmptyList)]),
            Packet::SubAck(_) | Packet::UnsubAck(_) => only_if([(!self.has("Reason Code"), EmptyList)]),
            Packet::Disconnect(disconnect) => {
                only_if([(disconnect.reason.get() == 0x8c, BadAuthenticationMethodInDisconnect)])
            }
            Packet::Auth(_) => {
                // Success needs no authentication method if it has no property.
                let is_alone = !self.is_no_success && self.names.len() == 2;
                only_if([(!has_method && !is_alone, AuthenticationMethodMissing)])
            }
            _ => Vec::new(),
        }
    }
}

fn only_if<T, const N: usize>(reasons: [(bool, T); N]) -> Vec<T> {
    reasons.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect()
}
