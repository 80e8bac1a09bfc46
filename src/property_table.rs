//! The properties (5.0 Table 2-4): a row for each. All that is known of a property is made of its row.

/// Gives all rows to a macro, behind the arguments for it: `property_table!(then arguments)`.
macro_rules! property_table {
    ($then:ident $($argument:ident)*) => {
        $then! { $($argument)*;
        // 5.0 Table 2-4: identifier, names, type of the value, and the places it may stand in, with who may send
        // it there. Zero is excluded by the type where the standard excludes it. (PUBLISH keeps the Topic Alias
        // beside its topic; `ack` is PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.)
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
                connack(Both) disconnect(ServerDescribed);
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
    };
}

/// Sorts the rows of the table into a struct for each packet, and gives each struct to the macro `$then`:
/// `properties_by_packet!(then)`.
macro_rules! properties_by_packet {
    ($then:ident) => {
        $crate::property_table::property_table!(properties_sorted_by_packet $then);
    };
}

macro_rules! properties_sorted_by_packet {
    ($then:ident; $( $id:literal $Name:ident $field:ident: $type:ty, $format:ident, $name:literal, $doc:literal
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
        $then! {
            /// The properties of CONNECT (5.0 §3.1.2.11).
            ConnectProperties { $( $( $connect $id $Name $field $type, $doc; )? )* }
        }
        $then! {
            /// The properties of the will in CONNECT (5.0 §3.1.3.2).
            WillProperties { $( $( $will $id $Name $field $type, $doc; )? )* }
        }
        $then! {
            /// The properties of CONNACK (5.0 §3.2.2.3).
            ConnAckProperties { $( $( $connack $id $Name $field $type, $doc; )? )* }
        }
        $then! {
            /// The properties of PUBLISH (5.0 §3.3.2.3), all but the Topic Alias, which is part of
            /// the [`Topic`](crate::Topic).
            ///
            /// ```
            /// use mqtt_wire::property::PublishProperties;
            /// use mqtt_wire::{Publish, text, topic_name};
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
        $then! {
            /// The properties of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK (5.0 §3.4.2.2
            /// and others).
            AckProperties { $( $( $ack $id $Name $field $type, $doc; )? )* }
        }
        $then! {
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
        $then! {
            /// The properties of UNSUBSCRIBE (5.0 §3.10.2.1).
            UnsubscribeProperties { $( $( $unsubscribe $id $Name $field $type, $doc; )? )* }
        }
        $then! {
            /// The properties of DISCONNECT (5.0 §3.14.2.2).
            DisconnectProperties { $( $( $disconnect $id $Name $field $type, $doc; )? )* }
        }
        $then! {
            /// The properties of AUTH (5.0 §3.15.2.2).
            AuthProperties { $( $( $auth $id $Name $field $type, $doc; )? )* }
        }
    };
}

pub(crate) use properties_by_packet;
pub(crate) use properties_sorted_by_packet;
pub(crate) use property_table;
