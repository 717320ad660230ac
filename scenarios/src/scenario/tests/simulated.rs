//! How venues are simulated: latencies, margin, limits and queues, right and wrong.

use onetape_core::num::Bps;
use onetape_core::time::Span;
use onetape_sim::{Delay, MarginMode, QueueModel, RateLimit, SelfTrade};

use super::super::{Feed, FeedLatency, Liquidity, Loaded, Options, Scenario, load};
use super::{CARDS, GOOD, messages, read, read_with, sets};

const LATENCY: &str = "latency  = { feed = \"2ms\", order = \"5ms\", answer = \"0.5s\" }";

fn ms(millis: i64) -> Span {
    Span::from_millis(millis)
}

fn with_latency(latency: &str) -> String {
    assert_eq!(GOOD.matches(LATENCY).count(), 1);
    GOOD.replace(LATENCY, &format!("latency = {{ {latency} }}"))
}

/// Both legs by depth, where a queue can be seen.
fn by_depth(text: &str) -> String {
    text.replace("feed = \"quote\"", "feed = \"depth\"")
}

/// Reads, and reads the resolved text: it says the same and nothing of a file.
fn resolved(text: &str) -> Scenario {
    let loaded: Loaded = read(text).unwrap();
    let mut scenario = loaded.scenario;
    scenario.data.catalog = None;
    let resolved = scenario.resolved_toml();
    let again = read(&resolved).unwrap_or_else(|error| panic!("{error}\n{resolved}"));
    assert_eq!(again.scenario, scenario);
    assert_eq!(again.scenario.resolved_toml(), resolved);
    scenario
}

#[test]
fn latencies_are_constants_distributions_or_tables() {
    let text = with_latency(
        "feed = \"recorded\", order = { uniform = [\"2ms\", \"8ms\"] }, answer = { lognormal = { median = \"5ms\", \
         sigma = 0.4, least = \"1ms\", most = \"80ms\" } }",
    );
    let latency = resolved(&text).venues["binance-spot"].latency.clone();
    assert_eq!(latency.feed, FeedLatency::Recorded);
    assert_eq!(latency.order, Delay::Uniform(ms(2), ms(8)));
    let lognormal = Delay::LogNormal {
        median: ms(5),
        sigma: 0.4,
        least: ms(1),
        most: ms(80),
    };
    assert_eq!(latency.answer, lognormal);
    let text = with_latency("feed = { table = [\"3ms\", \"1ms\"] }");
    let latency = resolved(&text).venues["binance-spot"].latency.clone();
    let table = Delay::Table([ms(3), ms(1)].into());
    assert_eq!(latency.feed, FeedLatency::Modelled(table));
}

#[test]
fn a_table_is_read_from_its_file_and_stands_in_the_resolved_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, with_latency("order = { table = \"slow.csv\" }")).unwrap();
    let order = |options: &Options| {
        let loaded = load(&file, options, &CARDS).unwrap();
        let text = loaded.scenario.resolved_toml();
        assert!(!text.contains("slow") && !text.contains("fast"), "{text}");
        loaded.scenario.venues["binance-spot"].latency.order.clone()
    };
    let slow = folder.path().join("slow.csv");
    std::fs::write(&slow, "# measured\n5ms\n\n 1.5ms \n250us\n").unwrap();
    let delays = |spans: &[i64]| {
        Delay::Table(
            spans
                .iter()
                .map(|us| Span::from_nanos(us * 1_000))
                .collect(),
        )
    };
    let read = order(&Options::default());
    assert_eq!(read, delays(&[5_000, 1_500, 250]));
    std::fs::write(&slow, "at,delay\n1,2ms\n2,3ms\n").unwrap();
    assert_eq!(order(&Options::default()), delays(&[2_000, 3_000]));
    // A path of a flag is one of the command, not of the file.
    let fast = folder.path().join("fast.csv");
    std::fs::write(&fast, "1ms\n").unwrap();
    let flag = format!(
        "venue.binance-spot.latency.order={{ table = {:?} }}",
        fast.display().to_string()
    );
    assert_eq!(order(&sets(&[&flag])), delays(&[1_000]));
    let mut wrong = Vec::new();
    for text in ["", "5\n", "5ms\nsoon\n", "a,b\n1,2\n"] {
        std::fs::write(&slow, text).unwrap();
        wrong.extend(messages(load(&file, &Options::default(), &CARDS)));
    }
    std::fs::write(&slow, "1ms\n".repeat(10_001)).unwrap();
    wrong.extend(messages(load(&file, &Options::default(), &CARDS)));
    std::fs::remove_file(&slow).unwrap();
    wrong.extend(messages(load(&file, &Options::default(), &CARDS)));
    let place = folder.path().display().to_string();
    let wrong: Vec<String> = wrong.iter().map(|text| text.replace(&place, "")).collect();
    let at = "/s.toml:18: venue.binance-spot.latency.order.table:";
    let fix = "write a number with its unit, such as 250us or 1.5ms";
    assert_eq!(
        wrong,
        [
            format!(
                "{at} /slow.csv:1: there is no delay in the table; write one duration a line, such as 250us"
            ),
            format!("{at} /slow.csv:1: \"5\" is no duration; {fix}"),
            format!("{at} /slow.csv:2: \"soon\" is no duration; {fix}"),
            format!(
                "{at} /slow.csv:1: no column of the header \"a,b\" is named \"delay\"; name the column of durations so"
            ),
            format!("{at} has 10001 delays; keep at most 10000, evenly spaced quantiles of them"),
            format!(
                "{at} /slow.csv: cannot be read: No such file or directory (os error 2); name a file with one delay a \
                 line, such as 5ms"
            ),
        ]
    );
}

#[test]
fn venues_and_queues_are_read_and_read_back() {
    let text = by_depth(GOOD)
        .replace(
            "leverage = 3",
            "leverage = 3\nmargin = \"isolated\"\nliquidation_fee_bps = 50\nself_trade = \"expire_both\"\n\
             rate_limits = [{ orders = 50, per = \"10s\" }, { orders = 1000, per = \"1m\" }]",
        )
        .replace(
            "seed = 7",
            "queue = \"power:3\"\nno_trades = true\nno_funding = true",
        );
    let scenario = resolved(&text);
    let venue = &scenario.venues["binance-usdm"];
    assert_eq!(venue.margin, MarginMode::Isolated);
    assert_eq!(venue.liquidation_fee_bps, Bps::parse("50").unwrap());
    assert_eq!(venue.self_trade, SelfTrade::ExpireBoth);
    let limit = |orders, seconds: i64| RateLimit {
        orders,
        per: ms(seconds * 1_000),
    };
    assert_eq!(venue.rate_limits, [limit(50, 10), limit(1_000, 60)]);
    let sim = scenario.sim;
    assert_eq!(sim.queue, QueueModel::Power(3));
    assert_eq!(
        (sim.queue_on_quotes, sim.no_trades, sim.no_funding),
        (false, true, true)
    );
    for (word, queue) in [
        ("through", QueueModel::Through),
        ("conservative", QueueModel::Conservative),
        ("proportional", QueueModel::Power(1)),
        ("power:1", QueueModel::Power(1)),
        ("power:20", QueueModel::Power(20)),
    ] {
        let text = by_depth(GOOD).replace("seed = 7", &format!("queue = {word:?}"));
        assert_eq!(resolved(&text).sim.queue, queue, "{word}");
    }
    let flags = sets(&[
        "sim.queue=conservative",
        "sim.queue_on_quotes=true",
        "venue.binance-spot.latency.answer={ uniform = [\"0ms\", \"1ms\"] }",
        "venue.binance-usdm.rate_limits=[{ orders = 1, per = \"1s\" }]",
    ]);
    let loaded = read_with(GOOD, &flags).unwrap();
    assert_eq!(loaded.scenario.sim.queue, QueueModel::Conservative);
    let answer = &loaded.scenario.venues["binance-spot"].latency.answer;
    assert_eq!(*answer, Delay::Uniform(ms(0), ms(1)));
}

#[test]
fn bars_fill_at_their_close() {
    let bars = GOOD
        .replace("feed = \"quote\"", "feed = \"bar\"")
        .replace("feed = \"depth\"", "feed = \"bar\"")
        .replace("seed = 7", "liquidity = \"bar\"");
    let scenario = resolved(&bars);
    assert_eq!(scenario.sim.liquidity, Liquidity::Bar);
    assert!(
        scenario.tasks[0]
            .legs
            .iter()
            .all(|leg| leg.feed == Feed::Bar)
    );
}

/// `GOOD` with one line replaced, and the only complaint about it.
const CASES: &[(&str, &str, &str)] = &[
    (
        LATENCY,
        "latency = { order = \"recorded\" }",
        "btc.toml:18: venue.binance-spot.latency.order: is \"recorded\", expected a length of time with its unit, such as \
         \"250us\", \"5ms\", \"1.5s\" or \"6h\"",
    ),
    (
        LATENCY,
        "latency = { order = {} }",
        "btc.toml:18: venue.binance-spot.latency.order: names no distribution; write `\"5ms\"`, `{ uniform = [\"2ms\", \
         \"8ms\"] }`, `{ lognormal = { median = \"5ms\", sigma = 0.4, least = \"1ms\", most = \"80ms\" } }` or `{ table = \
         \"latencies.csv\" }`",
    ),
    (
        LATENCY,
        "latency = { order = { uniform = [\"8ms\", \"2ms\"] } }",
        "btc.toml:18: venue.binance-spot.latency.order.uniform: has its longest delay first; write the shortest first",
    ),
    (
        LATENCY,
        "latency = { order = { uniform = \"8ms\" } }",
        "btc.toml:18: venue.binance-spot.latency.order.uniform: is \"8ms\", expected the shortest and the longest delay, \
         such as [\"2ms\", \"8ms\"]",
    ),
    (
        LATENCY,
        "latency = { order = { lognormal = { median = \"5ms\", sigma = 0, least = \"1ms\", most = \"9ms\" } } }",
        "btc.toml:18: venue.binance-spot.latency.order.lognormal.sigma: is 0, expected a plain decimal number above 0 and \
         at most 10",
    ),
    (
        LATENCY,
        "latency = { order = { lognormal = { median = \"5ms\", sigma = 1, least = \"6ms\", most = \"9ms\" } } }",
        "btc.toml:18: venue.binance-spot.latency.order.lognormal: has bounds that its median is not between; give least \
         <= median <= most",
    ),
    (
        LATENCY,
        "latency = { order = { lognormal = { median = \"5ms\", sigma = 1, least = \"1ms\" } } }",
        "btc.toml:18: venue.binance-spot.latency.order.lognormal.most: is missing; add `most = \"80ms\"`",
    ),
    (
        LATENCY,
        "latency = { order = { tabel = \"x\" } }",
        "btc.toml:18: venue.binance-spot.latency.order.tabel: is not known here; did you mean `table`?",
    ),
    (
        "leverage = 3",
        "margin = \"portfolio\"",
        "btc.toml:24: venue.binance-usdm.margin: is \"portfolio\", expected \"cross\" or \"isolated\"",
    ),
    (
        "leverage = 3",
        "liquidation_fee_bps = -1",
        "btc.toml:24: venue.binance-usdm.liquidation_fee_bps: is -1, expected a decimal number of basis points from 0 to \
         10000",
    ),
    (
        "leverage = 3",
        "rate_limits = { orders = 50, per = \"10s\" }",
        "btc.toml:24: venue.binance-usdm.rate_limits: is a table, expected a list such as [{ orders = 50, per = \"10s\" }]",
    ),
    (
        "leverage = 3",
        "rate_limits = [{ orders = 0, per = \"10s\" }]",
        "btc.toml:24: venue.binance-usdm.rate_limits.0.orders: is 0, expected a whole number from 1 to 4294967295",
    ),
    (
        "leverage = 3",
        "rate_limits = [{ orders = 1 }]",
        "btc.toml:24: venue.binance-usdm.rate_limits.0.per: is missing; add `per = \"10s\"`",
    ),
    (
        "leverage = 3",
        "self_trade = \"allow\"",
        "btc.toml:24: venue.binance-usdm.self_trade: is \"allow\", expected \"expire_taker\", \"expire_maker\" or \
         \"expire_both\"",
    ),
    (
        "seed = 7",
        "queue = \"power:0\"",
        "btc.toml:31: sim.queue: is \"power:0\", expected one of \"through\", \"conservative\", \"proportional\", or \
         \"power:N\" with N from 1 to 20",
    ),
    (
        "seed = 7",
        "queue = \"conservative\"",
        "btc.toml:31: sim.queue: is \"conservative\", but task.0.spot moves by feed = \"quote\", which does not show the \
         queue behind the touch; use feed = \"depth\" or queue = \"through\", or accept what the touch shows with \
         `queue_on_quotes = true`",
    ),
    (
        "seed = 7",
        "no_funding = 1",
        "btc.toml:31: sim.no_funding: is 1, expected true or false, without quotes",
    ),
];

#[test]
fn each_mistake_names_line_field_and_fix() {
    let mut failed = Vec::new();
    for (line, replaced, want) in CASES {
        assert_eq!(GOOD.matches(line).count(), 1, "{line}");
        let got = messages(read(&GOOD.replace(line, replaced)));
        if got != [*want] {
            failed.push(format!(
                "{replaced}\n  want {want}\n  got  {}",
                got.join("\n       ")
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    let bar = GOOD.replace("seed = 7", "liquidity = \"bar\"");
    assert_eq!(
        messages(read(&bar)),
        [
            "btc.toml:31: sim.liquidity: is \"bar\", but task.0.spot moves by feed = \"quote\"; use book, touch or \
             touch_unlimited",
            "btc.toml:31: sim.liquidity: is \"bar\", but task.0.futures moves by feed = \"depth\"; use book, touch or \
             touch_unlimited",
        ]
    );
}
