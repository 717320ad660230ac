//! The numbers that the strategy looks at, for decisions and for people.

use rust_decimal::Decimal;

use super::MOST_SPOTS;
use super::rule::MultiSpot;
use super::signals::SpotEdges;
use crate::instrument::Instrument;
use crate::num::{Bps, Money, Ratio};
use crate::saga::SagaState;
use crate::strategy::{Context, Numbers};

/// Names of the edges of entering, by spot leg.
const ENTRIES: [&str; MOST_SPOTS] = [
    "spot_1_entry_net_bps",
    "spot_2_entry_net_bps",
    "spot_3_entry_net_bps",
    "spot_4_entry_net_bps",
    "spot_5_entry_net_bps",
    "spot_6_entry_net_bps",
    "spot_7_entry_net_bps",
    "spot_8_entry_net_bps",
];

impl MultiSpot {
    /// The numbers that a decision is made on. `spot` counts the legs as the scenario names them.
    pub(super) fn tell(&self, cx: &Context<'_, SpotEdges>, numbers: &mut Numbers) {
        for (at, name) in ENTRIES.into_iter().enumerate() {
            if let Some(edge) = cx.signals.entry(at) {
                numbers.signal(name, edge.to_bps_f64());
            }
        }
        numbers.exact("min_entry_net_bps", bps(self.rules.min_entry));
        if let Some(edge) = self.rules.exit {
            numbers.exact("min_exit_net_bps", bps(edge));
        }
        // Where it stands, or looks first.
        let flat = self.saga.state() == SagaState::Flat;
        let spot = if flat {
            cx.signals.cheapest()
        } else {
            Some(self.held)
        };
        if let Some(at) = spot {
            numbers.exact("spot", Money::new(Decimal::from(at + 1)));
            let names = ["spot_bid", "spot_ask", "spot_bid_qty", "spot_ask_qty"];
            top(cx, &self.spots[at], names, numbers);
        }
        let names = [
            "futures_bid",
            "futures_ask",
            "futures_bid_qty",
            "futures_ask_qty",
        ];
        top(cx, &self.futures, names, numbers);
        if self.saga.state() == SagaState::Hedged {
            if let Some(edge) = cx.signals.exit(self.held).map(Ratio::to_bps_f64) {
                numbers.signal("exit_net_bps", edge);
            }
            if let Some(net) = self.net_pct(cx) {
                numbers.signal("net_if_closed_bps", net * 100.0);
            }
            let age = cx.now.since(self.entered_at).nanos();
            numbers.exact("age_s", Money::new(Decimal::new(age, 9)));
        }
    }
}

/// An instrument's top of book, when it can be acted on.
fn top(
    cx: &Context<'_, SpotEdges>,
    instrument: &Instrument,
    names: [&'static str; 4],
    numbers: &mut Numbers,
) {
    let Some(top) = cx.market.instrument(instrument.id).top() else {
        return;
    };
    let values = [
        instrument.price_decimal(top.bid.price),
        instrument.price_decimal(top.ask.price),
        instrument.qty_decimal(top.bid.qty),
        instrument.qty_decimal(top.ask.qty),
    ];
    for (name, value) in names.into_iter().zip(values) {
        numbers.exact(name, Money::new(value));
    }
}

fn bps(value: Bps) -> Money {
    Money::new(Decimal::new(value.millionths(), 6))
}
