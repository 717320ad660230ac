//! Bugs that tests can plant are in no build that does not ask for them, and nothing asks for them by itself.

use onetape_tests::assert_none;
use onetape_tests::code::{code, lines_with};
use onetape_tests::files;
use onetape_tests::packages::cargo;

/// Packages and their features as cargo resolves them with these words: a line each.
fn resolved(words: &[&str]) -> Vec<String> {
    let output = cargo()
        .args(["tree", "--prefix", "none", "--format", "{lib} {f}"])
        .args(["--offline", "--locked"])
        .args(words)
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree: {said}");
    let text = String::from_utf8(output.stdout).expect("cargo tree prints text");
    text.lines().map(|line| line.trim().to_string()).collect()
}

#[test]
fn no_build_has_planted_bugs_that_does_not_ask_for_them() {
    let has = |words: &[&str]| {
        let core = resolved(words).into_iter();
        let mut core = core.filter(|line| line.split(' ').next() == Some("onetape_core"));
        let first = core.next().expect("the core is in every build");
        first.contains("planted") || core.any(|line| line.contains("planted"))
    };
    assert!(!has(&["--workspace"]));
    assert!(!has(&["--package", "onetape"]));
    assert!(!has(&["--package", "onetape", "--features", "s3"]));
    let asked = ["--package", "onetape-sim", "--features", "planted"];
    assert!(has(&asked), "the words to look for have changed");
}

#[test]
fn no_manifest_turns_planted_bugs_on() {
    let mut named = Vec::new();
    for manifest in files::files(&["Cargo.toml"]) {
        let lines = manifest.text.lines().filter(|line| !line.starts_with('#'));
        let lines = lines.filter(|line| line.contains("planted"));
        named.extend(lines.map(|line| format!("{}: {line}", manifest.path)));
    }
    let known = [
        "core/Cargo.toml: planted = []",
        "sim/Cargo.toml: name = \"planted\"",
        "sim/Cargo.toml: path = \"tests/planted/main.rs\"",
        "sim/Cargo.toml: required-features = [\"planted\"]",
        "sim/Cargo.toml: planted = [\"onetape-core/planted\"]",
    ];
    assert_eq!(named, known);
}

/// A bug is a line beside the right code; the switch and the words of the bugs are in one file.
#[test]
fn the_feature_is_asked_for_in_one_file() {
    let mut found = Vec::new();
    for file in files::rust() {
        let is_source = file.path.contains("/src/") && file.path != "core/src/planted.rs";
        if is_source {
            // Strings are blanked out: the name of a feature is one.
            let asks = file.text.contains("feature = \"planted\"");
            found.extend(asks.then(|| file.path.clone()));
            if !file.path.starts_with("core/") {
                found.extend(lines_with(&file.path, &code(&file.text), &["planted("]));
            }
        }
    }
    assert_none("planted bugs elsewhere", &found);
}
