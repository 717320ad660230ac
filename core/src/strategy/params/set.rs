//! The parameters of one strategy instance.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::{ParamError, ParamSpec, ParamValue, Presence, StrategyCard, nearest};
use crate::num::Bps;
use crate::time::Span;

/// Values by declared name, in the order of names. Only what was given or has a default is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    values: BTreeMap<&'static str, ParamValue>,
}

impl Params {
    /// Reads given `(name, text)` pairs by their declarations and fills the defaults in.
    ///
    /// # Errors
    /// Every [`ParamError`], those of given values first, in their order.
    pub fn read<'a>(
        specs: &'static [ParamSpec],
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<ParamError>> {
        let mut params = Self::default();
        let mut errors = Vec::new();
        let mut seen = Vec::new();
        for (name, text) in given {
            let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
                errors.push(unknown(specs, name));
                continue;
            };
            if seen.contains(&spec.name) {
                errors.push(ParamError::Twice(name.to_string()));
                continue;
            }
            seen.push(spec.name);
            match spec.parse(text) {
                Ok(value) => drop(params.values.insert(spec.name, value)),
                Err(error) => errors.push(error),
            }
        }
        for spec in specs.iter().filter(|spec| !seen.contains(&spec.name)) {
            match spec.presence {
                Presence::Required => errors.push(ParamError::Missing(spec)),
                Presence::Optional => {}
                Presence::Default(text) => match spec.parse(text) {
                    Ok(value) => drop(params.values.insert(spec.name, value)),
                    Err(error) => errors.push(error),
                },
            }
        }
        if errors.is_empty() {
            Ok(params)
        } else {
            Err(errors)
        }
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<ParamValue> {
        self.values.get(name).copied()
    }

    /// True when the parameter has a value.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// A parameter in basis points.
    pub fn bps(&self, name: &str) -> Option<Bps> {
        match self.get(name)? {
            ParamValue::Bps(value) => Some(value),
            _ => None,
        }
    }

    /// A parameter that is money or a quantity.
    pub fn decimal(&self, name: &str) -> Option<Decimal> {
        match self.get(name)? {
            ParamValue::Decimal(value) => Some(value),
            _ => None,
        }
    }

    /// A parameter that is a length of time.
    pub fn span(&self, name: &str) -> Option<Span> {
        match self.get(name)? {
            ParamValue::Span(value) => Some(value),
            _ => None,
        }
    }

    /// A parameter that is a whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            ParamValue::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// A flag; `false` when it is absent.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some(ParamValue::Flag(true))
    }

    /// A parameter that is one of declared words.
    pub fn choice(&self, name: &str) -> Option<&'static str> {
        match self.get(name)? {
            ParamValue::Choice(word) => Some(word),
            _ => None,
        }
    }

    /// The same with other values for some names, checked against the card that declares them. Of names of which one may
    /// be given, a new one takes the place of the old.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn changed<'a>(
        &self,
        card: &StrategyCard,
        changes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, String> {
        let mut texts: BTreeMap<String, String> = self.texts().into_iter().collect();
        for (name, text) in changes {
            for group in card.one_of.iter().filter(|group| group.contains(&name)) {
                texts.retain(|known, _| !group.contains(&known.as_str()));
            }
            texts.insert(name.to_string(), text.to_string());
        }
        let texts = texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        card.read(texts).map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            errors.join("; ")
        })
    }

    /// Names and values, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, ParamValue)> + '_ {
        self.values.iter().map(|(name, value)| (*name, *value))
    }

    /// Names and canonical texts, in the order of names: they read back as the same parameters.
    pub fn texts(&self) -> Vec<(String, String)> {
        self.iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect()
    }
}

fn unknown(specs: &'static [ParamSpec], name: &str) -> ParamError {
    let known: Vec<&'static str> = specs.iter().map(|spec| spec.name).collect();
    ParamError::Unknown {
        name: name.to_string(),
        nearest: nearest(name, known.iter().copied()),
        known,
    }
}
