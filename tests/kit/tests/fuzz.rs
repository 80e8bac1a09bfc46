//! Replays the seeds and regressions of the fuzz targets without a fuzzer, and checks that the dictionary is
//! complete.

use mqtt_wire::property::PropertyId;
use mqtt_wire::{Encode, PacketType, Version};
use mqtt_wire_fuzz::growth::{TIMES, is_explained};
use mqtt_wire_fuzz::{TARGETS, Target};
use mqtt_wire_testkit::conformance::rules;
use mqtt_wire_testkit::{repository, samples};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Returns the files of a folder of the fuzz targets.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = repository("fuzz").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.file_name() != Some(".gitkeep".as_ref()));
    files.sort();
    files
}

fn replay(target: &Target, folder: &str) -> usize {
    let files = files(folder);
    for file in &files {
        let bytes = fs::read(file).expect("a file");
        let run = std::panic::catch_unwind(|| (target.run)(&bytes));
        assert!(run.is_ok(), "{} fails on {}", target.name, file.display());
    }
    files.len()
}

#[test]
fn the_seeds_break_no_invariant() {
    let replayed: usize =
        TARGETS.iter().map(|target| replay(target, &format!("seeds/{}", target.seeds))).sum();
    assert!(replayed > 1_000, "only {replayed}");
}

#[test]
fn the_regressions_break_no_invariant() {
    for target in &TARGETS {
        replay(target, &format!("regressions/{}", target.name));
    }
}

/// Shows that the check of processor time can fail: it fails for a loop in a loop, and passes for a single loop.
#[test]
fn the_check_of_time_finds_a_loop_in_a_loop() {
    const LENGTHS: [usize; 2] = [320, 320 * TIMES];
    let pass = |len| (0..len).map(black_box).sum::<usize>() > 0;
    is_explained(TIMES, LENGTHS, |len| (0..50).all(|_| pass(len)));
    let loop_in_a_loop = || is_explained(TIMES, LENGTHS, |len| (0..len).all(|_| pass(len)));
    assert!(std::panic::catch_unwind(loop_in_a_loop).is_err());
}

/// Returns words that libFuzzer would otherwise have to guess.
fn dictionary() -> String {
    let mut words = BTreeMap::new();
    let mut add = |name: &str, bytes: &[u8]| {
        let name: String =
            name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let hex: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        assert!(words.insert(name, hex).is_none(), "a name twice");
    };
    for packet_type in PacketType::ALL {
        let flags = match packet_type {
            PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => 2,
            _ => 0,
        };
        add(&format!("packet_{packet_type}"), &[(packet_type as u8) << 4 | flags]);
    }
    let table = include_str!("../../data/properties.tsv");
    for row in table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()) {
        let id: u8 = row[0].parse().expect("a number");
        assert!(PropertyId::new(id).is_ok());
        let value: &[u8] = match row[3] {
            "u8" => b"\x01",
            "u16" => b"\x00\x01",
            "u32" => b"\x00\x00\x00\x01",
            "varint" => b"\x01",
            "UTF-8" | "binary" => b"\x00\x01a",
            "string pair" => b"\x00\x01a\x00\x01b",
            other => panic!("no such type: {other}"),
        };
        add(&format!("property_{}", row[2]), &[&[id], value].concat());
    }
    for row in include_str!("../../data/reason_codes.tsv").lines().skip(1) {
        let code: u8 = row.split('\t').next().expect("a cell").parse().expect("a number");
        add(&format!("reason_code_{code:02x}"), &[code]);
    }
    for (name, bytes) in OTHER_WORDS {
        add(name, bytes);
    }
    let lines: String = words.iter().map(|(name, hex)| format!("{name}=\"{hex}\"\n")).collect();
    format!("# Made from the tables: UPDATE=1 cargo test --test fuzz dictionary\n{lines}")
}

/// Words that are in no table.
const OTHER_WORDS: [(&str, &[u8]); 26] = [
    ("connect_3_1", b"\x00\x06MQIsdp\x03"),
    ("connect_3_1_1", b"\x00\x04MQTT\x04"),
    ("connect_5_0", b"\x00\x04MQTT\x05"),
    ("connect_bridge_3_1", b"\x00\x06MQIsdp\x83"),
    ("connect_bridge_3_1_1", b"\x00\x04MQTT\x84"),
    ("connect_flags_will", b"\x2e"),
    ("connect_flags_all", b"\xee"),
    ("length_1", b"\x00\x01"),
    ("length_65535", b"\xff\xff"),
    ("varint_127", b"\x7f"),
    ("varint_128", b"\x80\x01"),
    ("varint_16383", b"\xff\x7f"),
    ("varint_16384", b"\x80\x80\x01"),
    ("varint_2097151", b"\xff\xff\x7f"),
    ("varint_2097152", b"\x80\x80\x80\x01"),
    ("varint_268435455", b"\xff\xff\xff\x7f"),
    ("varint_0_in_two", b"\x80\x00"),
    ("varint_too_long", b"\xff\xff\xff\xff"),
    ("filter_hash", b"\x00\x03a/#"),
    ("filter_plus", b"\x00\x03+/a"),
    ("filter_shared", b"$share/g/a"),
    ("topic_sys", b"$SYS/a"),
    ("utf8_surrogate", b"\xed\xa0\x80"),
    ("utf8_noncharacter", b"\xef\xbf\xbf"),
    ("utf8_bom", b"\xef\xbb\xbf"),
    ("utf8_control", b"\xc2\x9f"),
];

#[test]
fn the_dictionary_is_up_to_date() {
    let file = repository("fuzz/mqtt.dict");
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, dictionary()).expect("the dictionary can be written");
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), dictionary(), "set UPDATE=1 to write it again");
}

/// Writes the candidates for seeds to the folder `SEEDS`, one folder for each target.
/// `fuzz/make-seeds` calls this test.
#[test]
#[ignore = "writes files for fuzz/make-seeds"]
fn candidates() {
    let folder = PathBuf::from(env::var_os("SEEDS").expect("SEEDS is a folder"));
    let packets = packets();
    let mut streams = captures();
    streams.extend(
        packets
            .iter()
            .filter(|(_, bytes)| bytes.len() < 60)
            .map(|(name, bytes)| (name.clone(), bytes.clone())),
    );
    write(&folder.join("decode"), &packets);
    write(&folder.join("stream"), &streams);
    write(&folder.join("topics"), &topics());
    write(&folder.join("roundtrip"), &drafts());
}

type Files = BTreeMap<String, Vec<u8>>;

fn write(folder: &Path, files: &Files) {
    fs::create_dir_all(folder).expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("a file");
    }
}

/// The length of the longest seed in bytes. Long seeds are slow, and a short seed can reach the
/// same code.
const LONGEST: usize = 300;

/// Single packets: the examples of the conformance table, the captures, and a sample of every
/// packet.
fn packets() -> Files {
    let mut files = Files::new();
    for rule in rules() {
        for (kind, examples) in [("breaks", rule.breaking()), ("keeps", rule.keeping())] {
            for example in examples.into_iter().filter(|example| example.bytes.len() <= LONGEST) {
                files.insert(format!("{}-{kind}-{}", rule.key, example.version), example.bytes);
            }
        }
    }
    for (name, stream) in captures() {
        let mut rest = &stream[..];
        let mut number = 1;
        while let Ok(mqtt_wire::stream::FrameLen::Total(len)) = mqtt_wire::stream::frame_len(rest) {
            let Some((packet, after)) = rest.split_at_checked(len) else { break };
            if len <= LONGEST {
                files.insert(format!("{name}-{number}"), packet.to_vec());
            }
            (rest, number) = (after, number + 1);
        }
    }
    for version in Version::ALL {
        for (number, packet) in samples::samples(version).into_iter().enumerate() {
            let bytes = samples::bytes(&packet, version);
            if bytes.len() <= LONGEST {
                let packet_type = packet.packet_type().to_string().to_lowercase();
                files.insert(format!("sample-{packet_type}-{version}-{number}"), bytes);
            }
        }
    }
    files
}

fn captures() -> Files {
    let folder = repository("tests/captures");
    let files = fs::read_dir(folder).expect("captures").map(|entry| entry.expect("a file").path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "bin"));
    let name = |file: &Path| file.file_stem().expect("a name").to_string_lossy().replace('.', "-");
    files.map(|file| (name(&file), fs::read(&file).expect("a capture"))).collect()
}

/// Every filter of sections 4.7 and 4.8.2 with every name.
fn topics() -> Files {
    let filters = [
        "sport/tennis/player1/#",
        "sport/#",
        "#",
        "sport/tennis/#/ranking",
        "sport+",
        "+",
        "+/tennis/#",
        "sport/+/player1",
        "+/+",
        "/+",
        "+/monitor/Clients",
        "$SYS/#",
        "$SYS/monitor/+",
        "/",
        "//",
        "$share/consumer/sport/#",
        "$share//a",
        "$share/a",
        "$share/a+/b",
        "$share/a/",
        "a\0",
        "",
        "\u{feff}",
        "sport#",
        "#/a",
        "ACCOUNTS",
        "Accounts",
    ];
    let names = [
        "sport/tennis/player1",
        "sport/tennis/player1/ranking",
        "sport",
        "sport/",
        "/finance",
        "$SYS/monitor/Clients",
        "$SYS",
        "/",
        "//",
        "a+",
        "#",
        "a\0",
        "",
        "\u{feff}",
        "Accounts payable",
        "ACCOUNTS",
    ];
    let pairs = filters.iter().flat_map(|filter| names.iter().map(move |name| format!("{filter}\n{name}")));
    let mut files: Files =
        pairs.enumerate().map(|(number, pair)| (format!("pair-{number}"), pair.into_bytes())).collect();
    files.insert("ill-formed-filter".into(), b"a\xff\na".to_vec());
    files.insert("ill-formed-name".into(), b"a\na\xed\xa0\x80".to_vec());
    files
}

/// Pseudo-random bytes from which the target builds packets.
fn drafts() -> Files {
    let mut files = Files::new();
    for number in 0..5_000_u32 {
        // A few bytes build only a few fields.
        let len = 4 + number as usize % 100;
        let mut state = u64::from(number) << 20 | 0x5_dead;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        let bytes: Vec<u8> = (0..len).map(|_| byte()).collect();
        let mut unstructured = arbitrary::Unstructured::new(&bytes);
        let sample = mqtt_wire::sample::Sample::constructible(&mut unstructured).expect("always a packet");
        if sample.as_packet().encoded_len(sample.version()).is_ok_and(|len| len > 4 * LONGEST) {
            continue;
        }
        let packet_type = sample.as_packet().packet_type().to_string().to_lowercase();
        files.insert(format!("{packet_type}-{}-{number}", sample.version()), bytes);
    }
    files
}
