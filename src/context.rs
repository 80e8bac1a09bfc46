//! The context to check packets: one small value, for the fixed header and the body.

use crate::packet_type::PacketType;
use crate::role::Role;
use crate::tolerance::Tolerances;
use crate::version::Version;

/// The version, the sender, limits, switches and tolerances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Context {
    /// The version of the connection. A CONNECT is checked by its own version.
    pub(crate) version: Option<Version>,
    /// The sender of the packets. `None`: no sender is checked.
    pub(crate) sender: Option<Role>,
    /// The bits of the switches. The bits of the tolerances are above the bits of the switches.
    switches: u32,
    pub(crate) topic_alias_maximum: u16,
    /// In bytes. `u32::MAX` is more than any packet has.
    pub(crate) max_packet_size: u32,
}

/// A setting of the decoder that is on or off, and off by default. The number of a variant is the number of
/// the bit that stands for it in a [`Context`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Switch {
    RefuseControlCharacters,
    RefuseNoncharacters,
    RequireMinimalLengths,
    LimitV3_1Topics,
    RequireV3_1Text,
    RefuseClientServerReference,
    AcceptBridge,
}

/// The bits of the switches.
const SWITCHES: u32 = 0xff;

impl Context {
    /// A context that checks the rules of the standard, and no optional rules.
    #[inline]
    pub(crate) const fn new(version: Option<Version>) -> Self {
        Self { version, sender: None, switches: 0, topic_alias_maximum: u16::MAX, max_packet_size: u32::MAX }
    }

    #[inline]
    pub(crate) const fn has(&self, switch: Switch) -> bool {
        self.switches & 1 << switch as u8 != 0
    }

    #[inline]
    pub(crate) const fn has_switches(&self) -> bool {
        self.switches & SWITCHES != 0
    }

    /// Whether a switch refuses characters that the standard discourages.
    #[inline]
    pub(crate) const fn checks_characters(&self) -> bool {
        self.has(Switch::RefuseControlCharacters) | self.has(Switch::RefuseNoncharacters)
    }

    pub(crate) const fn with(self, switch: Switch, on: bool) -> Self {
        let bit = 1 << switch as u8;
        Self { switches: if on { self.switches | bit } else { self.switches & !bit }, ..self }
    }

    /// The same context, which also tolerates these deviations.
    #[inline]
    pub(crate) const fn tolerating(self, tolerances: Tolerances) -> Self {
        Self { switches: self.switches | tolerances.bits(), ..self }
    }

    /// The same context, which tolerates no deviation.
    pub(crate) const fn strict(self) -> Self {
        Self { switches: self.switches & SWITCHES, ..self }
    }

    /// The tolerances.
    pub(crate) const fn tolerances(&self) -> Tolerances {
        Tolerances::of_bits(self.switches)
    }

    /// Whether there are tolerances.
    #[inline]
    pub(crate) const fn tolerates_any(&self) -> bool {
        self.switches & !SWITCHES != 0
    }

    /// Whether the context tolerates this deviation. No context tolerates the empty set.
    #[inline]
    pub(crate) const fn tolerates(&self, deviation: Tolerances) -> bool {
        self.switches & deviation.bits() != 0
    }

    /// Whether packets of this type exist in the version of the connection. A CONNECT names its own version.
    /// Before the first CONNECT the version is unknown, and no other packet is legal.
    #[inline]
    pub(crate) fn expects(&self, packet_type: PacketType) -> bool {
        match (packet_type, self.version) {
            (PacketType::Connect, _) => true,
            (PacketType::Auth, version) => version == Some(Version::V5_0),
            (_, version) => version.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_stays_on_until_it_is_turned_off() {
        use Switch::{AcceptBridge, RefuseControlCharacters, RefuseNoncharacters};
        let off = Context::new(None);
        let on = off.with(RefuseNoncharacters, true);
        assert!(!off.has_switches() && !off.has(RefuseNoncharacters));
        assert!(on.has_switches() && on.has(RefuseNoncharacters) && !on.has(AcceptBridge));
        assert!(on.checks_characters() && !off.checks_characters());
        assert!(off.with(RefuseControlCharacters, true).checks_characters());
        assert!(!off.with(AcceptBridge, true).checks_characters());
        assert_eq!(on.with(RefuseNoncharacters, true), on);
        assert_eq!(on.with(AcceptBridge, false), on);
        assert_eq!(on.with(RefuseNoncharacters, false), off);
    }

    #[test]
    fn tolerances_are_not_switches() {
        let on = Context::new(None).with(Switch::AcceptBridge, true);
        let tolerant = on.tolerating(Tolerances::ALL);
        assert!(!Context::new(None).tolerating(Tolerances::ALL).has_switches());
        assert_eq!((tolerant.tolerances(), on.tolerances()), (Tolerances::ALL, Tolerances::NONE));
        assert_eq!(tolerant.strict(), on);
        let some = on.tolerating(Tolerances::ACK_FLAGS);
        assert!(some.tolerates(Tolerances::ACK_FLAGS) && !some.tolerates(Tolerances::REQUEST_FLAGS));
        assert!(!tolerant.tolerates(Tolerances::NONE));
    }
}
