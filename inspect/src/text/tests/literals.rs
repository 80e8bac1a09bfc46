//! Tests of literals: what programs print around and between the bytes.

use super::*;

#[test]
fn numbers_with_their_characters_are_one_byte() {
    let shown = |byte: &u8| match byte {
        32..=126 => format!("{byte} '{}'", char::from(*byte)),
        _ => format!("{byte} '\\{byte:03o}'"),
    };
    let items = PACKET.iter().map(shown).collect::<Vec<_>>().join(", ");
    is_packet(&format!("$1 = {{{items}}}"), Form::Array(Radix::Decimal));
    is_refused("$1 = {16 '\\020', 13 '\\r', 0 '\\000' <repeats 30 times>}", "left out");
    is_refused("$1 = {0x10, 0xd, 0x0 <repeats 30 times>}", "left out");
}

#[test]
fn arrays_in_calls_and_with_properties() {
    let numbers = PACKET.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    for text in [
        format!("array('B', [{numbers}])"),
        format!(
            "Uint8Array(15)\u{a0}[{numbers}, buffer: ArrayBuffer(15), byteLength: 15, byteOffset: 0, length: 15, Symbol(Symbol.toStringTag): 'Uint8Array']"
        ),
    ] {
        is_packet(&text, Form::Array(Radix::Decimal));
    }
}

#[test]
fn arrays_of_strings() {
    let join = |each: fn(&u8) -> String| PACKET.iter().map(each).collect::<Vec<_>>().join(", ");
    is_packet(&format!("[{}]", join(|byte| format!("'{byte:#x}'"))), Form::List(Radix::Hexadecimal));
    is_packet(
        &format!("{{\"data\": [{}]}}", join(|byte| format!("\"{byte:02x}\""))),
        Form::List(Radix::Hexadecimal),
    );
    is_refused("['16', '13', '10']", "use --decimal or --hex");
    assert_eq!(form("['1', 'a']").map(|(_, bytes)| bytes), Ok(b"1a".to_vec()));
}

#[test]
fn strings_of_databases_and_strings_in_strings() {
    for text in [
        "INSERT INTO t VALUES (1, '\\x100d00044d5154540402003c000161');",
        "E'\\\\x100d00044d5154540402003c000161'",
        "{\"payload\": \"\\\\x100d00044d5154540402003c000161\"}",
    ] {
        is_packet(text, Form::QuotedDigits);
    }
    assert_eq!(form("b'\\x10ab'"), Ok((Form::String, b"\x10ab".to_vec())));
    for text in
        [r#"{"log":"b'\\x10\\r\\x00\\x04MQTT'\n"}"#.replace("\\n", ""), r"E'\\020\\015\\000'".to_owned()]
    {
        is_refused(&text, "each backslash stands twice");
    }
    assert_eq!(form(r#""\x10\\x41""#), Ok((Form::String, b"\x10\\x41".to_vec())));
}

#[test]
fn octal_escapes_with_a_sign_of_the_language() {
    let octal = r"\020\r\000\004MQTT\004\002\000<\000\001a";
    for text in [
        format!("\t.ascii\t\"{octal}\""),
        format!("printf '{octal}' | nc localhost 1883"),
        format!("<ByteString@4f2 size=15 contents=\"{octal}\">"),
    ] {
        is_packet(&text, Form::String);
    }
}

#[test]
fn a_letter_in_quotes_is_no_prefix() {
    assert!(form("10'.' 0d'.' 62'b' 63'c' 30'0'").is_err());
}

/// mqtt_client of Dart prints decimal numbers.
#[test]
fn decimal_numbers_in_angles_are_not_read_as_hexadecimal() {
    let text: String = PACKET.iter().map(|byte| format!("<{byte}> ")).collect();
    is_refused(&text, "not all numbers in `<…>` have two hexadecimal digits");
    let text: String = PACKET.iter().map(|byte| format!("<{byte:02x}>")).collect();
    is_packet(&text, Form::NodeBuffer);
    // The level of a line of a log.
    is_packet("<6>mqtt: <10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61>", Form::NodeBuffer);
}

#[test]
fn replaced_bytes_are_not_overlooked() {
    is_refused("'\\x10\\x0f\\x00\\x04MQTT\u{fffd}'", "has replaced bytes that are not UTF-8");
}

#[test]
fn casts_of_scala() {
    let items = PACKET.iter().map(|byte| format!("0x{byte:02x}.toByte")).collect::<Vec<_>>().join(", ");
    is_packet(&format!("Array({items})"), Form::Array(Radix::Hexadecimal));
}
