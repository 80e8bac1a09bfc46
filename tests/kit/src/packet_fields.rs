//! Lists all public fields, properties and list elements of a decoded packet by name, in the form of the
//! naive decoder.

use crate::naive::{Fields, Value};
use mqtt_wire::property::{
    AckProperties, AuthProperties, AuthenticationData, ConnAckProperties, ConnectProperties,
    DisconnectProperties, PublishProperties, SubscribeProperties, SubscriptionId, UnsubscribeProperties,
    UserProperties, UserProperty, WillProperties,
};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::*;

/// Returns the fields of the packet.
pub fn fields_of<'a>(packet: &Packet<'a>) -> Fields<'a> {
    let mut collector = Collector(Vec::new());
    collector.packet(packet);
    collector.0
}

struct Collector<'a>(Fields<'a>);

// Each struct is destructured with all its fields. So the compiler reports a forgotten field.
impl<'a> Collector<'a> {
    fn number(&mut self, field: &'static str, number: impl Into<u32>) {
        self.0.push((field, Value::Number(number.into())));
    }

    fn bytes(&mut self, field: &'static str, bytes: &'a [u8]) {
        self.0.push((field, Value::Bytes(bytes)));
    }

    fn text(&mut self, field: &'static str, text: impl Into<Text<'a>>) {
        self.bytes(field, text.into().as_str().as_bytes());
    }

    fn number_if(&mut self, field: &'static str, number: Option<impl Into<u32>>) {
        number.into_iter().for_each(|number| self.number(field, number));
    }

    fn text_if(&mut self, field: &'static str, text: Option<impl Into<Text<'a>>>) {
        text.into_iter().for_each(|text| self.text(field, text));
    }

    fn user_properties(&mut self, properties: UserProperties<'a>) {
        for UserProperty { name, value } in properties {
            let pair = Value::Pair(name.as_str().as_bytes(), value.as_str().as_bytes());
            self.0.push(("User Property", pair));
        }
    }

    fn packet(&mut self, packet: &Packet<'a>) {
        let packet_type = match packet {
            Packet::Connect(_) => 1_u8,
            Packet::ConnAck(_) => 2,
            Packet::Publish(_) => 3,
            Packet::PubAck(_) => 4,
            Packet::PubRec(_) => 5,
            Packet::PubRel(_) => 6,
            Packet::PubComp(_) => 7,
            Packet::Subscribe(_) => 8,
            Packet::SubAck(_) => 9,
            Packet::Unsubscribe(_) => 10,
            Packet::UnsubAck(_) => 11,
            Packet::PingReq => 12,
            Packet::PingResp => 13,
            Packet::Disconnect(_) => 14,
            Packet::Auth(_) => 15,
        };
        self.number("Packet Type", packet_type);
        match packet {
            Packet::Connect(connect) => self.connect(connect),
            Packet::ConnAck(connack) => self.connack(connack),
            Packet::Publish(publish) => self.publish(publish),
            Packet::PubAck(ack) => self.ack(ack),
            Packet::PubRec(ack) => self.ack(ack),
            Packet::PubRel(ack) => self.ack(ack),
            Packet::PubComp(ack) => self.ack(ack),
            Packet::Subscribe(subscribe) => self.subscribe(subscribe),
            Packet::SubAck(suback) => self.suback(suback),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe),
            Packet::UnsubAck(unsuback) => self.unsuback(unsuback),
            Packet::PingReq | Packet::PingResp => {}
            Packet::Disconnect(disconnect) => self.disconnect(disconnect),
            Packet::Auth(auth) => self.auth(auth),
        }
    }

    fn connect(&mut self, connect: &Connect<'a>) {
        let Connect {
            version,
            bridge,
            clean_start,
            keep_alive,
            properties,
            client_id,
            will,
            user_name,
            password,
        } = *connect;
        let (name, level) = match version {
            Version::V3_1 => ("MQIsdp", 3_u8),
            Version::V3_1_1 => ("MQTT", 4),
            Version::V5_0 => ("MQTT", 5),
        };
        self.bytes("Protocol Name", name.as_bytes());
        self.number("Protocol Level", level);
        self.number("Bridge", bridge);
        self.number("Clean Start", clean_start);
        self.number("Keep Alive", keep_alive);
        self.connect_properties(properties);
        self.text("Client Identifier", client_id);
        if let Some(Will { qos, retain, properties, topic, payload }) = will {
            self.number("Will QoS", u8::from(qos));
            self.number("Will Retain", retain);
            self.will_properties(properties);
            self.text("Will Topic", topic);
            self.bytes("Will Payload", payload.as_bytes());
        }
        self.text_if("User Name", user_name);
        if let Some(password) = password {
            self.bytes("Password", password.expose().as_bytes());
        }
    }

    fn connect_properties(&mut self, properties: ConnectProperties<'a>) {
        let ConnectProperties {
            session_expiry_interval,
            authentication_method,
            authentication_data,
            request_problem_information,
            request_response_information,
            receive_maximum,
            topic_alias_maximum,
            user_properties,
            maximum_packet_size,
        } = properties;
        self.number_if("Session Expiry Interval", session_expiry_interval);
        self.text_if("Authentication Method", authentication_method);
        self.authentication_data(authentication_data);
        self.number_if("Request Problem Information", request_problem_information);
        self.number_if("Request Response Information", request_response_information);
        self.number_if("Receive Maximum", receive_maximum.map(|maximum| maximum.get()));
        self.number_if("Topic Alias Maximum", topic_alias_maximum);
        self.user_properties(user_properties);
        self.number_if("Maximum Packet Size", maximum_packet_size.map(|maximum| maximum.get()));
    }

    fn authentication_data(&mut self, data: Option<AuthenticationData<'a>>) {
        if let Some(data) = data {
            self.bytes("Authentication Data", data.expose().as_bytes());
        }
    }

    fn will_properties(&mut self, properties: WillProperties<'a>) {
        let WillProperties {
            payload_format_indicator,
            message_expiry_interval,
            content_type,
            response_topic,
            correlation_data,
            will_delay_interval,
            user_properties,
        } = properties;
        self.number_if("Payload Format Indicator", payload_format_indicator.map(u8::from));
        self.number_if("Message Expiry Interval", message_expiry_interval);
        self.text_if("Content Type", content_type);
        self.text_if("Response Topic", response_topic);
        if let Some(data) = correlation_data {
            self.bytes("Correlation Data", data.as_bytes());
        }
        self.number_if("Will Delay Interval", will_delay_interval);
        self.user_properties(user_properties);
    }

    fn connack(&mut self, connack: &ConnAck<'a>) {
        let ConnAck { session_present, reason, properties } = *connack;
        self.number("Session Present", session_present);
        self.number("Reason Code", u8::from(reason));
        let ConnAckProperties {
            session_expiry_interval,
            assigned_client_identifier,
            server_keep_alive,
            authentication_method,
            authentication_data,
            response_information,
            server_reference,
            reason_string,
            receive_maximum,
            topic_alias_maximum,
            maximum_qos,
            retain_available,
            user_properties,
            maximum_packet_size,
            wildcard_subscription_available,
            subscription_identifier_available,
            shared_subscription_available,
        } = properties;
        self.number_if("Session Expiry Interval", session_expiry_interval);
        self.text_if("Assigned Client Identifier", assigned_client_identifier);
        self.number_if("Server Keep Alive", server_keep_alive);
        self.text_if("Authentication Method", authentication_method);
        self.authentication_data(authentication_data);
        self.text_if("Response Information", response_information);
        self.text_if("Server Reference", server_reference);
        self.text_if("Reason String", reason_string);
        self.number_if("Receive Maximum", receive_maximum.map(|maximum| maximum.get()));
        self.number_if("Topic Alias Maximum", topic_alias_maximum);
        self.number_if("Maximum QoS", maximum_qos.map(u8::from));
        self.number_if("Retain Available", retain_available);
        self.user_properties(user_properties);
        self.number_if("Maximum Packet Size", maximum_packet_size.map(|maximum| maximum.get()));
        self.number_if("Wildcard Subscription Available", wildcard_subscription_available);
        self.number_if("Subscription Identifier Available", subscription_identifier_available);
        self.number_if("Shared Subscription Available", shared_subscription_available);
    }

    fn publish(&mut self, publish: &Publish<'a>) {
        let Publish { delivery, retain, topic, properties, payload } = *publish;
        let (qos, dup, id) = match delivery {
            Delivery::AtMostOnce => (0_u8, false, None),
            Delivery::AtLeastOnce { id, dup } => (1, dup, Some(id)),
            Delivery::ExactlyOnce { id, dup } => (2, dup, Some(id)),
        };
        let (name, alias) = match topic {
            Topic::Name(name) => (Some(name), None),
            Topic::Alias(alias) => (None, Some(alias)),
            Topic::NameAndAlias(name, alias) => (Some(name), Some(alias)),
        };
        self.number("DUP", dup);
        self.number("QoS", qos);
        self.number("RETAIN", retain);
        self.text_if("Topic Name", name);
        self.number_if("Packet Identifier", id.map(PacketId::get));
        let PublishProperties {
            payload_format_indicator,
            message_expiry_interval,
            content_type,
            response_topic,
            correlation_data,
            subscription_identifiers,
            user_properties,
        } = properties;
        self.number_if("Payload Format Indicator", payload_format_indicator.map(u8::from));
        self.number_if("Message Expiry Interval", message_expiry_interval);
        self.text_if("Content Type", content_type);
        self.text_if("Response Topic", response_topic);
        if let Some(data) = correlation_data {
            self.bytes("Correlation Data", data.as_bytes());
        }
        for id in subscription_identifiers {
            self.number("Subscription Identifier", id.get());
        }
        self.number_if("Topic Alias", alias.map(TopicAlias::get));
        self.user_properties(user_properties);
        self.bytes("Payload", payload);
    }

    fn ack<R: Copy + Into<u8>>(&mut self, ack: &Ack<'a, R>) {
        let Ack { packet_id, reason, properties } = *ack;
        self.number("Packet Identifier", packet_id.get());
        self.number("Reason Code", reason.into());
        self.ack_properties(properties);
    }

    fn ack_properties(&mut self, properties: AckProperties<'a>) {
        let AckProperties { reason_string, user_properties } = properties;
        self.text_if("Reason String", reason_string);
        self.user_properties(user_properties);
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'a>) {
        let Subscribe { packet_id, properties, subscriptions } = *subscribe;
        self.number("Packet Identifier", packet_id.get());
        let SubscribeProperties { subscription_identifier, user_properties } = properties;
        self.number_if("Subscription Identifier", subscription_identifier.map(SubscriptionId::get));
        self.user_properties(user_properties);
        for subscription in subscriptions {
            let Subscription { filter, qos, no_local, retain_as_published, retain_handling } = subscription;
            self.bytes("Topic Filter", filter.as_str().as_bytes());
            self.number("Retain Handling", u8::from(retain_handling));
            self.number("Retain As Published", retain_as_published);
            self.number("No Local", no_local);
            self.number("QoS", u8::from(qos));
        }
    }

    fn suback(&mut self, suback: &SubAck<'a>) {
        let SubAck { packet_id, properties, reasons } = *suback;
        self.number("Packet Identifier", packet_id.get());
        self.ack_properties(properties);
        for reason in reasons {
            self.number("Reason Code", u8::from(reason));
        }
    }

    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe<'a>) {
        let Unsubscribe { packet_id, properties, filters } = *unsubscribe;
        self.number("Packet Identifier", packet_id.get());
        let UnsubscribeProperties { user_properties } = properties;
        self.user_properties(user_properties);
        for filter in filters {
            self.bytes("Topic Filter", filter.as_str().as_bytes());
        }
    }

    fn unsuback(&mut self, unsuback: &UnsubAck<'a>) {
        let UnsubAck { packet_id, properties, reasons } = *unsuback;
        self.number("Packet Identifier", packet_id.get());
        self.ack_properties(properties);
        for reason in reasons {
            self.number("Reason Code", u8::from(reason));
        }
    }

    fn disconnect(&mut self, disconnect: &Disconnect<'a>) {
        let Disconnect { reason, properties } = *disconnect;
        self.number("Reason Code", u8::from(reason));
        let DisconnectProperties {
            session_expiry_interval,
            server_reference,
            reason_string,
            user_properties,
        } = properties;
        self.number_if("Session Expiry Interval", session_expiry_interval);
        self.text_if("Server Reference", server_reference);
        self.text_if("Reason String", reason_string);
        self.user_properties(user_properties);
    }

    fn auth(&mut self, auth: &Auth<'a>) {
        let Auth { reason, properties } = *auth;
        self.number("Reason Code", u8::from(reason));
        let AuthProperties { authentication_method, authentication_data, reason_string, user_properties } =
            properties;
        self.text_if("Authentication Method", authentication_method);
        self.authentication_data(authentication_data);
        self.text_if("Reason String", reason_string);
        self.user_properties(user_properties);
    }
}
