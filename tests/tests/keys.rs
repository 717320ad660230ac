//! No key is in what is committed.

use onetape_tests::keys::keys_in;
use onetape_tests::{assert_none, files};

/// What looks like a key and is none: a file, how its text begins there, and why.
const KNOWN: [(&str, &str, &str); 7] = [
    (
        "adapters/src/credentials.rs",
        "NhqPtm",
        "the secret that Binance publishes to explain how requests are signed",
    ),
    (
        "adapters/src/credentials.rs",
        "c8db56",
        "the signature that Binance publishes beside it",
    ),
    (
        "adapters/src/mexc/server/tests.rs",
        "45d0b3",
        "the secret that MEXC publishes to explain how requests are signed",
    ),
    (
        "reports/assets/echarts.common.min.js",
        "transform3dSupported",
        "a name in a library's program",
    ),
    (
        "reports/assets/fetch",
        "61f132",
        "the SHA-256 of a file that is fetched",
    ),
    (
        "reports/assets/fetch",
        "634293",
        "the SHA-256 of a file that is fetched",
    ),
    (
        "reports/assets/fetch",
        "d491d3",
        "the SHA-256 of a file that is fetched",
    ),
];

/// Hashes that tools write, by the file and how the line begins.
fn is_hash(path: &str, line: &str) -> bool {
    let is = |begins: &str| line.starts_with(begins);
    (path == "Cargo.lock" && is("checksum = "))
        || (path.contains("proptest-regressions/") && is("cc "))
}

#[test]
fn s1_nothing_that_looks_like_a_key_is_committed() {
    let (mut found, mut used) = (Vec::new(), [false; KNOWN.len()]);
    for file in files::committed() {
        let lines: Vec<&str> = file.text.lines().collect();
        for key in keys_in(&file.text) {
            let known = KNOWN
                .iter()
                .position(|(path, begins, _)| *path == file.path && key.text.starts_with(begins));
            if let Some(at) = known {
                used[at] = true;
            } else if !is_hash(&file.path, lines[key.line - 1]) {
                // The whole of it would be in the log of whoever runs this.
                let begins: String = key.text.chars().take(6).collect();
                found.push(format!(
                    "{}:{}: {}, {begins}…",
                    file.path, key.line, key.what
                ));
            }
        }
    }
    assert_none(
        "what looks like a key; take it out and revoke it, or say in KNOWN why it is none",
        &found,
    );
    for ((path, begins, _), used) in KNOWN.iter().zip(used) {
        assert!(used, "{path} has no {begins}… any more: drop the exception");
    }
}
