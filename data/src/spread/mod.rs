//! Two-leg spreads over quotes, exact: how often, how wide and for how long two venues' prices differ.
//!
//! `s_in = (A_ask - B_bid) / A_ask * 100` and `s_out = (B_ask - A_bid) / B_ask * 100`, both what a trade costs:
//! negative is a gain. Two rules say when they are evaluated, see [`Rule`]. Counts and extremes are exact
//! (fractions of 128-bit integers); the mean is in floats.
//!
//! Memory does not grow with the data, but for eight bytes an evaluation of R1: the median age is exact.

mod exact;
mod report;
mod stats;
mod table;

use onetape_core::event::{Body, Quote};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use crate::catalog::{Catalog, Kind, Series};
use crate::error::{Error, Result};
use crate::tape::{Tape, TapeLeg, TapeRequest, time_text};
use exact::{Scale, Spread};
pub use report::{Ages, Counts, Evaluations, SideReport, SpreadReport};
use stats::{Episodes, EqualStamps, LegStats, SideStats};

/// Events between two calls of the progress function.
const PROGRESS_EVENTS: u64 = 1 << 16;

/// When spreads are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Once a quote of A, against B's last quote at or before its time; quotes of A before B's first are dropped.
    R1,
    /// Once a quote of either leg, A before B at equal times, as soon as both are known.
    R2,
}

/// What is to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpreadRequest {
    /// Leg A.
    pub a: Series,
    /// Leg B.
    pub b: Series,
    /// When.
    pub rule: Rule,
    /// First receive time, inclusive.
    pub from: Option<Ts>,
    /// End of receive time, exclusive.
    pub to: Option<Ts>,
}

/// Evaluates the spreads of two legs. `progress` is told how many of how many quotes were read.
///
/// # Errors
/// When a leg has no quotes in that time, a file is not what it was, or a price is not positive or has more than
/// 18 digits at the decimals of both legs.
pub fn spread(
    catalog: &Catalog,
    request: &SpreadRequest,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SpreadReport> {
    let mut tape = Tape::open(catalog, &tape_request(request))?;
    let mut fold = Fold::new(catalog, request)?;
    while let Some(event) = tape.next_event()? {
        if let Body::Quote(quote) = &event.body {
            fold.quote(event.ts, quote)?;
        }
        if tape.rows().is_multiple_of(PROGRESS_EVENTS) {
            progress(tape.rows_read(), tape.total_rows());
        }
    }
    progress(tape.rows_read(), tape.total_rows());
    Ok(fold.report(request))
}

const A: usize = 0;
const B: usize = 1;

fn tape_request(request: &SpreadRequest) -> TapeRequest {
    let leg = |id: usize, series: &Series| TapeLeg {
        instrument: InstrumentId(id as u16),
        series: series.clone(),
        kinds: vec![Kind::Quote],
        venue_time: false,
    };
    let mut legs = vec![leg(A, &request.a), leg(B, &request.b)];
    // "At or before": a quote of B with A's very stamp is known when A's is evaluated.
    if request.rule == Rule::R1 {
        legs.reverse();
    }
    TapeRequest {
        legs,
        from: request.from,
        to: request.to,
    }
}

/// A quote at the decimals of both legs, and in floats.
#[derive(Clone, Copy)]
struct Top {
    ts: Ts,
    bid: i128,
    ask: i128,
    bid_float: f64,
    ask_float: f64,
}

struct Fold {
    rule: Rule,
    names: [String; 2],
    scales: [Scale; 2],
    tops: [Option<Top>; 2],
    legs: [LegStats; 2],
    equal: EqualStamps,
    n_eval: u64,
    sides: [SideStats; 2],
    crosses: [u64; 2],
    episodes: [Episodes; 2],
    ages: Vec<i64>,
}

impl Fold {
    fn new(catalog: &Catalog, request: &SpreadRequest) -> Result<Self> {
        let names = [request.a.instrument(), request.b.instrument()];
        let decimals = |name: &str| catalog.instrument(name).map(|found| found.price_decimals);
        let (a, b) = (decimals(&names[A])?, decimals(&names[B])?);
        Ok(Self {
            rule: request.rule,
            names,
            scales: [Scale::new(a, a.max(b)), Scale::new(b, a.max(b))],
            tops: [None; 2],
            legs: Default::default(),
            equal: EqualStamps::default(),
            n_eval: 0,
            sides: [SideStats::new(), SideStats::new()],
            crosses: [0; 2],
            episodes: Default::default(),
            ages: Vec::new(),
        })
    }

    fn quote(&mut self, ts: Ts, quote: &Quote) -> Result<()> {
        let leg = quote.instrument.index();
        let top = self.top(leg, ts, quote)?;
        self.legs[leg].add(ts, top.bid > top.ask);
        self.equal.add(ts, leg);
        self.tops[leg] = Some(top);
        if let [Some(a), Some(b)] = self.tops
            && (self.rule == Rule::R2 || leg == A)
        {
            self.evaluate(ts, &a, &b);
        }
        Ok(())
    }

    fn top(&self, leg: usize, ts: Ts, quote: &Quote) -> Result<Top> {
        let scale = self.scales[leg];
        let exact = |mantissa: i64| {
            scale.exact(mantissa).ok_or_else(|| Error::Request {
                what: format!(
                    "{} has a quote at {} whose price is not positive, or has more than 18 digits at the \
                     decimals of both legs (mantissa {mantissa})",
                    self.names[leg],
                    time_text(ts.nanos())
                ),
                fix: "leave that time out with --from and --to".to_string(),
            })
        };
        let (bid, ask) = (quote.bid.price.mantissa(), quote.ask.price.mantissa());
        Ok(Top {
            ts,
            bid: exact(bid)?,
            ask: exact(ask)?,
            bid_float: scale.float(bid),
            ask_float: scale.float(ask),
        })
    }

    fn evaluate(&mut self, ts: Ts, a: &Top, b: &Top) {
        self.n_eval += 1;
        for (at, (paid, received)) in [(a, b), (b, a)].into_iter().enumerate() {
            let float = (paid.ask_float - received.bid_float) / paid.ask_float * 100.0;
            self.sides[at].add(Spread::new(paid.ask, received.bid), float, ts);
            let crossed = received.bid > paid.ask;
            self.crosses[at] += u64::from(crossed);
            self.episodes[at].step(ts, crossed);
        }
        if self.rule == Rule::R1 {
            self.ages.push(ts.since(b.ts).nanos());
        }
    }

    fn report(mut self, request: &SpreadRequest) -> SpreadReport {
        let evaluations = Some(self.evaluations());
        let [a, b] = self.legs;
        let [name_a, name_b] = self.names;
        let (r1, r2) = match request.rule {
            Rule::R1 => (evaluations, None),
            Rule::R2 => (None, evaluations),
        };
        SpreadReport {
            a: [name_a],
            b: [name_b],
            time_key: "recv_ts_ns",
            rows_a: a.rows,
            rows_b: b.rows,
            first_ts: [a.first.map(Ts::nanos), b.first.map(Ts::nanos)],
            last_ts: [a.last.map(Ts::nanos), b.last.map(Ts::nanos)],
            crossed_within_a: a.crossed,
            crossed_within_b: b.crossed,
            dup_ts_a: a.same_ts,
            dup_ts_b: b.same_ts,
            equal_ts_across_legs: self.equal.count,
            r1,
            r2,
        }
    }

    fn evaluations(&mut self) -> Evaluations {
        let lasting = self.rule == Rule::R2;
        let count = |of: &Episodes| lasting.then_some(of.count);
        let duration = |of: &Episodes| lasting.then(|| millis(of.nanos as f64));
        Evaluations {
            n_eval: self.n_eval,
            s_in: self.sides[A].report(),
            s_out: self.sides[B].report(),
            n_cross_ab: self.crosses[A],
            n_cross_ba: self.crosses[B],
            age_of_b_ms: (!lasting).then(|| ages(&mut self.ages)),
            cross_ab_episodes: count(&self.episodes[A]),
            cross_ab_duration_ms: duration(&self.episodes[A]),
            cross_ba_episodes: count(&self.episodes[B]),
            cross_ba_duration_ms: duration(&self.episodes[B]),
        }
    }
}

/// Median and maximum; of an even number the median is the mean of the middle two.
fn ages(nanos: &mut [i64]) -> Ages {
    let max = nanos.iter().max().map(|&age| millis(age as f64));
    let median = (!nanos.is_empty()).then(|| {
        let middle = nanos.len() / 2;
        let even = nanos.len().is_multiple_of(2);
        let (below, &mut upper, _) = nanos.select_nth_unstable(middle);
        let lower = below
            .iter()
            .copied()
            .max()
            .filter(|_| even)
            .unwrap_or(upper);
        millis((lower as f64 + upper as f64) / 2.0)
    });
    Ages { median, max }
}

/// Milliseconds to three decimals.
fn millis(nanos: f64) -> f64 {
    let text = format!("{:.3}", nanos / 1e6);
    text.parse().unwrap_or(nanos / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers_of_ages() {
        assert_eq!(
            ages(&mut []),
            Ages {
                median: None,
                max: None
            }
        );
        let odd = ages(&mut [9_000_000, 1_000_000, 2_000_000]);
        assert_eq!((odd.median, odd.max), (Some(2.0), Some(9.0)));
        let even = ages(&mut [4_000_000, 1_000_000, 2_000_000, 9_123_456]);
        assert_eq!((even.median, even.max), (Some(3.0), Some(9.123)));
    }
}
