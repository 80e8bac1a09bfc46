//! One Application Message to many subscribers, which share topic, properties and payload.

use crate::convert::Changes;
use crate::error::EncodeError;
use crate::field::PropertyId;
use crate::packet::{Delivery, Publish, publish_first_byte};
use crate::property::{Properties, PropertyField, PublishProperties, SubscriptionIds};
use crate::value::{MAX_VARINT, PacketId, TopicAlias, TopicName};
use crate::version::Version;
use crate::wire::writer::{BlockLengths, SliceWriter, Writer, varint_len};

/// An Application Message for many subscribers, of any version and QoS.
///
/// A `FanOut` does not copy the topic and the payload, and encodes the properties once. For each
/// [`Recipient`], a `FanOut` encodes a few bytes: fixed header, Packet Identifier, Topic Alias, Subscription
/// Identifiers. The result is an
/// [`OutgoingPublish`]: five slices for a vectored write, or one packet in a buffer.
///
/// ```
/// use mqtt_wire::broker::{FanOut, Recipient};
/// use mqtt_wire::{Delivery, PacketId, Publish, Version, topic_name};
///
/// let publish = Publish::new(topic_name!("/status"), b"Client123 is offline");
/// let fan_out = FanOut::new(topic_name!("/status"), &publish, &mut [])?;
///
/// let (mut own, mut packet) = ([0; 16], [0; 64]);
/// let first = Recipient::new(Version::V3_1_1, Delivery::AtMostOnce);
/// let outgoing = fan_out.to(&first, &mut own)?;
/// assert_eq!(
///     outgoing.write(&mut packet)?,
///     b"\x30\x1d\x00\x07/statusClient123 is offline"
/// );
///
/// let second = Recipient::new(
///     Version::V5_0,
///     Delivery::AtLeastOnce { id: PacketId::MIN, dup: false },
/// );
/// let outgoing = fan_out.to(&second, &mut own)?;
/// assert_eq!(
///     outgoing.write(&mut packet)?,
///     b"\x32\x20\x00\x07/status\x00\x01\x00Client123 is offline"
/// );
/// # Ok::<(), mqtt_wire::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FanOut<'a> {
    topic: &'a [u8],
    /// The encoded properties, without Property Length.
    properties: &'a [u8],
    payload: &'a [u8],
    left_out: Changes,
}

/// A subscriber: its version, and the fields that differ for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recipient<'s> {
    /// The version of the subscriber's connection.
    pub version: Version,
    /// QoS, DUP and Packet Identifier.
    pub delivery: Delivery,
    /// The RETAIN flag of the PUBLISH.
    ///
    /// Set the flag for a retained message that a new subscription receives. Also set the flag if the
    /// subscription has Retain As Published and the publisher has set RETAIN.
    pub retain: bool,
    /// The form of the topic in the PUBLISH. Before 5.0 the only form is the Topic Name.
    pub topic_form: TopicForm,
    /// The identifiers of the subscriptions that matched (5.0 only).
    ///
    /// These identifiers precede the identifiers in the message's properties.
    pub subscription_identifiers: SubscriptionIds<'s>,
}

/// The form of the topic in a PUBLISH to one receiver: see [`Topic`](crate::Topic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TopicForm {
    /// The Topic Name.
    #[default]
    Name,
    /// A Topic Alias that the receiver already knows (5.0 only).
    Alias(TopicAlias),
    /// The Topic Name, and an alias that stands for it from now on (5.0 only).
    NameAndAlias(TopicAlias),
}

/// A PUBLISH for one subscriber, as five slices.
///
/// With the feature `bytes`, `OwnedPacket::from` copies the slices, so that you can send the PUBLISH to another
/// task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OutgoingPublish<'o> {
    slices: [&'o [u8]; 5],
    version: Version,
}

impl<'a> FanOut<'a> {
    /// Encodes the parts of a message that all subscribers share.
    ///
    /// `topic` is the Topic Name of the message. The topic, QoS, DUP and RETAIN in `publish` are ignored. The
    /// properties are written to the buffer, which needs [`shared_len`](Self::shared_len) bytes. Without
    /// properties, 0 bytes are enough.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    #[inline]
    pub fn new(
        topic: TopicName<'a>,
        publish: &Publish<'a>,
        buffer: &'a mut [u8],
    ) -> Result<Self, EncodeError> {
        let properties = &publish.properties;
        let needed = Self::shared_len(properties);
        let Some((own, _)) = buffer.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        properties.write(&mut SliceWriter::new(own, BlockLengths::default()));
        Ok(Self {
            topic: topic.as_str().as_bytes(),
            properties: own,
            payload: publish.payload,
            left_out: Changes::dropped_properties(properties),
        })
    }

    /// The length of the encoded properties in bytes.
    #[must_use]
    #[inline]
    pub fn shared_len(properties: &PublishProperties<'_>) -> usize {
        usize::try_from(properties.block_len()).unwrap_or(usize::MAX)
    }

    /// The properties of the message. Subscribers of 3.1 and 3.1.1 do not get these properties.
    #[must_use]
    #[inline]
    pub const fn dropped_before_v5(&self) -> Changes {
        self.left_out
    }

    /// Encodes the message for one subscriber.
    ///
    /// The buffer takes the bytes that only this subscriber gets: at most 16, and 5 more for each
    /// Subscription Identifier.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotInVersion`] for an alias or a Subscription Identifier before 5.0,
    /// [`EncodeError::TooLarge`] and [`EncodeError::BufferTooSmall`].
    #[inline]
    pub fn to<'o>(
        &'o self,
        recipient: &Recipient<'_>,
        buffer: &'o mut [u8],
    ) -> Result<OutgoingPublish<'o>, EncodeError> {
        let layout = self.layout(recipient)?;
        let needed = layout.before.wrapping_add(layout.between);
        let Some((own, _)) = buffer.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        let mut out = SliceWriter::new(own, BlockLengths::default());
        out.u8(recipient.first_byte());
        out.varint(layout.remaining_length);
        out.u16(u16::try_from(layout.topic.len()).unwrap_or(u16::MAX));
        if let Some(id) = recipient.delivery.packet_id() {
            out.u16(id.get());
        }
        if recipient.version == Version::V5_0 {
            out.varint(layout.block_len);
            recipient.write_properties(&mut out);
        }
        let (before, between) = own.split_at_checked(layout.before).unwrap_or_default();
        let slices = [before, layout.topic, between, layout.properties, self.payload];
        Ok(OutgoingPublish { slices, version: recipient.version })
    }

    #[inline]
    fn layout(&self, recipient: &Recipient<'_>) -> Result<PublishLayout<'_>, EncodeError> {
        let topic = if let TopicForm::Alias(_) = recipient.topic_form { &[] } else { self.topic };
        let id_len = if recipient.delivery == Delivery::AtMostOnce { 0 } else { size_of::<PacketId>() };
        let (mut between, mut block_len, mut properties) = (id_len, 0, &[][..]);
        if recipient.version == Version::V5_0 {
            let own = recipient.properties_len();
            let all = own.wrapping_add(self.properties.len() as u64);
            // If the block is too long for its prefix, the packet is too large, too. The check below refuses
            // such a packet.
            block_len = u32::try_from(all).unwrap_or(MAX_VARINT);
            let own = usize::try_from(own).unwrap_or(usize::MAX);
            between = between.saturating_add(varint_len(block_len)).saturating_add(own);
            properties = self.properties;
        } else {
            recipient.check_v3()?;
        }
        let slices = [topic.len(), between, properties.len(), self.payload.len()];
        let len = slices.iter().fold(2_u64, |sum, len| sum.saturating_add(*len as u64));
        match u32::try_from(len) {
            Ok(remaining_length) if remaining_length <= MAX_VARINT => {
                let before = varint_len(remaining_length).wrapping_add(3);
                Ok(PublishLayout { remaining_length, before, topic, between, block_len, properties })
            }
            _ => Err(EncodeError::TooLarge { remaining_length: len }),
        }
    }
}

/// The layout of the PUBLISH for one recipient.
struct PublishLayout<'a> {
    remaining_length: u32,
    /// The number of bytes before the topic: the first byte, the Remaining Length and the topic's length
    /// prefix.
    before: usize,
    topic: &'a [u8],
    /// The number of bytes after the topic: the Packet Identifier, the Property Length and the recipient's own
    /// properties.
    between: usize,
    block_len: u32,
    properties: &'a [u8],
}

impl<'s> Recipient<'s> {
    /// A subscriber that gets the Topic Name, RETAIN 0 and no Subscription Identifiers.
    #[must_use]
    #[inline]
    pub const fn new(version: Version, delivery: Delivery) -> Self {
        let (topic_form, subscription_identifiers) = (TopicForm::Name, SubscriptionIds::EMPTY);
        Self { version, delivery, retain: false, topic_form, subscription_identifiers }
    }

    #[inline]
    const fn first_byte(&self) -> u8 {
        publish_first_byte(&self.delivery, self.retain)
    }

    #[inline]
    fn properties_len(&self) -> u64 {
        self.subscription_identifiers.len_with_id().wrapping_add(self.topic_form.alias().len_with_id())
    }

    #[inline]
    fn write_properties(&self, out: &mut impl Writer) {
        self.subscription_identifiers.write(PropertyId::SubscriptionIdentifier, out);
        self.topic_form.alias().write(PropertyId::TopicAlias, out);
    }

    #[inline]
    fn check_v3(&self) -> Result<(), EncodeError> {
        let not_in_version =
            |id: PropertyId| Err(EncodeError::NotInVersion { field: id.into(), version: self.version });
        if self.topic_form != TopicForm::Name {
            return not_in_version(PropertyId::TopicAlias);
        }
        if !self.subscription_identifiers.is_empty() {
            return not_in_version(PropertyId::SubscriptionIdentifier);
        }
        Ok(())
    }
}

impl TopicForm {
    #[inline]
    const fn alias(self) -> Option<TopicAlias> {
        match self {
            Self::Name => None,
            Self::Alias(alias) | Self::NameAndAlias(alias) => Some(alias),
        }
    }
}

#[allow(clippy::len_without_is_empty, reason = "a packet is never empty")]
impl<'o> OutgoingPublish<'o> {
    /// The version of the recipient.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The slices of the packet, in order. Some may be empty.
    #[must_use]
    pub const fn slices(&self) -> [&'o [u8]; 5] {
        self.slices
    }

    /// The slices for [`Write::write_vectored`](std::io::Write::write_vectored).
    ///
    /// [`Parts::io_slices`](crate::stream::Parts::io_slices) shows the loop.
    #[cfg(feature = "std")]
    #[cfg_attr(docsrs, doc(cfg(feature = "std")))]
    #[must_use]
    #[inline]
    pub fn io_slices(&self) -> [std::io::IoSlice<'o>; 5] {
        self.slices.map(std::io::IoSlice::new)
    }

    /// The length of the packet in bytes.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        // `FanOut::to` has checked that the sum fits into a usize.
        self.slices.iter().fold(0, |sum: usize, slice| sum.wrapping_add(slice.len()))
    }

    /// Writes the packet to the beginning of the buffer and returns the written bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`]: then nothing was written.
    #[inline]
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
        let needed = self.len();
        let Some((own, _)) = buffer.split_at_mut_checked(needed) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        let mut out = SliceWriter::new(own, BlockLengths::default());
        self.slices.iter().for_each(|slice| out.bytes(slice));
        Ok(own)
    }

    /// Appends the packet to a [`BufMut`](bytes::BufMut) and returns the packet's length in bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`]: then nothing was written.
    #[cfg(feature = "bytes")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
    #[inline]
    pub fn write_to<B: bytes::BufMut>(&self, buffer: &mut B) -> Result<usize, EncodeError> {
        let needed = self.len();
        if buffer.remaining_mut() < needed {
            return Err(EncodeError::BufferTooSmall { needed });
        }
        self.slices.iter().for_each(|slice| buffer.put_slice(slice));
        Ok(needed)
    }
}
