//! Makes values from random bytes, and lists edge values.

use crate::list::{Item, List};
use crate::packet::{Delivery, Subscription, Topic};
use crate::property::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
    PublishProperties, SubscribeProperties, UnsubscribeProperties, UserProperty, WillProperties,
};
use crate::property_table::{properties_by_packet, properties_sorted_by_packet};
use crate::reason::{
    AuthReason, ConnectReason, DisconnectReason, PubAckReason, PubCompReason, PubRecReason, PubRelReason,
    SubscribeReason, UnsubscribeReason,
};
use crate::value::{
    AuthenticationData, Binary, MaximumQos, PacketId, Password, PayloadFormat, Qos, RetainHandling,
    SubscriptionId, Text, TopicAlias, TopicFilter, TopicName,
};
use crate::version::Version;
use crate::wire::writer::LengthCounter;
use arbitrary::{Arbitrary, Result, Unstructured};
use core::num::{NonZeroU16, NonZeroU32};
use std::vec::Vec;

/// A value of a field. When the random bytes are used up, the result is the simplest value.
pub(crate) trait Generate<'a>: Copy {
    fn generate(u: &mut Unstructured<'a>) -> Result<Self>;

    /// The smallest, the greatest and special values.
    fn edges() -> Vec<Self>;
}

/// The properties of one packet or will.
pub(crate) trait SampleProperties<'a>: Sized {
    /// Makes all properties except lists.
    fn generate(u: &mut Unstructured<'a>) -> Result<Self>;

    /// Shows each property alone, with each of its edge values. No lists.
    fn each(visit: impl FnMut(Self));

    /// All properties together, each with its second edge value. No lists.
    fn all() -> Self;
}

/// A field of a properties struct: its property is present or not.
pub(crate) trait SampleField<'a>: Copy + Default {
    fn generate(u: &mut Unstructured<'a>) -> Result<Self>;
    fn edges() -> Vec<Self>;
}

/// Makes samples of the properties of one packet.
macro_rules! sample_properties {
    ($(#[$doc:meta])* $Struct:ident {
        $( $senders:ident $id:literal $Name:ident $field:ident $type:ty, $doc_of_field:literal; )*
    }) => {
        impl<'a> SampleProperties<'a> for $Struct<'a> {
            fn generate(u: &mut Unstructured<'a>) -> Result<Self> {
                Ok(Self { $( $field: SampleField::generate(u)?, )* })
            }

            fn each(mut visit: impl FnMut(Self)) {
                $( for value in SampleField::edges() {
                    let mut alone = Self::EMPTY;
                    alone.$field = value;
                    visit(alone);
                } )*
            }

            fn all() -> Self {
                Self { $( $field: SampleField::edges().into_iter().nth(1).unwrap_or_default(), )* }
            }
        }
    };
}

properties_by_packet!(sample_properties);

impl<'a, V: Generate<'a>> SampleField<'a> for Option<V> {
    fn generate(u: &mut Unstructured<'a>) -> Result<Self> {
        optional(u)
    }

    fn edges() -> Vec<Self> {
        V::edges().into_iter().map(Some).collect()
    }
}

/// Lists belong to the sample.
impl<'a, T: Item<'a>> SampleField<'a> for List<'a, T> {
    fn generate(_: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::EMPTY)
    }

    fn edges() -> Vec<Self> {
        Vec::new()
    }
}

pub(super) fn byte(u: &mut Unstructured<'_>) -> Result<u8> {
    u.arbitrary()
}

/// True in one of 16 calls. False when the random bytes are used up.
pub(super) fn rarely(u: &mut Unstructured<'_>) -> Result<bool> {
    Ok(byte(u)? >= 0xf0)
}

pub(super) fn optional<'a, V: Generate<'a>>(u: &mut Unstructured<'a>) -> Result<Option<V>> {
    if u.arbitrary()? { V::generate(u).map(Some) } else { Ok(None) }
}

/// Makes a few items, or sometimes many copies of a short item.
pub(super) fn several<'a, V: Generate<'a> + Item<'a, N>, N>(u: &mut Unstructured<'a>) -> Result<Vec<V>> {
    let mut items = Vec::new();
    while u.arbitrary()? {
        items.push(V::generate(u)?);
    }
    if let (Some(last), true) = (items.last().copied(), rarely(u)?) {
        let many = usize::from(u.arbitrary::<u16>()? & 0x3ff);
        let mut counter = LengthCounter::default();
        last.encode::<true>(&mut counter);
        let fitting = MANY_BYTES.checked_div(counter.count()).unwrap_or(MANY_BYTES);
        let many = many.min(usize::try_from(fitting).unwrap_or(many));
        items.resize(items.len().saturating_add(many), last);
    }
    Ok(items)
}

/// The most bytes that the copies of one item take. A packet of tens of megabytes shows a fuzzer nothing new.
const MANY_BYTES: u64 = 1 << 18;

/// One of the values: the first one when the random bytes are used up. `first` is the result if there are no
/// values.
pub(super) fn one_of<T: Copy>(u: &mut Unstructured<'_>, all: &[T], first: T) -> Result<T> {
    let index = usize::from(byte(u)?).checked_rem(all.len()).unwrap_or_default();
    Ok(all.get(index).copied().unwrap_or(first))
}

/// The lengths at which a length prefix or a Remaining Length changes its size.
pub(super) const EDGE_LENGTHS: [usize; 9] = [0, 1, 127, 128, 16_383, 16_384, 65_535, 2_097_151, 2_097_152];

static LETTERS: [u8; 65_535] = [b'a'; 65_535];
static ZEROS: [u8; 2_097_152] = [0; 2_097_152];

/// `len` zeros, at most 2 MiB.
pub(super) fn zeros(len: usize) -> &'static [u8] {
    ZEROS.get(..len).unwrap_or(&ZEROS)
}

/// Bytes of any length up to the largest of the edges.
pub(super) fn any_bytes<'a>(u: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    if rarely(u)? {
        return Ok(zeros(one_of(u, &EDGE_LENGTHS, 0)?));
    }
    taken(u)
}

/// Some of the random bytes: mostly few, so that enough are left.
fn taken<'a>(u: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let len = match byte(u)? {
        many @ 0xf0.. => many,
        few => few & 0b1111,
    };
    u.bytes(usize::from(len).min(u.len()))
}

/// Strings with characters that are special in some field.
const STRINGS: [&str; 16] = [
    "",
    "a",
    "/status",
    "Client123",
    "é",
    "€/😀",
    "\u{1}",
    "\u{7f}\u{85}",
    "\u{feff}",
    "\u{fffe}\u{fdd0}",
    "$SYS/x",
    "a/b//",
    "/",
    "MQTT",
    "\u{10ffff}",
    "+/#",
];

fn any_string<'a>(u: &mut Unstructured<'a>) -> Result<&'a str> {
    Ok(match byte(u)? {
        0..=0x7f => one_of(u, &STRINGS, "")?,
        0x80..=0xf7 => legal_start(taken(u)?),
        _ => letters(one_of(u, &EDGE_LENGTHS, 0)?),
    })
}

/// `len` letters, at most 65,535.
fn letters(len: usize) -> &'static str {
    core::str::from_utf8(LETTERS.get(..len).unwrap_or(&LETTERS)).unwrap_or_default()
}

/// The bytes before the first byte that is not UTF-8, and before the first U+0000.
fn legal_start(bytes: &[u8]) -> &str {
    let utf8 = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    utf8.split('\0').next().unwrap_or_default()
}

const SHORTEST_NAME: TopicName<'static> = crate::topic_name!("a");
const SHORTEST_FILTER: TopicFilter<'static> = crate::topic_filter!("a");

/// Filters with wildcards and Share Names, and filters that 5.0 refuses.
const FILTERS: [TopicFilter<'static>; 12] = [
    SHORTEST_FILTER,
    crate::topic_filter!("/status"),
    crate::topic_filter!("#"),
    crate::topic_filter!("+"),
    crate::topic_filter!("a/é/#"),
    crate::topic_filter!("+/a//+"),
    crate::topic_filter!("$share/g/#"),
    crate::topic_filter!("$share/g/+/a"),
    crate::topic_filter!("$SYS/#"),
    crate::topic_filter!("$share/no-filter"),
    crate::topic_filter!("$share//no-name"),
    crate::topic_filter!("$share/+/no-name"),
];

/// Implements [`Generate`]: how to make a value, and its edge values.
macro_rules! make {
    ($( $Type:ty: |$u:ident| $make:expr, $edges:expr; )*) => { $(
        impl<'a> Generate<'a> for $Type {
            fn generate($u: &mut Unstructured<'a>) -> Result<Self> {
                Ok($make)
            }

            fn edges() -> Vec<Self> {
                Vec::from($edges)
            }
        }
    )* };
}

/// Implements [`Generate`] and the public [`Arbitrary`] for a type of this crate.
macro_rules! arbitrary {
    ($( $Type:ty: |$u:ident| $make:expr, $edges:expr; )*) => { $(
        make!($Type: |$u| $make, $edges;);

        #[cfg_attr(docsrs, doc(cfg(feature = "arbitrary")))]
        impl<'a> Arbitrary<'a> for $Type {
            fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
                Self::generate(u)
            }
        }
    )* };
}

make! {
    bool: |u| u.arbitrary()?, [false, true];
    u16: |u| u.arbitrary()?, [0, 1, 0x0102, Self::MAX];
    u32: |u| u.arbitrary()?, [0, 1, 0x0102_0304, Self::MAX];
    NonZeroU16: |u| Self::new(u.arbitrary()?).unwrap_or(Self::MIN), but_zero(u16::edges(), Self::new);
    NonZeroU32: |u| Self::new(u.arbitrary()?).unwrap_or(Self::MIN), but_zero(u32::edges(), Self::new);
}

arbitrary! {
    Version: |u| one_of(u, &Self::ALL, Self::V3_1)?, Self::ALL;
    Text<'a>: |u| Self::new(any_string(u)?).unwrap_or_default(), edge_strings(&STRINGS, Self::new);
    TopicName<'a>: |u| Self::new(any_string(u)?).unwrap_or(SHORTEST_NAME), edge_strings(&STRINGS, Self::new);
    TopicFilter<'a>: |u| match byte(u)? {
        0..=0xbf => one_of(u, &FILTERS, SHORTEST_FILTER)?,
        _ => Self::new(any_string(u)?).unwrap_or(SHORTEST_FILTER),
    }, edge_strings(&FILTERS.map(TopicFilter::as_str), Self::new);
    Binary<'a>: |u| Self::new(any_bytes(u)?).unwrap_or_default(), edge_bytes(Self::new);
    Password<'a>: |u| Self::from(Binary::generate(u)?), edge_bytes(Self::new);
    AuthenticationData<'a>: |u| Self::from(Binary::generate(u)?), edge_bytes(Self::new);
    PacketId: |u| Self::new(u.arbitrary()?).unwrap_or(Self::MIN), but_zero(u16::edges(), |n| Self::new(n).ok());
    TopicAlias: |u| Self::new(u.arbitrary()?).unwrap_or(SMALLEST_ALIAS),
        but_zero(u16::edges(), |n| Self::new(n).ok());
    SubscriptionId: |u| Self::new(u.arbitrary()?).unwrap_or(SMALLEST_ID), subscription_ids();
    Qos: |u| one_of(u, &QOS, Self::AtMostOnce)?, QOS;
    MaximumQos: |u| one_of(u, &[Self::AtMostOnce, Self::AtLeastOnce], Self::AtMostOnce)?,
        [Self::AtMostOnce, Self::AtLeastOnce];
    PayloadFormat: |u| one_of(u, &[Self::Unspecified, Self::Utf8], Self::Unspecified)?,
        [Self::Unspecified, Self::Utf8];
    RetainHandling: |u| one_of(u, &RETAIN_HANDLING, Self::SendAtSubscribe)?, RETAIN_HANDLING;
    ConnectReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    PubAckReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    PubRecReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    PubRelReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    PubCompReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    SubscribeReason: |u| one_of(u, Self::ALL, Self::GrantedQos0)?, Self::ALL;
    UnsubscribeReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    DisconnectReason: |u| one_of(u, Self::ALL, Self::NormalDisconnection)?, Self::ALL;
    AuthReason: |u| one_of(u, Self::ALL, Self::Success)?, Self::ALL;
    Delivery: |u| match byte(u)? % 3 {
        0 => Self::AtMostOnce,
        1 => Self::AtLeastOnce { id: PacketId::generate(u)?, dup: u.arbitrary()? },
        _ => Self::ExactlyOnce { id: PacketId::generate(u)?, dup: u.arbitrary()? },
    }, deliveries();
    Topic<'a>: |u| match byte(u)? % 4 {
        0 | 1 => Self::Name(TopicName::generate(u)?),
        2 => Self::Alias(TopicAlias::generate(u)?),
        _ => Self::NameAndAlias(TopicName::generate(u)?, TopicAlias::generate(u)?),
    }, topics();
    UserProperty<'a>: |u| Self { name: Text::generate(u)?, value: Text::generate(u)? }, user_properties();
    Subscription<'a>: |u| Self {
        filter: TopicFilter::generate(u)?,
        qos: Qos::generate(u)?,
        no_local: u.arbitrary()?,
        retain_as_published: u.arbitrary()?,
        retain_handling: RetainHandling::generate(u)?,
    }, subscriptions();
}

const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];
const RETAIN_HANDLING: [RetainHandling; 3] =
    [RetainHandling::SendAtSubscribe, RetainHandling::SendIfNew, RetainHandling::DoNotSend];

const SMALLEST_ALIAS: TopicAlias = match TopicAlias::new(1) {
    Ok(alias) => alias,
    Err(_) => TopicAlias::MAX,
};

const SMALLEST_ID: SubscriptionId = match SubscriptionId::new(1) {
    Ok(id) => id,
    Err(_) => SubscriptionId::MAX,
};

fn but_zero<N, T>(numbers: Vec<N>, new: impl Fn(N) -> Option<T>) -> Vec<T> {
    numbers.into_iter().filter_map(new).collect()
}

/// Some short strings, and strings at the edges of their length.
fn edge_strings<'a, T, E>(
    short: &[&'static str],
    new: impl Fn(&'a str) -> core::result::Result<T, E>,
) -> Vec<T> {
    let long = EDGE_LENGTHS.into_iter().filter(|len| *len <= LETTERS.len()).map(letters);
    short.iter().copied().chain(long).filter_map(|string| new(string).ok()).collect()
}

fn edge_bytes<'a, T, E>(new: impl Fn(&'a [u8]) -> core::result::Result<T, E>) -> Vec<T> {
    EDGE_LENGTHS.into_iter().filter_map(|len| new(zeros(len)).ok()).collect()
}

/// Identifiers at the edges of one to four bytes.
fn subscription_ids() -> Vec<SubscriptionId> {
    let edges = [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, SubscriptionId::MAX.get()];
    but_zero(Vec::from(edges), |id| SubscriptionId::new(id).ok())
}

fn deliveries() -> Vec<Delivery> {
    let mut deliveries = std::vec![Delivery::AtMostOnce];
    for id in PacketId::edges() {
        for dup in bool::edges() {
            deliveries.extend([Delivery::AtLeastOnce { id, dup }, Delivery::ExactlyOnce { id, dup }]);
        }
    }
    deliveries
}

fn topics<'a>() -> Vec<Topic<'a>> {
    let mut topics: Vec<_> = TopicName::edges().into_iter().map(Topic::Name).collect();
    for alias in TopicAlias::edges() {
        topics.extend([Topic::Alias(alias), Topic::NameAndAlias(SHORTEST_NAME, alias)]);
    }
    topics
}

/// User Properties: a name occurs twice, and any string may be a name or a value.
fn user_properties<'a>() -> Vec<UserProperty<'a>> {
    let strings = Text::edges();
    let values = strings.iter().rev();
    let pairs = strings.iter().zip(values).map(|(name, value)| UserProperty { name: *name, value: *value });
    pairs.chain([UserProperty { name: Text::EMPTY, value: Text::EMPTY }]).collect()
}

/// Each filter once, and each combination of options.
fn subscriptions<'a>() -> Vec<Subscription<'a>> {
    let filters = TopicFilter::edges().into_iter();
    let mut all: Vec<_> = filters.map(|filter| Subscription::new(filter, Qos::AtLeastOnce)).collect();
    for qos in QOS {
        for retain_handling in RETAIN_HANDLING {
            for (no_local, retain_as_published) in
                [(false, false), (true, false), (false, true), (true, true)]
            {
                let filter = SHORTEST_FILTER;
                all.push(Subscription { filter, qos, no_local, retain_as_published, retain_handling });
            }
        }
    }
    all
}
