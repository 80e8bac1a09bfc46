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
    is_refused("$1 = {16 '\\020', 13 '\\r', 0 '\\000' <repeats 30 times>...}", "left out");
    is_refused("$1 = {0x10, 0xd, 0x0 <repeats 30 times>...}", "left out");
}

#[test]
fn arrays_in_calls_and_with_properties_are_read() {
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
fn arrays_of_quoted_numbers_are_read() {
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
fn strings_of_databases_and_strings_in_strings_are_read_or_refused() {
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
fn octal_escapes_with_a_sign_of_the_language_are_read() {
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
    is_refused("b'\\x10\\x0f\\x00***@***.***\\x08'", "replaced by stars");
}

#[test]
fn arrays_with_casts_of_scala_are_read() {
    let items = PACKET.iter().map(|byte| format!("0x{byte:02x}.toByte")).collect::<Vec<_>>().join(", ");
    is_packet(&format!("Array({items})"), Form::Array(Radix::Hexadecimal));
}

/// The stack trace of a broker has a part of the packet, and the message has the packet.
#[test]
fn binaries_of_stack_traces_are_not_joined_with_others() {
    for text in [
        "[{emqx_frame,parse_utf8_string,[<<1,2,0>>],[]}]\nFrame data:<<16,13,0,4,77,81>>\n",
        "Parser failed for {{badmatch,<<34,58>>},[]} Error data: <<16,13,0,4,77,81>>",
    ] {
        is_refused(text, "unclear which of the binaries");
    }
    assert_eq!(form("[<<16,13>>, <<0,4>>]").map(|(_, bytes)| bytes), Ok(vec![16, 13, 0, 4]));
    assert_eq!(form("recv <<192,0>>\nsent <<208,0>>\n").map(|(_, bytes)| bytes), Ok(vec![192, 0, 208, 0]));
}

/// The escapes of rsyslog are octal, and characters stand beside them.
#[test]
fn escapes_of_rsyslog_are_not_read_as_pascal() {
    for text in ["recv #020#015#000#004MQTT#004#002#000<#000#001a", "#300#000a", "recv #320#000"] {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
    is_refused("recv #020#015#000#004MQTT#004#002", "not in a string of Pascal");
    is_refused("recv #020#015#000", "decimal, as in Pascal, or octal");
    assert_eq!(form("s := #192#0 + 'a';").map(|(_, bytes)| bytes), Ok(vec![192, 0, b'a']));
}

#[test]
fn characters_between_escapes_are_refused_or_read() {
    is_refused("([0] = '\\x10', [1] = '\\r', [2] = '\\0', [3] = '\\x04')", "unclear whether each");
    is_refused("'\\xc0' 'a' '\\0'".replace(' ', ", ").as_str(), "unclear whether each");
    assert_eq!(form("{'\\xc0', 'a', '\\0'}").map(|(_, bytes)| bytes), Ok(vec![0xc0, b'a', 0]));
}

#[test]
fn bytes_in_angles_between_words_are_not_joined() {
    is_refused("expected: <16> but was: <32>", "unclear which of the numbers");
    assert_eq!(form("rx <c0><00>\nrx <d0> <00>").map(|(_, bytes)| bytes), Ok(vec![0xc0, 0, 0xd0, 0]));
}

/// `write` can send fewer bytes than it was given, or none.
#[test]
fn a_string_of_strace_has_the_bytes_of_its_call() {
    let call = |result: &str| format!("write(3, \"\\20\\r\\0\\4MQTT\\4\\2\\0<\\0\\1a\", 15) = {result}\n");
    is_packet(&call("15"), Form::String);
    is_packet(&call("? ERESTARTSYS"), Form::String);
    for result in ["8", "-1 EAGAIN (Resource temporarily unavailable)", "99999999999999999"] {
        is_refused(&call(result), "this string has 15 bytes, but the call has returned");
    }
    is_refused("write(3, \"\\20\\r\\0\\4MQTT\"..., 15) = 15\n", "left out a part");
}

#[test]
fn a_character_of_latin_1_beside_escapes_of_unicode_is_not_guessed() {
    is_refused("\"\\u0010\\u0002\u{c0}\\u0000\"", "the encoding of a character beyond ASCII is unknown");
    let bytes = form("\"\\u0010\\u0002€\\u0000\"").map(|(_, bytes)| bytes);
    assert_eq!(bytes, Ok(b"\x10\x02\xe2\x82\xac\0".to_vec()));
}
