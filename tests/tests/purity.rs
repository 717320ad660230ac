//! What decides has no clock, no files, no threads, no randomness, no hash order, and no float functions that
//! differ between machines.

use std::path::Path;

use onetape_tests::code::{code, lines_with};
use onetape_tests::packages::cargo;
use onetape_tests::{assert_none, files};

/// Folders of the packages whose results must be the same on every machine.
const PURE: [&str; 4] = ["core", "adapters", "sim", "reports"];

const FORBIDDEN: [&str; 12] = [
    "Instant::now",
    "SystemTime",
    "thread::",
    "HashMap",
    "HashSet",
    "RandomState",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "rand::",
    "tokio",
];

/// Methods of floats whose last bit depends on the machine's mathematics library; `libm` has the same everywhere.
const FLOATS: [&str; 24] = [
    "ln", "ln_1p", "log", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi", "sin", "cos",
    "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "sqrt", "cbrt",
    "hypot",
];

#[test]
fn the_core_compiles_alone() {
    // In a build of the whole workspace others switch std features on, and a float function in the core would
    // compile. So it is checked by itself, in a target folder of its own.
    let output = cargo()
        .args(["check", "--package", "onetape-core", "--lib"])
        .args(["--locked", "--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", alone())
        .output()
        .expect("cargo runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "onetape-core alone:\n{words}");
}

fn alone() -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("core-alone")
}

#[test]
fn the_core_is_no_std_without_conditions() {
    let text = files::read("core/src/lib.rs");
    let code = code(&text);
    assert!(code.lines().any(|line| line == "#![no_std]"));
    let extern_std: Vec<&str> = code
        .lines()
        .zip(code.lines().skip(1))
        .filter(|(_, line)| line.contains("extern crate std"))
        .map(|(before, _)| before.trim())
        .collect();
    assert_eq!(extern_std, ["#[cfg(test)]"], "std is for tests alone");
    let conditional = code.contains("cfg_attr");
    assert!(!conditional, "core/src/lib.rs has a conditional attribute");
}

#[test]
fn pure_packages_name_nothing_impure() {
    let methods: Vec<String> = FLOATS.iter().map(|name| format!(".{name}(")).collect();
    let functions: Vec<String> = FLOATS.iter().map(|name| format!("f64::{name}")).collect();
    let words: Vec<&str> = FORBIDDEN
        .into_iter()
        .chain(methods.iter().map(String::as_str))
        .chain(functions.iter().map(String::as_str))
        .collect();
    let sources = PURE.map(|folder| format!("{folder}/src"));
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for file in files::rust().iter().filter(|file| file.is_in(&sources)) {
        found.extend(lines_with(&file.path, &code(&file.text), &words));
    }
    assert_none("words that a pure package may not use", &found);
}

#[test]
fn pure_packages_ban_the_same_with_clippy() {
    for folder in PURE {
        let text = files::read(&format!("{folder}/clippy.toml"));
        for path in [
            "std::time::Instant::now",
            "std::time::SystemTime::now",
            "std::thread::spawn",
            "std::collections::HashMap",
            "std::collections::HashSet",
            "f64::ln",
            "f64::exp",
            "f64::powf",
        ] {
            let quoted = format!("\"{path}\"");
            assert!(text.contains(&quoted), "{folder}/clippy.toml misses {path}");
        }
    }
}
