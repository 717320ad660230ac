//! A text that is not shown, and wiped when it goes.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key, a signature's secret, a passphrase.
///
/// It cannot be printed:
///
/// ```compile_fail
/// # let secret = onetape_live::secrets::Secret::new("s".to_string());
/// println!("{secret}");
/// ```
///
/// copied:
///
/// ```compile_fail
/// # let secret = onetape_live::secrets::Secret::new("s".to_string());
/// let another = secret.clone();
/// ```
///
/// or serialised:
///
/// ```compile_fail
/// # let secret = onetape_live::secrets::Secret::new("s".to_string());
/// let text = serde_json::to_string(&secret);
/// ```
///
/// where this compiles:
///
/// ```
/// let secret = onetape_live::secrets::Secret::new("s".to_string());
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// assert_eq!(secret.expose(), "s");
/// ```
pub struct Secret(String);

impl Secret {
    /// Takes a text over; there is no other copy unless somebody made one.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for signing and for nothing that is kept.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, to tell keys apart; `None` where that would be half of it or more.
    pub fn last_four(&self) -> Option<&str> {
        let from = self.0.char_indices().rev().nth(3)?.0;
        (from > 4).then(|| &self.0[from..])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// In a time that tells the lengths at most.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}
