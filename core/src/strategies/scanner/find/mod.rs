//! Opportunities over many instruments, found from their tops of book and ranked.
//!
//! What can be traded is listed once, as [`Route`]s; each knows its instruments. When a top moves, the routes over it
//! are judged again, and nothing else. An opportunity is a route whose net edge, after every fee of it, reaches what is
//! asked for, on books that are of one moment, in a size that the touches show and that both ends' minima allow.

mod net;
mod route;
mod scanner;
mod size;
#[cfg(test)]
mod tests;

pub use net::Top;
pub use route::{Kind, Route, Step, routes};
pub use scanner::{News, Opportunity, ScanRules, Scanner};
pub use size::Sized;
