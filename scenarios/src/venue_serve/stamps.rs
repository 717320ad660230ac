//! When frames left and orders came, in a file: for measuring from outside how quick somebody is who trades here.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use onetape_core::time::Ts;
use onetape_live::net::Frame;
use onetape_live::stamp::SteadyClock;

/// Of a frame so many characters are told: market data begin with what tells them apart.
const HEAD: usize = 200;

/// The file. A line is `TIME VENUE out HEAD` for a frame before it is written, and `TIME VENUE in order` for an order when
/// it was read; times are nanoseconds of one clock that is never set.
#[derive(Clone, Debug)]
pub struct Stamps(Arc<Mutex<BufWriter<File>>>);

impl Stamps {
    /// A new file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path);
        let file = file.with_context(|| format!("{}: cannot be made", path.display()))?;
        Ok(Self(Arc::new(Mutex::new(BufWriter::new(file)))))
    }

    /// A frame is about to be written.
    pub(super) fn leaves(&self, venue: &str, frame: &Frame) {
        let now = SteadyClock::read();
        let head = match frame {
            Frame::Text(text) => text.as_str(),
            _ => "binary",
        };
        let head: String = head.chars().take(HEAD).collect();
        self.write(now, venue, "out", &head);
    }

    /// An order came, at a moment of the steady clock.
    pub(super) fn order(&self, came: Ts, venue: &str) {
        self.write(came, venue, "in", "order");
    }

    fn write(&self, at: Ts, venue: &str, way: &str, what: &str) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be written is missing there, and nobody trades by it.
        let _ = writeln!(file, "{} {venue} {way} {what}", at.nanos());
    }

    /// Has everything in the file.
    pub(super) fn flush(&self) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.flush();
    }
}
