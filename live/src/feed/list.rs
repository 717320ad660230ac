//! Instruments from a venue's own rules.

use std::sync::Arc;

use onetape_adapters::ask::Ask;
use onetape_adapters::directory::Directory;
use onetape_adapters::news::Answer;
use onetape_adapters::rules::{Rules, RulesError};
use onetape_core::names::Names;

use crate::venue::{AskFault, VenueSetup};

/// Why there are no instruments.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The venue did not tell its rules.
    #[error("the instruments of {venue} cannot be had: {why}")]
    Ask {
        /// Whose.
        venue: &'static str,
        /// Why not.
        why: AskFault,
    },
    /// It answered with something else.
    #[error("{0} answered the question for its instruments with something else")]
    Other(&'static str),
    /// There is no such symbol.
    #[error(
        "{venue} has no symbol {symbol:?} among the {count} that it lists; write it as the venue does, such as {example:?}"
    )]
    Symbol {
        /// Whose.
        venue: &'static str,
        /// Which.
        symbol: String,
        /// How many it has.
        count: usize,
        /// One of them.
        example: String,
    },
    /// Its rules are none.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The rules, as the venue states them, in the order of the symbols.
    pub rules: Vec<Rules>,
    /// The venue, with these instruments in its directory.
    pub setup: VenueSetup,
}

/// Asks a venue for its rules and enters the instruments of some symbols in `names`, where they are not there yet.
///
/// # Errors
/// When the venue does not answer, or has no such symbol.
pub async fn list(
    setup: &VenueSetup,
    symbols: &[String],
    names: &mut Names,
) -> Result<Listing, ListError> {
    let venue = setup.protocol.venue();
    let all = match setup.ask(&Ask::Instruments).await {
        Ok(Answer::Instruments(all)) => all,
        Ok(_) => return Err(ListError::Other(venue)),
        Err(why) => return Err(ListError::Ask { venue, why }),
    };
    let mut found = Vec::new();
    for symbol in symbols {
        let rules = all.iter().find(|it| it.symbol == *symbol);
        let rules = rules.ok_or_else(|| ListError::Symbol {
            venue,
            symbol: symbol.clone(),
            count: all.len(),
            example: like(&all, symbol),
        })?;
        let instrument = rules.instrument(venue, names)?;
        if names.find_instrument(&instrument.name).is_none() {
            names.instruments.push(instrument);
        }
        found.push(rules.clone());
    }
    let venue_id = names.venue_id(venue);
    let mut directory = Directory::new(names, venue_id);
    for rules in &found {
        directory.set_contract(&rules.symbol, rules.contract);
    }
    let mut setup = setup.clone();
    setup.venue = directory.venue();
    setup.directory = Arc::new(directory);
    Ok(Listing {
        rules: found,
        setup,
    })
}

/// A symbol that is written with the same letters, or any.
fn like(all: &[Rules], symbol: &str) -> String {
    let bare = |text: &str| {
        let letters = text.chars().filter(|it| it.is_alphanumeric());
        letters.collect::<String>().to_uppercase()
    };
    let same = all.iter().find(|it| bare(&it.symbol) == bare(symbol));
    let any = same.or(all.first());
    any.map_or_else(String::new, |it| it.symbol.clone())
}
