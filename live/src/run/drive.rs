//! The loop on a current-thread runtime.

use std::time::Duration;

use onetape_core::engine::Engine;
use onetape_core::event::{Body, Control};
use onetape_core::journal::{Journal, Store};
use onetape_core::notice::{Notice, NoticeKind};
use onetape_core::task::{TaskAction, TaskOrder};
use onetape_core::time::Ts;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::{Loop, RunError, Side, Tasks};
use crate::control::{Asked, Order};
use crate::journal::{Notice as Spoken, Space};
use crate::queue::{Arrival, Receiver};
use crate::stamp::Clock;

/// Events after which sockets and people get their turn, if more wait.
const TURN: usize = 32;
/// Between two looks at what the journal's thread has to say.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a stop waits for orders to be taken back.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// Makes the answer to `status` out of the loop.
pub type Status<S, C, G> = Box<dyn FnMut(&mut Loop<S, C, G>) -> Value>;

/// Looks at the loop, and says what turned.
pub type Look<S, C, G> = Box<dyn FnMut(&mut Loop<S, C, G>) -> Vec<(String, bool)>>;
/// Keeps where a run is.
pub type Keeps<S> = Box<dyn FnMut(&Engine<Journal<S>>, Ts) -> Option<String>>;

/// Tells people what happened at a moment.
pub type Alert = Box<dyn FnMut(Ts, &str)>;

/// What a loop is driven by.
pub struct Drive<S: Store, C, G> {
    /// What arrives.
    pub arrivals: Receiver,
    /// What people order.
    pub asked: mpsc::Receiver<Asked>,
    /// True once the run is to stop.
    pub stop: watch::Receiver<bool>,
    /// Whose names people use.
    pub tasks: Tasks,
    /// What `status` answers.
    pub status: Status<S, C, G>,
    /// What the journal's thread has to say.
    pub notices: fn(&S) -> Option<Spoken>,
    /// Looks how the parts of the run are; what turned, in words, and whether for the better.
    pub health: Look<S, C, G>,
    /// Between two such looks.
    pub health_every: Duration,
    /// Called when everything that happened is written, with when that was: it may write down where the run is. What people
    /// should know is returned.
    pub keeps: Keeps<S>,
    /// Told to people at once, with when it happened.
    pub alert: Alert,
    /// How it waits.
    pub idle: Idle,
}

/// How a loop waits while nothing happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Idle {
    /// The system wakes it: the processor is others' meanwhile, and their work is in its caches when it wakes.
    #[default]
    Sleep,
    /// It asks its sockets over and over. That takes all of one processor, and finds it as it was left.
    Spin,
}

/// How a drive came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Orders that were at work when it ended.
    pub at_work: usize,
    /// Whether anything is held.
    pub holds: bool,
}

/// Runs a loop until it is told to stop. Then tasks are paused, which takes their orders back, and that is waited for.
///
/// # Errors
/// [`RunError`]; what rests was told to be taken back before.
pub async fn drive<S, C, G>(
    run: &mut Loop<S, C, G>,
    with: &mut Drive<S, C, G>,
) -> Result<Ended, RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    let driven = run_to_stop(run, with).await;
    if let Err(error) = &driven {
        (with.alert)(run.last(), &error.to_string());
        run.gate_mut().inner_mut().abandon();
    }
    driven?;
    let at_work = run.engine().desk().orders().alive().count();
    let desk = run.engine().desk();
    // What somebody else added is theirs to hold.
    let mut held = desk.positions().iter().zip(desk.foreign());
    let holds = held.any(|(position, foreign)| position.qty != *foreign);
    Ok(Ended { at_work, holds })
}

async fn run_to_stop<S, C, G>(
    run: &mut Loop<S, C, G>,
    with: &mut Drive<S, C, G>,
) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    serve(run, with, None).await?;
    pause_all(run)?;
    serve(run, with, Some(STOP_WAIT)).await
}

/// Serves until the stop; or, with a limit, until no order is at work.
async fn serve<S, C, G>(
    run: &mut Loop<S, C, G>,
    with: &mut Drive<S, C, G>,
    limit: Option<Duration>,
) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    let began = tokio::time::Instant::now();
    let mut looked = began;
    let mut examined = began;
    loop {
        if looked.elapsed() >= LOOK_EVERY {
            looked = tokio::time::Instant::now();
            look(run, with)?;
        }
        if examined.elapsed() >= with.health_every {
            examined = tokio::time::Instant::now();
            examine(run, with)?;
        }
        match limit {
            None if *with.stop.borrow() => return Ok(()),
            Some(limit) if began.elapsed() >= limit || !is_at_work(run) => return Ok(()),
            _ => {}
        }
        run.turn()?;
        let more = take_some(run, with)?;
        tell(run, with);
        while let Ok(asked) = with.asked.try_recv() {
            follow(run, with, asked)?;
        }
        if more {
            // Sockets get their turn between two rounds.
            yield_now().await;
            run.turn()?;
        }
        // Nothing stays in memory alone while the loop waits: what came would be lost with the process.
        run.write()?;
        if let Some(words) = (with.keeps)(run.engine(), run.last()) {
            (with.alert)(run.last(), &words);
        }
        wait(run, with).await?;
    }
}

/// Takes what waits, and tells whether more may wait. After orders that sockets have yet to write it is enough.
fn take_some<S, C, G>(run: &mut Loop<S, C, G>, with: &mut Drive<S, C, G>) -> Result<bool, RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    for _ in 0..TURN {
        let Some(arrival) = with.arrivals.try_next() else {
            return Ok(false);
        };
        let handed = run.handed_over();
        run.take(arrival)?;
        if run.handed_over() != handed {
            break;
        }
    }
    Ok(true)
}

/// Waits until there is something to do; not at all while something waits.
async fn wait<S, C, G>(run: &mut Loop<S, C, G>, with: &mut Drive<S, C, G>) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    if with.idle == Idle::Spin {
        // The sockets are asked meanwhile, and what came is taken in the next round.
        yield_now().await;
        return Ok(());
    }
    let now = run.now();
    let due = run.wakes_at().map_or(LOOK_EVERY, |at| {
        let nanos = at.since(now).nanos().max(0);
        Duration::from_nanos(nanos.unsigned_abs()).min(LOOK_EVERY)
    });
    tokio::select! {
        biased;
        Some(asked) = with.asked.recv() => follow(run, with, asked),
        arrival = with.arrivals.next() => take(run, arrival),
        () = sleep(due) => Ok(()),
    }
}

fn take<S, C, G>(run: &mut Loop<S, C, G>, arrival: Arrival) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    run.take(arrival).map(drop)
}

fn is_at_work<S, C, G>(run: &Loop<S, C, G>) -> bool
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    run.engine().desk().orders().alive().next().is_some()
}

fn pause_all<S, C, G>(run: &mut Loop<S, C, G>) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    let order = TaskOrder {
        task: None,
        action: TaskAction::Pause,
    };
    run.own(Body::Control(Control::Task(Box::new(order))))
        .map(drop)
}

/// Follows an order of a person: it is answered once it stands in the journal.
fn follow<S, C, G>(
    run: &mut Loop<S, C, G>,
    with: &mut Drive<S, C, G>,
    asked: Asked,
) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    let Asked { order, who, answer } = asked;
    let word = if order == Order::Status {
        Ok((with.status)(run))
    } else {
        match order.control(&with.tasks.at(run.engine().desk()), &who) {
            Err(error) => Err(error.to_string()),
            Ok(None) => Ok(Value::Null),
            Ok(Some(control)) => {
                if let Some(words) = order.words() {
                    note(run, NoticeKind::Ordered, format!("{words}, by {who}"))?;
                }
                let seq = run.own(Body::Control(control))?;
                Ok(json!({ "seq": seq.0 }))
            }
        }
    };
    // Who asked may have gone.
    let _ = answer.send(word);
    tell(run, with);
    Ok(())
}

/// Something that people may conclude something from stands in the journal.
fn note<S, C, G>(run: &mut Loop<S, C, G>, kind: NoticeKind, text: String) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    let notice = Notice { kind, text };
    run.own(Body::Notice(Box::new(notice))).map(drop)
}

fn tell<S, C, G>(run: &mut Loop<S, C, G>, with: &mut Drive<S, C, G>)
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    for words in run.take_alerts() {
        (with.alert)(run.last(), &words);
    }
}

/// How the parts of the run are: what turned stands in the journal, and people are told of what is not well.
fn examine<S, C, G>(run: &mut Loop<S, C, G>, with: &mut Drive<S, C, G>) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    for (words, is_well) in (with.health)(run) {
        note(run, NoticeKind::Health, words.clone())?;
        if !is_well {
            (with.alert)(run.last(), &words);
        }
    }
    Ok(())
}

/// What the journal's thread says becomes alerts; too little room pauses the run, an error ends it.
fn look<S, C, G>(run: &mut Loop<S, C, G>, with: &mut Drive<S, C, G>) -> Result<(), RunError>
where
    S: Store,
    S::Error: std::fmt::Display,
    C: Clock,
    G: Side,
{
    while let Some(notice) = (with.notices)(run.store()) {
        let words = match notice {
            Spoken::Stopped { why } => return Err(RunError::Journal(why)),
            Spoken::Late { took } => {
                let ms = took.as_millis();
                format!("the journal came to disk {ms} ms after it was written")
            }
            Spoken::Space { now, free_bytes } => {
                let mib = free_bytes / (1024 * 1024);
                let words = match now {
                    Space::Enough => format!("there is room on the disk again: {mib} MiB"),
                    Space::Low => format!("there is little room left on the disk: {mib} MiB"),
                    Space::Out => {
                        run.own(Body::Control(Control::Pause))?;
                        format!(
                            "there are only {mib} MiB left on the disk: nothing is entered until `onetape resume`"
                        )
                    }
                };
                let trouble = (now != Space::Enough).then(|| words.clone());
                run.set_trouble(trouble);
                words
            }
        };
        note(run, NoticeKind::Journal, words.clone())?;
        (with.alert)(run.last(), &words);
    }
    match run.gate().latch().why() {
        Some(why) => Err(RunError::Journal(why)),
        None => Ok(()),
    }
}
