//! What a key may do besides trading.

use std::sync::Arc;

use anyhow::bail;
use onetape_adapters::binance::rights;
use onetape_adapters::protocol::Protocol;
use onetape_adapters::request::Request;
use onetape_live::net::{self, DialLimits, Dialer, HttpClient, HttpLimits, Method, Trust};
use onetape_live::venue::{Overrides, Urls, VenueSetup};

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
pub(super) async fn rights_of(preset: Preset, setup: &VenueSetup) -> Rights {
    let futures = match setup.protocol {
        Protocol::BinanceSpot => false,
        Protocol::BinanceUsdm => true,
        Protocol::MexcSpot | Protocol::GateSpot | Protocol::GateUsdt => return Rights::Untold,
    };
    let http = match preset {
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
    let is_local = matches!(preset, Preset::Local(_));
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

/// Refuses keys at the venues themselves that can do more than trade, or of which that is not known and nobody looked.
///
/// # Errors
/// With the venue, what is wrong, and what to do.
pub(crate) fn demand(
    venues: Vec<(Preset, VenueSetup)>,
    signed_off: &[String],
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let real = venues
        .into_iter()
        .filter(|(preset, _)| *preset == Preset::Production);
    for (preset, setup) in real {
        let name = setup.protocol.venue();
        let rights = runtime.block_on(async {
            // Requests are signed with the venue's time.
            match setup.measure_offset().await {
                Ok(_) => rights_of(preset, &setup).await,
                Err(why) => Rights::Failed(why.to_string()),
            }
        });
        if let Some(why) = rights.refusal(name, signed_off) {
            bail!("the key of {name} is not used: {why}");
        }
    }
    Ok(())
}

impl Rights {
    /// Why a key with these rights is not used; nothing where it may be.
    pub(super) fn refusal(self, venue: &str, signed_off: &[String]) -> Option<String> {
        match self {
            Self::Good => None,
            Self::Untold if signed_off.iter().any(|it| it == venue) => None,
            Self::Untold => Some(format!(
                "the venue does not tell whether it can withdraw: look there, then say --no-withdrawals {venue}"
            )),
            Self::Wrong(fields) => {
                let fields = fields.join(", ");
                Some(format!(
                    "not as they must be: {fields}; change them at the venue"
                ))
            }
            Self::Failed(why) => Some(why),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_cannot_withdraw_or_that_somebody_looked_at_are_used() {
        let signed = ["gate-spot".to_string()];
        assert_eq!(Rights::Good.refusal("binance-spot", &[]), None);
        assert_eq!(Rights::Untold.refusal("gate-spot", &signed), None);
        let untold = Rights::Untold.refusal("gate-usdt", &signed).unwrap();
        assert!(untold.contains("--no-withdrawals gate-usdt"), "{untold}");
        let wrong = Rights::Wrong(vec!["enableWithdrawals"]).refusal("gate-spot", &signed);
        assert!(wrong.unwrap().contains("enableWithdrawals"));
        let failed = Rights::Failed("it answered with status 401".into());
        assert!(failed.refusal("gate-spot", &signed).is_some());
    }
}
