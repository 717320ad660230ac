//! Parameters of a request in their order, and percent-encoding.

use std::fmt::{self, Write};

/// Parameters in the order in which they are sent and signed. `Debug` shows their names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<Param>);

#[derive(Clone, PartialEq, Eq)]
struct Param {
    name: &'static str,
    value: String,
    raw: bool,
}

impl Params {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends one.
    pub fn push(&mut self, name: &'static str, value: impl fmt::Display) -> &mut Self {
        self.0.push(Param {
            name,
            value: value.to_string(),
            raw: false,
        });
        self
    }

    /// Appends one whose value is sent as it stands: JSON in a form, which some venues take without escapes.
    pub fn push_raw(&mut self, name: &'static str, value: impl fmt::Display) -> &mut Self {
        self.0.push(Param {
            name,
            value: value.to_string(),
            raw: true,
        });
        self
    }

    /// Appends one that is there.
    pub fn push_some(&mut self, name: &'static str, value: Option<impl fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.push(name, value),
            None => self,
        }
    }

    /// True for none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|it| (it.name, it.value.as_str()))
    }

    /// `a=1&b=2`, values percent-encoded.
    pub fn encoded(&self) -> String {
        let mut text = String::new();
        for param in &self.0 {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(param.name);
            text.push('=');
            match param.raw {
                true => text.push_str(&param.value),
                false => encode_into(&mut text, &param.value),
            }
        }
        text
    }

    /// `a=1&b=2` without any escape.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.iter() {
            if !text.is_empty() {
                text.push('&');
            }
            let _ = write!(text, "{name}={value}");
        }
        text
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|param| param.name))
            .finish()
    }
}

/// A text percent-encoded: all but letters, digits and `-._~`, in upper-case hex.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text);
    out
}

fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_in_order() {
        let mut params = Params::new();
        params
            .push("symbol", "１2")
            .push("n", 5)
            .push_raw("l", "[1]");
        params.push_some("none", None::<u8>).push("t", "a b/c");
        assert_eq!(params.encoded(), "symbol=%EF%BC%912&n=5&l=[1]&t=a%20b%2Fc");
        assert_eq!(params.plain(), "symbol=１2&n=5&l=[1]&t=a b/c");
        assert_eq!(format!("{params:?}"), r#"["symbol", "n", "l", "t"]"#);
    }
}
