//! Every set of the reference data goes into a fresh catalogue by one command, and `data check` says of it what the
//! set's PROVENANCE.md says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::common::{onetape, reference, run, tree};

/// The files of a folder and of those in it whose names end so, in order.
fn files(folder: &Path, end: &str) -> Vec<String> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    found.into_iter().map(text).collect()
}

fn map(name: &str) -> String {
    format!("{}/tables/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// What became of a set: the import's report, the check's, and its exit code.
struct Set {
    import: Value,
    check: Value,
    code: i32,
}

/// One command for a set, and a check of what came of it.
fn set(folder: &str, end: &str, format: &str, more: &[&str]) -> Option<Set> {
    let data = reference()?;
    let dir = tempfile::tempdir().unwrap();
    let mut words: Vec<String> = ["data", "import", format].map(String::from).to_vec();
    words.extend(files(&data.join(folder), end));
    words.extend(more.iter().map(|word| (*word).to_string()));
    words.extend(["--catalog", "catalog"].map(String::from));
    let twice = words.clone();
    words.push("--json".to_string());
    let import = onetape(dir.path(), &words).ok().json();
    // The same command again changes nothing.
    let before = tree(&dir.path().join("catalog"));
    onetape(dir.path(), &twice).ok();
    assert_eq!(tree(&dir.path().join("catalog")), before, "{folder}");
    let done = run(dir.path(), "data check --catalog catalog --json");
    Some(Set {
        import,
        check: done.json(),
        code: done.code.unwrap(),
    })
}

impl Set {
    /// Sum of a count over the series of a venue.
    fn count(&self, venue: &str, key: &str) -> u64 {
        let sources = self.import["sources"].as_array().unwrap();
        (sources.iter())
            .flat_map(|source| source["series"].as_array().unwrap())
            .filter(|series| series["instrument"].as_str().unwrap().starts_with(venue))
            .map(|series| series[key].as_u64().unwrap())
            .sum()
    }

    /// What was passed over of the source whose name contains this.
    fn passed_over(&self, source: &str, what: &str) -> u64 {
        let sources = self.import["sources"].as_array().unwrap();
        let found = (sources.iter())
            .find(|one| one["path"].as_str().unwrap().contains(source))
            .unwrap();
        found["passed_over"][what].as_u64().unwrap_or(0)
    }

    fn findings(&self, check: &str) -> Vec<&Value> {
        let all = self.check["findings"].as_array().unwrap();
        all.iter().filter(|one| one["check"] == check).collect()
    }

    /// No finding of this kind is worse than a note.
    fn clean(&self, check: &str) {
        for finding in self.findings(check) {
            assert_eq!(finding["severity"], "note", "{finding}");
        }
    }

    fn instruments(&self, venue: &str) -> usize {
        let all = self.check["instruments"].as_array().unwrap();
        (all.iter())
            .filter(|name| name.as_str().unwrap().starts_with(venue))
            .count()
    }
}

#[test]
fn the_captures_of_cryptofeed() {
    let Some(set) = set("cryptofeed_ws_captures", ".gz", "cryptofeed", &[]) else {
        return;
    };
    // Binance: 177 depth, 84 bookTicker, 2 aggTrade, 2 kline_1m on four symbols, and a book by REST of each.
    let binance = "binance-spot:";
    assert_eq!(set.count(binance, "depth_diffs"), 177);
    assert_eq!(set.count(binance, "quotes"), 84);
    assert_eq!(set.count(binance, "trades"), 2);
    assert_eq!(set.passed_over("BINANCE.ws", "kline_1m"), 2);
    assert_eq!(set.count(binance, "depth_snapshots"), 4);
    assert_eq!(set.instruments(binance), 4);
    // Gate: 172 order_book_update, 22 tickers, 14 candlesticks, 9 trades and 22 answers on ten pairs.
    let gate = "gate-spot:";
    assert_eq!(set.count(gate, "depth_diffs"), 172);
    assert_eq!(set.count(gate, "trades"), 9);
    assert_eq!(set.count(gate, "quotes"), 0);
    let over = |what| set.passed_over("GATEIO.ws", what);
    assert_eq!((over("spot.tickers"), over("spot.candlesticks")), (22, 14));
    assert_eq!(over("answers to subscriptions"), 22);
    assert_eq!(set.count(gate, "depth_snapshots"), 10);
    assert_eq!(set.instruments(gate), 10);
    // The 237 messages among the first 260 lines of Gate's futures.
    let futures = "gate-usdt:";
    assert_eq!(set.count(futures, "depth_diffs"), 168);
    assert_eq!(set.count(futures, "quotes"), 46);
    let over = |what| set.passed_over("GATEIO_FUTURES.ws", what);
    assert_eq!(
        (
            over("futures.candlesticks"),
            over("answers to subscriptions")
        ),
        (1, 22)
    );
    assert_eq!(168 + 46 + 1 + 22, 237);

    // Receive times never go back, no update is missing, and no book is crossed.
    assert_eq!((set.code, &set.check["errors"]), (0, &0.into()));
    assert_eq!(
        set.check["rows"],
        177 + 84 + 2 + 4 + 172 + 9 + 10 + 168 + 46 + 10
    );
    assert!(set.findings("clock_regression").is_empty());
    for check in [
        "sequence_gap",
        "crossed",
        "locked",
        "duplicate",
        "absurd_price",
        "gap",
    ] {
        set.clean(check);
    }
}

#[test]
fn the_frame_of_mexc() {
    let Some(set) = set("mexc_pb_frames", ".jsonl", "frames", &[]) else {
        return;
    };
    assert_eq!(set.count("mexc-spot:BTCUSDT", "quotes"), 1);
    assert_eq!((set.code, &set.check["rows"]), (0, &1.into()));
}

#[test]
fn messages_without_receive_times() {
    let Some(set) = set("msg_fixtures", ".jsonl", "frames", &[]) else {
        return;
    };
    // 113 messages: Binance 50, Gate 39, MEXC 24. Each is stored or counted by its reason.
    let lines = |name: &str| {
        let sources = set.import["sources"].as_array().unwrap();
        let found = |one: &&Value| one["path"].as_str().unwrap().ends_with(name);
        sources.iter().find(found).unwrap().clone()
    };
    for (name, venue, all, stored) in [
        ("binance.jsonl", "binance-", 50, 9),
        ("gate.jsonl", "gate-", 39, 3),
        ("mexc.jsonl", "mexc-", 24, 0),
    ] {
        let source = lines(name);
        let kinds = ["quotes", "depth_diffs", "trades", "marks"];
        let found: u64 = kinds.iter().map(|kind| set.count(venue, kind)).sum();
        assert_eq!((&source["lines"], found), (&all.into(), stored), "{name}");
        assert_eq!(source["ignored"], all - stored, "{source:#}");
    }
    assert_eq!(
        set.passed_over("mexc.jsonl", "messages of mexc in JSON"),
        24
    );
    assert_eq!((set.code, &set.check["errors"]), (0, &0.into()));
}

#[test]
fn the_capture_of_2024_raw_and_as_tables() {
    let folder = "binance_spot_usdm_20240808";
    let raw = format!("{folder}/raw");
    let Some(set) = set(&raw, ".gz", "binance-raw", &[]) else {
        return;
    };
    assert_eq!((set.code, &set.check["errors"]), (0, &0.into()));
    assert_eq!(set.check["rows"], 243_476);
    set.clean("sequence_gap");
    assert!(set.findings("clock_regression").is_empty());
    assert!(set.findings("crossed").is_empty());
    // The host's clock is behind Binance's.
    assert!(!set.findings("clock_offset").is_empty());
    for finding in set.findings("clock_offset") {
        assert_eq!(finding["severity"], "warning", "{finding}");
    }

    let (tables, map) = (format!("{folder}/norm"), map("binance_spot_usdm_norm"));
    let Some(norm) = self::set(&tables, ".parquet", "table", &["--map", &map]) else {
        return;
    };
    assert_eq!((norm.code, &norm.check["errors"]), (0, &0.into()));
    for (venue, quotes, trades) in [
        ("binance-spot:BTCUSDT", 28_040, 9_757),
        ("binance-spot:ETHUSDT", 24_077, 6_106),
        ("binance-usdm:BTCUSDT", 66_089, 21_313),
        ("binance-usdm:ETHUSDT", 53_992, 14_076),
    ] {
        assert_eq!(norm.count(venue, "quotes"), quotes, "{venue}");
        assert_eq!(norm.count(venue, "trades"), trades, "{venue}");
        assert_eq!(set.count(venue, "quotes"), quotes, "{venue}");
        assert_eq!(set.count(venue, "trades"), trades, "{venue}");
    }
}

#[test]
fn bars_and_funding_of_18_months() {
    let map = map("carry_8h");
    let folder = "carry_8h_binance_bybit_2023_2024";
    let Some(set) = set(folder, ".csv.gz", "table", &["--map", &map]) else {
        return;
    };
    // 1,642 bars of each of 12 series, 8 of them futures with as many rates; no bar is missing.
    assert_eq!(set.count("", "bars"), 12 * 1_642);
    assert_eq!(set.count("", "fundings"), 8 * 1_642);
    assert_eq!(set.check["instruments"].as_array().unwrap().len(), 12);
    set.clean("gap");
    set.clean("duplicate");
    assert_eq!((set.code, &set.check["errors"]), (0, &0.into()));
}

#[test]
fn funding_since_the_launch() {
    let map = map("funding_history_binance_btc");
    let folder = "funding_history_binance_btc";
    let Some(set) = set(folder, ".csv.gz", "table", &["--map", &map]) else {
        return;
    };
    // No settlement is missing. Of the candles beside them two days are: an error, and the only one.
    assert_eq!(set.count("binance-usdm:BTCUSDT", "fundings"), 5_386);
    set.clean("funding_coverage");
    assert_eq!((set.code, &set.check["errors"]), (3, &1.into()));
    let errors: Vec<&Value> = (set.findings("gap").into_iter())
        .filter(|one| one["severity"] == "error")
        .collect();
    assert_eq!((errors.len(), &errors[0]["kind"]), (1, &"bar".into()));
}

#[test]
fn trades_and_depth_of_trx() {
    let map = map("binance_trx");
    let more = ["--map", &map, "--accept", "non-trade"];
    let Some(set) = set("binance_trx_20250304", ".csv.gz", "table", &more) else {
        return;
    };
    // 10,000 trades each; of USD-margined futures one entry is none (X="NA", price 0).
    for venue in ["binance-spot:", "binance-usdm:", "binance-coinm:"] {
        assert_eq!(set.count(venue, "trades"), 10_000, "{venue}");
    }
    assert_eq!(set.count("binance-spot:", "depth_diffs"), 2_833);
    assert_eq!(set.findings("non_trade").len(), 1);
    set.clean("sequence_gap");
    assert_eq!((set.code, &set.check["errors"]), (0, &0.into()));
}
