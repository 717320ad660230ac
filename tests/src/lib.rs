//! What tests of the whole need to look at the whole: its files, their code without comments, its packages.
//!
//! The tests themselves are in `tests/tests/`, one rule a file.

pub mod code;
pub mod files;
pub mod keys;
pub mod lock;
pub mod packages;

/// Fails with every finding on a line of its own, so that all are seen at once.
///
/// # Panics
/// When there is any finding.
#[track_caller]
pub fn assert_none(rule: &str, findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{rule}: {} found\n{}",
        findings.len(),
        findings.join("\n")
    );
}
