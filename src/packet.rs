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
use crate::encode::{Encode, Encoder, Job, Plan, Writable};
use crate::frame::{Frame, PacketType};
use crate::reader::{Reader, Trace};
use crate::{DecodeError, EncodeError, Version};

/// Any packet. It borrows what it holds: decoded, from the input.
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
        context: Context,
        trace: T,
        done: impl FnOnce(Self) -> R,
    ) -> Result<R, DecodeError> {
        let version = context.version.unwrap_or(Version::V5_0);
        macro_rules! room {
            ($Variant:ident, $read:expr $(, $argument:expr)?) => {{
                let mut reader = Reader::new(frame.body, version, context.rules, trace);
                match $read($( $argument, )? &mut reader) {
                    Ok(packet) if reader.is_empty() => Ok(done(Self::$Variant(packet))),
                    _ => Err(context.error(frame, reader.why_refused())),
                }
            }};
        }
        // Mostly there is only the Packet Identifier.
        macro_rules! ack {
            ($Variant:ident) => {
                match frame.body.len() {
                    2 => room!($Variant, Ack::read),
                    _ => apart(|| room!($Variant, Ack::read)),
                }
            };
        }
        match frame.packet_type {
            PacketType::Connect if Connect::is_v5(frame.body) => {
                apart(|| room!(Connect, Connect::read_v5, frame))
            }
            PacketType::Connect if Connect::is_v3_1_1(frame.body) => {
                apart(|| room!(Connect, Connect::read_v3_1_1, frame))
            }
            PacketType::Connect => apart(|| room!(Connect, Connect::read_other, frame)),
            PacketType::ConnAck => apart(|| room!(ConnAck, ConnAck::read)),
            PacketType::Publish if version != Version::V5_0 => {
                room!(Publish, Publish::read_v3, frame.byte_1())
            }
            PacketType::Publish => apart(|| room!(Publish, Publish::read_v5, frame.byte_1())),
            PacketType::PubAck => ack!(PubAck),
            PacketType::PubRec => ack!(PubRec),
            PacketType::PubRel => ack!(PubRel),
            PacketType::PubComp => ack!(PubComp),
            PacketType::Subscribe => apart(|| room!(Subscribe, Subscribe::read)),
            PacketType::SubAck => apart(|| room!(SubAck, SubAck::read)),
            PacketType::Unsubscribe => apart(|| room!(Unsubscribe, Unsubscribe::read)),
            PacketType::UnsubAck => apart(|| room!(UnsubAck, UnsubAck::read)),
            PacketType::PingReq if frame.body.is_empty() => Ok(done(Self::PingReq)),
            PacketType::PingResp if frame.body.is_empty() => Ok(done(Self::PingResp)),
            PacketType::PingReq | PacketType::PingResp => {
                let reader = Reader::new(frame.body, version, context.rules, trace);
                Err(context.error(frame, reader.why_refused()))
            }
            PacketType::Disconnect => apart(|| room!(Disconnect, Disconnect::read)),
            PacketType::Auth => apart(|| room!(Auth, Auth::read)),
        }
    }
}

/// Reads a packet in a stack frame of its own, so that small packets do not pay for the room that large
/// ones take. (What `read` needs it borrows: copied, it would be loaded before it is stored.)
#[inline(never)]
fn apart<R>(read: impl FnOnce() -> R) -> R {
    read()
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

            impl<'a> Encode for $Type {}

            impl<'a> Writable for $Type {
                #[inline]
                fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
                    job.run(Plan::new(to, self)?, self)
                }
            }
        )*

        impl Writable for Packet<'_> {
            #[inline]
            fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
                match self {
                    $( Self::$Variant(packet) => plan_apart(packet, to, job), )*
                    Self::PingReq => plan_apart(&PingReq, to, job),
                    Self::PingResp => plan_apart(&PingResp, to, job),
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
