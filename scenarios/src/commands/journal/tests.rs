//! Journals shown and compared.

use std::fs;
use std::path::Path;

use clap::Parser;
use onetape_core::command::{Command, LegRole, LegTag, Place, TimeInForce};
use onetape_core::decision::{Decision, Number, Refusal, Value as Figure};
use onetape_core::event::{
    AccountEvent, Body, Event, Fee, FeedEvent, FeedNews, Fill, Level, OrderEvent, OrderEventKind,
    Quote, RunEnded, RunEvent, RunStarted, Seq, TapeFile,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::journal::Record;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::text::Text;
use onetape_core::time::Ts;
use onetape_data::journal::{journal_dir, write_records};
use serde_json::{Value, json};

use super::{diff, show};

const RUN: [u8; 16] = [0xa5; 16];

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn names() -> Names {
    let mut names = Names::default();
    let venue = names.venue_id("binance-spot");
    let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
    names.tasks.push("basis".to_string());
    names.instruments.push(Instrument {
        id: InstrumentId(0),
        name: "binance-spot:BTCUSDT".to_string(),
        venue,
        symbol: "BTCUSDT".to_string(),
        kind: InstrumentKind::Spot,
        base,
        quote,
        price_decimals: 2,
        qty_decimals: 5,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: money("5"),
        contract_value: money("1"),
        inferred: false,
        tiers: Vec::new(),
    });
    names
}

fn quote() -> Quote {
    let level = |price, qty| Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    };
    Quote {
        instrument: InstrumentId(0),
        bid: level(6_183_763, 150_000),
        ask: level(6_183_764, 5),
    }
}

fn decision(cause: u64, edge: f64) -> Decision {
    let number = |name, value| Number {
        name: Text::new(name),
        value,
    };
    Decision {
        cause: Seq(cause),
        ts: ts(cause),
        task: TaskId(0),
        reason: Text::new("enter"),
        numbers: vec![
            number("edge_bps", Figure::Signal(edge)),
            number("notional", Figure::Exact(money("1000"))),
        ],
        commands: vec![
            Command::Place(Place {
                order: OrderId { epoch: 1, n: 0 },
                task: TaskId(0),
                instrument: InstrumentId(0),
                side: Side::Buy,
                qty: Qty::new(1_617),
                limit: Some(Price::new(6_183_764)),
                time_in_force: TimeInForce::ImmediateOrCancel,
                reduce_only: false,
                tag: LegTag {
                    trip: 1,
                    leg: 0,
                    role: LegRole::Entry,
                },
            }),
            Command::Alert(Text::new("\u{1b}[31mred\u{7}")),
        ],
        refusals: vec![Refusal {
            instrument: InstrumentId(0),
            side: Side::Sell,
            qty: Qty::new(5),
            reason: Text::new("max_position"),
        }],
        digest: 0xfeed,
    }
}

fn ts(seq: u64) -> Ts {
    Ts::from_nanos(1_723_161_254_000_000_007 + seq as i64 * 1_500_000_000)
}

/// A small run with everything that needs names; `market` has its market events by value.
fn records(edge: f64, market: bool) -> Vec<(Seq, Record)> {
    let started = RunStarted {
        run_id: RUN,
        scenario: "name = \"small\"\n".to_string(),
        names: names(),
        seed: 1,
        epoch: 1,
        tape: vec![TapeFile {
            path: "a.parquet".to_string(),
            hash: [1; 16],
        }],
    };
    let fill = Fill {
        trade_id: 77,
        price: Price::new(6_183_764),
        qty: Qty::new(1_617),
        fee: Fee {
            asset: AssetId(0),
            amount: money("0.00001617"),
            value: money("0.9999146388"),
        },
        maker: false,
    };
    let order = |kind| {
        let order = OrderId { epoch: 1, n: 0 };
        Body::Order(OrderEvent { order, kind })
    };
    let bodies = [
        Body::Run(Box::new(RunEvent::Started(started))),
        Body::Account(AccountEvent::Balance {
            venue: VenueId(0),
            asset: AssetId(1),
            total: money("10000"),
        }),
        Body::Quote(quote()),
        order(OrderEventKind::Accepted),
        order(OrderEventKind::Filled(Box::new(fill))),
        Body::Feed(FeedEvent {
            instrument: InstrumentId(0),
            state: FeedNews::Gap,
        }),
        Body::Run(Box::new(RunEvent::Ended(RunEnded {
            market_events: 2,
            tops: vec![quote()],
        }))),
    ];
    let mut records = Vec::new();
    for (seq, body) in (0..).zip(bodies) {
        if market || !body.is_market() {
            let event = Event { ts: ts(seq), body };
            records.push((Seq(seq), Record::Event(event)));
        }
        if seq == 2 {
            records.push((Seq(2), Record::Decision(decision(2, edge))));
        }
    }
    records
}

fn write(run: &Path, records: &[(Seq, Record)]) {
    write_records(run, RUN, records.iter().map(|(seq, record)| (*seq, record))).unwrap();
}

#[derive(Parser)]
enum Cli {
    Show(show::ShowArgs),
    Diff(diff::DiffArgs),
}

/// Exit code, stdout, stderr; the error's text in place of the code's 1.
fn onetape(words: &[&str], runs: &[&Path]) -> Result<(u8, String, String), String> {
    let runs = runs.iter().map(|run| run.to_str().unwrap());
    let cli = Cli::try_parse_from(
        ["journal"]
            .into_iter()
            .chain(words.iter().copied())
            .chain(runs),
    );
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = match cli.map_err(|error| error.to_string())? {
        Cli::Show(args) => show::run(&args, &mut out, &mut err),
        Cli::Diff(args) => diff::run(&args, &mut out, &mut err),
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    code.map(|code| (code, text(out), text(err)))
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn a_journal_is_shown_with_names_and_decimals() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &records(31.25, true));
    let (code, out, err) = onetape(&["show"], &[folder.path()]).unwrap();
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(
        !out.chars()
            .any(|letter| letter.is_control() && letter != '\n')
    );
    insta::assert_snapshot!("shown", out);
    let (_, out, _) = onetape(&["show", "--json"], &[folder.path()]).unwrap();
    insta::assert_snapshot!("shown_json", out);
}

#[test]
fn parts_of_a_journal_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &records(31.25, true));
    let seqs = |words: &[&str]| {
        let words = [&["show", "--json"], words].concat();
        let (_, out, _) = onetape(&words, &[folder.path()]).unwrap();
        let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
        let seq = |entry: &Value| entry["seq"].as_u64().unwrap();
        entries.iter().map(seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(&[]), [0, 1, 2, 2, 3, 4, 5, 6]);
    assert_eq!(seqs(&["--from", "2", "--to", "4"]), [2, 2, 3, 4]);
    assert_eq!(seqs(&["--kind", "decision"]), [2]);
    assert_eq!(seqs(&["--kind", "event", "--from", "5"]), [5, 6]);
    assert!(seqs(&["--from", "99"]).is_empty());
    // Names are known though the event that tells them is not shown.
    let (_, out, _) = onetape(&["show", "--from", "4", "--to", "4"], &[folder.path()]).unwrap();
    assert!(
        out.contains("binance-spot:BTCUSDT") && out.contains("price=61837.64"),
        "{out}"
    );
}

#[test]
fn damage_is_an_error_with_its_place_and_a_torn_tail_a_note() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &records(31.25, true));
    let path = journal_dir(folder.path()).join("00000.seg");
    let whole = fs::read(&path).unwrap();

    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let (code, out, err) = onetape(&["show"], &[folder.path()]).unwrap();
    assert_eq!((code, out.lines().count()), (0, 7));
    assert!(
        err.starts_with("note: ") && err.contains("last record is of event 5"),
        "{err}"
    );

    let mut flipped = whole;
    flipped[200] ^= 4;
    fs::write(&path, &flipped).unwrap();
    let error = onetape(&["show"], &[folder.path()]).unwrap_err();
    assert!(
        error
            .contains("00000.seg: the frame at byte 48 is damaged; the next good frame is at byte"),
        "{error}"
    );
    assert!(onetape(&["diff"], &[folder.path(), folder.path()]).is_err());
    let error = onetape(&["show"], &[&folder.path().join("none")]).unwrap_err();
    assert!(error.contains("has no journal segments"), "{error}");
}

#[test]
fn equal_journals_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    write(&one, &records(31.25, true));
    write(&two, &records(31.25, false));
    let (code, out, _) = onetape(&["diff"], &[&one, &one]).unwrap();
    assert_eq!((code, out.lines().last()), (0, Some("equal")), "{out}");
    // By value on one side and by reference on the other is no difference.
    let (code, out, _) = onetape(&["diff"], &[&one, &two]).unwrap();
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("market events: 2 and 0, not compared"),
        "{out}"
    );
}

#[test]
fn the_first_difference_is_shown_from_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    write(&one, &records(31.25, true));
    write(&two, &records(31.5, true));
    let (code, out, _) = onetape(&["diff"], &[&one, &two]).unwrap();
    assert_eq!(code, diff::DIFFERENT);
    insta::assert_snapshot!("different", out);

    let (code, out, _) = onetape(&["diff", "--json"], &[&one, &two]).unwrap();
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &document["equal"]), (3, &json!(false)));
    let first = &document["decisions"]["first_difference"];
    assert_eq!(
        (&first["seq"], &first["fields"]),
        (&json!(2), &json!(["numbers"]))
    );
    assert_eq!(document["events"]["first_difference"], Value::Null);
    assert_ne!(
        document["decisions"]["hash_a"],
        document["decisions"]["hash_b"]
    );
}

#[test]
fn decisions_alone_can_be_compared() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, three] = ["one", "two", "three"].map(|name| folder.path().join(name));
    let mut other_seed = records(31.25, true);
    for (_, record) in &mut other_seed {
        if let Record::Event(event) = record
            && let Body::Run(run) = &mut event.body
            && let RunEvent::Started(started) = &mut **run
        {
            started.seed = 2;
        }
    }
    write(&one, &records(31.25, true));
    write(&two, &other_seed);
    let (code, out, _) = onetape(&["diff"], &[&one, &two]).unwrap();
    assert_eq!(code, 3);
    assert!(out.contains("they differ in seed"), "{out}");
    let (code, out, _) = onetape(&["diff", "--decisions"], &[&one, &two]).unwrap();
    assert_eq!(code, 0, "{out}");

    let mut fewer = records(31.25, true);
    fewer.retain(|(_, record)| matches!(record, Record::Event(_)));
    write(&three, &fewer);
    let (code, out, _) = onetape(&["diff", "--decisions"], &[&one, &three]).unwrap();
    assert_eq!(code, 3);
    assert!(out.contains("  B  nothing more"), "{out}");
}
