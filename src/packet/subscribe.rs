//! SUBSCRIBE: a client subscribes to Topic Filters (§3.8).
//!
//! ```text
//! 82 | Remaining Length
//! Packet Identifier (u16), Properties (5.0)
//! one or more: Topic Filter, Subscription Options (3.x: Requested QoS)
//! ```

use crate::encode::{Encoder, WritePacket};
use crate::error::{DecodeErrorKind as Kind, EncodeError, Inconsistency};
use crate::field::Field;
use crate::list::{Item, List, ListItem, listed};
use crate::packet_type::PacketType;
use crate::property::{Properties, SubscribeProperties, read_properties, write_properties};
use crate::tolerance::Tolerances;
use crate::value::{PacketId, Qos, RetainHandling, TopicFilter};
use crate::version::Version;
use crate::wire::bytes::take_prefixed;
use crate::wire::reader::{Observer, ReadPacket, ReadResult, Reader};
use crate::wire::utf8::{ValidatedUtf8, take_valid_filter};
use crate::wire::writer::Writer;

/// SUBSCRIBE: a client subscribes to Topic Filters (§3.8).
///
/// ```
/// use mqtt_wire::{
///     Encode, PacketId, Qos, Subscribe, Subscription, Version, topic_filter,
/// };
///
/// let subscriptions = [Subscription::new(topic_filter!("/status"), Qos::AtLeastOnce)];
/// let subscribe = Subscribe::new(PacketId::MIN, &subscriptions);
/// let mut buffer = [0; 32];
/// assert_eq!(
///     subscribe.encode(Version::V3_1_1, &mut buffer).unwrap(),
///     b"\x82\x0c\x00\x01\x00\x07/status\x01"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subscribe<'a> {
    /// The Packet Identifier, which the SUBACK repeats.
    pub packet_id: PacketId,
    /// The properties (5.0 only).
    pub properties: SubscribeProperties<'a>,
    /// The filters with their options. Only 3.1 allows an empty list.
    pub subscriptions: Subscriptions<'a>,
}

/// The filters of a SUBSCRIBE, with their options.
pub type Subscriptions<'a> = List<'a, Subscription<'a>, Options>;

/// One filter of a SUBSCRIBE, with its Subscription Options (5.0 §3.8.3.1).
///
/// ```
/// use mqtt_wire::{Encode, Qos, RetainHandling, Subscribe, Subscription, Version};
/// use mqtt_wire::{packet_id, topic_filter};
///
/// let bridge = Subscription {
///     no_local: true,
///     retain_as_published: true,
///     retain_handling: RetainHandling::SendIfNew,
///     ..Subscription::new(topic_filter!("#"), Qos::ExactlyOnce)
/// };
/// let mut buffer = [0; 16];
/// let subscriptions = [bridge];
/// let subscribe = Subscribe::new(packet_id!(1), &subscriptions);
/// let bytes = subscribe.encode(Version::V5_0, &mut buffer)?;
/// // Retain Handling 1, Retain As Published, No Local, QoS 2.
/// assert_eq!(bytes.last(), Some(&0b0001_1110));
/// # Ok::<(), mqtt_wire::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// The Topic Filter.
    pub filter: TopicFilter<'a>,
    /// The maximum QoS at which the server sends messages.
    pub qos: Qos,
    /// Whether the server leaves out messages that the client has published (5.0 only).
    ///
    /// The flag is forbidden for Shared Subscriptions.
    pub no_local: bool,
    /// Whether forwarded messages keep the RETAIN flag of the publisher (5.0 only).
    pub retain_as_published: bool,
    /// When to send retained messages (5.0 only).
    pub retain_handling: RetainHandling,
}

const RETAIN_HANDLING: u8 = 0b0011_0000;
const RETAIN_AS_PUBLISHED: u8 = 0b0000_1000;
const NO_LOCAL: u8 = 0b0000_0100;
const QOS: u8 = 0b0000_0011;
const RESERVED: u8 = 0b1100_0000;
const RESERVED_V3: u8 = 0b1111_1100;

const OPTIONS: [(Field, u8); 5] = [
    (Field::Reserved, RESERVED),
    (Field::RetainHandling, RETAIN_HANDLING),
    (Field::RetainAsPublished, RETAIN_AS_PUBLISHED),
    (Field::NoLocal, NO_LOCAL),
    (Field::Qos, QOS),
];

/// The bits of the options byte in 3.1 and 3.1.1.
const REQUESTED_QOS: [(Field, u8); 2] = [(Field::Reserved, RESERVED_V3), (Field::Qos, QOS)];

impl<'a> Subscribe<'a> {
    /// A SUBSCRIBE without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, subscriptions: &'a [Subscription<'a>]) -> Self {
        Self { packet_id, properties: SubscribeProperties::EMPTY, subscriptions: List::new(subscriptions) }
    }
}

impl<'a> ReadPacket<'a> for Subscribe<'a> {
    const PACKET_TYPE: PacketType = PacketType::Subscribe;

    #[inline]
    fn read<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<Self> {
        let packet_id = reader.packet_id_of_request()?;
        let properties = read_properties(reader, Field::PropertyLength)?;
        // [MQTT-3.8.3-2] the packet has at least one filter (3.1.1: [MQTT-3.8.3-3]); 3.1 has no such rule
        if reader.is_empty() && !reader.is_v3_1() {
            reader.refuse(reader.rest(), Kind::EmptyList, Field::TopicFilters)?;
        }
        let ignores_reserved = reader.tolerates(Tolerances::SUBSCRIPTION_RESERVED_BITS);
        let options = Options::decoded(reader.version, ignores_reserved);
        let subscriptions = List::read(reader)?.read_as(options);
        Ok(Self { packet_id, properties, subscriptions })
    }
}

impl WritePacket for Subscribe<'_> {
    // Without this constant, `append 3.1.1 SUBSCRIBE 8` takes 62 % more.
    const IS_HEAD_APPENDED_AT_ONCE: bool = false;

    fn packet_type(&self) -> PacketType {
        PacketType::Subscribe
    }

    #[inline]
    fn check<const V5: bool>(&self, to: Encoder) -> Result<(), EncodeError> {
        if !V5 {
            to.check_absent(&self.properties)?;
        }
        // [MQTT-3.8.3-2] the packet has at least one filter (3.1.1: [MQTT-3.8.3-3])
        if self.subscriptions.is_empty() && to.version != Version::V3_1 {
            return Err(EncodeError::Inconsistent(Inconsistency::EmptyList));
        }
        to.check_sender(|role| self.properties.sent_by(role))?;
        if V5 { self.check_v5(to) } else { self.check_v3(to) }
    }

    #[inline]
    fn write<const V5: bool>(&self, out: &mut impl Writer) {
        out.u16(self.packet_id.get());
        write_properties::<V5>(&self.properties, out);
        self.subscriptions.encode_all::<V5>(out);
    }
}

impl Subscribe<'_> {
    #[inline]
    fn check_v5(&self, to: Encoder) -> Result<(), EncodeError> {
        match self.subscriptions.all(Some(Options::OfV5), Subscription::is_legal_in_v5) {
            true => Ok(()),
            false => self.refuse_shared(to),
        }
    }

    #[cold]
    fn refuse_shared(&self, to: Encoder) -> Result<(), EncodeError> {
        self.subscriptions.try_each(|subscription| {
            if subscription.is_legal_in_v5() {
                Ok(())
            } else if subscription.filter.is_legal_in_v5() {
                Err(EncodeError::Inconsistent(Inconsistency::NoLocalOnSharedSubscription))
            } else {
                Err(to.not_in_version(Field::TopicFilter))
            }
        })
    }

    /// Before 5.0 the QoS is the only option.
    #[inline]
    fn check_v3(&self, to: Encoder) -> Result<(), EncodeError> {
        match self
            .subscriptions
            .all(Some(Options::OfV3_1_1), |subscription| subscription.options() == subscription.qos.get())
        {
            true => Ok(()),
            false => self.refuse_options(to),
        }
    }

    #[cold]
    fn refuse_options(&self, to: Encoder) -> Result<(), EncodeError> {
        self.subscriptions.try_each(|subscription| match subscription {
            Subscription { no_local: true, .. } => Err(to.not_in_version(Field::NoLocal)),
            Subscription { retain_as_published: true, .. } => {
                Err(to.not_in_version(Field::RetainAsPublished))
            }
            Subscription { retain_handling: RetainHandling::SendAtSubscribe, .. } => Ok(()),
            _ => Err(to.not_in_version(Field::RetainHandling)),
        })
    }
}

impl<'a> Subscription<'a> {
    /// A subscription with this QoS and the other options at their defaults, as in 3.1.1.
    #[must_use]
    pub const fn new(filter: TopicFilter<'a>, qos: Qos) -> Self {
        Self {
            filter,
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
        }
    }

    #[inline]
    fn is_legal_in_v5(self) -> bool {
        // [MQTT-4.8.2-1] [MQTT-4.8.2-2] a filter like `$share/x` is legal before 5.0 only
        self.filter.is_legal_in_v5()
            // [MQTT-3.8.3-4] a Shared Subscription does not have No Local
            && !(self.no_local && self.filter.is_shared())
    }

    /// The byte of the Subscription Options.
    #[inline]
    fn options(self) -> u8 {
        self.qos.get()
            | if self.no_local { NO_LOCAL } else { 0 }
            | if self.retain_as_published { RETAIN_AS_PUBLISHED } else { 0 }
            | self.retain_handling.get() << 4
    }
}

/// The Subscription Options that a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// All options: every other bit is known to be 0.
    All,
    /// All options. The filters were read from a packet of 3.1.1 and checked.
    OfV3_1_1,
    /// All options. The filters were read from a packet of 5.0 and checked.
    OfV5,
    /// All options, of filters that were read from a packet of 5.0.
    ///
    /// The context tolerates reserved bits, so encoding does not copy them.
    WithoutReserved,
    /// Only the QoS: 3.1 ignores the other bits, and 3.1.1 has no other option.
    Qos,
}

impl Options {
    /// The options of decoded filters.
    #[inline]
    pub(crate) const fn decoded(version: Version, ignores_reserved: bool) -> Self {
        match version {
            // 3.1 §3.8: the bits above the QoS are not used
            Version::V3_1 => Self::Qos,
            Version::V3_1_1 if ignores_reserved => Self::Qos,
            Version::V5_0 if ignores_reserved => Self::WithoutReserved,
            Version::V3_1_1 => Self::OfV3_1_1,
            Version::V5_0 => Self::OfV5,
        }
    }
}

impl<'a> Item<'a, Options> for Subscription<'a> {}

listed!(Subscription<'_>, Options);

impl<'a> ListItem<'a, Options> for Subscription<'a> {
    const UNCHANGED: Options = Options::All;
    const HAS_STRINGS: bool = true;

    #[inline]
    fn validate<O: Observer<'a>, const V5: bool>(reader: &mut Reader<'a, '_, O, V5>) -> ReadResult<()> {
        // [MQTT-3.8.3-1] and §4.7: each item begins with a Topic Filter
        let filter = reader.topic_filter(Field::TopicFilter)?;
        let at = reader.rest();
        let bits: &[_] = if V5 { &OPTIONS } else { &REQUESTED_QOS };
        let options = reader.flags(Field::SubscriptionOptions, bits)?;
        // [MQTT-3.8.3-5] bits 7 and 6 are 0; [MQTT-3.8.3-4] of 3.1.1: bits 7 to 2 are 0
        let reserved = match reader.version {
            Version::V3_1 => 0,
            Version::V3_1_1 => RESERVED_V3,
            Version::V5_0 => RESERVED,
        };
        if options & reserved != 0 {
            reader.refuse_unless(
                Tolerances::SUBSCRIPTION_RESERVED_BITS,
                at,
                Kind::ReservedBits,
                Field::SubscriptionOptions,
            )?;
        }
        // 5.0 §3.8.3.1: QoS is not 3 (3.1.1: [MQTT-3.8.3-4])
        if options & QOS == QOS {
            reader.refuse(at, Kind::InvalidQos, Field::Qos)?;
        }
        if V5 {
            // 5.0 §3.8.3.1: Retain Handling is not 3
            if options & RETAIN_HANDLING == RETAIN_HANDLING {
                reader.refuse(at, Kind::InvalidRetainHandling, Field::RetainHandling)?;
            }
            // [MQTT-3.8.3-4] a Shared Subscription does not have No Local
            if options & NO_LOCAL != 0 && filter.is_shared() {
                reader.refuse(at, Kind::NoLocalOnSharedSubscription, Field::NoLocal)?;
            }
        }
        Ok(())
    }

    /// A legal options byte is no UTF-8 continuation byte, so it ends the last character of the filter.
    #[inline]
    fn skip_valid<const V5: bool>(mut items: &'a [u8], utf8: ValidatedUtf8<'a>) -> &'a [u8] {
        let reserved = if V5 { RESERVED } else { RESERVED_V3 };
        while let Some((filter, [options, rest @ ..])) = take_valid_filter::<V5>(items, utf8) {
            let is_refused = options & reserved != 0
                || options & QOS == QOS
                || options & RETAIN_HANDLING == RETAIN_HANDLING
                || options & NO_LOCAL != 0 && TopicFilter::is_shared_part(filter);
            if is_refused {
                break;
            }
            items = rest;
        }
        items
    }

    #[inline]
    fn decode(wire: &'a [u8], utf8: ValidatedUtf8<'a>, seen: Options) -> Option<(Self, &'a [u8])> {
        let (filter, after_filter) = take_prefixed(wire)?;
        let (options, rest) = after_filter.split_first()?;
        let options = match seen {
            Options::Qos => options & QOS,
            Options::All | Options::OfV3_1_1 | Options::OfV5 | Options::WithoutReserved => *options,
        };
        let subscription = Self {
            filter: TopicFilter::trusted(utf8.string(filter, after_filter.len())?),
            qos: Qos::new(options & QOS).ok()?,
            no_local: options & NO_LOCAL != 0,
            retain_as_published: options & RETAIN_AS_PUBLISHED != 0,
            retain_handling: RetainHandling::new((options & RETAIN_HANDLING) >> 4).ok()?,
        };
        Some((subscription, rest))
    }

    #[inline]
    fn encode<const V5: bool>(self, out: &mut impl Writer) {
        // Before 5.0 the options have only the QoS. `check` refuses all other options.
        let options = if V5 { self.options() } else { self.qos.get() };
        out.prefixed_and(self.filter.as_str().as_bytes(), [options]);
    }

    #[inline]
    fn is_copied(seen: Options) -> bool {
        matches!(seen, Options::All | Options::OfV3_1_1 | Options::OfV5)
    }

    #[inline]
    fn normalized(self, seen: Options) -> Self {
        match seen {
            Options::Qos => Self::new(self.filter, self.qos),
            Options::All | Options::OfV3_1_1 | Options::OfV5 | Options::WithoutReserved => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Conversion;
    use crate::decode::decode_frame;
    use crate::packet::Packet;
    use crate::test_support::{both_ways, not_written, reads_as, refused};
    use crate::topic_filter;
    use crate::value::SubscriptionId;

    const ID: PacketId = PacketId::MIN;
    const STATUS: Subscription<'static> = Subscription::new(topic_filter!("a/+"), Qos::AtLeastOnce);
    const SHARED: Subscription<'static> = Subscription::new(topic_filter!("$share/g/a"), Qos::AtMostOnce);

    #[test]
    fn before_5_0_only_the_qos_is_shown() {
        let subscription = Subscription { no_local: true, retain_as_published: true, ..STATUS };
        assert_eq!(subscription.normalized(Options::Qos), STATUS);
        assert_eq!(subscription.normalized(Options::All), subscription);
    }

    #[test]
    fn each_version_shows_its_own_options() {
        let options = |version, frame: &[u8]| {
            let mut seen = Vec::new();
            let decoder = crate::Decoder::new(version);
            decoder.dissect(frame, |span| seen.push(span.field)).expect("legal");
            let at = seen.iter().position(|field| *field == Field::SubscriptionOptions).expect("shown");
            seen.split_off(at + 1)
        };
        let in_v3 = options(Version::V3_1_1, b"\x82\x06\x00\x01\x00\x01a\x01");
        assert!(in_v3.contains(&Field::Qos) && !in_v3.contains(&Field::NoLocal), "{in_v3:?}");
        let in_v5 = options(Version::V5_0, b"\x82\x07\x00\x01\x00\x00\x01a\x01");
        assert!(in_v5.contains(&Field::Qos) && in_v5.contains(&Field::NoLocal), "{in_v5:?}");
    }

    #[test]
    fn filters_and_options_keep_their_order() {
        let both = [STATUS, SHARED];
        both_ways(
            Version::V3_1_1,
            Subscribe::new(ID, &both),
            b"\x82\x15\x00\x01\x00\x03a/+\x01\x00\x0a$share/g/a\x00",
        );
        let properties = SubscribeProperties {
            subscription_identifier: SubscriptionId::new(128).ok(),
            ..SubscribeProperties::EMPTY
        };
        both_ways(
            Version::V5_0,
            Subscribe { properties, ..Subscribe::new(ID, &both[..1]) },
            b"\x82\x0c\x00\x01\x03\x0b\x80\x01\x00\x03a/+\x01",
        );
    }

    /// 3.1 ignores bits of decoded filters. Encoding refuses options that were added to the list.
    #[test]
    fn items_after_a_decoded_list_keep_their_options() {
        let Ok(Packet::Subscribe(mut subscribe)) =
            decode_frame(Version::V3_1, b"\x82\x08\x00\x01\x00\x03a/+\xfd")
        else {
            panic!("ignored bits")
        };
        let more = [Subscription { no_local: true, ..STATUS }];
        subscribe.subscriptions = subscribe.subscriptions.followed_by(&more).unwrap();
        assert!(subscribe.subscriptions.iter().eq([STATUS, more[0]]));
        let (field, version) = (Field::NoLocal, Version::V3_1);
        not_written(version, subscribe, EncodeError::NotInVersion { field, version });
    }

    /// A conversion leaves options out. A conversion does not change filters that are appended later.
    #[test]
    fn items_after_a_converted_list_keep_their_options() {
        let (from, to) = (Version::V5_0, Version::V3_1_1);
        let Ok(Packet::Subscribe(subscribe)) = decode_frame(from, b"\x82\x09\x00\x01\x00\x00\x03a/+\x05")
        else {
            panic!("No Local is legal")
        };
        let mut converted = Conversion::new(from, to).convert(subscribe).expect("convertible").packet;
        let more = [Subscription { no_local: true, ..STATUS }];
        converted.subscriptions = converted.subscriptions.followed_by(&more).expect("no slice yet");
        assert!(converted.subscriptions.iter().eq([STATUS, more[0]]));
        not_written(to, converted, EncodeError::NotInVersion { field: Field::NoLocal, version: to });
    }

    /// A `ListBuf` remembers for which version its items were checked. Later items are still checked.
    #[cfg(any(feature = "bytes", feature = "std"))]
    #[test]
    fn the_copy_of_a_decoded_list_obeys_the_same_rules() {
        use crate::list::ListBuf;

        let version = Version::V5_0;
        let bytes = b"\x82\x09\x00\x01\x00\x00\x03a/+\x05";
        let Ok(Packet::Subscribe(subscribe)) = decode_frame(version, bytes) else {
            panic!("No Local is legal")
        };
        let mut copy = ListBuf::<Subscription<'static>, Vec<u8>>::from(subscribe.subscriptions);
        both_ways(version, Subscribe { subscriptions: copy.as_list(), ..subscribe }, bytes);
        let error = EncodeError::NotInVersion { field: Field::NoLocal, version: Version::V3_1_1 };
        not_written(Version::V3_1_1, Subscribe { subscriptions: copy.as_list(), ..subscribe }, error);

        let illegal = [Subscription { no_local: true, ..SHARED }];
        let error = EncodeError::Inconsistent(Inconsistency::NoLocalOnSharedSubscription);
        let appended = subscribe.subscriptions.followed_by(&illegal).expect("no slice yet");
        let copy_of_both = ListBuf::<Subscription<'static>, Vec<u8>>::from(appended);
        not_written(version, Subscribe { subscriptions: copy_of_both.as_list(), ..subscribe }, error);
        copy.push(illegal[0]).expect("it grows");
        not_written(version, Subscribe { subscriptions: copy.as_list(), ..subscribe }, error);
    }

    #[test]
    fn every_option_has_its_bits() {
        for (options, subscription) in [
            (0b0000_0001, STATUS),
            (0b0000_0010, Subscription { qos: Qos::ExactlyOnce, ..STATUS }),
            (0b0000_0101, Subscription { no_local: true, ..STATUS }),
            (0b0000_1001, Subscription { retain_as_published: true, ..STATUS }),
            (0b0001_0001, Subscription { retain_handling: RetainHandling::SendIfNew, ..STATUS }),
            (0b0010_0001, Subscription { retain_handling: RetainHandling::DoNotSend, ..STATUS }),
        ] {
            let bytes = [0x82, 9, 0, 1, 0, 0, 3, b'a', b'/', b'+', options];
            both_ways(Version::V5_0, Subscribe::new(ID, &[subscription]), &bytes);
        }
        for (options, kind) in [
            (0b0100_0000, Kind::ReservedBits),
            (0b1000_0000, Kind::ReservedBits),
            (0b0000_0011, Kind::InvalidQos),
            (0b0011_0000, Kind::InvalidRetainHandling),
        ] {
            let bytes = [0x82, 9, 0, 1, 0, 0, 3, b'a', b'/', b'+', options];
            refused(Version::V5_0, &bytes, kind, 10);
        }
    }

    /// Dissection validates each item by itself.
    #[test]
    fn skipping_valid_items_agrees_with_validating_each() {
        let inside_of_character = [&b"\xa9"[..], &[b'a'; 0xc2]].concat();
        let filters = ["", "a", "#", "a/+", "a#", "\0", "é", "$SYS/#", "$share/g/a", "$share/g", "$share//a"];
        let filters = filters.map(str::as_bytes).into_iter();
        for filter in filters.chain([&b"\xc3"[..], b"\xa9", &inside_of_character]) {
            for options in 0..=u8::MAX {
                let length = [0, filter.len() as u8];
                let list = [b"\x00\x01x\x00", &length[..], filter, &[options], b"\x00\x01x\x01"].concat();
                for version in Version::ALL {
                    let properties = if version == Version::V5_0 { &[0][..] } else { &[] };
                    let frame = subscribe_frame(&[&[0, 1], properties, &list].concat());
                    let dissected = crate::Decoder::new(version).dissect(&frame, |_| ());
                    let context = format!("{version} {filter:x?} {options:02x}");
                    assert_eq!(decode_frame(version, &frame).map(drop), dissected.map(drop), "{context}");
                }
            }
        }
    }

    #[test]
    fn skipping_valid_items_hides_no_character_that_a_switch_refuses() {
        let decoder = crate::Decoder::new(Version::V3_1_1);
        let control = decoder.refuse_control_characters(true);
        let noncharacter = decoder.refuse_noncharacters(true);
        for (mut decoder, frame, kind) in [
            (control, &b"\x82\x07\x00\x01\x00\x02a\x01\x01"[..], Kind::ControlCharacter),
            (noncharacter, b"\x82\x08\x00\x01\x00\x03\xef\xbf\xbf\x01", Kind::Noncharacter),
        ] {
            let error = decoder.decode_frame(frame).expect_err("refused");
            assert_eq!((error.kind(), error.offset()), (kind, 4));
            assert!(decode_frame(Version::V3_1_1, frame).is_ok());
        }
    }

    fn subscribe_frame(body: &[u8]) -> Vec<u8> {
        let length = body.len() as u8;
        match body.len() {
            ..0x80 => [&[0x82, length], body].concat(),
            _ => [&[0x82, length | 0x80, 1], body].concat(),
        }
    }

    #[test]
    fn in_3_1_only_the_qos_counts() {
        let bytes = b"\x8b\x08\x00\x01\x00\x03a/+\xfd";
        reads_as(Version::V3_1, bytes, Subscribe::new(ID, &[STATUS]));
        refused(Version::V3_1_1, b"\x82\x08\x00\x01\x00\x03a/+\x04", Kind::ReservedBits, 9);
        both_ways(Version::V3_1, Subscribe::new(ID, &[]), b"\x82\x02\x00\x01");
    }

    #[test]
    fn only_5_0_has_rules_for_shared_subscriptions() {
        let literal = [Subscription::new(topic_filter!("$share//a"), Qos::AtMostOnce)];
        both_ways(Version::V3_1_1, Subscribe::new(ID, &literal), b"\x82\x0e\x00\x01\x00\x09$share//a\x00");
        let version = Version::V5_0;
        let field = Field::TopicFilter;
        not_written(version, Subscribe::new(ID, &literal), EncodeError::NotInVersion { field, version });
        refused(version, b"\x82\x0f\x00\x01\x00\x00\x09$share//a\x00", Kind::ShareNameEmpty, 5);
        refused(version, b"\x82\x10\x00\x01\x00\x00\x0a$share/+/a\x00", Kind::WildcardInShareName, 5);
        refused(version, b"\x82\x11\x00\x01\x00\x00\x0b$share/g+/a\x00", Kind::WildcardInShareName, 5);
        refused(version, b"\x82\x11\x00\x01\x00\x00\x0b$share/g/a#\x00", Kind::InvalidSharedFilter, 5);
        let rule = Inconsistency::NoLocalOnSharedSubscription;
        let no_local = [Subscription { no_local: true, ..SHARED }];
        not_written(version, Subscribe::new(ID, &no_local), EncodeError::Inconsistent(rule));
        not_written(version, Subscribe::new(ID, &[]), EncodeError::Inconsistent(Inconsistency::EmptyList));
    }

    #[test]
    fn options_that_3_x_lacks_are_named() {
        for version in [Version::V3_1, Version::V3_1_1] {
            for (field, subscription) in [
                (Field::NoLocal, Subscription { no_local: true, ..STATUS }),
                (Field::RetainAsPublished, Subscription { retain_as_published: true, ..STATUS }),
                (
                    Field::RetainHandling,
                    Subscription { retain_handling: RetainHandling::DoNotSend, ..STATUS },
                ),
            ] {
                let subscriptions = [subscription];
                let subscribe = Subscribe::new(ID, &subscriptions);
                not_written(version, subscribe, EncodeError::NotInVersion { field, version });
            }
        }
    }
}
