//! PINGREQ and PINGRESP: both sides show that they are alive (§3.12, §3.13).
//!
//! ```text
//! C0 00 and D0 00
//! ```

use crate::encode::{Encode, Encoder, Job, Writable, WritePacket, plan};
use crate::frame::PacketType;
use crate::sink::Sink;
use crate::{EncodeError, Packet, Version};

macro_rules! ping {
    ($(#[$doc:meta])* $Type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $Type;

        impl From<$Type> for Packet<'_> {
            fn from(_: $Type) -> Self {
                Self::$Type
            }
        }

        impl Encode for $Type {}

        impl Writable for $Type {
            #[inline]
            fn plan<J: Job>(&self, to: Encoder, job: J) -> Result<J::Done, EncodeError> {
                plan(self, to, job)
            }
        }

        impl WritePacket for $Type {
            #[inline]
            fn packet_type(&self) -> PacketType {
                PacketType::$Type
            }

            #[inline]
            fn check(&self, _: Encoder) -> Result<(), EncodeError> {
                Ok(())
            }

            #[inline]
            fn write(&self, _: Version, _: &mut impl Sink) {}
        }
    };
}

ping! {
    /// PINGREQ: the client shows that it is alive and asks whether the server is (§3.12). Decoded, it
    /// is [`Packet::PingReq`].
    PingReq
}

ping! {
    /// PINGRESP: the server answers a PINGREQ (§3.13). Decoded, it is [`Packet::PingResp`].
    PingResp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DecodeErrorKind as Kind;
    use crate::laws::{both_ways, refused};

    #[test]
    fn are_two_bytes() {
        for version in Version::ALL {
            both_ways(version, PingReq, b"\xc0\x00");
            both_ways(version, PingResp, b"\xd0\x00");
            refused(version, b"\xc0\x01\x00", Kind::LeftoverBytes, 2);
            refused(version, b"\xd0\x01\x00", Kind::LeftoverBytes, 2);
        }
    }
}
