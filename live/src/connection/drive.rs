//! The loop that does what a link says, with real sockets and the machine's clock.

use std::pin::Pin;

use onetape_core::time::{Span, Ts};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::{Action, ConnId, Heard, Link, News, Take};
use crate::net::{Frame, NetError, WsClient};
use crate::stamp::{Clock, SystemClock};

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
    /// A frame that came; by [`Take`] it is the stream's, or that of the connection which will take over.
    fn frame(&mut self, arrived: Ts, take: Take, frame: Frame);
    /// What became of the stream.
    fn news(&mut self, at: Ts, news: News);
    /// A connection that failed, for the log.
    fn failed(&mut self, at: Ts, error: &NetError);
}

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
}

type Dialing = Pin<Box<dyn Future<Output = Result<WsClient, NetError>> + Send>>;

struct Driver<D, W, S> {
    link: Link,
    dial: D,
    words: W,
    sink: S,
    sockets: [Option<(ConnId, WsClient)>; 2],
    dialing: Option<(ConnId, Dialing)>,
    /// A clock that never goes back: the machine's at the beginning, and what passed since.
    began: (Ts, Instant),
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
        began: (SystemClock.now(), Instant::now()),
    };
    driver.link.start(driver.now());
    loop {
        driver.act().await;
        let until = driver.deadline();
        let [one, other] = &mut driver.sockets;
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => driver.order(order).await,
                None => break,
            },
            (id, came) = next(one) => driver.came(id, came),
            (id, came) = next(other) => driver.came(id, came),
            (id, made) = made(&mut driver.dialing) => driver.made(id, made),
            () = sleep_until(until) => driver.link.tick(driver.now()),
        }
    }
    driver.link.stop();
    driver.act().await;
    driver.link
}

/// The next frame of a socket; never, where there is none.
async fn next(socket: &mut Option<(ConnId, WsClient)>) -> (ConnId, Result<Frame, NetError>) {
    match socket {
        Some((id, socket)) => (*id, socket.next().await),
        None => std::future::pending().await,
    }
}

async fn made(dialing: &mut Option<(ConnId, Dialing)>) -> (ConnId, Result<WsClient, NetError>) {
    match dialing {
        Some((id, dialing)) => (*id, dialing.await),
        None => std::future::pending().await,
    }
}

impl<D: Dial, W: Words, S: Sink> Driver<D, W, S> {
    fn now(&self) -> Ts {
        let passed = i64::try_from(self.began.1.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.began.0 + Span::from_nanos(passed)
    }

    fn deadline(&self) -> Instant {
        // Without any, an hour is as good as never.
        let hour = Span::from_millis(3_600_000);
        let now = self.now();
        let at = self.link.next_deadline().unwrap_or(now + hour);
        let wait = at.since(now).nanos().clamp(0, hour.nanos()).unsigned_abs();
        Instant::now() + std::time::Duration::from_nanos(wait)
    }

    async fn act(&mut self) {
        while let Some(action) = self.link.poll() {
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
        let mut sockets = self.sockets.iter_mut().flatten();
        let Some((_, socket)) = sockets.find(|(at, _)| *at == id) else {
            return;
        };
        for frame in frames {
            if let Err(error) = socket.send(frame).await {
                self.over(id, &error);
                return;
            }
        }
    }

    fn over(&mut self, id: ConnId, error: &NetError) {
        self.sink.failed(self.now(), error);
        self.drop_socket(id);
        self.link.lost(id, self.now());
    }

    fn drop_socket(&mut self, id: ConnId) -> Option<WsClient> {
        let mut sockets = self.sockets.iter_mut();
        let slot = sockets.find(|slot| slot.as_ref().is_some_and(|(at, _)| *at == id))?;
        slot.take().map(|(_, socket)| socket)
    }

    fn close(&mut self, id: ConnId) {
        if self.dialing.as_ref().is_some_and(|(at, _)| *at == id) {
            self.dialing = None;
        }
        if let Some(socket) = self.drop_socket(id) {
            tokio::spawn(socket.close());
        }
    }

    fn made(&mut self, id: ConnId, made: Result<WsClient, NetError>) {
        self.dialing = None;
        match made {
            Ok(socket) => {
                // There are two places and never more than two connections.
                if let Some(place) = self.sockets.iter_mut().find(|slot| slot.is_none()) {
                    *place = Some((id, socket));
                    self.link.opened(id, self.now());
                }
            }
            Err(error) => self.over(id, &error),
        }
    }

    fn came(&mut self, id: ConnId, came: Result<Frame, NetError>) {
        let now = self.now();
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
        let take = self.link.heard(id, what, now);
        if frame.is_message() && take != Take::Stray {
            self.sink.frame(now, take, frame);
        }
    }

    async fn order(&mut self, order: Order) {
        match order {
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
}
