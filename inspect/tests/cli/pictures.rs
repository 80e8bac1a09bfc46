//! Compares the screenshots of the READMEs with the output of the program. `UPDATE=1 cargo test -p mqtt-inspect pictures`
//! draws them again.

use super::PROGRAM;
use anstyle::{AnsiColor, RgbColor};
use anstyle_svg::Term;
use mqtt_wire::{Connect, Encode, Qos, Version, Will, binary, text, topic_name};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn a_connect_with_a_will() {
    let folder = std::env::temp_dir().join(format!("mqtt-inspect-pictures-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    // The README has the same example.
    let will = Will {
        qos: Qos::AtLeastOnce,
        retain: true,
        ..Will::new(topic_name!("/status"), binary!(b"Client123 is offline"))
    };
    let connect =
        Connect { client_id: text!("Client123"), will: Some(will), ..Connect::new(Version::V3_1_1) };
    fs::write(folder.join("connect.bin"), connect.encode(Version::V3_1_1, &mut [0; 128]).unwrap()).unwrap();
    let printed = printed(&["connect.bin"], b"", &folder);
    fs::remove_dir_all(&folder).unwrap();
    is_as_printed("connect.svg", "mqtt-inspect connect.bin", &printed);
}

#[test]
fn a_refused_publish() {
    let hex = "36 06 00 01 61 00 01 00";
    let printed = printed(&[], format!("{hex}\n").as_bytes(), Path::new("."));
    is_as_printed("refused.svg", &format!("echo '{hex}' | mqtt-inspect"), &printed);
}

/// The output of the program on a terminal with colours and 80 columns.
fn printed(args: &[&str], input: &[u8], folder: &Path) -> String {
    let mut child = Command::new(PROGRAM)
        .args(args)
        .current_dir(folder)
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Compares the picture with a new one. `command` is the line of the user.
fn is_as_printed(picture: &str, command: &str, printed: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pictures").join(picture);
    let should = screenshot(command, printed);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &should).unwrap();
    } else {
        let is = fs::read_to_string(&file).unwrap();
        assert!(is == should, "{picture}: UPDATE=1 cargo test -p mqtt-inspect pictures, and look at it");
    }
}

/// A dark terminal, which can be read on light and on dark pages.
fn screenshot(command: &str, printed: &str) -> String {
    let mut palette = anstyle_svg::WIN10_CONSOLE;
    for (colour, lighter) in [
        (AnsiColor::Red, RgbColor(0xff, 0x7b, 0x72)),
        (AnsiColor::Green, RgbColor(0x56, 0xd3, 0x64)),
        (AnsiColor::Yellow, RgbColor(0xe3, 0xb3, 0x41)),
        (AnsiColor::Cyan, RgbColor(0x79, 0xc0, 0xff)),
    ] {
        palette.0[colour as usize] = lighter;
    }
    let terminal = Term::new()
        .palette(palette)
        .fg_color(RgbColor(0xe6, 0xed, 0xf3).into())
        .bg_color(RgbColor(0x16, 0x1b, 0x22).into());
    let svg = terminal.render_svg(&format!("\x1b[2m$\x1b[0m {command}\n{}", printed.trim_end()));
    // Browsers do not apply `opacity` to a part of a text.
    let svg = svg.replace(".dimmed { opacity: 0.4; }", ".dimmed { fill-opacity: 0.6; }");
    // Without `viewBox`, a page that is too narrow would cut the picture off.
    let (head, rest) = svg.split_once(">\n").expect("a first line");
    let size = |name: &str| {
        let (_, value) = head.split_once(&format!("{name}=\"")).expect("a size");
        value.split_once("px\"").expect("in pixels").0.to_owned()
    };
    let view = format!("viewBox=\"0 0 {} {}\"", size("width"), size("height"));
    format!("{head} {view}>\n  <title>{command}</title>\n{rest}")
}
