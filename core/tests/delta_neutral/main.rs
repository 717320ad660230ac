//! `delta_neutral` by hand, and against fills that are drawn.

mod desk;
mod drawn;

use desk::{Given, Venues, checked, pair};
use onetape_core::command::Command;
use onetape_core::event::{Control, OrderEventKind, RejectReason};
use onetape_core::names::AssetId;
use onetape_core::num::Money;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::delta_neutral;

const PLAIN: Given<'static> = &[
    ("total_quantity", "1"),
    ("order_quantity.buy", "0.1"),
    ("order_quantity.sell", "0.1"),
];

fn with(more: Given<'static>) -> Vec<(&'static str, &'static str)> {
    PLAIN.iter().chain(more).copied().collect()
}

/// Both books at 100.0 / 100.2 and 100.4 / 100.6.
fn open(params: Given<'_>) -> Venues {
    let mut venues = Venues::new(&pair(), params);
    venues.at_ms(1_000);
    venues.quote(0, 1_000, 1_002);
    venues.quote(1, 1_004, 1_006);
    venues
}

#[test]
fn both_slices_rest_at_their_own_touch() {
    let mut venues = Venues::new(&pair(), PLAIN);
    venues.quote(0, 1_000, 1_002);
    assert!(venues.working().is_empty(), "one book is not enough");
    assert_eq!(venues.reason(), "book_not_ready");
    venues.quote(1, 1_004, 1_006);
    assert_eq!(venues.working(), ["+100@1000", "-10@1006"]);
    assert_eq!(venues.reason(), "managing_orders");
    // More of the same changes nothing.
    venues.accept(0);
    venues.accept(1);
    venues.quote(0, 1_000, 1_002);
    venues.quote(1, 1_004, 1_006);
    assert_eq!(venues.working(), ["+100@1000", "-10@1006"]);
}

/// EX11: replaced when more than the tolerance from where it would be placed, each side by its own.
#[test]
fn a_slice_is_replaced_beyond_its_tolerance_alone() {
    let mut venues = open(&with(&[
        ("passive_ticks.buy", "2"),
        ("tick_tolerance.buy", "3"),
        ("tick_tolerance.sell", "1"),
    ]));
    assert_eq!(venues.working(), ["+100@998", "-10@1006"]);
    venues.accept(0);
    venues.accept(1);
    venues.quote(0, 1_003, 1_005);
    venues.quote(1, 1_005, 1_007);
    assert!(!venues.answer(0), "three and one away: both stay");
    venues.quote(0, 1_004, 1_006);
    assert!(venues.alive[0].cancel_asked && !venues.alive[1].cancel_asked);
    assert_eq!(
        venues.working().len(),
        2,
        "nothing leaves before it is gone"
    );
    assert!(venues.answer(0));
    assert_eq!(venues.working(), ["-10@1006", "+100@1002"]);
}

/// The seed's example (RC3, B6): 0.30 bought and 0.25 sold are given; the 0.05 is seen and corrected first.
#[test]
fn a_given_imbalance_is_corrected_before_anything_rests() {
    let mut venues = open(&with(&[("filled.buy", "0.30"), ("filled.sell", "0.25")]));
    assert_eq!(
        venues.working(),
        ["!-5@1003"],
        "five hundredths, at the bid less 10 bps"
    );
    assert_eq!(venues.reason(), "rebalancing");
    assert_eq!(venues.number("imbalance").unwrap(), "0.05");
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [300, 300]);
    assert_eq!(venues.working(), ["+100@1000", "-10@1006"]);
    assert_eq!(venues.number("imbalance").unwrap(), "0");
}

/// When one side leads by a minimum, the other takes its slice back, and only when that is told takes the lag.
#[test]
fn the_lagging_side_cancels_and_then_takes() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.accept(1);
    // The future's smallest order is 0.02: a lag below it is let be.
    venues.fill(0, 19);
    assert_eq!(venues.reason(), "managing_orders");
    venues.fill(0, 1);
    assert_eq!(venues.reason(), "rebalancing");
    assert!(venues.alive[1].cancel_asked, "the lagging side's slice");
    assert_eq!(venues.working(), ["+80@1000", "-10@1006"]);
    // The slice of the side that leads goes on trading while the cancel is out.
    venues.fill(0, 30);
    assert_eq!(venues.working(), ["+50@1000", "-10@1006"]);
    venues.answer(0);
    assert_eq!(venues.working(), ["+50@1000", "!-5@1003"], "the whole lag");
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [50, 50]);
    assert_eq!(venues.working(), ["+50@1000", "-10@1006"]);
}

/// EX13: what the venue fills while the cancel is on its way is booked, and no more than the rest is taken.
#[test]
fn a_fill_that_races_the_cancel_is_counted() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.accept(1);
    venues.fill(0, 60);
    venues.fill(1, 3);
    venues.answer(0);
    assert_eq!(venues.working(), ["+40@1000", "!-3@1003"]);
    // A fill that is told once more, and one of the order that is gone, after the correction left.
    venues.repeat_fill();
    venues.late_fill(0);
    assert_eq!(venues.filled, [60, 100]);
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [60, 130]);
    // Now the buying side lags, by what came late.
    assert_eq!(venues.reason(), "rebalancing");
    assert!(venues.alive[0].cancel_asked);
    venues.answer(0);
    assert_eq!(venues.working(), ["!+70@1003"]);
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [130, 130]);
}

/// A correction that brings nothing is asked again, conceding more each time, and people are told once.
#[test]
fn a_lag_that_is_not_taken_is_told_once_and_tried_on() {
    let mut venues = open(&with(&[("filled.buy", "0.5"), ("rebalance.delay", "10ms")]));
    let limits = [1_003, 1_002, 1_001, 1_001, 1_001];
    for (attempt, limit) in limits.into_iter().enumerate() {
        assert_eq!(venues.working(), [format!("!-50@{limit}")], "{attempt}");
        venues.answer(0);
        assert!(venues.working().is_empty(), "it waits");
        let before = venues.now_ms();
        assert!(venues.wait());
        let waited = venues.now_ms() - before;
        assert_eq!(waited, if attempt < 2 { 10 } else { 1_000 }, "{attempt}");
    }
    assert_eq!(venues.reason(), "lag_not_taken");
    assert_eq!(venues.alerts().len(), 1);
    // A part sets it back.
    venues.answer(10);
    assert_eq!(venues.reason(), "rebalancing");
    assert!(venues.wait());
    assert_eq!(venues.working(), ["!-40@1003"]);
}

/// A lag is not taken on a book that is crossed, and at once when it no longer is.
#[test]
fn a_lag_waits_while_its_book_cannot_be_acted_on() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.accept(1);
    venues.quote(1, 1_006, 1_004);
    venues.fill(0, 50);
    assert_eq!(venues.reason(), "lag_waits");
    venues.answer(0);
    assert_eq!(venues.reason(), "lag_waits");
    assert_eq!(venues.working(), ["+50@1000"], "what lags left the book");
    venues.quote(1, 1_004, 1_006);
    assert_eq!(venues.working(), ["+50@1000", "!-5@1003"]);
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [50, 50]);
    assert_eq!(venues.reason(), "managing_orders");
}

/// The side that leads rests nothing new, so that it is never further ahead than one slice and one minimum.
#[test]
fn the_leading_side_waits_for_the_other() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.accept(1);
    venues.fill(0, 100);
    assert_eq!(venues.working(), ["-10@1006"]);
    venues.answer(0);
    venues.answer(4);
    assert_eq!(venues.filled, [100, 40]);
    assert!(
        venues.working().is_empty(),
        "the lag is still above a minimum"
    );
    venues.wait();
    assert_eq!(venues.working(), ["!-6@1003"]);
    venues.answer(i64::MAX);
    assert_eq!(venues.working(), ["+100@1000", "-10@1006"]);
}

/// EX19: complete when what is left of both sides is less than the venue's minimum; at the minimum it is not.
#[test]
fn both_sides_within_one_minimum_are_complete() {
    let near = |buy, sell| {
        let given = [("filled.buy", buy), ("filled.sell", sell)];
        open(&PLAIN.iter().chain(&given).copied().collect::<Vec<_>>())
    };
    // Spot: 5 / 100.0 = 0.05, the future 0.02.
    assert_eq!(near("0.95", "0.98").reason(), "managing_orders");
    let at_both = near("0.95", "0.98");
    assert_eq!(at_both.working(), ["+50@1000", "-2@1006"]);
    let buys = near("0.95", "0.985");
    assert_eq!(buys.working(), ["+50@1000"]);
    let sells = near("0.951", "0.96");
    assert_eq!(sells.working(), ["-4@1006"]);
    let none = near("0.951", "0.99");
    assert_eq!((none.reason(), none.working().len()), ("completed", 0));
    // The minimum is 0.025 now, less than what is left; what was complete stays so.
    let mut later = near("0.965", "0.985");
    later.quote(0, 2_000, 2_002);
    assert_eq!((later.reason(), later.working().len()), ("completed", 0));
}

/// A late fill after the end is taken in, and the other side is brought up.
#[test]
fn a_late_fill_after_completion_is_hedged() {
    let mut venues = open(&with(&[("filled.buy", "0.9"), ("filled.sell", "0.9")]));
    venues.accept(0);
    venues.accept(1);
    venues.quote(1, 1_000, 1_002);
    assert!(venues.answer(0), "the sell is replaced");
    venues.accept(1);
    venues.fill(0, 100);
    venues.fill(0, 10);
    assert_eq!(
        (venues.filled, venues.reason()),
        ([1_000, 1_000], "completed")
    );
    venues.late_fill(0);
    assert_eq!(venues.filled, [1_000, 1_100]);
    assert_eq!(venues.working(), ["!+100@1003"]);
    venues.answer(i64::MAX);
    assert_eq!(
        (venues.filled, venues.reason()),
        ([1_100, 1_100], "completed")
    );
}

/// EX2: an error is left by itself. What the venue rejects is asked again after the delay, not before.
#[test]
fn a_rejected_slice_is_asked_again_later() {
    let mut venues = open(PLAIN);
    venues.end(0, OrderEventKind::Rejected(RejectReason::Balance));
    assert_eq!((venues.reason(), venues.working().len()), ("rejected", 1));
    venues.quote(0, 1_001, 1_003);
    assert_eq!(venues.working().len(), 1);
    assert!(venues.wait());
    assert_eq!(venues.now_ms(), 2_000);
    assert_eq!(venues.working(), ["-10@1006", "+100@1001"]);
    venues.accept(1);
    assert_eq!(venues.reason(), "managing_orders");
}

/// A slice that would take is placed again at once, by the book that is there then.
#[test]
fn a_slice_that_would_take_follows_the_book() {
    let mut venues = open(PLAIN);
    venues.at_ms(1_005);
    venues.end(0, OrderEventKind::Rejected(RejectReason::WouldTake));
    assert_eq!(venues.working(), ["-10@1006", "+100@1000"]);
}

#[test]
fn an_order_nobody_knows_of_blocks_its_side() {
    let mut venues = open(PLAIN);
    venues.accept(1);
    venues.unknown(0);
    assert_eq!(venues.reason(), "unknown_order");
    venues.quote(0, 1_010, 1_012);
    assert_eq!(venues.working(), ["+100@1000", "-10@1006"]);
    venues.fill(0, 40);
    assert_eq!(venues.reason(), "rebalancing", "its fill is evidence");
}

/// EX20: paused, nothing rests and only corrections leave; halted, nothing leaves; resumed, it goes on.
#[test]
fn a_pause_leaves_no_slices_and_a_halt_nothing() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.accept(1);
    venues.control(Control::Pause);
    assert!(venues.alive.iter().all(|it| it.cancel_asked));
    venues.fill(0, 50);
    while venues.answer(0) {}
    assert_eq!(venues.reason(), "rebalancing");
    assert!(venues.wait());
    venues.answer(i64::MAX);
    assert_eq!((venues.filled, venues.reason()), ([50, 50], "paused"));
    assert!(venues.working().is_empty());
    venues.control(Control::Halt);
    venues.quote(0, 1_001, 1_003);
    assert!(venues.working().is_empty());
    venues.control(Control::Resume);
    assert_eq!(venues.working(), ["+100@1001", "-10@1006"]);
}

/// Where the venue closed a position nothing is opened again before a person says so.
#[test]
fn a_liquidated_side_waits_for_a_person() {
    let mut venues = open(&with(&[("filled.buy", "0.5"), ("filled.sell", "0.5")]));
    venues.accept(0);
    venues.accept(1);
    venues.liquidated(1, -50);
    assert_eq!(venues.reason(), "quarantined");
    while venues.answer(0) {}
    venues.quote(1, 1_005, 1_007);
    assert!(venues.working().is_empty());
    assert_eq!(venues.alerts().len(), 1);
    venues.control(Control::Resume);
    assert_eq!(venues.working(), ["!-50@1004"], "the lag that is there now");
}

/// R6: what a venue closes of its own is a lag like any other.
#[test]
fn a_deleveraged_side_is_filled_up_again() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.accept(1);
    venues.fill(0, 100);
    venues.answer(0);
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [100, 100]);
    while let Some(at) = venues.alive.iter().position(|it| !it.told) {
        venues.accept(at);
    }
    assert_eq!(venues.deleveraged(1, 60), 60);
    assert_eq!(venues.reason(), "rebalancing");
    assert_eq!(venues.number("imbalance").unwrap(), "0.06");
    venues.answer(0);
    assert_eq!(venues.working(), ["+100@1000", "!-6@1003"]);
    venues.answer(i64::MAX);
    assert_eq!(venues.filled, [100, 100]);
    assert!(venues.alerts().is_empty());
}

/// A lag that is more than the gate lets through at once is taken in portions, of half of what was refused.
#[test]
fn a_lag_beyond_the_limit_of_an_order_is_taken_in_portions() {
    const GIVEN: Given<'static> = &[
        ("filled.buy", "0.9"),
        ("rebalance.delay", "10ms"),
        ("rebalance.attempts", "9"),
    ];
    let limits = RiskLimits {
        max_order_notional: Some(Money::parse("30").unwrap()),
        ..RiskLimits::default()
    };
    let mut venues = Venues::within(&pair(), &with(GIVEN), limits);
    venues.at_ms(1_000);
    venues.quote(0, 1_000, 1_002);
    venues.quote(1, 1_004, 1_006);
    let mut taken = Vec::new();
    while venues.filled[1] < 900 {
        taken.extend(venues.working());
        if !venues.answer(i64::MAX) {
            assert!(venues.wait(), "{taken:?}");
        }
    }
    // 90 and 45 of 100 each are too much for 30; 22 are not, and no more than that follows.
    let portions: Vec<i64> = taken
        .iter()
        .filter_map(|it| it.strip_prefix("!-"))
        .map(|it| it.split('@').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(portions.first(), Some(&22));
    assert_eq!(portions.iter().sum::<i64>(), 90);
    assert!(portions.iter().all(|qty| *qty <= 30), "{portions:?}");
    assert!(venues.now_ms() < 1_200, "{}", venues.now_ms());
}

/// What keeps a slice waiting does not keep a lag waiting.
#[test]
fn a_slice_that_waits_does_not_hold_a_correction_back() {
    let mut venues = open(PLAIN);
    venues.accept(0);
    venues.end(1, OrderEventKind::Rejected(RejectReason::RateLimit));
    assert_eq!(venues.reason(), "rejected");
    venues.fill(0, 50);
    assert_eq!(venues.working(), ["+50@1000", "!-5@1003"]);
    // Nor does one that never arrived: that is an attempt like any other.
    venues.end(1, OrderEventKind::NotSent);
    assert_eq!(venues.working(), ["+50@1000"]);
    let before = venues.now_ms();
    assert!(venues.wait());
    assert_eq!(venues.now_ms() - before, 100);
    assert_eq!(venues.working(), ["+50@1000", "!-5@1002"]);
}

/// ST9, O: on one book the slices never meet, and a correction waits until nothing of ours rests there.
#[test]
fn one_book_holds_no_orders_that_meet() {
    let spot = vec![pair().remove(0)];
    let params = with(&[
        ("reference.buy", "opposite"),
        ("aggressive_ticks.buy", "5"),
        ("reference.sell", "opposite"),
        ("aggressive_ticks.sell", "5"),
    ]);
    let mut venues = Venues::new(&spot, &params);
    venues.quote(0, 1_000, 1_004);
    assert_eq!(venues.working(), ["+100@1009", "-100@1010"]);
    let mut passive = Venues::new(&spot, PLAIN);
    passive.quote(0, 1_000, 1_004);
    assert_eq!(passive.working(), ["+100@1000", "-100@1004"]);
    passive.accept(0);
    passive.accept(1);
    passive.fill(1, 60);
    assert_eq!(passive.working(), ["+100@1000", "-40@1004"]);
    assert!(passive.alive.iter().all(|it| it.cancel_asked));
    passive.answer(0);
    assert_eq!(passive.working(), ["-40@1004"], "one of them still rests");
    passive.answer(0);
    assert_eq!(passive.working(), ["!+60@1005"]);
}

#[test]
fn what_does_not_go_together_is_refused_with_its_fix() {
    let says = |params: Given<'static>, words: &str| {
        let error = checked(&pair(), &with(params)).unwrap_err();
        assert!(error.contains(words), "{error}");
    };
    says(
        &[("passive_ticks.buy", "1"), ("aggressive_ticks.buy", "1")],
        "`passive_ticks.buy` and `aggressive_ticks.buy` exclude each other",
    );
    says(
        &[("aggressive_ticks.sell", "2"), ("tick_tolerance.sell", "1")],
        "set `tick_tolerance.sell` to at least 2, or `reference.sell`",
    );
    says(&[("filled.sell", "1.01")], "more than total_quantity, 1;");
    says(&[("filled.buy", "0.0001")], "with more decimals");
    let of = |total, buy, sell| {
        let params = [
            ("total_quantity", total),
            ("order_quantity.buy", buy),
            ("order_quantity.sell", sell),
        ];
        checked(&pair(), &params).unwrap_err()
    };
    assert!(
        of("1", "0.1", "0.101")
            .contains("order_quantity.sell is 0.101, not a whole number of two:BTCUSDT's lots")
    );
    assert!(
        of("1", "0.1", "0.01")
            .contains("below the smallest order of two:BTCUSDT, 0.02; raise order_quantity.sell")
    );
    assert!(of("1.001", "0.1", "0.1").contains("total_quantity is 1.001, not a whole number"));
    let mut other = pair();
    other[1].base = AssetId(2);
    assert!(
        checked(&other, PLAIN)
            .unwrap_err()
            .contains("same base asset")
    );
}

/// M: a negative number of ticks names the parameter that is meant.
#[test]
fn negative_ticks_name_the_right_parameter() {
    let card = delta_neutral::SPEC.card;
    for (name, meant) in [
        ("passive_ticks.buy", "`aggressive_ticks.buy`"),
        ("passive_ticks.sell", "`aggressive_ticks.sell`"),
        ("aggressive_ticks.sell", "`passive_ticks.sell`"),
    ] {
        let errors = card
            .read(with(&[]).into_iter().chain([(name, "-2")]))
            .unwrap_err();
        let text = errors[0].to_string();
        assert!(
            text.starts_with(&format!(
                "`{name}` is -2, out of range; give 0 to 1000000 (ticks); for a price n ticks "
            )),
            "{text}"
        );
        assert!(
            text.ends_with(&format!("set {meant} to n instead")),
            "{text}"
        );
    }
}

/// EX4: both slices of a moment leave by one decision.
#[test]
fn both_sides_leave_by_one_decision() {
    let venues = open(PLAIN);
    let places = |it: &&onetape_core::decision::Decision| {
        let is_place = |command: &&Command| matches!(command, Command::Place(_));
        it.commands.iter().filter(is_place).count() == 2
    };
    assert_eq!(venues.decisions.iter().filter(places).count(), 1);
}

/// The card says which parameter bounds the distance of the sides, so that who checks it need not know its name.
#[test]
fn the_card_tells_how_far_apart_the_sides_may_be() {
    let card = delta_neutral::SPEC.card;
    let band = |more| {
        let params = card.read(with(more)).unwrap();
        card.delta_band(&params).to_string()
    };
    assert_eq!(band(&[]), "0");
    assert_eq!(band(&[("max_imbalance", "0.02")]), "0.02");
    let other = onetape_core::strategies::spot_futures::SPEC.card;
    assert!(other.params.iter().all(|spec| !spec.is_band));
}
