//! What waits for a person, and a person's word on it.
//!
//! What waits follows from the journal: a quarantined task, a tripped breaker, balances that are not explained, a halt, an
//! order to close that would lose more than `max_single_loss`, and news of trades and orders at an account that are not
//! the run's own. A word on it is an event with who said it, so the journal is the trail of it.

use alloc::format;
use alloc::string::{String, ToString};

use crate::event::Seq;
use crate::journal::codec::{Decode, Encode};
use crate::names::{Names, TaskId};
use crate::num::Money;
use crate::risk::BreakerKind;
use crate::time::Ts;

/// What can wait. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Item {
    /// A halt. Approved, the run goes on; denied, it stays halted.
    Halt,
    /// A task whose repair was given up. Approved, its legs are mended again; denied, it stays as it is.
    Quarantine(TaskId),
    /// An order to close what a task holds, at more loss than may be had without asking. Denied, it is forgotten.
    Unwind(TaskId),
    /// A breaker that is tripped. Approved, it is reset.
    Breaker(BreakerKind),
    /// Balances that differ from the books. Approved, the venues' hold.
    Balances,
    /// News of something at an account that is not the run's own. Approved, it was seen and may stay; denied, nothing is
    /// opened until `resume`.
    Foreign(Seq),
}

impl Item {
    /// Its id, as people write it.
    pub fn id(&self, names: &Names) -> String {
        match self {
            Self::Halt => "halt".to_string(),
            Self::Quarantine(task) => format!("quarantine:{}", names.task(*task)),
            Self::Unwind(task) => format!("unwind:{}", names.task(*task)),
            Self::Breaker(kind) => format!("breaker:{}", kind.name()),
            Self::Balances => "balances".to_string(),
            Self::Foreign(seq) => format!("foreign:{}", seq.0),
        }
    }

    /// The item of an id; `None` where it is no item's.
    pub fn parse(text: &str, names: &Names) -> Option<Self> {
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let task = || {
            let at = names.tasks.iter().position(|name| name == rest)?;
            u16::try_from(at).ok().map(TaskId)
        };
        match word {
            "halt" if rest.is_empty() => Some(Self::Halt),
            "balances" if rest.is_empty() => Some(Self::Balances),
            "quarantine" => task().map(Self::Quarantine),
            "unwind" => task().map(Self::Unwind),
            "breaker" => {
                let mut kinds = BreakerKind::ALL.into_iter();
                kinds.find(|kind| kind.name() == rest).map(Self::Breaker)
            }
            "foreign" => rest.parse().ok().map(|seq| Self::Foreign(Seq(seq))),
            _ => None,
        }
    }

    /// What approving it does, in words.
    pub const fn effect(&self) -> &'static str {
        match self {
            Self::Halt => "the run goes on",
            Self::Quarantine(_) => "its legs are mended again",
            Self::Unwind(_) => "its legs are closed at that loss",
            Self::Breaker(_) => "the breaker is reset",
            Self::Balances => "the venues' balances hold",
            Self::Foreign(_) => "it was seen and may stay",
        }
    }
}

/// A person's word on something that waits.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Verdict {
    /// On what.
    pub item: Item,
    /// Yes or no.
    pub approved: bool,
    /// Who said so: the user of the machine.
    pub who: String,
    /// Why, where it was said.
    pub why: Option<String>,
}

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What.
    pub item: Item,
    /// Since when.
    pub since: Ts,
    /// Why it waits.
    pub why: String,
    /// What approving it is expected to lose, in quote units; `None` where that cannot be said.
    pub loss: Option<Money>,
    /// Who said no to it, when, and why.
    pub denied: Option<Denial>,
}

/// A no to something that still waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Who said so.
    pub who: String,
    /// When.
    pub at: Ts,
    /// Why, where it was said.
    pub why: Option<String>,
}

crate::value!(struct Denial { who, at, why });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_by_its_id() {
        let names = Names {
            tasks: ["a", "b:c"].map(String::from).to_vec(),
            ..Names::default()
        };
        let items = [
            Item::Halt,
            Item::Quarantine(TaskId(1)),
            Item::Unwind(TaskId(0)),
            Item::Breaker(BreakerKind::DailyLoss),
            Item::Balances,
            Item::Foreign(Seq(12)),
        ];
        for item in items {
            assert_eq!(Item::parse(&item.id(&names), &names), Some(item));
        }
        for text in ["", "halt:a", "unwind:x", "breaker:x", "foreign:-1", "other"] {
            assert_eq!(Item::parse(text, &names), None, "{text}");
        }
    }
}
