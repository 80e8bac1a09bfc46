//! The error of a packet and the answer to it.

use super::text::{extent, hex};
use super::{ANSWER, Caption, FAULT, Page, Part, blocks, sentence};
use mqtt_wire::answer::{Answer, ConnectionState};
use mqtt_wire::inspect::{Field, Format};
use mqtt_wire::{DecodeError, DecodeErrorKind as Kind, Encode, PacketType, Role, Version};
use std::io::{self, Write};

impl<'a> Page<'a> {
    pub(super) fn refusal(
        &self,
        out: &mut impl Write,
        parts: &[Part<'a>],
        error: &DecodeError,
    ) -> io::Result<()> {
        let at = error.offset().min(self.frame.len());
        let (before, from) = parts.split_at(parts.partition_point(|part| part.end() <= at));
        self.fields(out, before)?;
        let read_to = before.last().map_or(0, Part::end);
        let shown_to = match blocks(from).next() {
            Some(block) if block[0].offset <= at && !is_absent(error) => {
                self.block(out, block, Some(error))?;
                block[0].end()
            }
            _ => self.unread(out, read_to, at, error)?,
        };
        self.say_what(out, error)?;
        self.after(out, from, shown_to, error)
    }

    /// Prints the fields after the refused field that could still be read.
    fn after(
        &self,
        out: &mut impl Write,
        parts: &[Part<'a>],
        mut shown_to: usize,
        error: &DecodeError,
    ) -> io::Result<()> {
        // With wrong flags, the password could be read as another field.
        let is_astray = self.packet_type == Some(PacketType::Connect)
            && matches!(
                error.field(),
                Field::ConnectFlags | Field::WillQos | Field::WillRetain | Field::PasswordFlag
            );
        let parts = if is_astray && !self.options.show_secrets { &[] } else { parts };
        let after = parts.partition_point(|part| part.offset < shown_to);
        for block in blocks(&parts[after..]) {
            self.rest(out, shown_to, block[0].offset)?;
            self.block(out, block, None)?;
            shown_to = block[0].end();
        }
        self.rest(out, shown_to, self.frame.len())
    }

    /// Prints the refused field and returns the offset of its end.
    fn unread(&self, out: &mut impl Write, from: usize, at: usize, error: &DecodeError) -> io::Result<usize> {
        // If two strings form one field, the second string may be the bad one.
        let start = match error.field().format() {
            Format::Utf8StringPair if !is_absent(error) => from,
            _ => at,
        };
        self.rest(out, from, start)?;
        let rest = self.frame.get(start..).unwrap_or_default();
        let len = match error.kind() {
            _ if is_absent(error) => 0,
            Kind::BytesAfterPacket => 1,
            _ => extent(error.field(), rest),
        };
        let part =
            Part { field: error.field(), offset: start, bytes: rest.get(..len).unwrap_or(rest), mask: 0xff };
        let value = match error.kind() {
            _ if is_absent(error) => "absent".to_owned(),
            Kind::Truncated | Kind::VarintTooLong => "cut off".to_owned(),
            _ => self.value(part),
        };
        let shown = self.shown(part, Some(error));
        let caption = Caption { bits: String::new(), name: self.name(part.field), value, style: FAULT };
        self.rows(out, part, shown, &[caption], Some(at - start))?;
        Ok(part.end())
    }

    /// Prints the error and the answer.
    fn say_what(&self, out: &mut impl Write, error: &DecodeError) -> io::Result<()> {
        let statement = error.statement().map_or(String::new(), |statement| format!(" {statement}"));
        let (at, explanation) = (error.offset(), error.explanation());
        let place = match error.field() {
            Field::Packet => format!("byte {at}"),
            field => format!("{}, byte {at}", self.name(field)),
        };
        let (width, indent) = (self.options.width, self.offset_width() + 2);
        sentence(out, width, indent, FAULT, "refused  ", &format!("{place}: {explanation}{statement}"))?;
        sentence(out, width, indent, ANSWER, "answer   ", &self.answer(error))
    }

    /// Describes the answer, with its bytes if there are any.
    fn answer(&self, error: &DecodeError) -> String {
        let answer = error.answer(self.receiver(), state(error));
        let text = match answer {
            Answer::Close => return "none; close the connection".to_owned(),
            Answer::ConnAckV3(reason) => {
                format!("CONNACK {} ({reason})", reason.to_v3().unwrap_or_default())
            }
            Answer::ConnAckV5(reason) => format!("CONNACK 0x{:02x} ({reason})", reason.get()),
            Answer::Disconnect(reason) => format!("DISCONNECT 0x{:02x} ({reason})", reason.get()),
        };
        let mut buffer = [0; 16];
        let bytes = answer.packet().and_then(|(packet, version)| packet.encode(version, &mut buffer).ok());
        match bytes {
            Some(bytes) => format!("{text} [{}], then close", hex(bytes)),
            None => format!("{text}, then close"),
        }
    }

    /// Returns the end that receives the packet.
    fn receiver(&self) -> Role {
        let version = self.version.unwrap_or(Version::V5_0);
        let only_servers_send = |packet_type: PacketType| !packet_type.sent_by(Role::Client, version);
        match self.options.sender {
            Some(Role::Client) => Role::Server,
            Some(Role::Server) => Role::Client,
            None if self.packet_type.is_some_and(only_servers_send) => Role::Client,
            None => Role::Server,
        }
    }
}

/// Whether the field of the error is missing from the packet.
fn is_absent(error: &DecodeError) -> bool {
    matches!(
        error.kind(),
        Kind::Missing | Kind::AuthenticationMethodMissing | Kind::EmptyList | Kind::IncompletePacket
    )
}

/// Returns the state of the connection. Only CONNECT is sent before CONNACK.
fn state(error: &DecodeError) -> ConnectionState {
    if error.packet_type() == Some(PacketType::Connect) || error.kind() == Kind::VersionUnknown {
        ConnectionState::BeforeConnAck
    } else {
        ConnectionState::AfterConnAck
    }
}
