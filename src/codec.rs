//! MQTT for `tokio_util::codec::Framed`.
//!
//! Loops with and without it: [`guide::decoding`](crate::guide::decoding).

use crate::answer::Answer;
use crate::decode::Decoder;
use crate::encode::{Encode, Encoder};
use crate::error::{DecodeError, EncodeError};
use crate::owned::OwnedPacket;
use crate::role::Role;
use crate::version::Version;
use crate::wire::header::FrameLen;
use bytes::BytesMut;
use core::fmt;
use std::io;
use tokio_util::codec;

/// The most that is reserved for a packet of which nothing but the length has come, in bytes.
const TRUST: usize = 64 * 1024;

/// Reads and writes packets in a `tokio_util::codec::Framed`: for a server and for a client.
///
/// It is made of the [`Decoder`] that says what to read: of which version, from whom, how large at most. What
/// comes in are [`OwnedPacket`]s, which share the read buffer. What goes out is anything that is
/// [`Encode`] (a packet, a reference to one, an [`OwnedPacket`]), or an [`Answer`]; if the decoder knows the
/// sender, what goes out is checked to be what the other role sends.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use mqtt_wire::codec::{Codec, CodecError};
/// use mqtt_wire::reason::ConnectReason;
/// use mqtt_wire::{ConnAck, ConnectionState, Decoder, Packet, PingResp, Role};
/// use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
/// use tokio_util::codec::Framed;
///
/// async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin) -> Result<(), CodecError> {
///     let decoder = Decoder::from_client().max_packet_size(64 * 1024);
///     let mut framed = Framed::new(socket, Codec::new(decoder));
///     let mut state = ConnectionState::BeforeConnAck;
///     while let Some(received) = framed.next().await {
///         match received {
///             Ok(packet) => match packet.packet() {
///                 Packet::Connect(_) => {
///                     framed.send(ConnAck::new(ConnectReason::Success)).await?;
///                     state = ConnectionState::AfterConnAck;
///                 }
///                 Packet::PingReq => framed.send(PingResp).await?,
///                 other => println!("{other:?}"),
///             },
///             Err(CodecError::Decode(error)) => {
///                 framed.send(error.answer(Role::Server, state)).await?;
///                 framed.get_mut().shutdown().await?;
///             }
///             Err(error) => return Err(error),
///         }
///     }
///     Ok(())
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let (mut client, server) = tokio::io::duplex(64);
/// # client.write_all(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00\xc0\x00\x36\x00").await.unwrap();
/// # serve(server).await.unwrap();
/// # let mut answers = Vec::new();
/// # tokio::io::AsyncReadExt::read_to_end(&mut client, &mut answers).await.unwrap();
/// # assert_eq!(answers, b"\x20\x03\x00\x00\x00\xd0\x00\xe0\x01\x81");
/// # });
/// ```
///
/// # The version
///
/// A decoder that does not know the version ([`Decoder::from_client`]) takes it from the first CONNECT that it
/// accepts; from then on packets are written in it, too. Before that they are written in 3.1.1: a CONNACK in
/// that form is what clients of every version can tell to be a refusal. An [`Answer`] has its own form.
///
/// # Large packets
///
/// What is larger than [`max_packet_size`](Decoder::max_packet_size) is refused by its fixed header, before it
/// is buffered. For the rest of a packet, space is reserved at once, but never more than 64 KiB or as much as
/// has come already: who announces a lot and sends nothing costs little. A payload that is not to be held at
/// all is not for this codec: see [`Decoder::decode_head`].
///
/// # After an error
///
/// The stream yields the error once and then ends (`None`). The codec reads no more packets: the bytes behind
/// the error are discarded, and so is what comes if the stream is polled again. Writing goes on as before, so
/// that the [answer](DecodeError::answer) can be sent:
///
/// 1. `framed.send(error.answer(role, state)).await`: it writes nothing if there is nothing to say.
/// 2. `framed.get_mut().shutdown().await`: the peer sees the end behind the answer.
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
/// and no packet is lost. `send` can be cancelled, too, without cutting a packet: it was put into the
/// write buffer as a whole or not at all, and which of the two is not told. What is in the buffer is written
/// by the next `send` or `flush`.
#[derive(Debug, Clone)]
pub struct Codec {
    decoder: Decoder,
    /// A packet was refused: nothing that follows it is read.
    refused: bool,
}

impl Codec {
    /// Reads what the decoder reads, and writes in the decoder's version.
    #[must_use]
    pub const fn new(decoder: Decoder) -> Self {
        Self { decoder, refused: false }
    }

    /// The decoder, and with it the version once it is known.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// How packets are written now.
    fn encoder(&self) -> Encoder {
        let encoder = Encoder::new(self.decoder.version().unwrap_or(Version::V3_1_1));
        match self.decoder.context().sender {
            Some(Role::Client) => encoder.sender(Role::Server),
            Some(Role::Server) => encoder.sender(Role::Client),
            None => encoder,
        }
    }

    /// Ends the reading.
    fn refuse(&mut self, error: DecodeError, src: &mut BytesMut) -> CodecError {
        self.refused = true;
        src.clear();
        CodecError::Decode(error)
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
    type Item = OwnedPacket;
    type Error = CodecError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<OwnedPacket>, CodecError> {
        if self.refused {
            src.clear();
            return Ok(None);
        }
        match self.decoder.decode_owned(src) {
            Ok(Some(packet)) => Ok(Some(packet)),
            Ok(None) => {
                self.reserve_rest(src);
                Ok(None)
            }
            Err(error) => Err(self.refuse(error, src)),
        }
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<OwnedPacket>, CodecError> {
        match self.decode(src)? {
            None if !src.is_empty() => match self.decoder.decode_frame(src) {
                Err(error) => Err(self.refuse(error, src)),
                Ok(_) => Ok(None), // unreachable: what is not complete is no frame
            },
            packet => Ok(packet),
        }
    }
}

/// Writes a packet, or what a reference to one refers to.
impl<P: Encode> codec::Encoder<P> for Codec {
    type Error = CodecError;

    fn encode(&mut self, packet: P, dst: &mut BytesMut) -> Result<(), CodecError> {
        self.encoder().encode_to(&packet, dst)?;
        Ok(())
    }
}

/// Writes what is owed to the peer whose packet was refused, in its own version; nothing, if nothing is owed.
impl codec::Encoder<Answer> for Codec {
    type Error = CodecError;

    fn encode(&mut self, answer: Answer, dst: &mut BytesMut) -> Result<(), CodecError> {
        if let Some((packet, version)) = answer.packet() {
            packet.encode_to(version, dst)?;
        }
        Ok(())
    }
}

/// Why a [`Codec`] could not read or write.
#[derive(Debug)]
pub enum CodecError {
    /// The peer has sent what is refused: it is to be [answered](DecodeError::answer), and the connection
    /// to be closed.
    Decode(DecodeError),
    /// The packet cannot be written. Nothing has been, and the connection may go on.
    Encode(EncodeError),
    /// The connection is broken.
    Io(io::Error),
}

impl From<DecodeError> for CodecError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<EncodeError> for CodecError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<io::Error> for CodecError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// Each variant shows the error inside as its own, so the source is that of the error inside.
impl core::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Encode(error) => error.source(),
            Self::Io(error) => error.source(),
        }
    }
}
