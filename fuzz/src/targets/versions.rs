//! Checks the same bytes in three versions.

use super::iterators::has_the_same_for_all;
#[cfg(feature = "defmt")]
use super::logs;
use super::{conversions, operations, refusals};
use mqtt_wire::broker::{FitError, PeerLimits};
use mqtt_wire::convert::{Change, Changed, Conversion, ConvertError};
use mqtt_wire::inspect::Field;
use mqtt_wire::reason::{SubscribeReason, UnsubscribeReason};
use mqtt_wire::stream::{FrameLen, frame_len};
use mqtt_wire::*;
use mqtt_wire_testkit::laws::{self, decoder};
use mqtt_wire_testkit::naive::{Options, Verdict, naive};
use mqtt_wire_testkit::packet_fields::fields_of;
use std::collections::{BTreeSet, HashSet};

/// Facts that do not depend on the version are the same in all versions. Another version encodes
/// all of a packet or refuses the packet with the name of a field.
pub fn versions(bytes: &[u8]) {
    let read = Version::ALL.map(|version| decoder(version).decode(bytes));
    frames_are_alike(bytes);
    connects_go_by_their_own(bytes, &read);
    v3_1_reads_what_v3_1_1_reads(&read);
    what_two_read_has_the_same_beginning(&read);
    for (version, read) in Version::ALL.into_iter().zip(read) {
        if let Ok(Some((packet, _))) = read {
            refusals::are_for_a_reason(&packet);
            is_carried_or_refused(&packet, laws::own_version(&packet, version));
        }
    }
}

type Read<'a> = Result<Option<(Packet<'a>, &'a [u8])>, DecodeError>;

/// The length of a packet does not depend on the version, and `frame_len` refuses only headers that
/// every version refuses.
fn frames_are_alike(bytes: &[u8]) {
    let common = frame_len(bytes);
    for version in Version::ALL {
        match (common, decoder(version).frame_len(bytes)) {
            (Err(common), own) => {
                let own = own.expect_err("refused in all versions");
                // Before 5.0, the first byte of an AUTH is an error.
                let earlier = own.kind() == DecodeErrorKind::ReservedPacketType;
                assert!(earlier || (own.kind(), own.offset()) == (common.kind(), common.offset()));
            }
            (Ok(common), Ok(own)) => assert_eq!(common, own),
            (Ok(_), Err(_)) => {}
        }
    }
    // Only 5.0 has AUTH.
    if let (Ok(FrameLen::Total(_)), Some(byte_1 @ ..0xf0)) = (common, bytes.first().copied()) {
        // Every version forbids QoS 3, and every version requires QoS 1 for PUBREL, SUBSCRIBE and
        // UNSUBSCRIBE.
        let is_wrong = match byte_1 >> 4 {
            3 => byte_1 & 0b0110 == 0b0110,
            6 | 8 | 10 => byte_1 & 0b0110 != 0b0010,
            _ => false,
        };
        let are_refusing = Version::ALL.into_iter().all(|version| decoder(version).frame_len(bytes).is_err());
        assert_eq!(are_refusing, is_wrong, "{bytes:02x?}");
    }
}

/// A CONNECT carries its own version, so the version of the decoder does not matter.
fn connects_go_by_their_own(bytes: &[u8], [first, others @ ..]: &[Read<'_>; 3]) {
    if bytes.first().is_some_and(|byte_1| byte_1 >> 4 == 1) {
        for other in others {
            match (first, other) {
                (Err(first), Err(other)) => {
                    let said = |error: &DecodeError| {
                        (error.kind(), error.field(), error.offset(), error.packet_len())
                    };
                    assert_eq!(said(first), said(other));
                }
                _ => assert_eq!(first, other),
            }
        }
    }
}

/// 3.1.1 is stricter than 3.1, and adds two values: the SUBACK code 0x80 and Session Present.
fn v3_1_reads_what_v3_1_1_reads([v3_1, v3_1_1, _]: &[Read<'_>; 3]) {
    let Ok(Some((packet, rest))) = v3_1_1 else { return };
    let is_new = match packet {
        Packet::SubAck(suback) => suback.reasons.iter().any(SubscribeReason::is_error),
        Packet::ConnAck(connack) => connack.session_present,
        _ => false,
    };
    match v3_1 {
        Ok(Some((old, _))) if is_new => assert_ne!(old, packet),
        Err(_) if is_new => {}
        old => assert_eq!(*old, Ok(Some((*packet, *rest)))),
    }
}

/// 5.0 inserts properties between the fields. The fields before the properties are the same.
fn what_two_read_has_the_same_beginning([_, v3_1_1, v5_0]: &[Read<'_>; 3]) {
    let (Ok(Some((old, _))), Ok(Some((new, _)))) = (v3_1_1, v5_0) else { return };
    assert_eq!(old.packet_type(), new.packet_type());
    match (old, new) {
        (Packet::Publish(old), Packet::Publish(new)) => {
            assert_eq!((old.delivery, old.retain), (new.delivery, new.retain));
            assert_eq!(old.topic.name(), new.topic.name());
            assert!(old.payload.ends_with(new.payload) && old.payload.len() > new.payload.len());
        }
        (Packet::Subscribe(old), Packet::Subscribe(new)) => assert_eq!(old.packet_id, new.packet_id),
        (Packet::SubAck(old), Packet::SubAck(new)) => assert_eq!(old.packet_id, new.packet_id),
        (Packet::Unsubscribe(old), Packet::Unsubscribe(new)) => assert_eq!(old.packet_id, new.packet_id),
        (Packet::UnsubAck(_) | Packet::ConnAck(_), _) => panic!("5.0 needs properties: {new:?}"),
        // Acknowledgements in their short form, pings, DISCONNECT and CONNECT.
        _ => assert_eq!(old, new),
    }
}

/// Another version encodes all of the packet or refuses it with the name of a field. A converted packet is legal in
/// the other version.
pub fn is_carried_or_refused(packet: &Packet<'_>, version: Version) {
    laws::other_versions_refuse_by_name(packet, version);
    for to in Version::ALL {
        let converted = Conversion::new(version, to).convert(*packet);
        fits_after_it(packet, Conversion::new(version, to), to);
        conversions::is_as_documented(packet, version, to, &converted);
        says_all_changes(&converted);
        goes_by_its_sender(packet, version, to, converted);
        if let Ok(converted) = converted {
            keeps_its_values(packet, version, &converted, to);
        }
    }
}

/// The report names each change once, and its text has the text of each change. An error names packet, field and version.
fn says_all_changes(converted: &Result<Changed<Packet<'_>>, ConvertError>) {
    match converted {
        Ok(Changed { changes, .. }) => {
            has_the_same_for_all(changes.iter());
            let all: Vec<_> = changes.iter().collect();
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{changes:?}");
            assert_eq!(changes.is_empty(), all.is_empty());
            #[cfg(feature = "defmt")]
            logs::show_the_text(*changes);
            let texts: Vec<_> = all.iter().map(describe).collect();
            let expected = if all.is_empty() { "nothing changed".to_owned() } else { texts.join(", ") };
            assert_eq!(changes.to_string(), expected);
            let shown: Vec<_> = all.iter().map(|change| format!("{change:?}")).collect();
            assert_eq!(format!("{changes:?}"), format!("{{{}}}", shown.join(", ")));
        }
        Err(
            error @ (ConvertError::NoCounterpart { packet_type, field, version }
            | ConvertError::Missing { packet_type, field, version }),
        ) => {
            let shown = error.to_string();
            #[cfg(feature = "defmt")]
            logs::show_the_text(*error);
            assert!(
                shown.contains(&version.to_string()) && shown.contains(&packet_type.to_string()),
                "{shown}"
            );
            assert!(*field == Field::PacketType || shown.contains(field.name()), "{shown}");
        }
        Err(other) => panic!("{other}"),
    }
}

fn describe(change: &Change) -> String {
    let expected = match change {
        Change::Dropped(field) => format!("{} left out", field.name()),
        Change::DroppedFromWill(id) => format!("{} of the will left out", id.name()),
        Change::Replaced { was, is, .. } => format!("Reason Code 0x{was:02X} became 0x{is:02X}"),
        Change::Added(field) => format!("{} added", field.name()),
        Change::NewMeaning(field) => format!("{} has another meaning", field.name()),
        other => panic!("{other:?}"),
    };
    assert_eq!(change.to_string(), expected);
    expected
}

/// `convert_and_fit` has the same result as a conversion and then a fit. The report has the changes of both.
fn fits_after_it(packet: &Packet<'_>, conversion: Conversion, to: Version) {
    let converted = conversion.convert(*packet).map_err(FitError::from);
    for limits in [PeerLimits::NONE, PeerLimits::NONE.max_packet_size(30).problem_information(false)] {
        let both = limits.convert_and_fit(conversion, *packet);
        let expected = converted.and_then(|converted| {
            let fit = limits.fit(to, converted.packet)?;
            let changes = converted.changes.iter().chain(fit.changes.iter()).collect::<HashSet<_>>();
            Ok((fit.packet, changes))
        });
        let both = both.map(|both| (both.packet, both.changes.iter().collect::<HashSet<_>>()));
        assert_eq!(both, expected, "{to} {packet:?}");
    }
}

/// Before 5.0 a server sends no DISCONNECT. No other difference depends on the sender.
fn goes_by_its_sender(
    packet: &Packet<'_>,
    version: Version,
    to: Version,
    converted: Result<Changed<Packet<'_>>, ConvertError>,
) {
    let packet_type = PacketType::Disconnect;
    let has_none = packet.packet_type() == packet_type && to != version && to != Version::V5_0;
    let none = Err(ConvertError::NoCounterpart { packet_type, field: Field::PacketType, version: to });
    let by = |sender| Conversion::new(version, to).sender(sender).convert(*packet);
    assert_eq!(by(Role::Client), converted);
    assert_eq!(by(Role::Server), if has_none { none } else { converted });
}

fn keeps_its_values(packet: &Packet<'_>, version: Version, converted: &Changed<Packet<'_>>, to: Version) {
    // One packet can be read but not written.
    if packet.encoded_len(version).is_err() {
        return;
    }
    let bytes = laws::survives(&converted.packet, to);
    let options = Options { accept_bridge: true, ..Options::new(Some(to)) };
    let Verdict::Accept { used, fields, .. } = naive(&bytes, &options) else {
        panic!("{to} cannot carry {converted:?}")
    };
    assert_eq!((used, fields), (bytes.len(), fields_of(&converted.packet)));
    let expected = conversions::fields_after(packet, version, to);
    assert_eq!(fields_of(&converted.packet), expected, "{version} to {to}: {packet:?}");
    let back = match converted.packet {
        // The protocol level follows the version, and Clean Session replaces the Session Expiry
        // Interval.
        Packet::Connect(connect) => Packet::Connect(restored(connect, packet, version, to)),
        packet => packet,
    };
    // Before 5.0 an UNSUBACK has no codes, so it means success for all filters.
    let nothing_said = converted.changes.is_empty() && !is_plain_success(packet);
    assert!(back == *packet || !nothing_said, "the conversion reports no change: {packet:?} {back:?}");
    operations::names_what_it_leaves_out(packet, converted);
    names_the_codes_it_replaces(packet, converted);
    // A second conversion to the same version changes nothing.
    let again = Conversion::new(to, to).convert(converted.packet).expect("its own version");
    assert_eq!(again.packet, converted.packet);
}

fn is_plain_success(packet: &Packet<'_>) -> bool {
    let success = |reason: UnsubscribeReason| reason == UnsubscribeReason::Success;
    matches!(packet, Packet::UnsubAck(unsuback) if unsuback.reasons.iter().all(success))
}

/// The report names each Reason Code that was replaced, and no other Reason Code.
fn names_the_codes_it_replaces(packet: &Packet<'_>, converted: &Changed<Packet<'_>>) {
    let pairs = conversions::codes(packet).into_iter().zip(conversions::codes(&converted.packet));
    let replaced: BTreeSet<_> = pairs.filter(|(was, is)| was != is).collect();
    let named = converted.changes.iter().filter_map(|change| match change {
        Change::Replaced { was, is, .. } => Some((was, is)),
        _ => None,
    });
    assert_eq!(named.collect::<BTreeSet<_>>(), replaced);
}

/// Sets the Session Expiry Interval that follows from Clean Session alone.
fn restored<'a>(mut connect: Connect<'a>, was: &Packet<'a>, version: Version, to: Version) -> Connect<'a> {
    let Packet::Connect(was) = was else { return connect };
    match Conversion::new(to, version).convert(connect) {
        Ok(back) => connect = back.packet,
        Err(_) => connect.version = version,
    }
    // An interval of 0 means the same as no interval.
    if let (true, Some(0)) = (was.clean_start, was.properties.session_expiry_interval) {
        connect.properties.session_expiry_interval = Some(0);
    }
    connect
}
