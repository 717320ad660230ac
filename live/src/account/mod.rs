//! The live side of orders and accounts: what it is told, and what it tells.
//!
//! `Accounts::start(venues, names, to, halt, latch, options)` opens the streams of all accounts of a run, and is then the
//! run's `Gateway`. `Accounts::reconcile(&Known)` holds what the journal knows against what the venues say; differences
//! go through the queue as events, and what people should know comes as a [`Reconciled`] and as [`Notice`]s.

mod known;
mod notice;
mod options;

pub use known::{Known, KnownOrder, Orphan, PositionGap, Reconciled};
pub use notice::Notice;
pub use options::{AccountOptions, WantedSettings};
