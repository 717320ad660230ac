//! Runs that end with orders at the venue, and what the next one makes of it.

use onetape_core::command::TimeInForce;
use onetape_core::num::Qty;
use onetape_core::order::OrderState;

use onetape_adapters::client_id::RunTag;

use super::bench::{Bench, Venue, everywhere};
use super::site::Wrongly;
use crate::account::{AccountOptions, Accounts, Known, KnownOrder, Notice, Reconciled};

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

/// A run's account side that begins with what is known, and says what it found.
async fn begun(venue: &Venue, options: AccountOptions, known: &Known) -> (Reconciled, Vec<Notice>) {
    let (to, _from) = crate::queue::channel(crate::queue::InboxLimits::default());
    let started = Accounts::start(
        vec![venue.setup.clone()],
        std::sync::Arc::clone(&venue.names),
        to,
        crate::control::HaltFlag::default(),
        crate::journal::Latch::default(),
        options,
        std::sync::Arc::new(|_, _| None),
    );
    let mut accounts = started.await.unwrap();
    let found = accounts.reconcile(known).await.unwrap();
    let told = accounts.notices().into_iter();
    (found, told.map(|it| it.notice).collect())
}

#[test]
fn an_order_of_another_run_on_the_account_is_told_and_left_alone() {
    everywhere(|protocol, options| async move {
        let [own, other] = [1, 2].map(|drawn| Some(RunTag::of(drawn)));
        let mut venue = Venue::new(protocol).await;
        venue.setup = venue.setup.tagged(own);
        let known = Known {
            until: crate::account::venue::now(),
            ..Known::default()
        };
        let table = onetape_core::order::OrderTable::new(1);
        let (mut bench, found) = Bench::at(venue, options.clone(), &known, table).await;
        assert!(found.is_clean(), "{protocol:?}: {found:?}");
        let rests = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(rests, OrderState::Open).await;
        // Taken back and filled by the same ids as they came back from the venue.
        let filled = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(filled, OrderState::Filled).await;
        let gone = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(gone, OrderState::Open).await;
        bench.cancel(gone);
        bench.until_state(gone, OrderState::Cancelled).await;
        let Bench {
            mut venue,
            accounts,
            ..
        } = bench;
        drop(accounts);
        let open = |venue: &Venue| venue.exchange.state().world.open().len();
        let text = |venue: &Venue| venue.exchange.state().world.open()[0].client.clone();
        let tag = own.unwrap();
        assert_eq!(
            text(&venue).trim_start_matches("t-"),
            format!("ot1-0-{tag}"),
            "{protocol:?}"
        );
        // Another run, and one from before there were tags: the same epoch, the same numbers, another tag.
        for stranger in [other, None] {
            venue.setup = venue.setup.tagged(stranger);
            let (found, notices) = begun(&venue, options.clone(), &known).await;
            assert_eq!(found.orphans, [], "{protocol:?}");
            let told = Notice::OtherRun {
                venue: venue.setup.venue,
                tag: own,
            };
            let times = notices.iter().filter(|it| **it == told).count();
            assert_eq!(times, 1, "{protocol:?}: {notices:?}");
            assert_eq!(open(&venue), 1, "{protocol:?}");
        }
        // The run itself, whose journal lost it: its own, and taken back.
        venue.setup = venue.setup.tagged(own);
        let (found, _) = begun(&venue, options, &known).await;
        let orphans = found.orphans.iter().filter(|it| it.cancelled);
        let orphans: Vec<_> = orphans.map(|it| it.order).collect();
        assert_eq!(orphans, [rests], "{protocol:?}");
        assert_eq!(open(&venue), 0, "{protocol:?}");
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
        let (found, _) = begun(&venue, options, &known).await;
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
