//! Tests of digits and of logs: no part of the bytes is lost, and nothing else is read as bytes.

use super::*;

const HEX: &str = "10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61";

/// Java's `Integer.toHexString` and C's `%02x` of a signed character print `ffffffc0` for the byte 0xC0.
#[test]
fn bytes_with_a_sign_in_hexadecimal_are_read() {
    let bytes = b"\x90\x03\x00\x01\x80".to_vec();
    for text in [
        "ffffff90 3 0 1 ffffff80",
        "ffffff90, 3, 0, 1, ffffff80",
        "FFFFFF90 03 00 01 FFFFFF80",
        "RX: ffffff90 03 00 01 ffffff80",
        "12:00:01.234 -> ffffff90 3 0 1 ffffff80",
        "ffffff90\n3\n0\n1\nffffff80\n",
        "ffffffffffffff90 03 00 01 ffffffffffffff80",
        "0xffffff90 0x3 0x0 0x1 0xffffff80",
        "ff90 03 00 01 ff80",
        "0xff90, 0x03, 0x00, 0x01, 0xff80",
        "[ffffff90, 3, 0, 1, ffffff80]",
        "{ 0xffffff90, 0x03, 0x00, 0x01, 0xffffff80 };",
    ] {
        assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(bytes.clone()), "{text}");
    }
    // Groups of bytes.
    assert_eq!(
        form("ffffff90 03000180").map(|(_, bytes)| bytes),
        Ok(b"\xff\xff\xff\x90\x03\0\x01\x80".to_vec())
    );
    assert_eq!(form("RX: ffffff90").map(|(_, bytes)| bytes), Ok(b"\xff\xff\xff\x90".to_vec()));
    is_refused("ffffffc0 00", "one byte with a sign or several bytes");
    assert_eq!(form("ffffffc0 0").map(|(_, bytes)| bytes), Ok(b"\xc0\0".to_vec()));
    is_refused("{ 0xffffff10, 0x03 }", "not a byte");
}

/// The byte order of words is unknown.
#[test]
fn words_of_assemblers_are_not_guessed() {
    for text in [
        "dw 0d10h, 0400h, 514dh",
        "\tDW 0x0d10, 0x0400\n\tDW 0x514d\n",
        "packet: .word 0x04000d10, 0x5454514d",
        ".hword 0x0d10, 0x0400",
        "  .long 0x04000d10",
        ".short 3344, 1024",
        ".2byte 0xd10",
        "packet DCD 0x04000D10, 0x5454514D",
        "dd 004000d10h, 05454514dh",
        "dc.w $100d,$0004",
        "fdb $100d",
        ".dw 0x0d10, 0x0400 ; CONNECT",
    ] {
        is_refused(text, "words");
    }
    is_refused("uint16_t p[] = { 0x0d10, 0x0400, 0x514d };", "\"0x0d10\" is not a byte");
    is_refused("{ 0x04000d10, 0x5454514d }", "\"0x04000d10\" is not a byte");
    assert_eq!(form("dd 00 01 02").map(|(_, bytes)| bytes), Ok(vec![0xdd, 0, 1, 2]));
    is_packet(
        "packet .byte 0x10, 0x0d, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0x3c, 0, 1, 0x61",
        Form::Log(Radix::Hexadecimal),
    );
}

#[test]
fn signs_of_omission_are_not_overlooked() {
    for text in [
        format!("{HEX} ..."),
        format!("{HEX} …"),
        format!("{HEX}…"),
        "100d0004…".to_owned(),
        "Data: 100d0004…".to_owned(),
        "100d0004 [...]".to_owned(),
        "10 0d 00 04 4d [...] 00 01 61".to_owned(),
        "10 0d 00 04 ... 3c 00 01 61".to_owned(),
        "10 0d 00 04 … 3c 00 01 61".to_owned(),
        "RX: 10 0d 00 04 [..] 3c 00 01 61".to_owned(),
        format!("RX: {HEX} (12 more bytes)"),
        format!("{HEX} (truncated)"),
        format!("{HEX} [truncated]"),
        format!("{HEX} <snip>"),
        "c0 00 [12 bytes omitted]".to_owned(),
        "10 0d 00 04\n...\n00 01 61\n".to_owned(),
        "RX: 10 0d 00 04\n[...]\nRX: 00 01 61\n".to_owned(),
    ] {
        is_refused(&text, "left out");
    }
    // Before the bytes, the same sign means something else.
    is_packet(&format!("Connecting ... RX: {HEX}"), Form::Log(Radix::Hexadecimal));
    is_packet(&format!("waiting...\nRX: {HEX}"), Form::Log(Radix::Hexadecimal));
}

#[test]
fn lines_with_a_single_number_are_refused_or_read() {
    // Each line has a byte, and some have one digit.
    for text in ["a[7] = 144\na[7] = 3\na[7] = 0\na[7] = 128\n", "value=144\nvalue=3\nvalue=0\nvalue=128\n"] {
        is_refused(text, "unclear");
    }
    // Responses of modems: the number is the length of the bytes below it.
    is_packet("+QIRD: 15\n100D00044D5154540402003C000161\nOK\n", Form::Log(Radix::Hexadecimal));
    is_packet("+QIURC: \"recv\",0,15\n100D00044D5154540402003C000161\n", Form::Log(Radix::Hexadecimal));
    is_refused("+QIRD: 15\n100D00044D5154540402003C0001\nOK\n", "unclear");
    assert_eq!(
        form("data: 10 0d 00 04 4d 51 54 54\ndata: 04 02 00 3c 00 01\ndata: 61\n").map(|is| is.1),
        Ok(PACKET.to_vec())
    );
}

#[test]
fn digits_with_words_between_them_are_refused() {
    for text in ["*00000000: 3010 0003 6162  0...abc", "note 3010 0003 6162 then c000 d000"] {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
    // Names of control characters.
    is_refused("0<DLE><NUL><0x03>abc01234567890", "unclear");
    is_refused("<C0><00>hello<d0><00>", "characters");
    is_refused("<10><0D><00><04>MQTT<04>", "characters");
}

/// A column of characters can have digits only.
#[test]
fn characters_after_the_bytes_of_a_log_are_not_bytes() {
    let publish = b"\x30\x10\x00\x03abc01234567890".to_vec();
    for text in [
        "  30 10 00 03 61 62 63 30    31 32 33 34 35 36 37 38    0...abc012345678\n  39 30                      90\n",
        "30 10 00 03 61 62 63 30 31 32 33 34 35 36 37 38  0...abc012345678\n39 30                                            90\n",
        "30 10 00 03 61 62 63 30 31 32 33 34 35 36 37 38 | 0...abc012345678\n39 30                                           | 90\n",
        "30 10 00 03 61 62 63 30 31 32 33 34 35 36 37 38\t0...abc012345678\n39 30\t90\n",
    ] {
        assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(publish.clone()), "{text}");
    }
}

#[test]
fn offsets_and_other_long_numbers_are_not_decimal_bytes() {
    is_refused("0000016 31 200", "\"0000016\" is not a byte");
    let bad = read(b"0000016 31 200", Some(Radix::Decimal)).unwrap_err();
    assert!(bad.what.contains("\"0000016\" is not a byte"), "{bad}");
    is_refused("0b00010000, 0b00001101", "binary");
    is_refused("0b00010000 0b1101", "binary");
}

#[test]
fn numbers_of_processes_and_lines_are_not_bytes() {
    is_packet(&format!("Jan  2 12:00:00 host app[1234]: {HEX}"), Form::Log(Radix::Hexadecimal));
    is_packet(&format!("Jan 02 12:00:00 gateway mqttd[812]: rx {HEX}"), Form::Log(Radix::Hexadecimal));
    for text in [
        "1: 10 0d 00 04 4d 51 54 54\n2: 04 02 00 3c 00 01 61\n",
        "1. 10 0d 00 04 4d 51 54 54\n2. 04 02 00 3c 00 01 61\n",
        "     1\t10 0d 00 04 4d 51 54 54\n     2\t04 02 00 3c 00 01 61\n",
    ] {
        is_packet(text, Form::Digits(Radix::Hexadecimal));
    }
    is_refused("1: 10 0d 00 04 4d 51 54 54\n3: 04 02 00 3c 00 01 61\n", "unclear");
}

/// Intel HEX and Motorola S-records have addresses and checksums between the bytes.
#[test]
fn formats_of_firmware_are_named() {
    is_refused(":0F000000100D00044D5154540402003C00016114\n:00000001FF\n", "objcopy -I ihex");
    is_refused("S0030000FC\nS1120000100D00044D5154540402003C00016110\nS9030000FC\n", "objcopy -I srec");
}

/// Joined digits can be plain bytes or bytes with a sign, and words can have either order. The caller decides.
#[test]
fn the_other_reading_of_ambiguous_digits_is_given() {
    let plain = |text: &str| {
        let reading = read(text.as_bytes(), None).unwrap();
        (reading.bytes, reading.others)
    };
    let signed = b"\x90\x03\x00\x01\x80".to_vec();
    for text in ["ffffff90030001ffffff80", "ff90030001ff80"] {
        let (bytes, others) = plain(text);
        assert_eq!(bytes.len() * 2, text.len());
        assert_eq!(others[0], (signed.clone(), Form::SignedDigits), "{text}");
    }
    // This byte has no sign.
    assert_eq!(plain("ffffff9003000180").1, []);
    assert_eq!(plain("90 03 00 01 80").1, []);
    let words = |bytes: &[u8]| (bytes.to_vec(), Form::Words);
    assert_eq!(
        plain("0390 0100 0080").1,
        [words(b"\x90\x03\x00\x01\x80\x00"), words(b"\x90\x03\x00\x01\x80")]
    );
    assert_eq!(plain("0390 0100").1, [words(b"\x90\x03\x00\x01")]);
    assert_eq!(plain("0390 01").1, []);
}

/// Each 0 before an `x` begins a number.
#[test]
fn marks_without_blanks_separate_numbers() {
    for text in [
        PACKET.iter().map(|byte| format!("0x{byte:02X}")).collect::<String>(),
        PACKET.iter().map(|byte| format!("0x{byte:x}")).collect::<String>(),
        "0x100x0d0x000x04 0x4d0x510x540x54\n0x040x020x000x3c0x000x010x61\n".to_owned(),
    ] {
        is_packet(&text, Form::Digits(Radix::Hexadecimal));
    }
    assert!(form("0x100x0d0").is_err());
}

/// `Serial.print(byte, BIN)` of Arduino prints no zeros at the beginning.
#[test]
fn binary_numbers_of_any_length_are_refused() {
    for text in ["10010000 11 0 1 10000000", "11000000 0", "0001 0000 0000 1101", "RX: 11010000 0"] {
        is_refused(text, "binary or hexadecimal");
    }
    assert_eq!(form("10 01 11 00").map(|(_, bytes)| bytes), Ok(vec![0x10, 1, 0x11, 0]));
}

#[test]
fn bytes_in_braces_between_characters_are_not_left_out() {
    is_refused("{10}{0D}{00}{04}MQTT{04}{02} 10 20 30 40", "unclear");
    is_refused("16, 13, 0, 4, 77,: 192, 0, 208, 0", "unclear");
}

#[test]
fn the_lengths_of_socat_are_not_bytes() {
    let text = format!("> 2026/01/02 12:00:01.000123456  length=191 from=0 to=190\n {HEX}\n--\n");
    is_packet(&text, Form::Log(Radix::Hexadecimal));
}

/// Brokers and clients write such lines beside the bytes.
#[test]
fn messages_of_brokers_and_clients_are_left_out() {
    for other in [
        "1700000001: Sending CONNACK to c1 (0, 0)",
        "1700000001: Received PINGREQ from c1",
        "1700000001: Sending PUBLISH to dev (d0, q0, r0, m0, 'a', ... (12 bytes))",
        "Client c1 received SUBACK",
        "D (1234) MQTT_CLIENT: mqtt_message_receive: first byte: 0x30",
        "D (1234) MQTT_CLIENT: mqtt_message_receive: read \"remaining length\" byte: 0xd",
    ] {
        for mark in ["RX: ", "D (1235) MQTT_CLIENT: ", "12:00:01 RX "] {
            let text = format!("{other}\n{mark}{HEX}\n{other}\n");
            assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok(PACKET.to_vec()), "{text}");
        }
    }
    // The last byte stands alone.
    let rows = "data: 10 0d 00 04 4d 51 54 54\ndata: 04 02 00 3c 00 01\ndata: 61\n";
    assert_eq!(form(rows).map(|(_, bytes)| bytes), Ok(PACKET.to_vec()));
}

/// If no form fits, the error advises the user.
#[test]
fn a_text_without_a_form_is_refused_with_advice() {
    is_refused("hello world", "give the bytes alone");
}

#[test]
fn the_time_in_microseconds_is_not_bytes() {
    is_refused("1700000000123456 20 02 00 00\n1700000000123499 d0 00 d0 00\n", "unclear");
}

/// A digit was mistyped.
#[test]
fn a_line_that_is_nearly_bytes_is_not_left_out() {
    for line in ["12:00:02 c0 0g", "RX: c0 0g", "12:00:02 RX c0 O0", "c0 0g"] {
        is_refused(&format!("12:00:01 RX c0 00\n{line}\n"), "unclear");
        is_refused(&format!("{line}\n12:00:01 RX c0 00\n"), "unclear");
    }
    let text = format!("12:00:01 RX {HEX}\nmode 3V on\nT1 x2\n");
    is_packet(&text, Form::Log(Radix::Hexadecimal));
}
