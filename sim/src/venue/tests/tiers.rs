//! Fees that fall with what was traded in thirty days.

use super::*;
use crate::config::{FeeStep, FeeTiers};

const DAY: i64 = 86_400_000_000_000;

fn stand(before: &str, asset: FeeAsset) -> Stand {
    let step = |from, maker, taker| FeeStep {
        from: money(from),
        maker: Bps::parse(maker).unwrap(),
        taker: Bps::parse(taker).unwrap(),
    };
    let mut config = config();
    config.fees.asset = asset;
    config.balances = vec![
        (BTC, money("5")),
        (USDT, money("100000")),
        (BNB, money("1")),
    ];
    config.tiers = Some(FeeTiers {
        asset: USDT,
        before: money(before),
        steps: vec![
            step("0", "2", "10"),
            step("100", "1", "8"),
            step("1000", "-1", "5"),
        ],
    });
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.now = 20_000 * DAY;
    stand.quote(SPOT, ("99.9", "9"), ("100.0", "9"));
    stand
}

impl Stand {
    /// The taker's fee of a coin that is bought for 100.
    fn fee(&mut self) -> String {
        let told = self.order(SPOT, BUY, "1", None, IOC);
        let (_, fee) = told.split_once("fee ").expect("it fills");
        fee.split(" taker").next().unwrap_or_default().to_string()
    }

    fn days_later(&mut self, days: i64) {
        self.now = (self.now / DAY + days) * DAY - 1;
        self.quote(SPOT, ("99.9", "9"), ("100.0", "9"));
    }
}

/// PL10: 10 bps without volume, 8 from 100 USDT on, 5 from 1,000 on; a day's trades count from the next day.
#[test]
fn pl10_a_days_trades_lower_the_fees_of_the_next() {
    let mut stand = stand("0", FeeAsset::Quote);
    assert_eq!(stand.fee(), "0.1 USDT");
    assert_eq!(
        stand.fee(),
        "0.1 USDT",
        "200 traded, of which none before today"
    );
    stand.days_later(1);
    assert_eq!(stand.fee(), "0.08 USDT", "200 until yesterday");
    for _ in 0..8 {
        assert_eq!(stand.fee(), "0.08 USDT");
    }
    stand.days_later(1);
    assert_eq!(stand.fee(), "0.05 USDT", "1100 until yesterday");
}

/// The days that count are the thirty before: on the day after the last of them the rates are the first ones again.
#[test]
fn pl10_what_was_traded_longer_ago_does_not_count() {
    let mut stand = stand("0", FeeAsset::Quote);
    stand.fee();
    stand.days_later(30);
    assert_eq!(stand.fee(), "0.08 USDT", "100 thirty days ago");
    stand.days_later(1);
    assert_eq!(stand.fee(), "0.08 USDT", "100 yesterday");
    stand.days_later(31);
    assert_eq!(stand.fee(), "0.1 USDT");
}

#[test]
fn pl10_what_was_traded_before_the_run_counts_from_its_first_trade() {
    assert_eq!(stand("99.99", FeeAsset::Quote).fee(), "0.1 USDT");
    assert_eq!(stand("100", FeeAsset::Quote).fee(), "0.08 USDT");
    assert_eq!(stand("1000", FeeAsset::Quote).fee(), "0.05 USDT");
}

/// 5 bps of 100 are 0.05, at 250 a coin 0.0002.
#[test]
fn pl10_a_tiers_rate_holds_in_a_third_asset() {
    let fee = FeeAsset::Fixed(BNB, money("250"));
    assert_eq!(stand("1000", fee).fee(), "0.0002 BNB");
}

/// A maker's rebate of the highest tier, and what a resting order sets aside: at the highest of all rates, since tiers may
/// be lost while it rests.
#[test]
fn pl10_makers_have_their_own_rate_and_orders_set_the_highest_aside() {
    let mut stand = stand("1000", FeeAsset::Quote);
    stand.order(SPOT, BUY, "1", Some("99.5"), TimeInForce::GoodTillCancelled);
    let locked = stand.venue.account().locked(USDT);
    assert_eq!(locked, money("99.5995"), "99.5 and 10 bps of it");
    let told = stand.quote(SPOT, ("99.3", "9"), ("99.4", "9"));
    assert!(told.contains("fee -0.00995 USDT maker"), "{told}");
}
