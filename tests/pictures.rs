//! Compares the pictures of the guide. The pages in the repository link to files. rustdoc copies no files, so
//! `src/guide/links/pictures.md` has the pictures as data for its pages. `UPDATE=1 cargo test --test
//! pictures` writes the file again.

use std::fmt::Write;
use std::fs;
use std::path::Path;

#[test]
fn the_docs_have_the_pictures_of_the_guide() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide");
    let mut files: Vec<_> =
        fs::read_dir(guide.join("pictures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut should = String::new();
    for file in &files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let svg = fs::read(file).unwrap();
        writeln!(should, "[{name}]: data:image/svg+xml,{}", percent_encoded(&svg)).unwrap();

        let links = format!("[{name}]: pictures/{name}.svg");
        let pages =
            fs::read_dir(&guide).unwrap().filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok());
        assert!(pages.into_iter().any(|page| page.contains(&links)), "a page shows {name}");
    }
    assert!(!files.is_empty());

    let data = guide.join("links/pictures.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&data, &should).unwrap();
    }
    assert!(fs::read_to_string(&data).unwrap() == should, "UPDATE=1 cargo test --test pictures");
}

/// All characters but letters, digits and those without a meaning in Markdown or a URL.
fn percent_encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'/' | b':' | b'=' | b',' | b';' => {
                text.push(char::from(*byte));
            }
            other => write!(text, "%{other:02X}").unwrap(),
        }
        text
    })
}
