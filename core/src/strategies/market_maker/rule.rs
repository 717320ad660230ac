//! What to quote, and the answer to every event.

use alloc::boxed::Box;
use alloc::string::String;

use super::quote::{Act, SideQuote, Stays};
use super::signals::TouchSignals;
use super::sizes;
use crate::command::{LegRole, LegTag, TimeInForce};
use crate::event::{AccountEvent, Body, Control, Event, OrderEvent, OrderEventKind, Quote, Status};
use crate::instrument::{Instrument, Side};
use crate::market::{Market, TopState};
use crate::names::InstrumentId;
use crate::num::{Bps, MANTISSA_MAX, Money, Price, Qty};
use crate::saga::marketable_limit;
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategy::{Context, Intents, Numbers, OrderIntent, Params, Strategy, Wake};
use crate::task::Standing;
use crate::time::{Span, Ts};

/// How far beyond the touch an inventory may be closed when the task is stopped.
const UNWIND_SLIPPAGE: Bps = Bps::from_millionths(10_000_000);

/// Prices of the two sides; `None` wants no quote there.
type Wanted = [Option<Price>; 2];

/// Prices of a touch, both ends among them.
#[derive(Clone, Copy, Debug)]
struct Calm {
    from: i64,
    to: i64,
}

crate::value!(struct Calm { from, to });

impl Calm {
    const ALWAYS: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
    };
    const NEVER: Self = Self { from: 1, to: 0 };

    const fn above(price: i64) -> Self {
        Self {
            from: price.saturating_add(1),
            to: i64::MAX,
        }
    }

    #[inline]
    const fn has(&self, price: Price) -> bool {
        (self.from <= price.mantissa()) & (price.mantissa() <= self.to)
    }
}

/// One quoted instrument.
#[derive(Clone, Debug)]
pub struct MarketMaker {
    instrument: InstrumentId,
    /// Its rules, for other parameters.
    traded: Box<Instrument>,
    tick: i64,
    quantity: Qty,
    limit: Qty,
    offset: i64,
    tolerance: i64,
    skew_ticks: i64,
    every_event: bool,
    /// Bid and ask, by `Side`.
    sides: [SideQuote; 2],
    /// What the own fills add up to.
    inventory: Qty,
    /// How far behind its touch each side rests: the offset, moved against the inventory.
    behind: [i64; 2],
    /// Whether a side has room in the inventory and may be quoted.
    open: [bool; 2],
    paused: bool,
    halted: bool,
    /// The gate refused a quote; it may think better of it on any event.
    refused: bool,
    /// Touches at which there is nothing to do, by `Side`: bid and ask, from and to.
    calm: [Calm; 2],
    /// Something keeps a side from being quoted that is not the market's or the inventory's.
    trouble: Option<Why>,
    /// Nothing leaves on a side before this is over.
    waits_until: Option<Ts>,
    reason: Why,
}

crate::state!(MarketMaker {
    sides, inventory, behind, open, paused, halted, refused, calm, trouble, waits_until, reason
} fixed { instrument, traded, tick, quantity, limit, offset, tolerance, skew_ticks, every_event });

/// Why it quotes as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Starting,
    Quoting,
    OneSided,
    Paused,
    Halted,
    NoMarket,
    Refused,
    Rejected,
    UnknownOrder,
}

crate::value!(
    enum Why {
        Starting,
        Quoting,
        OneSided,
        Paused,
        Halted,
        NoMarket,
        Refused,
        Rejected,
        UnknownOrder,
    }
);

impl Why {
    const fn code(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Quoting => "quoting",
            Self::OneSided => "one_sided",
            Self::Paused => "paused",
            Self::Halted => "halted",
            Self::NoMarket => "no_market",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::UnknownOrder => "unknown_order",
        }
    }
}

impl MarketMaker {
    pub(super) fn new(instrument: &Instrument, quantity: Qty, limit: Qty, params: &Params) -> Self {
        let tick = instrument.tick.mantissa().max(1);
        let mut rule = Self {
            instrument: instrument.id,
            traded: Box::new(instrument.clone()),
            tick,
            quantity,
            limit,
            offset: 0,
            tolerance: 0,
            skew_ticks: 0,
            every_event: false,
            sides: [SideQuote::IDLE; 2],
            inventory: Qty::ZERO,
            behind: [0; 2],
            open: [true; 2],
            paused: false,
            halted: false,
            refused: false,
            calm: [Calm::NEVER; 2],
            trouble: None,
            waits_until: None,
            reason: Why::Starting,
        };
        rule.heed(params);
        rule.held(Qty::ZERO);
        rule
    }

    fn heed(&mut self, params: &Params) {
        let ticks = |name| params.integer(name).unwrap_or_default();
        self.offset = ticks("offset_ticks").saturating_mul(self.tick);
        self.tolerance = ticks("requote_ticks").saturating_mul(self.tick);
        self.skew_ticks = ticks("skew_ticks");
        self.every_event = params.flag("every_event");
    }

    /// Takes in what is not the market's.
    fn listen<S>(&mut self, cx: &Context<'_, S>, event: &Event, out: &mut Intents<'_>) {
        match &event.body {
            Body::Order(news) => self.order_news(cx, news, out),
            Body::Account(AccountEvent::Liquidated { instrument, .. })
                if *instrument == self.instrument =>
            {
                self.held(Qty::ZERO);
            }
            Body::Account(AccountEvent::Deleveraged { instrument, .. })
                if *instrument == self.instrument =>
            {
                self.held(self.inventory - out.share_closed());
            }
            Body::Control(control) => {
                self.paused = match control {
                    Control::Pause => true,
                    Control::Resume | Control::Halt => false,
                    // Word of breakers and balances is the gate's affair.
                    _ => self.paused,
                };
                self.held(self.inventory);
            }
            _ => {}
        }
    }

    fn order_news<S>(&mut self, cx: &Context<'_, S>, news: &OrderEvent, out: &mut Intents<'_>) {
        let side = match &self.sides {
            [bid, _] if bid.is(news.order) => Side::Buy,
            [_, ask] if ask.is(news.order) => Side::Sell,
            _ => return self.stray_news(cx, news, out),
        };
        self.sides[side as usize].news(&news.kind);
        if let OrderEventKind::Filled(fill) = &news.kind {
            self.held(self.inventory + side.signed(fill.qty));
        }
    }

    /// News of an order that was given up: a late fill counts, and one that came to life again is taken back.
    fn stray_news<S>(&mut self, cx: &Context<'_, S>, news: &OrderEvent, out: &mut Intents<'_>) {
        let Some(order) = cx.orders.get(news.order) else {
            return;
        };
        match &news.kind {
            OrderEventKind::Filled(fill) => {
                self.held(self.inventory + order.place.side.signed(fill.qty));
            }
            OrderEventKind::Accepted if !order.state.is_terminal() => out.cancel(news.order),
            _ => {}
        }
    }

    /// What follows from the inventory, reckoned when it changes instead of on every event.
    fn held(&mut self, inventory: Qty) {
        self.inventory = inventory;
        let (held, limit) = (inventory.mantissa(), self.limit.mantissa().max(1));
        let ticks = i128::from(self.skew_ticks) * i128::from(held) / i128::from(limit);
        let ticks = i64::try_from(ticks).unwrap_or(0);
        let shift = ticks.saturating_mul(self.tick);
        // No further than any price, so that a sum with a price is one.
        let most = |distance: i64| distance.clamp(-MANTISSA_MAX, MANTISSA_MAX);
        self.behind = [
            most(self.offset.saturating_add(shift)),
            most(self.offset.saturating_sub(shift)),
        ];
        for side in [Side::Buy, Side::Sell] {
            let after = inventory + side.signed(self.quantity);
            let room = match side {
                Side::Buy => after <= self.limit,
                Side::Sell => after >= -self.limit,
            };
            self.open[side as usize] = room && (!self.paused || self.reduces(side));
            self.sides[side as usize].forgive();
        }
        self.look_for_trouble();
    }

    /// True when a quote of `side` can only make the inventory smaller.
    fn reduces(&self, side: Side) -> bool {
        let against = match side {
            Side::Buy => -self.inventory,
            Side::Sell => self.inventory,
        };
        against >= self.quantity
    }

    /// Where the quotes should rest: behind the touch, moved against the inventory, never through the other side.
    fn wanted(&self, top: &Quote) -> Wanted {
        let (bid, ask) = (top.bid.price.mantissa(), top.ask.price.mantissa());
        let mut buy = (bid - self.behind[0]).min(ask - self.tick);
        let mut sell = (ask + self.behind[1]).max(bid + self.tick);
        if self.tick != 1 {
            // A touch off the grid is not rested on: a quote never shows a better price than was meant.
            buy -= buy.rem_euclid(self.tick);
            sell = sell.saturating_add((-sell).rem_euclid(self.tick));
        }
        let price = |side: Side, price| {
            (self.open[side as usize] && price > 0).then_some(Price::new(price))
        };
        [price(Side::Buy, buy), price(Side::Sell, sell)]
    }

    /// True when both sides are as they should be, and nothing that was put off is due.
    fn rests(&self, wanted: &Wanted) -> bool {
        let [bid, ask] = &self.sides;
        bid.rests(wanted[0], self.tolerance)
            && ask.rests(wanted[1], self.tolerance)
            && !self.refused
            && self.waits_until.is_none()
    }

    /// The touches at which nothing would come of looking at them, worked out when something changed: most events are
    /// then judged by four comparisons. Where a side is moved to before its touch, every touch is looked at.
    fn calm(&self) -> [Calm; 2] {
        let waits = self.halted || self.refused || self.waits_until.is_some();
        let quotes = !matches!(self.reason, Why::Starting | Why::Halted | Why::NoMarket);
        if waits || !quotes || self.behind.iter().any(|&behind| behind < 0) {
            return [Calm::NEVER; 2];
        }
        // A price is cut to the grid away from the touch, by less than a tick.
        let (cut, [below, above]) = (self.tick - 1, self.behind);
        [
            match self.sides[0].stays(self.open[0], self.tolerance) {
                Stays::At { from, to } => Calm {
                    from: from.max(1).saturating_add(below),
                    to: to.saturating_add(below).saturating_add(cut),
                },
                Stays::Anywhere if self.open[0] => Calm::above(below),
                Stays::Anywhere => Calm::ALWAYS,
                Stays::Nowhere => Calm::NEVER,
            },
            match self.sides[1].stays(self.open[1], self.tolerance) {
                Stays::At { from, to } => Calm {
                    from: from.saturating_sub(above).saturating_sub(cut),
                    to: to.saturating_sub(above),
                },
                Stays::Anywhere => Calm::ALWAYS,
                Stays::Nowhere => Calm::NEVER,
            },
        ]
    }

    fn quote(&mut self, now: Ts, wanted: Wanted, out: &mut Intents<'_>) {
        self.refused = false;
        for side in [Side::Buy, Side::Sell] {
            let at = side as usize;
            self.act(
                side,
                self.sides[at].act(wanted[at], self.tolerance, now),
                now,
                out,
            );
        }
        let [bid, ask] = self.sides.each_ref().map(|side| side.waits_until(now));
        self.waits_until = bid.max(ask);
        self.look_for_trouble();
    }

    fn look_for_trouble(&mut self) {
        let [bid, ask] = &self.sides;
        self.trouble = if self.refused {
            Some(Why::Refused)
        } else if bid.is_unknown() || ask.is_unknown() {
            Some(Why::UnknownOrder)
        } else if bid.is_rejected() || ask.is_rejected() {
            Some(Why::Rejected)
        } else {
            None
        };
    }

    fn act(&mut self, side: Side, act: Act, now: Ts, out: &mut Intents<'_>) {
        let at = side as usize;
        match act {
            Act::Nothing => {}
            Act::Cancel(order) => {
                out.cancel(order);
                self.sides[at].cancelling(now);
            }
            Act::Place(price) => match out.place(self.intent(side, price)) {
                Some(id) => self.sides[at].placed(id, price, self.quantity, now),
                None => self.refused = true,
            },
        }
    }

    fn intent(&self, side: Side, price: Price) -> OrderIntent {
        let role = if self.reduces(side) {
            LegRole::Exit
        } else {
            LegRole::Entry
        };
        OrderIntent {
            instrument: self.instrument,
            side,
            qty: self.quantity,
            limit: Some(price),
            time_in_force: TimeInForce::PostOnly,
            reduce_only: false,
            tag: LegTag {
                trip: 0,
                leg: 0,
                role,
            },
        }
    }

    /// Why it quotes as it does. No reason changes with an order's way to the venue and back.
    #[inline]
    fn why(&self, wanted: &Wanted) -> Why {
        if let Some(trouble) = self.trouble {
            trouble
        } else if wanted[0].is_some() && wanted[1].is_some() {
            Why::Quoting
        } else if self.paused {
            Why::Paused
        } else {
            Why::OneSided
        }
    }
}

impl Strategy for MarketMaker {
    type Signals = TouchSignals;

    fn signals(&self) -> TouchSignals {
        TouchSignals::new(self.instrument)
    }

    fn on_event(&mut self, cx: &Context<'_, TouchSignals>, event: &Event, out: &mut Intents<'_>) {
        if !event.body.is_market() {
            self.listen(cx, event, out);
            self.look_for_trouble();
        }
        let known = cx.market.instrument(self.instrument);
        let halted = known.status() == Status::Halted;
        if halted != self.halted {
            // What was rejected while nothing traded may be taken now.
            self.halted = halted;
            self.held(self.inventory);
        }
        let reason = match (known.top(), known.state()) {
            _ if halted => Why::Halted,
            (Some(top), _) => {
                let wanted = self.wanted(top);
                self.quote(cx.now, wanted, out);
                self.why(&wanted)
            }
            (None, TopState::Missing | TopState::Gapped) => {
                // A quote that nobody watches is only ever traded against.
                self.quote(cx.now, [None; 2], out);
                Why::NoMarket
            }
            (None, _) => Why::NoMarket,
        };
        if reason != self.reason {
            self.reason = reason;
            out.reason(reason.code());
        }
        self.calm = self.calm();
    }

    #[inline]
    fn would_act(&self, _: Ts, market: &Market) -> bool {
        let known = market.instrument(self.instrument);
        let (Some(top), Status::Trading) = (known.top(), known.status()) else {
            return true;
        };
        let [bid, ask] = &self.calm;
        let apart = top.ask.price.mantissa() - top.bid.price.mantissa() >= self.tick;
        if bid.has(top.bid.price) & ask.has(top.ask.price) & apart {
            return false;
        }
        let wanted = self.wanted(top);
        self.halted || self.why(&wanted) != self.reason || !self.rests(&wanted)
    }

    fn wake(&self) -> Wake {
        if self.every_event || self.refused {
            return Wake::ALWAYS;
        }
        match self.waits_until {
            Some(until) => Wake::OWN.at(until + Span::from_nanos(1)),
            None => Wake::OWN,
        }
    }

    fn explain(&self, cx: &Context<'_, TouchSignals>, numbers: &mut Numbers) {
        let instrument = cx.names.instrument(self.instrument);
        let known = cx.market.instrument(self.instrument);
        if let Some(top) = known.top() {
            let price = |price| Money::new(instrument.price_decimal(price));
            numbers.exact("bid", price(top.bid.price));
            numbers.exact("ask", price(top.ask.price));
        }
        numbers.exact(
            "inventory",
            Money::new(instrument.qty_decimal(self.inventory)),
        );
    }

    fn standing(&self) -> Standing {
        if self.inventory.is_zero() {
            Standing::Watching
        } else {
            Standing::Holding
        }
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        (self.quantity, self.limit) = sizes(&self.traded, params)?;
        self.heed(params);
        self.held(self.inventory);
        self.calm = [Calm::NEVER; 2];
        Ok(())
    }

    fn unwind(&mut self, cx: &Context<'_, TouchSignals>, out: &mut Intents<'_>) {
        let side = if self.inventory > Qty::ZERO {
            Side::Sell
        } else {
            Side::Buy
        };
        let mut intent = self.intent(side, Price::new(0));
        intent.qty = self.inventory.abs();
        intent.limit = marketable_limit(cx, self.instrument, side, UNWIND_SLIPPAGE);
        intent.time_in_force = TimeInForce::ImmediateOrCancel;
        intent.tag.role = LegRole::Exit;
        if intent.limit.is_some() {
            out.place(intent);
        }
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
