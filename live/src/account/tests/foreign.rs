//! Somebody else trades on the account.

use onetape_adapters::report::PositionSide;
use onetape_adapters::server::call::{NewOrder, SelfTrade, Size};
use onetape_core::command::TimeInForce;
use onetape_core::event::{AccountEvent, OrderEventKind};
use onetape_core::instrument::Side;
use onetape_core::ledger::Ledger;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderState;

use super::bench::{Bench, everywhere};
use super::world::{BTC, ONLY, USDT};
use crate::account::{Known, Notice};

/// Another client of the same account takes so many lots.
fn another(bench: &Bench, side: Side, lots: i64) {
    let exchange = &bench.venue.exchange;
    let news = {
        let mut state = exchange.state();
        state.world.now = crate::account::venue::now();
        let number = state.world.orders.len();
        state.world.place(&NewOrder {
            instrument: ONLY,
            side,
            size: Size::Base(Qty::new(lots)),
            limit: Some(Price::new(500_000)),
            time_in_force: TimeInForce::ImmediateOrCancel,
            until: None,
            reduce_only: false,
            position: PositionSide::Net,
            client: format!("t-a-person-{number}"),
            shown: None,
            trigger: None,
            self_trade: SelfTrade::Allow,
        })
    };
    exchange.tell(news);
}

/// What was told of others' trades, signed.
fn foreign(bench: &Bench) -> Qty {
    let told = bench.account.iter().map(|event| match event {
        AccountEvent::Foreign { qty, price, .. } => {
            assert_eq!(*price, Price::new(500_000));
            *qty
        }
        _ => Qty::ZERO,
    });
    told.fold(Qty::ZERO, |sum, qty| sum + qty)
}

fn closed(bench: &Bench) -> Qty {
    let told = bench.account.iter().map(|event| match event {
        AccountEvent::Deleveraged { qty, .. } => *qty,
        _ => Qty::ZERO,
    });
    told.fold(Qty::ZERO, |sum, qty| sum + qty)
}

/// The books of everything that was told: the venue's word on a balance must be what they make it.
fn ledger(bench: &Bench) -> Ledger {
    let mut ledger = Ledger::default();
    let of = bench.venue.names.instrument(ONLY);
    for event in &bench.account {
        match *event {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => ledger.balance(venue, asset, total),
            AccountEvent::Foreign {
                qty,
                price,
                fee_asset,
                fee,
                ..
            } => ledger.foreign(of, qty, price, Money::ZERO, (fee_asset, fee)),
            _ => {}
        }
    }
    for (order, kind) in &bench.heard {
        if let OrderEventKind::Filled(fill) = kind {
            let side = bench.table.get(*order).unwrap().place.side;
            ledger.fill(of, side, fill, Money::ZERO);
        }
    }
    ledger
}

#[test]
fn what_another_client_trades_is_told_and_the_books_are_the_venues() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options.clone()).await;
        let own = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(own, OrderState::Filled).await;
        another(&bench, Side::Buy, 10);
        let told = |bench: &Bench| foreign(bench) == Qty::new(10);
        bench.until("another's trade", told).await;
        let notices = bench.notices();
        let is_it = |it: &&Notice| matches!(it, Notice::Foreign { qty, .. } if qty.mantissa() > 0);
        assert!(
            notices.iter().any(|it| is_it(&it)),
            "{protocol:?}: {notices:?}"
        );
        another(&bench, Side::Sell, 4);
        if protocol.is_futures() {
            // What makes the position smaller closes a part of it, whoever did it.
            let told = |bench: &Bench| closed(bench) == Qty::new(4);
            bench.until("a closed part", told).await;
            assert_eq!(foreign(&bench), Qty::new(10), "{protocol:?}");
        } else {
            let told = |bench: &Bench| foreign(bench) == Qty::new(6);
            bench.until("another's sale", told).await;
            let [base, quote] = {
                let world = &bench.venue.exchange.state().world;
                [(BTC, world.base), (USDT, world.quote)]
            };
            for (asset, held) in [base, quote] {
                let told = move |bench: &Bench| bench.balance(asset) == Some(held);
                bench.until("the balance", told).await;
                let ledger = ledger(&bench);
                let row = ledger.row(bench.venue.setup.venue, asset).unwrap();
                assert_eq!(row.residual(), Money::ZERO, "{protocol:?}: {row:?}");
            }
        }
        // Asked for again, or told again after a gap: it is booked once.
        let before = (foreign(&bench), closed(&bench));
        bench.venue.exchange.cut();
        bench.pass(600).await;
        assert_eq!((foreign(&bench), closed(&bench)), before, "{protocol:?}");
        bench.sound();
    });
}

#[test]
fn what_another_client_traded_while_the_run_was_away_is_told_when_it_goes_on() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options.clone()).await;
        let own = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(own, OrderState::Filled).await;
        let known: Known = bench.known();
        bench.venue.exchange.state().mute = true;
        // Venues cut their stamps to milliseconds.
        bench.pass(10).await;
        another(&bench, Side::Buy, 10);
        bench.venue.exchange.state().mute = false;
        let Bench {
            venue,
            accounts,
            table,
            ..
        } = bench;
        drop(accounts);
        let (bench, found) = Bench::at(venue, options, &known, table).await;
        assert_eq!(foreign(&bench), Qty::new(10), "{protocol:?}");
        assert_eq!(found.positions, [], "{protocol:?}: the trade explains it");
    });
}
