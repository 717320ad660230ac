//! A venue of one instrument that does to orders what it is told to, and counts how often each was submitted.

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_adapters::ask::{MarginMode, PositionMode};
use onetape_adapters::directory::Directory;
use onetape_adapters::protocol::Protocol;
use onetape_adapters::report::{Origin, PositionSide, Settings};
use onetape_adapters::server::call::{NewOrder, Size, Which};
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::AccountState;
use onetape_adapters::server::state::{
    BalanceState, FillState, Happened, MarginState, OrderChange, OrderState, OrderStatus,
    PositionState,
};
use onetape_core::command::TimeInForce;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

pub(super) const BTC: AssetId = AssetId(0);
pub(super) const USDT: AssetId = AssetId(1);
pub(super) const ONLY: InstrumentId = InstrumentId(0);

pub(super) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// A run of one venue with one instrument: ten-cent ticks, lots of a thousandth.
pub(super) fn names(protocol: Protocol) -> (Names, Arc<Directory>) {
    let mut names = Names::default();
    let venue = names.venue_id(protocol.venue());
    let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
    let symbol = match protocol {
        Protocol::GateSpot | Protocol::GateUsdt => "BTC_USDT",
        _ => "BTCUSDT",
    };
    names.instruments.push(Instrument {
        id: ONLY,
        name: format!("{}:{symbol}", protocol.venue()),
        venue,
        symbol: symbol.to_string(),
        kind: match protocol.is_futures() {
            true => InstrumentKind::Linear,
            false => InstrumentKind::Spot,
        },
        base,
        quote,
        price_decimals: 1,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: money("1"),
        inferred: false,
        tiers: Vec::new(),
    });
    let mut directory = Directory::new(&names, venue);
    if protocol == Protocol::GateUsdt {
        directory.set_contract(symbol, money("0.001"));
    }
    (names, Arc::new(directory))
}

/// What the venue does.
pub(super) struct World {
    pub(super) protocol: Protocol,
    pub(super) orders: BTreeMap<u64, OrderState>,
    pub(super) fills: Vec<FillState>,
    /// How often each client's id came as a new order that was taken.
    pub(super) submitted: BTreeMap<String, u32>,
    /// How much of the next order trades as it comes; `None` is all of what takes and nothing of what rests.
    pub(super) part: Option<i64>,
    pub(super) base: Money,
    pub(super) quote: Money,
    pub(super) position: Qty,
    next: u64,
    pub(super) leverage: u32,
    pub(super) mode: MarginMode,
    pub(super) position_mode: PositionMode,
    pub(super) now: Ts,
}

impl World {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            orders: BTreeMap::new(),
            fills: Vec::new(),
            submitted: BTreeMap::new(),
            part: None,
            base: money("10"),
            quote: money("1000000"),
            position: Qty::ZERO,
            next: 1_000,
            leverage: 20,
            mode: MarginMode::Cross,
            position_mode: PositionMode::OneWay,
            now: Ts::UNKNOWN,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Takes an order. What happens to it, one after the other.
    pub(super) fn place(&mut self, new: &NewOrder) -> Vec<News> {
        let Size::Base(qty) = new.size else {
            panic!("orders here have a quantity");
        };
        *self.submitted.entry(new.client.clone()).or_default() += 1;
        let id = self.number();
        self.orders.insert(
            id,
            OrderState {
                id,
                client: new.client.clone(),
                instrument: new.instrument,
                side: new.side,
                limit: new.limit,
                time_in_force: new.time_in_force,
                qty,
                quote_size: None,
                filled: Qty::ZERO,
                filled_quote: Money::ZERO,
                status: OrderStatus::New,
                reduce_only: new.reduce_only,
                position: PositionSide::Net,
                until: None,
                trigger: None,
                self_trade: new.self_trade,
                fees: Vec::new(),
                created: self.now,
                updated: self.now,
            },
        );
        let takes = matches!(
            new.time_in_force,
            TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill
        );
        let mut news = vec![self.changed(id, Happened::Came)];
        let trades = match (self.part.take(), takes) {
            (Some(part), _) => Qty::new(part),
            (None, true) => qty,
            (None, false) => Qty::ZERO,
        };
        if !trades.is_zero() {
            // In two, so that there is an order of fills.
            let half = Qty::new(trades.mantissa() / 2);
            for part in [half, trades - half].into_iter().filter(|it| !it.is_zero()) {
                news.extend(self.trade(id, part));
            }
        }
        if takes && self.orders[&id].status.is_open() {
            self.set(id, OrderStatus::Expired);
            news.push(self.changed(id, Happened::Expired));
        }
        news
    }

    fn set(&mut self, id: u64, status: OrderStatus) {
        let now = self.now;
        let order = self.orders.get_mut(&id).unwrap();
        (order.status, order.updated) = (status, now);
    }

    /// An order trades.
    pub(super) fn trade(&mut self, id: u64, qty: Qty) -> Vec<News> {
        let trade = self.number();
        let now = self.now;
        let order = self.orders.get_mut(&id).unwrap();
        let price = order.limit.unwrap_or(Price::new(500_000));
        let worth = Money::new(Decimal::new(price.mantissa() * qty.mantissa(), 4));
        order.filled += qty;
        order.filled_quote += worth;
        order.updated = now;
        order.status = match order.filled >= order.qty {
            true => OrderStatus::Filled,
            false => OrderStatus::Partial,
        };
        let fee = worth.times(Decimal::new(1, 3));
        order.fees = vec![(USDT, fee)];
        let fill = FillState {
            id: trade,
            order: id,
            client: order.client.clone(),
            instrument: order.instrument,
            side: order.side,
            price,
            qty,
            fee,
            fee_asset: USDT,
            maker: false,
            realised: Money::ZERO,
            position: PositionSide::Net,
            at: now,
        };
        let base = Money::new(Decimal::new(qty.mantissa(), 3));
        match order.side {
            Side::Buy => {
                self.base += base;
                self.quote -= worth;
            }
            Side::Sell => {
                self.base -= base;
                self.quote += worth;
            }
        }
        self.quote -= fee;
        let side = order.side;
        self.position += side.signed(qty);
        self.fills.push(fill.clone());
        vec![self.changed(id, Happened::Traded(fill))]
    }

    fn changed(&mut self, id: u64, what: Happened) -> News {
        let number = self.number();
        News::Order(Box::new(OrderChange {
            order: self.orders[&id].clone(),
            what,
            origin: Origin::Account,
            number,
        }))
    }

    pub(super) fn find(&self, which: &Which) -> Option<u64> {
        let mut all = self.orders.values().rev();
        let found = all.find(|order| {
            which.id.is_some_and(|id| id == order.id)
                || which.client.as_deref().is_some_and(|client| {
                    // At Gate an order that is over is not found by its text.
                    let by_text = !matches!(self.protocol, Protocol::GateSpot | Protocol::GateUsdt)
                        || order.status.is_open();
                    by_text && client == order.client
                })
        });
        found.map(|order| order.id)
    }

    /// Takes an order back; `None` where it is not at rest.
    pub(super) fn cancel(&mut self, id: u64) -> Option<News> {
        self.orders.get(&id).filter(|it| it.status.is_open())?;
        self.set(id, OrderStatus::Cancelled);
        Some(self.changed(id, Happened::Cancelled(None)))
    }

    pub(super) fn open(&self) -> Vec<OrderState> {
        let open = self.orders.values().filter(|it| it.status.is_open());
        open.cloned().collect()
    }

    pub(super) fn balances(&self) -> Vec<BalanceState> {
        let row = |asset, free| BalanceState {
            asset,
            free,
            locked: Money::ZERO,
            at: self.now,
        };
        vec![row(BTC, self.base), row(USDT, self.quote)]
    }

    pub(super) fn account(&self) -> AccountState {
        let zero = Money::ZERO;
        AccountState {
            number: 7,
            balances: self.balances(),
            margins: vec![MarginState {
                asset: USDT,
                wallet: self.quote,
                cross_wallet: self.quote,
                available: self.quote,
                unrealised: zero,
                position_initial: zero,
                order_initial: zero,
                maintenance: zero,
                at: self.now,
            }],
            positions: self.positions(),
            maker: zero,
            taker: money("0.001"),
            position_mode: self.position_mode,
            at: self.now,
        }
    }

    pub(super) fn positions(&self) -> Vec<PositionState> {
        let zero = Money::ZERO;
        vec![PositionState {
            instrument: ONLY,
            side: PositionSide::Net,
            qty: self.position,
            entry: money("50000"),
            mark: money("50000"),
            liquidation: zero,
            unrealised: zero,
            realised: zero,
            initial: zero,
            isolated: zero,
            maintenance: zero,
            leverage: self.leverage,
            max_leverage: 125,
            mode: self.mode,
            at: self.now,
        }]
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            instrument: Some(ONLY),
            leverage: Some(self.leverage),
            margin_mode: Some(self.mode),
            position_mode: Some(self.position_mode),
            multi_asset: Some(false),
        }
    }
}
