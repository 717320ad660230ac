//! The rules in the plainest words: a list of orders, each with a queue of its own.

use std::collections::BTreeMap;

use super::Step;
use crate::config::{QueueModel, SelfTrade};

#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) n: usize,
    pub(super) buy: bool,
    pub(super) price: i64,
    pub(super) whole: i64,
    pub(super) left: i64,
    pub(super) post: bool,
    /// In 65,536ths.
    pub(super) ahead: Option<i128>,
    pub(super) known: Option<i64>,
    pub(super) traded: i64,
}

pub(super) struct Twin {
    pub(super) queue: QueueModel,
    pub(super) policy: SelfTrade,
    pub(super) bids: BTreeMap<i64, i64>,
    pub(super) asks: BTreeMap<i64, i64>,
    pub(super) taken: BTreeMap<(bool, i64), i64>,
    pub(super) halted: bool,
    /// By time.
    pub(super) own: Vec<Own>,
    pub(super) placed: usize,
    pub(super) fills: Vec<(usize, i64, i64)>,
}

const ONE: i128 = 65_536;

/// True when a buyer, or a seller, rather trades at `a` than at `b`.
fn better(buy: bool, a: i64, b: i64) -> bool {
    if buy { a < b } else { a > b }
}

impl Twin {
    fn side(&self, bids: bool) -> &BTreeMap<i64, i64> {
        if bids { &self.bids } else { &self.asks }
    }

    fn is_crossed(&self) -> bool {
        match (self.bids.last_key_value(), self.asks.first_key_value()) {
            (Some((bid, _)), Some((ask, _))) => bid >= ask,
            _ => false,
        }
    }

    fn is_live(&self) -> bool {
        !self.bids.is_empty() && !self.asks.is_empty() && !self.is_crossed()
    }

    /// What stands on an own order's side at its price; `None` beyond the last level.
    fn displayed(&self, buy: bool, price: i64) -> Option<i64> {
        let side = self.side(buy);
        let beyond = side.keys().any(|&other| better(!buy, price, other));
        let qty = side.get(&price).copied();
        qty.or(beyond.then_some(0))
    }

    fn available(&self, buy: bool, limit: Option<i64>, wanted: i64) -> Vec<(i64, i64)> {
        let mut levels: Vec<(i64, i64)> = self.side(!buy).iter().map(|(&p, &q)| (p, q)).collect();
        if !buy {
            levels.reverse();
        }
        let (mut got, mut open) = (Vec::new(), wanted);
        for (price, qty) in levels {
            if !self.is_live() || limit.is_some_and(|limit| better(!buy, price, limit)) {
                break;
            }
            let taken = self.taken.get(&(!buy, price)).copied().unwrap_or(0);
            let part = (qty - taken).min(open);
            if part > 0 {
                got.push((price, part));
                open -= part;
            }
        }
        got
    }

    fn fill(&mut self, at: usize, qty: i64) {
        self.own[at].left -= qty;
        let order = &self.own[at];
        self.fills.push((order.n, order.price, qty));
    }

    fn sweep(&mut self) {
        self.own.retain(|order| order.left > 0);
    }

    /// Places in the list, best price first and then by time.
    fn ranked(&self, buy: bool) -> Vec<usize> {
        let mut ranks: Vec<usize> = (0..self.own.len())
            .filter(|&at| self.own[at].buy == buy)
            .collect();
        ranks.sort_by_key(|&at| self.own[at].price * if buy { -1 } else { 1 });
        ranks
    }

    fn told(&mut self, buy: bool, price: i64, now: i64) {
        let mut older = Some(0);
        for order in &mut self.own {
            if (order.buy, order.price) != (buy, price) {
                continue;
            }
            let now_parts = i128::from(now) * ONE;
            let ahead = match (order.ahead, order.known, self.queue) {
                (None, ..) => now_parts,
                (Some(ahead), Some(known), QueueModel::Power(n)) => {
                    let known = i128::from(known) * ONE;
                    let gone = (known - i128::from(order.traded) * ONE - now_parts).max(0);
                    let mut share = 1_i128 << 32;
                    for _ in 0..n {
                        share = share * ((ahead << 32) / known.max(1)).min(1 << 32) / (1 << 32);
                    }
                    if known == 0 {
                        share = 1 << 32;
                    }
                    (ahead - share * gone / (1 << 32)).clamp(0, now_parts)
                }
                (Some(ahead), ..) => ahead.min(now_parts),
            };
            older = older.map(|older: i128| older.max(ahead));
            order.ahead = older;
            (order.known, order.traded) = (Some(now), 0);
        }
    }

    fn level(&mut self, bid: bool, price: i64, qty: i64) {
        let side = if bid { &mut self.bids } else { &mut self.asks };
        if qty == 0 {
            side.remove(&price);
        } else {
            side.insert(price, qty);
        }
        self.taken.remove(&(bid, price));
        if self.queue != QueueModel::Through {
            self.told(bid, price, qty);
        }
        if self.halted || !self.is_live() {
            return;
        }
        for buy in [true, false] {
            for at in self.ranked(buy) {
                let (price, left) = (self.own[at].price, self.own[at].left);
                for (level, part) in self.available(buy, Some(price), left) {
                    *self.taken.entry((!buy, level)).or_default() += part;
                    self.fill(at, part);
                }
            }
            let touch = if buy {
                *self.asks.first_key_value().unwrap().0
            } else {
                *self.bids.last_key_value().unwrap().0
            };
            for order in &mut self.own {
                if order.buy == buy && !better(buy, order.price, touch) {
                    order.ahead = Some(0);
                }
            }
        }
        self.sweep();
    }

    fn trade(&mut self, buyer: bool, price: i64, qty: i64) {
        if self.halted {
            return;
        }
        let (buy, mut left, mut eaten) = (!buyer, qty, 0);
        let displayed = self.displayed(buy, price);
        for at in self.ranked(buy) {
            let order = &mut self.own[at];
            if better(!buy, order.price, price) {
                order.ahead = Some(0);
                let part = order.left.min(left);
                left -= part;
                if part > 0 {
                    self.fill(at, part);
                }
            }
        }
        let mut at_price = self.ranked(buy);
        at_price.retain(|&at| self.own[at].price == price);
        if self.queue == QueueModel::Through {
            at_price.clear();
        }
        let unknown = at_price.iter().any(|&at| self.own[at].ahead.is_none());
        for at in at_price {
            let order = &mut self.own[at];
            if unknown && let Some(now) = displayed {
                order.ahead = order.ahead.or(Some(i128::from(now) * ONE));
                order.known = order.known.or(displayed);
            }
            order.traded += qty;
            let Some(ahead) = order.ahead else {
                continue;
            };
            // To the nearest lot of 5, a half down.
            let lots = (ahead + (5 * ONE - 1) / 2) / (5 * ONE) * 5;
            let gap = (lots as i64 - eaten).max(0).min(left);
            eaten += gap;
            left -= gap;
            if left > 0 {
                order.ahead = Some(0);
                let part = order.left.min(left);
                left -= part;
                self.fill(at, part);
            } else {
                let rest = ahead - i128::from(eaten) * ONE;
                order.ahead = Some(rest.max(0));
            }
        }
        self.sweep();
    }

    fn place(
        &mut self,
        n: usize,
        buy: bool,
        whole: i64,
        left: i64,
        limit: Option<i64>,
        tif: u8,
    ) -> bool {
        if self.halted || !self.is_live() {
            return false;
        }
        let mut got = self.available(buy, limit, left);
        let meets = |twin: &Self| {
            let others = twin.ranked(!buy);
            let own = others.first().map(|&at| twin.own[at].price)?;
            let before: i64 = got
                .iter()
                .filter(|(price, _)| better(buy, *price, own))
                .map(|(_, part)| part)
                .sum();
            let reaches = limit.is_none_or(|limit| !better(buy, limit, own));
            (reaches && before < left).then(|| others[0])
        };
        let met = meets(self);
        if tif == 3 && (met.is_some() || !got.is_empty()) {
            return false;
        }
        if met.is_some() && self.policy == SelfTrade::ExpireTaker {
            return false;
        }
        let both = met.is_some() && self.policy == SelfTrade::ExpireBoth;
        let total: i64 = got.iter().map(|(_, part)| part).sum();
        if tif == 2 && (total < left || both) {
            return true;
        }
        if both {
            let own = self.own.remove(met.unwrap()).price;
            got.retain(|(price, _)| better(buy, *price, own));
        } else {
            while let Some(at) = meets(self) {
                self.own.remove(at);
            }
        }
        let mut open = left;
        for (price, part) in got {
            *self.taken.entry((!buy, price)).or_default() += part;
            self.fills.push((n, price, part));
            open -= part;
        }
        let Some(price) = limit.filter(|_| open > 0 && (tif == 0 || tif == 3) && !both) else {
            return true;
        };
        let known = self.displayed(buy, price);
        if self.queue != QueueModel::Through
            && let Some(now) = known
            && self
                .own
                .iter()
                .any(|order| (order.buy, order.price) == (buy, price) && order.known.is_none())
        {
            self.told(buy, price, now);
        }
        let ahead = known.map(|now| i128::from(now) * ONE);
        let ahead = if self.queue == QueueModel::Through {
            Some(0)
        } else {
            ahead
        };
        self.own.push(Own {
            n,
            buy,
            price,
            whole,
            left: open,
            post: tif == 3,
            ahead,
            known,
            traded: 0,
        });
        true
    }

    fn amend(&mut self, n: usize, qty: i64, limit: i64) {
        let Some(at) = self.own.iter().position(|order| order.n == n) else {
            return;
        };
        let order = self.own[at].clone();
        let filled = order.whole - order.left;
        if qty <= filled {
            self.own.remove(at);
        } else if self.halted {
        } else if limit == order.price && qty <= order.whole {
            (self.own[at].whole, self.own[at].left) = (qty, qty - filled);
        } else {
            self.own.remove(at);
            let tif = if order.post { 3 } else { 0 };
            if !self.place(n, order.buy, qty, qty - filled, Some(limit), tif) {
                self.own.insert(at, order);
            }
        }
    }

    pub(super) fn step(&mut self, step: &Step) {
        match *step {
            Step::Level(bid, price, qty) => self.level(bid, price, qty),
            Step::Trade(buyer, price, qty) => self.trade(buyer, price, qty),
            Step::Place(buy, qty, limit, tif) => {
                let n = self.placed;
                self.placed += 1;
                self.place(n, buy, qty, qty, limit, tif);
            }
            Step::Amend(n, qty, limit) => self.amend(n, qty, limit),
            Step::Cancel(n) => self.own.retain(|order| order.n != n),
            Step::Halt(halted) => self.halted = halted,
        }
    }
}
