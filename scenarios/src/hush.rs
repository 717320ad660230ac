//! What is said to people goes without the secrets that this process has read.

use std::borrow::Cow;
use std::io::{self, Stderr, Write, stderr};
use std::sync::{PoisonError, RwLock};

use onetape_live::secrets::{Keys, Redacted, Redactor};

/// Knows the keys that were read last.
static KNOWN: RwLock<Option<Redactor>> = RwLock::new(None);

/// From here on these keys are in nothing that the log or an error says.
pub(crate) fn know(keys: &Keys) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    *known = Some(Redactor::of(keys));
}

/// Without them.
pub(crate) fn hushed(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().map_or(Cow::Borrowed(text), |known| {
        Cow::Owned(known.redact(text).into_owned())
    })
}

/// What a command says, line by line, without them. Before keys were read nothing is held back.
pub(crate) struct Hushed<'a> {
    to: &'a mut dyn Write,
    held: Vec<u8>,
}

impl<'a> Hushed<'a> {
    /// Says it to somebody.
    pub(crate) fn new(to: &'a mut dyn Write) -> Self {
        let held = Vec::new();
        Self { to, held }
    }

    fn give(&mut self, upto: usize) -> io::Result<()> {
        let rest = self.held.split_off(upto);
        let given = std::mem::replace(&mut self.held, rest);
        let text = String::from_utf8_lossy(&given);
        self.to.write_all(hushed(&text).as_bytes())
    }
}

fn nothing_is_known() -> bool {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.is_none()
}

impl Write for Hushed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.is_empty() && nothing_is_known() {
            return self.to.write(bytes);
        }
        self.held.extend_from_slice(bytes);
        if let Some(end) = self.held.iter().rposition(|byte| *byte == b'\n') {
            self.give(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.give(self.held.len())?;
        self.to.flush()
    }
}

impl Drop for Hushed<'_> {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.give(self.held.len());
    }
}

/// Where the log goes: stderr, line by line.
pub(crate) fn log() -> Redacted<Stderr> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.clone().unwrap_or_default().writer(stderr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_live::secrets::{Key, Secret};
    use std::sync::Mutex;

    /// What is known is one for all.
    static ONE: Mutex<()> = Mutex::new(());

    #[test]
    fn s3_a_panic_and_what_a_command_says_go_without_the_keys_that_were_read() {
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let canary = "canary-7b1e02d95fa3";
        let mut keys = Keys::default();
        keys.add(Key {
            venue: "gate-spot".into(),
            name: "main".into(),
            key: Secret::new("a-key-9876543210".into()),
            secret: Secret::new(canary.into()),
            passphrase: None,
        })
        .unwrap();
        let mut said = Vec::new();
        let mut out = Hushed::new(&mut said);
        know(&keys);
        write!(
            out,
            "one {canary}\ntwo signature=abcdef0123 {}",
            &canary[..9]
        )
        .unwrap();
        writeln!(out, "{}", &canary[9..]).unwrap();
        drop(out);
        let said = String::from_utf8(said).unwrap();
        let mark = "[redacted]";
        assert_eq!(said, format!("one {mark}\ntwo signature={mark} {mark}\n"));
        let error = crate::panics::caught::<()>(|| panic!("a venue repeats {canary}"));
        drop(std::panic::take_hook());
        let words = crate::cli::words(&error.unwrap_err());
        let words = hushed(&words);
        assert!(words.contains("a venue repeats [redacted]"), "{words}");
    }

    #[test]
    fn errors_and_log_go_without_the_keys_that_were_read() {
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let canary = "canary-5f2c9a71b04e";
        assert_eq!(hushed(canary), canary);
        let mut keys = Keys::default();
        keys.add(Key {
            venue: "gate-spot".into(),
            name: "main".into(),
            key: Secret::new("a-key-0123456789".into()),
            secret: Secret::new(canary.into()),
            passphrase: None,
        })
        .unwrap();
        know(&keys);
        let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("a venue repeats {canary} and {hex}");
        let said = hushed(&text);
        assert!(
            said.starts_with("a venue repeats ") && !said.contains(canary) && !said.contains(&hex),
            "{said}"
        );
    }
}
