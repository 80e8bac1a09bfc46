//! Tests properties that are read and set with an identifier that is known only at run time.

use mqtt_wire::property::{PropertyId, PropertyValue, PublishProperties, SetPropertyError};
use mqtt_wire::reason::ConnectReason;
use mqtt_wire::*;
use mqtt_wire_testkit::samples::all_samples;

/// Copying all properties one by one gives the same properties.
macro_rules! copied_at_run_time {
    ($( $properties:expr ),*) => { $( {
        let properties = $properties;
        let mut copy = properties;
        PropertyId::ALL.into_iter().for_each(|id| copy.remove(id));
        assert!(copy.is_empty() && PropertyId::ALL.into_iter().all(|id| copy.get(id).is_none()));
        for id in PropertyId::ALL {
            if let Some(value) = properties.get(id) {
                assert_eq!(copy.set(id, value), Ok(()));
            }
        }
        assert_eq!(copy, properties);
    } )* };
}

#[test]
fn properties_are_set_as_they_are_read() {
    for (_, packet) in all_samples() {
        match packet {
            Packet::Connect(packet) => {
                copied_at_run_time!(packet.properties);
                if let Some(will) = packet.will {
                    copied_at_run_time!(will.properties);
                }
            }
            Packet::ConnAck(packet) => copied_at_run_time!(packet.properties),
            Packet::Publish(packet) => copied_at_run_time!(packet.properties),
            Packet::PubAck(packet) => copied_at_run_time!(packet.properties),
            Packet::Subscribe(packet) => copied_at_run_time!(packet.properties),
            Packet::Unsubscribe(packet) => copied_at_run_time!(packet.properties),
            Packet::Disconnect(packet) => copied_at_run_time!(packet.properties),
            Packet::Auth(packet) => copied_at_run_time!(packet.properties),
            _ => {}
        }
    }
}

#[test]
fn an_invalid_property_value_is_refused() {
    use PropertyId::*;
    use PropertyValue::{Number, Text as String};
    let pair = property::UserProperty::new("a", "b").expect("legal");
    let connack = ConnAck::new(ConnectReason::Success).properties;
    for (id, value) in [
        (MaximumQos, Number(2)),
        (RetainAvailable, Number(2)),
        (ReceiveMaximum, Number(0)),
        (ReceiveMaximum, Number(0x1_0000)),
        (MaximumPacketSize, Number(0)),
        (ServerKeepAlive, Number(0x1_0000)),
        (ReasonString, Number(1)),
        (SessionExpiryInterval, String(text!("1"))),
        (AuthenticationData, PropertyValue::Binary(binary!(b"a"))),
        (UserProperty, PropertyValue::Pair(pair)),
    ] {
        let mut properties = connack;
        let error = SetPropertyError::InvalidValue(id);
        assert_eq!((properties.set(id, value), properties), (Err(error), connack));
        assert_eq!(error.to_string(), format!("the property {id} cannot have this value"));
    }
    let mut publish = PublishProperties::EMPTY;
    for (id, value) in [
        (PayloadFormatIndicator, Number(2)),
        (ResponseTopic, String(text!("a/#"))),
        (SubscriptionIdentifier, Number(1)),
        (CorrelationData, String(text!("a"))),
    ] {
        assert_eq!(publish.set(id, value), Err(SetPropertyError::InvalidValue(id)));
    }
    let misplaced = SetPropertyError::Misplaced(TopicAlias);
    assert_eq!(publish.set(TopicAlias, Number(1)), Err(misplaced));
    assert_eq!(misplaced.to_string(), "this packet cannot have the property Topic Alias");
    assert_eq!(publish, PublishProperties::EMPTY);
}
