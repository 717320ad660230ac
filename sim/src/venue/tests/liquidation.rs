//! Cross margin: one wallet behind several positions, maintenance by tiers, liquidation at the book.

use super::funding::mark;
use super::*;

/// BNBUSDT as a second linear future.
const OTHER: InstrumentId = BNB_SPOT;

fn tier(up_to: &str, maintenance: &str, max_leverage: u32) -> MarginTier {
    MarginTier {
        up_to: money(up_to),
        maintenance: money(maintenance),
        max_leverage,
    }
}

fn stand(leverage: u32, tiers: &[MarginTier]) -> Stand {
    let config = VenueConfig {
        leverage,
        liquidation_fee: Bps::parse("50").unwrap(),
        ..config()
    };
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.names.instruments[OTHER.index()].kind = InstrumentKind::Linear;
    for id in [LINEAR, INVERSE, OTHER] {
        stand.names.instruments[id.index()].tiers = tiers.to_vec();
    }
    stand
}

fn marked(stand: &mut Stand, instrument: InstrumentId, mark: &str) -> String {
    stand.market(Body::Mark(Mark {
        instrument,
        mark: money(mark),
        index: None,
    }))
}

#[test]
fn one_wallet_behind_two_positions() {
    let mut stand = stand(10, &[tier("0", "0.02", 20)]);
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand.quote(OTHER, ("50.0", "90"), ("50.1", "90"));
    // Buys 20 at 100 for a fee of 2, sells 10 at 50 for one of 0.5: 997.5 in the wallet.
    stand.order(LINEAR, BUY, "20", None, IOC);
    stand.order(OTHER, SELL, "10", None, IOC);
    mark(&mut stand, LINEAR, "100");
    mark(&mut stand, OTHER, "50");
    stand.quote(LINEAR, ("59.9", "90"), ("60.1", "90"));
    stand.quote(OTHER, ("66.0", "90"), ("66.2", "90"));
    // | marks     | long | short | balance | maintenance          |            |
    // | 60, 50    | -800 |    0  | 197.5   | 24 + 10    = 34      | holds      |
    // | 60, 65    | -800 | -150  |  47.5   | 24 + 13    = 37      | holds      |
    // | 60, 66    | -800 | -160  |  37.5   | 24 + 13.2  = 37.2    | holds      |
    // | 60, 66.1  | -800 | -161  |  36.5   | 24 + 13.22 = 37.22   | liquidated |
    assert_eq!(marked(&mut stand, LINEAR, "60"), "");
    assert_eq!(marked(&mut stand, OTHER, "65"), "");
    assert_eq!(marked(&mut stand, OTHER, "66"), "");
    // | closed      | realised | value | fee at 50 bps | wallet |
    // | 20 at 59.9  | -802     | 1198  | 5.99          | 195.5  |
    // | 10 at 66.2  | -162     | 662   | 3.31          | 33.5   |
    // 33.5 - 9.3 = 24.2.
    assert_eq!(
        marked(&mut stand, OTHER, "66.1"),
        "liquidation fee 5.99; liquidated 20000 for -802; liquidation fee 3.31; \
         liquidated -10000 for -162; USDT=24.2"
    );
}

#[test]
fn a_gain_carries_a_loss_and_falls_with_it() {
    let mut stand = stand(10, &[tier("0", "0.02", 20)]);
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand.quote(OTHER, ("50.0", "90"), ("50.1", "90"));
    stand.order(LINEAR, BUY, "20", None, IOC);
    stand.order(OTHER, SELL, "20", None, IOC);
    // Wallet 1000 - 2 - 1 = 997. The short gains 20 * 25 = 500; the long would be alone with 997 at a mark of
    // 51.1: 997 - 978 = 19 against 20.44. With 500 it holds down to 26.6: 997 + 500 - 1468 = 29 against
    // 10.64 + 10 = 20.64; at 26.1 it is 19 against 20.44.
    mark(&mut stand, OTHER, "25");
    stand.quote(OTHER, ("24.9", "90"), ("25.1", "90"));
    assert_eq!(marked(&mut stand, LINEAR, "51.1"), "");
    assert_eq!(marked(&mut stand, LINEAR, "26.6"), "");
    stand.quote(LINEAR, ("20.0", "90"), ("26.0", "90"));
    // The long's bankruptcy price is 100 - (997 + 500) / 20 = 25.15: the bid of 20 is worse, so it goes at 25.15
    // for -1497. That spends the short's gain too, taken at its mark of 25; it closes at 25.1 for 498, and the
    // wallet lacks the 2 between: the venue bears them, and there is nothing to pay a fee.
    assert_eq!(
        marked(&mut stand, LINEAR, "26.1"),
        "liquidated 20000 for -1497; liquidated -20000 for 500; USDT=0"
    );
}

#[test]
fn maintenance_over_the_end_of_a_tier() {
    // 1 % up to 2000, 5 % beyond, less 2000 * 0.04 = 80. Bought 30 at 100 with 400: fee 3, wallet 397.
    // | mark | 397 + 30 * mark - 3000 | 0.05 * 30 * mark - 80 |            |
    // | 89   | 67                     | 53.5                  | holds      |
    // | 88.6 | 55                     | 52.9                  | holds      |
    // | 88.5 | 52                     | 52.75                 | liquidated |
    let mut stand = {
        let config = VenueConfig {
            leverage: 10,
            balances: vec![(USDT, money("400"))],
            ..config()
        };
        let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
        stand.names.instruments[LINEAR.index()].tiers =
            vec![tier("2000", "0.01", 50), tier("0", "0.05", 10)];
        stand
    };
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand.order(LINEAR, BUY, "30", None, IOC);
    for holds in ["100", "89", "88.6"] {
        assert_eq!(marked(&mut stand, LINEAR, holds), "", "{holds}");
    }
    // No fee is asked here; 30 at 99.9 bring -3.
    assert_eq!(
        marked(&mut stand, LINEAR, "88.5"),
        "liquidated 30000 for -3; USDT=394"
    );
}

#[test]
fn tiers_limit_the_size_at_a_leverage() {
    let tiers = [tier("2000", "0.01", 20), tier("3000", "0.05", 5)];
    // | leverage | largest value |
    // | 25       | none          |
    // | 10       | 2000          |
    // | 5        | 3000          |
    for (leverage, fits, too_large) in [
        (25, None, "0.1"),
        (10, Some("20"), "20.005"),
        (5, Some("30"), "30.005"),
    ] {
        let mut stand = stand(leverage, &tiers);
        stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
        let refused = stand.order(LINEAR, BUY, too_large, Some("100.0"), IOC);
        assert_eq!(refused, "rejected leverage", "{leverage}");
        if let Some(qty) = fits {
            let taken = stand.order(LINEAR, BUY, qty, Some("100.0"), IOC);
            assert!(taken.starts_with("accepted; fill"), "{leverage}: {taken}");
        }
    }
    // What is held and what rests count; what closes does not.
    let mut stand = stand(10, &tiers);
    stand.quote(LINEAR, ("99.9", "90"), ("100.0", "90"));
    stand.order(LINEAR, BUY, "10", None, IOC);
    assert_eq!(stand.order(LINEAR, BUY, "5", Some("90.0"), GTC), "accepted");
    assert_eq!(
        stand.order(LINEAR, BUY, "5.005", Some("100.0"), IOC),
        "rejected leverage"
    );
    assert_eq!(
        stand.order(LINEAR, SELL, "31", Some("99.9"), IOC),
        "rejected leverage"
    );
    // Closes 10 and opens 20 at 99.9: 1998.
    let turned = stand.order(LINEAR, SELL, "30", Some("99.9"), IOC);
    assert!(turned.starts_with("accepted; fill 30000"), "{turned}");
}

#[test]
fn an_inverse_position_is_liquidated_in_base() {
    let open = || {
        let mut stand = stand(10, &[tier("0", "0.01", 20)]);
        stand.quote(INVERSE, ("99.9", "90"), ("100.0", "90"));
        // 3 contracts at 100 are 3 BTC: 0.003 of fee.
        stand.order(INVERSE, BUY, "3", None, IOC);
        // 4.5 BTC go elsewhere: 0.497 stay.
        stand.venue.account.credit(BTC, money("-4.5"));
        stand
    };
    // | mark | 300 / mark | 0.497 + 3 - 300 / mark | 1 % of 300 / mark |            |
    // | 87   | 3.448275.. | 0.048724..             | 0.034482..        | holds      |
    // | 86   | 3.488372.. | 0.008627..             | 0.034883..        | liquidated |
    // At 86.4: 3 - 300 / 86.4 = 3 - 3.472222222222222222, fee 3.472222222222222222 * 0.005 = 0.017361111111111111.
    // 0.497 - 0.472222222222222222 - 0.017361111111111111 = 0.007416666666666667.
    let mut held = open();
    assert_eq!(marked(&mut held, INVERSE, "87"), "BTC=0.497");
    held.quote(INVERSE, ("86.4", "90"), ("86.5", "90"));
    assert_eq!(
        marked(&mut held, INVERSE, "86"),
        "liquidation fee 0.017361111111111111; liquidated 3 for -0.472222222222222222; \
         BTC=0.007416666666666667"
    );
    // At 80 the loss would be 0.75: the fund takes over at the bankruptcy price, 300 / 3.497 = 85.78.
    let mut held = open();
    held.quote(INVERSE, ("87.0", "90"), ("87.2", "90"));
    assert_eq!(
        held.quote(INVERSE, ("80.0", "90"), ("80.1", "90")),
        "liquidated 3 for -0.497; BTC=0"
    );
}
