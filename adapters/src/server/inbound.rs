//! What clients send.

use std::fmt;

use crate::request::Method;

/// An HTTP request as it came in. `Debug` shows the way alone: the rest carries keys and signatures.
#[derive(Clone, Copy)]
pub struct Inbound<'a> {
    /// How.
    pub method: Method,
    /// Path from the root, as sent.
    pub path: &'a str,
    /// Query without its question mark, as sent; empty for none.
    pub query: &'a str,
    /// Headers, names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body as sent.
    pub body: &'a [u8],
}

impl<'a> Inbound<'a> {
    /// The value of a header, found in any case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut all = self.headers.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// The body as text; `None` where it is none.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.body).ok()
    }
}

impl fmt::Debug for Inbound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbound({} {} ..)", self.method.name(), self.path)
    }
}
