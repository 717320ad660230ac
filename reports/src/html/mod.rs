//! One self-contained page: no script, no font, no address to load anything from.

mod curve;
mod number;
#[cfg(test)]
mod tests;
mod view;

use askama::Template;

use crate::facts::RunFacts;
use crate::report::Report;
use view::Page;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the report's page could not be rendered: {0}")]
pub struct PageError(#[from] askama::Error);

/// The page of a report.
///
/// # Errors
/// When the template cannot be rendered, which only a failing formatter brings about.
pub fn page(report: &Report, facts: &RunFacts) -> Result<String, PageError> {
    Ok(Page::new(report, facts).render()?)
}
