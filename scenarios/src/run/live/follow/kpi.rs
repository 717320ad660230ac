//! The figures that people steer by, with what each should be: fills, slippage, errors; and how far the sides are, how
//! well they balance, and what they earn.

use std::collections::BTreeMap;

use onetape_core::command::Place;
use onetape_core::event::Fill;
use onetape_core::instrument::{Instrument, Side};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::Money;
use onetape_core::position::Position;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};

/// Orders that fill whole, at least.
const FILL_RATE_PCT: f64 = 95.0;
/// What fills are worse than their limit, at most.
const SLIPPAGE_PCT: f64 = 0.05;
/// Orders that are rejected, at most.
const ERROR_RATE_PCT: f64 = 0.1;

/// The figures of one task.
#[derive(Clone, Debug, Default)]
struct Kpi {
    orders: u64,
    ended: u64,
    whole: u64,
    rejected: u64,
    bought: Money,
    sold: Money,
    fees: Money,
    /// What fills gave more than their limits allowed, in quote units; better is negative.
    slipped: Money,
    held: BTreeMap<InstrumentId, Position>,
}

/// The figures of all tasks.
#[derive(Clone, Debug)]
pub(super) struct Kpis(Vec<Kpi>);

impl Kpis {
    pub(super) fn new(tasks: usize) -> Self {
        Self(vec![Kpi::default(); tasks])
    }

    fn of(&mut self, task: TaskId) -> Option<&mut Kpi> {
        self.0.get_mut(task.index())
    }

    pub(super) fn sent(&mut self, task: TaskId) {
        if let Some(kpi) = self.of(task) {
            kpi.orders += 1;
        }
    }

    pub(super) fn filled(&mut self, place: &Place, fill: &Fill, instrument: &Instrument) {
        let Some(kpi) = self.of(place.task) else {
            return;
        };
        let value = instrument.notional(fill.price, fill.qty).abs();
        match place.side {
            Side::Buy => kpi.bought += value,
            Side::Sell => kpi.sold += value,
        }
        if let Some(limit) = place.limit {
            let asked = instrument.notional(limit, fill.qty).abs();
            kpi.slipped += match place.side {
                Side::Buy => value - asked,
                Side::Sell => asked - value,
            };
        }
        kpi.fees += fill.fee.value;
        let held = kpi.held.entry(place.instrument).or_default();
        held.book(instrument, place.side, fill);
    }

    pub(super) fn ended(&mut self, task: TaskId, whole: bool, rejected: bool) {
        if let Some(kpi) = self.of(task) {
            kpi.ended += 1;
            kpi.whole += u64::from(whole);
            kpi.rejected += u64::from(rejected);
        }
    }

    /// The figures of one task, as JSON.
    pub(super) fn document(&self, at: usize, names: &Names) -> Value {
        let Some(kpi) = self.0.get(at) else {
            return Value::Null;
        };
        let fill_rate = share(kpi.whole, kpi.ended);
        let error_rate = share(kpi.rejected, kpi.orders);
        let volume = kpi.bought + kpi.sold;
        let slippage = part(kpi.slipped, volume, 100);
        let bounds = [
            (
                "fill_rate_pct",
                fill_rate.is_some_and(|it| it < FILL_RATE_PCT),
            ),
            (
                "slippage_pct",
                slippage.is_some_and(|it| it >= SLIPPAGE_PCT),
            ),
            (
                "error_rate_pct",
                error_rate.is_some_and(|it| it >= ERROR_RATE_PCT),
            ),
        ];
        let missed = bounds.into_iter().filter(|(_, missed)| *missed);
        let missed: Vec<&str> = missed.map(|(name, _)| name).collect();
        let realised: Money = kpi.held.values().map(|held| held.realised).sum();
        json!({
            "fill_rate_pct": fill_rate,
            "slippage_pct": slippage,
            "error_rate_pct": error_rate,
            "profit_bps": part(realised - kpi.fees, volume, 10_000),
            "bought": kpi.bought.trimmed().to_string(),
            "sold": kpi.sold.trimmed().to_string(),
            "imbalance_pct": kpi.imbalance(names),
            "missed": missed,
        })
    }
}

impl Kpi {
    /// What is not balanced of the larger side, in percent, of the base asset that is worst; `None` while nothing is held.
    fn imbalance(&self, names: &Names) -> Option<f64> {
        let mut sides: BTreeMap<AssetId, [Decimal; 2]> = BTreeMap::new();
        for (id, held) in &self.held {
            let instrument = names.instrument(*id);
            let qty = instrument.qty_decimal(held.qty);
            let sides = sides.entry(instrument.base).or_default();
            sides[usize::from(qty.is_sign_negative())] += qty.abs();
        }
        let off = sides.values().filter_map(|[long, short]| {
            let larger = (*long).max(*short);
            let off = (long - short).abs().checked_div(larger)?;
            (off * Decimal::ONE_HUNDRED).to_f64()
        });
        off.reduce(f64::max)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

fn part(of: Money, whole: Money, times: i64) -> Option<f64> {
    let part = of.decimal().checked_div(whole.decimal())?;
    part.checked_mul(Decimal::from(times))?.to_f64()
}
