//! Tests with other common clients and brokers: paho-mqtt, MQTT.js, aedes.
//!
//! ```text
//! tests/peers/install
//! cargo build --all-features --examples && cargo test --all-features --test libraries -- --include-ignored
//! ```

use mqtt_wire::property::PropertyId;
use mqtt_wire::reason::SubscribeReason;
use mqtt_wire::{
    Connect, Decoder, Delivery, Disconnect, PacketId, PacketType, PingReq, Publish, Qos, Role, SubAck,
    Subscribe, Subscription, Text, TopicName, UnsubAck, Unsubscribe, Version, Will, binary, text,
    topic_filter, topic_name,
};
use mqtt_wire_peer_tests::aedes::{Aedes, peers};
use mqtt_wire_peer_tests::client::Client;
use mqtt_wire_peer_tests::exchanges::{
    expect_echo, message, publishes_at_least_once, publishes_at_most_once, publishes_exactly_once,
};
use mqtt_wire_peer_tests::tokio_server::TokioServer;
use mqtt_wire_peer_tests::traffic::Traffic;
use mqtt_wire_testkit::repository;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const BEFORE_5_0: [Version; 2] = [Version::V3_1, Version::V3_1_1];

/// Returns the command that runs a scenario with a client of another library.
fn other_client(library: &str, scenario: &str, port: u16) -> Command {
    let mut command = match library {
        "paho" => Command::new(peers().join("venv/bin/python")),
        _ => Command::new("node"),
    };
    let script = if library == "paho" { "paho_client.py" } else { "mqttjs_client.mjs" };
    command.arg(peers().join(script)).args([scenario, &port.to_string()]);
    command
}

fn succeeds(mut command: Command) {
    let output = command.output().expect("tests/peers/install has been run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

fn will(topic: TopicName<'static>) -> Will<'static> {
    let message = Will::new(topic, binary!(b"Client123 is offline"));
    Will { qos: Qos::AtLeastOnce, retain: true, ..message }
}

fn connect(version: Version, client_id: Text<'static>) -> Connect<'static> {
    Connect { client_id, keep_alive: 60, ..Connect::new(version) }
}

#[test]
#[ignore = "needs tests/peers/install"]
fn aedes_accepts_our_packets() {
    let broker = Aedes::start("takes");
    for version in BEFORE_5_0 {
        let mut client = Client::connect(broker.port, &connect(version, text!("Client123")));
        let subscriptions = [
            Subscription::new(topic_filter!("q0"), Qos::AtMostOnce),
            Subscription::new(topic_filter!("q1/+"), Qos::AtLeastOnce),
            Subscription::new(topic_filter!("q2/#"), Qos::ExactlyOnce),
        ];
        client.send(&Subscribe::new(PacketId::MIN, &subscriptions));
        let [ack] = client.receive([PacketType::SubAck]);
        let granted =
            [SubscribeReason::GrantedQos0, SubscribeReason::GrantedQos1, SubscribeReason::GrantedQos2];
        assert_eq!(client.read(&ack), SubAck::new(PacketId::MIN, &granted).into());

        let id = PacketId::new(1000).expect("not zero");
        publishes_at_most_once(&mut client, version);
        publishes_at_least_once(&mut client, version, id);
        publishes_exactly_once(&mut client, version, id.next());

        let filters = [topic_filter!("q0"), topic_filter!("never/subscribed")];
        client.send(&Unsubscribe::new(id, &filters));
        let [ack] = client.receive([PacketType::UnsubAck]);
        assert_eq!(client.read(&ack), UnsubAck::new(id, &[]).into());
        client.send(&PingReq);
        client.receive([PacketType::PingResp]);
        client.send(&Disconnect::default());
        client.expect_end();
    }
}

/// The Remaining Length takes all four bytes.
#[test]
#[ignore = "needs tests/peers/install"]
fn aedes_passes_on_a_large_payload() {
    let broker = Aedes::start("large");
    let payload: Vec<u8> = (0..=250).cycle().take(2_200_000).collect();
    for version in BEFORE_5_0 {
        let mut client = Client::connect(broker.port, &connect(version, text!("large")));
        let subscriptions = [Subscription::new(topic_filter!("large"), Qos::AtMostOnce)];
        client.send(&Subscribe::new(PacketId::MIN, &subscriptions));
        client.receive([PacketType::SubAck]);
        let publish =
            Publish { payload: &payload, ..message(version, topic_name!("large"), Delivery::AtMostOnce) };
        client.send(&publish);
        let [echo] = client.receive([PacketType::Publish]);
        expect_echo(client.read(&echo), &publish);
    }
}

/// MQTT.js receives the will.
#[test]
#[ignore = "needs tests/peers/install"]
fn aedes_publishes_our_will() {
    let broker = Aedes::start("will");
    for version in BEFORE_5_0 {
        let will = will(topic_name!("mqttjs-311-will/status"));
        let client = Client::connect(
            broker.port,
            &Connect { will: Some(will), ..connect(version, text!("Client123")) },
        );
        let watcher = other_client("mqttjs", "311-will-watcher", broker.port).spawn().expect("installed");
        // If MQTT.js subscribes too late for the will, it receives the retained message.
        drop(client);
        assert!(watcher.wait_with_output().expect("a process").status.success());
    }
}

#[test]
#[ignore = "needs tests/peers/install"]
fn our_server_works_with_both_clients() {
    let server = TokioServer::start();
    for library in ["paho", "mqttjs"] {
        for version in ["31", "311", "5"] {
            succeeds(other_client(library, &format!("{version}-up-to-qos-1"), server.port));
        }
    }
}

/// Records the captures again: the crate decodes and encodes all packets that the installed peers send
/// each other.
#[test]
#[ignore = "needs tests/peers/install"]
fn the_packets_between_other_peers_are_decoded() {
    let directory = peers().join("captures");
    let _ = fs::remove_dir_all(&directory);
    let script = repository("tests/captures/record");
    let mut record = Command::new(script);
    record.arg(&directory);
    succeeds(record);

    let mut seen: [[Traffic; 2]; 3] = Default::default();
    for file in fs::read_dir(&directory).expect("recorded") {
        let file = file.expect("a file").path();
        let Some(of_client) = file.to_str().filter(|name| name.ends_with(".client.bin")) else { continue };
        let from_client = fs::read(of_client).expect("recorded");
        let from_server = fs::read(of_client.replace(".client.", ".server.")).expect("recorded");
        let mut decoder = Decoder::from_client();
        decoder.decode(&from_client).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let version = decoder.version().expect("a CONNECT");
        // A broker without 5.0 refuses a CONNECT of 5.0 in the form of 3.1.1.
        let answers_in_3 = version == Version::V5_0 && from_server.starts_with(b"\x20\x02");
        let place = Version::ALL.iter().position(|other| *other == version).expect("one of them");
        let [of_clients, of_servers] = &mut seen[place];
        of_clients.read(Role::Client, Decoder::from_client(), &from_client);
        let answers_in = if answers_in_3 { Version::V3_1_1 } else { version };
        of_servers.read(Role::Server, Decoder::from_server(answers_in), &from_server);
    }

    let in_3 = BTreeSet::from(PacketType::ALL).difference(&BTreeSet::from([PacketType::Auth])).count();
    for (version, [clients, servers]) in Version::ALL.iter().zip(&seen) {
        // None of the peers is configured to send AUTH.
        assert_eq!((&clients.types | &servers.types).len(), in_3, "{version}");
    }
    let [.., [of_clients, of_servers]] = &seen;
    assert!(of_clients.properties.len() >= 18, "{:?}", of_clients.properties);
    assert!(of_servers.properties.contains(&PropertyId::ServerKeepAlive), "{:?}", of_servers.properties);
}
