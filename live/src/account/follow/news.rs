//! News of the account's stream, and what balances prove.

use onetape_adapters::news::News;
use onetape_adapters::report::{BalanceReport, FundingReport, MarginReport};
use onetape_core::event::{AccountEvent, Body};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::{Follower, Notice};

impl Follower {
    /// A piece of news. Answers, pings and ends of streams are the connection's own.
    pub(crate) fn hear(&mut self, news: &News, now: Ts) {
        match news {
            News::Order(report) => self.report(report, now),
            News::Trade(trade) => self.trade(trade, now),
            News::Balance(report) => self.balance(report),
            News::BalanceMoved(moved) => self.holdings.move_by(moved.asset, moved.amount),
            // What was paid for which position is asked for: streams do not all tell it.
            News::Funding(_) => self.funding = true,
            News::MarginCall => {
                let venue = self.venue;
                self.notice(Notice::MarginCall { venue });
            }
            News::Settings(settings) => {
                let (venue, words) = (self.venue, format!("{settings:?}"));
                self.notice(Notice::Settings { venue, words });
            }
            // Fills tell of positions; what only the venue did is asked for with the next comparison.
            News::Position(_) | News::Margin(_) => {}
            News::Market(_)
            | News::Answer(_)
            | News::Pong
            | News::Ping(_)
            | News::Subscribed(_)
            | News::Refused(..)
            | News::StreamEnded
            | News::Reconnect => {}
        }
    }

    /// The venue's word on a balance.
    pub(crate) fn balance(&mut self, report: &BalanceReport) {
        let quiet = self.alive.is_empty();
        let total = report.free + report.locked;
        self.holdings.told(report.asset, total, quiet);
        self.out.push(Body::Account(report.event(self.venue)));
    }

    /// The venue's word on margin, where it tells no balances of their own.
    pub(crate) fn margin(&mut self, report: &MarginReport) {
        self.account(AccountEvent::Balance {
            venue: self.venue,
            asset: report.asset,
            total: report.wallet,
        });
    }

    /// Funding that was settled, once. Before the run began it only counts as told.
    pub(crate) fn funded(&mut self, report: &FundingReport) {
        let Some(instrument) = report.instrument else {
            return;
        };
        // Entries without an id are told by their time.
        let key = match report.id {
            0 => report.at.nanos().unsigned_abs(),
            id => id,
        };
        if self.funding_told.insert((instrument, key)) && report.at >= self.began {
            self.account(AccountEvent::Funding {
                instrument,
                amount: report.amount,
                // The venue tells what it paid and not by which rate.
                rate: Money::ZERO,
            });
        }
    }

    /// Whether balances of spot are as trades make them, for the asset that an order would have moved.
    pub(crate) fn balances_agree(&self, id: InstrumentId, told: &[BalanceReport]) -> bool {
        let Some(listed) = self.directory.get(id) else {
            return false;
        };
        let of = &listed.instrument;
        if of.kind != InstrumentKind::Spot {
            return true;
        }
        let row = told.iter().find(|it| it.asset == of.base);
        let total = row.map_or(Money::ZERO, |it| it.free + it.locked);
        let off = self.holdings.off(of.base, total);
        let lot = Money::new(of.qty_decimal(of.lot));
        off.is_none_or(|off| off.abs() < lot)
    }

    /// Whether a position is as trades make it.
    pub(crate) fn position_agrees(&self, id: InstrumentId, venue: onetape_core::num::Qty) -> bool {
        self.holdings.position_off(id, venue).is_zero()
    }
}
