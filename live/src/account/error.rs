//! Why the account side cannot begin.

use crate::venue::AskFault;

/// Why the account side cannot begin or compare.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A venue without a key.
    #[error(
        "{0} has no API key, and nothing can be traded without one; add it with `onetape keys add {0}`"
    )]
    NoKey(&'static str),
    /// The account's stream does not come up.
    #[error(
        "the account's stream of {venue} is not up after {seconds} s ({why}); nothing is traded without it"
    )]
    Stream {
        /// Whose.
        venue: &'static str,
        /// How long was waited.
        seconds: u64,
        /// The last word on it.
        why: String,
    },
    /// A question that must be answered first was not.
    #[error("{venue} does not tell {what}: {fault}")]
    Ask {
        /// Whose.
        venue: &'static str,
        /// What was asked.
        what: &'static str,
        /// What went wrong.
        fault: AskFault,
    },
    /// A setting is not what it must be after it was set.
    #[error(
        "{venue} has {what} of {instrument} at {is} after it was set to {wanted}; set it there by hand, or change the scenario"
    )]
    Setting {
        /// Whose.
        venue: &'static str,
        /// Of what.
        instrument: String,
        /// Which setting.
        what: &'static str,
        /// What it should be.
        wanted: String,
        /// What it is.
        is: String,
    },
    /// Two accounts of one venue in one run.
    #[error("{0} is there twice; a run has one account a venue")]
    Twice(&'static str),
}
