//! The example `inspect`, run as its users run it.

use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the example.
fn inspect(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(executable())
        .args(args)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may refuse its arguments and read nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Cargo builds the examples with the tests, and puts them beside the directory of the tests.
fn executable() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(format!("inspect{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "first run `cargo build --example inspect`: there is no {}", path.display());
    path
}

fn shown(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What `--batch` answers to these lines.
fn batch(input: &str) -> Vec<Value> {
    let output = inspect(&["--batch"], input.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    shown(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What `--batch` answers to one line.
fn answer(line: &str) -> Value {
    match &batch(line)[..] {
        [answer] => answer.clone(),
        answers => panic!("{line:?}: {answers:?}"),
    }
}

/// The packet with these bytes is accepted, shown like this, and encoded to the same bytes.
#[track_caller]
fn accepts(version: u8, hex: &str, packet: &Value) {
    let hex = hex.replace(' ', "");
    let expected = json!({"id": "1", "verdict": "accept", "packet": packet, "encoded": hex, "error": null});
    assert_eq!(answer(&format!("1\t{version}\t{hex}")), expected);
}

/// The packet is refused for this reason.
#[track_caller]
fn rejects(version: u8, hex: &str, columns: &str, kind: &str) {
    let answer = answer(&line(version, hex, columns));
    assert_eq!(answer["verdict"], "reject", "{answer}");
    assert_eq!(answer["error"]["kind"], kind, "{answer}");
}

fn line(version: u8, hex: &str, columns: &str) -> String {
    format!("x\t{version}\t{}{columns}", hex.replace(' ', ""))
}

#[test]
fn connect() {
    // The will of Client123.
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
    // A CONNECT goes by its own name and level.
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
fn packets_with_little_in_them() {
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
fn what_may_be_read_but_not_written_has_no_encoding() {
    assert_eq!(
        answer(&line(5, "e0 01 8c", "")),
        json!({
            "id": "x", "verdict": "accept", "encoded": null, "error": null,
            "packet": {"type": "disconnect", "reason": 140, "properties": []},
        })
    );
}

#[test]
fn unfinished_packets() {
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
fn refused_packets() {
    assert_eq!(
        answer(&line(5, "36 04 0001 61 00", "")),
        json!({
            "id": "x", "verdict": "reject", "packet": null, "encoded": null,
            "error": {
                "kind": "InvalidQos", "offset": 0, "statement": "[MQTT-3.3.1-4]", "reason_code": 0x81,
                "message": "PUBLISH: QoS, byte 0: a QoS of 3 does not exist [MQTT-3.3.1-4]",
            },
        })
    );
    // 3.1 has no numbered statements, and 3.x no such reason codes.
    let error = &answer(&line(3, "40 02 0000", ""))["error"];
    assert_eq!((&error["kind"], &error["offset"]), (&json!("ZeroPacketIdentifier"), &json!(2)));
    assert_eq!((&error["statement"], &error["reason_code"]), (&Value::Null, &Value::Null));
    // The name of the kind, without what it carries.
    rejects(5, "10 0d 00044d51545407 02 0000 00 0000", "", "UnsupportedProtocolLevel");
    rejects(5, "10 08 00054d5154545805", "", "UnsupportedProtocolName");
    rejects(5, "c0 00 00", "", "BytesAfterPacket");
    rejects(5, "c0 00 d0 00", "", "BytesAfterPacket");
    rejects(5, "20 02 00 01", "", "RefusedIn3x");
}

#[test]
fn senders() {
    for (columns, verdict) in
        [("", "accept"), ("\tboth", "accept"), ("\tserver", "accept"), ("\tclient", "reject")]
    {
        assert_eq!(answer(&line(5, "d0 00", columns))["verdict"], verdict, "{columns}");
    }
}

/// Each option refuses what is accepted without it, but for the one that accepts.
#[test]
fn options() {
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
fn lines_of_another_form() {
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
        // And the run goes on.
        assert_eq!((&good["id"], &good["verdict"]), (&json!("y"), &json!("accept")), "{line:?}");
    }
    let output = inspect(&["--batch"], b"\xff\t5\tc000\n");
    assert!(shown(&output).starts_with("{\"id\":\"\u{fffd}\",\"verdict\":\"bad-line\""));
}

#[test]
fn line_ends_and_letters() {
    let lines = "a\t5\tc000\r\nb\t5\tC000\tclient\r\nc\t5\td000\tserver\tunicode\r\nd\t5\tD000";
    let answers = batch(lines);
    let ids: Vec<_> = answers.iter().filter_map(|answer| answer["id"].as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    assert!(answers.iter().all(|answer| answer["verdict"] == "accept"), "{answers:?}");
    assert!(batch("").is_empty());
}

#[test]
fn the_limits_of_the_command_line_hold_for_every_line() {
    let input = b"a\t5\tc000\nb\t5\tc000\tboth\tmax_packet=2\n";
    let output = inspect(&["--batch", "--max-packet-size", "1"], input);
    let refused: Vec<_> = shown(&output).lines().map(|line| line.contains("PacketTooLarge")).collect();
    assert_eq!(refused, [true, false]);
}

#[test]
fn exit_codes() {
    for (args, input, code) in [
        (&["--hex"][..], "c000 d000", 0),
        (&["--hex"], "", 0),
        (&["--hex"], "c100 d000", 1),
        (&["--hex"], "c000 d0", 1),
        (&["--hex", "--from", "server"], "c000", 1),
        (&["--hex"], "c00", 2),
        (&["--hex"], "hello", 2),
        (&["--hex", "--version", "6"], "c000", 2),
        (&["--hex", "--batch"], "", 2),
        (&["--nonsense"], "", 2),
        (&["no such file"], "", 2),
        (&["--batch"], "1\t5\tc100\nnonsense\n", 0),
    ] {
        let output = inspect(args, input.as_bytes());
        assert_eq!(output.status.code(), Some(code), "{args:?} {input:?}");
        assert_eq!(output.stderr.is_empty(), code != 2, "{args:?} {input:?}");
    }
}

#[test]
fn hex_as_people_write_it() {
    for text in ["c000", "C0 00\n", "0xc0, 0x00", "0xC0,0x0", " c 0 0 0 ", "0xc000"] {
        let output = inspect(&["--hex"], text.as_bytes());
        assert!(shown(&output).contains("#1 PINGREQ, offset 0, 2 bytes\n"), "{text:?}");
        assert_eq!(output.status.code(), Some(0), "{text:?}");
    }
}

#[test]
fn a_packet_field_by_field() {
    let output = inspect(&["--version", "3.1.1"], b"\x3b\x0a\x00\x04city\x00\x07LA");
    let expected = "\
#1 PUBLISH, offset 0, 12 bytes
   0  3b                       0011 ....  Packet Type: 3 (PUBLISH)
                               .... 1...  DUP: 1
                               .... .01.  QoS: 1 (at least once)
                               .... ...1  RETAIN: 1
   1  0a                       Remaining Length: 10
   2  00 04 63 69 74 79        Topic Name: \"city\"
   8  00 07                    Packet Identifier: 7
  10  4c 41                    Payload: \"LA\"

1 packet, 12 bytes, MQTT 3.1.1: all fine
";
    assert_eq!(shown(&output), expected);
}

/// The second of two strings that are one field: the mark stands under it.
#[test]
fn a_fault_in_the_middle_of_a_field() {
    for hex in ["e008 0006 2600000001 01", "300b 000161 07 26000161000101"] {
        let output = inspect(&["--hex", "--version", "5.0", "--refuse-control-characters"], hex.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        let shown = shown(&output);
        let mut lines = shown.lines().skip_while(|line| !line.contains("User Property: "));
        let hex = lines.next().expect("the field");
        let mark = lines.next().expect("the mark").find("^^").expect("a mark");
        // Behind the name, at the length of the value.
        assert_eq!(&hex[mark..mark + 8], "00 01 01", "{shown}");
    }
}

#[test]
fn a_refused_packet_and_the_one_behind_it() {
    let output = inspect(&["--hex"], b"30 0b 0001 61 07 26 0001 6b 0001 ff   c0 00");
    let expected = "\
MQTT 5.0 is assumed: no good CONNECT tells the version (see --version)

#1 PUBLISH, offset 0, 13 bytes
   0  30                       0011 ....  Packet Type: 3 (PUBLISH)
                               .... 0...  DUP: 0
                               .... .00.  QoS: 0 (at most once)
                               .... ...0  RETAIN: 0
   1  0b                       Remaining Length: 11
   2  00 01 61                 Topic Name: \"a\"
   5  07                       Property Length: 7
   6  26                         Property Identifier: 0x26
   7  00 01 6b 00 01 ff        User Property: \"k\" = \"\\xff\"
               ^^
      refused  User Property, byte 10: the string is not well-formed UTF-8
               [MQTT-1.5.7-1]
      answer   DISCONNECT 0x81 (Malformed Packet) [e0 01 81], then close

#2 PINGREQ, offset 13, 2 bytes
   0  c0                       1100 ....  Packet Type: 12 (PINGREQ)
                               .... 0000  Flags: 0
   1  00                       Remaining Length: 0

2 packets, 15 bytes, MQTT 5.0: not all fine
the version is only assumed: --version names another one
";
    assert_eq!(shown(&output), expected);
}

#[test]
fn a_refused_packet_of_which_the_end_is_known_or_not() {
    // DISCONNECT with wrong flags: its length is known.
    let output = inspect(&["--hex"], b"e1 02 00 00 c0 00");
    assert!(shown(&output).contains("#2 PINGREQ, offset 4, 2 bytes\n"), "{}", shown(&output));
    // A Remaining Length of five bytes.
    let output = inspect(&["--hex"], b"30 ff ff ff ff 01 c0 00");
    assert!(shown(&output).contains("where the next packet begins is not known\n"));
    assert!(!shown(&output).contains("#2"));
}

#[test]
fn the_end_of_the_input_inside_a_packet() {
    let output = inspect(&["--hex"], b"c000 30 05 0001");
    assert!(shown(&output).contains("#2 PUBLISH, offset 2, 4 of 7 bytes\n"));
    assert!(shown(&output).contains("the input ends inside the packet: 3 bytes missing\n"));
}

/// Whatever is wrong with the packet, `hunter2` is in neither column.
#[test]
fn secrets_are_hidden() {
    for hex in [
        // The password of a good CONNECT, one that is cut short, and one that no flag announces.
        "10 19 00044d51545404 c2 0000 000161 000175 000768756e74657232",
        "10 19 00044d51545404 c2 0000 000161 000175 0009 68756e74657232",
        "10 16 00044d51545404 02 0000 000161 000768756e74657232",
        // A user name with a length that takes the password in, and more.
        "10 19 00044d51545404 c2 0000 000161 00ff75 000768756e74657232",
        // Flags that are refused before the password is reached.
        "10 19 00044d51545404 c3 0000 000161 000175 000768756e74657232",
        "11 19 00044d51545404 c2 0000 000161 000175 000768756e74657232",
        // Authentication Data, the second time without its method.
        "f0 10 18 0e 1500014d 16000768756e74657232",
        "20 0d 00 00 0a 16000768756e74657232",
    ] {
        assert!(hex.contains("68756e74657232"));
        let output = inspect(&["--hex"], hex.as_bytes());
        let shown = shown(&output);
        assert!(shown.contains("#1 "), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("68 75 6e"), "{shown}");
    }
}

#[test]
fn secrets_are_shown_to_who_asks() {
    let hex = "10 19 00044d51545404 c2 0000 000161 000175 000768756e74657232";
    let output = inspect(&["--hex", "--show-secrets"], hex.as_bytes());
    let password = "  00 07 68 75 6e 74 65 72  Password: \"hunter2\"\n      32\n";
    assert!(shown(&output).contains(password), "{}", shown(&output));
    // The batch is for machines.
    assert_eq!(answer(&line(4, hex, ""))["packet"]["password"], "68756e74657232");
}

#[test]
fn captures() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "bin") {
            capture(&path);
            count += 1;
        }
    }
    assert_eq!(count, 180);
}

/// All packets are good, and no line is too wide.
fn capture(path: &Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    // BROKER-CLIENT-VERSION-WHAT.SENDER.bin
    let version = name.split(['-', '.']).find_map(|part| match part {
        "31" => Some("3.1"),
        "311" => Some("3.1.1"),
        "5" => Some("5.0"),
        _ => None,
    });
    let version = version.unwrap();
    let sender = if name.ends_with(".client.bin") { "client" } else { "server" };
    let mut args = vec![path.to_str().unwrap(), "--from", sender];
    // On the client's side CONNECT tells the version.
    if sender == "server" {
        args.extend(["--version", version]);
    }
    let output = inspect(&args, b"");
    let shown = shown(&output);
    if name == "aedes-mqttjs-5-refused.server.bin" {
        assert_eq!(output.status.code(), Some(1));
        assert!(shown.contains("the server answers in 3.x"), "{shown}");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{name}: {shown}");
    let size = std::fs::metadata(path).unwrap().len();
    assert!(shown.ends_with(&format!(", {size} bytes, MQTT {version}: all fine\n")), "{name}: {shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{name}: {shown}");
}
