//! Round trips that go round: money through three instruments of one venue.

use onetape_core::command::LegRole::Entry;
use onetape_core::instrument::{
    Instrument, InstrumentKind,
    Side::{Buy, Sell},
};
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};

use super::run::{Run, money, tag};
use crate::report::Amount;

const BTC_USDT: u16 = 0;
const ETH_BTC: u16 = 1;
const ETH_USDT: u16 = 2;

fn names() -> Names {
    let mut names = Names::default();
    let venue = names.venue_id("spot");
    let kinds = [
        ("BTC", "USDT", 2, 5),
        ("ETH", "BTC", 5, 4),
        ("ETH", "USDT", 2, 4),
    ];
    for (at, (base, quote, price_decimals, qty_decimals)) in kinds.into_iter().enumerate() {
        let (base_id, quote_id) = (names.asset_id(base), names.asset_id(quote));
        names.instruments.push(Instrument {
            id: InstrumentId(at as u16),
            name: format!("spot:{base}{quote}"),
            venue,
            symbol: format!("{base}{quote}"),
            kind: InstrumentKind::Spot,
            base: base_id,
            quote: quote_id,
            price_decimals,
            qty_decimals,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: money("1"),
            inferred: false,
            tiers: Vec::new(),
        });
    }
    names.tasks = vec!["a".into()];
    names
}

fn run() -> Run {
    let mut run = Run::with_names(0, names());
    run.balance(0, AssetId(1), "10000");
    run.marks(&[(BTC_USDT, "49999.00", "50000.00")]);
    run.marks_in(&[(ETH_BTC, "0.04999", "0.05000")], 5);
    run.marks(&[(ETH_USDT, "2550.00", "2551.00")]);
    run
}

/// 5,000 USDT buy 0.1 BTC, those buy 2 ETH, those sell for 5,100. The fee of the second is in BTC.
#[test]
fn a_triangle_that_comes_back_is_closed_and_in_one_asset() {
    let mut run = run();
    run.trade(
        tag(1, 0, Entry),
        BTC_USDT,
        Buy,
        "50000",
        "0.101",
        (AssetId(1), "5", "5"),
    );
    run.trade(
        tag(1, 1, Entry),
        ETH_BTC,
        Buy,
        "0.05",
        "2",
        (AssetId(0), "0.001", "0.001"),
    );
    run.trade(
        tag(1, 2, Entry),
        ETH_USDT,
        Sell,
        "2550",
        "2",
        (AssetId(1), "5.1", "5.1"),
    );
    let report = run.end(&[(BTC_USDT, "50000.00", "50001.00")]);
    assert_eq!(report.figures.assets(), ["BTC", "USDT"]);
    let closed = &report.figures.closed;
    assert_eq!(
        (closed.round_trips, closed.winners, closed.losers),
        (1, 1, 0)
    );
    let by = |amount: &Amount| (amount.in_asset("BTC"), amount.in_asset("USDT"));
    assert_eq!(by(&closed.gross), (money("0"), money("100")));
    // 0.001 BTC cost 50.
    assert_eq!(by(&closed.fees), (money("0"), money("60.1")));
    assert_eq!(by(&closed.net), (money("0"), money("39.9")));
    assert!(report.open.is_empty(), "{:?}", report.open);
    let analysis = report.analysis.unwrap();
    let parts = &analysis.attribution.total;
    assert_eq!(by(&parts.decision_edge), (money("0"), money("100")));
    assert_eq!(by(&parts.net), by(&report.figures.pnl.net));
    assert_eq!(by(&parts.dust_and_rounding), (money("0"), money("0")));
    assert_eq!(analysis.equity.days.last().unwrap().mid, money("39.9"));
    assert_eq!(
        report.round_trips[0].attribution.as_ref().unwrap().net,
        report.round_trips[0].pnl.net
    );
}

/// The other way round, with a rest of BTC too little to sell, which stays in sight at its cost.
#[test]
fn what_a_triangle_leaves_is_a_remainder() {
    let mut run = run();
    run.trade(
        tag(1, 2, Entry),
        ETH_USDT,
        Buy,
        "2500",
        "1.9999",
        (AssetId(1), "0", "0"),
    );
    run.trade(
        tag(1, 1, Entry),
        ETH_BTC,
        Sell,
        "0.05001",
        "1.9999",
        (AssetId(1), "0", "0"),
    );
    run.trade(
        tag(1, 0, Entry),
        BTC_USDT,
        Sell,
        "51000",
        "0.10001",
        (AssetId(1), "0", "0"),
    );
    let report = run.end(&[(BTC_USDT, "50000.00", "50001.00")]);
    let closed = &report.figures.closed;
    assert_eq!(closed.round_trips, 1);
    // 0.100014999 BTC for 4,999.75: 0.10001 of them for 5,100.51.
    let gross = closed.gross.in_asset("USDT");
    let cost =
        money("4999.75").decimal() * money("0.10001").decimal() / money("0.100014999").decimal();
    assert!(
        (gross.decimal() - (money("5100.51").decimal() - cost)).abs()
            < money("0.0000000001").decimal()
    );
    let [left] = report.open.as_slice() else {
        panic!("{:?}", report.open);
    };
    assert_eq!(
        (left.instrument.as_str(), left.remainder),
        ("spot:BTCUSDT", true)
    );
    assert_eq!(left.qty, money("0.000004999").decimal());
}

/// As long as an asset on the way is not used up, the trip is open.
#[test]
fn a_triangle_on_its_way_is_open() {
    let mut run = run();
    run.trade(
        tag(1, 0, Entry),
        BTC_USDT,
        Buy,
        "50000",
        "0.1",
        (AssetId(1), "0", "0"),
    );
    run.trade(
        tag(1, 1, Entry),
        ETH_BTC,
        Buy,
        "0.05",
        "2",
        (AssetId(1), "0", "0"),
    );
    run.trade(
        tag(1, 2, Entry),
        ETH_USDT,
        Sell,
        "2550",
        "1",
        (AssetId(1), "0", "0"),
    );
    let report = run.end(&[]);
    assert_eq!(report.figures.closed.round_trips, 0);
    assert_eq!(report.open.len(), 3);
}
