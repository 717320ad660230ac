//! One run in real time, from its folder to its report.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use onetape_adapters::client_id::RunTag;
use onetape_core::desk::Desk;
use onetape_core::engine::Engine;
use onetape_core::event::{RunStarted, Seq};
use onetape_core::journal::{Durability, Journal, Mode};
use onetape_core::names::Names;
use onetape_core::risk::TradingState;
use onetape_core::strategy::StrategyCard;
use onetape_core::time::{Span, Ts};
use onetape_data::journal::{SegmentOptions, SegmentStore};
use onetape_live::control::HaltFlag;
use onetape_live::journal::{
    Begun, Durable, Latch, Life, SnapshotOptions, Snapshots, SyncOptions, begin,
};
use onetape_live::queue::{InboxLimits, Sender, channel};
use onetape_live::run::{Drive, Ended, Guarded, Idle, Loop, Recovery, Side, Tasks, drive, tap};
use onetape_live::stamp::{Clock as _, Stamper, SystemClock};
use onetape_live::timing::Moments;
use onetape_reports::Report;
use xxhash_rust::xxh3::Xxh3;

use super::alerts::Alerts;
use super::facts::{self, Told};
use super::health::Book;
use super::schedule;
use super::speak::{Spoken, speak};
use super::status::Teller;
use super::watcher::{Account, Also, watch};
use crate::recording::beside::{Beside, BesideFacts, Whose};
use crate::run::{BUILD, Prepared, Refold, hex_id};
use crate::scenario::Scenario;

/// How long a run that cannot go on waits for its orders to be taken back.
const ABANDON_MAX: Duration = Duration::from_secs(10);

/// The journal of a run in real time.
type LiveJournal = Journal<Durable<SegmentStore>>;

/// What venues and market are opened with.
pub struct Opening {
    /// Where everything that arrives goes.
    pub to: Sender,
    /// Set by a halt.
    pub halt: HaltFlag,
    /// Set by the journal's first error.
    pub latch: Latch,
    /// Told of when orders leave.
    pub moments: Moments,
    /// This life of the process.
    pub epoch: u32,
    /// What the run's orders end with at venues.
    pub tag: Option<RunTag>,
    /// Told `true` by whom nothing more will come from.
    pub stop: Arc<tokio::sync::watch::Sender<bool>>,
}

/// Where a run's market comes from and its orders go. Everything runs on the loop's own runtime.
pub trait Venues {
    /// What takes the orders.
    type Side: Side + 'static;

    /// Opens the way for orders.
    ///
    /// # Errors
    /// When a venue cannot be traded at.
    fn open(&mut self, with: Opening) -> impl Future<Output = anyhow::Result<Self::Side>>;

    /// Holds what the desk knows against the venues; the differences come through the queue. Until when the desk knows is
    /// told for a run that goes on.
    ///
    /// # Errors
    /// When a venue does not answer.
    fn reconcile(
        &mut self,
        side: &mut Self::Side,
        desk: &Desk,
        until: Option<Ts>,
    ) -> impl Future<Output = anyhow::Result<()>> {
        let _ = (side, desk, until);
        async { Ok(()) }
    }

    /// The run cannot be journaled any more: everything that rests is taken back.
    fn abandon(&self, side: &Self::Side) -> impl Future<Output = ()> {
        let _ = side;
        async {}
    }

    /// The run ended by itself, and nothing of it is at rest: nothing that would cancel later is left behind.
    fn end(&self, side: &mut Self::Side) -> impl Future<Output = ()> {
        let _ = side;
        async {}
    }

    /// Starts the market.
    ///
    /// # Errors
    /// When it cannot be had.
    fn market(&mut self, to: Sender) -> impl Future<Output = anyhow::Result<()>>;
}

/// A run in real time that is ready.
pub struct Session<'a> {
    /// The scenario with its ids.
    pub prepared: &'a Prepared<'a>,
    /// What strategies declare.
    pub cards: Vec<StrategyCard>,
    /// The run's folder.
    pub place: PathBuf,
    /// The catalogue that instruments came from, where one did.
    pub catalog: Option<PathBuf>,
    /// Where orders go, for [`RunRecord`](crate::run::RunRecord); nowhere on paper.
    pub reached: BTreeMap<String, BTreeMap<String, String>>,
    /// What kind of run: paper, testnet or live.
    pub mode: &'static str,
    /// What orders wait for.
    pub durability: Durability,
    /// Where a life before may be gone on with.
    pub resumes: bool,
    /// It stops by itself after so long.
    pub duration: Option<Duration>,
    /// Who else takes what happened.
    pub also: Option<Also>,
    /// The catalogue that its market is recorded into.
    pub record: Option<PathBuf>,
}

/// How a run came out.
pub struct Finished {
    /// Hash of build, configuration and seed.
    pub run_id: String,
    /// Its report; none where the first segments of its journal were dropped.
    pub report: Option<Report>,
    /// Hash over its decisions.
    pub decisions_hash: String,
    /// Events in its journal.
    pub events: u64,
    /// Orders at work and whether anything is held.
    pub ended: Ended,
    /// False where it was left to be gone on with.
    pub complete: bool,
    /// What was recorded.
    pub recorded: Option<BesideFacts>,
}

/// A journal that can be written, and the desk as it stands.
struct Taken {
    engine: Engine<LiveJournal>,
    /// When the run began, in an earlier life.
    began: Option<Ts>,
    last: Option<Ts>,
    epoch: u32,
    tag: Option<RunTag>,
    torn_bytes: Option<u64>,
    lock: onetape_live::journal::RunLock,
}

impl Session<'_> {
    /// Runs it to its end.
    ///
    /// # Errors
    /// When the folder is in use or another run's, a venue cannot be had, or the journal cannot be written.
    pub fn run<V: Venues>(mut self, venues: &mut V) -> anyhow::Result<Finished> {
        let began = Instant::now();
        let scenario = self.prepared.scenario.resolved_toml();
        let run_id = self.run_id(&scenario);
        if !self.place.join("journal").exists() {
            schedule::check(self.prepared, SystemClock.now())?;
        }
        let taken = self.take_up(run_id)?;
        let hex = hex_id(&run_id);
        let name = &self.prepared.scenario.name;
        let mut record = facts::record(&hex, name, self.catalog.as_deref());
        record.venues.clone_from(&self.reached);
        facts::write(&self.place, "scenario.toml", &scenario)?;
        let write = |record: &_| {
            let text = serde_json::to_string_pretty(record)? + "\n";
            facts::write(&self.place, "run.json", &text)
        };
        write(&record)?;
        let place = self.place.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let halt = HaltFlag::default();
        let spoken = speak(&place, &taken.lock, halt.clone(), self.duration)?;
        let Spoken {
            asked,
            stop,
            stopper,
            thread,
            over,
        } = spoken;
        let also = self.also.take();
        let live = self.live(
            taken,
            venues,
            run_id,
            &scenario,
            halt,
            (asked, stop, stopper),
            also,
        );
        let lived = runtime.block_on(tokio::task::LocalSet::new().run_until(live));
        Spoken::end(&over, thread);
        // Tasks of connections end with the runtime.
        drop(runtime);
        let (ended, complete, recorded) = lived?;
        record.wall_s = began.elapsed().as_secs_f64();
        let Told {
            report,
            hash,
            events,
        } = facts::report(&place, run_id, &record, &scenario)?;
        if complete {
            record.decisions_hash.clone_from(&hash);
        } else {
            record.decisions_so_far = Some(hash.clone());
        }
        let text = serde_json::to_string_pretty(&record)? + "\n";
        facts::write(&place, "run.json", &text)?;
        Ok(Finished {
            run_id: hex,
            report,
            decisions_hash: hash,
            events,
            ended,
            complete,
            recorded,
        })
    }

    /// When snapshots are made: of no run that cannot be gone on with.
    fn snapshots(&self) -> SnapshotOptions {
        let live = self.prepared.scenario.live;
        SnapshotOptions {
            every: live.snapshot_every.filter(|_| self.resumes),
            keep_segments: live.keep_segments.map(NonZeroU32::get),
        }
    }

    /// Equal builds and scenarios in the same kind of run give equal ids.
    fn run_id(&self, scenario: &str) -> [u8; 16] {
        let mut hash = Xxh3::new();
        for part in [BUILD, scenario, self.mode] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.digest128().to_be_bytes()
    }

    /// Takes the folder up: what an earlier life journaled is folded.
    fn take_up(&self, run_id: [u8; 16]) -> anyhow::Result<Taken> {
        let mut recovery = Recovery::new(|| {
            let desk = self.prepared.desk().map_err(|error| format!("{error:#}"))?;
            let (market, journal) = (self.prepared.market(), Refold::journal(run_id));
            Ok(Engine::new(market, desk, journal, self.durability))
        })?;
        let segments = SegmentOptions {
            reserve: true,
            ..SegmentOptions::default()
        };
        anyhow::ensure!(
            self.resumes || !self.place.join("journal").exists(),
            "{}: has a run already; name another folder with --out",
            self.place.display()
        );
        let begun = begin(
            &self.place,
            run_id,
            Mode::Full,
            segments,
            SyncOptions::default(),
            &mut recovery,
        )?;
        let Begun {
            lock,
            epoch,
            tag,
            life,
            journal,
        } = begun;
        let recovered = recovery.finish();
        let recovered = recovered.with_context(|| self.place.display().to_string())?;
        let (began, last) = (recovered.began, recovered.last);
        let (again, torn_bytes) = match life {
            Life::First => (false, None),
            Life::Again {
                records,
                snapshot,
                refused,
                torn,
            } => {
                tell_life(records, snapshot, &refused);
                (true, torn.map(|tail| tail.bytes))
            }
        };
        Ok(Taken {
            engine: recovered.onto(journal, self.durability)?,
            began,
            last: again.then_some(last),
            epoch,
            tag,
            torn_bytes,
            lock,
        })
    }

    #[allow(clippy::too_many_arguments, reason = "what a life has, each once")]
    async fn live<V: Venues>(
        &self,
        taken: Taken,
        venues: &mut V,
        run_id: [u8; 16],
        scenario: &str,
        halt: HaltFlag,
        (asked, stop, stopper): (
            tokio::sync::mpsc::Receiver<onetape_live::control::Asked>,
            tokio::sync::watch::Receiver<bool>,
            Arc<tokio::sync::watch::Sender<bool>>,
        ),
        also: Option<Also>,
    ) -> anyhow::Result<(Ended, bool, Option<BesideFacts>)> {
        let Taken {
            engine,
            began,
            last,
            epoch,
            tag,
            torn_bytes,
            lock: _lock,
        } = taken;
        let (to, arrivals) = channel(InboxLimits::default());
        let latch = engine.journal().store().latch().clone();
        let moments = engine.journal().store().moments().clone();
        let opening = Opening {
            to: to.clone(),
            halt: halt.clone(),
            latch: latch.clone(),
            moments: moments.clone(),
            epoch,
            tag,
            stop: stopper,
        };
        let mut side = venues.open(opening).await?;
        // A halt outlives the process: a person's resume ends it.
        if engine.desk().gate().state() == TradingState::Halted {
            halt.set();
        }
        venues.reconcile(&mut side, engine.desk(), last).await?;
        let (handed, from) = tap();
        let account = Account::default();
        let names = Arc::clone(&self.prepared.names);
        let (recording, also) = self.recording(run_id, epoch, also)?;
        let onlooker = watch(from, Arc::clone(&names), account.clone(), also)?;
        let stamper = match last {
            Some(last) => Stamper::after(SystemClock, last),
            None => Stamper::new(SystemClock),
        };
        let started = started(self.prepared, run_id, scenario, epoch);
        let next = engine.next_seq();
        let options = self.snapshots();
        let mut run = Loop::new(engine, stamper, Guarded::new(side, halt, latch), handed);
        run = run.timed(moments);
        if last.is_some() {
            run.resume(epoch)?;
        } else {
            run.start(started.clone())?;
        }
        let began = began.unwrap_or_else(|| run.last());
        let first = (began, started);
        let mut snapshots = Snapshots::start(self.place.clone(), options, first, next)
            .context("the thread of snapshots cannot be started")?;
        run.schedule(schedule::orders(self.prepared, began, last));
        let teller = Rc::new(Teller {
            scenario: Arc::new(self.prepared.scenario.clone()),
            cards: Arc::new(self.cards.clone()),
            run_id: hex_id(&run_id),
            mode: self.mode,
            epoch,
            torn_bytes,
            began: run.now(),
            account,
            recording: recording.as_ref().map(|it| it.told().clone()),
            book: Book::default(),
            before: RefCell::default(),
        });
        let health = Rc::clone(&teller);
        let alerts = Alerts::default();
        let (alerting, looking) = (alerts.clone(), alerts.clone());
        venues.market(to).await?;
        let mut with = Drive {
            arrivals,
            asked,
            stop,
            tasks: tasks(self.prepared.scenario, names, &self.cards),
            status: Box::new(move |run| teller.document(run)),
            health: Box::new(move |run| {
                looking.look(run.last());
                health.examine(run)
            }),
            health_every: duration_of(self.prepared.scenario.live.health_every),
            notices: Durable::notice,
            keeps: Box::new(move |engine, ts| snapshots.look(engine, ts)),
            alert: Box::new(move |now, words| alerting.tell(now, words)),
            idle: match self.prepared.scenario.live.spin {
                true => Idle::Spin,
                false => Idle::Sleep,
            },
        };
        let driven = drive(&mut run, &mut with).await;
        alerts.rest(run.last());
        let closed = match driven {
            Ok(ended) => {
                // With an order at work still, the venue's timer is what takes it back.
                if ended.at_work == 0 {
                    let over = venues.end(run.gate_mut().inner_mut());
                    let in_time = tokio::time::timeout(ABANDON_MAX, over).await;
                    if in_time.is_err() {
                        tracing::warn!(
                            "dead-man timers may run on at venues, and cancel what is at rest there then"
                        );
                    }
                }
                let complete = !(self.resumes && (ended.holds || ended.at_work > 0));
                let closed = if complete { run.end() } else { run.close() };
                closed.map(|_| (ended, complete))
            }
            Err(error) => {
                let taken_back = venues.abandon(run.gate().inner());
                let in_time = tokio::time::timeout(ABANDON_MAX, taken_back).await;
                if in_time.is_err() {
                    tracing::error!(
                        "not every order is known to be taken back; `onetape kill` does it"
                    );
                }
                drop(run);
                Err(error)
            }
        };
        let _ = onlooker.join();
        // The onlooker had its hand in it.
        let recorded = recording.map(Beside::finish);
        let (ended, complete) = closed?;
        Ok((ended, complete, recorded))
    }

    /// Begins to record, where it is wanted: what happened is copied before anybody else takes it.
    fn recording(
        &self,
        run_id: [u8; 16],
        epoch: u32,
        mut also: Option<Also>,
    ) -> anyhow::Result<(Option<Beside>, Option<Also>)> {
        let Some(root) = &self.record else {
            return Ok((None, also));
        };
        let whose = Whose {
            folder: &self.place,
            run_id,
            epoch,
            names: &self.prepared.names,
        };
        let (mut hand, beside) = Beside::begin(root, &whose)?;
        let both: Also = Box::new(move |tapped| {
            hand.take(tapped);
            if let Some(also) = &mut also {
                also(tapped);
            }
        });
        Ok((Some(beside), Some(both)))
    }
}

/// Says where a run that goes on was begun at.
fn tell_life(records: u64, snapshot: Option<Seq>, refused: &[String]) {
    for why in refused {
        tracing::warn!("{why}; going back further");
    }
    match snapshot {
        Some(Seq(last)) => {
            tracing::info!(
                "goes on from the snapshot of event {last} and {records} records after it"
            );
        }
        None => tracing::info!("goes on from {records} records of the journal"),
    }
}

fn started(prepared: &Prepared<'_>, run_id: [u8; 16], scenario: &str, epoch: u32) -> RunStarted {
    RunStarted {
        run_id,
        scenario: scenario.to_owned(),
        names: (*prepared.names).clone(),
        seed: prepared.scenario.sim.seed,
        epoch,
        tape: Vec::new(),
    }
}

const fn duration_of(span: Span) -> Duration {
    Duration::from_nanos(span.nanos().unsigned_abs())
}

/// Tasks with the names of their parameters.
fn tasks(scenario: &Scenario, names: Arc<Names>, cards: &[StrategyCard]) -> Tasks {
    let params = scenario.tasks.iter().map(|task| {
        let card = cards.iter().find(|card| card.name == task.strategy);
        let params = card.map_or(&[][..], |card| card.params);
        params.iter().map(|it| it.name).collect::<BTreeSet<_>>()
    });
    let params = params.collect();
    Tasks::new(names, params)
}
