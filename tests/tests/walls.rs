//! Packages that are behind one wall: named in one place, or nowhere.

use onetape_tests::code::{code, lines_with};
use onetape_tests::lock::{foreign, locked, sources};
use onetape_tests::{assert_none, files};

/// Most packages of others that the lock file may have, every feature and every system's among them.
const PACKAGES_MAX: usize = 575;

/// The journal's codec module, which alone knows the crate that encodes.
const CODEC: &str = "core/src/journal/codec.rs";

/// Manifests that name a dependency.
fn manifests_with(dependency: &str) -> Vec<String> {
    let manifests = files::files(&["Cargo.toml"]);
    let names = |line: &str| {
        let rest = line.trim_start().strip_prefix(dependency);
        rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    manifests
        .into_iter()
        .filter(|file| file.text.lines().any(names))
        .map(|file| file.path)
        .collect()
}

#[test]
fn the_codec_alone_names_bincode() {
    let mut found = Vec::new();
    for file in files::rust() {
        let lines = lines_with(&file.path, &code(&file.text), &["bincode"]);
        if file.path == CODEC {
            assert!(
                !lines.is_empty(),
                "{CODEC} no longer uses it: drop the rule"
            );
        } else {
            found.extend(lines);
        }
    }
    assert_none("bincode outside the codec", &found);
    assert_eq!(manifests_with("bincode"), ["Cargo.toml", "core/Cargo.toml"]);
}

#[test]
fn polars_is_for_reports_alone() {
    let mut found = Vec::new();
    for file in files::rust() {
        if !file.is_in(&["reports"]) {
            found.extend(lines_with(&file.path, &code(&file.text), &["polars"]));
        }
    }
    let manifests = manifests_with("polars");
    // The command line only passes the feature on.
    let known = ["Cargo.toml", "reports/Cargo.toml", "scenarios/Cargo.toml"];
    let elsewhere = manifests
        .into_iter()
        .filter(|path| !known.contains(&path.as_str()));
    found.extend(elsewhere);
    assert_none("polars outside reports", &found);
}

#[test]
fn nothing_is_unsafe() {
    let mut found = Vec::new();
    for file in files::rust() {
        found.extend(lines_with(&file.path, &code(&file.text), &["unsafe"]));
    }
    assert_none("unsafe code", &found);
    let root = files::read("Cargo.toml");
    assert!(root.lines().any(|line| line == "unsafe_code = \"forbid\""));
    for manifest in files::files(&["Cargo.toml"]) {
        let inherits = manifest.text.contains("[lints]\nworkspace = true");
        let path = &manifest.path;
        assert!(path == "Cargo.toml" || inherits, "{path} has no such lints");
    }
}

#[test]
fn bincode_stays_where_the_journal_was_written_with_it() {
    let locked = locked();
    let versions: Vec<&str> = locked
        .iter()
        .filter(|(name, _)| name == "bincode")
        .map(|(_, version)| version.as_str())
        .collect();
    assert_eq!(versions, ["2.0.1"], "see core/docs/0003-journal.md");
    let root = files::read("Cargo.toml");
    let pin = root.lines().find(|line| line.starts_with("bincode = "));
    assert!(
        pin.is_some_and(|line| line.contains("\"=2.0.1\"")),
        "the manifest does not pin it: {pin:?}"
    );
}

#[test]
fn arrow_and_parquet_are_there_once() {
    let mut locked = locked();
    locked.sort();
    let ours = |name: &str| name == "arrow" || name == "parquet" || name.starts_with("arrow-");
    let twice: Vec<String> = locked
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0 && ours(&pair[0].0))
        .map(|pair| format!("{} {} and {}", pair[0].0, pair[0].1, pair[1].1))
        .collect();
    assert_none("two versions of one package", &twice);
    for name in ["arrow-array", "parquet"] {
        assert!(locked.iter().any(|(known, _)| known == name), "{name}");
    }
}

#[test]
fn s14_packages_of_others_are_counted_and_come_from_the_registry() {
    let sources = sources();
    assert_none("packages that are not of crates.io", &foreign(&sources));
    let count = sources.len();
    assert!(
        count <= PACKAGES_MAX,
        "Cargo.lock has {count} packages of others, {PACKAGES_MAX} are allowed. Look what the new ones are for (`cargo tree -i \
         NAME`), switch off features that bring them, or do without; when they are worth it, raise PACKAGES_MAX in the \
         commit that adds them and say why"
    );
    // A limit far above what there is limits nothing.
    assert!(
        count + 25 >= PACKAGES_MAX,
        "Cargo.lock has {count} packages of others alone: lower PACKAGES_MAX from {PACKAGES_MAX}"
    );
}
