//! Packets to test with: made from random bytes, or a systematic set.
//!
//! ```
//! use mqtt_wire::sample::Sample;
//! use mqtt_wire::{Encode, Version};
//!
//! for sample in Sample::of_everything(Version::V3_1_1) {
//!     assert!(sample.as_packet().encoded_len(sample.version()).is_ok());
//! }
//! ```
//!
//! Use the packets in property tests and fuzz targets of your program.

mod draft;
mod elements;
mod everything;
mod generate;
mod lists;

pub use lists::Sample;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::encode::Encode;
    use crate::error::{EncodeError, Inconsistency};
    use crate::field::Field;
    use crate::packet::{ConnAck, Packet};
    use crate::property::ConnAckProperties;
    use crate::reason::ConnectReason;
    use crate::value::Binary;
    use crate::version::Version;
    use arbitrary::{Arbitrary, Unstructured};
    use std::collections::BTreeSet;
    use std::{format, string::String, vec, vec::Vec};

    fn encoded(sample: &Sample<'_>) -> Vec<u8> {
        let packet = sample.as_packet();
        let mut buffer = vec![0; packet.encoded_len(sample.version).unwrap()];
        packet.encode(sample.version, &mut buffer).unwrap();
        buffer
    }

    /// The fields of a sample, the values of its one-byte fields, and the forms of its lists.
    fn features(sample: &Sample<'_>) -> BTreeSet<String> {
        let packet_type = sample.packet.packet_type();
        let mut features: BTreeSet<_> = forms(sample).collect();
        let bytes = encoded(sample);
        let read = Decoder::new(sample.version).accept_bridge(true).dissect(&bytes, |span| {
            let value = match span.field {
                Field::ReasonCode | Field::ProtocolLevel | Field::PropertyIdentifier => {
                    span.bytes.first().copied()
                }
                _ => span.bits(),
            };
            features.insert(format!("{packet_type} in {}: {} {value:?}", sample.version, span.field));
        });
        assert!(read.is_ok(), "{read:?}");
        features
    }

    /// For each list, whether some items are encoded, and whether some are in the slice.
    fn forms(sample: &Sample<'_>) -> impl Iterator<Item = String> {
        let lists = &sample.lists;
        [
            lists.user_properties.parts(),
            lists.will_user_properties.parts(),
            lists.subscription_identifiers.parts(),
            lists.subscriptions.parts(),
            lists.filters.parts(),
            lists.subscribe_reasons.parts(),
            lists.unsubscribe_reasons.parts(),
        ]
        .into_iter()
        .enumerate()
        .map(|(list, (on_wire, in_slice))| format!("list {list}: {} {}", on_wire > 0, in_slice > 0))
    }

    /// The samples that random bytes make.
    fn for_random_bytes(samples: u32, mut make: impl FnMut(&mut Unstructured<'_>)) {
        let mut state = 1u32;
        for _ in 0..samples {
            let next = || {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_le_bytes()[1]
            };
            let bytes: Vec<u8> = std::iter::repeat_with(next).take(250).collect();
            make(&mut Unstructured::new(&bytes));
        }
    }

    #[test]
    fn random_samples_cover_everything() {
        let everything = Version::ALL.into_iter().flat_map(Sample::of_everything);
        let mut left: BTreeSet<_> = everything.flat_map(|sample| features(&sample)).collect();
        assert!(left.len() > 500, "only {}", left.len());
        for_random_bytes(60_000, |u| {
            for feature in features(&Sample::arbitrary(u).unwrap()) {
                left.remove(&feature);
            }
        });
        assert!(left.is_empty(), "{left:#?}");
    }

    #[test]
    fn constructible_packets_are_refused_for_every_reason() {
        let (mut fields, mut inconsistencies) = (BTreeSet::new(), BTreeSet::new());
        for_random_bytes(200_000, |u| {
            let sample = Sample::constructible(u).unwrap();
            match sample.as_packet().encoded_len(sample.version) {
                Err(EncodeError::NotInVersion { field, .. }) => drop(fields.insert(field.name())),
                Err(EncodeError::Inconsistent(rule)) => drop(inconsistencies.insert(format!("{rule:?}"))),
                refused => assert!(refused.is_ok()),
            }
        });
        assert!(fields.len() >= 20, "{fields:?}");
        // Without a sender no direction is checked.
        for rule in [
            Inconsistency::AuthenticationDataWithoutMethod,
            Inconsistency::AuthenticationMethodMissing,
            Inconsistency::BadAuthenticationMethodInDisconnect,
            Inconsistency::EmptyList,
            Inconsistency::NoLocalOnSharedSubscription,
            Inconsistency::PasswordWithoutUserName,
            Inconsistency::SessionPresentWithError,
        ] {
            assert!(inconsistencies.remove(&format!("{rule:?}")), "{rule:?}");
        }
        assert!(inconsistencies.is_empty(), "{inconsistencies:?}");
    }

    #[test]
    fn a_refusal_may_have_authentication_data_alone() {
        for reason in ConnectReason::ALL {
            let authentication_data = Some(Binary::EMPTY.into());
            let properties = ConnAckProperties { authentication_data, ..ConnAckProperties::EMPTY };
            let packet = Packet::ConnAck(ConnAck { properties, ..ConnAck::new(*reason) });
            let mut sample = Sample { version: Version::V5_0, packet, lists: lists::Lists::default() };
            sample.be_consistent();
            assert_eq!(sample.as_packet() == packet, *reason != ConnectReason::Success, "{reason}");
        }
    }

    #[test]
    fn empty_input_makes_the_simplest_packet() {
        let sample = Sample::arbitrary(&mut Unstructured::new(&[])).unwrap();
        assert_eq!((sample.version(), sample.as_packet()), (Version::V3_1, Packet::PingReq));
        assert_eq!(format!("{sample:?}"), "Sample { version: V3_1, packet: PingReq }");
    }
}
