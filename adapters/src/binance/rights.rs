//! What a key of Binance may do: spot's host tells it, for futures too.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::sign::signed;
use crate::ask::Cx;
use crate::error::{AskError, WireError};
use crate::params::Params;
use crate::request::{Method, Request};

/// Rights that a key for trading must not have, and a bound address that it must.
const MUST: [(&str, bool); 5] = [
    ("enableWithdrawals", false),
    ("enableInternalTransfer", false),
    ("permitsUniversalTransfer", false),
    ("ipRestrict", true),
    ("enableReading", true),
];

/// The request, for spot's host.
///
/// # Errors
/// When there is no key.
pub fn request(cx: &Cx<'_>) -> Result<Request, AskError> {
    let keys = cx.key("the rights of the key")?;
    let path = "/sapi/v1/account/apiRestrictions";
    Ok(signed(Method::Get, path, Params::new(), keys, cx))
}

/// Which rights are not as they must be to trade at spot, or at futures; none is good. What is not told is not good.
///
/// # Errors
/// When the answer is none, or a field is missing or no yes or no: its name is told.
pub fn wrong(body: &str, futures: bool) -> Result<Vec<&'static str>, WireError> {
    #[derive(Deserialize)]
    struct Told(Map<String, Value>);
    const MESSAGE: &str = "apiRestrictions";
    let told: Told = crate::json::read(MESSAGE, body)?;
    let trades = if futures {
        "enableFutures"
    } else {
        "enableSpotAndMarginTrading"
    };
    let mut wrong = Vec::new();
    for (field, must) in MUST.into_iter().chain([(trades, true)]) {
        let is = told.0.get(field).and_then(Value::as_bool);
        let is = is.ok_or(WireError::Field {
            message: MESSAGE,
            field,
        })?;
        if is != must {
            wrong.push(field);
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({
            "ipRestrict": true, "createTime": 1_623_840_271_000_i64, "enableReading": true,
            "enableWithdrawals": false, "enableInternalTransfer": false, "enableMargin": false,
            "enableFutures": true, "permitsUniversalTransfer": false,
            "enableSpotAndMarginTrading": true,
        })
    }

    #[test]
    fn each_right_is_judged_and_what_is_not_told_is_refused() {
        assert_eq!(wrong(&good().to_string(), false).unwrap(), [""; 0]);
        let fields = MUST.iter().map(|(field, _)| *field);
        for field in fields.chain(["enableFutures"]) {
            let mut other = good();
            other[field] = json!(!other[field].as_bool().unwrap());
            assert_eq!(wrong(&other.to_string(), true).unwrap(), [field]);
            for odd in [json!("false"), json!(0), Value::Null] {
                other[field] = odd;
                let why = wrong(&other.to_string(), true).unwrap_err().to_string();
                assert!(why.contains(field), "{why}");
            }
            other.as_object_mut().unwrap().remove(field);
            let why = wrong(&other.to_string(), true).unwrap_err().to_string();
            assert!(why.contains(field), "{why}");
        }
        assert!(wrong("<html>", true).is_err());
    }
}
