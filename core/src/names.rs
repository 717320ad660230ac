//! Dense ids, and the one table that holds the names behind them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::instrument::Instrument;
use crate::journal::codec::{Decode, Encode};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
        pub struct $name(pub u16);

        impl $name {
            /// As an index into the table.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A venue: one exchange and market kind with its own account, such as `binance-spot`.
    VenueId
);
id!(
    /// An asset, such as `BTC`.
    AssetId
);
id!(
    /// An instrument of one venue, such as `binance-spot:BTCUSDT`.
    InstrumentId
);
id!(
    /// One strategy instance of a run.
    TaskId
);

impl TaskId {
    /// Stands for the account itself, where the risk gate decides for all tasks.
    pub const ACCOUNT: Self = Self(u16::MAX);
}

/// Every name of a run. Ids are places in these lists; the lists only grow while a run is set up.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Names {
    /// Venues by [`VenueId`].
    pub venues: Vec<String>,
    /// Assets by [`AssetId`].
    pub assets: Vec<String>,
    /// Instruments by [`InstrumentId`].
    pub instruments: Vec<Instrument>,
    /// Tasks by [`TaskId`].
    pub tasks: Vec<String>,
}

impl Names {
    /// The id of a venue, entered when new.
    pub fn venue_id(&mut self, name: &str) -> VenueId {
        VenueId(enter(&mut self.venues, name))
    }

    /// The id of an asset, entered when new.
    pub fn asset_id(&mut self, name: &str) -> AssetId {
        AssetId(enter(&mut self.assets, name))
    }

    /// The id of an instrument by its full name, `venue:SYMBOL`.
    pub fn find_instrument(&self, name: &str) -> Option<InstrumentId> {
        self.instruments
            .iter()
            .position(|known| known.name == name)
            .map(|at| InstrumentId(at as u16))
    }

    /// An instrument of the table.
    pub fn instrument(&self, id: InstrumentId) -> &Instrument {
        &self.instruments[id.index()]
    }

    /// The name of an asset.
    pub fn asset(&self, id: AssetId) -> &str {
        &self.assets[id.index()]
    }

    /// The name of a venue.
    pub fn venue(&self, id: VenueId) -> &str {
        &self.venues[id.index()]
    }

    /// The name of a task.
    pub fn task(&self, id: TaskId) -> &str {
        if id == TaskId::ACCOUNT {
            return "account";
        }
        self.tasks.get(id.index()).map_or("?", String::as_str)
    }
}

fn enter(list: &mut Vec<String>, name: &str) -> u16 {
    if let Some(at) = list.iter().position(|known| known == name) {
        return at as u16;
    }
    assert!(
        list.len() < usize::from(u16::MAX),
        "more than 65,534 names in one table"
    );
    list.push(name.to_string());
    (list.len() - 1) as u16
}
