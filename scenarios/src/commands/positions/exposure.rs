//! What positions come to at the middle of their books: in all, by symbol and by venue.

use std::collections::BTreeMap;
use std::io::Write;

use onetape_core::num::Money;
use serde_json::{Map, Value, json};

/// One position's part: where it is, the asset that it settles in, and its signed value where its book is known.
pub(super) struct Part<'a> {
    pub(super) symbol: &'a str,
    pub(super) venue: &'a str,
    pub(super) asset: &'a str,
    pub(super) value: Option<Money>,
}

/// Values added up; unknown as soon as one of them is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    /// Long less short.
    net: Money,
    /// Long and short.
    gross: Money,
    unknown: bool,
}

impl Sum {
    fn add(&mut self, value: Option<Money>) {
        match value {
            Some(value) => {
                self.net += value;
                self.gross += value.abs();
            }
            None => self.unknown = true,
        }
    }

    fn json(self) -> Value {
        let text = |amount: Money| (!self.unknown).then(|| amount.trimmed().to_string());
        json!({ "net": text(self.net), "gross": text(self.gross) })
    }

    fn words(self, asset: &str) -> String {
        if self.unknown {
            return format!("unknown in {asset}: a book is missing");
        }
        let (net, gross) = (self.net.trimmed(), self.gross.trimmed());
        format!("net {net}, gross {gross} {asset}")
    }
}

/// Sums by asset: what settles in different assets is not added up.
type ByAsset<'a> = BTreeMap<&'a str, Sum>;

/// The sums of a list of positions.
#[derive(Default)]
pub(super) struct Exposure<'a> {
    total: ByAsset<'a>,
    by_symbol: BTreeMap<&'a str, ByAsset<'a>>,
    by_venue: BTreeMap<&'a str, ByAsset<'a>>,
}

impl<'a> Exposure<'a> {
    pub(super) fn of(parts: impl Iterator<Item = Part<'a>>) -> Self {
        let mut sums = Self::default();
        for part in parts {
            let symbol = sums.by_symbol.entry(part.symbol).or_default();
            let venue = sums.by_venue.entry(part.venue).or_default();
            for by_asset in [&mut sums.total, symbol, venue] {
                by_asset.entry(part.asset).or_default().add(part.value);
            }
        }
        sums
    }

    pub(super) fn json(&self) -> Value {
        let assets = |sums: &ByAsset<'_>| -> Map<String, Value> {
            let sums = sums.iter();
            sums.map(|(asset, sum)| ((*asset).to_string(), sum.json()))
                .collect()
        };
        let named = |sums: &BTreeMap<&str, ByAsset<'_>>| -> Map<String, Value> {
            let sums = sums.iter();
            sums.map(|(name, sums)| ((*name).to_string(), json!(assets(sums))))
                .collect()
        };
        json!({
            "total": assets(&self.total),
            "by_symbol": named(&self.by_symbol),
            "by_venue": named(&self.by_venue),
        })
    }

    pub(super) fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        if self.total.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nexposure at the middle")?;
        let all = [("total", &self.total)];
        let named = self.by_symbol.iter().chain(&self.by_venue);
        for (name, sums) in all
            .into_iter()
            .chain(named.map(|(name, sums)| (*name, sums)))
        {
            for (asset, sum) in sums {
                writeln!(out, "  {name}: {}", sum.words(asset))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pl6_a_sum_is_unknown_where_a_part_is_and_assets_stay_apart() {
        let part = |symbol, venue, asset, value: Option<&str>| Part {
            symbol,
            venue,
            asset,
            value: value.map(|value| Money::parse(value).unwrap()),
        };
        let parts = [
            part("BTCUSDT", "one", "USDT", Some("100.5")),
            part("BTCUSDT", "two", "USDT", Some("-100")),
            part("ETHUSDT", "two", "USDT", None),
            part("BTCUSD", "two", "BTC", Some("-0.2")),
        ];
        let json = Exposure::of(parts.into_iter()).json();
        let sum = |net: &str, gross: &str| json!({ "net": net, "gross": gross });
        let unknown = json!({ "net": null, "gross": null });
        assert_eq!(
            json,
            json!({
                "total": { "USDT": unknown, "BTC": sum("-0.2", "0.2") },
                "by_symbol": {
                    "BTCUSDT": { "USDT": sum("0.5", "200.5") },
                    "ETHUSDT": { "USDT": unknown },
                    "BTCUSD": { "BTC": sum("-0.2", "0.2") },
                },
                "by_venue": {
                    "one": { "USDT": sum("100.5", "100.5") },
                    "two": { "USDT": unknown, "BTC": sum("-0.2", "0.2") },
                },
            })
        );
    }
}
