//! A made-up run that looks like a real one: some forty round trips of spot against a perpetual.

use onetape_core::command::LegRole::{Entry, Exit, Repair};
use onetape_core::event::{OrderEventKind, RejectReason};
use onetape_core::instrument::Side::{Buy, Sell};
use onetape_core::num::{Money, format_fixed};

use super::run::{BTC, PERP, Run, SPOT, USDT, money, tag};
use crate::report::Report;

/// Keyed noise: the same number for the same place, without a generator's state.
fn noise(at: i64, range: i64) -> i64 {
    let mut word = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d;
    word ^= word >> 29;
    word = word.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word ^= word >> 32;
    (word % range as u64) as i64
}

struct Venues {
    run: Run,
    cash: [Money; 2],
    coins: Money,
}

impl Venues {
    /// A whole fill with a fee in USDT; keeps the balances as a venue would.
    fn trade(
        &mut self,
        leg: (u32, u8),
        role: onetape_core::command::LegRole,
        cents: i64,
        qty: &str,
    ) {
        let (trip, at) = leg;
        let spot = at == 0;
        let buys = spot == matches!(role, Entry);
        let price = money(&format_fixed(cents, 2));
        let signed = money(qty).times(if buys { 1.into() } else { (-1).into() });
        let rate = if spot {
            money("0.0005")
        } else {
            money("0.0004")
        };
        let fee = price.times(money(qty).decimal()).times(rate.decimal());
        let instrument = if spot { SPOT } else { PERP };
        let side = if buys { Buy } else { Sell };
        let text = fee.to_string();
        let fee_text = (USDT, text.as_str(), text.as_str());
        self.run.trade(
            tag(trip, at, role),
            instrument,
            side,
            &price.to_string(),
            qty,
            fee_text,
        );
        let venue = usize::from(at);
        self.cash[venue] += -price.times(signed.decimal()) - fee;
        if spot {
            self.coins += signed;
        }
    }

    fn say_balances(&mut self) {
        // A perpetual's venue holds realised profit alone; while flat that is what the cash came to.
        let [spot, perp] = self.cash.map(|cash| cash.to_string());
        self.run.balance(0, USDT, &spot);
        self.run.balance(0, BTC, &self.coins.to_string());
        self.run.balance(1, USDT, &perp);
    }
}

/// The report of it.
pub(crate) fn sample() -> Report {
    let mut venues = Venues {
        run: Run::from(1_723_161_254),
        cash: [money("50000"), money("50000")],
        coins: Money::ZERO,
    };
    venues.say_balances();
    for trip in 1..=42_u32 {
        let at = i64::from(trip);
        let mid = 6_134_000 + noise(at, 90_000) + at * 1_100;
        let edge = 12_500 + noise(at * 3, 16_000);
        let (entry, exit) = (noise(at * 5, 2_000), noise(at * 7, 2_500));
        venues.run.wait(60 + noise(at * 11, 900));
        venues.trade((trip, 0), Entry, mid, "0.25");
        venues.trade((trip, 1), Entry, mid + edge, "0.25");
        venues.run.wait(30 + noise(at * 13, 2_400));
        if trip % 9 == 0 {
            venues.run.funding(PERP, "1.54");
            venues.cash[1] += money("1.54");
        }
        let role = if trip % 17 == 0 { Repair } else { Exit };
        let moved = mid + noise(at * 17, 30_000) - 15_000;
        venues.trade((trip, 0), Exit, moved - exit, "0.25");
        venues.trade((trip, 1), role, moved + entry, "0.25");
        venues.say_balances();
        if trip % 8 == 0 {
            let order =
                venues
                    .run
                    .place("entry_edge", tag(trip + 100, 0, Entry), SPOT, Buy, "0.25");
            venues.run.news(order, OrderEventKind::Expired);
            let order =
                venues
                    .run
                    .place("entry_edge", tag(trip + 100, 1, Entry), PERP, Sell, "0.25");
            venues
                .run
                .news(order, OrderEventKind::Rejected(RejectReason::Balance));
            venues.run.refuse("stale_book");
            venues.run.decide("edge_below_entry", vec![]);
        }
    }
    venues.trade((43, 0), Entry, 6_190_000, "0.25");
    let coins = venues.coins.to_string();
    let spot = venues.cash[0].to_string();
    venues.run.balance(0, USDT, &spot);
    venues.run.balance(0, BTC, &coins);
    venues.run.wait(600);
    venues.run.end(&[
        (SPOT, "61880.10", "61880.11"),
        (PERP, "61930.00", "61930.10"),
    ])
}
