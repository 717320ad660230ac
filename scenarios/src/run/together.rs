//! Many runs over one pass of a tape: decoded once, merged once, its signals worked out once.
//!
//! The runs are dealt out to threads. Each thread is given the tape stretch by stretch and takes every run of its own
//! through one before the next, while it is in the core's cache. What a run decides does not depend on the others.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Instant;

use onetape_core::engine::Tape as _;
use onetape_core::event::TapeFile;
use onetape_core::stretch::{Stretch, Surveyor};
use onetape_data::tape::{Ahead, Tape};

use super::backtest::Outcome;
use super::lane::{Arrived, Lane};
use super::prepare::Prepared;

/// Stretches that wait for a thread, at most.
const WAITING: usize = 4;

/// What a run of several came to.
pub struct Passed {
    /// The same as of the run alone; its wall time is that of all.
    pub outcome: Outcome,
    /// Market events that its desk passed over: judged by shared signals alone.
    pub passed: u64,
}

type Result = anyhow::Result<Arrived>;

/// Runs prepared scenarios that read the same tape, which has the request of the first. In the order of the scenarios;
/// a run that fails does not end the others.
///
/// # Errors
/// When the tape cannot be read.
pub fn together(
    prepared: &[Prepared<'_>],
    tape: Tape,
    threads: NonZeroUsize,
) -> anyhow::Result<Vec<anyhow::Result<Passed>>> {
    let Some(first) = prepared.first() else {
        return Ok(Vec::new());
    };
    let began = Instant::now();
    let files = tape.files().to_vec();
    let mut tape = Ahead::new(tape);
    let mut surveyor = Surveyor::new(first.market(), first.desk()?.lookouts());
    let mut arrived: Vec<Option<Result>> = Vec::new();
    arrived.resize_with(prepared.len(), || None);
    let read = std::thread::scope(|scope| {
        let (out, results) = channel();
        let threads = threads.get().min(prepared.len());
        let ways: Vec<_> = (0..threads)
            .map(|thread| {
                let (way, stretches) = sync_channel(WAITING);
                let (out, files) = (out.clone(), &files);
                scope.spawn(move || work(prepared, files, (thread, threads), &stretches, &out));
                way
            })
            .collect();
        drop(out);
        let read = feed(&mut tape, &mut surveyor, &ways);
        drop(ways);
        for (at, result) in results {
            arrived[at] = Some(result);
        }
        read
    });
    read?;
    let (rows, decode) = (tape.rows(), tape.decode_time());
    let wall = began.elapsed();
    let outcome = |arrived: Arrived| Passed {
        outcome: Outcome {
            run_id: arrived.run_id,
            report: arrived.report,
            decisions_hash: arrived.decisions_hash,
            rows,
            events: arrived.events,
            wall,
            decode,
        },
        passed: arrived.passed,
    };
    Ok(arrived
        .into_iter()
        .flatten()
        .map(|result| result.map(outcome))
        .collect())
}

/// Sends every stretch of the tape to every thread.
fn feed(
    tape: &mut Ahead,
    surveyor: &mut Surveyor,
    ways: &[SyncSender<Arc<Stretch>>],
) -> anyhow::Result<()> {
    loop {
        let rows = tape.next_block(Vec::new())?;
        if rows.is_empty() {
            return Ok(());
        }
        let stretch = Arc::new(surveyor.survey(rows));
        for way in ways {
            // A thread whose runs have all failed takes no more.
            let _ = way.send(stretch.clone());
        }
    }
}

/// Takes every run of one thread through what comes.
fn work<'a>(
    prepared: &'a [Prepared<'a>],
    files: &'a [TapeFile],
    (thread, threads): (usize, usize),
    stretches: &Receiver<Arc<Stretch>>,
    out: &Sender<(usize, Result)>,
) {
    let mut lanes = Vec::new();
    for (at, prepared) in prepared.iter().enumerate().skip(thread).step_by(threads) {
        match Lane::new(prepared, files) {
            Ok(lane) => lanes.push((at, lane)),
            Err(error) => _ = out.send((at, Err(error))),
        }
    }
    for stretch in stretches {
        lanes.retain_mut(|(at, lane)| {
            let went = lane.advance(stretch.clone());
            went.map_err(|error| _ = out.send((*at, Err(error))))
                .is_ok()
        });
    }
    for (at, lane) in lanes {
        let _ = out.send((at, lane.finish()));
    }
}
