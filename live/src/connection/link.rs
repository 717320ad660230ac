//! The state of one logical stream: what is open, what is wanted, what is due.

use std::collections::{BTreeSet, VecDeque};

use onetape_core::time::{Span, Ts};

use super::LinkOptions;

/// How many times the overlap a successor without data is waited for.
const PATIENCE: i64 = 5;

/// One connection of a link; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnId(pub u32);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection.
    Open(ConnId),
    /// Ask for topics on it.
    Subscribe(ConnId, Vec<String>),
    /// Ask for them no longer.
    Unsubscribe(ConnId, Vec<String>),
    /// Ask whether the other side is there.
    Ping(ConnId),
    /// Close it, open or not.
    Close(ConnId),
    /// Tell who listens.
    Tell(News),
}

/// What who listens is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The stream is up: what follows begins anew.
    Up,
    /// The stream is down: nothing it said holds.
    Down,
    /// Another connection took over without a break. Sequence numbers tell whether anything is missing.
    Renewed,
    /// No data for too long, or data again: whether to ask by REST meanwhile.
    Fallback(bool),
}

/// What came on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Of the stream itself.
    Data,
    /// An answer, a pong, anything else.
    Other,
}

/// What to do with what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It is the stream's.
    Stream,
    /// It is of the connection that will take over. Most pass it over; who cannot lose a message and knows one that came
    /// twice takes it.
    Successor,
    /// It is of a connection that was given up.
    Stray,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections made.
    pub opened: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Open connections that ended.
    pub lost: u64,
    /// Open connections given up for their silence; these are among the lost.
    pub stale: u64,
    /// Changes to a successor.
    pub renewed: u64,
}

impl Counts {
    /// Connections made after the first.
    pub const fn reconnects(&self) -> u64 {
        self.opened.saturating_sub(1)
    }
}

#[derive(Clone, Copy, Debug)]
struct Conn {
    id: ConnId,
    /// Since when it is being made, or open.
    since: Ts,
    open: bool,
    heard: Ts,
    data: Option<Ts>,
    pinged: Ts,
    renew_at: Ts,
}

/// One logical stream.
#[derive(Clone, Debug)]
pub struct Link {
    options: LinkOptions,
    topics: BTreeSet<String>,
    primary: Option<Conn>,
    successor: Option<Conn>,
    /// When to open: the primary where there is none, else the successor.
    open_at: Option<Ts>,
    attempt: u32,
    draws: u64,
    next: u32,
    /// Since when there was no data, and whether that was told.
    without_since: Ts,
    fallback: bool,
    running: bool,
    counts: Counts,
    actions: VecDeque<Action>,
}

impl Link {
    /// A stream that is not begun.
    pub fn new(options: LinkOptions) -> Self {
        Self {
            options,
            topics: BTreeSet::new(),
            primary: None,
            successor: None,
            open_at: None,
            attempt: 0,
            draws: 0,
            next: 0,
            without_since: Ts::default(),
            fallback: false,
            running: false,
            counts: Counts::default(),
            actions: VecDeque::new(),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// How often what happened.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// True while the stream is up.
    pub fn is_up(&self) -> bool {
        self.primary.is_some_and(|conn| conn.open)
    }

    /// The stream's connection, while it is up.
    pub fn stream(&self) -> Option<ConnId> {
        self.primary.filter(|conn| conn.open).map(|conn| conn.id)
    }

    /// Begins.
    pub fn start(&mut self, now: Ts) {
        if !self.running {
            self.running = true;
            self.without_since = now;
            self.open(now);
        }
    }

    /// Ends: closes everything, opens nothing.
    pub fn stop(&mut self) {
        let was_up = self.is_up();
        for conn in [self.primary.take(), self.successor.take()]
            .into_iter()
            .flatten()
        {
            self.actions.push_back(Action::Close(conn.id));
        }
        self.running = false;
        self.open_at = None;
        if was_up {
            self.tell(News::Down);
        }
    }

    /// Wants a topic, from now on and on every connection.
    pub fn subscribe(&mut self, topic: &str) {
        if self.topics.insert(topic.to_string()) {
            for id in self.open_ones() {
                let action = Action::Subscribe(id, vec![topic.to_string()]);
                self.actions.push_back(action);
            }
        }
    }

    /// Wants a topic no longer.
    pub fn unsubscribe(&mut self, topic: &str) {
        if self.topics.remove(topic) {
            for id in self.open_ones() {
                let action = Action::Unsubscribe(id, vec![topic.to_string()]);
                self.actions.push_back(action);
            }
        }
    }

    /// The venue said that it will cut the connection soon.
    pub fn renew(&mut self, now: Ts) {
        if let Some(conn) = self.primary.as_mut().filter(|conn| conn.open) {
            conn.renew_at = now;
        }
        self.tick(now);
    }

    /// A connection is open.
    pub fn opened(&mut self, id: ConnId, now: Ts) {
        let topics: Vec<String> = self.topics.iter().cloned().collect();
        let spread = self.draw_part(self.options.life_spread);
        let life = self.options.life;
        let Some(conn) = self.find(id).filter(|conn| !conn.open) else {
            return;
        };
        *conn = Conn {
            since: now,
            open: true,
            heard: now,
            pinged: now,
            renew_at: now + life - spread,
            ..*conn
        };
        self.counts.opened += 1;
        if self.primary.is_some_and(|primary| primary.id == id) {
            self.tell(News::Up);
        }
        if !topics.is_empty() {
            self.actions.push_back(Action::Subscribe(id, topics));
        }
    }

    /// A connection could not be made, or it ended.
    pub fn lost(&mut self, id: ConnId, now: Ts) {
        let Some(conn) = self.find(id).map(|conn| *conn) else {
            return;
        };
        if conn.open {
            self.counts.lost += 1;
        } else {
            self.counts.failed += 1;
        }
        if conn.open && now.since(conn.since) >= self.options.settled {
            self.attempt = 0;
        }
        if self.successor.is_some_and(|successor| successor.id == id) {
            self.successor = None;
            self.open_later(now);
            return;
        }
        self.primary = self.successor.take();
        match self.primary {
            Some(next) if next.open && conn.open => self.took_over(),
            Some(next) if next.open => self.tell(News::Up),
            Some(_) if conn.open => self.tell(News::Down),
            Some(_) => {}
            None => {
                if conn.open {
                    self.tell(News::Down);
                }
                self.open_later(now);
            }
        }
    }

    /// Something came. Tells whose it is.
    pub fn heard(&mut self, id: ConnId, what: Heard, now: Ts) -> Take {
        let Some(conn) = self.find(id) else {
            return Take::Stray;
        };
        conn.heard = now;
        if what == Heard::Data {
            conn.data = Some(now);
        }
        if self.primary.is_none_or(|primary| primary.id != id) {
            return Take::Successor;
        }
        if what == Heard::Data {
            self.without_since = now;
            self.set_fallback(false);
        }
        Take::Stream
    }

    /// Does what is due. More often does no harm.
    pub fn tick(&mut self, now: Ts) {
        if !self.running {
            return;
        }
        for conn in [self.primary, self.successor].into_iter().flatten() {
            self.watch(conn, now);
        }
        self.change_over(now);
        let renew = self.successor.is_none()
            && self.open_at.is_none()
            && self
                .primary
                .is_some_and(|conn| conn.open && conn.renew_at <= now);
        if renew || self.open_at.is_some_and(|at| at <= now) {
            self.open(now);
        }
        if now.since(self.without_since) >= self.options.fallback_after {
            self.set_fallback(true);
        }
    }

    /// When [`Link::tick`] has something to do, at the latest.
    pub fn next_deadline(&self) -> Option<Ts> {
        let options = &self.options;
        let mut all = Vec::with_capacity(10);
        for conn in [self.primary, self.successor].into_iter().flatten() {
            if conn.open {
                all.push(conn.pinged + options.ping_every);
                all.push(conn.heard + options.stale_after);
                all.extend(options.quiet_max.map(|quiet| last_data(&conn) + quiet));
            } else {
                all.push(conn.since + options.open_max);
            }
        }
        all.extend(self.open_at);
        if self.successor.is_none() && self.open_at.is_none() {
            all.extend(
                self.primary
                    .filter(|conn| conn.open)
                    .map(|conn| conn.renew_at),
            );
        }
        all.extend(
            self.successor
                .filter(|conn| conn.open)
                .map(|conn| self.takes_over_at(&conn)),
        );
        if self.running && !self.fallback {
            all.push(self.without_since + options.fallback_after);
        }
        all.into_iter().min()
    }

    /// Pings, and gives up what is silent.
    fn watch(&mut self, conn: Conn, now: Ts) {
        let options = self.options;
        if !conn.open {
            if now.since(conn.since) >= options.open_max {
                self.give_up(conn.id, now);
            }
            return;
        }
        let silent = now.since(conn.heard) >= options.stale_after;
        let quiet = options
            .quiet_max
            .is_some_and(|max| now.since(last_data(&conn)) >= max);
        if silent || quiet {
            self.counts.stale += 1;
            self.give_up(conn.id, now);
        } else if now.since(conn.pinged) >= options.ping_every {
            if let Some(conn) = self.find(conn.id) {
                conn.pinged = now;
            }
            self.actions.push_back(Action::Ping(conn.id));
        }
    }

    fn give_up(&mut self, id: ConnId, now: Ts) {
        self.actions.push_back(Action::Close(id));
        self.lost(id, now);
    }

    fn change_over(&mut self, now: Ts) {
        let ready = self
            .successor
            .filter(|conn| conn.open && self.takes_over_at(conn) <= now);
        if let (Some(successor), Some(old)) = (ready, self.primary) {
            self.primary = Some(successor);
            self.successor = None;
            self.actions.push_back(Action::Close(old.id));
            self.took_over();
        }
    }

    fn took_over(&mut self) {
        self.counts.renewed += 1;
        self.tell(News::Renewed);
    }

    fn takes_over_at(&self, successor: &Conn) -> Ts {
        let overlap = self.options.overlap;
        if successor.data.is_some() {
            successor.since + overlap
        } else {
            successor.since + Span::from_nanos(overlap.nanos().saturating_mul(PATIENCE))
        }
    }

    fn open(&mut self, now: Ts) {
        let id = ConnId(self.next);
        self.next = self.next.wrapping_add(1);
        self.open_at = None;
        let conn = Conn {
            id,
            since: now,
            open: false,
            heard: now,
            data: None,
            pinged: now,
            renew_at: now,
        };
        if self.primary.is_some() {
            self.successor = Some(conn);
        } else {
            self.primary = Some(conn);
        }
        self.actions.push_back(Action::Open(id));
    }

    fn open_later(&mut self, now: Ts) {
        self.draws += 1;
        let wait = self.options.backoff.wait(self.attempt, self.draws);
        self.attempt = self.attempt.saturating_add(1);
        self.open_at = Some(now + wait);
    }

    fn draw_part(&mut self, of: Span) -> Span {
        self.draws += 1;
        self.options.backoff.part(of, self.draws)
    }

    fn set_fallback(&mut self, on: bool) {
        if self.fallback != on {
            self.fallback = on;
            self.tell(News::Fallback(on));
        }
    }

    fn tell(&mut self, news: News) {
        self.actions.push_back(Action::Tell(news));
    }

    fn find(&mut self, id: ConnId) -> Option<&mut Conn> {
        let both = [self.primary.as_mut(), self.successor.as_mut()];
        both.into_iter().flatten().find(|conn| conn.id == id)
    }

    fn open_ones(&self) -> Vec<ConnId> {
        let both = [self.primary, self.successor].into_iter().flatten();
        both.filter(|conn| conn.open).map(|conn| conn.id).collect()
    }
}

fn last_data(conn: &Conn) -> Ts {
    conn.data.unwrap_or(conn.since)
}
