//! Tests of text from web pages, mails and chats.

use super::*;

const HEX: &str = "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61";
const ROWS: &str = "00000000: 100d 0004 4d51 5454 0402 003c 0001 61    ....MQTT...<..a\n";

#[test]
fn typographic_characters_are_read_as_plain_ones() {
    for blank in ['\u{a0}', '\u{2009}', '\u{202f}', '\u{3000}'] {
        is_packet(&HEX.replace(' ', &blank.to_string()), Form::Digits(Radix::Hexadecimal));
        is_packet(&ROWS.replace(' ', &blank.to_string()), Form::Dump);
    }
    for dash in ['–', '‑', '−'] {
        is_packet(&HEX.replace(' ', &dash.to_string()), Form::Digits(Radix::Hexadecimal));
    }
    is_packet("“\\x10\\r\\x00\\x04MQTT\\x04\\x02\\x00<\\x00\\x01a”", Form::String);
    is_packet("{ ‘payload’: ‘100d00044d5154540402003c000161’ }", Form::QuotedDigits);
    // In a string they are bytes.
    let string = "\"\\x10–\u{a0}“\"";
    assert_eq!(form(string), Ok((Form::String, "\x10–\u{a0}“".as_bytes().to_vec())));
    assert_eq!(form("<<16,\"–\">>"), Ok((Form::Erlang, "\x10–".as_bytes().to_vec())));
    assert_eq!(form("#$10#4'–'"), Ok((Form::String, "\x10\x04–".as_bytes().to_vec())));
}

#[test]
fn marks_of_quotations_and_of_code_are_left_out() {
    for text in [
        ROWS,
        &format!("{ROWS}\n"),
        "0000   10 0d 00 04 4d 51 54 54   ....MQTT\n0008   04 02 00 3c 00 01 61      ...<..a\n",
    ] {
        for mark in ["> ", ">", ">> ", "> > "] {
            let quoted: String = text.lines().map(|line| format!("{mark}{line}\n")).collect();
            is_packet(&quoted, Form::Dump);
        }
    }
    is_packet(&format!("> {HEX}\n"), Form::Digits(Radix::Hexadecimal));
    is_packet(&format!("`{HEX}`"), Form::Digits(Radix::Hexadecimal));
    is_packet(&format!("~~~\n{HEX}\n~~~\n"), Form::Digits(Radix::Hexadecimal));
}

#[test]
fn text_around_a_block_of_code_is_left_out() {
    let before = "The client sends this packet:\n\n```\n";
    let after = "```\n\nand the broker closes the connection.\n";
    is_packet(&format!("{before}{HEX}\n{after}"), Form::Digits(Radix::Hexadecimal));
    is_packet(&format!("{before}{ROWS}{after}"), Form::Dump);
    // More than one block, and bytes outside of the block.
    let text = format!("{before}{HEX}\n{after}{before}c0 00\n{after}");
    assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok([PACKET, b"\xc0\0"].concat()));
    let text = format!("payload: d0 00 d0 00\n{before}{HEX}\n{after}");
    assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok([b"\xd0\0\xd0\0", PACKET].concat()));
}

/// Text outside of a block can have a packet in any form.
#[test]
fn no_packet_is_lost_outside_of_a_block() {
    for inside in [HEX, ROWS, r"b'\x10\r\x00\x04MQTT\x04\x02\x00<\x00\x01a'"] {
        for outside in [
            r#"The broker sends "\x50\x02\x00\x02"."#,
            r"b'P\x02\x00\x02'",
            "{80, 2, 0, 2}",
            "[32, 2, 0, 9]",
            "<<32,2,0,9>> from it",
            "<<80,2,0,2>>",
            "80\n2\n0\n2",
            "UAIAAg==",
            "%50%02%00%02",
            "0x50,0x02,0x00,0x02 and so on",
            "P^B^@^B",
            "P<STX><NUL><STX>",
        ] {
            for text in [
                format!("{outside}\n```\n{inside}\n```\n"),
                format!("```\n{inside}\n```\nthen:\n{outside}\n"),
            ] {
                let bytes = form(&text).map_or(Vec::new(), |(_, bytes)| bytes);
                assert!(bytes.is_empty() || bytes.len() == PACKET.len() + 4, "{text}: {bytes:02x?}");
            }
        }
    }
    // The text stands beside the marks of the block.
    for (before, after) in [("50 02 00 02 ", ""), ("", " 50 02 00 02"), ("", ", then [80, 2, 0, 2]")] {
        for mark in ["```", "~~~"] {
            let text = format!("{before}{mark}\n{HEX}\n{mark}{after}\n");
            let bytes = form(&text).map_or(Vec::new(), |(_, bytes)| bytes);
            assert!(bytes.is_empty() || bytes.len() == PACKET.len() + 4, "{text}: {bytes:02x?}");
        }
    }
    let both = format!("~~~ [80, 2, 0, 2] ```\n{HEX}\n```\n");
    assert!(form(&both).is_err());
    // The text around the block has numbers, but no packet.
    for outside in
        ["rc=5 (1)", "The keep alive is 60, and 10.0.0.1:1883 is the broker.", "16 bytes at 12:00:01:"]
    {
        let text = format!("{outside}\n```\n{HEX}\n```\n{outside}\n");
        is_packet(&text, Form::Digits(Radix::Hexadecimal));
    }
}

/// A diff is read if all its lines are of one side. In a list of decimal numbers, `-` is a sign.
#[test]
fn marks_of_a_diff_are_left_out() {
    let hex = Form::Digits(Radix::Hexadecimal);
    let (first, second) = HEX.split_at("10 0d 00 04 4d 51 ".len());
    for text in [
        &format!("+{HEX}\n"),
        &format!("-{HEX}\n"),
        &format!("+{first}\n+{second}\n"),
        &format!("@@ -1,2 +1,2 @@\n {first}\n+{second}\n"),
        &format!("@@ -1,2 +1,2 @@ packet\n-{first}\n-{second}\n\\ No newline at end of file\n"),
        &format!(
            "diff --git a/x b/x\nindex 12..34 100644\n--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+{first}\n+{second}\n"
        ),
    ] {
        is_packet(text, hex);
    }
    let rows: String = ROWS.lines().map(|line| format!("+{line}\n")).collect();
    is_packet(&rows, Form::Dump);
    for text in [&format!("-{first}\n+{first}\n"), &format!("@@ -1,2 +1,2 @@\n-{HEX}\n+{HEX}\n")] {
        assert!(
            form(text).is_err_and(|what| what.contains("this is a diff with lines of both sides")),
            "{text}"
        );
    }
    assert_eq!(form("-64\n-1\n16\n"), Ok((Form::Digits(Radix::Decimal), b"\xc0\xff\x10".to_vec())));
    assert_eq!(form("-64 16\n-1 7\n"), Ok((Form::Digits(Radix::Decimal), b"\xc0\x10\xff\x07".to_vec())));
}

/// Chats write the marks of a block beside its text.
#[test]
fn marks_of_a_block_beside_the_bytes_are_left_out() {
    let (first, second) = HEX.split_at("10 0d 00 04 4d 51 ".len());
    for text in [
        format!("```{HEX}```"),
        format!("```{HEX}\n```"),
        format!("```\n{HEX}```\n"),
        format!("```{first}\n{second}```\n"),
        format!("The client sends ```{HEX}```\n"),
        format!("~~~{first}\n{second}~~~\n"),
    ] {
        assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok(PACKET.to_vec()), "{text}");
    }
    assert_eq!(form("```c000```").map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
    is_packet(&format!("```hex\n{HEX}\n```\n"), Form::Digits(Radix::Hexadecimal));
}

#[test]
fn a_text_that_is_left_out_as_a_whole_is_refused() {
    for text in ["```\n```\n", "hello\n```\n```\n"] {
        assert!(form(text).is_err(), "{text}");
    }
    assert_eq!(form(" \n").map(|(_, bytes)| bytes), Ok(Vec::new()));
}
