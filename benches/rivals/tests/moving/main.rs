//! Tests each row of the page `guide::moving`. Both columns must compile and give the same result for the same packets,
//! or the difference that the page names.

mod mqtt_proto;
mod mqttbytes;
mod mqttrs;
mod rumqttc;

use std::panic::catch_unwind;

const PAGE: &str = include_str!("../../../../src/guide/moving.md");

/// The first cell of a row, and the test of the row.
type Row = (&'static str, fn());

const SECTIONS: [(&str, &[Row]); 4] = [
    ("mqttbytes 0.6", mqttbytes::ROWS),
    ("rumqttc 0.25", rumqttc::ROWS),
    ("mqttrs 0.4", mqttrs::ROWS),
    ("mqtt-proto 0.4", mqtt_proto::ROWS),
];

#[test]
fn each_row_is_tried() {
    for (section, rows) in SECTIONS {
        let tried: Vec<_> = rows.iter().map(|(left, _)| *left).collect();
        assert_eq!(left_cells(section), tried, "{section}");
    }
}

#[test]
fn both_sides_do_what_the_page_says() {
    let mut wrong = Vec::new();
    for (section, rows) in SECTIONS {
        for (left, row) in rows {
            if catch_unwind(row).is_err() {
                wrong.push(format!("{section}: {left}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the first cells of the table in the section.
fn left_cells(section: &str) -> Vec<&'static str> {
    let after = PAGE.split_once(&format!("\n# {section}\n")).map_or("", |(_, after)| after);
    let of_section = after.split("\n# ").next().unwrap_or_default();
    let rows = of_section.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.map(|(left, _)| left).skip(2).collect() // without the header and the rule below it
}

/// A PUBLISH with QoS 1, in 3.1.1 and in 5.0.
const PUBLISH: &[u8] = b"\x32\x07\x00\x01a\x00\x01hi";
const PUBLISH_V5: &[u8] = b"\x32\x08\x00\x01a\x00\x01\x00hi";

/// Returns the packets that `decode` finds.
fn ours(version: mqtt_wire::Version, bytes: &'static [u8]) -> mqtt_wire::Packet<'static> {
    mqtt_wire::decode_frame(version, bytes).expect("legal")
}

fn our_publish(version: mqtt_wire::Version, bytes: &'static [u8]) -> mqtt_wire::Publish<'static> {
    let mqtt_wire::Packet::Publish(publish) = ours(version, bytes) else { panic!("a PUBLISH") };
    publish
}

fn our_connect(bytes: &'static [u8]) -> mqtt_wire::Connect<'static> {
    let mqtt_wire::Packet::Connect(connect) = ours(mqtt_wire::Version::V3_1_1, bytes) else {
        panic!("a CONNECT")
    };
    connect
}

/// Encodes a packet of this crate.
fn encoded(version: mqtt_wire::Version, packet: &impl mqtt_wire::Encode) -> Vec<u8> {
    let mut buffer = Vec::new();
    packet.encode_to(version, &mut buffer).expect("legal");
    buffer
}
