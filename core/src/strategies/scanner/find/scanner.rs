//! The scanner: every route's state, brought up to date by the tops that move.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::net::Top;
use super::route::{Kind, Route, routes};
use super::size::{Sized, size};
use crate::instrument::Instrument;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::{Bps, Money};
use crate::time::{Span, Ts};

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRules {
    /// Kinds that are looked for.
    pub kinds: Vec<Kind>,
    /// Least net edge, after every fee of the kind.
    pub min_net: Bps,
    /// Most that the first trade may be worth, in quote units.
    pub max_notional: Money,
    /// The part of what a touch shows that a trade may be: above 0, at most 1.
    pub share: Decimal,
    /// A top that nobody confirmed for longer is not traded against.
    pub max_age: Option<Span>,
    /// Tops that were confirmed further apart are not of one market.
    pub max_skew: Option<Span>,
    /// Settlements at the known rate that [`Kind::Funding`] counts on.
    pub settlements: u32,
}

/// A route that pays now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opportunity {
    /// Place of its route in [`Scanner::routes`]: the key of the opportunity.
    pub route: u32,
    /// Since when it pays.
    pub since: Ts,
    /// Net edge of what is paid, in bps.
    pub net_bps: f64,
    /// How much of it there is.
    pub sized: Sized,
}

crate::value!(struct Opportunity { route, since, net_bps, sized });

impl Opportunity {
    /// What it would earn, in quote units.
    pub fn profit(&self) -> f64 {
        self.sized.notional.to_f64() * self.net_bps / 10_000.0
    }
}

/// What became of a route.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// It pays from now on.
    Found(&'a Opportunity),
    /// It still does, and has changed.
    Still(&'a Opportunity),
    /// It does not any more: as it was last.
    Lost(&'a Opportunity),
}

/// Finds opportunities over a list of instruments.
#[derive(Clone, Debug)]
pub struct Scanner {
    rules: ScanRules,
    min_net: f64,
    instruments: Vec<Instrument>,
    /// By [`InstrumentId`]: its place in the list.
    places: Vec<Option<u16>>,
    tops: Vec<Top>,
    routes: Vec<Route>,
    /// By instrument: the routes over it, from one place to the next.
    over: Vec<u32>,
    starts: Vec<u32>,
    /// By route: what it is now.
    open: Vec<Option<Opportunity>>,
    open_count: usize,
    /// By route: the versions of its tops together, when its size was worked out last, and what came of it.
    sizes: Vec<(u64, Option<Sized>)>,
}

crate::state!(Scanner { open, open_count, sizes } each { tops } fixed {
    rules, min_net, instruments, places, routes, over, starts
});

impl Scanner {
    /// Over instruments, each with its taker fee.
    pub fn new(instruments: Vec<Instrument>, taker_fees: &[Bps], rules: ScanRules) -> Self {
        let routes = routes(&instruments, &rules.kinds);
        let fee = |at: usize| taker_fees.get(at).copied().unwrap_or_default();
        let most = instruments.iter().map(|it| it.id.index() + 1).max();
        let mut places = alloc::vec![None; most.unwrap_or(0)];
        for (at, it) in instruments.iter().enumerate() {
            places[it.id.index()] = u16::try_from(at).ok();
        }
        let mut lists = alloc::vec![Vec::new(); instruments.len()];
        for (route, number) in routes.iter().zip(0u32..) {
            for step in route.steps() {
                lists[usize::from(step.at)].push(number);
            }
        }
        let mut starts = alloc::vec![0];
        let mut over = Vec::new();
        for list in lists {
            over.extend(list);
            starts.push(over.len() as u32);
        }
        Self {
            min_net: rules.min_net.to_f64(),
            tops: instruments
                .iter()
                .enumerate()
                .map(|(at, it)| Top::new(it, fee(at)))
                .collect(),
            open: alloc::vec![None; routes.len()],
            open_count: 0,
            sizes: alloc::vec![(0, None); routes.len()],
            rules,
            instruments,
            places,
            routes,
            over,
            starts,
        }
    }

    /// Every route, in a fixed order; an opportunity's `route` is a place in it.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The instruments that are scanned; a step's `at` is a place in it.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// What pays now, in the order of routes.
    pub fn open(&self) -> impl Iterator<Item = &Opportunity> {
        self.open.iter().flatten()
    }

    /// How many routes pay now.
    pub const fn open_count(&self) -> usize {
        self.open_count
    }

    /// A route as it is now.
    pub fn opportunity(&self, route: u32) -> Option<&Opportunity> {
        self.open.get(route as usize)?.as_ref()
    }

    /// What pays now, what earns most first; of equals the first route.
    pub fn ranked(&self) -> Vec<Opportunity> {
        let mut all: Vec<Opportunity> = self.open().copied().collect();
        all.sort_by(|a, b| {
            let by_profit = b.profit().total_cmp(&a.profit());
            by_profit.then(a.route.cmp(&b.route))
        });
        all
    }

    /// The net edge of a route at the tops as they are now, in bps; not a number where one is missing.
    pub fn net_bps(&self, route: u32) -> f64 {
        let known = self.routes.get(route as usize);
        known.map_or(f64::NAN, |route| self.net(route))
    }

    fn net(&self, route: &Route) -> f64 {
        let settlements = f64::from(self.rules.settlements);
        route.kind.net(route, &self.tops, settlements) * 10_000.0
    }

    /// Takes in that an instrument's market moved; `market` has it already. The routes over it are judged again.
    pub fn update(
        &mut self,
        instrument: InstrumentId,
        market: &Market,
        now: Ts,
        tell: &mut impl FnMut(News<'_>),
    ) {
        let Some(at) = self.place(instrument) else {
            return;
        };
        self.tops[at].refresh(&self.instruments[at], market, now);
        for slot in self.starts[at] as usize..self.starts[at + 1] as usize {
            self.judge(self.over[slot], market, now, tell);
        }
    }

    /// Takes in that an instrument's market moved, for a [`Scanner::scan`] that follows.
    pub fn note(&mut self, instrument: InstrumentId, market: &Market, now: Ts) {
        if let Some(at) = self.place(instrument) {
            self.tops[at].refresh(&self.instruments[at], market, now);
        }
    }

    /// Judges every route.
    pub fn scan(&mut self, market: &Market, now: Ts, tell: &mut impl FnMut(News<'_>)) {
        for route in 0..self.routes.len() as u32 {
            self.judge(route, market, now, tell);
        }
    }

    fn place(&self, instrument: InstrumentId) -> Option<usize> {
        let place = self.places.get(instrument.index()).copied().flatten();
        place.map(usize::from)
    }

    #[inline]
    fn judge(&mut self, number: u32, market: &Market, now: Ts, tell: &mut impl FnMut(News<'_>)) {
        let net_bps = self.net(&self.routes[number as usize]);
        // The common case, with two comparisons: it does not pay and did not.
        if net_bps >= self.min_net || self.open[number as usize].is_some() {
            self.judge_closely(number, net_bps, market, now, tell);
        }
    }

    #[inline(never)]
    fn judge_closely(
        &mut self,
        number: u32,
        net_bps: f64,
        market: &Market,
        now: Ts,
        tell: &mut impl FnMut(News<'_>),
    ) {
        let at = number as usize;
        let was = self.open[at];
        let pays = net_bps >= self.min_net && self.is_of_one_moment(&self.routes[at], now);
        let sized = pays.then(|| self.size(at, market)).flatten();
        let is = sized.map(|sized| Opportunity {
            route: number,
            since: was.map_or(now, |was| was.since),
            net_bps,
            sized,
        });
        self.open[at] = is;
        match (&was, &is) {
            (None, Some(is)) => {
                self.open_count += 1;
                tell(News::Found(is));
            }
            (Some(was), Some(is)) if was != is => tell(News::Still(is)),
            (Some(was), None) => {
                self.open_count -= 1;
                tell(News::Lost(was));
            }
            _ => {}
        }
    }

    /// The size of a route, worked out anew only when one of its tops was told of.
    fn size(&mut self, at: usize, market: &Market) -> Option<Sized> {
        let route = &self.routes[at];
        let versions = route.steps().iter();
        // Versions only grow, so that their sum is the same while all of them are.
        let versions: u64 = versions
            .map(|step| self.tops[usize::from(step.at)].version)
            .sum();
        let (known, sized) = &mut self.sizes[at];
        if *known != versions {
            let most = (self.rules.max_notional, self.rules.share);
            *sized = size(route, &self.instruments, &self.tops, market, most);
            *known = versions;
        }
        *sized
    }

    /// True when no top of a route is too old, nor too far from another.
    fn is_of_one_moment(&self, route: &Route, now: Ts) -> bool {
        let confirmed = |step: &super::route::Step| self.tops[usize::from(step.at)].confirmed;
        let (mut first, mut last) = (Ts::MAX, Ts::UNKNOWN);
        for step in route.steps() {
            let at = confirmed(step);
            (first, last) = (first.min(at), last.max(at));
        }
        self.rules
            .max_age
            .is_none_or(|most| now.since(first) <= most)
            && self
                .rules
                .max_skew
                .is_none_or(|most| last.since(first) <= most)
    }
}
