//! Tests of the output for the bytes of one direction.

use super::batch::{answer, line};
use super::{complaint, inspect, shown};
use std::path::Path;

#[test]
fn the_exit_code_is_0_1_or_2() {
    for (args, input, code) in [
        (&["--hex"][..], "c000 d000", 0),
        (&["--hex"], "", 0),
        (&[], "", 0),
        (&[], " \n ", 0),
        (&[], "c000 d000", 0),
        (&["--summary"], "c000 d000", 0),
        (&["--json"], "c000 d000", 0),
        (&["--lint"], "c000 d000", 0),
        (&["--lint"], "c100 d000", 1),
        (&["--summary", "--json"], "c000", 2),
        (&["--proxy", "0"], "", 2),
        (&["--hex"], "c100 d000", 1),
        (&["--hex"], "c000 d0", 1),
        (&["--hex", "--from", "server"], "c000", 1),
        (&["--hex"], "c00", 2),
        (&["--hex"], "hello", 2),
        (&["--hex", "--version", "6"], "c000", 2),
        (&["--hex", "--batch"], "", 2),
        (&["--nonsense"], "", 2),
        (&["no such file"], "", 2),
        (&["--batch"], "1\t5\tc100\nnonsense\n", 0),
    ] {
        let output = inspect(args, input.as_bytes());
        assert_eq!(output.status.code(), Some(code), "{args:?} {input:?}");
        assert_eq!(output.stderr.is_empty(), code != 2, "{args:?} {input:?}");
    }
}

#[test]
fn common_forms_of_hex_are_read() {
    for text in
        ["c000", "C0 00\n", "0xc0, 0x00", "0xC0,0x0", " c 0 0 0 ", "0xc000", "{ 0xc0, 0 }", "\\xc0\\x00"]
    {
        let output = inspect(&["--hex"], text.as_bytes());
        assert!(shown(&output).contains("#1 PINGREQ, offset 0, 2 bytes\n"), "{text:?}");
        assert_eq!(output.status.code(), Some(0), "{text:?}");
    }
}

#[test]
fn a_packet_is_shown_field_by_field() {
    let output = inspect(&["--version", "3.1.1"], b"\x3b\x0a\x00\x04city\x00\x07LA");
    let expected = "\
#1 PUBLISH, offset 0, 12 bytes
   0  3b                       0011 ....  Packet Type: 3 (PUBLISH)
                               .... 1...  DUP: 1
                               .... .01.  QoS: 1 (at least once)
                               .... ...1  RETAIN: 1
   1  0a                       Remaining Length: 10
   2  00 04 63 69 74 79        Topic Name: \"city\"
   8  00 07                    Packet Identifier: 7
  10  4c 41                    Payload: \"LA\"

1 packet, 12 bytes, MQTT 3.1.1: all fine
";
    assert_eq!(shown(&output), expected);
}

/// The second of two strings in a field is the bad one, and the mark is below the second string.
#[test]
fn a_fault_in_the_middle_of_a_field_is_marked() {
    for hex in ["e008 0006 2600000001 01", "300b 000161 07 26000161000101"] {
        let output = inspect(&["--hex", "--version", "5.0", "--refuse-control-characters"], hex.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        let shown = shown(&output);
        let mut lines = shown.lines().skip_while(|line| !line.contains("User Property: "));
        let hex = lines.next().expect("the field");
        let mark = lines.next().expect("the mark").find("^^").expect("a mark");
        // The offset is that of the value length, after the name.
        assert_eq!(&hex[mark..mark + 8], "00 01 01", "{shown}");
    }
}

#[test]
fn the_packet_after_a_refused_packet_is_shown() {
    let args = ["--hex", "--version", "5.0"];
    let output = inspect(&args, b"30 0b 0001 61 07 26 0001 6b 0001 ff   c0 00");
    let expected = "\
#1 PUBLISH, offset 0, 13 bytes
   0  30                       0011 ....  Packet Type: 3 (PUBLISH)
                               .... 0...  DUP: 0
                               .... .00.  QoS: 0 (at most once)
                               .... ...0  RETAIN: 0
   1  0b                       Remaining Length: 11
   2  00 01 61                 Topic Name: \"a\"
   5  07                       Property Length: 7
   6  26                         Property Identifier: 0x26
   7  00 01 6b 00 01 ff          User Property: \"k\" = \"\\xff\"
               ^^
      refused  User Property, byte 10: the string is not well-formed UTF-8
               (found 0xff at byte 0 of the string) [MQTT-1.5.7-1]
      answer   DISCONNECT 0x81 (Malformed Packet) [e0 01 81], then close
  13                           Payload: empty

#2 PINGREQ, offset 13, 2 bytes
   0  c0                       1100 ....  Packet Type: 12 (PINGREQ)
                               .... 0000  Flags: 0
   1  00                       Remaining Length: 0

2 packets, 15 bytes, MQTT 5.0: not all fine
";
    assert_eq!(shown(&output), expected);
}

#[test]
fn the_fields_after_a_bad_field_are_shown() {
    // The topic has a wildcard. The identifier and the payload follow it.
    let output = inspect(&["--hex", "--version", "3.1.1"], b"32 08 0002 612b 000a 6869");
    let after = "\
   2  00 02 61 2b              Topic Name: \"a+\"
      ^^
      refused  Topic Name, byte 2: the Topic Name contains a wildcard (found `+`
               at byte 1 of the string) [MQTT-3.3.2-2]
      answer   none; close the connection
   6  00 0a                    Packet Identifier: 10
   8  68 69                    Payload: \"hi\"
";
    assert!(shown(&output).contains(after), "{}", shown(&output));
    // With Will QoS 3 the position of the password is uncertain.
    let connect = b"10 17 00044d515454 04 1e 003c 0001 61 0001 75 0005 7365637265 ";
    let output = inspect(&["--hex"], connect);
    assert!(!shown(&output).contains("secre") && !shown(&output).contains("73 65"), "{}", shown(&output));
    assert!(shown(&inspect(&["--hex", "--show-secrets"], connect)).contains("secre"));
}

#[test]
fn reading_stops_if_the_end_of_a_refused_packet_is_unknown() {
    // A DISCONNECT with wrong flags and a known length.
    let output = inspect(&["--hex"], b"e1 02 00 00 c0 00");
    assert!(shown(&output).contains("#2 PINGREQ, offset 4, 2 bytes\n"), "{}", shown(&output));
    // A Remaining Length of five bytes.
    let output = inspect(&["--hex"], b"30 ff ff ff ff 01 c0 00");
    assert!(shown(&output).contains("the beginning of the next packet is unknown\n"));
    assert!(!shown(&output).contains("#2"));
}

#[test]
fn an_input_that_ends_inside_a_packet_is_reported() {
    let output = inspect(&["--hex"], b"c000 30 05 0001");
    assert!(shown(&output).contains("#2 PUBLISH, offset 2, 4 of 7 bytes\n"));
    assert!(shown(&output).contains("the input ends inside the packet: 3 bytes missing\n"));
}

/// `hunter2` must not appear in any column, even if the packet has a fault.
#[test]
fn secrets_are_hidden() {
    for hex in [
        // The password of a valid CONNECT, a cut password, and a password without its flag.
        "10 19 00044d51545404 c2 0000 000161 000175 000768756e74657232",
        "10 19 00044d51545404 c2 0000 000161 000175 0009 68756e74657232",
        "10 16 00044d51545404 02 0000 000161 000768756e74657232",
        // A user name with a length that includes the password and more.
        "10 19 00044d51545404 c2 0000 000161 00ff75 000768756e74657232",
        // The flags are refused before the password is read.
        "10 19 00044d51545404 c3 0000 000161 000175 000768756e74657232",
        "11 19 00044d51545404 c2 0000 000161 000175 000768756e74657232",
        // Authentication Data with its method and without it.
        "f0 10 18 0e 1500014d 16000768756e74657232",
        "20 0d 00 00 0a 16000768756e74657232",
    ] {
        assert!(hex.contains("68756e74657232"));
        let output = inspect(&["--hex"], hex.as_bytes());
        let shown = shown(&output);
        assert!(shown.contains("#1 "), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("68 75 6e"), "{shown}");
    }
}

#[test]
fn secrets_are_shown_on_request() {
    let hex = "10 19 00044d51545404 c2 0000 000161 000175 000768756e74657232";
    let output = inspect(&["--hex", "--show-secrets"], hex.as_bytes());
    let password = "  00 07 68 75 6e 74 65 72  Password: \"hunter2\"\n      32\n";
    assert!(shown(&output).contains(password), "{}", shown(&output));
    // The batch mode is for machines.
    assert_eq!(answer(&line(4, hex, ""))["packet"]["password"], "68756e74657232");
}

#[test]
fn recorded_connections_are_shown() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "bin") {
            capture(&path);
            count += 1;
        }
    }
    assert_eq!(count, 180);
}

/// Checks that all packets are accepted, and that no line is too wide.
fn capture(path: &Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    // BROKER-CLIENT-VERSION-TOPIC.SENDER.bin
    let version = name.split(['-', '.']).find_map(|part| match part {
        "31" => Some("3.1"),
        "311" => Some("3.1.1"),
        "5" => Some("5.0"),
        _ => None,
    });
    let version = version.unwrap();
    let sender = if name.ends_with(".client.bin") { "client" } else { "server" };
    let mut args = vec![path.to_str().unwrap(), "--from", sender];
    // In the bytes from the client, CONNECT sets the version.
    if sender == "server" {
        args.extend(["--version", version]);
    }
    let output = inspect(&args, b"");
    let shown = shown(&output);
    if name == "aedes-mqttjs-5-refused.server.bin" {
        assert_eq!(output.status.code(), Some(1));
        assert!(shown.contains("the server supports only MQTT 3.x"), "{shown}");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{name}: {shown}");
    let size = std::fs::metadata(path).unwrap().len();
    assert!(shown.ends_with(&format!(", {size} bytes, MQTT {version}: all fine\n")), "{name}: {shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{name}: {shown}");
}

#[test]
fn hex_is_recognised_if_it_cannot_be_mqtt() {
    for text in [
        "c000",
        "c0 00\r\n",
        "0000   c0 00       ..\n",
        "00000000: c000    ..\n",
        "[192, 0]",
        "b\"\\xc0\\0\"",
    ] {
        let output = inspect(&[], text.as_bytes());
        assert!(shown(&output).contains("#1 PINGREQ, offset 0, 2 bytes\n"), "{text:?}: {}", shown(&output));
    }
    // A PUBLISH that looks like digits: `0` is a packet type, and `0` is a length of 48.
    let publish = [&b"00"[..], b"\0\x08", &[b'0'; 46]].concat();
    assert!(shown(&inspect(&[], &publish)).contains("PUBLISH, offset 0, 50 bytes"));
    // The program does not read this text as hexadecimal digits, and not as a packet.
    let output = inspect(&[], b"c0 0g");
    assert_eq!(output.status.code(), Some(2));
    assert!(complaint(&output).contains("this is text"), "{}", complaint(&output));
}

#[test]
fn the_detected_form_is_printed() {
    for (args, text, form) in [
        (&[][..], "c0 00", "read as hexadecimal digits: 2 bytes\n"),
        (&["--decimal"], "192, 0", "read as decimal numbers: 2 bytes\n"),
        (&[], "192, 0, 192, 0", "read as decimal numbers: 4 bytes\n"),
        (&[], "<<192,0>>", "read as an Erlang binary: 2 bytes\n"),
        (&["--hex"], "<<192,0>>", "read as an Erlang binary: 2 bytes\n"),
        (&["--hex"], "[192, 0]", "read as an array of decimal numbers: 2 bytes\n"),
        (&[], "b'\\xc0\\0'", "read as a string with escapes: 2 bytes\n"),
        (&[], "0000  c0 00", "read as a hex dump with offsets: 2 bytes\n"),
        (&[], "12:00:01 RX: c0 00", "read as a log with hexadecimal numbers: 2 bytes\n"),
        (&[], "12:00:01 | RX | c0 00 | ..", "read as a log with hexadecimal numbers: 2 bytes\n"),
    ] {
        let args = [args, &["--summary"]].concat();
        let output = inspect(&args, text.as_bytes());
        assert!(shown(&output).starts_with(form), "{text}: {}{}", shown(&output), complaint(&output));
        assert!(shown(&output).contains("PINGREQ"), "{text}: {}", shown(&output));
    }
    assert!(!shown(&inspect(&["--hex", "--summary"], b"c0 00")).contains("read as"));
}

#[test]
fn ambiguous_numbers_are_refused() {
    for (args, text) in
        [(&[][..], "50, 20, 1"), (&[], "32 2 0 0"), (&["--hex"], "50, 203, 1"), (&["--decimal"], "c0 00")]
    {
        let output = inspect(args, text.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{text}: {}", shown(&output));
        let complaint = complaint(&output);
        assert!(complaint.contains("--decimal") || complaint.contains("--hex"), "{text}: {complaint}");
        assert!(shown(&output).is_empty(), "{text}");
    }
    assert!(shown(&inspect(&["--decimal", "--summary"], b"32 2 0 0")).contains("CONNACK"));
}

/// The program recognises text even if it resembles packets.
#[test]
fn text_is_not_taken_for_packets() {
    for text in ["hello, world", "12:00:01 | RX | hello |", "00 port 1883 is open", "c0 0g"] {
        let output = inspect(&[], text.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{text}: {}", shown(&output));
        assert!(complaint(&output).contains("this is text"), "{text}: {}", complaint(&output));
    }
}

#[test]
fn hostile_dumps_are_refused() {
    for text in [
        "0000  00\n*\nffffffffffff  00\n",
        "0000  00\n*\nffffffffffffffff  00\n",
        "0000  00\n*\n40000000  00\n",
        "ffffffffffffffff  00\n*\n0000  00\n",
        "ffffffffffffffff  00\n",
        "40000000",
    ] {
        for args in [&[][..], &["--hex"]] {
            let output = inspect(args, text.as_bytes());
            assert!(matches!(output.status.code(), Some(0..=2)), "{text}");
            assert!(!complaint(&output).contains("panicked"), "{text}");
        }
    }
}

/// The packet is decoded by the version in which it breaks fewer rules.
#[test]
fn a_single_refused_packet_has_its_likely_version() {
    for (hex, version) in [
        ("36 05 00 01 61 00 01", "3.1.1"),
        ("36 06 00 01 61 00 01 00", "5.0"),
        ("90 03 00 00 80", "3.1.1"),
        ("90 04 00 00 00 80", "5.0"),
        ("31 05 00 01 23 68 69", "3.1.1"),
        ("31 06 00 01 23 00 68 69", "5.0"),
        ("b0 02 00 00", "3.1.1"),
        ("82 06 00 00 00 01 61 00", "3.1.1"),
        ("82 07 00 00 00 00 01 61 00", "5.0"),
        ("c1 00", "5.0"),
    ] {
        let output = inspect(&["--hex", "--summary"], hex.as_bytes());
        assert!(shown(&output).contains("refused"), "{hex}: {}", shown(&output));
        assert!(shown(&output).contains(&format!("MQTT {version} is assumed")), "{hex}: {}", shown(&output));
    }
}

/// A file may begin inside a packet. But if the file begins with a malformed packet, the malformed packet is shown.
#[test]
fn bytes_that_begin_inside_a_packet_are_read() {
    let publish = b"\x30\x0d\x00\x04/a/bhello23";
    let bytes = [b"T\x04", &publish[4..], publish, publish, b"\xc0\x00"].concat();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
    for (args, input) in [(&["--summary"][..], &bytes[..]), (&["--summary", "--hex"], hex.as_bytes())] {
        let output = inspect(args, input);
        let text = shown(&output);
        assert!(text.contains("13 bytes skipped"), "{text}");
        assert_eq!((text.matches("PUBLISH").count(), text.matches("refused").count()), (2, 0), "{text}");
        assert_eq!(output.status.code(), Some(1));
    }
    let bad = [b"\xc1\x00", &publish[..], b"\xc0\x00"].concat();
    let output = inspect(&["--summary"], &bad);
    assert!(shown(&output).contains("refused: PINGREQ: Flags"), "{}", shown(&output));
    assert!(!shown(&output).contains("skipped"));
}

/// PowerShell writes text in UTF-16.
#[test]
fn text_in_utf_16_is_read() {
    let text = "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61\r\n";
    let units = [u16::to_le_bytes, u16::to_be_bytes];
    for (mark, unit) in ["\u{feff}", ""].into_iter().flat_map(|mark| units.map(|unit| (mark, unit))) {
        let bytes: Vec<u8> = mark.encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect();
        let output = inspect(&["--summary"], &bytes);
        assert!(shown(&output).starts_with("read as hexadecimal digits: 15 bytes\n"), "{}", shown(&output));
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(inspect(&["--summary", "--hex"], &bytes).status.code(), Some(0), "{mark:?}");
    }
    // A packet that begins like text.
    let output = inspect(&["--summary"], b"0\x000\0");
    assert!(shown(&output).contains("refused"), "{}", shown(&output));
}

/// `tcpdump -x` prints a heading and the bytes from the IP header on.
#[test]
fn several_dumps_of_packets_with_their_headers_are_read() {
    let mut text = String::new();
    for (number, bytes) in [&b"\xc0\x00"[..], b"", b"\xe0\x00"].into_iter().enumerate() {
        let mut packet = Vec::new();
        let tcp = etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        tcp.tcp(50_000, 1883, 1, 1024).write(&mut packet, bytes).unwrap();
        text += &format!("12:00:0{number}.123456 IP 10.0.0.1.50000 > 10.0.0.2.1883: Flags [P.], length 2\n");
        for (row, bytes) in packet.chunks(16).enumerate() {
            let words: String = bytes
                .chunks(2)
                .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + " ")
                .collect();
            text += &format!("\t0x{:04x}:  {words}\n", 16 * row);
        }
    }
    let output = inspect(&["--summary"], text.as_bytes());
    let lines: Vec<_> = shown(&output).lines().collect();
    assert_eq!(
        lines[1..3],
        ["left out: lines without bytes, 3", "3 captured frames: 120 bytes of headers are left out"]
    );
    assert!(lines[4].contains("PINGREQ") && lines[5].contains("DISCONNECT") && lines.len() == 7, "{lines:?}");
    assert_eq!(output.status.code(), Some(0));
}

/// Wireshark copies whole frames.
#[test]
fn the_headers_of_a_pasted_frame_are_skipped() {
    let mut frame = Vec::new();
    let tcp = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    tcp.tcp(50_000, 1883, 1, 1024).write(&mut frame, b"\xc0\x00").unwrap();
    let hex: String = frame.iter().map(|byte| format!("{byte:02x} ")).collect();
    let output = inspect(&["--hex"], hex.as_bytes());
    let text = shown(&output);
    assert!(text.starts_with("a captured frame: 54 bytes of headers are left out\n"), "{text}");
    assert!(text.contains("#1 PINGREQ, offset 0, 2 bytes\n"), "{text}");
}

#[test]
fn other_protocols_are_named() {
    for (bytes, name) in [
        (&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..], "TLS ClientHello"),
        (b"GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "WebSocket"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 5 1883\r\n", "PROXY protocol 1"),
    ] {
        let output = inspect(&[], bytes);
        assert!(shown(&output).contains(name), "{}", shown(&output));
        assert_eq!(output.status.code(), Some(1));
    }
}

/// Methods of HTTP are names of packets and words of prose, too.
#[test]
fn a_text_that_begins_like_http_is_pasted_text() {
    for text in ["CONNECT packet: c0 00 c0 00\n", "CONNECT = c0 00 (2 bytes)\n", "POST it again: c0 00\n"] {
        let output = inspect(&[], text.as_bytes());
        assert!(shown(&output).contains("#1 PINGREQ"), "{}", shown(&output));
    }
    let output = inspect(&[], b"POST /mqtt HTTP/1.1\r\nContent-Length: 16\r\n\r\n");
    assert!(shown(&output).contains("this is HTTP"), "{}", shown(&output));
}

#[test]
fn a_summary_has_one_line_for_each_packet() {
    let will = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/mosquitto-311-will.client.bin");
    let output = inspect(&["--summary", will.to_str().unwrap()], b"");
    let expected = "\
#1         0  CONNECT      3.1.1, client id \"Client123\", clean session, keep alive 60 s, will \"/status\" QoS 1 retain \"Client123 is offline\", 54 bytes
#2        54  SUBSCRIBE    id 1, \"/commands/Client123\" QoS 0, 26 bytes
2 packets, 80 bytes, MQTT 3.1.1: all fine
";
    assert_eq!(shown(&output), expected);
}

#[test]
fn lint_shows_all_problems() {
    // A SUBSCRIBE with wrong flags, identifier 0 and a control character; a PINGREQ; an unusual topic.
    let hex = b"80 09 0000 0004 61012f62 00  c000  30 08 0003 612f2f 787878";
    let output = inspect(&["--hex", "--lint", "--version", "3.1.1"], hex);
    let expected = "\
#1 SUBSCRIBE, offset 0, 11 bytes
  forbidden    Flags, byte 0: the flags are wrong for the packet type (found
               0b0000, expected 0b0010) [MQTT-3.8.1-1]
  forbidden    Packet Identifier, byte 2: the Packet Identifier is 0
               [MQTT-2.3.1-1]
  discouraged  Topic Filter, byte 4: the string contains a control character
               (found U+0001 at byte 1 of the string)

#3 PUBLISH, offset 13, 10 bytes
  doubtful     the topic \"a//\" ends with /: the last level is empty
  doubtful     the topic \"a//\" has // in it: a level is empty

3 packets, 23 bytes, MQTT 3.1.1: 2 forbidden, 1 discouraged, 2 doubtful
";
    assert_eq!(shown(&output), expected);
    assert_eq!(output.status.code(), Some(1));
}

/// Each version has its own rule. In 3.1 an identifier has 1 to 23 characters of any kind.
#[test]
fn client_identifiers_are_checked_by_version() {
    let connect = |start: &str, flags: u8, id: &str| {
        let hex: String = id.bytes().map(|byte| format!("{byte:02x}")).collect();
        let len = start.len() / 2 + 3 + 2 + id.len();
        format!("10 {len:02x} {start} {flags:02x} 003c {:04x} {hex}", id.len())
    };
    let (v31, v311) = ("00064d514973647003", "00044d51545404");
    let long = "x".repeat(24);
    for (start, flags, id, found) in [
        (v31, 2, "", "a server refuses the client with return code 2 (3.1 §3.1)"),
        (v31, 0, "", "a server refuses the client with return code 2 (3.1 §3.1)"),
        (v31, 2, &*long, "a server refuses the client with return code 2 (3.1 §3.1)"),
        (v31, 2, "a/b-ü", "nothing found"),
        (v31, 2, "x", "nothing found"),
        (v311, 2, "", "nothing found"),
        (v311, 0, "", "the server refuses the client with return code 2"),
        (v311, 2, &*long, "3.1.1 §3.1.3.1"),
        (v311, 2, "a/b", "3.1.1 §3.1.3.1"),
    ] {
        let output = inspect(&["--hex", "--lint"], connect(start, flags, id).as_bytes());
        let text = shown(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(found), "{start} {flags} {id}: {text}");
        assert_eq!(
            text.matches("Client Identifier").count(),
            usize::from(found != "nothing found"),
            "{text}"
        );
    }
    let output = inspect(&["--hex", "--lint"], b"100e00064d51497364700302003c0000");
    assert!(!shown(&output).contains("nothing found"), "{}", shown(&output));
}

#[test]
fn json_hides_secrets_by_default() {
    let hex = b"10 19 00044d51545404 c2 0000 000161 000175 000768756e74657232";
    let password = |args: &[&str]| {
        let output = inspect(args, hex);
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        line["packet"]["password"].clone()
    };
    assert_eq!(password(&["--hex", "--json"]), "redacted");
    assert_eq!(password(&["--hex", "--json", "--show-secrets"]), "68756e74657232");
    assert!(!shown(&inspect(&["--hex", "--summary"], hex)).contains("hunter2"));
}

#[test]
fn the_dump_fits_narrow_and_wide_terminals() {
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/mosquitto-5-will.client.bin");
    for columns in [60, 69, 70, 100, 119, 120, 200] {
        let output = std::process::Command::new(super::PROGRAM)
            .arg(&capture)
            .env("COLUMNS", columns.to_string())
            .output()
            .unwrap();
        let shown = std::str::from_utf8(&output.stdout).unwrap();
        let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns, "{columns}: {widest}\n{shown}");
    }
}

/// The program ends for any input, and prints something.
#[test]
fn any_input_ends_with_output() {
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    for size in [0, 1, 3, 100, 300_000] {
        let bytes: Vec<u8> = (0..size).map(|_| random()).collect();
        for args in [&[][..], &["--summary"], &["--json"], &["--lint"], &["--hex"]] {
            let output = inspect(args, &bytes);
            assert!(matches!(output.status.code(), Some(0..=2)), "{args:?} {size}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{args:?} {size}");
        }
    }
}

/// A SUBACK with the flags of a SUBSCRIBE.
const SUBACK: &[u8] = b"92 03 00 01 00";

#[test]
fn a_tolerated_deviation_is_noted() {
    let output = |view: &[&str]| {
        let options =
            [&["--hex", "--version", "3.1.1", "--tolerate", "ack-flags,maximum-qos-2"], view].concat();
        let output = inspect(&options, SUBACK);
        assert_eq!(output.status.code(), Some(0));
        shown(&output).to_owned()
    };
    assert!(output(&[]).contains("\n      tolerated  ack-flags\n"), "{}", output(&[]));
    assert!(output(&["--summary"]).contains(", tolerated: ack-flags\n"), "{}", output(&["--summary"]));
    assert!(output(&["--json"]).contains(r#""tolerated":["ack-flags"]"#), "{}", output(&["--json"]));
    let lint = output(&["--lint"]);
    assert!(lint.contains("tolerated    Flags, byte 0") && lint.contains(", 1 tolerated"), "{lint}");
    for tolerate in ["all", "brokers", "devices"] {
        let output = inspect(&["--hex", "--version", "3.1.1", "--tolerate", tolerate, "--summary"], SUBACK);
        assert_eq!(output.status.code(), Some(0), "{tolerate}");
    }
    // The packet is refused without the tolerance and with another tolerance.
    for options in [
        &["--hex", "--version", "3.1.1"][..],
        &["--hex", "--version", "3.1.1", "--tolerate", "request-flags"],
    ] {
        let output = inspect(options, SUBACK);
        assert_eq!(output.status.code(), Some(1));
        assert!(!shown(&output).contains("tolerated"));
    }
    assert!(!output(&["--summary"]).is_empty());
    let unknown = inspect(&["--tolerate", "everything"], SUBACK);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("ack-flags"), "the error lists the names");
}

/// Words can have two byte orders, and joined digits can be bytes with a sign. Only one of the readings is MQTT.
#[test]
fn the_reading_that_is_mqtt_is_shown() {
    for (text, form) in [
        // Neither reading is MQTT.
        ("0000000 d090 00c0\n0000004\n", None),
        ("0000000 c000 d000\n0000004\n", Some("a hex dump with offsets, of words in big-endian order")),
        ("0000000 00c0 00d0\n0000004\n", Some("a hex dump with offsets, of words in little-endian order")),
        ("00c0 00d0\n", Some("hexadecimal words in little-endian order")),
        ("0430 0100 9061", Some("hexadecimal words in little-endian order")),
        ("3004000161ffffff90", Some("hexadecimal digits of bytes with a sign")),
        ("3004000161ff90", Some("hexadecimal digits of bytes with a sign")),
        // Plain digits that are MQTT.
        ("3007000161ffffff90", Some("hexadecimal digits")),
        ("3005000161ff90", Some("hexadecimal digits")),
    ] {
        let output = inspect(&["--summary"], text.as_bytes());
        let (shown, code) = (shown(&output), output.status.code());
        match form {
            Some(form) => {
                assert!(shown.starts_with(&format!("read as {form}: ")), "{text}: {shown}");
                assert!(shown.ends_with(": all fine\n"), "{text}: {shown}");
                assert_eq!(code, Some(0));
            }
            None => assert_eq!(code, Some(1), "{text}: {shown}"),
        }
    }
}

/// Text in another encoding is not a packet.
#[test]
fn text_in_unknown_encodings_is_named() {
    for (input, part) in [
        (&b"Gr\xf6\xdfe: 10 0d 00 04 4d 51 54 54\n"[..], "this is text, but not in UTF-8: `iconv"),
        (b"\xff\xfe1\x000\x00\n", "this begins like text in UTF-16, but is not"),
    ] {
        let output = inspect(&[], input);
        assert!(complaint(&output).contains(part), "{}", complaint(&output));
        assert_eq!((output.status.code(), shown(&output)), (Some(2), ""));
    }
}

/// A program has written the bytes as characters.
#[test]
fn bytes_that_were_saved_as_text_are_named() {
    let packets = b"\x30\x05\0\x01a\xe4\xc0\xc0\0";
    let saved: String = packets.iter().map(|byte| char::from(*byte)).collect();
    let output = inspect(&["--summary"], saved.as_bytes());
    assert!(complaint(&output).contains("`iconv -f UTF-8 -t LATIN1` restores the bytes"), "{output:?}");
    assert_eq!(output.status.code(), Some(2));

    let lost = String::from_utf8_lossy(packets).into_owned();
    for (bytes, note) in [
        (lost.as_bytes(), "the input has U+FFFD"),
        (b"\xc0\0\n", "the input has quotes or a line break around packets: remove these characters"),
        (
            b"\"\x30\x03\0\x01a\"\r\n",
            "the input has quotes or a line break around packets: remove these characters",
        ),
    ] {
        let output = inspect(&["--summary"], bytes);
        assert!(shown(&output).contains(note), "{}", shown(&output));
        assert_eq!(output.status.code(), Some(1));
    }
    // These are packets whose payload has such characters.
    let payload = "\u{fffd}\u{e4}".as_bytes();
    let output = inspect(&["--summary"], &[b"\x30\x08\0\x01a", payload].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(!shown(&output).contains("U+FFFD"));
}

/// The digits are no packets, so the text may be something else.
#[test]
fn digits_without_letters_are_named() {
    let hint = "the text has only decimal digits: if they are decimal numbers, separate them";
    for (text, has_hint, code) in [
        (&b"161304778184844200600197"[..], true, 1),
        (b"300500016131323005000161313230050001613132", false, 0),
        (b"048004000001097049", false, 0),
        (b"00c0", false, 0),
    ] {
        let output = inspect(&["--summary"], text);
        assert_eq!(shown(&output).contains(hint), has_hint, "{}", shown(&output));
        assert_eq!(output.status.code(), Some(code), "{}", shown(&output));
    }
}
