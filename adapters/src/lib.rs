//! Venue protocols: bytes to messages and back. No sockets, no clock.
//!
//! What all venues share is here: what can be asked ([`ask`]), what goes to the wire ([`request`]), what comes back
//! ([`news`], [`report`], [`rules`]), what a failure means ([`outcome`]), how a book stays in step ([`sync`]), and what
//! was heard and not used ([`counts`]). Time, keys and instruments come in as arguments.
//!
//! Each venue has a folder with the same free functions; there is no trait:
//! - `rest(ask, cx)` and `frame(ask, id, cx)`: a request signed for HTTP, or for the venue's WebSocket order entry;
//! - `reply(ask, reply, cx, counts)` and `answer(ask, frame_answer, cx, counts)`: what came back for it;
//! - `hear(text, directory, counts, out)`: a message of a stream;
//! - `subscribe(feeds, id, cx)` and `unsubscribe(feeds, id, cx)`: frames that change what a connection tells;
//! - `budgets(reply)`: what may still be asked; `ERRORS`: what failures mean; `SYNC`: how depth messages connect.
//!
//! Who keeps connections to any of them goes through [`protocol`].

pub mod ask;
pub mod binance;
pub mod budget;
pub mod client_id;
pub mod counts;
pub mod credentials;
pub mod directory;
pub mod error;
pub mod feed;
pub mod gate;
mod json;
pub mod mexc;
pub mod news;
pub mod number;
pub mod outcome;
pub mod params;
pub mod protocol;
pub mod report;
pub mod request;
pub mod rules;
pub mod server;
pub mod stamp;
pub mod sync;
