//! Tests of hex dumps: no byte is lost, and a column of characters is never bytes.

use super::*;

#[test]
fn a_row_can_have_more_bytes_than_sixteen() {
    let publish = b"\x30\x12\x00\x03abc0123456789defg";
    for text in [
        // `xxd -c 32`, and rows of other programs with the characters after one blank.
        "00000000: 3012 0003 6162 6330 3132 3334 3536 3738 3964 6566 67    0...abc0123456789defg",
        "00000000: 30 12 00 03 61 62 63 30 31 32 33 34 35 36 37 38 39 64 65 66 67",
        "0000  30 12 00 03 61 62 63 30  31 32 33 34 35 36 37 38 39 64 65 66 67   0...abc0123456789defg",
        "00000000: 30120003 61626330 31323334 35363738 39646566 67  0...abc0123456789defg",
    ] {
        assert_eq!(form(text), Ok((Form::Dump, publish.to_vec())), "{text}");
    }
    let full = "30 0e 00 03 61 62 63 61 62 63 64 65 66 30 31 32";
    for text in [
        format!("Offset Bytes\n0000000000000000 {full} 0...abcabcdef012"),
        format!("0000  {full} 0...abcabcdef012"),
        format!("00000000: {full}  0...abcabcdef012"),
    ] {
        assert_eq!(form(&text).map(|(_, bytes)| bytes.len()), Ok(16), "{text}");
    }
}

#[test]
fn bytes_that_the_offsets_do_not_count_are_not_dropped() {
    // These addresses count words of two bytes.
    is_refused("0000  10 0d 00 04 4d 51 54 54\n0004  04 02 00 3c 00 01 61\n", "more bytes");
    is_refused("0000  10 0d 00 04\n0004  4d 51 54 54 04 02 00\n", "more bytes");
    is_refused("0000: 100d 0004\n0004: 4d51 5454 0402\n", "more bytes");
}

#[test]
fn characters_beside_the_bytes_are_not_bytes() {
    let publish = b"\x30\x10\x00\x03abc01234567890".to_vec();
    for text in [
        "00000000: 3010 0003 6162 6330 3132 3334 3536 3738  0...abc012345678\n00000010: 3930                                     90\n",
        "0000   30 10 00 03 61 62 63 30 31 32 33 34 35 36 37 38   0...abc012345678\n0010   39 30   90\n",
        "0000000 30 10 00 03 61 62 63 30 31 32 33 34 35 36 37 38  >0...abc012345678<\n0000020 39 30  >90<\n0000022\n",
    ] {
        assert_eq!(form(text), Ok((Form::Dump, publish.clone())), "{text}");
    }
    // One blank, and then characters or a byte.
    is_refused(
        "00000000: 3010 0003 6162 6330 3132 3334 3536 3738 0...abc012345678\n00000010: 3930 90\n",
        "unclear",
    );
}

/// `xxd -e` aligns an incomplete word on the right.
#[test]
fn words_of_bytes_are_read_or_refused() {
    is_refused("00000000: 04000d10 5454514d 3c000204   610001  ....MQTT...<..a", "`xxd -e`");
    is_refused("00000000:     00c0                              ..", "`xxd -e`");
    is_refused("0000000 04000d10 5454514d 3c000204 00610001\n0000017\n", "od -t x1");
    is_refused("0x555555558010:\t0x04000d10\t0x5454514d\n", "x/xb");
    is_refused("0000000 100d 0004 4d51 5454 0402 003c 0001 6100  >....MQTT...<..a<\n0000017\n", "characters");
    let bytes = [PACKET, b"\xc0\0".as_slice()].concat();
    // `od -x` of an odd number of bytes
    let text = "0000000 0d10 0400 514d 5454 0204 3c00 0100 c061\n0000020 0000\n0000021\n";
    assert_eq!(form(text), Ok((Form::DumpOfWords, bytes)));
    is_packet("0000000 0d10 0400 514d 5454 0204 3c00 0100 0061\n0000017\n", Form::DumpOfWords);
}

#[test]
fn dumps_in_another_radix_are_read_or_refused() {
    for text in [
        "00000000: 11000000 00000000                                      ..\n",
        "00000000: 00010000 00001101 00000000 00000100 01001101 01010001  ....MQ\n00000006: 01010100\n",
    ] {
        is_refused(text, "binary");
    }
    for text in [
        "0000000 020 015 000 004 115 121 124 124\n0000010\n",
        "0000000 300 000\n0000002\n",
        "0000000  48  10  17  97\n0000004\n",
        "0000000  16  13   0   4  77  81  84  84   4   2   0  60   0   1  97 200\n0000020 100   0\n0000022\n",
        "0000000   16   13    0    4 -126    0    0    0    0    0    0    0    0    0    0    0\n0000020    0\n0000021\n",
        "0000000 dle  cr nul eot   M   Q   T   T eot stx nul   < nul soh   a dle\n0000020   a\n0000100 a\n0000101\n",
        "0000000 020  \\r  \\0 004   M   Q   T   T 004 002  \\0   <  \\0 001   a\n0000017\n",
        "0000000   3344   1024\n0000004\n",
    ] {
        is_refused(text, "od -t x1");
    }
    let text = "0000000    c030    3332\n0000004\n";
    assert_eq!(form(text), Ok((Form::DumpOfWords, b"\x30\xc0\x32\x33".to_vec())));
    let text = "0000000    3000    3030\n0000004    3032\n0000006\n";
    assert_eq!(form(text), Ok((Form::DumpOfWords, b"\x0000020".to_vec())), "`hexdump -x`");
    let text = "0x0000:  c000 c000\n0x0004:  3930\n";
    assert_eq!(form(text), Ok((Form::Dump, b"\xc0\0\xc0\x0090".to_vec())));
    let decimal = "00000000: 100d 0004 4d51 5454 0402 003c 0001 61c0  ....MQTT...<..a.\n00000016: 00                                       .\n";
    assert_eq!(form(decimal), Ok((Form::Dump, [PACKET, b"\xc0\0"].concat())));
}

#[test]
fn rows_of_gdb_and_openssl_are_read() {
    is_packet(
        "0x555555558010 <packet>:\t0x10\t0x0d\t0x00\t0x04\t0x4d\t0x51\t0x54\t0x54\n\
         0x555555558018 <packet+8>:\t0x04\t0x02\t0x00\t0x3c\t0x00\t0x01\t0x61\n",
        Form::Dump,
    );
    let row = "0000 - 10 0d 00 04 4d 51 54 54-04 02 00 3c 00 01 61      ....MQTT...<..a\n";
    is_packet(row, Form::Dump);
    let text = format!("write to 0x5581aa [0x5581bb] (15 bytes => 15 (0xF))\n{row}");
    assert_eq!(read(text.as_bytes(), None).map(|is| (is.bytes, is.left_out)), Ok((PACKET.to_vec(), 1)));
    let text = "write to 0x5581aa [0x5581bb] (2 bytes => 2 (0x2))\n0000 - c0 00         ..\n";
    assert_eq!(form(text), Ok((Form::Dump, b"\xc0\0".to_vec())));
}

/// The words of a big-endian processor are another reading. If the number of bytes is odd, the last word begins with the last byte.
#[test]
fn words_of_both_orders_are_read() {
    for (text, form) in [
        ("0000000 0d10 0400 514d 5454\n0000010 0204 3c00 0100 0061\n0000017\n", Form::DumpOfWords),
        ("0000000 100d 0004 4d51 5454\n0000010 0402 003c 0001 6100\n0000017\n", Form::DumpOfBigEndianWords),
    ] {
        let reading = read(text.as_bytes(), None).unwrap();
        let all = [vec![(reading.bytes, reading.form)], reading.others].concat();
        assert_eq!(all.len(), 2, "{text}");
        assert!(all.contains(&(PACKET.to_vec(), form)), "{text}: {all:02x?}");
    }
}

#[test]
fn debug_logs_of_mbedtls_are_read() {
    let log = |prefix: &str| {
        format!(
            "{prefix}=> write\n{prefix}dumping 'output payload' (15 bytes)\n\
             {prefix}0000:  10 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61     ....MQTT...<..a\n{prefix}<= write\n"
        )
    };
    for prefix in
        ["ssl_msg.c:2345: |4| ", "ssl_tls.c:0123: |3| 0x5581: ", "I (123) mbedtls: ssl_msg.c:1: |4| "]
    {
        is_packet(&log(prefix), Form::MbedTls);
    }
    // Characters that look like bytes, and a second dump.
    let row =
        |offset: usize, bytes: &str, shown: &str| format!("a.c:1: |4| {offset:04x}:  {bytes:<47}  {shown}\n");
    let (long, digits) = ("30 ".repeat(16), "0".repeat(16));
    let two = format!(
        "a.c:1: |4| dumping 'output' (17 bytes)\n{}{}a.c:1: |4| dumping 'output' (2 bytes)\n{}",
        row(0, long.trim_end(), &digits),
        row(16, "61", "a"),
        row(0, "c0 00", "..")
    );
    let reading = read(two.as_bytes(), None).unwrap();
    assert_eq!((reading.bytes.len(), &reading.begins[..]), (19, &[17][..]));
    for (text, what) in [
        (two.replace(&row(16, "61", "a"), ""), "1 bytes of the dump are missing"),
        (two.replace(&row(0, "c0 00", ".."), ""), "2 bytes of the dump are missing"),
        (two.replace("'output' (2", "'input' (2"), "the dumps are of \"output\" and of \"input\""),
    ] {
        assert!(form(&text).is_err_and(|found| found.contains(what)), "{text}");
    }
}

/// The column of the last row begins with a blank, and its letters are digits, too.
#[test]
fn characters_that_begin_with_a_blank_are_not_bytes() {
    let rows = [&b"\x30\x12\x00\x03abc12 34 56"[..], b" ab cd"];
    for (first, second) in [
        ("00000000: 3012 0003 6162 6331 3220 3334 2035 36", "0000000f: 2061 6220 6364"),
        ("0000   30 12 00 03 61 62 63 31 32 20 33 34 20 35 36", "000f   20 61 62 20 63 64"),
        ("30 12 00 03 61 62 63 31 32 20 33 34 20 35 36", "20 61 62 20 63 64"),
        ("  30 12 00 03 61 62 63 31    32 20 33 34 20 35 36", "  20 61 62 20 63 64"),
    ] {
        let text = format!("{first:<60}0...abc12 34 56\n{second:<60} ab cd\n");
        assert_eq!(form(&text).map(|(_, bytes)| bytes), Ok(rows.concat()), "{text}");
    }
}

/// Zephyr writes a blank between the halves of the column of characters.
#[test]
fn a_gap_in_the_column_of_characters_is_no_omission() {
    let text = "\
[00:00:00.380,000] <inf> main: HEXDUMP
                                     10 1c 00 04 4d 51 54 54  04 c2 00 3c 00 01 61 00 |....MQTT ...<..a.
                                     04 c2 bc c3 a4 00 05 00  ff 80 2e 2e 2e 2e       |........ ......
";
    let bytes = b"\x10\x1c\x00\x04MQTT\x04\xc2\x00<\x00\x01a\x00\x04\xc2\xbc\xc3\xa4\x00\x05\x00\xff\x80....";
    assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(bytes.to_vec()));
}

/// The characters look like a packet, and each row has further numbers.
#[test]
fn characters_between_the_numbers_of_a_log_are_not_a_packet() {
    let text = "I (1234) mqtt: 0x3ffb1230  b0 02 00 64 82 13 12 34  00 05 63 30 20 30 30 01  |...d...4..c0 00.|\n\
                I (1234) mqtt: 0x3ffb1240  00 06 6f 6e 6c 69 6e 65  01                       |..online.|\n";
    let bytes = b"\xb0\x02\x00\x64\x82\x13\x124\0\x05c0 00\x01\0\x06online\x01";
    assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(bytes.to_vec()));
}

/// A log writes its beginning before each row, or before the first row only.
#[test]
fn rows_with_the_beginning_of_a_log_are_read() {
    let (first, second) = ("30 12 00 03 61 62 63 30  31 32 33 34 35 36 37 38", "39 61 62 63");
    let bytes = b"\x30\x12\x00\x03abc0123456789abc";
    for prefix in [
        "12:00:01.234 ",
        "D (123) mqtt: ",
        "2026-11-28 12:00:01,123 DEBUG client: ",
        "[INFO] ",
        "client 1: ",
        "Nov 28 12:00:01 host app[12]: ",
        "RX: ",
    ] {
        for next in ["", " ", prefix] {
            for (text, ends) in [
                (format!("{prefix}0000  {first}  0...abc012345678\n{next}0010  {second}       9abc\n"), ""),
                (
                    format!(
                        "{prefix}00000000  {first}  |0...abc012345678|\n{next}00000010  {second}  |9abc|\n"
                    ),
                    "00000014\n",
                ),
                (
                    format!("{prefix}0000000 {}\n{next}0000020 {second}\n", first.replace("  ", " ")),
                    "0000024\n",
                ),
                (
                    format!(
                        "{prefix}0x0000:  3012 0003 6162 6330 3132 3334 3536 3738\n{next}0x0010:  3961 6263\n"
                    ),
                    "",
                ),
            ] {
                for text in
                    [format!("{text}{ends}"), format!("{text}{text}"), format!("connected\n{text}rc=5\n")]
                {
                    let twice = [&bytes[..], &bytes[..]].concat();
                    let reading = read(text.as_bytes(), None).unwrap_or_else(|bad| panic!("{text}: {bad}"));
                    let all = [vec![(reading.bytes, reading.form)], reading.others].concat();
                    assert!(
                        all.iter().any(|(read, _)| read == bytes || *read == twice),
                        "{text}: {all:02x?}"
                    );
                }
            }
        }
    }
    let omitted = "D (1) mqtt: 0000  c0 00\n...\n";
    assert!(form(omitted).is_err());
    is_refused("D (1) mqtt: 0000  c0 00\n0002  d0 00\n50 02 00 02\n", "");
}

/// A debugger shows one buffer after the other. The second buffer has a lower address, or the same address.
#[test]
fn addresses_can_begin_again() {
    let rows = |at: usize, rows: &[&str]| {
        let row = |(number, row): (usize, &&str)| format!("0x{:08x}: {row}\n", at + 8 * number);
        rows.iter().enumerate().map(row).collect::<String>()
    };
    let packet = ["10 0d 00 04 4d 51 54 54  ....MQTT", "04 02 00 3c 00 01 61     ...<..a"];
    for next in [0x3ffb_1000, 0x3ffb_1230, 0x2000_0000] {
        let text = rows(0x3ffb_1230, &packet) + &rows(next, &["c0 00  .."]) + &rows(next, &packet);
        let bytes = [PACKET, b"\xc0\0", PACKET].concat();
        assert_eq!(form(&text), Ok((Form::Dump, bytes)), "{text}");
        // The ESP-IDF writes no colon.
        let logged: String =
            text.replace(": ", "   ").lines().map(|line| format!("I (1) mqtt: {line}\n")).collect();
        let bytes = [PACKET, b"\xc0\0", PACKET].concat();
        assert_eq!(form(&logged).map(|(_, bytes)| bytes), Ok(bytes), "{logged}");
    }
    // A row is missing.
    let text = rows(0x3ffb_1230, &packet) + &rows(0x3ffb_1248, &packet);
    assert!(form(&text).is_err(), "{text}");
}

/// The characters of a row look like an array.
#[test]
fn an_array_in_the_column_of_characters_is_not_the_bytes() {
    let bytes = b"\x30\x0e\0\x05topic[1,2,3]";
    for text in [
        "I (1234) mqtt: 0x3ffb1230   30 0e 00 05 74 6f 70 69  63 5b 31 2c 32 2c 33 5d  |0...topic[1,2,3]|\n",
        "[00:00:00.380,000] <inf> main: HEXDUMP\n   30 0e 00 05 74 6f 70 69  63 5b 31 2c 32 2c 33 5d |0...topi c[1,2,3]\n",
    ] {
        assert_eq!(form(text).map(|(_, bytes)| bytes), Ok(bytes.to_vec()), "{text}");
    }
}

/// The last line of a dump is the offset of its end. Another number can be a packet.
#[test]
fn a_packet_that_looks_like_an_offset_is_not_left_out() {
    let row = "00000000  62 02 00 0d                                        |b...|\n";
    for text in [
        format!("70020002\n{row}"),
        format!("{row}70020002\n"),
        "0x3ffbd4b8   62 02 00 0d                                        |b...            |\n70020002\n"
            .to_owned(),
        "70020002\n0x3ffbd4b8   62 02 00 0d                                        |b...            |\n"
            .to_owned(),
    ] {
        assert_eq!(form(&text).map_or(8, |(_, bytes)| bytes.len()), 8, "{text}");
    }
    for (text, len) in [
        (format!("{row}00000004\n"), 4),
        (format!("{row}*\n0000000c\n"), 12),
        ("0000000 0262 0d00\n0000004\n".to_owned(), 4),
        ("0000000 0262 000d\n0000003\n".to_owned(), 3),
    ] {
        assert_eq!(form(&text).map(|(_, bytes)| bytes.len()), Ok(len), "{text}");
    }
}

/// J-Link writes an equals sign after the address.
#[test]
fn rows_of_a_debug_probe_are_read() {
    let text = "20000000 = 10 0D 00 04 4D 51 54 54  ....MQTT\n20000008 = 04 02 00 3C 00 01 61  ...<..a\n";
    is_packet(text, Form::Dump);
}

#[test]
fn the_address_before_a_directive_is_not_bytes() {
    let rows: Vec<_> = PACKET.iter().enumerate().collect();
    let text =
        |row: fn(usize, u8) -> String| rows.iter().map(|(at, byte)| row(*at, **byte)).collect::<String>();
    for text in [
        text(|at, byte| format!(".rodata:{:08X}                 db  {byte:02X}h\n", 0x0804_1000 + at)),
        text(|at, byte| format!("{:08x}  db 0x{byte:02x}\n", 0x0804_1000 + at)),
    ] {
        is_packet(&text, Form::Log(Radix::Hexadecimal));
    }
    // Without an address, the same words are three bytes.
    assert_eq!(form("0d db 00").map(|(_, bytes)| bytes), Ok(vec![0x0d, 0xdb, 0]));
}

/// The last row has no next offset that would show how many bytes it has.
#[test]
fn a_missing_digit_in_the_last_row_is_found() {
    for text in [
        "00000000  c0 00 d 00                                       |....|\n",
        "00000000  c0 00 d0 0                                       |....|\n",
        "00000000: c000 d  ...\n",
    ] {
        is_refused(text, "unclear whether");
    }
}

#[test]
fn rows_in_another_order_are_refused() {
    let text = "00000010  c0 00\n00000000  c0 00 d0 00 c0 00 d0 00 c0 00 d0 00 c0 00 d0 00\n";
    is_refused(text, "unclear");
}

/// OpenOCD, WinDbg and `od -t x4` show words of four bytes. The caller decides which order makes sense.
#[test]
fn words_of_four_bytes_have_another_order() {
    let word = |word: &[u8]| word.iter().rev().map(|byte| format!("{byte:02x}")).collect::<String>();
    let filled = [PACKET, &[0]].concat();
    let words = filled.chunks(4).map(word).collect::<Vec<_>>().join(" ");
    for (text, form) in
        [(format!("0x20000000: {words} \n"), Form::DumpOfWords), (format!(" {words}\n"), Form::Words)]
    {
        let reading = read(text.as_bytes(), None).unwrap();
        assert_eq!(reading.others, [(filled.clone(), form), (PACKET.to_vec(), form)], "{text}");
    }
}
