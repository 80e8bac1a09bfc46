//! Checks that code which handles many bytes at once misses no byte.

use crate::random::Random;
use mqtt_wire::*;
use mqtt_wire_testkit::laws::varint;
use mqtt_wire_testkit::naive::Options;
use mqtt_wire_testkit::verdicts::agree;

/// The greatest length of a string or a list, in bytes. This length is several times the number of bytes that
/// the code checks at once.
const LONGEST: usize = 80;

/// Makes lists and strings of any length with one byte that does not fit. The bytes are only a seed.
pub fn hide_no_byte(bytes: &[u8], version: Version) {
    let random = &mut Random::of(bytes);
    let codes = with_another(b"\0\x01\x02", b"\x03\x04\x7f\x80\x83\xff", random);
    is_judged_alike(version, 0x90, &[b"\0\x01", no_properties(version), &codes]);
    let codes = with_another(b"\0\x11", b"\x01\x10\x12\x80\x83\xff", random);
    is_judged_alike(version, 0xb0, &[b"\0\x01", no_properties(version), &codes]);

    let characters = prefixed(&characters(random));
    let string = prefixed(&with_another(b"abcxyz/\x7f ", b"\0\x01+#/\x80\xc3\xff", random));
    is_judged_alike(version, 0x30, &[&string, no_properties(version), b"payload"]);
    let wildcards = prefixed(&with_another(b"aa/", b"+#\0\xff", random));
    let options = with_another(b"\0\x01\x02", b"\x03\x04\x30\x40\x80", random);
    let short = prefixed(b"a/+");
    is_judged_alike(version, 0x30, &[&characters, no_properties(version), b"payload"]);
    let filters = [&string[..], &wildcards, &characters, &short];
    let chosen: Vec<_> = (0..3 + random.below(6)).map(|_| random.pick(&filters)).collect();
    let unsubscribe = chosen.concat();
    is_judged_alike(version, 0xa2, &[b"\0\x01", no_properties(version), &unsubscribe]);
    let with_options = chosen.iter().zip(options.iter().cycle());
    let subscribe: Vec<u8> =
        with_options.flat_map(|(filter, bits)| [filter, &[*bits][..]].concat()).collect();
    is_judged_alike(version, 0x82, &[b"\0\x01", no_properties(version), &subscribe]);
}

/// Returns bytes of any length from `usual`. One byte may be a byte that is not in `usual`.
fn with_another(usual: &[u8], others: &[u8], random: &mut Random) -> Vec<u8> {
    let longest = random.pick(&[4, 20, LONGEST]);
    let len = 1 + random.below(longest);
    let mut bytes: Vec<u8> = (0..len).map(|_| random.pick(usual)).collect();
    if !random.one_in(4) {
        bytes[random.below(len)] = random.pick(others);
    }
    bytes
}

/// Returns characters of any lengths, sometimes with one byte that does not fit. Characters may lie across the
/// borders of the bytes that the code checks at once.
fn characters(random: &mut Random) -> Vec<u8> {
    const USUAL: [&str; 8] =
        ["a", "/", "\u{80}", "\u{7ff}", "\u{800}", "\u{fffd}", "\u{10000}", "\u{10ffff}"];
    const OTHERS: [&[u8]; 12] = [
        b"\0",
        b"\x1f",
        b"\x80",
        b"\xc3",
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xef\xb7\x90",
        b"\xf0\x9f\xbf\xbe",
        b"\xf4\x90\x80\x80",
        b"\xf0\x90\x80",
        b"\xff",
    ];
    let count = 1 + random.below(LONGEST / 3);
    let mut all: Vec<_> = (0..count).map(|_| random.pick(&USUAL).as_bytes()).collect();
    if random.one_in(2) {
        all[random.below(count)] = random.pick(&OTHERS);
    }
    all.concat()
}

fn prefixed(string: &[u8]) -> Vec<u8> {
    [&(string.len() as u16).to_be_bytes(), string].concat()
}

fn no_properties(version: Version) -> &'static [u8] {
    if version == Version::V5_0 { b"\0" } else { b"" }
}

fn is_judged_alike(version: Version, byte_1: u8, body: &[&[u8]]) {
    let body = body.concat();
    let bytes = [&[byte_1], &varint(body.len() as u32)[..], &body].concat();
    for tolerances in [Tolerances::NONE, Tolerances::ALL] {
        for (refuse_control_characters, refuse_noncharacters) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let options = Options {
                tolerances,
                refuse_control_characters,
                refuse_noncharacters,
                ..Options::new(Some(version))
            };
            if let Err(difference) = agree(&bytes, &options) {
                panic!("{difference}");
            }
        }
    }
}
