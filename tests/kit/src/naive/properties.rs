//! The properties (5.0 §2.2.2).

use super::reader::Reader;
use super::{
    AUTH, CONNACK, CONNECT, DISCONNECT, Faults, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, SUBSCRIBE,
    UNSUBACK, Value, WILL,
};
use mqtt_wire::Role;

impl<'a> Reader<'a> {
    /// Reads the property block of 5.0, and returns the identifiers in it. prop-order-free
    pub fn properties(&mut self, place: u8) -> Result<Vec<u32>, Faults> {
        let mut properties: Vec<(u32, &'static str, Value<'a>)> = Vec::new();
        if !self.is_v5() {
            return Ok(Vec::new());
        }
        let (field, missing) = match place {
            WILL => ("Will Property Length", "connect-will-missing"),
            AUTH => ("Property Length", "auth-property-length-missing"),
            _ => ("Property Length", "prop-length-missing"),
        };
        let start = self.at;
        self.refuse_if(self.at == self.end, start, field, missing)?;
        let len = self.varint(field)? as usize;
        self.refuse_if(self.end - self.at < len, start, field, "prop-length-overrun")?;
        let end_of_packet = self.end;
        self.end = self.at + len;
        self.in_properties = true;
        while self.at < self.end {
            let start = self.at;
            let id = self.varint("Property Identifier")?;
            let Some((name, kind, places)) = property(id) else {
                return self.refuse(start, "Property Identifier", "prop-id-unknown");
            };
            // connect-properties-allowed, connack-properties-allowed and so on
            let misplaced = [(!places.contains(&place), name, "prop-id-wrong-packet")];
            if self.leaves_out(start, kind, &misplaced)? {
                continue;
            }
            // prop-user-repeat, publish-subid-repeat
            let repeatable = id == 0x26 || id == 0x0b && place == PUBLISH;
            let again = !repeatable && properties.iter().any(|property| property.0 == id);
            let sent_by = |role| self.options.sender == Some(role);
            let reference = sent_by(Role::Client) && self.options.refuse_client_server_reference;
            let (sub_id, expiry) = (sent_by(Role::Client), sent_by(Role::Server));
            let rules = [
                // subscribe-subid-duplicate
                (again, name, "prop-duplicate"),
                (id == 0x0b && place == PUBLISH && sub_id, name, "publish-subid-from-client"),
                (id == 0x11 && place == DISCONNECT && expiry, name, "disconnect-session-expiry-from-server"),
                (
                    id == 0x1c && place == DISCONNECT && reference,
                    name,
                    "disconnect-server-reference-from-client",
                ),
            ];
            if self.leaves_out(start, kind, &rules)? {
                continue;
            }
            if let Some(value) = self.property_value(id, name, kind)? {
                properties.push((id, name, value));
            }
        }
        self.end = end_of_packet;
        self.in_properties = false;
        properties.sort_by_key(|property| property.0);
        self.fields.extend(properties.iter().map(|(_, name, value)| (*name, *value)));
        Ok(properties.iter().map(|property| property.0).collect())
    }

    /// Whether the property is left out, because it breaks a rule and the deviation is tolerated.
    /// The value of such a property is not checked.
    fn leaves_out(
        &mut self,
        start: usize,
        kind: Kind,
        rules: &[(bool, &'static str, &str)],
    ) -> Result<bool, Faults> {
        self.refuse_any(start, rules)?;
        let broken = self.all_broken(start, rules);
        if broken.is_empty() {
            return Ok(false);
        }
        // Without the end of the value, the deviation cannot be tolerated.
        self.at = self.end_of_value(kind).filter(|end| *end <= self.end).ok_or(broken)?;
        Ok(true)
    }

    fn end_of_value(&self, kind: Kind) -> Option<usize> {
        let prefixed = |at: usize| {
            let length = self.bytes.get(at..at + 2)?;
            Some(at + 2 + usize::from(length[0]) * 256 + usize::from(length[1]))
        };
        match kind {
            Kind::Integer(len) => Some(self.at + len),
            Kind::Varint => {
                let bytes = self.bytes[self.at..self.end].iter().take(4);
                bytes.into_iter().position(|byte| *byte < 128).map(|place| self.at + place + 1)
            }
            Kind::Text | Kind::TopicName | Kind::Binary => prefixed(self.at),
            Kind::Pair => prefixed(prefixed(self.at)?),
        }
    }

    /// Returns `None` if the value is read as absent.
    fn property_value(
        &mut self,
        id: u32,
        name: &'static str,
        kind: Kind,
    ) -> Result<Option<Value<'a>>, Faults> {
        let start = self.at;
        let number = match kind {
            Kind::Integer(len) => self.integer(len, name)?,
            Kind::Varint => self.varint(name)?,
            Kind::Binary => return Ok(Some(Value::Bytes(self.binary(name)?))),
            Kind::Text => return Ok(Some(Value::Bytes(self.text(name)?))),
            Kind::Pair => return self.pair(name).map(Some),
            Kind::TopicName => {
                let topic = self.topic_name(name)?;
                self.refuse_if(topic.is_empty(), start, name, "response-topic-empty")?;
                return Ok(Some(Value::Bytes(topic)));
            }
        };
        let over = number > u32::from(self.options.topic_alias_maximum);
        let rules = match id {
            0x01 => [(number > 1, name, "prop-payload-format-range")],
            0x17 | 0x19 | 0x25 | 0x28 | 0x29 | 0x2a => [(number > 1, name, "prop-bool-range")],
            0x24 => [(number > 1, name, "prop-maximum-qos-range")],
            0x21 => [(number == 0, name, "prop-receive-maximum-zero")],
            0x27 => [(number == 0, name, "prop-maximum-packet-size-zero")],
            0x23 if over => [(true, name, "publish-alias-over-maximum")],
            0x23 => [(number == 0, name, "publish-alias-zero")],
            0x0b => [(number == 0, name, "*-subid-zero")],
            // prop-zero-ok
            _ => return Ok(Some(Value::Number(number))),
        };
        self.refuse_any(start, &rules)?;
        Ok((!rules[0].0).then_some(Value::Number(number)))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Integer(usize),
    Varint,
    Text,
    TopicName,
    Pair,
    Binary,
}

/// Table 2-4: the name of a property, its type and its places.
fn property(id: u32) -> Option<(&'static str, Kind, &'static [u8])> {
    use Kind::{Binary, Integer, Pair, Text, TopicName, Varint};
    // Every packet except the pings, and the will.
    const ANYWHERE: &[u8] = &[WILL, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15];
    const WITH_REASON: &[u8] =
        &[CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH];
    Some(match id {
        0x01 => ("Payload Format Indicator", Integer(1), &[WILL, PUBLISH]),
        0x02 => ("Message Expiry Interval", Integer(4), &[WILL, PUBLISH]),
        0x03 => ("Content Type", Text, &[WILL, PUBLISH]),
        0x08 => ("Response Topic", TopicName, &[WILL, PUBLISH]),
        0x09 => ("Correlation Data", Binary, &[WILL, PUBLISH]),
        0x0b => ("Subscription Identifier", Varint, &[PUBLISH, SUBSCRIBE]),
        0x11 => ("Session Expiry Interval", Integer(4), &[CONNECT, CONNACK, DISCONNECT]),
        0x12 => ("Assigned Client Identifier", Text, &[CONNACK]),
        0x13 => ("Server Keep Alive", Integer(2), &[CONNACK]),
        0x15 => ("Authentication Method", Text, &[CONNECT, CONNACK, AUTH]),
        0x16 => ("Authentication Data", Binary, &[CONNECT, CONNACK, AUTH]),
        0x17 => ("Request Problem Information", Integer(1), &[CONNECT]),
        0x18 => ("Will Delay Interval", Integer(4), &[WILL]),
        0x19 => ("Request Response Information", Integer(1), &[CONNECT]),
        0x1a => ("Response Information", Text, &[CONNACK]),
        0x1c => ("Server Reference", Text, &[CONNACK, DISCONNECT]),
        0x1f => ("Reason String", Text, WITH_REASON),
        0x21 => ("Receive Maximum", Integer(2), &[CONNECT, CONNACK]),
        0x22 => ("Topic Alias Maximum", Integer(2), &[CONNECT, CONNACK]),
        0x23 => ("Topic Alias", Integer(2), &[PUBLISH]),
        0x24 => ("Maximum QoS", Integer(1), &[CONNACK]),
        0x25 => ("Retain Available", Integer(1), &[CONNACK]),
        0x26 => ("User Property", Pair, ANYWHERE),
        0x27 => ("Maximum Packet Size", Integer(4), &[CONNECT, CONNACK]),
        0x28 => ("Wildcard Subscription Available", Integer(1), &[CONNACK]),
        0x29 => ("Subscription Identifier Available", Integer(1), &[CONNACK]),
        0x2a => ("Shared Subscription Available", Integer(1), &[CONNACK]),
        _ => return None,
    })
}
