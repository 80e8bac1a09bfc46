//! Reads the packets of a peer with the codec, and notes their types and features.

use mqtt_wire::property::PropertyId;
use mqtt_wire::{Decoder, Encoder, Packet, PacketType, Role};
use std::collections::BTreeSet;

/// The packets that were read from one side.
#[derive(Default)]
pub struct Traffic {
    pub types: BTreeSet<PacketType>,
    pub properties: BTreeSet<PropertyId>,
    pub features: BTreeSet<&'static str>,
}

impl Traffic {
    /// Reads a whole stream. Each packet can be encoded and decoded again.
    pub fn read(&mut self, sender: Role, mut decoder: Decoder, mut bytes: &[u8]) {
        loop {
            let (packet, rest) = match decoder.decode(bytes) {
                Ok(Some(decoded)) => decoded,
                Ok(None) => break,
                Err(error) => panic!("{sender:?} sent {bytes:02x?}: {error}"),
            };
            let encoder = Encoder::new(decoder.version().unwrap()).sender(sender);
            let mut again = vec![0; encoder.encoded_len(&packet).unwrap()];
            encoder.encode(&packet, &mut again).unwrap();
            assert_eq!(decoder.decode_frame(&again), Ok(packet));
            self.note(&packet);
            bytes = rest;
        }
        assert_eq!(bytes, b"", "left over");
    }

    fn note(&mut self, packet: &Packet<'_>) {
        self.types.insert(packet.packet_type());
        match packet {
            Packet::Connect(connect) => {
                self.note_feature("will", connect.will.is_some());
                self.note_feature("user name", connect.user_name.is_some());
                self.note_feature("password", connect.password.is_some());
                self.note_feature("kept session", !connect.clean_start);
                if let Some(will) = connect.will {
                    will.properties.for_each(|id, _| _ = self.properties.insert(id));
                }
            }
            Packet::Publish(publish) => {
                let qos = ["QoS 0", "QoS 1", "QoS 2"][usize::from(publish.delivery.qos().get())];
                self.note_feature(qos, true);
                self.note_feature("RETAIN", publish.retain);
                self.note_feature("no payload", publish.payload.is_empty());
                if publish.topic.alias().is_some() {
                    self.properties.insert(PropertyId::TopicAlias);
                }
            }
            Packet::Subscribe(subscribe) => {
                let is_shared =
                    subscribe.subscriptions.iter().any(|subscription| subscription.filter.is_shared());
                self.note_feature("shared subscription", is_shared);
            }
            _ => {}
        }
        let mut note = |id, _| _ = self.properties.insert(id);
        match packet {
            Packet::Connect(packet) => packet.properties.for_each(&mut note),
            Packet::ConnAck(packet) => packet.properties.for_each(&mut note),
            Packet::Publish(packet) => packet.properties.for_each(&mut note),
            Packet::Subscribe(packet) => packet.properties.for_each(&mut note),
            Packet::Unsubscribe(packet) => packet.properties.for_each(&mut note),
            Packet::Disconnect(packet) => packet.properties.for_each(&mut note),
            _ => {}
        }
    }

    fn note_feature(&mut self, feature: &'static str, is_there: bool) {
        if is_there {
            self.features.insert(feature);
        }
    }
}
