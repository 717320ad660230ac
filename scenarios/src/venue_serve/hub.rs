//! One venue: its engine, who is connected, and what is told to whom.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use onetape_adapters::request::Frame;
use onetape_adapters::server::Cx;
use onetape_adapters::server::accounts::{AccountId, Accounts};
use onetape_adapters::server::call::{Asked, Call, Channel, Line, Stream, Way};
use onetape_adapters::server::habits::Habits;
use onetape_adapters::server::news::News;
use onetape_adapters::server::protocol::Protocol;
use onetape_adapters::server::reply::Reply;
use onetape_adapters::server::wrong::Wrong;
use onetape_core::event::Event;
use onetape_core::time::Ts;

use super::clock;
use super::connection::{Connection, Ears};
use super::engine::Engine;
use super::faults::{Faults, Timed};
use super::keys::Keys;
use super::limits::Limits;
use super::seat::{Seat, Turn};
use super::stamps::Stamps;
use crate::exchange::{Forced, To, Told};

/// One venue.
pub(super) struct Hub {
    pub(super) protocol: Protocol,
    pub(super) habits: Habits,
    /// Where it is told when frames leave and orders come.
    pub(super) stamps: Option<Stamps>,
    state: Mutex<State>,
}

/// What a venue knows.
pub(super) struct State {
    pub(super) protocol: Protocol,
    pub(super) engine: Box<dyn Engine>,
    pub(super) accounts: Accounts,
    pub(super) keys: Keys,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) connections: BTreeMap<u64, Connection>,
    opened: u64,
    now: Ts,
    /// Market data are not told before.
    pub(super) stale_until: Ts,
    /// What the venue will close as soon as there is a position.
    pub(super) forced: Vec<Forced>,
    /// News that is not yet told.
    pub(super) out: Vec<Told>,
    pub(super) counts: Counts,
    /// How often a new order came by each client id, whatever became of it.
    pub(super) submitted: BTreeMap<String, u32>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) requests: u64,
    pub(super) frames: u64,
}

impl Hub {
    pub(super) fn new(
        protocol: Protocol,
        habits: Habits,
        engine: Box<dyn Engine>,
        accounts: Accounts,
        limited: bool,
    ) -> Self {
        let state = State {
            protocol,
            engine,
            accounts,
            keys: Keys::new(&habits),
            limits: Limits::new(&habits, limited),
            faults: Faults::default(),
            connections: BTreeMap::new(),
            opened: 0,
            now: clock::now(),
            stale_until: Ts::UNKNOWN,
            forced: Vec::new(),
            out: Vec::new(),
            counts: Counts::default(),
            submitted: BTreeMap::new(),
        };
        Self {
            protocol,
            habits,
            stamps: None,
            state: Mutex::new(state),
        }
    }

    /// The venue, at the present.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = state.now.max(clock::now());
        state
    }

    /// Takes a row of the tape in, stamped with the present.
    pub(super) fn on_market(&self, mut event: Event) {
        let mut state = self.lock();
        event.ts = state.now;
        state.counts.rows += 1;
        let mut out = std::mem::take(&mut state.out);
        state.engine.on_market(&event, &mut out);
        state.out = out;
        state.deliver();
    }

    /// Tells when an order came, where that is kept.
    pub(super) fn stamp(&self, came: Option<Ts>, asked: &Asked) {
        if let (Some(stamps), Some(came)) = (&self.stamps, came)
            && matches!(asked.call, Call::Place(_) | Call::PlaceMany(_))
        {
            stamps.order(came, self.protocol.name());
        }
    }

    /// Does what falls due.
    pub(super) fn tick(&self) {
        let mut state = self.lock();
        let now = state.now;
        if state.engine.due().is_some_and(|due| due <= now) {
            let mut out = std::mem::take(&mut state.out);
            state.engine.tick(now, &mut out);
            state.out = out;
        }
        state.expire();
        state.go_wrong();
        state.close_by_force();
        state.deliver();
        state.take_turns();
    }

    /// Opens a connection.
    pub(super) fn enter(&self, line: Line) -> Ears {
        let mut state = self.lock();
        state.enter(line)
    }

    /// A connection has ended.
    pub(super) fn leave(&self, id: u64) {
        self.lock().connections.remove(&id);
    }

    /// True for a connection that has a stream, or is not for streams.
    pub(super) fn is_used(&self, id: u64) -> bool {
        let state = self.lock();
        let found = state.connections.get(&id);
        found.is_some_and(|it| !it.seats.is_empty())
    }

    /// Says that the server is about to close a connection.
    pub(super) fn shut_down(&self, id: u64) {
        self.lock().shut_down(id);
    }
}

impl State {
    pub(super) const fn now(&self) -> Ts {
        self.now
    }

    /// What requests are read with.
    pub(super) fn cx(&self) -> Cx<'_> {
        Cx {
            directory: self.engine.directory(),
            accounts: &self.accounts,
            now: self.now,
        }
    }

    /// Puts frames into a connection's queue.
    pub(super) fn send(&mut self, id: u64, frames: impl IntoIterator<Item = Frame>) {
        if let Some(connection) = self.connections.get_mut(&id) {
            frames.into_iter().for_each(|frame| connection.send(frame));
        }
    }

    /// Hands a call to the engine.
    pub(super) fn ask(&mut self, account: Option<AccountId>, call: &Call) -> Result<Reply, Wrong> {
        let mut out = std::mem::take(&mut self.out);
        let reply = self.engine.call(account, call, self.now, &mut out);
        self.out = out;
        reply
    }

    fn enter(&mut self, mut line: Line) -> Ears {
        self.opened += 1;
        let id = self.opened;
        let keyed: Vec<_> = line
            .keys
            .iter()
            .filter_map(|key| Some((key.clone(), self.keys.whose(key)?)))
            .collect();
        line.account = keyed.first().map(|(_, account)| *account);
        let begun = line.streams.clone();
        let (connection, ears) = Connection::new(id, line, self.now);
        self.connections.insert(id, connection);
        // Where the address carries the account's stream, it is told without being asked for.
        if self.protocol == Protocol::BinanceUsdm {
            for (key, account) in keyed {
                let stream = Stream {
                    channel: Channel::Account,
                    instrument: None,
                    name: key.clone(),
                };
                let mut seat = Seat::new(stream, Some(account), None);
                seat.key = key;
                self.sit(id, seat);
            }
        }
        for stream in begun {
            let pace = self.protocol.pace(&stream);
            self.sit(id, Seat::new(stream, None, pace));
        }
        ears
    }

    /// Gives a connection a stream.
    pub(super) fn sit(&mut self, id: u64, mut seat: Seat) {
        if let Channel::Candles(span) = seat.stream.channel {
            self.engine.tell_candles(span);
        }
        seat.begin();
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.seats.push(seat);
        }
    }

    /// Tells the whole book that a stream begins with.
    pub(super) fn begin_with_book(&mut self, id: u64, seat: usize) {
        let found = self.connections.get(&id);
        let stream = found.and_then(|it| it.seats.get(seat));
        let Some(instrument) = stream.and_then(|it| it.stream.instrument) else {
            return;
        };
        self.tell_book(id, seat, instrument, 400);
    }

    fn tell_book(
        &mut self,
        id: u64,
        seat: usize,
        instrument: onetape_core::names::InstrumentId,
        levels: u32,
    ) {
        if let Ok(Reply::Depth(book)) = self.ask(None, &Call::Depth { instrument, levels }) {
            self.tell_one(id, seat, &News::Book(book));
        }
    }

    fn tell_one(&mut self, id: u64, seat: usize, news: &News) {
        let Self {
            protocol,
            engine,
            accounts,
            connections,
            now,
            ..
        } = self;
        let cx = Cx {
            directory: engine.directory(),
            accounts,
            now: *now,
        };
        if let Some(connection) = connections.get_mut(&id) {
            connection.tell(*protocol, seat, news, &cx);
        }
    }

    /// Tells everybody what they are to hear of what happened.
    pub(super) fn deliver(&mut self) {
        let mut out = std::mem::take(&mut self.out);
        let mut books = Vec::new();
        for told in out.drain(..) {
            match told.to {
                To::Everybody => self.tell_all(&told.news, &mut books),
                To::Account(account) => self.tell_account(account, &told.news),
            }
        }
        // Its memory is used again.
        self.out = out;
        for (id, seat, of, levels) in books {
            self.tell_book(id, seat, of, levels);
        }
    }

    fn tell_all(&mut self, news: &News, books: &mut Vec<Look>) {
        let Self {
            protocol,
            engine,
            accounts,
            connections,
            faults,
            now,
            stale_until,
            ..
        } = self;
        if *now < *stale_until {
            return;
        }
        let cx = Cx {
            directory: engine.directory(),
            accounts,
            now: *now,
        };
        for (id, connection) in connections {
            for at in 0..connection.seats.len() {
                if connection.seats[at].is_private() {
                    continue;
                }
                match connection.seats[at].hear(news, *now) {
                    Turn::Not => {}
                    Turn::Levels(of, levels) => books.push((*id, at, of, levels)),
                    turn => {
                        let news = match &turn {
                            Turn::This(news) => news,
                            _ => news,
                        };
                        if !(matches!(news, News::Depth(_)) && faults.gap(*now)) {
                            connection.tell(*protocol, at, news, &cx);
                        }
                    }
                }
            }
        }
    }

    fn tell_account(&mut self, account: AccountId, news: &News) {
        let Self {
            protocol,
            engine,
            accounts,
            connections,
            faults,
            now,
            ..
        } = self;
        let cx = Cx {
            directory: engine.directory(),
            accounts,
            now: *now,
        };
        if faults.miss(*now) {
            return;
        }
        for connection in connections.values_mut() {
            for at in 0..connection.seats.len() {
                if connection.seats[at].account == Some(account) {
                    connection.tell(*protocol, at, news, &cx);
                }
            }
        }
    }

    /// Streams whose turn has come tell what waits.
    fn take_turns(&mut self) {
        let mut books = Vec::new();
        let Self {
            protocol,
            engine,
            accounts,
            connections,
            faults,
            now,
            stale_until,
            ..
        } = self;
        if *now < *stale_until {
            return;
        }
        let cx = Cx {
            directory: engine.directory(),
            accounts,
            now: *now,
        };
        for (id, connection) in connections {
            for at in 0..connection.seats.len() {
                match connection.seats[at].due(*now) {
                    Turn::Levels(of, levels) => books.push((*id, at, of, levels)),
                    Turn::This(news) => {
                        if !(matches!(*news, News::Depth(_)) && faults.gap(*now)) {
                            connection.tell(*protocol, at, &news, &cx);
                        }
                    }
                    Turn::Not | Turn::AsItCame => {}
                }
            }
        }
        for (id, seat, of, levels) in books {
            self.tell_book(id, seat, of, levels);
        }
    }

    /// Keys of private streams whose time is over: their streams say so, and tell nothing more.
    fn expire(&mut self) {
        for key in self.keys.expired(self.now) {
            self.end_key(&key, true);
        }
    }

    /// Ends the streams of a key.
    pub(super) fn end_key(&mut self, key: &str, told: bool) {
        let ids: Vec<_> = self.connections.keys().copied().collect();
        for id in ids {
            let seats = self.connections.get(&id).map_or(0, |it| it.seats.len());
            for at in 0..seats {
                let found = self.connections.get(&id);
                let is_its = found.is_some_and(|it| it.seats[at].key == key);
                if is_its && told {
                    self.tell_one(id, at, &News::KeyExpired(key.to_string()));
                }
            }
            let Some(connection) = self.connections.get_mut(&id) else {
                continue;
            };
            connection.seats.retain(|it| it.key != key);
            // Where streams of the account are begun one by one, its whole connection is the key's.
            let opened_by_it = connection.line.keys.iter().any(|it| it == key);
            if opened_by_it && self.protocol == Protocol::MexcSpot {
                connection.cut();
            }
        }
    }

    fn shut_down(&mut self, id: u64) {
        let seats = self.connections.get(&id).map_or(0, |it| it.seats.len());
        if seats > 0 {
            self.tell_one(id, 0, &News::Shutdown);
        }
    }

    fn go_wrong(&mut self) {
        for timed in self.faults.timed(self.now) {
            match timed {
                Timed::Cut => self.connections.values().for_each(Connection::cut),
                Timed::Force(forced) => self.forced.push(forced),
                Timed::Stale(span) => self.stale_until = self.now + span,
                Timed::Ban(span) => {
                    let loopback = std::net::IpAddr::from([127, 0, 0, 1]);
                    self.limits.ban(loopback, self.now + span);
                }
            }
        }
    }

    /// Closes positions by force, one kind after the other, where there are any.
    fn close_by_force(&mut self) {
        let Some(next) = self.forced.first().copied() else {
            return;
        };
        let mut out = std::mem::take(&mut self.out);
        if self.engine.force(next, self.now, &mut out) {
            self.forced.remove(0);
        }
        self.out = out;
    }

    /// A refusal of an address that is banned.
    pub(super) fn is_banned(&self, who: std::net::IpAddr) -> Option<(Wrong, Way)> {
        let until = self.limits.banned(who, self.now)?;
        Some((Wrong::Banned(until), Way::default()))
    }
}

/// A book that is to be looked up for a stream of a connection.
type Look = (u64, usize, onetape_core::names::InstrumentId, u32);
