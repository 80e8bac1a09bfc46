//! The properties (5.0 §2.2.2): the standard's Table 2-4 as a table, and the structs it makes.

mod block;
mod view;

pub use view::PropertyValue;

pub(crate) use block::{Properties, ReadProperties, Slot, read_block, read_properties, write_properties};

use crate::field::Format;
use crate::list::{SubscriptionIds, UserProperties};
use crate::reader::{Reader, Refused, Trace};
use crate::reason::Senders;
use crate::sink::Sink;
use crate::{AuthenticationData, Binary, MaximumQos, PayloadFormat, SubscriptionId, Text, TopicName};
use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

/// Makes [`PropertyId`] out of all rows, and a struct for each place out of the rows that name it.
macro_rules! properties {
    ($( $id:literal $Name:ident $field:ident: $type:ty, $format:ident, $name:literal, $doc:literal
        $( connect($connect:ident) )?
        $( will($will:ident) )?
        $( connack($connack:ident) )?
        $( publish($publish:ident) )?
        $( ack($ack:ident) )?
        $( subscribe($subscribe:ident) )?
        $( unsubscribe($unsubscribe:ident) )?
        $( disconnect($disconnect:ident) )?
        $( auth($auth:ident) )?
    ; )*) => {
        /// The identifiers of the properties (5.0 Table 2-4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PropertyId {
            $( #[doc = $doc] $Name = $id, )*
        }

        impl PropertyId {
            /// All 27, in ascending order.
            pub const ALL: [Self; 27] = [ $( Self::$Name ),* ];

            /// The property with this identifier.
            #[must_use]
            pub const fn new(id: u8) -> Option<Self> {
                match id {
                    $( $id => Some(Self::$Name), )*
                    _ => None,
                }
            }

            /// The identifier on the wire.
            #[must_use]
            pub const fn get(self) -> u8 {
                self as u8
            }

            /// The standard's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$Name => $name, )* }
            }

            /// How its value is to be read.
            #[must_use]
            pub const fn format(self) -> Format {
                match self { $( Self::$Name => Format::$format, )* }
            }
        }

        place! {
            /// The properties of CONNECT (5.0 §3.1.2.11).
            ConnectProperties { $( $( $connect $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of the will in CONNECT (5.0 §3.1.3.2).
            WillProperties { $( $( $will $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of CONNACK (5.0 §3.2.2.3).
            ConnAckProperties { $( $( $connack $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of PUBLISH (5.0 §3.3.2.3), all but the Topic Alias, which is part of
            /// the [`Topic`](crate::Topic).
            ///
            /// ```
            /// use mqtt_wire::{Publish, PublishProperties, text, topic_name};
            ///
            /// let properties = PublishProperties {
            ///     message_expiry_interval: Some(60), // seconds
            ///     content_type: Some(text!("text/plain")),
            ///     ..PublishProperties::EMPTY
            /// };
            /// let publish = Publish { properties, ..Publish::new(topic_name!("a"), b"hi") };
            /// ```
            PublishProperties { $( $( $publish $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK (5.0 §3.4.2.2
            /// and others).
            AckProperties { $( $( $ack $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of SUBSCRIBE (5.0 §3.8.2.1).
            ///
            /// There is one identifier at most, for all filters of the packet; messages that match may
            /// carry several.
            SubscribeProperties {
                Both 0x0B SubscriptionIdentifier subscription_identifier Option<SubscriptionId>,
                    "The identifier that messages for these subscriptions are to carry.";
                $( $( $subscribe $id $Name $field $type, $doc; )? )*
            }
        }
        place! {
            /// The properties of UNSUBSCRIBE (5.0 §3.10.2.1).
            UnsubscribeProperties { $( $( $unsubscribe $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of DISCONNECT (5.0 §3.14.2.2).
            DisconnectProperties { $( $( $disconnect $id $Name $field $type, $doc; )? )* }
        }
        place! {
            /// The properties of AUTH (5.0 §3.15.2.2).
            AuthProperties { $( $( $auth $id $Name $field $type, $doc; )? )* }
        }
    };
}

macro_rules! place {
    ($(#[$place:meta])* $Struct:ident {
        $( $senders:ident $id:literal $Name:ident $field:ident $type:ty, $doc:literal; )*
    }) => {
        $(#[$place])*
        ///
        /// What is absent is `None` or empty, and so is all of it by default: no properties.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $Struct<'a> {
            $( #[doc = $doc] pub $field: $type, )*
        }

        impl<'a> $Struct<'a> {
            /// No properties.
            pub const EMPTY: Self = Self { $( $field: <$type as Slot<'a>>::EMPTY, )* };

            /// Whether there are none.
            #[must_use]
            #[inline]
            pub fn is_empty(&self) -> bool {
                $( self.$field.is_empty() )&&*
            }

            /// The first of them that is there.
            fn first(&self) -> Option<PropertyId> {
                $( if !self.$field.is_empty() { return Some(PropertyId::$Name); } )*
                None
            }

            /// Shows each property to `visit`, in ascending order of the identifiers; repeated ones
            /// in their own order.
            pub fn for_each(&self, mut visit: impl FnMut(PropertyId, PropertyValue<'a>)) {
                $( self.$field.view(&mut |value| visit(PropertyId::$Name, value)); )*
            }
        }

        #[cfg(any(feature = "serde", feature = "defmt"))]
        crate::show::properties! { $Struct { $( $field )* } }

        impl Default for $Struct<'_> {
            fn default() -> Self {
                Self::EMPTY
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> crate::sample::SampleProperties<'a> for $Struct<'a> {
            fn make(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                Ok(Self { $( $field: crate::sample::SampleSlot::make(u)?, )* })
            }

            fn each(mut visit: impl FnMut(Self)) {
                $( for value in crate::sample::SampleSlot::edges() {
                    let mut alone = Self::EMPTY;
                    alone.$field = value;
                    visit(alone);
                } )*
            }

            fn all() -> Self {
                Self { $( $field: crate::sample::SampleSlot::edges().into_iter().nth(1).unwrap_or_default(), )* }
            }
        }

        impl<'a> ReadProperties<'a> for $Struct<'a> {
            #[inline(always)]
            fn none() -> Self {
                Self { $( $field: <$type>::default(), )* }
            }

            #[inline]
            fn read<T: Trace<'a>>(
                &mut self,
                id: PropertyId,
                at: &'a [u8],
                reader: &mut Reader<'a, T>,
            ) -> Result<bool, Refused> {
                match id {
                    $( PropertyId::$Name => {
                        reader.check_sender(Senders::$senders, id.into(), at)?;
                        self.$field.read(id, at, reader)?;
                    } )*
                    #[allow(unreachable_patterns, reason = "a place that has them all")]
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        impl Properties for $Struct<'_> {
            #[inline]
            fn is_empty(&self) -> bool {
                Self::is_empty(self)
            }

            #[inline(never)]
            fn len(&self) -> u64 {
                0u64 $( .wrapping_add(self.$field.len_with_id()) )*
            }

            #[inline(never)]
            fn write(&self, out: &mut impl Sink) {
                out.in_registers(|out| { $( self.$field.write(PropertyId::$Name, out); )* });
            }

            fn first(&self) -> Option<PropertyId> {
                Self::first(self)
            }

            fn present(&self) -> u64 {
                0 $( | if self.$field.is_empty() { 0 } else { 1 << PropertyId::$Name.get() } )*
            }

            fn sent_by(&self, role: crate::Role) -> bool {
                $( (self.$field.is_empty() || Senders::$senders.include(role)) )&&*
            }
        }
    };
}

// 5.0 Table 2-4: identifier, names, type of the value, and the places it may stand in, with who may send
// it there. Zero is excluded by the type where the standard excludes it. (PUBLISH keeps the Topic Alias
// beside its topic; `ack` is PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.)
properties! {
    0x01 PayloadFormatIndicator payload_format_indicator: Option<PayloadFormat>, Byte, "Payload Format Indicator",
        "Whether the payload is UTF-8 text; absent means unspecified bytes."
        will(Both) publish(Both);
    0x02 MessageExpiryInterval message_expiry_interval: Option<u32>, FourByteInteger, "Message Expiry Interval",
        "Seconds until the message expires; absent means never."
        will(Both) publish(Both);
    0x03 ContentType content_type: Option<Text<'a>>, Utf8String, "Content Type",
        "What the payload is, as the applications agree."
        will(Both) publish(Both);
    0x08 ResponseTopic response_topic: Option<TopicName<'a>>, Utf8String, "Response Topic",
        "Where a response is expected."
        will(Both) publish(Both);
    0x09 CorrelationData correlation_data: Option<Binary<'a>>, BinaryData, "Correlation Data",
        "What a response is to carry, so that the requester knows it again."
        will(Both) publish(Both);
    0x0B SubscriptionIdentifier subscription_identifiers: SubscriptionIds<'a>, VariableByteInteger, "Subscription Identifier",
        "The identifiers of the subscriptions that the message matched, in their order. Only \
         a server sends them."
        publish(Server);
    0x11 SessionExpiryInterval session_expiry_interval: Option<u32>, FourByteInteger, "Session Expiry Interval",
        "Seconds that the session outlives the connection; 0xFFFFFFFF means for ever. In DISCONNECT \
         only a client sends it."
        connect(Both) connack(Both) disconnect(Client);
    0x12 AssignedClientIdentifier assigned_client_identifier: Option<Text<'a>>, Utf8String, "Assigned Client Identifier",
        "The Client Identifier that the server chose, as the client had none."
        connack(Both);
    0x13 ServerKeepAlive server_keep_alive: Option<u16>, TwoByteInteger, "Server Keep Alive",
        "The Keep Alive, in seconds, that holds instead of the client's."
        connack(Both);
    0x15 AuthenticationMethod authentication_method: Option<Text<'a>>, Utf8String, "Authentication Method",
        "The name of the method of extended authentication."
        connect(Both) connack(Both) auth(Both);
    0x16 AuthenticationData authentication_data: Option<AuthenticationData<'a>>, Secret, "Authentication Data",
        "What the method exchanges. Needs the Authentication Method beside it."
        connect(Both) connack(Both) auth(Both);
    0x17 RequestProblemInformation request_problem_information: Option<bool>, Byte, "Request Problem Information",
        "Whether Reason String and User Properties may come with every packet; absent means yes."
        connect(Both);
    0x18 WillDelayInterval will_delay_interval: Option<u32>, FourByteInteger, "Will Delay Interval",
        "Seconds between the loss of the connection and the publishing of the will; absent means 0."
        will(Both);
    0x19 RequestResponseInformation request_response_information: Option<bool>, Byte, "Request Response Information",
        "Whether the server may send Response Information; absent means no."
        connect(Both);
    0x1A ResponseInformation response_information: Option<Text<'a>>, Utf8String, "Response Information",
        "What the client may build its Response Topics from."
        connack(Both);
    0x1C ServerReference server_reference: Option<Text<'a>>, Utf8String, "Server Reference",
        "Another server to use."
        connack(Both) disconnect(Described);
    0x1F ReasonString reason_string: Option<Text<'a>>, Utf8String, "Reason String",
        "The reason in words, for people who read logs."
        connack(Both) ack(Both) disconnect(Both) auth(Both);
    0x21 ReceiveMaximum receive_maximum: Option<NonZeroU16>, TwoByteInteger, "Receive Maximum",
        "How many QoS 1 and QoS 2 publications are processed at a time; absent means 65,535."
        connect(Both) connack(Both);
    0x22 TopicAliasMaximum topic_alias_maximum: Option<u16>, TwoByteInteger, "Topic Alias Maximum",
        "The largest Topic Alias accepted; absent or 0 means none at all."
        connect(Both) connack(Both);
    0x23 TopicAlias topic_alias: Option<TopicAlias>, TwoByteInteger, "Topic Alias",
        "The number that stands for the topic of a PUBLISH.";
    0x24 MaximumQos maximum_qos: Option<MaximumQos>, Byte, "Maximum QoS",
        "The greatest QoS that the server supports; absent means 2."
        connack(Both);
    0x25 RetainAvailable retain_available: Option<bool>, Byte, "Retain Available",
        "Whether the server supports retained messages; absent means yes."
        connack(Both);
    0x26 UserProperty user_properties: UserProperties<'a>, Utf8StringPair, "User Property",
        "Names and values as the applications agree, in their order; names may repeat."
        connect(Both) will(Both) connack(Both) publish(Both) ack(Both) subscribe(Both) unsubscribe(Both)
        disconnect(Both) auth(Both);
    0x27 MaximumPacketSize maximum_packet_size: Option<NonZeroU32>, FourByteInteger, "Maximum Packet Size",
        "The size in bytes of the largest packet accepted; absent means no limit."
        connect(Both) connack(Both);
    0x28 WildcardSubscriptionAvailable wildcard_subscription_available: Option<bool>, Byte, "Wildcard Subscription Available",
        "Whether the server supports wildcards in subscriptions; absent means yes."
        connack(Both);
    0x29 SubscriptionIdentifierAvailable subscription_identifier_available: Option<bool>, Byte, "Subscription Identifier Available",
        "Whether the server supports Subscription Identifiers; absent means yes."
        connack(Both);
    0x2A SharedSubscriptionAvailable shared_subscription_available: Option<bool>, Byte, "Shared Subscription Available",
        "Whether the server supports Shared Subscriptions; absent means yes."
        connack(Both);
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
