//! All accounts of a run.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::protocol::Protocol;
use onetape_core::command::Place;
use onetape_core::engine::Gateway;
use onetape_core::event::{OrderEventKind, RejectReason};
use onetape_core::journal::Committed;
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::Money;
use onetape_core::strategy::Outgoing;
use onetape_core::time::Ts;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::venue::{Account, now};
use super::{AccountError, AccountOptions, Known, Reconciled, Told};
use super::{dead_man, entry, inquiry, stream, warm};
use crate::control::HaltFlag;
use crate::journal::Latch;
use crate::queue::Sender;
use crate::venue::VenueSetup;

/// How long the streams of accounts may take to come up.
const STREAM_MAX: Duration = Duration::from_secs(15);
/// How long doubts are waited for when a run is compared; those that are left go on beside it.
const DOUBTS_MAX: Duration = Duration::from_secs(3);

/// All accounts of a run, and the one way by which orders leave it.
///
/// Everything runs on the runtime of whoever starts it, and ends when this is dropped: what rests at venues rests on,
/// until it is cancelled or a dead-man timer ends it.
pub struct Accounts {
    pub(super) accounts: Vec<Arc<Account>>,
    /// By instrument: the place of its account.
    ways: Vec<Option<usize>>,
    halt: HaltFlag,
    latch: Latch,
    tasks: JoinSet<()>,
    dead_men: JoinSet<Vec<(InstrumentId, String)>>,
    /// Told `true` when no dead-man timer is wanted any more.
    over: watch::Sender<bool>,
}

/// The worth of one unit of an asset in the settlement asset of an instrument, for fees in other assets.
pub type FeeWorth = Arc<dyn Fn(InstrumentId, AssetId) -> Option<Money> + Send + Sync>;

impl Accounts {
    /// Sets what must be set, opens the streams of all accounts, and begins to follow them. Nothing that they tell is
    /// handed on before [`Accounts::reconcile`].
    ///
    /// # Errors
    /// When a venue has no key, does not answer, does not take a setting, or its stream does not come up.
    pub async fn start(
        venues: Vec<VenueSetup>,
        names: Arc<Names>,
        to: Sender,
        halt: HaltFlag,
        latch: Latch,
        options: AccountOptions,
        worth: FeeWorth,
    ) -> Result<Self, AccountError> {
        let mut all = Self {
            accounts: Vec::new(),
            ways: vec![None; names.instruments.len()],
            halt,
            latch,
            tasks: JoinSet::new(),
            dead_men: JoinSet::new(),
            over: watch::Sender::new(false),
        };
        for setup in venues {
            let venue = setup.protocol.venue();
            if setup.credentials.is_none() {
                return Err(AccountError::NoKey(venue));
            }
            if all.accounts.iter().any(|it| it.setup.venue == setup.venue) {
                return Err(AccountError::Twice(venue));
            }
            for listed in setup.directory.iter() {
                let way = all.ways.get_mut(listed.instrument.id.index());
                if let Some(way) = way {
                    *way = Some(all.accounts.len());
                }
            }
            let account = Account::new(setup, options.clone(), to.clone(), Arc::clone(&worth));
            all.accounts.push(Arc::new(account));
        }
        for account in &all.accounts {
            let measured = account.setup.measure_offset().await;
            measured.map_err(|fault| account.failed("its time", fault))?;
            account.apply_settings().await?;
            begin(&mut all.tasks, account);
            let after = (account.options.dead_man).filter(|_| dead_man::has_one(account));
            if let Some(after) = after {
                let timer = dead_man::renew(Arc::clone(account), after, all.over.subscribe());
                all.dead_men.spawn(timer);
            }
        }
        for account in &all.accounts {
            wait_for_stream(account).await?;
        }
        Ok(all)
    }

    /// Holds what the journal knows against what venues say: open and finished orders, fills, balances, positions. The
    /// differences go through the queue, and from here on everything that accounts tell does.
    ///
    /// Orders that nobody can be sure of yet are unknown, and asked about until the venue's evidence decides.
    ///
    /// # Errors
    /// When a venue does not answer.
    pub async fn reconcile(&mut self, known: &Known) -> Result<Reconciled, AccountError> {
        let mut found = Reconciled::default();
        for account in &self.accounts {
            account.state().events = 0;
            account.with(|follower| follower.recall(known, now()));
            if known.until.is_known() {
                account.state().whole_until = known.until;
            }
            let gaps = account.look_at_all().await;
            found
                .positions
                .extend(gaps.map_err(|fault| account.failed("the account", fault))?);
            account.listen();
        }
        let until = Instant::now() + DOUBTS_MAX;
        while Instant::now() < until && self.accounts.iter().any(|it| it.is_doubtful()) {
            sleep(Duration::from_millis(20)).await;
        }
        for account in &self.accounts {
            for orphan in account.take_orphans() {
                account.sweep(&orphan).await;
                found.orphans.push(orphan);
            }
            found
                .unknown
                .extend(account.with(|follower| follower.unknown()));
            found.events += account.state().events;
        }
        Ok(found)
    }

    /// What people should know since this was asked last.
    pub fn notices(&self) -> Vec<Told> {
        self.accounts
            .iter()
            .flat_map(|it| it.take_notices())
            .collect()
    }

    /// The venues and what they speak.
    pub fn venues(&self) -> impl Iterator<Item = (VenueId, Protocol)> {
        self.accounts
            .iter()
            .map(|it| (it.setup.venue, it.setup.protocol))
    }

    /// Whether the stream of every account is up.
    pub fn is_up(&self) -> bool {
        self.accounts.iter().all(|it| it.state().stream_up)
    }

    /// Takes back every order at every venue, of whomever; those for which that failed are given. Allowed also when
    /// nothing new may leave.
    pub async fn cancel_all(&self) -> Vec<(InstrumentId, String)> {
        let mut failed = Vec::new();
        for account in &self.accounts {
            for listed in account.setup.directory.iter() {
                let id = listed.instrument.id;
                if let Err(why) = account.cancel_all(id).await {
                    failed.push((id, why.words()));
                }
            }
            account.catch_up.notify_one();
        }
        failed
    }

    /// Turns the dead-man timers off, with nothing of the run at rest any more; those that run on are given.
    pub async fn end_dead_man(&mut self) -> Vec<(InstrumentId, String)> {
        self.over.send_replace(true);
        let mut left = Vec::new();
        while let Some(ended) = self.dead_men.join_next().await {
            left.extend(ended.unwrap_or_default());
        }
        left
    }

    /// Whether nothing new may leave.
    fn is_held(&self) -> bool {
        self.latch.is_set() || self.halt.is_set()
    }

    /// Sends a new order, unless nothing may leave, it came too late, or its venue wants nothing asked.
    pub(super) fn place(&self, place: Place, fresh: bool) {
        let Some(account) = self.account(place.instrument) else {
            return;
        };
        if self.is_held() || !fresh {
            account.keep_back(&place, OrderEventKind::NotSent);
        } else if account.setup.budgets.hold(now()).is_some() {
            let refused = OrderEventKind::Rejected(RejectReason::RateLimit);
            account.keep_back(&place, refused);
        } else {
            account.place(place);
        }
    }

    fn account(&self, instrument: InstrumentId) -> Option<&Arc<Account>> {
        let way = self.ways.get(instrument.index())?;
        self.accounts.get((*way)?)
    }
}

fn begin(tasks: &mut JoinSet<()>, account: &Arc<Account>) {
    let own = || Arc::clone(account);
    tasks.spawn(own().send_rest());
    tasks.spawn(stream::keep(own()));
    tasks.spawn(keep_time(own()));
    tasks.spawn(inquiry::follow(own()));
    tasks.spawn(inquiry::catch_up(own()));
    if account.setup.protocol.has_stream_key() {
        tasks.spawn(stream::keep_key(own()));
    }
    if account.options.frames && account.setup.protocol.has_order_frames() {
        tasks.spawn(entry::keep(own()));
    } else {
        tasks.spawn(warm::keep(own()));
    }
}

/// Follows the venue's clock: ours drifts, or is set. A look that fails leaves what was measured before.
async fn keep_time(account: Arc<Account>) {
    let every = account.options.clock_every.nanos().max(1).unsigned_abs();
    loop {
        sleep(Duration::from_nanos(every)).await;
        let _ = account.setup.measure_offset().await;
    }
}

async fn wait_for_stream(account: &Account) -> Result<(), AccountError> {
    let until = Instant::now() + STREAM_MAX;
    while !account.state().stream_up {
        if Instant::now() >= until {
            return Err(AccountError::Stream {
                venue: account.name(),
                seconds: STREAM_MAX.as_secs(),
                why: account.state().stream_words.clone(),
            });
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

impl Gateway for Accounts {
    fn send(&mut self, at: Ts, outgoing: Outgoing, _: &Committed) {
        // The only place where this is asked: what is not let through here does not leave. An order in a venue's hands
        // may always be taken back, but for one whose journal cannot be written any more.
        let stopped = self.latch.is_set();
        match outgoing {
            Outgoing::Place(approved) => {
                let fresh = approved.is_valid_at(at.max(now()));
                self.place(approved.into_inner(), fresh);
            }
            Outgoing::Cancel { order, instrument } if !stopped => {
                if let Some(account) = self.account(instrument) {
                    account.cancel(order);
                }
            }
            Outgoing::Amend(approved) => {
                let fresh = approved.is_valid_at(at.max(now()));
                let amend = approved.into_inner();
                if let Some(account) = self.account(amend.instrument) {
                    // As at the gate: what makes an order no larger, at no worse a price, passes like a cancel.
                    let on_time = fresh || !account.is_more(&amend);
                    account.amend(amend, on_time && !self.is_held());
                }
            }
            Outgoing::Cancel { .. } | Outgoing::Alert(_) => {}
        }
    }
}

impl crate::run::Side for Accounts {
    fn abandon(&mut self) {
        for account in self.accounts.iter().cloned() {
            tokio::spawn(async move {
                for listed in account.setup.directory.iter() {
                    // What is left when this fails, the next life finds and takes back.
                    let _ = account.cancel_all(listed.instrument.id).await;
                }
            });
        }
    }
}
