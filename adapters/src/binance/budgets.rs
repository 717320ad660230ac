//! What headers and answers say of rate limits.

use onetape_core::time::Span;
use serde::Deserialize;

use crate::budget::{Budget, Counted};
use crate::request::Reply;

/// `X-MBX-USED-WEIGHT-1M` and `X-MBX-ORDER-COUNT-10S`: the number at the end is the time that is counted.
const HEADERS: [(&str, Counted); 2] = [
    ("x-mbx-used-weight-", Counted::Weight),
    ("x-mbx-order-count-", Counted::Orders),
];

/// The budgets that a reply tells.
pub fn budgets(reply: &Reply<'_>) -> Vec<Budget> {
    let mut found = Vec::new();
    for (name, value) in reply.headers {
        let name = name.to_ascii_lowercase();
        for (prefix, counted) in HEADERS {
            let over = name.strip_prefix(prefix).and_then(Span::parse);
            if let (Some(over), Ok(used)) = (over, value.trim().parse::<u64>()) {
                found.push(Budget::used(counted, over, used));
            }
        }
    }
    found
}

/// The budgets that the answer in a frame, or `exchangeInfo`, tells as `rateLimits`.
pub fn budgets_of_text(text: &str) -> Vec<Budget> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Whole<'a> {
        #[serde(borrow, default)]
        rate_limits: Vec<Limit<'a>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[derive(Default)]
    struct Limit<'a> {
        rate_limit_type: &'a str,
        interval: &'a str,
        interval_num: i64,
        limit: Option<u64>,
        count: Option<u64>,
    }
    let Ok(whole) = serde_json::from_str::<Whole<'_>>(text) else {
        return Vec::new();
    };
    let read = |limit: &Limit<'_>| {
        let millis = match limit.interval {
            "SECOND" => 1_000,
            "MINUTE" => 60_000,
            "HOUR" => 3_600_000,
            "DAY" => 86_400_000,
            _ => return None,
        };
        Some(Budget {
            counted: match limit.rate_limit_type {
                "REQUEST_WEIGHT" => Counted::Weight,
                "RAW_REQUESTS" => Counted::Requests,
                "ORDERS" => Counted::Orders,
                "CONNECTIONS" => Counted::Connections,
                _ => return None,
            },
            over: Some(Span::from_millis(limit.interval_num.saturating_mul(millis))),
            used: limit.count,
            left: limit
                .limit
                .zip(limit.count)
                .map(|(all, used)| all.saturating_sub(used)),
            limit: limit.limit,
            resets_at: None,
        })
    };
    whole.rate_limits.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_what_is_used() {
        let headers = [
            ("x-mbx-used-weight", "12"),
            ("X-MBX-USED-WEIGHT-1M", "12"),
            ("X-MBX-ORDER-COUNT-10S", "3"),
            ("X-MBX-ORDER-COUNT-1D", "x"),
        ];
        let reply = Reply {
            status: 200,
            headers: &headers,
            body: "",
        };
        let minute = Span::from_millis(60_000);
        assert_eq!(
            budgets(&reply),
            [
                Budget::used(Counted::Weight, minute, 12),
                Budget::used(Counted::Orders, Span::from_millis(10_000), 3),
            ]
        );
    }

    #[test]
    fn frames_tell_what_is_left() {
        let text = r#"{"id":1,"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,
            "limit":50,"count":12},{"rateLimitType":"NEW_KIND","interval":"DAY","intervalNum":1}]}"#;
        let found = budgets_of_text(text);
        let [budget] = found.as_slice() else { panic!() };
        assert_eq!(
            (budget.used, budget.left, budget.limit),
            (Some(12), Some(38), Some(50))
        );
        assert!(budgets_of_text("[]").is_empty() && budgets_of_text("{").is_empty());
    }
}
