//! What a key may do besides trading.

use std::sync::Arc;

use onetape_adapters::binance::rights;
use onetape_adapters::protocol::Protocol;
use onetape_adapters::request::Request;
use onetape_live::net::{self, DialLimits, Dialer, HttpClient, HttpLimits, Method, Trust};
use onetape_live::venue::{Overrides, Urls, VenueSetup};

use super::Place;
use crate::scenario::Preset;

/// What is known of the rights of a key.
pub(super) enum Rights {
    /// As they must be.
    Good,
    /// These are not.
    Wrong(Vec<&'static str>),
    /// The venue does not tell.
    Untold,
    /// It was asked, and its answer is of no use.
    Failed(String),
}

/// Asks a venue what its key may do.
pub(super) async fn rights_of(place: &Place, setup: &VenueSetup) -> Rights {
    let futures = match place.protocol {
        Protocol::BinanceSpot => false,
        Protocol::BinanceUsdm => true,
        Protocol::MexcSpot | Protocol::GateSpot | Protocol::GateUsdt => return Rights::Untold,
    };
    let http = match place.preset {
        // There are no such requests on the testnets.
        Preset::Testnet => return Rights::Untold,
        Preset::Local(_) => Arc::clone(&setup.http),
        Preset::Production => match spot_host() {
            Ok(http) => Arc::new(http),
            Err(why) => return Rights::Failed(why.to_string()),
        },
    };
    let request = match rights::request(&setup.cx()) {
        Ok(request) => request,
        Err(why) => return Rights::Failed(why.to_string()),
    };
    let response = match http.send(on_wire(request)).await {
        Ok(response) => response,
        Err(why) => return Rights::Failed(why.to_string()),
    };
    let is_local = matches!(place.preset, Preset::Local(_));
    match response.status {
        404 if is_local => Rights::Untold,
        200 => {
            let body = String::from_utf8_lossy(&response.body);
            match rights::wrong(&body, futures) {
                Ok(wrong) if wrong.is_empty() => Rights::Good,
                Ok(wrong) => Rights::Wrong(wrong),
                Err(why) => Rights::Failed(why.to_string()),
            }
        }
        status => Rights::Failed(format!("it answered with status {status}")),
    }
}

fn spot_host() -> anyhow::Result<HttpClient> {
    let urls = Urls::production(Protocol::BinanceSpot, &Overrides::default())?;
    let dialer = Dialer::new(Trust::public()?, DialLimits::default());
    Ok(HttpClient::new(urls.rest, dialer, HttpLimits::default()))
}

fn on_wire(request: Request) -> net::Request {
    let mut sent = net::Request::new(Method::GET, request.target());
    let headers = request.headers.into_iter();
    sent.headers = headers
        .map(|(name, value)| (name.to_string(), value))
        .collect();
    sent
}
