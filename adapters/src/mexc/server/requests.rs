//! Requests over HTTP: verified, and read as calls.

use onetape_core::names::InstrumentId;
use onetape_core::time::{Span, Ts};

use super::order_number;
use super::orders::{new_order, new_orders};
use super::route::{What, find};
use crate::ask::StreamKey;
use crate::credentials::Hash;
use crate::server::Cx;
use crate::server::accounts::AccountId;
use crate::server::call::{Asked, Call, Past, Refused, Way, Which};
use crate::server::inbound::Inbound;
use crate::server::pairs::{Pair, get, pairs, twice};
use crate::server::wrong::Wrong;

/// How long a request may take where it does not say so, and the longest that it may say, in milliseconds.
const WINDOW: i64 = 5_000;
const WINDOW_MAX: i64 = 60_000;

/// How far a request may come from the future, in milliseconds.
const AHEAD: i64 = 1_000;

/// Rows of answers, where a request does not say.
const ROWS: u32 = 100;

/// Reads a request.
///
/// # Errors
/// What is wrong with it.
pub fn request(inbound: &Inbound<'_>, cx: &Cx<'_>) -> Result<Asked, Box<Refused>> {
    let mut way = Way::default();
    let Some((what, route)) = find(inbound.method, inbound.path) else {
        return Err(Box::new(Refused {
            wrong: Wrong::Route,
            way,
        }));
    };
    way.route = route;
    match read(what, inbound, cx, &mut way) {
        Ok((account, call)) => Ok(Asked { account, call, way }),
        Err(wrong) => Err(Box::new(Refused { wrong, way })),
    }
}

fn read(
    what: What,
    inbound: &Inbound<'_>,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<(Option<AccountId>, Call), Wrong> {
    let body = inbound.text().ok_or(Wrong::Broken)?;
    let mut params = pairs(inbound.query).ok_or(Wrong::Broken)?;
    // Bodies of other requests are of no meaning.
    if what.is_private() {
        params.extend(pairs(body).ok_or(Wrong::Broken)?);
    }
    let account = match what.is_private() {
        true => Some(verified(inbound, body, &params, cx)?),
        false => None,
    };
    if let Some(name) = twice(&params) {
        return Err(Wrong::Twice(name.to_string()));
    }
    call(what, &Given { params, cx }, way).map(|call| (account, call))
}

/// Whose request it is: the signature is over all parameters as they were sent, query first, body behind it with
/// nothing between them.
fn verified(
    inbound: &Inbound<'_>,
    body: &str,
    params: &[Pair<'_>],
    cx: &Cx<'_>,
) -> Result<AccountId, Wrong> {
    let key = inbound.header("X-MEXC-APIKEY").ok_or(Wrong::NoKey)?;
    if cx.accounts.account(key).is_none() {
        return Err(Wrong::Key);
    }
    let kind = inbound.header("Content-Type");
    if kind.is_some_and(|kind| !kind.starts_with("application/json")) {
        return Err(Wrong::Unsupported("Invalid Content-Type"));
    }
    let signature = get(params, "signature").ok_or(Wrong::Missing("signature"))?;
    // Upper-case hex is refused here.
    let is_lower = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
    let payload = format!("{}{}", unsigned(inbound.query), unsigned(body));
    let found = cx
        .accounts
        .verify(key, Hash::Sha256, payload.as_bytes(), signature);
    let account = found.filter(|_| is_lower).ok_or(Wrong::Signature)?;
    in_time(params, cx.now).map(|()| account)
}

/// Parameters as sent, without their signature.
fn unsigned(text: &str) -> String {
    let parts = text.split('&');
    let kept: Vec<_> = parts.filter(|it| !it.starts_with("signature=")).collect();
    kept.join("&")
}

fn in_time(params: &[Pair<'_>], now: Ts) -> Result<(), Wrong> {
    let number = |name| get(params, name).map(|text| text.parse::<i64>());
    let window = match number("recvWindow") {
        None => WINDOW,
        Some(Ok(window @ 1..=WINDOW_MAX)) => window,
        Some(Ok(_)) => return Err(Wrong::Window),
        Some(Err(_)) => return Err(Wrong::Bad("recvWindow")),
    };
    let sent = number("timestamp").ok_or(Wrong::Missing("timestamp"))?;
    let sent = sent.map_err(|_| Wrong::Bad("timestamp"))?;
    let now = now.nanos().div_euclid(1_000_000);
    if sent >= now.saturating_add(AHEAD) {
        return Err(Wrong::Early);
    }
    match now.saturating_sub(sent) <= window {
        true => Ok(()),
        false => Err(Wrong::Late),
    }
}

/// The parameters of a request, and what they are read with.
pub(super) struct Given<'a> {
    pub(super) params: Vec<Pair<'a>>,
    pub(super) cx: &'a Cx<'a>,
}

impl Given<'_> {
    /// A parameter that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        get(&self.params, name).filter(|it| !it.is_empty())
    }

    pub(super) fn need(&self, name: &'static str) -> Result<&str, Wrong> {
        self.text(name).ok_or(Wrong::Missing(name))
    }

    fn symbol(&self) -> Result<InstrumentId, Wrong> {
        self.of_symbol(self.need("symbol")?)
    }

    pub(super) fn of_symbol(&self, symbol: &str) -> Result<InstrumentId, Wrong> {
        let found = self.cx.directory.symbol(symbol);
        found.map(|it| it.instrument.id).map_err(|_| Wrong::Symbol)
    }

    /// Instruments by one name or by several; none where none is named.
    fn symbols(&self) -> Result<Vec<InstrumentId>, Wrong> {
        let names = self.text("symbol").or_else(|| self.text("symbols"));
        let names = names.into_iter().flat_map(|names| names.split(','));
        names.map(|name| self.of_symbol(name)).collect()
    }

    fn number(&self, name: &'static str) -> Result<Option<u32>, Wrong> {
        let text = self.text(name);
        let read = text.map(|text| text.parse().map_err(|_| Wrong::Bad(name)));
        read.transpose()
    }

    fn time(&self, name: &'static str) -> Result<Option<Ts>, Wrong> {
        let bad = || Wrong::Bad(name);
        let read = self.text(name).map(|text| {
            let millis: i64 = text.parse().map_err(|_| bad())?;
            let nanos = millis.checked_mul(1_000_000).ok_or_else(bad)?;
            Ok(Ts::from_nanos(nanos))
        });
        read.transpose()
    }

    fn past(&self, most: u32) -> Result<Past, Wrong> {
        Ok(Past {
            instrument: Some(self.symbol()?),
            order: self.text("orderId").map(order_number),
            since: self.time("startTime")?,
            until: self.time("endTime")?,
            limit: self.number("limit")?.unwrap_or(ROWS).clamp(1, most),
            ..Past::default()
        })
    }

    /// An order by either of its ids.
    fn which(&self) -> Result<Which, Wrong> {
        let which = Which {
            instrument: Some(self.symbol()?),
            id: self.text("orderId").map(order_number),
            client: self.text("origClientOrderId").map(str::to_string),
            untouched: None,
        };
        match which.id.is_none() && which.client.is_none() {
            true => Err(Wrong::OneOf(&["orderId", "origClientOrderId"])),
            false => Ok(which),
        }
    }
}

fn call(what: What, given: &Given<'_>, way: &mut Way) -> Result<Call, Wrong> {
    Ok(match what {
        What::Ping | What::Contracts => Call::Ping,
        What::Time => Call::Time,
        What::Info => Call::Instruments(given.symbols()?),
        What::DefaultSymbols | What::SelfSymbols => Call::Instruments(Vec::new()),
        What::Depth => Call::Depth {
            instrument: given.symbol()?,
            levels: given.number("limit")?.unwrap_or(ROWS).clamp(1, 5_000),
        },
        What::Prints => Call::Prints(given.past(1_000)?),
        What::Quotes => {
            way.one = given.text("symbol").is_some_and(|it| !it.contains(','));
            Call::Quotes(given.symbols()?)
        }
        What::Tickers => {
            way.one = given.text("symbol").is_some_and(|it| !it.contains(','));
            Call::Tickers(given.symbols()?)
        }
        What::Candles => Call::Candles {
            span: span(given.need("interval")?).ok_or(Wrong::Bad("interval"))?,
            past: given.past(1_000)?,
        },
        What::Place => Call::Place(Box::new(new_order(given)?)),
        What::Test => Call::Test(Box::new(new_order(given)?)),
        What::Batch => Call::PlaceMany(new_orders(given.need("batchOrders")?, given.cx)?),
        What::Cancel => Call::Cancel(given.which()?),
        What::CancelAll => cancel_all(given)?,
        What::Order => Call::Order(given.which()?),
        What::OpenOrders => Call::OpenOrders(Some(given.symbol()?)),
        What::Orders => Call::Orders(given.past(1_000)?),
        What::Trades => Call::Trades(given.past(100)?),
        What::Account => Call::Account,
        What::Coins => Call::Balances,
        What::Fees => Call::Fees(Some(given.symbol()?)),
        What::OpenKey => Call::StreamKey(StreamKey::Open),
        What::KeepKey | What::CloseKey => {
            way.echo = given.need("listenKey")?.to_string();
            Call::StreamKey(match what {
                What::KeepKey => StreamKey::Keep(way.echo.clone()),
                _ => StreamKey::Close(way.echo.clone()),
            })
        }
        What::Keys => Call::StreamKeys,
    })
}

/// Most instruments of one cancel.
const CANCELLED_MAX: usize = 5;

fn cancel_all(given: &Given<'_>) -> Result<Call, Wrong> {
    given.need("symbol")?;
    let symbols = given.symbols()?;
    match symbols.as_slice() {
        [one] => Ok(Call::CancelAll(Some(*one), None)),
        many if many.len() <= CANCELLED_MAX => Ok(Call::CancelAllOf(symbols)),
        _ => Err(Wrong::Bad("symbol")),
    }
}

/// How long a bar is, by the words of requests.
fn span(word: &str) -> Option<Span> {
    let minutes = match word {
        "1m" => 1,
        "5m" => 5,
        "15m" => 15,
        "30m" => 30,
        "60m" | "1h" => 60,
        "4h" => 240,
        "8h" => 480,
        "1d" => 1_440,
        "1W" | "1w" => 10_080,
        _ => return None,
    };
    Some(Span::from_millis(minutes * 60_000))
}
