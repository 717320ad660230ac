//! What can be wrong with given parameters, and how to put it right.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{ParamKind, ParamSpec};

/// Why given parameters are not what a strategy declares. Each message says what is wrong and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The strategy declares no such parameter.
    #[error("`{name}` is not a parameter of this strategy; {}", hint(*nearest, known))]
    Unknown {
        /// As given.
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
        /// Every declared name.
        known: Vec<&'static str>,
    },
    /// A required parameter is not given.
    #[error("`{}` is missing; add `{}`: {}", .0.name, example(.0), .0.doc)]
    Missing(&'static ParamSpec),
    /// The text is not of the declared type.
    #[error("`{}` is {text:?}, expected {}{}", spec.name, spec.kind.expects(), details(spec))]
    Value {
        /// The declaration.
        spec: &'static ParamSpec,
        /// As given.
        text: String,
    },
    /// The value is out of its bounds.
    #[error("`{}` is {text}, out of range; give {}{}{}", spec.name, spec.range().unwrap_or_default(), unit(spec), instead(spec))]
    Range {
        /// The declaration.
        spec: &'static ParamSpec,
        /// As given.
        text: String,
    },
    /// The same parameter is given twice.
    #[error("`{0}` is given twice; keep one")]
    Twice(String),
    /// Exactly one of a group must be given, and none is.
    #[error("one of {} is missing; give exactly one of them", quoted(.0))]
    NoneOf(&'static [&'static str]),
    /// Exactly one of a group must be given, and several are.
    #[error(
        "{} exclude each other, and {} are given; keep one of them",
        quoted(group),
        quoted(given)
    )]
    SeveralOf {
        /// The group.
        group: &'static [&'static str],
        /// Those that are given.
        given: Vec<&'static str>,
    },
    /// At least one of a group must be given, and none is.
    #[error("none of {} is given; give at least one of them", quoted(.0))]
    NoneOfAny(&'static [&'static str]),
}

impl ParamError {
    /// The name of the parameter that is wrong, as given; `None` when something is absent.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Unknown { name, .. } | Self::Twice(name) => Some(name),
            Self::Value { spec, .. } | Self::Range { spec, .. } => Some(spec.name),
            Self::SeveralOf { given, .. } => given.last().copied(),
            Self::Missing(_) | Self::NoneOf(_) | Self::NoneOfAny(_) => None,
        }
    }
}

fn hint(nearest: Option<&str>, known: &[&str]) -> String {
    match nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "it takes none; remove it".into(),
        None => format!("known are {}", quoted(known)),
    }
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn unit(spec: &ParamSpec) -> String {
    if spec.unit.is_empty() {
        String::new()
    } else {
        format!(" ({})", spec.unit)
    }
}

fn instead(spec: &ParamSpec) -> String {
    if spec.hint.is_empty() {
        String::new()
    } else {
        format!("; {}", spec.hint)
    }
}

fn details(spec: &ParamSpec) -> String {
    let range = spec
        .range()
        .map_or_else(String::new, |range| format!(", {range}"));
    format!("{}{range}", unit(spec))
}

fn example(spec: &ParamSpec) -> String {
    let value = match spec.kind {
        ParamKind::Bps => "10.0",
        ParamKind::Money => "\"1000\"",
        ParamKind::Quantity => "\"1\"",
        ParamKind::Span => "\"6h\"",
        ParamKind::Integer => "1",
        ParamKind::Flag => "true",
        ParamKind::Choice(words) => {
            return format!("{} = {:?}", spec.name, words.first().unwrap_or(&""));
        }
    };
    format!("{} = {value}", spec.name)
}
