//! The numbers that a pair looks at, for decisions and for people.

use rust_decimal::Decimal;

use super::direction::Direction;
use super::inventory::free;
use super::rule::Pair;
use super::signals::PairSignals;
use crate::num::{Bps, Money};
use crate::saga::SagaState;
use crate::strategy::{Context, Numbers};

/// Names of the gross edge that leaves enough and of the funding that is expected, by direction.
const NET: [[&str; 2]; 2] = [
    ["carry_edge_needed_bps", "carry_funding_bps"],
    ["reverse_edge_needed_bps", "reverse_funding_bps"],
];

impl Pair {
    pub(super) fn tell(&self, cx: &Context<'_, PairSignals>, numbers: &mut Numbers) {
        for direction in Direction::ALL {
            if let Some(edge) = direction.edge(cx.signals) {
                let name = self.habits.words.edges[direction.index()];
                numbers.signal(name, edge.to_bps_f64());
            }
        }
        numbers.exact("min_entry_edge_bps", bps(self.rules.min_entry_edge));
        if let Some(net) = self.rules.net {
            let funding = self.funding(cx);
            for (direction, names) in Direction::ALL.into_iter().zip(NET) {
                if let Some(threshold) = net.threshold(direction, funding, cx.now) {
                    numbers.exact(names[0], bps(threshold));
                }
                numbers.exact(names[1], bps(net.expected(direction, funding, cx.now)));
            }
        }
        if let Some(edge) = self.rules.exit_edge {
            numbers.exact("exit_edge_bps", bps(edge));
        }
        if let Some(edge) = self.compressed.exit {
            numbers.exact("compressed_edge_bps", bps(edge));
        }
        self.tell_tops(cx, numbers);
        if self.habits.funded {
            self.tell_free(cx, numbers);
        }
        if self.saga.state() == SagaState::Hedged {
            if let Some(net) = self.net_pct(cx) {
                numbers.signal("net_if_closed_bps", net * 100.0);
            }
            numbers.exact(
                "age_s",
                Money::new(Decimal::new(cx.now.since(self.entered_at).nanos(), 9)),
            );
        }
    }

    fn tell_tops(&self, cx: &Context<'_, PairSignals>, numbers: &mut Numbers) {
        for (instrument, names) in self.legs.iter().zip(self.habits.words.tops) {
            let Some(top) = cx.market.instrument(instrument.id).top() else {
                continue;
            };
            let price = |price| Money::new(instrument.price_decimal(price));
            let qty = |qty| Money::new(instrument.qty_decimal(qty));
            numbers.exact(names[0], price(top.bid.price));
            numbers.exact(names[1], price(top.ask.price));
            numbers.exact(names[2], qty(top.bid.qty));
            numbers.exact(names[3], qty(top.ask.qty));
        }
    }

    fn tell_free(&self, cx: &Context<'_, PairSignals>, numbers: &mut Numbers) {
        for (instrument, names) in self.legs.iter().zip(self.habits.words.free) {
            for (name, asset) in names.into_iter().zip([instrument.base, instrument.quote]) {
                numbers.exact(name, free(cx, instrument.venue, asset));
            }
        }
    }
}

fn bps(value: Bps) -> Money {
    Money::new(Decimal::new(value.millionths(), 6))
}
