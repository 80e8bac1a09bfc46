//! Removes the HTTP header and the frames of MQTT over WebSocket (RFC 6455).

use mqtt_wire::Role;
use std::fmt;
use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// A problem in one direction. After most problems the rest is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    Compressed,
    Header,
    NotSwitched,
    Frame,
    /// The beginning of the next frame is unknown.
    Lost,
    /// The last frame is not complete.
    CutOff,
    /// The problem is reported, and the frame is still read.
    Text,
}

/// One direction of a WebSocket connection.
#[derive(Debug)]
pub(crate) struct Unwrapper {
    sender: Role,
    state: State,
    /// The beginning of a header.
    buffer: Vec<u8>,
    has_text: bool,
}

#[derive(Debug)]
enum State {
    Http,
    FrameHeader,
    Payload { left: u64, mask: Option<[u8; 4]>, at: usize, is_data: bool },
    Over,
}

/// The length of the longest HTTP header that clients and servers send.
const LONGEST_HTTP_HEADER: usize = 1 << 16;
const LONGEST_FRAME_HEADER: usize = 14;

impl Unwrapper {
    pub(crate) fn new(sender: Role) -> Self {
        Self { sender, state: State::Http, buffer: Vec::new(), has_text: false }
    }

    /// Reads the bytes and appends the MQTT bytes in them to `mqtt`.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mqtt: &mut Vec<u8>) -> Option<Problem> {
        let mut problem = None;
        while !bytes.is_empty() {
            let step = match &mut self.state {
                State::Over => return problem,
                State::Http => self.http(&mut bytes),
                State::FrameHeader => self.frame_header(&mut bytes),
                State::Payload { left, mask, at, is_data } => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    let (payload, rest) = bytes.split_at(here);
                    bytes = rest;
                    *left -= here as u64;
                    if *is_data {
                        let key = mask.unwrap_or_default();
                        mqtt.extend(payload.iter().zip(*at..).map(|(byte, at)| byte ^ key[at % key.len()]));
                    }
                    *at = (*at + here) % 4;
                    if *left == 0 {
                        self.state = State::FrameHeader;
                    }
                    Ok(())
                }
            };
            if let Err(what) = step {
                problem = Some(what);
                if what != Problem::Text {
                    self.state = State::Over;
                }
            }
        }
        problem
    }

    /// Handles missing bytes. Returns how many of the missing bytes were MQTT.
    pub(crate) fn lost(&mut self, len: u64) -> Result<u64, Problem> {
        match &mut self.state {
            State::Over => Ok(0),
            State::Payload { left, at, is_data, .. } if len < *left => {
                *left -= len;
                *at = (*at + (len % 4) as usize) % 4;
                Ok(if *is_data { len } else { 0 })
            }
            _ => {
                self.state = State::Over;
                Err(Problem::Lost)
            }
        }
    }

    /// Ends the input. The bytes of an incomplete header or frame are a problem.
    pub(crate) fn end(&mut self) -> Option<Problem> {
        let is_empty = self.buffer.is_empty();
        match std::mem::replace(&mut self.state, State::Over) {
            State::Http if !is_empty => Some(Problem::Header),
            State::FrameHeader if !is_empty => Some(Problem::CutOff),
            State::Payload { .. } => Some(Problem::CutOff),
            _ => None,
        }
    }

    fn http(&mut self, bytes: &mut &[u8]) -> Result<(), Problem> {
        const END: &[u8] = b"\r\n\r\n";
        let before = self.buffer.len();
        let taken = LONGEST_HTTP_HEADER.saturating_sub(before).min(bytes.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        let from = before.saturating_sub(END.len() - 1);
        let Some(at) = self.buffer[from..].windows(END.len()).position(|window| window == END) else {
            *bytes = &bytes[taken..];
            return if bytes.is_empty() { Ok(()) } else { Err(Problem::Header) };
        };
        let end = from + at + END.len();
        *bytes = &bytes[end - before..];
        self.buffer.truncate(end);
        let header = std::mem::take(&mut self.buffer);
        self.state = State::FrameHeader;
        match self.sender {
            Role::Client => Ok(()),
            Role::Server => switched(&header),
        }
    }

    fn frame_header(&mut self, bytes: &mut &[u8]) -> Result<(), Problem> {
        let before = self.buffer.len();
        let more = (LONGEST_FRAME_HEADER - before).min(bytes.len());
        self.buffer.extend_from_slice(&bytes[..more]);
        let mut cursor = Cursor::new(&self.buffer);
        let Some((header, left)) = FrameHeader::parse(&mut cursor).map_err(|_| Problem::Frame)? else {
            *bytes = &bytes[more..];
            return Ok(());
        };
        let len = usize::try_from(cursor.position()).unwrap_or(before);
        *bytes = &bytes[len.saturating_sub(before).min(more)..];
        self.buffer.clear();
        if header.rsv1 {
            return Err(Problem::Compressed);
        }
        if header.rsv2 || header.rsv3 {
            return Err(Problem::Frame);
        }
        let is_data = matches!(header.opcode, OpCode::Data(_));
        self.state = match left {
            0 => State::FrameHeader,
            left => State::Payload { left, mask: header.mask, at: 0, is_data },
        };
        match header.opcode {
            OpCode::Data(Data::Text) if !self.has_text => {
                self.has_text = true;
                Err(Problem::Text)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a complete request asks for MQTT. `None` if the request is incomplete.
pub(crate) fn asks_for_mqtt(request: &[u8]) -> Option<bool> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(request) {
        Ok(httparse::Status::Partial) if request.len() < LONGEST_HTTP_HEADER => None,
        Ok(httparse::Status::Complete(_)) => Some(parsed.headers.iter().any(|header| {
            let protocols = header.value.to_ascii_lowercase();
            header.name.eq_ignore_ascii_case("Sec-WebSocket-Protocol")
                && protocols.split(|byte| *byte == b',').any(|name| name.trim_ascii().starts_with(b"mqtt"))
        })),
        _ => Some(false),
    }
}

/// Checks that the response of the server is 101.
fn switched(response: &[u8]) -> Result<(), Problem> {
    const SWITCHING_PROTOCOLS: u16 = 101;
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut parsed = httparse::Response::new(&mut headers);
    match parsed.parse(response) {
        Ok(httparse::Status::Complete(_)) if parsed.code == Some(SWITCHING_PROTOCOLS) => Ok(()),
        Ok(httparse::Status::Complete(_)) => Err(Problem::NotSwitched),
        _ => Err(Problem::Header),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compressed => {
                "WebSocket: the frames are compressed by permessage-deflate, which is not supported"
            }
            Self::Header => "WebSocket: the HTTP header cannot be read",
            Self::NotSwitched => "WebSocket: the server has not switched to WebSocket",
            Self::Frame => "WebSocket: a frame is malformed",
            Self::Lost => "WebSocket: the beginning of the next frame is unknown",
            Self::CutOff => "WebSocket: the last frame is not complete",
            Self::Text => "WebSocket: MQTT in a text frame, but MQTT must be in binary frames [MQTT-6.0.0-1]",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    /// Reads the bytes in pieces of each length.
    fn unwrapped(sender: Role, bytes: &[u8]) -> (Vec<u8>, Option<Problem>) {
        let read = |len: usize| {
            let (mut unwrapper, mut mqtt) = (Unwrapper::new(sender), Vec::new());
            let problems: Vec<_> =
                bytes.chunks(len).filter_map(|piece| unwrapper.feed(piece, &mut mqtt)).collect();
            (mqtt, problems.first().copied())
        };
        let whole = read(bytes.len());
        for len in 1..20 {
            assert_eq!(read(len), whole, "{len}");
        }
        whole
    }

    #[test]
    fn frames_are_removed() {
        for (frames, mqtt, problem) in [
            (&b"\x82\x02\xc0\x00"[..], &b"\xc0\x00"[..], None),
            (b"\x82\x82\x01\x02\x03\x04\xc1\x02", b"\xc0\x00", None),
            // Fragments with a ping between them, and an empty fragment.
            (b"\x02\x01\xc0\x89\x01x\x00\x00\x80\x01\x00\x8a\x00", b"\xc0\x00", None),
            (b"\x82\x7e\x00\x02\xc0\x00", b"\xc0\x00", None),
            (b"\x82\x7f\0\0\0\0\0\0\0\x02\xc0\x00", b"\xc0\x00", None),
            (b"\x81\x02\xc0\x00", b"\xc0\x00", Some(Problem::Text)),
            (b"\xc2\x02\xc0\x00", b"", Some(Problem::Compressed)),
            (b"\x82\x02\xc0\x00\xb2\x00", b"\xc0\x00", Some(Problem::Frame)),
            (b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xc0", b"\xc0", None),
        ] {
            let bytes = [RESPONSE, frames].concat();
            assert_eq!(unwrapped(Role::Server, &bytes), (mqtt.to_vec(), problem), "{frames:02x?}");
        }
        let refused = [&b"HTTP/1.1 403 Forbidden\r\n\r\n"[..], b"no"].concat();
        assert_eq!(unwrapped(Role::Server, &refused), (Vec::new(), Some(Problem::NotSwitched)));
        let endless = [b'x'; LONGEST_HTTP_HEADER + 1];
        let mut unwrapper = Unwrapper::new(Role::Client);
        assert_eq!(unwrapper.feed(&endless, &mut Vec::new()), Some(Problem::Header));
    }

    #[test]
    fn the_next_frame_is_found_after_bytes_lost_in_a_payload() {
        let (mut unwrapper, mut mqtt) = (Unwrapper::new(Role::Server), Vec::new());
        unwrapper.feed(&[RESPONSE, b"\x82\x88\x01\x02\x03\x04\x31"].concat(), &mut mqtt);
        assert_eq!(unwrapper.lost(5), Ok(5));
        assert_eq!(unwrapper.feed(b"\x62\x63\x82\x01a", &mut mqtt), None);
        assert_eq!(mqtt, b"0aga");
        assert_eq!(unwrapper.lost(1), Err(Problem::Lost));
    }

    #[test]
    fn a_request_must_name_the_mqtt_protocol() {
        let request = |line: &str| format!("GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n{line}\r\n\r\n");
        assert_eq!(asks_for_mqtt(request("Sec-WebSocket-Protocol: mqtt").as_bytes()), Some(true));
        assert_eq!(asks_for_mqtt(request("sec-websocket-protocol: wamp, MQTTv3.1").as_bytes()), Some(true));
        assert_eq!(asks_for_mqtt(request("Host: mqtt").as_bytes()), Some(false));
        assert_eq!(asks_for_mqtt(b"GET / HTTP/1.1\r\n"), None);
        assert_eq!(asks_for_mqtt(b"\0\0"), Some(false));
    }
}
