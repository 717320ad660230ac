//! Orders with which nothing goes wrong but the order of words.

use onetape_core::command::TimeInForce;
use onetape_core::num::Qty;
use onetape_core::order::OrderState;

use super::bench::{Bench, everywhere};
use super::site::Wrongly;
use super::world::BTC;

#[test]
fn an_order_that_takes_is_accepted_and_filled_once() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(order, OrderState::Filled).await;
        bench.pass(60).await;
        assert_eq!(
            bench.kinds(order),
            ["accepted", "filled", "filled"],
            "{protocol:?}"
        );
        assert_eq!(bench.filled(order), 20);
        if !protocol.is_futures() {
            let total = super::world::money("10.02");
            bench
                .until("the new balance", |bench| bench.balance(BTC) == Some(total))
                .await;
        }
        bench.sound();
    });
}

#[test]
fn what_does_not_trade_of_an_order_that_takes_expires_after_its_fills() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        bench.venue.exchange.state().world.part = Some(7);
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(order, OrderState::Expired).await;
        bench.pass(60).await;
        let kinds = bench.kinds(order);
        assert_eq!(
            kinds,
            ["accepted", "filled", "filled", "expired"],
            "{protocol:?}"
        );
        bench.sound();
    });
}

#[test]
fn an_order_rests_trades_and_is_taken_back() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        let order = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(order, OrderState::Open).await;
        let news = {
            let mut state = bench.venue.exchange.state();
            state.world.now = crate::account::venue::now();
            let id = *state.world.orders.keys().next().unwrap();
            state.world.trade(id, Qty::new(5))
        };
        bench.venue.exchange.tell(news);
        bench.until_state(order, OrderState::PartiallyFilled).await;
        bench.cancel(order);
        bench.until_state(order, OrderState::Cancelled).await;
        bench.pass(60).await;
        assert_eq!(
            bench.kinds(order),
            ["accepted", "filled", "cancelled"],
            "{protocol:?}"
        );
        bench.sound();
    });
}

#[test]
fn words_that_come_twice_and_backwards_are_told_once_and_in_order() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        {
            let mut state = bench.venue.exchange.state();
            (state.twice, state.backwards) = (true, true);
            state.world.part = Some(9);
        }
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(order, OrderState::Expired).await;
        let kinds = bench.kinds(order);
        assert_eq!(
            kinds,
            ["accepted", "filled", "filled", "expired"],
            "{protocol:?}"
        );
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(order, OrderState::Filled).await;
        bench.pass(60).await;
        assert_eq!(
            bench.kinds(order),
            ["accepted", "filled", "filled"],
            "{protocol:?}"
        );
        bench.sound();
    });
}

#[test]
fn a_cancel_that_finds_nothing_is_told_and_ends_nothing() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        let order = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(order, OrderState::Open).await;
        // It trades before the cancel comes, and word of that is still on its way.
        let news = {
            let mut state = bench.venue.exchange.state();
            state.world.now = crate::account::venue::now();
            let id = *state.world.orders.keys().next().unwrap();
            state.world.trade(id, Qty::new(20))
        };
        bench.cancel(order);
        bench
            .until("a refused cancel", |it| {
                it.kinds(order).contains(&"cancel_rejected")
            })
            .await;
        bench.venue.exchange.tell(news);
        bench.until_state(order, OrderState::Filled).await;
        bench.pass(150).await;
        let kinds = bench.kinds(order);
        assert_eq!(
            kinds,
            ["accepted", "cancel_rejected", "filled"],
            "{protocol:?}"
        );
        bench.sound();
    });
}

#[test]
fn too_much_asked_is_refused_and_then_held_here() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        bench.venue.exchange.state().wrongly.push(Wrongly::Limited);
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(order, OrderState::Rejected).await;
        let account = &bench.accounts.accounts[0];
        assert!(
            account
                .setup
                .budgets
                .hold(crate::account::venue::now())
                .is_some(),
            "{protocol:?}"
        );
        // While the venue wants nothing asked nothing leaves.
        let next = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(next, OrderState::Rejected).await;
        assert_eq!(
            bench.venue.exchange.state().world.submitted.len(),
            0,
            "{protocol:?}"
        );
        let told = bench.notices();
        let limited =
            |it: &crate::account::Notice| matches!(it, crate::account::Notice::RateLimited { .. });
        assert_eq!(
            told.iter().filter(|it| limited(it)).count(),
            1,
            "{protocol:?} {told:?}"
        );
    });
}
