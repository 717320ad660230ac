//! Follows the orders of one account at one venue: what answers, news and silence come to as core's events, each once.
//!
//! [`Follower`] has no clock and no socket. It is told what was sent ([`Follower::placed`] and its like), what was
//! answered, what streams and questions say, and what time it is; it gives events, notices, and the orders that must be
//! asked about. Word of the same thing may come on several ways, in any order and twice: fills are told once by their
//! trade id, ends only when the fills before them were told, and what nobody knows is unknown until the venue's evidence
//! decides.

mod answers;
mod evidence;
mod foreign;
mod holdings;
mod news;
mod remembered;
mod report;
mod tracked;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use onetape_adapters::ask::{AmendAsk, OrderRef};
use onetape_adapters::client_id::RunTag;
use onetape_adapters::directory::Directory;
use onetape_core::command::{Amend, Place};
use onetape_core::event::{Body, OrderEvent, OrderEventKind, RejectReason};
use onetape_core::instrument::Side;
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::Money;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};

use super::{AccountOptions, Known, Notice, Orphan};
use crate::venue::SharedCounts;
use holdings::Holdings;
use remembered::Remembered;
use tracked::{Told, Tracked};

pub(crate) use answers::Trouble;
pub(crate) use evidence::{Finding, Inquiry};

/// Orders that ended and are kept, for word that comes late.
const ENDED_KEPT: usize = 8_192;

/// The worth of one unit of an asset in the settlement asset of an instrument, where somebody knows it.
pub(crate) type Worth = Arc<dyn Fn(InstrumentId, AssetId) -> Option<Money> + Send + Sync>;

/// The times that it goes by.
#[derive(Clone, Copy, Debug)]
struct Times {
    unknown_after: Span,
    fence: Span,
    query_every: Span,
    grace: Span,
}

/// The orders of one account.
pub(crate) struct Follower {
    venue: VenueId,
    directory: Arc<Directory>,
    times: Times,
    worth: Worth,
    orders: BTreeMap<OrderId, Tracked>,
    /// Those that are not over.
    alive: BTreeSet<OrderId>,
    ended: VecDeque<OrderId>,
    by_venue_id: BTreeMap<String, OrderId>,
    holdings: Holdings,
    /// Trades of others that were told.
    strange: Remembered<(InstrumentId, u64)>,
    /// Orders of ours that are nobody's.
    orphans_known: Remembered<OrderId>,
    orphans: Vec<Orphan>,
    /// Other runs on the account that were told of.
    other_runs: BTreeSet<Option<RunTag>>,
    counts: SharedCounts,
    out: Vec<Body>,
    notices: Vec<Notice>,
    /// Instruments whose funding must be asked for: the stream told of a payment and not for what.
    funding: bool,
    /// What others did before this is none of the run's.
    began: Ts,
    /// The books have what venues said in a life before.
    goes_on: bool,
    /// Counts what was sent and what traded, so that who asked before knows that it is not up to date.
    activity: u64,
    funding_told: Remembered<(InstrumentId, u64)>,
}

impl Follower {
    pub(crate) fn new(
        directory: Arc<Directory>,
        options: &AccountOptions,
        worth: Worth,
        counts: SharedCounts,
        now: Ts,
    ) -> Self {
        Self {
            venue: directory.venue(),
            holdings: Holdings::default(),
            directory,
            times: Times {
                unknown_after: options.unknown_after,
                fence: options.fence,
                query_every: options.query_every,
                grace: options.fills_grace,
            },
            worth,
            orders: BTreeMap::new(),
            alive: BTreeSet::new(),
            ended: VecDeque::new(),
            by_venue_id: BTreeMap::new(),
            strange: Remembered::default(),
            orphans_known: Remembered::default(),
            orphans: Vec::new(),
            other_runs: BTreeSet::new(),
            counts,
            out: Vec::new(),
            notices: Vec::new(),
            funding: false,
            began: now,
            goes_on: false,
            activity: 0,
            funding_told: Remembered::default(),
        }
    }

    /// Takes over what the journal knows of this venue. What was alive when it ended is in doubt.
    pub(crate) fn recall(&mut self, known: &Known, now: Ts) {
        let here = |id: InstrumentId| self.directory.get(id).is_some();
        let orders = known.orders.iter();
        let mut orders: Vec<_> = orders.filter(|it| here(it.place.instrument)).collect();
        orders.sort_by_key(|it| it.place.order);
        let positions = known.positions.iter();
        let positions: Vec<_> = positions.filter(|(id, _)| here(*id)).copied().collect();
        for (id, position) in positions {
            self.holdings.hold(id, position);
        }
        if known.until.is_known() {
            (self.began, self.goes_on) = (known.until, true);
        }
        // When an order was sent is not journaled beside it: no later than now, so that its fence is never too early.
        for order in orders {
            let mut it = Tracked::known(order, now);
            let id = order.place.order;
            if it.is_over() {
                self.ended.push_back(id);
            } else {
                it.ask(now);
                self.alive.insert(id);
            }
            self.orders.insert(id, it);
        }
    }

    /// An order was handed over.
    pub(crate) fn placed(&mut self, place: &Place, now: Ts) {
        let due = now + self.times.unknown_after;
        let it = Tracked::new(*place, now, due);
        self.activity += 1;
        self.alive.insert(place.order);
        self.orders.insert(place.order, it);
    }

    /// An order that did not leave this machine.
    pub(crate) fn kept_back(&mut self, place: &Place, kind: OrderEventKind, now: Ts) {
        self.placed(place, now);
        self.over(place.order, kind);
    }

    /// A cancel was handed over; how to name its order to the venue. `None` where the order is not followed, or over.
    pub(crate) fn cancelling(&mut self, order: OrderId, now: Ts) -> Option<OrderRef> {
        let due = now + self.times.unknown_after;
        let it = self.orders.get_mut(&order);
        let Some(it) = it.filter(|it| !it.is_over()) else {
            self.tell(order, OrderEventKind::CancelRejected);
            return None;
        };
        it.cancels += 1;
        (it.cancel_sent, it.cancel_due) = (now, Some(due));
        Some(it.reference())
    }

    /// Whether a change makes its order larger, or its price worse; of an order that nobody knows, it may.
    pub(crate) fn is_more(&self, amend: &Amend) -> bool {
        let Some(Place {
            side,
            qty,
            limit: Some(limit),
            ..
        }) = self.orders.get(&amend.order).map(|it| it.place)
        else {
            return true;
        };
        let worse = match side {
            Side::Buy => amend.limit > limit,
            Side::Sell => amend.limit < limit,
        };
        worse || amend.qty > qty
    }

    /// A change was handed over; how to say it to the venue. `None` where there is nothing to change.
    pub(crate) fn amending(&mut self, amend: &Amend, now: Ts) -> Option<AmendAsk> {
        let due = now + self.times.unknown_after;
        let it = self.orders.get_mut(&amend.order);
        // One at a time: of two, nobody could tell which was answered.
        let Some(it) = it.filter(|it| !it.is_over() && it.amend.is_none()) else {
            let refused = OrderEventKind::AmendRejected(RejectReason::NotResting);
            self.tell(amend.order, refused);
            return None;
        };
        it.amend = Some(*amend);
        (it.amend_sent, it.amend_due) = (now, Some(due));
        Some(AmendAsk {
            order: it.reference(),
            side: it.place.side,
            amend: *amend,
            qty_now: it.place.qty,
            same_price: it.place.limit == Some(amend.limit),
        })
    }

    /// Lets time pass: orders without a word that was due are unknown. Gives those that must be asked about now; each
    /// is answered by [`Follower::inquired`].
    pub(crate) fn tick(&mut self, now: Ts) -> Vec<Inquiry> {
        let mut asked = Vec::new();
        for id in self.alive.iter().copied().collect::<Vec<_>>() {
            self.time_out(id, now);
            let Some(it) = self.orders.get_mut(&id) else {
                continue;
            };
            if let Some(doubt) = &mut it.doubt
                && !doubt.asking
                && doubt.ask_at <= now
            {
                doubt.asking = true;
                asked.push(Inquiry {
                    order: it.reference(),
                    id,
                    since: it.lists_from,
                    began: now,
                });
            }
        }
        asked
    }

    fn time_out(&mut self, id: OrderId, now: Ts) {
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        let mut late = false;
        for due in [&mut it.word_due, &mut it.cancel_due, &mut it.amend_due] {
            if due.is_some_and(|due| due <= now) {
                *due = None;
                late = true;
            }
        }
        if late {
            self.doubt(id, now);
        }
    }

    /// Nobody knows how an order stands: it is unknown, and asked about at once.
    fn doubt(&mut self, id: OrderId, now: Ts) {
        let Some(it) = self.orders.get_mut(&id).filter(|it| !it.is_over()) else {
            return;
        };
        it.ask(now);
        if it.told != Told::Unknown {
            it.told = Told::Unknown;
            self.tell(id, OrderEventKind::Unknown);
        }
    }

    /// When [`Follower::tick`] has something to do.
    pub(crate) fn next_due(&self) -> Option<Ts> {
        let alive = self.alive.iter().filter_map(|id| self.orders.get(id));
        alive.filter_map(Tracked::due).min()
    }

    /// Takes the events that came of it all.
    pub(crate) fn take_events(&mut self) -> Vec<Body> {
        std::mem::take(&mut self.out)
    }

    /// Takes what people should know.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Takes the orders of ours that nobody knows.
    pub(crate) fn take_orphans(&mut self) -> Vec<Orphan> {
        std::mem::take(&mut self.orphans)
    }

    /// Whether funding must be asked for, once.
    pub(crate) const fn take_funding(&mut self) -> bool {
        std::mem::replace(&mut self.funding, false)
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// Orders that are unknown.
    pub(crate) fn unknown(&self) -> Vec<OrderId> {
        let alive = self.alive.iter().copied();
        alive.filter(|id| self.is_unknown(*id)).collect()
    }

    /// Whether some order is asked about, or will be without being unknown to the venue.
    pub(crate) fn is_doubtful(&self) -> bool {
        let mut alive = self.alive.iter().filter_map(|id| self.orders.get(id));
        alive.any(|it| it.doubt.is_some())
    }

    fn is_unknown(&self, id: OrderId) -> bool {
        let it = self.orders.get(&id);
        it.is_some_and(|it| it.told == Told::Unknown)
    }

    /// Instruments in which something is alive.
    pub(crate) fn busy(&self) -> BTreeSet<InstrumentId> {
        let alive = self.alive.iter().filter_map(|id| self.orders.get(id));
        alive.map(|it| it.place.instrument).collect()
    }

    /// Has every order that is alive asked about: something may have been missed.
    pub(crate) fn missed(&mut self, now: Ts) {
        for id in &self.alive {
            if let Some(it) = self.orders.get_mut(id) {
                it.ask(now);
            }
        }
    }

    /// A number that changes with every order that is sent and every fill.
    pub(crate) const fn activity(&self) -> u64 {
        self.activity
    }

    fn tell(&mut self, order: OrderId, kind: OrderEventKind) {
        self.out.push(Body::Order(OrderEvent { order, kind }));
    }

    /// An order is over, and core is told how where it cannot know by itself.
    fn over(&mut self, id: OrderId, kind: OrderEventKind) {
        let never = kind == OrderEventKind::NotSent;
        self.tell(id, kind);
        self.close(id, if never { Told::NotSent } else { Told::Ended });
    }

    /// Takes an order from those that are alive.
    fn close(&mut self, id: OrderId, told: Told) {
        let Some(it) = self.orders.get_mut(&id) else {
            return;
        };
        it.told = told;
        (it.doubt, it.word_due, it.cancel_due) = (None, None, None);
        if !self.alive.remove(&id) {
            return;
        }
        self.ended.push_back(id);
        // A change that nobody answered ends with its order.
        if it.amend.take().is_some() {
            it.amend_due = None;
            let refused = OrderEventKind::AmendRejected(RejectReason::NotResting);
            self.tell(id, refused);
        }
        if self.ended.len() > ENDED_KEPT
            && let Some(gone) = self.ended.pop_front()
            && let Some(it) = self.orders.remove(&gone)
            && let Some(venue_id) = it.venue_id
        {
            self.by_venue_id.remove(&venue_id);
        }
    }
}
