//! Parameters of one request, taken one by one: what nobody took was not one of the request's.

use std::collections::BTreeMap;

use onetape_core::instrument::{Instrument, Side};
use onetape_core::num::{Money, NumberError, Price, Qty};
use onetape_core::time::{Span, Ts};
use serde_json::value::RawValue;

use crate::binance::decode::moment;
use crate::directory::Listed;
use crate::error::WireError;
use crate::number::Num;
use crate::server::Cx;
use crate::server::pairs::{Pair, pairs, twice};
use crate::server::wrong::Wrong;

/// Parameters that are not taken yet.
#[derive(Debug, Default)]
pub(super) struct Args {
    left: Vec<(String, String)>,
}

impl Args {
    /// Of a query and a form; what is in both counts as the query has it.
    pub(super) fn of_request(query: &str, body: &str) -> Result<Self, Wrong> {
        let read = |text| pairs(text).ok_or(Wrong::Broken);
        let (query, form) = (read(query)?, read(body)?);
        for part in [&query, &form] {
            if let Some(name) = twice(part) {
                return Err(Wrong::Twice(name.to_string()));
            }
        }
        let mut left = Vec::<(String, String)>::new();
        for Pair { name, value } in query.into_iter().chain(form) {
            if !left.iter().any(|(known, _)| **known == *name) {
                left.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(Self { left })
    }

    /// Of a frame: texts without their quotes, all else as it was written.
    pub(super) fn of_frame(params: &BTreeMap<String, &RawValue>) -> Result<Self, Wrong> {
        let mut left = Vec::with_capacity(params.len());
        for (name, value) in params {
            let raw = value.get();
            let text = match raw.starts_with('"') {
                true => serde_json::from_str(raw).map_err(|_| Wrong::Broken)?,
                false => raw.to_string(),
            };
            left.push((name.clone(), text));
        }
        Ok(Self { left })
    }

    /// All that is left, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.left
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Refuses what nobody took.
    pub(super) fn end(&self) -> Result<(), Wrong> {
        match self.left.first() {
            Some((name, _)) => Err(Wrong::Surplus(name.chars().take(40).collect())),
            None => Ok(()),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(known, _)| known == name)
    }

    /// Takes parameters that change nothing here.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        self.left.retain(|(name, _)| !names.contains(&&**name));
    }

    /// A parameter that may be there; there, it must not be empty.
    pub(super) fn some(&mut self, name: &'static str) -> Result<Option<String>, Wrong> {
        let Some(at) = self.left.iter().position(|(known, _)| known == name) else {
            return Ok(None);
        };
        let (_, value) = self.left.remove(at);
        match value.is_empty() {
            true => Err(Wrong::Bad(name)),
            false => Ok(Some(value)),
        }
    }

    /// A parameter that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, Wrong> {
        self.some(name)?.ok_or(Wrong::Missing(name))
    }

    /// The instrument that must be named.
    pub(super) fn listed<'a>(&mut self, cx: &Cx<'a>) -> Result<&'a Listed, Wrong> {
        let symbol = self.text("symbol")?;
        cx.directory.symbol(&symbol).map_err(|_| Wrong::Symbol)
    }

    /// The instrument that may be named.
    pub(super) fn some_listed<'a>(&mut self, cx: &Cx<'a>) -> Result<Option<&'a Listed>, Wrong> {
        match self.has("symbol") {
            true => self.listed(cx).map(Some),
            false => Ok(None),
        }
    }

    pub(super) fn count(&mut self, name: &'static str) -> Result<Option<u64>, Wrong> {
        let value = self.some(name)?;
        let number = value.map(|it| it.parse::<u64>().map_err(|_| Wrong::Bad(name)));
        number.transpose()
    }

    /// A number of at most so many, or what holds where it is not there.
    pub(super) fn limit(&mut self, otherwise: u32, most: u32) -> Result<u32, Wrong> {
        let told = self.count("limit")?;
        let told = told.map_or(otherwise, |it| u32::try_from(it).unwrap_or(u32::MAX));
        match told {
            0 => Err(Wrong::Bad("limit")),
            told => Ok(told.min(most)),
        }
    }

    pub(super) fn time(&mut self, name: &'static str) -> Result<Option<Ts>, Wrong> {
        let value = self.count(name)?;
        let stamp = value.map(|it| moment(it).ok_or(Wrong::Bad(name)));
        stamp.transpose()
    }

    pub(super) fn millis(&mut self, name: &'static str) -> Result<Span, Wrong> {
        let value = self.count(name)?.ok_or(Wrong::Missing(name))?;
        let millis = i64::try_from(value).map_err(|_| Wrong::Bad(name))?;
        Ok(Span::from_millis(millis))
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Wrong> {
        let value = self.some(name)?;
        let flag = value.map(|it| match it.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Wrong::Bad(name)),
        });
        flag.transpose()
    }

    pub(super) fn side(&mut self) -> Result<Side, Wrong> {
        match self.text("side")?.as_str() {
            "BUY" => Ok(Side::Buy),
            "SELL" => Ok(Side::Sell),
            _ => Err(Wrong::Bad("side")),
        }
    }

    pub(super) fn price(
        &mut self,
        name: &'static str,
        of: &Instrument,
    ) -> Result<Option<Price>, Wrong> {
        let value = self.some(name)?;
        let price = value.map(|it| {
            Num::new(&it)
                .price(name, of)
                .map_err(|why| number(name, &why))
        });
        price.transpose()
    }

    pub(super) fn qty(
        &mut self,
        name: &'static str,
        of: &Instrument,
    ) -> Result<Option<Qty>, Wrong> {
        let value = self.some(name)?;
        let qty = value.map(|it| {
            Num::new(&it)
                .qty(name, of)
                .map_err(|why| number(name, &why))
        });
        qty.transpose()
    }

    pub(super) fn money(&mut self, name: &'static str) -> Result<Option<Money>, Wrong> {
        let value = self.some(name)?;
        let money = value.map(|it| Num::new(&it).money(name).map_err(|_| Wrong::Bad(name)));
        money.transpose()
    }
}

fn number(name: &'static str, why: &WireError) -> Wrong {
    match why {
        WireError::Number {
            why: NumberError::Decimals(_),
            ..
        } => Wrong::Precision(name),
        _ => Wrong::Bad(name),
    }
}
