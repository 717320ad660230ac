//! New orders and changes as requests tell them.

use onetape_core::command::TimeInForce;
use onetape_core::instrument::Side;
use onetape_core::num::{Money, NumberError, Price, Qty};
use serde::Deserialize;

use crate::directory::Listed;
use crate::error::WireError;
use crate::gate::Market;
use crate::number::Num;
use crate::report::PositionSide;
use crate::server::Cx;
use crate::server::call::{Change, Detail, LooseChange, NewOrder, SelfTrade, Size, Which};
use crate::server::wrong::Wrong;

/// What the client's ids begin with, and the longest behind it.
const PREFIX: &str = "t-";
const TEXT_MAX: usize = 28;

/// The parameters of orders of both markets. Numbers come as texts or as JSON numbers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told<'a> {
    #[serde(borrow, alias = "contract")]
    pub(super) currency_pair: Num<'a>,
    /// Only where an order is named in parameters.
    #[serde(borrow, alias = "id")]
    pub(super) order_id: Num<'a>,
    #[serde(borrow)]
    side: Num<'a>,
    #[serde(borrow, rename = "type")]
    kind: Num<'a>,
    #[serde(borrow, alias = "size")]
    amount: Num<'a>,
    #[serde(borrow)]
    price: Num<'a>,
    #[serde(borrow, alias = "tif")]
    time_in_force: Num<'a>,
    #[serde(borrow)]
    text: Num<'a>,
    #[serde(borrow)]
    stp_act: Num<'a>,
    #[serde(borrow)]
    action_mode: Num<'a>,
    reduce_only: bool,
    close: bool,
    #[serde(borrow)]
    auto_size: Num<'a>,
}

impl<'a> Told<'a> {
    /// How much the answer is to tell.
    pub(super) fn detail(&self) -> Detail {
        match self.action_mode.text() {
            "ACK" => Detail::Ack,
            "RESULT" => Detail::Result,
            _ => Detail::Full,
        }
    }

    pub(super) fn listed<'c>(&self, cx: &Cx<'c>) -> Result<&'c Listed, Wrong> {
        let name = self.currency_pair.text();
        cx.directory.symbol(name).map_err(|_| Wrong::Symbol)
    }

    pub(super) fn new_order(&self, market: Market, cx: &Cx<'_>) -> Result<NewOrder, Wrong> {
        let of = self.listed(cx)?;
        let text = self.text.text();
        if !is_text(text) {
            return Err(Wrong::ClientId);
        }
        let time = match self.time_in_force.text() {
            "" | "gtc" => TimeInForce::GoodTillCancelled,
            "ioc" => TimeInForce::ImmediateOrCancel,
            "fok" => TimeInForce::FillOrKill,
            "poc" => TimeInForce::PostOnly,
            _ => return Err(Wrong::Bad("time_in_force")),
        };
        let (side, size, limit) = match market {
            Market::Spot => self.of_spot(of)?,
            Market::Usdt | Market::Btc => self.of_futures(of)?,
        };
        // What has no price cannot rest; on spot nothing said is immediate.
        let said = !self.time_in_force.is_none();
        let time_in_force = match (limit, time, market) {
            (None, TimeInForce::GoodTillCancelled, Market::Spot) if !said => {
                TimeInForce::ImmediateOrCancel
            }
            (None, TimeInForce::GoodTillCancelled | TimeInForce::PostOnly, _) => {
                return Err(Wrong::Bad("time_in_force"));
            }
            (_, time, _) => time,
        };
        Ok(NewOrder {
            instrument: of.instrument.id,
            side,
            size,
            limit,
            time_in_force,
            until: None,
            reduce_only: self.reduce_only || size == Size::Close,
            position: match self.auto_size.text() {
                "close_long" => PositionSide::Long,
                "close_short" => PositionSide::Short,
                _ => PositionSide::Net,
            },
            client: text.to_string(),
            shown: None,
            trigger: None,
            self_trade: match self.stp_act.text() {
                "" | "-" => SelfTrade::Unsaid,
                "cn" => SelfTrade::ExpireTaker,
                "co" => SelfTrade::ExpireMaker,
                "cb" => SelfTrade::ExpireBoth,
                _ => return Err(Wrong::Bad("stp_act")),
            },
        })
    }

    /// A market buy counts quote units.
    fn of_spot(&self, of: &Listed) -> Result<(Side, Size, Option<Price>), Wrong> {
        let side = match self.side.text() {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return Err(Wrong::Bad("side")),
        };
        if self.amount.is_none() {
            return Err(Wrong::Missing("amount"));
        }
        let base = || {
            let qty = of.qty("amount", &self.amount);
            let qty = qty.map_err(|why| number("amount", &why))?;
            above_zero("amount", qty).map(Size::Base)
        };
        match (self.kind.text(), side) {
            ("market", Side::Buy) => match self.amount.money("amount") {
                Ok(amount) if amount > Money::ZERO => Ok((side, Size::Quote(amount), None)),
                _ => Err(Wrong::Bad("amount")),
            },
            ("market", Side::Sell) => Ok((side, base()?, None)),
            ("" | "limit", _) => match self.limit(of)? {
                None => Err(Wrong::Missing("price")),
                limit => Ok((side, base()?, limit)),
            },
            _ => Err(Wrong::Bad("type")),
        }
    }

    /// Contracts, whose sign is the side; none of them closes a position.
    fn of_futures(&self, of: &Listed) -> Result<(Side, Size, Option<Price>), Wrong> {
        let limit = self.limit(of)?;
        let signed = match self.amount.is_none() {
            true => Qty::ZERO,
            false => {
                let qty = of.qty("size", &self.amount);
                qty.map_err(|why| number("size", &why))?
            }
        };
        let side = match signed < Qty::ZERO {
            true => Side::Sell,
            false => Side::Buy,
        };
        match (signed.is_zero(), self.close || !self.auto_size.is_none()) {
            (false, _) => Ok((side, Size::Base(signed.abs()), limit)),
            // The side is that of the position, which is not known here.
            (true, true) => Ok((side, Size::Close, limit)),
            (true, false) => Err(Wrong::Bad("size")),
        }
    }

    /// The price; none where it is left out or zero.
    fn limit(&self, of: &Listed) -> Result<Option<Price>, Wrong> {
        if self.price.is_none() {
            return Ok(None);
        }
        let price = self.price.price("price", &of.instrument);
        let price = price.map_err(|why| number("price", &why))?;
        match price.mantissa() {
            0 => Ok(None),
            1.. => Ok(Some(price)),
            _ => Err(Wrong::Bad("price")),
        }
    }

    /// A change of an order.
    pub(super) fn loose(&self, which: Which) -> Result<LooseChange, Wrong> {
        let amount = |name, text: &Num<'_>| match text.is_none() {
            true => Ok(None),
            false => text.money(name).map(Some).map_err(|_| Wrong::Bad(name)),
        };
        let loose = LooseChange {
            which,
            size: amount("size", &self.amount)?.filter(|it| !it.is_zero()),
            limit: amount("price", &self.price)?.filter(|it| !it.is_zero()),
        };
        match loose.size.is_none() && loose.limit.is_none() {
            true => Err(Wrong::OneOf(&["amount", "price"])),
            false => Ok(loose),
        }
    }
}

/// A change once it is known what its order trades. Of futures, a size tells the side too.
///
/// # Errors
/// When its numbers are none of the instrument's.
pub fn settle(market: Market, loose: LooseChange, of: &Listed) -> Result<Change, Wrong> {
    let text = |amount: Money| amount.decimal().to_string();
    let qty = loose.size.map(|size| {
        let qty = of.qty("size", &Num::new(&text(size)));
        qty.map_err(|why| number("size", &why))
    });
    let limit = loose.limit.map(|limit| {
        let limit = Num::new(&text(limit)).price("price", &of.instrument);
        let limit = limit.map_err(|why| number("price", &why))?;
        match limit.mantissa() > 0 {
            true => Ok(limit),
            false => Err(Wrong::Bad("price")),
        }
    });
    let (qty, limit) = (qty.transpose()?, limit.transpose()?);
    let side = match (market, qty) {
        (Market::Spot, Some(qty)) if qty < Qty::ZERO => return Err(Wrong::Bad("amount")),
        (Market::Spot, _) | (_, None) => None,
        (_, Some(qty)) if qty < Qty::ZERO => Some(Side::Sell),
        _ => Some(Side::Buy),
    };
    let which = Which {
        instrument: Some(of.instrument.id),
        ..loose.which
    };
    Ok(Change {
        which,
        qty: qty.map(Qty::abs),
        limit,
        side,
        client: None,
        note: None,
    })
}

/// An order by the venue's number or by the client's text.
pub(super) fn which(text: &str) -> Result<Which, Wrong> {
    let mut which = Which::default();
    match (text.parse::<u64>(), text) {
        (Ok(id), _) => which.id = Some(id),
        (Err(_), "") => return Err(Wrong::Missing("order_id")),
        // What is neither number nor text of a client is no order's.
        (Err(_), text) => which.client = Some(text.to_string()),
    }
    Ok(which)
}

/// True for a client's id, and for none.
fn is_text(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    match text.strip_prefix(PREFIX) {
        Some(rest) => rest.len() <= TEXT_MAX && rest.bytes().all(is_sound),
        None => text.is_empty(),
    }
}

fn above_zero(name: &'static str, qty: Qty) -> Result<Qty, Wrong> {
    match qty > Qty::ZERO {
        true => Ok(qty),
        false => Err(Wrong::Bad(name)),
    }
}

/// Too many decimals, or no number at all.
fn number(name: &'static str, why: &WireError) -> Wrong {
    match why {
        WireError::Number {
            why: NumberError::Decimals(_),
            ..
        } => Wrong::Precision(name),
        _ => Wrong::Bad(name),
    }
}
