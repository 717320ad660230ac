//! Runs that end with orders at the venue, and what the next one makes of it.

use onetape_core::command::TimeInForce;
use onetape_core::num::Qty;
use onetape_core::order::OrderState;

use super::bench::{Bench, everywhere};
use super::site::Wrongly;
use crate::account::{Known, KnownOrder};

#[test]
fn a_run_that_goes_on_finds_what_became_of_its_orders() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options.clone()).await;
        let rests = bench.buy(20, TimeInForce::GoodTillCancelled);
        let filled = bench.buy(20, TimeInForce::GoodTillCancelled);
        let gone = bench.buy(20, TimeInForce::GoodTillCancelled);
        for order in [rests, filled, gone] {
            bench.until_state(order, OrderState::Open).await;
        }
        // Sent, and the process ends before any answer: one that arrived, and one that never did.
        {
            let mut state = bench.venue.exchange.state();
            state.mute = true;
            state
                .wrongly
                .extend([Wrongly::NoResult, Wrongly::Drop { taken: false }]);
        }
        let unheard = bench.buy(20, TimeInForce::ImmediateOrCancel);
        let lost = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.pass(60).await;
        let known = bench.known();
        let next = lost.n + 1;
        let Bench {
            venue,
            accounts,
            table,
            ..
        } = bench;
        drop(accounts);
        {
            let mut state = venue.exchange.state();
            state.world.now = crate::account::venue::now();
            let ids: Vec<u64> = state.world.orders.keys().copied().collect();
            state.world.trade(ids[1], Qty::new(20));
            state.world.cancel(ids[2]);
            state.mute = false;
        }
        let (mut bench, found) = Bench::at(venue, options, &known, table).await;
        assert!(found.orphans.is_empty(), "{protocol:?}: {found:?}");
        bench.until_state(filled, OrderState::Filled).await;
        bench.until_state(gone, OrderState::Cancelled).await;
        bench.until_state(unheard, OrderState::Filled).await;
        bench.until_state(lost, OrderState::NotSent).await;
        bench.until_state(rests, OrderState::Open).await;
        let more = bench.buy(20, TimeInForce::ImmediateOrCancel);
        assert_eq!(more.n, next);
        bench.until_state(more, OrderState::Filled).await;
        bench.sound();
        // Once more, with nothing missed: nothing is told again.
        let known = bench.known();
        let Bench {
            venue,
            accounts,
            table,
            ..
        } = bench;
        drop(accounts);
        let options = super::bench::options();
        let (mut bench, found) = Bench::at(venue, options, &known, table).await;
        assert!(
            found.is_clean() && found.unknown.is_empty(),
            "{protocol:?}: {found:?}"
        );
        bench.pass(100).await;
        let fills = bench
            .heard
            .iter()
            .filter(|(_, kind)| super::bench::word(kind) == "filled");
        assert_eq!(fills.count(), 0, "{protocol:?}: {:?}", bench.heard);
    });
}

#[test]
fn an_order_of_ours_that_the_journal_lost_is_cancelled_and_told() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options.clone()).await;
        let lost = bench.buy(20, TimeInForce::GoodTillCancelled);
        let kept = bench.buy(20, TimeInForce::GoodTillCancelled);
        for order in [lost, kept] {
            bench.until_state(order, OrderState::Open).await;
        }
        // The journal's tail is lost, and with it the word of one of them.
        let order = bench.table.get(kept).map(KnownOrder::of);
        let known = Known {
            orders: order.into_iter().collect(),
            until: crate::account::venue::now(),
            ..Known::default()
        };
        let Bench {
            venue, accounts, ..
        } = bench;
        drop(accounts);
        let found = {
            let (to, _from) = crate::queue::channel(crate::queue::InboxLimits::default());
            let started = crate::account::Accounts::start(
                vec![venue.setup.clone()],
                std::sync::Arc::clone(&venue.names),
                to,
                crate::control::HaltFlag::default(),
                crate::journal::Latch::default(),
                options,
                std::sync::Arc::new(|_, _| None),
            );
            let mut accounts = started.await.unwrap();
            accounts.reconcile(&known).await.unwrap()
        };
        let orphans: Vec<_> = found
            .orphans
            .iter()
            .map(|it| (it.order, it.cancelled))
            .collect();
        assert_eq!(orphans, [(lost, true)], "{protocol:?}");
        let state = venue.exchange.state();
        let open: Vec<_> = state
            .world
            .open()
            .iter()
            .map(|it| it.client.clone())
            .collect();
        assert_eq!(open.len(), 1, "{protocol:?} {open:?}");
        assert!(
            open[0].ends_with(&kept.client_text()),
            "{protocol:?} {open:?}"
        );
    });
}
