//! The private stream of an account: opened, kept, and what was missed asked for.

use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::ask::{Ask, StreamKey};
use onetape_adapters::feed::Feed;
use onetape_adapters::news::{Answer, News as Told};
use onetape_core::fault::{FaultKind, FaultPhase};
use onetape_core::time::Ts;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Notice;
use super::send::on_wire;
use super::venue::Account;
use crate::connection::{Dial, Heard, Link, LinkOptions, News, Order, Sink, Take, Words, run};
use crate::net::{Frame, NetError, Reach, Trouble, WsClient, WsLimits};
use crate::venue::Urls;

/// Between two words that keep the key of a stream alive; venues end it after an hour.
const KEEP_EVERY: Duration = Duration::from_secs(20 * 60);
/// The only topic.
const ACCOUNT: &str = "account";

/// Keeps the stream up for as long as the account is there.
pub(super) async fn keep(account: Arc<Account>) {
    let (orders, taken) = mpsc::channel(8);
    let mut link = Link::new(LinkOptions::daily(u64::from(account.setup.venue.0) << 1));
    link.subscribe(ACCOUNT);
    account.state().stream = Some(orders.clone());
    let private = Private {
        account: Arc::clone(&account),
        orders,
        down_told: false,
    };
    let words = PrivateWords(Arc::clone(&account));
    run(link, PrivateDial(account), words, private, taken).await;
}

/// Keeps the key of the stream alive. One that is over is told by the stream's end, and a new one is asked for then.
pub(super) async fn keep_key(account: Arc<Account>) {
    loop {
        sleep(KEEP_EVERY).await;
        let key = account.state().stream_key.clone();
        if let Some(key) = key {
            let kept = account.ask(&Ask::StreamKey(StreamKey::Keep(key))).await;
            let stream = account.state().stream.clone();
            if kept.is_err()
                && let Some(stream) = stream
            {
                // The next connection begins with a new key.
                _ = stream.try_send(Order::Renew);
            }
        }
    }
}

/// An error that is none of a socket's.
pub(super) fn unreachable(venue: &str, words: &str) -> NetError {
    NetError::new(venue, Reach::Answered, Trouble::Protocol(words.to_string()))
}

/// The news in a frame; what cannot be read is told of.
pub(super) fn hear(account: &Account, frame: &Frame) -> Vec<Told> {
    let setup = &account.setup;
    let mut out = Vec::new();
    let heard = setup.counts.with(|counts| match frame {
        Frame::Text(text) => setup
            .protocol
            .hear(text, &setup.directory, counts, &mut out),
        Frame::Binary(bytes) => {
            (setup.protocol).hear_bytes(bytes, &setup.directory, counts, &mut out)
        }
        _ => Ok(()),
    });
    if let Err(why) = heard {
        account.unread(why.to_string());
    }
    out
}

struct PrivateDial(Arc<Account>);

impl Dial for PrivateDial {
    fn dial(&mut self) -> impl Future<Output = Result<WsClient, NetError>> + Send + 'static {
        let account = Arc::clone(&self.0);
        async move {
            let dialled = dial(&account).await;
            if let Err(why) = &dialled {
                account.state().stream_words = why.to_string();
            }
            dialled
        }
    }
}

async fn dial(account: &Account) -> Result<WsClient, NetError> {
    let setup = &account.setup;
    let key = match setup.protocol.has_stream_key() {
        true => open_key(account).await?,
        false => String::new(),
    };
    let socket = setup.protocol.account_socket();
    let at = setup.urls.socket(setup.protocol, socket, &key);
    let at = at.ok_or_else(|| unreachable(account.name(), "no address for its stream"))?;
    let headers = Urls::socket_headers(setup.protocol);
    WsClient::connect(&setup.dialer, &at, &headers, WsLimits::default()).await
}

async fn open_key(account: &Account) -> Result<String, NetError> {
    let asked = account.ask(&Ask::StreamKey(StreamKey::Open)).await;
    match asked {
        Ok(Answer::StreamKey(key)) => {
            account.state().stream_key = Some(key.clone());
            Ok(key)
        }
        Ok(_) => Err(unreachable(account.name(), "no key for the private stream")),
        Err(why) => Err(unreachable(account.name(), &why.to_string())),
    }
}

struct PrivateWords(Arc<Account>);

impl Words for PrivateWords {
    fn subscribe(&mut self, _: &[String]) -> Vec<Frame> {
        let setup = &self.0.setup;
        let id = self.0.frame_id();
        match setup.protocol.subscribe(&[Feed::Account], id, &setup.cx()) {
            Ok(frames) => {
                self.0.state().unanswered = frames.len();
                frames
                    .into_iter()
                    .map(|(_, frame)| on_wire(frame))
                    .collect()
            }
            Err(why) => {
                self.0.state().stream_words = why.to_string();
                Vec::new()
            }
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

struct Private {
    account: Arc<Account>,
    orders: mpsc::Sender<Order>,
    down_told: bool,
}

impl Private {
    /// What comes from here on is heard; what came before is asked for.
    fn whole(&mut self) {
        let venue = self.account.setup.venue;
        self.account.state().stream_up = true;
        if std::mem::take(&mut self.down_told) {
            self.account.fault(FaultKind::AccountDown, FaultPhase::Ends);
            self.account.notice(Notice::Stream { venue, up: true });
        }
        self.account.catch_up.notify_one();
    }

    /// One subscription was taken; with the last of them the stream is whole.
    fn subscribed(&mut self) {
        let left = {
            let mut state = self.account.state();
            state.unanswered = state.unanswered.saturating_sub(1);
            state.unanswered
        };
        let up = self.account.state().stream_up;
        if left == 0 && !up {
            self.whole();
        }
    }

    /// Whether anything is asked on the connection, or its address says all.
    fn asks_for_it(&self) -> bool {
        let setup = &self.account.setup;
        let frames = setup.protocol.subscribe(&[Feed::Account], 1, &setup.cx());
        frames.is_ok_and(|frames| !frames.is_empty())
    }

    fn renew(&self) {
        _ = self.orders.try_send(Order::Renew);
    }
}

impl Sink for Private {
    fn has_room(&self) -> bool {
        self.account.has_room()
    }

    fn frame(&mut self, arrived: Ts, _: Take, frame: Frame) {
        for news in hear(&self.account, &frame) {
            match news {
                Told::Subscribed(_) => self.subscribed(),
                Told::Refused(_, words) => {
                    self.account.state().stream_words = words.clone();
                    let venue = self.account.setup.venue;
                    self.account.notice(Notice::Fatal { venue, words });
                }
                Told::Answer(answer) if !matches!(answer.status, 0 | 200..=299) => {
                    let words =
                        format!("its subscription was refused with status {}", answer.status);
                    self.account.state().stream_words = words;
                    self.renew();
                }
                Told::StreamEnded => {
                    self.account.state().stream_key = None;
                    self.renew();
                    self.account.catch_up.notify_one();
                }
                Told::Reconnect => self.renew(),
                other => self.account.hear(other, arrived),
            }
        }
    }

    fn news(&mut self, _: Ts, news: News) {
        match news {
            // Where a subscription is asked for, its answer says that the stream is whole.
            News::Up if self.asks_for_it() => {}
            News::Up => self.whole(),
            News::Renewed => self.account.catch_up.notify_one(),
            News::Down => {
                self.account.state().stream_up = false;
                if !std::mem::replace(&mut self.down_told, true) {
                    let venue = self.account.setup.venue;
                    self.account
                        .fault(FaultKind::AccountDown, FaultPhase::Begins);
                    self.account.notice(Notice::Stream { venue, up: false });
                }
            }
            News::Fallback(_) => {}
        }
    }

    fn failed(&mut self, _: Ts, why: &NetError) {
        self.account.state().stream_words = why.to_string();
    }
}
