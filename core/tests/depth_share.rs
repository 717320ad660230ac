//! How much of what the books show is traded at most.

mod common;

use common::{Rig, instrument, names};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{AssetId, VenueId};
use onetape_core::num::Qty;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::{spot_futures, triangular};

/// What a pair sends of each leg that shows so many lots.
fn pair(shown: [i64; 2], params: &[(&'static str, &'static str)]) -> (String, Vec<Qty>) {
    let base = [
        ("quantity", "100"),
        ("min_entry_edge_bps", "30"),
        ("exit.edge_bps", "0"),
    ];
    let legs = [
        instrument(0, InstrumentKind::Spot),
        instrument(1, InstrumentKind::Linear),
    ];
    let names = names(&legs, &["BTC", "USDT"]);
    let given = [&base[..], params].concat();
    let limits = RiskLimits::default();
    let mut rig = Rig::new(&spot_futures::SPEC, names, &["0", "0"], limits, &given);
    rig.quote(0, (9_999, 9_000), (10_000, shown[0]));
    rig.quote(1, (10_040, shown[1]), (10_041, 9_000));
    let sent = rig.sent.iter().map(|place| place.qty).collect();
    (rig.reason().to_string(), sent)
}

#[test]
fn ex7_a_pair_takes_a_part_of_what_the_thinner_leg_shows() {
    for (shown, percent, qty) in [
        ([400, 9_000], "2", 8),
        ([400, 9_000], "10", 40),
        // 14.85 lots are 14: never rounded up.
        ([9_000, 297], "5", 14),
        ([9_000, 297], "100", 297),
        // What is asked for is less than the part.
        ([90_000, 90_000], "10", 1_000),
    ] {
        let (reason, sent) = pair(shown, &[("max_depth_percent", percent)]);
        assert_eq!(reason, "enter_long_spot", "{shown:?} {percent}");
        assert_eq!(sent, [Qty::new(qty); 2], "{shown:?} {percent}");
    }
    // Without it all that both show, and with it also where depth is no bound otherwise.
    assert_eq!(pair([400, 9_000], &[]).1, [Qty::new(400); 2]);
    let uncapped = [("cap_to_depth", "false")];
    assert_eq!(pair([400, 9_000], &uncapped).1, [Qty::new(1_000); 2]);
    let both = [("cap_to_depth", "false"), ("max_depth_percent", "10")];
    assert_eq!(pair([400, 9_000], &both).1, [Qty::new(40); 2]);
    // A part that is below a lot is no order.
    let (reason, sent) = pair([9_000, 40], &[("max_depth_percent", "2")]);
    assert_eq!((reason.as_str(), sent.len()), ("size_below_minimum", 0));
}

#[test]
fn ex7_a_cycle_takes_a_part_of_what_the_thinnest_book_shows() {
    let leg = |at: usize, symbol: &str, base, quote, price: u8, qty: u8| Instrument {
        name: format!("venue0:{symbol}"),
        venue: VenueId(0),
        symbol: symbol.into(),
        base: AssetId(base),
        quote: AssetId(quote),
        price_decimals: price,
        qty_decimals: qty,
        ..instrument(at, InstrumentKind::Spot)
    };
    let legs = [
        leg(0, "BTCUSDT", 0, 1, 1, 4),
        leg(1, "ETHBTC", 2, 0, 5, 3),
        leg(2, "ETHUSDT", 2, 1, 2, 4),
    ];
    for (percent, most) in [(None, 1_000), (Some("10"), 100), (Some("5"), 50)] {
        let names = names(&legs, &["BTC", "USDT", "ETH"]);
        let mut given = vec![
            ("notional", "100000"),
            ("min_edge_bps", "1"),
            ("max_slippage_bps", "0"),
            ("dispatch", "parallel"),
        ];
        given.extend(percent.map(|percent| ("max_depth_percent", percent)));
        let limits = RiskLimits::default();
        let mut rig = Rig::new(&triangular::SPEC, names, &["0"; 3], limits, &given);
        rig.quote(0, (499_990, 900_000), (500_000, 900_000));
        // 1.000 ETH is offered, which is 0.05 BTC and 10,000 of ETHUSDT's own lots.
        rig.quote(1, (4_999, 900_000), (5_000, 1_000));
        rig.quote(2, (250_200, 9_000_000), (250_201, 9_000_000));
        assert_eq!(rig.reason(), "enter_forward");
        let sent: Vec<i64> = rig.sent.iter().map(|place| place.qty.mantissa()).collect();
        assert_eq!(sent, [most / 2, most, most * 10], "{percent:?}");
    }
}
