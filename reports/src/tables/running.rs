//! Fills and ledger, row by row while a journal is read: memory does not grow with them.

use onetape_core::command::{Command, LegRole, Place};
use onetape_core::decision::Decision;
use onetape_core::event::{AccountEvent, Body, Event, Fill, RunEvent, Seq};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::ledger::{Ledger, LedgerRow};
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::Money;
use onetape_core::position::Position;
use onetape_core::time::Ts;

use super::{Cell, Sink, TableError};
use crate::fold::orders::{OrderFill, Orders};
use crate::fold::reasons::Reasons;

/// Where the rows go.
pub struct RunningSinks<'a> {
    /// See [`super::FILLS`].
    pub fills: Box<dyn Sink + 'a>,
    /// See [`super::LEDGER`].
    pub ledger: Box<dyn Sink + 'a>,
}

/// Makes the rows of fills and of the ledger from a journal.
///
/// The ledger is the core's own, entry by entry: a row is what an event changed in it, so the rows of an asset at a venue
/// sum to what the report's ledger proves.
pub struct Running<'a> {
    sinks: RunningSinks<'a>,
    names: Names,
    orders: Orders,
    reasons: Reasons,
    accounts: Vec<Position>,
    ledger: Ledger,
    last: (Ts, Seq),
}

/// What a ledger row is of, besides its amounts.
#[derive(Default)]
struct Cause<'a> {
    instrument: Option<&'a Instrument>,
    /// In place of `trade`, for what trading changed.
    traded: &'static str,
    /// In place of `fee`.
    fee: &'static str,
    /// Worth of the traded amount and of the fee.
    worth: Option<(Money, Money)>,
    reference: String,
}

impl<'a> Running<'a> {
    /// Rows go to these sinks.
    pub fn new(sinks: RunningSinks<'a>) -> Self {
        Self {
            sinks,
            names: Names::default(),
            orders: Orders::default(),
            reasons: Reasons::default(),
            accounts: Vec::new(),
            ledger: Ledger::default(),
            last: (Ts::UNKNOWN, Seq(0)),
        }
    }

    /// Takes a decision, for the orders that it places.
    pub fn decision(&mut self, decision: &Decision) {
        let reason = self.reasons.count(&decision.reason);
        for command in &decision.commands {
            if let Command::Place(place) = command {
                self.orders.enter_unseen(place, reason);
            }
        }
    }

    /// Takes an event.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn event(&mut self, seq: Seq, event: &Event) -> Result<(), TableError> {
        match &event.body {
            Body::Order(news) => {
                let Some(new) = self.orders.apply(news) else {
                    return Ok(());
                };
                self.last = (event.ts, seq);
                self.fill(&new)
            }
            Body::Account(news) => {
                self.last = (event.ts, seq);
                self.account(news)
            }
            Body::Run(news) => {
                if let RunEvent::Started(started) = &**news {
                    self.names = started.names.clone();
                    self.accounts = vec![Position::default(); self.names.instruments.len()];
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends both tables. What venues say beyond all entries is told first, so that the rows sum to their word.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn finish(mut self) -> Result<(), TableError> {
        let rows: Vec<LedgerRow> = self.ledger.rows().to_vec();
        for row in rows.iter().filter(|row| row.told.is_some()) {
            let left = row.residual();
            if !left.is_zero() {
                let cause = Cause::default();
                self.entry(row, "difference", left, row.reported, None, &cause)?;
            }
        }
        self.sinks.fills.finish()?;
        self.sinks.ledger.finish()
    }

    fn fill(&mut self, new: &OrderFill) -> Result<(), TableError> {
        let (place, fill) = (&new.place, &new.fill);
        let names = self.names.clone_of(place.instrument);
        let Some(instrument) = names else {
            return Ok(());
        };
        let traded = place.side.signed(fill.qty);
        let value = instrument.notional(fill.price, traded).abs();
        let row = self.fill_row(&instrument, new, value);
        self.sinks.fills.row(&row)?;
        let realised = self
            .accounts
            .get_mut(place.instrument.index())
            .map_or(Money::ZERO, |account| {
                account.fill(&instrument, place.side, fill.price, fill.qty)
            });
        let cause = Cause {
            instrument: Some(&instrument),
            traded: if instrument.kind == InstrumentKind::Spot {
                "trade"
            } else {
                "profit"
            },
            fee: "fee",
            worth: Some((value, fill.fee.value)),
            reference: reference(place, fill),
        };
        self.booked(&cause, |ledger| {
            ledger.fill(&instrument, place.side, fill, realised);
        })
    }

    fn fill_row(&self, instrument: &Instrument, new: &OrderFill, value: Money) -> Vec<Cell> {
        let (place, fill) = (&new.place, &new.fill);
        let role = match place.tag.role {
            LegRole::Entry => "entry",
            LegRole::Exit => "exit",
            LegRole::Repair => "repair",
            LegRole::Switch => "switch",
        };
        vec![
            Cell::Time(self.last.0),
            Cell::Count(self.last.1.0),
            Cell::Text(self.venue(instrument.venue)),
            Cell::Text(instrument.name.clone()),
            Cell::Text(place.order.client_text()),
            Cell::Count(fill.trade_id),
            Cell::text(self.names.tasks.get(place.task.index()).map(String::as_str)),
            Cell::Count(place.tag.trip.into()),
            Cell::Count(place.tag.leg.into()),
            Cell::Text(role.to_owned()),
            Cell::Text(self.reasons.reason(new.reason).to_string()),
            Cell::Text(place.side.name().to_owned()),
            Cell::Amount(instrument.qty_decimal(fill.qty)),
            Cell::Amount(instrument.price_decimal(fill.price)),
            Cell::Amount(value.decimal()),
            Cell::Text(self.asset(instrument.settle())),
            Cell::Amount(fill.fee.amount.decimal()),
            Cell::Text(self.asset(fill.fee.asset)),
            Cell::Amount(fill.fee.value.decimal()),
            Cell::Flag(fill.maker),
        ]
    }

    fn account(&mut self, news: &AccountEvent) -> Result<(), TableError> {
        let cause = |instrument| Cause {
            instrument: Some(instrument),
            traded: "liquidation",
            fee: "liquidation_fee",
            ..Cause::default()
        };
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => {
                let opens = self.ledger.row(venue, asset).is_none();
                self.ledger.balance_at(venue, asset, total, self.last.0);
                match self.ledger.row(venue, asset).copied() {
                    Some(row) if opens => {
                        self.entry(&row, "opening", total, total, None, &Cause::default())
                    }
                    _ => Ok(()),
                }
            }
            AccountEvent::Funding {
                instrument, amount, ..
            } => {
                let Some(known) = self.names.clone_of(instrument) else {
                    return Ok(());
                };
                self.booked(&cause(&known), |ledger| ledger.funding(&known, amount))
            }
            AccountEvent::Liquidated {
                instrument,
                qty,
                realised,
            } => {
                let Some(known) = self.names.clone_of(instrument) else {
                    return Ok(());
                };
                if let Some(account) = self.accounts.get_mut(instrument.index()) {
                    account.liquidate(qty, realised);
                }
                self.booked(&cause(&known), |ledger| {
                    ledger.liquidation(&known, realised)
                })
            }
            AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            } => {
                let Some(known) = self.names.clone_of(instrument) else {
                    return Ok(());
                };
                let account = self.accounts.get_mut(instrument.index());
                let realised = account.map_or(Money::ZERO, |it| it.deleverage(&known, qty, price));
                self.booked(&cause(&known), |ledger| {
                    ledger.liquidation(&known, realised)
                })
            }
            AccountEvent::Foreign {
                instrument,
                qty,
                price,
                fee_asset,
                fee,
            } => {
                let Some(known) = self.names.clone_of(instrument) else {
                    return Ok(());
                };
                let mut realised = Money::ZERO;
                if known.kind != InstrumentKind::Spot
                    && let Some(account) = self.accounts.get_mut(instrument.index())
                {
                    let side = if qty.mantissa() > 0 {
                        Side::Buy
                    } else {
                        Side::Sell
                    };
                    realised = account.fill(&known, side, price, qty.abs());
                }
                let cause = Cause {
                    traded: "foreign",
                    fee: "foreign_fee",
                    ..cause(&known)
                };
                self.booked(&cause, |ledger| {
                    ledger.foreign(&known, qty, price, realised, (fee_asset, fee));
                })
            }
            AccountEvent::LiquidationFee { instrument, amount } => {
                let Some(known) = self.names.clone_of(instrument) else {
                    return Ok(());
                };
                self.booked(&cause(&known), |ledger| {
                    ledger.liquidation_fee(&known, amount)
                })
            }
        }
    }

    /// Books something and tells what it changed.
    fn booked(
        &mut self,
        cause: &Cause<'_>,
        book: impl FnOnce(&mut Ledger),
    ) -> Result<(), TableError> {
        let before = self.ledger.rows().to_vec();
        book(&mut self.ledger);
        let after: Vec<LedgerRow> = self.ledger.rows().to_vec();
        for row in &after {
            let key = |it: &&LedgerRow| (it.venue, it.asset) == (row.venue, row.asset);
            let old = before.iter().find(key);
            let was = |of: fn(&LedgerRow) -> Money| old.map_or(Money::ZERO, of);
            let (traded, fees, funding) = (
                row.trades - was(|row| row.trades),
                row.fees - was(|row| row.fees),
                row.funding - was(|row| row.funding),
            );
            let worth = |pick: fn((Money, Money)) -> Money| cause.worth.map(pick);
            // The balance between the parts: fees and funding come after the trade.
            let balance = row.expected() + fees - funding;
            if !traded.is_zero() {
                let worth = worth(|(traded, _)| traded).map(|it| like(it, traded));
                let worth = if cause.traded == "trade" {
                    worth
                } else {
                    Some(traded)
                };
                self.entry(row, cause.traded, traded, balance, worth, cause)?;
            }
            if !fees.is_zero() {
                let worth = worth(|(_, fee)| fee).map(|it| -it);
                self.entry(row, cause.fee, -fees, balance - fees, worth, cause)?;
            }
            if !funding.is_zero() {
                self.entry(
                    row,
                    "funding",
                    funding,
                    row.expected(),
                    Some(funding),
                    cause,
                )?;
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        row: &LedgerRow,
        kind: &str,
        qty: Money,
        balance: Money,
        worth: Option<Money>,
        cause: &Cause<'_>,
    ) -> Result<(), TableError> {
        let settle = cause.instrument.map(|it| self.asset(it.settle()));
        let cells = [
            Cell::Time(self.last.0),
            Cell::Count(self.last.1.0),
            Cell::Text(kind.to_owned()),
            Cell::Text(self.venue(row.venue)),
            Cell::Text(self.asset(row.asset)),
            Cell::Amount(qty.decimal()),
            Cell::amount(worth.map(Money::decimal)),
            worth.and(settle).map_or(Cell::Empty, Cell::Text),
            Cell::Amount(balance.decimal()),
            Cell::text(cause.instrument.map(|it| it.name.as_str())),
            Cell::text(Some(cause.reference.as_str()).filter(|text| !text.is_empty())),
        ];
        self.sinks.ledger.row(&cells)
    }

    fn venue(&self, id: VenueId) -> String {
        let known = self.names.venues.get(id.index());
        known.cloned().unwrap_or_else(|| format!("venue {}", id.0))
    }

    fn asset(&self, id: AssetId) -> String {
        let known = self.names.assets.get(id.index());
        known.cloned().unwrap_or_else(|| format!("asset {}", id.0))
    }
}

/// With the sign of another.
fn like(amount: Money, sign: Money) -> Money {
    if sign.is_negative() { -amount } else { amount }
}

fn reference(place: &Place, fill: &Fill) -> String {
    format!("{} {}", place.order.client_text(), fill.trade_id)
}

/// One instrument by itself, so that the rest can change meanwhile.
trait CloneOf {
    fn clone_of(&self, id: InstrumentId) -> Option<Instrument>;
}

impl CloneOf for Names {
    fn clone_of(&self, id: InstrumentId) -> Option<Instrument> {
        self.instruments.get(id.index()).cloned()
    }
}
