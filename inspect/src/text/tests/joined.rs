//! Tests of numbers with nothing between them, and of numbers of hardware languages.

use super::*;

#[test]
fn decimal_numbers_of_three_digits_can_be_joined() {
    let joined: String = PACKET.iter().map(|byte| format!("{byte:03}")).collect();
    // 45 digits cannot be pairs, because the number is odd.
    is_packet(&joined, Form::JoinedDecimal);
    is_packet(&format!("{}\n{}", &joined[..30], &joined[30..]), Form::JoinedDecimal);
    // 48 digits can also be pairs. The program takes the reading that is MQTT.
    let even = read(format!("{joined}192").as_bytes(), None).unwrap();
    assert_eq!((even.form, even.others.len()), (Form::Digits(Radix::Hexadecimal), 1));
    assert_eq!(even.others[0], ([PACKET, b"\xc0"].concat(), Form::JoinedDecimal));
    let decimal = read(joined.as_bytes(), Some(Radix::Decimal)).unwrap();
    assert_eq!((decimal.bytes, decimal.form), (PACKET.to_vec(), Form::JoinedDecimal));
    let hexadecimal = read(format!("{joined}192").as_bytes(), Some(Radix::Hexadecimal)).unwrap();
    assert_eq!((hexadecimal.bytes.len(), hexadecimal.others), (24, vec![]));
    is_refused("256013000", "an odd number of digits");
    assert!(read(b"016013000", Some(Radix::Octal)).is_err());
}

/// Without leading zeros, nothing shows where a number ends.
#[test]
fn a_long_number_without_letters_has_a_hint() {
    let hint = |text: &str| read(text.as_bytes(), None).unwrap().hint;
    assert!(hint("161304778184844200600197").is_some());
    assert_eq!(hint("161304778184844200600c97"), None);
    assert_eq!(hint("16130477818484"), None);
    is_refused("1613047781848442006001971", "an odd number of digits; the text has only decimal digits");
}

#[test]
fn numbers_of_verilog_and_vhdl_are_read() {
    let join =
        |form: fn(&u8) -> String, between: &str| PACKET.iter().map(form).collect::<Vec<_>>().join(between);
    let hexadecimal = Form::Array(Radix::Hexadecimal);
    for text in [
        format!("{{{}}};", join(|byte| format!("8'h{byte:02X}"), ", ")),
        join(|byte| format!("8'b{byte:08b}"), "\n"),
        join(|byte| format!("8'b{:04b}_{:04b}", byte >> 4, byte & 15), "\n"),
        join(|byte| format!("8'd{byte}"), " "),
        join(|byte| format!("'h{byte:x}"), " "),
        format!("120'h{}", join(|byte| format!("{byte:02x}"), "")),
        format!("({})", join(|byte| format!("x\"{byte:02X}\""), ", ")),
        join(|byte| format!("X\"{byte:02X}\""), " & "),
    ] {
        is_packet(&text, hexadecimal);
    }
    for text in ["12'h10d", "16'hc0", "8'h100", "9'd16", "8'd256"] {
        is_refused(text, "eight bits");
    }
    is_refused("assign a = 8'h10;", "number of Verilog among other text");
    is_refused("8'hzz", "no other form fits");
    is_refused("x\"1\"", "");
}

/// `{:x?}` of Rust writes no zeros, and the numbers may have no letters.
#[test]
fn an_array_without_letters_can_be_hexadecimal() {
    let others = |text: &str| read(text.as_bytes(), None).unwrap().others;
    assert_eq!(
        others("[30, 4, 0, 1, 61, 31]"),
        [(b"\x30\x04\0\x01\x61\x31".to_vec(), Form::Array(Radix::Hexadecimal))]
    );
    assert_eq!(others("[30, 4, 0, 1, 61, 100]"), []);
    assert_eq!(others("[0x30, 4, 0, 1, 61, 31]"), []);
    let decimal = read(b"[30, 4, 0, 1, 61, 31]", Some(Radix::Decimal)).unwrap();
    assert_eq!(decimal.others, []);
}

#[test]
fn quoted_printable_is_named() {
    is_refused("=10=0D=00=04MQTT=04=02=00<=00=01a", "this looks like quoted-printable");
    is_refused("0=04=00=01a10=05=00=01a2", "this looks like quoted-printable");
}
