//! Market data of every venue, against a server that says what it is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use onetape_adapters::directory::Directory;
use onetape_adapters::feed::Feed;
use onetape_adapters::protocol::Protocol;
use onetape_core::event::{Body, FeedNews};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep};

use super::*;
use crate::net::{DialLimits, Dialer, Frame, Trust};
use crate::serve::{Answer, Asked, Opening, Reply, ServeLimits, Server, Site, Socket};
use crate::testing::anywhere;
use crate::venue::{Overrides, Urls, VenueSetup};

const ID: InstrumentId = InstrumentId(0);
const OTHER: InstrumentId = InstrumentId(1);

/// A venue of which the test says everything.
struct Script {
    protocol: Protocol,
    /// Id of the snapshot that REST gives now.
    snapshot: AtomicUsize,
    frames: broadcast::Sender<Frame>,
    refuses: AtomicBool,
    asked: Mutex<Vec<String>>,
}

impl Script {
    fn has_asked(&self, part: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|it| it.contains(part)).count()
    }

    /// A change of the book on the stream.
    fn change(&self, first: u64, last: u64, qty: u64) {
        let frame = change(self.protocol, first, last, qty);
        self.frames.send(frame).unwrap();
    }

    /// The stream ends, and none is granted.
    fn dies(&self) {
        self.refuses.store(true, Ordering::SeqCst);
        let close = Frame::Close(1000, String::new());
        self.frames.send(close).unwrap();
    }
}

impl Site for Script {
    async fn answer(&self, asked: Asked) -> Answer {
        self.asked.lock().unwrap().push(asked.target.clone());
        let id = self.snapshot.load(Ordering::SeqCst);
        let pairs = r#""bids":[["100.00","1"]],"asks":[["101.00","2"]]"#;
        let body = match (self.protocol, asked.path()) {
            (_, path) if path.contains("bookTicker") => {
                r#"{"symbol":"BTCUSDT","bidPrice":"99.00","bidQty":"1","askPrice":"99.50","askQty":"1"}"#
                    .to_string()
            }
            (Protocol::GateSpot, _) => format!(r#"{{"id":{id},"current":1,"update":1,{pairs}}}"#),
            (Protocol::GateUsdt, _) => format!(
                r#"{{"id":{id},"current":1.5,"update":1.5,"bids":[{{"p":"100","s":"1"}}],"asks":[{{"p":"101","s":"2"}}]}}"#
            ),
            _ => format!(r#"{{"lastUpdateId":{id},{pairs}}}"#),
        };
        Reply::json(200, body).into()
    }

    fn open(&self, _: &Opening) -> Result<(), Reply> {
        match self.refuses.load(Ordering::SeqCst) {
            true => Err(Reply::text(503, "closed")),
            false => Ok(()),
        }
    }

    async fn talk(&self, _: Opening, mut socket: Socket) {
        let mut frames = self.frames.subscribe();
        loop {
            tokio::select! {
                came = socket.next() => match came {
                    Some(Frame::Text(text)) => self.asked.lock().unwrap().push(text.to_string()),
                    Some(_) => {}
                    None => return,
                },
                frame = frames.recv() => match frame {
                    Ok(Frame::Close(..)) | Err(_) => return,
                    Ok(frame) => drop(socket.send(frame).await),
                },
            }
        }
    }
}

#[derive(Clone, Default)]
struct List(Arc<Mutex<Vec<Told>>>);

impl Outlet for List {
    fn bring(&self, told: Told) {
        self.0.lock().unwrap().push(told);
    }
}

impl List {
    fn states(&self) -> Vec<FeedNews> {
        let all = self.0.lock().unwrap();
        let states = all.iter().filter_map(|it| match &it.body {
            Body::Feed(feed) => Some(feed.state),
            _ => None,
        });
        states.collect()
    }

    /// Bids that messages lead to, by price, and asks.
    fn book(&self) -> [BTreeMap<i64, i64>; 2] {
        let mut sides = [BTreeMap::new(), BTreeMap::new()];
        for told in self.0.lock().unwrap().iter() {
            let Body::Depth(update) = &told.body else {
                continue;
            };
            for (side, levels) in sides.iter_mut().zip([&update.bids, &update.asks]) {
                if update.snapshot {
                    side.clear();
                }
                for level in levels {
                    match level.qty.mantissa() {
                        0 => side.remove(&level.price.mantissa()),
                        qty => side.insert(level.price.mantissa(), qty),
                    };
                }
            }
        }
        sides
    }

    fn quotes(&self, id: InstrumentId) -> Vec<i64> {
        let all = self.0.lock().unwrap();
        let bids = all.iter().filter_map(|it| match &it.body {
            Body::Quote(quote) if quote.instrument == id => Some(quote.bid.price.mantissa()),
            _ => None,
        });
        bids.collect()
    }
}

fn symbols(protocol: Protocol) -> [&'static str; 2] {
    match protocol {
        Protocol::GateSpot | Protocol::GateUsdt => ["BTC_USDT", "ETH_USDT"],
        _ => ["BTCUSDT", "ETHUSDT"],
    }
}

/// A change of one bid, covering ids `first..=last`.
fn change(protocol: Protocol, first: u64, last: u64, qty: u64) -> Frame {
    let symbol = symbols(protocol)[0];
    match protocol {
        Protocol::BinanceSpot => Frame::text(format!(
            r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1,"s":"{symbol}","U":{first},"u":{last},"b":[["100.00","{qty}"]],"a":[]}}}}"#
        )),
        Protocol::BinanceUsdm => {
            let prev = first - 1;
            Frame::text(format!(
                r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1,"T":1,"s":"{symbol}","U":{first},"u":{last},"pu":{prev},"b":[["100.00","{qty}"]],"a":[]}}}}"#
            ))
        }
        Protocol::GateSpot => Frame::text(format!(
            r#"{{"time":1,"channel":"spot.order_book_update","event":"update","result":{{"t":1,"s":"{symbol}","U":{first},"u":{last},"b":[["100","{qty}"]],"a":[]}}}}"#
        )),
        Protocol::GateUsdt => Frame::text(format!(
            r#"{{"time":1,"channel":"futures.order_book_update","event":"update","result":{{"t":1,"s":"{symbol}","U":{first},"u":{last},"b":[{{"p":"100","s":"{qty}"}}],"a":[]}}}}"#
        )),
        Protocol::MexcSpot => {
            // PushDataV3ApiWrapper by hand: channel 1, symbol 3, aggregated depths 313.
            let level = [field(1, b"100.00"), field(2, qty.to_string().as_bytes())].concat();
            let depths = [
                field(2, &level),
                field(4, first.to_string().as_bytes()),
                field(5, last.to_string().as_bytes()),
            ];
            let channel = format!("spot@public.aggre.depth.v3.api.pb@10ms@{symbol}");
            let whole = [
                field(1, channel.as_bytes()),
                field(3, symbol.as_bytes()),
                field(313, &depths.concat()),
            ];
            Frame::Binary(whole.concat().into())
        }
    }
}

/// A field of bytes of a protobuf message.
fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = varint(number << 3 | 2);
    out.extend(varint(bytes.len() as u32));
    out.extend(bytes);
    out
}

fn varint(mut value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn ticker(symbol: &str, bid: &str) -> Frame {
    let name = symbol.to_lowercase();
    Frame::text(format!(
        r#"{{"stream":"{name}@bookTicker","data":{{"u":1,"s":"{symbol}","b":"{bid}","B":"1","a":"200.00","A":"1"}}}}"#
    ))
}

fn directory(protocol: Protocol) -> Directory {
    let mut names = Names::default();
    let venue = names.venue_id(protocol.venue());
    for symbol in symbols(protocol) {
        let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
        names.instruments.push(Instrument {
            id: InstrumentId(names.instruments.len() as u16),
            name: format!("{}:{symbol}", protocol.venue()),
            venue,
            symbol: symbol.to_string(),
            kind: InstrumentKind::Spot,
            base,
            quote,
            price_decimals: 2,
            qty_decimals: 0,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: Money::parse("1").unwrap(),
            inferred: false,
            tiers: Vec::new(),
        });
    }
    Directory::new(&names, venue)
}

struct Bench {
    script: Arc<Script>,
    feed: MarketFeed<List>,
    list: List,
}

async fn bench(protocol: Protocol, feeds: &[Feed]) -> Bench {
    let (frames, _) = broadcast::channel(64);
    let script = Arc::new(Script {
        protocol,
        snapshot: AtomicUsize::new(10),
        frames,
        refuses: AtomicBool::new(false),
        asked: Mutex::default(),
    });
    let server = Server::bind(anywhere(), None, ServeLimits::default())
        .await
        .unwrap();
    let at = server.address().to_string();
    tokio::spawn(server.run(Arc::clone(&script)));
    let urls = Urls::local(protocol, &at, &Overrides::default()).unwrap();
    let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
    let setup = VenueSetup::new(protocol, Arc::new(directory(protocol)), urls, dialer);
    let mut options = FeedOptions::usual(1);
    options.join_wait = Duration::from_millis(300);
    let list = List::default();
    let mut feed = MarketFeed::start(setup, options, list.clone());
    feed.want(feeds).unwrap();
    until("the connection is up", || {
        feed.status().iter().all(|it| it.up) && script.frames.receiver_count() > 0
    })
    .await;
    Bench { script, feed, list }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < end, "it never came to this: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn snapshot_and_changes_make_the_book_and_a_gap_begins_it_anew_at_every_venue() {
    for protocol in Protocol::ALL {
        let Bench { script, feed, list } = bench(protocol, &[Feed::Depth(ID)]).await;
        // Comes before the snapshot, which it joins.
        script.change(9, 11, 5);
        until("the first book", || list.book()[0].get(&10_000) == Some(&5)).await;
        assert_eq!(
            list.book()[1].get(&10_100),
            Some(&2),
            "{}",
            protocol.venue()
        );
        script.change(12, 13, 6);
        until("the next change", || {
            list.book()[0].get(&10_000) == Some(&6)
        })
        .await;
        assert_eq!(list.states(), [FeedNews::Connected], "{}", protocol.venue());

        // 14 to 29 are missing.
        script.snapshot.store(31, Ordering::SeqCst);
        script.change(30, 32, 7);
        until("the book after the gap", || {
            list.book()[0].get(&10_000) == Some(&7)
        })
        .await;
        let states = list.states();
        assert_eq!(
            states,
            [FeedNews::Connected, FeedNews::Gap],
            "{}",
            protocol.venue()
        );
        assert_eq!(feed.status()[0].gaps, 1);
    }
}

#[tokio::test]
async fn a_dead_stream_is_asked_by_rest_within_two_seconds_and_comes_back() {
    let Bench { script, feed, list } = bench(Protocol::BinanceSpot, &[Feed::Quote(ID)]).await;
    script.frames.send(ticker("BTCUSDT", "100.00")).unwrap();
    until("a quote", || list.quotes(ID) == [10_000]).await;

    script.dies();
    let died = Instant::now();
    until("a quote by REST", || list.quotes(ID).last() == Some(&9_900)).await;
    assert!(
        died.elapsed() < Duration::from_secs(2),
        "{:?}",
        died.elapsed()
    );
    assert_eq!(list.states(), [FeedNews::Connected, FeedNews::Disconnected]);
    assert!(!feed.status()[0].up && feed.status()[0].silent);
    assert!(feed.status()[0].fault.is_some());

    script.refuses.store(false, Ordering::SeqCst);
    until("the stream again", || feed.status()[0].up).await;
    until("who listens", || script.frames.receiver_count() > 0).await;
    script.frames.send(ticker("BTCUSDT", "102.00")).unwrap();
    until("a quote of the stream", || {
        list.quotes(ID).last() == Some(&10_200)
    })
    .await;
    until("REST is left alone", || !feed.status()[0].silent).await;
    assert_eq!(list.states().last(), Some(&FeedNews::Connected));
    assert_eq!(
        script.has_asked("SUBSCRIBE"),
        2,
        "the feed was asked for anew"
    );
}

#[tokio::test]
async fn a_book_without_a_stream_is_asked_by_rest_within_two_seconds_at_every_venue() {
    let mut fastest = Duration::MAX;
    for protocol in Protocol::ALL {
        let Bench { script, feed, list } = bench(protocol, &[Feed::Depth(ID)]).await;
        let venue = protocol.venue();
        script.change(9, 11, 5);
        until("the first book", || list.book()[0].get(&10_000) == Some(&5)).await;

        script.dies();
        let died = Instant::now();
        // By REST one stands at the bid.
        until("a book by REST", || list.book()[0].get(&10_000) == Some(&1)).await;
        fastest = fastest.min(died.elapsed());
        let states = [FeedNews::Connected, FeedNews::Disconnected];
        assert_eq!(list.states(), states, "{venue}");

        // The stream begins with a snapshot of its own, and its changes join that.
        script.snapshot.store(20, Ordering::SeqCst);
        script.refuses.store(false, Ordering::SeqCst);
        until("the stream again", || feed.status()[0].up).await;
        until("who listens", || script.frames.receiver_count() > 0).await;
        script.change(20, 21, 8);
        until("a book of the stream", || {
            list.book()[0].get(&10_000) == Some(&8)
        })
        .await;
        assert_eq!(feed.status()[0].gaps, 0, "{venue}");
    }
    // The machine may be busy with something else: the same code at all of them, the fastest tells.
    assert!(fastest < Duration::from_secs(2), "{fastest:?}");
}

#[tokio::test]
async fn feeds_begin_and_end_while_it_runs() {
    let Bench {
        script,
        mut feed,
        list,
    } = bench(Protocol::BinanceSpot, &[Feed::Quote(ID)]).await;
    script.frames.send(ticker("ETHUSDT", "50.00")).unwrap();
    script.frames.send(ticker("BTCUSDT", "100.00")).unwrap();
    until("what was wanted", || list.quotes(ID) == [10_000]).await;
    assert!(list.quotes(OTHER).is_empty(), "nobody wanted it");

    feed.want(&[Feed::Quote(OTHER)]).unwrap();
    until("it is asked for", || {
        script.has_asked("ethusdt@bookTicker") == 1
    })
    .await;
    script.frames.send(ticker("ETHUSDT", "51.00")).unwrap();
    until("the added one", || list.quotes(OTHER) == [5_100]).await;

    feed.drop_feeds(&[Feed::Quote(OTHER)]).unwrap();
    until("it is asked for no longer", || {
        script.has_asked("UNSUBSCRIBE") == 1
    })
    .await;
    script.frames.send(ticker("ETHUSDT", "52.00")).unwrap();
    script.frames.send(ticker("BTCUSDT", "101.00")).unwrap();
    until("the other goes on", || {
        list.quotes(ID).last() == Some(&10_100)
    })
    .await;
    assert_eq!(list.quotes(OTHER), [5_100]);

    let refused = feed.want(&[Feed::Mark(ID)]).unwrap_err().to_string();
    assert!(refused.contains("mark price of binance-spot"), "{refused}");
}
