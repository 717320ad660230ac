//! What comes from a venue: news of its streams, and answers to what was asked.

use onetape_core::event::{Body, DepthUpdate};
use onetape_core::instrument::MarginTier;
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use crate::outcome::Failure;
use crate::report::{
    BalanceReport, FeeReport, FundingReport, MarginReport, OrderReport, PositionReport, Settings,
    TradeReport,
};
use crate::rules::Rules;

/// A market event with the venue's own time for it.
#[derive(Clone, Debug, PartialEq)]
pub struct MarketNews {
    /// What it is; the instrument is in it.
    pub body: Body,
    /// When, by the venue; [`Ts::UNKNOWN`] where not told.
    pub ts_venue: Ts,
    /// The venue's number of a print or a quote; 0 where not told.
    pub id: u64,
}

impl MarketNews {
    /// What has no number.
    pub(crate) const fn of(body: Body, ts_venue: Ts) -> Self {
        Self {
            body,
            ts_venue,
            id: 0,
        }
    }
}

/// One piece of news. A message can hold several, and what it holds is told in its order.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Market data. Depth goes through [`crate::sync::BookSync`] first.
    Market(MarketNews),
    /// Word of an order.
    Order(Box<OrderReport>),
    /// An execution of ours that comes apart from its order's news.
    Trade(Box<TradeReport>),
    /// The venue's word on a balance, in total.
    Balance(BalanceReport),
    /// A balance moved by so much, by a transfer or the like; the totals come on their own.
    BalanceMoved(FundingReport),
    /// The venue's word on a position.
    Position(PositionReport),
    /// The venue's word on margin.
    Margin(MarginReport),
    /// Funding was settled.
    Funding(FundingReport),
    /// Leverage or a mode changed.
    Settings(Settings),
    /// The account is close to liquidation.
    MarginCall,
    /// The answer to a request that was sent by frame: hand it with what was asked to the venue's `answer`.
    Answer(FrameAnswer),
    /// The answer to a ping, of the protocol above WebSocket.
    Pong,
    /// The venue wants this answered with a frame of its protocol above WebSocket.
    Ping(String),
    /// A subscription was taken; the id, or the channel, that it was asked with.
    Subscribed(String),
    /// A subscription was refused: the id or channel, and the venue's words.
    Refused(String, String),
    /// The private stream has ended: open it anew and reconcile.
    StreamEnded,
    /// The venue is about to close the connection: connect anew at once.
    Reconnect,
}

/// An answer in a frame.
#[derive(Clone, PartialEq, Eq)]
pub struct FrameAnswer {
    /// The id that the request had.
    pub id: u64,
    /// The venue's status for it, as an HTTP one; 0 where it gives none.
    pub status: u16,
    /// True when this only says that the request arrived: the result comes in a second answer with the same id.
    pub receipt: bool,
    /// The whole frame.
    pub text: Box<str>,
}

impl std::fmt::Debug for FrameAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, status, .. } = self;
        write!(f, "FrameAnswer({id}, {status}, {} bytes)", self.text.len())
    }
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was done; there is nothing to tell.
    Done,
    /// The request arrived and the result comes on its own.
    Received,
    /// The venue's clock.
    Time(Ts),
    /// Instruments with their rules.
    Instruments(Vec<Rules>),
    /// A whole book.
    Depth(Box<DepthUpdate>),
    /// Market data.
    Market(Vec<MarketNews>),
    /// An order.
    Order(Box<OrderReport>),
    /// Orders.
    Orders(Vec<OrderReport>),
    /// Executions of ours.
    Trades(Vec<TradeReport>),
    /// Balances, and margin for futures.
    Balances(Vec<BalanceReport>, Vec<MarginReport>),
    /// Positions.
    Positions(Vec<PositionReport>),
    /// Settings.
    Settings(Settings),
    /// Maintenance margin of an instrument, smallest position first.
    Tiers(InstrumentId, Vec<MarginTier>),
    /// Fees.
    Fees(FeeReport),
    /// Funding.
    Funding(Vec<FundingReport>),
    /// The key of the private stream.
    StreamKey(String),
}

/// What became of a request.
pub type Answered = Result<Answer, Failure>;
