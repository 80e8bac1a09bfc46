//! Tests with the most common broker and clients: mosquitto, mosquitto_pub and mosquitto_sub.
//!
//! Each test starts its own broker on a free port of 127.0.0.1. The programs must be installed, so
//! these tests run only on request:
//!
//! ```text
//! apt-get install mosquitto mosquitto-clients
//! cargo build --examples && cargo test --test mosquitto -- --include-ignored
//! ```

use mqtt_wire::property::{
    ConnectProperties, PayloadFormat, PropertyId, SubscribeProperties, SubscriptionId, UserProperties,
};
use mqtt_wire::reason::{DisconnectReason, SubscribeReason, UnsubscribeReason};
use mqtt_wire::topic::TopicAlias;
use mqtt_wire::{
    Binary, Connect, Decoder, Delivery, Disconnect, Packet, PacketId, PacketType, Password, PingReq, Publish,
    Qos, Role, SubAck, Subscribe, Subscription, Text, Topic, TopicFilter, TopicName, UnsubAck, Unsubscribe,
    Version, Will, text, topic_filter, topic_name,
};
use mqtt_wire_peer_tests::client::Client;
use mqtt_wire_peer_tests::exchanges::{
    PAIRS, expect_echo, message, publishes_at_least_once, publishes_at_most_once, publishes_exactly_once,
};
use mqtt_wire_peer_tests::mosquitto::{Mosquitto, Tool};
use mqtt_wire_peer_tests::proxy::Proxy;
use mqtt_wire_peer_tests::traffic::Traffic;
use mqtt_wire_testkit::examples;
use std::collections::BTreeSet;
use std::num::{NonZeroU16, NonZeroU32};

/// One test for each version.
macro_rules! in_every_version {
    ($( $test:ident: $v3_1:ident $v3_1_1:ident $v5_0:ident; )*) => { $(
        #[test]
        #[ignore = "needs mosquitto and its clients installed"]
        fn $v3_1() {
            $test(Version::V3_1);
        }

        #[test]
        #[ignore = "needs mosquitto and its clients installed"]
        fn $v3_1_1() {
            $test(Version::V3_1_1);
        }

        #[test]
        #[ignore = "needs mosquitto and its clients installed"]
        fn $v5_0() {
            $test(Version::V5_0);
        }
    )* };
}

in_every_version! {
    our_will_is_published: our_will_is_published_in_3_1 our_will_is_published_in_3_1_1 our_will_is_published_in_5_0;
    the_packets_of_mosquitto_are_decoded: the_packets_of_mosquitto_are_decoded_in_3_1 the_packets_of_mosquitto_are_decoded_in_3_1_1 the_packets_of_mosquitto_are_decoded_in_5_0;
    mosquitto_accepts_our_packets: mosquitto_accepts_our_packets_in_3_1 mosquitto_accepts_our_packets_in_3_1_1 mosquitto_accepts_our_packets_in_5_0;
    large_payloads_pass_through_mosquitto: large_payloads_pass_through_mosquitto_in_3_1 large_payloads_pass_through_mosquitto_in_3_1_1 large_payloads_pass_through_mosquitto_in_5_0;
    the_example_works_with_mosquitto: the_example_works_with_mosquitto_in_3_1 the_example_works_with_mosquitto_in_3_1_1 the_example_works_with_mosquitto_in_5_0;
}

const AT_LEAST_ONCE: Delivery = Delivery::AtLeastOnce { id: PacketId::MIN, dup: false };

/// Our clients vanish or disconnect, and mosquitto_sub prints the wills that are published.
fn our_will_is_published(version: Version) {
    let is_v5 = version == Version::V5_0;
    let broker = Mosquitto::start();
    // Topic, QoS, RETAIN, payload. Content Type and User Properties are empty before 5.0.
    let subscribe = |id, count| {
        let arguments = ["-i", id, "-t", "/status", "-q", "1", "-C", count, "-F", "%t|%q|%r|%p|%C|%P"];
        Tool::start("mosquitto_sub", version, broker.port, &arguments)
    };
    let properties = if is_v5 { "text/plain|room:kitchen room:" } else { "|" };

    let watcher = subscribe("watcher", if is_v5 { "3" } else { "2" });
    broker.wait_for_log("Sending SUBACK to watcher");
    let client123 = connect_with_will(version, "Client123", b"Client123 is offline");
    drop(Client::connect(broker.port, &client123));
    broker.wait_for_log("Sending PUBLISH to watcher");
    let mut received = format!("/status|1|0|Client123 is offline|{properties}\n");

    let latecomer = subscribe("latecomer", "1");
    assert_eq!(latecomer.finish(), format!("/status|1|1|Client123 is offline|{properties}\n"));

    let client456 = connect_with_will(version, "Client456", b"Client456 is offline");
    let mut client456 = Client::connect(broker.port, &client456);
    client456.send(&Disconnect::default());
    client456.expect_end();

    if is_v5 {
        let client789 = connect_with_will(version, "Client789", b"Client789 is offline");
        let mut client789 = Client::connect(broker.port, &client789);
        client789.send(&Disconnect::new(DisconnectReason::DisconnectWithWillMessage));
        client789.expect_end();
        received += &format!("/status|1|0|Client789 is offline|{properties}\n");
    }

    // No other message follows. In particular, the will of Client456 does not follow.
    let mut marker =
        Client::connect(broker.port, &Connect { client_id: text!("m"), ..Connect::new(version) });
    marker.send(&Publish { delivery: AT_LEAST_ONCE, ..Publish::new(topic_name!("/status"), b"marker") });
    assert_eq!(watcher.finish(), received + "/status|1|0|marker||\n");
}

fn connect_with_will<'a>(version: Version, client_id: &'a str, payload: &'a [u8]) -> Connect<'a> {
    let mut will = Will {
        qos: Qos::AtLeastOnce,
        retain: true,
        ..Will::new(topic_name!("/status"), Binary::new(payload).unwrap())
    };
    if version == Version::V5_0 {
        will.properties.content_type = Some(text!("text/plain"));
        will.properties.payload_format_indicator = Some(PayloadFormat::Utf8);
        will.properties.user_properties = UserProperties::new(&PAIRS);
    }
    let client_id = Text::new(client_id).unwrap();
    Connect { client_id, keep_alive: 60, will: Some(will), ..Connect::new(version) }
}

/// mosquitto and its clients exchange every kind of packet. The crate decodes all of them.
fn the_packets_of_mosquitto_are_decoded(version: Version) {
    let broker = Mosquitto::start();
    let proxy = Proxy::start(broker.port);
    converse(version, &broker, proxy.port);

    let mut clients = Traffic::default();
    let mut server = Traffic::default();
    for recording in proxy.finish() {
        clients.read(Role::Client, Decoder::from_client(), &recording.from_client);
        server.read(Role::Server, Decoder::from_server(version), &recording.from_server);
    }

    use PacketType as Type;
    let both_send = BTreeSet::from([Type::Publish, Type::PubAck, Type::PubRec, Type::PubRel, Type::PubComp]);
    let clients_send =
        BTreeSet::from([Type::Connect, Type::Subscribe, Type::Unsubscribe, Type::PingReq, Type::Disconnect]);
    let server_sends = BTreeSet::from([Type::ConnAck, Type::SubAck, Type::UnsubAck, Type::PingResp]);
    assert_eq!(clients.types, &both_send | &clients_send);
    assert_eq!(server.types, &both_send | &server_sends);

    let both_use = BTreeSet::from(["QoS 0", "QoS 1", "QoS 2", "RETAIN", "no payload"]);
    let clients_use =
        BTreeSet::from(["will", "user name", "password", "kept session", "shared subscription"]);
    assert_eq!(clients.features, &both_use | &clients_use);
    assert_eq!(server.features, both_use);

    use PropertyId as Id;
    let both_use = BTreeSet::from([
        Id::PayloadFormatIndicator,
        Id::MessageExpiryInterval,
        Id::ContentType,
        Id::ResponseTopic,
        Id::CorrelationData,
        Id::SubscriptionIdentifier,
        Id::ReceiveMaximum,
        Id::TopicAliasMaximum,
        Id::UserProperty,
    ]);
    let clients_use = BTreeSet::from([
        Id::SessionExpiryInterval,
        Id::RequestProblemInformation,
        Id::WillDelayInterval,
        Id::RequestResponseInformation,
        Id::TopicAlias,
        Id::MaximumPacketSize,
    ]);
    let server_uses = BTreeSet::from([Id::AssignedClientIdentifier]);
    if version == Version::V5_0 {
        assert_eq!(clients.properties, &both_use | &clients_use);
        assert_eq!(server.properties, &both_use | &server_uses);
    } else {
        assert!(clients.properties.is_empty() && server.properties.is_empty());
    }
}

/// The options for properties on a command line in 5.0: `-D COMMAND IDENTIFIER VALUE...`.
const CONNECT: &str = "-D connect receive-maximum 10 -D connect maximum-packet-size 4096 \
    -D connect topic-alias-maximum 8 -D connect request-problem-information 1 \
    -D connect request-response-information 1 -D connect user-property site north \
    -D disconnect session-expiry-interval 0 -D disconnect user-property bye now";
const SUBSCRIBE: &str = "-D subscribe subscription-identifier 300 -D subscribe user-property order 1 \
    -D subscribe user-property order 2 -D unsubscribe user-property order 3";
const PUBLISH: &str = "-D publish payload-format-indicator 1 -D publish message-expiry-interval 3600 \
    -D publish content-type text/plain -D publish response-topic a/reply -D publish correlation-data 42 \
    -D publish user-property b 1 -D publish user-property a 2 -D publish user-property b 1";
const WILL: &str = "-D will will-delay-interval 0 -D will payload-format-indicator 1 \
    -D will message-expiry-interval 600 -D will content-type text/plain -D will response-topic a/reply \
    -D will correlation-data 42 -D will user-property level warning";

/// Runs mosquitto's clients through the proxy.
fn converse(version: Version, broker: &Mosquitto, port: u16) {
    let run = |program: &str, arguments: &str, v5: &[&str]| {
        let v5 = if version == Version::V5_0 { v5 } else { &[] };
        let arguments: Vec<_> =
            arguments.split_whitespace().chain(v5.iter().flat_map(|part| part.split_whitespace())).collect();
        Tool::start(program, version, port, &arguments)
    };
    let publish = |arguments: &str, v5: &[&str]| run("mosquitto_pub", arguments, v5).finish();

    // mosquitto_sub has no shorter Keep Alive. The ping arrives during the other steps.
    let pinger = run("mosquitto_sub", "-i pinger -t nothing -k 5", &[]);

    let will = "--will-topic a/gone --will-payload gone --will-qos 2 --will-retain";
    let subscriber = "-i subscriber -c -u user -P secret -q 2 -t a/# -t other -U other -F %t|%q|%r|%p";
    let count = if version == Version::V5_0 { "-C 8" } else { "-C 6" };
    let subscriber =
        run("mosquitto_sub", &format!("{subscriber} {count} {will}"), &[CONNECT, SUBSCRIBE, WILL, "-x 60"]);
    broker.wait_for_log("Sending UNSUBACK to subscriber");

    publish("-i pub0 -q 0 -t a/0 -m zero", &[CONNECT, PUBLISH]);
    publish("-i pub1 -q 1 -t a/1 -m one", &[CONNECT, PUBLISH]);
    publish("-i pub2 -q 2 -t a/2 -m two", &[CONNECT, PUBLISH]);
    let mut received = "a/0|0|0|zero\na/1|1|0|one\na/2|2|0|two\n".to_owned();
    if version == Version::V5_0 {
        publish("-q 1 -t a/alias -m again --repeat 2 -D publish topic-alias 3", &[]);
        received += "a/alias|1|0|again\na/alias|1|0|again\n";
    }

    publish("-i retain -q 1 -r -t a/kept -m kept", &[PUBLISH]);
    let late = run("mosquitto_sub", "-i late -q 2 -t a/kept -C 1 -F %t|%q|%r|%p", &[SUBSCRIBE]);
    assert_eq!(late.finish(), "a/kept|1|1|kept\n");
    publish("-i clear -q 1 -r -t a/kept -n", &[]);
    received += "a/kept|1|0|kept\na/kept|1|0|\n";

    let doomed = run("mosquitto_sub", &format!("-i doomed -t nothing {will}"), &[WILL]);
    broker.wait_for_log("Sending SUBACK to doomed");
    doomed.kill();
    received += "a/gone|2|0|gone\n";
    // QoS 2 takes more steps than QoS 1, so a QoS 1 message may overtake it.
    assert_eq!(sorted(&subscriber.finish()), sorted(&received));

    let worker = run("mosquitto_sub", "-i worker -q 1 -t $share/workers/jobs/# -C 1 -F %t|%q|%r|%p", &[]);
    broker.wait_for_log("Sending SUBACK to worker");
    publish("-i boss -q 1 -t jobs/first -m sweep", &[]);
    assert_eq!(worker.finish(), "jobs/first|1|0|sweep\n");

    broker.wait_for_log("Sending PINGRESP to pinger");
    pinger.kill();
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// Sends every packet that a client can send. mosquitto answers each.
fn mosquitto_accepts_our_packets(version: Version) {
    let is_v5 = version == Version::V5_0;
    let broker = Mosquitto::start();
    let mut client = Client::connect(broker.port, &full_connect(version));

    let subscriptions = [
        Subscription::new(topic_filter!("q0"), Qos::AtMostOnce),
        Subscription::new(topic_filter!("q1/+"), Qos::AtLeastOnce),
        Subscription {
            retain_as_published: is_v5,
            ..Subscription::new(topic_filter!("q2/#"), Qos::ExactlyOnce)
        },
    ];
    let mut subscribe = Subscribe::new(PacketId::MIN, &subscriptions);
    if is_v5 {
        subscribe.properties = SubscribeProperties {
            subscription_identifier: Some(SubscriptionId::new(300).unwrap()),
            user_properties: UserProperties::new(&PAIRS),
        };
    }
    client.send(&subscribe);
    let [ack] = client.receive([PacketType::SubAck]);
    use SubscribeReason::{GrantedQos0, GrantedQos1, GrantedQos2};
    let granted = [GrantedQos0, GrantedQos1, GrantedQos2];
    assert_eq!(client.read(&ack), SubAck::new(PacketId::MIN, &granted).into());

    let id = PacketId::new(1000).unwrap();
    publishes_at_most_once(&mut client, version);
    publishes_at_least_once(&mut client, version, id);
    publishes_exactly_once(&mut client, version, id.next());
    if is_v5 {
        publishes_by_alias(&mut client);
    }

    let filters = [topic_filter!("q0"), topic_filter!("never/subscribed")];
    client.send(&Unsubscribe::new(id, &filters));
    let [ack] = client.receive([PacketType::UnsubAck]);
    let reasons = [UnsubscribeReason::Success, UnsubscribeReason::NoSubscriptionExisted];
    assert_eq!(client.read(&ack), UnsubAck::new(id, if is_v5 { &reasons } else { &[] }).into());

    // The subscription is gone, so no message comes before the answer to the ping.
    client.send(&Publish::new(topic_name!("q0"), b""));
    client.send(&PingReq);
    client.receive([PacketType::PingResp]);
    client.send(&Disconnect::default());
    client.expect_end();

    broker.wait_for_log("Received DISCONNECT from Client123");
    // The broker does not answer these packets. The log of the broker shows that the broker understood
    // the packets.
    for packet in ["PUBACK", "PUBREC", "PUBCOMP"] {
        broker.wait_for_log(&format!("Received {packet} from Client123"));
    }
}

fn full_connect(version: Version) -> Connect<'static> {
    let mut connect = Connect {
        user_name: Some(text!("user")),
        password: Some(Password::new(b"secret").unwrap()),
        ..connect_with_will(version, "Client123", b"Client123 is offline")
    };
    if version == Version::V5_0 {
        connect.properties = ConnectProperties {
            session_expiry_interval: Some(30),
            receive_maximum: NonZeroU16::new(10),
            maximum_packet_size: NonZeroU32::new(4096),
            topic_alias_maximum: Some(5),
            request_problem_information: Some(true),
            request_response_information: Some(false),
            user_properties: UserProperties::new(&PAIRS),
            ..ConnectProperties::EMPTY
        };
    }
    connect
}

/// Payloads whose Remaining Length takes one to four bytes.
fn large_payloads_pass_through_mosquitto(version: Version) {
    let broker = Mosquitto::start();
    let mut client =
        Client::connect(broker.port, &Connect { client_id: text!("a"), ..Connect::new(version) });
    let subscriptions = [Subscription::new(topic_filter!("large"), Qos::AtMostOnce)];
    client.send(&Subscribe::new(PacketId::MIN, &subscriptions));
    client.receive([PacketType::SubAck]);
    let payload: Vec<u8> = (0..=250).cycle().take(2_200_000).collect();
    for len in [0, 100, 1_000, 20_000, 2_200_000] {
        let publish = Publish::new(topic_name!("large"), &payload[..len]);
        client.send(&publish);
        let [echo] = client.receive([PacketType::Publish]);
        assert_eq!(client.read(&echo), publish.into());
    }
}

/// Tries many filters with many names. mosquitto's Subscription Identifiers name the filters that match.
#[test]
#[ignore = "needs mosquitto and its clients installed"]
fn topics_match_as_in_mosquitto() {
    let names = [
        "a",
        "b",
        "/",
        "//",
        "/a",
        "a/",
        "a//b",
        "a/b",
        "a/b/",
        "a/b/c",
        "ab",
        "a/b/c/d",
        "/a/b",
        "$a",
        "$a/b",
        "$a/",
        "a/$b",
        " ",
        "a b/c",
        "é",
        "é/é",
        "A",
        "a/\u{1F321}",
    ];
    let levels = ["a", "b", "+", "", "$a", "$b", "é", "A", " "];
    let mut filters: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    filters.extend(
        ["#", "+/#", "/#", "//#", "a/#", "a/b/#", "$a/#", "a/b/c/#", "+/+/#", "a/+/#", "é/#", "A/#"]
            .map(str::to_owned),
    );
    for one in levels {
        for other in levels {
            filters.extend([
                one.to_owned(),
                format!("{one}/{other}"),
                format!("{one}/{other}/+"),
                format!("+/{one}/{other}"),
            ]);
        }
    }
    filters.remove("");

    let broker = Mosquitto::start();
    let connect = Connect { client_id: text!("a"), ..Connect::new(Version::V5_0) };
    let mut client = Client::connect(broker.port, &connect);
    for (number, filter) in (1..).zip(&filters) {
        let subscriptions = [Subscription::new(TopicFilter::new(filter).unwrap(), Qos::AtMostOnce)];
        let properties = SubscribeProperties {
            subscription_identifier: SubscriptionId::new(number).ok(),
            ..SubscribeProperties::EMPTY
        };
        client.send(&Subscribe { properties, ..Subscribe::new(PacketId::MIN, &subscriptions) });
        client.receive([PacketType::SubAck]);
    }
    let mut matching = 0;
    for name in names {
        let name = TopicName::new(name).unwrap();
        client.send(&Publish::new(name, b""));
        client.send(&PingReq);
        let mut theirs = BTreeSet::new();
        loop {
            let frame = client.next_packet().expect("an answer to the ping");
            match client.read(&frame) {
                Packet::Publish(publish) => {
                    theirs
                        .extend(publish.properties.subscription_identifiers.iter().map(SubscriptionId::get));
                }
                other => break assert_eq!(other, Packet::PingResp),
            }
        }
        let ours = (1..).zip(&filters).filter(|(_, filter)| TopicFilter::new(filter).unwrap().matches(name));
        let ours: BTreeSet<u32> = ours.map(|(number, _)| number).collect();
        let differ: Vec<&String> = (1..)
            .zip(&filters)
            .filter(|(number, _)| ours.contains(number) != theirs.contains(number))
            .map(|(_, filter)| filter)
            .collect();
        assert!(differ.is_empty(), "{name:?}: {differ:?}");
        matching += ours.len();
    }
    assert!(matching > 150, "{matching}");
}

fn publishes_by_alias(client: &mut Client) {
    let alias = TopicAlias::new(1).unwrap();
    let named = message(Version::V5_0, topic_name!("q0"), Delivery::AtMostOnce);
    for topic in [Topic::NameAndAlias(topic_name!("q0"), alias), Topic::Alias(alias)] {
        client.send(&Publish { topic, ..named });
        let [echo] = client.receive([PacketType::Publish]);
        expect_echo(client.read(&echo), &named);
    }
}

/// Runs the example with mosquitto, twice.
fn the_example_works_with_mosquitto(version: Version) {
    let broker = Mosquitto::start();
    for _ in 0..2 {
        let address = format!("127.0.0.1:{}", broker.port);
        let output = examples::last_will(&["--broker", &address, "--version", &version.to_string()]);
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
        assert!(stdout.contains("\nProved: "), "{stdout}");
    }
}
