//! What is held of each instrument, over all legs, and what everything is worth.

use onetape_core::instrument::Instrument;
use onetape_core::ledger::LedgerRow;
use onetape_core::names::{AssetId, Names};
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::curve::Net;
use super::live::Tops;
use super::price::{Top, worth};

/// The legs of one instrument together, in its settlement asset.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct Held {
    pub(in crate::fold) realised: Money,
    pub(in crate::fold) cost: Money,
    pub(in crate::fold) long: Decimal,
    pub(in crate::fold) short: Decimal,
    pub(in crate::fold) fees: Money,
    pub(in crate::fold) funding: Money,
}

/// One leg before or after something happened to it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct LegState {
    pub(in crate::fold) qty: Decimal,
    pub(in crate::fold) cost: Money,
    pub(in crate::fold) realised: Money,
    pub(in crate::fold) fees: Money,
    pub(in crate::fold) funding: Money,
}

impl LegState {
    /// What it took in less what it paid, before fees and funding.
    pub(in crate::fold) fn cash(&self) -> Money {
        self.realised - self.cost
    }
}

impl Held {
    /// A leg went from one state to another.
    pub(in crate::fold) fn moved(&mut self, before: &LegState, after: &LegState) {
        self.realised += after.realised - before.realised;
        self.cost += after.cost - before.cost;
        self.fees += after.fees - before.fees;
        self.funding += after.funding - before.funding;
        let plus = |qty: Decimal| {
            if qty.is_sign_positive() {
                qty
            } else {
                Decimal::ZERO
            }
        };
        let sum = |a: Decimal, b: Decimal| (Money::new(a) + Money::new(b)).decimal();
        self.long = sum(self.long, plus(after.qty) - plus(before.qty));
        self.short = sum(self.short, plus(-before.qty) - plus(-after.qty));
    }

    /// Net; what is open counts when there is a top to mark it at.
    pub(in crate::fold) fn net(&self, instrument: &Instrument, top: Option<Top>) -> Net {
        let booked = self.realised - self.fees + self.funding;
        let flat = self.long.is_zero() && self.short.is_zero();
        match top {
            Some(top) if !flat => {
                let exits = worth(instrument, top.exit(self.long), self.long)
                    + worth(instrument, top.exit(self.short), self.short);
                let net = (Money::new(self.long) + Money::new(self.short)).decimal();
                Net {
                    conservative: booked + exits - self.cost,
                    mid: booked + worth(instrument, top.mid(), net) - self.cost,
                }
            }
            _ => Net {
                conservative: booked,
                mid: booked,
            },
        }
    }
}

/// What one of an asset is worth in another, at mids; `None` when no instrument tells.
pub(in crate::fold) fn rate(
    names: &Names,
    tops: &Tops,
    asset: AssetId,
    unit: AssetId,
) -> Option<Decimal> {
    if asset == unit {
        return Some(Decimal::ONE);
    }
    let priced = |base: AssetId, quote: AssetId| {
        let mut among = names.instruments.iter().zip(tops.iter());
        among.find_map(|(instrument, top)| {
            let known = (instrument.base, instrument.quote) == (base, quote);
            let mid = top.filter(|_| known)?.mid().decimal(instrument);
            (!mid.is_zero()).then_some(mid)
        })
    };
    priced(asset, unit).or_else(|| Decimal::ONE.checked_div(priced(unit, asset)?))
}

/// What accounts held at first, in a unit, and the assets among it that nothing prices.
pub(in crate::fold) fn opening(
    names: &Names,
    tops: &Tops,
    rows: &[LedgerRow],
    unit: AssetId,
) -> (Money, Vec<AssetId>) {
    let (mut sum, mut unvalued) = (Money::ZERO, Vec::new());
    for row in rows.iter().filter(|row| !row.opening.is_zero()) {
        match rate(names, tops, row.asset, unit) {
            Some(rate) => sum += row.opening.times(rate),
            None if !unvalued.contains(&row.asset) => unvalued.push(row.asset),
            None => {}
        }
    }
    (sum, unvalued)
}
