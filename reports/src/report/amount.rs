//! Amounts in the assets of a run. Amounts of different assets are never added.

use std::collections::BTreeMap;
use std::fmt;

use onetape_core::num::Money;
use serde::{Serialize, Serializer};

use super::text::Short;

/// An amount of money of a run. When all of a run settles in one asset, which the report names, it is plain; with
/// several it stands by asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// In the report's one asset. Serialises as decimal text.
    One(Money),
    /// By asset, each of the run's. Serialises as an object of decimal texts. In a place of its own: reports have
    /// millions of amounts, and hardly any run has several assets.
    Many(Box<BTreeMap<String, Money>>),
}

impl Amount {
    /// The amount, when there is one asset.
    pub const fn one(&self) -> Option<Money> {
        match self {
            Self::One(amount) => Some(*amount),
            Self::Many(_) => None,
        }
    }

    /// The amount in one asset, by name; the name is not looked at when there is but one.
    pub fn in_asset(&self, asset: &str) -> Money {
        match self {
            Self::One(amount) => *amount,
            Self::Many(amounts) => amounts.get(asset).copied().unwrap_or_default(),
        }
    }

    /// True when zero in every asset.
    pub fn is_zero(&self) -> bool {
        self.parts().all(|amount| amount.is_zero())
    }

    /// True when something is gained and nothing lost.
    pub fn is_gain(&self) -> bool {
        !self.is_zero() && self.parts().all(|amount| !amount.is_negative())
    }

    /// True when something is lost and nothing gained.
    pub fn is_loss(&self) -> bool {
        !self.is_zero()
            && self
                .parts()
                .all(|amount| amount.is_negative() || amount.is_zero())
    }

    /// Adds an amount of the same run.
    pub(crate) fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::One(sum), Self::One(amount)) => *sum += *amount,
            (Self::Many(sums), Self::Many(amounts)) => {
                for (asset, amount) in amounts.iter() {
                    *sums.entry(asset.clone()).or_default() += *amount;
                }
            }
            // Amounts of one run are all of one form.
            _ => {}
        }
    }

    /// This amount with each part changed.
    pub fn map(&self, change: impl Fn(Money) -> Money) -> Self {
        match self {
            Self::One(amount) => Self::One(change(*amount)),
            Self::Many(amounts) => {
                let changed = amounts.iter();
                let changed = changed.map(|(asset, amount)| (asset.clone(), change(*amount)));
                Self::Many(Box::new(changed.collect()))
            }
        }
    }

    fn parts(&self) -> impl Iterator<Item = Money> {
        let (one, many) = match self {
            Self::One(amount) => (Some(*amount), None),
            Self::Many(amounts) => (None, Some(amounts)),
        };
        one.into_iter().chain(
            many.into_iter()
                .flat_map(|amounts| amounts.values().copied()),
        )
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(amount) => amount.fmt(f),
            Self::Many(amounts) => {
                let mut between = "";
                for (asset, amount) in amounts.iter().filter(|(_, amount)| !amount.is_zero()) {
                    write!(f, "{between}{amount} {asset}")?;
                    between = ", ";
                }
                if between.is_empty() {
                    f.write_str("0")
                } else {
                    Ok(())
                }
            }
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(amount) => money(amount, serializer),
            Self::Many(amounts) => money_by_name(amounts, serializer),
        }
    }
}

/// Money as plain decimal text.
pub(crate) fn money<S: Serializer>(amount: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(Short::decimal(amount.decimal()).as_str())
}

/// Money that may be unknown.
pub(crate) fn money_if_known<S: Serializer>(
    amount: &Option<Money>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => money(amount, serializer),
        None => serializer.serialize_none(),
    }
}

/// Money by name, each as text.
pub(crate) fn money_by_name<S: Serializer>(
    amounts: &BTreeMap<String, Money>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        amounts
            .iter()
            .map(|(name, amount)| (name, amount.to_string())),
    )
}

/// Decimals as plain text.
pub(crate) fn decimal<S: Serializer>(
    value: &rust_decimal::Decimal,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(Short::decimal(*value).as_str())
}

/// Decimals that may be unknown.
pub(crate) fn decimal_if_known<S: Serializer>(
    value: &Option<rust_decimal::Decimal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => decimal(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// Moments as RFC 3339 text.
pub(crate) fn moment<S: Serializer>(
    ts: &onetape_core::time::Ts,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match Short::moment(*ts) {
        Some(text) => serializer.serialize_str(text.as_str()),
        None => serializer.serialize_str(&crate::time::moment(*ts)),
    }
}

/// Moments that may be unknown.
pub(crate) fn moment_if_known<S: Serializer>(
    ts: &Option<onetape_core::time::Ts>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match ts {
        Some(ts) => moment(ts, serializer),
        None => serializer.serialize_none(),
    }
}
