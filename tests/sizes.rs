//! Tests the sizes of the types on a 64-bit machine. A larger type makes every decode slower, because a
//! returned packet is written to memory.

#![cfg(target_pointer_width = "64")]

use mqtt_wire::{
    Ack, Auth, ConnAck, Connect, DecodeError, Decoder, Disconnect, Packet, Publish, SubAck, Subscribe,
    Subscription, Subscriptions, Text, Topic, TopicName, UnsubAck, Unsubscribe, Will,
    list::{Iter, List},
    property::{AckProperties, ConnectProperties, PublishProperties, UserProperty, WillProperties},
    reason::PubAckReason,
};

macro_rules! sizes {
    ($( $Type:ty: $size:literal, )*) => {
        [$( (stringify!($Type), size_of::<$Type>(), $size), )*]
    };
}

#[test]
fn types_have_these_sizes() {
    let sizes = sizes![
        Packet<'_>: 288,
        Connect<'_>: 288,
        ConnAck<'_>: 168,
        Publish<'_>: 176,
        Ack<'_, PubAckReason>: 56,
        Subscribe<'_>: 88,
        SubAck<'_>: 96,
        Unsubscribe<'_>: 72,
        UnsubAck<'_>: 88,
        Disconnect<'_>: 80,
        Auth<'_>: 88,
        Will<'_>: 144,
        ConnectProperties<'_>: 88,
        WillProperties<'_>: 104,
        PublishProperties<'_>: 128,
        AckProperties<'_>: 48,
        Topic<'_>: 24,
        TopicName<'_>: 16,
        Text<'_>: 16,
        UserProperty<'_>: 32,
        Subscription<'_>: 24,
        Subscriptions<'_>: 40,
        List<'_, UserProperty<'_>>: 32,
        Iter<'_, UserProperty<'_>>: 48,
        Decoder: 12,
        DecodeError: 24,
        Result<Option<(Packet<'_>, &[u8])>, DecodeError>: 304,
    ];
    let different: Vec<_> = sizes.iter().filter(|(_, size, expected)| size != expected).collect();
    assert!(different.is_empty(), "type, its size, expected: {different:?}");
}
