//! The fifteen packets, and which room reads which.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
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
pub use suback::SubAck;
pub use subscribe::{Subscribe, Subscription, Subscriptions};
pub use unsuback::UnsubAck;
pub use unsubscribe::Unsubscribe;

pub(crate) use ack::AckReason;
pub(crate) use connect::{own_version, version_and_bridge};
pub(crate) use publish::{FLAGS as PUBLISH_FLAGS, first_byte as publish_first_byte};

use crate::decoder::Context;
use crate::encode::{Encode, Encoder, Job, Writable, plan_by_version};
use crate::frame::{Frame, PacketType};
use crate::reader::{Fault, Reader, Trace};
use crate::{DecodeError, EncodeError, Version};
use connect::frequent_version;
use nom::Offset;

/// Any packet. It borrows what it holds: decoded, from the input.
///
/// It is large, 304 bytes on a 64-bit machine: to move one costs nearly what it costs to decode a PUBACK.
/// Match on it where it was returned, and pass references on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packet<'a> {
    /// Client requests a connection.
    Connect(Connect<'a>),
    /// Server answers a CONNECT.
    ConnAck(ConnAck<'a>),
    /// An application message.
    Publish(Publish<'a>),
    /// Answers a PUBLISH with QoS 1.
    PubAck(PubAck<'a>),
    /// Answers a PUBLISH with QoS 2.
    PubRec(PubRec<'a>),
    /// Answers a PUBREC.
    PubRel(PubRel<'a>),
    /// Answers a PUBREL.
    PubComp(PubComp<'a>),
    /// Client asks for messages.
    Subscribe(Subscribe<'a>),
    /// Server answers a SUBSCRIBE.
    SubAck(SubAck<'a>),
    /// Client asks for no more messages.
    Unsubscribe(Unsubscribe<'a>),
    /// Server answers an UNSUBSCRIBE.
    UnsubAck(UnsubAck<'a>),
    /// Client shows that it is alive.
    PingReq,
    /// Server shows that it is alive.
    PingResp,
    /// The connection ends on purpose.
    Disconnect(Disconnect<'a>),
    /// Extended authentication goes on (5.0 only).
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

impl<'a> Packet<'a> {
    /// Reads a frame. Without a version it is a CONNECT, which brings its own: the judge of the fixed
    /// header has refused all others.
    ///
    /// `done` makes the result out of the packet in the very place where it was read: a packet is
    /// large, and to move it through the layers would cost more than to read it.
    #[inline(always)]
    pub(crate) fn read<T: Trace<'a>, R>(
        frame: Frame<'a>,
        context: &Context,
        trace: T,
        done: impl FnOnce(Self, &'a [u8]) -> R,
    ) -> Result<R, DecodeError> {
        let Frame { packet_type, input, body, rest } = frame;
        // A room. What its packet is read from it has in registers: `rest` is made when it is wanted. Two rooms look at the
        // fixed header as well, with which the `input` begins.
        macro_rules! room {
            ($Variant:ident, $read:expr) => {
                room!($Variant, |_, reader: &mut _| $read(reader), input)
            };
            ($Variant:ident, $read:expr, input) => {
                |input, body, rest: Option<_>, context: &Context, trace| {
                    let version = context.version.unwrap_or(Version::V5_0);
                    let mut reader = Reader::new(body, version, context.rules, trace);
                    match $read(input, &mut reader) {
                        Ok(packet) if reader.is_empty() => {
                            let rest = rest.unwrap_or_else(|| behind(input, body));
                            Ok(done(Self::$Variant(packet), rest))
                        }
                        _ => Err(refused(PacketType::$Variant, input, body, context, reader.why_refused())),
                    }
                }
            };
        }
        // It is entered in this function, or in one of its own.
        macro_rules! here {
            ($($room:tt)*) => { room!($($room)*)(input, body, Some(rest), context, trace) };
        }
        macro_rules! apart {
            ($($room:tt)*) => { apart(input, body, context, trace, room!($($room)*)) };
        }
        // Mostly there is only the Packet Identifier.
        macro_rules! ack {
            ($Variant:ident) => {
                match body.len() {
                    2 => here!($Variant, Ack::read),
                    _ => apart!($Variant, Ack::read),
                }
            };
        }
        match packet_type {
            PacketType::Connect => match frequent_version(body) {
                Some(Version::V5_0) => apart!(Connect, Connect::read_v5, input),
                Some(Version::V3_1_1) => apart!(Connect, Connect::read_v3_1_1, input),
                _ => apart!(Connect, Connect::read_other, input),
            },
            PacketType::ConnAck => apart!(ConnAck, ConnAck::read),
            PacketType::Publish if context.version != Some(Version::V5_0) => {
                here!(Publish, Publish::read_v3, input)
            }
            PacketType::Publish if Publish::is_plain(input, body) => {
                here!(Publish, Publish::read_plain, input)
            }
            PacketType::Publish => apart!(Publish, Publish::read_v5, input),
            PacketType::PubAck => ack!(PubAck),
            PacketType::PubRec => ack!(PubRec),
            PacketType::PubRel => ack!(PubRel),
            PacketType::PubComp => ack!(PubComp),
            PacketType::Subscribe => apart!(Subscribe, Subscribe::read),
            PacketType::SubAck => apart!(SubAck, SubAck::read),
            PacketType::Unsubscribe => apart!(Unsubscribe, Unsubscribe::read),
            PacketType::UnsubAck => apart!(UnsubAck, UnsubAck::read),
            PacketType::PingReq if body.is_empty() => Ok(done(Self::PingReq, rest)),
            PacketType::PingResp if body.is_empty() => Ok(done(Self::PingResp, rest)),
            PacketType::PingReq | PacketType::PingResp => {
                let reader = Reader::new(body, Version::V5_0, context.rules, trace);
                Err(refused(packet_type, input, body, context, reader.why_refused()))
            }
            PacketType::Disconnect => apart!(Disconnect, Disconnect::read),
            PacketType::Auth => apart!(Auth, Auth::read),
        }
    }
}

/// Reads a packet in a stack frame of its own, so that small packets do not pay for the room that large
/// ones take. (Its arguments fit into registers: all that a [`Frame`] is made of, and not the frame.)
#[inline(never)]
fn apart<'a, T, R>(
    input: &'a [u8],
    body: &'a [u8],
    context: &Context,
    trace: T,
    read: impl FnOnce(&'a [u8], &'a [u8], Option<&'a [u8]>, &Context, T) -> R,
) -> R {
    read(input, body, None, context, trace)
}

/// What follows a part of the input.
#[inline(always)]
fn behind<'a>(input: &'a [u8], part: &'a [u8]) -> &'a [u8] {
    input.get(input.offset(part).wrapping_add(part.len())..).unwrap_or_default()
}

#[cold]
fn refused(
    packet_type: PacketType,
    input: &[u8],
    body: &[u8],
    context: &Context,
    fault: Fault<'_>,
) -> DecodeError {
    context.error(Frame { packet_type, input, body, rest: behind(input, body) }, fault)
}

/// Likewise for writing: to find out which packet it is takes a jump, and no stack frame.
#[inline(never)]
fn plan_apart<J: Job>(packet: &impl Writable, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
    packet.plan(to, job)
}

/// What is the same for every variant that holds a packet: how it is made of it, and encoded.
macro_rules! packets {
    ($( $Variant:ident($Type:ty) ),* $(,)?) => {
        $(
            impl<'a> From<$Type> for Packet<'a> {
                fn from(packet: $Type) -> Self {
                    Self::$Variant(packet)
                }
            }

        )*

        impl Writable for Packet<'_> {
            #[inline]
            fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
                match self {
                    $( Self::$Variant(packet) => plan_apart(packet, to, job), )*
                    Self::PingReq => PingReq.plan(to, job),
                    Self::PingResp => PingResp.plan(to, job),
                }
            }
        }
    };
}

/// How those are encoded that have one form only.
macro_rules! encode {
    ($( $Type:ident ),*) => { $(
        impl Encode for $Type<'_> {}

        impl Writable for $Type<'_> {
            #[inline]
            fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
                plan_by_version(self, to, job)
            }
        }
    )* };
}

encode!(Connect, ConnAck, Subscribe, SubAck, Unsubscribe, UnsubAck, Disconnect, Auth);

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
