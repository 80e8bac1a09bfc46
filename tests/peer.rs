//! Tests the invariants of `PeerLimits`, with a sample of every packet.

use allocation_counter::measure;
use mqtt_wire::broker::{FitError, PeerLimits};
use mqtt_wire::convert::{Change, Changed, Changes, Conversion};
use mqtt_wire::inspect::Field;
use mqtt_wire::list::List;
use mqtt_wire::property::{AckProperties, ConnAckProperties, ConnectProperties, PropertyId, UserProperty};
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::*;
use mqtt_wire_testkit::samples::all_samples;
use std::hint::black_box;

const USER_PROPERTIES: Change = Change::Dropped(Field::Property(PropertyId::UserProperty));
const REASON_STRING: Change = Change::Dropped(Field::Property(PropertyId::ReasonString));

fn len(packet: &Packet<'_>, version: Version) -> u32 {
    packet.encoded_len(version).expect("legal").try_into().expect("short")
}

#[test]
fn a_packet_that_fits_is_not_changed() {
    for (version, packet) in all_samples() {
        let limits = PeerLimits::NONE.max_packet_size(len(&packet, version));
        for limits in [limits, PeerLimits::NONE] {
            assert_eq!(limits.fit(version, packet), Ok(Changed { packet, changes: Changes::NONE }));
        }
    }
}

/// At every limit the packet fits. The packet has lost only as many of its explanations (Reason String, User Properties) as needed. The
/// packet is refused only if all explanations are gone.
#[test]
fn no_more_than_needed_is_left_out() {
    let mut shortened = [0; 3];
    let mut packets = all_samples();
    packets.push((Version::V5_0, more_said_in_the_reason()));
    for (version, packet) in packets {
        let whole = len(&packet, version);
        let variants = without_explanations(&packet);
        for maximum in (0..whole).filter(|maximum| whole < 300 || whole - maximum < 50) {
            let fitted = PeerLimits::NONE.max_packet_size(maximum).fit(version, packet);
            let fitting = variants.iter().position(|(shorter, _)| len(shorter, version) <= maximum);
            let Some(least) = fitting else {
                let needed = variants.iter().map(|(shorter, _)| len(shorter, version)).min().unwrap_or(whole);
                assert_eq!(fitted, Err(FitError::TooLargeForPeer { needed: needed as usize, maximum }));
                continue;
            };
            shortened[least] += 1;
            let Changed { packet: fitted, changes } = fitted.expect("there is one that fits");
            assert_eq!((fitted, changes.iter().collect()), variants[least]);
        }
    }
    assert!(shortened.iter().all(|count| *count > 5), "{shortened:?}");
}

fn more_said_in_the_reason() -> Packet<'static> {
    static PAIR: [UserProperty<'static>; 1] = [UserProperty { name: text!("a"), value: text!("b") }];
    let reason_string = Some(text!("longer than the user properties"));
    let properties = AckProperties { reason_string, user_properties: List::new(&PAIR) };
    PubRec { properties, ..PubRec::new(PacketId::MAX) }.into()
}

/// Implements the list of the standard a second time: a packet without User Properties, without Reason
/// String, and without both.
fn without_explanations<'a>(packet: &Packet<'a>) -> Vec<(Packet<'a>, Vec<Change>)> {
    let mut variants = Vec::new();
    for (no_properties, no_reason) in [(true, false), (false, true), (true, true)] {
        let mut shorter = *packet;
        let mut changes = Vec::new();
        macro_rules! shorten {
            ($properties:expr) => {{
                if no_reason && $properties.reason_string.take().is_some() {
                    changes.push(REASON_STRING);
                }
                if no_properties && !std::mem::take(&mut $properties.user_properties).is_empty() {
                    changes.push(USER_PROPERTIES);
                }
            }};
        }
        match &mut shorter {
            Packet::ConnAck(packet) => shorten!(packet.properties),
            Packet::PubAck(packet) => shorten!(packet.properties),
            Packet::PubRec(packet) => shorten!(packet.properties),
            Packet::PubRel(packet) => shorten!(packet.properties),
            Packet::PubComp(packet) => shorten!(packet.properties),
            Packet::SubAck(packet) => shorten!(packet.properties),
            Packet::UnsubAck(packet) => shorten!(packet.properties),
            Packet::Disconnect(packet) => shorten!(packet.properties),
            Packet::Auth(packet) => shorten!(packet.properties),
            _ => {}
        }
        variants.push((shorter, changes));
    }
    variants
}

/// [MQTT-3.1.2-29]
#[test]
fn without_problem_information_three_packets_keep_their_explanations() {
    for (version, packet) in all_samples() {
        let limits = PeerLimits::NONE.problem_information(false);
        let fitted = limits.fit(version, packet).expect("no limit of size");
        let others = matches!(packet, Packet::Publish(_) | Packet::ConnAck(_) | Packet::Disconnect(_));
        let (bare, changes) = without_explanations(&packet).swap_remove(2);
        let expected = if others { (packet, vec![]) } else { (bare, changes) };
        assert_eq!((fitted.packet, fitted.changes.iter().collect()), expected);
    }
}

#[test]
fn the_limits_are_the_announced_ones() {
    let connect = Connect::new(Version::V5_0);
    assert_eq!(PeerLimits::of_client(&connect), PeerLimits::NONE);
    let properties = ConnectProperties {
        maximum_packet_size: 20.try_into().ok(),
        request_problem_information: Some(false),
        ..ConnectProperties::EMPTY
    };
    let announced = PeerLimits::NONE.max_packet_size(20).problem_information(false);
    assert_eq!(PeerLimits::of_client(&Connect { properties, ..connect }), announced);
    let connack = ConnAck::new(ConnectReason::Success);
    assert_eq!(PeerLimits::of_server(&connack), PeerLimits::default());
    let properties =
        ConnAckProperties { maximum_packet_size: 20.try_into().ok(), ..ConnAckProperties::EMPTY };
    let announced = PeerLimits::NONE.max_packet_size(20);
    assert_eq!(PeerLimits::of_server(&ConnAck { properties, ..connack }), announced);
}

#[test]
fn a_packet_that_cannot_be_encoded_does_not_fit() {
    let error = EncodeError::Inconsistent(Inconsistency::EmptyList);
    let empty = SubAck::new(PacketId::MIN, &[]);
    assert_eq!(PeerLimits::NONE.fit(Version::V5_0, empty), Err(FitError::Encode(error)));
    assert_eq!(FitError::Encode(error).to_string(), error.to_string());
    let too_large = FitError::TooLargeForPeer { needed: 7, maximum: 5 };
    assert_eq!(too_large.to_string(), "the packet has 7 bytes, and the peer accepts at most 5");
}

#[test]
fn nothing_is_allocated() {
    for (version, packet) in all_samples() {
        for maximum in [0, len(&packet, version) - 1, u32::MAX] {
            let limits = PeerLimits::NONE.max_packet_size(maximum);
            let count = measure(|| _ = black_box(limits.fit(version, packet)));
            assert_eq!(count.count_total, 0, "{version} {packet:.80?}");
        }
    }
}

#[test]
fn a_packet_can_be_converted_and_fitted_in_one_call() {
    for (from, packet) in all_samples() {
        for to in Version::ALL {
            let conversion = Conversion::new(from, to);
            for maximum in [8, 64, u32::MAX] {
                let limits = PeerLimits::NONE.max_packet_size(maximum).problem_information(false);
                let both = limits.convert_and_fit(conversion, packet);
                match conversion.convert(packet) {
                    Err(error) => {
                        assert_eq!(both, Err(FitError::Convert(error)));
                        assert_eq!(FitError::from(error).to_string(), error.to_string());
                    }
                    Ok(converted) => {
                        let fitted = limits.fit(to, converted.packet);
                        assert_eq!(both.map(|both| both.packet), fitted.map(|fitted| fitted.packet));
                        let (Ok(both), Ok(fitted)) = (both, fitted) else { continue };
                        let apart = converted.changes.iter().chain(fitted.changes.iter());
                        assert_eq!(both.changes.iter().count(), apart.count());
                        assert!(
                            converted.changes.iter().all(|change| both.changes.iter().any(|it| it == change))
                        );
                    }
                }
            }
        }
    }
}
