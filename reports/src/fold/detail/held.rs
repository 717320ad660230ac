//! What is held of each instrument, over all legs, and what everything is worth.

use onetape_core::instrument::Instrument;
use onetape_core::ledger::LedgerRow;
use onetape_core::names::{AssetId, Names};
use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::curve::Net;
use super::live::Tops;
use super::parts::plus;
use super::price::{Top, worth};

/// The legs of one instrument together, in its settlement asset.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct Held {
    /// Realised, less fees, plus funding.
    booked: Money,
    cost: Money,
    /// Quantities; what is short is below nothing.
    long: Money,
    short: Money,
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
        plus(&mut self.booked, after.realised - before.realised);
        plus(&mut self.booked, before.fees - after.fees);
        plus(&mut self.booked, after.funding - before.funding);
        self.cost += after.cost - before.cost;
        for (qty, gone) in [(before.qty, true), (after.qty, false)] {
            let qty = Money::new(qty);
            let side = if qty.is_negative() {
                &mut self.short
            } else {
                &mut self.long
            };
            plus(side, if gone { -qty } else { qty });
        }
    }

    /// Signed quantity of all legs together.
    pub(in crate::fold) fn qty(&self) -> Decimal {
        (self.long + self.short).decimal()
    }

    /// Of a future that is held: its value without a sign, what closing it at the mid would bring beyond its cost, and
    /// that mid.
    pub(super) fn future(&self, instrument: &Instrument, top: Top) -> Option<(f64, f64, f64)> {
        let qty = self.qty();
        if qty.is_zero() {
            return None;
        }
        let worth = worth(instrument, top.mid(), qty);
        let open = (worth - self.cost).to_f64();
        Some((worth.abs().to_f64(), open, top.mid().to_f64(instrument)))
    }

    /// Net; what is open counts when there is a top to mark it at.
    pub(in crate::fold) fn net(&self, instrument: &Instrument, top: Option<Top>) -> Net {
        let booked = self.booked;
        let flat = self.long.is_zero() && self.short.is_zero();
        match top {
            Some(top) if !flat => {
                let mut exits = booked - self.cost;
                let marked = exits;
                for side in [self.long, self.short] {
                    if !side.is_zero() {
                        let qty = side.decimal();
                        exits += worth(instrument, top.exit(qty), qty);
                    }
                }
                Net {
                    conservative: exits,
                    mid: marked + worth(instrument, top.mid(), self.qty()),
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
