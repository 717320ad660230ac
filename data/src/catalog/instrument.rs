//! An instrument as the catalogue keeps it: names and plain decimal texts.

use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty, parse_fixed};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::row::Series;
use crate::error::{Error, Result};

/// Most decimals that a mantissa of 18 digits can have.
const DECIMALS_MAX: u8 = 18;

/// The rules of one instrument. Numbers are plain decimal texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentRecord {
    /// Venue, such as `binance-spot`.
    pub venue: String,
    /// The venue's symbol, such as `BTCUSDT`.
    pub symbol: String,
    /// `spot`, `linear` or `inverse`.
    pub kind: String,
    /// What is bought.
    pub base: String,
    /// What the price counts.
    pub quote: String,
    /// Decimals of stored prices, for life.
    pub price_decimals: u8,
    /// Decimals of stored quantities, for life.
    pub qty_decimals: u8,
    /// Step of prices.
    pub tick: String,
    /// Step of quantities.
    pub lot: String,
    /// Smallest order quantity.
    pub min_qty: String,
    /// Largest order quantity, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_qty: Option<String>,
    /// Smallest order value in quote units.
    pub min_notional: String,
    /// Quote units that one contract stands for; 1 unless inverse.
    pub contract_value: String,
    /// True when nothing but market data told these rules.
    pub inferred: bool,
    /// Maintenance margin of a future, smallest positions first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierRecord>,
}

/// One step of a venue's margin table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierRecord {
    /// Largest value of a position that it holds for, in quote units; absent on the last one is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<String>,
    /// Margin that must stand behind a position, as a fraction of its value.
    pub maintenance: String,
    /// Highest leverage.
    pub max_leverage: u32,
}

impl InstrumentRecord {
    /// The series of this instrument.
    pub fn series(&self) -> Series {
        Series {
            venue: self.venue.clone(),
            symbol: self.symbol.clone(),
        }
    }

    /// Full name, `venue:SYMBOL`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.venue, self.symbol)
    }

    /// True when prices and quantities have the same decimals.
    pub fn same_scales(&self, other: &Self) -> bool {
        (self.price_decimals, self.qty_decimals) == (other.price_decimals, other.qty_decimals)
    }

    /// Enters venue, assets and instrument into a run's names; an instrument that is there keeps its id.
    ///
    /// # Errors
    /// When a rule is not a number at the instrument's decimals, or makes no sense.
    pub fn enter(&self, names: &mut Names) -> Result<InstrumentId> {
        if let Some(id) = names.find_instrument(&self.name()) {
            return Ok(id);
        }
        let mut instrument = self.to_instrument(names)?;
        let id = InstrumentId(
            u16::try_from(names.instruments.len())
                .map_err(|_| self.error("one run holds at most 65,536 instruments".to_string()))?,
        );
        instrument.id = id;
        names.instruments.push(instrument);
        Ok(id)
    }

    /// Checks names and rules.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn check(&self) -> Result<()> {
        self.to_instrument(&mut Names::default()).map(|_| ())
    }

    fn to_instrument(&self, names: &mut Names) -> Result<Instrument> {
        for (what, text) in [("venue", &self.venue), ("symbol", &self.symbol)] {
            if !is_path_part(text) {
                return Err(self.error(format!(
                    "{what} {text:?} must be letters, digits, '-', '_' or inner dots"
                )));
            }
        }
        for (what, text) in [("base", &self.base), ("quote", &self.quote)] {
            if text.is_empty() {
                return Err(self.error(format!("{what} must not be empty")));
            }
        }
        if self.price_decimals.max(self.qty_decimals) > DECIMALS_MAX {
            return Err(self.error(format!("decimals must be at most {DECIMALS_MAX}")));
        }
        let kind = self.contract_kind()?;
        let contract_value = self.money("contract_value", &self.contract_value)?;
        if contract_value.is_zero() {
            return Err(self.error("contract_value must be above zero".to_string()));
        }
        Ok(Instrument {
            id: InstrumentId(0),
            name: self.name(),
            venue: names.venue_id(&self.venue),
            symbol: self.symbol.clone(),
            kind,
            base: names.asset_id(&self.base),
            quote: names.asset_id(&self.quote),
            price_decimals: self.price_decimals,
            qty_decimals: self.qty_decimals,
            tick: Price::new(self.step("tick", &self.tick, self.price_decimals)?),
            lot: Qty::new(self.step("lot", &self.lot, self.qty_decimals)?),
            min_qty: Qty::new(self.number("min_qty", &self.min_qty, self.qty_decimals)?),
            max_qty: match &self.max_qty {
                Some(text) => Qty::new(self.number("max_qty", text, self.qty_decimals)?),
                None => Qty::ZERO,
            },
            min_notional: self.money("min_notional", &self.min_notional)?,
            contract_value,
            inferred: self.inferred,
            tiers: self.margin_tiers(kind)?,
        })
    }

    /// Tiers in which nothing but the leverage falls as positions grow, so that the amounts which join them are never
    /// negative.
    fn margin_tiers(&self, kind: InstrumentKind) -> Result<Vec<MarginTier>> {
        if kind == InstrumentKind::Spot && !self.tiers.is_empty() {
            return Err(self.error("tiers are for futures; remove them".to_string()));
        }
        let mut tiers: Vec<MarginTier> = Vec::with_capacity(self.tiers.len());
        for (at, stated) in self.tiers.iter().enumerate() {
            let tier = self.margin_tier(stated, at + 1)?;
            if let Some(below) = tiers.last() {
                self.check_order(below, &tier, at + 1)?;
            }
            tiers.push(tier);
        }
        Ok(tiers)
    }

    fn margin_tier(&self, stated: &TierRecord, number: usize) -> Result<MarginTier> {
        let up_to = match &stated.up_to {
            Some(text) => self.money(&format!("up_to of tier {number}"), text)?,
            None if number == self.tiers.len() => Money::ZERO,
            None => {
                return Err(self.error(format!(
                    "tier {number} has no up_to, and only the last one may lack it; state it"
                )));
            }
        };
        if stated.up_to.is_some() && up_to.is_zero() {
            return Err(self.error(format!("up_to of tier {number} must be above zero")));
        }
        let maintenance = self.money(
            &format!("maintenance of tier {number}"),
            &stated.maintenance,
        )?;
        let at_most = maintenance.times(Decimal::from(stated.max_leverage));
        if stated.max_leverage == 0 {
            return Err(self.error(format!("max_leverage of tier {number} must be at least 1")));
        }
        if maintenance >= Money::new(Decimal::ONE) || at_most > Money::new(Decimal::ONE) {
            return Err(self.error(format!(
                "maintenance {maintenance} of tier {number} is more than the margin that its max_leverage {} \
                 leaves, so a position would be closed as it is opened; maintenance is a fraction, 0.004 is 0.4 %",
                stated.max_leverage
            )));
        }
        Ok(MarginTier {
            up_to,
            maintenance,
            max_leverage: stated.max_leverage,
        })
    }

    fn check_order(&self, below: &MarginTier, tier: &MarginTier, number: usize) -> Result<()> {
        let wrong = if !tier.up_to.is_zero() && tier.up_to <= below.up_to {
            "up_to must grow"
        } else if tier.maintenance < below.maintenance {
            "maintenance must not fall"
        } else if tier.max_leverage > below.max_leverage {
            "max_leverage must not grow"
        } else {
            return Ok(());
        };
        Err(self.error(format!(
            "{wrong} from tier {} to tier {number}; state the smallest positions first",
            number - 1
        )))
    }

    fn contract_kind(&self) -> Result<InstrumentKind> {
        [
            InstrumentKind::Spot,
            InstrumentKind::Linear,
            InstrumentKind::Inverse,
        ]
        .into_iter()
        .find(|kind| kind.name() == self.kind)
        .ok_or_else(|| {
            self.error(format!(
                "kind {:?} must be spot, linear or inverse",
                self.kind
            ))
        })
    }

    fn number(&self, what: &str, text: &str, decimals: u8) -> Result<i64> {
        match parse_fixed(text, decimals) {
            Ok(mantissa) if mantissa >= 0 => Ok(mantissa),
            Ok(_) => Err(self.error(format!("{what} {text:?} must not be negative"))),
            Err(why) => Err(self.error(format!("{what} {text:?} {why}"))),
        }
    }

    fn step(&self, what: &str, text: &str, decimals: u8) -> Result<i64> {
        match self.number(what, text, decimals)? {
            0 => Err(self.error(format!("{what} must be above zero"))),
            mantissa => Ok(mantissa),
        }
    }

    fn money(&self, what: &str, text: &str) -> Result<Money> {
        Money::parse(text)
            .filter(|money| !money.is_negative())
            .ok_or_else(|| self.error(format!("{what} {text:?} must be a plain positive decimal")))
    }

    fn error(&self, what: String) -> Error {
        Error::Instrument {
            name: self.name(),
            what,
        }
    }
}

/// Venues and symbols become folders: nothing that leads elsewhere, nothing hidden.
fn is_path_part(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && !text.ends_with('.')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spot instrument with prices of 2 and quantities of 3 decimals.
    fn record(venue: &str, symbol: &str) -> InstrumentRecord {
        InstrumentRecord {
            venue: venue.to_string(),
            symbol: symbol.to_string(),
            kind: "spot".to_string(),
            base: "BTC".to_string(),
            quote: "USDT".to_string(),
            price_decimals: 2,
            qty_decimals: 3,
            tick: "0.01".to_string(),
            lot: "0.001".to_string(),
            min_qty: "0.001".to_string(),
            max_qty: None,
            min_notional: "5".to_string(),
            contract_value: "1".to_string(),
            inferred: false,
            tiers: Vec::new(),
        }
    }

    #[test]
    fn a_record_becomes_an_instrument_once() {
        let mut names = Names::default();
        let first = record("venue-a", "BTCUSDT").enter(&mut names).unwrap();
        let second = record("venue-b", "BTCUSDT").enter(&mut names).unwrap();
        assert_eq!(
            record("venue-a", "BTCUSDT").enter(&mut names).unwrap(),
            first
        );
        assert_eq!((first, second), (InstrumentId(0), InstrumentId(1)));
        let instrument = names.instrument(second);
        assert_eq!(
            (instrument.tick, instrument.lot),
            (Price::new(1), Qty::new(1))
        );
        assert_eq!(names.venue(instrument.venue), "venue-b");
        assert_eq!(names.assets, ["BTC", "USDT"]);
    }

    fn tier(up_to: Option<&str>, maintenance: &str, max_leverage: u32) -> TierRecord {
        TierRecord {
            up_to: up_to.map(str::to_string),
            maintenance: maintenance.to_string(),
            max_leverage,
        }
    }

    fn future(tiers: &[TierRecord]) -> InstrumentRecord {
        InstrumentRecord {
            kind: "linear".to_string(),
            tiers: tiers.to_vec(),
            ..record("venue", "BTCUSDT")
        }
    }

    #[test]
    fn tiers_are_read() {
        let mut names = Names::default();
        let stated = [
            tier(Some("50000"), "0.004", 125),
            tier(Some("250000"), "0.005", 100),
            tier(None, "0.01", 50),
        ];
        let id = future(&stated).enter(&mut names).unwrap();
        let known = |up_to, maintenance, max_leverage| MarginTier {
            up_to: Money::parse(up_to).unwrap(),
            maintenance: Money::parse(maintenance).unwrap(),
            max_leverage,
        };
        assert_eq!(
            names.instrument(id).tiers,
            [
                known("50000", "0.004", 125),
                known("250000", "0.005", 100),
                known("0", "0.01", 50),
            ]
        );
        // The last one may have an end: nothing larger can be held.
        let bounded = [
            tier(Some("50000"), "0.004", 125),
            tier(Some("60000"), "0.004", 125),
        ];
        future(&bounded).check().unwrap();
        future(&[]).check().unwrap();
    }

    #[test]
    fn tiers_that_make_no_sense_are_refused_with_their_number() {
        let good = || tier(Some("50000"), "0.004", 125);
        for (says, tiers) in [
            ("tier 1 has no up_to", [tier(None, "0.004", 125), good()]),
            ("up_to must grow from tier 1 to tier 2", [good(), good()]),
            (
                "up_to of tier 2 must be above zero",
                [good(), tier(Some("0"), "0.005", 100)],
            ),
            (
                "up_to of tier 2 \"-1\"",
                [good(), tier(Some("-1"), "0.005", 100)],
            ),
            (
                "maintenance must not fall from tier 1 to tier 2",
                [good(), tier(None, "0.003", 100)],
            ),
            (
                "max_leverage must not grow from tier 1 to tier 2",
                [good(), tier(None, "0.005", 126)],
            ),
            (
                "max_leverage of tier 2 must be at least 1",
                [good(), tier(None, "0.005", 0)],
            ),
            (
                "maintenance of tier 2 \"0,5\"",
                [good(), tier(None, "0,5", 1)],
            ),
            (
                "maintenance 0.5 of tier 2 is more than",
                [good(), tier(None, "0.5", 3)],
            ),
            (
                "maintenance 1 of tier 2 is more than",
                [good(), tier(None, "1", 1)],
            ),
        ] {
            let why = future(&tiers).check().unwrap_err().to_string();
            assert!(why.contains(says), "{says}: {why}");
        }
        let mut spot = record("venue", "BTCUSDT");
        spot.tiers = vec![good()];
        let why = spot.check().unwrap_err().to_string();
        assert!(why.contains("tiers are for futures"), "{why}");
    }

    #[test]
    fn rules_that_make_no_sense_are_refused_by_name() {
        type Change = fn(&mut InstrumentRecord);
        let changes: [(&str, Change); 7] = [
            ("symbol", |r| r.symbol = "../x".to_string()),
            ("venue", |r| r.venue = "..".to_string()),
            ("kind", |r| r.kind = "option".to_string()),
            ("tick", |r| r.tick = "0".to_string()),
            ("lot", |r| r.lot = "0.0001".to_string()),
            ("min_notional", |r| r.min_notional = "-5".to_string()),
            ("contract_value", |r| r.contract_value = "0".to_string()),
        ];
        for (field, change) in changes {
            let mut bad = record("venue", "BTCUSDT");
            change(&mut bad);
            let text = bad.check().unwrap_err().to_string();
            assert!(text.contains(field), "{text}");
        }
    }
}
