//! Requests over HTTP, and the opening of WebSockets.

use std::net::SocketAddr;
use std::sync::Arc;

use onetape_adapters::budget::Counted;
use onetape_adapters::request::Method;
use onetape_adapters::server::call::{Line, Refused, Way};
use onetape_adapters::server::habits::{Charge, Scope, When};
use onetape_adapters::server::inbound::Inbound;
use onetape_adapters::server::outbound::Outbound;
use onetape_adapters::server::wrong::Wrong;
use onetape_live::serve::{Answer, Asked, Opening, Reply, Site, Socket};
use onetape_live::stamp::SteadyClock;

use super::control::{self, Controls};
use super::hub::Hub;
use super::limits::Asker;
use super::perform::Done;
use super::talk::talk;

/// A venue at its port.
pub(super) struct Venue {
    pub(super) hub: Arc<Hub>,
    pub(super) controls: Arc<Controls>,
}

impl Site for Venue {
    async fn answer(&self, asked: Asked) -> Answer {
        if asked.path().starts_with(control::ROOT) {
            return self.controls.answer(&self.hub, &asked).into();
        }
        answer(&self.hub, &asked)
    }

    fn open(&self, opening: &Opening) -> Result<(), Reply> {
        line(&self.hub, opening)?;
        let mut state = self.hub.lock();
        let (limit, over) = self.hub.habits.connections;
        let charge = Charge {
            counted: Counted::Connections,
            scope: Scope::Address,
            of: "connections",
            instrument: None,
            over,
            limit,
            amount: 1,
            when: When::Always,
        };
        let (who, now) = (asker(opening.peer), state.now());
        match state.limits.take(&[charge], who, now) {
            Ok(()) => Ok(()),
            Err(wrong) => {
                let way = Way::default();
                let refused = Refused { wrong, way };
                Err(reply(self.hub.protocol.refuse(&refused, &state.cx())))
            }
        }
    }

    async fn talk(&self, opening: Opening, socket: Socket) {
        // It was found good just before, and the answer to it is out.
        if let Ok(line) = line(&self.hub, &opening) {
            let who = asker(opening.peer);
            talk(&self.hub, line, who, socket, &self.controls.times).await;
        }
    }
}

/// Who asks, before it is known whose account it is.
const fn asker(peer: SocketAddr) -> Asker {
    Asker {
        address: peer.ip(),
        account: None,
    }
}

fn line(hub: &Hub, opening: &Opening) -> Result<Line, Reply> {
    let state = hub.lock();
    let cx = state.cx();
    let refused = match state.is_banned(opening.peer.ip()) {
        Some((wrong, way)) => Box::new(Refused { wrong, way }),
        None => match hub.protocol.open(opening.path(), opening.query(), &cx) {
            Ok(line) => return Ok(line),
            Err(refused) => refused,
        },
    };
    Err(reply(hub.protocol.refuse(&refused, &cx)))
}

fn answer(hub: &Hub, asked: &Asked) -> Answer {
    let came = hub.stamps.as_ref().map(|_| SteadyClock::read());
    let who = asker(asked.peer);
    let headers: Vec<_> = asked
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let mut state = hub.lock();
    state.counts.requests += 1;
    if let Some((wrong, way)) = state.is_banned(who.address) {
        let refused = Refused { wrong, way };
        return reply(hub.protocol.refuse(&refused, &state.cx())).into();
    }
    let read = match method(asked.method.as_str()) {
        Some(method) => {
            let inbound = Inbound {
                method,
                path: asked.path(),
                query: asked.query(),
                headers: &headers,
                body: &asked.body,
            };
            hub.protocol.request(&inbound, &state.cx())
        }
        None => Err(Box::new(Refused {
            wrong: Wrong::Route,
            way: Way::default(),
        })),
    };
    let mut read = match read {
        Ok(read) => read,
        Err(refused) => return reply(hub.protocol.refuse(&refused, &state.cx())).into(),
    };
    hub.stamp(came, &read);
    let (done, _) = state.perform(&mut read, who, None);
    let answer = match done {
        Done::Dropped => Answer::Drop,
        Done::Answered(replied) | Done::Came(replied) => {
            reply(hub.protocol.reply(&read, &replied, &state.cx())).into()
        }
    };
    state.deliver();
    answer
}

fn method(word: &str) -> Option<Method> {
    let all = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    all.into_iter().find(|method| method.name() == word)
}

fn reply(out: Outbound) -> Reply {
    let headers = out.headers.into_iter();
    Reply {
        status: out.status,
        headers: headers
            .map(|(name, value)| (name.to_string(), value))
            .collect(),
        body: out.body.into(),
    }
}
