//! A strategy card of the usual shape, a good scenario, and what the tests ask of both.

mod bad;
mod controls;
mod faults;
mod good;
mod old_names;
mod operate;
mod risk;
mod sets;
mod simulated;

use std::path::Path;

use onetape_core::instrument::InstrumentKind;
use onetape_core::strategy::params::{
    Capture, LegPart, LegSpec, ParamKind, ParamSpec, Presence, StrategyCard,
};

use super::{Loaded, Options, ScenarioError, parse};

const fn param(name: &'static str, kind: ParamKind, presence: Presence) -> ParamSpec {
    ParamSpec::new(name, kind, "", presence, "Of the test.")
}

static PARAMS: [ParamSpec; 8] = [
    param("notional", ParamKind::Money, Presence::Optional).at_least("0.01"),
    param("quantity", ParamKind::Quantity, Presence::Optional),
    param("min_entry_edge_bps", ParamKind::Bps, Presence::Required),
    param("exit.edge_bps", ParamKind::Bps, Presence::Optional),
    param("exit.profit_bps", ParamKind::Bps, Presence::Optional),
    param("exit.max_age", ParamKind::Span, Presence::Optional),
    param(
        "direction",
        ParamKind::Choice(&["both", "long_spot", "short_spot"]),
        Presence::Default("both"),
    ),
    param("max_slippage_bps", ParamKind::Bps, Presence::Default("5"))
        .at_least("0")
        .at_most("100"),
];

/// The cards of the tests: a pair of spot and futures, and one that takes nothing.
pub(crate) static CARDS: [StrategyCard; 2] = [
    StrategyCard {
        name: "pair",
        summary: "Spot against futures.",
        legs: &[
            LegSpec {
                name: "spot",
                part: LegPart::Always,
                kinds: &[InstrumentKind::Spot],
                doc: "Bought or sold.",
            },
            LegSpec {
                name: "futures",
                part: LegPart::Always,
                kinds: &[InstrumentKind::Linear, InstrumentKind::Inverse],
                doc: "The hedge.",
            },
        ],
        params: &PARAMS,
        one_of: &[&["notional", "quantity"]],
        any_of: &[&["exit.edge_bps", "exit.profit_bps", "exit.max_age"]],
        reasons: &[("flat", "nothing to do")],
        rests_orders: false,
        captures: |params| {
            let entry = params.bps("min_entry_edge_bps").into_iter();
            let exit = params.bps("exit.edge_bps");
            entry
                .zip(exit)
                .map(|(entry_bps, exit_bps)| Capture {
                    entry: "min_entry_edge_bps",
                    entry_bps,
                    exit: "exit.edge_bps",
                    exit_bps,
                    after_costs: false,
                })
                .collect()
        },
    },
    StrategyCard {
        name: "idle",
        summary: "Does nothing.",
        legs: &[],
        params: &[],
        one_of: &[],
        any_of: &[],
        reasons: &[],
        captures: |_| Vec::new(),
        rests_orders: false,
    },
];

/// A scenario with nothing wrong; lines are counted in the tests.
pub(crate) const GOOD: &str = r#"name = "btc-spot-perp"

[data]
catalog = "catalog"
from = "2024-08-08T23:54:14Z"
to   = 2024-08-09T00:00:00Z

[[task]]
strategy = "pair"
spot     = { instrument = "binance-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "binance-usdm:BTCUSDT", feed = "depth" }
notional = "1000"
min_entry_edge_bps = 30.0
exit = { edge_bps = 4.00, max_age = "6h" }

[venue.binance-spot]
fees     = { maker_bps = 10.0, taker_bps = 10, asset = "quote" }
latency  = { feed = "2ms", order = "5ms", answer = "0.5s" }
balances = { USDT = "10000", BTC = 0.10 }

[venue.binance-usdm]
fees     = { maker_bps = -0.5, taker_bps = "5.0", asset = "BNB", asset_price = "binance-spot:BNBUSDT" }
balances = { USDT = "10000" }
leverage = 3

[risk]
max_order_notional = "2000"
max_book_age = "5s"

[sim]
seed = 7
"#;

fn read_with(text: &str, options: &Options) -> Result<Loaded, ScenarioError> {
    parse(text, "btc.toml", Path::new("runs"), options, &CARDS)
}

fn read(text: &str) -> Result<Loaded, ScenarioError> {
    read_with(text, &Options::default())
}

fn sets(sets: &[&str]) -> Options {
    Options {
        sets: sets.iter().map(ToString::to_string).collect(),
        ..Options::default()
    }
}

fn messages(result: Result<Loaded, ScenarioError>) -> Vec<String> {
    match result {
        Ok(_) => vec!["ok".to_string()],
        Err(error) => error.to_string().lines().map(ToString::to_string).collect(),
    }
}
