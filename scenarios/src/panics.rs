//! What becomes of a panic: one error like any other, not a stack trace.
//!
//! Where a library is known to panic on damaged input, the crate that calls it turns that into an error with a
//! place; nothing must have been printed by then. Any other panic is a mistake in this program.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Runs something; a panic in it becomes an error.
///
/// # Errors
/// Its own, and a panic.
pub(crate) fn caught<T>(run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    std::panic::set_hook(Box::new(|info| {
        tracing::debug!("{info}");
        if let Ok(mut last) = LAST.lock() {
            *last = Some(info.to_string());
        }
    }));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let last = LAST.lock().ok().and_then(|mut last| last.take());
        let what = last.unwrap_or_default().replace('\n', " ");
        Err(anyhow::anyhow!(
            "a mistake in this program: {what}; report it with the command that was given"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_one_line() {
        assert_eq!(caught(|| Ok(7)).unwrap(), 7);
        let error = caught::<()>(|| panic!("no such thing"));
        // For the tests beside this one.
        drop(std::panic::take_hook());
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("panics.rs") && error.contains("no such thing"),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
    }
}
