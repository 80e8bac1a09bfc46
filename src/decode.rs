//! Decodes the first packet of a buffer, or bytes that are exactly one packet.

use crate::context::{Context, Switch};
use crate::error::{DecodeError, DecodeErrorKind as Kind, Evidence, Violation};
use crate::field::Field;
use crate::packet::{Decoded, Packet, Returned};
use crate::packet_type::PacketType;
use crate::platform::FAST_PATHS;
use crate::role::Role;
use crate::tolerance::Tolerances;
use crate::version::Version;
use crate::wire::header::{Frame, FrameLen, Header};
#[cfg(feature = "bytes")]
use crate::wire::protocol::named_version;
use crate::wire::reader::{FromServer, Observer, Unobserved};

/// Decodes the first packet of a buffer, from a client or a server.
///
/// `Ok(None)` means that the packet is not complete: append more bytes to the input and call again.
/// `Ok(Some((packet, rest)))` gives the packet, and the bytes after the packet. The packet borrows from the
/// input. The function decodes a CONNECT by its own Protocol Name and Protocol Level, not by `version`.
///
/// [`Decoder`] can also check the sender, limits and optional rules.
///
/// ```
/// use mqtt_wire::{Packet, Version, decode};
///
/// let mut input = &b"\x30\x0a\x00\x07/statusX\xd0\x00\x40"[..];
/// while let Some((packet, rest)) = decode(Version::V3_1_1, input)? {
///     match packet {
///         // The payload points into `input`.
///         Packet::Publish(publish) => assert_eq!(publish.payload, b"X"),
///         Packet::PingResp => {}
///         other => panic!("{other:?}"),
///     }
///     input = rest;
/// }
/// assert_eq!(input, b"\x40"); // half a PUBACK: wait for the rest
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
///
/// # Errors
///
/// An error if the standard forbids the bytes. More bytes never turn an error into a packet. If the packet is
/// not complete, the decoder checks only its fixed header.
#[inline]
pub fn decode(version: Version, input: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, DecodeError> {
    first_packet(input, &Context::new(Some(version)), version == Version::V5_0, ())
}

/// Decodes the first packet from a server, for a client with little memory.
///
/// The function decodes like [`decode`], but refuses packets, properties and Reason Codes that a server never
/// sends. So your program has no code to read CONNECT, SUBSCRIBE and UNSUBSCRIBE. If the version is a
/// constant, your program has the code for 5.0 or the code for 3.x, but not both.
///
/// ```
/// use mqtt_wire::{DecodeErrorKind, Packet, Version, decode_from_server};
///
/// let received = b"\x90\x03\x00\x01\x02";
/// let Some((Packet::SubAck(suback), _)) =
///     decode_from_server(Version::V3_1_1, received)?
/// else {
///     panic!()
/// };
/// assert_eq!(suback.reasons.len(), 1);
/// let error = decode_from_server(Version::V3_1_1, b"\xc0\x00").unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::WrongDirection); // PINGREQ
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
///
/// # Errors
///
/// The errors of [`Decoder::from_server`].
#[inline]
pub fn decode_from_server(
    version: Version,
    input: &[u8],
) -> Result<Option<(Packet<'_>, &[u8])>, DecodeError> {
    let mut context = Context::new(Some(version));
    context.sender = Some(Role::Server);
    first_packet(input, &context, version == Version::V5_0, FromServer)
}

/// Decodes bytes that are exactly one packet, such as a stored frame.
///
/// ```
/// use mqtt_wire::{DecodeErrorKind, Packet, Version, decode_frame};
///
/// assert_eq!(decode_frame(Version::V5_0, b"\xd0\x00"), Ok(Packet::PingResp));
/// let error = decode_frame(Version::V5_0, b"\xd0").unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::IncompletePacket);
/// ```
///
/// # Errors
///
/// The errors of [`decode`]. Also [`DecodeErrorKind::IncompletePacket`](Kind::IncompletePacket) if bytes are
/// missing, and [`DecodeErrorKind::BytesAfterPacket`](Kind::BytesAfterPacket) if bytes are left over.
#[inline]
pub fn decode_frame(version: Version, frame: &[u8]) -> Result<Packet<'_>, DecodeError> {
    Decoder::new(version).decode_frame(frame)
}

/// Decodes the packets of one connection, with limits and switches.
///
/// You pass the version, or the decoder takes it from CONNECT. A switch makes the decoder refuse more or
/// accept more. By default all switches are off.
///
/// Packets borrow from the input, never from the decoder. The decoder takes 12 bytes and is `Copy`. To change
/// a setting on a connection, assign `decoder = decoder.max_packet_size(…)`.
///
/// [`guide::decoding`](crate::guide::decoding) has whole loops, [`guide::limits`](crate::guide::limits)
/// explains limits, and [`guide::tolerances`](crate::guide::tolerances) compares the switches and lists the
/// deviations of devices.
///
/// ```
/// use mqtt_wire::{Decoder, Packet, Version};
///
/// // A server that detects the version by CONNECT and takes packets of up to 64 KiB.
/// let mut decoder = Decoder::from_client().max_packet_size(64 * 1024);
/// let (packet, _) =
///     decoder.decode(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")?.unwrap();
/// assert!(matches!(packet, Packet::Connect(_)));
/// assert_eq!(decoder.version(), Some(Version::V3_1_1));
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
///
/// # One packet at a time from a blocking reader
///
/// A function can fill a buffer and return the packet in it. Such a function calls
/// [`frame_len`](Self::frame_len) until the packet is complete, and then
/// [`decode_frame`](Self::decode_frame). (With [`decode`](Self::decode) in the loop, the borrow checker
/// refuses the function.) Either call may fail: see [`DecodeError::answer`].
///
/// ```
/// use mqtt_wire::stream::FrameLen;
/// use mqtt_wire::{Decoder, Packet};
/// use std::io::{Error, Read};
///
/// /// Reads the next packet into the buffer, which holds nothing else.
/// fn next<'b>(
///     decoder: &mut Decoder,
///     reader: &mut impl Read,
///     buffer: &'b mut Vec<u8>,
/// ) -> Result<Packet<'b>, Error> {
///     buffer.clear();
///     loop {
///         // The fixed header is enough to refuse a packet that is too large.
///         let needed = match decoder.frame_len(buffer).map_err(Error::other)? {
///             FrameLen::Total(len) if len == buffer.len() => break,
///             FrameLen::Total(len) | FrameLen::AtLeast(len) => len,
///         };
///         let have = buffer.len();
///         buffer.resize(needed, 0);
///         reader.read_exact(&mut buffer[have..])?;
///     }
///     decoder.decode_frame(buffer).map_err(Error::other)
/// }
///
/// let mut socket = &b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a\xc0\x00"[..];
/// let mut decoder = Decoder::from_client().max_packet_size(1024);
/// let mut buffer = Vec::new();
/// assert!(matches!(next(&mut decoder, &mut socket, &mut buffer)?, Packet::Connect(_)));
/// assert_eq!(next(&mut decoder, &mut socket, &mut buffer)?, Packet::PingReq);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Decoder {
    context: Context,
}

impl Decoder {
    /// A decoder for packets of this version, from a client or a server.
    #[inline]
    pub const fn new(version: Version) -> Self {
        Self { context: Context::new(Some(version)) }
    }

    /// A decoder that takes the version from CONNECT and reads both directions.
    ///
    /// Before CONNECT the decoder refuses every other packet with
    /// [`DecodeErrorKind::VersionUnknown`](Kind::VersionUnknown).
    #[inline]
    pub const fn detect_version() -> Self {
        Self { context: Context::new(None) }
    }

    /// For a server: reads packets of a client, and takes the version from CONNECT.
    ///
    /// Set a [`max_packet_size`](Self::max_packet_size), too.
    pub const fn from_client() -> Self {
        Self::detect_version().sender(Role::Client)
    }

    /// For a client: reads packets of a server, in the version of your CONNECT.
    pub const fn from_server(version: Version) -> Self {
        Self::new(version).sender(Role::Server)
    }

    /// Refuses packets, properties and Reason Codes that this sender never sends.
    pub const fn sender(mut self, sender: Role) -> Self {
        self.context.sender = Some(sender);
        self
    }

    /// Refuses packets larger than `bytes`, fixed header included.
    ///
    /// Pass the Maximum Packet Size that you have announced, or a limit of your own. The decoder refuses a
    /// larger packet as soon as the fixed header has arrived. The default is the largest packet of the
    /// standard: 268,435,460 bytes.
    ///
    /// The limit holds for CONNECT, too. The [`answer`](DecodeError::answer) to a CONNECT that is too large
    /// depends on the version. The version is in the first 9 to 14 bytes. If the version has not arrived, the
    /// answer is [`Close`](crate::answer::Answer::Close).
    pub const fn max_packet_size(mut self, bytes: u32) -> Self {
        self.context.max_packet_size = bytes;
        self
    }

    /// Refuses Topic Aliases above this maximum; 0 refuses all.
    ///
    /// Pass the Topic Alias Maximum that you have announced. If you have announced none, pass 0. By default
    /// every alias is accepted.
    pub const fn topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.context.topic_alias_maximum = maximum;
        self
    }

    /// Refuses strings with control characters (U+0001–U+001F, U+007F–U+009F).
    ///
    /// A sender SHOULD NOT send such characters, and a receiver MAY refuse them (5.0 §1.5.4, 3.1.1 §1.5.3).
    /// 3.1 has no such rule, but the switch works in 3.1, too.
    pub const fn refuse_control_characters(mut self, refuse: bool) -> Self {
        self.context = self.context.with(Switch::RefuseControlCharacters, refuse);
        self
    }

    /// Refuses strings with Unicode noncharacters (U+FFFE, U+FDD0 and others).
    ///
    /// A sender SHOULD NOT send such characters, and a receiver MAY refuse them (5.0 §1.5.4, 3.1.1 §1.5.3).
    /// 3.1 has no such rule, but the switch works in 3.1, too.
    pub const fn refuse_noncharacters(mut self, refuse: bool) -> Self {
        self.context = self.context.with(Switch::RefuseNoncharacters, refuse);
        self
    }

    /// Refuses a Remaining Length with more bytes than needed, in 3.1 and 3.1.1, too.
    ///
    /// In 5.0 the decoder always refuses such a length (\[MQTT-1.5.5-1\]).
    pub const fn require_minimal_lengths(mut self, require: bool) -> Self {
        self.context = self.context.with(Switch::RequireMinimalLengths, require);
        self
    }

    /// Refuses Topic Names of more than 32,767 characters in 3.1.
    ///
    /// 3.1 contradicts itself: §2.2 has this limit, and Appendix A allows 64 k.
    pub const fn limit_v3_1_topics(mut self, limit: bool) -> Self {
        self.context = self.context.with(Switch::LimitV3_1Topics, limit);
        self
    }

    /// Refuses a Will Message that is not ASCII and a Password that is not UTF-8, in 3.1.
    ///
    /// 3.1 §3.1 calls both fields strings, but clients of 3.1 send other bytes, too.
    pub const fn require_v3_1_text(mut self, require: bool) -> Self {
        self.context = self.context.with(Switch::RequireV3_1Text, require);
        self
    }

    /// Refuses a Server Reference in a DISCONNECT from a client.
    ///
    /// 5.0 §3.14.2.2.5 neither describes nor forbids such a Server Reference. The switch needs the
    /// [`sender`](Self::sender).
    pub const fn refuse_client_server_reference(mut self, refuse: bool) -> Self {
        self.context = self.context.with(Switch::RefuseClientServerReference, refuse);
        self
    }

    /// Accepts the Protocol Levels 0x83 and 0x84 of mosquitto's bridges, as 3 and 4.
    ///
    /// The levels 0x83 and 0x84 are 3 and 4 with bit 7 set. No version of the standard defines this bit.
    /// [`Connect::bridge`](crate::Connect::bridge) shows this bit.
    pub const fn accept_bridge(mut self, accept: bool) -> Self {
        self.context = self.context.with(Switch::AcceptBridge, accept);
        self
    }

    /// Tolerates these deviations from the standard, and no others.
    ///
    /// By default the decoder tolerates no deviation. See [`Tolerances`].
    ///
    /// [`tolerated`](Self::tolerated) says which deviations a packet has.
    ///
    /// ```
    /// use mqtt_wire::{Decoder, Packet, Tolerances};
    ///
    /// // An old device: `MQTT` with level 3, and the reserved bit set.
    /// let connect = b"\x10\x0d\x00\x04MQTT\x03\x03\x00\x3c\x00\x01a";
    /// let mut decoder = Decoder::from_client().tolerate(Tolerances::DEVICES);
    /// assert!(matches!(decoder.decode(connect)?, Some((Packet::Connect(_), _))));
    /// # Ok::<(), mqtt_wire::DecodeError>(())
    /// ```
    pub const fn tolerate(mut self, tolerances: Tolerances) -> Self {
        self.context = self.context.strict().tolerating(tolerances);
        self
    }

    /// The version of the connection, if it is known.
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        self.context.version
    }

    /// Decodes the first packet of the buffer: see [`decode`].
    ///
    /// If the [`version`](Self::version) is unknown, the first accepted CONNECT sets the version. Nothing
    /// else changes the decoder.
    ///
    /// # Errors
    ///
    /// The errors of [`decode`], and of the settings of this decoder.
    #[inline]
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Option<(Packet<'a>, &'a [u8])>, DecodeError> {
        match self.context.version {
            Some(version) => first_packet(input, &self.context, version == Version::V5_0, ()),
            None => self.decode_and_learn(input),
        }
    }

    /// Decodes bytes that are exactly one packet: see [`decode_frame`].
    ///
    /// # Errors
    ///
    /// The errors of [`decode_frame`], and of the settings of this decoder.
    pub fn decode_frame<'a>(&mut self, frame: &'a [u8]) -> Result<Packet<'a>, DecodeError> {
        let decoded = match self.first_frame(frame, |first| first)? {
            Some(first) => {
                decode_complete::<Option<_>>(first, &self.context)?.map(|packet| (packet, first.rest()))
            }
            None => None,
        };
        let packet = exactly_one(Ok(decoded), frame, &self.context)?;
        self.learn_version(&packet);
        Ok(packet)
    }

    /// Checks the fixed header of the first packet, and gives the packet's length in bytes.
    ///
    /// # Errors
    ///
    /// The errors of [`decode`](Self::decode) for this fixed header.
    pub fn frame_len(&self, input: &[u8]) -> Result<FrameLen, DecodeError> {
        Ok(FrameLen::of(Header::read(input, &self.context)?, input))
    }

    /// The result of `then` for the first frame of the buffer, which is not decoded. `None`: the frame is not complete.
    ///
    /// A frame takes 40 bytes. Because `then` makes less of it at once, no frame is stored and moved. Without this parameter,
    /// the rows `lend` and `own` grow.
    ///
    /// # Errors
    ///
    /// The errors of [`decode`](Self::decode) for this fixed header.
    #[inline]
    pub(crate) fn first_frame<'a, T>(
        &self,
        input: &'a [u8],
        then: impl Fn(Frame<'a>) -> T,
    ) -> Result<Option<T>, DecodeError> {
        // always: the machines that run the tests have fast paths
        if !FAST_PATHS {
            return Ok(first_frame_carefully(input, &self.context)?.map(then)); // unreachable: there are fast paths
        }
        match Frame::surely_legal::<false>(input, &self.context) {
            Some(frame) => Ok(Some(then(frame))),
            None => Ok(first_frame_carefully(input, &self.context)?.map(then)),
        }
    }

    /// Decodes the frame that [`first_frame`](Self::first_frame) has found.
    #[inline]
    pub(crate) fn decode_first_frame<'a>(
        &mut self,
        frame: Frame<'a>,
    ) -> Result<Option<Packet<'a>>, DecodeError> {
        match self.context.version {
            Some(_) => decode_complete(frame, &self.context),
            None => Ok(self.decode_and_learn(frame.input)?.map(|(packet, _)| packet)),
        }
    }

    /// Decodes the first packet and takes the version from a CONNECT.
    #[cold]
    fn decode_and_learn<'a>(&mut self, input: &'a [u8]) -> Decoded<'a> {
        let first = first_packet(input, &self.context, false, ());
        if let Ok(Some((packet, _))) = &first {
            self.learn_version(packet);
        }
        first
    }

    /// The version in which the packet was decoded.
    #[cfg(feature = "bytes")]
    #[inline]
    pub(crate) fn version_of(&self, packet: &Packet<'_>) -> Version {
        match packet {
            Packet::Connect(connect) => connect.version,
            // Without a version only a CONNECT is accepted.
            _ => self.version().unwrap_or(Version::V5_0),
        }
    }

    /// The version in which the frame was decoded. `None`: the bytes are not a frame.
    #[cfg(feature = "bytes")]
    pub(crate) fn version_of_frame(&self, frame: &[u8]) -> Option<Version> {
        let header = Header::parse(frame).ok()??;
        match header.packet_type {
            PacketType::Connect => named_version(header.after, &self.context),
            // Without a version only a CONNECT is accepted.
            _ => self.version(),
        }
    }

    /// Takes the version that a CONNECT names, even if the rest of the CONNECT is refused. (Without a version
    /// every other packet is refused.)
    #[cfg(feature = "bytes")]
    #[cold]
    pub(crate) fn learn_named_version(&mut self, body: &[u8]) {
        self.context.version = named_version(body, &self.context);
    }

    #[inline]
    fn learn_version(&mut self, packet: &Packet<'_>) {
        if let (None, Packet::Connect(connect)) = (self.context.version, packet) {
            self.context.version = Some(connect.version);
        }
    }

    #[inline]
    pub(crate) const fn context(&self) -> &Context {
        &self.context
    }

    /// A decoder with this context.
    #[inline]
    pub(crate) const fn of(context: Context) -> Self {
        Self { context }
    }
}

/// Reads the first packet of the input. All functions below take `V5` as a constant. So a program for one
/// version has the code for 5.0 or the code for 3.x, but not both.
#[inline]
fn first_packet<'a, O: Observer<'a>>(
    input: &'a [u8],
    context: &Context,
    v5: bool,
    observer: O,
) -> Decoded<'a> {
    if v5 {
        first_packet_of::<O, true>(input, context, observer)
    } else {
        first_packet_of::<O, false>(input, context, observer)
    }
}

fn first_packet_of<'a, O: Observer<'a>, const V5: bool>(
    input: &'a [u8],
    context: &Context,
    observer: O,
) -> Decoded<'a> {
    // always: the machines that run the tests have fast paths
    if !FAST_PATHS {
        return first_packet_carefully::<O, V5>(input, context, observer); // unreachable: there are fast paths
    }
    match Frame::surely_legal::<V5>(input, context) {
        Some(frame) => Packet::read::<_, O, V5>(frame, context, observer),
        None => first_packet_carefully::<O, V5>(input, context, observer),
    }
}

/// Reads a first packet that [`Frame::surely_legal`] did not accept: it is incomplete, or perhaps illegal.
#[cold]
// Without this attribute, `decode 3.1.1 PINGREQ` takes 16 % more.
#[inline(never)]
fn first_packet_carefully<'a, O: Observer<'a>, const V5: bool>(
    input: &'a [u8],
    context: &Context,
    observer: O,
) -> Decoded<'a> {
    let header = match O::FROM_SERVER {
        true => Header::read_by::<false>(input, context)?,
        false => Header::read(input, context)?,
    };
    match header.and_then(|header| header.frame(input)) {
        Some(frame) => Packet::read::<_, O, V5>(frame, context, observer),
        None => Ok(None),
    }
}

/// The first packet of the input, if it is complete.
#[cold]
fn first_frame_carefully<'a>(input: &'a [u8], context: &Context) -> Result<Option<Frame<'a>>, DecodeError> {
    Ok(Header::read(input, context)?.and_then(|header| header.frame(input)))
}

/// Decodes a complete packet, whose fixed header has been checked.
#[inline]
pub(crate) fn decode_complete<'a, T: Returned<'a>>(
    frame: Frame<'a>,
    context: &Context,
) -> Result<T, DecodeError> {
    match context.version {
        Some(Version::V5_0) => Packet::read::<T, _, true>(frame, context, Unobserved::<T>::NEW),
        _ => Packet::read::<T, _, false>(frame, context, Unobserved::<T>::NEW),
    }
}

/// The packet, if it fills the whole frame.
#[inline]
pub(crate) fn exactly_one<'a>(
    first: Decoded<'a>,
    frame: &'a [u8],
    context: &Context,
) -> Result<Packet<'a>, DecodeError> {
    match first {
        Ok(Some((packet, []))) => Ok(packet),
        Ok(Some((_, rest))) => Err(bytes_after_packet(frame, rest, context)),
        Ok(None) => Err(incomplete_packet(frame, context)),
        Err(error) => Err(error),
    }
}

/// The error for a frame that ends before its packet ends.
#[cold]
pub(crate) fn incomplete_packet(frame: &[u8], context: &Context) -> DecodeError {
    let announced = match Header::read(frame, context) {
        Ok(Some(header)) => u32::try_from(header.frame_len(frame)).unwrap_or(0),
        _ => 0,
    };
    DecodeError {
        kind: Kind::IncompletePacket,
        field: Field::Packet,
        packet_type: frame.first().and_then(|first_byte| PacketType::from_first_byte(*first_byte).ok()),
        version: context.version,
        connection: context.version,
        offset: u32::try_from(frame.len()).unwrap_or(u32::MAX),
        frame_len: announced,
        evidence: Evidence::NOTHING,
    }
}

/// The error for a frame with bytes after its packet.
#[cold]
fn bytes_after_packet(frame: &[u8], rest: &[u8], context: &Context) -> DecodeError {
    let violation = Violation { at: rest, kind: Kind::BytesAfterPacket, field: Field::Packet };
    match Header::read(frame, context).map(|header| header.and_then(|header| header.frame(frame))) {
        Ok(Some(whole)) => whole.error(context, violation),
        Ok(None) => incomplete_packet(frame, context), // unreachable: a packet has been read
        Err(error) => error,                           // unreachable: a packet has been read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries each first byte with each body.
    #[test]
    fn decode_from_server_agrees_with_the_decoder() {
        let bodies: [&[u8]; 6] = [
            b"",
            b"\x00",
            b"\x00\x01",
            b"\x00\x01\x00",
            b"\x00\x01a\x00\x01b",
            b"\x00\x04MQTT\x04\x02\0\0\0\0",
        ];
        for version in Version::ALL {
            for (first_byte, body) in (0..=255).flat_map(|byte| bodies.map(|body| (byte, body))) {
                let frame = [&[first_byte, body.len() as u8], body].concat();
                for len in 0..=frame.len() {
                    let input = &frame[..len];
                    let expected = Decoder::from_server(version).decode(input);
                    assert_eq!(decode_from_server(version, input), expected, "{version:?} {input:02x?}");
                }
            }
        }
    }
}
