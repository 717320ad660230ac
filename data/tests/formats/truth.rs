//! The answers that were computed independently of carry, funding history and trades, from what the catalogue
//! holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::str::FromStr;

use onetape_core::time::Ts;
use onetape_data::catalog::{Catalog, FundingRow, Kind, Row, TradeRow};
use onetape_data::import::Accept;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::common::{files, import_table, map, reference, rows};

const HOURS_8: i64 = 8 * 3_600 * 1_000_000_000;

/// A series of the carry set: its name there, ours, and the spot series it is compared with.
const CARRY: [(&str, &str, &str); 8] = [
    (
        "binance BTCUSDCM",
        "binance-coinm:BTCUSD_PERP",
        "binance-spot:BTCUSDT",
    ),
    (
        "binance BTCUSDT",
        "binance-usdm:BTCUSDT",
        "binance-spot:BTCUSDT",
    ),
    (
        "binance ETHUSDCM",
        "binance-coinm:ETHUSD_PERP",
        "binance-spot:ETHUSDT",
    ),
    (
        "binance ETHUSDT",
        "binance-usdm:ETHUSDT",
        "binance-spot:ETHUSDT",
    ),
    (
        "bybit BTCUSDCM",
        "bybit-inverse:BTCUSD",
        "bybit-spot:BTCUSDT",
    ),
    (
        "bybit BTCUSDT",
        "bybit-linear:BTCUSDT",
        "bybit-spot:BTCUSDT",
    ),
    (
        "bybit ETHUSDCM",
        "bybit-inverse:ETHUSD",
        "bybit-spot:ETHUSDT",
    ),
    (
        "bybit ETHUSDT",
        "bybit-linear:ETHUSDT",
        "bybit-spot:ETHUSDT",
    ),
];

/// Equal in every key; numbers to the decimals that the answers were rounded to.
fn same(truth: &Value, ours: &Value, place: &str) {
    match (truth, ours) {
        (Value::Object(truth), Value::Object(ours)) => {
            let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(truth), keys(ours), "{place}");
            for (key, value) in truth {
                same(value, &ours[key], &format!("{place}.{key}"));
            }
        }
        (Value::Array(truth), Value::Array(ours)) => {
            assert_eq!(truth.len(), ours.len(), "{place}");
            for (truth, ours) in truth.iter().zip(ours) {
                same(truth, ours, place);
            }
        }
        (Value::Number(truth), _) => {
            // The answers are floats (0.0005164299999999999): eight decimals are all that any of them has.
            let (truth, ours) = (number(&truth.to_string()), number(&text(ours)));
            assert_eq!(truth.round_dp(8), ours.round_dp(8), "{place}");
        }
        _ => assert_eq!(truth, ours, "{place}"),
    }
}

fn number(text: &str) -> Decimal {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .unwrap_or_else(|_| panic!("{text} is not a number"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

/// Funding rates by their time, which is when they are settled.
fn fundings(root: &Path, name: &str) -> Vec<FundingRow> {
    rows(root, name, Kind::Funding)
        .into_iter()
        .map(|row| match row {
            Row::Funding(row) => {
                assert_eq!(row.ts, row.settles_at);
                row
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Closes by the time of the bar's begin.
fn closes(root: &Path, name: &str) -> BTreeMap<Ts, Decimal> {
    let catalog = Catalog::open(root).unwrap();
    let decimals = u32::from(catalog.instrument(name).unwrap().price_decimals);
    let mut found = BTreeMap::new();
    for row in rows(root, name, Kind::Bar) {
        let Row::Bar(bar) = row else {
            panic!("{row:?}");
        };
        assert_eq!(bar.span.nanos(), HOURS_8);
        let close = Decimal::new(bar.close.mantissa(), decimals);
        assert_eq!(found.insert(bar.ts - bar.span, close), None);
    }
    found
}

fn rate(mantissa: i64) -> String {
    Decimal::new(mantissa, 8).to_string()
}

fn gaps_not_8h(times: &[Ts]) -> usize {
    let apart = |pair: &[Ts]| pair[1].nanos() - pair[0].nanos();
    times
        .windows(2)
        .filter(|pair| apart(pair) != HOURS_8)
        .count()
}

/// Least, most and mean of perpetual over spot in basis points, where both have a bar.
fn basis(perp: &BTreeMap<Ts, Decimal>, spot: &BTreeMap<Ts, Decimal>) -> [Decimal; 4] {
    let found: Vec<Decimal> = perp
        .iter()
        .filter_map(|(ts, perp)| {
            let spot = spot.get(ts)?;
            Some((perp - spot) / spot * Decimal::from(10_000))
        })
        .collect();
    four(&found)
}

fn four(found: &[Decimal]) -> [Decimal; 4] {
    let n = Decimal::from(found.len());
    let sum: Decimal = found.iter().sum();
    [
        n,
        *found.iter().min().unwrap(),
        *found.iter().max().unwrap(),
        sum / n,
    ]
}

fn carry(root: &Path) -> Value {
    let mut ours = Map::new();
    let mut series = Map::new();
    let (mut bars, mut hours) = (0, BTreeSet::new());
    for (called, name, spot) in CARRY {
        let rows = fundings(root, name);
        let times: Vec<Ts> = rows.iter().map(|row| row.ts).collect();
        let rates: Vec<i64> = rows.iter().map(|row| row.rate).collect();
        let perp = closes(root, name);
        // The rate in a row was settled when its bar began.
        assert_eq!(perp.keys().copied().collect::<Vec<_>>(), times);
        let [n, least, most, mean] = basis(&perp, &closes(root, spot));
        series.insert(
            called.to_string(),
            json!({
                "n": rows.len(),
                "gaps_not_8h_utc": gaps_not_8h(&times),
                "sum_funding": rate(rates.iter().sum()),
                "n_negative": rates.iter().filter(|rate| **rate < 0).count(),
                "max": rate(*rates.iter().max().unwrap()),
                "min": rate(*rates.iter().min().unwrap()),
                "basis_n": n.to_string(),
                "basis_bps_min": least.round_dp(4).to_string(),
                "basis_bps_max": most.round_dp(4).to_string(),
                "basis_bps_mean": mean.round_dp(6).to_string(),
            }),
        );
    }
    let mut names: BTreeSet<&str> = CARRY.iter().map(|(_, name, _)| *name).collect();
    names.extend(CARRY.iter().map(|(_, _, spot)| *spot));
    for name in names {
        for ts in closes(root, name).into_keys() {
            bars += 1;
            hours.insert(ts.nanos().rem_euclid(3 * HOURS_8) / (HOURS_8 / 8));
            assert_eq!(ts.nanos() % (HOURS_8 / 8), 0);
        }
    }
    ours.insert("rows".to_string(), json!(bars));
    ours.insert("utc_null".to_string(), json!(19_704 - bars));
    ours.insert("utc_hours".to_string(), json!(hours));
    ours.insert("series".to_string(), Value::Object(series));
    for coin in ["BTCUSDT", "ETHUSDT"] {
        let of = |venue: &str| -> BTreeMap<Ts, i64> {
            let rows = fundings(root, &format!("{venue}:{coin}")).into_iter();
            rows.map(|row| (row.ts, row.rate)).collect()
        };
        let (a, b) = (of("binance-usdm"), of("bybit-linear"));
        let spreads: Vec<i64> = a
            .iter()
            .filter_map(|(ts, a)| Some(a - b.get(ts)?))
            .collect();
        ours.insert(
            format!("funding_spread {coin} binance-bybit"),
            json!({
                "n": spreads.len(),
                "sum": rate(spreads.iter().sum()),
                "n_pos": spreads.iter().filter(|spread| **spread > 0).count(),
                "max": rate(*spreads.iter().max().unwrap()),
                "min": rate(*spreads.iter().min().unwrap()),
            }),
        );
    }
    Value::Object(ours)
}

fn history(root: &Path) -> Value {
    let rows = fundings(root, "binance-usdm:BTCUSDT");
    let times: Vec<Ts> = rows.iter().map(|row| row.ts).collect();
    let rates: Vec<i64> = rows.iter().map(|row| row.rate).collect();
    let time = |ts: Ts| {
        let moment = jiff::Timestamp::from_nanosecond(ts.nanos().into()).unwrap();
        moment.strftime("%Y-%m-%d %H:%M:%S+00:00").to_string()
    };
    // Later rows stood further up in the file.
    let newest_first = rows.windows(2).all(|pair| pair[0].place > pair[1].place);
    json!({
        "rows": rows.len(),
        "newest": time(*times.last().unwrap()),
        "oldest": time(times[0]),
        "order": if newest_first { "newest first" } else { "other" },
        "sum_rate": rate(rates.iter().sum()),
        "n_negative": rates.iter().filter(|rate| **rate < 0).count(),
        "max": rate(*rates.iter().max().unwrap()),
        "min": rate(*rates.iter().min().unwrap()),
        "dup": times.windows(2).filter(|pair| pair[0] == pair[1]).count(),
        "gaps_not_8h": gaps_not_8h(&times),
    })
}

fn trades(root: &Path, name: &str) -> Vec<TradeRow> {
    rows(root, name, Kind::Trade)
        .into_iter()
        .map(|row| match row {
            Row::Trade(row) => row,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// What the venue said of a trade file; `unit` is the nanoseconds of the file's own unit of time.
fn trade_file(root: &Path, name: &str, unit: i64) -> Value {
    let catalog = Catalog::open(root).unwrap();
    let record = catalog.instrument(name).unwrap();
    let rows = trades(root, name);
    let word_counts: Vec<BTreeMap<String, u64>> = (catalog.files(&record.series(), Kind::Trade))
        .iter()
        .map(|file| file.words.clone())
        .collect();
    let entries: u64 = word_counts.iter().flat_map(BTreeMap::values).sum();
    let non_trades = word_counts
        .iter()
        .filter_map(|words| words.get("NA"))
        .sum::<u64>();
    assert_eq!(entries, rows.len() as u64 + non_trades);
    // The id of an entry that is no trade is missing among the trades, and no other one.
    let missing: u64 = rows
        .windows(2)
        .map(|pair| pair[1].trade_id - pair[0].trade_id - 1)
        .sum();
    let venue: Vec<i64> = rows
        .iter()
        .map(|row| row.ts_venue.unwrap().nanos())
        .collect();
    let price = |mantissa: i64| Decimal::new(mantissa, record.price_decimals.into());
    let least = price(rows.iter().map(|row| row.price.mantissa()).min().unwrap());
    assert!(least > Decimal::ZERO);
    let qty: i64 = rows.iter().map(|row| row.qty.mantissa()).sum();
    json!({
        "rows": entries,
        "id_gaps": missing - non_trades,
        "time_backwards": venue.windows(2).filter(|pair| pair[1] < pair[0]).count(),
        "first": venue[0] / unit,
        "last": venue.last().unwrap() / unit,
        // The answers count the entry that is no trade, whose price and quantity are 0.
        "min_px": if non_trades > 0 { "0".to_string() } else { least.to_string() },
        "max_px": price(rows.iter().map(|row| row.price.mantissa()).max().unwrap()).to_string(),
        "sum_qty": Decimal::new(qty, record.qty_decimals.into()).to_string(),
    })
}

/// Spot trades against the last futures trade at or before them by the venue's time.
fn as_of(root: &Path) -> Value {
    let scale = |name: &str| {
        let catalog = Catalog::open(root).unwrap();
        u32::from(catalog.instrument(name).unwrap().price_decimals)
    };
    let (spot, futures) = ("binance-spot:TRXUSDT", "binance-usdm:TRXUSDT");
    let (spot_scale, futures_scale) = (scale(spot), scale(futures));
    let futures = trades(root, futures);
    let last = futures.last().unwrap().ts_venue.unwrap();
    let (mut at, mut joined, mut found) = (0, 0, Vec::new());
    for trade in trades(root, spot) {
        let ts = trade.ts_venue.unwrap();
        while futures
            .get(at)
            .is_some_and(|next| next.ts_venue.unwrap() <= ts)
        {
            at += 1;
        }
        let Some(before) = at.checked_sub(1).map(|at| &futures[at]) else {
            continue;
        };
        joined += 1;
        // Where the futures have ended, their last price only grows old.
        if ts > last {
            continue;
        }
        let spot = Decimal::new(trade.price.mantissa(), spot_scale);
        let future = Decimal::new(before.price.mantissa(), futures_scale);
        found.push((future - spot) / spot * Decimal::from(10_000));
    }
    let [within, least, most, mean] = four(&found);
    json!({
        "n": joined,
        "n_within_futures_span": within.to_string(),
        "basis_bps_min": least.round_dp(6).to_string(),
        "basis_bps_max": most.round_dp(6).to_string(),
        "basis_bps_mean": mean.round_dp(6).to_string(),
    })
}

#[test]
fn carry_and_trades_are_as_computed_independently() {
    let Some(data) = reference() else { return };
    let truth: Value =
        serde_json::from_str(&fs::read_to_string(data.join("truth/truth.json")).unwrap()).unwrap();
    let truth = &truth["carry_and_trades"];
    let dir = tempfile::tempdir().unwrap();
    let import = |set: &str, name: &str, accept: Accept| {
        let root = dir.path().join(set);
        import_table(
            &root,
            &files(&data.join(set), ".csv.gz"),
            &map(name),
            accept,
        )
        .unwrap();
        root
    };
    let sets = [
        "carry_8h_binance_bybit_2023_2024",
        "funding_history_binance_btc",
        "binance_trx_20250304",
    ];
    let carry_root = import(sets[0], "carry_8h", Accept::default());
    let history_root = import(sets[1], "funding_history_binance_btc", Accept::default());
    let accept = Accept {
        non_trades: true,
        ..Accept::default()
    };
    let trx = import(sets[2], "binance_trx", accept);
    let ours = json!({
        sets[0]: carry(&carry_root),
        sets[1]: history(&history_root),
        sets[2]: {
            "spot_trxusdt": trade_file(&trx, "binance-spot:TRXUSDT", 1_000),
            "usd_m_futures_trxusdt": trade_file(&trx, "binance-usdm:TRXUSDT", 1_000_000),
            "coin_m_futures_trxusd_perp": trade_file(&trx, "binance-coinm:TRXUSD_PERP", 1_000_000),
            "asof_spot_usdm": as_of(&trx),
        },
    });
    same(truth, &ours, "carry_and_trades");
}
