//! Files that can be read in a sitting, say what they are, and hold nothing half done.

use onetape_tests::assert_none;
use onetape_tests::code::{code, lines_with};
use onetape_tests::files::{self, Source};

/// Most lines of a file of Rust.
const LINES_MAX: usize = 700;

/// Endings of text that people write.
const WRITTEN: [&str; 6] = [".rs", ".toml", ".md", ".css", ".html", ".yml"];

/// Lines of a file that hold any of the texts, wherever.
fn lines_holding(file: &Source, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for text in texts.iter().filter(|text| line.contains(**text)) {
            found.push(format!("{}:{}: {text}", file.path, number + 1));
        }
    }
    found
}

#[test]
fn files_are_short() {
    let long = files::rust().into_iter().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines", file.path))
    });
    assert_none(
        "files of more lines than the limit",
        &long.collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_is_left_to_be_done() {
    // Put together here, so that this file does not find itself.
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let stubs = ["todo!", "unimplemented!", "#[ignore"];
    let mut found = Vec::new();
    for file in files::files(&WRITTEN) {
        found.extend(lines_holding(&file, &notes));
        if file.path.ends_with(".rs") {
            found.extend(lines_with(&file.path, &code(&file.text), &stubs));
        }
    }
    assert_none("things left to be done", &found);
}

#[test]
fn modules_say_what_they_are() {
    let silent = files::rust().into_iter().filter_map(|file| {
        let first = file.text.lines().next().unwrap_or_default();
        let says = first
            .strip_prefix("//! ")
            .is_some_and(|words| words.len() > 3);
        (!says).then_some(file.path)
    });
    assert_none(
        "files that do not begin with `//! …`",
        &silent.collect::<Vec<_>>(),
    );
}

#[test]
fn lines_end_where_their_text_does() {
    let mut found = Vec::new();
    for file in files::files(&WRITTEN) {
        for (number, line) in file.text.lines().enumerate() {
            if line != line.trim_end() {
                found.push(format!("{}:{}", file.path, number + 1));
            }
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            found.push(format!("{}: no newline at its end", file.path));
        }
    }
    assert_none("blanks at the end of lines", &found);
}

#[test]
fn no_machine_is_named() {
    let folders = ["/home/", "/root/", "/tmp/", "/Users/"];
    let mut found = Vec::new();
    for file in files::files(&WRITTEN) {
        // Tests may call a made-up path by such a name.
        let is_test = file
            .path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs");
        if !is_test {
            found.extend(lines_holding(&file, &folders));
        }
    }
    assert_none("paths of a machine", &found);
}
