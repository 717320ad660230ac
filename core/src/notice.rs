//! What a run in real time learns beside its market and its orders, and people may conclude something from.

use alloc::string::String;

use crate::journal::codec::{Decode, Encode};

/// Something that people should find in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// In words.
    pub text: String,
}

/// What a notice is about. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum NoticeKind {
    /// A person ordered something; the order itself follows.
    Ordered,
    /// A venue or an account.
    Venue,
    /// The journal and the disk.
    Journal,
    /// A part of the run is unwell, or well again.
    Health,
    /// Something at an account that is not the run's doing: it waits for a person.
    Foreign,
}

impl NoticeKind {
    /// The word used in pages and journals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Venue => "venue",
            Self::Journal => "journal",
            Self::Health => "health",
            Self::Foreign => "foreign",
        }
    }

    /// True when it waits for a person's word.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Foreign)
    }
}
