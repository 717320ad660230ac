//! Rules of an instrument against orders around their edges.

use onetape_core::command::TimeInForce;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::Names;
use onetape_core::num::{Money, Price, Qty};

use super::call::{NewOrder, SelfTrade, Size};
use super::filters::check;
use super::wrong::Filter;
use crate::report::PositionSide;
use crate::rules::{Band, Limits, Rules, TradeStatus};

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn rules() -> Rules {
    Rules {
        symbol: "BTCUSDT".to_string(),
        base: "BTC".to_string(),
        quote: "USDT".to_string(),
        settle: "USDT".to_string(),
        kind: InstrumentKind::Spot,
        status: TradeStatus::Trading,
        tick: money("0.05"),
        lot: money("0.002"),
        contract: money("1"),
        contract_value: money("1"),
        min_qty: money("0.004"),
        max_qty: Some(money("9")),
        min_notional: money("5"),
        limits: Limits {
            max_price: Some(money("100000")),
            market_lot: Some(money("0.01")),
            market_max_qty: Some(money("2")),
            max_notional: Some(money("1000")),
            band: Some(Band {
                bid: (money("0.5"), money("2")),
                ask: (money("0.9"), money("3")),
            }),
            ..Limits::default()
        },
        unknown: Vec::new(),
    }
}

#[test]
fn every_rule_is_held() {
    let rules = rules();
    let of = rules.instrument("v", &mut Names::default()).unwrap();
    let found = |side, qty, limit: Option<i64>| {
        let order = NewOrder {
            instrument: of.id,
            side,
            size: Size::Base(Qty::new(qty)),
            limit: limit.map(Price::new),
            time_in_force: TimeInForce::GoodTillCancelled,
            until: None,
            reduce_only: false,
            position: PositionSide::Net,
            client: String::new(),
            shown: None,
            trigger: None,
            self_trade: SelfTrade::Unsaid,
        };
        check(&order, &of, &rules.limits, Some(Price::new(10_000)))
    };
    use Side::{Buy, Sell};
    for (side, qty, limit, expected) in [
        (Buy, 50, Some(10_000), Ok(())),
        (Buy, 50, Some(10_001), Err(Filter::Tick)),
        (Buy, 50, Some(0), Err(Filter::Price)),
        (Buy, 50, Some(10_000_005), Err(Filter::Price)),
        (Buy, 100, Some(4_995), Err(Filter::Band)),
        (Buy, 100, Some(5_000), Ok(())),
        (Sell, 100, Some(5_000), Err(Filter::Band)),
        (Buy, 51, Some(10_000), Err(Filter::Lot)),
        (Buy, 2, Some(10_000), Err(Filter::MinQty)),
        (Buy, 9_002, Some(10_000), Err(Filter::MaxQty)),
        (Buy, 48, Some(10_000), Err(Filter::Notional)),
        (Buy, 8_000, Some(15_000), Err(Filter::MaxNotional)),
        // At market the smallest value does not hold here, but other steps do.
        (Buy, 40, None, Ok(())),
        (Buy, 42, None, Err(Filter::MarketLot)),
        (Buy, 2_010, None, Err(Filter::MarketLot)),
    ] {
        assert_eq!(
            found(side, qty, limit),
            expected,
            "{side:?} {qty} {limit:?}"
        );
    }
}
