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
    let part = "[192, 0]\n10 0d 00 04 4d 51 54 54\n[192, 0]\n";
    assert_eq!(form(part).map(|(_, bytes)| bytes), Ok(b"\xc0\0\xc0\0".to_vec()));
}

/// The other lines have no packets.
#[test]
fn other_lines_are_left_out() {
    for other in ["mtu: 1500", "port 1883 opened", "timeout: 3000", "took 0.5 s", "id 4a6f3b2c"] {
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
