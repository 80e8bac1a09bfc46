//! How large the types are on a 64-bit machine. A number here that grows is paid for by every decode: a packet
//! is written out where it is returned.

#![cfg(target_pointer_width = "64")]

use mqtt_wire::{
    Ack, AckProperties, Auth, ConnAck, Connect, ConnectProperties, DecodeError, Decoder, Disconnect, Iter,
    List, Packet, PubAckReason, Publish, PublishProperties, SubAck, Subscribe, Subscription, Text, Topic,
    TopicName, UnsubAck, Unsubscribe, UserProperty, Will, WillProperties,
};

macro_rules! sizes {
    ($( $Type:ty: $size:literal, )*) => {
        [$( (stringify!($Type), size_of::<$Type>(), $size), )*]
    };
}

#[test]
fn types_are_as_large_as_this() {
    let sizes = sizes![
        Packet<'_>: 304,
        Connect<'_>: 304,
        ConnAck<'_>: 176,
        Publish<'_>: 192,
        Ack<'_, PubAckReason>: 64,
        Subscribe<'_>: 96,
        SubAck<'_>: 104,
        Unsubscribe<'_>: 88,
        UnsubAck<'_>: 104,
        Disconnect<'_>: 88,
        Auth<'_>: 96,
        Will<'_>: 152,
        ConnectProperties<'_>: 96,
        WillProperties<'_>: 112,
        PublishProperties<'_>: 144,
        AckProperties<'_>: 56,
        Topic<'_>: 24,
        TopicName<'_>: 16,
        Text<'_>: 16,
        UserProperty<'_>: 32,
        Subscription<'_>: 24,
        List<'_, Subscription<'_>>: 40,
        Iter<'_, Subscription<'_>>: 56,
        Decoder: 12,
        DecodeError: 16,
        Result<Option<(Packet<'_>, &[u8])>, DecodeError>: 320,
    ];
    let different: Vec<_> = sizes.iter().filter(|(_, size, expected)| size != expected).collect();
    assert!(different.is_empty(), "type, its size, expected: {different:?}");
}
