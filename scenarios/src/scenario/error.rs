//! What is wrong with a scenario, where, and how to put it right.

use std::fmt;

use super::doc::{Place, Source};

/// One mistake in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// The line of the file, or the flag.
    pub place: Place,
    /// Dotted path of the field; empty for a syntax error.
    pub field: String,
    /// What is wrong, and the fix.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(line) => write!(f, "{}:{line}: ", self.file)?,
            Place::Flag(flag) => write!(f, "{flag}: ")?,
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("{file}: cannot read the scenario: {cause}; name a readable scenario file")]
    Read {
        /// The file, as it was named.
        file: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is longer than a scenario can be.
    #[error("{file}: is larger than {limit} bytes; a scenario is a short TOML file")]
    TooLarge {
        /// The file, as it was named.
        file: String,
        /// Largest size.
        limit: u64,
    },
    /// The file is not UTF-8 text.
    #[error("{file}:{line}: is not UTF-8 text; save the scenario as UTF-8")]
    Encoding {
        /// The file, as it was named.
        file: String,
        /// The line of the first bad byte.
        line: usize,
    },
    /// Mistakes, every one that was found, those of the file first and in the order of lines.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Mistakes as they are found, by dotted path.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<(String, String)>,
}

impl Problems {
    pub(super) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.found.push((field.into(), message.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// With their places, in the order of the file.
    pub(super) fn located(self, source: &Source) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .found
            .into_iter()
            .map(|(field, message)| Problem {
                file: source.file().to_string(),
                place: source.locate(&field),
                field,
                message,
            })
            .collect();
        problems.sort_by_key(|problem| match &problem.place {
            Place::Line(line) => *line,
            Place::Flag(_) => usize::MAX,
        });
        problems
    }

    /// An error when there is any.
    pub(super) fn check(self, source: &Source) -> Result<(), ScenarioError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(ScenarioError::Invalid(self.located(source)))
        }
    }
}
