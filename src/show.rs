//! `Serialize` and `defmt::Format` for packets. For both traits, this file lists the fields of each packet
//! and the form of each value.

mod fields;
#[cfg(feature = "defmt")]
pub(crate) mod log;
#[cfg(feature = "serde")]
pub(crate) mod serialize;

#[cfg(feature = "serde")]
pub use serialize::WithSecrets;

use crate::packet::{
    Auth, ConnAck, Connect, Delivery, Disconnect, PubAck, PubComp, PubRec, PubRel, Publish, SubAck,
    Subscribe, Subscription, Topic, UnsubAck, Unsubscribe, Will,
};
use crate::property::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties, PropertyField,
    PublishProperties, SubscribeProperties, UnsubscribeProperties, UserProperty, WillProperties,
};
use crate::property_table::{properties_by_packet, properties_sorted_by_packet};
use crate::reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
use crate::value::{
    AuthenticationData, Binary, MaximumQos, PacketId, Password, PayloadFormat, Qos, RetainHandling,
    SubscriptionId, Text, TopicAlias, TopicFilter, TopicName,
};
use crate::version::Version;
use core::num::{NonZeroU16, NonZeroU32};
use fields::{Absent, DeliveryFields, TopicFields};
#[cfg(feature = "defmt")]
use log::log_fields;
#[cfg(feature = "serde")]
use serialize::{serialize_as, serialize_fields};

/// Shows a struct by its fields.
macro_rules! fields {
    ($( $Struct:ident$(<$a:lifetime>)? { $( $field:ident )* } )*) => { $(
        impl Absent for $Struct$(<$a>)? {}
        #[cfg(feature = "serde")]
        serialize_fields! { $Struct$(<$a>)?, Absent::is_absent { $( $field )* } }
        #[cfg(feature = "defmt")]
        log_fields! { $Struct$(<$a>)?, Absent::is_absent { $( $field )* } }
    )* };
}

/// Shows properties. An empty list counts as absent.
macro_rules! show_properties {
    ($(#[$doc:meta])* $Struct:ident {
        $( $senders:ident $id:literal $Name:ident $field:ident $type:ty, $doc_of_field:literal; )*
    }) => {
        impl Absent for $Struct<'_> {
            fn is_absent(&self) -> bool {
                self.is_empty()
            }
        }
        #[cfg(feature = "serde")]
        serialize_fields! { $Struct<'_>, PropertyField::is_empty { $( $field )* } }
        #[cfg(feature = "defmt")]
        log_fields! { $Struct<'_>, PropertyField::is_empty { $( $field )* } }
    };
}

properties_by_packet!(show_properties);

fields! {
    Connect<'_> { version bridge clean_start keep_alive properties client_id will user_name password }
    Will<'_> { qos retain properties topic payload }
    ConnAck<'_> { session_present reason properties }
    Publish<'_> { delivery retain topic properties payload }
    PubAck<'_> { packet_id reason properties }
    PubRec<'_> { packet_id reason properties }
    PubRel<'_> { packet_id reason properties }
    PubComp<'_> { packet_id reason properties }
    Subscribe<'_> { packet_id properties subscriptions }
    Subscription<'_> { filter qos no_local retain_as_published retain_handling }
    SubAck<'_> { packet_id properties reasons }
    Unsubscribe<'_> { packet_id properties filters }
    UnsubAck<'_> { packet_id properties reasons }
    Disconnect<'_> { reason properties }
    Auth<'_> { reason properties }
    UserProperty<'_> { name value }
    DeliveryFields { qos packet_id dup }
    TopicFields<'_> { name alias }
}

/// Shows a value as a number, a string, bytes or a secret.
macro_rules! values {
    ($( $Type:ty: $form:ident($value:ident => $shown:expr); )*) => { $(
        impl Absent for $Type {}
        #[cfg(feature = "serde")]
        serialize_as! { $Type: $form($value => $shown) }
        #[cfg(feature = "serde")]
        serialize::serializable!($Type);
        #[cfg(feature = "defmt")]
        log::log_as! { $Type: $form($value => $shown) }
    )* };
}

/// Shows a type of another crate by its own `Serialize` and `Format`.
macro_rules! foreign_values {
    ($( $Type:ty: $form:ident($value:ident => $shown:expr); )*) => { $(
        impl Absent for $Type {}
        #[cfg(feature = "serde")]
        serialize_as! { $Type: $form($value => $shown) }
    )* };
}

foreign_values! {
    bool: bool(it => *it);
    u16: u16(it => *it);
    u32: u32(it => *it);
    NonZeroU16: u16(it => it.get());
    NonZeroU32: u32(it => it.get());
    &[u8]: bytes(it => it);
}

values! {
    PacketId: u16(it => it.get());
    TopicAlias: u16(it => it.get());
    SubscriptionId: u32(it => it.get());
    Qos: u8(it => it.get());
    MaximumQos: u8(it => it.get());
    PayloadFormat: u8(it => it.get());
    RetainHandling: u8(it => it.get());
    ConnectReason: code(it => it.get());
    PubAckReason: code(it => it.get());
    PubRecReason: code(it => it.get());
    PubRelReason: code(it => it.get());
    PubCompReason: code(it => it.get());
    SubscribeReason: code(it => it.get());
    UnsubscribeReason: code(it => it.get());
    DisconnectReason: code(it => it.get());
    AuthReason: code(it => it.get());
    Version: str(it => it.as_str());
    Text<'_>: str(it => it.as_str());
    TopicName<'_>: str(it => it.as_str());
    TopicFilter<'_>: str(it => it.as_str());
    Binary<'_>: bytes(it => it.as_bytes());
    Password<'_>: secret(it => it.expose().as_bytes());
    AuthenticationData<'_>: secret(it => it.expose().as_bytes());
}

impl Absent for Delivery {}
impl Absent for Topic<'_> {}
