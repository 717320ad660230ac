//! Lives of a run with snapshots: cut at every event, with snapshots that cannot be used, and without what they stand for.

use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use onetape_core::event::{Body, Control, Fee, Fill, OrderEvent, OrderEventKind};
use onetape_core::journal::{Durability, Journal, Mode, NullStore};
use onetape_core::names::AssetId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;
use onetape_data::journal::{
    JournalFile, JournalFileError, SegmentOptions, SegmentStore, Snapshot, journal_dir, snapshots,
};
use proptest::prelude::*;

use super::tests::{Hand, RUN, Sent, arrival, engine, quote, started};
use super::*;
use crate::control::HaltFlag;
use crate::journal::{
    BeginError, Begun, Durable, Latch, Life, SnapshotOptions, Snapshots, SyncOptions, begin,
};
use crate::stamp::Stamper;

/// When the run began.
const FIRST: Ts = Ts::from_nanos(1);

/// What arrives, drawn.
#[derive(Clone, Copy, Debug)]
enum Step {
    Quote(i64),
    /// A fill of the last order, of so much.
    Fill(i64),
    /// The last order ends.
    Cancelled,
    /// Nothing for so long.
    Pass(i64),
    Halt,
    Resume,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (900i64..1_100).prop_map(Step::Quote),
        3 => (1i64..5).prop_map(Step::Fill),
        2 => Just(Step::Cancelled),
        3 => (1i64..2_000).prop_map(Step::Pass),
        1 => Just(Step::Halt),
        1 => Just(Step::Resume),
    ];
    proptest::collection::vec(step, 1..40)
}

type LiveStore = Durable<SegmentStore>;

/// A life on disk: small segments, a snapshot after each few events.
struct Lived {
    run: Loop<LiveStore, Hand, Sent>,
    snapshots: Snapshots,
    clock: Hand,
    trades: u64,
    _lock: crate::journal::RunLock,
}

fn options(every: u64, keep_segments: Option<u32>) -> SnapshotOptions {
    SnapshotOptions {
        every: NonZeroU64::new(every),
        keep_segments,
    }
}

fn begun(
    run: &Path,
    past: &mut impl crate::journal::Past,
) -> Result<Begun<Journal<LiveStore>>, BeginError> {
    let segments = SegmentOptions {
        size: 512,
        reserve: false,
        ..SegmentOptions::default()
    };
    let syncs = SyncOptions {
        gather: Duration::from_millis(1),
        ..SyncOptions::default()
    };
    begin(run, RUN, Mode::Full, segments, syncs, past)
}

fn recovery() -> Recovery<'static> {
    Recovery::new(|| Ok(engine(NullStore, Mode::None))).unwrap()
}

/// A life that begins or goes on; how it was taken up, and the state then.
fn live(run: &Path, options: SnapshotOptions) -> (Lived, Life, Vec<u8>) {
    let mut past = recovery();
    let Begun {
        lock,
        epoch,
        life,
        journal,
        ..
    } = begun(run, &mut past).unwrap();
    let recovered = past.finish().unwrap();
    let state = recovered.engine.save(Vec::new()).unwrap();
    let last = recovered.last;
    let engine = recovered.onto(journal, Durability::Process).unwrap();
    let snapshots = Snapshots::start(
        run.into(),
        options,
        (FIRST, started(epoch)),
        engine.next_seq(),
    );
    let clock = Hand::default();
    clock.0.set(last.nanos().max(0) + 1);
    let stamper = match life {
        Life::First => Stamper::new(clock.clone()),
        Life::Again { .. } => Stamper::after(clock.clone(), last),
    };
    let gate = Guarded::new(Sent::default(), HaltFlag::default(), Latch::default());
    let mut run = Loop::new(engine, stamper, gate, Tap::none());
    match life {
        Life::First => run.start(started(epoch)).unwrap(),
        Life::Again { .. } => run.resume(epoch).unwrap(),
    };
    let lived = Lived {
        run,
        snapshots: snapshots.unwrap(),
        clock,
        trades: 0,
        _lock: lock,
    };
    (lived, life, state)
}

impl Lived {
    fn take(&mut self, step: Step) {
        self.clock.0.set(self.clock.0.get() + 10);
        let last = self.run.engine().desk().orders().alive().last();
        let order = last.map(|it| it.place.order);
        let news = |order, kind| Body::Order(OrderEvent { order, kind });
        let body = match (step, order) {
            (Step::Quote(bid), _) => quote(bid),
            (Step::Fill(qty), Some(order)) => self.fill(order, qty),
            (Step::Cancelled, Some(order)) => news(order, OrderEventKind::Cancelled),
            (Step::Pass(ns), _) => {
                self.clock.0.set(self.clock.0.get() + ns);
                return self.settle();
            }
            (Step::Halt, _) => Body::Control(Control::Halt),
            (Step::Resume, _) => Body::Control(Control::Resume),
            (Step::Fill(_) | Step::Cancelled, None) => return self.settle(),
        };
        self.run.take(arrival(self.clock.0.get(), body)).unwrap();
        self.settle();
    }

    fn fill(&mut self, order: OrderId, qty: i64) -> Body {
        self.trades += 1;
        let fill = Fill {
            trade_id: self.trades,
            price: Price::new(990),
            qty: Qty::new(qty),
            fee: Fee {
                asset: AssetId(1),
                amount: Money::parse("0.01").unwrap(),
                value: Money::parse("0.01").unwrap(),
            },
            maker: true,
        };
        let kind = OrderEventKind::Filled(Box::new(fill));
        Body::Order(OrderEvent { order, kind })
    }

    /// What the loop does between two rounds.
    fn settle(&mut self) {
        self.run.turn().unwrap();
        self.run.write().unwrap();
        assert_eq!(self.look(), None);
    }

    fn look(&mut self) -> Option<String> {
        let (engine, last) = (self.run.engine(), self.run.last());
        self.snapshots.look(engine, last)
    }

    fn state(&self) -> Vec<u8> {
        self.run.engine().save(Vec::new()).unwrap()
    }
}

/// Waits for the snapshot that was begun, if any was, and ends the life as a kill does.
fn kill(life: Lived) -> Vec<u8> {
    let state = life.state();
    drop(life);
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    // RC1: the process is killed after every event, with snapshots here and there, and after its restart it is where it
    // was; and again, some events into the second life.
    #[test]
    fn rc1_after_a_kill_at_any_event_state_is_what_it_was(
        steps in steps(), more in steps(), every in 1u64..9, keep in proptest::option::of(1u32..4),
    ) {
        let mut from_snapshots = 0;
        for cut in 0..=steps.len() {
            let folder = tempfile::tempdir().unwrap();
            let run = folder.path().join("run");
            let (mut first, life, _) = live(&run, options(every, keep));
            prop_assert_eq!(life, Life::First);
            for step in &steps[..cut] {
                first.take(*step);
            }
            let before = kill(first);
            let (mut second, life, after) = live(&run, options(every, keep));
            prop_assert!(before == after, "cut after {} steps", cut);
            let snapshot = match life {
                Life::Again { snapshot, refused, .. } => {
                    prop_assert_eq!(refused, Vec::<String>::new());
                    snapshot
                }
                Life::First => None,
            };
            from_snapshots += usize::from(snapshot.is_some());
            for step in &more[..more.len().min(cut)] {
                second.take(*step);
            }
            let before = kill(second);
            let (third, _, after) = live(&run, SnapshotOptions::default());
            prop_assert!(before == after, "the second life, cut after {} steps", cut);
            drop(third);
        }
        prop_assert!(steps.len() < 30 || from_snapshots > 0);
    }
}

/// Steps that every test below trades by.
fn long() -> Vec<Step> {
    let some = [
        Step::Quote(1_000),
        Step::Fill(2),
        Step::Pass(1_500),
        Step::Cancelled,
    ];
    some.into_iter().cycle().take(60).collect()
}

fn killed(run: &Path, options: SnapshotOptions) -> Vec<u8> {
    let (mut life, ..) = live(run, options);
    for step in long() {
        life.take(step);
        // Each snapshot is on disk before the next is due, so that the same ones are made each time.
        while life.snapshots.is_busy() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    kill(life)
}

fn taken_up(run: &Path) -> (Life, Vec<u8>) {
    let mut past = recovery();
    let begun = begun(run, &mut past).unwrap();
    let state = past.finish().unwrap().engine.save(Vec::new()).unwrap();
    (begun.life, state)
}

fn kept(run: &Path) -> Vec<PathBuf> {
    snapshots(run).unwrap()
}

#[test]
fn equal_runs_make_equal_snapshots_and_two_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = ["a", "b"].map(|name| {
        let run = folder.path().join(name);
        killed(&run, options(10, None));
        let files = kept(&run);
        assert_eq!(files.len(), 2);
        files.map_bytes()
    });
    assert!(bytes[0] == bytes[1]);
}

trait MapBytes {
    fn map_bytes(&self) -> Vec<(PathBuf, Vec<u8>)>;
}

impl MapBytes for Vec<PathBuf> {
    fn map_bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let name = |path: &PathBuf| PathBuf::from(path.file_name().unwrap());
        (self.iter())
            .map(|path| (name(path), fs::read(path).unwrap()))
            .collect()
    }
}

#[test]
fn a_snapshot_that_cannot_be_used_is_told_and_the_one_before_it_or_the_journal_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let before = killed(&run, options(10, None));
    let files = kept(&run);
    let (newest, older) = (files[0].clone(), files[1].clone());
    let good = fs::read(&newest).unwrap();
    let torn = good[..good.len() / 2].to_vec();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let mut foreign = Snapshot::read(&newest, RUN).unwrap();
    foreign.place.resume.run_id = [9; 16];
    // Of a state that this build reads otherwise, as one of another build could be.
    let mut other = Snapshot::read(&newest, RUN).unwrap();
    other.state.push(0);
    // Of a journal whose tail was lost.
    let mut ahead = Snapshot::read(&newest, RUN).unwrap();
    ahead.place.offset += 40;
    let written = |snapshot: &Snapshot| {
        snapshot.write(&run).unwrap();
        fs::read(&newest).unwrap()
    };
    let cases = [
        (torn, "damaged"),
        (flipped, "checksum"),
        (written(&foreign), "another build or scenario"),
        (written(&other), "longer than"),
        (written(&ahead), "goes on from"),
    ];
    for (bytes, word) in cases {
        fs::write(&newest, bytes).unwrap();
        let (life, after) = taken_up(&run);
        assert!(before == after, "{word}");
        let Life::Again {
            snapshot, refused, ..
        } = life
        else {
            panic!("{life:?}")
        };
        assert!(
            refused.len() == 1 && refused[0].contains(word),
            "{refused:?}"
        );
        let last = Snapshot::read(&older, RUN).unwrap().place.resume.last;
        assert_eq!(snapshot, Some(last));
    }
    fs::write(&older, "nothing").unwrap();
    let (life, after) = taken_up(&run);
    assert!(before == after);
    assert!(
        matches!(&life, Life::Again { snapshot: None, refused, .. } if refused.len() == 2),
        "{life:?}"
    );
}

#[test]
fn segments_are_dropped_only_behind_snapshots_and_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let count = |run: &Path| {
        let files = fs::read_dir(journal_dir(run)).unwrap();
        let names = files.map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = names.filter_map(|name| name.into_string().ok()).collect();
        names.retain(|name| name.ends_with(".seg"));
        names.sort();
        names
    };
    let (all, few, none) = ["all", "few", "none"]
        .map(|name| folder.path().join(name))
        .into();
    let whole = killed(&all, options(10, None));
    assert_eq!(count(&all)[0], "00000.seg");
    // Without snapshots nothing is dropped, whatever is asked for.
    killed(
        &none,
        SnapshotOptions {
            every: None,
            keep_segments: Some(1),
        },
    );
    assert_eq!(count(&none), count(&all));
    let before = killed(&few, options(10, Some(1)));
    assert!(
        before == whole,
        "what is kept of a run changes nothing of it"
    );
    let oldest = Snapshot::read(&kept(&few)[1], RUN).unwrap();
    assert_eq!(count(&few)[0], format!("{:05}.seg", oldest.place.segment));
    assert!(count(&few).len() < count(&all).len());
    let (life, after) = taken_up(&few);
    assert!(
        before == after
            && matches!(
                life,
                Life::Again {
                    snapshot: Some(_),
                    ..
                }
            )
    );
    // Who needs the first event is told that it is gone.
    assert!(matches!(
        JournalFile::open(&few),
        Err(JournalFileError::HeadDropped { .. })
    ));
    // With nothing to begin at, nothing is made up.
    for path in kept(&few) {
        fs::write(path, "nothing").unwrap();
    }
    let error = begun(&few, &mut recovery()).err().unwrap().to_string();
    assert!(error.contains("were dropped"), "{error}");
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn a_run_that_cannot_be_written_down_says_so_once_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut past = |_: onetape_data::journal::Entry| {};
    let begun = begun(&run, &mut past).unwrap();
    let names = std::sync::Arc::new(started(1).names);
    let task = Box::new(Unkept);
    let mut engine = onetape_core::engine::Engine::new(
        onetape_core::market::Market::new(
            &names.instruments,
            &[onetape_core::market::TopFeed::Quote],
        ),
        onetape_core::desk::Desk::new(names, Default::default(), 1, vec![task]),
        begun.journal,
        Durability::Process,
    );
    let mut snapshots = Snapshots::start(
        run.clone(),
        options(1, None),
        (FIRST, started(1)),
        engine.next_seq(),
    )
    .unwrap();
    let mut told = Vec::new();
    for at in 0..5 {
        let event = onetape_core::event::Event {
            ts: Ts::from_nanos(at),
            body: quote(1_000),
        };
        engine
            .step(&event, &mut onetape_core::engine::Nowhere)
            .unwrap();
        let _ = engine.journal_mut().commit(Durability::Process).unwrap();
        told.extend(snapshots.look(&engine, event.ts));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("does not write down"), "{told:?}");
    assert_eq!(kept(&run), Vec::<PathBuf>::new());
}

/// A task of somebody who did not say how it is written down.
struct Unkept;

impl onetape_core::strategy::Task for Unkept {
    fn legs(&self) -> &[onetape_core::names::InstrumentId] {
        &[onetape_core::names::InstrumentId(0)]
    }

    fn on_event(
        &mut self,
        _: &onetape_core::strategy::Context<'_, onetape_core::strategy::NoSignals>,
        _: &onetape_core::event::Event,
        _: &mut onetape_core::strategy::Intents<'_>,
    ) -> bool {
        true
    }

    fn explain(
        &self,
        _: &onetape_core::strategy::Context<'_, onetape_core::strategy::NoSignals>,
        _: &mut onetape_core::strategy::Numbers,
    ) {
    }
}
