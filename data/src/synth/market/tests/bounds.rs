//! Prices that belong together: triangle, venues, basis, within what the record says, except where it says so.

use onetape_core::time::Ts;

use super::*;

/// Best bid and ask in units of the quote asset.
#[derive(Clone, Copy)]
struct Top {
    bid: f64,
    ask: f64,
}

/// Quotes of several instruments in one order of time, those of one moment together.
fn tops(config: &MarketConfig, names: &[&str], mut each: impl FnMut(Ts, &[Top])) {
    let mut all = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let unit = (0..kind(name).decimals.0).fold(1.0, |unit, _| unit / 10.0);
        for row in rows(config, kind(name)) {
            if let Row::Quote(row) = row {
                let price = |mantissa: i64| mantissa as f64 * unit;
                let top = Top {
                    bid: price(row.bid.price.mantissa()),
                    ask: price(row.ask.price.mantissa()),
                };
                all.push((row.ts, at, top));
            }
        }
    }
    all.sort_by_key(|(ts, at, _)| (*ts, *at));
    let mut known: Vec<Option<Top>> = vec![None; names.len()];
    for (at, (ts, leg, top)) in all.iter().enumerate() {
        known[*leg] = Some(*top);
        let last = all.get(at + 1).is_none_or(|next| next.0 != *ts);
        let tops: Option<Vec<Top>> = known.iter().copied().collect();
        if let (true, Some(tops)) = (last, tops) {
            each(*ts, &tops);
        }
    }
}

/// Edges in bps: of selling the first and buying what it stands against, and of the reverse.
fn two_legs(tops: &[Top]) -> [f64; 2] {
    let (one, other) = (tops[0], tops[1]);
    [
        (one.bid / other.ask - 1.0) * 10_000.0,
        (other.bid / one.ask - 1.0) * 10_000.0,
    ]
}

/// The cross against ether over bitcoin.
fn triangle(tops: &[Top]) -> [f64; 2] {
    let (cross, eth, btc) = (tops[0], tops[1], tops[2]);
    [
        (cross.bid * btc.bid / eth.ask - 1.0) * 10_000.0,
        (eth.bid / (btc.ask * cross.ask) - 1.0) * 10_000.0,
    ]
}

/// Stretches in which other things hold: halts of a leg, crashes, and other excursions of a leg.
fn disturbed(record: &MarketRecord, names: &[&str]) -> Vec<(i64, i64)> {
    let leg = |name: &String| names.contains(&name.as_str());
    let halts = record.halts.iter().filter(|one| leg(&one.instrument));
    let mut all: Vec<(i64, i64)> = halts.map(|one| (one.from_ns, one.until_ns)).collect();
    all.extend(record.crashes.iter().map(|one| (one.from_ns, one.until_ns)));
    let apart = record.venue.iter().chain(&record.triangle);
    all.extend(
        apart
            .filter(|one| leg(&one.instrument))
            .map(|one| (one.from_ns, one.until_ns)),
    );
    if names.iter().any(|name| name.starts_with("synth-perp:")) {
        all.extend(record.basis.iter().map(|one| (one.at_ns, one.until_ns)));
    }
    all
}

fn settle(record: &MarketRecord) -> i64 {
    record.bounds.settle_ms * 1_000_000
}

/// No edge beyond the bound where nothing was planted; the one that is there where something was.
fn judge(
    config: &MarketConfig,
    names: &[&str],
    bound: &str,
    planted: &[ApartRecord],
    edges: fn(&[Top]) -> [f64; 2],
) {
    let record = record(config);
    let bound: f64 = bound.parse().unwrap();
    let (others, settle) = (disturbed(&record, names), settle(&record));
    let (mut largest, mut quotes) = (0.0_f64, 0);
    let mut seen = vec![0; planted.len()];
    let mut standing: Option<[f64; 2]> = None;
    tops(config, names, |ts, tops| {
        let (now, found) = (ts.nanos(), edges(tops));
        quotes += 1;
        for (at, one) in planted.iter().enumerate() {
            let least: f64 = one.least_edge_bps.parse().unwrap();
            let side = usize::from(one.direction == "below");
            // What stood until this quote, and what stands from it on.
            let entered = one.from_ns + settle <= now && now < one.until_ns;
            if entered {
                let legs: Vec<_> = tops.iter().map(|top| (top.bid, top.ask)).collect();
                assert!(
                    found[side] >= least,
                    "{names:?} at {ts:?}: {} with {legs:?} of {one:?}",
                    found[side]
                );
                assert!(seen[at] == 0 || standing.unwrap()[side] >= least);
                seen[at] += 1;
            }
        }
        standing = Some(found);
        if others
            .iter()
            .any(|(from, until)| *from <= now && now < until + settle)
        {
            return;
        }
        largest = largest.max(found[0]).max(found[1]);
        assert!(
            largest < bound,
            "{names:?} at {ts:?}: {largest} bps, bound {bound}"
        );
    });
    println!("{names:?}: {quotes} moments, largest quiet edge {largest:.2} of {bound}");
    assert!(seen.iter().all(|&seen| seen > 0), "{seen:?}");
    assert!(quotes > 1_000);
}

#[test]
fn triangles_close_within_the_bound_and_open_where_planted() {
    for seed in [1, 2, 3] {
        let config = slow(seed);
        let record = record(&config);
        assert_eq!(record.triangle.len(), 6);
        let names = [
            "synth-spot:ETHBTC",
            "synth-spot:ETHUSDT",
            "synth-spot:BTCUSDT",
        ];
        judge(
            &config,
            &names,
            &record.bounds.triangle_bps,
            &record.triangle,
            triangle,
        );
    }
}

#[test]
fn venues_agree_within_the_bound_and_part_where_planted() {
    let mut judged = 0;
    for seed in [1, 2] {
        let config = slow(seed);
        let record = record(&config);
        for (venue, symbol) in [
            ("synth-spot-b", "BTCUSDT"),
            ("synth-spot-b", "ETHUSDT"),
            ("synth-spot-c", "BTCUSDT"),
            ("synth-spot-c", "ETHUSDT"),
        ] {
            let (one, home) = (format!("{venue}:{symbol}"), format!("synth-spot:{symbol}"));
            let own = record.venue.iter().filter(|apart| apart.instrument == one);
            let planted: Vec<ApartRecord> = own.cloned().collect();
            judged += planted.len();
            assert!(planted.iter().all(|apart| apart.against == [home.clone()]));
            judge(
                &config,
                &[&one, &home],
                &record.bounds.venue_bps,
                &planted,
                two_legs,
            );
        }
    }
    assert_eq!(judged, 12);
}

#[test]
fn perpetuals_keep_to_spot_within_the_bound() {
    let config = slow(4);
    let bound = record(&config).bounds.basis_bps;
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        for venue in ["synth-perp", "synth-perp-b"] {
            let (one, home) = (format!("{venue}:{symbol}"), format!("synth-spot:{symbol}"));
            judge(&config, &[&one, &home], &bound, &[], two_legs);
        }
    }
}

#[test]
fn at_the_measured_rates_the_bounds_hold_too() {
    let mut config = quiet(9, 240);
    config.world.events.triangle = Some(4);
    let record = record(&config);
    let names = [
        "synth-spot:ETHBTC",
        "synth-spot:ETHUSDT",
        "synth-spot:BTCUSDT",
    ];
    judge(
        &config,
        &names,
        &record.bounds.triangle_bps,
        &record.triangle,
        triangle,
    );
}

/// A basis opportunity is one by the demo's thresholds: seen once it begins, not before.
#[test]
fn the_basis_is_wide_where_planted_and_the_losers_do_not_come_back_in_time() {
    let config = slow(5);
    let record = record(&config);
    assert_eq!(
        record.basis_legs,
        ["synth-spot:BTCUSDT", "synth-perp:BTCUSDT"]
    );
    assert_eq!(record.basis.len(), 5);
    let age = crate::synth::MAX_AGE.nanos();
    let (mut entered, mut left) = (vec![false; 5], vec![false; 5]);
    tops(
        &config,
        &["synth-perp:BTCUSDT", "synth-spot:BTCUSDT"],
        |ts, tops| {
            let (now, found) = (ts.nanos(), two_legs(tops));
            for (at, one) in record.basis.iter().enumerate() {
                let side = usize::from(one.direction == "short_spot");
                if one.at_ns <= now && now < one.until_ns {
                    entered[at] |= found[side] > crate::synth::ENTRY_EDGE_BPS;
                    let back = found[1 - side] > crate::synth::EXIT_EDGE_BPS;
                    left[at] |= back && now < one.at_ns + age;
                }
            }
        },
    );
    assert_eq!(entered, [true; 5]);
    let wins: Vec<bool> = record.basis.iter().map(|one| one.wins).collect();
    assert_eq!(left, wins);
}
