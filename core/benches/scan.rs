//! What looking for opportunities costs, at 8 venues of 50 symbols: `cargo bench -p onetape-core --bench scan`.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use onetape_core::event::{Body, Event, Level, Quote};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::strategies::scanner::find::{Kind, ScanRules, Scanner};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

const VENUES: u16 = 8;
const SYMBOLS: u16 = 50;
/// The last three venues list perpetuals; of a spot venue's symbols the last ten are crosses in the first coin.
const SPOT_VENUES: u16 = 5;
const CROSSES: u16 = 10;

fn instrument(venue: u16, symbol: u16) -> Instrument {
    let spot = venue < SPOT_VENUES;
    let cross = spot && symbol >= SYMBOLS - CROSSES;
    // Asset 0 is the quote; a cross quotes coin 1, and its base is another coin that is listed in the quote too.
    let (base, quote) = if cross {
        (symbol - (SYMBOLS - CROSSES) + 2, 1)
    } else {
        (symbol + 1, 0)
    };
    let id = venue * SYMBOLS + symbol;
    Instrument {
        id: InstrumentId(id),
        name: format!("venue{venue}:{symbol}"),
        venue: VenueId(venue),
        symbol: symbol.to_string(),
        kind: if spot {
            InstrumentKind::Spot
        } else {
            InstrumentKind::Linear
        },
        base: AssetId(base),
        quote: AssetId(quote),
        price_decimals: 4,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::parse("5").unwrap_or_default(),
        contract_value: Money::parse("1").unwrap_or_default(),
        inferred: false,
        tiers: Vec::new(),
    }
}

fn quote(it: &Instrument, bid: i64) -> Event {
    let level = |price| Level {
        price: Price::new(price),
        qty: Qty::new(5_000),
    };
    Event {
        ts: Ts::from_nanos(1),
        body: Body::Quote(Quote {
            instrument: it.id,
            bid: level(bid),
            ask: level(bid + 10),
        }),
    }
}

/// Everything at one price: nothing pays, as mostly. With `apart`, one venue is dearer and every route to it pays.
fn scanned(apart: bool) -> (Market, Scanner) {
    let all: Vec<Instrument> = (0..VENUES)
        .flat_map(|venue| (0..SYMBOLS).map(move |symbol| instrument(venue, symbol)))
        .collect();
    let feeds = vec![TopFeed::Quote; all.len()];
    let mut market = Market::new(&all, &feeds);
    let fees = vec![Bps::from_millionths(5_000_000); all.len()];
    let rules = ScanRules {
        kinds: Kind::ALL.into(),
        min_net: Bps::from_millionths(1_000_000),
        max_notional: Money::parse("1000").unwrap_or_default(),
        share: Decimal::ONE,
        max_age: None,
        max_skew: None,
        settlements: 3,
    };
    let mut scanner = Scanner::new(all.clone(), &fees, rules);
    for it in &all {
        let dearer = if apart && it.venue == VenueId(4) {
            3_000
        } else {
            0
        };
        let price = if it.quote == AssetId(1) {
            10_000
        } else {
            1_000_000
        };
        market.apply(&quote(it, price + dearer));
        scanner.note(it.id, &market, Ts::from_nanos(1));
    }
    scanner.scan(&market, Ts::from_nanos(1), &mut |_| {});
    (market, scanner)
}

fn scan(c: &mut Criterion) {
    let mut group = c.benchmark_group("scan_8x50");
    for (name, apart) in [("nothing_pays", false), ("one_venue_pays", true)] {
        let (market, mut scanner) = scanned(apart);
        let (routes, open) = (scanner.routes().len(), scanner.open_count());
        group.bench_function(format!("all_{routes}_routes_{open}_open_{name}"), |b| {
            b.iter(|| {
                scanner.scan(&market, Ts::from_nanos(1), &mut |news| {
                    black_box(&news);
                });
                black_box(scanner.open_count())
            });
        });
        group.bench_function(format!("one_move_{name}"), |b| {
            let mut at = 0;
            b.iter(|| {
                at = (at + 77) % (VENUES * SYMBOLS);
                scanner.update(InstrumentId(at), &market, Ts::from_nanos(1), &mut |news| {
                    black_box(&news);
                });
                black_box(scanner.open_count())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
