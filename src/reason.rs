//! The Reason Codes (5.0 §2.4), one enum for each packet.
//!
//! ```
//! use mqtt_wire::reason::ConnectReason;
//!
//! assert_eq!(ConnectReason::new(0x97)?, ConnectReason::QuotaExceeded);
//! assert_eq!(ConnectReason::QuotaExceeded.get(), 0x97);
//! assert_eq!(ConnectReason::from_v3(5)?, ConnectReason::NotAuthorized);
//! # Ok::<(), mqtt_wire::ValueError>(())
//! ```
//!
//! Before 5.0 the standard calls these codes return codes.
//! [`guide::answering_errors`](crate::guide::answering_errors) shows how to answer an error.

use crate::role::{Role, Senders};
use crate::value::{Qos, ValueError, ValueType};
use core::fmt;

/// The Reason Codes of all packet types.
pub(crate) trait ReasonCode: Copy {
    /// The Reason Code with this number, if the packet type has one.
    fn from_u8(code: u8) -> Option<Self>;
    fn code(self) -> u8;
    fn senders(self) -> Senders;
}

/// Makes an enum for each packet from the rows that name it.
macro_rules! reason_codes {
    ($( $code:literal $Name:ident $meaning:literal
        $( connack($connack:ident) )?
        $( puback($puback:ident) )?
        $( pubrec($pubrec:ident) )?
        $( pubrel($pubrel:ident) )?
        $( pubcomp($pubcomp:ident) )?
        $( suback($suback:ident) )?
        $( unsuback($unsuback:ident) )?
        $( disconnect($disconnect:ident) )?
        $( auth($auth:ident) )?
    ; )*) => {
        reason_code! {
            /// The Connect Reason Code of CONNACK (5.0 Table 3-1).
            ///
            /// In 3.1 and 3.1.1 the return codes 1 to 5 are
            /// [`UnsupportedProtocolVersion`](Self::UnsupportedProtocolVersion),
            /// [`ClientIdentifierNotValid`](Self::ClientIdentifierNotValid),
            /// [`ServerUnavailable`](Self::ServerUnavailable),
            /// [`BadUserNameOrPassword`](Self::BadUserNameOrPassword) and
            /// [`NotAuthorized`](Self::NotAuthorized). 3.1 and 3.1.1 can carry only these five reasons and
            /// [`Success`](Self::Success).
            ConnectReason { $( $( $code $Name $meaning $connack )? )* }
        }
        reason_code! {
            /// The Reason Code of PUBACK (5.0 Table 3-4).
            PubAckReason { $( $( $code $Name $meaning $puback )? )* }
        }
        reason_code! {
            /// The Reason Code of PUBREC (5.0 Table 3-5).
            PubRecReason { $( $( $code $Name $meaning $pubrec )? )* }
        }
        reason_code! {
            /// The Reason Code of PUBREL (5.0 Table 3-6).
            PubRelReason { $( $( $code $Name $meaning $pubrel )? )* }
        }
        reason_code! {
            /// The Reason Code of PUBCOMP (5.0 Table 3-7).
            PubCompReason { $( $( $code $Name $meaning $pubcomp )? )* }
        }
        reason_code! {
            /// The Reason Codes of SUBACK (5.0 Table 3-8).
            ///
            /// 3.1.1 has 0, 1, 2 and [`UnspecifiedError`](Self::UnspecifiedError). 3.1 has only 0, 1 and 2.
            SubscribeReason { $( $( $code $Name $meaning $suback )? )* }
        }
        reason_code! {
            /// The Reason Codes of UNSUBACK (5.0 Table 3-9).
            UnsubscribeReason { $( $( $code $Name $meaning $unsuback )? )* }
        }
        reason_code! {
            /// The Reason Code of DISCONNECT (5.0 Table 3-10).
            DisconnectReason { $( $( $code $Name $meaning $disconnect )? )* }
        }
        reason_code! {
            /// The Authenticate Reason Code of AUTH (5.0 Table 3-11).
            AuthReason { $( $( $code $Name $meaning $auth )? )* }
        }
    };
}

macro_rules! reason_code {
    ($(#[$doc:meta])* $Type:ident { $( $code:literal $Name:ident $meaning:literal $senders:ident )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Type {
            $( #[doc = concat!($meaning, ".")] $Name = $code, )*
        }

        impl $Type {
            /// All codes, in ascending order.
            pub const ALL: &'static [Self] = &[ $( Self::$Name ),* ];

            /// The reason with this code.
            ///
            /// # Errors
            ///
            /// [`ValueError::Unknown`] if the packet cannot have the code.
            #[inline]
            pub const fn new(code: u8) -> Result<Self, ValueError> {
                match code {
                    $( $code => Ok(Self::$Name), )*
                    _ => Err(ValueError::Unknown(ValueType::$Type)),
                }
            }

            /// The code on the wire (5.0).
            #[must_use]
            pub const fn get(self) -> u8 {
                self as u8
            }

            /// Whether the code reports a failure: it is 0x80 or greater.
            #[must_use]
            pub const fn is_error(self) -> bool {
                self.get() >= 0x80
            }

            /// Whether this role may send the code.
            #[must_use]
            pub const fn sent_by(self, role: Role) -> bool {
                match self {
                    $( Self::$Name => Senders::$senders.include(role), )*
                }
            }
        }

        impl TryFrom<u8> for $Type {
            type Error = ValueError;

            fn try_from(code: u8) -> Result<Self, ValueError> {
                Self::new(code)
            }
        }

        impl From<$Type> for u8 {
            fn from(reason: $Type) -> Self {
                reason.get()
            }
        }

        impl ReasonCode for $Type {
            #[inline]
            fn from_u8(code: u8) -> Option<Self> {
                Self::new(code).ok()
            }

            #[inline]
            fn code(self) -> u8 {
                self.get()
            }

            #[inline]
            fn senders(self) -> Senders {
                match self {
                    $( Self::$Name => Senders::$senders, )*
                }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $( Self::$Name => $meaning, )*
                })
            }
        }
    };
}

// 5.0 Table 2-6: which packet may carry the code, and who may send it there. 0x8C of DISCONNECT is in Table
// 2-6 but not in Table 3-10: the decoder accepts it, and the encoder refuses it. Clients send 0x9B, too
// (§3.3.4).
reason_codes! {
    0x00 Success "Success"                      connack(Server) puback(Both) pubrec(Both) pubrel(Both) pubcomp(Both) unsuback(Server) auth(Server);
    0x00 GrantedQos0 "Granted QoS 0"                                                                                suback(Server);
    0x00 NormalDisconnection "Normal disconnection"                                                                                 disconnect(Both);
    0x01 GrantedQos1 "Granted QoS 1"                                                                                suback(Server);
    0x02 GrantedQos2 "Granted QoS 2"                                                                                suback(Server);
    0x04 DisconnectWithWillMessage "Disconnect with Will Message"                                                                   disconnect(Client);
    0x10 NoMatchingSubscribers "No matching subscribers"        puback(Server) pubrec(Server);
    0x11 NoSubscriptionExisted "No subscription existed"                                                            unsuback(Server);
    0x18 ContinueAuthentication "Continue authentication"                                                                           auth(Both);
    0x19 ReAuthenticate "Re-authenticate"                                                                                           auth(Client);
    0x80 UnspecifiedError "Unspecified error"   connack(Server) puback(Both) pubrec(Both) suback(Server) unsuback(Server)           disconnect(Both);
    0x81 MalformedPacket "Malformed Packet"     connack(Server)                                                                     disconnect(Both);
    0x82 ProtocolError "Protocol Error"         connack(Server)                                                                     disconnect(Both);
    0x83 ImplementationSpecificError "Implementation specific error" connack(Server) puback(Both) pubrec(Both) suback(Server) unsuback(Server) disconnect(Both);
    0x84 UnsupportedProtocolVersion "Unsupported Protocol Version" connack(Server);
    0x85 ClientIdentifierNotValid "Client Identifier not valid" connack(Server);
    0x86 BadUserNameOrPassword "Bad User Name or Password" connack(Server);
    0x87 NotAuthorized "Not authorized"         connack(Server) puback(Both) pubrec(Both) suback(Server) unsuback(Server)           disconnect(Server);
    0x88 ServerUnavailable "Server unavailable" connack(Server);
    0x89 ServerBusy "Server busy"               connack(Server)                                                                     disconnect(Server);
    0x8A Banned "Banned"                        connack(Server);
    0x8B ServerShuttingDown "Server shutting down"                                                                                  disconnect(Server);
    0x8C BadAuthenticationMethod "Bad authentication method" connack(Server)                                                        disconnect(Both);
    0x8D KeepAliveTimeout "Keep Alive timeout"                                                                                      disconnect(Server);
    0x8E SessionTakenOver "Session taken over"                                                                                      disconnect(Server);
    0x8F TopicFilterInvalid "Topic Filter invalid"                                      suback(Server) unsuback(Server)             disconnect(Server);
    0x90 TopicNameInvalid "Topic Name invalid"  connack(Server) puback(Both) pubrec(Both)                                           disconnect(Both);
    0x91 PacketIdentifierInUse "Packet Identifier in use"       puback(Both) pubrec(Both) suback(Server) unsuback(Server);
    0x92 PacketIdentifierNotFound "Packet Identifier not found" pubrel(Both) pubcomp(Both);
    0x93 ReceiveMaximumExceeded "Receive Maximum exceeded"                                                                          disconnect(Both);
    0x94 TopicAliasInvalid "Topic Alias invalid"                                                                                    disconnect(Both);
    0x95 PacketTooLarge "Packet too large"      connack(Server)                                                                     disconnect(Both);
    0x96 MessageRateTooHigh "Message rate too high"                                                                                 disconnect(Both);
    0x97 QuotaExceeded "Quota exceeded"         connack(Server) puback(Both) pubrec(Both) suback(Server)                            disconnect(Both);
    0x98 AdministrativeAction "Administrative action"                                                                               disconnect(Both);
    0x99 PayloadFormatInvalid "Payload format invalid" connack(Server) puback(Both) pubrec(Both)                                    disconnect(Both);
    0x9A RetainNotSupported "Retain not supported" connack(Server)                                                                  disconnect(Server);
    0x9B QosNotSupported "QoS not supported"    connack(Server)                                                                     disconnect(Both);
    0x9C UseAnotherServer "Use another server"  connack(Server)                                                                     disconnect(Server);
    0x9D ServerMoved "Server moved"             connack(Server)                                                                     disconnect(Server);
    0x9E SharedSubscriptionsNotSupported "Shared Subscriptions not supported" suback(Server)                                        disconnect(Server);
    0x9F ConnectionRateExceeded "Connection rate exceeded" connack(Server)                                                          disconnect(Server);
    0xA0 MaximumConnectTime "Maximum connect time"                                                                                  disconnect(Server);
    0xA1 SubscriptionIdentifiersNotSupported "Subscription Identifiers not supported" suback(Server)                                disconnect(Server);
    0xA2 WildcardSubscriptionsNotSupported "Wildcard Subscriptions not supported" suback(Server)                                    disconnect(Server);
}

impl ConnectReason {
    /// The return codes of 3.1 and 3.1.1 (3.1.1 Table 3.1), and their reasons.
    const V3: [(u8, Self); 6] = [
        (0, Self::Success),
        (1, Self::UnsupportedProtocolVersion),
        (2, Self::ClientIdentifierNotValid),
        (3, Self::ServerUnavailable),
        (4, Self::BadUserNameOrPassword),
        (5, Self::NotAuthorized),
    ];

    /// The reason for a return code of 3.1 or 3.1.1: 0 to 5.
    ///
    /// ```
    /// use mqtt_wire::reason::ConnectReason;
    ///
    /// assert_eq!(ConnectReason::from_v3(5), Ok(ConnectReason::NotAuthorized));
    /// assert!(ConnectReason::from_v3(6).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValueError::Unknown`] for all other codes.
    pub fn from_v3(return_code: u8) -> Result<Self, ValueError> {
        let row = Self::V3.iter().find(|row| row.0 == return_code);
        row.map(|row| row.1).ok_or(ValueError::Unknown(ValueType::ConnectReason))
    }

    /// The return code of 3.1 and 3.1.1 for this reason, if there is one.
    #[must_use]
    pub fn to_v3(self) -> Option<u8> {
        Self::V3.iter().find(|row| row.1 == self).map(|row| row.0)
    }
}

impl SubscribeReason {
    /// The reason that grants this QoS.
    #[must_use]
    pub const fn granted(qos: Qos) -> Self {
        match qos {
            Qos::AtMostOnce => Self::GrantedQos0,
            Qos::AtLeastOnce => Self::GrantedQos1,
            Qos::ExactlyOnce => Self::GrantedQos2,
        }
    }

    /// The granted QoS. `None`: a failure.
    ///
    /// ```
    /// use mqtt_wire::Qos;
    /// use mqtt_wire::reason::SubscribeReason;
    ///
    /// assert_eq!(SubscribeReason::GrantedQos2.granted_qos(), Some(Qos::ExactlyOnce));
    /// assert_eq!(SubscribeReason::NotAuthorized.granted_qos(), None);
    /// ```
    #[must_use]
    pub const fn granted_qos(self) -> Option<Qos> {
        match Qos::new(self.get()) {
            Ok(qos) => Some(qos),
            Err(_) => None,
        }
    }
}
