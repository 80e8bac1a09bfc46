//! All that is wrong, where decoding says only the first.

use super::super::opinion::decoder;
use super::super::opinion::naive::Options;
use mqtt_wire::*;

/// The first violation is what decoding refuses for; what is discouraged is what its switches refuse for.
pub fn says_the_same(bytes: &[u8], options: &Options) {
    let decoder = decoder(options);
    let mut discouraged = None;
    let mut violation = None;
    decoder.lint(bytes, |finding| {
        assert!(finding.error.offset() <= bytes.len(), "{finding:?}");
        let first = match finding.severity {
            Severity::Violation => &mut violation,
            Severity::Discouraged => &mut discouraged,
        };
        first.get_or_insert(finding.error);
    });
    let refused = decoder.clone().decode_frame(bytes).err();
    assert_eq!(violation, refused, "lint, and decode_frame");
    if refused.is_none() {
        assert_eq!(
            with_all_switches(decoder).decode_frame(bytes).err(),
            discouraged,
            "with all switches, and lint"
        );
    }
}

fn with_all_switches(decoder: Decoder) -> Decoder {
    decoder
        .refuse_control_characters(true)
        .refuse_noncharacters(true)
        .require_minimal_lengths(true)
        .limit_v3_1_topics(true)
        .require_v3_1_text(true)
        .refuse_client_server_reference(true)
}
