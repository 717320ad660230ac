//! One self-contained page: scripts, style and data are in it, and it loads nothing.

mod compare;
mod define;
mod embed;
mod number;
mod study;
#[cfg(test)]
mod tests;
mod view;

use askama::Template;

use crate::compare::Comparison;
use crate::detail::Timelines;
use crate::facts::RunFacts;
use crate::report::Report;
use compare::ComparePage;
use study::StudyPage;
pub use study::{Drawn, Study, StudyDrawing, StudyFigure, StudyPlot, StudyTable};
use view::Page;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A formatter failed.
    #[error("the report's page could not be rendered: {0}")]
    Rendered(#[from] askama::Error),
    /// A number is no JSON.
    #[error("the data of the report's page could not be written: {0}")]
    Data(#[from] serde_json::Error),
    /// Data could not be deflated.
    #[error("the data of the report's page could not be packed: {0}")]
    Packed(std::io::Error),
}

/// The page of a report. Round trips whose timelines are given can be opened to their decisions and events.
///
/// # Errors
/// When the template cannot be rendered or data not be written, which only a failing formatter brings about.
pub fn to_html(
    report: &Report,
    facts: &RunFacts,
    timelines: &Timelines,
) -> Result<String, PageError> {
    Ok(Page::new(report, facts, timelines)?.render()?)
}

/// The page of two runs side by side.
///
/// # Errors
/// As of [`to_html`].
pub fn comparison_to_html(
    compared: &[Comparison],
    reports: [&Report; 2],
    names: [&str; 2],
) -> Result<String, PageError> {
    Ok(ComparePage::new(compared, reports, names)?.render()?)
}

/// The page of many runs.
///
/// # Errors
/// As of [`to_html`].
pub fn study_to_html(study: &Study) -> Result<String, PageError> {
    Ok(StudyPage::new(study)?.render()?)
}
