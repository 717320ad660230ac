//! What makes a message unfit to be stored, and which of it `--accept` lets pass.

use onetape_core::event::Level;
use onetape_core::num::{Price, Qty};

use super::convert::Accept;
use super::infer::Decimals;
use super::numbers::{self, BadNumber};
use super::report::SetAside;

/// Why a message is not stored.
#[derive(Debug)]
pub(super) enum Fault {
    /// An entry of a trade stream that is no trade.
    NonTrade(String),
    /// A price or quantity that cannot be.
    BadPrice(String),
    /// Nothing that could be let pass.
    Fatal(BadNumber),
}

impl From<BadNumber> for Fault {
    fn from(bad: BadNumber) -> Self {
        Self::Fatal(bad)
    }
}

const ACCEPT_BAD: &str = "pass --accept bad-price to leave such messages out";
const ACCEPT_NON_TRADE: &str = "pass --accept non-trade to leave such entries out";

impl Fault {
    /// Counts what is let pass; the rest comes back with what to do about it.
    pub(super) fn pass(self, accept: Accept, aside: &mut SetAside) -> Result<(), BadNumber> {
        let (count, accepted, what, fix) = match self {
            Self::NonTrade(what) => (
                &mut aside.non_trades,
                accept.non_trades,
                what,
                ACCEPT_NON_TRADE,
            ),
            Self::BadPrice(what) => (&mut aside.bad_prices, accept.bad_prices, what, ACCEPT_BAD),
            Self::Fatal(bad) => return Err(bad),
        };
        if !accepted {
            return Err(BadNumber { what, fix });
        }
        *count += 1;
        Ok(())
    }
}

/// A number above zero.
pub(super) fn positive(what: &str, text: &str, decimals: u8) -> Result<i64, Fault> {
    match numbers::fixed(what, text, decimals)? {
        mantissa if mantissa <= 0 => {
            let what = format!("the {what} {text} is not above zero");
            Err(Fault::BadPrice(what))
        }
        mantissa => Ok(mantissa),
    }
}

/// A number that is not below zero.
pub(super) fn not_negative(what: &str, text: &str, decimals: u8) -> Result<i64, Fault> {
    match numbers::fixed(what, text, decimals)? {
        mantissa if mantissa < 0 => Err(Fault::BadPrice(format!("the {what} {text} is negative"))),
        mantissa => Ok(mantissa),
    }
}

/// A level of a quote: both numbers above zero.
pub(super) fn quoted(price: &str, qty: &str, scale: Decimals) -> Result<Level, Fault> {
    Ok(Level {
        price: Price::new(positive("price", price, scale.price)?),
        qty: Qty::new(positive("quantity", qty, scale.qty)?),
    })
}

/// A level of a book: a quantity of zero removes it.
pub(super) fn resting(price: &str, qty: &str, scale: Decimals) -> Result<Level, Fault> {
    Ok(Level {
        price: Price::new(positive("price", price, scale.price)?),
        qty: Qty::new(not_negative("quantity", qty, scale.qty)?),
    })
}

/// Price and quantity of a trade. Venues write what is none, such as a transfer to their insurance fund, with
/// zeros.
pub(super) fn traded(price: &str, qty: &str, scale: Decimals) -> Result<Level, Fault> {
    let level = Level {
        price: Price::new(not_negative("price", price, scale.price)?),
        qty: Qty::new(not_negative("quantity", qty, scale.qty)?),
    };
    if level.price == Price::default() || level.qty.is_zero() {
        let what = format!("an entry with price {price} and quantity {qty} is no trade");
        return Err(Fault::NonTrade(what));
    }
    Ok(level)
}
