//! The limits of the peer: Maximum Packet Size and Request Problem Information.

use crate::convert::{Change, Changed, Changes, Conversion, Convert, ConvertError};
use crate::encode::{Encode, Encoder};
use crate::error::EncodeError;
use crate::field::PropertyId;
use crate::packet::{
    Auth, ConnAck, Connect, Disconnect, Packet, PingReq, PingResp, PubAck, PubComp, PubRec, PubRel, Publish,
    SubAck, Subscribe, UnsubAck, Unsubscribe,
};
use crate::property::UserProperties;
use crate::version::Version;
use core::fmt;

/// The limits that a peer of 5.0 has announced: packet size, Reason Strings, User Properties.
///
/// [`fit`](Self::fit) makes a packet fit. [`fit`](Self::fit) leaves out parts that the peer does not take:
/// the User Properties and the Reason String of CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK,
/// DISCONNECT and AUTH. The User Properties of all other packets belong to the application and stay.
///
/// ```
/// use mqtt_wire::broker::PeerLimits;
/// use mqtt_wire::property::{AckProperties, ConnectProperties};
/// use mqtt_wire::{Connect, Encode, PacketId, PubAck, Version, text};
///
/// let client = Connect {
///     properties: ConnectProperties {
///         maximum_packet_size: 16.try_into().ok(),
///         ..ConnectProperties::EMPTY
///     },
///     ..Connect::new(Version::V5_0)
/// };
/// let limits = PeerLimits::of_client(&client);
///
/// let properties = AckProperties {
///     reason_string: Some(text!("nobody has subscribed")),
///     ..AckProperties::EMPTY
/// };
/// let fitted =
///     limits.fit(Version::V5_0, PubAck { properties, ..PubAck::new(PacketId::MIN) })?;
/// assert_eq!(fitted.changes.to_string(), "Reason String left out");
/// assert_eq!(
///     fitted.packet.encode(Version::V5_0, &mut [0; 16]).unwrap(),
///     b"\x40\x02\x00\x01"
/// );
/// # Ok::<(), mqtt_wire::broker::FitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerLimits {
    max_packet_size: u32,
    problem_information: bool,
}

impl PeerLimits {
    /// No limits: the peer accepts every packet.
    pub const NONE: Self = Self { max_packet_size: u32::MAX, problem_information: true };

    /// The limits of a client, from its CONNECT.
    ///
    /// These are Maximum Packet Size (5.0 §3.1.2.11.4) and Request Problem Information (§3.1.2.11.7).
    #[must_use]
    #[inline]
    pub fn of_client(connect: &Connect<'_>) -> Self {
        let announced = &connect.properties;
        Self {
            problem_information: announced.request_problem_information.unwrap_or(true),
            ..Self::NONE.max_packet_size(announced.maximum_packet_size.map_or(u32::MAX, |size| size.get()))
        }
    }

    /// The limit of a server, from its CONNACK: Maximum Packet Size (5.0 §3.2.2.3.6).
    #[must_use]
    #[inline]
    pub fn of_server(connack: &ConnAck<'_>) -> Self {
        let announced = connack.properties.maximum_packet_size;
        Self::NONE.max_packet_size(announced.map_or(u32::MAX, |size| size.get()))
    }

    /// Sets the Maximum Packet Size: the length of the largest whole packet, in bytes.
    #[must_use]
    #[inline]
    pub const fn max_packet_size(self, bytes: u32) -> Self {
        Self { max_packet_size: bytes, ..self }
    }

    /// Sets whether the peer wants Reason Strings and User Properties with every packet.
    ///
    /// If `wanted` is false, a server sends such values with PUBLISH, CONNACK and DISCONNECT only
    /// (\[MQTT-3.1.2-29\]).
    #[must_use]
    #[inline]
    pub const fn problem_information(self, wanted: bool) -> Self {
        Self { problem_information: wanted, ..self }
    }

    /// Makes the packet fit, and reports the parts that it left out.
    ///
    /// The method leaves out as little as possible: the User Properties, or else the Reason String, or else
    /// both.
    ///
    /// # Errors
    ///
    /// [`FitError::TooLargeForPeer`] if the packet is still too large, and [`FitError::Encode`] if the packet
    /// cannot be encoded.
    #[inline]
    pub fn fit<P: Fit>(&self, version: Version, packet: P) -> Result<Changed<P>, FitError> {
        self.fit_changed(version, Changed { packet, changes: Changes::NONE })
    }

    /// Converts the packet to the peer's version, makes it fit, and reports all changes.
    ///
    /// The method calls [`Conversion::convert`], and then [`fit`](Self::fit).
    ///
    /// A broker can make all its packets for 5.0 and serve clients of every version. The broker keeps two
    /// values of each client's CONNECT:
    ///
    /// ```
    /// use mqtt_wire::broker::{FitError, PeerLimits};
    /// use mqtt_wire::convert::{Changed, Conversion};
    /// use mqtt_wire::reason::{ConnectReason, DisconnectReason};
    /// use mqtt_wire::{ConnAck, Connect, Disconnect, Encode, Packet, Role, Version};
    ///
    /// struct Client {
    ///     version: Version,
    ///     limits: PeerLimits,
    /// }
    ///
    /// impl Client {
    ///     fn new(connect: &Connect<'_>) -> Self {
    ///         Self { version: connect.version, limits: PeerLimits::of_client(connect) }
    ///     }
    ///
    ///     /// A packet that was made for 5.0, as this client takes it.
    ///     fn outgoing<'a>(
    ///         &self,
    ///         packet: Packet<'a>,
    ///     ) -> Result<Changed<Packet<'a>>, FitError> {
    ///         let conversion =
    ///             Conversion::new(Version::V5_0, self.version).sender(Role::Server);
    ///         self.limits.convert_and_fit(conversion, packet)
    ///     }
    /// }
    ///
    /// let client = Client::new(&Connect::new(Version::V3_1_1));
    /// let busy = client.outgoing(ConnAck::new(ConnectReason::ServerBusy).into())?;
    /// assert_eq!(
    ///     busy.packet.encode(client.version, &mut [0; 4]).unwrap(),
    ///     b"\x20\x02\x00\x03"
    /// );
    /// assert_eq!(busy.changes.to_string(), "Reason Code 0x89 became 0x88");
    ///
    /// let goodbye =
    ///     client.outgoing(Disconnect::new(DisconnectReason::ServerShuttingDown).into());
    /// assert_eq!(
    ///     goodbye.unwrap_err().to_string(),
    ///     "MQTT 3.1.1 has no such DISCONNECT: close the connection without a DISCONNECT"
    /// );
    /// # Ok::<(), FitError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`FitError::Convert`] if the peer's version has no such packet, and the errors of [`fit`](Self::fit).
    #[inline]
    pub fn convert_and_fit<P: Convert + Fit>(
        &self,
        conversion: Conversion,
        packet: P,
    ) -> Result<Changed<P>, FitError> {
        self.fit_changed(conversion.target(), conversion.convert(packet)?)
    }

    #[inline]
    fn fit_changed<P: Fit>(&self, version: Version, converted: Changed<P>) -> Result<Changed<P>, FitError> {
        let Changed { mut packet, mut changes } = converted;
        // [MQTT-3.1.2-29] if the peer wants no Reason String and no User Properties, the packet has none
        if !self.problem_information && packet.is_asked_for() {
            packet.leave_out(OptionalParts::ALL, &mut changes);
        }
        let mut needed = 0;
        for part in OptionalParts::LEAST_FIRST {
            let (mut shorter, mut changes) = (packet, changes);
            shorter.leave_out(part, &mut changes);
            needed = Encoder::new(version).encoded_len(&shorter)?;
            // [MQTT-3.1.2-24] [MQTT-3.2.2-15] no packet is larger than the peer's maximum
            if u32::try_from(needed).is_ok_and(|len| len <= self.max_packet_size) {
                return Ok(Changed { packet: shorter, changes });
            }
        }
        Err(FitError::TooLargeForPeer { needed, maximum: self.max_packet_size })
    }
}

/// No limits.
impl Default for PeerLimits {
    #[inline]
    fn default() -> Self {
        Self::NONE
    }
}

/// Why a packet cannot be sent to this peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FitError {
    /// The packet cannot be encoded.
    Encode(EncodeError),
    /// The peer's version has no such packet, or needs a field that the packet does not have.
    Convert(ConvertError),
    /// The packet is too large for the peer, and nothing more may be left out.
    ///
    /// A server discards such a PUBLISH, and acts as if it had sent the PUBLISH (\[MQTT-3.1.2-25\]).
    TooLargeForPeer {
        /// The length of the packet in bytes, without its optional parts.
        needed: usize,
        /// The peer's Maximum Packet Size in bytes.
        maximum: u32,
    },
}

impl From<EncodeError> for FitError {
    #[inline]
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<ConvertError> for FitError {
    #[inline]
    fn from(error: ConvertError) -> Self {
        Self::Convert(error)
    }
}

impl fmt::Display for FitError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(error) => error.fmt(f),
            Self::Convert(error) => error.fmt(f),
            Self::TooLargeForPeer { needed, maximum } => {
                write!(f, "the packet has {needed} bytes, and the peer accepts at most {maximum}")
            }
        }
    }
}

impl core::error::Error for FitError {}

/// The packets that [`PeerLimits::fit`] takes: [`Packet`], and each of the fifteen types.
///
/// The trait is sealed.
#[allow(private_bounds, reason = "this seals the trait")]
pub trait Fit: Encode + Explained {}

/// The parts of a packet to leave out.
#[derive(Clone, Copy)]
pub(crate) struct OptionalParts {
    user_properties: bool,
    reason_string: bool,
}

impl OptionalParts {
    const ALL: Self = Self { user_properties: true, reason_string: true };

    const LEAST_FIRST: [Self; 4] = [
        Self { user_properties: false, reason_string: false },
        Self { user_properties: true, reason_string: false },
        Self { user_properties: false, reason_string: true },
        Self::ALL,
    ];
}

/// A packet's explanation for people, beyond its Reason Code.
pub(crate) trait Explained: Copy {
    /// Whether the explanation is forbidden if Request Problem Information is 0.
    fn is_asked_for(&self) -> bool;

    /// Removes this part of the explanation, if it is there.
    fn leave_out(&mut self, part: OptionalParts, changes: &mut Changes);
}

/// Implements [`Explained`] for a packet type. The literal says whether Request Problem Information 0 forbids
/// the explanation.
macro_rules! packets_with_optional_parts {
    ($( $Type:ty: $asked:literal; )*) => { $(
        impl Explained for $Type {
            #[inline]
            fn is_asked_for(&self) -> bool {
                $asked
            }

            #[inline]
            fn leave_out(&mut self, part: OptionalParts, changes: &mut Changes) {
                let explanation = &mut self.properties;
                if part.user_properties && !explanation.user_properties.is_empty() {
                    explanation.user_properties = UserProperties::EMPTY;
                    changes.note(Change::Dropped(PropertyId::UserProperty.into()));
                }
                if part.reason_string && explanation.reason_string.is_some() {
                    explanation.reason_string = None;
                    changes.note(Change::Dropped(PropertyId::ReasonString.into()));
                }
            }
        }

        impl Fit for $Type {}
    )* };
}

// The normative statements on the size; the others are [MQTT-3.1.2-29].
packets_with_optional_parts! {
    ConnAck<'_>: false; // [MQTT-3.2.2-19] [MQTT-3.2.2-20]
    PubAck<'_>: true; // [MQTT-3.4.2-2] [MQTT-3.4.2-3]
    PubRec<'_>: true; // [MQTT-3.5.2-2] [MQTT-3.5.2-3]
    PubRel<'_>: true; // [MQTT-3.6.2-2] [MQTT-3.6.2-3]
    PubComp<'_>: true; // [MQTT-3.7.2-2] [MQTT-3.7.2-3]
    SubAck<'_>: true; // [MQTT-3.9.2-1] [MQTT-3.9.2-2]
    UnsubAck<'_>: true; // [MQTT-3.11.2-1] [MQTT-3.11.2-2]
    Disconnect<'_>: false; // [MQTT-3.14.2-3] [MQTT-3.14.2-4]
    Auth<'_>: true; // [MQTT-3.15.2-2] [MQTT-3.15.2-3]
}

macro_rules! all_of_the_application {
    ($( $Type:ty ),*) => { $(
        impl Explained for $Type {
            #[inline]
            fn is_asked_for(&self) -> bool {
                false
            }

            #[inline]
            fn leave_out(&mut self, _: OptionalParts, _: &mut Changes) {}
        }

        impl Fit for $Type {}
    )* };
}

all_of_the_application!(Connect<'_>, Publish<'_>, Subscribe<'_>, Unsubscribe<'_>, PingReq, PingResp);

macro_rules! any_of {
    ($( $Variant:ident ),*) => {
        impl Explained for Packet<'_> {
            #[inline]
            fn is_asked_for(&self) -> bool {
                match self {
                    $( Self::$Variant(packet) => packet.is_asked_for(), )*
                    Self::PingReq | Self::PingResp => false,
                }
            }

            #[inline]
            fn leave_out(&mut self, part: OptionalParts, changes: &mut Changes) {
                match self {
                    $( Self::$Variant(packet) => packet.leave_out(part, changes), )*
                    Self::PingReq | Self::PingResp => {}
                }
            }
        }
    };
}

any_of!(
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    Disconnect,
    Auth
);

impl Fit for Packet<'_> {}
