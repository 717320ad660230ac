//! What a venue's texts stand for in a run: symbols, assets, the size of contracts, and the ids of its orders.

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Money, NumberError, Qty};
use onetape_core::order::OrderId;
use rust_decimal::Decimal;

use crate::client_id::{self, ClientId, RunTag};
use crate::error::WireError;
use crate::number::Num;

/// An instrument, and how the venue counts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its rules.
    pub instrument: Instrument,
    /// Base units of one unit of the venue's quantities: 1, or a contract's size.
    pub contract: Money,
}

impl Listed {
    /// A quantity of base units from one in the venue's units, signed as it is.
    ///
    /// # Errors
    /// When it is no number, or not one at the instrument's decimals.
    pub fn qty(&self, field: &'static str, units: &Num<'_>) -> Result<Qty, WireError> {
        if self.contract.decimal() == Decimal::ONE {
            return units.qty(field, &self.instrument);
        }
        let base = units.money(field)?.times(self.contract.decimal()).decimal();
        let text = base.normalize().to_string();
        Num::new(&text).qty(field, &self.instrument)
    }

    /// As [`Listed::qty`], for what a market shows: what is finer than the instrument's decimals is left out, toward
    /// zero. Venues make steps coarser, and what stood in a book before still does.
    ///
    /// # Errors
    /// When it is no number, or has too many digits.
    pub fn shown(&self, field: &'static str, units: &Num<'_>) -> Result<Qty, WireError> {
        match self.qty(field, units) {
            Err(WireError::Number {
                why: NumberError::Decimals(_),
                ..
            }) => {
                let base = units.money(field)?.times(self.contract.decimal()).decimal();
                let cut = base.trunc_with_scale(u32::from(self.instrument.qty_decimals));
                Num::new(&cut.to_string()).qty(field, &self.instrument)
            }
            other => other,
        }
    }

    /// The venue's units that make a quantity of base units; `None` when no exact number of them does.
    pub fn units(&self, qty: Qty) -> Option<Decimal> {
        let base = self.instrument.qty_decimal(qty);
        let units = base.checked_div(self.contract.decimal())?.normalize();
        (units.checked_mul(self.contract.decimal())? == base).then_some(units)
    }
}

/// The instruments of one venue by its own symbols, and the assets of the run by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    venue: VenueId,
    /// Sorted by symbol.
    listed: Vec<Listed>,
    /// Sorted by name.
    assets: Vec<(String, AssetId)>,
    /// The run's own mark on its orders.
    tag: Option<RunTag>,
}

impl Directory {
    /// The instruments of a venue; quantities there are base units.
    pub fn new(names: &Names, venue: VenueId) -> Self {
        let all = names.instruments.iter().filter(|it| it.venue == venue);
        let mut listed: Vec<_> = all
            .map(|instrument| Listed {
                instrument: instrument.clone(),
                contract: Money::new(Decimal::ONE),
            })
            .collect();
        listed.sort_by(|a, b| a.instrument.symbol.cmp(&b.instrument.symbol));
        let named = names.assets.iter().enumerate();
        let mut assets: Vec<_> = named
            .map(|(at, name)| (name.clone(), AssetId(at as u16)))
            .collect();
        assets.sort();
        Self {
            venue,
            listed,
            assets,
            tag: None,
        }
    }

    /// The same, for a run whose orders have a tag.
    pub fn tagged(self, tag: Option<RunTag>) -> Self {
        Self { tag, ..self }
    }

    /// What the run's orders are marked with.
    pub const fn tag(&self) -> Option<RunTag> {
        self.tag
    }

    /// The text by which the venue keeps an order of the run, without a prefix of its own.
    pub fn client_text(&self, order: OrderId) -> String {
        client_id::client_text(order, self.tag)
    }

    /// Whose order it is that the venue keeps by a text, after a prefix that it asks for.
    pub fn client(&self, text: &str, prefix: &str) -> ClientId {
        ClientId::read(text, prefix, self.tag)
    }

    /// Says that one unit of the venue's quantities of a symbol is so much of base; ignored when not above zero.
    pub fn set_contract(&mut self, symbol: &str, contract: Money) {
        if let Some(at) = self.place(symbol)
            && contract > Money::ZERO
        {
            self.listed[at].contract = contract;
        }
    }

    /// Whose.
    pub const fn venue(&self) -> VenueId {
        self.venue
    }

    /// All instruments, by symbol.
    pub fn iter(&self) -> impl Iterator<Item = &Listed> {
        self.listed.iter()
    }

    /// By the venue's symbol, in the case in which the venue writes it.
    ///
    /// # Errors
    /// When this run has none.
    pub fn symbol(&self, symbol: &str) -> Result<&Listed, WireError> {
        match self.place(symbol) {
            Some(at) => Ok(&self.listed[at]),
            None => Err(WireError::Symbol(symbol.chars().take(40).collect())),
        }
    }

    /// By its id.
    pub fn get(&self, id: InstrumentId) -> Option<&Listed> {
        self.listed.iter().find(|it| it.instrument.id == id)
    }

    /// An asset by its name.
    ///
    /// # Errors
    /// When this run has none.
    pub fn asset(&self, name: &str) -> Result<AssetId, WireError> {
        let found = self
            .assets
            .binary_search_by(|(known, _)| (**known).cmp(name));
        match found {
            Ok(at) => Ok(self.assets[at].1),
            Err(_) => Err(WireError::Asset(name.chars().take(40).collect())),
        }
    }

    /// The name of an asset.
    pub fn asset_name(&self, id: AssetId) -> Option<&str> {
        let mut all = self.assets.iter();
        all.find(|(_, known)| *known == id)
            .map(|(name, _)| name.as_str())
    }

    fn place(&self, symbol: &str) -> Option<usize> {
        let found = (self.listed).binary_search_by(|it| (*it.instrument.symbol).cmp(symbol));
        found.ok()
    }
}
