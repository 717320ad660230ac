//! One instrument's messages, folded.

use onetape_core::event::{Body, Event, Quote};

use super::histogram::Histogram;
use super::moves::{LAGS, Moves};
use super::report::{Figure, MarketProfile};
use crate::catalog::InstrumentRecord;

/// The stretches over which returns are taken.
const SHORT: i64 = 100_000_000;
const LONG: i64 = 1_000_000_000;

/// What spreads are counted in, in bps.
const MILLIONTH: f64 = 1e-6;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Fold {
    first: Option<i64>,
    last: i64,
    quote: Option<(i64, Quote)>,
    quotes: f64,
    price_quotes: f64,
    trades: f64,
    depth: f64,
    depth_levels: f64,
    /// Spread in millionths of a basis point by how many nanoseconds it stood.
    spread: Histogram,
    touch: Histogram,
    prints: Histogram,
    short: Grid,
    long: Grid,
}

/// Mid prices at equal distances of time.
#[derive(Default)]
struct Grid {
    next: Option<i64>,
    mid: f64,
    moves: Moves,
}

impl Grid {
    /// Time has come to `now`, with `mid` standing since before.
    fn pass(&mut self, now: i64, every: i64, mid: f64) {
        let Some(next) = &mut self.next else {
            self.next = Some(now + every);
            self.mid = mid;
            return;
        };
        while *next <= now {
            let moved = if mid == self.mid {
                0.0
            } else {
                libm::log(mid / self.mid) * 10_000.0
            };
            self.moves.add(moved);
            self.mid = mid;
            *next += every;
        }
    }
}

fn mid(quote: &Quote) -> f64 {
    (quote.bid.price.mantissa() as f64 + quote.ask.price.mantissa() as f64) / 2.0
}

impl Fold {
    pub(super) fn event(&mut self, event: &Event) {
        let now = event.ts.nanos();
        self.first.get_or_insert(now);
        self.last = now;
        match &event.body {
            Body::Quote(quote) => self.quote(now, quote),
            Body::Trade(trade) if trade.price.mantissa() > 0 => {
                self.trades += 1.0;
                self.prints.add(trade.qty.mantissa(), 1.0);
            }
            Body::Depth(depth) if !depth.snapshot => {
                self.depth += 1.0;
                self.depth_levels += (depth.bids.len() + depth.asks.len()) as f64;
            }
            Body::Level(_) => {
                self.depth += 1.0;
                self.depth_levels += 1.0;
            }
            _ => {}
        }
    }

    fn quote(&mut self, now: i64, quote: &Quote) {
        self.quotes += 1.0;
        self.touch.add(quote.bid.qty.mantissa(), 1.0);
        self.touch.add(quote.ask.qty.mantissa(), 1.0);
        let before = self.quote.replace((now, *quote));
        let standing = before.map_or(*quote, |before| before.1);
        if mid(&standing) > 0.0 {
            self.short.pass(now, SHORT, mid(&standing));
            self.long.pass(now, LONG, mid(&standing));
        }
        let Some((since, standing)) = before else {
            return;
        };
        if mid(&standing) > 0.0 {
            let wide = standing.ask.price.mantissa() - standing.bid.price.mantissa();
            let bps = wide as f64 / mid(&standing) * 10_000.0;
            let millionths = libm::round(bps / MILLIONTH) as i64;
            self.spread.add(millionths, (now - since) as f64);
        }
        let moved = (standing.bid.price, standing.ask.price) != (quote.bid.price, quote.ask.price);
        self.price_quotes += f64::from(u8::from(moved));
    }

    pub(super) fn report(&self, record: &InstrumentRecord) -> MarketProfile {
        let seconds = self
            .first
            .map_or(0.0, |first| (self.last - first) as f64 / 1e9);
        let a_second = |count: f64| (seconds > 0.0 && count > 0.0).then(|| count / seconds);
        let unit = |decimals: u8| (0..decimals).fold(1.0, |unit, _| unit / 10.0);
        let lot = unit(record.qty_decimals);
        let sizes = |value: Option<f64>| value.map(|value| value * lot);
        let bps = |value: Option<f64>| value.map(|value| value * MILLIONTH);
        let share = |part: f64, of: f64| (of > 0.0).then(|| part / of);
        let mut figures = Vec::new();
        let mut add = |name: &str, value: Option<f64>| {
            figures.push(Figure {
                name: name.to_owned(),
                value,
            });
        };
        add("quotes_per_s", a_second(self.quotes));
        add("trades_per_s", a_second(self.trades));
        add("depth_messages_per_s", a_second(self.depth));
        add(
            "levels_per_depth_message",
            share(self.depth_levels, self.depth),
        );
        add(
            "quotes_that_move_price",
            share(self.price_quotes, self.quotes),
        );
        add("spread_mean_bps", bps(self.spread.mean()));
        add("spread_median_bps", bps(self.spread.quantile(0.5)));
        add("spread_p99_bps", bps(self.spread.quantile(0.99)));
        add("touch_mean", sizes(self.touch.mean()));
        for (name, at) in [
            ("touch_p10", 0.1),
            ("touch_median", 0.5),
            ("touch_p90", 0.9),
        ] {
            add(name, sizes(self.touch.quantile(at)));
        }
        add("trade_mean", sizes(self.prints.mean()));
        for (name, at) in [
            ("trade_median", 0.5),
            ("trade_p90", 0.9),
            ("trade_p99", 0.99),
        ] {
            add(name, sizes(self.prints.quantile(at)));
        }
        for (name, grid) in [("100ms", &self.short), ("1s", &self.long)] {
            add(&format!("return_{name}_bps"), grid.moves.deviation());
            add(&format!("return_{name}_zero"), grid.moves.still());
            for lag in 1..=LAGS {
                let value = grid.moves.autocorrelation(lag);
                add(&format!("autocorrelation_{name}_lag{lag}"), value);
            }
        }
        MarketProfile {
            instrument: record.name(),
            seconds,
            figures,
        }
    }
}
