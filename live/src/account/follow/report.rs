//! What a venue says of an order, whether as an answer, as news or as evidence.

use onetape_adapters::client_id::{ClientId, of_another_run};
use onetape_adapters::report::{OrderReport, Origin, ReportState, TradeReport};
use onetape_core::event::{OrderEventKind, RejectReason};
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::time::Ts;

use super::tracked::{End, EndKind, Told};
use super::{Follower, Notice, Orphan};

impl Follower {
    /// Word of an order.
    pub(crate) fn report(&mut self, report: &OrderReport, now: Ts) {
        match self.whose(&report.client, &report.venue_id) {
            Some(id) => self.report_of(id, report, now),
            None => match report.client {
                ClientId::Ours(order) => self.orphan(order, report),
                _ => {
                    self.other_run(report);
                    for trade in &report.trades {
                        self.foreign(trade, report.origin);
                    }
                }
            },
        }
    }

    /// Word of an order that is known to be this one.
    pub(super) fn report_of(&mut self, id: OrderId, report: &OrderReport, now: Ts) {
        self.learn(id, &report.venue_id);
        for trade in &report.trades {
            self.fill(id, trade, now);
        }
        match report.state {
            ReportState::Acknowledged | ReportState::Open | ReportState::PartiallyFilled => {
                self.stands(id, report, now);
            }
            ReportState::Amended => self.amended(id, report, now),
            ReportState::Filled => self.ends(id, EndKind::Filled, report, now),
            ReportState::Cancelled => self.ends(id, EndKind::Cancelled, report, now),
            ReportState::Expired => self.ends(id, EndKind::Expired, report, now),
            ReportState::Rejected(reason) => {
                let reason = reason.unwrap_or(RejectReason::Other);
                self.refused(id, reason);
            }
            ReportState::Unclear => self.ask(id, now),
        }
    }

    /// The order that a venue means, if it is one that is followed.
    fn whose(&self, client: &ClientId, venue_id: &str) -> Option<OrderId> {
        let ours = client.ours().filter(|id| self.orders.contains_key(id));
        ours.or_else(|| match client {
            // The venue's own word on whose it is goes before what we remember.
            ClientId::Ours(_) | ClientId::Foreign(_) => None,
            ClientId::Untold => self.by_venue_id.get(venue_id).copied(),
        })
    }

    fn learn(&mut self, id: OrderId, venue_id: &str) {
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        it.existed = true;
        if it.venue_id.is_none() && !venue_id.is_empty() {
            it.venue_id = Some(venue_id.to_string());
            self.by_venue_id.insert(venue_id.to_string(), id);
        }
        if it.told == Told::NotSent {
            // Its proof was overtaken: it lives again, and people must know.
            it.told = Told::Sent;
            self.alive.insert(id);
            self.ended.retain(|ended| *ended != id);
            self.tell(id, OrderEventKind::Accepted);
            self.set_told(id, Told::Open);
            self.notices.push(Notice::TurnedUp { order: id });
        }
    }

    pub(super) fn set_told(&mut self, id: OrderId, told: Told) {
        if let Some(it) = self.orders.get_mut(&id) {
            it.told = told;
        }
    }

    pub(super) fn ask(&mut self, id: OrderId, at: Ts) {
        if let Some(it) = self.orders.get_mut(&id).filter(|it| !it.is_over()) {
            it.ask(at);
        }
    }

    /// It is at the venue.
    fn stands(&mut self, id: OrderId, report: &OrderReport, now: Ts) {
        let grace = now + self.times.grace;
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        // What was said before the end can come after it.
        if it.is_over() || it.end.is_some() {
            return;
        }
        let is_new = it.told != Told::Open;
        it.told = Told::Open;
        it.word_due = None;
        let behind = report.filled.is_some_and(|filled| filled > it.filled);
        it.behind = behind;
        if let Some(doubt) = &mut it.doubt {
            doubt.absent = 0;
        }
        let settled = !behind && it.cancels == 0 && it.amend.is_none();
        if settled && it.doubt.is_some_and(|doubt| !doubt.asking) {
            it.doubt = None;
        }
        if behind {
            it.ask(grace);
        }
        if is_new {
            self.tell(id, OrderEventKind::Accepted);
        }
    }

    /// It was changed.
    fn amended(&mut self, id: OrderId, report: &OrderReport, now: Ts) {
        self.stands(id, report, now);
        let Some(it) = self.orders.get_mut(&id).filter(|it| !it.is_over()) else {
            return;
        };
        let (Some(qty), Some(limit)) = (report.qty, report.limit.or(it.place.limit)) else {
            return it.ask(now);
        };
        let is_told = it.amend.is_none() && (it.place.qty, it.place.limit) == (qty, Some(limit));
        if is_told {
            return;
        }
        (it.place.qty, it.place.limit) = (qty, Some(limit));
        (it.amend, it.amend_due) = (None, None);
        self.tell(id, OrderEventKind::Amended { qty, limit });
        self.complete(id);
    }

    fn ends(&mut self, id: OrderId, kind: EndKind, report: &OrderReport, now: Ts) {
        let Some(it) = self.orders.get_mut(&id).filter(|it| !it.is_over()) else {
            return;
        };
        let whole = matches!(kind, EndKind::Filled).then(|| report.qty.unwrap_or(it.place.qty));
        let filled = report.filled.or(whole);
        let before = it.end.and_then(|end| end.filled);
        it.end = Some(End {
            kind,
            filled: filled.max(before),
        });
        it.word_due = None;
        self.settle(id, now);
    }

    /// Tells the end of an order whose fills are all told; else has them asked for, once they had their time.
    fn settle(&mut self, id: OrderId, now: Ts) {
        let grace = now + self.times.grace;
        let Some(it) = self.orders.get_mut(&id).filter(|it| !it.is_over()) else {
            return;
        };
        let Some(end) = it.end else {
            return;
        };
        match end.filled {
            None => return it.ask(now),
            Some(filled) if it.filled < filled => return it.ask(grace),
            Some(_) => {}
        }
        if it.told == Told::Sent {
            self.set_told(id, Told::Open);
            self.tell(id, OrderEventKind::Accepted);
        }
        match end.kind {
            EndKind::Cancelled => self.over(id, OrderEventKind::Cancelled),
            EndKind::Filled | EndKind::Expired => self.over(id, OrderEventKind::Expired),
        }
    }

    /// The venue does not take it.
    pub(super) fn refused(&mut self, id: OrderId, reason: RejectReason) {
        let it = self.orders.get(&id);
        // Refused after it was there: the venue ended it.
        match it.map(|it| (it.told, it.filled.is_zero())) {
            Some((Told::Sent | Told::Unknown, true)) => {
                self.over(id, OrderEventKind::Rejected(reason));
            }
            Some((Told::Sent | Told::Unknown | Told::Open, _)) => {
                self.over(id, OrderEventKind::Expired);
            }
            Some((Told::Ended | Told::NotSent, _)) | None => {}
        }
    }

    /// An execution that comes apart from its order's news.
    pub(crate) fn trade(&mut self, trade: &TradeReport, now: Ts) {
        match self.whose(&trade.client, &trade.venue_id) {
            Some(id) => {
                self.learn(id, &trade.venue_id);
                self.fill(id, trade, now);
            }
            None if self.may_be_ours(trade) => {}
            None => self.foreign(trade, Origin::Account),
        }
    }

    /// Executions of a list, which may tell the same again.
    pub(crate) fn trades(&mut self, trades: &[TradeReport], now: Ts) {
        for trade in trades {
            self.trade(trade, now);
        }
    }

    /// Learns which order of ours a venue's id is, and nothing else.
    pub(crate) fn meet(&mut self, report: &OrderReport) {
        let ours = report.client.ours();
        if let Some(id) = ours.filter(|id| self.orders.contains_key(id)) {
            self.learn(id, &report.venue_id);
        }
    }

    /// Whether the venue told of more fills than came.
    pub(crate) fn lacks_fills(&self, id: OrderId) -> bool {
        let it = self.orders.get(&id).filter(|it| !it.is_over());
        it.is_some_and(|it| {
            let ended = it
                .end
                .is_some_and(|end| end.filled.is_none_or(|all| all > it.filled));
            ended || it.behind
        })
    }

    /// Whether a list has an execution of an order.
    pub(crate) fn is_behind_one(&self, id: OrderId, trades: &[TradeReport]) -> bool {
        let mut trades = trades.iter();
        trades.any(|trade| self.whose(&trade.client, &trade.venue_id) == Some(id))
    }

    /// Whether the venue's id of some order that is alive in an instrument is not known: then a trade of an unknown order
    /// may be of that one.
    fn may_be_ours(&self, trade: &TradeReport) -> bool {
        let alive = self.alive.iter().filter_map(|id| self.orders.get(id));
        let mut here = alive.filter(|it| it.place.instrument == trade.instrument);
        trade.client == ClientId::Untold && here.any(|it| it.venue_id.is_none())
    }

    /// Tells a fill once.
    fn fill(&mut self, id: OrderId, trade: &TradeReport, now: Ts) {
        let worth = self.worth.clone();
        let worth = |asset| worth(trade.instrument, asset);
        let fill = self
            .counts
            .with(|counts| trade.fill(&self.directory, &worth, counts));
        let fill = match fill {
            Ok(fill) => fill,
            Err(why) => {
                let (venue, words) = (self.venue, why.to_string());
                return self.notice(Notice::Unreadable { venue, words });
            }
        };
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        if fill.qty <= Qty::ZERO || !it.trades.insert(fill.trade_id) {
            return;
        }
        it.filled += fill.qty;
        it.word_due = None;
        self.activity += 1;
        let was_sent = it.told == Told::Sent;
        if !it.is_over() {
            it.told = Told::Open;
        }
        let side = it.place.side;
        if was_sent {
            self.tell(id, OrderEventKind::Accepted);
        }
        if let Some(listed) = self.directory.get(trade.instrument) {
            self.holdings.fill(&listed.instrument, side, &fill);
        }
        self.tell(id, OrderEventKind::Filled(Box::new(fill)));
        self.complete(id);
        self.settle(id, now);
    }

    /// An order that traded all it was for is over; core knows that by itself.
    pub(super) fn complete(&mut self, id: OrderId) {
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        if it.is_over() || it.filled < it.total() {
            return;
        }
        self.close(id, Told::Ended);
    }

    /// An order of another run at rest: people should know that the account is shared.
    fn other_run(&mut self, report: &OrderReport) {
        let ClientId::Foreign(text) = &report.client else {
            return;
        };
        let Some(tag) = of_another_run(text, self.directory.tag()) else {
            return;
        };
        if !report.state.is_final() && self.other_runs.insert(tag) {
            let venue = self.venue;
            self.notices.push(Notice::OtherRun { venue, tag });
        }
    }

    /// An order of ours that this run does not know.
    fn orphan(&mut self, order: OrderId, report: &OrderReport) {
        let is_open = !report.state.is_final();
        // Each time that it is seen at rest, and once where it had ended.
        let waits = self.orphans.iter().any(|it| it.order == order);
        if !waits && (self.orphans_known.insert(order) || is_open) {
            self.orphans.push(Orphan {
                venue: self.venue,
                instrument: report.instrument,
                order,
                filled: report.filled,
                cancelled: is_open,
            });
        }
        for trade in &report.trades {
            self.foreign(trade, report.origin);
        }
    }
}
