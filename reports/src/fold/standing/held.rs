//! What is held of each instrument, over all legs, and what everything is worth.

use onetape_core::instrument::Instrument;
use onetape_core::ledger::LedgerRow;
use onetape_core::names::{AssetId, Names};
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::curve::Net;
use crate::fold::price::{Halves, Top, worth};
use crate::fold::sparse::{less, plus};

/// The legs of one instrument together, in its settlement asset.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct Held {
    /// Realised, less fees, plus funding.
    booked: Money,
    cost: Money,
    /// Quantities; what is short is below nothing.
    long: Money,
    short: Money,
    /// Of both together, which is asked for more often than it changes.
    qty: Decimal,
}

/// The legs of one instrument at its top of book.
#[derive(Clone, Copy, Debug)]
pub(in crate::fold) struct Marked {
    pub(in crate::fold) net: Net,
    /// What closing them at the mid would bring, and that mid; `None` without a top, and where they come to nothing.
    at_mid: Option<(Money, Halves)>,
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
        less(self.realised, self.cost)
    }
}

impl Held {
    /// A leg went from one state to another.
    pub(in crate::fold) fn moved(&mut self, before: &LegState, after: &LegState) {
        plus(&mut self.booked, less(after.realised, before.realised));
        plus(&mut self.booked, less(before.fees, after.fees));
        plus(&mut self.booked, less(after.funding, before.funding));
        plus(&mut self.cost, less(after.cost, before.cost));
        for (qty, gone) in [(before.qty, true), (after.qty, false)] {
            let qty = Money::new(qty);
            let side = if qty.is_negative() {
                &mut self.short
            } else {
                &mut self.long
            };
            plus(side, if gone { -qty } else { qty });
        }
        let mut both = self.long;
        plus(&mut both, self.short);
        self.qty = both.untrimmed();
    }

    /// Signed quantity of all legs together.
    pub(in crate::fold) const fn qty(&self) -> Decimal {
        self.qty
    }

    /// Of a future that is held: its value without a sign, what closing it at the mid would bring beyond its cost, and
    /// that mid.
    pub(super) fn future(
        &self,
        instrument: &Instrument,
        marked: &Marked,
    ) -> Option<(f64, f64, f64)> {
        let (worth, mid) = marked.at_mid?;
        let open = less(worth, self.cost).to_f64();
        Some((worth.abs().to_f64(), open, mid.to_f64(instrument)))
    }

    /// At a top; what is open counts when there is one.
    pub(in crate::fold) fn marked(&self, instrument: &Instrument, top: Option<Top>) -> Marked {
        let flat = self.long.is_zero() && self.short.is_zero();
        let Some(top) = top.filter(|_| !flat) else {
            return Marked {
                net: Net {
                    conservative: self.booked,
                    mid: self.booked,
                },
                at_mid: None,
            };
        };
        let closed = less(self.booked, self.cost);
        let (mut exits, mut mids) = (closed, closed);
        for side in [self.long, self.short] {
            if !side.is_zero() {
                let qty = side.untrimmed();
                plus(&mut exits, worth(instrument, top.exit(qty), qty));
            }
        }
        let mid = top.mid();
        let at_mid = worth(instrument, mid, self.qty);
        plus(&mut mids, at_mid);
        Marked {
            net: Net {
                conservative: exits,
                mid: mids,
            },
            at_mid: (!self.qty.is_zero()).then_some((at_mid, mid)),
        }
    }
}

/// What one of an asset is worth in another, at mids; `None` when no instrument tells.
pub(in crate::fold) fn rate(
    names: &Names,
    tops: &[Option<Top>],
    asset: AssetId,
    unit: AssetId,
) -> Option<Decimal> {
    if asset == unit {
        return Some(Decimal::ONE);
    }
    let priced = |base: AssetId, quote: AssetId| {
        let mut among = names.instruments.iter().zip(tops);
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
    tops: &[Option<Top>],
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
