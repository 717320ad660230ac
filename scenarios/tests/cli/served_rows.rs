//! A tape that a local exchange serves is recorded by `data record`, and what was recorded is compared row by row with
//! the tape.
//!
//! Left out of the comparison is what an exchange says anew, as a venue would: both stamps, update and trade numbers, the
//! moment of the next settlement, and what repeats what was said before. Where a venue draws messages together, each row
//! that was recorded must leave what a row of the tape left, in the tape's order, and the last what the last left; of
//! depth that is the whole book.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use onetape_core::event::{Body, Level};
use onetape_core::names::{InstrumentId, Names};
use onetape_data::catalog::{Catalog, Kind};
use onetape_data::record::{RecordOptions, Recorder};
use onetape_data::tape::{Tape, TapeLeg, TapeRequest};
use rustix::process::{Pid, Signal, kill_process};

use super::served::{Served, serve, until};
use crate::common::{command, run};

const VENUES: [&str; 5] = [
    "binance-spot",
    "gate-spot",
    "mexc-spot",
    "binance-usdm",
    "gate-usdt",
];

/// The bodies of a kind of an instrument, in their order.
fn bodies(root: &Path, instrument: &str, kind: Kind) -> Vec<Body> {
    let catalog = Catalog::open(root).unwrap();
    let series = catalog.instrument(instrument).unwrap().series();
    if catalog.files(&series, kind).is_empty() {
        return Vec::new();
    }
    let request = TapeRequest {
        legs: vec![TapeLeg {
            instrument: InstrumentId(0),
            series,
            kinds: vec![kind],
            venue_time: false,
        }],
        ..TapeRequest::default()
    };
    let mut tape = Tape::open(&catalog, &request).unwrap();
    let mut all = Vec::new();
    while let Some(event) = tape.next_event().unwrap() {
        all.push(event.body);
    }
    all
}

/// An empty book, as it is before the tape begins.
const NOTHING: &str = "{}";

/// Levels by side and price.
type Book = BTreeMap<(bool, i64), i64>;

/// What stands after a row: what it says, of depth the whole book.
fn said(body: &Body, book: &mut Book) -> String {
    let text = |it: onetape_core::num::Money| it.trimmed().to_string();
    match body {
        Body::Trade(trade) => format!("{:?}", (trade.price, trade.qty, trade.aggressor)),
        Body::Quote(quote) if (quote.bid, quote.ask) == Default::default() => NOTHING.to_string(),
        Body::Quote(quote) => format!("{:?}", (quote.bid, quote.ask)),
        Body::Mark(mark) => format!("{} {:?}", text(mark.mark), mark.index.map(text)),
        Body::Funding(funding) => text(funding.rate),
        Body::Depth(update) => {
            if update.snapshot {
                book.clear();
            }
            for (side, levels) in [(true, &update.bids), (false, &update.asks)] {
                for Level { price, qty } in levels {
                    book.insert((side, price.mantissa()), qty.mantissa());
                }
            }
            book.retain(|_, qty| *qty != 0);
            format!("{book:?}")
        }
        other => panic!("{other:?}"),
    }
}

/// What stood after each row, without what repeats what stood before.
fn all_said(root: &Path, instrument: &str, kind: Kind) -> Vec<String> {
    let mut book = Book::new();
    let bodies = bodies(root, instrument, kind);
    let mut said: Vec<String> = bodies.iter().map(|it| said(it, &mut book)).collect();
    if kind != Kind::Trade {
        said.dedup();
    }
    said.retain(|it| it != NOTHING);
    // A venue says a rate with each mark: zero while the tape told none.
    let unknown = said
        .iter()
        .take_while(|it| kind == Kind::Funding && *it == "0");
    let unknown = unknown.count();
    said.split_off(unknown)
}

/// The same of one kind alone.
fn only_quotes(from: &Path, to: &Path) {
    let catalog = Catalog::open(from).unwrap();
    let mut names = Names::default();
    let mut request = TapeRequest::default();
    for record in catalog.instruments() {
        let instrument = record.enter(&mut names).unwrap();
        request.legs.push(TapeLeg {
            instrument,
            series: record.series(),
            kinds: vec![Kind::Quote],
            venue_time: false,
        });
    }
    let mut recorder = Recorder::begin(to, &names, RecordOptions::default()).unwrap();
    let mut tape = Tape::open(&catalog, &request).unwrap();
    while let Some(event) = tape.next_event().unwrap() {
        recorder
            .take(&event, onetape_core::time::Ts::UNKNOWN, 0)
            .unwrap();
    }
    recorder.finish().unwrap();
}

/// Starts to record everything that is served.
fn record(dir: &Path, served: &Served, into: &str) -> Child {
    let mut args = vec!["data", "record", "--catalog", into, "--piece", "2s"];
    let mut told = Vec::new();
    for venue in served.told["venues"].as_array().unwrap() {
        let symbols: Vec<_> = venue["symbols"].as_array().unwrap().iter().collect();
        let symbols: Vec<_> = symbols.iter().filter_map(|it| it.as_str()).collect();
        told.push([
            venue["venue"].as_str().unwrap().to_string(),
            symbols.join(","),
            format!("127.0.0.1:{}", venue["port"]),
        ]);
    }
    for [venue, symbols, local] in &told {
        args.extend(["--venue", venue, "--symbols", symbols, "--local", local]);
    }
    let mut command = command(dir);
    let command = command.args(args).stdout(Stdio::null());
    command.spawn().unwrap()
}

/// Serves a tape from its beginning and records it to its end.
fn serve_and_record(dir: &Path, tape: &str, into: &str) {
    let venues: String = VENUES.iter().map(|it| format!(" --venue {it}")).collect();
    let line = format!("venue serve{venues} --tape {tape} --paused --speed 2 --no-limits --json");
    let served = serve(&mut command(dir), &line);
    let mut recording = record(dir, &served, into);
    until("a connection to each venue", || {
        (0..VENUES.len()).all(|at| {
            let status = served.ask(at, "GET", "/onetape/status", "");
            status["streams"].as_u64() > Some(0)
        })
    });
    // All subscriptions were taken.
    sleep(Duration::from_secs(2));
    served.ask(0, "POST", "/onetape/tape", r#"{"running":true}"#);
    until("the end of the tape", || {
        served.ask(0, "GET", "/onetape/status", "")["tape"]["over"] == true
    });
    sleep(Duration::from_secs(1));
    kill_process(Pid::from_child(&recording), Signal::TERM).unwrap();
    assert_eq!(recording.wait().unwrap().code(), Some(0));
    served.end();
}

fn compare(dir: &Path, tape: &str, kinds: &[Kind]) {
    let into = format!("recorded-{tape}");
    serve_and_record(dir, tape, &into);
    let given = Catalog::open(&dir.join(tape)).unwrap();
    let mut rows = 0;
    for record in given.instruments() {
        for kind in kinds.iter().filter(|kind| is_told(&record.venue, **kind)) {
            let expected = all_said(&dir.join(tape), &record.name(), *kind);
            let found = all_said(&dir.join(&into), &record.name(), *kind);
            let what = format!("{tape}: {} of {}", kind.name(), record.name());
            rows += found.len();
            println!("{what}: {} of {} rows", found.len(), expected.len());
            if is_told_each(&record.venue, *kind) {
                let differs = expected.iter().zip(&found).position(|(a, b)| a != b);
                let row = differs.map(|at| (&expected[at], &found[at]));
                assert_eq!((row, found.len()), (None, expected.len()), "{what}");
                continue;
            }
            // Each is one of the tape's, in the tape's order, and the last the last.
            let mut rest = expected.iter();
            for (at, row) in found.iter().enumerate() {
                assert!(rest.any(|it| it == row), "{what}: row {at} is none: {row}");
            }
            assert_eq!(found.last(), expected.last(), "{what}");
            assert!(found.len() * 3 >= expected.len(), "{what}");
        }
    }
    assert!(rows > 500, "{tape}: {rows} rows");
    let recorded = Catalog::open(&dir.join(&into)).unwrap();
    let mut files = recorded.all_files().iter();
    assert!(files.all(|file| recorded.verify(file).is_ok()));
}

/// Whether a venue's streams tell a kind at all: Gate's tell a funding rate and not when it is paid.
fn is_told(venue: &str, kind: Kind) -> bool {
    kind != Kind::Funding || venue != "gate-usdt"
}

/// Whether a venue tells each row by itself. Depth is drawn together, and so are the tops of Gate and MEXC; marks
/// come at times of their own.
fn is_told_each(venue: &str, kind: Kind) -> bool {
    match kind {
        Kind::Trade => true,
        Kind::Quote => venue.starts_with("binance"),
        _ => false,
    }
}

#[test]
fn what_is_recorded_of_a_served_tape_is_the_tape() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let venues: String = VENUES.iter().map(|it| format!(" --venue {it}")).collect();
    let line = format!(
        "venue serve{venues} --synth 5 --duration 12s --rate 0.3 --keep tape --paused --json"
    );
    serve(&mut command(dir), &line).end();
    compare(
        dir,
        "tape",
        &[Kind::Trade, Kind::Depth, Kind::Mark, Kind::Funding],
    );
    // Beside depth the tops are those of the depth; alone they are the tape's.
    only_quotes(&dir.join("tape"), &dir.join("quotes"));
    compare(dir, "quotes", &[Kind::Quote]);
    run(dir, "data info --catalog recorded-tape").exits(0);
}
