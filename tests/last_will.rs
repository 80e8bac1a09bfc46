//! Runs the example `last_will` with its own broker in every version, and checks its errors.

use mqtt_wire_testkit::examples;
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Parts of the output, in order.
const STORY: [&str; 15] = [
    "  watcher   ← SUBACK      Granted QoS 1 ",
    "  Client123 → CONNECT ",
    "Will Retain: 1\n",
    "Will QoS: 1\n",
    "Will Topic: \"/status\"\n",
    "\"Client123 is offline\"\n",
    "Client123 vanishes",
    "  watcher   ← PUBLISH ",
    "QoS: 1\n",
    "RETAIN: 0\n",
    "  watcher   → PUBACK ",
    "  latecomer ← PUBLISH     \"Client123 is offline\", QoS 1, RETAIN ",
    "  Client456 → DISCONNECT ",
    "  watcher   ← PUBLISH     \"Client123 is online\", QoS 1 ",
    "\nProved: ",
];

#[test]
fn the_example_runs_in_every_version() {
    for version in ["3.1", "3.1.1", "5.0"] {
        let output = examples::last_will(&["--version", version]);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "MQTT {version}\n{stdout}{stderr}");
        assert_eq!(stderr, "");

        let mut rest = &stdout[..];
        for part in STORY {
            let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} not in\n{rest}"));
            rest = after;
        }
        assert!(!stdout.contains("Client456 is offline"), "the discarded will was received\n{stdout}");
    }
}

#[test]
fn the_output_fits_a_terminal_and_has_no_colours_in_a_pipe() {
    for version in ["3.1", "3.1.1", "5.0"] {
        let stdout = String::from_utf8(examples::last_will(&["--version", version]).stdout).unwrap();
        assert!(stdout.lines().count() <= 100, "{stdout}");
        assert!(!stdout.contains('\x1b'), "{stdout}");
        for line in stdout.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn errors_are_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // A broker that closes every connection. The broker reads first, because closing a socket with
    // unread bytes resets the connection.
    let broker = thread::spawn(move || {
        use std::io::Read;
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 1024]);
    });
    let output = examples::last_will(&["--broker", &address]);
    broker.join().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("sweeper expected CONNACK: Success: the broker has hung up"), "{stderr}");
}

/// A broker that accepts CONNECT and PUBLISH, and then runs the given action.
fn broker(then: impl Fn(TcpStream) + Send + 'static) -> String {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        for answer in [b"\x20\x02\x00\x00", b"\x40\x02\x00\x01"] {
            let _ = (socket.read(&mut [0; 1024]), socket.write_all(answer));
        }
        then(socket);
    });
    address
}

#[test]
fn the_example_ends_although_the_broker_keeps_sending() {
    use std::io::Write;
    let address = broker(|mut socket| {
        while socket.write_all(b"\xd0\x00").is_ok() {
            thread::sleep(std::time::Duration::from_millis(100));
        }
    });
    let output = examples::last_will(&["--broker", &address, "--patience", "5"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("sweeper expected the broker to hang up: nothing came in time"), "{stderr}");
}

#[test]
fn a_large_packet_is_shortened() {
    use std::io::{Read, Write};
    // The broker answers CONNECT with a PUBLISH. In the first round its length is refused, and in the
    // second round its length is legal.
    for (header, payload) in
        [(&b"\x30\x84\x80\x80\x60\x00\x01a"[..], 1 << 20), (b"\x30\x83\xf0\x01\x00\x01a", 30_720)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let _ = socket.read(&mut [0; 1024]);
            let _ = socket.write_all(&[header, &vec![b'x'; payload]].concat());
            let _ = socket.read(&mut [0; 1024]);
        });
        let output = examples::last_will(&["--broker", &address]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            output.stdout.len() + output.stderr.len() < 1024,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn wrong_arguments_print_the_usage() {
    for (arguments, complaint) in [
        (&["--colour"][..], "there is no option --colour"),
        (&["--broker"], "--broker needs a value"),
        (&["--version", "4"], "MQTT version: not one of 3.1, 3.1.1 and 5.0"),
    ] {
        let output = examples::last_will(arguments);
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with(complaint) && stderr.contains("\nUsage: "), "{stderr}");
    }
}
