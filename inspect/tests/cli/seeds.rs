//! Compares the seeds of `fuzz/inspect` with the captures of these tests. `UPDATE=1 cargo test -p mqtt-inspect
//! seeds` writes the seeds again.

use super::captures;

#[test]
fn the_seeds_are_the_captures_of_these_tests() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/captures");
    for (name, file) in captures::samples().into_iter().chain(super::websocket::samples()) {
        let path = format!("{folder}/{name}");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(path, file).unwrap();
        } else {
            assert!(
                std::fs::read(path).is_ok_and(|is| is == file),
                "UPDATE=1 cargo test -p mqtt-inspect seeds: {name}"
            );
        }
    }
}
