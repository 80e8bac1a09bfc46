//! Compares this crate with other codecs.
//!
//! The other codec reads a packet and writes it again. This crate reads both packets, and the two must have the same
//! field values. The comparison uses field names, so that it works for every codec.
//!
//! Each known difference is a line of `known.tsv`, with the statement that decides it. With `SURVEY=1` the target
//! prints each unknown difference once, instead of failing.

mod codecs;

use codecs::{CODECS, Codec};
use mqtt_wire::{Packet, Version, decode_frame};
use mqtt_wire_testkit::naive::Fields;
use mqtt_wire_testkit::packet_fields::fields_of;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{LazyLock, Mutex, Once};

/// The fuzz target.
pub fn compare(bytes: &[u8]) {
    // A panic in another codec counts as a refusal. The message of the panic is not printed.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| set_hook(Box::new(|_| {})));
    for version in [Version::V3_1_1, Version::V5_0] {
        let Ok(packet) = decode_frame(version, bytes) else { continue };
        if matches!(packet, Packet::Connect(connect) if connect.version != version) {
            continue;
        }
        for codec in CODECS.iter().filter(|codec| codec.version == version) {
            for field in differences(codec, &packet, bytes) {
                report(codec, &packet, field, bytes);
            }
        }
    }
}

/// Returns the fields that differ, if the codec can read the packet and write it again.
fn differences(codec: &Codec, packet: &Packet<'_>, bytes: &[u8]) -> BTreeSet<&'static str> {
    let Ok(Some(again)) = catch_unwind(AssertUnwindSafe(|| (codec.transcribe)(bytes))) else {
        return BTreeSet::new();
    };
    let Ok(read) = decode_frame(codec.version, &again) else { return BTreeSet::from(["malformed"]) };
    let (ours, theirs) = (fields_of(packet), fields_of(&read));
    let names: BTreeSet<_> = ours.iter().chain(&theirs).map(|(name, _)| *name).collect();
    // Collects all values of a repeated field, in order.
    let of = |fields: &Fields<'_>, name| -> Vec<String> {
        fields.iter().filter(|field| field.0 == name).map(|field| format!("{:?}", field.1)).collect()
    };
    names.into_iter().filter(|name| of(&ours, *name) != of(&theirs, *name)).collect()
}

/// Codec, version, packet and field of each known difference. `*` means any field: the codec writes a
/// wrong length.
static KNOWN: LazyLock<BTreeSet<[&str; 4]>> = LazyLock::new(|| {
    let rows = include_str!("../known.tsv").lines().skip(1);
    rows.map(|row| row.split('\t').collect::<Vec<_>>()).map(|row| [row[0], row[1], row[2], row[3]]).collect()
});

fn report(codec: &Codec, packet: &Packet<'_>, field: &str, bytes: &[u8]) {
    static SHOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let (version, packet_type) = (codec.version.to_string(), packet.packet_type().to_string());
    let is_known = |field| KNOWN.contains(&[codec.name, &version, &packet_type, field]);
    if is_known(field) || is_known("*") {
        return;
    }
    let difference = format!("{}\t{version}\t{packet_type}\t{field}", codec.name);
    if SHOWN.lock().expect("nobody panics").insert(difference.clone()) {
        let again = catch_unwind(AssertUnwindSafe(|| (codec.transcribe)(bytes)));
        eprintln!("DIFFERENCE\t{difference}\t{bytes:02x?} became {:02x?}", again.ok().flatten());
    }
    if std::env::var_os("SURVEY").is_none() {
        std::process::abort();
    }
}
