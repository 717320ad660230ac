//! One pass over the tape with the scanner beside it.

use std::collections::VecDeque;

use onetape_core::event::Event;
use onetape_core::market::Market;
use onetape_core::strategies::scanner::find::{News, Opportunity, Scanner};
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::tape::Tape;

use super::ScanArgs;
use super::select::Selected;

/// What was seen of one route.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// How often it began to pay.
    pub(super) count: u64,
    pub(super) total: Span,
    pub(super) longest: Span,
    /// As it was when it would have earned most, and when that was.
    pub(super) best: Opportunity,
    pub(super) best_at: Ts,
}

/// What was seen.
pub(super) struct Looked {
    pub(super) scanner: Scanner,
    /// By route.
    pub(super) seen: Vec<Option<Seen>>,
    pub(super) events: u64,
    pub(super) from: Option<Ts>,
    pub(super) to: Option<Ts>,
    /// Opportunities whose decision time came, and those that still paid then.
    pub(super) decided: u64,
    pub(super) still_paid: u64,
}

pub(super) fn look(
    catalog: &Catalog,
    selected: &Selected,
    args: &ScanArgs,
) -> anyhow::Result<Looked> {
    let instruments = selected.names.instruments.clone();
    let mut market = Market::new(&instruments, &selected.feeds);
    let scanner = Scanner::new(instruments, &selected.fees, args.rules());
    let mut look = Look {
        pending: VecDeque::new(),
        decide_after: args.decide_after,
        looked: Looked {
            seen: vec![None; scanner.routes().len()],
            scanner,
            events: 0,
            from: None,
            to: None,
            decided: 0,
            still_paid: 0,
        },
    };
    let mut tape = Tape::open(catalog, &selected.request)?;
    let mut next_look: Option<Ts> = None;
    while let Some(event) = tape.next_event()? {
        if let Some(every) = args.interval {
            let due = next_look.get_or_insert(event.ts + every);
            // What came at the very moment is seen at the next one.
            while *due <= event.ts {
                look.decide_until(*due);
                look.look_at_all(&market, *due);
                *due = *due + every;
            }
        }
        look.decide_until(event.ts);
        let moves = market.apply(&event) | market.is_moved_by(&event.body);
        if moves {
            look.take(&event, &market, args.interval.is_some());
        }
        look.looked.count(event.ts);
    }
    Ok(look.end())
}

struct Look {
    looked: Looked,
    decide_after: Span,
    /// Routes that were found, by when a decision would be made.
    pending: VecDeque<(Ts, u32)>,
}

impl Look {
    fn take(&mut self, event: &Event, market: &Market, only_note: bool) {
        let Some(instrument) = event.body.instrument() else {
            return;
        };
        let Self {
            looked,
            pending,
            decide_after,
        } = self;
        let Looked { scanner, seen, .. } = looked;
        if only_note {
            scanner.note(instrument, market, event.ts);
        } else {
            scanner.update(instrument, market, event.ts, &mut |news| {
                note(news, event.ts, seen, pending, *decide_after);
            });
        }
    }

    fn look_at_all(&mut self, market: &Market, now: Ts) {
        let Self {
            looked,
            pending,
            decide_after,
        } = self;
        let Looked { scanner, seen, .. } = looked;
        scanner.scan(market, now, &mut |news| {
            note(news, now, seen, pending, *decide_after);
        });
    }

    /// Decisions that were due before a moment: their books are as they are now.
    fn decide_until(&mut self, now: Ts) {
        while let Some(&(due, route)) = self.pending.front() {
            if due >= now {
                break;
            }
            self.pending.pop_front();
            self.looked.decided += 1;
            let pays = self.looked.scanner.net_bps(route) > 0.0;
            self.looked.still_paid += u64::from(pays);
        }
    }

    /// At the end of the tape what still pays has lasted until there.
    fn end(mut self) -> Looked {
        let end = self.looked.to.unwrap_or_default();
        self.decide_until(Ts::MAX);
        let open: Vec<Opportunity> = self.looked.scanner.open().copied().collect();
        for last in open {
            if let Some(seen) = &mut self.looked.seen[last.route as usize] {
                seen.lasted(&last, end);
            }
        }
        self.looked
    }
}

impl Looked {
    fn count(&mut self, ts: Ts) {
        self.events += 1;
        self.from.get_or_insert(ts);
        self.to = Some(ts);
    }
}

impl Seen {
    fn lasted(&mut self, last: &Opportunity, until: Ts) {
        let lasted = until.since(last.since);
        self.total = Span::from_nanos(self.total.nanos().saturating_add(lasted.nanos()));
        self.longest = self.longest.max(lasted);
    }

    fn improve(&mut self, is: &Opportunity, now: Ts) {
        if is.profit() > self.best.profit() {
            (self.best, self.best_at) = (*is, now);
        }
    }
}

fn note(
    news: News<'_>,
    now: Ts,
    seen: &mut [Option<Seen>],
    pending: &mut VecDeque<(Ts, u32)>,
    decide_after: Span,
) {
    match news {
        News::Found(is) => {
            let seen = seen[is.route as usize].get_or_insert(Seen {
                count: 0,
                total: Span::ZERO,
                longest: Span::ZERO,
                best: *is,
                best_at: now,
            });
            seen.count += 1;
            seen.improve(is, now);
            pending.push_back((now + decide_after, is.route));
        }
        News::Still(is) => {
            if let Some(seen) = &mut seen[is.route as usize] {
                seen.improve(is, now);
            }
        }
        News::Lost(was) => {
            if let Some(seen) = &mut seen[was.route as usize] {
                seen.lasted(was, now);
            }
        }
    }
}
