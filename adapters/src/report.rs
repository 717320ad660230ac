//! What a venue says of orders, fills and accounts, in core's numbers.

use onetape_core::event::{AccountEvent, Fill, OrderEventKind, RejectReason};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;

use crate::ask::{MarginMode, PositionMode};
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::directory::Directory;
use crate::error::WireError;

/// How an order stands by the venue's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// The venue has it; how it stands was not told.
    Acknowledged,
    /// At rest, nothing traded.
    Open,
    /// At rest, partly traded.
    PartiallyFilled,
    /// Traded completely.
    Filled,
    /// Taken back, or by somebody else's wish; what traded stays.
    Cancelled,
    /// Ended by its own terms; what traded stays.
    Expired,
    /// Refused; `None` where core has no word for the reason.
    Rejected(Option<RejectReason>),
    /// At rest with new terms.
    Amended,
    /// A word that this version does not know: ask for the order.
    Unclear,
}

impl ReportState {
    /// True when nothing more is to come but late fills.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Cancelled | Self::Expired | Self::Rejected(_)
        )
    }
}

/// Whose order it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Somebody with a key: us, or a person.
    #[default]
    Account,
    /// The venue, to close what the account could not carry.
    Liquidation,
    /// The venue, against another's liquidation.
    Deleveraging,
    /// The venue, at the end of a contract.
    Settlement,
}

/// Word of an order: an answer to a request, or news of the private stream.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderReport {
    /// The client's id; for a cancel the cancelled order's.
    pub client: ClientId,
    /// The venue's id; empty where not told.
    pub venue_id: String,
    /// What it trades.
    pub instrument: InstrumentId,
    /// How it stands.
    pub state: ReportState,
    /// Its way, where told.
    pub side: Option<Side>,
    /// Its whole quantity, where told.
    pub qty: Option<Qty>,
    /// What traded of it so far, where told.
    pub filled: Option<Qty>,
    /// What that cost in quote units, where told.
    pub filled_quote: Option<Money>,
    /// Its price, where it has one.
    pub limit: Option<Price>,
    /// The execution that this is the news of, or those that an answer carries.
    pub trades: Vec<TradeReport>,
    /// Whose.
    pub origin: Origin,
    /// The venue's time; [`Ts::UNKNOWN`] where not told.
    pub at: Ts,
}

/// One execution of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeReport {
    /// The client's id of its order, where told.
    pub client: ClientId,
    /// The venue's id of its order.
    pub venue_id: String,
    /// What was traded.
    pub instrument: InstrumentId,
    /// The venue's id of the execution (see [`trade_number`] for those that are texts).
    pub trade_id: u64,
    /// Which way we traded, where told.
    pub side: Option<Side>,
    /// Price.
    pub price: Price,
    /// Quantity, positive.
    pub qty: Qty,
    /// What it cost; `None` where this message does not tell and another will.
    pub fee: Option<Charge>,
    /// True when our order rested; `None` where not told.
    pub maker: Option<bool>,
    /// The venue's time; [`Ts::UNKNOWN`] where not told.
    pub at: Ts,
}

/// A fee as the venue names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// In which asset.
    pub asset: String,
    /// How much; negative is a rebate.
    pub amount: Money,
}

/// Balance of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceReport {
    /// Of what.
    pub asset: AssetId,
    /// Can be used.
    pub free: Money,
    /// Stands behind orders or positions.
    pub locked: Money,
    /// The venue's time; [`Ts::UNKNOWN`] where not told.
    pub at: Ts,
}

impl BalanceReport {
    /// As core's event.
    pub fn event(&self, venue: VenueId) -> AccountEvent {
        AccountEvent::Balance {
            venue,
            asset: self.asset,
            total: self.free + self.locked,
        }
    }
}

/// Which of an instrument's positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionSide {
    /// The only one.
    Net,
    /// The long one of two.
    Long,
    /// The short one of two.
    Short,
}

/// A futures position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionReport {
    /// In what.
    pub instrument: InstrumentId,
    /// Which.
    pub side: PositionSide,
    /// Signed base units: positive is long, whatever the side.
    pub qty: Qty,
    /// Average entry price.
    pub entry: Option<Money>,
    /// Mark price.
    pub mark: Option<Money>,
    /// Price at which the venue would close it; `None` for none or not told.
    pub liquidation: Option<Money>,
    /// Unrealised profit.
    pub unrealised: Option<Money>,
    /// Margin that stands behind it alone.
    pub margin: Option<Money>,
    /// Leverage.
    pub leverage: Option<u32>,
    /// Margin mode.
    pub mode: Option<MarginMode>,
    /// The venue's time; [`Ts::UNKNOWN`] where not told.
    pub at: Ts,
}

/// Margin of an account in an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginReport {
    /// In what it is counted.
    pub asset: AssetId,
    /// Balance without unrealised profit.
    pub wallet: Money,
    /// Can be used for new orders, where told.
    pub available: Option<Money>,
    /// Unrealised profit, where told.
    pub unrealised: Option<Money>,
    /// Margin bound by positions and orders, where told.
    pub initial: Option<Money>,
    /// Margin below which the venue closes positions, where told.
    pub maintenance: Option<Money>,
}

/// Settings of an instrument and its account. What was not told is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whose leverage and margin mode.
    pub instrument: Option<InstrumentId>,
    /// Leverage; zero where the venue says that the account's counts.
    pub leverage: Option<u32>,
    /// Margin mode.
    pub margin_mode: Option<MarginMode>,
    /// Position mode of the account.
    pub position_mode: Option<PositionMode>,
    /// True when several assets are margin together.
    pub multi_asset: Option<bool>,
}

/// Our fees, as fractions of value: 0.001 is 10 bps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeReport {
    /// Whose.
    pub instrument: Option<InstrumentId>,
    /// For resting.
    pub maker: Money,
    /// For taking.
    pub taker: Money,
}

/// Funding that was paid or received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundingReport {
    /// For which position, where told.
    pub instrument: Option<InstrumentId>,
    /// In what.
    pub asset: AssetId,
    /// How much; negative was paid.
    pub amount: Money,
    /// The venue's id of the entry, so that it is booked once; 0 where not told.
    pub id: u64,
    /// The venue's time; [`Ts::UNKNOWN`] where not told.
    pub at: Ts,
}

/// What must still be asked for after a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Trades: the order is further than the fills that came with the report may say.
    pub trades: bool,
    /// The order itself: its state could not be told.
    pub order: bool,
}

impl OrderReport {
    /// An order of which only ids and state are told.
    pub fn new(
        instrument: InstrumentId,
        client: ClientId,
        venue_id: String,
        state: ReportState,
    ) -> Self {
        Self {
            client,
            venue_id,
            instrument,
            state,
            side: None,
            qty: None,
            filled: None,
            filled_quote: None,
            limit: None,
            trades: Vec::new(),
            origin: Origin::Account,
            at: Ts::UNKNOWN,
        }
    }

    /// What it is to core, fills first. `worth` is one unit of an asset in the settlement asset of the instrument.
    ///
    /// # Errors
    /// When an instrument or the asset of a fee is not one of this run's: then the fills cannot be booked and a
    /// person must know.
    pub fn events(
        &self,
        directory: &Directory,
        worth: &dyn Fn(AssetId) -> Option<Money>,
        counts: &mut Counts,
        out: &mut Vec<OrderEventKind>,
    ) -> Result<Missing, WireError> {
        for trade in &self.trades {
            let fill = trade.fill(directory, worth, counts)?;
            out.push(OrderEventKind::Filled(Box::new(fill)));
        }
        let told: i64 = self.trades.iter().map(|it| it.qty.mantissa()).sum();
        let more_filled = self.filled.is_some_and(|filled| filled.mantissa() > told);
        let missing = Missing {
            trades: more_filled || (self.trades.is_empty() && self.state == ReportState::Filled),
            order: self.state == ReportState::Unclear,
        };
        match self.state {
            ReportState::Acknowledged | ReportState::Open => out.push(OrderEventKind::Accepted),
            ReportState::PartiallyFilled if self.trades.is_empty() => {
                out.push(OrderEventKind::Accepted);
            }
            ReportState::Cancelled => out.push(OrderEventKind::Cancelled),
            ReportState::Expired => out.push(OrderEventKind::Expired),
            ReportState::Rejected(reason) => {
                let reason = reason.unwrap_or_else(|| {
                    counts.add(Unused::UnknownWord, "reject reason");
                    RejectReason::Other
                });
                out.push(OrderEventKind::Rejected(reason));
            }
            ReportState::Amended => match (self.qty, self.limit) {
                (Some(qty), Some(limit)) => out.push(OrderEventKind::Amended { qty, limit }),
                _ => out.push(OrderEventKind::Accepted),
            },
            ReportState::PartiallyFilled | ReportState::Filled | ReportState::Unclear => {}
        }
        Ok(missing)
    }
}

impl TradeReport {
    /// As core's fill. Where the worth of the fee's asset is not known, its value is zero and that is counted.
    ///
    /// # Errors
    /// When the instrument or the asset of the fee is not one of this run's.
    pub fn fill(
        &self,
        directory: &Directory,
        worth: &dyn Fn(AssetId) -> Option<Money>,
        counts: &mut Counts,
    ) -> Result<Fill, WireError> {
        let listed = directory.get(self.instrument);
        let listed = listed.ok_or_else(|| WireError::Symbol(format!("{:?}", self.instrument)))?;
        let instrument = &listed.instrument;
        let fee = match &self.fee {
            Some(charge) => {
                let asset = directory.asset(&charge.asset)?;
                let known = self.worth(instrument, asset, worth);
                if known.is_none() && !charge.amount.is_zero() {
                    counts.add(Unused::FeeWorth, &charge.asset);
                }
                let each = known.unwrap_or(Money::ZERO);
                onetape_core::event::Fee {
                    asset,
                    amount: charge.amount,
                    value: each.times(charge.amount.decimal()),
                }
            }
            None => onetape_core::event::Fee {
                asset: instrument.settle(),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
        };
        Ok(Fill {
            trade_id: self.trade_id,
            price: self.price,
            qty: self.qty,
            fee,
            maker: self.maker.unwrap_or(false),
        })
    }

    /// One unit of an asset in the settlement asset.
    fn worth(
        &self,
        instrument: &Instrument,
        asset: AssetId,
        worth: &dyn Fn(AssetId) -> Option<Money>,
    ) -> Option<Money> {
        if asset == instrument.settle() {
            return Some(Money::new(rust_decimal::Decimal::ONE));
        }
        let is_spot = instrument.kind == onetape_core::instrument::InstrumentKind::Spot;
        if is_spot && asset == instrument.base {
            return Some(Money::new(instrument.price_decimal(self.price)));
        }
        worth(asset)
    }
}

/// The number of an execution whose id is a text: the number that it is, else a hash of it that is the same on every
/// machine.
pub fn trade_number(text: &str) -> u64 {
    let number = text.parse::<u64>();
    number.unwrap_or_else(|_| xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
