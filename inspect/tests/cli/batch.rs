//! Tests of `--batch`, which answers each input line with one output line.

use super::{inspect, shown};
use serde_json::{Value, json};

/// Returns the answers of `--batch` to these lines.
fn batch(input: &str) -> Vec<Value> {
    let output = inspect(&["--batch"], input.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    shown(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the answer of `--batch` to one line.
pub(super) fn answer(line: &str) -> Value {
    match &batch(line)[..] {
        [answer] => answer.clone(),
        answers => panic!("{line:?}: {answers:?}"),
    }
}

/// Checks that the bytes are accepted, shown as this packet, and encoded to the same bytes.
#[track_caller]
fn accepts(version: u8, hex: &str, packet: &Value) {
    let hex = hex.replace(' ', "");
    let expected = json!({"id": "1", "verdict": "accept", "packet": packet, "encoded": hex, "error": null});
    assert_eq!(answer(&format!("1\t{version}\t{hex}")), expected);
}

/// Checks that the bytes are refused with this kind of error.
#[track_caller]
fn rejects(version: u8, hex: &str, columns: &str, kind: &str) {
    let answer = answer(&line(version, hex, columns));
    assert_eq!(answer["verdict"], "reject", "{answer}");
    assert_eq!(answer["error"]["kind"], kind, "{answer}");
}

pub(super) fn line(version: u8, hex: &str, columns: &str) -> String {
    format!("x\t{version}\t{}{columns}", hex.replace(' ', ""))
}

#[test]
fn connect_in_3_1_1() {
    // A CONNECT with a will, from Client123.
    let hex = "10 34 00044d51545404 2e 003c 0009436c69656e74313233 00072f737461747573 0014436c69656e74313233206973206f66666c696e65";
    let packet = json!({
        "type": "connect", "protocol_name": "MQTT", "protocol_level": 4, "clean": true, "keepalive": 60,
        "client_id": "Client123",
        "will": {
            "qos": 1, "retain": true, "topic": "/status",
            "payload": "436c69656e74313233206973206f66666c696e65", "properties": [],
        },
        "username": null, "password": null, "properties": [],
    });
    accepts(4, hex, &packet);
    // A CONNECT is decoded by its own protocol name and level.
    accepts(5, hex, &packet);
}

#[test]
fn connect_in_3_1() {
    accepts(
        3,
        "10 16 00064d514973647003 c0 000a 000161 000175 0002ff00",
        &json!({
            "type": "connect", "protocol_name": "MQIsdp", "protocol_level": 3, "clean": false,
            "keepalive": 10, "client_id": "a", "will": null, "username": "u", "password": "ff00",
            "properties": [],
        }),
    );
}

#[test]
fn connect_in_5_0() {
    accepts(
        5,
        "10 35 00044d51545405 c6 0014 13 1500014d 16000200ff 210005 2600016b000176 000161 07 0101 1800000005 000174 000170 000175 000100",
        &json!({
            "type": "connect", "protocol_name": "MQTT", "protocol_level": 5, "clean": true,
            "keepalive": 20, "client_id": "a",
            "will": {
                "qos": 0, "retain": false, "topic": "t", "payload": "70", "properties": [[1, 1], [24, 5]],
            },
            "username": "u", "password": "00",
            "properties": [[21, "M"], [22, "00ff"], [33, 5], [38, ["k", "v"]]],
        }),
    );
}

#[test]
fn connack() {
    let packet = |session_present: bool, code: u8, properties: Value| {
        json!({
            "type": "connack", "session_present": session_present, "code": code, "properties": properties,
        })
    };
    // The code is the byte on the wire.
    accepts(3, "20 02 00 00", &packet(false, 0, json!([])));
    accepts(4, "20 02 00 05", &packet(false, 5, json!([])));
    accepts(5, "20 03 00 87 00", &packet(false, 0x87, json!([])));
    accepts(5, "20 06 01 00 03 220000", &packet(true, 0, json!([[34, 0]])));
}

#[test]
fn publish() {
    accepts(
        4,
        "3b 0a 000463697479 0007 4c41",
        &json!({
            "type": "publish", "dup": true, "qos": 1, "retain": true, "topic": "city", "packet_id": 7,
            "payload": "4c41", "properties": [],
        }),
    );
}

#[test]
fn the_properties_of_publish_are_ordered_with_the_alias_among_them() {
    let hex = "30 21 0000 1e 26000161000162 230009 03000163 0bc801 260001610000 0100 090000 0b01";
    assert_eq!(
        answer(&line(5, hex, ""))["packet"],
        json!({
            "type": "publish", "dup": false, "qos": 0, "retain": false, "topic": "", "packet_id": null,
            "payload": "",
            "properties": [
                [1, 0], [3, "c"], [9, ""], [11, 200], [11, 1], [35, 9], [38, ["a", "b"]], [38, ["a", ""]],
            ],
        })
    );
}

#[test]
fn acknowledgements() {
    for (first, name, reason) in
        [("40", "puback", 0x10), ("50", "pubrec", 0x97), ("62", "pubrel", 0x92), ("70", "pubcomp", 0x92)]
    {
        let packet = |reason: u8, properties: Value| json!({"type": name, "packet_id": 258, "reason": reason, "properties": properties});
        let short = format!("{first} 02 0102");
        accepts(3, &short, &packet(0, json!([])));
        accepts(5, &short, &packet(0, json!([])));
        accepts(5, &format!("{first} 03 0102 {reason:02x}"), &packet(reason, json!([])));
        let reason_string = format!("{first} 08 0102 {reason:02x} 04 1f000177");
        accepts(5, &reason_string, &packet(reason, json!([[31, "w"]])));
    }
}

#[test]
fn subscribe() {
    accepts(
        4,
        "82 0c 0001 0003612f23 02 000162 00",
        &json!({
            "type": "subscribe", "packet_id": 1, "properties": [],
            "filters": [
                {
                    "filter": "a/#", "qos": 2, "no_local": false, "retain_as_published": false,
                    "retain_handling": 0,
                },
                {
                    "filter": "b", "qos": 0, "no_local": false, "retain_as_published": false,
                    "retain_handling": 0,
                },
            ],
        }),
    );
    accepts(
        5,
        "82 0a 0001 03 0b8001 00012b 2d",
        &json!({
            "type": "subscribe", "packet_id": 1, "properties": [[11, 128]],
            "filters": [
                {
                    "filter": "+", "qos": 1, "no_local": true, "retain_as_published": true,
                    "retain_handling": 2,
                },
            ],
        }),
    );
}

#[test]
fn unsubscribe() {
    accepts(
        4,
        "a2 0a 0001 000161 0003622f2b",
        &json!({"type": "unsubscribe", "packet_id": 1, "properties": [], "filters": ["a", "b/+"]}),
    );
    accepts(
        5,
        "a2 0c 0001 06 2600016b0000 000161",
        &json!({"type": "unsubscribe", "packet_id": 1, "properties": [[38, ["k", ""]]], "filters": ["a"]}),
    );
}

#[test]
fn suback_and_unsuback() {
    let packet = |name: &str, properties: Value, codes: Value| json!({"type": name, "packet_id": 1, "properties": properties, "codes": codes});
    accepts(4, "90 04 0001 02 80", &packet("suback", json!([]), json!([2, 0x80])));
    accepts(5, "90 05 0001 00 01 8f", &packet("suback", json!([]), json!([1, 0x8f])));
    accepts(3, "b0 02 0001", &packet("unsuback", json!([]), json!([])));
    let with_reason_string = "b0 09 0001 04 1f000177 00 11";
    accepts(5, with_reason_string, &packet("unsuback", json!([[31, "w"]]), json!([0, 0x11])));
}

#[test]
fn pings_disconnect_and_auth() {
    accepts(3, "c0 00", &json!({"type": "pingreq"}));
    accepts(5, "d0 00", &json!({"type": "pingresp"}));
    accepts(4, "e0 00", &json!({"type": "disconnect", "reason": 0, "properties": []}));
    accepts(5, "e0 01 04", &json!({"type": "disconnect", "reason": 4, "properties": []}));
    accepts(5, "f0 00", &json!({"type": "auth", "reason": 0, "properties": []}));
    accepts(
        5,
        "f0 0b 18 09 1500014d 1600024142",
        &json!({"type": "auth", "reason": 24, "properties": [[21, "M"], [22, "4142"]]}),
    );
}

#[test]
fn a_packet_that_can_be_decoded_but_not_encoded_has_no_encoding() {
    assert_eq!(
        answer(&line(5, "e0 01 8c", "")),
        json!({
            "id": "x", "verdict": "accept", "encoded": null, "error": null,
            "not_encoded": answer(&line(5, "e0 01 8c", ""))["not_encoded"],
            "packet": {"type": "disconnect", "reason": 140, "properties": []},
        })
    );
    let why = &answer(&line(5, "e0 01 8c", ""))["not_encoded"];
    assert!(why.as_str().is_some_and(|why| why.starts_with("DISCONNECT cannot carry 0x8C")), "{why}");
}

#[test]
fn incomplete_packets_have_the_needed_length() {
    for (hex, needed) in [("", 2), ("d0", 1), ("3080", 1), ("30808001", 16_384), ("300500016100", 1)] {
        assert_eq!(
            answer(&line(5, hex, "")),
            json!({
                "id": "x", "verdict": "incomplete", "packet": null, "encoded": null,
                "error": {"needed": needed},
            }),
            "{hex}"
        );
    }
}

#[test]
fn an_error_has_the_found_and_the_expected_value() {
    for (version, hex, found, expected) in [
        (4, "c2 00", json!("0b0010"), json!("0b0000")),
        (5, "40 03 000a 92", json!("0x92"), json!("a Reason Code of Table 3-4")),
        (5, "20 06 00 00 03 21 0000", json!("0"), json!("1 to 65535")),
        (4, "30 05 0003 6162ff", json!("0xff at byte 2 of the string"), Value::Null),
        (4, "30 04 0009 6162", json!("9 bytes"), json!("2 at most")),
        (5, "30 03 0000 00", Value::Null, Value::Null),
    ] {
        let error = &answer(&line(version, hex, ""))["error"];
        assert_eq!((&error["found"], &error["expected"]), (&found, &expected), "{hex}");
        let message = error["message"].as_str().expect("text");
        let is_told = |value: &Value| value.as_str().is_none_or(|value| message.contains(value));
        assert!(is_told(&found) && is_told(&expected), "{message}");
    }
}

#[test]
fn refused_packets_have_kind_offset_and_statement() {
    assert_eq!(
        answer(&line(5, "36 04 0001 61 00", "")),
        json!({
            "id": "x", "verdict": "reject", "packet": null, "encoded": null,
            "error": {
                "kind": "InvalidQos", "offset": 0, "found": "0b11", "expected": "0b00, 0b01 or 0b10",
                "statement": "[MQTT-3.3.1-4]", "reason_code": 0x81,
                "message": "PUBLISH: QoS, byte 0: a QoS of 3 does not exist [MQTT-3.3.1-4]",
            },
        })
    );
    // 3.1 has no numbered statements, and 3.x lacks these Reason Codes.
    let error = &answer(&line(3, "40 02 0000", ""))["error"];
    assert_eq!((&error["kind"], &error["offset"]), (&json!("ZeroPacketIdentifier"), &json!(2)));
    assert_eq!((&error["statement"], &error["reason_code"]), (&Value::Null, &Value::Null));
    // The name of the kind, without the data of its variant.
    rejects(5, "10 0d 00044d51545407 02 0000 00 0000", "", "UnsupportedProtocolLevel");
    rejects(5, "10 08 00054d5154545805", "", "UnsupportedProtocolName");
    rejects(5, "c0 00 00", "", "BytesAfterPacket");
    rejects(5, "c0 00 d0 00", "", "BytesAfterPacket");
    rejects(5, "20 02 00 01", "", "RefusedIn3x");
}

#[test]
fn the_sender_column_is_checked() {
    for (columns, verdict) in
        [("", "accept"), ("\tboth", "accept"), ("\tserver", "accept"), ("\tclient", "reject")]
    {
        assert_eq!(answer(&line(5, "d0 00", columns))["verdict"], verdict, "{columns}");
    }
}

/// Each option but one refuses some packets that the program accepts without the option. The exception accepts more
/// packets.
#[test]
fn each_option_changes_the_verdict() {
    let control = "30 04 000101 00";
    let noncharacter = "30 06 0003efbfbf 00";
    let alias = "30 06 0000 03 230002";
    let server_reference = "e0 06 00 04 1c000178";
    let will_3_1 = "10 15 00064d514973647003 06 0000 000161 000174 0001ff";
    let long_topic = format!("30 828002 8000 {}", "61".repeat(32_768));
    for (version, hex, sender, option, kind) in [
        (5, "d0 00", "both", "max_packet=1", "PacketTooLarge"),
        (5, alias, "both", "alias_max=1", "TopicAliasOverMaximum"),
        (4, "c0 8000", "both", "minlen3", "VarintNotMinimal"),
        (5, control, "both", "control", "ControlCharacter"),
        (5, control, "both", "unicode", "ControlCharacter"),
        (5, noncharacter, "both", "noncharacters", "Noncharacter"),
        (5, noncharacter, "both", "unicode", "Noncharacter"),
        (3, &long_topic, "both", "topic31", "TopicTooLong"),
        (3, will_3_1, "both", "v31text", "NotAscii"),
        (5, server_reference, "client", "srvref", "WrongDirection"),
    ] {
        let without = line(version, hex, &format!("\t{sender}"));
        assert_eq!(answer(&without)["verdict"], "accept", "{option}");
        rejects(version, hex, &format!("\t{sender}\tconnack3,{option}"), kind);
    }
    let bridge = "10 0c 00044d51545484 02 0000 0000";
    rejects(4, bridge, "\tclient", "UnsupportedProtocolLevel");
    assert_eq!(answer(&line(4, bridge, "\tclient\tbridge"))["packet"]["protocol_level"], 4);
}

#[test]
fn a_malformed_line_is_answered_with_bad_line() {
    for line in [
        "",
        "x",
        "x\t5",
        "x\t6\tc000",
        "x\t5.0\tc000",
        "x\t5\tc00",
        "x\t5\tzz00",
        "x\t5\tc0 00",
        "x\t5\t0xc000",
        "x\t5\tc000\tbroker",
        "x\t5\tc000\tboth\tstrict",
        "x\t5\tc000\tboth\tmax_packet=",
        "x\t5\tc000\tboth\tbridge=1",
        "x\t5\tc000\tboth\talias_max=65536",
        "x\t5\tc000\tboth\t\tmore",
    ] {
        let answers = batch(&format!("{line}\ny\t5\tc000\n"));
        let [bad, good] = &answers[..] else { panic!("{line:?}: {answers:?}") };
        let message = &bad["error"]["message"];
        assert!(message.is_string(), "{line:?}");
        let id = line.split('\t').next();
        assert_eq!(*bad, json!({"id": id, "verdict": "bad-line", "error": {"message": message}}));
        // The next line is still answered.
        assert_eq!((&good["id"], &good["verdict"]), (&json!("y"), &json!("accept")), "{line:?}");
    }
    let output = inspect(&["--batch"], b"\xff\t5\tc000\n");
    assert!(shown(&output).starts_with("{\"id\":\"\u{fffd}\",\"verdict\":\"bad-line\""));
}

#[test]
fn the_answer_to_a_malformed_line_names_the_column() {
    for (columns, words) in [
        ("\tboth\tstrict", &["\"strict\""][..]),
        ("\tboth\tunicode,nonsense,bridge", &["\"nonsense\""]),
        ("\tboth\tnonsense=5", &["\"nonsense\""]),
        ("\tboth\tbridge=1", &["\"bridge\"", "no value"]),
        ("\tboth\tmax_packet", &["\"max_packet\"", "a number"]),
        ("\tboth\tmax-packet-size=x", &["\"max-packet-size\"", "\"x\"", "4294967295"]),
        ("\tboth\talias_max=65536", &["\"alias_max\"", "\"65536\"", "65535"]),
        ("\tbroker", &["SENDER", "\"broker\""]),
    ] {
        let answer = answer(&line(5, "c0 00", columns));
        assert_eq!(answer["verdict"], "bad-line", "{columns}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(words.iter().all(|word| message.contains(word)), "{columns}: {message}");
    }
}

/// Each option of a line has the same name as on the command line.
#[test]
fn options_have_the_names_of_the_command_line() {
    let alias = "30 06 0000 03 230002";
    for (version, hex, sender, option, kind) in [
        (5, "d0 00", "both", "max-packet-size=1", "PacketTooLarge"),
        (5, alias, "both", "topic-alias-maximum=1", "TopicAliasOverMaximum"),
        (4, "c0 8000", "both", "require-minimal-lengths", "VarintNotMinimal"),
        (5, "30 04 000101 00", "both", "refuse-control-characters", "ControlCharacter"),
        (5, "30 06 0003efbfbf 00", "both", "refuse-noncharacters", "Noncharacter"),
        (3, &format!("30 828002 8000 {}", "61".repeat(32_768)), "both", "limit-v3-1-topics", "TopicTooLong"),
        (3, "10 15 00064d514973647003 06 0000 000161 000174 0001ff", "both", "require-v3-1-text", "NotAscii"),
        (5, "e0 06 00 04 1c000178", "client", "refuse-client-server-reference", "WrongDirection"),
    ] {
        rejects(version, hex, &format!("\t{sender}\t{option}"), kind);
    }
    let bridge = "10 0c 00044d51545484 02 0000 0000";
    assert_eq!(answer(&line(4, bridge, "\tclient\taccept-bridge"))["verdict"], "accept");
}

/// `--help` describes this case.
#[test]
fn a_connack_of_3_x_is_refused_in_5_0() {
    rejects(5, "20 02 00 01", "", "RefusedIn3x");
    for code in 2..=5 {
        rejects(5, &format!("20 02 00 {code:02x}"), "", "InvalidReasonCode");
    }
    let output = inspect(&["--help"], b"");
    let help = shown(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("RefusedIn3x for code 1, InvalidReasonCode for codes 2 to 5"), "{help}");
}

/// `CONFORMANCE.md` lists this case among the choices.
#[test]
fn authentication_data_without_a_method_in_connack_is_refused() {
    rejects(5, "20 07 00 00 04 16000164", "", "AuthenticationMethodMissing");
    assert_eq!(answer(&line(5, "20 07 00 87 04 16000164", ""))["verdict"], "accept");
}

#[test]
fn line_ends_and_upper_case_digits_are_accepted() {
    let lines = "a\t5\tc000\r\nb\t5\tC000\tclient\r\nc\t5\td000\tserver\tunicode\r\nd\t5\tD000";
    let answers = batch(lines);
    let ids: Vec<_> = answers.iter().filter_map(|answer| answer["id"].as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    assert!(answers.iter().all(|answer| answer["verdict"] == "accept"), "{answers:?}");
    assert!(batch("").is_empty());
}

#[test]
fn command_line_limits_apply_to_every_line() {
    let input = b"a\t5\tc000\nb\t5\tc000\tboth\tmax_packet=2\n";
    let output = inspect(&["--batch", "--max-packet-size", "1"], input);
    let refused: Vec<_> = shown(&output).lines().map(|line| line.contains("PacketTooLarge")).collect();
    assert_eq!(refused, [true, false]);
}

#[test]
fn tolerated_deviations_are_listed() {
    let suback = |columns| answer(&line(4, "92 03 00 01 00", columns));
    assert_eq!(suback("")["verdict"], "reject");
    let tolerated = suback("\tserver\ttolerate=maximum-qos-2,tolerate=ack-flags");
    assert_eq!((&tolerated["verdict"], &tolerated["encoded"]), (&json!("accept"), &json!("9003000100")));
    assert_eq!(tolerated["tolerated"], json!(["ack-flags"]));
    let right = answer(&line(4, "90 03 00 01 00", "\tserver\ttolerate=all"));
    assert_eq!(right.get("tolerated"), None, "nothing was");
    assert_eq!(suback("\tserver\ttolerate=everything")["verdict"], "bad-line");
    assert_eq!(suback("\tserver\ttolerate")["verdict"], "bad-line");
}
