//! `Serialize`: structs by the names of their fields, text as text, bytes as bytes.

use super::fields::{DeliveryFields, TopicFields};
use crate::list::{Item, List};
use crate::packet::{Delivery, Packet, Topic};
use serde_core::ser::{Serialize, SerializeSeq, Serializer};

/// Serializes a value with its Passwords and Authentication Data: `WithSecrets(&packet)`.
///
/// Without this wrapper, secrets appear as `"(redacted)"`.
///
/// ```
/// use mqtt_wire::inspect::WithSecrets;
/// use mqtt_wire::{Connect, Password, Version};
///
/// let connect =
///     Connect { password: Password::new(b"pw").ok(), ..Connect::new(Version::V5_0) };
/// let json = serde_json::to_value(&connect)?;
/// assert_eq!(json["password"], "(redacted)");
/// let json = serde_json::to_value(WithSecrets(&connect))?;
/// assert_eq!(json["password"], serde_json::json!([112, 119]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WithSecrets<T>(pub T);

/// Whether secrets are shown.
#[derive(Clone, Copy)]
pub(crate) enum Secrets {
    Redacted,
    WithSecrets,
}

/// Serializes a value, with or without secrets.
pub(crate) trait Show {
    fn show<S: Serializer>(&self, serializer: S, secrets: Secrets) -> Result<S::Ok, S::Error>;
}

/// A value, and whether its secrets are shown.
pub(crate) struct Shown<'v, T>(pub(crate) &'v T, pub(crate) Secrets);

impl<T: Show> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.show(serializer, self.1)
    }
}

/// Implements `Serialize`, with and without secrets, for a type with `Show`.
macro_rules! serializable {
    ($Type:ty) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
        impl serde_core::Serialize for $Type {
            fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::show::serialize::{Secrets, Show};
                self.show(serializer, Secrets::Redacted)
            }
        }

        #[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
        impl serde_core::Serialize for $crate::show::WithSecrets<&$Type> {
            fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::show::serialize::{Secrets, Show};
                self.0.show(serializer, Secrets::WithSecrets)
            }
        }
    };
}
pub(crate) use serializable;

macro_rules! serialize_fields {
    ($Struct:ident$(<$a:lifetime>)?, $is_absent:path { $( $field:ident )* }) => {
        impl $crate::show::serialize::Show for $Struct$(<$a>)? {
            fn show<S: serde_core::Serializer>(
                &self,
                serializer: S,
                secrets: $crate::show::serialize::Secrets,
            ) -> Result<S::Ok, S::Error> {
                use serde_core::ser::SerializeStruct;
                let present = [$( $is_absent(&self.$field) ),*].iter().filter(|absent| !**absent).count();
                let mut out = serializer.serialize_struct(stringify!($Struct), present)?;
                $( match $is_absent(&self.$field) {
                    true => out.skip_field(stringify!($field))?,
                    false => {
                        let shown = $crate::show::serialize::Shown(&self.$field, secrets);
                        out.serialize_field(stringify!($field), &shown)?;
                    }
                } )*
                out.end()
            }
        }
        $crate::show::serialize::serializable!($Struct$(<$a>)?);
    };
}
pub(crate) use serialize_fields;

/// Serializes a value in its form.
macro_rules! serialize_as {
    ($Type:ty: $form:ident($value:ident => $shown:expr)) => {
        impl $crate::show::serialize::Show for $Type {
            fn show<S: serde_core::Serializer>(
                &self,
                serializer: S,
                _secrets: $crate::show::serialize::Secrets,
            ) -> Result<S::Ok, S::Error> {
                let $value = self;
                $crate::show::serialize::serialize_value!($form, serializer, _secrets, $shown)
            }
        }
    };
}
pub(crate) use serialize_as;

macro_rules! serialize_value {
    (bool, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_bool($shown)
    };
    (u8, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_u8($shown)
    };
    (code, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_u8($shown)
    };
    (u16, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_u16($shown)
    };
    (u32, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_u32($shown)
    };
    (str, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_str($shown)
    };
    (bytes, $out:ident, $secrets:ident, $shown:expr) => {
        $out.serialize_bytes($shown)
    };
    (secret, $out:ident, $secrets:ident, $shown:expr) => {
        match $secrets {
            $crate::show::serialize::Secrets::Redacted => $out.serialize_str($crate::show::fields::REDACTED),
            $crate::show::serialize::Secrets::WithSecrets => $out.serialize_bytes($shown),
        }
    };
}
pub(crate) use serialize_value;

serializable!(Delivery);
serializable!(Topic<'_>);
serializable!(Packet<'_>);

impl Show for Delivery {
    fn show<S: Serializer>(&self, serializer: S, secrets: Secrets) -> Result<S::Ok, S::Error> {
        DeliveryFields::from(*self).show(serializer, secrets)
    }
}

impl Show for Topic<'_> {
    fn show<S: Serializer>(&self, serializer: S, secrets: Secrets) -> Result<S::Ok, S::Error> {
        TopicFields::from(*self).show(serializer, secrets)
    }
}

impl<T: Show> Show for Option<T> {
    fn show<S: Serializer>(&self, serializer: S, secrets: Secrets) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => serializer.serialize_some(&Shown(value, secrets)),
            None => serializer.serialize_none(), // unreachable: absent values are left out before
        }
    }
}

impl<'a, T: Item<'a, N> + Show, N: Copy + PartialEq> Show for List<'a, T, N> {
    fn show<S: Serializer>(&self, serializer: S, secrets: Secrets) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(self.len()))?;
        for element in *self {
            out.serialize_element(&Shown(&element, secrets))?;
        }
        out.end()
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
#[allow(private_bounds, reason = "all elements are shown")]
impl<'a, T: Item<'a, N> + Show, N: Copy + PartialEq> Serialize for List<'a, T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.show(serializer, Secrets::Redacted)
    }
}

/// Serializes a packet as a variant with the name of its type.
macro_rules! show_packet {
    ($( $number:literal $name:literal $Variant:ident )*) => {
        impl Show for Packet<'_> {
            fn show<S: Serializer>(&self, serializer: S, secrets: Secrets) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$Variant(packet) => {
                        serializer.serialize_newtype_variant("Packet", $number, $name, &Shown(packet, secrets))
                    } )*
                    Self::PingReq => serializer.serialize_unit_variant("Packet", 12, "ping_req"),
                    Self::PingResp => serializer.serialize_unit_variant("Packet", 13, "ping_resp"),
                }
            }
        }
    };
}

show_packet! {
    1 "connect" Connect
    2 "conn_ack" ConnAck
    3 "publish" Publish
    4 "pub_ack" PubAck
    5 "pub_rec" PubRec
    6 "pub_rel" PubRel
    7 "pub_comp" PubComp
    8 "subscribe" Subscribe
    9 "sub_ack" SubAck
    10 "unsubscribe" Unsubscribe
    11 "unsub_ack" UnsubAck
    14 "disconnect" Disconnect
    15 "auth" Auth
}
