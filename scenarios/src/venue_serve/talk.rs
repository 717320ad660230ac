//! One WebSocket from its opening to its end.

use std::time::{Duration, Instant};

use onetape_adapters::server::call::{Line, Refused};
use onetape_core::time::Span;
use onetape_live::net::Frame;
use onetape_live::serve::Socket;
use onetape_live::stamp::SteadyClock;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::connection::Ears;
use super::hub::Hub;
use super::limits::Asker;
use super::perform::Done;
use super::run::Times;

/// How often it is looked at what is due.
const LOOK: Duration = Duration::from_millis(100);
/// A frame that does not go out within this time ends the connection.
const SEND: Duration = Duration::from_secs(10);

/// Code of a connection that was closed for what its client did.
const POLICY: u16 = 1_008;
/// Code of a connection whose server goes.
const GOING: u16 = 1_001;

/// Talks until one of both has enough.
pub(super) async fn talk(hub: &Hub, line: Line, who: Asker, mut socket: Socket, times: &Times) {
    let is_api = line.route == "api";
    let mut ears = hub.enter(line);
    let mut life = Life::new(hub, is_api, times);
    if let Some((code, reason)) = through(hub, &mut ears, &mut socket, &mut life, who).await {
        // What was said before goes out before.
        let mut last = Vec::new();
        while let Ok(frame) = ears.out.try_recv() {
            last.push(frame);
        }
        last.push(Frame::Close(code, reason.to_string()));
        for frame in last {
            if !matches!(timeout(SEND, socket.send(frame)).await, Ok(true)) {
                break;
            }
        }
    }
    hub.leave(ears.id);
}

/// Gives code and reason of a close that the other side is told.
async fn through(
    hub: &Hub,
    ears: &mut Ears,
    socket: &mut Socket,
    life: &mut Life,
    who: Asker,
) -> Option<(u16, &'static str)> {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let frame = tokio::select! {
            biased;
            () = ears.cut.notified() => return None,
            _ = looks.tick() => match life.look(hub, ears.id) {
                Look::Well => continue,
                Look::Ping(payload) => payload,
                Look::Ends(code, reason) => return Some((code, reason)),
            },
            frame = socket.next() => match life.heard(frame?) {
                Heard::Message(bytes) => {
                    if !take(hub, ears.id, &bytes, who) {
                        return None;
                    }
                    continue;
                }
                Heard::Nothing => continue,
                Heard::TooMuch => return Some((POLICY, "too many messages")),
                Heard::End => return None,
            },
            out = ears.out.recv() => out?,
        };
        if let Some(stamps) = &hub.stamps {
            stamps.leaves(hub.protocol.name(), &frame);
        }
        let sent = tokio::select! {
            biased;
            () = ears.cut.notified() => return None,
            sent = timeout(SEND, socket.send(frame)) => sent,
        };
        if !matches!(sent, Ok(true)) {
            return None;
        }
    }
}

/// Takes a message in and puts its answers into the queue. False when the connection ends without any.
fn take(hub: &Hub, id: u64, bytes: &[u8], who: Asker) -> bool {
    let came = hub.stamps.as_ref().map(|_| SteadyClock::read());
    let mut state = hub.lock();
    state.counts.frames += 1;
    let Some(connection) = state.connections.get(&id) else {
        return false;
    };
    if let Some((wrong, way)) = state.is_banned(who.address) {
        let refused = Refused { wrong, way };
        let frames = hub.protocol.refuse_frame(&refused, &state.cx());
        state.send(id, frames);
        return true;
    }
    let all = hub.protocol.frame(bytes, &connection.line, &state.cx());
    for read in all {
        let mut read = match read {
            Ok(read) => read,
            Err(refused) => {
                let frames = hub.protocol.refuse_frame(&refused, &state.cx());
                state.send(id, frames);
                continue;
            }
        };
        hub.stamp(came, &read);
        let (done, begun) = state.perform(&mut read, who, Some(id));
        let (replied, whole) = match done {
            Done::Dropped => {
                state.deliver();
                return false;
            }
            Done::Answered(replied) => (replied, true),
            Done::Came(replied) => (replied, false),
        };
        let ack = match &replied.result {
            Ok(_) => hub.protocol.ack(&read, &replied, &state.cx()),
            Err(_) => None,
        };
        // A venue that has no such word of its own says what it has.
        let answers = match (whole, &ack) {
            (false, Some(_)) => Vec::new(),
            _ => hub.protocol.answer(&read, &replied, &state.cx()),
        };
        state.send(id, ack.into_iter().chain(answers));
        state.begin(id, begun);
    }
    state.deliver();
    true
}

enum Heard {
    Message(bytes::Bytes),
    Nothing,
    TooMuch,
    End,
}

enum Look {
    Well,
    Ping(Frame),
    Ends(u16, &'static str),
}

/// What keeps a connection alive, and what ends it.
struct Life {
    opened: Instant,
    heard: Instant,
    /// Since when there has been no stream.
    unused: Option<Instant>,
    pinged: Instant,
    /// What is to come back, and since when.
    awaited: Option<(String, Instant)>,
    second: Instant,
    messages: u32,
    times: Habitual,
}

/// Times of a venue, with what was said in their place.
#[derive(Clone, Copy)]
struct Habitual {
    ping: Option<(Duration, Duration)>,
    idle: Option<Duration>,
    unused: Option<Duration>,
    life: Duration,
    messages: Option<u32>,
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(u64::try_from(span.nanos()).unwrap_or(0))
}

impl Life {
    fn new(hub: &Hub, is_api: bool, times: &Times) -> Self {
        let habits = &hub.habits;
        let now = Instant::now();
        let ping = habits.ping.map(|(every, within)| {
            let every = times.ping.unwrap_or(every);
            (duration(every), duration(times.pong.unwrap_or(within)))
        });
        Self {
            opened: now,
            heard: now,
            unused: Some(now),
            pinged: now,
            awaited: None,
            second: now,
            messages: 0,
            times: Habitual {
                ping,
                idle: habits.idle.map(duration),
                unused: habits.unused.map(duration),
                life: duration(times.life.unwrap_or(habits.life)),
                // Requests have limits of their own.
                messages: habits.messages.filter(|_| !is_api && times.limited),
            },
        }
    }

    fn heard(&mut self, frame: Frame) -> Heard {
        let now = Instant::now();
        self.heard = now;
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.messages = 0;
        }
        self.messages += 1;
        if self.times.messages.is_some_and(|most| self.messages > most) {
            return Heard::TooMuch;
        }
        match frame {
            Frame::Text(text) => Heard::Message(text.into()),
            Frame::Binary(bytes) => Heard::Message(bytes),
            Frame::Pong(payload) => {
                // One that was not asked for does not count.
                let awaited = self.awaited.as_ref();
                if awaited.is_some_and(|(text, _)| text.as_bytes() == payload.as_ref()) {
                    self.awaited = None;
                }
                Heard::Nothing
            }
            Frame::Ping(_) => Heard::Nothing,
            Frame::Close(..) => Heard::End,
        }
    }

    fn look(&mut self, hub: &Hub, id: u64) -> Look {
        let now = Instant::now();
        if now.duration_since(self.opened) >= self.times.life {
            hub.shut_down(id);
            return Look::Ends(GOING, "the connection has lived its time");
        }
        if let Some((every, within)) = self.times.ping {
            if let Some((_, since)) = &self.awaited
                && now.duration_since(*since) >= within
            {
                return Look::Ends(POLICY, "no pong");
            }
            if now.duration_since(self.pinged) >= every {
                self.pinged = now;
                let payload = super::clock::now()
                    .nanos()
                    .div_euclid(1_000_000)
                    .to_string();
                self.awaited.get_or_insert((payload.clone(), now));
                if let Some((text, _)) = &mut self.awaited {
                    text.clone_from(&payload);
                }
                return Look::Ping(Frame::Ping(payload.into()));
            }
        }
        let silent = now.duration_since(self.heard);
        if self.times.idle.is_some_and(|most| silent >= most) {
            return Look::Ends(POLICY, "nothing was said");
        }
        if let Some(most) = self.times.unused {
            match hub.is_used(id) {
                true => self.unused = None,
                false => {
                    let since = *self.unused.get_or_insert(now);
                    if now.duration_since(since) >= most {
                        return Look::Ends(POLICY, "no stream was asked for");
                    }
                }
            }
        }
        Look::Well
    }
}
