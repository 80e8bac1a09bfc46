//! The readable parts of a refused packet.

use super::dissect::{Span, dissect};
use crate::context::Context;
use crate::decode::Decoder;
use crate::error::{DecodeError, DecodeErrorKind as Kind, Violation};
use crate::field::{Field, Format};
use crate::list::ListItem;
use crate::packet::{Options, Subscription};
use crate::packet_type::PacketType;
use crate::tolerance::Tolerances;
use crate::value::{PacketId, Qos, TopicFilter};
use crate::version::Version;
use crate::wire::bytes::{Varint, skip, take_prefixed, take_varint};
use crate::wire::header::Frame;
use crate::wire::reader::{Observer, Reader};
use crate::wire::utf8::ValidatedUtf8;
use core::cell::Cell;
use core::fmt;
use core::iter;

/// The readable parts of a refused packet: log it, answer it, grant its legal filters.
///
/// Each method reads the packet again with the code of the decoder. After an error the method continues if
/// the place of the next field is known: see [`Decoder::dissect`]. The methods allocate nothing. Their
/// results borrow from the bytes of the packet.
///
/// | you have | call |
/// | --- | --- |
/// | bytes | [`Decoder::refused`] |
/// | a reader of [`io`](crate::io) | [`ReadBuffer::refused`](crate::stream::ReadBuffer::refused) of its `buffer()` |
/// | an `OwnedFrame`, as the codec gives them | `OwnedFrame::refused` |
/// | a codec that has refused a fixed header | `Codec::refused` |
///
/// [`guide::answering_errors`](crate::guide::answering_errors) has examples.
#[derive(Clone, Copy)]
pub struct RefusedPacket<'a> {
    error: DecodeError,
    /// The bytes of the packet that have arrived.
    bytes: &'a [u8],
    context: Context,
}

/// A refused filter of a SUBSCRIBE or UNSUBSCRIBE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RefusedFilter<'a> {
    /// The error of this filter.
    pub error: DecodeError,
    /// The bytes of the filter, which may be any bytes.
    pub filter: &'a [u8],
    /// Whether the filter is complete.
    ///
    /// An incomplete filter is the last one, because the place of the next filter is unknown.
    pub is_whole: bool,
}

impl Decoder {
    /// The readable parts of the first packet of `input`, which was refused with `error`.
    ///
    /// This decoder must have refused the packet.
    ///
    /// ```
    /// use mqtt_wire::reason::PubAckReason;
    /// use mqtt_wire::{Decoder, Encode, PubAck, Qos, Version};
    ///
    /// // A PUBLISH with QoS 1 to `a\xff`, which is not UTF-8.
    /// let input = b"\x32\x09\x00\x02a\xff\x00\x0a\x00hi";
    /// let mut decoder = Decoder::new(Version::V5_0);
    /// let error = decoder.decode(input).unwrap_err();
    ///
    /// let refused = decoder.refused(error, input);
    /// assert_eq!(refused.topic().unwrap(), b"a\xff");
    /// assert_eq!(refused.offending(), b"\x00\x02a\xff");
    /// if let (Some(Qos::AtLeastOnce), Some(id)) = (refused.qos(), refused.packet_id()) {
    ///     let puback = PubAck { reason: PubAckReason::TopicNameInvalid, ..PubAck::new(id) };
    ///     let mut buffer = [0; 8];
    ///     assert_eq!(puback.encode(Version::V5_0, &mut buffer)?, b"\x40\x03\x00\x0a\x90");
    /// }
    /// # Ok::<(), mqtt_wire::EncodeError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn refused<'a>(&self, error: DecodeError, input: &'a [u8]) -> RefusedPacket<'a> {
        RefusedPacket::new(error, input, *self.context())
    }
}

impl<'a> RefusedPacket<'a> {
    #[inline]
    pub(crate) fn new(error: DecodeError, input: &'a [u8], context: Context) -> Self {
        let bytes = error.packet_len().and_then(|len| input.get(..len)).unwrap_or(input);
        Self { error, bytes, context }
    }

    /// The error of the packet.
    #[must_use]
    #[inline]
    pub const fn error(&self) -> DecodeError {
        self.error
    }

    /// The bytes of the packet that have arrived.
    ///
    /// The bytes are incomplete only if the decoder has refused the fixed header before the rest arrived.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes of the offending field, length prefix included.
    ///
    /// For a misplaced or repeated property, the result is the property's identifier and value. For a bit,
    /// the result is the byte with the bit. If bytes are missing, the result is shorter. The result may be a
    /// part of a password.
    #[must_use]
    #[inline]
    pub fn offending(&self) -> &'a [u8] {
        let rest = self.bytes.get(self.error.offset()..self.end_of_value()).unwrap_or_default();
        rest.get(..self.offending_len(rest)).unwrap_or(rest)
    }

    /// An upper limit for the end of the wrong value. A property ends no later than its block.
    fn end_of_value(&self) -> usize {
        let mut end = self.bytes.len();
        if let Field::Property(_) = self.error.field() {
            self.fields(|span| {
                let is_length = matches!(span.field, Field::PropertyLength | Field::WillPropertyLength);
                // A CONNECT has two blocks. The error is in the last block that begins before the error.
                if is_length && span.offset < self.error.offset() {
                    end = end_of_block(span).min(self.bytes.len());
                }
            });
        }
        end
    }

    #[inline]
    fn offending_len(&self, rest: &[u8]) -> usize {
        let number = self.error.evidence.number;
        let len_of = |field: Field, from: &[u8]| match skip(field.format(), from) {
            Some(after) => from.len().saturating_sub(after.len()),
            None => 1,
        };
        match (self.error.kind(), self.error.field()) {
            // The field is absent or reaches too far. The error states the number of its bytes.
            (Kind::Missing | Kind::Truncated | Kind::LeftoverBytes, _) => {
                usize::try_from(number).unwrap_or(usize::MAX)
            }
            (Kind::AuthenticationMethodMissing | Kind::EmptyList | Kind::IncompletePacket, _) => 0,
            (
                Kind::MisplacedProperty | Kind::DuplicateProperty | Kind::WrongDirection,
                Field::Property(id),
            ) => len_of(id.into(), rest.get(1..).unwrap_or_default()).saturating_add(1),
            (Kind::VarintTooLong, _) => 4,
            // One of the two strings is ill-formed. The error begins at this string.
            (_, field) if field.format() == Format::Utf8StringPair => len_of(Field::TopicName, rest),
            (Kind::PacketTooLarge | Kind::BytesAfterPacket, _) => rest.len(),
            (_, field) => len_of(field, rest),
        }
    }

    /// Shows every field that can be read, in the order of the wire: see [`Decoder::dissect`].
    #[inline]
    pub fn fields(&self, mut visit: impl FnMut(Span<'a>)) {
        // The error is known already.
        let _ = dissect(&self.context, self.bytes, &Cell::new(&[]), &mut visit);
    }

    /// The first field of this kind, if it can be read.
    ///
    /// ```
    /// use mqtt_wire::inspect::Field;
    /// use mqtt_wire::{Decoder, Version};
    ///
    /// // A CONNECT of 3.1.1 whose reserved flag is set.
    /// let input = b"\x10\x0f\x00\x04MQTT\x04\x03\x00\x3c\x00\x03abc";
    /// let mut decoder = Decoder::from_client();
    /// let refused = decoder.refused(decoder.clone().decode(input).unwrap_err(), input);
    /// assert_eq!(refused.field(Field::KeepAlive).unwrap().bytes, [0, 60]);
    /// assert_eq!(refused.client_id().unwrap(), b"abc");
    /// ```
    #[must_use]
    #[inline]
    pub fn field(&self, field: Field) -> Option<Span<'a>> {
        let mut found = None;
        self.fields(|span| {
            if span.field == field {
                found = found.or(Some(span));
            }
        });
        found
    }

    /// The Packet Identifier, if there is one and it is not 0.
    #[must_use]
    #[inline]
    pub fn packet_id(&self) -> Option<PacketId> {
        let bytes = <[u8; 2]>::try_from(self.field(Field::PacketIdentifier)?.bytes).ok()?;
        PacketId::new(u16::from_be_bytes(bytes)).ok()
    }

    /// The QoS of a PUBLISH, if it is not 3.
    #[must_use]
    #[inline]
    pub fn qos(&self) -> Option<Qos> {
        Qos::new(self.field(Field::Qos).filter(|span| span.offset == 0)?.bits()?).ok()
    }

    /// The bytes of the Topic Name of a PUBLISH, which may be any bytes.
    #[must_use]
    #[inline]
    pub fn topic(&self) -> Option<&'a [u8]> {
        self.string(Field::TopicName)
    }

    /// The bytes of the Client Identifier of a CONNECT, which may be any bytes.
    #[must_use]
    #[inline]
    pub fn client_id(&self) -> Option<&'a [u8]> {
        self.string(Field::ClientIdentifier)
    }

    #[inline]
    fn string(&self, field: Field) -> Option<&'a [u8]> {
        let (string, _) = take_prefixed(self.field(field)?.bytes)?;
        Some(string)
    }

    /// The filters of a SUBSCRIBE with their options, or the errors of these filters.
    ///
    /// For other packets the iterator is empty.
    ///
    /// All filters may be legal, because the decoder may have refused another field, such as a property. Grant
    /// the legal filters only if the first refused filter has the [`error`](Self::error) of the packet.
    ///
    /// ```
    /// use mqtt_wire::reason::SubscribeReason;
    /// use mqtt_wire::{Decoder, Encode, SubAck, Version};
    ///
    /// // SUBSCRIBE to `a` with QoS 1, to `b#` and to `c` with QoS 0.
    /// let input = b"\x82\x0f\x00\x0a\x00\x01a\x01\x00\x02b#\x01\x00\x01c\x00";
    /// let mut decoder = Decoder::new(Version::V3_1_1);
    /// let refused = decoder.refused(decoder.clone().decode(input).unwrap_err(), input);
    /// assert_eq!(refused.first_refused_index(), Some(1));
    ///
    /// let reasons: Vec<_> = refused
    ///     .subscriptions()
    ///     .map(|filter| match filter {
    ///         Ok(subscription) => SubscribeReason::granted(subscription.qos),
    ///         Err(_) => SubscribeReason::UnspecifiedError, // in 5.0: TopicFilterInvalid
    ///     })
    ///     .collect();
    /// let suback = SubAck::new(refused.packet_id().unwrap(), &reasons);
    /// let mut buffer = [0; 8];
    /// assert_eq!(suback.encode(Version::V3_1_1, &mut buffer)?, b"\x90\x05\x00\x0a\x01\x80\x00");
    /// # Ok::<(), mqtt_wire::EncodeError>(())
    /// ```
    #[inline]
    pub fn subscriptions(
        &self,
    ) -> impl Iterator<Item = Result<Subscription<'a>, RefusedFilter<'a>>> + Clone + use<'a> {
        let ignores_reserved = self.context.tolerates(Tolerances::SUBSCRIPTION_RESERVED_BITS);
        // Without a version no SUBSCRIBE is read.
        let version = self.context.version.unwrap_or(Version::V5_0);
        self.items(PacketType::Subscribe, Options::decoded(version, ignores_reserved))
    }

    /// The filters of an UNSUBSCRIBE, or the errors of these filters.
    ///
    /// For other packets the iterator is empty.
    #[inline]
    pub fn filters(
        &self,
    ) -> impl Iterator<Item = Result<TopicFilter<'a>, RefusedFilter<'a>>> + Clone + use<'a> {
        self.items(PacketType::Unsubscribe, ())
    }

    /// The index of the first refused filter. `None`: no filter is refused.
    #[must_use]
    #[inline]
    pub fn first_refused_index(&self) -> Option<usize> {
        self.subscriptions()
            .position(|filter| filter.is_err())
            .or_else(|| self.filters().position(|filter| filter.is_err()))
    }

    #[inline]
    fn items<T: ListItem<'a, N>, N: Copy>(
        &self,
        packet_type: PacketType,
        normalization: N,
    ) -> impl Iterator<Item = Result<T, RefusedFilter<'a>>> + Clone + use<'a, T, N> {
        let refused = *self;
        let mut rest = if refused.error.packet_type() == Some(packet_type) { refused.list() } else { &[] };
        iter::from_fn(move || {
            let (item, after) = match refused.context.version {
                _ if rest.is_empty() => return None,
                Some(Version::V5_0) => refused.item::<T, N, true>(packet_type, rest, normalization),
                _ => refused.item::<T, N, false>(packet_type, rest, normalization),
            };
            rest = after;
            Some(item)
        })
    }

    /// The bytes from the first item of the list on.
    #[inline]
    fn list(&self) -> &'a [u8] {
        let list = Cell::new(&[][..]);
        let _ = dissect(&self.context, self.bytes, &list, &mut |_| ());
        list.get()
    }

    /// The first item, and the bytes after it. If the end of the item is unknown, there are no bytes after it.
    #[inline]
    fn item<T: ListItem<'a, N>, N, const V5: bool>(
        &self,
        packet_type: PacketType,
        items: &'a [u8],
        normalization: N,
    ) -> (Result<T, RefusedFilter<'a>>, &'a [u8]) {
        let frame = Frame { packet_type, input: self.bytes, body: items };
        let first = Cell::new(None);
        let mut reader = Reader::<_, V5>::new(frame, &self.context, FirstViolation(&first));
        let is_whole = T::validate(&mut reader).is_ok();
        let after = if is_whole { reader.rest() } else { &[] };
        let violation = first.get().or((!is_whole).then(|| reader.violation()));
        let item = match violation {
            None => T::decode(items, ValidatedUtf8::NOTHING, normalization),
            Some(_) => None,
        };
        if let Some((item, _)) = item {
            return (Ok(item), after);
        }
        let violation = violation.unwrap_or(reader.violation());
        let filter = take_prefixed(items).map_or(items, |(filter, _)| filter);
        let error = DecodeError { frame_len: self.error.frame_len, ..frame.error(&self.context, violation) };
        (Err(RefusedFilter { error, filter, is_whole }), after)
    }
}

/// An [`Observer`] that remembers the first violation, and lets the reader continue.
#[derive(Clone, Copy)]
struct FirstViolation<'s, 'a>(&'s Cell<Option<Violation<'a>>>);

impl<'a> Observer<'a> for FirstViolation<'_, 'a> {
    const CONTINUES: bool = true;

    #[inline]
    fn violation(&mut self, violation: Violation<'a>) {
        self.0.set(self.0.get().or(Some(violation)));
    }
}

/// The end of the properties with this Property Length.
fn end_of_block(property_length: Span<'_>) -> usize {
    let Span { offset, bytes, .. } = property_length;
    let block = match take_varint(bytes) {
        Varint::Whole { value, .. } => usize::try_from(value).unwrap_or(usize::MAX),
        Varint::Unfinished | Varint::TooLong => 0, // unreachable: an error in the length comes first
    };
    offset.saturating_add(bytes.len()).saturating_add(block)
}

/// Shows the error and the length, but not the bytes: they may contain a password.
impl fmt::Debug for RefusedPacket<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedPacket").field("error", &self.error).field("len", &self.bytes.len()).finish()
    }
}
