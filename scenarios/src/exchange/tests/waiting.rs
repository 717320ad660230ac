//! What waits: for a price, for a time.

use onetape_adapters::server::call::Trigger;
use onetape_adapters::server::state::OrderStatus;
use onetape_core::time::Span;

use super::*;

fn stop(side: Side, trigger: &str, of: &str) -> NewOrder {
    NewOrder {
        trigger: Some(Trigger {
            price: px(trigger),
            stop: true,
        }),
        ..market(side, of)
    }
}

#[test]
fn a_stop_waits_for_its_price() {
    let mut stand = Stand::spot();
    let (state, _) = stand.place(ANN, stop(SELL, "99.50", "1")).unwrap();
    assert_eq!(state.status, OrderStatus::New);
    assert_eq!(stand.open(ANN).len(), 1);
    assert_eq!(
        stand.levels().1[0],
        level("100.10", "1"),
        "it is not in the book"
    );
    stand.print(SELL, "99.60", "1");
    assert_eq!(stand.order(ANN, state.id).status, OrderStatus::New);
    stand.print(SELL, "99.50", "1");
    let done = stand.order(ANN, state.id);
    assert_eq!((done.status, done.filled), (OrderStatus::Filled, qty("1")));
    assert_eq!(stand.trades(ANN)[0].price, px("99.90"));
}

#[test]
fn a_waiting_order_is_taken_back_or_refused_in_the_end() {
    let mut stand = Stand::spot();
    let (first, _) = stand.place(ANN, stop(SELL, "99.50", "1")).unwrap();
    stand.call(ANN, Call::Cancel(by_id(first.id))).unwrap();
    let (second, _) = stand.place(ANN, stop(SELL, "99.50", "100")).unwrap();
    stand.print(SELL, "99.00", "1");
    assert_eq!(stand.order(ANN, first.id).status, OrderStatus::Cancelled);
    // It has not so much to sell.
    assert_eq!(stand.order(ANN, second.id).status, OrderStatus::Expired);
    assert!(stand.open(ANN).is_empty());
}

#[test]
fn a_dead_man_lets_go_of_everything() {
    let mut stand = Stand::spot();
    stand.rest(ANN, BUY, "99.00", "1");
    stand.rest(BEN, BUY, "99.00", "1");
    let after = Span::from_millis(5_000);
    stand.call(ANN, Call::DeadMan(Some(ID), after)).unwrap();
    let due = stand.exchange.due().unwrap();
    assert_eq!(due, Ts::from_nanos(stand.now) + after);
    // Said again, it begins anew; zero turns it off.
    stand.now += 4 * SECOND;
    stand.call(ANN, Call::DeadMan(Some(ID), after)).unwrap();
    let before = Ts::from_nanos(due.nanos() + SECOND);
    stand.exchange.tick(before, &mut stand.told);
    stand.now = before.nanos();
    assert_eq!(stand.open(ANN).len(), 1);
    let due = stand.exchange.due().unwrap();
    stand.exchange.tick(due, &mut stand.told);
    stand.now = due.nanos();
    assert_eq!((stand.open(ANN).len(), stand.open(BEN).len()), (0, 1));
    stand.call(BEN, Call::DeadMan(None, after)).unwrap();
    stand.call(BEN, Call::DeadMan(None, Span::ZERO)).unwrap();
    stand.now += 60 * SECOND;
    assert_eq!(stand.open(BEN).len(), 1);
}

#[test]
fn an_order_ends_at_its_time() {
    let mut stand = Stand::spot();
    let until = Ts::from_nanos(10 * SECOND);
    let order = NewOrder {
        until: Some(until),
        ..limit(BUY, "99.00", "1")
    };
    let (state, _) = stand.place(ANN, order).unwrap();
    assert_eq!(stand.exchange.due(), Some(until));
    stand.exchange.tick(until, &mut stand.told);
    assert_eq!(stand.order(ANN, state.id).status, OrderStatus::Expired);
    assert_eq!(stand.levels().0[0], level("99.90", "1"));
    assert_eq!(stand.balance(ANN, USDT), (money("10000"), Money::ZERO));
}

#[test]
fn bars_and_tickers_follow_prints() {
    let mut stand = Stand::spot();
    stand.print(BUY, "100.00", "1");
    stand.print(SELL, "99.00", "2");
    stand.exchange.tell_candles(Span::from_millis(300_000));
    let minute = Ts::from_nanos(60 * SECOND);
    stand.heard();
    stand.exchange.tick(minute, &mut stand.told);
    let closed = stand.heard().into_iter().filter_map(|it| match it.news {
        News::Candle(bar) if bar.closed => Some(bar),
        _ => None,
    });
    let closed: Vec<_> = closed.collect();
    assert_eq!(closed.len(), 1);
    let bar = &closed[0];
    assert_eq!(
        (bar.open, bar.high, bar.low, bar.close),
        (px("100"), px("100"), px("99"), px("99"))
    );
    assert_eq!(
        (bar.volume, bar.count, bar.quote_volume),
        (qty("3"), 2, money("298"))
    );
    stand.now = 70 * SECOND;
    stand.print(SELL, "98.00", "1");
    let past = Past {
        instrument: Some(ID),
        ..Past::default()
    };
    let span = Span::from_millis(60_000);
    let Reply::Candles(bars) = stand.call(ANN, Call::Candles { span, past }).unwrap() else {
        panic!("no bars");
    };
    assert_eq!(
        bars.iter().map(|it| it.close).collect::<Vec<_>>(),
        [px("99"), px("98")]
    );
    assert_eq!(
        bars.iter().map(|it| it.closed).collect::<Vec<_>>(),
        [true, false]
    );
    let Reply::Tickers(days) = stand.call(ANN, Call::Tickers(vec![ID])).unwrap() else {
        panic!("no tickers");
    };
    assert_eq!(
        (days[0].open, days[0].close, days[0].volume),
        (px("100"), px("98"), qty("4"))
    );
}
