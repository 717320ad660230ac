//! The live side of orders and accounts: what it is told, and what it tells.
//!
//! [`Accounts::start`] opens the streams of all accounts of a run, and is then the run's
//! [`Gateway`](onetape_core::engine::Gateway). [`Accounts::reconcile`] holds what the journal knows against what the
//! venues say; differences go through the queue as events, and what people should know comes as a [`Reconciled`] and as
//! [`Notice`]s, each as it was [`Told`].
//!
//! What is known of each order is decided in one place without sockets or a clock; around it are the connection of
//! orders, the private stream, and questions by REST.

mod accounts;
mod board;
mod dead_man;
mod entry;
mod error;
mod follow;
mod inquiry;
mod known;
mod notice;
mod options;
mod pace;
mod send;
mod settings;
mod stream;
mod venue;
mod warm;

#[cfg(test)]
mod tests;

pub use accounts::{Accounts, FeeWorth};
pub use board::Told;
pub use error::AccountError;
pub use known::{Known, KnownOrder, Orphan, PositionGap, Reconciled};
pub use notice::Notice;
pub use options::{AccountOptions, WantedSettings};
