//! The thread that writes.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use onetape_core::event::Seq;
use onetape_core::time::Ts;
use onetape_data::account::{AccountEnd, AccountWriter};
use onetape_data::record::{Recorder, is_exact};
use onetape_live::queue::Origin;
use onetape_live::stamp::{Clock as _, SystemClock};

use super::told::BesideTold;
use super::{Copied, Piece};

/// Between looks at the clock.
const LOOK: Duration = Duration::from_millis(200);
/// Attempts to write the last piece while another writer holds the catalogue, and what is waited between two.
const LAST_TRIES: u32 = 20;
const LAST_WAIT: Duration = Duration::from_millis(500);

pub(super) struct Scribe {
    /// Both, until one of them fails.
    files: Option<(Recorder, AccountWriter)>,
    told: BesideTold,
    /// The place of what should come next.
    next: Option<Seq>,
    last: Ts,
    market_rows: u64,
    account_events: u64,
}

impl Scribe {
    pub(super) const fn new(recorder: Recorder, account: AccountWriter, told: BesideTold) -> Self {
        Self {
            files: Some((recorder, account)),
            told,
            next: None,
            last: Ts::UNKNOWN,
            market_rows: 0,
            account_events: 0,
        }
    }

    /// Writes until nothing more comes. After a failure what comes is taken and forgotten.
    pub(super) fn run(mut self, from: &Receiver<Piece>) {
        let mut looked = Instant::now();
        loop {
            let over = match from.recv_timeout(LOOK) {
                Ok(piece) => {
                    self.act(|it, files| it.take(files, piece));
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            if over {
                return self.finish();
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.told.counted(self.market_rows, self.account_events);
                self.act(|_, (recorder, account)| {
                    recorder.tick(SystemClock.now())?;
                    Ok(account.flush()?)
                });
            }
        }
    }

    /// Does something with the files; the first error ends the recording.
    fn act(
        &mut self,
        act: impl FnOnce(&mut Self, &mut (Recorder, AccountWriter)) -> anyhow::Result<()>,
    ) {
        let Some(mut files) = self.files.take() else {
            return;
        };
        match act(self, &mut files) {
            Ok(()) => self.files = Some(files),
            Err(why) => self.told.fail(&why.to_string()),
        }
    }

    fn take(
        &mut self,
        (recorder, account): &mut (Recorder, AccountWriter),
        piece: Piece,
    ) -> anyhow::Result<()> {
        let (seq, copied) = match piece {
            Piece::Event(copied) => (copied.seq, Some(copied)),
            Piece::Until(seq) => (seq, None),
        };
        let expected = self.next.unwrap_or(seq);
        if let Some(count) = seq.0.checked_sub(expected.0).filter(|count| *count > 0) {
            account.hole(expected, count)?;
        }
        self.next = Some(seq);
        let Some(copied) = copied else {
            return Ok(());
        };
        let Copied { seq, event, origin } = copied;
        self.next = Some(Seq(seq.0 + 1));
        self.last = event.ts;
        if is_exact(&event.body) {
            let Origin { ts_venue, id } = origin;
            recorder.take(&event, ts_venue, id)?;
            self.market_rows += 1;
        } else {
            account.event(seq, event)?;
            self.account_events += 1;
        }
        Ok(())
    }

    fn finish(mut self) {
        self.told.counted(self.market_rows, self.account_events);
        let Some((recorder, account)) = self.files.take() else {
            return;
        };
        let end = AccountEnd {
            market_rows: self.market_rows,
            last: self.last,
        };
        let next = self.next.unwrap_or_default();
        // The rows first: an account file that has an end has its market.
        let finished = last_piece(recorder)
            .and_then(|()| account.finish(next, end).map_err(anyhow::Error::from));
        if let Err(why) = finished {
            self.told.fail(&why.to_string());
        }
    }
}

/// Writes what waits, also where another writer has to be waited for.
fn last_piece(mut recorder: Recorder) -> anyhow::Result<()> {
    for _ in 0..LAST_TRIES {
        recorder.write()?;
        if !recorder.waits() {
            break;
        }
        sleep(LAST_WAIT);
    }
    recorder.finish()?;
    Ok(())
}
