//! Tests lists that have decoded items and, after them, the items of a slice.

use mqtt_wire::inspect::Field;
use mqtt_wire::reason::SubscribeReason;
use mqtt_wire::*;

/// The decoded items were checked before. The slice is checked when the packet is encoded.
#[test]
fn a_slice_after_decoded_items_is_checked() {
    let version = Version::V3_1_1;
    let Ok(Packet::Subscribe(mut subscribe)) = decode_frame(version, b"\x82\x06\0\x01\0\x01a\0") else {
        panic!()
    };
    let more = [Subscription { no_local: true, ..Subscription::new(topic_filter!("b"), Qos::AtMostOnce) }];
    subscribe.subscriptions = subscribe.subscriptions.followed_by(&more).expect("it has no slice");
    let error = EncodeError::NotInVersion { field: Field::NoLocal, version };
    assert_eq!(subscribe.encoded_len(version), Err(error));
    assert_eq!(subscribe.encoded_len(Version::V5_0), Ok(13));

    let Ok(Packet::SubAck(mut suback)) = decode_frame(version, b"\x90\x03\0\x01\0") else { panic!() };
    let more = [SubscribeReason::QuotaExceeded];
    suback.reasons = suback.reasons.followed_by(&more).expect("it has no slice");
    let error = EncodeError::NotInVersion { field: Field::ReasonCodes, version };
    assert_eq!(suback.encoded_len(version), Err(error));
    assert_eq!(suback.encoded_len(Version::V5_0), Ok(7));
}
