//! Two runs side by side: `onetape report A B`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_reports::stats::Assumptions;
use onetape_reports::{
    Aligner, Alignment, Comparison, Report, alignment_to_text, comparison_to_html,
    comparison_to_text,
};
use serde::Serialize;

use super::report::facts;
use super::report_fold::read;
use crate::run::sightings;
use crate::two::Two;

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    first: Side<'a>,
    second: Side<'a>,
    /// How their times go together, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    alignment: Option<&'a Alignment>,
    assets: &'a [Comparison],
}

/// One of the runs.
#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    run_id: &'a str,
}

/// Compares the runs of two folders; with `align`, on one time.
pub(super) fn run(
    folders: [&PathBuf; 2],
    assume: Assumptions,
    align: bool,
    page: Option<&Path>,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<u8> {
    let [first, second] = folders;
    let two = Two::start()?;
    let reports = [
        read(first, assume, &two, err)?,
        read(second, assume, &two, err)?,
    ];
    let ids = [
        facts(first, &reports[0])?.run_id,
        facts(second, &reports[1])?.run_id,
    ];
    let names = names(folders);
    let names = [names[0].as_str(), names[1].as_str()];
    let by = align.then(|| alignment(folders)).transpose()?;
    let compared = Comparison::aligned(&reports[0], &reports[1], by.as_ref());
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
            alignment: by.as_ref(),
            assets: &compared,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write!(out, "{}", comparison_to_text(&compared, names))?;
        if let Some(by) = &by {
            write!(out, "{}", alignment_to_text(by))?;
        }
    }
    Ok(0)
}

/// How the times of two runs go together, by the market that both saw.
fn alignment(folders: [&PathBuf; 2]) -> anyhow::Result<Alignment> {
    let [first, second] = folders;
    let mut aligner = Aligner::default();
    sightings(second, |key, at| aligner.second(key, at))?;
    sightings(first, |key, at| aligner.first(key, at))?;
    aligner.found().with_context(|| {
        format!(
            "{} and {} did not see one market: too few messages are the same in both; compare them without --align",
            first.display(),
            second.display()
        )
    })
}

/// What the two are called: the names of their folders, with the way to them where the names are equal.
fn names(folders: [&PathBuf; 2]) -> [String; 2] {
    let short = folders.map(|folder| folder.file_name().map(|name| name.to_string_lossy()));
    match short {
        [Some(first), Some(second)] if first != second => [first.into_owned(), second.into_owned()],
        _ => folders.map(|folder| folder.display().to_string()),
    }
}
