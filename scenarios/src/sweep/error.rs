//! Why a sweep did not do what was asked, and with which code the process ends.

/// Exit code of bad usage.
const BAD_USAGE: u8 = 2;
/// Exit code of what would fail again.
const PERMANENT: u8 = 42;
/// Exit code of what may succeed when it is tried again.
const TEMPORARY: u8 = 75;

/// A failure that a scheduler must be able to tell from others.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The command line asks for something that does not make sense.
    #[error("{0}")]
    Usage(String),
    /// It would fail in the same way again.
    #[error("{0}")]
    Permanent(String),
    /// It may succeed when it is tried again.
    #[error("{0}")]
    Temporary(String),
}

impl SweepError {
    /// Bad usage, as an error of any function.
    pub fn usage(text: impl Into<String>) -> anyhow::Error {
        Self::Usage(text.into()).into()
    }

    /// The exit code: 2 bad usage, 42 do not try again, 75 try again.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => BAD_USAGE,
            Self::Permanent(_) => PERMANENT,
            Self::Temporary(_) => TEMPORARY,
        }
    }
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The parameters': the same point fails everywhere in the same way.
    Point,
    /// The data or the program: every point fails until somebody puts it right.
    Permanent,
    /// The machine's: it may succeed when it is tried again.
    Temporary,
}

/// Tells whose fault an error of a run is.
pub fn fault(error: &anyhow::Error) -> Fault {
    use onetape_data::Error as Data;
    for cause in error.chain() {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return of_system(io);
        }
        match cause.downcast_ref::<Data>() {
            Some(Data::Io { source, .. }) => return of_system(source),
            Some(
                Data::NoCatalog { .. }
                | Data::Manifest { .. }
                | Data::Schema { .. }
                | Data::Changed { .. }
                | Data::Parquet { .. },
            ) => return Fault::Permanent,
            _ => {}
        }
    }
    Fault::Point
}

/// What is not there is named wrongly; anything else of a file system may pass.
fn of_system(error: &std::io::Error) -> Fault {
    if error.kind() == std::io::ErrorKind::NotFound {
        Fault::Permanent
    } else {
        Fault::Temporary
    }
}

/// Gives an error of a shard its exit code; errors that have one keep it.
pub fn coded(error: anyhow::Error) -> anyhow::Error {
    if error.downcast_ref::<SweepError>().is_some() {
        return error;
    }
    let text = crate::cli::words(&error);
    match fault(&error) {
        Fault::Temporary => SweepError::Temporary(text).into(),
        Fault::Point | Fault::Permanent => SweepError::Permanent(text).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn what_may_pass_is_tried_again() {
        let of = |kind| anyhow::Error::from(Error::from(kind)).context("reading");
        assert_eq!(fault(&of(ErrorKind::StorageFull)), Fault::Temporary);
        assert_eq!(fault(&of(ErrorKind::NotFound)), Fault::Permanent);
        assert_eq!(fault(&anyhow::anyhow!("no such leg")), Fault::Point);
        let changed = onetape_data::Error::Changed {
            path: "a".into(),
            expected: "x".into(),
            found: "y".into(),
        };
        assert_eq!(fault(&changed.into()), Fault::Permanent);
    }

    #[test]
    fn codes_are_kept() {
        let code = |error: anyhow::Error| coded(error).downcast::<SweepError>().unwrap().code();
        assert_eq!(code(SweepError::usage("x")), 2);
        assert_eq!(code(anyhow::anyhow!("x")), 42);
        assert_eq!(code(Error::from(ErrorKind::TimedOut).into()), 75);
    }
}
