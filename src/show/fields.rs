//! The parts that `serde` and `defmt` share: the text for a secret, the rule for absent fields, and the fields of the enums.

use crate::list::List;
use crate::packet::{Delivery, Topic};
use crate::value::{PacketId, Qos, TopicAlias, TopicName};

/// The text that replaces a secret.
pub(super) const REDACTED: &str = "(redacted)";

/// Whether an empty field is left out. The lists of filters and Reason Codes are never left out.
pub(super) trait Absent {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T, N> Absent for List<'_, T, N> {}

/// The fields of [`Delivery`]. QoS 0 has one field.
pub(super) struct DeliveryFields {
    pub(super) qos: Qos,
    pub(super) packet_id: Option<PacketId>,
    pub(super) dup: Option<bool>,
}

impl From<Delivery> for DeliveryFields {
    fn from(delivery: Delivery) -> Self {
        let packet_id = delivery.packet_id();
        let dup = packet_id.map(|_| delivery.dup());
        Self { qos: delivery.qos(), packet_id, dup }
    }
}

/// The fields of [`Topic`].
pub(super) struct TopicFields<'a> {
    pub(super) name: Option<TopicName<'a>>,
    pub(super) alias: Option<TopicAlias>,
}

impl<'a> From<Topic<'a>> for TopicFields<'a> {
    fn from(topic: Topic<'a>) -> Self {
        Self { name: topic.name(), alias: topic.alias() }
    }
}
