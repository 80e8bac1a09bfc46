//! Tests of posts that quote mails, logs and web pages.

use super::*;

const HEX: &str = "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61";
const ROWS: &str = "10 0d 00 04 4d 51 54 54\n04 02 00 3c 00 01 61\n";

#[track_caller]
fn has(text: &str, packets: &[&[u8]]) {
    assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(packets.concat()), "{text}");
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}\n")).collect()
}

/// The heading of a mail has a date and a time. The numbers of the date are no bytes.
#[test]
fn the_heading_of_a_quoted_mail_is_left_out() {
    for heading in [
        "On Tue, 3 Jun 2025 at 10:12, Bob wrote:",
        "On Tue, Jun 3, 2025 at 10:12 AM Bob Smith <bob@example.org> wrote:",
        "On 2025-06-03 10:12, Bob wrote:",
        "On 03/06/2025 10:12, Bob via list wrote:",
        "On Tue, 3 Jun 2025 10:12:01 +0200\nBob <bob@example.org> wrote:",
        "Bob wrote on 3 Jun 2025 at 20:02:",
        "Am 03.06.25 um 10:12 schrieb Bob:",
        "Le mar. 3 juin 2025 à 10:12, Bob <bob@example.org> a écrit :",
        "@bob commented on Jun 3rd, 2025:",
        "Bob wrote:",
    ] {
        has(&format!("{heading}\n{ROWS}"), &[PACKET]);
        has(&format!("{heading}\n{}", quoted(ROWS)), &[PACKET]);
        let mail = quoted(&format!("Hello,\nmy client sends this:\n\n{ROWS}\nand nothing more.\n"));
        has(&format!("{heading}\n{mail}"), &[PACKET]);
        has(&format!("Hi Bob,\nI see no fault.\n\n{heading}\n{mail}\nRegards,\nAnn\n"), &[PACKET]);
        has(&format!("{heading}\n{}\nI get\n20 02 00 05\n", quoted(HEX)), &[PACKET, b"\x20\x02\0\x05"]);
    }
    let headers =
        "From: Bob <bob@example.org>\nSent: Tuesday, June 3, 2025 10:12 AM\nSubject: CONNECT refused\n";
    has(&format!("{headers}\n{ROWS}"), &[PACKET]);
    // Without a heading, prose shows that the lines are a quotation.
    has(&format!("{}\nWhich broker is it?\n", quoted(&format!("I send\n{ROWS}"))), &[PACKET]);
}

/// A line that looks like a heading can have a part of a packet.
#[test]
fn no_packet_is_lost_in_a_heading() {
    for heading in [
        "On 3 Jun 2025 at 10:12, Bob wrote c0 00:",
        "On 3 Jun 2025 at 10:12, Bob wrote 20 02 00 05:",
        "On 3 Jun 2025 at 10:12, Bob wrote 20020005:",
        "On 3 Jun 2025 at 10:12, Bob wrote [80, 2, 0, 2]:",
        "On 3 Jun 2025 at 10:12, Bob wrote wAA=:",
        "Bob wrote 10 20 12:00:",
        "20:02:00:05 on 3 Jun 2025:",
        "On 3 Jun 2025, Bob got 20:02 00:05:",
    ] {
        for rows in [ROWS.to_owned(), quoted(ROWS)] {
            let bytes = form(&format!("{heading}\n{rows}")).map_or(Vec::new(), |(_, bytes)| bytes);
            assert_ne!(bytes, PACKET, "{heading}");
        }
    }
    // These are directions.
    has(&format!("Log:\n> {HEX}\n< 20 02 00 05\nTook 20 ms.\n"), &[PACKET, b"\x20\x02\0\x05"]);
}

#[test]
fn a_time_above_the_bytes_is_left_out() {
    for time in [
        "12:03:44.120",
        "12:03:44,120",
        "12:03:44.12",
        "12:03:44",
        "[12:03:44]",
        "(12:03:44)",
        "12:03:44 PM",
        "12:03",
        "20:02:00.120",
    ] {
        for bytes in [HEX, ROWS, &HEX.replace(' ', ""), &HEX.replace(' ', ", ").to_uppercase()] {
            has(&format!("{time}\n{bytes}\n"), &[PACKET]);
            has(&format!("{time}\n{bytes}\n{time}\nd0 00\n"), &[PACKET, b"\xd0\0"]);
            has(
                &format!("This is my log:\n{time}\n{bytes}\n{time}\nd0 00\nand no more.\n"),
                &[PACKET, b"\xd0\0"],
            );
        }
    }
    has("20:02:00\nc0 00\n20:02:01\nd0 00\n", &[b"\xc0\0\xd0\0"]);
}

/// `20:02:00` can be the beginning of a CONNACK.
#[test]
fn bytes_with_colons_are_no_time() {
    for text in [
        "c0 00\n20:02:00\nc0 00\n",
        "20:02:00\nc0 00\n",
        "c0 00\n12:03:44\n",
        "c0:00\n12:03:44\nc0:00\n",
        "30:0b:00:03:61:2f:62:61\n12:03:44\n30:31\n",
        "c0 00\n20:02:01\n20:02:00\nd0 00\n",
    ] {
        let bytes = form(text).map_or(Vec::new(), |(_, bytes)| bytes);
        let without: Vec<_> =
            text.lines().filter(|line| !line.contains("20:0") && !line.contains("12:03")).collect();
        let lost = form(&without.join("\n")).map_or(Vec::new(), |(_, bytes)| bytes);
        assert!(bytes.is_empty() || bytes != lost, "{text}: {bytes:02x?}");
    }
    has("0:16\n1:192\n", &[b"\x10\xc0"]);
    // The time would be the beginning of a CONNACK.
    for text in [
        "20:02\n$1 = {0x1, 0x0}\n",
        "20:02\n$1 = {0x1, 0x0}\nlen: 15\n$1 = {0xc0, 0x0}\n",
        "[20:02]\n01 00\n",
    ] {
        let bytes = form(text).map_or(Vec::new(), |(_, bytes)| bytes);
        assert!(!bytes.starts_with(b"\x20"), "{text}: {bytes:02x?}");
    }
    has("30:0c:00:03:61:2f:62:61\n12:03:44\n30:31:32\n", &[b"\x30\x0c\0\x03a/ba\x12\x03D012"]);
}

/// The bytes stand between a label and the label of the next value.
#[test]
fn bytes_between_labels_are_read() {
    let joined = HEX.replace(' ', "").to_uppercase();
    let line = |bytes: &str, len: usize| {
        format!(
            "2025-06-03T10:12:01.889009+08:00 [debug] msg: raw_bin_received, mfa: conn:when_bytes_in/3, line: 740, \
             peername: 127.0.0.1:62119, clientid: 12ab, bin: {bytes}, size: {len}, type: hex\n"
        )
    };
    let other = "2025-06-03T10:12:01.889361+08:00 [debug] msg: packet_received, line: 356, clientid: 12ab, packet: \
                 CONNECT(Q0, R0, D0, ProtoVsn=4, KeepAlive=60), tag: MQTT\n";
    has(&line(&joined, 15), &[PACKET]);
    has(&line(&joined, 30), &[PACKET]);
    has(&line("C000", 2), &[b"\xc0\0"]);
    has(&format!("{}{other}{}", line(&joined, 15), line("C000", 2)), &[PACKET, b"\xc0\0"]);
    has(&format!("I see this:\n{}{}Why?\n", line(&joined, 15), line("C100", 2)), &[PACKET, b"\xc1\0"]);
    has(&format!("tx: data: {HEX}, from: a\n"), &[PACKET]);
    // Bytes are missing.
    for text in [line(&joined, 120), line(&joined[..28], 15), line("C000", 15)] {
        assert!(form(&text).is_err(), "{text}");
        assert!(form(&format!("{}{text}", line(&joined, 15))).is_err(), "{text}");
    }
    // The comma after a value does not show that the numbers are a list, in which a number can have one digit.
    let rows = "30 11 00 03 61 2f 62 3c\n62 3e 63 30 20 30 30 3c\n2f 2 3e\n";
    assert!(form(&format!("{}{rows}", line("C000", 2))).is_err());
    // The bytes of one of the lines have another label.
    for other in ["hex: C100, size: 2", "data: 20020009", "\"hex\":\"c1:00\"", "raw=C100"] {
        let bytes = form(&format!("{}{other}\n", line(&joined, 15))).map_or(Vec::new(), |(_, bytes)| bytes);
        assert_ne!(bytes, PACKET, "{other}");
        is_refused(&format!("{other}\n<<192, 0>>\n"), "this line has a packet in another form");
    }
}

#[test]
fn the_length_beside_the_bytes_is_no_byte() {
    for length in
        ["Length:0x0f", "Length: 0x0f", "Length: 15", "len=15", "rx_len=0x0F", "byteLength:15", "size: 15"]
    {
        has(&format!("{length}\n{HEX}\n"), &[PACKET]);
        has(&format!("{length} {HEX}\n"), &[PACKET]);
        has(&format!("RX: {length} {HEX}\n"), &[PACKET]);
        has(&format!("{length}, data: {HEX}\nnext\n"), &[PACKET]);
        has(&format!("{length}\n{HEX}\nLength:0x04\n20 02 00 05\n"), &[PACKET, b"\x20\x02\0\x05"]);
    }
    let zephyr = "[00:00:03.271,000] <dbg> mqtt_dec.packet_length: (Thread): length:0x00000002\n";
    has(
        &format!("{zephyr}[00:00:03.272,000] <dbg> app: rx\n       20 02 00 05    | ...\n"),
        &[b"\x20\x02\0\x05"],
    );
    // The first packet was cut off. Without the length, the second packet would be its end.
    let cut = "D: Length:0x13 data: 30 11 00 03 61 2f 62 3c 62 3e 63 30 20 30\nD: Length:0x05 data: 90 03 00 01 00\n";
    assert!(form(cut).is_err());
    // These are bytes.
    for text in ["length: c000\n20 02 00 05\n", "size: 20020005\nc0 00\n"] {
        let bytes = form(text).map_or(Vec::new(), |(_, bytes)| bytes);
        assert!(bytes.is_empty() || bytes.len() == 6, "{text}: {bytes:02x?}");
    }
}

const DUMP: &str = "00000000: 100d 0004 4d51 5454 0402 003c 0001 61    ....MQTT...<..a\n";

#[test]
fn marks_of_web_pages_are_left_out() {
    for (open, close) in [
        ("<code>", "</code>"),
        ("<pre>", "</pre>"),
        ("<PRE>", "</PRE>"),
        ("<pre class=\"lang-none\"><code>", "</code></pre>"),
        ("[code]", "[/code]"),
        ("[code=hex]", "[/code]"),
        ("{code}", "{code}"),
        ("<b>", "</b>"),
        ("[b]", "[/b]"),
        ("<blockquote>", "</blockquote>"),
        ("**", "**"),
        ("`", "`"),
        ("``", "``"),
    ] {
        let answer = "20 02 00 05";
        let both: &[&[u8]] = &[PACKET, b"\x20\x02\0\x05"];
        has(&format!("{open}{HEX}{close}\n"), &[PACKET]);
        has(&format!("{open}\n{ROWS}{close}\n"), &[PACKET]);
        has(&format!("{open}{}{close}\n", ROWS.trim_end()), &[PACKET]);
        has(&format!("{open}{}{close}\n", DUMP.trim_end()), &[PACKET]);
        has(&format!("{open}RX: {HEX}\nTX: {answer}{close}\n"), both);
        has(&format!("I send\n{open}{HEX}{close}\nand get\n{open}{answer}{close}\nIs it right?\n"), both);
        has(
            &format!("I send\n{open}\n{ROWS}{close}\nand get\n{open}\n{answer}\n{close}\nIs it right?\n"),
            both,
        );
        has(&format!("I send {open}{HEX}{close} and get {open}{answer}{close}.\n"), both);
    }
    let (first, second) = HEX.split_at("10 0d 00 04 4d 51 54 54 ".len());
    for text in [
        "**10 0d** 00 04 4d 51 *54* 54 04 02 00 3c 00 01 61\n",
        "10 <b>0d</b> 00 04 4d 51 54 54 04 02 00 3c 00 01 61\n",
        &format!("{first}<br>\n{second}<br/>\n"),
        &format!("{}<br>{second}\n", first.trim_end()),
        &format!("<p>I send</p>\n<pre>{HEX}</pre>\n<p>only.</p>\n"),
        &format!("**Client:** `{HEX}`\n"),
    ] {
        has(text, &[PACKET]);
    }
}

/// A column of characters and a string can have the characters of marks.
#[test]
fn marks_among_the_bytes_stay() {
    let bold: &[u8] = b"0\x0b\0\x01a<b>90</b>";
    let bold = &[&bold[..1], &[0x0c], &bold[2..]].concat();
    let stars: &[u8] = b"0\x0b\0\x01a**c000**";
    for packet in [bold, stars, b"0\x0a\0\x01a`c000`1", b"0\x0d\0\x01a<br>c0<br>", b"0\x09\0\x01a*c000*"] {
        let pairs: Vec<_> = packet.iter().map(|byte| format!("{byte:02x}")).collect();
        let dots: String =
            packet.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
        let digits = pairs.concat();
        let mut second = String::new();
        for (pairs, dots) in pairs.chunks(5).zip(dots.as_bytes().chunks(5)) {
            second += &format!("{:<15} {}\n", pairs.join(" "), String::from_utf8_lossy(dots));
        }
        for text in [
            format!("00000000  {:<47}  |{dots}|\n", pairs.join(" ")),
            format!("00000000: {:<47}  {dots}\n", pairs.join(" ")),
            format!("{}  {dots}\n", pairs.join(" ")),
            format!("{} {dots}\n", pairs.join(" ")),
            format!("{} {}\n{} {}\n", pairs[..5].join(" "), &dots[..5], pairs[5..].join(" "), &dots[5..]),
            second,
            format!("b'{}'\n", packet.escape_ascii()),
            format!("<pre>00000000  {:<47}  |{dots}|</pre>\n", pairs.join(" ")),
            format!("**{digits}**\n"),
        ] {
            if let Ok((_, bytes)) = form(&text) {
                assert!(bytes == packet || !unread::are_frames(&bytes), "{text}: {bytes:02x?}");
            }
        }
    }
    // Packets beside the marks are not lost.
    for text in [
        "<b>c0 00</b>\n<<208, 0>>\n",
        "I get <b>c1 00</b>, then\n<<208, 0>>\n",
        "I get **c1 00**, then\n<<208, 0>>\n",
        "<pre>c1 00</pre>\n<<208, 0>>\n",
    ] {
        assert!(form(text).is_err(), "{text}");
    }
    has("{0xd0, 0x00 /*c0*/};\n", &[b"\xd0\0"]);
    for text in ["<pre>\nc0 00\n</code>\nd0 00\n</pre>\n", "[b] 20 02 00 05\n"] {
        let bytes = form(text).map_or(Vec::new(), |(_, bytes)| bytes);
        assert!(bytes.is_empty() || bytes.len() > 3, "{text}: {bytes:02x?}");
    }
}

/// gdb writes a value once, if at least ten neighbours are equal.
#[test]
fn repeated_values_of_gdb_are_read() {
    let zeros = [b"\x30\x13\0\x01a", &[0; 16][..]].concat();
    let text = [b"\x30\x13\0\x01a".as_slice(), &[b'x'; 15], b"y"].concat();
    for (value, packet) in [
        ("\"0\\023\\000\\001a\", '\\000' <repeats 16 times>", &zeros),
        ("{0x30, 0x13, 0x0, 0x1, 0x61, 0x0 <repeats 16 times>}", &zeros),
        ("{48, 19, 0, 1, 97, 0 <repeats 16 times>}", &zeros),
        ("{48 '0', 19 '\\023', 0 '\\000', 1 '\\001', 97 'a', 0 '\\000' <repeats 16 times>}", &zeros),
        ("\"0\\023\\000\\001a\", 'x' <repeats 15 times>, \"y\"", &text),
    ] {
        has(&format!("$1 = {value}\n"), &[packet]);
        has(&format!("(gdb) p buf\n$1 = {value}\n(gdb) p other\n$2 = {value}\n"), &[packet, packet]);
        has(&format!("(gdb) p *msg\n$1 = {{buf = {value}, len = 21}}\n"), &[packet]);
        // The value was cut off, or the number is unknown.
        let end = if value.ends_with('}') { "}" } else { "" };
        let value = value.strip_suffix('}').unwrap_or(value);
        for text in [
            format!("$1 = {value}...{end}\n"),
            format!("$1 = {}{end}\n", value.replace("times>", "")),
            format!("$1 = {}{end}\n", value.replace("repeats 1", "repeats x")),
            format!("$1 = {}{end}\n", value.replace("repeats 1", "repeats 99999999999999999")),
            format!("$1 = {}{end}\n", value.replace("repeats 1", "repeats 4444444")),
        ] {
            assert!(form(&text).is_err(), "{text}");
        }
    }
    // The bytes before the repeated value are not lost.
    for text in [
        "$1 = \"\\300\", '\\000' <repeats 11 times>, \"\\300\"\n",
        "$1 = 'x' <repeats 11 times>, \"\\300\\000\"\n",
    ] {
        assert_eq!(form(text).map(|(_, bytes)| bytes.len()), Ok(13), "{text}");
    }
}

/// The keys of an object tell which string has the bytes, and how many bytes there are.
#[test]
fn bytes_beside_their_length_in_an_object_are_read() {
    let joined = HEX.replace(' ', "");
    let other = format!("0x{}", HEX.replace(' ', " 0x"));
    for hex in [HEX, &joined, &HEX.replace(' ', ":"), &HEX.replace(' ', "-"), &format!("0x{joined}"), &other]
    {
        for length in
            ["\"len\": 15", "\"length\":15", "\"size\":\"15\"", "\"n\":15", "\"payloadLen\":7", "\"len\":30"]
        {
            has(&format!("{{{length}, \"hex\": \"{hex}\"}}\n"), &[PACKET]);
            has(&format!("{{\"t\":12.5,\"dir\":\"tx\",\"hex\":\"{hex}\",{length}}}\n"), &[PACKET]);
            has(
                &format!("{{\"id\":\"a1b2\",{length},\"hex\":\"{hex}\"}}\n{{\"len\":2,\"hex\":\"c0 00\"}}\n"),
                &[PACKET, b"\xc0\0"],
            );
        }
        // Bytes are missing, or it is unclear which string has them.
        for text in [
            format!("{{\"len\": 150, \"hex\": \"{hex}\"}}\n"),
            format!("{{\"hex\": \"{hex}\", \"size\": 16}}\n"),
            format!("{{\"len\": 15, \"hex\": \"{hex}\", \"data\": \"c000\"}}\n"),
            format!("{{\"len\": 15, \"hex\": \"{hex}\"}}\n{{\"len\": 15, \"hex\": \"c000\"}}\n"),
            format!("{{\"len\": 15, \"hex\": \"{hex}\", \"id\": \"c000\"}}\n"),
        ] {
            assert!(form(&text).is_err(), "{text}");
        }
    }
    has("[{\"len\":2,\"hex\":\"c000\"},{\"len\":2,\"hex\":\"d000\"}]\n", &[b"\xc0\0\xd0\0"]);
    // An address is no string of bytes.
    has("{\"mac\":\"40:02:ac:10:00:0b\",\"hex\":\"c0:00\"}\n", &[b"\xc0\0"]);
}

#[test]
fn digits_in_a_binary_of_erlang_are_read() {
    let joined = HEX.replace(' ', "").to_uppercase();
    has(&format!("received_prefix => <<\"{joined}\">>\n"), &[PACKET]);
    has(
        &format!("reason: malformed, bin: <<\"{joined}\">>, size: 15\nbin: <<\"C100\">>\n"),
        &[PACKET, b"\xc1\0"],
    );
    // The characters can be a packet themselves.
    let characters = format!("<<\"10000{}\">>\n", "0".repeat(45));
    assert_eq!(form(&characters).map(|(form, bytes)| (form, bytes.len())), Ok((Form::Erlang, 50)));
    let mixed = form(&format!("<<\"{joined}\">>\n<<192,0>>\n")).map_or(Vec::new(), |(_, bytes)| bytes);
    assert_eq!(mixed.len(), 32);
}

#[test]
fn a_word_of_prose_can_be_a_packet() {
    let joined = HEX.replace(' ', "");
    for text in [
        format!("12:00:01.123 CMD: SerialSend5 {joined}\n"),
        format!("The client sends {joined}, I think.\n"),
        format!("Is ({joined}) a CONNECT?\n"),
    ] {
        has(&text, &[PACKET]);
        has(&format!("{text}and then\nd0 00\n"), &[PACKET, b"\xd0\0"]);
    }
    for other in [&joined[..28], "8212000100", "100c0004", "3003000161", &format!("{joined}0")] {
        for text in
            [format!("The client sends {joined}, then {other}.\n"), format!("d0 00\nthen {other} comes\n")]
        {
            let bytes = form(&text).map_or(Vec::new(), |(_, bytes)| bytes);
            assert!(bytes != PACKET && bytes != b"\xd0\0", "{text}");
        }
    }
}

/// A digit of the second packet was mistyped or lost. The first packet alone would be "all fine".
#[test]
fn no_packet_with_a_wrong_digit_is_lost_beside_a_packet_of_the_same_form() {
    for (good, bad) in [
        ("{\"len\":2,\"hex\":\"c000\"}", "{\"len\":13,\"hex\":\"300b0001`12a2a633030302a2a\"}"),
        ("{\"len\":2,\"hex\":\"c000\"}", "{\"hex\":\"x0 03 00 01 00\",\"len\":5}"),
        ("{\"len\":2,\"hex\":\"c0:00\"}", "{\"len\":2,\"hex\":\"c1:OO\"}"),
        ("RESULT = {\"Received\":\"C000\"}", "RESULT = {\"Received\":\"2002zz00\"}"),
        ("RESULT = {\"Received\":\"C000\"}", "RESULT = {\"Received\":\"2002"),
        ("a: b, bin: C000, size: 2", "a: b, bin: 0020000, size: 4"),
        ("a: b, bin: C000, size: 2", "a: b, bin: 301300016100000000000000000000000000000, size: 21"),
        ("a: b, bin: C000, size: 2", "a: b, bin: 300b0001`12a2a633030302a2a, size: 13"),
        ("Send5 30070003612f626869", "Send5 100d000`4d5154540402003c000161"),
        ("Send5 30070003612f626869", "Send5 O00d00044d5154540402003c000161"),
        ("Send5 30070003612f626869", "Send5 100d00044d5154540402003c00zz61"),
        ("<<\"C000\">>", "<<\"D0OO\">>"),
        ("<<\"C000\">>", "<<O820800010003612F6200>>"),
        ("<<\"C000\">>", "300b0001612a2a633030302a2"),
        ("{\"hex\":\"c000\"}", "0xc0, 0x0g"),
        ("$1 = {0xc0, 0x0}", "$1 = {0x30, 013, 0x0, 0x1, 0x61, 0x0 <repeats 16 times>}"),
        ("{\"hex\":\"c000\"}", "0x90 0x 0x00 0x01 0x00"),
        ("{\"hex\":\"c000\"}", "10:0d:00:04:4d:51:54:54:04:02:00:3c:0O:01:61"),
        ("<code>[48, 7, 0, 3, 97, 47, 98, 104, 105]</code>", "[193, 0]"),
        ("<pre>\n[48, 7, 0, 3, 97, 47, 98, 104, 105]\n</pre>", "[193, 0]"),
        ("```\n[48, 7, 0, 3, 97, 47, 98, 104, 105]\n```", "[193, 0]"),
    ] {
        let one = form(good).map(|(_, bytes)| bytes).unwrap();
        for text in [format!("{good}\n{bad}\n"), format!("I see\n{bad}\nand then\n{good}\n")] {
            let Ok(reading) = read(text.as_bytes(), None) else { continue };
            let others = reading.others.iter().map(|(bytes, _)| bytes);
            assert!(others.chain([&reading.bytes]).all(|bytes| *bytes != one), "{text}");
        }
    }
}
