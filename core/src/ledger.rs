//! The ledger: what every asset at every venue should be, entry by entry, beside what the venue says.

use alloc::vec::Vec;

use crate::event::Fill;
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::names::{AssetId, VenueId};
use crate::num::{Money, Price, Qty};
use crate::planted::{Bug, planted};
use crate::time::Ts;

/// One asset at one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Where.
    pub venue: VenueId,
    /// Of what.
    pub asset: AssetId,
    /// The venue's first word.
    pub opening: Money,
    /// Sum of what trading brought and took: bought and sold amounts, realised futures profit.
    pub trades: Money,
    /// Sum of fees paid (positive lowers the balance).
    pub fees: Money,
    /// Sum of funding received (negative: paid).
    pub funding: Money,
    /// The venue's last word.
    pub reported: Money,
    /// When it said that; never, where all that is known comes from own fills.
    pub told: Option<Ts>,
}

crate::value!(struct LedgerRow { venue, asset, opening, trades, fees, funding, reported, told });

impl LedgerRow {
    /// What the balance must be.
    pub fn expected(&self) -> Money {
        self.opening + self.trades - self.fees + self.funding
    }

    /// What the venue says less what must be: zero, or something is unexplained.
    pub fn residual(&self) -> Money {
        self.reported - self.expected()
    }
}

/// All assets at all venues, ordered by venue and asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    rows: Vec<LedgerRow>,
    /// By asset: what its balances must be together. What the account is worth is asked for far more often than they
    /// change.
    totals: Vec<Money>,
}

/// What an amount is booked as.
#[derive(Clone, Copy)]
enum Part {
    Opening,
    Trades,
    Fees,
    Funding,
}

crate::value!(struct Ledger { rows, totals });

impl Ledger {
    /// The rows, by venue and asset.
    pub fn rows(&self) -> &[LedgerRow] {
        &self.rows
    }

    /// One row, if that asset was ever heard of there.
    pub fn row(&self, venue: VenueId, asset: AssetId) -> Option<&LedgerRow> {
        self.find(venue, asset).ok().map(|at| &self.rows[at])
    }

    /// What the balances of each asset must be at all venues together.
    pub fn totals(&self) -> impl Iterator<Item = (AssetId, Money)> {
        let totals = self.totals.iter().enumerate();
        // There are no more assets than their ids can count.
        totals.map(|(at, &total)| (AssetId(u16::try_from(at).unwrap_or(u16::MAX)), total))
    }

    fn book(&mut self, venue: VenueId, asset: AssetId, part: Part, amount: Money) {
        let row = self.entry(venue, asset);
        let (sum, change) = match part {
            Part::Opening => (&mut row.opening, amount),
            Part::Trades => (&mut row.trades, amount),
            Part::Fees => (&mut row.fees, -amount),
            Part::Funding => (&mut row.funding, amount),
        };
        *sum += amount;
        if self.totals.len() <= asset.index() {
            self.totals.resize(asset.index() + 1, Money::ZERO);
        }
        self.totals[asset.index()] += change;
    }

    fn find(&self, venue: VenueId, asset: AssetId) -> Result<usize, usize> {
        self.rows
            .binary_search_by_key(&(venue, asset), |row| (row.venue, row.asset))
    }

    fn entry(&mut self, venue: VenueId, asset: AssetId) -> &mut LedgerRow {
        let at = self.find(venue, asset).unwrap_or_else(|at| {
            let zero = Money::ZERO;
            let row = LedgerRow {
                venue,
                asset,
                opening: zero,
                trades: zero,
                fees: zero,
                funding: zero,
                reported: zero,
                told: None,
            };
            self.rows.insert(at, row);
            at
        });
        &mut self.rows[at]
    }

    /// Books the venue's word on a balance, said at a moment that does not matter.
    pub fn balance(&mut self, venue: VenueId, asset: AssetId, total: Money) {
        self.balance_at(venue, asset, total, Ts::UNKNOWN);
    }

    /// Books the venue's word on a balance at a moment; the first one for an asset is its opening.
    pub fn balance_at(&mut self, venue: VenueId, asset: AssetId, total: Money, now: Ts) {
        let opens = self.find(venue, asset).is_err();
        let row = self.entry(venue, asset);
        (row.reported, row.told) = (total, Some(now));
        if opens {
            self.book(venue, asset, Part::Opening, total);
        }
    }

    /// Books a fill; `realised` is what it realised on the position.
    pub fn fill(&mut self, instrument: &Instrument, side: Side, fill: &Fill, realised: Money) {
        let venue = instrument.venue;
        match instrument.kind {
            InstrumentKind::Spot => {
                let traded = side.signed(fill.qty);
                let got = Money::new(instrument.qty_decimal(traded));
                let cost = instrument.notional(fill.price, traded);
                self.book(venue, instrument.base, Part::Trades, got);
                self.book(venue, instrument.quote, Part::Trades, -cost);
            }
            InstrumentKind::Linear | InstrumentKind::Inverse => {
                self.book(venue, instrument.settle(), Part::Trades, realised);
            }
        }
        if !planted(Bug::FeeLeftOut) {
            self.book(venue, fill.fee.asset, Part::Fees, fill.fee.amount);
        }
    }

    /// Books what somebody else traded on the account; `realised` is what it realised on a position.
    pub fn foreign(
        &mut self,
        instrument: &Instrument,
        qty: Qty,
        price: Price,
        realised: Money,
        (fee_asset, fee): (AssetId, Money),
    ) {
        let venue = instrument.venue;
        if instrument.kind == InstrumentKind::Spot {
            let got = Money::new(instrument.qty_decimal(qty));
            let cost = instrument.notional(price, qty);
            self.book(venue, instrument.base, Part::Trades, got);
            self.book(venue, instrument.quote, Part::Trades, -cost);
        } else if !realised.is_zero() {
            self.book(venue, instrument.settle(), Part::Trades, realised);
        }
        if !fee.is_zero() {
            self.book(venue, fee_asset, Part::Fees, fee);
        }
    }

    /// Books what a position brought that the venue closed.
    pub fn liquidation(&mut self, instrument: &Instrument, realised: Money) {
        self.book(
            instrument.venue,
            instrument.settle(),
            Part::Trades,
            realised,
        );
    }

    /// Books the venue's fee for closing a position.
    pub fn liquidation_fee(&mut self, instrument: &Instrument, amount: Money) {
        self.book(instrument.venue, instrument.settle(), Part::Fees, amount);
    }

    /// Books a funding payment received (negative: paid).
    pub fn funding(&mut self, instrument: &Instrument, amount: Money) {
        let amount = if planted(Bug::FundingSign) {
            -amount
        } else {
            amount
        };
        self.book(instrument.venue, instrument.settle(), Part::Funding, amount);
    }

    /// The largest residual in magnitude.
    pub fn worst_residual(&self) -> Money {
        self.rows
            .iter()
            .map(|row| row.residual().abs())
            .max()
            .unwrap_or_default()
    }
}
