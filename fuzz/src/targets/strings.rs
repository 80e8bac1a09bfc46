//! Checks the methods and conversions of strings and binary data against those of `str` and `[u8]`.

#[cfg(feature = "bytes")]
use mqtt_wire::owned::{Owned, OwnedString};
use mqtt_wire::*;
use std::borrow::Borrow;
use std::hash::{BuildHasher, RandomState};

/// Compares every type of string and data that can have these bytes with the bytes themselves, alone and in pairs.
pub fn are_their_bytes(one: &[u8], other: &[u8]) {
    macro_rules! is_its_string {
        ($Type:ident) => {{
            if let Ok(value) = $Type::from_bytes(one) {
                let string = std::str::from_utf8(one).expect("checked");
                assert_eq!((value.as_str(), value.len()), (string, one.len()));
                let as_ref: &str = value.as_ref();
                let borrowed: &str = value.borrow();
                assert_eq!((as_ref, borrowed, <&str>::from(value)), (string, string, string));
                assert_eq!(
                    (value.to_string(), format!("{value:?}")),
                    (string.to_owned(), format!("{string:?}"))
                );
                assert_eq!(format!("{value:>9}|{value:<3}"), format!("{string:>9}|{string:<3}"));
                let hash = RandomState::new();
                assert_eq!(hash.hash_one(value), hash.hash_one(string));
                if let Ok(other_value) = $Type::from_bytes(other) {
                    let (order, is_equal) = (one.cmp(other), one == other);
                    assert_eq!((value.cmp(&other_value), value == other_value), (order, is_equal));
                    let text = other_value.as_str();
                    assert_eq!([value == *text, *text == value, value == text, text == value], [is_equal; 4]);
                    #[cfg(feature = "bytes")]
                    {
                        let string = text.to_owned();
                        let owned = Owned::<$Type<'static>>::from(value);
                        let others = Owned::<$Type<'static>>::from(other_value);
                        assert_eq!([value == string, string == value], [is_equal; 2]);
                        assert_eq!([owned == other_value, other_value == owned], [is_equal; 2]);
                        assert_eq!((owned.cmp(&others), owned.partial_cmp(&others)), (order, Some(order)));
                        let owned = Owned::<$Type<'static>, String>::from(value);
                        let others = Owned::<$Type<'static>, String>::from(other_value);
                        assert_eq!([owned == other_value, other_value == owned], [is_equal; 2]);
                        assert_eq!((owned.cmp(&others), owned.get()), (order, value));
                    }
                }
                #[cfg(feature = "bytes")]
                is_its_owner::<$Type<'static>>(string, other);
            }
        }};
    }
    is_its_string!(Text);
    is_its_string!(TopicName);
    is_its_string!(TopicFilter);
    is_its_data(one, other);
    topics_are_texts(one);
}

/// If a constructor refuses a string, the string breaks the rule in the error, and the error names the type.
pub fn are_refused_for_a_reason(bytes: &[u8]) {
    macro_rules! is_a_reason {
        ($Type:ident) => {
            if let Err(error) = $Type::from_bytes(bytes) {
                assert!(holds(error, bytes), "{error} of {bytes:02x?}");
                assert_eq!(error.value_type(), ValueType::$Type);
            }
        };
    }
    is_a_reason!(Text);
    is_a_reason!(TopicName);
    is_a_reason!(TopicFilter);
}

fn holds(error: ValueError, bytes: &[u8]) -> bool {
    let has = |byte| bytes.contains(&byte);
    match error {
        ValueError::TooLong(_) => bytes.len() > 65_535,
        ValueError::IllFormedUtf8(_) => std::str::from_utf8(bytes).is_err(),
        ValueError::NulCharacter(_) => has(0),
        ValueError::EmptyTopic(_) => bytes.is_empty(),
        ValueError::WildcardInTopicName => has(b'+') || has(b'#'),
        ValueError::HashNotLast | ValueError::HashNotAlone => has(b'#'),
        ValueError::PlusNotAlone => has(b'+'),
        _ => false,
    }
}

fn topics_are_texts(bytes: &[u8]) {
    if let Ok(text) = Text::from_bytes(bytes) {
        assert_eq!((text.is_empty(), Binary::from(text).as_bytes()), (bytes.is_empty(), bytes));
    }
    if let Ok(name) = TopicName::from_bytes(bytes) {
        assert_eq!(
            (Text::from(name).as_str(), TopicFilter::from(name).as_str()),
            (name.as_str(), name.as_str())
        );
        assert_eq!((Topic::from(name).name(), Topic::from(name).alias()), (Some(name), None));
        assert!(!TopicFilter::from(name).has_wildcards());
    }
    if let Ok(filter) = TopicFilter::from_bytes(bytes) {
        assert_eq!(filter.has_wildcards(), bytes.contains(&b'+') || bytes.contains(&b'#'));
    }
}

fn is_its_data(one: &[u8], other: &[u8]) {
    let (Ok(data), Ok(other_data)) = (Binary::new(one), Binary::new(other)) else { return };
    let as_ref: &[u8] = data.as_ref();
    assert_eq!((data.as_bytes(), as_ref), (one, one));
    assert_eq!((data.len(), data.is_empty()), (one.len(), one.is_empty()));
    assert_eq!((data == other_data, data.cmp(&other_data)), (one == other, one.cmp(other)));
    let (secret, other_secret) = (Password::from(data), Password::from(other_data));
    assert_eq!((secret.expose(), secret == other_secret), (data, one == other));
    let (secret, other_secret) =
        (property::AuthenticationData::from(data), property::AuthenticationData::from(other_data));
    assert_eq!((secret.expose(), secret == other_secret), (data, one == other));
    #[cfg(feature = "bytes")]
    {
        let owned = Owned::<Binary<'static>>::from(data);
        let as_ref: &[u8] = owned.as_ref();
        assert_eq!((as_ref, owned.get(), owned == data, data == owned), (one, data, true, true));
        assert_eq!((owned == other_data, other_data == owned), (one == other, one == other));
        assert_eq!((format!("{owned:?}"), &owned.into_bytes()[..]), (format!("{data:?}"), one));
    }
}

/// An owned string is compared with strings of every type.
#[cfg(feature = "bytes")]
fn is_its_owner<V: OwnedString>(string: &str, other: &[u8]) {
    let owned = Owned::<V, String>::try_from(string).expect("legal");
    let shared = Owned::<V>::try_from(string).expect("legal");
    let (as_ref, borrowed): (&str, &str) = (owned.as_ref(), owned.borrow());
    assert_eq!((as_ref, borrowed), (string, string));
    let (as_ref, borrowed): (&str, &str) = (shared.as_ref(), shared.borrow());
    assert_eq!((as_ref, borrowed), (string, string));
    assert_eq!((owned.to_string(), shared.to_string()), (string.to_owned(), string.to_owned()));
    let hash = RandomState::new();
    assert_eq!([hash.hash_one(&owned), hash.hash_one(&shared)], [hash.hash_one(string); 2]);
    let others = String::from_utf8_lossy(other);
    for text in [string, &others] {
        let is_equal = text == string;
        assert_eq!(
            [owned == *text, *text == owned, owned == text, shared == *text, shared == text],
            [is_equal; 5]
        );
        if let (Ok(own), Ok(same)) = (Owned::<V, String>::try_from(text), Owned::<V>::try_from(text)) {
            assert_eq!([own == owned, same == shared], [is_equal; 2]);
        }
    }
    assert_eq!((Owned::<V>::from(owned.clone()), owned.into_string()), (shared.clone(), string.to_owned()));
    assert_eq!(&shared.into_bytes()[..], string.as_bytes());
}
