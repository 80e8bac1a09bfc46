//! Tests of lists, tables, Base64 and strings of Pascal.

use super::*;

/// The table of Netty's `ByteBufUtil.prettyHexDump`.
fn netty(bytes: &[u8]) -> String {
    let mut text = format!(
        "         +{line:-<49}+\n         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n+--------+{line:-<49}+{line:-<16}+\n",
        line = ""
    );
    for (number, row) in bytes.chunks(16).enumerate() {
        let hex: String = row.iter().map(|byte| format!(" {byte:02x}")).collect();
        let shown: String =
            row.iter().map(|b| if (32..127).contains(b) { char::from(*b) } else { '.' }).collect();
        text.push_str(&format!("|{:08x}|{hex:<49}|{shown:<16}|\n", number * 16));
    }
    text + &format!("+--------+{line:-<49}+{line:-<16}+\n", line = "")
}

#[test]
fn tables_of_netty_and_hexyl_are_read() {
    let bytes = [PACKET, b"0\x13\0\x03abc|abc de 10 0d|"].concat();
    assert_eq!(form(&netty(&bytes)), Ok((Form::Table, bytes.clone())));
    let heading = "12:00:01.123 [nioEventLoopGroup-2-1] DEBUG LoggingHandler - [id: 0x2b0b1a2c, L:/127.0.0.1:1883] READ: 15B\n";
    let two = format!("{heading}{}{heading}{}", netty(PACKET), netty(&bytes));
    let reading = read(two.as_bytes(), None).unwrap();
    assert_eq!((reading.bytes, reading.left_out), ([PACKET, &bytes].concat(), 10));
    let quoted: String = netty(PACKET).lines().map(|line| format!("> {line}\n")).collect();
    is_packet(&quoted, Form::Table);
    is_packet(
        "┌────────┬─────────────────────────┬─────────────────────────┬────────┬────────┐\n\
         │00000000│ 10 0d 00 04 4d 51 54 54 ┊ 04 02 00 3c 00 01 61    │•_0•MQTT┊••0<0•a │\n\
         └────────┴─────────────────────────┴─────────────────────────┴────────┴────────┘\n",
        Form::Table,
    );
    is_packet(
        "write(5, \"\\20\\r\"..., 15) = 15\n | 00000  10 0d 00 04 4d 51 54 54  04 02 00 3c 00 01 61     ....MQTT...<..a  |\n",
        Form::Table,
    );
    is_refused(&netty(&bytes).replace("|00000010|", "|00000020|"), "the row of byte 16");
    is_refused(&netty(PACKET).replace("MQTT", "MQIs"), "characters");
    is_refused(&netty(PACKET).replace(" 4d ", " xx "), "16 bytes");
}

#[test]
fn lists_with_an_index_for_each_byte_are_read() {
    use Radix::{Decimal, Hexadecimal};
    let list = |before: &str, each: fn(usize, u8) -> String, after: &str| {
        let items: String = PACKET.iter().enumerate().map(|(at, byte)| each(at, *byte)).collect();
        format!("{before}{items}{after}")
    };
    for (text, radix) in [
        (
            list("(Data) $R0 = 15 bytes {\n", |at, byte| format!("  [{at}] = 0x{byte:02x}\n"), "}\n"),
            Hexadecimal,
        ),
        (list("", |at, byte| format!("buf[{at}] = 0x{byte:02X};\n"), ""), Hexadecimal),
        (list("", |at, byte| format!("\t[{at}]\t0x{byte:02x}\tbyte\n"), ""), Hexadecimal),
        (list("", |at, byte| format!("byte {}: 0x{byte:02x}\n", at + 1), ""), Hexadecimal),
        (
            list("| byte | value |\n|---|---|\n", |at, byte| format!("| {} | 0x{byte:02x} |\n", at + 1), ""),
            Hexadecimal,
        ),
        (list("", |at, byte| format!("{at}: {byte:02x}\n"), ""), Hexadecimal),
        (list("Array\n(\n", |at, byte| format!("    [{at}] => {byte}\n"), ")\n"), Decimal),
        (list("array (\n", |at, byte| format!("  {at} => {byte},\n"), ")"), Decimal),
        (list("{", |at, byte| format!("\"{at}\":{byte},"), "}"), Decimal),
        (list("{\n", |at, byte| format!("  \"{at}\": {byte},\n"), "}"), Decimal),
    ] {
        is_packet(&text, Form::List(radix));
    }
    // The numbers of a browser's console.
    let text = "Uint8Array(5) [...]\n0: 144\n1: 3\n2: 0\n3: 1\n4: 128\nlength: 5\n";
    assert_eq!(form(text), Ok((Form::List(Decimal), b"\x90\x03\0\x01\x80".to_vec())));
    assert_eq!(form("[0] = -64\n[1] = 0"), Ok((Form::List(Decimal), b"\xc0\0".to_vec())));
    is_refused("0: 16\n1: 13\n2: 0", "use --decimal or --hex");
    for text in
        ["buf[0] = 144\nbuf[2] = 3", "0: 144\n1: 3\n1: 0\n", "[0] = 0xc0\nsize 2\n[1] = 0x00\nx[1] = 5\n"]
    {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
}

#[test]
fn lists_of_yaml_are_read() {
    let items = |each: fn(&u8) -> String| PACKET.iter().map(each).collect::<String>();
    is_packet(&items(|byte| format!("- 0x{byte:02x}\n")), Form::List(Radix::Hexadecimal));
    is_packet(
        &format!("payload:\n{}", items(|byte| format!("  - {byte:02x}\n"))),
        Form::List(Radix::Hexadecimal),
    );
    is_packet(&items(|byte| format!("- '{byte:02x}' # a\n")), Form::List(Radix::Hexadecimal));
    assert_eq!(
        form("- 144\n- 3\n- 0\n- 1\n- 128"),
        Ok((Form::List(Radix::Decimal), b"\x90\x03\0\x01\x80".to_vec()))
    );
    is_refused("payload:\n  - 16\n  - 13\n", "use --decimal or --hex");
    is_refused("- 144\n- 300\n", "not");
    assert!(form("a:\n- 192\n- 0\nb:\n- 208\n- 0\n").is_err());
}

#[test]
fn base64_with_a_mark_is_read() {
    let base64 = "EA0ABE1RVFQEAgA8AAFh";
    for text in [
        format!("payload: !!binary {base64}\n"),
        format!("payload: !!binary |\n  {}\n  {}\nqos: 0\n", &base64[..8], &base64[8..]),
        format!("- !!binary \"{base64}\"\n"),
        format!("data:application/octet-stream;base64,{base64}"),
        format!("Convert.FromBase64String(\"{base64}\")"),
        format!("base64.b64decode(b'{base64}')"),
        format!("atob('{base64}')"),
    ] {
        is_packet(&text, Form::Base64);
    }
    // The YAML of Wireshark's "Follow TCP Stream". The padding may be missing.
    let text = "# Packet 1\npackets:\n  - packet: 4\n    data: !!binary |\n      wAA=\n  - packet: 5\n    data: !!binary |\n      0AA\n";
    let reading = read(text.as_bytes(), None).unwrap();
    assert_eq!((&*reading.bytes, reading.left_out), (b"\xc0\0\xd0\0".as_slice(), 4));
    is_refused("!!binary |\n", "no Base64");
    is_refused("!!binary wAA*", "invalid");
    is_refused("!!binary EA0ABE1R...", "left out the rest");
    is_refused("!!binary wAA= !!binary 0AA=", "unclear");
    for text in [base64, "{\"payload\": \"EA0ABE1RVFQEAgA8AAFh\"}"] {
        is_refused(text, "Base64");
    }
}

/// The characters of a string or of a log can look like another form.
#[test]
fn marks_in_other_forms_are_characters() {
    for characters in ["!!binary wAA=", ";base64,wAA=", "#12#34#56", "#$10#$0D"] {
        let bytes = [b"\x30\x20\0\x03", characters.as_bytes()].concat();
        assert_eq!(form(&format!("b\"{}\"", bytes.escape_ascii())), Ok((Form::String, bytes.clone())));
        assert_eq!(form(&format!("<<48,32,0,3,\"{characters}\">>")), Ok((Form::Erlang, bytes.clone())));
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let log = format!("RX: {}  0 ..{characters}\n", hex.join(" "));
        assert_eq!(form(&log), Ok((Form::Log(Radix::Hexadecimal), bytes)), "{log}");
    }
}

#[test]
fn strings_of_pascal_are_read() {
    for text in [
        "#$10#$0D#$00#$04MQTT".replace("MQTT", "#$4D#$51#$54#$54#$04#$02#$00#$3C#$00#$01#$61"),
        "S := #$10#$0D#0#4'MQTT'#4#2#0'<'#0#1'a';".to_owned(),
        "Send(#16#13#0#4'MQTT' +\n  #4#2#0#60#0#1#97);".to_owned(),
        "#$10 #$0d #$00 #$04 'MQTT' #$04 #$02 #$00 '<' #$00 #$01 'a'".to_owned(),
        "A := #$10#$0D#0#4; B := 'MQTT'#4#2#0'<'#0#1'a';".to_owned(),
    ] {
        is_packet(&text, Form::String);
    }
    assert_eq!(form("#$30'it''s'#0"), Ok((Form::String, b"0it's\0".to_vec())));
    is_refused("#$10#256", "\"#256\" is not a byte");
    assert_eq!(form("<<16#10,16#D>>"), Ok((Form::Erlang, b"\x10\x0d".to_vec())));
    for text in ["see #1234 #10", "#12", "#100d00 #4d5154", "'a' #1"] {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
}

#[test]
fn arrays_of_php_are_read() {
    let array = |bytes: &[i16]| {
        let entries: String = bytes.iter().map(|byte| format!("  [\"x\"]=>\n  int({byte})\n")).collect();
        format!("array({}) {{\n{entries}}}\n", bytes.len())
    };
    let list = Form::List(Radix::Decimal);
    let packet: Vec<i16> = PACKET.iter().map(|byte| (*byte).into()).collect();
    is_packet(&array(&packet), list);
    assert_eq!(form(&array(&[-64, 0])), Ok((list, b"\xc0\x00".to_vec())));
    for (text, what) in [
        (array(&[192, 256]), "needs a key and a byte here"),
        (array(&[192, 0]).replace("(2)", "(3)"), "needs a key and a byte here"),
        (
            array(&[192, 0]).replace("}", ""),
            "the `}` of the array of PHP is missing: the array has 2 bytes, and the text has 2",
        ),
        (array(&[192, 0]).replace("int(0)", "string(1) \"a\""), "needs a key and a byte here"),
    ] {
        assert!(form(&text).is_err_and(|found| found.contains(what)), "{text}");
    }
}

#[test]
fn tables_of_saleae_logic_are_read() {
    let table = |heading: &str, row: fn(u8) -> String| {
        let rows: String = PACKET.iter().map(|byte| row(*byte)).collect();
        format!("{heading}\n{rows}")
    };
    let old = "Time [s],Value,Parity Error,Framing Error";
    let new = "name,type,start_time,duration,data";
    is_packet(&table(old, |byte| format!("0.1,0x{byte:02X},,\n")), Form::Saleae);
    is_packet(&table(new, |byte| format!("\"Async Serial\",\"data\",0.1,0.2,0x{byte:02X}\n")), Form::Saleae);
    is_packet(
        &table(new, |byte| format!("I2C,address,0.1,0.2,0x55\r\nI2C,data,0.1,0.2,0x{byte:02x}\r\n")),
        Form::Saleae,
    );
    for (text, what) in [
        (table(old, |byte| format!("0.1,{byte:03},,\n")), "needs hexadecimal values"),
        (table(old, |byte| format!("0.1,0x{byte:02X},Error,\n")), "has found an error in this byte"),
        (table("Time [s],Packet ID,MOSI,MISO", |byte| format!("0.1,0,0x{byte:02X},0x00\n")), "MOSI and MISO"),
    ] {
        assert!(form(&text).is_err_and(|found| found.contains(what)), "{text}");
    }
}

#[test]
fn percent_encoding_is_read() {
    for text in ["%10%0d%00%04MQTT%04%02%00%3c%00%01a", "\"%10%0D%00%04%4D%51TT%04%02%00%3C%00%01%61\"\n"] {
        is_packet(text, Form::Percent);
    }
    // `+` can be a blank, and a broken escape can be anything.
    for text in ["%10%0d+%04", "%10%0", "%10%zz", "%10 %0d", "MQTT"] {
        assert!(form(text).is_err(), "{text}");
    }
}

/// The last byte has a character that could be a number: `'a'`.
#[test]
fn the_characters_of_a_debugger_are_left_out() {
    let shown = |byte: u8| match byte {
        32..=126 => char::from(byte).to_string(),
        _ => format!("\\x{byte:x}"),
    };
    let row =
        |(at, byte): (usize, &u8)| format!("\t[{at}]\t0x{byte:02x} '{}'\tunsigned char\n", shown(*byte));
    let text: String = PACKET.iter().enumerate().map(row).collect();
    is_packet(&text, Form::List(Radix::Hexadecimal));
    // An item is not text around the list, so it must not be left out.
    is_refused("[0] = 0x10\n[1] = 0x0d\n[2] = 0x61 or 0x62 of type char\n", "unclear");
}

#[test]
fn tables_of_saleae_can_be_decimal() {
    let table = |value: fn(u8) -> String| {
        let rows = PACKET.iter().map(|byte| format!("0.1,{},,\n", value(*byte))).collect::<String>();
        format!("Time [s],Value,Parity Error,Framing Error\n{rows}")
    };
    is_packet(&table(|byte| byte.to_string()), Form::Saleae);
    is_packet(&table(|byte| format!("{byte:#04x}")), Form::Saleae);
    for text in [
        &table(|byte| format!("{byte:03}")),
        &table(|byte| format!("0b{:04b} {:04b}", byte >> 4, byte & 15)),
        &table(
            |byte| if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("'{byte}'") },
        ),
        // A digit can be a character.
        "Time [s],Value\n0.1,1\n0.2,6\n",
    ] {
        is_refused(text, "needs hexadecimal values");
    }
}

#[test]
fn indices_in_another_order_are_refused() {
    for text in [
        "buf[0] = 0x90;\nbuf[1] = 0x03;\nbuf[2] = 0x00;\nbuf[4] = 0x80;\nbuf[3] = 0x01;\n",
        "Array\n(\n    [1] => 208\n    [0] => 192\n)\n",
    ] {
        is_refused(text, "sort the lines");
    }
}

/// A bracket that was not opened, and literals without an item.
#[test]
fn a_text_with_no_bytes_is_refused() {
    for text in ["00000000: \n", "0x7fffffffe000:\t", "Time [s],Value\n", "<<>>", "[]"] {
        assert!(form(text).is_err(), "{text}: {:?}", form(text));
    }
}

#[test]
fn a_table_of_saleae_in_another_order_is_refused() {
    let rows = |first: &str, second: &str| format!("Time [s],Value\n{first},0xc0\n{second},0x00\n");
    assert_eq!(form(&rows("0.1", "0.2")).map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
    is_refused(&rows("0.2", "0.1"), "in another order");
}

#[test]
fn the_beginning_of_an_array_is_refused() {
    for text in [
        "[16, 13, 0, 4",
        "$1 = {0xc0, 0",
        "Received [192 0 208 0\n",
        "byteArrayOf(0xc0, 0x00,\n 0xd0, 0x00",
        "<<192, 0, 208",
    ] {
        is_refused(text, "this bracket is not closed");
    }
    assert_eq!(form("RX[2]: c0 00").map(|(_, bytes)| bytes), Ok(vec![0xc0, 0]));
}

/// A bracket, a number or a part of the bytes is missing.
#[test]
fn bytes_with_a_missing_part_are_refused() {
    for (text, part) in [
        ("<Buffer 40 02 00 0a 50 02 00 0b ", "this bracket is not closed"),
        ("<20020000", "this bracket is not closed"),
        ("data: [c0 00", "this bracket is not closed"),
        ("c0, 00]", "this bracket was not opened"),
        (", 0xC0, 0x00])", "this bracket was not opened"),
        ("70 02 00 0b>", "this bracket was not opened"),
        ("{8'h30, 8'h04, 8'h00, 8'h01, 8'h61, 8'h31,", "a bracket around these numbers is missing"),
        ("8'b11000000\n8'b0000", "eight bits"),
        ("<20020000 900...30001 01d000>", "left out"),
        ("bytes = 0x40...02000a 5002000b 7002000b", "left out"),
        ("data: 20020000…900300 0101", "left out"),
        ("[32, 2, 0, 0, , 208, 0]", "a number is missing"),
        ("[, 208, 0]", "a number is missing"),
        ("Uint8Array(3) [192, 0]", "these are 2 bytes, but the text says that there are 3"),
        ("unsigned char a[] = {\n  0xc0, 0x00\n};\nunsigned int a_len = 4;\n", "these are 2 bytes, but"),
    ] {
        is_refused(text, part);
    }
    for text in [
        "Uint8Array(2) [192, 0]",
        "unsigned char a[] = {\n  0xc0, 0x00\n};\nunsigned int a_len = 2;\n",
        "[192, 0,]",
        "data: [c0 00]",
        "-> c0 00",
        "> c0 00",
        "[RX] c0 00",
        "from 1...3: c0 00",
    ] {
        assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(b"\xc0\0".to_vec()), "{text}");
    }
}
