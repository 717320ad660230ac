//! The loop that does what a link says, with real sockets and the machine's clock.

use std::pin::{Pin, pin};
use std::time::Duration;

use onetape_core::time::{Span, Ts};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Action, ConnId, Heard, Link, News, Take, Wire};
use crate::net::{Frame, NetError, WsClient};
use crate::stamp::SteadyClock;

/// Makes the connections of one stream.
pub trait Dial {
    /// Connects; logs in where the stream needs it.
    fn dial(&mut self) -> impl Future<Output = Result<WsClient, NetError>> + Send + 'static;
}

/// The words that a venue has for what a link does.
pub trait Words {
    /// Asks for topics.
    fn subscribe(&mut self, topics: &[String]) -> Vec<Frame>;
    /// Asks for them no longer.
    fn unsubscribe(&mut self, topics: &[String]) -> Vec<Frame>;
    /// Asks whether the other side is there.
    fn ping(&mut self) -> Frame;
    /// What a frame is.
    fn heard(&mut self, frame: &Frame) -> Heard;
}

/// Who listens.
pub trait Sink {
    /// A frame that came, and when its last bytes were read by the steady clock; by [`Take`] it is the stream's, or that of
    /// the connection which will take over.
    fn frame(&mut self, arrived: Ts, take: Take, frame: Frame);
    /// What became of the stream.
    fn news(&mut self, at: Ts, news: News);
    /// A connection that failed, for the log.
    fn failed(&mut self, at: Ts, error: &NetError);
    /// Whether what comes next has room. While it has none, the sockets are left alone, and their senders have to wait.
    fn has_room(&self) -> bool {
        true
    }
    /// The stream's connection is another from here on, or there is none.
    fn wired(&mut self, wire: Option<Wire>) {
        let _ = wire;
    }
}

/// How soon who has no room is asked again.
const ROOM_WAIT: Duration = Duration::from_millis(2);

/// What a running stream can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Want a topic.
    Subscribe(String),
    /// Want it no longer.
    Unsubscribe(String),
    /// Open the next connection now, for the venue said that it will cut this one.
    Renew,
    /// Send a frame on the stream's connection; dropped when it is down.
    Send(Frame),
    /// Have what the stream's connection keeps written.
    Flush,
}

type Dialing = Pin<Box<dyn Future<Output = Result<WsClient, NetError>> + Send>>;

struct Driver<D, W, S> {
    link: Link,
    dial: D,
    words: W,
    sink: S,
    sockets: [Option<(ConnId, Wire)>; 2],
    dialing: Option<(ConnId, Dialing)>,
    /// Of which connection was told last that it is the stream's.
    told: Option<ConnId>,
    /// The link may want to be looked at earlier than it was told.
    moved: bool,
}

/// Runs a stream until nobody can give orders any more; then closes it and returns the link with its counts.
pub async fn run<D: Dial, W: Words, S: Sink>(
    link: Link,
    dial: D,
    words: W,
    sink: S,
    mut orders: mpsc::Receiver<Order>,
) -> Link {
    let mut driver = Driver {
        link,
        dial,
        words,
        sink,
        sockets: [None, None],
        dialing: None,
        told: None,
        moved: true,
    };
    driver.link.start(driver.now());
    let mut alarm = pin!(sleep_until(Instant::now()));
    loop {
        driver.act().await;
        driver.tell_wire();
        // A frame only moves deadlines away: then a look too early does no harm, and a timer a frame would.
        if std::mem::take(&mut driver.moved) {
            alarm.as_mut().reset(driver.deadline());
        }
        let reads = driver.sink.has_room();
        let [one, other] = &driver.sockets;
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => driver.order(order).await,
                None => break,
            },
            (id, at, came) = next(one), if reads => driver.came(id, at, came),
            (id, at, came) = next(other), if reads => driver.came(id, at, came),
            (id, made) = made(&mut driver.dialing) => driver.made(id, made),
            () = room(), if !reads => {}
            () = alarm.as_mut() => {
                driver.moved = true;
                driver.link.tick(driver.now());
            }
        }
    }
    driver.link.stop();
    driver.act().await;
    driver.tell_wire();
    driver.link
}

/// The next frame of a socket; never, where there is none.
async fn next(socket: &Option<(ConnId, Wire)>) -> (ConnId, Ts, Result<Frame, NetError>) {
    match socket {
        Some((id, wire)) => {
            let (at, came) = wire.next().await;
            (*id, at, came)
        }
        None => std::future::pending().await,
    }
}

/// Until who has no room is asked again.
async fn room() {
    sleep(ROOM_WAIT).await;
}

async fn made(dialing: &mut Option<(ConnId, Dialing)>) -> (ConnId, Result<WsClient, NetError>) {
    match dialing {
        Some((id, dialing)) => (*id, dialing.await),
        None => std::future::pending().await,
    }
}

impl<D: Dial, W: Words, S: Sink> Driver<D, W, S> {
    fn now(&self) -> Ts {
        SteadyClock::read()
    }

    /// Tells when the stream's connection is another.
    fn tell_wire(&mut self) {
        let stream = self.link.stream();
        if stream != self.told {
            self.told = stream;
            let wire = stream.and_then(|id| self.wire(id));
            self.sink.wired(wire);
        }
    }

    fn wire(&self, id: ConnId) -> Option<Wire> {
        let mut sockets = self.sockets.iter().flatten();
        sockets.find(|(at, _)| *at == id).map(|(_, it)| it.clone())
    }

    fn deadline(&self) -> Instant {
        // Without any, an hour is as good as never.
        let hour = Span::from_millis(3_600_000);
        let now = self.now();
        let at = self.link.next_deadline().unwrap_or(now + hour);
        let wait = at.since(now).nanos().clamp(0, hour.nanos()).unsigned_abs();
        Instant::now() + Duration::from_nanos(wait)
    }

    async fn act(&mut self) {
        while let Some(action) = self.link.poll() {
            self.moved = true;
            match action {
                Action::Open(id) => {
                    let dialing: Dialing = Box::pin(self.dial.dial());
                    self.dialing = Some((id, dialing));
                }
                Action::Subscribe(id, topics) => {
                    let frames = self.words.subscribe(&topics);
                    self.send(id, frames).await;
                }
                Action::Unsubscribe(id, topics) => {
                    let frames = self.words.unsubscribe(&topics);
                    self.send(id, frames).await;
                }
                Action::Ping(id) => {
                    let frame = self.words.ping();
                    self.send(id, vec![frame]).await;
                }
                Action::Close(id) => self.close(id),
                Action::Tell(news) => self.sink.news(self.now(), news),
            }
        }
    }

    async fn send(&mut self, id: ConnId, frames: Vec<Frame>) {
        let Some(wire) = self.wire(id) else {
            return;
        };
        for frame in frames {
            if let Err(error) = wire.send(frame).await {
                self.over(id, &error);
                return;
            }
        }
    }

    fn over(&mut self, id: ConnId, error: &NetError) {
        self.moved = true;
        self.sink.failed(self.now(), error);
        self.drop_socket(id);
        self.link.lost(id, self.now());
    }

    fn drop_socket(&mut self, id: ConnId) -> Option<Wire> {
        let mut sockets = self.sockets.iter_mut();
        let slot = sockets.find(|slot| slot.as_ref().is_some_and(|(at, _)| *at == id))?;
        slot.take().map(|(_, wire)| wire)
    }

    fn close(&mut self, id: ConnId) {
        if self.dialing.as_ref().is_some_and(|(at, _)| *at == id) {
            self.dialing = None;
        }
        if let Some(wire) = self.drop_socket(id) {
            tokio::spawn(wire.close());
        }
    }

    fn made(&mut self, id: ConnId, made: Result<WsClient, NetError>) {
        self.moved = true;
        self.dialing = None;
        match made {
            Ok(socket) => {
                // There are two places and never more than two connections.
                if let Some(place) = self.sockets.iter_mut().find(|slot| slot.is_none()) {
                    *place = Some((id, Wire::new(socket)));
                    self.link.opened(id, self.now());
                }
            }
            Err(error) => self.over(id, &error),
        }
    }

    fn came(&mut self, id: ConnId, at: Ts, came: Result<Frame, NetError>) {
        let frame = match came {
            Ok(Frame::Close(code, reason)) => {
                let words = crate::net::CloseWords {
                    code: Some(code),
                    reason,
                };
                let trouble = crate::net::Trouble::Closed(words);
                let error = NetError::new("stream", crate::net::Reach::Unknown, trouble);
                return self.over(id, &error);
            }
            Ok(frame) => frame,
            Err(error) => return self.over(id, &error),
        };
        let what = self.words.heard(&frame);
        let take = self.link.heard(id, what, at);
        // The first data of a successor bring its turn nearer.
        self.moved |= take == Take::Successor;
        if frame.is_message() && take != Take::Stray {
            self.sink.frame(at, take, frame);
        }
    }

    async fn order(&mut self, order: Order) {
        self.moved = true;
        match order {
            Order::Flush => self.flush().await,
            Order::Subscribe(topic) => self.link.subscribe(&topic),
            Order::Unsubscribe(topic) => self.link.unsubscribe(&topic),
            Order::Renew => self.link.renew(self.now()),
            Order::Send(frame) => {
                if let Some(id) = self.link.stream() {
                    self.send(id, vec![frame]).await;
                }
            }
        }
    }

    async fn flush(&mut self) {
        let stream = self.link.stream();
        let Some((id, wire)) = stream.and_then(|id| Some((id, self.wire(id)?))) else {
            return;
        };
        if let Err(error) = wire.flush().await {
            self.over(id, &error);
        }
    }
}
