//! The report of a conversion. `Display` writes the report as a line for the log.

use crate::field::{Field, PropertyId};
use crate::property::Properties;
use core::fmt;
use core::iter::FusedIterator;

/// One change of a packet that was converted or made to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The field was left out: the target has no place for it.
    ///
    /// For SUBACK and UNSUBACK the field stands for all Reason Codes. [`Field::ProtocolLevel`] stands for the
    /// mark of a bridge.
    Dropped(Field),
    /// A property of the will was left out.
    DroppedFromWill(PropertyId),
    /// A Reason Code became the nearest code of the target. Both numbers are Reason Codes of 5.0.
    Replaced {
        /// [`Field::ReasonCode`], or [`Field::ReasonCodes`] for one code of a list.
        field: Field,
        /// The code before.
        was: u8,
        /// The code after.
        is: u8,
    },
    /// The field was added: it is implicit in the source, and the target needs it.
    ///
    /// Examples are the Session Expiry Interval of a lasting session, and Session Present 0 in CONNACK.
    Added(Field),
    /// The bytes are the same, but their meaning changed.
    ///
    /// Examples are a filter that begins with `$share/`, and a session that now outlives its connection
    /// (Clean Start).
    NewMeaning(Field),
}

impl fmt::Display for Change {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dropped(field) => write!(f, "{field} left out"),
            Self::DroppedFromWill(id) => write!(f, "{id} of the will left out"),
            Self::Replaced { was, is, .. } => write!(f, "Reason Code {was:#04X} became {is:#04X}"),
            Self::Added(field) => write!(f, "{field} added"),
            Self::NewMeaning(field) => write!(f, "{field} has another meaning"),
        }
    }
}

/// All changes of a packet, as a small `Copy` value.
///
/// `Display` is a line for the log.
///
/// ```
/// use mqtt_wire::convert::{Change, Conversion};
/// use mqtt_wire::property::PropertyId;
/// use mqtt_wire::{Connect, Version};
///
/// let lasting = Connect { clean_start: false, ..Connect::new(Version::V3_1_1) };
/// let changes =
///     Conversion::new(Version::V3_1_1, Version::V5_0).convert(lasting)?.changes;
/// assert!(changes.iter().eq([Change::Added(PropertyId::SessionExpiryInterval.into())]));
/// assert_eq!(changes.to_string(), "Session Expiry Interval added");
/// # Ok::<(), mqtt_wire::convert::ConvertError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Changes {
    /// A bit for each property that was left out. The number of the bit is the identifier of the property.
    properties: u64,
    will_properties: u64,
    /// A bit for each failure of SUBACK that was replaced. Bit 0 stands for the code 0x80.
    failures: u64,
    /// A bit for each row of [`OTHERS`].
    others: u16,
    /// The Reason Code of a packet before and after.
    code: Option<(u8, u8)>,
}

/// All other possible changes.
const OTHERS: [Change; 10] = [
    Change::Dropped(Field::ProtocolLevel),
    Change::NewMeaning(Field::CleanStart),
    Change::Added(Field::Property(PropertyId::SessionExpiryInterval)),
    Change::Dropped(Field::SessionPresent),
    Change::Added(Field::SessionPresent),
    Change::NewMeaning(Field::TopicFilter),
    Change::Dropped(Field::NoLocal),
    Change::Dropped(Field::RetainAsPublished),
    Change::Dropped(Field::RetainHandling),
    Change::Dropped(Field::ReasonCodes),
];

const FIRST_FAILURE: u8 = 0x80;

impl Changes {
    /// Nothing has changed.
    pub const NONE: Self = Self { properties: 0, will_properties: 0, failures: 0, others: 0, code: None };

    /// Whether nothing has changed.
    #[must_use]
    #[inline]
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// The changes one by one: properties, properties of the will, then all others.
    ///
    /// Properties come in ascending order of their identifiers. Each change comes once, even if it happened
    /// several times in a list.
    #[must_use]
    #[inline]
    pub fn iter(self) -> impl FusedIterator<Item = Change> + Clone {
        let properties =
            set_bits(self.properties).flat_map(PropertyId::new).map(Field::Property).map(Change::Dropped);
        let of_will = set_bits(self.will_properties).flat_map(PropertyId::new).map(Change::DroppedFromWill);
        let others = set_bits(self.others.into()).filter_map(|row| OTHERS.get(usize::from(row)).copied());
        let code = self.code.map(|(was, is)| Change::Replaced { field: Field::ReasonCode, was, is });
        let failures = set_bits(self.failures).map(|bit| Change::Replaced {
            field: Field::ReasonCodes,
            was: FIRST_FAILURE | bit,
            is: FIRST_FAILURE,
        });
        properties.chain(of_will).chain(others).chain(code).chain(failures)
    }

    /// The change that leaves out all these properties.
    #[inline]
    pub(crate) fn dropped_properties(properties: &impl Properties) -> Self {
        Self { properties: properties.present(), ..Self::NONE }
    }

    #[inline]
    pub(super) fn note_properties(&mut self, present: u64) {
        self.properties |= present;
    }

    #[inline]
    pub(super) fn note_will_properties(&mut self, present: u64) {
        self.will_properties |= present;
    }

    #[inline]
    pub(super) fn note_code(&mut self, was: u8, is: u8) {
        self.code = Some((was, is));
    }

    /// Notes that a failure of SUBACK became 0x80. No failure is above 0xBF.
    #[inline]
    pub(super) fn note_failure(&mut self, was: u8) {
        self.failures |= 1 << (was & 0x3f);
    }

    #[inline]
    pub(crate) fn note_if(&mut self, happened: bool, change: Change) {
        if happened {
            self.note(change);
        }
    }

    #[inline]
    pub(crate) fn note(&mut self, change: Change) {
        if let Change::Dropped(Field::Property(id)) = change {
            self.properties |= 1 << id.get();
        }
        for (row, other) in OTHERS.iter().enumerate() {
            self.others |= u16::from(*other == change) << row;
        }
    }
}

/// The numbers of the bits that are set, in ascending order.
#[inline]
fn set_bits(set: u64) -> impl FusedIterator<Item = u8> + Clone {
    (0..64).filter(move |bit| set >> bit & 1 != 0)
}

impl fmt::Display for Changes {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changed");
        }
        for (place, change) in self.iter().enumerate() {
            write!(f, "{}{change}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Changes {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_noted_change_is_reported() {
        let mut changes = Changes::NONE;
        assert_eq!(changes.to_string(), "nothing changed");
        for other in OTHERS {
            changes.note(other);
            assert!(changes.iter().any(|change| change == other), "{other:?}");
        }
        assert!(changes.iter().eq(OTHERS));
        for id in PropertyId::ALL {
            let mut one = Changes::NONE;
            one.note(Change::Dropped(id.into()));
            one.note_will_properties(1 << id.get());
            assert!(one.iter().eq([Change::Dropped(id.into()), Change::DroppedFromWill(id)]));
        }
        let mut codes = Changes::NONE;
        codes.note_code(0x10, 0);
        codes.note_failure(0xa2);
        codes.note_failure(0x87);
        assert_eq!(
            codes.to_string(),
            "Reason Code 0x10 became 0x00, Reason Code 0x87 became 0x80, Reason Code 0xA2 became 0x80"
        );
    }

    #[test]
    fn stays_small() {
        assert!(size_of::<Changes>() <= 32, "{}", size_of::<Changes>());
    }
}
