//! Tests that long values are checked to their end: one bad character in a long string, or one bad item in a long list, at
//! any position.

use mqtt_wire::reason::SubscribeReason;
use mqtt_wire::{
    DecodeErrorKind as Kind, Decoder, Encode, EncodeError, Packet, PacketId, Qos, SubAck, Subscribe,
    Subscription, Unsubscribe, Version, topic_filter,
};
use mqtt_wire_testkit::laws::varint;

/// Returns positions at which a loop, a chunk or a counter may end, and the last position.
fn places(len: usize) -> impl Iterator<Item = usize> {
    let edges = [1, 8, 16, 32, 64, 128, 256, 512, 1000, 1024, 2048, 4096, 32_768, 65_535].into_iter();
    let around = edges.flat_map(|edge| [edge - 1, edge]).chain([len - 1]);
    around.filter(move |place| *place < len)
}

/// Returns a PUBLISH with this topic.
fn with_topic(topic: &[u8], version: Version) -> Vec<u8> {
    let len = u16::try_from(topic.len()).expect("short").to_be_bytes();
    let own: &[u8] = if version == Version::V5_0 { &[0] } else { &[] };
    frame(0x30, &[&len, topic, own].concat())
}

fn frame(first_byte: u8, body: &[u8]) -> Vec<u8> {
    [&[first_byte][..], &varint(u32::try_from(body.len()).expect("short")), body].concat()
}

#[test]
fn a_bad_character_is_found_at_any_position() {
    let strict = |version| Decoder::new(version).refuse_control_characters(true).refuse_noncharacters(true);
    for (bad, kind) in [
        (&b"\0"[..], Kind::NulCharacter),
        (b"+", Kind::WildcardInTopicName),
        (b"\xff", Kind::IllFormedUtf8),
        (b"\xed\xa0\x80", Kind::IllFormedUtf8),
        (b"\x01", Kind::ControlCharacter),
        (b"\xc2\x9f", Kind::ControlCharacter),
        (b"\xef\xbf\xbf", Kind::Noncharacter),
        (b"\xef\xb7\x90", Kind::Noncharacter),
    ] {
        for len in [20, 130, 1100, 65_535] {
            for place in places(len - bad.len() + 1) {
                let mut topic = vec![b'a'; len];
                topic[place..place + bad.len()].copy_from_slice(bad);
                for version in Version::ALL {
                    let bytes = with_topic(&topic, version);
                    let refused = strict(version).decode(&bytes).map_err(|it| it.kind());
                    assert_eq!(refused, Err(kind), "{bad:02x?} at {place} of {len} in {version}");
                }
            }
        }
    }
}

const COUNT: usize = 4_200;

/// A list with one item that is invalid or that the version lacks is refused at the offset of the
/// item.
fn is_found(version: Version, first_byte: u8, before: &[u8], item: &[u8], bad: &[u8], kind: Kind) {
    for place in places(COUNT) {
        let items = [&item.repeat(place)[..], bad, &item.repeat(COUNT - place - 1)].concat();
        let own: &[u8] = if version == Version::V5_0 { &[0] } else { &[] };
        let bytes = frame(first_byte, &[before, own, &items].concat());
        let error = Decoder::new(version).decode(&bytes).expect_err("a bad item");
        let begins = bytes.len() - items.len() + place * item.len();
        assert_eq!(error.kind(), kind, "{place}");
        assert!((begins..begins + bad.len()).contains(&error.offset()), "{place}: {error:?}");
        let mut found = Vec::new();
        Decoder::new(version).lint(&bytes, |finding| found.push(finding.error));
        assert_eq!(found, [error], "{place}");
    }
}

#[test]
fn a_bad_item_is_found_at_any_position() {
    for version in Version::ALL {
        is_found(version, 0x82, b"\0\x01", b"\0\x03a/b\x01", b"\0\x03a/b\x03", Kind::InvalidQos);
        is_found(version, 0x82, b"\0\x01", b"\0\x03a/b\x01", b"\0\x03a#b\x01", Kind::HashNotAlone);
        is_found(version, 0xa2, b"\0\x01", b"\0\x03a/b", b"\0\x03a+b", Kind::PlusNotAlone);
        is_found(version, 0xa2, b"\0\x01", b"\0\x03a/b", b"\0\x03a\xff/", Kind::IllFormedUtf8);
        is_found(version, 0x90, b"\0\x01", b"\x01", b"\x03", Kind::InvalidReasonCode);
    }
    let shared = b"\0\x0a$share/g/a\x04";
    is_found(Version::V5_0, 0x82, b"\0\x01", b"\0\x01a\x04", shared, Kind::NoLocalOnSharedSubscription);
    is_found(
        Version::V5_0,
        0x82,
        b"\0\x01",
        b"\0\x01a\x00",
        b"\0\x09$share/g/\x00",
        Kind::SharedFilterMissing,
    );
    is_found(Version::V5_0, 0xb0, b"\0\x01", b"\x00", b"\x01", Kind::InvalidReasonCode);
}

/// The packet is built, or decoded in a version that has the item. Another version refuses the packet and
/// names the item, at any position.
#[test]
fn an_item_that_a_version_lacks_is_found_at_any_position() {
    let usual = Subscription::new(topic_filter!("a/b"), Qos::AtLeastOnce);
    let unfinished = topic_filter!("$share/g/");
    for place in places(COUNT) {
        for rare in
            [Subscription { no_local: true, ..usual }, Subscription { retain_as_published: true, ..usual }]
        {
            let list = with_one(usual, place, rare);
            let subscribe = Subscribe::new(PacketId::MIN, &list).into();
            is_only_for(subscribe, Version::V5_0, Version::V3_1_1);
            is_only_for(subscribe, Version::V5_0, Version::V3_1);
        }
        let list = with_one(usual, place, Subscription { filter: unfinished, ..usual });
        is_only_for(Subscribe::new(PacketId::MIN, &list).into(), Version::V3_1_1, Version::V5_0);
        let list = with_one(topic_filter!("a/b"), place, unfinished);
        is_only_for(Unsubscribe::new(PacketId::MIN, &list).into(), Version::V3_1_1, Version::V5_0);
        let list = with_one(SubscribeReason::GrantedQos1, place, SubscribeReason::QuotaExceeded);
        is_only_for(SubAck::new(PacketId::MIN, &list).into(), Version::V5_0, Version::V3_1_1);
        let list = with_one(SubscribeReason::GrantedQos1, place, SubscribeReason::UnspecifiedError);
        is_only_for(SubAck::new(PacketId::MIN, &list).into(), Version::V3_1_1, Version::V3_1);
    }
}

fn with_one<T: Clone>(usual: T, place: usize, rare: T) -> Vec<T> {
    let mut list = vec![usual; COUNT];
    list[place] = rare;
    list
}

#[track_caller]
fn is_only_for(packet: Packet<'_>, version: Version, other: Version) {
    let refused = packet.encoded_len(other);
    assert!(matches!(refused, Err(EncodeError::NotInVersion { .. })), "{refused:?}");
    let mut bytes = vec![0; packet.encoded_len(version).expect("it has it")];
    let bytes = packet.encode(version, &mut bytes).expect("enough space");
    let read = Decoder::new(version).decode_frame(bytes).expect("legal");
    assert_eq!(read.encoded_len(other), refused);
}
