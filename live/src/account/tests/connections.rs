//! Connections that break, streams that end, and what holds while they are gone.

use onetape_adapters::ask::{MarginMode, PositionMode};
use onetape_adapters::protocol::Protocol;
use onetape_core::command::TimeInForce;
use onetape_core::event::AccountEvent;
use onetape_core::fault::{FaultKind, FaultPhase};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderState;
use onetape_core::time::Span;

use super::bench::{Bench, Venue, everywhere, on_one_thread, options};
use super::site::Wrongly;
use super::world::ONLY;
use crate::account::{AccountOptions, Notice, WantedSettings};
use crate::control::HaltFlag;
use crate::queue::{InboxLimits, channel};
use crate::venue::Measured;

/// An order that rests trades and ends while nothing is told.
fn trades_unheard(bench: &Bench, lots: i64) {
    let mut state = bench.venue.exchange.state();
    state.world.now = crate::account::venue::now();
    let id = *state.world.orders.keys().next_back().unwrap();
    state.world.trade(id, Qty::new(lots));
}

#[test]
fn what_a_stream_that_broke_did_not_tell_is_asked_for() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        let order = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(order, OrderState::Open).await;
        trades_unheard(&bench, 6);
        bench.venue.exchange.cut();
        bench.until_state(order, OrderState::PartiallyFilled).await;
        bench
            .until("a stream", |bench| bench.accounts.is_up())
            .await;
        trades_unheard(&bench, 14);
        bench.venue.exchange.cut();
        bench.until_state(order, OrderState::Filled).await;
        let kinds = bench.kinds(order);
        assert_eq!(kinds, ["accepted", "filled", "filled"], "{protocol:?}");
        let phases: Vec<_> = bench.faults.iter().map(|it| (it.kind, it.phase)).collect();
        let down = (FaultKind::AccountDown, FaultPhase::Begins);
        let up = (FaultKind::AccountDown, FaultPhase::Ends);
        assert!(phases.starts_with(&[down, up]), "{protocol:?}: {phases:?}");
        bench.sound();
    });
}

#[test]
fn a_private_stream_that_ends_is_opened_anew_and_what_it_missed_is_told() {
    everywhere(|protocol, options| async move {
        if !protocol.has_stream_key() && protocol != Protocol::BinanceSpot {
            return;
        }
        // MEXC says nothing of it: the connection ends.
        let mut bench = Bench::with(protocol, options).await;
        let order = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(order, OrderState::Open).await;
        bench.venue.exchange.state().mute = true;
        trades_unheard(&bench, 6);
        bench.venue.exchange.expire();
        if protocol == Protocol::MexcSpot {
            bench.venue.exchange.cut();
        }
        bench.until_state(order, OrderState::PartiallyFilled).await;
        bench.venue.exchange.state().mute = false;
        bench.pass(400).await;
        bench
            .until("a stream", |bench| bench.accounts.is_up())
            .await;
        // The new one tells.
        let news = {
            let mut state = bench.venue.exchange.state();
            state.world.now = crate::account::venue::now();
            let id = *state.world.orders.keys().next_back().unwrap();
            state.world.trade(id, Qty::new(14))
        };
        bench.venue.exchange.tell(news);
        bench.until_state(order, OrderState::Filled).await;
        bench.sound();
    });
}

#[test]
fn orders_in_flight_on_a_connection_that_breaks_are_unknown_until_they_are_found() {
    everywhere(|protocol, options| async move {
        let frames = options.frames;
        let mut bench = Bench::with(protocol, options).await;
        {
            let mut state = bench.venue.exchange.state();
            state.mute = true;
            state.wrongly.extend([Wrongly::NoResult, Wrongly::NoResult]);
        }
        let first = bench.buy(20, TimeInForce::ImmediateOrCancel);
        let second = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.pass(50).await;
        bench.venue.exchange.cut();
        bench.until_state(first, OrderState::Filled).await;
        bench.until_state(second, OrderState::Open).await;
        // By REST the answers may come yet, and the stream's gap has them found before they are missed.
        assert!(
            !frames || bench.kinds(first).contains(&"unknown"),
            "{protocol:?}"
        );
        // Meanwhile orders go by REST, and by frame again later.
        bench.venue.exchange.state().mute = false;
        let third = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(third, OrderState::Filled).await;
        bench.sound();
    });
}

#[test]
fn a_ban_is_told_and_nothing_is_sent_until_it_is_over() {
    everywhere(|protocol, options| async move {
        if matches!(protocol, Protocol::GateSpot | Protocol::GateUsdt) {
            // Gate has no bans of a request; its limits are the other test's.
            return;
        }
        let mut bench = Bench::with(protocol, options).await;
        bench.venue.exchange.state().wrongly.push(Wrongly::Banned);
        let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(order, OrderState::Rejected).await;
        let told = bench.notices();
        let banned = |it: &Notice| matches!(it, Notice::Banned { .. });
        assert!(told.iter().any(banned), "{protocol:?} {told:?}");
        let faults: Vec<_> = bench.faults.iter().map(|it| (it.kind, it.phase)).collect();
        assert_eq!(
            faults,
            [(FaultKind::Ban, FaultPhase::Begins)],
            "{protocol:?}"
        );
        let held = bench.buy(20, TimeInForce::ImmediateOrCancel);
        bench.until_state(held, OrderState::Rejected).await;
        assert!(
            bench.venue.exchange.state().world.submitted.is_empty(),
            "{protocol:?}"
        );
        if protocol != Protocol::MexcSpot {
            // MEXC does not say until when.
            bench
                .until("the end of the ban", |it| it.faults.len() == 2)
                .await;
            let after = bench.buy(20, TimeInForce::ImmediateOrCancel);
            bench.until_state(after, OrderState::Filled).await;
        }
    });
}

#[test]
fn settings_are_set_and_read_back_before_a_run_begins() {
    for protocol in [Protocol::BinanceUsdm, Protocol::GateUsdt] {
        let wanted = WantedSettings {
            instrument: ONLY,
            leverage: Some(3),
            margin_mode: Some(MarginMode::Isolated),
        };
        let options = AccountOptions {
            settings: vec![wanted],
            ..options()
        };
        on_one_thread(async move {
            let bench = Bench::with(protocol, options).await;
            let state = bench.venue.exchange.state();
            let settings = (state.world.leverage, state.world.mode);
            assert_eq!(settings, (3, MarginMode::Isolated), "{protocol:?}");
        });
    }
}

/// A venue whose settings stay as they are whatever it answers: nothing of a run begins there. Why it does not.
fn refused_by_a_deaf_venue(
    protocol: Protocol,
    wanted: WantedSettings,
    position_mode: PositionMode,
) -> String {
    let options = AccountOptions {
        settings: vec![wanted],
        dead_man: Some(Span::from_millis(6_000)),
        ..options()
    };
    on_one_thread(async move {
        let venue = Venue::new(protocol).await;
        venue.exchange.state().deaf = true;
        venue.exchange.state().world.position_mode = position_mode;
        let (to, _from) = channel(InboxLimits::default());
        let started = venue.start(to, &HaltFlag::default(), &options).await;
        let state = venue.exchange.state();
        let settings = (state.world.leverage, state.world.mode);
        assert_eq!(settings, (20, MarginMode::Cross), "{protocol:?}");
        assert_eq!(state.refused, Vec::new(), "{protocol:?}");
        assert!(state.dead_man.is_empty() && !state.has_listeners());
        started.err().expect("a run began").to_string()
    })
}

#[test]
fn a_setting_that_is_not_what_was_set_stops_the_start() {
    let futures = [
        (Protocol::BinanceUsdm, "binance-usdm", "BTCUSDT"),
        (Protocol::GateUsdt, "gate-usdt", "BTC_USDT"),
    ];
    for (protocol, venue, symbol) in futures {
        let refused = |leverage, margin_mode, position_mode| {
            let wanted = WantedSettings {
                instrument: ONLY,
                leverage,
                margin_mode,
            };
            refused_by_a_deaf_venue(protocol, wanted, position_mode)
        };
        let words = |what: &str, is: &str, wanted: &str| {
            format!(
                "{venue} has {what} of {symbol} at {is} after it was set to {wanted}; set it there by hand, or change the \
                 scenario"
            )
        };
        let (isolated, one_way) = (Some(MarginMode::Isolated), PositionMode::OneWay);
        let found = refused(Some(3), None, one_way);
        assert_eq!(found, words("the leverage", "20", "3"));
        let found = refused(None, isolated, one_way);
        assert_eq!(found, words("the margin mode", "Cross", "Isolated"));
        // What is there already is not set, and what is not stops it all the same.
        let found = refused(Some(20), isolated, one_way);
        assert_eq!(found, words("the margin mode", "Cross", "Isolated"));
        let found = refused(Some(20), None, PositionMode::Hedge);
        let one = "one position an instrument";
        assert_eq!(
            found,
            words("the position mode", "one position each way", one)
        );
    }
}

#[test]
fn dead_man_timers_are_renewed_where_there_are_any_and_end_with_the_run() {
    for protocol in Protocol::ALL {
        let after = Span::from_millis(6_000);
        let options = AccountOptions {
            dead_man: Some(after),
            ..options()
        };
        on_one_thread(async move {
            let mut bench = Bench::with(protocol, options).await;
            bench.pass(2_200).await;
            let told = bench.venue.exchange.state().dead_man.clone();
            let has = matches!(
                protocol,
                Protocol::BinanceUsdm | Protocol::GateSpot | Protocol::GateUsdt
            );
            assert_eq!(told.len(), if has { 2 } else { 0 }, "{protocol:?}");
            assert!(told.iter().all(|it| *it == after), "{protocol:?} {told:?}");
            // The run is over: its last word turns the timer off, and none comes after it.
            assert_eq!(bench.accounts.end_dead_man().await, [], "{protocol:?}");
            bench.pass(2_200).await;
            let told = bench.venue.exchange.state().dead_man.clone();
            let off = [after, after, Span::ZERO];
            assert_eq!(told, if has { &off[..] } else { &[] }, "{protocol:?}");
        });
    }
}

#[test]
fn the_venues_clock_is_followed() {
    let options = AccountOptions {
        clock_every: Span::from_millis(100),
        ..options()
    };
    on_one_thread(async move {
        let mut bench = Bench::with(Protocol::BinanceUsdm, options).await;
        let offset = bench.venue.setup.offset.clone();
        // As if our clock had been set back by an hour since it was measured.
        let hour = 3_600_000_000_000;
        offset.set(Measured {
            offset_ns: hour,
            within: Span::ZERO,
        });
        bench
            .until("the offset is measured again", |_| {
                offset.nanos() < hour / 2
            })
            .await;
    });
}

#[test]
fn nothing_new_leaves_once_halted_and_cancels_do() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        let rests = bench.buy(20, TimeInForce::GoodTillCancelled);
        bench.until_state(rests, OrderState::Open).await;
        bench.halt.set();
        let place = bench.order(20, TimeInForce::ImmediateOrCancel);
        bench.table.enter(place);
        bench.accounts.place(place, true);
        bench.until_state(place.order, OrderState::NotSent).await;
        bench.cancel(rests);
        bench.until_state(rests, OrderState::Cancelled).await;
        assert_eq!(
            bench.venue.exchange.state().world.submitted.len(),
            1,
            "{protocol:?}"
        );
        bench.sound();
    });
}

#[test]
fn what_the_venue_closed_of_a_position_is_told() {
    for protocol in [Protocol::BinanceUsdm, Protocol::GateUsdt] {
        on_one_thread(async move {
            let mut bench = Bench::with(protocol, options()).await;
            let order = bench.buy(20, TimeInForce::ImmediateOrCancel);
            bench.until_state(order, OrderState::Filled).await;
            // A part is gone, and no list says so.
            bench.venue.exchange.state().world.position = Qty::new(15);
            bench.venue.exchange.cut();
            let closed = |bench: &Bench| {
                bench.account.iter().find_map(|event| match event {
                    AccountEvent::Deleveraged { qty, price, .. } => Some((*qty, *price)),
                    _ => None,
                })
            };
            bench
                .until("a closed part", |bench| closed(bench).is_some())
                .await;
            assert_eq!(
                closed(&bench),
                Some((Qty::new(5), Price::new(500_000))),
                "{protocol:?}"
            );
        });
    }
}
