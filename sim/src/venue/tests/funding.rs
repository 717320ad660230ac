//! Funding: longs pay shorts when the rate is positive, on the mark at the time it is due.

use super::*;

/// A position of 4 at leverage 1, with its fee paid.
pub(super) fn holding(instrument: InstrumentId, side: Side, qty: &str) -> Stand {
    let mut stand = Stand::quotes();
    stand.quote(instrument, ("100.0", "90"), ("100.1", "90"));
    stand.order(
        instrument,
        side,
        qty,
        Some(if side == BUY { "100.1" } else { "100.0" }),
        IOC,
    );
    stand
}

pub(super) fn rate(
    stand: &mut Stand,
    instrument: InstrumentId,
    rate: &str,
    settles_at: i64,
) -> String {
    stand.market(Body::Funding(FundingRate {
        instrument,
        rate: money(rate),
        settles_at: Ts::from_nanos(settles_at),
    }))
}

pub(super) fn mark(stand: &mut Stand, instrument: InstrumentId, mark: &str) {
    stand.market(Body::Mark(Mark {
        instrument,
        mark: money(mark),
        index: None,
    }));
}

#[test]
fn linear_longs_pay_and_shorts_receive_quantity_times_mark_times_rate() {
    // 4 * 110 * 0.0001 = 0.044. The wallet: 1000 less 10 bps of 400.4 bought, or of 400 sold.
    let cases = [
        (BUY, "0.0001", "funding -0.044; USDT=999.5556"),
        (SELL, "0.0001", "funding 0.044; USDT=999.644"),
        (BUY, "-0.0001", "funding 0.044; USDT=999.6436"),
        (SELL, "-0.0001", "funding -0.044; USDT=999.556"),
    ];
    for (side, value, expected) in cases {
        let mut stand = holding(LINEAR, side, "4");
        mark(&mut stand, LINEAR, "110");
        assert_eq!(rate(&mut stand, LINEAR, value, 1_000), "");
        assert_eq!(stand.settle(999), "", "not due");
        assert_eq!(stand.settle(1_000), expected, "{side:?} {value}");
        assert_eq!(stand.settle(2_000), "", "paid once");
    }
}

#[test]
fn inverse_funding_is_paid_in_base_on_contracts_over_mark() {
    // 2 contracts of 100 USDT at a mark of 125 are 1.6 BTC; at 0.0005 that is 0.0008. Without a trade's fee:
    // 5 BTC less 10 bps of 200 / 100 = 0.002 sold, or of 200 / 100.1 bought.
    let mut stand = holding(INVERSE, SELL, "2");
    mark(&mut stand, INVERSE, "125");
    rate(&mut stand, INVERSE, "0.0005", 1_000);
    assert_eq!(stand.settle(1_000), "funding 0.0008; BTC=4.9988");
    let mut stand = holding(INVERSE, BUY, "2");
    mark(&mut stand, INVERSE, "125");
    rate(&mut stand, INVERSE, "0.0005", 1_000);
    let paid = stand.settle(1_000);
    assert!(paid.starts_with("funding -0.0008; BTC="), "{paid}");
}

#[test]
fn a_rate_for_a_later_settlement_settles_the_one_before() {
    let mut stand = holding(LINEAR, SELL, "4");
    mark(&mut stand, LINEAR, "100");
    rate(&mut stand, LINEAR, "0.0001", 1_000);
    // The same settlement may be told anew: the last word counts. 4 * 100 * 0.0002 = 0.08.
    assert_eq!(rate(&mut stand, LINEAR, "0.0002", 1_000), "");
    assert_eq!(
        rate(&mut stand, LINEAR, "0.0003", 2_000),
        "funding 0.08; USDT=999.68"
    );
}

#[test]
fn without_a_mark_the_middle_of_the_book_counts_and_flat_pays_nothing() {
    // Middle 100.05: 4 * 100.05 * 0.001 = 0.4002.
    let mut stand = holding(LINEAR, SELL, "4");
    rate(&mut stand, LINEAR, "0.001", 1_000);
    assert_eq!(stand.settle(1_000), "funding 0.4002; USDT=1000.0002");
    let mut flat = Stand::quotes();
    flat.quote(LINEAR, ("100.0", "90"), ("100.1", "90"));
    rate(&mut flat, LINEAR, "0.001", 1_000);
    assert_eq!(flat.settle(1_000), "");
}
