//! MQTT for `tokio_util::codec::Framed`.
//!
//! Loops with and without it: [`guide::decoding`](crate::guide::decoding).

mod error;
mod outgoing;

pub use error::CodecError;
pub use outgoing::Outgoing;

use crate::decode::Decoder;
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::owned::OwnedFrame;
use crate::role::Role;
use crate::stream::Remaining;
use crate::version::Version;
use crate::wire::header::{FrameLen, length_may_follow};
use bytes::{Buf, BytesMut};
use std::sync::{Arc, OnceLock};
use tokio_util::codec;

/// Reads and writes packets in a `tokio_util::codec::Framed`: for a server and for a client.
///
/// It is made of the [`Decoder`] that says what to read: of which version, from whom, how large at most. What
/// comes in are [`OwnedFrame`]s, which share the read buffer: [`packet`](OwnedFrame::packet) decodes them, once. What goes
/// out is an [`Outgoing`]: a packet, a reference to one, an [`OwnedPacket`](crate::owned::OwnedPacket), an
/// [`Answer`](crate::answer::Answer), a PUBLISH of a [`FanOut`](crate::broker::FanOut). If the decoder knows the
/// sender, what goes out is checked to be what the other role sends.
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
/// A decoder that does not know the version ([`Decoder::from_client`]) takes it from the first CONNECT that names
/// one; from then on packets are written in it, too. Before that only an [`Answer`](crate::answer::Answer) can be written, which has a
/// version of its own: anything else is [`CodecError::VersionUnknown`].
///
/// # Two tasks
///
/// `Framed::split` gives two halves of one codec. Or split the socket, and give each half a codec: clones share the
/// version, so that the writing half knows it as soon as the reading half does.
///
/// ```
/// use mqtt_wire::codec::Codec;
/// use mqtt_wire::Decoder;
/// use tokio_util::codec::{FramedRead, FramedWrite};
///
/// # let socket = tokio::io::duplex(64).0;
/// let (read_half, write_half) = tokio::io::split(socket);
/// let codec = Codec::new(Decoder::from_client().max_packet_size(64 * 1024));
/// let reader = FramedRead::new(read_half, codec.clone());
/// let writer = FramedWrite::new(write_half, codec);
/// # let _ = (reader, writer);
/// ```
///
/// # Large packets
///
/// What is larger than [`max_packet_size`](Decoder::max_packet_size) is refused by its fixed header, before it
/// is buffered. For the rest of a packet, space is reserved at once, but never more than 64 KiB or as much as
/// has come already: who announces a lot and sends nothing costs little. For a payload that is not to be held at
/// all: [`PacketReader::next_head`](crate::io::tokio::PacketReader::next_head).
///
/// # After an error
///
/// What is wrong with the body of a packet is an error of [`OwnedFrame::packet`]: the stream goes on. What is wrong
/// with a fixed header is an error of the stream, which then gives `None` once, as every `Framed` does; poll it again to go
/// on behind the refused packet. Where its length is not known ([`packet_len`](DecodeError::packet_len) is `None`)
/// nothing more can be read, and all that comes is discarded. Writing goes on as before, so that the
/// [answer](DecodeError::answer) can be sent:
///
/// 1. `framed.send(error.answer(role, state).into()).await`: it writes nothing if there is nothing to say.
/// 2. `framed.close().await`: the peer sees the end behind the answer.
/// 3. If the peer may still be sending, read until its end or for a second or two, for example with
///    `tokio::io::copy(framed.get_mut(), &mut tokio::io::sink())`. A socket that is closed with unread
///    bytes resets the connection, and the answer may be lost with it.
///
/// A stream that ends inside a packet yields
/// [`IncompletePacket`](crate::DecodeErrorKind::IncompletePacket).
///
/// # Cancellation
///
/// `Framed`'s `next` can be cancelled, in `tokio::select!` for example: what has been read stays in its buffer,
/// and no packet is lost. `send` can be cancelled, too, without cutting a packet: the packet was put into the
/// write buffer as a whole or not at all, and the caller cannot see which. What is in the buffer is written
/// by the next `send` or `flush`.
#[derive(Debug, Clone)]
pub struct Codec {
    decoder: Decoder,
    /// What the peer takes, in bytes.
    max_outgoing: u32,
    /// Shared with the clones.
    version: Arc<OnceLock<Version>>,
    /// The rest of a packet that was refused.
    skipped: Remaining,
    /// No packet can be found any more.
    lost: bool,
}

/// The most that is reserved for a packet of which nothing but the length has come, in bytes.
const TRUST: usize = 64 * 1024;

impl Codec {
    /// Reads what the decoder reads, and writes in the decoder's version.
    #[must_use]
    pub fn new(decoder: Decoder) -> Self {
        let version = decoder.version().map_or_else(OnceLock::new, OnceLock::from);
        let (version, skipped) = (Arc::new(version), Remaining::default());
        Self { decoder, max_outgoing: u32::MAX, version, skipped, lost: false }
    }

    /// The decoder.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Goes on with this decoder: with another limit, say, once the client is known. Reach it with `Framed::codec_mut`.
    pub fn set_decoder(&mut self, decoder: Decoder) {
        self.decoder = decoder;
        self.share_version();
    }

    /// Refuses to write packets of more bytes: the Maximum Packet Size that the peer has announced.
    pub fn set_max_outgoing(&mut self, bytes: u32) {
        self.max_outgoing = bytes;
    }

    /// The version of the connection, if this codec or a clone of it knows it yet.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.decoder.version().or_else(|| self.version.get().copied())
    }

    /// How packets are written now, if the version is known.
    fn encoder(&self) -> Option<Encoder> {
        let encoder = Encoder::new(self.version()?).max_packet_size(self.max_outgoing);
        Some(match self.decoder.context().sender {
            Some(Role::Client) => encoder.sender(Role::Server),
            Some(Role::Server) => encoder.sender(Role::Client),
            None => encoder,
        })
    }

    /// Lets the clones know the version.
    fn share_version(&self) {
        if let Some(version) = self.decoder.version() {
            // Another clone may have been first: a connection has one version.
            let _ = self.version.set(version);
        }
    }

    /// Goes on behind the packet, if that can be. Its first byte alone may be refused: then its length is waited for.
    fn refuse(&mut self, error: DecodeError, src: &mut BytesMut) -> Result<(), CodecError> {
        if length_may_follow(src) {
            return Ok(());
        }
        self.lost = error.packet_len().is_none();
        self.skipped = Remaining::new(error.packet_len().unwrap_or_default());
        self.skip(src);
        Err(CodecError::Decode(error))
    }

    /// Drops what is not wanted.
    fn skip(&mut self, src: &mut BytesMut) {
        let unwanted = if self.lost { src.len() } else { self.skipped.take(src).0.len() };
        src.advance(unwanted);
    }

    /// Reserves space for the rest of a packet that is not complete.
    fn reserve_rest(&self, src: &mut BytesMut) {
        if let Ok(FrameLen::Total(total)) = self.decoder.frame_len(src) {
            let rest = total.saturating_sub(src.len());
            src.reserve(rest.min(src.len().max(TRUST)));
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
            Err(error) => self.refuse(error, src).map(|()| None),
        }
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<OwnedFrame>, CodecError> {
        match self.decode(src)? {
            None if !src.is_empty() => match self.decoder.decode_frame(src) {
                Err(error) => {
                    self.lost = true;
                    src.clear();
                    Err(error.into())
                }
                Ok(_) => Ok(None), // unreachable: what is not complete is no frame
            },
            frame => Ok(frame),
        }
    }
}

impl codec::Encoder<Outgoing<'_>> for Codec {
    type Error = CodecError;

    fn encode(&mut self, outgoing: Outgoing<'_>, dst: &mut BytesMut) -> Result<(), CodecError> {
        outgoing.write_to(self.encoder(), dst)
    }
}
