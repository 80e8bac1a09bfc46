//! Tests that the example `own_packets` encodes and decodes its own packet types, in 3.1.1 and 5.0.

use mqtt_wire_testkit::examples;

#[test]
fn the_server_receives_the_packets_of_the_client() {
    let output = examples::run("own_packets", &[]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]), "{stdout}");
    for part in ["3.1.1\n", "5.0\n"] {
        let (_, of_version) = stdout.split_once(part).unwrap_or_else(|| panic!("{part:?} not in\n{stdout}"));
        let lines: Vec<_> = of_version.lines().take(3).collect();
        assert!(lines[0].contains("not sent: the packet has 201"), "{stdout}");
        assert!(
            lines[1].contains("Subscribe { pkid: 1") && lines[1].contains("rooms/+/temperature"),
            "{stdout}"
        );
        assert!(lines[2].contains("Publish { dup: false") && lines[2].contains("rooms/7/light"), "{stdout}");
        assert_eq!(lines[2].contains("the door"), part == "5.0\n", "{stdout}");
    }
}
