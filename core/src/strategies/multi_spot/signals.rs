//! The edges of every spot leg against the future, exact and after fees, computed once an event for every parameter set.

use alloc::vec::Vec;

use super::shared::greatest_common_divisor;
use crate::event::Event;
use crate::instrument::Instrument;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::{Bps, Price, Ratio};
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategy::{Setup, Signals};

/// Signal number of the largest edge of entering, that of the spot leg which costs least.
pub(in crate::strategies) const ENTRY: u8 = 0;

/// Signal number of the edge of leaving by a spot leg.
pub(in crate::strategies) const fn exit_of(spot: usize) -> u8 {
    1 + spot as u8
}

/// Signal number of a gain that no move of the spot leg exceeds.
pub(in crate::strategies) const SWITCH: u8 = exit_of(super::MOST_SPOTS);

/// A level that no threshold reaches.
const NONE: f64 = -1.0e18;

/// Units of a fee in one: a fee is in millionths of a basis point.
const ONE: i128 = 10_000_000_000;

/// Factors that turn a leg's price mantissas into what is paid and what is received, fee included, in one unit for
/// every leg.
#[derive(Clone, Copy, Debug)]
struct Worth {
    id: InstrumentId,
    paid: i128,
    received: i128,
    /// Without a fee.
    plain: i128,
}

impl Worth {
    fn of(instrument: &Instrument, fee: Bps, decimals: u8, unit: i128) -> Self {
        let scale = 10_i128.pow(u32::from(decimals - instrument.price_decimals));
        let fee = i128::from(fee.millionths());
        Self {
            id: instrument.id,
            paid: (ONE + fee) / unit * scale,
            received: (ONE - fee) / unit * scale,
            plain: scale,
        }
    }

    fn paid(&self, price: Price) -> i128 {
        i128::from(price.mantissa()).saturating_mul(self.paid)
    }

    fn received(&self, price: Price) -> i128 {
        i128::from(price.mantissa()).saturating_mul(self.received)
    }
}

/// One spot leg as it stands.
#[derive(Clone, Debug)]
struct Spot {
    worth: Worth,
    /// What buying costs and selling brings; none while its top cannot be acted on.
    now: Option<(i128, i128)>,
    entry: Option<Ratio>,
    exit: Option<Ratio>,
    exit_level: f64,
}

crate::state!(Spot { now, entry, exit, exit_level } fixed { worth });

impl Spot {
    /// Against what the future brings when it is sold and costs when it is bought back.
    fn weigh(&mut self, futures: Option<(i128, i128)>) {
        let both = self.now.zip(futures);
        self.entry = both.and_then(|((cost, _), (sold, _))| Ratio::new(sold - cost, cost));
        self.exit = both.and_then(|((_, sold), (_, cost))| Ratio::new(sold - cost, cost));
        self.exit_level = self.exit.map_or(NONE, Ratio::to_bps_f64);
    }
}

/// What each spot leg would earn against the future, each order's taker fee paid.
///
/// Entering earns `(Bf (1 - f) - As (1 + s)) / (As (1 + s))`, leaving `(Bs (1 - s) - Af (1 + f)) / (Af (1 + f))`, with
/// the taker fees `s` and `f`. The largest edge of entering is that of the lowest net cost `As (1 + s)`.
#[derive(Clone, Debug)]
pub struct SpotEdges {
    spots: Vec<Spot>,
    futures: Worth,
    futures_now: Option<(i128, i128)>,
    cheapest: Option<usize>,
    entry_level: f64,
    switch_level: f64,
    alarm: u32,
}

crate::state!(SpotEdges { futures_now, cheapest, entry_level, switch_level, alarm } each { spots } fixed {
    futures
});

impl SpotEdges {
    /// For the legs of a set-up, the future last.
    pub(in crate::strategies) fn new(
        spots: &[Instrument],
        futures: &Instrument,
        setup: &Setup<'_>,
    ) -> Self {
        let legs = spots.iter().chain([futures]);
        let decimals = legs.fold(0, |most, leg| most.max(leg.price_decimals));
        // Fees are whole in a far larger unit than theirs, and small numbers are cheap to divide.
        let fees = setup.taker_fees.iter();
        let unit = fees.fold(ONE, |unit, fee| {
            greatest_common_divisor(unit, i128::from(fee.millionths().unsigned_abs()))
        });
        let worth =
            |(instrument, fee): (&Instrument, &Bps)| Worth::of(instrument, *fee, decimals, unit);
        let fee = setup.taker_fees.last().copied().unwrap_or_default();
        Self {
            spots: spots
                .iter()
                .zip(&setup.taker_fees)
                .map(|leg| Spot {
                    worth: worth(leg),
                    now: None,
                    entry: None,
                    exit: None,
                    exit_level: NONE,
                })
                .collect(),
            futures: worth((futures, &fee)),
            futures_now: None,
            cheapest: None,
            entry_level: NONE,
            switch_level: NONE,
            alarm: 0,
        }
    }

    /// The spot leg that costs least, and of several the first; none unless the future and a spot leg can be acted on.
    pub const fn cheapest(&self) -> Option<usize> {
        self.cheapest
    }

    /// Edge of entering by a spot leg.
    pub fn entry(&self, spot: usize) -> Option<Ratio> {
        self.spots.get(spot)?.entry
    }

    /// Edge of leaving by a spot leg.
    pub fn exit(&self, spot: usize) -> Option<Ratio> {
        self.spots.get(spot)?.exit
    }

    /// What selling one spot leg and buying another gains of what that costs, both fees paid.
    pub fn switch(&self, from: usize, to: usize) -> Option<Ratio> {
        let ((_, sold), (cost, _)) = (self.spots.get(from)?.now?, self.spots.get(to)?.now?);
        Ratio::new(sold - cost, cost)
    }

    /// The same by the prices alone.
    pub fn switch_gross(&self, from: usize, to: usize) -> Option<Ratio> {
        let (from, to) = (self.spots.get(from)?, self.spots.get(to)?);
        let ((_, sold), (cost, _)) = (from.now?, to.now?);
        // Without the fees again: exact, since the factors divide what they were multiplied with.
        let sold = sold / from.worth.received * from.worth.plain;
        let cost = cost / to.worth.paid * to.worth.plain;
        Ratio::new(sold - cost, cost)
    }

    /// The spot legs that can be acted on, the one that costs least first, equal ones in the order of legs.
    pub fn by_net_cost(&self) -> Vec<usize> {
        let ready = self.spots.iter().enumerate();
        let mut ready: Vec<(i128, usize)> = ready
            .filter(|(_, spot)| spot.entry.is_some())
            .filter_map(|(at, spot)| Some((spot.now?.0, at)))
            .collect();
        ready.sort_unstable();
        ready.into_iter().map(|(_, at)| at).collect()
    }

    fn choose(&mut self) {
        let ready = self.spots.iter().enumerate();
        let costs = ready
            .filter(|(_, spot)| spot.entry.is_some())
            .filter_map(|(at, spot)| Some((spot.now?.0, at)));
        self.cheapest = costs.min().map(|(_, at)| at);
        let best = self.cheapest.and_then(|at| self.entry(at));
        self.entry_level = best.map_or(NONE, Ratio::to_bps_f64);
        let known = self.spots.iter().filter_map(|spot| spot.now);
        let (least, most) = known.fold((i128::MAX, 0), |(least, most), (cost, sold)| {
            (cost.min(least), sold.max(most))
        });
        self.switch_level = if most > 0 {
            (most - least) as f64 / least as f64 * 10_000.0 + 0.0
        } else {
            NONE
        };
    }

    /// How many of the legs can be acted on.
    fn ready(&self) -> usize {
        self.spots
            .iter()
            .filter(|spot| spot.entry.is_some())
            .count()
    }
}

/// What buying and selling at the touches comes to.
fn now(market: &Market, worth: &Worth) -> Option<(i128, i128)> {
    let top = market.instrument(worth.id).top()?;
    Some((worth.paid(top.ask.price), worth.received(top.bid.price)))
}

impl Signals for SpotEdges {
    const LEVELS: u8 = SWITCH + 1;

    fn update(&mut self, event: &Event, market: &Market) {
        let Some(instrument) = event.body.instrument() else {
            return;
        };
        if !market.instrument(instrument).is_moved_by(&event.body) {
            return;
        }
        let ready = self.ready();
        if instrument == self.futures.id {
            // Bought back it costs the first, sold it brings the second.
            self.futures_now = now(market, &self.futures).map(|(cost, sold)| (sold, cost));
            for spot in &mut self.spots {
                spot.weigh(self.futures_now);
            }
        } else if let Some(spot) = self.spots.iter_mut().find(|it| it.worth.id == instrument) {
            spot.now = now(market, &spot.worth);
            spot.weigh(self.futures_now);
        } else {
            return;
        }
        self.choose();
        if self.ready() != ready {
            self.alarm = self.alarm.wrapping_add(1);
        }
    }

    fn level(&self, signal: u8) -> f64 {
        match signal {
            ENTRY => return self.entry_level,
            SWITCH => return self.switch_level,
            _ => {}
        }
        let spot = self.spots.get(usize::from(signal) - 1);
        spot.map_or(NONE, |spot| spot.exit_level)
    }

    fn alarm(&self) -> u32 {
        self.alarm
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
