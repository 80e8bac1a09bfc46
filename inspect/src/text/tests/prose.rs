//! Tests of posts: packets between lines of prose.

use super::*;

const HEX: &str = "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61";

#[test]
fn packets_between_lines_of_prose_are_read() {
    let joined = HEX.replace(' ', "");
    let (first, second) = HEX.split_at("10 0d 00 04 4d 51 54 54".len());
    for bytes in [
        HEX.to_owned(),
        joined.clone(),
        HEX.replace(' ', "-").to_uppercase(),
        HEX.split(' ').map(|byte| format!("0x{byte} ")).collect(),
        format!("{first}\n{second}"),
    ] {
        let text =
            format!("Hello,\nmy client sends this:\n\n{bytes}\n\nto port 1883. Is it OK? It has MQTT v5.\n");
        let is = form(&text).map(|(_, bytes)| bytes);
        assert_eq!(is, Ok(PACKET.to_vec()), "{text}");
    }
    let answer = [PACKET, b"\x20\x02\0\x05"].concat();
    for text in [
        format!("client: {joined}\nserver: 20 02 00 05\n"),
        format!("The client sends `{HEX}`, and then it gets `20 02 00 05`.\nWhy is that?\n"),
        format!("| CONNECT | `{HEX}` |\n|---|---|\n| CONNACK | `20 02 00 05` |\n"),
        format!("I send\n{HEX}\nand the broker at 10:00 says\n20 02 00 05\nso it knows me.\n"),
    ] {
        assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok(answer.clone()), "{text}");
    }
}

/// A short word after a label can be a number, such as an identifier.
#[test]
fn a_short_word_after_a_label_is_unclear() {
    let joined = HEX.replace(' ', "");
    for other in ["id: 40021a2b", "server: 20020005"] {
        let text = format!("data: {joined}\n{other}\n");
        assert_eq!(
            form(&text),
            Err("it is unclear which lines of this log have the bytes".to_owned()),
            "{text}"
        );
    }
}

/// Each of these texts has a packet that was not read, or a part of a packet.
#[test]
fn no_part_of_a_packet_is_lost_in_prose() {
    for other in [
        "c0 0g",
        "here is 10 0d 0g 04 4d 51",
        "10 0d 00 04 4d 51",
        "`10 0d 00 04 4d`",
        "first I get `b'P\\x02\\x00\\x02'` from it",
        "other: 100d0004",
        "then it sends 8212000100 only",
        "then [80, 2, 0, 2] comes",
        "...",
        "20 02 00 ...",
        "_ 02 00_",
        "0xc, 0x00",
        "{code}SerialSend5 20020009{code}",
    ] {
        for text in
            [format!("I send this\n{HEX}\nand more\n{other}\n"), format!("{other}\nbut then\n{HEX}\n")]
        {
            let bytes = form(&text).map_or(Vec::new(), |(_, bytes)| bytes);
            assert_ne!(bytes, PACKET, "{text}");
        }
    }
}
