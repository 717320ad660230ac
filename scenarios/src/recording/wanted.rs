//! Which venues and symbols are recorded, and where they are.

use anyhow::{Context as _, bail};
use onetape_adapters::protocol::Protocol;
use onetape_live::venue::{Overrides, Urls};

/// Symbols of one venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The venue.
    pub protocol: Protocol,
    /// Its symbols, as it writes them.
    pub symbols: Vec<String>,
}

/// Where venues are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At home.
    Production,
    /// On their testnets.
    Testnet,
    /// On a local exchange: an address for each venue, or one for the first, with the others at the ports above it.
    Local(Vec<String>),
}

impl Place {
    /// The addresses of venue number `at`.
    ///
    /// # Errors
    /// When there are none.
    pub fn urls(&self, protocol: Protocol, at: usize, venues: usize) -> anyhow::Result<Urls> {
        let with = Overrides::default();
        Ok(match self {
            Self::Production => Urls::production(protocol, &with)?,
            Self::Testnet => Urls::testnet(protocol, &with)?,
            Self::Local(all) => {
                let address = match all.as_slice() {
                    [first] => above(first, at)?,
                    all if all.len() == venues => all[at].clone(),
                    all => bail!(
                        "{} addresses for {venues} venues; give --local once a venue, or once for the first",
                        all.len()
                    ),
                };
                Urls::local(protocol, &address, &with)?
            }
        })
    }
}

/// The address with a port so many above.
fn above(first: &str, by: usize) -> anyhow::Result<String> {
    let wrong = || format!("{first:?} is no address; write HOST:PORT, such as 127.0.0.1:9001");
    let (host, port) = first.rsplit_once(':').with_context(wrong)?;
    let port: u16 = port.parse().with_context(wrong)?;
    let by = u16::try_from(by).with_context(wrong)?;
    let port = port.checked_add(by).with_context(wrong)?;
    Ok(format!("{host}:{port}"))
}

impl Wanted {
    /// Venues by their names, each with its symbols.
    ///
    /// # Errors
    /// When a name is none, or symbols and venues do not match.
    pub fn named(venues: &[String], symbols: &[String]) -> anyhow::Result<Vec<Self>> {
        if venues.len() != symbols.len() {
            bail!(
                "{} --venue and {} --symbols; give each --venue its own --symbols A,B",
                venues.len(),
                symbols.len()
            );
        }
        let mut all: Vec<Self> = Vec::new();
        for (venue, list) in venues.iter().zip(symbols) {
            for symbol in list.split(',').map(str::trim) {
                Self::add(&mut all, venue, symbol)?;
            }
        }
        Ok(all)
    }

    /// Those of instruments by their full names, `venue:SYMBOL`.
    ///
    /// # Errors
    /// When a venue has no protocol.
    pub fn of_instruments<'a>(
        names: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> anyhow::Result<Vec<Self>> {
        let mut all = Vec::new();
        for (venue, symbol) in names {
            Self::add(&mut all, venue, symbol)?;
        }
        Ok(all)
    }

    fn add(all: &mut Vec<Self>, venue: &str, symbol: &str) -> anyhow::Result<()> {
        let protocol = Protocol::of_venue(venue).with_context(|| {
            let known = Protocol::ALL.map(Protocol::venue).join(", ");
            format!("there is no live data of {venue:?}; choose among {known}")
        })?;
        if symbol.is_empty() {
            bail!("an empty symbol of {venue}; write --symbols A,B");
        }
        let at = match all.iter().position(|it| it.protocol == protocol) {
            Some(at) => at,
            None => {
                all.push(Self {
                    protocol,
                    symbols: Vec::new(),
                });
                all.len() - 1
            }
        };
        if !all[at].symbols.iter().any(|it| it == symbol) {
            all[at].symbols.push(symbol.to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn venues_and_symbols_are_paired() {
        let text = |all: &[&str]| all.iter().map(|it| (*it).to_string()).collect::<Vec<_>>();
        let read = Wanted::named(
            &text(&["mexc-spot", "gate-usdt", "mexc-spot"]),
            &text(&["BTCUSDT,ETHUSDT", "BTC_USDT", "BTCUSDT"]),
        )
        .unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].symbols, ["BTCUSDT", "ETHUSDT"]);
        let none = Wanted::named(&text(&["kraken"]), &text(&["A"])).unwrap_err();
        assert!(
            none.to_string().contains("no live data of \"kraken\""),
            "{none}"
        );
        let odd = Wanted::named(&text(&["mexc-spot"]), &[]).unwrap_err();
        assert!(odd.to_string().contains("each --venue its own"), "{odd}");
        let empty = Wanted::named(&text(&["mexc-spot"]), &text(&["A,"])).unwrap_err();
        assert!(empty.to_string().contains("an empty symbol"), "{empty}");
    }

    #[test]
    fn a_local_address_goes_up_by_ports() {
        let place = Place::Local(vec!["127.0.0.1:9000".to_string()]);
        let urls = place.urls(Protocol::GateSpot, 3, 5).unwrap();
        assert_eq!(urls.rest.to_string(), "http://127.0.0.1:9003/");
        let bad = Place::Local(vec!["127.0.0.1:65535".to_string()]);
        assert!(bad.urls(Protocol::GateSpot, 1, 2).is_err());
        assert!(Place::Testnet.urls(Protocol::MexcSpot, 0, 1).is_err());
    }
}
