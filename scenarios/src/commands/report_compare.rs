//! Two runs side by side: `onetape report A B`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_reports::stats::Assumptions;
use onetape_reports::{Comparison, Report, comparison_to_html, comparison_to_text};
use serde::Serialize;

use super::report::{facts, read};

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    first: Side<'a>,
    second: Side<'a>,
    assets: &'a [Comparison],
}

/// One of the runs.
#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    run_id: &'a str,
}

/// Compares the runs of two folders.
pub(super) fn run(
    folders: [&PathBuf; 2],
    assume: Assumptions,
    page: Option<&Path>,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let [first, second] = folders;
    let reports = [read(first, assume, err)?, read(second, assume, err)?];
    let ids = [
        facts(first, &reports[0])?.run_id,
        facts(second, &reports[1])?.run_id,
    ];
    let names = names(folders);
    let names = [names[0].as_str(), names[1].as_str()];
    let compared = Comparison::of(&reports[0], &reports[1]);
    if let Some(path) = page {
        let both: [&Report; 2] = [&reports[0], &reports[1]];
        fs::write(path, comparison_to_html(&compared, both, names)?)
            .with_context(|| format!("{}: the page cannot be written", path.display()))?;
    }
    if json {
        let side = |at: usize| Side {
            name: names[at],
            run_id: &ids[at],
        };
        let document = Document {
            first: side(0),
            second: side(1),
            assets: &compared,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write!(out, "{}", comparison_to_text(&compared, names))?;
    }
    Ok(0)
}

/// What the two are called: the names of their folders, with the way to them where the names are equal.
fn names(folders: [&PathBuf; 2]) -> [String; 2] {
    let short = folders.map(|folder| folder.file_name().map(|name| name.to_string_lossy()));
    match short {
        [Some(first), Some(second)] if first != second => [first.into_owned(), second.into_owned()],
        _ => folders.map(|folder| folder.display().to_string()),
    }
}
