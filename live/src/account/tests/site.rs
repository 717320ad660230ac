//! The venue behind real HTTP and WebSocket, and what it does wrong on demand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use onetape_adapters::ask::StreamKey;
use onetape_adapters::directory::Directory;
use onetape_adapters::protocol::Protocol;
use onetape_adapters::request::{Frame as WireFrame, Method};
use onetape_adapters::server::Cx;
use onetape_adapters::server::accounts::{AccountId, Accounts};
use onetape_adapters::server::call::{Asked, Call, Line, Past};
use onetape_adapters::server::inbound::Inbound;
use onetape_adapters::server::news::News;
use onetape_adapters::server::reply::{Replied, Reply};
use onetape_adapters::server::wrong::Wrong;
use onetape_core::time::{Span, Ts};
use tokio::sync::mpsc;

use super::speak;
use super::world::World;
use crate::net::Frame;
use crate::serve::{Answer, Asked as HttpAsked, Opening, Reply as HttpReply, Site, Socket};
use crate::stamp::{Clock, SystemClock};

/// What becomes of the next new order, or cancel, besides what the venue makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrongly {
    /// The connection ends without an answer; the order was taken, or not.
    Drop { taken: bool },
    /// The venue's own "unknown": its server timed out.
    Timeout { taken: bool },
    /// 503 with unknown.
    Unknown { taken: bool },
    /// It is taken and no answer comes; where a venue gives two answers, the first does.
    NoResult,
    /// Too much was asked.
    Limited,
    /// Nothing is answered for a while.
    Banned,
}

/// One connection that is told news.
struct Seat {
    to: mpsc::UnboundedSender<Told>,
    line: Line,
}

enum Told {
    Frame(WireFrame),
    Close,
}

pub(super) struct Exchange {
    pub(super) protocol: Protocol,
    pub(super) directory: Arc<Directory>,
    accounts: Accounts,
    state: Mutex<State>,
    keys: AtomicU64,
}

pub(super) struct State {
    pub(super) world: World,
    pub(super) wrongly: Vec<Wrongly>,
    /// Streams tell nothing of the account.
    pub(super) mute: bool,
    /// Every piece of news is told twice.
    pub(super) twice: bool,
    /// Leverage and modes are answered as if they were set, and stay as they are.
    pub(super) deaf: bool,
    /// News come in the opposite order, those of one request.
    pub(super) backwards: bool,
    seats: Vec<Seat>,
    /// Private keys that were given, and how often they were kept alive.
    pub(super) kept: u32,
    pub(super) dead_man: Vec<Span>,
    /// Requests that a wrong signature or the like refused.
    pub(super) refused: Vec<Wrong>,
    /// Requests to change an order, none of which is granted.
    pub(super) changes: u32,
}

impl State {
    /// Whether any connection is there to be told news.
    pub(super) fn has_listeners(&self) -> bool {
        !self.seats.is_empty()
    }
}

/// Stands for no answer at all.
const SILENCE: Wrong = Wrong::Unsupported("silence");
pub(super) const KEY: &str = "test-key";
pub(super) const SECRET: &str = "test-secret";

impl Exchange {
    pub(super) fn new(protocol: Protocol, directory: Arc<Directory>) -> Self {
        let mut accounts = Accounts::new();
        accounts.shared(AccountId(1), KEY, SECRET.as_bytes());
        Self {
            protocol,
            accounts,
            state: Mutex::new(State {
                world: World::new(protocol),
                wrongly: Vec::new(),
                mute: false,
                twice: false,
                deaf: false,
                backwards: false,
                seats: Vec::new(),
                kept: 0,
                dead_man: Vec::new(),
                refused: Vec::new(),
                changes: 0,
            }),
            directory,
            keys: AtomicU64::new(1),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn cx(&self) -> Cx<'_> {
        Cx {
            directory: &self.directory,
            accounts: &self.accounts,
            now: SystemClock.now(),
        }
    }

    /// Tells news on every connection that listens.
    pub(super) fn tell(&self, mut news: Vec<News>) {
        let cx = self.cx();
        let state = self.state();
        if state.mute {
            return;
        }
        if self.protocol.is_futures() {
            let account = state.world.account();
            news.push(News::Margin(account.margins, account.positions));
        } else {
            news.push(News::Balances(state.world.balances()));
        }
        if state.backwards {
            news.reverse();
        }
        let times = if state.twice { 2 } else { 1 };
        for it in &news {
            for seat in &state.seats {
                for stream in &seat.line.streams {
                    for frame in speak::tell(self.protocol, stream, it, &seat.line, &cx) {
                        for _ in 0..times {
                            _ = seat.to.send(Told::Frame(frame.clone()));
                        }
                    }
                }
            }
        }
    }

    /// Ends private streams: where a key ends, that is told first.
    pub(super) fn expire(&self) {
        let cx = self.cx();
        let state = self.state();
        for seat in &state.seats {
            for stream in &seat.line.streams {
                let news = match self.protocol.has_stream_key() {
                    true => News::KeyExpired(stream.name.clone()),
                    false => News::AccountEnded,
                };
                for frame in speak::tell(self.protocol, stream, &news, &seat.line, &cx) {
                    _ = seat.to.send(Told::Frame(frame));
                }
            }
        }
    }

    /// Ends every connection.
    pub(super) fn cut(&self) {
        for seat in std::mem::take(&mut self.state().seats) {
            _ = seat.to.send(Told::Close);
        }
    }

    /// Does what is asked. `None` where no answer is to come; the news come back to be told after the answer.
    fn act(&self, asked: &Asked) -> (Option<Replied>, Vec<News>) {
        let mut state = self.state();
        state.world.now = SystemClock.now();
        let orders = matches!(asked.call, Call::Place(_) | Call::Cancel(_));
        let wrongly = match orders && !state.wrongly.is_empty() {
            true => Some(state.wrongly.remove(0)),
            false => None,
        };
        let fails = |wrong| (Some(Replied::of(Err(wrong))), Vec::new());
        match wrongly {
            None => {
                let (result, news) = done(&mut state, asked, &self.keys);
                (Some(Replied::of(result)), news)
            }
            Some(Wrongly::Limited) => fails(Wrong::RateLimit(Span::from_millis(1_000))),
            Some(Wrongly::Banned) => {
                fails(Wrong::Banned(SystemClock.now() + Span::from_millis(1_500)))
            }
            Some(Wrongly::Timeout { taken }) => {
                let news = if taken {
                    done(&mut state, asked, &self.keys).1
                } else {
                    Vec::new()
                };
                (Some(Replied::of(Err(Wrong::Timeout))), news)
            }
            Some(Wrongly::Unknown { taken }) => {
                let news = if taken {
                    done(&mut state, asked, &self.keys).1
                } else {
                    Vec::new()
                };
                (Some(Replied::of(Err(Wrong::Unknown))), news)
            }
            Some(Wrongly::Drop { taken }) => {
                let news = if taken {
                    done(&mut state, asked, &self.keys).1
                } else {
                    Vec::new()
                };
                (None, news)
            }
            Some(Wrongly::NoResult) => {
                let (_, news) = done(&mut state, asked, &self.keys);
                // Nothing comes, and the connection stays.
                (Some(Replied::of(Err(SILENCE))), news)
            }
        }
    }
}

fn is_silence(replied: &Replied) -> bool {
    replied.result == Err(SILENCE)
}

fn done(state: &mut State, asked: &Asked, keys: &AtomicU64) -> (Result<Reply, Wrong>, Vec<News>) {
    let mut news = Vec::new();
    let world = &mut state.world;
    let result = match &asked.call {
        Call::Time => Ok(Reply::Time(world.now)),
        Call::Ping | Call::Logout => Ok(Reply::Done),
        Call::Logon => Ok(Reply::Logon(Some((KEY.to_string(), world.now)))),
        Call::Place(new) => {
            let before = world.fills.len();
            news = world.place(new);
            let order = world.orders.values().next_back().cloned();
            match order {
                Some(order) => Ok(Reply::Order(
                    Box::new(order),
                    world.fills[before..].to_vec(),
                )),
                None => Err(Wrong::Unknown),
            }
        }
        Call::Cancel(which) => match world.find(which) {
            None => Err(Wrong::NotOpen),
            Some(id) => match world.cancel(id) {
                None => Err(Wrong::NotOpen),
                Some(told) => {
                    news.push(told);
                    Ok(Reply::Order(
                        Box::new(world.orders[&id].clone()),
                        Vec::new(),
                    ))
                }
            },
        },
        Call::CancelAll(..) => {
            let open = world.open();
            let mut all = Vec::new();
            for order in open {
                news.extend(world.cancel(order.id));
                all.push(world.orders[&order.id].clone());
            }
            Ok(Reply::Orders(all))
        }
        Call::Order(which) => match world.find(which) {
            Some(id) => Ok(Reply::Order(
                Box::new(world.orders[&id].clone()),
                Vec::new(),
            )),
            None => Err(Wrong::NoOrder),
        },
        Call::OpenOrders(_) => Ok(Reply::Orders(world.open())),
        Call::Orders(past) => Ok(Reply::Orders(
            world
                .orders
                .values()
                .filter(|it| within(past, it.created))
                .cloned()
                .collect(),
        )),
        Call::Trades(past) => Ok(Reply::Trades(
            world
                .fills
                .iter()
                .filter(|it| within(past, it.at))
                .cloned()
                .collect(),
        )),
        Call::Account | Call::Balances => Ok(Reply::Account(Box::new(world.account()))),
        Call::Positions(_) => Ok(Reply::Positions(world.positions())),
        Call::Settings(_) | Call::PositionMode => match asked.call {
            Call::PositionMode if !matches!(world.protocol, Protocol::BinanceUsdm) => {
                Ok(Reply::Account(Box::new(world.account())))
            }
            _ => Ok(Reply::Settings(vec![world.settings()])),
        },
        Call::SetLeverage { .. }
        | Call::SetCrossLeverage { .. }
        | Call::SetMarginMode { .. }
        | Call::SetPositionMode(_) => {
            let before = (world.leverage, world.mode, world.position_mode);
            let told = set(world, &asked.call);
            if state.deaf {
                (world.leverage, world.mode, world.position_mode) = before;
            }
            Ok(told)
        }
        Call::DeadMan(_, after) => {
            state.dead_man.push(*after);
            Ok(Reply::Done)
        }
        Call::StreamKey(StreamKey::Open) => {
            let number = keys.fetch_add(1, Ordering::Relaxed);
            Ok(Reply::StreamKey(format!("stream-key-{number}")))
        }
        Call::StreamKey(_) => {
            state.kept += 1;
            Ok(Reply::Done)
        }
        Call::FundingPaid(_) => Ok(Reply::Funding(Vec::new())),
        Call::Subscribe(_) if matches!(world.protocol, Protocol::BinanceSpot) => {
            Ok(Reply::StreamNumber(0))
        }
        Call::Subscribe(_) | Call::Unsubscribe(_) => Ok(Reply::Done),
        Call::Amend(_) | Call::AmendLoose(_) => {
            state.changes += 1;
            Err(Wrong::Unsupported("a change"))
        }
        _ => Err(Wrong::Unsupported("a call that no test makes")),
    };
    (result, news)
}

/// Sets what a call says. What is told of it, which at Gate is all that holds.
fn set(world: &mut World, call: &Call) -> Reply {
    let is_gate = world.protocol == Protocol::GateUsdt;
    match call {
        Call::SetLeverage { leverage, .. } | Call::SetCrossLeverage { leverage, .. } => {
            world.leverage = *leverage;
        }
        Call::SetMarginMode { mode, .. } => world.mode = *mode,
        Call::SetPositionMode(mode) => world.position_mode = *mode,
        _ => {}
    }
    match call {
        Call::SetPositionMode(_) if is_gate => Reply::Account(Box::new(world.account())),
        Call::SetMarginMode { .. } | Call::SetPositionMode(_) => Reply::Done,
        _ if is_gate => Reply::Positions(world.positions()),
        _ => Reply::Settings(vec![world.settings()]),
    }
}

fn within(past: &Past, at: Ts) -> bool {
    past.since.is_none_or(|since| at >= since)
}

impl Site for Exchange {
    async fn answer(&self, http: HttpAsked) -> Answer {
        let headers: Vec<(&str, &str)> = (http.headers.iter())
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let method = match http.method.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            _ => Method::Delete,
        };
        let inbound = Inbound {
            method,
            path: http.path(),
            query: http.query(),
            headers: &headers,
            body: &http.body,
        };
        let read = speak::request(self.protocol, &inbound, &self.cx());
        let out = match &read {
            Err(refused) => {
                self.state().refused.push(refused.wrong.clone());
                speak::refuse(self.protocol, refused, &self.cx())
            }
            Ok(asked) => {
                let (replied, news) = self.act(asked);
                let out = replied
                    .as_ref()
                    .map(|replied| speak::reply(self.protocol, asked, replied, &self.cx()));
                self.tell(news);
                match (out, replied) {
                    (Some(_), Some(replied)) if is_silence(&replied) => {
                        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
                        return Answer::Drop;
                    }
                    (Some(out), _) => out,
                    (None, _) => return Answer::Drop,
                }
            }
        };
        let mut reply = HttpReply {
            status: out.status,
            headers: Vec::new(),
            body: out.body.into(),
        };
        for (name, value) in out.headers {
            reply = reply.with(name, value);
        }
        reply.into()
    }

    fn open(&self, opening: &Opening) -> Result<(), HttpReply> {
        let cx = self.cx();
        match speak::open(self.protocol, opening.path(), opening.query(), &cx) {
            Some(_) => Ok(()),
            None => Err(HttpReply::text(404, "no such path")),
        }
    }

    async fn talk(&self, opening: Opening, mut socket: Socket) {
        let line = speak::open(self.protocol, opening.path(), opening.query(), &self.cx());
        let Some(mut line) = line else {
            return;
        };
        let (to, mut told) = mpsc::unbounded_channel();
        let own = to.clone();
        self.state().seats.push(Seat {
            to,
            line: line.clone(),
        });
        loop {
            tokio::select! {
                frame = socket.next() => {
                    let Some(frame) = frame else { break };
                    if !frame.is_message() {
                        continue;
                    }
                    let reads = speak::frames(self.protocol, frame.bytes(), &line, &self.cx());
                    for read in reads {
                        if !self.heard(read, &mut line, &own, &mut socket).await {
                            return;
                        }
                    }
                }
                told = told.recv() => match told {
                    Some(Told::Frame(frame)) => _ = socket.send(wire(frame)).await,
                    Some(Told::Close) | None => break,
                }
            }
        }
    }
}

impl Exchange {
    /// False when the connection is to end.
    async fn heard(
        &self,
        read: Result<Asked, Box<onetape_adapters::server::call::Refused>>,
        line: &mut Line,
        own: &mpsc::UnboundedSender<Told>,
        socket: &mut Socket,
    ) -> bool {
        let asked = match read {
            Ok(asked) => asked,
            Err(refused) => {
                self.state().refused.push(refused.wrong.clone());
                for frame in speak::refuse_frame(self.protocol, &refused, &self.cx()) {
                    socket.send(wire(frame)).await;
                }
                return true;
            }
        };
        match &asked.call {
            Call::Logon => line.account = asked.account,
            Call::Subscribe(streams) => line.streams.extend(streams.iter().cloned()),
            _ => {}
        }
        self.reseat(own, line);
        if let Some(receipt) = speak::receipt(self.protocol, &asked, &self.cx()) {
            socket.send(wire(receipt)).await;
        }
        let (replied, news) = self.act(&asked);
        let Some(replied) = replied else {
            self.tell(news);
            return false;
        };
        if !is_silence(&replied) {
            for frame in speak::answers(self.protocol, &asked, &replied, &self.cx()) {
                socket.send(wire(frame)).await;
            }
        }
        self.tell(news);
        true
    }

    fn reseat(&self, own: &mpsc::UnboundedSender<Told>, line: &Line) {
        let mut state = self.state();
        let mut seats = state.seats.iter_mut();
        if let Some(seat) = seats.find(|seat| seat.to.same_channel(own)) {
            seat.line = line.clone();
        }
    }
}

fn wire(frame: WireFrame) -> Frame {
    match frame {
        WireFrame::Text(text) => Frame::text(text),
        WireFrame::Binary(bytes) => Frame::Binary(bytes.into()),
    }
}
