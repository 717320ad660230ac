//! What answers that are no failures hold.

use std::collections::BTreeMap;

use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use serde::Deserialize;

use super::reports::{self, listed};
use super::wire::Text;
use super::{Market, public, rules, user};
use crate::ask::{Ask, Cx, PositionMode};
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::directory::Listed;
use crate::error::WireError;
use crate::json::read as json;
use crate::news::Answer;
use crate::number::Num;
use crate::report::{
    BalanceReport, FeeReport, FundingReport, MarginReport, OrderReport, PositionReport,
    PositionSide, ReportState, Settings, TradeReport,
};

/// Reads answers of one market.
pub(super) struct Read<'a> {
    pub(super) market: Market,
    pub(super) cx: &'a Cx<'a>,
    pub(super) counts: &'a mut Counts,
}

impl<'a> Read<'a> {
    pub(super) fn answer(&mut self, ask: &Ask, body: &str) -> Result<Answer, WireError> {
        Ok(match ask {
            Ask::Time => Answer::Time(public::time(body)?),
            Ask::Instruments => {
                let rules = match self.market {
                    Market::Spot => rules::pairs(body, self.counts)?,
                    Market::Usdt | Market::Btc => rules::contracts(body, self.counts)?,
                };
                Answer::Instruments(rules)
            }
            Ask::Depth { instrument, .. } => {
                let listed = self.listed(*instrument)?;
                Answer::Depth(Box::new(public::book(body, listed)?))
            }
            Ask::Quote(instrument) => {
                Answer::Market(vec![public::top(body, self.listed(*instrument)?)?])
            }
            Ask::Mark(instrument) => {
                Answer::Market(public::marks(body, self.listed(*instrument)?)?)
            }
            Ask::OpenInterest(instrument) => {
                Answer::Market(public::open_interest(body, self.listed(*instrument)?)?)
            }
            Ask::Place(_) | Ask::Cancel(_) | Ask::Amend(_) | Ask::Order(_) => {
                self.order(ask, body)?
            }
            Ask::OpenOrders(None) if self.market == Market::Spot => {
                Answer::Orders(self.reports(user::open_orders(body)?)?)
            }
            Ask::CancelAll(_) | Ask::OpenOrders(_) | Ask::Orders(_) => {
                Answer::Orders(self.reports(user::orders(body)?)?)
            }
            Ask::Trades(history) => {
                Answer::Trades(self.trades(body, self.listed(history.instrument)?)?)
            }
            Ask::Balances if self.market == Market::Spot => {
                Answer::Balances(self.balances(body)?, Vec::new())
            }
            Ask::Balances => self.account(body)?,
            Ask::Positions(_) => Answer::Positions(self.positions(body)?),
            Ask::Settings(instrument) => Answer::Settings(self.settings(*instrument, body)?),
            Ask::SetLeverage { instrument, .. } | Ask::SetCrossLeverage { instrument, .. } => {
                Answer::Settings(self.settings(*instrument, body)?)
            }
            Ask::PositionMode | Ask::SetPositionMode(_) => Answer::Settings(position_mode(body)?),
            Ask::Tiers(instrument) => {
                let listed = self.listed(*instrument)?;
                Answer::Tiers(*instrument, public::tiers(body, &listed.instrument.symbol)?)
            }
            Ask::Fees(instrument) => Answer::Fees(self.fees(self.listed(*instrument)?, body)?),
            Ask::FundingPaid(_) => Answer::Funding(self.funding(body)?),
            _ => Answer::Done,
        })
    }

    fn listed(&self, id: InstrumentId) -> Result<&'a Listed, WireError> {
        let found = self.cx.directory.get(id);
        found.ok_or_else(|| WireError::Symbol(format!("instrument {}", id.0)))
    }

    fn order(&mut self, ask: &Ask, body: &str) -> Result<Answer, WireError> {
        let instrument = match ask {
            Ask::Place(place) => place.instrument,
            Ask::Cancel(order) | Ask::Order(order) => order.instrument,
            Ask::Amend(change) => change.order.instrument,
            _ => return Ok(Answer::Done),
        };
        let listed = self.listed(instrument)?;
        let read = user::orders(body)?.into_iter().next();
        let read = read.ok_or(WireError::Field {
            message: "an order",
            field: "id",
        })?;
        let mut report = reports::order(&read, listed, self.cx.directory, self.counts)?;
        match ask {
            // The short answers leave it out.
            Ask::Place(place) if report.client == ClientId::Untold => {
                report.client = ClientId::Ours(place.order);
            }
            Ask::Amend(_)
                if matches!(
                    report.state,
                    ReportState::Open | ReportState::PartiallyFilled
                ) =>
            {
                report.state = ReportState::Amended;
            }
            _ => {}
        }
        Ok(Answer::Order(Box::new(report)))
    }

    fn reports(&mut self, read: Vec<user::WireOrder<'_>>) -> Result<Vec<OrderReport>, WireError> {
        let mut list = Vec::new();
        for order in &read {
            if let Some(listed) = listed(order.symbol, self.cx.directory, self.counts) {
                let directory = self.cx.directory;
                list.push(reports::order(order, listed, directory, self.counts)?);
            }
        }
        Ok(list)
    }

    fn trades(&mut self, body: &str, asked: &Listed) -> Result<Vec<TradeReport>, WireError> {
        let mut list = Vec::new();
        for mut fill in user::fills(body)? {
            // Answers for one instrument do not always name it.
            let symbol = *fill.symbol.get_or_insert(&asked.instrument.symbol);
            if let Some(listed) = listed(symbol, self.cx.directory, self.counts) {
                let directory = self.cx.directory;
                list.push(reports::trade(self.market, &fill, listed, directory)?);
            }
        }
        Ok(list)
    }

    fn balances(&mut self, body: &str) -> Result<Vec<BalanceReport>, WireError> {
        let mut list = Vec::new();
        for read in user::balances(body)? {
            list.extend(reports::balance(&read, self.cx.directory, self.counts)?);
        }
        Ok(list)
    }

    fn positions(&mut self, body: &str) -> Result<Vec<PositionReport>, WireError> {
        let mut list = Vec::new();
        for read in user::positions(body)? {
            if let Some(listed) = listed(read.symbol, self.cx.directory, self.counts) {
                list.push(reports::position(&read, listed, self.counts)?);
            }
        }
        Ok(list)
    }

    fn settings(&mut self, instrument: InstrumentId, body: &str) -> Result<Settings, WireError> {
        let positions = self.positions(body)?;
        let first = positions.iter().find(|it| it.instrument == instrument);
        let mode = first.map(|it| match it.side {
            PositionSide::Net => PositionMode::OneWay,
            PositionSide::Long | PositionSide::Short => PositionMode::Hedge,
        });
        Ok(Settings {
            instrument: Some(instrument),
            leverage: first.and_then(|it| it.leverage),
            margin_mode: first.and_then(|it| it.mode),
            position_mode: mode,
            multi_asset: None,
        })
    }

    fn account(&mut self, body: &str) -> Result<Answer, WireError> {
        let read: Account<'_> = json("accounts", body)?;
        let name = read.currency.text().to_ascii_uppercase();
        let Ok(asset) = self.cx.directory.asset(&name) else {
            self.counts.add(Unused::OtherAsset, &name);
            return Ok(Answer::Balances(Vec::new(), Vec::new()));
        };
        let amount = |field, text: &Num<'_>| match text.is_none() {
            true => Ok(None),
            false => text.money(field).map(Some),
        };
        let total = read.total.money("total")?;
        let bound = [&read.position_margin, &read.order_margin];
        let mut locked = Money::ZERO;
        for text in bound {
            locked += amount("margin", text)?.unwrap_or(Money::ZERO);
        }
        let balance = BalanceReport {
            asset,
            free: total - locked,
            locked,
            at: Ts::UNKNOWN,
        };
        let margin = MarginReport {
            asset,
            wallet: total,
            available: amount("available", &read.available)?,
            unrealised: amount("unrealised_pnl", &read.unrealised_pnl)?,
            initial: Some(locked),
            maintenance: amount("cross_maintenance_margin", &read.cross_maintenance_margin)?,
        };
        Ok(Answer::Balances(vec![balance], vec![margin]))
    }

    fn fees(&self, listed: &Listed, body: &str) -> Result<FeeReport, WireError> {
        let symbol = listed.instrument.symbol.as_str();
        // Futures answer by contract, spot for the pair that was asked for.
        let read: Fee<'_> = match self.market {
            Market::Spot => json("fee", body)?,
            Market::Usdt | Market::Btc => {
                let mut all: BTreeMap<&str, Fee<'_>> = json("fee", body)?;
                let mine = all.remove(symbol);
                mine.ok_or_else(|| WireError::Symbol(symbol.to_string()))?
            }
        };
        Ok(FeeReport {
            instrument: Some(listed.instrument.id),
            maker: read.maker_fee.money("maker_fee")?,
            taker: read.taker_fee.money("taker_fee")?,
        })
    }

    fn funding(&mut self, body: &str) -> Result<Vec<FundingReport>, WireError> {
        let mut list = Vec::new();
        for read in user::balances(body)? {
            if read.reason != "fund" {
                self.counts
                    .add(Unused::NotNeeded, "entries of the account book");
                continue;
            }
            let contract = read.text.split(':').next().unwrap_or_default();
            let Some(listed) = listed(contract, self.cx.directory, self.counts) else {
                continue;
            };
            list.push(FundingReport {
                instrument: Some(listed.instrument.id),
                asset: listed.instrument.settle(),
                amount: Num::new(read.change.unwrap_or("0")).money("change")?,
                id: crate::report::trade_number(read.id),
                at: read.time.unwrap_or(Ts::UNKNOWN),
            });
        }
        Ok(list)
    }
}

#[derive(Deserialize)]
struct Account<'a> {
    #[serde(borrow)]
    currency: Num<'a>,
    #[serde(borrow)]
    total: Num<'a>,
    #[serde(borrow, default)]
    available: Num<'a>,
    #[serde(borrow, default)]
    unrealised_pnl: Num<'a>,
    #[serde(borrow, default)]
    position_margin: Num<'a>,
    #[serde(borrow, default)]
    order_margin: Num<'a>,
    #[serde(borrow, default)]
    cross_maintenance_margin: Num<'a>,
}

#[derive(Deserialize)]
struct Fee<'a> {
    #[serde(borrow)]
    maker_fee: Num<'a>,
    #[serde(borrow)]
    taker_fee: Num<'a>,
}

/// The position mode of an account; the older field counts where the newer one is not there.
fn position_mode(body: &str) -> Result<Settings, WireError> {
    #[derive(Deserialize)]
    struct Modes<'a> {
        #[serde(borrow)]
        position_mode: Option<Text<'a>>,
        in_dual_mode: Option<bool>,
    }
    let read: Modes<'_> = json("accounts", body)?;
    let mode = match (read.position_mode.map(|text| text.0), read.in_dual_mode) {
        (Some("single"), _) | (None, Some(false)) => PositionMode::OneWay,
        (Some("dual"), _) | (None, Some(true)) => PositionMode::Hedge,
        // One position an order, which nobody here can keep apart.
        _ => {
            return Err(WireError::Field {
                message: "accounts",
                field: "position_mode",
            });
        }
    };
    Ok(Settings {
        position_mode: Some(mode),
        ..Settings::default()
    })
}
