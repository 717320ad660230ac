//! The table of what found each bug, in `sim/docs/planted.md`.

use std::fmt::Write as _;
use std::path::Path;

/// One bug.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// Who found it.
    pub(crate) by: String,
    /// How many seeds that took.
    pub(crate) seeds: u64,
}

const BEGINS: &str = "| bug | what it does | found by | seeds |\n";

fn table(lines: &[Line]) -> String {
    let mut text = format!("{BEGINS}|---|---|---|---|\n");
    for line in lines {
        let Line {
            name,
            what,
            by,
            seeds,
        } = line;
        let _ = writeln!(text, "| `{name}` | {what} | {by} | {seeds} |");
    }
    text
}

/// The page's table is what was found; with `PLANTED_UPDATE` set it is written instead.
pub(crate) fn compare(lines: &[Line]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/planted.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (words, old) = page.split_once(BEGINS).unwrap();
    let new = table(lines);
    if std::env::var_os("PLANTED_UPDATE").is_some() {
        std::fs::write(&path, format!("{words}{new}")).unwrap();
    } else {
        let old = format!("{BEGINS}{old}");
        assert_eq!(old, new, "the page is old: run again with PLANTED_UPDATE=1");
    }
}
