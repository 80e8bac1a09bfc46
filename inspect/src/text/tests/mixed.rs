//! Tests of texts whose lines have different forms.

use super::*;

const OTHER: &str = "this line has a packet in another form than the other bytes";

/// Returns these packets in each form.
fn forms_of(bytes: &[u8]) -> Vec<String> {
    let join =
        |between: &str, each: fn(&u8) -> String| bytes.iter().map(each).collect::<Vec<_>>().join(between);
    let characters = |before: &str, after: &str| {
        let each = |byte: &u8| match byte {
            0x21..0x7f => char::from(*byte).to_string(),
            byte => format!("{before}{byte:02X}{after}"),
        };
        bytes.iter().map(each).collect::<String>()
    };
    use ::base64::Engine;
    vec![
        join(" ", |byte| format!("{byte:02x}")),
        join("", |byte| format!("{byte:02x}")),
        join(", ", |byte| format!("0x{byte:02x}")),
        format!("[{}]", join(", ", u8::to_string)),
        format!("[{}]", join(" ", u8::to_string)),
        format!("<Buffer {}>", join(" ", |byte| format!("{byte:02x}"))),
        format!("<<{}>>", join(",", u8::to_string)),
        format!("b\"{}\"", characters("\\x", "")),
        characters("\\x", ""),
        join("", |byte| format!("\\{byte:03o}")),
        join(" ", |byte| format!("{byte:08b}")),
        join("", |byte| format!("%{byte:02X}")),
        characters("{", "}"),
        characters("<", ">"),
        format!("x'{}'", join("", |byte| format!("{byte:02x}"))),
        format!("0000  {}", join(" ", |byte| format!("{byte:02x}"))),
        format!("len={} {}", bytes.len(), join(" ", |byte| format!("{byte:02x}"))),
        ::base64::engine::general_purpose::STANDARD.encode(bytes),
    ]
}

/// A form reads the lines that it knows. If a line in another form has a packet, the text is refused.
#[test]
fn no_packet_is_lost_beside_lines_of_another_form() {
    let packets = [PACKET, b"\xc0\0", b"\xe0\0"];
    let all = packets.concat();
    let lines = packets.map(forms_of);
    let mut refused = 0;
    for (number, most) in lines[0].iter().enumerate() {
        for other in (0..lines[0].len()).filter(|other| *other != number) {
            for place in 0..3 {
                let of = |at: usize| &lines[at][if at == place { other } else { number }];
                for label in ["", "data: ", "12:00:01.000 ", "Sending a packet "] {
                    let text = format!("{label}{}\n{label}{}\n{label}{}\n", of(0), of(1), of(2));
                    match read(text.as_bytes(), None) {
                        Ok(reading) => {
                            let lost =
                                reading.bytes.len() < all.len() && reading.bytes.starts_with(b"\x10\x0d");
                            assert!(
                                !lost && reading.bytes != [0xc0, 0, 0xe0, 0],
                                "{text}: {reading:02x?} {most}"
                            );
                        }
                        Err(bad) => refused += usize::from(bad.what.contains(OTHER)),
                    }
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

/// A packet in another form can have several lines.
#[test]
fn a_packet_of_several_lines_is_not_lost() {
    let text = "[192, 0]\n10 0d 00 04 4d 51 54 54\n04 02 00 3c 00 01 61\n[192, 0]\n";
    assert_eq!(form(text), Err(format!("{OTHER}: give the bytes in one form")));
}

/// The rest of these packets is missing, or the packets are malformed. Nothing else has a row of so many bytes.
#[test]
fn no_row_of_bytes_is_lost() {
    for row in [
        "10 0d 00 04 4d 51 54 54",
        "id=5 65 6e 73 6f 72 73 2f 31 2f 73 74 61 74 65 01",
        "0x36, 0x13, 0x00, 0x06, 0x6f, 0x6e, 0x6c, 0x69,",
        "12:00:01 0010  65 6e 73 6f 72    enso",
        "0000023c`5a0e1230  30 2f 00 10 65 73 70 33-32 2f 6c 6f 6e 67 2f 74  0/..esp32/long/t",
        "|00000010| 65 6e 73 6f                                     |enso            |",
        "│00000000│ 36 13 00 0e 61 62 63 30 ┊ 31 32 33 34 35 36 37 38 │2 ••abc0┊12345678│",
    ] {
        for text in [format!("b'\\xc0\\x00'\n{row}\nb'\\xc0\\x00'\n"), format!("(1) {row}\n<<192, 0>>\n")] {
            is_refused(&text, "");
        }
    }
    let heading = "   00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\n";
    let text = format!("{heading}b'\\xc0\\x00'\n");
    assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
}

/// A notation that no form of a whole text has can have a packet, too.
#[test]
fn no_packet_is_lost_in_a_notation_of_its_own() {
    for text in [
        "[192, 0]\nsent 0b00110000, 0b00000011, 0b00000000, 0b00000001, 0b01100001\n",
        "[192, 0]\n#50 #02 #00 #02\n",
        "[192, 0]\n%50 %02 %00 %02\n",
        "[192, 0]\n&#x50;&#x02;&#x00;&#x02;\n",
        "[192, 0]\n0o120 0o2 0o0 0o2\n",
        "RX: c0 00\nRX: x\"50\", x\"02\", x\"00\", x\"02\"\n",
        "[192, 0]\nDATA &H50,&H02,&H00,&H02 ok\n",
        "[192, 0]\nlen 0250 0200\n",
        "[192, 0]\nid=5 50.02.00.02\n",
        "[192, 0]\n#1 30.10.00.01.61.78.78.78.78.78.78.78.78.78.78.78.78.78\n",
        "[192, 0]\n{\"raw\": \"P\\u0002\\u00ff\\u00ff\"}\n",
        "[192, 0] P<STX><NUL><STX>\n",
        "\"\\xc0\\x00\"\nM-@^@\n",
        "\"\\xc0\\x00\"\nP^B^@^B\n",
        "b\"\\xc0\\x00\"\nlevel P{02}{00}{02}\n",
        "id=5 0x70, 0x02, 0x00, 0x02\ndata:;base64,UAIAAQ==\n",
        // `32; 4 5 5 5 5` looks like a CONNACK of other numbers.
        "[192, 0]\nid 7; 32; 4 5 5 5 5 80 2 0 2\n",
        "RX: c0 00\n{\"0\": 80, \"1\": 2, \"2\": 0, \"3\": 2}\n",
        "[192, 0]\n(1) 0: 80, 1: 2, 2: 0, 3: 2\n",
        "[192, 0]\n0000000   P 002  \\0 002\n0000004\n",
        "[192, 0]\n0000000   P 002   V 237\n0000004\n",
        "[192, 0]\n0000000 220 003  \\0 005 002\n0000005\n",
        "RX: c0 00\nsent \"0\\x07\\x00\" \\\n     \"\\x02ab\" \\\n     \"010\"\n",
        "RX: c0 00\n{ '0', 5, 0, 1, 'a', '\\'', '\\\\' }\n",
        "RX: c0 00\n{ '0', '\\x05', '\\0', '\\1', 'a', '\\n', 98 }\n",
        "[192, 0]\n(1) 0000000 202 022  \\0  \\r  \\0 004   t   e   m   p 002  \\0 006   d   e   v\n",
    ] {
        is_refused(text, OTHER);
    }
}

/// Each of these packets has several lines in another form.
#[test]
fn no_packet_of_several_lines_is_lost_beside_other_numbers() {
    for lines in [
        "80\n2\n0\n10\n",
        "RX: 80\nRX: 2\nRX: 0\nRX: 10\n",
        "RX [\nRX   80,\nRX   2,\nRX   0,\nRX   10,\nRX ]\n",
        "array(4) {\n  [0]=>\n  int(80)\n  [1]=>\n  int(2)\n  [2]=>\n  int(0)\n  [3]=>\n  int(10)\n}\n",
        "$ 0000  10 0d 00 04 4d 51 54 54   ....MQTT\n0008  04 02 00 3c 00 01 61   ...<..e,\n",
        "$ 00000000: 100c 0004 4d51 5454 ....MQTT\n$ 00000008: 0402 003c 0000  ...<..\n",
        "$ 0000000 1110 0400 514d 5454 0204 0000 0500 6564\n$ 0000020 2d76 0031\n",
        "id=5 10 0d 00 04 4d 51 54 54\n04 02 00 3c 00 01 61\n",
        "I (1) a: 0x3ffb1230   10 0d 00 04 4d 51 54 54  |....MQTT|\nI (1) a: 0x3ffb1238   04 02 00 3c 00 01 61     |...<..a|\n",
        "I (1) a: 0x3ffb1230   10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 |..|\nI (1) a: 0x3ffb123e   61     |a   |\n",
        "id=5 Uint8Array(15) [\nid=5    16,  13,   0,   4,  77,  81,  84,  84,\nid=5     4,   2,   0,  60,   0,   1,  97\nid=5 ]\n",
        "id=5 10 0d 00 04 4d 51 54 54\nid=5 04 02 00 3c 00 01 61\n",
        "mqtt_1  | array(4) {\nmqtt_1  |   [0]=>\nmqtt_1  |   int(192)\nmqtt_1  |   [1]=>\nmqtt_1  |   int(0)\nmqtt_1  | }\n",
        "(b'0\\x07\\x00'\n b'\\x02ab'\n b'010')\n",
        "Jan  2 12:00:00 a b[12]: array(4) {\nJan  2 12:00:00 a b[12]:   [0]=>\nJan  2 12:00:00 a b[12]:   int(192)\nJan  2 12:00:00 a b[12]:   [1]=>\nJan  2 12:00:00 a b[12]:   int(0)\n",
    ] {
        is_refused(&format!("\"\\xc0\\x00\"\n{lines}"), OTHER);
        let before = format!("{lines}\"\\xc0\\x00\"\n");
        assert!(form(&before).is_err(), "{before}");
    }
}

/// The packets differ only in their last row. So the other rows of the second packet are in the bytes, too.
#[test]
fn no_packet_is_lost_beside_a_packet_with_the_same_beginning() {
    let publish = |last: u8| [b"\x30\x21\0\x0ehome/long/topic0123456789abcde", &[last][..]].concat();
    let (first, second) = (publish(b'x'), publish(b'y'));
    let join = |between: &str, bytes: &[u8], each: fn(&u8) -> String| {
        bytes.iter().map(each).collect::<Vec<_>>().join(between)
    };
    let pairs = |bytes: &[u8]| join(" ", bytes, |byte| format!("{byte:02x}"));
    let rows = |bytes: &[u8], row: &dyn Fn(usize, &[u8]) -> String| {
        bytes.chunks(16).enumerate().map(|(number, bytes)| row(16 * number, bytes)).collect::<String>()
    };
    let shown = |bytes: &[u8]| {
        let dot = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' };
        bytes.iter().map(dot).collect::<String>()
    };
    let forms = |bytes: &[u8]| {
        vec![
            rows(bytes, &|_, row| format!("{}\n", pairs(row))),
            rows(bytes, &|_, row| format!("RX: {}\n", pairs(row))),
            rows(bytes, &|at, row| format!("{at:04x}   {}   {}\n", pairs(row), shown(row))),
            rows(bytes, &|at, row| format!("[5] {at:06x} {:<47}  >{}<\n", pairs(row), shown(row))),
            rows(bytes, &|at, row| format!("a - {at:04x} - {}   {}\n", pairs(row), shown(row))),
            rows(bytes, &|at, row| format!("I (1) a: 0x{at:08x}   {}  |{}|\n", pairs(row), shown(row))),
            format!(
                "{{\n{}\n}}\n",
                rows(bytes, &|_, row| format!("  {},\n", join(", ", row, |byte| format!("0x{byte:02x}"))))
            ),
            format!("[{}]\n", join(", ", bytes, u8::to_string)),
            format!("b'{}'\n", join("", bytes, |byte| format!("\\x{byte:02x}"))),
            format!("<Buffer {}>\n", pairs(bytes)),
            format!("<<{}>>\n", join(",", bytes, u8::to_string)),
        ]
    };
    let (one, other) = (forms(&first), forms(&second));
    for (number, one) in one.iter().enumerate() {
        for (_, other) in other.iter().enumerate().filter(|(other, _)| *other != number) {
            for text in [format!("{one}{other}"), format!("{one}then\n{other}"), format!("{other}\n{one}")] {
                let bytes = form(&text).map_or(Vec::new(), |(_, bytes)| bytes);
                assert!(bytes != first && bytes != second, "{text}");
            }
        }
    }
}

/// A malformed packet in another form is lost like other packets.
#[test]
fn no_malformed_packet_is_lost() {
    for line in [
        "c1 00",
        "RX: c1 02 00 01",
        "[c1, 00]",
        "0xc1, 0x00",
        "payload=0000   c1 00      ..",
        "b'\\xc1\\x00'",
        "sent \"\\xc1\\x02\\x00\\x01\" to it",
        "\"\\x37\\x05\\x00\\x01abc\"",
        "Value: 6102941070029410",
    ] {
        for text in [format!("<<192, 0>>\n{line}\n"), format!("{line}\n<<192, 0>>\n")] {
            is_refused(&text, OTHER);
        }
    }
    is_refused("<<192, 0>>\n{\"a\": \"EA0ABE1RVFQEAgA8AAFhwQIy/0ACMv8=\"}\n", "Base64");
    for other in ["took 20.00 ms", "at 12:00", "rc 10, 20", "1.20.00", "\"a\\n\"", "\x1b[0m"] {
        assert_eq!(
            form(&format!("<<192, 0>>\n{other}\n")).map(|(_, bytes)| bytes),
            Ok(vec![0xc0, 0]),
            "{other}"
        );
    }
}

/// The rows of a dump have their own bytes. Other text of a row can have a packet.
#[test]
fn no_packet_is_lost_beside_a_row_of_a_dump() {
    for text in [
        "0000  c0 00   .. #50 #02 #00 #02\n",
        "[192, 0]\npayload=0000000   P 002  \\0 002\n",
        "\t0x0000:  c000   ..\t0x0000:  5002 0002\n",
        "00000000: c000  .. data:;base64,UAIAAg==\n",
        "|00000000| c0 00                                           |..              | 50 02 00 02\n",
        "01010000 00000010 00000000 00000010\n|00000000| c0 00                      |..    |\n",
    ] {
        is_refused(text, OTHER);
    }
}

/// A sign ends the line.
#[test]
fn no_packet_is_lost_at_the_end_of_a_sentence() {
    for sign in [":", ".", "!", "?", "", ").", "<br>"] {
        for packet in ["c0 00", "c1 00", "20 02 00 05"] {
            is_refused(&format!("[192, 0]\nOn 7, Bob wrote {packet}{sign}\n"), OTHER);
        }
    }
}

/// Marks, quotes and labels stand beside the bytes.
#[test]
fn no_short_malformed_packet_is_lost_beside_marks() {
    for other in [
        "c100",
        "I get c100 then",
        "\"value\":\"C100\"",
        "\"value\":\"20020009\"",
        "c1:00",
        "20:02:00:09",
        "{\"t\":12.5,\"hex\":\"c1 00\",\"size\":2}",
        "hex: c1-00",
        "data: c1 00 and so on",
        "<b>c1</b> 00",
        "**c1** 00",
        "_c1 00_",
        "_c1:00_",
        "c1 <i>00</i><br>",
        "{code}c100{code}",
        "{\"hex\":\"zz00\"}",
        "bin: 0:02:00:09, size: 4",
    ] {
        is_refused(&format!("[192, 0]\n{other}\n"), OTHER);
        is_refused(&format!("{other}\n00000000  c0 00                    |..|\n"), "");
    }
    for other in
        ["at 20:00", "port 1500", "\"port\":\"1500\"", "version_2_00", "2a00:1450:4001::", "c1 is 00"]
    {
        assert_eq!(
            form(&format!("[192, 0]\n{other}\n")).map(|(_, bytes)| bytes),
            Ok(vec![0xc0, 0]),
            "{other}"
        );
    }
}

/// The same packet stands in the text twice.
#[test]
fn a_repeated_packet_is_not_lost() {
    is_refused("1) 0xc00x00 | byte[] p = {(byte) 0xc0, 0x00};\n", OTHER);
    is_refused("b\"\\xc0\\x00\" [192, 0]\n", OTHER);
    is_refused("b64decode('wAA=') {\"a\": \"wAA=\"}\n", OTHER);
}

/// The other lines have no packets.
#[test]
fn other_lines_are_left_out() {
    for other in [
        "mtu: 1500",
        "port 1883 opened",
        "timeout: 3000",
        "took 0.5 s",
        "id 4a6f3b2c",
        "session 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "mac 40:02:ac:10:00:0b",
        "2026-01-02 20:02:00 +0000",
        "listening on 0.0.0.0, process 4003",
        "took 240 ms, 0 errors",
        "entry at 0x400f2000",
        "{\"id\": 64, \"retries\": 2}",
    ] {
        for text in [
            format!(
                "{other}\n[192, 0]\n[16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97]\n[192, 0]\n{other}\n"
            ),
            format!("TX: c0 00\n{other}\nTX: 10 0d 00 04 4d 51 54 54\nTX: 04 02 00 3c 00 01 61\nTX: c0 00\n"),
        ] {
            let bytes = [b"\xc0\0", PACKET, b"\xc0\0"].concat();
            assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok(bytes), "{text}");
        }
    }
}

/// These are no escapes of bytes.
#[test]
fn other_characters_after_a_backslash_are_left_out() {
    let text = "[192, 0]\n{\"a\": \"\\u00c0\\u00+0\"}\n";
    assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
}

/// One line has both forms.
#[test]
fn no_packet_is_lost_beside_another_form_in_its_line() {
    let array = "[16, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 1, 97]";
    for text in [
        format!("{array} c0 00"),
        format!("{array}, c000"),
        format!("{array} <Buffer c0 00>"),
        format!("{array}\ndata=\\xc000"),
        format!("{array} 11000000 00000000"),
        format!("{{\"a\": {array}, \"b\": \"c000\"}}"),
        format!("{{\"a\": {array}, \"b\": \"wAA=\"}}"),
        format!("{{\"a\": {array}, \"b\": \"\\xc0\\x00\"}}"),
        "{\"a\": \"100d00044d5154540402003c000161\", \"b\": [192, 0]}".to_owned(),
        "INSERT INTO p VALUES (1, x'100d00044d5154540402003c000161'), (2, 0xc000);".to_owned(),
        "<Buffer 10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61> c0 00".to_owned(),
    ] {
        is_refused(&text, OTHER);
    }
    assert_eq!(
        form("b'\\x30\\x08\\x00\\x01a<a1>'").map(|(_, bytes)| bytes),
        Ok(b"\x30\x08\0\x01a<a1>".to_vec())
    );
    // Here the text in another form is a part of the payload.
    let payload = "b\"\\x30\\x12\\x00\\x01a: c000 [192, 0]\"";
    assert_eq!(form(payload).map(|(_, bytes)| bytes), Ok(b"\x30\x12\0\x01a: c000 [192, 0]".to_vec()));
}

/// In these forms, a heading states what the rows are. Other lines can have a packet, too.
#[test]
fn no_packet_is_lost_beside_rows_with_a_heading() {
    let curl = "=> Send data, 2 bytes (0x2)\n0000: c0 00                                           ..\n";
    let mbedtls = "a.c:1: |4| dumping 'output' (2 bytes)\na.c:1: |4| 0000:  c0 00      ..\n";
    let saleae = "Time [s],Value,Parity Error,Framing Error\n0.1,0xC0,,\n0.2,0x00,,\n";
    let saleae_2 =
        "name,type,start_time,duration,data\n\"a\",\"data\",0.1,0.1,0xC0\n\"a\",\"data\",0.2,0.1,0x00\n";
    for rows in [curl, mbedtls, saleae_2] {
        for other in [
            "50 02 00 02",
            "[80, 2, 0, 2]",
            "\"P\\x02\\x00\\x02\"",
            "80\n2\n0\n2",
            "0000  50 02 00 02   P...",
        ] {
            is_refused(&format!("{rows}{other}\n"), OTHER);
        }
        assert_eq!(form(&format!("{rows}mtu: 1500\n")).map(|(_, bytes)| bytes), Ok(b"\xc0\0".to_vec()));
    }
    assert!(form(&format!("{saleae}50 02 00 02\n")).is_err());
    let missing = curl.replace("=> Send data, 2", "<= Recv SSL data, 2");
    is_refused(&format!("{curl}{missing}0000: 50 02 00 02\n"), OTHER);
    is_refused(&curl.replace("..\n", ".. 50 02 00 02\n"), OTHER);
    is_refused(&mbedtls.replace("..\n", ".. 50 02 00 02\n"), OTHER);
    is_refused(&saleae_2.replace("0xC0", "0xC0,50 02 00 02"), OTHER);
}
