//! Tests of the text forms that people and programs write.

mod dumps;
mod joined;
mod lists;
mod literals;
mod logs;
mod mixed;
mod pages;
mod posts;
mod prose;

use super::*;

const PACKET: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";

#[test]
fn every_form_is_read() {
    for text in [
        "100d00044d5154540402003c000161",
        "100D0004 4D515454\r\n0402003C 000161\r\n",
        "10:0d:00:04:4d:51:54:54:04:02:00:3c:00:01:61",
        "10-0d-00-04-4d-51-54-54-04-02-00-3c-00-01-61",
        "0x10, 0xd, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 4, 2, 00, 3c, 00, 01, 61",
        "0x100d00044d5154540402003c000161",
        r"\x10\x0d\x00\x04\x4d\x51\x54\x54\x04\x02\x00\x3c\x00\x01\x61",
        r#"b"\x10\r\x00\x04MQTT\x04\x02\x00<\x00\x01a""#,
        r"payload = b'\x10\r\0\x04MQTT\x04\x02\x00<\x00\x01a'",
        "unsigned char p[] = { 0x10, 0x0d, 0x00, 0x04,\n 0x4d, 0x51, 0x54, 0x54, 0x04, /* . */ 0x02, 0x00, // no\n 60, 0, 1, 'a' };\nunsigned int p_len = 15;",
        "let p: [u8; 15] = [0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4u8, 2, 0, 0x3c, 0, 1, 97,];",
        "[16 13 0 4 77 81 84 84 4 2 0 60 0 1 97]",
        "{\"type\":\"Buffer\",\"data\":[16,13,0,4,77,81,84,84,4,2,0,60,0,1,97]}",
        "<Buffer 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61>",
        "00000000: 100d 0004 4d51 5454 0402 003c 0001 61    ....MQTT...<..a",
        "00000000  10 0d 00 04 4d 51 54 54  04 02 00 3c 00 01 61     |....MQTT...<..a|\n0000000f\n",
        "0000   10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61      ....MQTT...<..a",
        "0000   10 0d 00 04 4d 51 54 54   ....MQTT\n0008   04 02 00 3c 00 01 61      ...<..a",
        "\t0x0000:  100d 0004 4d51 5454  ....MQTT\n\t0x0008:  0402 003c 0001 61    ...<..a",
        "000000 10 0d 00 04 4d 51 54 54\n000008 04 02 00 3c 00 01 61\n00000f",
        "0000000 10 0d 00 04 4d 51 54 54\n0000010 04 02 00 3c 00 01 61\n0000017",
        "0000000 0d10 0400 514d 5454\n0000008 0204 3c00 0100 0061\n000000f",
        "2026-01-02 12:00:01.234 recv 15 bytes: 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61",
        "12:00:01 10 0d 00 04 4d 51 54 54\n12:00:02 04 02 00 3c 00 01 61",
        "[INFO] client=7 data=100d00044d5154540402003c000161",
    ] {
        let reading = read(text.as_bytes(), None).unwrap_or_else(|bad| panic!("{text}: {bad}"));
        assert_eq!(reading.bytes, PACKET, "{text}: {}", reading.form);
    }
}

#[test]
fn omitted_rows_of_a_dump_are_filled_in() {
    let text = "00000000  30 22 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |0\".....|\n\
                00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |......|\n*\n00000030  ff  |.|\n";
    let mut bytes = vec![0; 49];
    (bytes[0], bytes[1], bytes[48]) = (0x30, 0x22, 0xff);
    assert_eq!(read(text.as_bytes(), None).map(|reading| reading.bytes), Ok(bytes));
}

#[test]
fn an_error_has_its_line_and_column() {
    for (text, line, column) in [
        ("c0 00\nc0 0g", 2, 5),
        ("c0 00 0", 1, 8),
        ("hello", 1, 1),
        ("c0\u{ff}", 1, 3),
        (r"\x10\x0", 1, 5),
        (r"\x10 q", 1, 6),
        ("{ 0x10, 256 }", 1, 9),
        ("00000000: 00010000 00001101 00000000\n00000003: 11111111", 1, 11),
        ("[0x10, what]", 1, 8),
        ("\"\\x10", 1, 1),
        ("0000   10 0d 00 04\n0008   04 02\n", 1, 19),
    ] {
        let text = text.replace("c0\u{ff}", "c0");
        let bytes = if text == "c0" { b"c0\xff".to_vec() } else { text.clone().into_bytes() };
        let error = read(&bytes, None).expect_err(&text);
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
    }
}

/// Returns the result in a form that can be compared.
fn form(text: &str) -> Result<(Form, Vec<u8>), String> {
    match read(text.as_bytes(), None) {
        Ok(reading) => Ok((reading.form, reading.bytes)),
        Err(bad) => Err(bad.what),
    }
}

#[track_caller]
fn is_packet(text: &str, expected: Form) {
    assert_eq!(form(text), Ok((expected, PACKET.to_vec())), "{text}");
}

#[track_caller]
fn is_refused(text: &str, part: &str) {
    let refused = form(text).expect_err(text);
    assert!(refused.contains(part), "{text}: {refused}");
}

#[test]
fn literals_of_programming_languages_are_read() {
    use Radix::{Decimal, Hexadecimal};
    for (text, expected) in [
        // Erlang and Elixir.
        ("<<16,13,0,4,77,81,84,84,4,2,0,60,0,1,97>>", Form::Erlang),
        ("<<16,13,0,4,\"MQTT\",4,2,0,60,0,1,\"a\">>", Form::Erlang),
        ("<<16, 13, 0, 4, \"MQTT\"/utf8, 4, 2, 60:16, 1:16/big, $a>>.", Form::Erlang),
        ("<<16#10, 16#D, 16#0, 4, \"MQTT\", 4, 2, 0, 60, 0, 1, 97>>", Form::Erlang),
        ("<<0x10, 0x0D, 0x00, 0x04, \"MQTT\", 0x04, 2, 0, 60, 0, 1, 97>>", Form::Erlang),
        ("<<1024:16/little-integer>>, <<13,0,4,\"MQTT\",4,2>>", Form::Erlang),
        (
            "2026-01-02 12:00:01 [debug] RECV Data: <<16,13,0,4,77,81,84,84,4,2,0,60,0,1,97>> from 10.0.0.1",
            Form::Erlang,
        ),
        ("[<<16,13,0,4>>,<<\"MQTT\">>,\n <<4,2,0,60,0,1,97>>]", Form::Erlang),
        ("<<16,13,0,4,\"M\\x51\\x{54}T\",4,2,0,60,0,1,97>> % CONNECT", Form::Erlang),
        // C.
        ("const uint8_t p[15] = {0x10,0x0D,0,4,'M','Q','T','T',4,2,0,60,0,1,'a'};", Form::Array(Decimal)),
        ("char p[] = \"\\x10\\r\\000\\004MQTT\"\n  \"\\x04\\x02\\0\" \"<\\0\\1a\";", Form::String),
        (
            "{ 0x10U, 0x0DU, (unsigned char)0, (uint8_t) 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97 }",
            Form::Array(Decimal),
        ),
        (
            "{ 16, // PUBLISH? {1, 2} it's\n 13, /* [ */ 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97 }",
            Form::Array(Decimal),
        ),
        // Java and Kotlin.
        (
            "byte[] p = new byte[] {(byte)0x10, 0x0d, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97};",
            Form::Array(Decimal),
        ),
        ("byteArrayOf(16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97)", Form::Array(Decimal)),
        (
            "byteArrayOf(0x10.toByte(), 0x0d, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60.toByte(), 0, 1, 97)",
            Form::Array(Decimal),
        ),
        // Python.
        ("b'\\x10\\r\\x00\\x04MQTT\\x04\\x02\\x00<\\x00\\x01a'", Form::String),
        ("it's b'\\x10\\r\\x00\\x04MQTT\\x04\\x02\\x00<\\x00\\x01a' and 'more'", Form::String),
        ("bytes([16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97])", Form::Array(Decimal)),
        ("bytearray(b'\\x10\\r\\x00\\x04MQTT\\x04\\x02\\x00<\\x00\\x01a')", Form::String),
        (
            "bytearray([0x10, 0x0d, 0, 4, 77, 81, 84, 84,  # name\n 4, 2, 0, 60, 0, 1, 97])",
            Form::Array(Decimal),
        ),
        ("bytes.fromhex('10 0d 00 04 4d515454 04 02 003c 00 01 61')", Form::QuotedDigits),
        // Go.
        (
            "[]byte{0x10, 0xd, 0x0, 0x4, 0x4d, 0x51, 0x54, 0x54, 0x4, 0x2, 0x0, 0x3c, 0x0, 0x1, 0x61}",
            Form::Array(Hexadecimal),
        ),
        ("[]byte{16, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 97}", Form::Array(Decimal)),
        ("[]byte(\"\\x10\\r\\x00\\x04MQTT\\x04\\x02\\x00<\\x00\\x01a\")", Form::String),
        ("recv [16 13 0 4 77 81 84 84 4 2 0 60 0 1 97] from 10.0.0.1:1883", Form::Array(Decimal)),
        // JavaScript.
        ("<Buffer 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61>", Form::NodeBuffer),
        (
            "ArrayBuffer { [Uint8Contents]: <10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61>, byteLength: 15 }",
            Form::NodeBuffer,
        ),
        (
            "Uint8Array(15) [\n  16, 13, 0, 4, 77, 81, 84,\n  84, 4, 2, 0, 60, 0, 1, 97\n]",
            Form::Array(Decimal),
        ),
        ("new Uint8Array([16,13,0,4,77,81,84,84,4,2,0,60,0,1,97])", Form::Array(Decimal)),
        ("Buffer.from('100d00044d5154540402003c000161', 'hex')", Form::QuotedDigits),
        (
            "{ type: 'Buffer', data: [ 16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97 ] }",
            Form::Array(Decimal),
        ),
        ("{\"id\": 7, \"payload\": \"100d00044d5154540402003c000161\"}", Form::QuotedDigits),
        // Rust.
        ("&[0x10, 13, 0, 4, b'M', b'Q', b'T', b'T', 4u8, 0x02_u8, 0, 60, 0, 1, b'a']", Form::Array(Decimal)),
        ("b\"\\x10\\r\\0\\x04MQTT\\x04\\x02\\0<\\0\\x01a\"", Form::String),
        ("[10, d, 0, 4, 4d, 51, 54, 54, 4, 2, 0, 3c, 0, 1, 61]", Form::Array(Hexadecimal)),
        ("[10, 0D, 00, 04, 4D, 51, 54, 54, 04, 02, 00, 3C, 00, 01, 61]", Form::Array(Hexadecimal)),
        // Plain numbers.
        ("16 13 0 4 77 81 84 84 4 2 0 60 0 1 97 0 0 200", Form::Digits(Decimal)),
        ("016 013 000 004 077 081 084 084 004 002 000 060 000 001 097", Form::Digits(Decimal)),
    ] {
        let mut bytes = PACKET.to_vec();
        if text.ends_with("200") {
            bytes.extend([0, 0, 200]);
        } else if text.contains("little") {
            bytes = b"\0\x04\x0d\0\x04MQTT\x04\x02".to_vec();
        }
        assert_eq!(form(text), Ok((expected, bytes)), "{text}");
    }
    // Java's bytes are signed.
    assert_eq!(form("[-64, 0]"), Ok((Form::Array(Decimal), vec![0xc0, 0])));
    // `\060` is one byte in C. In Rust it is a NUL and two digits.
    assert_eq!(form(r#""\x10\060""#), Ok((Form::String, b"\x100".to_vec())));
    assert_eq!(form(r#"b"\x10\060""#), Ok((Form::String, b"\x10\x0060".to_vec())));
}

#[test]
fn serial_logs_are_read() {
    let log = Form::Log(Radix::Hexadecimal);
    for text in [
        "RX: 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "RX:10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "[RX] 100D00044D5154540402003C000161",
        "12:00:01.234 RX: 10 0D 00 04 4D 51 54 54\n12:00:01.240 RX: 04 02 00 3C 00 01 61\n",
        "[12:00:01:234] RX 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "2026-01-02T12:00:01.234Z -> 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "12:00:00 port opened, 115200 8N1\n12:00:01 RX: 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61\n12:00:02 mtu: 1500",
        "12:00:01.234 | RX | 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61 | ....MQTT...<..a",
        "1 | 12:00:01 | RX | 15 | 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61 |....MQTT...<..a|",
        "RX 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61  ....MQTT...<..a",
        "RX 0015 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "RX: 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61 (15 bytes)",
        "I (1234) mqtt: 0x3ffb1234   10 0d 00 04 4d 51 54 54  04 02 00 3c 00 01 61     |....MQTT...<..a|",
        "\u{1b}[32mRX:\u{1b}[0m 10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "12:00:01 10:0d:00:04:4d:51:54:54:04:02:00:3c:00:01:61",
        "1700000000.123456 recv 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61",
        "RX 0000: 10 0d 00 04 4d 51 54 54\nRX 0008: 04 02 00 3c 00 01 61",
        "<- 0x10 0x0d 0x00 0x04 0x4d 0x51 0x54 0x54 0x04 0x02 0x00 0x3c 0x00 0x01 0x61",
    ] {
        is_packet(text, log);
    }
    let decimal = "12:00:01 RX: 16 13 0 4 77 81 84 84 4 2 0 60 0 1 97\n12:00:02 RX: 192 0\n";
    let bytes = [PACKET, b"\xc0\0"].concat();
    assert_eq!(form(decimal), Ok((Form::Log(Radix::Decimal), bytes)));
}

#[test]
fn no_byte_is_lost_beside_other_text() {
    let packet = "10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61";
    for text in [
        "payload=100d00044d5154540402003c000161 len=15",
        "len=15 payload=100d00044d5154540402003c000161 qos=12",
        "sent 100d00044d5154540402003c000161 to broker",
    ] {
        is_packet(text, Form::Log(Radix::Hexadecimal));
    }
    // Text from web pages contains characters without a width.
    is_packet(&format!("{}\u{200b}{}", &packet[..2], &packet[2..]), Form::Digits(Radix::Hexadecimal));
    for text in [
        "1O 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "l0 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61",
        "100D00044D515454<CR><LF>0402003C000161",
        "TX: c000 RX: d000",
    ] {
        is_refused(text, "unclear");
    }
}

/// A terminal with time stamps puts each value on a line of its own.
#[test]
fn lines_of_one_byte_are_read() {
    let lines = |mark: &str, radix: Radix| {
        let line = |byte: &u8| match radix {
            Radix::Decimal => format!("{mark}{byte}\n"),
            _ => format!("{mark}{byte:X}\n"),
        };
        PACKET.iter().chain(b"\xc0\0").map(line).collect::<String>()
    };
    let bytes = [PACKET, b"\xc0\0"].concat();
    for radix in [Radix::Decimal, Radix::Hexadecimal] {
        assert_eq!(form(&lines("12:00:01.234 -> ", radix)), Ok((Form::Log(radix), bytes.clone())));
        assert_eq!(form(&lines("RX: ", radix)), Ok((Form::Log(radix), bytes.clone())));
        assert_eq!(form(&lines("", radix)), Ok((Form::Digits(radix), bytes.clone())));
    }
    // Long lines may be broken anywhere.
    assert_eq!(
        form("100d0\n0044d\n5154540402003c000161"),
        Ok((Form::Digits(Radix::Hexadecimal), PACKET.to_vec()))
    );
}

/// In C, missing numbers are zeros. But numbers can also be missing by mistake.
#[test]
fn an_array_of_c_has_as_many_numbers_as_it_says() {
    is_refused("uint8_t b[50] = {0xc0, 0x00};", "these are 2 bytes, but the text says that there are 50");
    for text in [
        "uint8_t b[2] = {0xc0, 0x00};",
        "uint8_t b[] = {0xc0, 0x00};",
        "uint8_t b[LEN] = {0xc0, 0x00};",
        // An element of a table in Lua, and an array of arrays.
        "packets[1] = {0xc0, 0x00}",
        "uint8_t b[1][2] = {0xc0, 0x00};",
    ] {
        assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]), "{text}");
    }
}

/// Bytes of Java and of `od -t d1`.
#[test]
fn signed_numbers_are_read() {
    let form_of = Form::Digits(Radix::Decimal);
    for text in ["-126 5 0 1 0", "-126, 5, 0, 1, 0", " -126    5    0\n    1    0\n"] {
        assert_eq!(form(text), Ok((form_of, b"\x82\x05\0\x01\0".to_vec())), "{text}");
    }
    is_refused("16 13 -126 200", "unclear");
    is_refused("RX: 16 13 0 -126 5 0", "unclear");
    is_refused("0000000 -126    9    0   10    0    4   47   97\n0000010   47   98    1   48", "od -t x1");
}

#[test]
fn octal_and_binary_digits_are_not_guessed() {
    is_refused("020 015 000 004 115 121 124 124", "octal");
    is_refused("00010000 00001101 00000000", "binary");
    assert_eq!(
        read(b"020 015 000 004", Some(Radix::Decimal)).map(|reading| reading.bytes),
        Ok(vec![20, 15, 0, 4])
    );
    assert_eq!(
        read(b"00010000 00001101", Some(Radix::Hexadecimal)).map(|reading| reading.bytes.len()),
        Ok(8)
    );
}

#[test]
fn tables_with_commas_are_read() {
    let text = "time,direction,data\n1,RX,10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61\n";
    is_packet(text, Form::Log(Radix::Hexadecimal));
    is_packet("1;12:00:01;RX;10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61", Form::Log(Radix::Hexadecimal));
}

#[test]
fn quoted_hexadecimal_digits_are_read() {
    for text in [
        // `binascii.hexlify`, PostgreSQL's `bytea`
        "b'100d00044d5154540402003c000161'",
        "\\x100d00044d5154540402003c000161",
        " data\n------\n \\x100d00044d5154540402003c000161\n",
    ] {
        is_packet(text, Form::QuotedDigits);
    }
    assert_eq!(form(r"\x10\x0d"), Ok((Form::String, b"\x10\x0d".to_vec())));
    assert_eq!(form("b'ab\\x10'"), Ok((Form::String, b"ab\x10".to_vec())));
}

#[test]
fn dumps_of_debuggers_and_of_frames_are_read() {
    is_packet(
        "0x7fffffffe010:\t0x10\t0x0d\t0x00\t0x04\t0x4d\t0x51\t0x54\t0x54\n\
         0x7fffffffe018:\t0x04\t0x02\t0x00\t0x3c\t0x00\t0x01\t0x61\n",
        Form::Dump,
    );
    let rows = "\t0x0000:  100d 0004 4d51 5454  ....MQTT\n\t0x0008:  0402 003c 0001 61    ...<..a\n";
    let heading = "12:00:01.234567 IP 10.0.0.1.50000 > 10.0.0.2.1883: Flags [P.], seq 1:16, length 15\n";
    let reading = read(format!("{heading}{rows}").as_bytes(), None).unwrap();
    assert_eq!((reading.form, &*reading.bytes, reading.left_out), (Form::Dump, PACKET, 1));
    // `xxd -e` prints little-endian words. The column of characters proves it.
    is_refused("00000000: 04000d10 5454514d 3c000204 00610100  ....MQTT...<..a.", "characters");
    is_packet("00000000: 100d0004 4d515454 0402003c 000161  ....MQTT...<..a", Form::Dump);
}

/// Pascal, assemblers and BASIC mark hexadecimal numbers with `$`, `&H` or a final `h`.
#[test]
fn marks_of_hexadecimal_numbers_in_other_languages_are_read() {
    use Radix::Hexadecimal;
    let join =
        |between: &str, each: fn(&u8) -> String| PACKET.iter().map(each).collect::<Vec<_>>().join(between);
    let pascal: fn(&u8) -> String = |byte| format!("${byte:02x}");
    let basic: fn(&u8) -> String = |byte| format!("&H{byte:X}");
    let intel: fn(&u8) -> String = |byte| format!("0{byte:02X}h");
    for (text, expected) in [
        (join(" ", pascal), Form::Digits(Hexadecimal)),
        (join(", ", pascal), Form::Digits(Hexadecimal)),
        (join(",", pascal), Form::Digits(Hexadecimal)),
        (join(" ", |byte| format!("${byte:X}")), Form::Digits(Hexadecimal)),
        (
            format!("const Connect: array[0..14] of Byte = (\n  {});", join(", ", pascal)),
            Form::Array(Hexadecimal),
        ),
        (format!("SetBytes([{}]);", join(", ", pascal)), Form::Array(Hexadecimal)),
        (join(" ", basic), Form::Digits(Hexadecimal)),
        (join(" ", |byte| format!("&h{byte:02x}")), Form::Digits(Hexadecimal)),
        (format!("Dim p() As Byte = {{{}}}", join(", ", basic)), Form::Array(Hexadecimal)),
        (format!("p = Array({})", join(", ", |byte| format!("&H{byte:X}&"))), Form::Array(Hexadecimal)),
        (format!("10 DATA {}", join(",", basic)), Form::Log(Hexadecimal)),
        (join(" ", |byte| format!("{byte:02X}h")), Form::Digits(Hexadecimal)),
        (join(", ", intel), Form::Digits(Hexadecimal)),
        (format!("RX: {}", join(" ", pascal)), Form::Log(Hexadecimal)),
    ] {
        is_packet(&text, expected);
    }
    let mixed = "($10, $0d, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, $61)";
    is_packet(mixed, Form::Array(Radix::Decimal));
    is_refused("$10 0g", "not a hexadecimal digit");
    is_refused("($10, $100)", "not a byte");
}

/// The letters of `db`, `defb` and `fcb` are hexadecimal digits.
#[test]
fn directives_of_assemblers_are_not_bytes() {
    let hexadecimal = PACKET.iter().map(|byte| format!("0{byte:02X}h")).collect::<Vec<_>>().join(", ");
    let marked = PACKET.iter().map(|byte| format!("0x{byte:x}")).collect::<Vec<_>>().join(",");
    let log = Form::Log(Radix::Hexadecimal);
    for text in [
        format!("db {hexadecimal}"),
        format!("\tDB {marked}\n"),
        format!("connect: db {marked} ; CONNECT of 20 bytes"),
        format!("connect .db {marked}"),
        format!("defb {marked}"),
        format!(".byte {marked}"),
        "fcb $10,$0d,$00,$04\n fcb $4d,$51,$54,$54 ; name\n fcb $04,$02,$00,$3c\n fcb $00,$01,$61".to_owned(),
    ] {
        is_packet(&text, log);
    }
    is_refused("db 16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97", "use --decimal or --hex");
    is_refused("db 10h, 0dh ; 00h, 04h", "unclear");
    assert_eq!(form("db 00 01 02").map(|(_, bytes)| bytes), Ok(vec![0xdb, 0, 1, 2]));
}

/// In C `\\016` is octal, in Lua and OCaml it is decimal.
#[test]
fn octal_or_decimal_escapes_are_not_guessed() {
    let octal = r#""\020\r\000\004MQTT\004\002\000<\000\001a""#;
    let decimal = r#""\016\013\000\004MQTT\004\002\000\060\000\001a""#;
    for text in [octal, decimal, r#"s = "\16\13\0\4MQTT\4\2\0<\0\1a""#, r"'\16\0'", r#""\09""#] {
        is_refused(text, "use --octal or --decimal");
    }
    let read_as = |text: &str, radix| read(text.as_bytes(), Some(radix)).map(|reading| reading.bytes);
    assert_eq!(read_as(octal, Radix::Octal), Ok(PACKET.to_vec()));
    assert_eq!(read_as(decimal, Radix::Decimal), Ok(PACKET.to_vec()));
    assert_eq!(read_as("020 015 000 004", Radix::Octal), Ok(vec![16, 13, 0, 4]));
    assert_eq!(read_as("{020, 015, 0x00, 4}", Radix::Octal), Ok(vec![16, 13, 0, 4]));
    // One escape can show the radix.
    assert_eq!(form(r#""\300\000\020""#), Ok((Form::String, b"\xc0\0\x10".to_vec())));
    assert_eq!(form(r#""\192\000\016""#), Ok((Form::String, b"\xc0\0\x10".to_vec())));
    assert_eq!(form(r#""\x10\020""#), Ok((Form::String, b"\x10\x10".to_vec())));
    is_refused(r#""\300\192""#, "one escape can only be octal");
    is_refused(r#""\192\999""#, "not a byte");
}

#[test]
fn strings_of_debuggers_are_read() {
    is_packet(r#"$1 = "\020\r\000\004MQTT\004\002\000<\000\001a""#, Form::String);
    is_packet(r#"$packet = "\020\r\000\004MQTT\004\002\000<\000\001a";"#, Form::String);
    is_packet(r#"write(3, "\20\r\0\4MQTT\4\2\0<\0\1a", 15) = 15"#, Form::String);
    is_refused(r#"write(3, "\20\r\0\4MQTT\4\2\0<\0\1a", 15)"#, "use --octal or --decimal");
    is_refused(r#"x = "\20\r\0""#, "use --octal or --decimal");
    is_packet(r#"write(3, "\x10\r\0\4MQTT\4\2\0<\0\1a", 15) = 15"#, Form::String);
    is_packet(
        r#"sendto(3, "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a", 15, 0, NULL, 0) = 15"#,
        Form::String,
    );
    for text in [
        r#"write(3, "\x10\r\0\4MQTT"..., 400) = 400"#,
        r#""\x10\r"..."#,
        r#"$1 = "0\x10", '\000' <repeats 15 times>..."#,
        r#"$1 = "0\x10", 'a' <repeats 15 times>, "b"..."#,
    ] {
        is_refused(text, "left out a part");
    }
}

/// Offsets and headings of dumps are not bytes.
#[test]
fn dumps_of_other_programs_are_read() {
    let bytes = "10 0d 00 04 4d 51 54 54";
    let row = format!("{bytes} 04 02 00 3c 00 01 61     ....MQTT...<..a");
    let heading = "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F";
    for text in [
        // HxD, PowerShell 5 and 7, WinDbg, LLDB
        format!("Offset(h) {heading}\n\n00000000  {row}\n"),
        format!("\r\n           {heading}\r\n\r\n00000000   {row}\r\n"),
        format!("   Label: String (System.String) <1A2B3C4D>\n\n   {heading}\n0000000000000000 {row}\n"),
        format!("00000000  {bytes}-04 02 00 3c 00 01 61     ....MQTT...<..a"),
        format!("0x16fdff2c0: {row}\n"),
    ] {
        is_packet(&text, Form::Dump);
    }
    is_refused("0000000 006420 002000 050515 052124 001004 036000 000400 000141\n0000017\n", "octal");
    is_refused("0000000  48  10  17  97\n0000004\n", "can be decimal");
    is_refused("0x0010:\t48\t10\t17\t97\n", "can be decimal");
    for text in [
        "> 00000000 10 0d 00 04 4d 51",
        "RX: 0010 10 0d 00 04",
        "00000000 10 0d 00 04 4d 51",
        "0000 c0 00 c0 00",
    ] {
        is_refused(text, "unclear");
    }
}

/// Wireshark indents the rows of the server. Both ends count from 0.
#[test]
fn dumps_of_both_ends_of_a_connection_are_read() {
    let text = "00000000  10 0d 00 04 4d 51 54 54  04 02 00 3c 00 01 61     ....MQTT ...<..a\n    \
                00000000  20 02 00 00                                         ...\n\
                0000000F  30 13 00 03 61 62 63 64  65 66 67 68 69 6a 6b 6c   0...abcd efghijkl\n\
                0000001F  6d 6e 6f 70 71                                     mnopq\n    \
                00000004  d0 00                                              ..\n";
    let publish = b"\x30\x13\0\x03abcdefghijklmnopq";
    let bytes = [PACKET, b"\x20\x02\0\0", publish, b"\xd0\0"].concat();
    assert_eq!(form(text), Ok((Form::Dump, bytes.clone())));
    // tshark
    let headed =
        format!("====\nFollow: tcp,hex\nNode 0: 10.0.0.1:50000\n{}====\n", text.replace("\n    ", "\n\t"));
    let reading = read(headed.as_bytes(), None).unwrap();
    assert_eq!((reading.bytes, reading.left_out), (bytes, 4));
    // A row is missing.
    assert!(form(&text.replace("00000004  d0", "00000006  d0")).is_err());
}

#[test]
fn numbers_with_names_are_not_bytes() {
    // The output of `socat -x`.
    let text = "> 2026/11/28 12:00:01.000123456  length=15 from=0 to=14\n \
                10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61\n--\n";
    let reading = read(text.as_bytes(), None).unwrap();
    assert_eq!((&*reading.bytes, reading.left_out), (PACKET, 2));
    assert_eq!(form("len=2 data=c000").map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
    assert_eq!(form("data=c000 len=2").map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
    is_refused("data=c000 len=10", "the line states more bytes");
    is_refused("data=c000 id=1234", "unclear");
    for text in ["length=15 from=0 to=14", "string(15) \"...\"", "timeout=24h", "x\"10\""] {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
    let logcat = "11-28 12:00:01.234  1234  5678 D Mqtt    : ";
    is_packet(
        &format!("{logcat}10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61"),
        Form::Log(Radix::Hexadecimal),
    );
    // ESP-IDF writes a level and milliseconds.
    let text = "I (12345) mqtt: 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61\nI (123999) mqtt: c0 00\n";
    assert_eq!(form(text), Ok((Form::Log(Radix::Hexadecimal), [PACKET, b"\xc0\0"].concat())));
}

/// Texts that people and tools write around each line are left out.
#[test]
fn no_byte_is_lost_beside_remarks_and_line_numbers() {
    let text = "10        # CONNECT\n0d        # length 13\n00 04 4d 51 54 54 # name\n04 02 00 3c // flags\n00 01 61";
    is_packet(text, Form::Log(Radix::Hexadecimal));
    is_refused("12:10 0d 00 04 4d 51 54 54\n13:04 02 00 3c 00 01 61\n", "unclear");
    is_packet("+10 0d 00 04 4d 51 54 54\n+04 02 00 3c 00 01 61\n", Form::Digits(Radix::Hexadecimal));
    is_refused("100d00044d515454...", "left out the rest");
    is_refused("RX: 10 0d 00 04 4d515454...", "left out the rest");
    is_refused("0001000000001101", "binary");
    // The addresses above a dump.
    for ends in ["10.0.0.1:50000 -> 10.0.0.2:1883", "me.example:50000 -> localhost:1883"] {
        let text = format!(
            "11/28-12:00:01.000000 {ends}\n10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61        ....MQTT...<..a\n"
        );
        is_packet(&text, Form::Log(Radix::Hexadecimal));
    }
}

/// Erlang's `$1` is a character, Pascal's is a number.
#[test]
fn the_meaning_of_a_dollar_is_not_guessed() {
    let as_number = |text: &str| read(text.as_bytes(), Some(Radix::Hexadecimal)).map(|reading| reading.bytes);
    let as_character = |text: &str| read(text.as_bytes(), Some(Radix::Decimal)).map(|reading| reading.bytes);
    for text in ["[$1, $a, $0]", "$1 $a $0", "$1,$a,$0"] {
        is_refused(text, "the character 1");
        assert_eq!(as_number(text), Ok(vec![1, 10, 0]), "{text}");
        assert_eq!(as_character(text), Ok(b"1a0".to_vec()), "{text}");
    }
    assert_eq!(form("[$1, $M]"), Ok((Form::Array(Radix::Decimal), b"1M".to_vec())));
    assert_eq!(form("[$1, $0d]"), Ok((Form::Array(Radix::Hexadecimal), vec![1, 13])));
    assert_eq!(form("<<$1, $a>>"), Ok((Form::Erlang, b"1a".to_vec())));
    is_refused("[$10, $M]", "not a byte");
}

#[test]
fn traces_of_curl_are_read() {
    let rows = "0000: 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61    ....MQTT...<..a\n";
    let text = format!(
        "== Info:   Trying 127.0.0.1:1883...\n=> Send header, 15 bytes (0xf)\n{rows}\
         <= Recv header, 1 bytes (0x1)\n0000: 20                                               \n\
         <= Recv header, 3 bytes (0x3)\n0000: 02 00 00                                        ...\n\
         == Info: mqtt_doing: state [0]\n"
    );
    let packets = [PACKET, b"\x20\x02\0\0"].concat();
    let reading = read(text.as_bytes(), None).unwrap();
    assert_eq!((reading.form, &*reading.bytes, reading.left_out), (Form::CurlTrace, &*packets, 2));
    let with_times = text.replace("=> Send", "12:00:01.234567 [0-0] => Send");
    assert_eq!(form(&with_times).map(|(_, bytes)| bytes), Ok(packets));
    // Two rows. The characters of a full row begin after one blank.
    is_packet(
        "=> Send data, 15 bytes (0xf)\r\n0000: 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61    ....MQTT...<..a\r\n",
        Form::CurlTrace,
    );
    let long = format!(
        "<= Recv data, 18 bytes (0x12)\n0000: 30 10 {} 61 62 0...abcdefghijab\n0010: 63 64                                           cd\n",
        "00 03 61 62 63 64 65 66 67 68 69 6a"
    );
    assert_eq!(form(&long), Ok((Form::CurlTrace, b"\x30\x10\0\x03abcdefghijabcd".to_vec())));
    // curl repeats the bytes of TLS after decryption.
    let encrypted = format!(
        "=> Send SSL data, 5 bytes (0x5)\n0000: 17 03 03 00 20\n=> Send data, 15 bytes (0xf)\n{rows}"
    );
    is_packet(&encrypted, Form::CurlTrace);
    is_refused("=> Send data, 15 bytes (0xf)\n0000: ....MQTT...<..a\n", "--trace-ascii");
    is_refused("=> Send data, 2 bytes (0x2)\n0000: de ad\n=> Send data, 9 bytes (0x9)\n", "9 more bytes");
    is_refused(&format!("=> Send data, 40 bytes (0x28)\n{rows}"), "16 bytes are expected");
    is_refused(
        &format!("=> Send data, 15 bytes (0xf)\n{}", rows.replace("0000:", "0010:")),
        "15 bytes are expected",
    );
}

#[test]
fn a_block_of_code_is_read_and_other_text_is_refused() {
    is_packet(
        "```text\n10 0d 00 04 4d 51 54 54\n04 02 00 3c 00 01 61\n```\n",
        Form::Digits(Radix::Hexadecimal),
    );
    is_refused("EA0ABE1RVFQEAgA8AAFh", "Base64");
    is_refused("hello", "not a hexadecimal digit");
}

#[test]
fn decimal_or_hexadecimal_is_not_guessed() {
    for text in [
        "50, 20, 1",
        "50 20 1",
        "48 5 0 1 97 49 50",
        "32 2 0 0",
        "0 1 0 0",
        "RX: 32 2 0 0",
        "[10 20]",
        "0x10, 20, 0",
    ] {
        is_refused(text, "use --decimal or --hex");
        let decimal = read(text.as_bytes(), Some(Radix::Decimal)).expect(text);
        let hexadecimal = read(text.as_bytes(), Some(Radix::Hexadecimal)).expect(text);
        assert_ne!(decimal.bytes, hexadecimal.bytes, "{text}");
    }
    assert_eq!(form("50, 203, 1"), Ok((Form::Digits(Radix::Decimal), vec![50, 203, 1])));
    let bad = read(b"50, 203, 1", Some(Radix::Hexadecimal)).unwrap_err();
    assert!(bad.what.contains("--decimal"), "{bad}");
    let bad = read(b"c0 00", Some(Radix::Decimal)).unwrap_err();
    assert!(bad.what.contains("--hex"), "{bad}");
    assert_eq!(form("5, 0, 1").map(|(_, bytes)| bytes), Ok(vec![5, 0, 1]));
    is_refused("200 0d 1", "one number can only be decimal, and another only hexadecimal");
    is_refused("300 1", "\"300\"");
}

#[test]
fn a_number_that_may_be_a_length_is_refused() {
    let packet = "10 0D 00 04 4D 51 54 54 04 02 00 3C 00 01 61";
    is_refused(&format!("RX 15 {packet}"), "unclear");
    // The bytes begin after a mark.
    let bytes = b"\x10\x09\x00\x04MQTT\x04\x02\x00".to_vec();
    let text = "RX: 10 09 00 04 4D 51 54 54 04 02 00";
    assert_eq!(form(text), Ok((Form::Log(Radix::Hexadecimal), bytes)));
}

#[test]
fn shortened_literals_are_refused() {
    is_refused("<<16,13,0,4,...>>", "left out the rest");
    is_refused("<Buffer 10 0d 00 ... 12 more bytes>", "left out the rest");
    is_refused("Uint8Array(200) [ 16, 13, 0, ... 100 more items ]", "left out the rest");
    is_refused("<<16, <<1, 2>>/binary>>", "a binary in a binary");
    is_refused("<<Len:16, 1>>, <<1:99999999999>>", "not supported");
    is_refused("\"\\x10\\u00e9\"", "beyond ASCII");
}

#[test]
fn prose_has_no_bytes() {
    for text in [
        "hello",
        "connected to 10.0.0.1 port 1883",
        "keep alive 60",
        "12:00:01 connected",
        "12:00:01 | RX | hello there",
        "mtu: 10 20\nlen: 20 30",
        "RX: 10 0d 0g 04 00 11 22 33",
        "| 10 0d 00 | 20 02 00 |",
        "{\"a\":\"10 0d\", \"b\": \"20 02\"}",
    ] {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
}

#[test]
fn hostile_dumps_are_refused() {
    for text in [
        "0000  00\n*\nffffffffffff  00\n",
        "0000  00\n*\n40000000  00\n",
        "0000  00\n*\nffffffffffffffff  00\n",
        "ffffffffffffffff  00\n*\n0000  00\n",
        "fffffffffffffff0  00\n*\nffffffffffffffff  00\n*\n0001  00\n",
        "0000  00\n*\n1000000  00\n*\n2000000  00\n",
        "*\n0000  00\n",
        "0000  00\n*\n*\n0010  00\n",
        "0000  00\n*\n",
        "ffffffffffffffff",
        "ffffffffffffffff:\n",
        "0000\n0001\n",
        "0000000\n*\n",
        "40000000  00\n40000001  00\n",
    ] {
        let bytes = read(text.as_bytes(), None).map_or(0, |reading| reading.bytes.len());
        assert!(bytes <= 16, "{text}: {bytes}");
    }
    let rows = "0000  00\n*\n10000  01\n";
    assert_eq!(read(rows.as_bytes(), None).map(|reading| reading.bytes.len()), Ok(0x10001));
    // The output of `od -A d -t x1`.
    let decimal = "0000000  10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61 c0\n0000016  00\n0000017\n";
    assert_eq!(form(decimal), Ok((Form::Dump, [PACKET, b"\xc0\0"].concat())));
}

#[test]
fn time_is_linear() {
    for piece in [
        "aa ",
        ": a ",
        "0x10, // a\n",
        "[",
        "12:00:01 ",
        "<<",
        "<<1",
        "(1,2) ",
        "[1 2] ",
        "{",
        "[1,",
        "'",
        "\"",
        "'\\'",
        "\"\\",
        "/*",
        "//",
        "(",
        "(byte",
        "|",
        "| 10 ",
        "aa  ",
        "61  ",
        "20  ",
        "20   ",
        "```a ",
        "{10}{0D}",
        "0x10",
        "db db ",
        "<10>a",
        "#10#20",
        "'a'",
        "<<1>>,",
        "01 ",
        "\\x10",
        "\\x10 ",
        "a=",
        "1:",
        "RX: 10 0d\n",
        "<b>10</b> ",
        "<b>10</b>\n",
        "<b>",
        "<br>",
        "[/b][b]",
        "{code}",
        "**10** ",
        "*10*",
        "**",
        "** 10\n",
        "12:00\n10 0d\n",
        "12:00\n",
        "a:\n> 10\n",
        "bin: 10, ",
        "data=c1:",
        "3 Jun 2025 ",
        "len=2 ",
        "hex:-",
        "hex:1",
        "hex:",
        "(:",
        "_ ",
        "'a' <repeats 2 times>, ",
        "1 <repeats 2 times>,",
        "{1, 2 <repeats 2 times>}\n",
        "\"hex\":\"c0:00\",",
        "{\"len\":2,\"hex\":\"c000\"}",
        "{\"len\":2,\"hex\":\"c000\"}\n",
        "<<\"c000\">> ",
        "c000 a ",
        "RX: 10 0d ",
        "0000  00\n",
        "0000: 00\n*\n",
        "\n",
        "\"10 0d\" ",
        "\"10 0d\":",
        "b'a' ",
        "x 10 0d (",
        "<Buffer ",
        "<10 0d>",
        "16#",
        "10 ",
        "5, ",
        "$",
        "00000000  00\n    00000000  00\n",
        "12:10 ",
        "12:10 0d 00\n",
        "10 # a\n",
        "+10 ",
        "a.b:10 ",
        "a.b.",
        "00...",
        "x db 1 ",
        "x db 1,1 1,",
        "db 0x1,",
        "$a=\"\\20\" ",
        "f(1, \"\\20\") = ",
        "1, \"\\20\" ",
        "11-28 12:00:01.5 1 2 D a: 10 0d\n",
        "db 1,1,1\n",
        "db ",
        "defb 1 ",
        "I (1) a: 10 0d\n",
        "\"\\20\" ",
        "\"\\20\"    ",
        "\\1",
        "a=10 ",
        "00000000 10 10\n",
        "$1 ",
        "$10,",
        "&H1 ",
        "10h ",
        "=> Send data, 1 bytes (0x1)\n0000: 00\n",
        "<= Recv data, 0 bytes (0x0)\n",
        "=> Send ",
        "12:00:01.5 RX 10 0d\n",
        "a:b:",
        "\u{1b}[",
        "é",
        "[ 1, 'a', (byte) 2 ] ",
        "<<\"a\">>,",
        "// <<1>>\n",
        "0",
        "0x",
        ".",
        "1.1.1.1 ",
        "-1 ",
        "1 -1 ",
        "12:00:01 -> 4\n",
        "a,b,10 ",
        "\\x1010 ",
        "```\n",
        "0x0000: 00\nx\n",
        "00000000: 00000000  ....\n",
        "|00000000| c0 00 |.. |\n",
        "|00000000| c0 00 |.. |",
        "│00000000│ c0 00 ┊ ",
        " | 00000  c0 00  ..  |\n",
        "[0] = 1 ",
        "0: 1,",
        "\"0\": 1,",
        "- 16\n",
        "!!binary wAA=\n",
        "!!binary ",
        "!!binary |\n  wAA=\n",
        ";base64,",
        "#$10",
        "#1 ",
        "#$10 'a' + ",
        "# ",
        "['10','0d'],",
        "['10',",
        "ffffffc0 1 ",
        "ffffffc0\n",
        "dw 0x10 ",
        ".word ",
        "... ",
        "10… ",
        "10 0d ... ",
        "1\t10 0d\n",
        "1. a\n",
        "> 10\n",
        "> > ",
        "~~~\n10\n",
        "`10` ",
        "“10” ",
        "10\u{a0}",
        "<10>",
        "<DLE>",
        "a[1234]:10 ",
        "Jan  2 12:00:00 a ",
        "[1, buffer: ArrayBuffer(",
        "{1 'a', ",
        "{1 '",
        "\"\\\\x10",
        "'\\x1010' ",
        "(a[",
        "10\t90\n",
        "10   1",
        "0000 - 10 0d\n",
        "0x1000 <a+1>:\t0x10\n",
        "0x1000 <",
        "00000000: c000 c000 ",
        "0b1 ",
        ":10000000",
        "12 more bytes ",
        "33  33  ",
        "0x10000: 00\n",
        "a 0000  00\n",
        "RX 0x10000  00\n0x0000  00\n",
        "a 0000  00 ",
        "mqtt_1 ",
        "{'\\'',",
        "b'\\0a'\n",
        "[1,2]\n\"a\"\n",
        "000000 001  \\0 ",
        "000000 001  \\0\n",
        "│00000000│ 00 │",
        "10-0d-",
        "[1,2]\n10 0d 00\n",
        "<<1>>\n0: 16, 1: 13\n",
        "Sending PUBLISH ",
        "Sending PUBLISH 10 0d\n",
        "byte: 0x1\ndata: 10 0d\n",
        "a: 1 b: 10 0d\n",
        "c[1,2]  ",
        "RX: 10 0d  c[1,2]\n",
        "~~~10",
        "```\n\"\\x10\"\n",
    ] {
        is_linear(piece, |len| piece.repeat(len / piece.len()), |text| read(text.as_bytes(), None));
    }
}

/// Panics if a text of four times the length twice takes much more than four times the processor time. Quadratic code would take
/// sixteen times. The message has the piece that the text repeats.
fn is_linear<T>(piece: &str, text: impl Fn(usize) -> String, run: impl Fn(&str) -> T) {
    const LEN: usize = 8_000;
    let texts = [LEN, 4 * LEN].map(text);
    let time = |text: &String| {
        let started = cpu_time::ThreadTime::now();
        let _ = std::hint::black_box(run(text));
        started.elapsed()
    };
    let slack = std::time::Duration::from_millis(4);
    let too_long = || Some(texts.each_ref().map(time)).filter(|[short, long]| *long >= 9 * *short + slack);
    if let (Some(first), Some(second)) = (too_long(), too_long()) {
        panic!("{piece:?}: {first:?}, {second:?}");
    }
}

/// Each of many words must be sought among many bytes, or each of many numbers can begin the same long packet. Such a text is refused
/// after a number of steps that grows with its length only.
#[test]
fn the_search_for_packets_beside_the_bytes_has_a_limit() {
    let payload: String =
        [&[b'x'; 5_000], &b"UAIAAg"[..]].concat().iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = format!("RX: {payload} {}\n", "UAIAAg ".repeat(1_000));
    let long_packet = format!("{}{}\n", "(30ff7f00) ".repeat(1_000), "c000".repeat(10_000));
    for text in [shown, format!("[192, 0]\n{long_packet}")] {
        let refused = form(&text).expect_err("a packet is not read");
        assert!(refused.contains("too many numbers and words can be packets"), "{:.20}: {refused}", text);
    }
}

/// A long beginning of a line is read once, and not again for each of the next words.
#[test]
fn the_time_for_numbers_is_linear_after_a_long_beginning() {
    for (beginning, piece) in [(" ", "1) "), (",", "\\"), (" ", "\\")] {
        let text = |len: usize| [beginning, piece].map(|part| part.repeat(len / part.len())).concat();
        is_linear(&[beginning, piece].concat(), text, |line| runs::numbers(line).len());
    }
}
