//! Positions, leverage and modes of futures: parameters of a change often stand in the query of a request without a
//! body.

use serde::Deserialize;

use super::requests::Given;
use crate::ask::{MarginMode, PositionMode};
use crate::number::Num;
use crate::request::Method;
use crate::server::call::{Call, Way};
use crate::server::wrong::Wrong;

pub(super) fn read(given: &Given<'_>, parts: &[&str], way: &mut Way) -> Result<Call, Wrong> {
    Ok(match parts {
        ["positions"] => Call::Positions(None),
        ["positions", symbol] => {
            way.one = true;
            Call::Positions(Some(given.named(symbol)?))
        }
        // In both modes; a list, as there can be two.
        ["dual_comp", "positions", symbol] => Call::Positions(Some(given.named(symbol)?)),
        _ => return Err(Wrong::Route),
    })
}

pub(super) fn write(
    given: &Given<'_>,
    method: Method,
    parts: &[&str],
    way: &mut Way,
) -> Result<Call, Wrong> {
    if method != Method::Post {
        return Err(Wrong::Route);
    }
    match parts {
        ["positions", "cross_mode"] => {
            way.one = true;
            margin_mode(given)
        }
        ["dual_comp", "positions", "cross_mode"] => margin_mode(given),
        ["positions", symbol, "leverage"] => {
            way.one = true;
            leverage(given, symbol)
        }
        ["dual_comp", "positions", symbol, "leverage"] => leverage(given, symbol),
        ["dual_mode"] => Ok(Call::SetPositionMode(match given.need("dual_mode")? {
            "true" => PositionMode::Hedge,
            "false" => PositionMode::OneWay,
            _ => return Err(Wrong::Bad("dual_mode")),
        })),
        _ => Err(Wrong::Route),
    }
}

fn margin_mode(given: &Given<'_>) -> Result<Call, Wrong> {
    #[derive(Deserialize)]
    struct Read<'a> {
        #[serde(borrow)]
        mode: Num<'a>,
        #[serde(borrow)]
        contract: Num<'a>,
    }
    let read: Read<'_> = given.json()?;
    Ok(Call::SetMarginMode {
        instrument: given.named(read.contract.text())?,
        mode: match read.mode.text() {
            "CROSS" => MarginMode::Cross,
            "ISOLATED" => MarginMode::Isolated,
            _ => return Err(Wrong::Bad("mode")),
        },
    })
}

/// A leverage of zero is cross margin, which has a limit of its own.
fn leverage(given: &Given<'_>, symbol: &str) -> Result<Call, Wrong> {
    let number = |name, text: &str| text.parse::<u32>().map_err(|_| Wrong::Bad(name));
    let instrument = given.named(symbol)?;
    let leverage = number("leverage", given.need("leverage")?)?;
    let limit = given.text("cross_leverage_limit");
    match (leverage, limit) {
        (0, Some(limit)) => Ok(Call::SetCrossLeverage {
            instrument,
            leverage: number("cross_leverage_limit", limit)?,
        }),
        (leverage, _) => Ok(Call::SetLeverage {
            instrument,
            leverage,
        }),
    }
}
