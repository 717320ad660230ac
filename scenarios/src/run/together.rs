//! Many runs over one pass of a tape: decoded once, merged once, its signals worked out once.
//!
//! The runs are dealt out to threads. Each thread is given the tape by some stretches at a time and takes each run of its
//! own through them before the next. What a run decides does not depend on the others.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// Rows of a stretch. The more, the less a run pays for each that it passes over; the fewer, the sooner its venues sleep
/// again after a row of which what is held is not safe.
const STRETCH: usize = 1_024;
/// Stretches that each run goes through before the next one: what it holds is then in the core's cache, and so are they.
const BATCH: usize = 16;
/// Batches that wait for a thread, at most.
const WAITING: usize = 2;

/// Stretches of one batch.
type Batch = Arc<[Arc<Stretch>]>;

/// What a run of several came to.
pub struct Passed {
    /// The same as of the run alone; its wall time is that of all.
    pub outcome: Outcome,
    /// Market events that its desk passed over: judged by shared signals alone.
    pub passed: u64,
}

/// What came of a run, or `None` where it failed or panicked: run alone, it tells why.
type Result = Option<Arrived>;

/// Runs prepared scenarios of which each [goes with](Prepared::goes_with) the first, over its tape. In the order of the
/// scenarios; `None` for one that failed, which does not end the others: run alone it tells why. `told` hears what share of
/// the tape was read.
///
/// # Errors
/// When the tape cannot be read, or `told` fails.
pub fn together(
    prepared: &[&Prepared<'_>],
    tape: Tape,
    threads: NonZeroUsize,
    told: &mut dyn FnMut(f64) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Option<Passed>>> {
    let Some(first) = prepared.first() else {
        return Ok(Vec::new());
    };
    let began = Instant::now();
    let files = tape.files().to_vec();
    let mut tape = Ahead::new(tape);
    let mut surveyor = Surveyor::new(
        first.market(),
        first.names.instruments.len(),
        first.desk()?.lookouts(),
    );
    let mut arrived: Vec<Result> = Vec::new();
    arrived.resize_with(prepared.len(), || None);
    let read = std::thread::scope(|scope| {
        let (out, results) = channel();
        let threads = threads.get().min(prepared.len());
        let ways: Vec<_> = (0..threads)
            .map(|thread| {
                let (way, batches) = sync_channel(WAITING);
                let (out, files) = (out.clone(), &files);
                scope.spawn(move || work(prepared, files, (thread, threads), &batches, &out));
                way
            })
            .collect();
        drop(out);
        let read = feed(&mut tape, &mut surveyor, &ways, told);
        drop(ways);
        for (at, result) in results {
            arrived[at] = result;
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
        .map(|result| result.map(outcome))
        .collect())
}

/// Sends every stretch of the tape to every thread.
fn feed(
    tape: &mut Ahead,
    surveyor: &mut Surveyor,
    ways: &[SyncSender<Batch>],
    told: &mut dyn FnMut(f64) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let mut rows = tape.next_block(Vec::new())?;
        if rows.is_empty() {
            batch.extend(surveyor.finish().map(Arc::new));
            send(&mut batch, ways);
            return Ok(());
        }
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(STRETCH));
            batch.extend(surveyor.survey(rows).map(Arc::new));
            if batch.len() == BATCH {
                send(&mut batch, ways);
                told(tape.rows_read() as f64 / tape.total_rows().max(1) as f64)?;
            }
            rows = rest;
        }
    }
}

fn send(batch: &mut Vec<Arc<Stretch>>, ways: &[SyncSender<Batch>]) {
    let batch = Batch::from(std::mem::take(batch));
    for way in ways {
        // A thread whose runs have all failed takes no more.
        let _ = way.send(batch.clone());
    }
}

/// Takes every run of one thread through what comes.
fn work<'a>(
    prepared: &[&'a Prepared<'a>],
    files: &'a [TapeFile],
    (thread, threads): (usize, usize),
    batches: &Receiver<Batch>,
    out: &Sender<(usize, Result)>,
) {
    let mine = prepared.iter().enumerate().skip(thread).step_by(threads);
    let mut lanes: Vec<(usize, Lane<'a>)> = mine
        .filter_map(|(at, prepared)| {
            let lane = sound(|| Lane::new(prepared, files));
            lane.map(|lane| (at, lane))
        })
        .collect();
    for batch in batches {
        lanes.retain_mut(|(_, lane)| sound(|| advance(lane, &batch)).is_some());
    }
    for (at, lane) in lanes {
        // Nobody listens any more only when the tape failed.
        let _ = out.send((at, sound(|| lane.finish())));
    }
}

fn advance(lane: &mut Lane<'_>, batch: &[Arc<Stretch>]) -> anyhow::Result<()> {
    batch
        .iter()
        .try_for_each(|stretch| lane.advance(stretch.clone()))
}

/// What a step of one run gives, unless it fails: a strategy that panics must not take the other runs with it.
fn sound<T>(step: impl FnOnce() -> anyhow::Result<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()?.ok()
}
