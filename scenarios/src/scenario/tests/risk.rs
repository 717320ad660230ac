//! The `[risk]` section in all its parts, and the mistakes that can be made there.

use onetape_core::num::Money;
use onetape_core::risk::{Action, BreakerKind, SelfTradeRule, Trigger};
use onetape_core::time::Span;

use super::super::{Alert, Scope, Symbol};
use super::{GOOD, messages, read};

/// Every part of `[risk]` that there is.
const ALL: &str = r#"
[risk]
max_order_notional = "2000"
max_position_notional = 5000
max_daily_loss = "100"
max_book_age = "5s"
max_exposure = "50000"
max_open_orders = 20
max_order_rate = { orders = 50, per = "1s" }
max_leverage = "2.5"
max_capital_share_bps = 9000
max_drawdown_bps = 500
max_feed_age = "1s"
max_leg_skew = "250ms"
collar_mid_bps = 100
collar_last_bps = 200.5
allow = ["binance-usdm:BTCUSDT", "binance-spot:BTCUSDT"]
self_trade = "always"

[risk.venue.binance-usdm]
max_exposure = "25000"
[risk.strategy.pair]
max_capital_share_bps = 500
[risk.task.pair]
max_open_orders = 4
[risk.symbol."BTC/USDT"]
max_position_notional = "10000"
[risk.symbol."binance-spot:BTCUSDT"]
max_order_rate = { orders = 5, per = "100ms" }
[risk.leg.pair.spot]
max_order_notional = "900"

[risk.breaker.stale_data]
max_age = "1s"
reset_after = "30s"
[risk.breaker.daily_loss]
max_loss = "90"
action = "halt"
[risk.breaker.drawdown]
max_bps = 500
[risk.breaker.trip_loss]
expected_bps = 40
times = 2
[risk.breaker.price_jump]
max_bps = 200
within = "5s"
[risk.breaker.reject_rate]
rejects = 5
per = "10s"
[risk.breaker.order_rate]
orders = 100
per = "1s"

[risk.alert]
exposure = "40000"
leverage = 2
day_loss = "50"
drawdown_bps = 200
open_orders = 15

[risk.delta.pair]
target = "0.001"
rebalance = "0.01"
critical = "0.05"

[risk.balance]
check = true
reconcile = true
patience = "500ms"
tolerance = { USDT = "0.5" }
low = { USDT = "1000", BTC = "0.01" }
"#;

fn with_risk(risk: &str) -> String {
    let (head, tail) = GOOD.split_once("[risk]").unwrap();
    let (_, sim) = tail.split_once("[sim]").unwrap();
    let head = head.replace(
        "strategy = \"pair\"\n",
        "strategy = \"pair\"\nname = \"pair\"\n",
    );
    format!("{head}[sim]{sim}{risk}")
}

#[test]
fn every_part_of_risk_is_read_and_reads_back() {
    let scenario = read(&with_risk(ALL)).unwrap().scenario;
    let risk = &scenario.risk;
    assert_eq!(risk.max_order_notional, Money::parse("2000"));
    // The plain limits stand apart from the rest of the account's.
    assert_eq!(risk.account.max_order_notional, None);
    assert_eq!(risk.account.max_exposure, Money::parse("50000"));
    assert_eq!(risk.self_trade, SelfTradeRule::Always);
    let scopes: Vec<&Scope> = risk.levels.iter().map(|(scope, _)| scope).collect();
    let pair = Scope::Symbol(Symbol::Pair("BTC".into(), "USDT".into()));
    assert_eq!(scopes.len(), 6);
    assert_eq!(*scopes[0], Scope::Venue("binance-usdm".into()));
    assert_eq!(*scopes[3], pair);
    let (task, leg) = ("pair".to_string(), "spot".to_string());
    assert_eq!(*scopes[5], Scope::Leg { task, leg });
    let kinds: Vec<BreakerKind> = risk
        .breakers
        .iter()
        .map(|rule| rule.trigger.kind())
        .collect();
    assert_eq!(kinds.len(), BreakerKind::ALL.len());
    let loss = risk
        .breakers
        .iter()
        .find(|rule| rule.action == Action::Halt);
    assert_eq!(
        loss.unwrap().trigger,
        Trigger::DailyLoss(Money::parse("90").unwrap())
    );
    assert_eq!(risk.alerts[4], Alert::OpenOrders(15));
    assert_eq!(risk.bands["pair"].patience, Span::from_millis(3_000));
    assert_eq!(risk.balance.low["USDT"], Money::parse("1000").unwrap());

    let text = scenario.resolved_toml();
    let mut again = read(&text).unwrap().scenario;
    assert_eq!(again.resolved_toml(), text);
    again.data.catalog.clone_from(&scenario.data.catalog);
    assert_eq!(again, scenario);
    let (_, risk) = text.split_once("[risk]").unwrap();
    insta::assert_snapshot!(format!("[risk]{risk}"));
}

/// A line of [`ALL`] replaced, and the only complaint about it.
const CASES: &[(&str, &str, &str)] = &[
    (
        "[risk.venue.binance-usdm]",
        "[risk.venue.binance-usdn]",
        "risk.venue.binance-usdn: this scenario has no venue binance-usdn; did you mean `binance-usdm`?",
    ),
    (
        "[risk.strategy.pair]",
        "[risk.strategy.idle]",
        "risk.strategy.idle: this scenario has no strategy idle; known are pair",
    ),
    (
        "[risk.task.pair]",
        "[risk.task.pari]",
        "risk.task.pari: this scenario has no task pari; did you mean `pair`?",
    ),
    (
        "[risk.leg.pair.spot]",
        "[risk.leg.pair.sopt]",
        "risk.leg.pair.sopt: this scenario has no leg sopt; did you mean `spot`? (a section is [risk.leg.TASK.LEG])",
    ),
    (
        "[risk.leg.pair.spot]",
        "[risk.leg.pear.spot]",
        "risk.leg.pear: this scenario has no task pear; did you mean `pair`?",
    ),
    (
        "[risk.symbol.\"binance-spot:BTCUSDT\"]",
        "[risk.symbol.\"binance-spot:BTCUSD\"]",
        "no task trades binance-spot:BTCUSD: it is not known here; did you mean `binance-spot:BTCUSDT`?",
    ),
    (
        "[risk.symbol.\"BTC/USDT\"]",
        "[risk.symbol.BTCUSDT]",
        "is no symbol; write an instrument as [risk.symbol.\"venue:SYMBOL\"], or a pair of assets at all venues as \
         [risk.symbol.\"BTC/USDT\"]",
    ),
    (
        "[risk.breaker.drawdown]",
        "[risk.breaker.draw_down]",
        "risk.breaker.draw_down: is not known here; did you mean `drawdown`?",
    ),
    (
        "action = \"halt\"",
        "action = \"stop\"",
        "risk.breaker.daily_loss.action: is \"stop\", expected \"reduce\" or \"halt\"",
    ),
    (
        "max_loss = \"90\"",
        "",
        "risk.breaker.daily_loss.max_loss: is missing; add `max_loss = \"100\"`",
    ),
    (
        "max_open_orders = 20",
        "max_open_orders = 0",
        "risk.max_open_orders: is 0, expected a whole number from 1 to 1000000",
    ),
    (
        "max_exposure = \"50000\"",
        "max_exposures = \"50000\"",
        "risk.max_exposures: is not known here; did you mean `max_exposure`?",
    ),
    (
        "max_order_rate = { orders = 50, per = \"1s\" }",
        "max_order_rate = { orders = 50 }",
        "risk.max_order_rate.per: is missing; add `per = \"1s\"`",
    ),
    (
        "allow = [\"binance-usdm:BTCUSDT\", \"binance-spot:BTCUSDT\"]",
        "allow = [\"binance-usdm:ETHUSDT\"]",
        "no task trades binance-usdm:ETHUSDT: it is not known here; did you mean `binance-usdm:BTCUSDT`?",
    ),
    (
        "self_trade = \"always\"",
        "self_trade = \"never\"",
        "risk.self_trade: is \"never\", expected \"across_tasks\", \"always\" or \"venue\"",
    ),
    (
        "rebalance = \"0.01\"",
        "rebalance = \"0.0001\"",
        "risk.delta.pair: the bands must grow: target 0.001, rebalance 0.0001, critical 0.05; make rebalance at least \
         the target, and critical larger than rebalance",
    ),
    (
        "tolerance = { USDT = \"0.5\" }",
        "tolerance = { USDT = \"-1\" }",
        "risk.balance.tolerance.USDT: is \"-1\", expected a plain decimal number above 0, such as \"2000\"",
    ),
    (
        "reconcile = true",
        "reconcile = \"yes\"",
        "risk.balance.reconcile: is \"yes\", expected true or false, without quotes",
    ),
];

#[test]
fn each_mistake_in_risk_says_the_fix() {
    for (line, wrong, complaint) in CASES {
        assert_eq!(ALL.matches(line).count(), 1, "{line}");
        let said = messages(read(&with_risk(&ALL.replace(line, wrong))));
        let said: Vec<&String> = said
            .iter()
            .filter(|one| one.starts_with("btc.toml:"))
            .collect();
        assert_eq!(said.len(), 1, "{wrong}: {said:?}");
        assert!(said[0].ends_with(complaint), "{wrong}: {said:?}");
    }
}
