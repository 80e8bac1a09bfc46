//! PINGREQ and PINGRESP: both sides show that they are alive (§3.12, §3.13).
//!
//! ```text
//! C0 00 and D0 00
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::EncodeError;
use crate::packet_type::PacketType;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::writer::Writer;

macro_rules! ping {
    ($(#[$doc:meta])* $Type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $Type;

        impl<'a> ReadPacket<'a> for $Type {
            const PACKET_TYPE: PacketType = PacketType::$Type;

            #[inline]
            fn read<O: Observer<'a>, const V5: bool>(_: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
                Ok(Self)
            }
        }

        impl WritePacket for $Type {
            fn packet_type(&self) -> PacketType {
                PacketType::$Type
            }

            #[inline]
            fn check<const V5: bool>(&self, _: Encoder) -> Result<(), EncodeError> {
                Ok(())
            }

            #[inline]
            fn write<const V5: bool>(&self, _: &mut impl Writer) {}
        }
    };
}

ping! {
    /// PINGREQ: the client shows that it is alive, and asks for a PINGRESP (§3.12).
    ///
    /// The decoder gives [`Packet::PingReq`](crate::Packet::PingReq).
    PingReq
}

ping! {
    /// PINGRESP: the server answers a PINGREQ (§3.13).
    ///
    /// The decoder gives [`Packet::PingResp`](crate::Packet::PingResp).
    PingResp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DecodeErrorKind as Kind;
    use crate::test_support::{both_ways, refused};
    use crate::version::Version;

    #[test]
    fn pings_have_two_bytes() {
        for version in Version::ALL {
            both_ways(version, PingReq, b"\xc0\x00");
            both_ways(version, PingResp, b"\xd0\x00");
            refused(version, b"\xc0\x01\x00", Kind::LeftoverBytes, 2);
            refused(version, b"\xd0\x01\x00", Kind::LeftoverBytes, 2);
        }
    }
}
