//! What an account can no longer carry.
//!
//! There is no maintenance margin here. When a futures wallet is below zero, or would be with its positions closed
//! at the touch, the venue closes those positions at the touch and bears what the wallet cannot pay, as an
//! insurance fund does: no balance is ever reported below zero, and no loss ends better than at the market.

use onetape_core::event::{AccountEvent, Body, OrderEventKind};
use onetape_core::names::AssetId;
use onetape_core::num::Money;

use super::orders::Slot;
use super::{Floor, Venue};

impl Venue {
    /// Closes what cannot be carried and drops resting orders that cannot be paid. To be called after anything
    /// that moves prices, balances or positions.
    pub(super) fn guard(&mut self, floor: Floor<'_>, out: &mut Vec<Body>) {
        for asset in self.account.settlement_assets(floor.names) {
            let total = self.account.total(asset);
            let open = self.account.unrealised(asset, floor.names, floor.market);
            let empty = open.is_some_and(|open| total + open <= Money::ZERO);
            if total.is_negative() || empty {
                self.liquidate(floor, asset, out);
            }
            if self.account.free(asset).is_negative() {
                self.drop_unpayable(asset, out);
            }
        }
    }

    fn liquidate(&mut self, floor: Floor<'_>, asset: AssetId, out: &mut Vec<Body>) {
        let mut closed = self
            .account
            .close_positions(asset, floor.names, floor.market);
        let short = -self.account.total(asset);
        if let Some((_, _, realised)) = closed.last_mut().filter(|_| short > Money::ZERO) {
            *realised += short;
            self.account.credit(asset, short);
        }
        out.extend(closed.into_iter().map(|(instrument, qty, realised)| {
            Body::Account(AccountEvent::Liquidated {
                instrument,
                qty,
                realised,
            })
        }));
    }

    /// Resting orders of an asset of which more is set aside than there is.
    fn drop_unpayable(&mut self, asset: AssetId, out: &mut Vec<Body>) {
        let locks = |slot: &Slot| {
            let (locked, amount) = self.orders[*slot].locked;
            locked == asset && !amount.is_zero()
        };
        let unpayable: Vec<Slot> = self.orders.in_order().filter(locks).collect();
        for slot in unpayable {
            self.end(slot, OrderEventKind::Expired, out);
        }
    }
}
