//! [`Codec`], which reads and writes packets in a `tokio_util::codec::Framed`.
//!
//! ```
//! use mqtt_wire::Decoder;
//! use mqtt_wire::codec::Codec;
//! use tokio_util::codec::Framed;
//!
//! # let socket = tokio::io::duplex(64).0;
//! let decoder = Decoder::from_client().max_packet_size(64 * 1024);
//! let framed = Framed::new(socket, Codec::new(decoder)); // a `Stream` and a `Sink`
//! # let _ = framed;
//! ```
//!
//! [`guide::decoding`](crate::guide::decoding) has whole loops.

mod error;
mod outgoing;

pub use error::CodecError;
pub use outgoing::Outgoing;

use crate::decode::Decoder;
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::inspect::RefusedPacket;
use crate::owned::OwnedFrame;
use crate::role::Role;
use crate::stream::Remaining;
use crate::version::Version;
use crate::wire::header::{FrameLen, length_may_follow};
use bytes::{Buf, Bytes, BytesMut};
use core::fmt;
use std::sync::{Arc, OnceLock};
use tokio_util::codec;

/// Reads and writes packets in a `tokio_util::codec::Framed`.
///
/// The [`Decoder`] of the codec knows the version, the sender and the limits. The stream gives
/// [`OwnedFrame`]s, which share the read buffer. [`packet`](OwnedFrame::packet) decodes a frame. The sink
/// takes [`Outgoing`]: a packet, a reference to a packet, an [`OwnedPacket`](crate::owned::OwnedPacket), an
/// [`Answer`](crate::answer::Answer), a PUBLISH of a [`FanOut`](crate::broker::FanOut). If the decoder knows
/// the sender, the sink refuses packets that the other role never sends.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use mqtt_wire::codec::{Codec, CodecError};
/// use mqtt_wire::reason::ConnectReason;
/// use mqtt_wire::answer::ConnectionState;
/// use mqtt_wire::{ConnAck, Decoder, Packet, PingResp, Role};
/// use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
/// use tokio_util::codec::Framed;
///
/// async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin) -> Result<(), CodecError> {
///     let decoder = Decoder::from_client().max_packet_size(64 * 1024);
///     let mut framed = Framed::new(socket, Codec::new(decoder));
///     let mut state = ConnectionState::BeforeConnAck;
///     while let Some(frame) = framed.next().await.transpose()? {
///         match frame.packet() {
///             Ok(Packet::Connect(_)) => {
///                 framed.send(ConnAck::new(ConnectReason::Success).into()).await?;
///                 state = ConnectionState::AfterConnAck;
///             }
///             Ok(Packet::PingReq) => framed.send(PingResp.into()).await?,
///             Ok(other) => println!("{other:?}"),
///             Err(error) => {
///                 framed.send(error.answer(Role::Server, state).into()).await?;
///                 break;
///             }
///         }
///     }
///     framed.close().await
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let (mut client, server) = tokio::io::duplex(64);
/// # client.write_all(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00\xc0\x00\x30\x01\x00").await.unwrap();
/// # serve(server).await.unwrap();
/// # let mut answers = Vec::new();
/// # tokio::io::AsyncReadExt::read_to_end(&mut client, &mut answers).await.unwrap();
/// # assert_eq!(answers, b"\x20\x03\x00\x00\x00\xd0\x00\xe0\x01\x81");
/// # });
/// ```
///
/// # The version
///
/// [`Decoder::from_client`] takes the version from the first CONNECT that names a known version. From then on
/// the codec writes in this version, too. Before this CONNECT, the codec writes only an
/// [`Answer`](crate::answer::Answer), which has its own version. For any other packet, the result is
/// [`CodecError::VersionUnknown`].
///
/// # Two tasks
///
/// `split` of `futures_util::StreamExt` gives two halves with one codec. The halves give no access to the codec:
/// change its settings before you split. `reunite` of the halves gives the `Framed` back. A half that sends packets
/// from another task is a `SplitSink<Framed<_, Codec>, Outgoing<'static>>`. Its items borrow nothing, such as an
/// acknowledgement without properties, or an [`OwnedPacket`](crate::owned::OwnedPacket).
///
/// If you need [`set_decoder`](Self::set_decoder) or [`refused`](Self::refused) later, split the socket, and
/// give each half a clone of the codec. Each clone has its own settings. The clones share the version that a
/// CONNECT sets: the clone that writes learns this version from the clone that has read the CONNECT.
///
/// ```
/// use mqtt_wire::Decoder;
/// use mqtt_wire::codec::Codec;
/// use tokio_util::codec::{FramedRead, FramedWrite};
///
/// # let socket = tokio::io::duplex(64).0;
/// let (read_half, write_half) = tokio::io::split(socket);
/// let codec = Codec::new(Decoder::from_client().max_packet_size(64 * 1024));
/// let mut reader = FramedRead::new(read_half, codec.clone());
/// let mut writer = FramedWrite::new(write_half, codec);
/// // Later: a limit for what this side reads, and the limit that the peer has announced.
/// let decoder = reader.decoder().decoder().max_packet_size(1024 * 1024);
/// reader.decoder_mut().set_decoder(decoder);
/// writer.encoder_mut().set_max_outgoing(64 * 1024);
/// ```
///
/// # Large packets
///
/// The codec refuses a packet larger than [`max_packet_size`](Decoder::max_packet_size) as soon as the fixed
/// header has arrived, and does not buffer the packet. For the rest of a smaller packet the codec reserves at
/// most 64 KiB. If more than 64 KiB of the packet have arrived, the codec reserves as many bytes again.
/// (`BytesMut` may double its capacity: see [`guide::limits`](crate::guide::limits).) So a peer that announces a
/// large packet and sends nothing costs little memory. To read a payload without
/// holding it, use [`PacketReader::next_head`](crate::io::tokio::PacketReader::next_head).
///
/// # Devices that break the rules
///
/// The decoder may [tolerate](Decoder::tolerate) deviations of devices and brokers. [`OwnedFrame::tolerated`]
/// gives the deviations of a packet. Your program can log and count the deviations.
///
/// # After an error
///
/// An error in the body of a packet is an error of [`OwnedFrame::packet`], and the stream continues.
/// [`OwnedFrame::refused`] has the readable parts of the packet.
///
/// An error in a fixed header is an error of the stream. [`refused`](Self::refused) has the readable parts of
/// the bytes that have arrived. Writing still works. Send the [answer](DecodeError::answer):
///
/// 1. Call `framed.send(error.answer(role, state).into()).await`. For
///    [`Answer::Close`](crate::answer::Answer::Close) the codec writes nothing.
/// 2. Call `framed.close().await`. The peer sees the end of the stream after the answer.
/// 3. If the peer may still be sending, read for a second or two, or until the peer closes. For example, call
///    `tokio::io::copy(framed.get_mut(), &mut tokio::io::sink())` with a timeout. If you close a socket with
///    unread bytes, the connection is reset, and the answer may be lost.
///
/// A stream that ends inside a packet yields
/// [`IncompletePacket`](crate::DecodeErrorKind::IncompletePacket).
///
/// # Continue after a refused fixed header
///
/// After an error, every `Framed` gives `None` once, and then waits for new bytes before it looks at the bytes
/// that have already arrived. Packets behind the refused packet may be among the latter. To get these packets
/// at once, make a new `Framed` from the parts of the old one:
///
/// ```
/// use futures_util::StreamExt;
/// use mqtt_wire::codec::Codec;
/// use mqtt_wire::{Decoder, Packet, Version};
/// use tokio_util::codec::Framed;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # use tokio::io::AsyncWriteExt;
/// # let (mut peer, socket) = tokio::io::duplex(64);
/// let mut framed = Framed::new(socket, Codec::new(Decoder::new(Version::V3_1_1)));
/// // A PUBLISH with QoS 3, and a PINGREQ.
/// peer.write_all(b"\x36\x04\x00\x01ab\xc0\x00").await?;
/// if framed.next().await.is_some_and(|frame| frame.is_err()) {
///     framed = Framed::from_parts(framed.into_parts());
/// }
/// assert_eq!(framed.next().await.ok_or("closed")??.packet()?, Packet::PingReq);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// A half of a split `Framed` has no such parts. If another task writes, split the socket, and read with
/// `Framed::new(read_half, codec)`. A [`PacketReader`](crate::io::tokio::PacketReader) continues without such
/// help. If the length of the refused packet is not known ([`packet_len`](DecodeError::packet_len) is `None`), the
/// codec discards all further bytes. Then close the connection.
///
/// # Cancellation
///
/// You can cancel `Framed::next`, for example in `tokio::select!`: received bytes stay in the buffer. You can
/// also cancel `send`: the write buffer then holds the whole packet or nothing, and you cannot see which. The
/// next `send` or `flush` writes the buffer.
#[derive(Debug, Clone)]
pub struct Codec {
    decoder: Decoder,
    /// The peer's Maximum Packet Size in bytes.
    max_outgoing: u32,
    /// Shared with the clones.
    version: Arc<OnceLock<Version>>,
    /// The rest of a packet that was refused.
    skipped: Remaining,
    /// Whether the end of a refused packet is unknown. The codec then cannot find any further packet.
    lost: bool,
    refused: RefusedBytes,
}

/// The bytes that have arrived of the packet whose fixed header was refused last.
#[derive(Clone, Default)]
struct RefusedBytes(Bytes);

/// Shows the number of bytes, but not the bytes: they may contain a password.
impl fmt::Debug for RefusedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// The largest space to reserve for a packet when only its length has arrived, in bytes.
const MAX_GROWTH_AHEAD: usize = 64 * 1024;

impl Codec {
    /// A codec that reads with this decoder, and writes in the decoder's version.
    #[must_use]
    pub fn new(decoder: Decoder) -> Self {
        let version = decoder.version().map_or_else(OnceLock::new, OnceLock::from);
        let (version, skipped) = (Arc::new(version), Remaining::default());
        let refused = RefusedBytes::default();
        Self { decoder, max_outgoing: u32::MAX, version, skipped, lost: false, refused }
    }

    /// The decoder.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Replaces the decoder, for example to raise a limit after CONNACK.
    ///
    /// Make the new decoder from the old one, which knows the version. A new [`Decoder::from_client`] does not
    /// know the version, and refuses every packet but CONNECT. `Framed::codec_mut` and `FramedRead::decoder_mut`
    /// give access to the codec.
    ///
    /// ```
    /// use mqtt_wire::codec::Codec;
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// let mut codec = Codec::new(Decoder::new(Version::V5_0).max_packet_size(4096));
    /// codec.set_decoder(codec.decoder().max_packet_size(1024 * 1024));
    /// ```
    pub fn set_decoder(&mut self, decoder: Decoder) {
        self.decoder = decoder;
        self.share_version();
    }

    /// Sets the peer's Maximum Packet Size in bytes. The codec does not write larger packets.
    pub fn set_max_outgoing(&mut self, bytes: u32) {
        self.max_outgoing = bytes;
    }

    /// The version in which the codec writes, if this codec or a clone of it knows the version.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.decoder.version().or_else(|| self.version.get().copied())
    }

    /// The readable parts of a refused packet.
    ///
    /// Pass the error of the stream, before you poll the stream again. Bytes that have not arrived are
    /// missing. For an error of [`OwnedFrame::packet`], call [`OwnedFrame::refused`].
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use mqtt_wire::codec::{Codec, CodecError};
    /// use mqtt_wire::{Decoder, Version};
    /// use tokio_util::codec::Decoder as _;
    ///
    /// // A PUBREL with the flags of a PUBREC.
    /// let mut codec = Codec::new(Decoder::new(Version::V3_1_1));
    /// let mut buffer = BytesMut::from(&b"\x60\x02\x00\x0a"[..]);
    /// let Err(CodecError::Decode(error)) = codec.decode(&mut buffer) else { panic!() };
    /// let refused = codec.refused(error); // with a `Framed`: framed.codec().refused(error)
    /// assert_eq!(refused.packet_id().unwrap().get(), 10);
    /// ```
    #[must_use]
    pub fn refused(&self, error: DecodeError) -> RefusedPacket<'_> {
        RefusedPacket::new(error, &self.refused.0, *self.decoder.context())
    }

    /// An encoder for this version, with the settings of the codec.
    fn encoder(&self, version: Version) -> Encoder {
        let encoder = Encoder::new(version).max_packet_size(self.max_outgoing);
        match self.decoder.context().sender {
            Some(Role::Client) => encoder.sender(Role::Server),
            Some(Role::Server) => encoder.sender(Role::Client),
            None => encoder,
        }
    }

    /// Passes the version on to the clones.
    fn share_version(&self) {
        if let Some(version) = self.decoder.version() {
            // A connection has one version. Another clone may have set the version before.
            let _ = self.version.set(version);
        }
    }

    /// Continues after the refused packet, if its end is known. If only the first byte has arrived, the codec waits for
    /// the length.
    fn skip_refused(&mut self, error: DecodeError, src: &mut BytesMut) -> Result<(), CodecError> {
        if length_may_follow(src) {
            return Ok(());
        }
        self.lost = error.packet_len().is_none();
        self.skipped = Remaining::new(error.packet_len().unwrap_or_default());
        let unwanted = self.unwanted(src);
        self.refused = RefusedBytes(src.split_to(unwanted).freeze());
        Err(CodecError::Decode(error))
    }

    /// Drops the arrived bytes of a refused packet.
    fn skip(&mut self, src: &mut BytesMut) {
        let unwanted = self.unwanted(src);
        src.advance(unwanted);
        if !self.refused.0.is_empty() {
            self.refused = RefusedBytes::default();
        }
    }

    /// The number of arrived bytes to skip.
    fn unwanted(&mut self, src: &BytesMut) -> usize {
        if self.lost { src.len() } else { self.skipped.take(src).0.len() }
    }

    /// Reserves space for the rest of a packet that is not complete.
    fn reserve_rest(&self, src: &mut BytesMut) {
        if let Ok(FrameLen::Total(total)) = self.decoder.frame_len(src) {
            let rest = total.saturating_sub(src.len());
            src.reserve(rest.min(src.len().max(MAX_GROWTH_AHEAD)));
        }
    }
}

impl codec::Decoder for Codec {
    type Item = OwnedFrame;
    type Error = CodecError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<OwnedFrame>, CodecError> {
        let knew_version = self.decoder.version().is_some();
        self.skip(src);
        match self.decoder.split_frame(src) {
            Ok(Some(frame)) => {
                if !knew_version {
                    self.share_version();
                }
                Ok(Some(frame))
            }
            Ok(None) => {
                self.reserve_rest(src);
                Ok(None)
            }
            Err(error) => self.skip_refused(error, src).map(|()| None),
        }
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<OwnedFrame>, CodecError> {
        match self.decode(src)? {
            None if !src.is_empty() => match self.decoder.decode_frame(src) {
                Err(error) => {
                    self.lost = true;
                    self.refused = RefusedBytes(src.split().freeze());
                    Err(error.into())
                }
                Ok(_) => Ok(None), // unreachable: a frame is complete
            },
            frame => Ok(frame),
        }
    }
}

impl codec::Encoder<Outgoing<'_>> for Codec {
    type Error = CodecError;

    fn encode(&mut self, outgoing: Outgoing<'_>, dst: &mut BytesMut) -> Result<(), CodecError> {
        let version = self.version();
        // Without a version, the codec writes only answers. A DISCONNECT as an answer exists only in 5.0.
        let encoder = self.encoder(version.unwrap_or(Version::V5_0));
        outgoing.write_to(encoder, version.is_some(), dst)
    }
}
