//! Orders of which nobody knows: each comes to the venue's own truth, and none is submitted twice.

use onetape_core::command::TimeInForce;
use onetape_core::num::Qty;
use onetape_core::order::OrderState;

use super::bench::{Bench, everywhere};
use super::site::Wrongly;

/// The venue takes it, says nothing that helps, and its stream is silent.
const TAKEN: [Wrongly; 4] = [
    Wrongly::Drop { taken: true },
    Wrongly::Timeout { taken: true },
    Wrongly::Unknown { taken: true },
    Wrongly::NoResult,
];

#[test]
fn what_was_taken_without_a_word_is_found() {
    for wrongly in TAKEN {
        everywhere(|protocol, options| async move {
            let mut bench = Bench::with(protocol, options).await;
            {
                let mut state = bench.venue.exchange.state();
                state.mute = true;
                state.wrongly.push(wrongly);
                state.world.part = Some(7);
            }
            let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
            bench.until_told(order, "unknown").await;
            bench.until_state(order, OrderState::Expired).await;
            let kinds = bench.kinds(order);
            let wanted = ["unknown", "filled", "filled", "expired"];
            // A first answer that it came is a word too.
            let also = ["accepted", "unknown", "filled", "filled", "expired"];
            assert!(
                kinds == wanted || kinds == also,
                "{protocol:?} {wrongly:?}: {kinds:?}"
            );
            assert_eq!(bench.filled(order), 7, "{protocol:?} {wrongly:?}");
            bench.sound();
        });
    }
}

#[test]
fn what_rests_without_a_word_is_found_and_can_be_taken_back() {
    for wrongly in TAKEN {
        everywhere(|protocol, options| async move {
            let mut bench = Bench::with(protocol, options).await;
            {
                let mut state = bench.venue.exchange.state();
                state.mute = true;
                state.wrongly.push(wrongly);
            }
            let order = bench.buy(20, TimeInForce::GoodTillCancelled);
            bench.until_told(order, "unknown").await;
            bench.until_state(order, OrderState::Open).await;
            bench.cancel(order);
            bench.until_state(order, OrderState::Cancelled).await;
            bench.sound();
        });
    }
}

#[test]
fn what_never_was_is_proven_after_the_fence_and_not_before() {
    let lost = [
        Wrongly::Drop { taken: false },
        Wrongly::Timeout { taken: false },
        Wrongly::Unknown { taken: false },
    ];
    for wrongly in lost {
        everywhere(|protocol, options| async move {
            let mut bench = Bench::with(protocol, options).await;
            bench.venue.exchange.state().wrongly.push(wrongly);
            let sent = std::time::Instant::now();
            let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
            bench.until_told(order, "unknown").await;
            bench.until_state(order, OrderState::NotSent).await;
            let took = sent.elapsed().as_millis();
            assert!(took >= 500, "{protocol:?} {wrongly:?}: after {took} ms");
            assert_eq!(bench.kinds(order), ["unknown", "not_sent"], "{protocol:?}");
            bench.sound();
        });
    }
}

#[test]
fn an_order_stays_unknown_while_balance_or_position_disagree() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        {
            let mut state = bench.venue.exchange.state();
            state.wrongly.push(Wrongly::Drop { taken: false });
            // Something that no list shows moved the account.
            state.world.position += Qty::new(20);
            state.world.base += super::world::money("0.02");
            state.mute = true;
        }
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_told(order, "unknown").await;
        bench.pass(1_200).await;
        assert_eq!(
            bench.state(order),
            Some(OrderState::Unknown),
            "{protocol:?}"
        );
        let told = bench.notices();
        let disagrees =
            |it: &crate::account::Notice| matches!(it, crate::account::Notice::Disagrees { .. });
        assert!(told.iter().any(disagrees), "{protocol:?} {told:?}");
        {
            let mut state = bench.venue.exchange.state();
            state.world.position -= Qty::new(20);
            state.world.base -= super::world::money("0.02");
        }
        bench.until_state(order, OrderState::NotSent).await;
        bench.sound();
    });
}

#[test]
fn a_cancel_without_an_answer_comes_to_what_became_of_the_order() {
    for (wrongly, ends) in [
        (Wrongly::Drop { taken: true }, true),
        (Wrongly::Timeout { taken: true }, true),
        (Wrongly::NoResult, true),
        (Wrongly::Drop { taken: false }, false),
        (Wrongly::Unknown { taken: false }, false),
    ] {
        everywhere(|protocol, options| async move {
            let mut bench = Bench::with(protocol, options).await;
            let order = bench.buy(20, TimeInForce::GoodTillCancelled);
            bench.until_state(order, OrderState::Open).await;
            {
                let mut state = bench.venue.exchange.state();
                state.mute = true;
                state.wrongly.push(wrongly);
            }
            bench.cancel(order);
            bench.until_told(order, "unknown").await;
            let kinds = |bench: &Bench| bench.kinds(order);
            if ends {
                bench.until_state(order, OrderState::Cancelled).await;
                assert_eq!(
                    kinds(&bench),
                    ["accepted", "unknown", "cancelled"],
                    "{protocol:?}"
                );
            } else {
                bench.until_state(order, OrderState::Open).await;
                bench.pass(1_200).await;
                let wanted = ["accepted", "unknown", "accepted", "cancel_rejected"];
                assert_eq!(kinds(&bench), wanted, "{protocol:?} {wrongly:?}");
            }
            bench.sound();
        });
    }
}
