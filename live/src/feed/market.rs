//! The market data of one venue: which connection has which feed.

use std::sync::Arc;

use onetape_adapters::error::AskError;
use onetape_adapters::feed::{Feed, Socket};
use onetape_core::names::InstrumentId;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::context::{Context, SharedEar};
use super::ear::{Due, Ear};
use super::line::{LineDial, LineSink, LineWords};
use super::options::FeedOptions;
use super::outlet::Outlet;
use super::{poll, snapshot, topic};
use crate::connection::{Link, Order, run};
use crate::stamp::{Clock, SteadyClock};
use crate::venue::VenueSetup;

/// Orders that wait for a connection's loop: each changes one feed, answers one ping, or renews.
const ORDERS_MAX: usize = 1_024;

/// Why a feed cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The venue does not have it.
    #[error("{what} of {venue}: {why}")]
    Unknown {
        /// Whose.
        venue: &'static str,
        /// Which.
        what: &'static str,
        /// Why not.
        why: AskError,
    },
    /// Not of the market, or on no connection of the venue.
    #[error("{venue} does not tell {what} by a market connection")]
    NotMarket {
        /// Whose.
        venue: &'static str,
        /// Which.
        what: &'static str,
    },
    /// Changes come faster than the connection takes them.
    #[error("the connection of {venue} has {ORDERS_MAX} changes waiting; try again")]
    Busy {
        /// Whose.
        venue: &'static str,
    },
}

/// How a connection does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineStatus {
    /// Which.
    pub socket: Socket,
    /// Feeds on it.
    pub feeds: usize,
    /// Whether it is up.
    pub up: bool,
    /// Whether REST is asked meanwhile.
    pub silent: bool,
    /// How often messages were missing.
    pub gaps: u64,
    /// The last fault.
    pub fault: Option<String>,
    /// The venue's words when it last refused a subscription.
    pub refused: Option<String>,
}

struct Line {
    socket: Socket,
    ear: SharedEar,
    orders: mpsc::Sender<Order>,
    silent: watch::Receiver<bool>,
    fault: watch::Receiver<Option<String>>,
}

/// The market data of one venue. It must be made on a runtime; everything ends when it is dropped.
pub struct MarketFeed<O> {
    cx: Arc<Context<O>>,
    lines: Vec<Line>,
    tasks: JoinSet<()>,
    seeds: u64,
}

impl<O: Outlet> MarketFeed<O> {
    /// Begins, without a feed.
    pub fn start(setup: VenueSetup, options: FeedOptions, out: O) -> Self {
        let cx = Context::new(setup, options, out);
        let mut tasks = JoinSet::new();
        tasks.spawn(poll::status(Arc::clone(&cx)));
        Self {
            cx,
            lines: Vec::new(),
            tasks,
            seeds: 0,
        }
    }

    /// Wants feeds from now on. Those that are there already stay as they are.
    ///
    /// # Errors
    /// When the venue does not have one of them; none is begun then.
    pub fn want(&mut self, feeds: &[Feed]) -> Result<(), FeedError> {
        let placed: Result<Vec<_>, _> = feeds.iter().map(|it| self.socket(*it)).collect();
        for (feed, socket) in feeds.iter().zip(placed?) {
            self.begin(*feed, socket)?;
        }
        Ok(())
    }

    /// Wants feeds no longer.
    ///
    /// # Errors
    /// When a connection has too many changes waiting.
    pub fn drop_feeds(&mut self, feeds: &[Feed]) -> Result<(), FeedError> {
        for feed in feeds {
            let has = |line: &&Line| line.ear.lock().feeds().any(|it| it == *feed);
            let Some(line) = self.lines.iter().find(has) else {
                continue;
            };
            self.order(line, topic::topic(*feed).map(Order::Unsubscribe))?;
            let at = SteadyClock.now();
            (line.ear).tell(&self.cx.out, |ear, out| ear.remove(*feed, at, out));
        }
        Ok(())
    }

    /// How its connections do.
    pub fn status(&self) -> Vec<LineStatus> {
        let one = |line: &Line| {
            let ear = line.ear.lock();
            LineStatus {
                socket: line.socket,
                feeds: ear.len(),
                up: ear.is_up(),
                silent: *line.silent.borrow(),
                gaps: ear.gaps(),
                fault: line.fault.borrow().clone(),
                refused: ear.refused().map(str::to_string),
            }
        };
        self.lines.iter().map(one).collect()
    }

    /// The connection that tells a feed.
    fn socket(&self, feed: Feed) -> Result<Socket, FeedError> {
        let setup = &self.cx.setup;
        let (venue, what) = (setup.protocol.venue(), feed.name());
        if feed.instrument().is_none() {
            return Err(FeedError::NotMarket { venue, what });
        }
        let made = setup.protocol.subscribe(&[feed], 1, &setup.cx());
        let made = made.map_err(|why| FeedError::Unknown { venue, what, why })?;
        let socket = made.first().map(|(socket, _)| *socket);
        let found = socket.filter(|it| LineDial::new(&self.cx, *it).is_some());
        found.ok_or(FeedError::NotMarket { venue, what })
    }

    fn begin(&mut self, feed: Feed, socket: Socket) -> Result<(), FeedError> {
        let Some(id) = feed.instrument() else {
            return Ok(());
        };
        if self
            .lines
            .iter()
            .any(|line| line.ear.lock().feeds().any(|it| it == feed))
        {
            return Ok(());
        }
        let at = match self.place(id, socket) {
            Some(at) => at,
            None => self.open(socket),
        };
        let Some(line) = self.lines.get(at) else {
            return Ok(());
        };
        let leads = self.leads(feed, at);
        self.order(line, topic::topic(feed).map(Order::Subscribe))?;
        let now = SteadyClock.now();
        let due = (line.ear).tell(&self.cx.out, |ear, out| ear.add(feed, leads, now, out));
        for it in due {
            if let Due::Snapshot(id) = it {
                snapshot::spawn(&self.cx, &line.ear, id);
            }
        }
        Ok(())
    }

    /// One connection of an instrument tells when its feed comes and goes: that of its quotes or depth, else the first.
    fn leads(&self, feed: Feed, line: usize) -> bool {
        let book = matches!(feed, Feed::Quote(_) | Feed::Depth(_));
        let elsewhere = |it: &Line| feed.instrument().is_some_and(|id| it.ear.lock().has(id));
        book || !(self.lines.iter().enumerate()).any(|(at, it)| at != line && elsewhere(it))
    }

    /// A connection with room, that of the instrument's other feeds first.
    fn place(&self, id: InstrumentId, socket: Socket) -> Option<usize> {
        let most = self.cx.options.per_connection(self.cx.setup.protocol);
        let room = |line: &Line| line.socket == socket && line.ear.lock().len() < most;
        let lines = || self.lines.iter().enumerate().filter(|(_, line)| room(line));
        let same = lines().find(|(_, line)| line.ear.lock().has(id));
        same.or_else(|| lines().next()).map(|(at, _)| at)
    }

    fn open(&mut self, socket: Socket) -> usize {
        let cx = Arc::clone(&self.cx);
        let setup = &cx.setup;
        let directory = Arc::clone(&setup.directory);
        let ear = SharedEar::new(Ear::new(setup.protocol, directory, setup.counts.clone()));
        let (orders, taken) = mpsc::channel(ORDERS_MAX);
        let (silence, silent) = watch::channel(false);
        let (faults, fault) = watch::channel(None);
        self.seeds += 1;
        let mut link = cx.options.link;
        // No two connections wait alike.
        link.backoff.key = link
            .backoff
            .key
            .wrapping_add(self.seeds.wrapping_mul(0x9E37_79B9));
        if let Some(dial) = LineDial::new(&cx, socket) {
            let words = LineWords {
                cx: Arc::clone(&cx),
                ear: ear.clone(),
                socket,
                id: 0,
            };
            let sink = LineSink {
                cx: Arc::clone(&cx),
                ear: ear.clone(),
                silent: silence,
                orders: orders.downgrade(),
                fault: faults,
            };
            self.tasks.spawn(async move {
                let _ = run(Link::new(link), dial, words, sink, taken).await;
            });
            let fallback = poll::fallback(Arc::clone(&cx), ear.clone(), silent.clone());
            self.tasks.spawn(fallback);
            self.tasks.spawn(poll::interest(cx, ear.clone()));
        }
        self.lines.push(Line {
            socket,
            ear,
            orders,
            silent,
            fault,
        });
        self.lines.len() - 1
    }

    fn order(&self, line: &Line, order: Option<Order>) -> Result<(), FeedError> {
        let venue = self.cx.setup.protocol.venue();
        match order.map(|order| line.orders.try_send(order)) {
            Some(Err(_)) => Err(FeedError::Busy { venue }),
            _ => Ok(()),
        }
    }
}
