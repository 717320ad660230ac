//! In which asset a fee is taken, and how much of it.

use super::*;

fn stand(asset: FeeAsset) -> Stand {
    let mut config = config();
    config.fees.asset = asset;
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(SPOT, ("99.9", "9"), ("100.0", "9"));
    stand
}

#[test]
fn received_is_base_when_buying_and_quote_when_selling() {
    let mut stand = stand(FeeAsset::Received);
    // 10 bps of 1 BTC; then 10 bps of 99.9.
    assert_eq!(
        stand.order(SPOT, BUY, "1", None, IOC),
        "accepted; fill 1000@100 fee 0.001 BTC taker; BTC=5.999; USDT=900"
    );
    assert_eq!(
        stand.order(SPOT, SELL, "1", None, IOC),
        "accepted; fill 1000@99.9 fee 0.0999 USDT taker; BTC=4.999; USDT=999.8001"
    );
}

#[test]
fn a_fixed_price_asset_takes_the_fees_value_rounded_up() {
    // 10 bps of 100 is 0.1 USDT; at 300 that is 0.000333333..., in 8 decimals away from zero 0.00033334.
    let mut stand = stand(FeeAsset::Fixed(BNB, money("300")));
    assert_eq!(
        stand.order(SPOT, BUY, "1", None, IOC),
        "accepted; fill 1000@100 fee 0.00033334 BNB taker; BTC=6; USDT=900; BNB=0.99966666"
    );
}

#[test]
fn a_quoted_asset_is_worth_the_middle_of_its_book() {
    let mut stand = stand(FeeAsset::Quoted(BNB, BNB_SPOT));
    // Nobody knows yet what BNB is worth.
    assert_eq!(stand.order(SPOT, BUY, "1", None, IOC), "rejected balance");
    // Middle 250: 0.1 / 250 = 0.0004.
    stand.quote(BNB_SPOT, ("249.0", "1"), ("251.0", "1"));
    assert_eq!(
        stand.order(SPOT, BUY, "1", None, IOC),
        "accepted; fill 1000@100 fee 0.0004 BNB taker; BTC=6; USDT=900; BNB=0.9996"
    );
    // Middle 500 of the same book later: 0.0999 / 500 = 0.0001998.
    stand.quote(BNB_SPOT, ("499.0", "1"), ("501.0", "1"));
    assert_eq!(
        stand.order(SPOT, SELL, "1", None, IOC),
        "accepted; fill 1000@99.9 fee 0.0001998 BNB taker; BTC=5; USDT=999.9; BNB=0.9994002"
    );
}

#[test]
fn a_third_asset_that_ran_out_leaves_the_fee_to_what_is_received() {
    let mut config = config();
    config.fees.asset = FeeAsset::Fixed(BNB, money("1"));
    config.balances[2].1 = money("0.15");
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(SPOT, ("99.9", "9"), ("100.0", "9"));
    // Each would cost 1 * 99 at 2 bps, 0.0198 BNB, when it rests; 0.099 at the taker's rate passes the check.
    stand.order(SPOT, BUY, "1", Some("99.0"), GTC);
    // The taker's 0.1 leaves 0.05 BNB; one more resting fill leaves 0.0302, and so on until it is gone.
    stand.order(SPOT, BUY, "1", None, IOC);
    stand.order(SPOT, BUY, "0.4", Some("100.0"), IOC);
    // 0.15 - 0.1 - 0.04 = 0.01 is less than 0.0198: 2 bps of 1 BTC instead.
    assert_eq!(
        stand.quote(SPOT, ("98.0", "9"), ("98.1", "9")),
        "fill 1000@99 fee 0.0002 BTC maker; BTC=7.3998; USDT=761"
    );
}

#[test]
fn a_rebate_is_paid_out() {
    let mut config = config();
    config.fees.maker = Bps::parse("-1").unwrap();
    let mut stand = Stand::new(TopFeed::Quote, Liquidity::Book, config);
    stand.quote(SPOT, ("99.9", "9"), ("100.0", "9"));
    stand.order(SPOT, BUY, "1", Some("99.0"), GTC);
    // 1000 - 99 + 0.0099.
    assert_eq!(
        stand.quote(SPOT, ("98.0", "9"), ("98.1", "9")),
        "fill 1000@99 fee -0.0099 USDT maker; BTC=6; USDT=901.0099"
    );
}
