//! Futures: positions, margin, settings, funding, liquidation.

use onetape_adapters::ask::{MarginMode as Mode, PositionMode};
use onetape_adapters::report::Origin;
use onetape_adapters::server::state::{Happened, OrderStatus, PositionState};
use onetape_core::event::{FundingRate, Mark, OpenInterest};

use super::*;
use crate::exchange::Forced;

fn position(stand: &mut Stand, at: usize) -> PositionState {
    match stand.call(at, Call::Positions(Some(ID))).unwrap() {
        Reply::Positions(all) => all[0],
        other => panic!("{other:?}"),
    }
}

fn mark(price: &str) -> Body {
    Body::Mark(Mark {
        instrument: ID,
        mark: money(price),
        index: None,
    })
}

#[test]
fn a_position_opens_and_closes() {
    let mut stand = Stand::future();
    stand.event(mark("100"));
    stand.heard();
    stand.place(ANN, market(BUY, "1")).unwrap();
    let held = position(&mut stand, ANN);
    assert_eq!(
        (held.qty, held.entry, held.leverage),
        (qty("1"), money("100.1"), 10)
    );
    assert_eq!(
        (held.unrealised, held.initial),
        (money("-0.1"), money("10.01"))
    );
    assert_eq!(held.maintenance, money("0.4"));
    let heard = stand.heard_by(ANN);
    let told = heard.iter().find_map(|news| match news {
        News::Margin(margins, positions) => Some((margins[0], positions[0])),
        _ => None,
    });
    let (margin, told) = told.unwrap();
    assert_eq!(told, held);
    assert_eq!(
        (margin.wallet, margin.unrealised),
        (money("9999.8999"), money("-0.1"))
    );
    let reduce = |of| NewOrder {
        reduce_only: true,
        ..market(SELL, of)
    };
    assert_eq!(stand.place(ANN, reduce("2")), Err(Wrong::ReduceOnly));
    assert_eq!(stand.place(BEN, reduce("1")), Err(Wrong::ReduceOnly));
    let close = NewOrder {
        size: Size::Close,
        ..market(BUY, "1")
    };
    let (state, fills) = stand.place(ANN, close.clone()).unwrap();
    assert_eq!((state.side, state.status), (SELL, OrderStatus::Filled));
    assert_eq!(fills[0].realised, money("-0.2"));
    assert_eq!(position(&mut stand, ANN).qty, Qty::ZERO);
    assert_eq!(stand.place(ANN, close), Err(Wrong::ReduceOnly));
}

#[test]
fn settings_change_and_are_read_back() {
    let mut stand = Stand::future();
    let leverage = |leverage| Call::SetLeverage {
        instrument: ID,
        leverage,
    };
    let mode = |mode| Call::SetMarginMode {
        instrument: ID,
        mode,
    };
    let Reply::Settings(all) = stand.call(ANN, leverage(20)).unwrap() else {
        panic!("no settings");
    };
    assert_eq!(all[0].leverage, Some(20));
    assert_eq!(stand.call(ANN, leverage(126)), Err(Wrong::Leverage));
    assert_eq!(stand.call(ANN, mode(Mode::Cross)), Err(Wrong::Same));
    assert_eq!(stand.call(ANN, mode(Mode::Isolated)), Ok(Reply::Done));
    assert!(
        matches!(&stand.heard_by(ANN)[..], [.., News::Settings(it)] if it.margin_mode == Some(Mode::Isolated))
    );
    stand.place(ANN, market(BUY, "1")).unwrap();
    let held = position(&mut stand, ANN);
    assert_eq!(
        (held.mode, held.leverage, held.isolated),
        (Mode::Isolated, 20, money("5.005"))
    );
    assert_eq!(stand.call(ANN, mode(Mode::Cross)), Err(Wrong::OpenPosition));
    assert_eq!(stand.call(ANN, leverage(5)), Err(Wrong::OpenPosition));
    let order = stand.rest(BEN, BUY, "99", "1");
    assert_eq!(stand.balance(BEN, USDT).1, money("9.999"));
    stand.call(BEN, leverage(20)).unwrap();
    assert_eq!(stand.balance(BEN, USDT).1, money("5.049"));
    assert_eq!(
        stand.call(BEN, mode(Mode::Isolated)),
        Err(Wrong::OpenOrders)
    );
    stand.call(BEN, Call::Cancel(by_id(order.id))).unwrap();
    let hedge = stand.call(ANN, Call::SetPositionMode(PositionMode::Hedge));
    assert!(matches!(hedge, Err(Wrong::Unsupported(_))));
    let Reply::Settings(all) = stand.call(ANN, Call::PositionMode).unwrap() else {
        panic!("no settings");
    };
    assert_eq!(all[0].position_mode, Some(PositionMode::OneWay));
    let Reply::Tiers(tiers) = stand.call(ANN, Call::Tiers(None)).unwrap() else {
        panic!("no tiers");
    };
    assert_eq!(tiers[0].1.len(), 2);
    // Gate answers with the position.
    let mut gate = Stand::new("gate-usdt", InstrumentKind::Linear, TopFeed::Depth).with_book();
    let cross = Call::SetCrossLeverage {
        instrument: ID,
        leverage: 7,
    };
    assert!(matches!(gate.call(ANN, cross), Ok(Reply::Positions(all)) if all[0].leverage == 7));
}

#[test]
fn funding_is_paid_when_it_is_due() {
    let mut stand = Stand::future();
    stand.place(ANN, market(BUY, "1")).unwrap();
    stand.place(BEN, market(SELL, "1")).unwrap();
    stand.event(mark("100"));
    let due = Ts::from_nanos(100 * SECOND);
    stand.event(Body::Funding(FundingRate {
        instrument: ID,
        rate: money("0.001"),
        settles_at: due,
    }));
    let Reply::Marks(marks) = stand.call(ANN, Call::Marks(vec![ID])).unwrap() else {
        panic!("no marks");
    };
    assert_eq!(
        (marks[0].mark, marks[0].rate, marks[0].settles_at),
        (money("100"), money("0.001"), due)
    );
    let (ann, ben) = (stand.balance(ANN, USDT).0, stand.balance(BEN, USDT).0);
    assert_eq!(stand.exchange.due(), Some(Ts::from_nanos(1_000_000_000)));
    stand.exchange.tick(due, &mut stand.told);
    stand.now = due.nanos();
    assert_eq!(stand.balance(ANN, USDT).0, ann - money("0.1"));
    assert_eq!(stand.balance(BEN, USDT).0, ben + money("0.1"));
    let Reply::Funding(paid) = stand.call(ANN, Call::FundingPaid(Past::default())).unwrap() else {
        panic!("no funding");
    };
    assert_eq!(
        (paid.len(), paid[0].amount, paid[0].at),
        (1, money("-0.1"), due)
    );
    let past = Past {
        instrument: Some(ID),
        ..Past::default()
    };
    let Reply::Marks(rates) = stand.call(ANN, Call::FundingRates(past)).unwrap() else {
        panic!("no rates");
    };
    assert_eq!(
        (rates.len(), rates[0].rate, rates[0].at),
        (1, money("0.001"), due)
    );
    stand.event(Body::OpenInterest(OpenInterest {
        instrument: ID,
        qty: qty("7"),
    }));
    let interest = stand.call(ANN, Call::OpenInterest(ID)).unwrap();
    assert!(matches!(interest, Reply::OpenInterest(_, amount, _) if amount == money("8")));
}

#[test]
fn what_cannot_be_carried_is_closed_and_told() {
    let mut stand = Stand::future();
    stand.event(mark("100"));
    stand.book(&[("99.90", "1000")], &[("100.10", "1000")]);
    stand
        .call(
            ANN,
            Call::SetLeverage {
                instrument: ID,
                leverage: 10,
            },
        )
        .unwrap();
    for _ in 0..9 {
        stand.place(ANN, market(BUY, "100")).unwrap();
    }
    let held = position(&mut stand, ANN);
    assert_eq!(held.qty, qty("900"));
    assert!(
        held.liquidation > money("89") && held.liquidation < money("95"),
        "{held:?}"
    );
    stand.heard();
    stand.book(&[("88.90", "1000")], &[("89.10", "1000")]);
    stand.event(mark("89"));
    let heard = stand.heard_by(ANN);
    let liquidated = heard.iter().any(|news| {
        matches!(news, News::Order(it) if it.origin == Origin::Liquidation && it.order.side == SELL)
    });
    assert!(liquidated, "{heard:?}");
    assert_eq!(position(&mut stand, ANN).qty, Qty::ZERO);
    assert!(stand.balance(ANN, USDT).0 >= Money::ZERO);
}

/// What an account is told of a position that is closed by force: whose doing it was, by which mark, and how much.
fn forced(stand: &mut Stand, forced: Forced) -> (Origin, String, Qty) {
    stand.heard();
    let now = Ts::from_nanos(stand.now);
    assert!(stand.exchange.force(forced, now, &mut stand.told));
    let heard = stand.heard_by(ANN);
    let told = heard.iter().find_map(|news| match news {
        News::Order(it) => Some(it.clone()),
        _ => None,
    });
    let told = told.unwrap();
    let Happened::Traded(fill) = &told.what else {
        panic!("{told:?}");
    };
    assert_eq!((fill.side, fill.price), (SELL, px("99.90")));
    let margin = heard.iter().any(|it| matches!(it, News::Margin(..)));
    assert!(margin, "the position is told too: {heard:?}");
    (told.origin, fill.client.clone(), fill.qty)
}

#[test]
fn a_position_is_closed_by_force_with_the_venues_own_mark() {
    for (venue, deleverages, liquidates) in [
        ("binance-usdm", "adl_autoclose", "autoclose-"),
        ("gate-usdt", "auto_deleveraging", "liq-"),
    ] {
        let mut stand = Stand::new(venue, InstrumentKind::Linear, TopFeed::Depth).with_book();
        stand.event(mark("100"));
        stand.book(&[("99.90", "1000")], &[("100.10", "1000")]);
        let now = Ts::from_nanos(stand.now);
        let mut force = |forced| stand.exchange.force(forced, now, &mut stand.told);
        assert!(!force(Forced::Liquidation), "there is nothing to close");
        stand.place(ANN, market(BUY, "7")).unwrap();
        let (origin, client, closed) = forced(&mut stand, Forced::Deleveraging);
        assert_eq!((origin, &*client), (Origin::Deleveraging, deleverages));
        assert_eq!(closed, qty("3.5"));
        assert_eq!(position(&mut stand, ANN).qty, qty("3.5"));
        let (origin, client, closed) = forced(&mut stand, Forced::Liquidation);
        assert_eq!(origin, Origin::Liquidation);
        assert!(client.starts_with(liquidates), "{client}");
        assert_eq!(closed, qty("3.5"));
        assert_eq!(position(&mut stand, ANN).qty, Qty::ZERO);
    }
}
