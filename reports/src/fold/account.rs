//! News of accounts: balances, and what happens to positions without an order of ours.

use std::collections::BTreeMap;

use onetape_core::event::AccountEvent;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Qty};
use rust_decimal::Decimal;

use super::Fold;
use super::legs::LegKey;
use super::price::Halves;
use super::standing::LegState;

/// The legs that hold an instrument before something happens to them.
pub(super) struct Before {
    legs: BTreeMap<LegKey, LegState>,
    loose: Money,
}

impl Fold {
    pub(super) fn account(&mut self, news: &AccountEvent) {
        match *news {
            AccountEvent::Balance { .. } => self.course.news(*news, Money::ZERO),
            AccountEvent::Funding { instrument, .. }
            | AccountEvent::Liquidated { instrument, .. }
            | AccountEvent::LiquidationFee { instrument, .. }
            | AccountEvent::Deleveraged { instrument, .. }
            | AccountEvent::Foreign { instrument, .. } => {
                let before = self.before(instrument);
                let names = self.names.clone();
                if let Some(known) = names.instruments.get(instrument.index()) {
                    let realised = self.position_news(known, news);
                    self.course.news(*news, realised);
                }
                self.after(instrument, news, before);
            }
        }
    }

    /// Books news of a position; what it realised on the account.
    fn position_news(&mut self, known: &Instrument, news: &AccountEvent) -> Money {
        let id = known.id;
        match *news {
            AccountEvent::Balance { .. } => Money::ZERO,
            AccountEvent::Funding { amount, .. } => {
                self.legs.funding(id, amount);
                Money::ZERO
            }
            AccountEvent::Liquidated { qty, realised, .. } => {
                let brought = self.brought(id, qty, realised);
                self.legs.liquidation(id, qty, brought);
                self.accounts.of(id).liquidate(qty, realised);
                if !qty.is_zero() {
                    self.foreign.remove(&id);
                }
                realised
            }
            AccountEvent::Deleveraged { qty, price, .. } => {
                let realised = self.accounts.of(id).deleverage(known, qty, price);
                let own = qty - self.undone(id, qty);
                self.legs.deleveraging(known, own, price);
                realised
            }
            AccountEvent::Foreign { .. } if known.kind == InstrumentKind::Spot => Money::ZERO,
            AccountEvent::Foreign { qty, price, .. } => {
                let side = if qty > Qty::ZERO {
                    Side::Buy
                } else {
                    Side::Sell
                };
                *self.foreign.entry(id).or_default() += qty;
                self.accounts.of(id).fill(known, side, price, qty.abs())
            }
            AccountEvent::LiquidationFee { amount, .. } => {
                self.legs.liquidation_fee(id, amount);
                *self.fees_by_asset.of(known.settle()) += amount;
                Money::ZERO
            }
        }
    }

    /// What of a part that was closed somebody else had added: that goes first, and no leg bears it.
    fn undone(&mut self, instrument: InstrumentId, closed: Qty) -> Qty {
        let Some(others) = self.foreign.get_mut(&instrument) else {
            return Qty::ZERO;
        };
        if (*others > Qty::ZERO) != (closed > Qty::ZERO) {
            return Qty::ZERO;
        }
        let undone = if closed.abs() < others.abs() {
            closed
        } else {
            *others
        };
        *others -= undone;
        undone
    }

    /// What a closing by the venue brought the legs together. It knows one position and its cost, which need not be the
    /// cost of all legs.
    fn brought(&self, instrument: InstrumentId, closed: Qty, realised: Money) -> Money {
        let legs = self.legs.holding(instrument).into_iter();
        let cost = legs.filter_map(|key| Some(self.legs.get(&key)?.position.cost));
        match self.accounts.get(instrument) {
            Some(account) if !closed.is_zero() => realised + account.cost - cost.sum::<Money>(),
            _ => realised,
        }
    }

    /// The legs that hold an instrument, where a full report is wanted.
    fn before(&self, instrument: InstrumentId) -> Option<Before> {
        self.detail.as_ref()?;
        let keys = self.legs.holding(instrument).into_iter();
        let state = |key: LegKey| Some((key, self.legs.get(&key)?.state()));
        Some(Before {
            legs: keys.filter_map(state).collect(),
            loose: self.loose(instrument),
        })
    }

    fn loose(&self, instrument: InstrumentId) -> Money {
        let loose = self.legs.loose_funding.get(&instrument);
        loose.copied().unwrap_or_default()
    }

    /// Takes what happened to the legs of an instrument into the details.
    fn after(&mut self, id: InstrumentId, news: &AccountEvent, before: Option<Before>) {
        let loose = self.loose(id);
        let Some(instrument) = self.names.instruments.get(id.index()) else {
            return;
        };
        let (Some(before), Some(detail)) = (before, &mut self.detail) else {
            return;
        };
        match news {
            AccountEvent::Liquidated { .. } => detail.work.incidents.liquidations += 1,
            AccountEvent::Deleveraged { .. } => detail.work.incidents.deleveragings += 1,
            _ => {}
        }
        if let AccountEvent::Funding { amount, rate, .. } = news {
            detail.funded(instrument, *amount, *rate);
        }
        let came = LegState {
            funding: loose - before.loose,
            ..LegState::default()
        };
        (self.course).go(id, [LegState::default(), came], Halves::NOTHING);
        for (key, was) in &before.legs {
            let Some(book) = self.legs.get_mut(key) else {
                continue;
            };
            let is = book.state();
            let known = book.detail.get_or_insert_default();
            let shadow = known.shadow.cash();
            if is.qty != was.qty {
                // A part went: of what was meant, as much goes without a gain.
                let left = if was.qty.is_zero() {
                    Decimal::ZERO
                } else {
                    is.qty
                };
                known.shadow.lose(left);
            }
            let venue = (is.cash() - was.cash()) - (known.shadow.cash() - shadow);
            known.parts.venue += venue;
            self.course.go(id, [*was, is], Halves::NOTHING);
        }
        self.point();
    }
}
