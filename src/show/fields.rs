//! What `serde` and `defmt` share: how a secret looks, when a field is left out, and the fields of the enums.

use crate::list::List;
use crate::packet::{Delivery, Topic};
use crate::value::{PacketId, Qos, TopicAlias, TopicName};

/// What a secret looks like.
pub(super) const REDACTED: &str = "(redacted)";

/// Whether a field is left out, as there is nothing in it. A list of a packet never is.
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

/// [`Delivery`] by its parts: QoS 0 has one.
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

/// [`Topic`] by its parts.
pub(super) struct TopicFields<'a> {
    pub(super) name: Option<TopicName<'a>>,
    pub(super) alias: Option<TopicAlias>,
}

impl<'a> From<Topic<'a>> for TopicFields<'a> {
    fn from(topic: Topic<'a>) -> Self {
        Self { name: topic.name(), alias: topic.alias() }
    }
}
