//! Orders on their way out.

use std::sync::Arc;

use onetape_adapters::ask::Ask;
use onetape_adapters::request::Frame as WireFrame;
use onetape_core::command::{Amend, Place};
use onetape_core::event::OrderEventKind;
use onetape_core::names::InstrumentId;
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use super::entry::Left;
use super::follow::Trouble;
use super::venue::{Account, State, now, trouble};
use crate::net::Frame;
use crate::stamp::SteadyClock;

impl Account {
    /// Sends a new order, and notes it then: what waits is the order. Nobody hears of an answer before it is noted, for
    /// what is noted stays locked meanwhile.
    pub(super) fn place(self: &Arc<Self>, place: Place) {
        let (ask, sent) = (Ask::Place(place), now());
        let mut state = self.state();
        let left = self.by_frame(&mut state, &ask, sent);
        state.follower.placed(&place, sent);
        self.send_on(&mut state, SteadyClock::read());
        drop(state);
        if !left {
            self.by_request(ask);
        }
    }

    /// An order that is not sent.
    pub(super) fn keep_back(&self, place: &Place, kind: OrderEventKind) {
        self.with(|follower| follower.kept_back(place, kind, now()));
    }

    /// Sends a cancel.
    pub(super) fn cancel(self: &Arc<Self>, order: OrderId) {
        let named = self.with(|follower| follower.cancelling(order, now()));
        if let Some(named) = named {
            self.hand_over(Ask::Cancel(named));
        }
    }

    /// Whether a change makes its order larger, or its price worse.
    pub(super) fn is_more(&self, amend: &Amend) -> bool {
        self.peek(|follower| follower.is_more(amend))
    }

    /// Sends a change; one that may not leave is answered as refused.
    pub(super) fn amend(self: &Arc<Self>, amend: Amend, may_leave: bool) {
        let change = self.with(|follower| follower.amending(&amend, now()));
        match change {
            Some(change) if may_leave => self.hand_over(Ask::Amend(change)),
            Some(change) => {
                let held = Trouble::NotSent("nothing may leave".to_string());
                self.answered(&Ask::Amend(change), Err(held));
            }
            None => {}
        }
    }

    fn answered(&self, ask: &Ask, answer: Result<onetape_adapters::news::Answer, Trouble>) {
        self.with(|follower| follower.answered(ask, answer, now()));
    }

    /// Takes back all orders of an instrument, of whomever.
    pub(super) async fn cancel_all(&self, instrument: InstrumentId) -> Result<(), Trouble> {
        let ask = Ask::CancelAll(instrument);
        match self.ask(&ask).await {
            Ok(_) => Ok(()),
            Err(fault) => Err(trouble(fault)),
        }
    }

    /// By frame where there is a way, else by REST: nothing waits.
    fn hand_over(self: &Arc<Self>, ask: Ask) {
        let left = self.by_frame(&mut self.state(), &ask, now());
        if !left {
            self.by_request(ask);
        }
    }

    /// Builds and signs here, and has a task of its own send it.
    fn by_request(self: &Arc<Self>, ask: Ask) {
        let request = match self.setup.prepare(&ask) {
            Ok(request) => request,
            Err(why) => return self.answered(&ask, Err(Trouble::NotSent(why.to_string()))),
        };
        self.options.moments.handed();
        let account = Arc::clone(self);
        tokio::spawn(async move {
            let answer = account.setup.send_order(&ask, request).await;
            if answer.is_err() {
                account.look_at_hold();
            }
            account.answered(&ask, answer.map_err(trouble));
        });
    }

    /// True when it left by the connection of orders. Its answer is not taken before the lock on what is noted ends.
    fn by_frame(&self, state: &mut State, ask: &Ask, sent: Ts) -> bool {
        let Some(entry) = &state.entry else {
            return false;
        };
        // What the venue does not want asked is not asked, by whatever way.
        if self.setup.budgets.hold(sent).is_some() {
            return false;
        }
        let id = self.frame_id();
        let Ok(frame) = self.setup.protocol.frame(ask, id, &self.setup.cx()) else {
            return false;
        };
        let signed = SteadyClock::read();
        match entry.send(on_wire(frame)) {
            Left::Written => self.options.moments.left(signed),
            Left::Handed => self.options.moments.handed(),
            Left::Not => return false,
        }
        state.asked.insert(id, (ask.clone(), sent));
        true
    }
}

/// A frame of the protocol as the socket takes it.
pub(super) fn on_wire(frame: WireFrame) -> Frame {
    match frame {
        WireFrame::Text(text) => Frame::text(text),
        WireFrame::Binary(bytes) => Frame::Binary(bytes.into()),
    }
}
