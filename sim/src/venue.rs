//! One simulated venue: filters, balances, matching, fees, funding.

use onetape_core::command::{Place, TimeInForce};
use onetape_core::event::{
    AccountEvent, Body, Event, Fill, FundingRate, Level, OrderEvent, OrderEventKind, RejectReason,
    Trade,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use crate::account::Account;
use crate::config::{FeeAsset, Liquidity, VenueConfig};
use crate::fees::Execution;
use crate::liquidity::{Taken, executions};

/// What everybody at the venue sees.
#[derive(Clone, Copy)]
pub(crate) struct Floor<'a> {
    pub(crate) names: &'a Names,
    pub(crate) market: &'a Market,
    pub(crate) liquidity: Liquidity,
}

#[derive(Clone, Debug)]
struct Resting {
    place: Place,
    price: Price,
    left: Qty,
    locked: (AssetId, Money),
}

/// One simulated venue with the account of one run. Answers are pushed as event bodies, in order; when they
/// reach the desk is the world's business.
#[derive(Clone, Debug)]
pub struct Venue {
    config: VenueConfig,
    account: Account,
    resting: Vec<Resting>,
    /// By instrument id; instruments of other venues stay empty.
    taken: Vec<Taken>,
    funding: Vec<Option<FundingRate>>,
    next_trade: u64,
}

impl Venue {
    /// A venue before the first event.
    pub fn new(config: VenueConfig, instruments: usize) -> Self {
        Self {
            account: Account::new(&config.balances, config.leverage),
            config,
            resting: Vec::new(),
            taken: vec![Taken::default(); instruments],
            funding: vec![None; instruments],
            next_trade: 1,
        }
    }

    /// Its settings.
    pub const fn config(&self) -> &VenueConfig {
        &self.config
    }

    /// The run's account.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Reports every balance that changed.
    pub(crate) fn report(&mut self, out: &mut Vec<Body>) {
        let venue: VenueId = self.config.venue;
        let news = |(asset, total)| {
            Body::Account(AccountEvent::Balance {
                venue,
                asset,
                total,
            })
        };
        out.extend(self.account.take_changed().into_iter().map(news));
    }

    /// Takes a market event of one of its instruments in; the floor's market has it already.
    pub(crate) fn on_market(&mut self, floor: Floor<'_>, event: &Event, out: &mut Vec<Body>) {
        let Some(id) = event.body.instrument() else {
            return;
        };
        let feed = floor.market.instrument(id).feed();
        self.taken[id.index()].refresh(feed, event);
        match &event.body {
            Body::Funding(rate) => self.new_rate(floor, *rate, out),
            Body::Trade(trade) => self.fill_through(floor, trade, out),
            body if floor.market.instrument(id).is_moved_by(body) => {
                self.fill_crossed(floor, id, out)
            }
            _ => {}
        }
    }

    /// Settles every funding that is due at or before `now`.
    pub(crate) fn settle_funding(&mut self, floor: Floor<'_>, now: Ts, out: &mut Vec<Body>) {
        for at in 0..self.funding.len() {
            if self.funding[at].is_some_and(|rate| rate.settles_at <= now) {
                self.settle(floor, at, out);
            }
        }
    }

    /// When the next funding is due.
    pub(crate) fn next_funding(&self) -> Option<Ts> {
        self.funding
            .iter()
            .flatten()
            .map(|rate| rate.settles_at)
            .min()
    }

    /// A rate for a later settlement means that the earlier one is past.
    fn new_rate(&mut self, floor: Floor<'_>, rate: FundingRate, out: &mut Vec<Body>) {
        let at = rate.instrument.index();
        if self.funding[at].is_some_and(|known| known.settles_at < rate.settles_at) {
            self.settle(floor, at, out);
        }
        self.funding[at] = Some(rate);
    }

    /// Pays or charges `-position * mark * rate`: longs pay when the rate is positive.
    fn settle(&mut self, floor: Floor<'_>, at: usize, out: &mut Vec<Body>) {
        let Some(due) = self.funding[at].take() else {
            return;
        };
        let instrument = floor.names.instrument(due.instrument);
        let position = self.account.position(due.instrument);
        let Some(mark) = mark_of(floor.market, instrument) else {
            return;
        };
        if position.qty.is_zero() {
            return;
        }
        let exposure = match instrument.kind {
            InstrumentKind::Inverse => {
                let value = instrument
                    .notional(Price::default(), position.qty)
                    .decimal();
                value.checked_div(mark).unwrap_or(Decimal::ZERO)
            }
            InstrumentKind::Spot | InstrumentKind::Linear => {
                instrument.qty_decimal(position.qty) * mark
            }
        };
        let amount = -Money::new(exposure).times(due.rate.decimal());
        self.account.credit(instrument.settle(), amount);
        out.push(Body::Account(AccountEvent::Funding {
            instrument: due.instrument,
            amount,
            rate: due.rate,
        }));
        self.report(out);
    }

    /// An order arrives.
    pub(crate) fn on_place(&mut self, floor: Floor<'_>, place: &Place, out: &mut Vec<Body>) {
        if let Err(reason) = self.accept(floor, place, out) {
            out.push(news(place.order, OrderEventKind::Rejected(reason)));
        }
        self.report(out);
    }

    fn accept(
        &mut self,
        floor: Floor<'_>,
        place: &Place,
        out: &mut Vec<Body>,
    ) -> Result<(), RejectReason> {
        let instrument = floor.names.instrument(place.instrument);
        let market = floor.market.instrument(place.instrument);
        let touch = market.touch(place.side).ok_or(RejectReason::NoMarket)?;
        check_filters(instrument, place, touch.price)?;
        self.check_reduces(instrument, place)?;
        let taken = &self.taken[place.instrument.index()];
        let got = executions(
            market,
            taken,
            floor.liquidity,
            place.side,
            place.limit,
            place.qty,
        );
        let total = got.iter().fold(Qty::ZERO, |sum, level| sum + level.qty);
        if place.time_in_force == TimeInForce::PostOnly && !total.is_zero() {
            return Err(RejectReason::WouldTake);
        }
        self.check_funds(floor, instrument, place, &got, touch)?;
        out.push(news(place.order, OrderEventKind::Accepted));
        if place.time_in_force == TimeInForce::FillOrKill && total < place.qty {
            out.push(news(place.order, OrderEventKind::Expired));
            return Ok(());
        }
        for level in got {
            self.taken[place.instrument.index()].take(place.side, level.price, level.qty);
            self.execute(floor, instrument, place, level, false, out);
        }
        let left = place.qty - total;
        let rests = matches!(
            place.time_in_force,
            TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
        );
        match place.limit {
            Some(price) if rests && !left.is_zero() => self.rest(instrument, place, price, left),
            _ if !left.is_zero() => out.push(news(place.order, OrderEventKind::Expired)),
            _ => {}
        }
        Ok(())
    }

    fn check_reduces(&self, instrument: &Instrument, place: &Place) -> Result<(), RejectReason> {
        if !place.reduce_only || instrument.kind == InstrumentKind::Spot {
            return Ok(());
        }
        let held = self.account.position(instrument.id).qty;
        let after = held + place.side.signed(place.qty);
        let crosses = !after.is_zero() && (after > Qty::ZERO) != (held > Qty::ZERO);
        if held.is_zero() || after.abs() > held.abs() || crosses {
            Err(RejectReason::ReduceOnly)
        } else {
            Ok(())
        }
    }

    /// The order must be payable at its worst: everything at the limit, with the highest fee.
    fn check_funds(
        &self,
        floor: Floor<'_>,
        instrument: &Instrument,
        place: &Place,
        got: &[Level],
        touch: Level,
    ) -> Result<(), RejectReason> {
        let worst = place
            .limit
            .or(got.last().map(|level| level.price))
            .unwrap_or(touch.price);
        let worst = if place.side == Side::Buy {
            worst
        } else {
            worst.max(touch.price)
        };
        let fees = &self.config.fees;
        let maker = fees.maker > fees.taker;
        let execution = Execution {
            side: place.side,
            price: worst,
            qty: place.qty,
            maker,
        };
        let fee = fees
            .charge(floor.names, floor.market, instrument, execution)
            .ok_or(RejectReason::Balance)?;
        let fee_amount = fee.amount.max(Money::ZERO);
        let (asset, needed, free) = match (instrument.kind, place.side) {
            (InstrumentKind::Spot, Side::Buy) => (
                instrument.quote,
                instrument.notional(worst, place.qty),
                self.account.free(instrument.quote),
            ),
            (InstrumentKind::Spot, Side::Sell) => {
                let qty = Money::new(instrument.qty_decimal(place.qty));
                (instrument.base, qty, self.account.free(instrument.base))
            }
            _ => {
                let settle = instrument.settle();
                let opening = self.opening_part(instrument, place);
                let value = instrument.cost(worst, opening).abs();
                let free = self.account.free_margin(settle, floor.names, floor.market);
                // An order that only closes needs no margin; its fee is paid from what it frees.
                if opening.is_zero() {
                    return Ok(());
                }
                (settle, self.account.margin(value), free)
            }
        };
        let same_asset = fee.asset == asset;
        let proceeds_pay = fee.asset == received_asset(instrument, place.side)
            && instrument.kind == InstrumentKind::Spot;
        let payable = if same_asset {
            free >= needed + fee_amount
        } else {
            free >= needed && (proceeds_pay || self.account.free(fee.asset) >= fee_amount)
        };
        if payable {
            Ok(())
        } else {
            Err(RejectReason::Balance)
        }
    }

    fn opening_part(&self, instrument: &Instrument, place: &Place) -> Qty {
        let held = self.account.position(instrument.id).qty;
        let traded = place.side.signed(place.qty);
        if held.is_zero() || (held > Qty::ZERO) == (traded > Qty::ZERO) {
            return place.qty;
        }
        (place.qty - held.abs()).max(Qty::ZERO)
    }

    fn execute(
        &mut self,
        floor: Floor<'_>,
        instrument: &Instrument,
        place: &Place,
        level: Level,
        maker: bool,
        out: &mut Vec<Body>,
    ) {
        let Level { price, qty } = level;
        let execution = Execution {
            side: place.side,
            price,
            qty,
            maker,
        };
        let charged = self
            .config
            .fees
            .charge(floor.names, floor.market, instrument, execution);
        // A third asset that lost its price after the order was accepted: the settlement asset pays.
        let fee = charged.unwrap_or_else(|| {
            let in_quote = crate::config::Fees {
                asset: FeeAsset::Quote,
                ..self.config.fees
            };
            let fee = in_quote.charge(floor.names, floor.market, instrument, execution);
            fee.expect("a fee in the settlement asset needs no price")
        });
        let fill = Fill {
            trade_id: self.next_trade,
            price,
            qty,
            fee,
            maker,
        };
        self.next_trade += 1;
        self.account.book(instrument, place.side, &fill);
        out.push(news(place.order, OrderEventKind::Filled(fill)));
    }

    fn rest(&mut self, instrument: &Instrument, place: &Place, price: Price, left: Qty) {
        let locked = self.lock_for(instrument, place.side, price, left);
        self.account.lock(locked.0, locked.1);
        self.resting.push(Resting {
            place: *place,
            price,
            left,
            locked,
        });
    }

    fn lock_for(
        &self,
        instrument: &Instrument,
        side: Side,
        price: Price,
        qty: Qty,
    ) -> (AssetId, Money) {
        let rate = self
            .config
            .fees
            .maker
            .max(self.config.fees.taker)
            .to_decimal()
            .max(Decimal::ZERO);
        let fee_in_quote = self.config.fees.asset == FeeAsset::Quote;
        let value = instrument.cost(price, qty).abs();
        let fee = if fee_in_quote {
            value.times(rate)
        } else {
            Money::ZERO
        };
        match (instrument.kind, side) {
            (InstrumentKind::Spot, Side::Buy) => (instrument.quote, value + fee),
            (InstrumentKind::Spot, Side::Sell) => {
                (instrument.base, Money::new(instrument.qty_decimal(qty)))
            }
            _ => (instrument.settle(), self.account.margin(value) + fee),
        }
    }

    /// Resting orders that the other side of the book has reached trade at their own price.
    fn fill_crossed(&mut self, floor: Floor<'_>, id: InstrumentId, out: &mut Vec<Body>) {
        if self.resting.is_empty() {
            return;
        }
        let market = floor.market.instrument(id);
        for at in 0..self.resting.len() {
            let order = &self.resting[at];
            if order.place.instrument != id {
                continue;
            }
            let side = order.place.side;
            let got = executions(
                market,
                &self.taken[id.index()],
                floor.liquidity,
                side,
                Some(order.price),
                order.left,
            );
            for level in got {
                self.taken[id.index()].take(side, level.price, level.qty);
                self.fill_resting(floor, at, level.qty, out);
            }
        }
        self.drop_done(out);
    }

    /// A print beyond a resting order's price means that the order would have traded first.
    fn fill_through(&mut self, floor: Floor<'_>, trade: &Trade, out: &mut Vec<Body>) {
        if self.resting.is_empty() {
            return;
        }
        let mut left = trade.qty;
        for at in 0..self.resting.len() {
            let order = &self.resting[at];
            let through = match order.place.side {
                Side::Buy => trade.aggressor == Side::Sell && trade.price < order.price,
                Side::Sell => trade.aggressor == Side::Buy && trade.price > order.price,
            };
            if order.place.instrument == trade.instrument && through && !left.is_zero() {
                let qty = if floor.liquidity == Liquidity::TouchUnlimited {
                    order.left
                } else {
                    order.left.min(left)
                };
                left = (left - qty).max(Qty::ZERO);
                self.fill_resting(floor, at, qty, out);
            }
        }
        self.drop_done(out);
    }

    fn fill_resting(&mut self, floor: Floor<'_>, at: usize, qty: Qty, out: &mut Vec<Body>) {
        let (place, price) = (self.resting[at].place, self.resting[at].price);
        let instrument = floor.names.instrument(place.instrument);
        self.resting[at].left -= qty;
        self.execute(floor, instrument, &place, Level { price, qty }, true, out);
        let locked = self.lock_for(instrument, place.side, price, self.resting[at].left);
        let freed = self.resting[at].locked.1 - locked.1;
        self.account.lock(locked.0, -freed);
        self.resting[at].locked = locked;
    }

    fn drop_done(&mut self, out: &mut Vec<Body>) {
        if self.resting.iter().any(|order| order.left.is_zero()) {
            for done in self.resting.extract_if(.., |order| order.left.is_zero()) {
                self.account.lock(done.locked.0, -done.locked.1);
            }
        }
        self.report(out);
    }

    /// A cancel arrives.
    pub(crate) fn on_cancel(&mut self, order: OrderId, out: &mut Vec<Body>) {
        let Some(at) = self
            .resting
            .iter()
            .position(|resting| resting.place.order == order)
        else {
            return out.push(news(order, OrderEventKind::CancelRejected));
        };
        let gone = self.resting.remove(at);
        self.account.lock(gone.locked.0, -gone.locked.1);
        out.push(news(order, OrderEventKind::Cancelled));
    }
}

fn news(order: OrderId, kind: OrderEventKind) -> Body {
    Body::Order(OrderEvent { order, kind })
}

fn received_asset(instrument: &Instrument, side: Side) -> AssetId {
    match side {
        Side::Buy => instrument.base,
        Side::Sell => instrument.quote,
    }
}

/// The venue's mark, or the middle of the book where no mark is on the tape.
fn mark_of(market: &Market, instrument: &Instrument) -> Option<Decimal> {
    let known = market.instrument(instrument.id);
    if let Some(mark) = known.mark() {
        return Some(mark.mark.decimal());
    }
    let top = known.top()?;
    Some(
        (instrument.price_decimal(top.bid.price) + instrument.price_decimal(top.ask.price))
            / Decimal::TWO,
    )
}

/// The venue's own rules, in the order in which venues report them.
fn check_filters(instrument: &Instrument, place: &Place, touch: Price) -> Result<(), RejectReason> {
    let on_grid = |price: Price| {
        price.mantissa() > 0 && price.mantissa() % instrument.tick.mantissa().max(1) == 0
    };
    if place.limit.is_some_and(|limit| !on_grid(limit)) {
        return Err(RejectReason::TickSize);
    }
    if place.qty <= Qty::ZERO || instrument.floor_lots(place.qty) != place.qty {
        return Err(RejectReason::LotSize);
    }
    let too_large = !instrument.max_qty.is_zero() && place.qty > instrument.max_qty;
    if place.qty < instrument.min_qty || too_large {
        return Err(RejectReason::Quantity);
    }
    let exempt = place.reduce_only && instrument.kind != InstrumentKind::Spot;
    let value = instrument.notional(place.limit.unwrap_or(touch), place.qty);
    if value < instrument.min_notional && !exempt {
        return Err(RejectReason::MinNotional);
    }
    Ok(())
}
