//! What streams tell, the client's side hears as the same numbers.

use onetape_core::event::{Body, DepthUpdate, Trade};
use onetape_core::instrument::Side;
use onetape_core::names::AssetId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Span;

use super::super::encode_tests::directory;
use super::reply_tests::{book, fill, margin, mark, marked, money, order, position, top};
use super::tests::{BOTH, BTC, NOW, accounts, server};
use super::*;
use crate::binance::{spot, usdm};
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::news::{MarketNews, News as Heard};
use crate::report::{Origin, ReportState, Settings};
use crate::server::call::{Channel, Stream};
use crate::server::news::News;
use crate::server::state::*;

/// What the client hears of a piece of news, with each of what may stand around it.
fn heard(market: Market, channel: Channel, news: &News) -> Vec<Heard> {
    let (directory, accounts) = (directory(market), accounts());
    let cx = server(&directory, &accounts);
    let instrument = (channel != Channel::Account).then_some(BTC);
    let stream = Stream {
        channel,
        instrument,
        name: "btcusdt@x".to_string(),
    };
    let mut all = Vec::new();
    for seat in [
        Seat::default(),
        Seat {
            wrapped: true,
            key: "abc",
            ..Seat::default()
        },
        Seat {
            subscription: (market == Market::Spot).then_some(3),
            ..Seat::default()
        },
    ] {
        let text = tell(market, &stream, news, seat, &cx).unwrap();
        let mut out = Vec::new();
        let done = match market {
            Market::Spot => spot::hear(&text, &directory, &mut Counts::default(), &mut out),
            _ => usdm::hear(&text, &directory, &mut Counts::default(), &mut out),
        };
        done.unwrap_or_else(|why| panic!("{text}: {why}"));
        all.push(out);
    }
    assert!(all.iter().all(|it| *it == all[0]), "{all:?}");
    all.remove(0)
}

fn bodies(all: Vec<Heard>) -> Vec<Body> {
    let body = |it| match it {
        Heard::Market(MarketNews { body, .. }) => body,
        other => panic!("{other:?} is not of the market"),
    };
    all.into_iter().map(body).collect()
}

#[test]
fn streams_of_the_market_are_heard() {
    for market in BOTH {
        assert_eq!(
            bodies(heard(market, Channel::Quote, &News::Top(top()))),
            [Body::Quote(top().quote)]
        );
        // Futures tell the number before, spot does not.
        let prev = (market == Market::Usdm).then_some(4);
        let it = book(false, Some(4));
        let expected = DepthUpdate {
            prev,
            ..it.update.clone()
        };
        let found = bodies(heard(
            market,
            Channel::Depth(Span::from_millis(100)),
            &News::Depth(it),
        ));
        assert_eq!(found, [Body::Depth(Box::new(expected))]);
        for aggressor in [Side::Buy, Side::Sell] {
            let (price, qty) = (Price::new(6_000_001), Qty::new(12));
            let it = Print {
                id: 9,
                first: 8,
                last: 9,
                instrument: BTC,
                price,
                qty,
                aggressor,
                at: NOW,
            };
            let (channel, news) = match market {
                Market::Spot => (Channel::Prints, News::Print(it)),
                _ => (Channel::Aggregates, News::Aggregate(it)),
            };
            let expected = Body::Trade(Trade {
                instrument: BTC,
                price,
                qty,
                aggressor,
            });
            assert_eq!(bodies(heard(market, channel, &news)), [expected]);
        }
        assert_eq!(
            heard(market, Channel::Quote, &News::Shutdown),
            [Heard::Reconnect]
        );
    }
    let found = bodies(heard(
        Market::Usdm,
        Channel::Mark(Span::from_millis(1_000)),
        &News::Mark(mark()),
    ));
    assert_eq!(found, marked());
}

#[test]
fn orders_of_the_account_are_heard() {
    let (open, ended) = (OrderStatus::New, OrderStatus::Cancelled);
    for market in BOTH {
        for (what, status, state, trades) in [
            (Happened::Came, open, ReportState::Open, 0),
            (
                Happened::Traded(fill(4)),
                OrderStatus::Partial,
                ReportState::PartiallyFilled,
                1,
            ),
            (
                Happened::Traded(fill(10)),
                OrderStatus::Filled,
                ReportState::Filled,
                1,
            ),
            (Happened::Cancelled(None), ended, ReportState::Cancelled, 0),
            (
                Happened::Cancelled(Some("x".to_string())),
                ended,
                ReportState::Cancelled,
                0,
            ),
            (
                Happened::Expired,
                OrderStatus::Expired,
                ReportState::Expired,
                0,
            ),
            (Happened::Amended, open, ReportState::Amended, 0),
        ] {
            let change = OrderChange {
                order: order(4, 10, Some(6_000_100), true, status),
                what,
                origin: Origin::Account,
                number: 5,
            };
            let found = heard(market, Channel::Account, &News::Order(Box::new(change)));
            let [Heard::Order(found)] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert_eq!(
                (found.state, found.trades.len()),
                (state, trades),
                "{market:?}"
            );
            assert_eq!(found.client, ClientId::read("ot3-14", "", None));
            assert_eq!(
                (found.qty, found.filled),
                (Some(Qty::new(10)), Some(Qty::new(4)))
            );
            assert_eq!(
                (&*found.venue_id, found.limit),
                ("77", Some(Price::new(6_000_100)))
            );
            for trade in &found.trades {
                assert_eq!((trade.trade_id, trade.price), (901, Price::new(6_000_001)));
                let fee = trade.fee.clone().unwrap();
                assert_eq!((&*fee.asset, fee.amount), ("BNB", money("0.00012")));
            }
        }
    }
}

#[test]
fn balances_positions_and_funding_of_the_account_are_heard() {
    let balance = BalanceState {
        asset: AssetId(0),
        free: money("1.5"),
        locked: money("0.25"),
        at: NOW,
    };
    let found = heard(
        Market::Spot,
        Channel::Account,
        &News::Balances(vec![balance]),
    );
    let [Heard::Balance(found)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (found.asset, found.free, found.locked, found.at),
        (balance.asset, balance.free, balance.locked, NOW)
    );

    let found = heard(
        Market::Usdm,
        Channel::Account,
        &News::Margin(vec![margin()], vec![position()]),
    );
    let [Heard::Balance(balance), Heard::Position(held)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((balance.asset, balance.free), (AssetId(1), money("1000.5")));
    let it = position();
    assert_eq!(
        (held.side, held.qty, held.entry),
        (it.side, it.qty, Some(it.entry))
    );

    let funding = FundingState {
        instrument: BTC,
        asset: AssetId(1),
        amount: money("-0.5"),
        rate: Money::ZERO,
        id: 6,
        at: NOW,
    };
    let found = heard(
        Market::Usdm,
        Channel::Account,
        &News::Funding(funding, vec![margin()]),
    );
    let [Heard::Funding(paid), Heard::Balance(_)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((paid.asset, paid.amount), (AssetId(1), money("-0.5")));

    let settings = Settings {
        instrument: Some(BTC),
        leverage: Some(7),
        ..Settings::default()
    };
    let found = heard(Market::Usdm, Channel::Account, &News::Settings(settings));
    assert_eq!(found, [Heard::Settings(settings)]);
    for market in BOTH {
        assert_eq!(
            heard(market, Channel::Account, &News::AccountEnded),
            [Heard::StreamEnded]
        );
    }
}
