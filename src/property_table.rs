//! The properties (5.0 Table 2-4), one row for each. All code for a property is generated from its row.

/// Passes all rows to the macro `$then`, after its arguments: `property_table!(then arguments)`.
macro_rules! property_table {
    ($then:ident $($argument:ident)*) => {
        $then! { $($argument)*;
        // 5.0 Table 2-4: identifier, names, type of the value, and the packets that may have it, with their
        // senders. If the standard excludes 0, the type excludes it. (PUBLISH keeps the Topic Alias in its
        // topic; `ack` is PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.)
            0x01 PayloadFormatIndicator payload_format_indicator: Option<PayloadFormat>, Byte, "Payload Format Indicator",
                "Whether the payload is UTF-8 text; absent means unspecified bytes."
                will(Both) publish(Both);
            0x02 MessageExpiryInterval message_expiry_interval: Option<u32>, FourByteInteger, "Message Expiry Interval",
                "The lifetime of the message in seconds; absent means that it never expires."
                will(Both) publish(Both);
            0x03 ContentType content_type: Option<Text<'a>>, Utf8String, "Content Type",
                "The type of the payload, on which the applications agree."
                will(Both) publish(Both);
            0x08 ResponseTopic response_topic: Option<TopicName<'a>>, Utf8String, "Response Topic",
                "The topic for a response to the message."
                will(Both) publish(Both);
            0x09 CorrelationData correlation_data: Option<Binary<'a>>, BinaryData, "Correlation Data",
                "The data that a response repeats, so that the requester can match response and request."
                will(Both) publish(Both);
            0x0B SubscriptionIdentifier subscription_identifiers: SubscriptionIds<'a>, VariableByteInteger, "Subscription Identifier",
                "The identifiers of the matching subscriptions. Only a server sends this property."
                publish(Server);
            0x11 SessionExpiryInterval session_expiry_interval: Option<u32>, FourByteInteger, "Session Expiry Interval",
                "How long the session outlives the connection, in seconds; 0xFFFFFFFF means for ever."
                connect(Both) connack(Both) disconnect(Client);
            0x12 AssignedClientIdentifier assigned_client_identifier: Option<Text<'a>>, Utf8String, "Assigned Client Identifier",
                "The Client Identifier that the server chose, because the client had none."
                connack(Both);
            0x13 ServerKeepAlive server_keep_alive: Option<u16>, TwoByteInteger, "Server Keep Alive",
                "The Keep Alive in seconds, which replaces the Keep Alive of CONNECT."
                connack(Both);
            0x15 AuthenticationMethod authentication_method: Option<Text<'a>>, Utf8String, "Authentication Method",
                "The name of the method of enhanced authentication."
                connect(Both) connack(Both) auth(Both);
            0x16 AuthenticationData authentication_data: Option<AuthenticationData<'a>>, Secret, "Authentication Data",
                "The data of the Authentication Method, which must be present, too."
                connect(Both) connack(Both) auth(Both);
            0x17 RequestProblemInformation request_problem_information: Option<bool>, Byte, "Request Problem Information",
                "Whether every packet may have Reason String and User Properties; absent means yes."
                connect(Both);
            0x18 WillDelayInterval will_delay_interval: Option<u32>, FourByteInteger, "Will Delay Interval",
                "The delay before the server publishes the will, in seconds; absent means 0."
                will(Both);
            0x19 RequestResponseInformation request_response_information: Option<bool>, Byte, "Request Response Information",
                "Whether the server may send Response Information; absent means no."
                connect(Both);
            0x1A ResponseInformation response_information: Option<Text<'a>>, Utf8String, "Response Information",
                "The basis for the client's Response Topics."
                connack(Both);
            0x1C ServerReference server_reference: Option<Text<'a>>, Utf8String, "Server Reference",
                "Another server to use."
                connack(Both) disconnect(ServerDescribed);
            0x1F ReasonString reason_string: Option<Text<'a>>, Utf8String, "Reason String",
                "The reason in words, for logs."
                connack(Both) ack(Both) disconnect(Both) auth(Both);
            0x21 ReceiveMaximum receive_maximum: Option<NonZeroU16>, TwoByteInteger, "Receive Maximum",
                "The number of QoS 1 and QoS 2 messages handled at once; absent means 65,535."
                connect(Both) connack(Both);
            0x22 TopicAliasMaximum topic_alias_maximum: Option<u16>, TwoByteInteger, "Topic Alias Maximum",
                "The largest accepted Topic Alias; absent or 0 means that none is accepted."
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
                "Names and values that the application chooses, in order; names may repeat."
                connect(Both) will(Both) connack(Both) publish(Both) ack(Both) subscribe(Both) unsubscribe(Both)
                disconnect(Both) auth(Both);
            0x27 MaximumPacketSize maximum_packet_size: Option<NonZeroU32>, FourByteInteger, "Maximum Packet Size",
                "The size of the largest accepted packet in bytes; absent means no limit."
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

/// Sorts the rows into one struct for each packet, and passes each struct to the macro `$then`:
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
            /// The properties of PUBLISH (5.0 §3.3.2.3), without the Topic Alias.
            ///
            /// The Topic Alias is a part of the [`Topic`](crate::Topic).
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
            /// The properties of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.
            ///
            /// The six packets have the same properties (5.0 §3.4.2.2 and others).
            AckProperties { $( $( $ack $id $Name $field $type, $doc; )? )* }
        }
        $then! {
            /// The properties of SUBSCRIBE (5.0 §3.8.2.1).
            ///
            /// A SUBSCRIBE has at most one Subscription Identifier, for all its filters. A PUBLISH to the
            /// client may carry several Subscription Identifiers.
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
            ///
            /// Only a client sends a Session Expiry Interval in a DISCONNECT.
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
