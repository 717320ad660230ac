//! What the client's side asks is understood here as it was meant, what is damaged is refused, and what is refused means
//! to the client what it should.

use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::encode_tests::directory;
use super::*;
use crate::ask::{
    AmendAsk, Ask, Cx as Client, History, MarginMode, OrderRef, PositionMode, StreamKey,
};
use crate::binance::{spot, usdm};
use crate::client_id::ClientId;
use crate::counts::Counts;
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::feed::{Feed, Socket};
use crate::outcome::Class;
use crate::report::PositionSide;
use crate::request::{Frame, Reply as Told, Request};
use crate::server::accounts::{AccountId, Accounts};
use crate::server::call::{
    Call, Change, Channel, Detail, Line, NewOrder, Past, SelfTrade, Size, Which,
};
use crate::server::wrong::Filter;

pub(super) const BTC: InstrumentId = InstrumentId(0);
pub(super) const BOTH: [Market; 2] = [Market::Spot, Market::Usdm];
const ID: OrderId = OrderId { epoch: 3, n: 40 };
pub(super) const NOW: Ts = Ts::from_nanos(1_700_000_000_123_000_000);

pub(super) fn keys() -> Credentials {
    Credentials::shared("the-key", b"the-secret")
}

pub(super) fn accounts() -> Accounts {
    let mut accounts = Accounts::new();
    accounts.shared(AccountId(7), "the-key", b"the-secret");
    accounts
}

pub(super) fn client<'a>(
    directory: &'a Directory,
    keys: &'a Credentials,
    mode: PositionMode,
) -> Client<'a> {
    Client {
        directory,
        credentials: Some(keys),
        now: NOW,
        window: Span::from_millis(5_000),
        position_mode: mode,
    }
}

pub(super) const fn server<'a>(directory: &'a Directory, accounts: &'a Accounts) -> Cx<'a> {
    Cx {
        directory,
        accounts,
        now: NOW,
    }
}

fn rest(market: Market, ask: &Ask, cx: &Client<'_>) -> Option<Request> {
    let made = match market {
        Market::Spot => spot::rest(ask, cx),
        _ => usdm::rest(ask, cx),
    };
    made.ok()
}

fn framed(market: Market, ask: &Ask, cx: &Client<'_>) -> Option<String> {
    let made = match market {
        Market::Spot => spot::frame(ask, 5, cx),
        _ => usdm::frame(ask, 5, cx),
    };
    match made {
        Ok(Frame::Text(text)) => Some(text),
        _ => None,
    }
}

fn asked(market: Market, made: &Request, cx: &Cx<'_>) -> Result<Asked, Box<Refused>> {
    let headers: Vec<_> = made
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let inbound = Inbound {
        method: made.method,
        path: &made.path,
        query: &made.query,
        headers: &headers,
        body: made.body.as_bytes(),
    };
    request(market, &inbound, cx)
}

/// The connection for requests.
pub(super) fn api(market: Market, cx: &Cx<'_>) -> Line {
    let path = match market {
        Market::Spot => "/ws-api/v3",
        _ => "/ws-fapi/v1",
    };
    open(market, path, "", cx).unwrap()
}

/// What a request of the client means here, over HTTP; the frame, where there is one, must mean the same.
pub(super) fn meant(market: Market, ask: &Ask, mode: PositionMode) -> Option<Asked> {
    let (directory, keys, accounts) = (directory(market), keys(), accounts());
    let (client, cx) = (
        client(&directory, &keys, mode),
        server(&directory, &accounts),
    );
    let made = rest(market, ask, &client)?;
    let understood = asked(market, &made, &cx).unwrap_or_else(|why| panic!("{ask:?}: {why:?}"));
    if let Some(text) = framed(market, ask, &client) {
        let other = frame(market, &text, &api(market, &cx), &cx);
        let other = other.unwrap_or_else(|why| panic!("{text}: {why:?}"));
        assert_eq!(other.call, understood.call, "{text}");
        assert_eq!(other.account, understood.account, "{text}");
        assert_eq!(other.way.id.as_deref(), Some("5"));
    }
    Some(understood)
}

fn place(side: Side, qty: i64, limit: Option<i64>, tif: TimeInForce, reduce_only: bool) -> Place {
    Place {
        order: ID,
        task: TaskId(0),
        instrument: BTC,
        side,
        qty: Qty::new(qty),
        limit: limit.map(Price::new),
        time_in_force: tif,
        reduce_only,
        tag: LegTag::default(),
    }
}

fn by(venue_id: Option<&str>) -> OrderRef {
    OrderRef {
        instrument: BTC,
        client: ClientId::Ours(ID),
        venue_id: venue_id.map(str::to_string),
    }
}

fn which(id: Option<u64>) -> Which {
    Which {
        instrument: Some(BTC),
        id,
        client: id.is_none().then(|| ID.client_text()),
        untouched: None,
    }
}

const fn history(from_id: Option<u64>, since: Option<Ts>) -> History {
    History {
        instrument: BTC,
        from_id,
        since,
        limit: 200,
    }
}

fn past(from_id: Option<u64>, since: Option<Ts>) -> Past {
    Past {
        instrument: Some(BTC),
        from_id,
        since,
        limit: 200,
        ..Past::default()
    }
}

/// What both have.
fn shared() -> Vec<(Ask, Call)> {
    let since = Some(Ts::from_nanos(1_600_000_000_000_000_000));
    vec![
        (Ask::Time, Call::Time),
        (Ask::Instruments, Call::Instruments(Vec::new())),
        (
            Ask::Depth {
                instrument: BTC,
                levels: 100,
            },
            Call::Depth {
                instrument: BTC,
                levels: 100,
            },
        ),
        (Ask::Quote(BTC), Call::Quotes(vec![BTC])),
        (Ask::Cancel(by(None)), Call::Cancel(which(None))),
        (Ask::Cancel(by(Some("28"))), Call::Cancel(which(Some(28)))),
        (Ask::CancelAll(BTC), Call::CancelAll(Some(BTC), None)),
        (Ask::Order(by(Some("28"))), Call::Order(which(Some(28)))),
        (Ask::Order(by(None)), Call::Order(which(None))),
        (Ask::OpenOrders(Some(BTC)), Call::OpenOrders(Some(BTC))),
        (Ask::OpenOrders(None), Call::OpenOrders(None)),
        (
            Ask::Orders(history(Some(9), None)),
            Call::Orders(past(Some(9), None)),
        ),
        (
            Ask::Orders(history(None, since)),
            Call::Orders(past(None, since)),
        ),
        (
            Ask::Trades(history(Some(9), None)),
            Call::Trades(past(Some(9), None)),
        ),
        (Ask::Balances, Call::Account),
        (Ask::Fees(BTC), Call::Fees(Some(BTC))),
    ]
}

/// What futures alone have.
fn of_futures() -> Vec<(Ask, Call)> {
    let leverage = Ask::SetLeverage {
        instrument: BTC,
        leverage: 20,
    };
    let isolated = MarginMode::Isolated;
    vec![
        (Ask::Mark(BTC), Call::Marks(vec![BTC])),
        (Ask::OpenInterest(BTC), Call::OpenInterest(BTC)),
        (Ask::Positions(Some(BTC)), Call::Positions(Some(BTC))),
        (Ask::Positions(None), Call::Positions(None)),
        (Ask::Settings(BTC), Call::Settings(Some(BTC))),
        (
            leverage,
            Call::SetLeverage {
                instrument: BTC,
                leverage: 20,
            },
        ),
        (
            Ask::SetMarginMode {
                instrument: BTC,
                mode: isolated,
            },
            Call::SetMarginMode {
                instrument: BTC,
                mode: isolated,
            },
        ),
        (Ask::PositionMode, Call::PositionMode),
        (
            Ask::SetPositionMode(PositionMode::Hedge),
            Call::SetPositionMode(PositionMode::Hedge),
        ),
        (Ask::Tiers(BTC), Call::Tiers(Some(BTC))),
        (
            Ask::FundingPaid(history(None, None)),
            Call::FundingPaid(past(None, None)),
        ),
        (
            Ask::DeadMan {
                instrument: Some(BTC),
                after: Span::from_millis(60_000),
            },
            Call::DeadMan(Some(BTC), Span::from_millis(60_000)),
        ),
        (
            Ask::StreamKey(StreamKey::Open),
            Call::StreamKey(StreamKey::Open),
        ),
        (
            Ask::StreamKey(StreamKey::Keep(String::new())),
            Call::StreamKey(StreamKey::Keep(String::new())),
        ),
    ]
}

#[test]
fn what_is_asked_is_what_is_understood() {
    for market in BOTH {
        let more = if market == Market::Usdm {
            of_futures()
        } else {
            Vec::new()
        };
        for (ask, call) in shared().into_iter().chain(more) {
            let found = meant(market, &ask, PositionMode::OneWay);
            let found = found.unwrap_or_else(|| panic!("{ask:?} is not asked"));
            assert_eq!(found.call, call, "{market:?}");
        }
    }
}

proptest! {
    #[test]
    fn orders_are_understood_to_the_last_digit(
        buy in any::<bool>(), qty in 1_i64..1_000_000_000, limit in proptest::option::of(1_i64..1_000_000_000),
        tif in 0_usize..4, reduce_only in any::<bool>(), hedge in any::<bool>(), futures in any::<bool>(),
        test in any::<bool>(),
    ) {
        use TimeInForce::{FillOrKill, GoodTillCancelled, ImmediateOrCancel, PostOnly};
        let tif = [GoodTillCancelled, ImmediateOrCancel, FillOrKill, PostOnly][tif];
        let (side, closing) = if buy { (Side::Buy, PositionSide::Short) } else { (Side::Sell, PositionSide::Long) };
        let opening = if buy { PositionSide::Long } else { PositionSide::Short };
        let market = if futures { Market::Usdm } else { Market::Spot };
        let mode = if hedge { PositionMode::Hedge } else { PositionMode::OneWay };
        let placed = place(side, qty, limit, tif, reduce_only && futures);
        let ask = if test { Ask::Test(placed) } else { Ask::Place(placed) };
        // Some the client does not send at all, such as a market order that must not take.
        if let Some(found) = meant(market, &ask, mode) {
            let order = NewOrder {
                instrument: BTC,
                side,
                size: Size::Base(Qty::new(qty)),
                limit: limit.map(Price::new),
                time_in_force: if limit.is_some() { tif } else { ImmediateOrCancel },
                until: None,
                reduce_only: placed.reduce_only,
                position: match (futures && hedge, placed.reduce_only) {
                    (false, _) => PositionSide::Net,
                    (true, true) => closing,
                    (true, false) => opening,
                },
                client: ID.client_text(),
                shown: None,
                trigger: None,
                self_trade: SelfTrade::Unsaid,
            };
            let expected = if test { Call::Test(Box::new(order)) } else { Call::Place(Box::new(order)) };
            prop_assert_eq!(found.call, expected);
            prop_assert_eq!(found.account, Some(AccountId(7)));
            let detail = if futures { Detail::Result } else { Detail::Full };
            prop_assert_eq!(found.way.detail, detail);
        } else {
            prop_assert!(limit.is_none());
        }
    }

    #[test]
    fn changes_are_understood(qty in 1_i64..1_500, limit in 1_i64..9_000_000, futures in any::<bool>()) {
        let market = if futures { Market::Usdm } else { Market::Spot };
        let ask = Ask::Amend(AmendAsk {
            order: by(Some("28")),
            side: Side::Sell,
            amend: onetape_core::command::Amend {
                order: ID, instrument: BTC, qty: Qty::new(qty), limit: Price::new(limit),
            },
            qty_now: Qty::new(1_500),
            same_price: !futures,
        });
        let expected = Call::Amend(Change {
            which: which(Some(28)),
            qty: Some(Qty::new(qty)),
            limit: futures.then(|| Price::new(limit)),
            side: futures.then_some(Side::Sell),
            client: (!futures).then(|| ID.client_text()),
            note: None,
        });
        prop_assert_eq!(meant(market, &ask, PositionMode::OneWay).unwrap().call, expected);
    }

    /// A request that was changed anywhere is refused, and nothing panics.
    #[test]
    fn a_changed_byte_is_refused(at in any::<Index>(), byte in 32_u8..127, futures in any::<bool>()) {
        let market = if futures { Market::Usdm } else { Market::Spot };
        let (directory, keys, accounts) = (directory(market), keys(), accounts());
        let client = client(&directory, &keys, PositionMode::OneWay);
        let cx = server(&directory, &accounts);
        let ask = Ask::Place(place(Side::Buy, 5, Some(100), TimeInForce::GoodTillCancelled, false));
        let mut made = rest(market, &ask, &client).unwrap();
        prop_assert!(asked(market, &made, &cx).is_ok());
        let mut bytes = std::mem::take(&mut made.body).into_bytes();
        let place = at.index(bytes.len());
        let same = bytes[place].eq_ignore_ascii_case(&byte);
        bytes[place] = byte;
        made.body = String::from_utf8(bytes).unwrap();
        prop_assert!(same || asked(market, &made, &cx).is_err(), "{}", made.body);

        let text = framed(market, &ask, &client).unwrap();
        let line = api(market, &cx);
        prop_assert!(frame(market, &text, &line, &cx).is_ok());
        let params = text.find("params").unwrap();
        let mut bytes = text.into_bytes();
        let place = params + at.index(bytes.len() - params);
        // Blanks around values mean nothing in JSON.
        let same = bytes[place].eq_ignore_ascii_case(&byte) || byte == b' ';
        bytes[place] = byte;
        let text = String::from_utf8(bytes).unwrap();
        prop_assert!(same || frame(market, &text, &line, &cx).is_err(), "{}", text);
    }

    #[test]
    fn no_text_panics(
        path in 0_usize..12, query in "[a-zA-Z0-9=&%+{}\\[\\]\",.-]{0,80}", body in "\\PC{0,60}", futures in any::<bool>(),
    ) {
        let market = if futures { Market::Usdm } else { Market::Spot };
        let (directory, accounts) = (directory(market), accounts());
        let cx = server(&directory, &accounts);
        let paths = [
            "/api/v3/order", "/api/v3/depth", "/api/v3/exchangeInfo", "/api/v3/klines", "/api/v3/ticker/24hr", "/x",
            "/fapi/v1/order", "/fapi/v1/depth", "/fapi/v1/batchOrders", "/fapi/v1/income", "/fapi/v1/trades", "",
        ];
        for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
            let inbound = Inbound {
                method, path: paths[path], query: &query, headers: &[("X-MBX-APIKEY", "the-key")], body: body.as_bytes(),
            };
            if let Err(refused) = request(market, &inbound, &cx) {
                prop_assert!(refuse(market, &refused).status >= 400);
            }
        }
        if let Ok(line) = open(market, &query, &body, &cx) {
            let _ = frame(market, &body, &line, &cx).is_ok();
        }
        let _ = frame(market, &body, &api(market, &cx), &cx).is_ok();
    }
}

#[test]
fn who_and_when_are_checked() {
    let market = Market::Spot;
    let (directory, keys, accounts) = (directory(market), keys(), accounts());
    let client = client(&directory, &keys, PositionMode::OneWay);
    let made = rest(market, &Ask::Balances, &client).unwrap();
    let at = |millis: i64| {
        let now = Ts::from_nanos(NOW.nanos() + millis * 1_000_000);
        let cx = Cx {
            now,
            ..server(&directory, &accounts)
        };
        asked(market, &made, &cx)
            .map(|it| it.account)
            .map_err(|it| it.wrong)
    };
    assert_eq!(at(0), Ok(Some(AccountId(7))));
    assert_eq!(at(5_000), Ok(Some(AccountId(7))));
    assert_eq!(at(5_001), Err(Wrong::Late));
    assert_eq!(at(-999), Ok(Some(AccountId(7))));
    assert_eq!(at(-1_000), Err(Wrong::Early));

    let cx = server(&directory, &accounts);
    let mut other = made.clone();
    other.headers = vec![("X-MBX-APIKEY", "nobody".to_string())];
    assert_eq!(asked(market, &other, &cx).unwrap_err().wrong, Wrong::Key);
    other.headers.clear();
    assert_eq!(asked(market, &other, &cx).unwrap_err().wrong, Wrong::NoKey);
    let mut other = made;
    other.query.clear();
    let wrong = asked(market, &other, &cx).unwrap_err().wrong;
    assert_eq!(wrong, Wrong::Missing("signature"));
    // An HMAC key does not log a session on.
    let mut params = super::super::sign::FrameParams::new();
    params.insert("timestamp", (NOW.nanos() / 1_000_000).into());
    let Frame::Text(text) = super::super::sign::frame(1, "session.logon", params, Some(&keys))
    else {
        panic!("a frame is text");
    };
    let refused = frame(market, &text, &api(market, &cx), &cx).unwrap_err();
    assert_eq!(refused.wrong, Wrong::KeyKind);
    // A session that is logged on needs neither key nor signature.
    let line = Line {
        account: Some(AccountId(9)),
        ..api(market, &cx)
    };
    let text = r#"{"id":"a","method":"account.status","params":{"timestamp":1700000000000}}"#;
    let found = frame(market, text, &line, &cx).unwrap();
    assert_eq!(
        (found.account, found.way.id.as_deref()),
        (Some(AccountId(9)), Some(r#""a""#))
    );
}

#[test]
fn parameters_are_held_to_what_a_request_has() {
    let (directory, accounts) = (directory(Market::Spot), accounts());
    let cx = server(&directory, &accounts);
    let wrong = |path, query| {
        let inbound = Inbound {
            method: Method::Get,
            path,
            query,
            headers: &[],
            body: b"",
        };
        request(Market::Spot, &inbound, &cx).unwrap_err().wrong
    };
    let depth = "/api/v3/depth";
    assert_eq!(wrong(depth, ""), Wrong::Missing("symbol"));
    assert_eq!(wrong(depth, "symbol="), Wrong::Bad("symbol"));
    assert_eq!(wrong(depth, "symbol=XYZ"), Wrong::Symbol);
    assert_eq!(wrong(depth, "symbol=BTCUSDT&limit=x"), Wrong::Bad("limit"));
    assert_eq!(
        wrong(depth, "symbol=BTCUSDT&what=1"),
        Wrong::Surplus("what".to_string())
    );
    assert_eq!(
        wrong(depth, "symbol=BTCUSDT&symbol=A"),
        Wrong::Twice("symbol".to_string())
    );
    assert_eq!(wrong(depth, "symbol=%zz"), Wrong::Broken);
    assert_eq!(wrong("/api/v1/depth", ""), Wrong::Route);
    let mut args = Args::of_request("price=1.001&quantity=1e99", "").unwrap();
    let of = &directory.symbol("BTCUSDT").unwrap().instrument;
    assert_eq!(args.price("price", of), Err(Wrong::Precision("price")));
    assert_eq!(args.qty("quantity", of), Err(Wrong::Bad("quantity")));
}

/// What the client makes of a refusal.
#[test]
fn refusals_mean_what_they_say() {
    use Class::{
        AlreadyDone, Ambiguous, Banned, CancelUnknown, DuplicateClientId, Fatal, QueryUnknown,
    };
    use Class::{RateLimited, Reject, Retryable};
    let second = Span::from_millis(1_000);
    for (wrong, class) in [
        (Wrong::Signature, Reject),
        (Wrong::Key, Fatal),
        (Wrong::NoKey, Fatal),
        (Wrong::Late, Retryable),
        (Wrong::Early, Retryable),
        (Wrong::Balance, Reject),
        (Wrong::Duplicate, DuplicateClientId),
        (Wrong::WouldTake, Reject),
        (Wrong::NotOpen, CancelUnknown),
        (Wrong::NoOrder, QueryUnknown),
        (Wrong::Filter(Filter::Tick), Reject),
        (Wrong::Filter(Filter::Lot), Reject),
        (Wrong::Filter(Filter::Notional), Reject),
        (Wrong::Precision("price"), Reject),
        (Wrong::RateLimit(second), RateLimited),
        (Wrong::OrderLimit(second), RateLimited),
        (Wrong::Banned(NOW), Banned),
        (Wrong::Timeout, Ambiguous),
        (Wrong::Unknown, Ambiguous),
        (Wrong::Busy, Retryable),
    ] {
        for market in BOTH {
            let refused = Refused {
                wrong: wrong.clone(),
                way: Way::default(),
            };
            let out = refuse(market, &refused);
            let headers: Vec<_> = out
                .headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let told = Told {
                status: out.status,
                headers: &headers,
                body: out.text(),
            };
            let failure = match market {
                Market::Spot => spot::failure(&told),
                _ => usdm::failure(&told),
            };
            assert_eq!(failure.class, class, "{market:?} {wrong:?}");
            assert!(failure.listed, "{market:?} {wrong:?}");
            let limited = matches!(wrong, Wrong::RateLimit(_) | Wrong::OrderLimit(_));
            assert_eq!(failure.wait, limited.then_some(second));
            if wrong == Wrong::Banned(NOW) {
                assert_eq!(failure.until, Some(NOW));
            }
        }
    }
    for (call, class) in [
        (Call::SetPositionMode(PositionMode::Hedge), AlreadyDone),
        (
            Call::SetMarginMode {
                instrument: BTC,
                mode: MarginMode::Cross,
            },
            AlreadyDone,
        ),
    ] {
        let said = refusal::outbound(Market::Usdm, &Wrong::Same, &refusal::Failing::of(&call));
        assert_eq!(
            usdm::failure(&Told::new(said.status, said.text())).class,
            class
        );
    }
}

#[test]
fn feeds_that_are_asked_for_are_known() {
    for market in BOTH {
        let (directory, keys, accounts) = (directory(market), keys(), accounts());
        let client = client(&directory, &keys, PositionMode::OneWay);
        let cx = server(&directory, &accounts);
        let mut feeds = vec![Feed::Quote(BTC), Feed::Depth(BTC), Feed::Trades(BTC)];
        let (frames, wanted) = match market {
            Market::Spot => (spot::subscribe(&feeds, 4, &client), Channel::Prints),
            _ => {
                feeds.push(Feed::Mark(BTC));
                (usdm::subscribe(&feeds, 4, &client), Channel::Aggregates)
            }
        };
        let mut found = Vec::new();
        for (socket, sent) in frames.unwrap() {
            let path = match market {
                Market::Spot => spot::path(socket).unwrap().to_string(),
                _ => usdm::path(socket, ""),
            };
            let line = open(market, &path, "", &cx).unwrap();
            assert!(line.wrapped);
            let Frame::Text(text) = sent else {
                panic!("frames are texts")
            };
            let asked = frame(market, &text, &line, &cx).unwrap();
            let Call::Subscribe(streams) = &asked.call else {
                panic!("{:?}", asked.call)
            };
            found.extend(streams.iter().map(|it| (it.channel, it.instrument)));
            let done = Replied::of(Ok(crate::server::reply::Reply::Done));
            assert_eq!(
                answer(market, &asked, &done, &cx),
                r#"{"result":null,"id":4}"#
            );
        }
        let tenth = Span::from_millis(100);
        let mut expected = vec![Channel::Quote, Channel::Depth(tenth), wanted];
        if market == Market::Usdm {
            expected.push(Channel::Mark(Span::from_millis(1_000)));
        }
        let expected: Vec<_> = expected.into_iter().map(|it| (it, Some(BTC))).collect();
        assert_eq!(found, expected);
    }
    // On the wrong connection, and of no symbol, a stream is taken and stays silent.
    let (directory, accounts) = (directory(Market::Usdm), accounts());
    let cx = server(&directory, &accounts);
    let line = open(
        Market::Usdm,
        "/market/ws/btcusdt@depth/x@aggTrade/btcusdt@aggTrade",
        "",
        &cx,
    )
    .unwrap();
    let found: Vec<_> = line.streams.iter().map(|it| it.channel).collect();
    assert_eq!(
        found,
        [Channel::Silent, Channel::Silent, Channel::Aggregates]
    );
    let account = open(Market::Usdm, &usdm::path(Socket::Account, "abc"), "", &cx).unwrap();
    assert_eq!(account.keys, ["abc"]);
    let mut counts = Counts::default();
    let text = r#"{"id":4,"status":200,"result":{"subscriptionId":0}}"#;
    let mut news = Vec::new();
    spot::hear(text, &directory, &mut counts, &mut news).unwrap();
    assert_eq!(news, [crate::news::News::Subscribed("4".to_string())]);
}
