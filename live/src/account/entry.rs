//! The connection that orders go by as frames, where a venue has one.

use std::sync::{Arc, Mutex, PoisonError};

use onetape_adapters::feed::Socket;
use onetape_adapters::news::{FrameAnswer, News as Told};
use onetape_core::time::Ts;
use tokio::sync::mpsc;

use super::follow::Trouble;
use super::send::on_wire;
use super::stream::{hear, unreachable};
use super::venue::{Account, now};
use crate::connection::{
    Dial, Heard, Link, LinkOptions, News, Order, SentNow, Sink, Take, Wire, Words, run,
};
use crate::net::{Frame, NetError, WsClient, WsLimits};
use crate::venue::Urls;

/// Frames that wait for the socket's task; with more, requests go by REST.
const WAITING_MAX: usize = 1_024;
/// The only topic: to be the account's own.
const LOGON: &str = "logon";

/// Keeps the connection up for as long as the account is there.
pub(super) async fn keep(account: Arc<Account>) {
    let (orders, taken) = mpsc::channel(WAITING_MAX);
    let mut link = Link::new(LinkOptions::daily(
        u64::from(account.setup.venue.0) << 1 | 1,
    ));
    link.subscribe(LOGON);
    let entry = Entry {
        account: Arc::clone(&account),
        out: Out {
            orders,
            wire: Arc::default(),
        },
        up: false,
    };
    let words = EntryWords(Arc::clone(&account));
    run(link, EntryDial(account), words, entry, taken).await;
}

struct EntryDial(Arc<Account>);

impl Dial for EntryDial {
    fn dial(&mut self) -> impl Future<Output = Result<WsClient, NetError>> + Send + 'static {
        let account = Arc::clone(&self.0);
        async move {
            let setup = &account.setup;
            let Some(at) = setup.urls.socket(setup.protocol, Socket::Orders, "") else {
                return Err(unreachable(
                    account.name(),
                    "no address for orders by frame",
                ));
            };
            let headers = Urls::socket_headers(setup.protocol);
            WsClient::connect(&setup.dialer, &at, &headers, WsLimits::default()).await
        }
    }
}

struct EntryWords(Arc<Account>);

impl Words for EntryWords {
    fn subscribe(&mut self, _: &[String]) -> Vec<Frame> {
        let account = &self.0;
        let id = account.frame_id();
        let setup = &account.setup;
        match setup.protocol.logon(id, &setup.cx()) {
            Ok(Some(frame)) => {
                account.state().logon = Some(id);
                vec![on_wire(frame)]
            }
            _ => Vec::new(),
        }
    }

    fn unsubscribe(&mut self, _: &[String]) -> Vec<Frame> {
        Vec::new()
    }

    fn ping(&mut self) -> Frame {
        let ping = self.0.setup.protocol.ping(self.0.setup.offset.now());
        ping.map_or(Frame::Ping(bytes::Bytes::new()), on_wire)
    }

    fn heard(&mut self, _: &Frame) -> Heard {
        Heard::Data
    }
}

/// The way out of frames with orders.
#[derive(Clone)]
pub(super) struct Out {
    /// To the connection's own task.
    orders: mpsc::Sender<Order>,
    /// The connection, while there is one.
    wire: Arc<Mutex<Option<Wire>>>,
}

/// How a frame left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Its last byte is written.
    Written,
    /// The connection's task writes it.
    Handed,
    /// It did not: the way is full.
    Not,
}

impl Out {
    /// Sends a frame: at once where that keeps the order in which frames were given, else by the connection's task.
    pub(super) fn send(&self, frame: Frame) -> Left {
        let waits = self.orders.capacity() < self.orders.max_capacity();
        let wire = match waits {
            true => None,
            false => self
                .wire
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        };
        let frame = match wire.map(|wire| wire.send_now(frame.clone())) {
            Some(SentNow::Written) => return Left::Written,
            // Its task learns that it is over, and what becomes of everything that was asked on it.
            Some(SentNow::Broken) => return Left::Handed,
            Some(SentNow::Kept) => {
                // With so many orders waiting, the next of them has it written.
                _ = self.orders.try_send(Order::Flush);
                return Left::Handed;
            }
            Some(SentNow::Busy(frame)) => frame,
            None => frame,
        };
        match self.orders.try_send(Order::Send(frame)) {
            Ok(()) => Left::Handed,
            Err(_) => Left::Not,
        }
    }
}

struct Entry {
    account: Arc<Account>,
    out: Out,
    up: bool,
}

impl Entry {
    fn answered(&mut self, answer: &FrameAnswer, read: Ts) {
        let account = &self.account;
        let setup = &account.setup;
        let is_logon = account.state().logon == Some(answer.id);
        if is_logon {
            let taken = matches!(answer.status, 0 | 200..=299) && !answer.text.contains("\"errs\"");
            return match taken {
                true => self.ready(),
                false => self.refused(answer),
            };
        }
        let asked = account
            .state()
            .asked
            .get(&answer.id)
            .map(|(ask, _)| ask.clone());
        let Some(ask) = asked else {
            return;
        };
        setup
            .budgets
            .take(setup.protocol.frame_budgets(answer), now());
        let cx = setup.cx();
        let told = setup
            .counts
            .with(|counts| setup.protocol.answer(&ask, answer, &cx, counts));
        if !matches!(told, Ok(onetape_adapters::news::Answer::Received)) {
            account.state().asked.remove(&answer.id);
        }
        if let Err(failure) = &told {
            let offset = setup.offset.measured();
            let offset = offset.map_or(0, |it| it.offset_ns);
            setup.budgets.failed(failure, offset, now());
            account.look_at_hold();
        }
        account.with_read(read, |follower| {
            follower.answered(&ask, told.map_err(Trouble::Failed), now());
        });
    }

    fn ready(&mut self) {
        if self.up {
            self.account.state().entry = Some(self.out.clone());
        }
    }

    fn refused(&self, answer: &FrameAnswer) {
        let words = format!("a logon was refused with status {}", answer.status);
        let venue = self.account.setup.venue;
        self.account.notice(super::Notice::Fatal { venue, words });
    }

    /// Nothing is known of what waits for an answer on a connection that is gone.
    fn lost(&mut self) {
        self.up = false;
        let asked = {
            let mut state = self.account.state();
            state.entry = None;
            std::mem::take(&mut state.asked)
        };
        for (ask, _) in asked.into_values() {
            let lost = Trouble::Lost("the connection of orders broke".to_string());
            self.account
                .with(|follower| follower.answered(&ask, Err(lost), now()));
        }
    }
}

impl Sink for Entry {
    fn has_room(&self) -> bool {
        self.account.has_room()
    }

    fn frame(&mut self, arrived: Ts, _: Take, frame: Frame) {
        for news in hear(&self.account, &frame) {
            match news {
                Told::Answer(answer) => self.answered(&answer, arrived),
                Told::Reconnect => _ = self.out.orders.try_send(Order::Renew),
                other => self.account.hear(other, arrived),
            }
        }
    }

    fn news(&mut self, _: Ts, news: News) {
        match news {
            News::Up => {
                self.up = true;
                let setup = &self.account.setup;
                // Where each frame is signed by itself there is nothing to wait for.
                if matches!(setup.protocol.logon(1, &setup.cx()), Ok(None)) {
                    self.ready();
                }
            }
            News::Down => self.lost(),
            News::Renewed | News::Fallback(_) => {}
        }
    }

    fn failed(&mut self, _: Ts, _: &NetError) {}

    fn wired(&mut self, wire: Option<Wire>) {
        *(self.out.wire.lock()).unwrap_or_else(PoisonError::into_inner) = wire;
    }
}
