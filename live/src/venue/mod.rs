//! One venue as it is spoken to: where it is ([`Urls`]), what its clock shows ([`ClockOffset`]), how much may still be
//! asked ([`Budgets`]), and a request from question to answer ([`VenueSetup::ask`]).

mod budgets;
mod offset;
mod setup;
mod urls;

#[cfg(test)]
mod tests;

pub use budgets::{Budgets, Hold, Priority};
pub use offset::{ClockOffset, Measured};
pub use setup::{AskFault, SharedCounts, VenueSetup};
pub(crate) use setup::{other_answer, refused};
pub use urls::{Overrides, Urls, UrlsError};
