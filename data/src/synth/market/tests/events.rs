//! Halts, crashes and funding spikes as the record tells them.

use std::collections::BTreeMap;

use onetape_core::event::Status;
use onetape_core::num::parse_fixed;

use super::*;

#[test]
fn halts_are_where_they_are_told_and_nowhere_else() {
    let config = slow(1);
    let record = record(&config);
    assert!(!record.halts.is_empty());
    for kind in &FEEDS {
        let mut told = vec![(record.start_ns, Status::Trading)];
        for halt in record
            .halts
            .iter()
            .filter(|halt| halt.instrument == kind.name())
        {
            told.push((halt.from_ns, Status::Halted));
            told.push((halt.until_ns, Status::Trading));
        }
        let rows = rows(&config, kind);
        let found: Vec<(i64, Status)> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Status(row) => Some((row.ts.nanos(), row.status)),
                _ => None,
            })
            .collect();
        assert_eq!(found, told, "{}", kind.name());
    }
}

#[test]
fn a_crash_falls_and_recovers_as_far_as_told_with_wide_and_thin_books() {
    let mut config = slow(2);
    config.world.events = Events {
        crashes: Some(1),
        ..quiet(2, 1).world.events
    };
    let record = record(&config);
    let crash = &record.crashes[0];
    assert_eq!(crash.bottom_ns - crash.from_ns, 120_000_000_000);
    for (name, asset) in [("synth-spot-c:BTCUSDT", 0), ("synth-perp:ETHUSDT", 1)] {
        let fall = &crash.falls[asset];
        let bps = |text: &str| text.parse::<f64>().unwrap();
        let (mut at_start, mut at_bottom, mut at_end) = (None, None, None);
        let (mut wide, mut thick) = ([0_f64; 2], [(0_f64, 0_f64); 2]);
        for row in rows(&config, kind(name)) {
            let Row::Quote(row) = row else { continue };
            let (bid, ask) = (
                row.bid.price.mantissa() as f64,
                row.ask.price.mantissa() as f64,
            );
            let (mid, now) = ((bid + ask) / 2.0, row.ts.nanos());
            let place = |before: i64| (now <= before + 50_000_000).then_some(mid);
            at_start = place(crash.from_ns).or(at_start);
            at_bottom = place(crash.bottom_ns).or(at_bottom);
            at_end = place(crash.until_ns).or(at_end);
            let falling = crash.from_ns + 10_000_000_000 < now && now < crash.bottom_ns;
            let calm = now < crash.from_ns;
            if falling || calm {
                let at = usize::from(falling);
                wide[at] = wide[at].max((ask - bid) / mid * 10_000.0);
                thick[at].0 += (row.bid.qty.mantissa() + row.ask.qty.mantissa()) as f64;
                thick[at].1 += 1.0;
            }
        }
        let start: f64 = at_start.unwrap();
        let off =
            |end: Option<f64>, told: &str| -libm::log(end.unwrap() / start) * 10_000.0 - bps(told);
        // Half a wide spread, and the drift of the venue's own price.
        assert!(off(at_bottom, &fall.fall_bps).abs() < 12.0, "{name}");
        assert!(off(at_end, &fall.left_bps).abs() < 12.0, "{name}");
        let [calm, falling] = thick.map(|(sum, count)| sum / count);
        println!("{name}: {falling} of {calm} lots, {wide:?} bps");
        assert!(falling < calm * 0.5 && wide[1] > 8.0, "{name}");
    }
}

#[test]
fn funding_is_ordinary_except_where_a_spike_is_told() {
    let mut config = slow(3);
    // Three settlements: 08:00, 16:00 and 24:00.
    config.duration = Span::from_millis(17 * 3_600_000);
    config.rate_milli = 1;
    config.world.events = Events {
        funding_spikes: Some(3),
        ..quiet(3, 1).world.events
    };
    let record = record(&config);
    let ordinary = parse_fixed(&record.bounds.funding_rate, 8).unwrap();
    let mut spikes = BTreeMap::new();
    for spike in &record.funding_spikes {
        let rate = parse_fixed(&spike.rate, 8).unwrap();
        assert!(rate.abs() > 3 * ordinary);
        spikes.insert((spike.instrument.clone(), spike.settles_at_ns), rate);
    }
    assert_eq!(spikes.len(), 3);
    let mut met = 0;
    for kind in FEEDS.iter().filter(|kind| kind.futures) {
        let mut before = i64::MIN;
        for row in rows(&config, kind) {
            let Row::Funding(row) = row else { continue };
            let settles = row.settles_at.nanos();
            assert!(settles >= before && settles > row.ts.nanos());
            match spikes.get(&(kind.name(), settles)) {
                Some(rate) => {
                    assert_eq!(row.rate, *rate);
                    met += usize::from(settles != before);
                }
                None => assert!(row.rate.abs() <= ordinary, "{row:?}"),
            }
            before = settles;
        }
    }
    assert_eq!(met, 3);
}

#[test]
fn marks_come_every_second_near_the_index_except_in_halts() {
    let config = slow(1);
    let record = record(&config);
    let perp = kind("synth-perp:BTCUSDT");
    let halted: i64 = record
        .halts
        .iter()
        .filter(|halt| halt.instrument == perp.name())
        .map(|halt| (halt.until_ns - halt.from_ns) / 1_000_000_000 + 1)
        .sum();
    let mut marks = 0;
    for row in rows(&config, perp) {
        let Row::Mark(row) = row else { continue };
        marks += 1;
        assert_eq!(row.ts.nanos() % 1_000_000_000, 0);
        let index = row.index.unwrap();
        assert!((row.mark - index).abs() < index / 200);
    }
    assert!(marks <= 3_600 && marks >= 3_600 - halted, "{marks}");
}
