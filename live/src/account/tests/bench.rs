//! A run's account side with its venue, and what came through the queue.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::credentials::Credentials;
use onetape_adapters::protocol::Protocol;
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{AccountEvent, Body, OrderEventKind};
use onetape_core::instrument::Side;
use onetape_core::names::{Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::{OrderId, OrderState, OrderTable};
use onetape_core::position::Position;
use onetape_core::time::Span;
use tokio::time::{Instant, sleep};

use super::site::{Exchange, KEY, SECRET};
use super::world::{ONLY, names};
use crate::account::{
    AccountError, AccountOptions, Accounts, Known, KnownOrder, Notice, Reconciled,
};
use crate::control::HaltFlag;
use crate::journal::Latch;
use crate::net::{DialLimits, Dialer, Trust};
use crate::queue::{InboxLimits, Receiver, Sender, channel};
use crate::serve::{ServeLimits, Server};
use crate::venue::{Overrides, Urls, VenueSetup};

/// Times that make a test short: a fence of half a second.
pub(super) fn options() -> AccountOptions {
    AccountOptions {
        unknown_after: Span::from_millis(300),
        fence: Span::from_millis(500),
        query_every: Span::from_millis(100),
        fills_grace: Span::from_millis(80),
        ..AccountOptions::default()
    }
}

/// A venue that listens.
pub(super) struct Venue {
    pub(super) exchange: Arc<Exchange>,
    pub(super) setup: VenueSetup,
    pub(super) names: Arc<Names>,
    _serving: tokio::task::JoinHandle<()>,
}

impl Venue {
    pub(super) async fn new(protocol: Protocol) -> Self {
        let (names, directory) = names(protocol);
        let exchange = Arc::new(Exchange::new(protocol, Arc::clone(&directory)));
        let address = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(address, None, ServeLimits::default())
            .await
            .unwrap();
        let at = server.address().to_string();
        let serving = tokio::spawn(server.run(Arc::clone(&exchange)));
        let urls = Urls::local(protocol, &at, &Overrides::default()).unwrap();
        let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
        let mut setup = VenueSetup::new(protocol, directory, urls, dialer);
        setup.credentials = Some(Arc::new(Credentials::shared(KEY, SECRET.as_bytes())));
        Self {
            exchange,
            setup,
            names: Arc::new(names),
            _serving: serving,
        }
    }

    /// The account side of a run that begins here, or why it does not.
    pub(super) async fn start(
        &self,
        to: Sender,
        halt: &HaltFlag,
        options: &AccountOptions,
    ) -> Result<Accounts, AccountError> {
        Accounts::start(
            vec![self.setup.clone()],
            Arc::clone(&self.names),
            to,
            halt.clone(),
            Latch::default(),
            options.clone(),
            Arc::new(|_, _| None),
        )
        .await
    }
}

/// A run at one venue.
pub(super) struct Bench {
    pub(super) venue: Venue,
    pub(super) accounts: Accounts,
    pub(super) halt: HaltFlag,
    from: Receiver,
    /// Core's own table, to which everything is applied.
    pub(super) table: OrderTable,
    pub(super) heard: Vec<(OrderId, OrderEventKind)>,
    pub(super) account: Vec<AccountEvent>,
    pub(super) faults: Vec<onetape_core::fault::FaultEvent>,
    next: u32,
}

impl Bench {
    pub(super) async fn with(protocol: Protocol, options: AccountOptions) -> Self {
        let venue = Venue::new(protocol).await;
        let (bench, found) = Self::at(venue, options, &Known::default(), OrderTable::new(1)).await;
        assert!(found.is_clean() && found.unknown.is_empty(), "{found:?}");
        bench
    }

    /// A run that begins, or goes on, at a venue that may have seen it before.
    pub(super) async fn at(
        venue: Venue,
        options: AccountOptions,
        known: &Known,
        table: OrderTable,
    ) -> (Self, Reconciled) {
        let (to, from) = channel(InboxLimits::default());
        let halt = HaltFlag::default();
        let mut accounts = venue.start(to, &halt, &options).await.unwrap();
        let found = accounts.reconcile(known).await.unwrap();
        let mut bench = Self {
            venue,
            accounts,
            halt,
            from,
            heard: Vec::new(),
            account: Vec::new(),
            faults: Vec::new(),
            next: table.len() as u32,
            table,
        };
        if options.frames && bench.venue.setup.protocol.has_order_frames() {
            let account = Arc::clone(&bench.accounts.accounts[0]);
            bench
                .until("orders by frame", |_| account.state().entry.is_some())
                .await;
        }
        bench.drain();
        (bench, found)
    }

    /// Sends an order to buy so many lots.
    pub(super) fn buy(&mut self, lots: i64, time_in_force: TimeInForce) -> OrderId {
        let place = self.order(lots, time_in_force);
        self.table.enter(place);
        self.accounts.accounts[0].place(place);
        place.order
    }

    pub(super) fn order(&mut self, lots: i64, time_in_force: TimeInForce) -> Place {
        let order = OrderId {
            epoch: 1,
            n: self.next,
        };
        self.next += 1;
        Place {
            order,
            task: TaskId(0),
            instrument: ONLY,
            side: Side::Buy,
            qty: Qty::new(lots),
            limit: Some(Price::new(500_000)),
            time_in_force,
            reduce_only: false,
            tag: LegTag::default(),
        }
    }

    pub(super) fn cancel(&self, order: OrderId) {
        self.accounts.accounts[0].cancel(order);
    }

    /// Takes what waits.
    pub(super) fn drain(&mut self) {
        while let Some(arrival) = self.from.try_next() {
            match arrival.body {
                Body::Order(news) => {
                    self.table.apply(&news);
                    self.heard.push((news.order, news.kind));
                }
                Body::Account(event) => self.account.push(event),
                Body::Fault(fault) => self.faults.push(fault),
                other => panic!("not of an account: {other:?}"),
            }
        }
    }

    /// Waits until something holds.
    /// What people should know since this was asked last.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let told = self.accounts.notices().into_iter();
        told.map(|it| it.notice).collect()
    }

    pub(super) async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + Duration::from_secs(8);
        loop {
            self.drain();
            if holds(self) {
                return;
            }
            assert!(
                Instant::now() < until,
                "{:?}: no {what}: {:?}\nnotices {:?}\nrefused {:?}",
                self.venue.exchange.protocol,
                self.heard,
                self.notices(),
                self.venue.exchange.state().refused,
            );
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn until_told(&mut self, order: OrderId, word: &str) {
        self.until(word, |bench| bench.kinds(order).contains(&word))
            .await;
    }

    pub(super) async fn until_state(&mut self, order: OrderId, state: OrderState) {
        let what = format!("{state:?} of {order:?}");
        self.until(&what, |bench| bench.state(order) == Some(state))
            .await;
    }

    /// Waits so long and takes what came.
    pub(super) async fn pass(&mut self, millis: u64) {
        sleep(Duration::from_millis(millis)).await;
        self.drain();
    }

    pub(super) fn state(&self, order: OrderId) -> Option<OrderState> {
        self.table.get(order).map(|it| it.state)
    }

    pub(super) fn filled(&self, order: OrderId) -> i64 {
        self.table.get(order).map_or(0, |it| it.filled.mantissa())
    }

    pub(super) fn kinds(&self, order: OrderId) -> Vec<&'static str> {
        let own = self.heard.iter().filter(|(id, _)| *id == order);
        own.map(|(_, kind)| word(kind)).collect()
    }

    /// What must hold whatever happened: nothing was submitted twice, nothing contradicts, and what traded is what the
    /// venue says.
    pub(super) fn sound(&self) {
        let protocol = self.venue.exchange.protocol;
        let state = self.venue.exchange.state();
        for (client, times) in &state.world.submitted {
            assert_eq!(
                *times, 1,
                "{protocol:?}: {client} was submitted {times} times"
            );
        }
        assert_eq!(self.table.surprises, 0, "{protocol:?}: {:?}", self.heard);
        assert_eq!(state.refused, Vec::new(), "{protocol:?}");
        for order in state.world.orders.values() {
            let text = order.client.trim_start_matches("t-");
            // Others' are not the run's to follow.
            let id = onetape_adapters::client_id::order_id(text, None);
            let Some((id, mine)) = id.and_then(|id| Some((id, self.table.get(id)?))) else {
                continue;
            };
            assert_eq!(
                mine.filled, order.filled,
                "{protocol:?} {id:?}: {:?}",
                self.heard
            );
            assert_eq!(
                mine.state.is_terminal(),
                !order.status.is_open(),
                "{protocol:?} {id:?}: {:?}",
                self.heard
            );
        }
    }

    /// Everything that was known, as a journal has it.
    pub(super) fn known(&self) -> Known {
        let ids = (0..self.next).map(|n| OrderId { epoch: 1, n });
        let orders = ids.filter_map(|id| self.table.get(id)).map(KnownOrder::of);
        Known {
            orders: orders.collect(),
            positions: vec![(ONLY, self.position())],
            until: crate::account::venue::now(),
        }
    }

    /// What is held after all fills, of which all were bought.
    fn position(&self) -> Position {
        let ids = (0..self.next).map(|n| OrderId { epoch: 1, n });
        let filled = ids.filter_map(|id| self.table.get(id)).map(|it| it.filled);
        Position {
            qty: filled.fold(Qty::ZERO, |sum, it| sum + it),
            ..Position::default()
        }
    }

    /// The last balance that was told of an asset.
    pub(super) fn balance(&self, asset: onetape_core::names::AssetId) -> Option<Money> {
        let mut all = self.account.iter().rev();
        all.find_map(|event| match event {
            AccountEvent::Balance {
                asset: of, total, ..
            } if *of == asset => Some(*total),
            _ => None,
        })
    }
}

pub(super) fn word(kind: &OrderEventKind) -> &'static str {
    match kind {
        OrderEventKind::Accepted => "accepted",
        OrderEventKind::Rejected(_) => "rejected",
        OrderEventKind::Filled(_) => "filled",
        OrderEventKind::Cancelled => "cancelled",
        OrderEventKind::Expired => "expired",
        OrderEventKind::Unknown => "unknown",
        OrderEventKind::CancelRejected => "cancel_rejected",
        OrderEventKind::NotSent => "not_sent",
        OrderEventKind::Amended { .. } => "amended",
        OrderEventKind::AmendRejected(_) => "amend_rejected",
    }
}

/// Runs a case at each venue, by each way that it has.
pub(super) fn everywhere<F: Future<Output = ()>>(case: impl Fn(Protocol, AccountOptions) -> F) {
    for protocol in Protocol::ALL {
        for frames in [true, false] {
            if frames && !protocol.has_order_frames() {
                continue;
            }
            let options = AccountOptions {
                frames,
                ..options()
            };
            on_one_thread(case(protocol, options));
        }
    }
}

pub(super) fn on_one_thread<T>(case: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(case)
}
