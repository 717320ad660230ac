//! Which venue's protocol is spoken: the free functions of the venues' folders behind one value, for those who keep
//! connections to any of them.

use onetape_core::time::Ts;

use crate::ask::{Ask, Cx};
use crate::budget::Budget;
use crate::counts::Counts;
use crate::directory::Directory;
use crate::error::{AskError, WireError};
use crate::feed::{Feed, Socket};
use crate::news::{Answered, FrameAnswer, News};
use crate::outcome::{Failure, Row};
use crate::request::{Frame, Reply, Request};
use crate::sync::SyncRule;
use crate::{binance, gate, mexc};

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Binance spot.
    BinanceSpot,
    /// Binance USDⓈ-M futures.
    BinanceUsdm,
    /// MEXC spot.
    MexcSpot,
    /// Gate spot.
    GateSpot,
    /// Gate USDT futures.
    GateUsdt,
}

/// Calls a function of the venue's folder.
macro_rules! of {
    ($protocol:expr, $function:ident($($arg:expr),*)) => {
        match $protocol {
            Protocol::BinanceSpot => binance::spot::$function($($arg),*),
            Protocol::BinanceUsdm => binance::usdm::$function($($arg),*),
            Protocol::MexcSpot => mexc::$function($($arg),*),
            Protocol::GateSpot => gate::spot::$function($($arg),*),
            Protocol::GateUsdt => gate::futures::$function($($arg),*),
        }
    };
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::BinanceSpot,
        Self::BinanceUsdm,
        Self::MexcSpot,
        Self::GateSpot,
        Self::GateUsdt,
    ];

    /// The venue's name, as scenarios have it.
    pub const fn venue(self) -> &'static str {
        match self {
            Self::BinanceSpot => "binance-spot",
            Self::BinanceUsdm => "binance-usdm",
            Self::MexcSpot => "mexc-spot",
            Self::GateSpot => "gate-spot",
            Self::GateUsdt => "gate-usdt",
        }
    }

    /// The protocol of a venue.
    pub fn of_venue(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.venue() == name)
    }

    /// True where positions are held, and balances are margin.
    pub const fn is_futures(self) -> bool {
        matches!(self, Self::BinanceUsdm | Self::GateUsdt)
    }

    /// True where orders can go by frame.
    pub const fn has_order_frames(self) -> bool {
        !matches!(self, Self::MexcSpot)
    }

    /// True where the private stream hangs on a key that is asked for and kept alive.
    pub const fn has_stream_key(self) -> bool {
        matches!(self, Self::BinanceUsdm | Self::MexcSpot)
    }

    /// The connection that tells what is the account's own.
    pub const fn account_socket(self) -> Socket {
        match self {
            Self::BinanceSpot => Socket::Orders,
            Self::BinanceUsdm | Self::MexcSpot => Socket::Account,
            Self::GateSpot | Self::GateUsdt => Socket::Market,
        }
    }

    /// What failures mean.
    pub const fn errors(self) -> &'static [Row] {
        match self {
            Self::BinanceSpot => binance::spot::ERRORS,
            Self::BinanceUsdm => binance::usdm::ERRORS,
            Self::MexcSpot => mexc::ERRORS,
            Self::GateSpot | Self::GateUsdt => gate::ERRORS,
        }
    }

    /// How depth messages connect.
    pub const fn sync(self) -> SyncRule {
        match self {
            Self::BinanceSpot => binance::spot::SYNC,
            Self::BinanceUsdm => binance::usdm::SYNC,
            Self::MexcSpot => mexc::SYNC,
            Self::GateSpot => gate::spot::SYNC,
            Self::GateUsdt => gate::futures::SYNC,
        }
    }

    /// The path of a connection below its address; `None` where the venue has no such one. `stream_key` is read for a
    /// connection that hangs on one.
    pub fn path(self, socket: Socket, stream_key: &str) -> Option<String> {
        let path = match self {
            Self::BinanceSpot => binance::spot::path(socket),
            Self::BinanceUsdm => return Some(binance::usdm::path(socket, stream_key)),
            Self::MexcSpot if socket == Socket::Account => {
                let path = mexc::path(socket)?;
                return Some(format!("{path}?listenKey={stream_key}"));
            }
            Self::MexcSpot => mexc::path(socket),
            Self::GateSpot => gate::spot::path(socket),
            Self::GateUsdt => gate::futures::path(socket),
        };
        path.map(str::to_string)
    }

    /// A request for HTTP, signed where it is private.
    ///
    /// # Errors
    /// When the venue has no such request, or what is asked cannot be said in it.
    pub fn rest(self, ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
        of!(self, rest(ask, cx))
    }

    /// The same as a frame of the venue's WebSocket order entry.
    ///
    /// # Errors
    /// As for [`Protocol::rest`], and where the venue has no such entry.
    pub fn frame(self, ask: &Ask, id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
        of!(self, frame(ask, id, cx))
    }

    /// What came back over HTTP.
    ///
    /// # Errors
    /// The failure, with what it means for the order behind it.
    pub fn reply(self, ask: &Ask, reply: &Reply<'_>, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
        of!(self, reply(ask, reply, cx, counts))
    }

    /// What came back in a frame.
    ///
    /// # Errors
    /// As for [`Protocol::reply`].
    pub fn answer(
        self,
        ask: &Ask,
        told: &FrameAnswer,
        cx: &Cx<'_>,
        counts: &mut Counts,
    ) -> Answered {
        match self {
            Self::BinanceSpot => binance::spot::answer(ask, told, cx, counts),
            Self::BinanceUsdm => binance::usdm::answer(ask, told, cx, counts),
            Self::GateSpot => gate::spot::answer(ask, told, cx, counts),
            Self::GateUsdt => gate::futures::answer(ask, told, cx, counts),
            // The venue answers no frames: whatever this is, it is judged as a reply.
            Self::MexcSpot => mexc::reply(ask, &Reply::new(told.status, &told.text), cx, counts),
        }
    }

    /// What a failed reply means.
    pub fn failure(self, reply: &Reply<'_>) -> Failure {
        of!(self, failure(reply))
    }

    /// A text message of a stream.
    ///
    /// # Errors
    /// When it cannot be understood; what it holds is then not used.
    pub fn hear(
        self,
        text: &str,
        directory: &Directory,
        counts: &mut Counts,
        out: &mut Vec<News>,
    ) -> Result<(), WireError> {
        of!(self, hear(text, directory, counts, out))
    }

    /// A binary message of a stream. Venues whose streams are text may send text so, too.
    ///
    /// # Errors
    /// As for [`Protocol::hear`].
    pub fn hear_bytes(
        self,
        bytes: &[u8],
        directory: &Directory,
        counts: &mut Counts,
        out: &mut Vec<News>,
    ) -> Result<(), WireError> {
        if self == Self::MexcSpot {
            return mexc::hear_bytes(bytes, directory, counts, out);
        }
        let text = std::str::from_utf8(bytes).map_err(|why| WireError::Shape {
            message: "a binary frame",
            why: why.to_string(),
        })?;
        self.hear(text, directory, counts, out)
    }

    /// Frames that begin feeds, each for its connection.
    ///
    /// # Errors
    /// When the venue has no such feed, or the instrument is not one of its own.
    pub fn subscribe(
        self,
        feeds: &[Feed],
        id: u64,
        cx: &Cx<'_>,
    ) -> Result<Vec<(Socket, Frame)>, AskError> {
        of!(self, subscribe(feeds, id, cx))
    }

    /// Frames that end feeds.
    ///
    /// # Errors
    /// As for [`Protocol::subscribe`].
    pub fn unsubscribe(
        self,
        feeds: &[Feed],
        id: u64,
        cx: &Cx<'_>,
    ) -> Result<Vec<(Socket, Frame)>, AskError> {
        of!(self, unsubscribe(feeds, id, cx))
    }

    /// The frame that makes a connection of orders the account's own; `None` where none can or must be sent: each
    /// frame is then signed by itself.
    ///
    /// # Errors
    /// When there is no key.
    pub fn logon(self, id: u64, cx: &Cx<'_>) -> Result<Option<Frame>, AskError> {
        let keys = cx.key("a logon")?;
        match self {
            Self::GateSpot => gate::spot::logon(id, cx).map(Some),
            Self::GateUsdt => gate::futures::logon(id, cx).map(Some),
            Self::BinanceSpot if keys.is_ed25519() => binance::spot::logon(id, cx).map(Some),
            Self::BinanceUsdm if keys.is_ed25519() => binance::usdm::logon(id, cx).map(Some),
            Self::BinanceSpot | Self::BinanceUsdm | Self::MexcSpot => Ok(None),
        }
    }

    /// A ping of the protocol above WebSocket; `None` where that of WebSocket itself is used.
    pub fn ping(self, now: Ts) -> Option<Frame> {
        match self {
            Self::BinanceSpot | Self::BinanceUsdm => None,
            Self::MexcSpot => Some(mexc::ping()),
            Self::GateSpot => Some(gate::spot::ping(now)),
            Self::GateUsdt => Some(gate::futures::ping(now)),
        }
    }

    /// What may still be asked, as a reply says.
    pub fn budgets(self, reply: &Reply<'_>) -> Vec<Budget> {
        match self {
            Self::BinanceSpot | Self::BinanceUsdm => binance::budgets(reply),
            Self::MexcSpot => mexc::budgets(reply),
            Self::GateSpot => gate::spot::budgets(reply),
            Self::GateUsdt => gate::futures::budgets(reply),
        }
    }

    /// What may still be asked, as an answer in a frame says.
    pub fn frame_budgets(self, answer: &FrameAnswer) -> Vec<Budget> {
        match self {
            Self::BinanceSpot | Self::BinanceUsdm => binance::budgets_of_text(&answer.text),
            Self::MexcSpot => Vec::new(),
            Self::GateSpot => gate::spot::frame_budgets(answer),
            Self::GateUsdt => gate::futures::frame_budgets(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_venue_has_its_name_and_its_connections() {
        for it in Protocol::ALL {
            assert_eq!(Protocol::of_venue(it.venue()), Some(it));
            let account = it.path(it.account_socket(), "a-key").unwrap();
            assert_eq!(account.contains("a-key"), it.has_stream_key());
            assert!(it.path(Socket::Market, "").is_some());
            assert_eq!(it.path(Socket::Orders, "").is_some(), it.has_order_frames());
            assert!(!it.errors().is_empty());
        }
        assert_eq!(Protocol::of_venue("binance-coinm"), None);
    }
}
