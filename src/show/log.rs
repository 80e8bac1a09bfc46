//! `defmt::Format`: structs by the names of their fields, secrets redacted.

use super::fields::{DeliveryFields, TopicFields};
use crate::broker::{FitError, PublishFrameError};
use crate::convert::{Changes, ConvertError};
use crate::error::{DecodeError, EncodeError};
use crate::list::{Item, List, ListFull};
use crate::packet::{Delivery, Packet, Topic};
use crate::value::ValueError;
use defmt::{Format, Formatter};

macro_rules! log_fields {
    ($Struct:ident$(<$a:lifetime>)?, $is_absent:path { $( $field:ident )* }) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
        impl defmt::Format for $Struct$(<$a>)? {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::write!(f, "{=str} {{", stringify!($Struct));
                $( if !$is_absent(&self.$field) {
                    defmt::write!(f, " {=str}: {},", stringify!($field), self.$field);
                } )*
                defmt::write!(f, " }}");
            }
        }
    };
}
pub(crate) use log_fields;

/// Formats a value in its form.
macro_rules! log_as {
    ($Type:ty: $form:ident($value:ident => $shown:expr)) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
        impl defmt::Format for $Type {
            fn format(&self, f: defmt::Formatter<'_>) {
                let $value = self;
                $crate::show::log::write_value!($form, f, $shown);
            }
        }
    };
}
pub(crate) use log_as;

macro_rules! write_value {
    (u8, $f:ident, $shown:expr) => {
        defmt::write!($f, "{=u8}", $shown)
    };
    (code, $f:ident, $shown:expr) => {
        defmt::write!($f, "{=u8:#04x}", $shown)
    };
    (u16, $f:ident, $shown:expr) => {
        defmt::write!($f, "{=u16}", $shown)
    };
    (u32, $f:ident, $shown:expr) => {
        defmt::write!($f, "{=u32}", $shown)
    };
    (str, $f:ident, $shown:expr) => {
        defmt::write!($f, "{=str}", $shown)
    };
    (bytes, $f:ident, $shown:expr) => {
        defmt::write!($f, "{=[u8]}", $shown)
    };
    (secret, $f:ident, $shown:expr) => {{
        let _redacted = $shown;
        defmt::write!($f, "{=str}", $crate::show::fields::REDACTED)
    }};
}
pub(crate) use write_value;

#[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
impl Format for Delivery {
    fn format(&self, f: Formatter<'_>) {
        DeliveryFields::from(*self).format(f);
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
impl Format for Topic<'_> {
    fn format(&self, f: Formatter<'_>) {
        TopicFields::from(*self).format(f);
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
impl<'a, T: Item<'a, N> + Format, N: Copy + PartialEq> Format for List<'a, T, N> {
    fn format(&self, f: Formatter<'_>) {
        defmt::write!(f, "[");
        for (place, element) in self.iter().enumerate() {
            defmt::write!(f, "{=str}{}", if place == 0 { "" } else { ", " }, element);
        }
        defmt::write!(f, "]");
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
impl Format for Packet<'_> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Connect(packet) => packet.format(f),
            Self::ConnAck(packet) => packet.format(f),
            Self::Publish(packet) => packet.format(f),
            Self::PubAck(packet) => packet.format(f),
            Self::PubRec(packet) => packet.format(f),
            Self::PubRel(packet) => packet.format(f),
            Self::PubComp(packet) => packet.format(f),
            Self::Subscribe(packet) => packet.format(f),
            Self::SubAck(packet) => packet.format(f),
            Self::Unsubscribe(packet) => packet.format(f),
            Self::UnsubAck(packet) => packet.format(f),
            Self::PingReq => defmt::write!(f, "PingReq"),
            Self::PingResp => defmt::write!(f, "PingResp"),
            Self::Disconnect(packet) => packet.format(f),
            Self::Auth(packet) => packet.format(f),
        }
    }
}

/// Formats an error by its `Display`.
macro_rules! log_as_displayed {
    ($( $Error:ty ),*) => { $(
        #[cfg_attr(docsrs, doc(cfg(feature = "defmt")))]
        impl Format for $Error {
            fn format(&self, f: Formatter<'_>) {
                defmt::write!(f, "{}", defmt::Display2Format(self));
            }
        }
    )* };
}

log_as_displayed!(
    DecodeError,
    EncodeError,
    ConvertError,
    FitError,
    PublishFrameError,
    ValueError,
    ListFull,
    Changes
);
