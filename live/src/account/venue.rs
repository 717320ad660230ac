//! One account at one venue: its orders, and the ways to and from it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onetape_adapters::ask::Ask;
use onetape_adapters::news::{Answer, News};
use onetape_adapters::outcome::Class;
use onetape_core::event::Body;
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::time::{Span, Ts};
use tokio::sync::{Notify, mpsc};

use super::board::{Board, Told};
use super::entry::Out;
use super::follow::{Follower, Trouble, Worth};
use super::pace::Pace;
use super::{AccountOptions, Notice, Orphan};
use crate::connection::Order;
use crate::net::Reach;
use crate::queue::{Arrival, Full, Sender};
use crate::stamp::{Clock, SteadyClock, SystemClock};
use crate::venue::{AskFault, VenueSetup};

/// Without an answer for so long, the answer to a frame is not waited for any more.
const FRAME_PATIENCE: Span = Span::from_millis(60_000);
/// News that wait until the run is compared with the venue. What comes beyond is asked for then.
const HELD_MAX: usize = 16_384;
/// Events that wait for room while the sockets are read on.
const BACKLOG_MAX: usize = 4_096;

/// One account.
pub(super) struct Account {
    pub(super) setup: VenueSetup,
    pub(super) options: AccountOptions,
    state: Mutex<State>,
    to: Sender,
    /// Something may be due earlier than before.
    pub(super) wake: Notify,
    /// Something may have been missed: ask for everything.
    pub(super) catch_up: Notify,
    /// Events that wait for room.
    room: Notify,
    /// Ids of frames.
    frame: AtomicU64,
}

/// What changes.
pub(super) struct State {
    pub(super) follower: Follower,
    /// What was asked by frame and not answered, and when.
    pub(super) asked: BTreeMap<u64, (Ask, Ts)>,
    /// Where frames with orders go, while that connection is up and the account's own.
    pub(super) entry: Option<Out>,
    /// The frame that makes the connection of orders the account's own.
    pub(super) logon: Option<u64>,
    /// What streams told before the run was compared with the venue: it is judged by what the journal knows.
    held: Option<Vec<(News, Ts)>>,
    /// When the stream of the account was last known to be whole.
    pub(super) whole_until: Ts,
    pub(super) stream_up: bool,
    /// Answers to subscriptions that the stream waits for.
    pub(super) unanswered: usize,
    pub(super) stream_words: String,
    /// Where the stream takes orders.
    pub(super) stream: Option<mpsc::Sender<Order>>,
    /// The key of the private stream, to be kept alive.
    pub(super) stream_key: Option<String>,
    /// The hold of the venue that was told of, until when.
    told_hold: Option<(Class, Ts)>,
    backlog: VecDeque<Arrival>,
    sending: bool,
    notices: Board,
    /// Looks at everything for what could not be read.
    unread: Pace,
    pub(super) events: usize,
}

pub(super) fn now() -> Ts {
    SystemClock.now()
}

impl Account {
    pub(super) fn new(
        setup: VenueSetup,
        options: AccountOptions,
        to: Sender,
        worth: Worth,
    ) -> Self {
        let (directory, counts) = (Arc::clone(&setup.directory), setup.counts.clone());
        let follower = Follower::new(directory, &options, worth, counts, now());
        Self {
            setup,
            options,
            state: Mutex::new(State {
                follower,
                asked: BTreeMap::new(),
                entry: None,
                logon: None,
                held: Some(Vec::new()),
                whole_until: now(),
                stream_up: false,
                unanswered: 0,
                stream_words: "it was not opened yet".to_string(),
                stream: None,
                stream_key: None,
                told_hold: None,
                backlog: VecDeque::new(),
                sending: false,
                notices: Board::default(),
                unread: Pace::default(),
                events: 0,
            }),
            to,
            wake: Notify::new(),
            catch_up: Notify::new(),
            room: Notify::new(),
            frame: AtomicU64::new(1),
        }
    }

    /// Each change under the lock is whole in itself.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn name(&self) -> &'static str {
        self.setup.protocol.venue()
    }

    pub(super) fn frame_id(&self) -> u64 {
        self.frame.fetch_add(1, Ordering::Relaxed)
    }

    /// Does something with the orders, and sends on what came of it.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Follower) -> T) -> T {
        self.with_read(SteadyClock::read(), act)
    }

    /// As [`Account::with`], of a frame whose last bytes were read at a moment by the steady clock.
    pub(super) fn with_read<T>(&self, read: Ts, act: impl FnOnce(&mut Follower) -> T) -> T {
        let mut state = self.state();
        let done = act(&mut state.follower);
        self.send_on(&mut state, read);
        done
    }

    /// Looks at the orders, and changes nothing that is due or told.
    pub(super) fn peek<T>(&self, look: impl FnOnce(&Follower) -> T) -> T {
        look(&self.state().follower)
    }

    /// As [`Account::with`], by whoever looks at what is due and need not be woken for it.
    pub(super) fn tick(&self, at: Ts) -> (Vec<super::follow::Inquiry>, bool) {
        let mut state = self.state();
        let asked = state.follower.tick(at);
        let funding = state.follower.take_funding();
        self.take_on(&mut state, SteadyClock::read());
        (asked, funding)
    }

    /// Hears news of a stream, which were read at a moment by the steady clock.
    pub(super) fn hear(&self, news: News, at: Ts) {
        let mut state = self.state();
        match &mut state.held {
            Some(held) if held.len() < HELD_MAX => held.push((news, at)),
            Some(_) => {}
            None => {
                state.follower.hear(&news, at);
                self.send_on(&mut state, at);
            }
        }
    }

    /// Whether news are held back still.
    pub(super) fn is_held(&self) -> bool {
        self.state().held.is_some()
    }

    /// From here on news are heard as they come; what was held back first.
    pub(super) fn listen(&self) {
        let mut state = self.state();
        let held = state.held.take().unwrap_or_default();
        if held.len() == HELD_MAX {
            self.catch_up.notify_one();
        }
        for (news, at) in held {
            state.follower.hear(&news, at);
        }
        self.send_on(&mut state, SteadyClock::read());
    }

    /// Takes what came of it all to the queue, and has what is due looked at anew.
    pub(super) fn send_on(&self, state: &mut State, received: Ts) {
        self.take_on(state, received);
        self.wake.notify_one();
    }

    /// Takes what came of it all to the queue, in order.
    fn take_on(&self, state: &mut State, received: Ts) {
        for body in state.follower.take_events() {
            self.push(state, Arrival::new(received, body));
        }
        for notice in state.follower.take_notices() {
            state.notices.put(notice);
        }
    }

    fn push(&self, state: &mut State, arrival: Arrival) {
        state.events += 1;
        if state.sending {
            return state.backlog.push_back(arrival);
        }
        if let Err(Full(back)) = self.to.try_send(arrival) {
            state.backlog.push_back(*back);
            state.sending = true;
            self.room.notify_one();
        }
    }

    /// Sends what found no room, as room comes.
    pub(super) async fn send_rest(self: Arc<Self>) {
        loop {
            self.room.notified().await;
            loop {
                let next = {
                    let mut state = self.state();
                    let next = state.backlog.pop_front();
                    state.sending = next.is_some();
                    next
                };
                match next {
                    Some(arrival) => self.to.send(arrival).await,
                    None => break,
                }
            }
        }
    }

    /// Whether more may be read: what came before has room, or will soon.
    pub(super) fn has_room(&self) -> bool {
        self.state().backlog.len() < BACKLOG_MAX
    }

    pub(super) fn notice(&self, notice: Notice) {
        self.state().notices.put(notice);
    }

    pub(super) fn take_notices(&self) -> Vec<Told> {
        let venue = self.setup.venue;
        self.state().notices.take(venue)
    }

    /// Something came that cannot be read: whatever it was, the venue knows it still, and is asked; not for each of many.
    pub(super) fn unread(&self, words: String) {
        let venue = self.setup.venue;
        self.notice(Notice::Unreadable { venue, words });
        if self.state().unread.has_cause(now()) {
            self.catch_up.notify_one();
        }
    }

    /// Asks for what could not be read, where that waited.
    pub(super) fn look_at_unread(&self, at: Ts) {
        if self.state().unread.is_due(at) {
            self.catch_up.notify_one();
        }
    }

    /// A fault of the venue or the way to it, as an event.
    pub(super) fn fault(&self, kind: FaultKind, phase: FaultPhase) {
        let body = Body::Fault(FaultEvent {
            kind,
            phase,
            venue: self.setup.venue,
            instrument: None,
            order: None,
        });
        let mut state = self.state();
        let received = SteadyClock::read();
        self.push(&mut state, Arrival::new(received, body));
    }

    /// Tells of a rate limit or a ban when it begins, and of a ban when it ends.
    pub(super) fn look_at_hold(&self) {
        let at = now();
        let hold = self.setup.budgets.hold(at);
        let before = {
            let mut state = self.state();
            let before = state.told_hold;
            state.told_hold = hold.map(|hold| (hold.class, hold.until));
            before
        };
        let venue = self.setup.venue;
        let was_ban = before.is_some_and(|(class, _)| class == Class::Banned);
        match hold {
            Some(hold) if before != Some((hold.class, hold.until)) => {
                let until = hold.until;
                if hold.class == Class::Banned {
                    self.notice(Notice::Banned { venue, until });
                    if !was_ban {
                        self.fault(FaultKind::Ban, FaultPhase::Begins);
                    }
                } else {
                    self.notice(Notice::RateLimited { venue, until });
                }
            }
            None if was_ban => self.fault(FaultKind::Ban, FaultPhase::Ends),
            _ => {}
        }
    }

    /// Asks over HTTP, by the priority of such a question.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Answer, AskFault> {
        let answer = self.setup.ask(ask).await;
        if answer.is_err() {
            self.look_at_hold();
        }
        answer
    }

    /// Whether some order is to be asked about, or is.
    pub(super) fn is_doubtful(&self) -> bool {
        self.peek(Follower::is_doubtful)
    }

    /// Forgets frames that are not answered any more.
    pub(super) fn forget(&self, at: Ts) {
        let mut state = self.state();
        state
            .asked
            .retain(|_, (_, sent)| at.since(*sent) < FRAME_PATIENCE);
    }

    pub(super) fn take_orphans(&self) -> Vec<Orphan> {
        self.with(Follower::take_orphans)
    }
}

/// A fault as it counts for the order behind it.
pub(super) fn trouble(fault: AskFault) -> Trouble {
    let words = fault.to_string();
    match fault {
        AskFault::Unaskable(_) => Trouble::NotSent(words),
        AskFault::Net(error) if error.reach == Reach::NotSent => Trouble::NotSent(words),
        AskFault::Net(_) => Trouble::Lost(words),
        AskFault::Refused { failure, .. } => Trouble::Failed(*failure),
    }
}
