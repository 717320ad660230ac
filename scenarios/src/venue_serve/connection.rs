//! A WebSocket as the hub has it: its streams, and the queue of what goes out.

use std::sync::Arc;

use onetape_adapters::request::Frame as WireFrame;
use onetape_adapters::server::Cx;
use onetape_adapters::server::call::Line;
use onetape_adapters::server::news::News;
use onetape_adapters::server::protocol::{Protocol, Seat as Place};
use onetape_core::time::Ts;
use onetape_live::net::Frame;
use tokio::sync::{Notify, mpsc};

use super::seat::Seat;

/// Messages that wait for a reader; one that is slower is cut off.
const QUEUE: usize = 16_384;

/// What a connection's own task takes from the hub.
pub(super) struct Ears {
    /// Its number.
    pub(super) id: u64,
    /// What goes out.
    pub(super) out: mpsc::Receiver<Frame>,
    /// The hub ends the connection.
    pub(super) cut: Arc<Notify>,
}

/// A connection.
pub(super) struct Connection {
    pub(super) line: Line,
    pub(super) seats: Vec<Seat>,
    pub(super) opened: Ts,
    /// The key that it was logged on with, and when.
    pub(super) logon: Option<(String, Ts)>,
    /// Streams of accounts that were begun.
    pub(super) subscriptions: u64,
    out: mpsc::Sender<Frame>,
    cut: Arc<Notify>,
    slow: bool,
}

impl Connection {
    pub(super) fn new(id: u64, line: Line, now: Ts) -> (Self, Ears) {
        let (sender, out) = mpsc::channel(QUEUE);
        let cut = Arc::new(Notify::new());
        let ears = Ears {
            id,
            out,
            cut: Arc::clone(&cut),
        };
        let connection = Self {
            line,
            seats: Vec::new(),
            opened: now,
            logon: None,
            subscriptions: 0,
            out: sender,
            cut,
            slow: false,
        };
        (connection, ears)
    }

    /// Puts a frame into the queue. Who does not read is cut off.
    pub(super) fn send(&mut self, frame: WireFrame) {
        let frame = match frame {
            WireFrame::Text(text) => Frame::text(text),
            WireFrame::Binary(bytes) => Frame::Binary(bytes.into()),
        };
        if !self.slow && self.out.try_send(frame).is_err() {
            self.slow = true;
            self.cut();
        }
    }

    /// Ends the connection as it is.
    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Tells a piece of news by one of the streams.
    pub(super) fn tell(&mut self, protocol: Protocol, seat: usize, news: &News, cx: &Cx<'_>) {
        let Some(it) = self.seats.get(seat) else {
            return;
        };
        let place = Place {
            subscription: it.subscription,
            key: &it.key,
        };
        let frames = protocol.tell(&it.stream, news, &self.line, place, cx);
        for frame in frames {
            if self.wants(&frame) {
                self.send(frame);
            }
        }
    }

    /// Some addresses name the events that they want alone.
    fn wants(&self, frame: &WireFrame) -> bool {
        let names = &self.line.events;
        match frame {
            WireFrame::Text(text) if !names.is_empty() => {
                let mut names = names.iter();
                names.any(|name| text.contains(&format!("\"e\":\"{name}\"")))
            }
            _ => true,
        }
    }
}
