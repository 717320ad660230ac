//! The exchange behind each venue's protocol: what a client asks is answered, and read back by the client.

use onetape_adapters::ask::{self, Ask, History, OrderRef, PositionMode};
use onetape_adapters::client_id::ClientId;
use onetape_adapters::counts::Counts;
use onetape_adapters::credentials::Credentials;
use onetape_adapters::news::{Answer, Answered};
use onetape_adapters::report::ReportState;
use onetape_adapters::request::Reply as Received;
use onetape_adapters::server::accounts::Accounts;
use onetape_adapters::server::inbound::Inbound;
use onetape_adapters::server::reply::Replied;
use onetape_adapters::server::{Cx, outbound::Outbound};
use onetape_adapters::{binance, gate, mexc};
use onetape_core::command::{LegTag, Place};
use onetape_core::names::TaskId;
use onetape_core::order::OrderId;
use onetape_core::time::Span;

use super::*;

const START: i64 = 1_700_000_000 * SECOND;
const SECRET: &[u8] = b"a secret of both sides";

struct Wire {
    venue: &'static str,
    stand: Stand,
    accounts: Accounts,
    keys: Credentials,
}

impl Wire {
    fn new(venue: &'static str) -> Self {
        let kind = match venue {
            "binance-usdm" | "gate-usdt" => InstrumentKind::Linear,
            _ => InstrumentKind::Spot,
        };
        let mut stand = Stand::new(venue, kind, TopFeed::Depth);
        stand.now = START;
        let mut accounts = Accounts::new();
        accounts.shared(AccountId(0), "key", SECRET);
        let mut wire = Self {
            venue,
            stand: stand.with_book(),
            accounts,
            keys: Credentials::shared("key", SECRET),
        };
        wire.stand.print(BUY, "100.10", "1");
        wire
    }

    /// What a client reads of the answer; `None` for what the venue does not have.
    fn ask(&mut self, ask: &Ask) -> Option<Answered> {
        let now = Ts::from_nanos(self.stand.now);
        let directory = self.stand.exchange.directory().clone();
        let client = ask::Cx {
            directory: &directory,
            credentials: Some(&self.keys),
            now,
            window: Span::from_millis(5_000),
            position_mode: PositionMode::OneWay,
        };
        let server = Cx {
            directory: &directory,
            accounts: &self.accounts,
            now,
        };
        let made = match self.venue {
            "binance-spot" => binance::spot::rest(ask, &client),
            "binance-usdm" => binance::usdm::rest(ask, &client),
            "gate-spot" => gate::spot::rest(ask, &client),
            "gate-usdt" => gate::futures::rest(ask, &client),
            _ => mexc::rest(ask, &client),
        };
        let made = made.ok()?;
        let headers: Vec<_> = made.headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let inbound = Inbound {
            method: made.method,
            path: &made.path,
            query: &made.query,
            headers: &headers,
            body: made.body.as_bytes(),
        };
        let asked = match self.venue {
            "binance-spot" => binance::server::request(binance::Market::Spot, &inbound, &server),
            "binance-usdm" => binance::server::request(binance::Market::Usdm, &inbound, &server),
            "gate-spot" => gate::server::request(gate::Market::Spot, &inbound, &server),
            "gate-usdt" => gate::server::request(gate::Market::Usdt, &inbound, &server),
            _ => mexc::server::request(&inbound, &server),
        };
        let asked = asked.unwrap_or_else(|why| panic!("{} {}: {why:?}", self.venue, ask.name()));
        let told = &mut self.stand.told;
        let result = self
            .stand
            .exchange
            .call(asked.account, &asked.call, now, told);
        let replied = Replied::of(result);
        let out: Outbound = match self.venue {
            "binance-spot" => {
                binance::server::reply(binance::Market::Spot, &asked, &replied, &server)
            }
            "binance-usdm" => {
                binance::server::reply(binance::Market::Usdm, &asked, &replied, &server)
            }
            "gate-spot" => gate::server::reply(gate::Market::Spot, &asked.way, &replied, &server),
            "gate-usdt" => gate::server::reply(gate::Market::Usdt, &asked.way, &replied, &server),
            _ => mexc::server::reply(&asked.way, &replied, &server),
        };
        let headers: Vec<_> = out.headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let received = Received {
            status: out.status,
            headers: &headers,
            body: out.text(),
        };
        let mut counts = Counts::default();
        let answered = match self.venue {
            "binance-spot" => binance::spot::reply(ask, &received, &client, &mut counts),
            "binance-usdm" => binance::usdm::reply(ask, &received, &client, &mut counts),
            "gate-spot" => gate::spot::reply(ask, &received, &client, &mut counts),
            "gate-usdt" => gate::futures::reply(ask, &received, &client, &mut counts),
            _ => mexc::reply(ask, &received, &client, &mut counts),
        };
        if let Err(why) = &answered {
            println!("{} {}: {why:?} {}", self.venue, ask.name(), out.text());
        }
        self.stand.now += 1_000_000;
        Some(answered)
    }

    /// The answer to what the venue has, and does.
    fn done(&mut self, ask: &Ask) -> Option<Answer> {
        let venue = self.venue;
        self.ask(ask)
            .map(|it| it.unwrap_or_else(|why| panic!("{venue} {}: {why:?}", ask.name())))
    }

    fn state(&mut self, n: u32) -> ReportState {
        match self.done(&Ask::Order(order(n))) {
            Some(Answer::Order(report)) => report.state,
            other => panic!("{}: {other:?}", self.venue),
        }
    }
}

fn order(n: u32) -> OrderRef {
    OrderRef {
        instrument: ID,
        client: ClientId::Ours(OrderId { epoch: 3, n }),
        venue_id: None,
    }
}

fn place(n: u32, side: Side, price: &str, time_in_force: TimeInForce) -> Ask {
    Ask::Place(Place {
        order: OrderId { epoch: 3, n },
        task: TaskId(0),
        instrument: ID,
        side,
        qty: qty("1"),
        limit: Some(px(price)),
        time_in_force,
        reduce_only: false,
        tag: LegTag::default(),
    })
}

const VENUES: [&str; 5] = [
    "binance-spot",
    "binance-usdm",
    "mexc-spot",
    "gate-spot",
    "gate-usdt",
];

#[test]
fn orders_live_and_end_in_every_protocol() {
    for venue in VENUES {
        let mut wire = Wire::new(venue);
        wire.done(&place(1, BUY, "99.00", GTC)).unwrap();
        assert_eq!(wire.state(1), ReportState::Open, "{venue}");
        let open = wire.done(&Ask::OpenOrders(Some(ID)));
        assert!(
            matches!(open, Some(Answer::Orders(all)) if all.len() == 1),
            "{venue}"
        );
        let Some(Answer::Depth(book)) = wire.done(&Ask::Depth {
            instrument: ID,
            levels: 20,
        }) else {
            panic!("{venue}: no book");
        };
        assert_eq!(book.bids.last().copied(), Some(level("99", "1")), "{venue}");
        wire.done(&Ask::Cancel(order(1))).unwrap();
        assert_eq!(wire.state(1), ReportState::Cancelled, "{venue}");
        assert!(
            wire.ask(&Ask::Cancel(order(1))).unwrap().is_err(),
            "{venue}"
        );
        wire.done(&place(2, BUY, "100.10", IOC)).unwrap();
        assert_eq!(wire.state(2), ReportState::Filled, "{venue}");
        let past = History {
            instrument: ID,
            from_id: None,
            since: None,
            limit: 100,
        };
        let Some(Answer::Trades(trades)) = wire.done(&Ask::Trades(past)) else {
            panic!("{venue}: no trades");
        };
        assert_eq!((trades.len(), trades[0].qty), (1, qty("1")), "{venue}");
        wire.done(&place(3, BUY, "99.00", GTC)).unwrap();
        wire.done(&Ask::CancelAll(ID)).unwrap();
        assert_eq!(wire.state(3), ReportState::Cancelled, "{venue}");
    }
}

#[test]
fn what_is_read_is_answered_in_every_protocol() {
    let past = History {
        instrument: ID,
        from_id: None,
        since: None,
        limit: 100,
    };
    for venue in VENUES {
        let mut wire = Wire::new(venue);
        wire.done(&place(1, BUY, "100.10", IOC)).unwrap();
        let reads = [
            Ask::Instruments,
            Ask::Quote(ID),
            Ask::Mark(ID),
            Ask::OpenInterest(ID),
            Ask::Orders(past),
            Ask::Balances,
            Ask::Positions(Some(ID)),
            Ask::Settings(ID),
            Ask::SetLeverage {
                instrument: ID,
                leverage: 9,
            },
            Ask::PositionMode,
            Ask::Tiers(ID),
            Ask::Fees(ID),
            Ask::FundingPaid(past),
            Ask::DeadMan {
                instrument: Some(ID),
                after: Span::from_millis(10_000),
            },
        ];
        let answered = reads.iter().filter_map(|ask| wire.done(ask));
        let count = answered.count();
        assert!(count >= 5, "{venue}: {count}");
        if let Some(Answer::Market(told)) = wire.done(&Ask::OpenInterest(ID)) {
            let is_all = |body: &Body| matches!(body, Body::OpenInterest(it) if it.qty == qty("1"));
            assert!(told.iter().any(|it| is_all(&it.body)), "{venue}: {told:?}");
        }
        if let Some(Answer::Positions(all)) = wire.done(&Ask::Positions(Some(ID))) {
            assert_eq!(
                (all[0].qty, all[0].leverage),
                (qty("1"), Some(9)),
                "{venue}"
            );
        }
        let Some(Answer::Balances(balances, margins)) = wire.done(&Ask::Balances) else {
            panic!("{venue}: no balances");
        };
        assert!(!balances.is_empty() || !margins.is_empty(), "{venue}");
    }
}
