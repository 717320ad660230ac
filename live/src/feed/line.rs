//! One connection of a venue's market data, with what it says and hears.

use std::sync::Arc;

use onetape_adapters::feed::{Feed, Socket};
use onetape_adapters::request;
use onetape_core::time::Ts;
use tokio::sync::{mpsc, watch};

use super::context::{Context, SharedEar};
use super::ear::Due;
use super::options::FEEDS_A_FRAME;
use super::outlet::Outlet;
use super::{snapshot, topic};
use crate::connection::{Dial, Heard, News, Order, Sink, Take, Words};
use crate::net::{Dialer, Endpoint, Frame, NetError, WsClient, WsLimits};
use crate::venue::Urls;

/// Makes the connection.
pub(super) struct LineDial {
    dialer: Dialer,
    to: Endpoint,
    headers: Vec<(String, String)>,
}

impl LineDial {
    /// `None` where the venue has no such connection.
    pub(super) fn new<O>(cx: &Context<O>, socket: Socket) -> Option<Self> {
        let protocol = cx.setup.protocol;
        Some(Self {
            dialer: cx.setup.dialer.clone(),
            to: cx.setup.urls.socket(protocol, socket, "")?,
            headers: Urls::socket_headers(protocol),
        })
    }
}

impl Dial for LineDial {
    fn dial(&mut self) -> impl Future<Output = Result<WsClient, NetError>> + Send + 'static {
        let (dialer, to, headers) = (self.dialer.clone(), self.to.clone(), self.headers.clone());
        async move { WsClient::connect(&dialer, &to, &headers, WsLimits::default()).await }
    }
}

/// What is said on it.
pub(super) struct LineWords<O> {
    pub(super) cx: Arc<Context<O>>,
    pub(super) ear: SharedEar,
    pub(super) socket: Socket,
    pub(super) id: u64,
}

impl<O> LineWords<O> {
    fn frames(&mut self, topics: &[String], begin: bool) -> Vec<Frame> {
        let feeds: Vec<Feed> = topics.iter().filter_map(|it| topic::feed(it)).collect();
        let mut frames = Vec::new();
        for some in feeds.chunks(FEEDS_A_FRAME) {
            self.id += 1;
            let setup = &self.cx.setup;
            let cx = setup.cx();
            let made = match begin {
                true => setup.protocol.subscribe(some, self.id, &cx),
                false => setup.protocol.unsubscribe(some, self.id, &cx),
            };
            // Each feed was tried before it was wanted: none of these can fail.
            let mine = made
                .into_iter()
                .flatten()
                .filter(|(at, _)| *at == self.socket);
            frames.extend(mine.map(|(_, frame)| wire(frame)));
        }
        frames
    }
}

impl<O: Outlet> Words for LineWords<O> {
    fn subscribe(&mut self, topics: &[String]) -> Vec<Frame> {
        self.frames(topics, true)
    }

    fn unsubscribe(&mut self, topics: &[String]) -> Vec<Frame> {
        self.frames(topics, false)
    }

    fn ping(&mut self) -> Frame {
        let ping = self.cx.setup.protocol.ping(self.cx.setup.offset.now());
        ping.map_or_else(|| Frame::Ping(Vec::new().into()), wire)
    }

    fn heard(&mut self, frame: &Frame) -> Heard {
        self.ear.lock().hear(frame)
    }
}

fn wire(frame: request::Frame) -> Frame {
    match frame {
        request::Frame::Text(text) => Frame::text(text),
        request::Frame::Binary(bytes) => Frame::Binary(bytes.into()),
    }
}

/// What is heard on it. The frame was read when it was said what it is.
pub(super) struct LineSink<O> {
    pub(super) cx: Arc<Context<O>>,
    pub(super) ear: SharedEar,
    pub(super) silent: watch::Sender<bool>,
    /// Weak: the connection ends when nobody else can give it orders.
    pub(super) orders: mpsc::WeakSender<Order>,
    /// The last fault, for who looks.
    pub(super) fault: watch::Sender<Option<String>>,
}

impl<O: Outlet> LineSink<O> {
    fn act(&self, due: Vec<Due>) {
        for it in due {
            match it {
                Due::Snapshot(id) => snapshot::spawn(&self.cx, &self.ear, id),
                Due::Send(text) => self.order(Order::Send(Frame::text(text))),
                Due::Renew => self.order(Order::Renew),
            }
        }
    }

    fn order(&self, order: Order) {
        // With that many orders waiting, the next ping or the venue's cut does the same a little later.
        if let Some(orders) = self.orders.upgrade() {
            let _ = orders.try_send(order);
        }
    }
}

impl<O: Outlet> Sink for LineSink<O> {
    fn frame(&mut self, arrived: Ts, take: Take, _: Frame) {
        let of_stream = take == Take::Stream;
        let due = (self.ear).tell(&self.cx.out, |ear, out| ear.take(arrived, of_stream, out));
        self.act(due);
    }

    fn news(&mut self, at: Ts, news: News) {
        let out = &self.cx.out;
        match news {
            News::Up => {
                let due = self.ear.tell(out, |ear, out| ear.went_up(at, out));
                self.act(due);
            }
            News::Down => self.ear.tell(out, |ear, out| ear.went_down(at, out)),
            News::Renewed => self.ear.lock().renewed(),
            News::Fallback(on) => {
                self.silent.send_replace(on);
            }
        }
    }

    fn failed(&mut self, _: Ts, error: &NetError) {
        self.fault.send_replace(Some(error.to_string()));
    }
}
