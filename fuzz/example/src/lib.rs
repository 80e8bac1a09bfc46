//! The read path of a minimal broker, and a check that must pass for every input from a client. Replace this file by
//! your broker.

use mqtt_wire::answer::ConnectionState;
use mqtt_wire::io::blocking::{PacketReader, PacketWriter};
use mqtt_wire::io::{ReadError, WriteError};
use mqtt_wire::reason::{ConnectReason, SubscribeReason, UnsubscribeReason};
use mqtt_wire::*;
use std::io::{Error, Read, Write};

/// The largest packet that the broker accepts, in bytes.
const LIMIT: u32 = 4096;

/// The reasons for which the broker closes a connection.
enum End {
    Refused(DecodeError),
    /// The first packet is not a CONNECT, or there is a second CONNECT.
    OutOfPlace,
    Io,
}

impl From<ReadError<Error>> for End {
    fn from(error: ReadError<Error>) -> Self {
        match error {
            ReadError::Decode(error) => Self::Refused(error),
            ReadError::Io(_) => Self::Io,
        }
    }
}

impl From<WriteError<Error>> for End {
    fn from(_: WriteError<Error>) -> Self {
        Self::Io
    }
}

/// Serves one client and writes the answers. The fuzz targets test this function.
fn serve(socket: impl Read, answers: impl Write) {
    let mut reader = PacketReader::new(socket, Decoder::from_client().max_packet_size(LIMIT));
    // Before the CONNECT, the broker writes at most one answer, and that answer has its own
    // version.
    let mut writer = PacketWriter::new(answers, Encoder::new(Version::V5_0));
    let mut state = ConnectionState::BeforeConnAck;
    if let Err(End::Refused(error)) = session(&mut reader, &mut writer, &mut state) {
        let _ = writer.send_answer(error.answer(Role::Server, state));
    }
}

fn session(
    reader: &mut PacketReader<impl Read>,
    writer: &mut PacketWriter<impl Write>,
    state: &mut ConnectionState,
) -> Result<(), End> {
    let Some(Packet::Connect(connect)) = reader.next()? else { return Err(End::OutOfPlace) };
    writer.set_encoder(Encoder::new(connect.version).sender(Role::Server));
    writer.send(&ConnAck::new(ConnectReason::Success))?;
    *state = ConnectionState::AfterConnAck;
    while let Some(packet) = reader.next()? {
        match packet {
            Packet::Publish(publish) => match publish.delivery {
                Delivery::AtMostOnce => {}
                Delivery::AtLeastOnce { id, .. } => writer.send(&PubAck::new(id))?,
                Delivery::ExactlyOnce { id, .. } => writer.send(&PubRec::new(id))?,
            },
            Packet::PubRel(pubrel) => writer.send(&PubComp::new(pubrel.packet_id))?,
            Packet::Subscribe(subscribe) => {
                let granted = |subscription: Subscription<'_>| SubscribeReason::granted(subscription.qos);
                let reasons: Vec<_> = subscribe.subscriptions.iter().map(granted).collect();
                writer.send(&SubAck::new(subscribe.packet_id, &reasons))?;
            }
            Packet::Unsubscribe(unsubscribe) => {
                let reasons: Vec<_> =
                    unsubscribe.filters.iter().map(|_| UnsubscribeReason::Success).collect();
                let listed = writer.buffer().encoder().version() == Version::V5_0;
                let reasons = if listed { &reasons[..] } else { &[] };
                writer.send(&UnsubAck::new(unsubscribe.packet_id, reasons))?;
            }
            Packet::PingReq => writer.send(&PingResp)?,
            Packet::Connect(_) => return Err(End::OutOfPlace),
            Packet::Disconnect(_) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

/// Checks that the broker does not panic, and that the client can read each answer in the version of its own CONNECT.
pub fn is_served(from_client: &[u8]) {
    let mut answers = Vec::new();
    serve(from_client, &mut answers);
    // A broker may answer a CONNECT of an unknown version in 3.1.1 or in 5.0.
    let connected = Decoder::from_client().max_packet_size(LIMIT).decode(from_client);
    let versions = match connected {
        Ok(Some((Packet::Connect(connect), _))) => vec![connect.version],
        _ => Version::ALL.to_vec(),
    };
    let is_read = |version: &Version| {
        let mut decoder = Decoder::from_server(*version);
        let mut rest = &answers[..];
        while let Ok(Some((_, after))) = decoder.decode(rest) {
            rest = after;
        }
        rest.is_empty()
    };
    assert!(versions.iter().any(is_read), "{answers:02x?} to {from_client:02x?}");
}
