//! What stands behind futures: how much of it they need, and how far prices may go.

use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier};
use onetape_core::ledger::Ledger;
use onetape_core::names::{AssetId, Names, VenueId};

use super::held::{Held, Marked};

/// One settlement asset at one venue.
#[derive(Clone, Copy, Debug)]
pub(in crate::fold) struct Margin {
    pub(in crate::fold) venue: VenueId,
    pub(in crate::fold) asset: AssetId,
    /// Largest value of futures over what stands behind them.
    pub(in crate::fold) most_leverage: f64,
    /// Largest part of it that must stand, and the least part of the value that a move may take; where the tiers of all
    /// of them are known.
    pub(in crate::fold) worst: Option<(f64, f64)>,
    /// It was nothing or less once.
    pub(in crate::fold) exhausted: bool,
    now: Sums,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    value: f64,
    open: f64,
    needed: f64,
    tiers_missing: bool,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Margins(Vec<Margin>);

impl Margins {
    pub(in crate::fold) fn rows(&self) -> &[Margin] {
        &self.0
    }

    /// Looks at what is held and what it is worth.
    pub(super) fn see(&mut self, names: &Names, held: &[Held], marked: &[Marked], ledger: &Ledger) {
        let mut any = false;
        for ((instrument, held), marked) in names.instruments.iter().zip(held).zip(marked) {
            if instrument.kind != InstrumentKind::Spot
                && let Some((value, open, price)) = held.future(instrument, marked)
            {
                any = true;
                let sums = self.sums(instrument);
                sums.value += value;
                sums.open += open;
                sums.needed += maintenance(instrument, value, price);
                sums.tiers_missing |= instrument.tiers.is_empty();
            }
        }
        if any {
            self.0.iter_mut().for_each(|row| row.end(ledger));
        }
    }

    fn sums(&mut self, instrument: &Instrument) -> &mut Sums {
        let (venue, asset) = (instrument.venue, instrument.settle());
        let same = |row: &Margin| (row.venue, row.asset) == (venue, asset);
        let at = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(Margin {
                venue,
                asset,
                most_leverage: 0.0,
                worst: None,
                exhausted: false,
                now: Sums::default(),
            });
            self.0.len() - 1
        });
        &mut self.0[at].now
    }
}

impl Margin {
    fn end(&mut self, ledger: &Ledger) {
        let now = std::mem::take(&mut self.now);
        if now.value <= 0.0 {
            return;
        }
        let cash = ledger.row(self.venue, self.asset);
        let behind = cash.map_or(0.0, |row| row.expected().to_f64()) + now.open;
        if behind <= 0.0 {
            self.exhausted = true;
            return;
        }
        self.most_leverage = self.most_leverage.max(now.value / behind);
        if !now.tiers_missing {
            let (needed, room) = (now.needed / behind, (behind - now.needed) / now.value);
            let (most, least) = self.worst.unwrap_or((needed, room));
            self.worst = Some((most.max(needed), least.min(room)));
        }
    }
}

/// Maintenance margin of a position, in its settlement asset: `value * rate - amount` of its tier in quote units, where
/// the amount is that of the tier before plus where they meet times what the rate grows by.
fn maintenance(instrument: &Instrument, value: f64, price: f64) -> f64 {
    let to_quote = match instrument.kind {
        InstrumentKind::Inverse => price,
        InstrumentKind::Spot | InstrumentKind::Linear => 1.0,
    };
    let in_quote = value * to_quote;
    let (mut amount, mut rate, mut meet) = (0.0, 0.0, 0.0);
    for MarginTier {
        up_to, maintenance, ..
    } in &instrument.tiers
    {
        let next = maintenance.to_f64();
        amount += meet * (next - rate);
        (rate, meet) = (next, up_to.to_f64());
        if up_to.is_zero() || in_quote <= meet {
            break;
        }
    }
    (in_quote * rate - amount).max(0.0) / to_quote
}
