//! News of accounts: balances, and what happens to positions without an order of ours.

use std::collections::BTreeMap;

use onetape_core::event::AccountEvent;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Qty};
use rust_decimal::Decimal;

use super::Fold;
use super::detail::{Halves, LegState, Split};
use super::legs::LegKey;

/// The legs that hold an instrument before something happens to them.
pub(super) struct Before {
    legs: BTreeMap<LegKey, LegState>,
    loose: Money,
}

impl Fold {
    pub(super) fn account(&mut self, news: &AccountEvent) {
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => self.ledger.balance(venue, asset, total),
            AccountEvent::Funding { instrument, .. }
            | AccountEvent::Liquidated { instrument, .. }
            | AccountEvent::LiquidationFee { instrument, .. }
            | AccountEvent::Deleveraged { instrument, .. }
            | AccountEvent::Foreign { instrument, .. } => {
                let before = self.before(instrument);
                self.position_news(news);
                self.after(instrument, news, before);
            }
        }
    }

    fn position_news(&mut self, news: &AccountEvent) {
        match *news {
            AccountEvent::Balance { .. } => {}
            AccountEvent::Funding {
                instrument, amount, ..
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    self.ledger.funding(known, amount);
                    self.legs.funding(instrument, amount);
                }
            }
            AccountEvent::Liquidated {
                instrument,
                qty,
                realised,
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    self.ledger.liquidation(known, realised);
                    let brought = self.brought(instrument, qty, realised);
                    self.legs.liquidation(instrument, qty, brought);
                    let account = self.accounts.of(instrument);
                    account.liquidate(qty, realised);
                    if !qty.is_zero() {
                        self.foreign.remove(&instrument);
                    }
                }
            }
            AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    let account = self.accounts.of(instrument);
                    let realised = account.deleverage(known, qty, price);
                    self.ledger.liquidation(known, realised);
                    let own = qty - self.undone(instrument, qty);
                    let known = &self.names.instruments[instrument.index()];
                    self.legs.deleveraging(known, own, price);
                }
            }
            AccountEvent::Foreign {
                instrument,
                qty,
                price,
                fee_asset,
                fee,
            } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    let mut realised = Money::ZERO;
                    if known.kind != InstrumentKind::Spot {
                        let side = if qty > Qty::ZERO {
                            Side::Buy
                        } else {
                            Side::Sell
                        };
                        let account = self.accounts.of(instrument);
                        realised = account.fill(known, side, price, qty.abs());
                        *self.foreign.entry(instrument).or_default() += qty;
                    }
                    (self.ledger).foreign(known, qty, price, realised, (fee_asset, fee));
                }
            }
            AccountEvent::LiquidationFee { instrument, amount } => {
                if let Some(known) = self.names.instruments.get(instrument.index()) {
                    self.ledger.liquidation_fee(known, amount);
                    self.legs.liquidation_fee(instrument, amount);
                    *self.fees_by_asset.of(known.settle()) += amount;
                }
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
        let price = Halves::from(onetape_core::num::Price::new(0));
        let mut split = Split {
            funding: loose - before.loose,
            ..Split::default()
        };
        let came = LegState {
            funding: split.funding,
            ..LegState::default()
        };
        detail.held(&self.names, instrument, &LegState::default(), &came, price);
        for (key, was) in &before.legs {
            let Some(book) = self.legs.get_mut(key) else {
                continue;
            };
            let is = book.state();
            split.funding += is.funding - was.funding;
            split.fees -= is.fees - was.fees;
            let known = book.detail.get_or_insert_default();
            let (shadow, edge) = (known.shadow.cash(), known.shadow.realised);
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
            split.parts.venue += venue;
            split.edge += known.shadow.realised - edge;
            detail.held(&self.names, instrument, was, &is, price);
        }
        detail.booked.of(instrument.settle()).add(&split);
        detail.point(&self.names, &self.ledger);
    }
}
