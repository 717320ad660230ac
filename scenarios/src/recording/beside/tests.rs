//! A writer that does not keep up.

use std::thread::Builder;

use onetape_core::event::{Body, Control, Event, Level, Quote, Seq};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;
use onetape_data::account::{AccountReader, AccountRecord};

use super::*;

fn names() -> Names {
    let mut names = Names::default();
    let venue = names.venue_id("binance-spot");
    let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
    names.instruments.push(Instrument {
        id: InstrumentId(0),
        name: "binance-spot:BTCUSDT".to_string(),
        venue,
        symbol: "BTCUSDT".to_string(),
        kind: InstrumentKind::Spot,
        base,
        quote,
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap(),
        inferred: false,
        tiers: Vec::new(),
    });
    names
}

fn tapped(seq: u64, body: Body) -> Tapped {
    let ts = Ts::from_nanos(1_700_000_000_000_000_000 + seq as i64);
    Tapped {
        seq: Seq(seq),
        event: Event { ts, body },
        origin: Origin {
            ts_venue: Ts::UNKNOWN,
            id: 0,
        },
        decisions: Vec::new(),
    }
}

fn quote(seq: u64) -> Tapped {
    let level = |price| Level {
        price: Price::new(price),
        qty: Qty::new(1),
    };
    let body = Body::Quote(Quote {
        instrument: InstrumentId(0),
        bid: level(100),
        ask: level(101 + seq as i64),
    });
    tapped(seq, body)
}

fn own(seq: u64) -> Tapped {
    tapped(seq, Body::Control(Control::Pause))
}

#[test]
fn a_writer_that_is_stuck_holds_nobody_up_and_what_it_left_out_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = RecordOptions {
        as_seen: true,
        ..RecordOptions::default()
    };
    let recorder = Recorder::begin(&dir.path().join("market"), &names(), options).unwrap();
    let account = AccountWriter::create(dir.path(), [1; 16], 1).unwrap();
    let path = account.path().to_path_buf();
    let told = BesideTold::new(dir.path(), &path);
    let (to, from) = sync_channel(8);
    let mut hand = Hand::new(to, told.clone());
    assert_eq!(told.now().trouble(), None);
    // Nobody writes yet, and there is room for eight: who takes what happened is not held up by that.
    for seq in 0..100 {
        match seq % 10 {
            0 => hand.take(&own(seq)),
            _ => hand.take(&quote(seq)),
        }
    }
    // The eight, and nine of the run's own that wait.
    assert_eq!(told.now().missed, 83);
    let words = told.now().trouble().unwrap();
    assert!(
        words.contains("83 events") && words.contains("not whole"),
        "{words}"
    );
    // What the loop itself did not hand on counts as well, also what came last.
    hand.take(&own(110));
    for seq in 111..115 {
        hand.take(&quote(seq));
    }
    assert_eq!(told.now().missed, 97);
    // The disk takes something again.
    let scribe = Scribe::new(recorder, account, told.clone());
    let writer = Builder::new().spawn(move || scribe.run(&from)).unwrap();
    drop(hand);
    writer.join().unwrap();
    let facts = told.now();
    assert_eq!((facts.market_rows, facts.account_events), (7, 11));
    assert!(!facts.is_whole() && facts.failed.is_none(), "{facts:?}");
    // Every one of them is a hole in the account file, which then proves nothing beyond.
    let records = AccountReader::open(&path).unwrap();
    let holes = records.map(|record| match record.unwrap().1 {
        AccountRecord::Hole(count) => count,
        _ => 0,
    });
    assert_eq!(holes.sum::<u64>(), 97);
}
