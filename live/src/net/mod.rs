//! HTTP and WebSocket clients over TLS that always verifies; nothing here knows a venue.
//!
//! Three things hold for every connection. A certificate must lead to a trusted root, be of the name that was asked for
//! and be valid now: there is no switch against it. Nothing is spoken without TLS except with this machine itself. A
//! redirect is an error, wherever it leads.
//!
//! Every error tells by its [`Reach`] how far the request came, because an order whose request may have reached the
//! venue is unknown until the venue says what became of it.

mod dial;
mod endpoint;
mod error;
mod http;
mod stream;
mod timed;
mod tls;
mod ws;

#[cfg(test)]
mod tests;

pub use dial::{DialLimits, Dialer};
pub use endpoint::{Endpoint, EndpointError, Scheme};
pub use error::{CloseWords, NetError, Reach, Trouble};
pub use http::{HttpClient, HttpLimits, Method, Request, Response};
pub use stream::Stream;
pub use tls::{Trust, TrustError};
pub use ws::{Frame, WsClient, WsLimits};

pub(crate) use ws::{frame_of, message_of, settings};
