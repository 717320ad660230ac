//! A naive taker walks over the quotes with the demo's thresholds.

use onetape_core::event::Level;
use onetape_core::num::{Bps, Ratio};
use onetape_core::time::{Span, Ts};

use super::*;

/// Taker fees in bps of what changes hands.
const FEES: [f64; 2] = [10.0, 5.0];
/// 0.025 base units in lots of either venue.
const LOTS: [i64; 2] = [2_500, 25];
/// What makes both venues' price mantissas hundredths of a quote unit.
const SCALE: [i64; 2] = [1, 10];

/// On the tape of 1004 an opportunity once began before spot had spoken since the touch must be takeable.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 1004];

struct Trip {
    entered: Ts,
    direction: Direction,
    edge_bps: f64,
    by_edge: bool,
    net_bps: f64,
}

struct Open {
    ts: Ts,
    direction: Direction,
    edge_bps: f64,
    paid: [f64; 2],
}

fn bps(value: f64) -> Bps {
    Bps::from_millionths((value * 1e6) as i64)
}

/// What selling on `sell` and buying on `buy` earns, over what is bought.
fn edge(tops: &[(Level, Level); 2], buy: usize, sell: usize) -> Ratio {
    let ask = i128::from(tops[buy].1.price.mantissa() * SCALE[buy]);
    let bid = i128::from(tops[sell].0.price.mantissa() * SCALE[sell]);
    Ratio::new(bid - ask, ask).unwrap()
}

fn takeable(tops: &[(Level, Level); 2], buy: usize, sell: usize) -> bool {
    tops[buy].1.qty.mantissa() >= LOTS[buy] && tops[sell].0.qty.mantissa() >= LOTS[sell]
}

fn legs(direction: Direction) -> (usize, usize) {
    match direction {
        Direction::LongSpot => (0, 1),
        Direction::ShortSpot => (1, 0),
    }
}

/// Cash of buying on one venue and selling on the other, after fees, by venue; a unit of base.
fn cash(tops: &[(Level, Level); 2], buy: usize, sell: usize) -> [f64; 2] {
    let mut cash = [0.0; 2];
    let (ask, bid) = (tops[buy].1.price.mantissa(), tops[sell].0.price.mantissa());
    cash[buy] = -((ask * SCALE[buy]) as f64) * (1.0 + FEES[buy] / 10_000.0);
    cash[sell] = (bid * SCALE[sell]) as f64 * (1.0 - FEES[sell] / 10_000.0);
    cash
}

/// What the taker has sent and what stands at the venues when it arrives.
struct Order {
    due: Ts,
    direction: Direction,
    /// The edge seen when an entry was decided on; none for an exit, which knows why it left.
    entry_edge_bps: Option<f64>,
    by_edge: bool,
}

/// One position at a time; orders arrive `delay` after the quote that they answer.
struct Taker {
    delay: Span,
    sent: Option<Order>,
    open: Option<Open>,
    trips: Vec<Trip>,
}

impl Taker {
    /// Fills what has arrived before `now` at the touch that stands.
    fn fill(&mut self, tops: &[(Level, Level); 2], now: Ts) {
        let Some(order) = self.sent.take_if(|order| order.due < now) else {
            return;
        };
        let (buy, sell) = legs(order.direction);
        let Some(edge_bps) = order.entry_edge_bps else {
            assert!(
                takeable(tops, sell, buy),
                "the touch is too thin to leave at {now:?}"
            );
            let held = self.open.take().expect("an exit closes a position");
            let net: f64 = held.paid.iter().chain(&cash(tops, sell, buy)).sum();
            self.trips.push(Trip {
                entered: held.ts,
                direction: held.direction,
                edge_bps: held.edge_bps,
                by_edge: order.by_edge,
                net_bps: net / held.paid[buy].abs() * 10_000.0,
            });
            return;
        };
        assert!(
            takeable(tops, buy, sell),
            "the touch is too thin to enter at {now:?}"
        );
        let paid = cash(tops, buy, sell);
        let (ts, direction) = (order.due, order.direction);
        self.open = Some(Open {
            ts,
            direction,
            edge_bps,
            paid,
        });
    }

    fn decide(&mut self, tops: &[(Level, Level); 2], now: Ts) {
        let order = |direction, entry_edge_bps, by_edge| Order {
            due: now + self.delay,
            direction,
            entry_edge_bps,
            by_edge,
        };
        if let Some(held) = &self.open {
            let (buy, sell) = legs(held.direction);
            let by_edge = edge(tops, sell, buy).reaches(bps(EXIT_EDGE_BPS));
            if by_edge || now >= held.ts + MAX_AGE {
                self.sent = Some(order(held.direction, None, by_edge));
            }
            return;
        }
        for direction in [Direction::LongSpot, Direction::ShortSpot] {
            let (buy, sell) = legs(direction);
            let seen = edge(tops, buy, sell);
            if seen.reaches(bps(ENTRY_EDGE_BPS)) {
                self.sent = Some(order(direction, Some(seen.to_bps_f64()), false));
                return;
            }
        }
    }
}

fn walk(tape: &Tape, delay: Span) -> Vec<Trip> {
    let mut taker = Taker {
        delay,
        sent: None,
        open: None,
        trips: Vec::new(),
    };
    let mut tops = [None, None];
    for (at, row) in &tape.rows {
        let Row::Quote(row) = row else { continue };
        if let [Some(spot), Some(perp)] = tops {
            taker.fill(&[spot, perp], row.ts);
        }
        tops[*at] = Some((row.bid, row.ask));
        if let ([Some(spot), Some(perp)], None) = (tops, &taker.sent) {
            taker.decide(&[spot, perp], row.ts);
            if delay == Span::ZERO {
                taker.fill(&[spot, perp], row.ts + Span::from_nanos(1));
            }
        }
    }
    assert!(taker.open.is_none(), "something is still open at the end");
    taker.trips
}

fn every_planted_one_is_traded_once_and_ends_as_planned(config: &SynthConfig, delay: Span) -> f64 {
    let tape = tape(config);
    let trips = walk(&tape, delay);
    assert_eq!(trips.len(), tape.planted.len(), "seed {}", config.seed);
    let mut total = 0.0;
    for (trip, planted) in trips.iter().zip(&tape.planted) {
        let late = trip.entered.since(planted.at);
        let place = format!("seed {} at {:?}", config.seed, planted.at);
        assert!(
            trip.entered >= planted.at && late < Span::from_millis(200),
            "{place}: {late:?}"
        );
        assert_eq!(trip.direction, planted.direction, "{place}");
        let peak = planted.peak_centi_bps as f64 / 100.0;
        assert!(
            (trip.edge_bps - peak).abs() < 1.5,
            "{place}: {} of {peak}",
            trip.edge_bps
        );
        assert!(trip.edge_bps > ENTRY_EDGE_BPS + 3.0, "{place}");
        assert_eq!(trip.by_edge, planted.wins, "{place}");
        // Beyond what funding could turn around.
        assert!(
            if planted.wins {
                trip.net_bps > 4.0
            } else {
                trip.net_bps < -3.0
            },
            "{place}: {}",
            trip.net_bps
        );
        total += trip.net_bps;
    }
    total
}

#[test]
fn a_naive_taker_trades_each_planted_opportunity_once() {
    for seed in SEEDS {
        let total = every_planted_one_is_traded_once_and_ends_as_planned(&seeded(seed), Span::ZERO);
        println!("seed {seed}: {total:.1} bps net in all");
    }
}

#[test]
fn a_taker_with_the_latency_of_the_demo_and_ten_times_that_fares_no_worse() {
    for delay in [5, 50] {
        for seed in SEEDS {
            every_planted_one_is_traded_once_and_ends_as_planned(
                &seeded(seed),
                Span::from_millis(delay),
            );
        }
    }
}

#[test]
fn both_directions_can_be_planted() {
    let config = SynthConfig {
        directions: Directions::Both,
        ..seeded(11)
    };
    every_planted_one_is_traded_once_and_ends_as_planned(&config, Span::ZERO);
    let planted = plan(&config).unwrap();
    for direction in [Direction::LongSpot, Direction::ShortSpot] {
        assert!(
            planted
                .iter()
                .any(|one| one.direction == direction && one.wins)
        );
    }
}

#[test]
fn nothing_but_what_is_planted_comes_near_the_threshold() {
    for seed in 1..=4 {
        let tape = tape(&seeded(seed));
        let quiet = tape_without_plan(seed);
        let near = |tape: &Tape| largest_edge_outside(tape);
        let (planted, none) = (near(&tape), near(&quiet));
        println!(
            "seed {seed}: {planted:.1} bps beside the planted ones, {none:.1} bps without any"
        );
        assert!(planted < 15.0 && none < 15.0);
    }
}

fn tape_without_plan(seed: u64) -> Tape {
    super::tape(&SynthConfig {
        opportunities: 0,
        ..seeded(seed)
    })
}

/// Largest edge of either direction outside the planted excursions.
fn largest_edge_outside(tape: &Tape) -> f64 {
    let (mut tops, mut largest) = ([None, None], 0.0_f64);
    for (at, row) in &tape.rows {
        let Row::Quote(row) = row else { continue };
        tops[*at] = Some((row.bid, row.ask));
        let [Some(spot), Some(perp)] = tops else {
            continue;
        };
        let settled =
            |one: &Planted| one.at <= row.ts && row.ts < one.end() + Span::from_millis(500);
        if tape.planted.iter().any(settled) {
            continue;
        }
        for (buy, sell) in [(0, 1), (1, 0)] {
            largest = largest.max(edge(&[spot, perp], buy, sell).to_bps_f64());
        }
    }
    largest
}
