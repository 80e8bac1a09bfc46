//! The fifteen packets, one file for each. This file chooses the type by the first byte.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod line;
mod ping;
mod publish;
mod suback;
mod subscribe;
mod unsuback;
mod unsubscribe;

pub use ack::{Ack, PubAck, PubComp, PubRec, PubRel};
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use disconnect::Disconnect;
pub use ping::{PingReq, PingResp};
pub use publish::{Delivery, Publish, Topic};
pub use suback::{SubAck, SubscribeReasons};
pub use subscribe::{Subscribe, Subscription, Subscriptions};
pub use unsuback::UnsubAck;
pub use unsubscribe::Unsubscribe;

pub(crate) use ack::AckReason;
pub(crate) use publish::{
    FLAGS as PUBLISH_FLAGS, first_byte as publish_first_byte, has_no_properties, len_before_payload,
    packet_id_at,
};
pub(crate) use suback::Failures;
pub(crate) use subscribe::Options;

use crate::context::Context;
use crate::encode::{Encode, EncodeInto, Encoder, Target, encode_apart, encode_one};
use crate::error::{DecodeError, DecodeErrorKind, EncodeError, Violation};
use crate::field::Field;
use crate::packet_type::PacketType;
use crate::platform::FAST_PATHS;
use crate::wire::header::Frame;
use crate::wire::protocol::names_v5;
use crate::wire::reader::{NoProperties, Observer, ReadPacket, Reader};

/// Any packet. A decoded packet borrows from the input.
///
/// A `Packet` takes 288 bytes on a 64-bit machine. To avoid copies, match on the value that a function
/// returns, and pass references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packet<'a> {
    /// A client requests a connection.
    Connect(Connect<'a>),
    /// The server answers a CONNECT.
    ConnAck(ConnAck<'a>),
    /// An Application Message.
    Publish(Publish<'a>),
    /// Answers a PUBLISH with QoS 1.
    PubAck(PubAck<'a>),
    /// Answers a PUBLISH with QoS 2.
    PubRec(PubRec<'a>),
    /// Answers a PUBREC.
    PubRel(PubRel<'a>),
    /// Answers a PUBREL.
    PubComp(PubComp<'a>),
    /// A client subscribes to Topic Filters.
    Subscribe(Subscribe<'a>),
    /// The server answers a SUBSCRIBE.
    SubAck(SubAck<'a>),
    /// A client unsubscribes from Topic Filters.
    Unsubscribe(Unsubscribe<'a>),
    /// The server answers an UNSUBSCRIBE.
    UnsubAck(UnsubAck<'a>),
    /// A client shows that it is alive.
    PingReq,
    /// The server shows that it is alive.
    PingResp,
    /// A client or the server ends the connection on purpose.
    Disconnect(Disconnect<'a>),
    /// A client or the server continues enhanced authentication (5.0 only).
    Auth(Auth<'a>),
}

impl Packet<'_> {
    /// The type of the packet.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}

/// The first packet of an input and the bytes after it. `None`: the packet is not complete.
pub(crate) type Decoded<'a> = Result<Option<(Packet<'a>, &'a [u8])>, DecodeError>;

/// What a function returns for a decoded packet: the packet alone, or with the bytes after it (`rest`).
///
/// Each function reads the packet in the form that it returns. Another form would have to be copied, with the 288
/// bytes of the packet. Without this trait, the rows `lend` and `own` grow.
pub(crate) trait Returned<'a>: Copy {
    fn of(packet: Packet<'a>, rest: &'a [u8]) -> Self;
}

impl<'a> Returned<'a> for Packet<'a> {
    #[inline]
    fn of(packet: Self, _: &'a [u8]) -> Self {
        packet
    }
}

impl<'a> Returned<'a> for Option<Packet<'a>> {
    #[inline]
    fn of(packet: Packet<'a>, _: &'a [u8]) -> Self {
        Some(packet)
    }
}

impl<'a> Returned<'a> for Option<(Packet<'a>, &'a [u8])> {
    #[inline]
    fn of(packet: Packet<'a>, rest: &'a [u8]) -> Self {
        Some((packet, rest))
    }
}

impl<'a> Packet<'a> {
    /// Reads a packet, by the fields of its type.
    ///
    /// A CONNECT is read by its own version. Without a known version no other packet is read.
    #[inline]
    pub(crate) fn read<T: Returned<'a>, O: Observer<'a>, const V5: bool>(
        frame: Frame<'a>,
        context: &Context,
        observer: O,
    ) -> Result<T, DecodeError> {
        use PacketType as Type;
        let Frame { packet_type, input, body } = frame;
        match packet_type {
            // A client never receives these types. This arm lets the compiler drop their code.
            // unreachable: the fixed header has refused them before
            Type::Connect | Type::Subscribe | Type::Unsubscribe | Type::PingReq if O::FROM_SERVER => {
                unexpected_packet(packet_type, input, body, context)
            }
            // unreachable: the fixed header has refused it before
            Type::Auth if !V5 => unexpected_packet(packet_type, input, body, context),
            Type::Connect if names_v5(body) => {
                read_as::<Connect<'_>, T, O, true>(input, body, context, observer)
            }
            Type::Connect => read_as::<Connect<'_>, T, O, false>(input, body, context, observer),
            Type::ConnAck => read_as::<ConnAck<'_>, T, O, V5>(input, body, context, observer),
            // always: where the tests run, there are fast paths
            Type::Publish if V5 && FAST_PATHS && !O::SEES_FIELDS && has_no_properties(frame) => {
                read_as::<Publish<'_>, T, NoProperties<T>, V5>(input, body, context, NoProperties::NEW)
            }
            Type::Publish => read_as::<Publish<'_>, T, O, V5>(input, body, context, observer),
            Type::PubAck => read_as::<PubAck<'_>, T, O, V5>(input, body, context, observer),
            Type::PubRec => read_as::<PubRec<'_>, T, O, V5>(input, body, context, observer),
            Type::PubRel => read_as::<PubRel<'_>, T, O, V5>(input, body, context, observer),
            Type::PubComp => read_as::<PubComp<'_>, T, O, V5>(input, body, context, observer),
            Type::Subscribe => read_as::<Subscribe<'_>, T, O, V5>(input, body, context, observer),
            Type::SubAck => read_as::<SubAck<'_>, T, O, V5>(input, body, context, observer),
            Type::Unsubscribe => read_as::<Unsubscribe<'_>, T, O, V5>(input, body, context, observer),
            Type::UnsubAck => read_as::<UnsubAck<'_>, T, O, V5>(input, body, context, observer),
            Type::PingReq => read_as::<PingReq, T, O, V5>(input, body, context, observer),
            Type::PingResp => read_as::<PingResp, T, O, V5>(input, body, context, observer),
            Type::Disconnect => read_as::<Disconnect<'_>, T, O, V5>(input, body, context, observer),
            Type::Auth => read_as::<Auth<'_>, T, O, V5>(input, body, context, observer),
        }
    }
}

/// Reads a packet of one type, in a stack frame of its own, so that small packets do not need the stack of
/// large ones. The function has the same return type as its caller, so no packet is moved.
// Without this attribute, `.ci/firmware` measures 2192 bytes of stack, more than its limit.
#[inline(never)]
fn read_as<'a, P, T, O, const V5: bool>(
    input: &'a [u8],
    body: &'a [u8],
    context: &Context,
    observer: O,
) -> Result<T, DecodeError>
where
    P: ReadPacket<'a> + Into<Packet<'a>>,
    T: Returned<'a>,
    O: Observer<'a>,
{
    let frame = Frame { packet_type: P::PACKET_TYPE, input, body };
    let mut reader = Reader::<O, V5>::new(frame, context, observer);
    match P::read(&mut reader) {
        Ok(packet) if reader.is_at_end() => Ok(T::of(packet.into(), frame.rest())),
        _ => Err(frame.error(context, reader.violation())),
    }
}

/// The error for a packet type that a client never receives.
// unreachable: the fixed header has refused it before
#[cold]
fn unexpected_packet<T>(
    packet_type: PacketType,
    input: &[u8],
    body: &[u8],
    context: &Context,
) -> Result<T, DecodeError> {
    let (kind, field) = (DecodeErrorKind::WrongDirection, Field::Packet);
    Err(Frame { packet_type, input, body }.error(context, Violation { at: input, kind, field }))
}

impl From<PingReq> for Packet<'_> {
    fn from(_: PingReq) -> Self {
        Self::PingReq
    }
}

impl From<PingResp> for Packet<'_> {
    fn from(_: PingResp) -> Self {
        Self::PingResp
    }
}

/// Implements conversion and encoding for every variant that holds a packet.
macro_rules! packets {
    ($( $Variant:ident($Type:ty) ),* $(,)?) => {
        $(
            impl<'a> From<$Type> for Packet<'a> {
                fn from(packet: $Type) -> Self {
                    Self::$Variant(packet)
                }
            }
        )*

        impl EncodeInto for Packet<'_> {
            #[inline]
            fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
                match self {
                    $( Self::$Variant(packet) => packet.encode_into(to, target), )*
                    Self::PingReq => PingReq.encode_into(to, target),
                    Self::PingResp => PingResp.encode_into(to, target),
                }
            }
        }
    };
}

packets! {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(PubAck<'a>),
    PubRec(PubRec<'a>),
    PubRel(PubRel<'a>),
    PubComp(PubComp<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

impl Encode for Packet<'_> {}
impl Encode for Publish<'_> {}
impl Encode for PubAck<'_> {}
impl Encode for PubRec<'_> {}
impl Encode for PubRel<'_> {}
impl Encode for PubComp<'_> {}

/// Implements `Encode` for a packet that has one form.
macro_rules! encode {
    ($( $Type:ty: $encode:ident ),* $(,)?) => { $(
        impl Encode for $Type {}

        impl EncodeInto for $Type {
            #[inline]
            fn encode_into<T: Target>(&self, to: Encoder, target: T) -> Result<T::Output, EncodeError> {
                $encode(self, to, target)
            }
        }
    )* };
}

encode!(
    Connect<'_>: encode_apart,
    ConnAck<'_>: encode_apart,
    Subscribe<'_>: encode_apart,
    SubAck<'_>: encode_apart,
    Unsubscribe<'_>: encode_apart,
    UnsubAck<'_>: encode_apart,
    PingReq: encode_one,
    PingResp: encode_one,
    Disconnect<'_>: encode_apart,
    Auth<'_>: encode_apart,
);
