//! The venue's side of Gate, spot and USDT futures: requests in, answers and streams out.
//!
//! Both markets share signatures, envelopes and labels of failures, so that each function takes the market.

mod channels;
mod errors;
mod frames;
mod limits;
mod market;
mod numbers;
mod orders;
mod own;
mod replies;
mod requests;
mod settings;
mod tell;

pub use channels::open;
pub use errors::words;
pub use frames::{ack, answer, frame};
pub use limits::{charges, habits};
pub use orders::settle;
pub use replies::reply;
pub use requests::request;
pub use tell::tell;

#[cfg(test)]
mod tests;
