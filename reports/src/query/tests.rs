//! Answers beside a plain fold over the same rows.

use std::collections::BTreeMap;

use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::*;
use crate::fold::tests::sample::sample;
use crate::tables::{Cell, Kind, Parquet, Sink, TRADES, trades};

/// Bytes that a sink writes and a test reads.
#[derive(Clone, Default)]
struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const COLUMNS: [(&str, Kind); 7] = [
    ("closed_at", Kind::Time),
    ("instrument", Kind::Text),
    ("exit_reason", Kind::Text),
    ("trip", Kind::Count),
    ("asset", Kind::Text),
    ("net", Kind::Amount),
    ("maker", Kind::Flag),
];

/// A row that depends on its number alone; some cells are empty, some amounts have eighteen decimals.
fn row(at: u64) -> Vec<Cell> {
    let drawn = at.wrapping_mul(6_364_136_223_846_793_005).rotate_left(17) ^ at;
    let pick = |from: u64, of: &[&str]| {
        let text = of[(drawn >> from) as usize % of.len()];
        match text {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        }
    };
    let scale = [2, 8, 18][(drawn >> 9) as usize % 3];
    let amount = Decimal::from_i128_with_scale(i128::from((drawn >> 20) as i32) - 1_000, scale);
    vec![
        Cell::Time(Ts::from_nanos(
            1_700_000_000_000_000_000 + (drawn >> 12) as i64,
        )),
        pick(3, &["a:BTCUSDT", "a:ETHUSDT", "b:BTCUSDT"]),
        pick(5, &["edge", "timeout", "stop", ""]),
        Cell::Count(at),
        pick(7, &["USDT", "USDT", "BTC"]),
        match drawn % 11 {
            0 => Cell::Empty,
            _ => Cell::Amount(amount),
        },
        Cell::Flag(drawn.is_multiple_of(3)),
    ]
}

fn file(rows: &[Vec<Cell>]) -> Vec<u8> {
    let out = Shared::default();
    let mut sink = Box::new(Parquet::of(out.clone(), &COLUMNS).unwrap());
    for row in rows {
        sink.row(row).unwrap();
    }
    sink.finish().unwrap();
    out.0.lock().unwrap().clone()
}

fn asked(by: &str, show: &str, filters: &[&str], sort: &str, limit: Option<usize>) -> Asked {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Asked {
        by: words(by),
        show: words(show),
        filters: filters.iter().map(ToString::to_string).collect(),
        sort: words(sort),
        limit,
    }
}

fn answer(asked: Asked, files: &[&[Vec<Cell>]]) -> Answer {
    let mut query = Query::new(asked);
    for (at, rows) in files.iter().enumerate() {
        query.file(&format!("{at}.parquet"), &file(rows)).unwrap();
    }
    query.finish().unwrap()
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Empty => String::new(),
        other => panic!("no text: {other:?}"),
    }
}

fn amount(cell: &Cell) -> Decimal {
    match cell {
        Cell::Amount(amount) => *amount,
        other => panic!("no amount: {other:?}"),
    }
}

#[test]
fn groups_are_those_of_a_plain_fold() {
    let rows: Vec<Vec<Cell>> = (0..30_000).map(row).collect();
    let mut wanted = BTreeMap::<[String; 3], (u64, Vec<Decimal>, u64)>::new();
    for row in rows
        .iter()
        .filter(|row| row[2] != Cell::Text("stop".into()))
    {
        let instrument = text(&row[1]);
        // Nothing is the last of the groups.
        let reason = Some(text(&row[2]))
            .filter(|own| !own.is_empty())
            .unwrap_or("~".into());
        let symbol = instrument.split_once(':').unwrap().1.to_owned();
        let group = wanted.entry([symbol, reason, text(&row[4])]).or_default();
        group.0 += 1;
        group.2 += u64::from(row[6] == Cell::Flag(true));
        if let Cell::Amount(net) = row[5] {
            group.1.push(net);
        }
    }
    let question = || {
        let show = "rows net.sum net.mean net.min net.max net.gains net.losses net.hit maker.mean";
        asked(
            "instrument.symbol exit_reason",
            show,
            &["exit_reason!=stop"],
            "",
            None,
        )
    };
    let found = answer(
        question(),
        &[&rows[..9_000], &rows[9_000..9_001], &rows[9_001..]],
    );
    assert_eq!(found.rows().len(), wanted.len());
    for (row, ([symbol, reason, asset], (count, nets, makers))) in found.rows().iter().zip(&wanted)
    {
        let shown = Some(text(&row[1]))
            .filter(|own| !own.is_empty())
            .unwrap_or("~".into());
        assert_eq!(
            (&text(&row[0]), &shown, &text(&row[2])),
            (symbol, reason, asset)
        );
        assert_eq!(row[3], Cell::Count(*count));
        let sum: Decimal = nets.iter().sum();
        let of = |value: Decimal| value.round_dp(18).normalize();
        let gains: Decimal = nets.iter().filter(|net| **net > Decimal::ZERO).sum();
        let above = nets.iter().filter(|net| **net > Decimal::ZERO).count();
        let len = Decimal::from(nets.len());
        let figures = [
            sum,
            of(sum / len),
            *nets.iter().min().unwrap(),
            *nets.iter().max().unwrap(),
            gains,
            sum - gains,
            (Decimal::from(above) / len).round_dp(12),
            of(Decimal::from(*makers) / Decimal::from(*count)),
        ];
        let own: Vec<Decimal> = row[4..].iter().map(amount).collect();
        assert_eq!(own, figures, "{symbol} {reason} {asset}");
    }
    // The total of each asset is the sum of its groups, and the files' order and number change nothing.
    for total in found.totals() {
        let groups = found.rows().iter().filter(|row| row[2] == total[2]);
        let sum: Decimal = groups.map(|row| amount(&row[4])).sum();
        assert_eq!(sum, amount(&total[4]));
    }
    assert_eq!(found.totals().len(), 2);
    let other = answer(question(), &[&rows[20_000..], &rows[..20_000]]);
    assert_eq!(other, found);
}

#[test]
fn rows_are_listed_sorted_and_cut() {
    let rows: Vec<Vec<Cell>> = (0..5_000).map(row).collect();
    let question = |limit| {
        asked(
            "",
            "trip net",
            &["net<0", "asset=USDT", "maker=true"],
            "net -trip",
            limit,
        )
    };
    let mut wanted: Vec<(Decimal, u64)> = rows
        .iter()
        .filter(|row| row[4] == Cell::Text("USDT".into()) && row[6] == Cell::Flag(true))
        .filter_map(|row| match (&row[3], &row[5]) {
            (Cell::Count(trip), Cell::Amount(net)) if *net < Decimal::ZERO => Some((*net, *trip)),
            _ => None,
        })
        .collect();
    wanted.sort_by_key(|(net, trip)| (*net, std::cmp::Reverse(*trip)));
    for limit in [None, Some(7)] {
        let found = answer(question(limit), &[&rows[..2_500], &rows[2_500..]]);
        let own: Vec<(Decimal, u64)> = found
            .rows()
            .iter()
            .map(|row| match &row[0] {
                Cell::Count(trip) => (amount(&row[1]), *trip),
                other => panic!("no count: {other:?}"),
            })
            .collect();
        assert_eq!(own, wanted[..limit.unwrap_or(wanted.len())]);
    }
    assert!(wanted.len() > 100);
}

#[test]
fn conditions_choose_as_a_plain_look_does() {
    let rows: Vec<Vec<Cell>> = (0..2_000).map(row).collect();
    let at = |row: &Vec<Cell>| match row[0] {
        Cell::Time(at) => at.nanos(),
        _ => panic!("no time"),
    };
    let noon = 1_700_006_400_000_000_000_i64;
    type Look<'a> = &'a dyn Fn(&Vec<Cell>) -> bool;
    let cases: [(&str, Look); 8] = [
        ("closed_at>=2023-11-15", &|row| at(row) >= noon),
        ("closed_at.day=2023-11-15", &|row| {
            (noon..noon + 86_400_000_000_000).contains(&at(row))
        }),
        ("exit_reason=", &|row| row[2] == Cell::Empty),
        ("exit_reason!=", &|row| row[2] != Cell::Empty),
        ("exit_reason!=edge", &|row| {
            row[2] != Cell::Text("edge".into())
        }),
        ("instrument~ETH", &|row| text(&row[1]).contains("ETH")),
        ("instrument.venue=b", &|row| text(&row[1]).starts_with("b:")),
        (
            "trip<=9",
            &|row| matches!(row[3], Cell::Count(trip) if trip <= 9),
        ),
    ];
    for (condition, look) in cases {
        let found = answer(asked("", "rows", &[condition], "", None), &[&rows]);
        let wanted = rows.iter().filter(|row| look(row)).count() as u64;
        assert_eq!(found.rows(), [[Cell::Count(wanted)]], "{condition}");
        assert!(wanted > 0, "{condition}");
    }
    let none = answer(
        asked("", "rows net.sum", &["trip>999999"], "", None),
        &[&rows],
    );
    assert_eq!(none.to_text(10), "no rows\n");
}

#[test]
fn the_trades_of_a_run_sum_to_its_net() {
    let report = sample();
    let out = Shared::default();
    let mut sink = Box::new(Parquet::begin(out.clone(), &TRADES).unwrap());
    trades(&report, &mut *sink).unwrap();
    sink.finish().unwrap();
    let bytes = out.0.lock().unwrap().clone();
    let mut query = Query::new(asked("exit_reason", "net.sum net.share", &[], "", None));
    query.file("trades.parquet", &bytes).unwrap();
    let found = query.finish().unwrap();
    let net: Decimal = found.rows().iter().map(|row| amount(&row[2])).sum();
    let open: Decimal = report
        .round_trips
        .iter()
        .map(|trip| trip.pnl.net.one().unwrap().decimal())
        .sum();
    assert_eq!(net, open);
    assert_ne!(net, Decimal::ZERO);
    insta::assert_snapshot!(found.to_text(50));
}

#[test]
fn files_that_are_none_or_of_another_kind_are_refused() {
    let rows: Vec<Vec<Cell>> = (0..50).map(row).collect();
    let mut bytes = file(&rows);
    let mut query = Query::new(asked("asset", "net.sum", &[], "", None));
    query.file("one", &bytes).unwrap();
    let told = |query: &mut Query, bytes: &[u8]| query.file("two", bytes).unwrap_err().to_string();
    assert!(told(&mut query, b"asset,net\n").starts_with("two: cannot be read as Parquet"));
    let half = bytes.len() / 2;
    for byte in &mut bytes[10..half] {
        *byte ^= 0x55;
    }
    assert!(told(&mut query, &bytes).starts_with("two: cannot be read as Parquet"));
    let out = Shared::default();
    let mut sink =
        Box::new(Parquet::of(out.clone(), &[("asset", Kind::Text), ("net", Kind::Text)]).unwrap());
    sink.row(&[Cell::Text("USDT".into()), Cell::Text("much".into())])
        .unwrap();
    sink.finish().unwrap();
    let text = out.0.lock().unwrap().clone();
    assert_eq!(
        told(&mut query, &text),
        "two: its columns are not those of one: net is text and was a number; ask about files of one kind at a time"
    );
    let mut alone = Query::new(asked("asset", "net.sum", &[], "", None));
    assert!(told(&mut alone, &text).contains("much"));
    assert!(matches!(
        Query::new(Asked::default()).finish(),
        Err(QueryError::NoFile)
    ));
}
