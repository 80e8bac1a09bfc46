//! QoS, Packet Identifier and DUP of a PUBLISH (§3.3.1, §3.3.2.2).

use crate::value::{PacketId, Qos};

/// QoS, Packet Identifier and DUP of a PUBLISH, in the combinations that exist.
///
/// ```
/// use mqtt_wire::{Delivery, PacketId, Qos};
///
/// let delivery = Delivery::AtLeastOnce { id: PacketId::MIN, dup: false };
/// assert_eq!(delivery.qos(), Qos::AtLeastOnce);
/// assert_eq!(Delivery::AtMostOnce.packet_id(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Delivery {
    /// QoS 0: no Packet Identifier and no DUP.
    #[default]
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce {
        /// The Packet Identifier, which the PUBACK repeats.
        id: PacketId,
        /// DUP: whether the message may have been sent before.
        dup: bool,
    },
    /// QoS 2.
    ExactlyOnce {
        /// The Packet Identifier, which PUBREC, PUBREL and PUBCOMP repeat.
        id: PacketId,
        /// DUP: whether the message may have been sent before.
        dup: bool,
    },
}

impl Delivery {
    /// A first delivery with this QoS. QoS 0 ignores the identifier.
    ///
    /// ```
    /// use mqtt_wire::{Delivery, PacketId, Qos};
    ///
    /// let id = PacketId::MIN;
    /// assert_eq!(
    ///     Delivery::new(Qos::AtLeastOnce, id),
    ///     Delivery::AtLeastOnce { id, dup: false }
    /// );
    /// assert_eq!(Delivery::new(Qos::AtMostOnce, id), Delivery::AtMostOnce);
    /// ```
    #[must_use]
    pub const fn new(qos: Qos, id: PacketId) -> Self {
        match qos {
            Qos::AtMostOnce => Self::AtMostOnce,
            Qos::AtLeastOnce => Self::AtLeastOnce { id, dup: false },
            Qos::ExactlyOnce => Self::ExactlyOnce { id, dup: false },
        }
    }

    /// The same delivery with this DUP.
    ///
    /// DUP is true for every attempt except the first (\[MQTT-3.3.1-1\]). QoS 0 has no DUP (\[MQTT-3.3.1-2\])
    /// and stays unchanged.
    ///
    /// ```
    /// use mqtt_wire::{Delivery, PacketId, Publish, Qos, topic_name};
    ///
    /// let delivery = Delivery::new(Qos::AtLeastOnce, PacketId::MIN);
    /// let publish = Publish { delivery, ..Publish::new(topic_name!("a"), b"hi") };
    /// let again = Publish { delivery: publish.delivery.with_dup(true), ..publish };
    /// assert!(again.delivery.dup() && !publish.delivery.dup());
    /// assert!(!Delivery::AtMostOnce.with_dup(true).dup());
    /// ```
    #[must_use]
    pub const fn with_dup(self, dup: bool) -> Self {
        match self {
            Self::AtMostOnce => self,
            Self::AtLeastOnce { id, .. } => Self::AtLeastOnce { id, dup },
            Self::ExactlyOnce { id, .. } => Self::ExactlyOnce { id, dup },
        }
    }

    /// The QoS.
    #[must_use]
    pub const fn qos(self) -> Qos {
        match self {
            Self::AtMostOnce => Qos::AtMostOnce,
            Self::AtLeastOnce { .. } => Qos::AtLeastOnce,
            Self::ExactlyOnce { .. } => Qos::ExactlyOnce,
        }
    }

    /// The Packet Identifier. QoS 0 has none.
    #[must_use]
    pub const fn packet_id(self) -> Option<PacketId> {
        match self {
            Self::AtMostOnce => None,
            Self::AtLeastOnce { id, .. } | Self::ExactlyOnce { id, .. } => Some(id),
        }
    }

    /// DUP: whether the message may have been sent before.
    #[must_use]
    pub const fn dup(self) -> bool {
        match self {
            Self::AtMostOnce => false,
            Self::AtLeastOnce { dup, .. } | Self::ExactlyOnce { dup, .. } => dup,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dup_is_changed_and_nothing_else() {
        let id = PacketId::MAX;
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
            let delivery = Delivery::new(qos, id);
            let again = delivery.with_dup(true);
            assert_eq!((again.qos(), again.packet_id()), (qos, delivery.packet_id()));
            assert_eq!(again.dup(), qos != Qos::AtMostOnce);
            assert_eq!(again.with_dup(false), delivery);
        }
    }
}
