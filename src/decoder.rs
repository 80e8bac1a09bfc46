//! Decoding with a memory: the version, the sender, the limits and the switches.

use crate::frame::{Frame, Judge};
use crate::packet::own_version;
use crate::reader::{Fault, Trace};
use crate::rules::{Rules, Switch};
use crate::{DecodeError, DecodeErrorKind as Kind, Field, FrameLen, Packet, PacketType, Role, Version};
use nom::Offset;

/// Decodes the first packet of a buffer, by the rules that hold in both directions.
///
/// `Ok(None)` means that the packet is not complete yet: read more bytes and ask again with all of
/// them. `Ok(Some((packet, rest)))` is a packet, which borrows from the input, and the bytes behind it.
/// A CONNECT is decoded by its own name and level, whatever version is passed.
///
/// Senders, limits and strictness beyond the standard's musts: [`Decoder`].
///
/// ```
/// use mqtt_wire::{Packet, Version, decode};
///
/// let mut input = &b"\x30\x0a\x00\x07/statusX\xd0\x00\x40"[..];
/// while let Some((packet, rest)) = decode(Version::V3_1_1, input)? {
///     match packet {
///         Packet::Publish(publish) => assert_eq!(publish.payload, b"X"), // points into `input`
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
/// If the bytes are not a packet that the standard allows. An error stays one, whatever bytes follow.
/// Of a packet that is not complete only the fixed header is judged.
#[inline]
pub fn decode(version: Version, input: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, DecodeError> {
    Decoder::new(version).decode(input)
}

/// Decodes bytes that are exactly one packet: a message of a packet-oriented transport, a stored frame.
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
/// As [`decode`], and with [`DecodeErrorKind::IncompletePacket`](Kind::IncompletePacket) or
/// [`DecodeErrorKind::BytesAfterPacket`](Kind::BytesAfterPacket) if the bytes are less or more than
/// one packet.
#[inline]
pub fn decode_frame(version: Version, frame: &[u8]) -> Result<Packet<'_>, DecodeError> {
    Decoder::new(version).decode_frame(frame)
}

/// Decodes packets of one connection: knows the version or learns it, and may know who sends, what
/// the receiver's limits are, and what to refuse beyond the standard's musts.
///
/// Packets borrow from the input, never from the decoder. It is `Copy`, a few bytes large, and holds nothing of what it
/// has read: to change a setting in the middle of a connection, put `decoder.max_packet_size(…)` in its place.
///
/// Whole loops: [`guide::decoding`](crate::guide::decoding). What the limits are good for:
/// [`guide::limits`](crate::guide::limits). The switches beside each other:
/// [`guide::tolerances`](crate::guide::tolerances).
///
/// ```
/// use mqtt_wire::{Decoder, Packet, Version};
///
/// // A server that learns the version from CONNECT and takes packets of up to 64 KiB.
/// let mut decoder = Decoder::from_client().max_packet_size(64 * 1024);
/// let (packet, _) = decoder.decode(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")?.unwrap();
/// assert!(matches!(packet, Packet::Connect(_)));
/// assert_eq!(decoder.version(), Some(Version::V3_1_1));
/// # Ok::<(), mqtt_wire::DecodeError>(())
/// ```
///
/// # One packet at a time from a blocking reader
///
/// A function that fills a buffer of its own and returns one packet of it asks
/// [`frame_len`](Self::frame_len) until the packet is whole, and then
/// [`decode_frame`](Self::decode_frame). (With [`decode`](Self::decode) in the loop, the borrow checker would
/// keep the buffer borrowed for the packet that is not there yet.) Both may refuse, and either error is
/// to be answered: see [`DecodeError::answer`].
///
/// ```
/// use mqtt_wire::{Decoder, FrameLen, Packet};
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
///         // Never waits for bytes that do not come, and knows a packet too large by its header.
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
/// let (mut decoder, mut buffer) = (Decoder::from_client().max_packet_size(1024), Vec::new());
/// assert!(matches!(next(&mut decoder, &mut socket, &mut buffer)?, Packet::Connect(_)));
/// assert_eq!(next(&mut decoder, &mut socket, &mut buffer)?, Packet::PingReq);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Decoder {
    version: Option<Version>,
    rules: Rules,
}

impl Decoder {
    /// For a connection of this version, in either direction.
    #[inline]
    pub const fn new(version: Version) -> Self {
        Self { version: Some(version), ..Self::learning() }
    }

    /// For a connection whose version the first CONNECT tells, in either direction.
    ///
    /// Until then any other packet is refused with
    /// [`DecodeErrorKind::VersionUnknown`](Kind::VersionUnknown).
    #[inline]
    pub const fn learning() -> Self {
        Self { version: None, rules: Rules::DEFAULT }
    }

    /// For a server: what a client sends, with the version learnt from its CONNECT. Set a
    /// [`max_packet_size`](Self::max_packet_size), too.
    pub const fn from_client() -> Self {
        Self::learning().sender(Role::Client)
    }

    /// For a client: what a server sends in the version of the client's own CONNECT.
    pub const fn from_server(version: Version) -> Self {
        Self::new(version).sender(Role::Server)
    }

    /// Refuses packets, properties and Reason Codes that this sender never sends.
    pub const fn sender(mut self, sender: Role) -> Self {
        self.rules.sender = Some(sender);
        self
    }

    /// Refuses packets of more bytes, fixed header included, as soon as the fixed header is in: what
    /// the receiver has announced as Maximum Packet Size, or its own limit. Without this there is none but
    /// the standard's, 268,435,460 bytes.
    ///
    /// A CONNECT is refused so early, too. What to [`answer`](DecodeError::answer) depends on its version,
    /// which its first 14 bytes tell: with fewer, the answer is to close.
    pub const fn max_packet_size(mut self, bytes: u32) -> Self {
        self.rules.max_packet_size = bytes;
        self
    }

    /// Refuses Topic Aliases above what the receiver has announced as Topic Alias Maximum; 0, which is what
    /// a receiver that announces none has announced, refuses all. Without this all are let through.
    pub const fn topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.rules.topic_alias_maximum = maximum;
        self
    }

    /// Refuses strings with control characters (U+0001–U+001F, U+007F–U+009F), which the standard
    /// says SHOULD NOT be sent and MAY be refused (5.0 §1.5.4, 3.1.1 §1.5.3). It acts in 3.1 as well, which
    /// does not speak of them.
    pub const fn refuse_control_characters(mut self, refuse: bool) -> Self {
        self.rules = self.rules.with(Switch::RefuseControlCharacters, refuse);
        self
    }

    /// Refuses strings with Unicode noncharacters (U+FFFE, U+FDD0 and others), which the standard
    /// says SHOULD NOT be sent and MAY be refused (5.0 §1.5.4, 3.1.1 §1.5.3). It acts in 3.1 as well, which
    /// does not speak of them.
    pub const fn refuse_noncharacters(mut self, refuse: bool) -> Self {
        self.rules = self.rules.with(Switch::RefuseNoncharacters, refuse);
        self
    }

    /// Refuses a Remaining Length that is not in the fewest bytes in 3.1 and 3.1.1 too. In 5.0 it
    /// always is refused: \[MQTT-1.5.5-1\].
    pub const fn require_minimal_lengths(mut self, require: bool) -> Self {
        self.rules = self.rules.with(Switch::RequireMinimalLengths, require);
        self
    }

    /// Refuses topic names of more than 32,767 characters in 3.1, which has that limit in its §2.2
    /// and another in its Appendix A.
    pub const fn limit_v3_1_topics(mut self, limit: bool) -> Self {
        self.rules = self.rules.with(Switch::LimitV3_1Topics, limit);
        self
    }

    /// Refuses a 3.1 will message that is not ASCII and a 3.1 password that is not UTF-8: 3.1 §3.1
    /// calls them strings, its clients send bytes.
    pub const fn require_v3_1_text(mut self, require: bool) -> Self {
        self.rules = self.rules.with(Switch::RequireV3_1Text, require);
        self
    }

    /// Refuses a Server Reference in a DISCONNECT from a client, which 5.0 §3.14.2.2.5 does not
    /// describe, but does not forbid either. Needs the [`sender`](Self::sender).
    pub const fn refuse_client_server_reference(mut self, refuse: bool) -> Self {
        self.rules = self.rules.with(Switch::RefuseClientServerReference, refuse);
        self
    }

    /// Accepts the levels 0x83 and 0x84, with which mosquitto's bridges announce themselves, as 3 and
    /// 4, and shows it in [`Connect::bridge`](crate::Connect::bridge). The bit is in no standard.
    pub const fn accept_bridge(mut self, accept: bool) -> Self {
        self.rules = self.rules.with(Switch::AcceptBridge, accept);
        self
    }

    /// The version of the connection, if it is known yet.
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// Decodes the first packet of the buffer: see [`decode`].
    ///
    /// The first CONNECT that is accepted sets the [`version`](Self::version) if it is not known;
    /// nothing else changes the decoder.
    ///
    /// # Errors
    ///
    /// As [`decode`], and for what was set here.
    #[inline]
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Option<(Packet<'a>, &'a [u8])>, DecodeError> {
        let first = Context { version: self.version, rules: self.rules }.first(input);
        if let (None, Ok(Some((Packet::Connect(connect), _)))) = (self.version, &first) {
            self.version = Some(connect.version);
        }
        first
    }

    /// Decodes bytes that are exactly one packet: see [`decode_frame`].
    ///
    /// # Errors
    ///
    /// As [`decode_frame`], and for what was set here.
    pub fn decode_frame<'a>(&mut self, frame: &'a [u8]) -> Result<Packet<'a>, DecodeError> {
        let packet = self.read_frame(frame, ())?;
        if let (None, Packet::Connect(connect)) = (self.version, &packet) {
            self.version = Some(connect.version);
        }
        Ok(packet)
    }

    /// The length in bytes of the packet that the input begins with, its fixed header judged by all
    /// that this decoder knows.
    ///
    /// # Errors
    ///
    /// Those that [`decode`](Self::decode) has for the same fixed header.
    pub fn frame_len(&self, input: &[u8]) -> Result<FrameLen, DecodeError> {
        self.context().judge().frame_len(input)
    }

    /// Reads exactly one packet, and lets it be watched.
    pub(crate) fn read_frame<'a, W: Watch<'a>>(
        &self,
        frame: &'a [u8],
        watch: W,
    ) -> Result<Packet<'a>, DecodeError> {
        let context = self.context();
        let trace = watch.begin(frame);
        let Some(whole) = context.judge().split(frame) else {
            context.judge().why_none(frame)?;
            return Err(context.judge().less_than_a_frame(frame));
        };
        match Packet::read(whole, &context, trace, |packet, _| packet) {
            Ok(_) if !whole.rest.is_empty() => Err(context.more_than(whole)),
            packet => packet,
        }
    }

    #[inline]
    pub(crate) fn context(&self) -> Context {
        Context { version: self.version, rules: self.rules }
    }
}

/// What a packet is read by.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    pub(crate) version: Option<Version>,
    pub(crate) rules: Rules,
}

impl Context {
    /// Reads the first packet of a stream.
    fn first<'a>(&self, input: &'a [u8]) -> Result<Option<(Packet<'a>, &'a [u8])>, DecodeError> {
        match self.judge().split(input) {
            Some(frame) => Packet::read(frame, self, (), |packet, rest| Some((packet, rest))),
            None => self.judge().why_none(input).map(|()| None),
        }
    }

    #[inline]
    pub(crate) fn judge(self) -> Judge {
        Judge { version: self.version, rules: self.rules, any_version: false }
    }

    #[cold]
    pub(crate) fn error(self, frame: Frame<'_>, fault: Fault<'_>) -> DecodeError {
        DecodeError {
            kind: fault.kind,
            field: fault.field,
            packet_type: Some(frame.packet_type),
            version: self.version_of(frame, fault),
            connection: self.version,
            offset: u32::try_from(frame.input.offset(fault.at)).unwrap_or(u32::MAX),
            frame_len: u32::try_from(frame.bytes().len()).unwrap_or(0),
        }
    }

    /// The version whose rules a frame was judged by.
    fn version_of(self, frame: Frame<'_>, fault: Fault<'_>) -> Option<Version> {
        if frame.packet_type != PacketType::Connect {
            return self.version;
        }
        let own = fault.kind.of_unknown_version().or_else(|| own_version(frame, self.rules));
        own.or(self.version)
    }

    #[cold]
    pub(crate) fn more_than(self, frame: Frame<'_>) -> DecodeError {
        let fault = Fault { at: frame.rest, kind: Kind::BytesAfterPacket, field: Field::Packet };
        self.error(frame, fault)
    }
}

/// Who wants to watch a packet being read: told of its bytes before they are judged.
pub(crate) trait Watch<'a> {
    type Trace: Trace<'a>;
    fn begin(self, frame: &'a [u8]) -> Self::Trace;
}

impl<'a> Watch<'a> for () {
    type Trace = ();

    #[inline]
    fn begin(self, _: &'a [u8]) {}
}
