//! Requests over HTTP: verified, and read as calls.

use onetape_core::names::InstrumentId;
use onetape_core::time::{Span, Ts};
use serde::Deserialize;

use super::orders::{Told, settle, which};
use super::settings;
use crate::credentials::{Hash, sha512_hex};
use crate::gate::Market;
use crate::request::Method;
use crate::server::Cx;
use crate::server::accounts::AccountId;
use crate::server::call::{Asked, Call, Past, Refused, Way, Which};
use crate::server::inbound::Inbound;
use crate::server::pairs::{Pair, decode, get, pairs, twice};
use crate::server::wrong::Wrong;
use crate::stamp;

/// Where all paths begin.
const ROOT: &str = "/api/v4/";

/// How far the time of a request may be from the server's.
const WINDOW: Span = Span::from_millis(60_000);

/// Rows of answers, where a request does not say, and most of them.
const ROWS: u32 = 100;
const ROWS_MAX: u32 = 1_000;

/// Most orders of one request.
const BATCH_MAX: usize = 10;

/// Reads a request.
///
/// # Errors
/// What is wrong with it.
pub fn request(market: Market, inbound: &Inbound<'_>, cx: &Cx<'_>) -> Result<Asked, Box<Refused>> {
    let mut way = Way::default();
    let mut read = || {
        let account = match inbound.header("KEY") {
            Some(key) => Some(verified(key, inbound, cx)?),
            None => None,
        };
        let params = pairs(inbound.query).ok_or(Wrong::Broken)?;
        if let Some(name) = twice(&params) {
            return Err(Wrong::Twice(name.to_string()));
        }
        let body = inbound.text().ok_or(Wrong::Broken)?;
        let given = Given {
            params,
            body,
            market,
            cx,
        };
        let call = given.call(inbound, &mut way)?;
        match account {
            None if !way.route.starts_with("public") => Err(Wrong::NoKey),
            account => Ok((account, call)),
        }
    };
    match read() {
        Ok((account, call)) => Ok(Asked { account, call, way }),
        Err(wrong) => Err(Box::new(Refused { wrong, way })),
    }
}

/// Whose request it is: the signature is over method, path, the query without its escapes, the hash of the body, and
/// the time.
fn verified(key: &str, inbound: &Inbound<'_>, cx: &Cx<'_>) -> Result<AccountId, Wrong> {
    if cx.accounts.account(key).is_none() {
        return Err(Wrong::Key);
    }
    let time = inbound.header("Timestamp").ok_or(Wrong::NoKey)?;
    let signature = inbound.header("SIGN").ok_or(Wrong::NoKey)?;
    let plain = decode(inbound.query).ok_or(Wrong::Broken)?;
    let body = sha512_hex(inbound.body);
    let is_theirs = |query: &str| {
        let payload = [inbound.method.name(), inbound.path, query, &body, time].join("\n");
        cx.accounts
            .verify(key, Hash::Sha512, payload.as_bytes(), signature)
    };
    let account = is_theirs(&plain).or_else(|| is_theirs(inbound.query));
    let account = account.ok_or(Wrong::Signature)?;
    let sent = stamp::of_seconds(time).ok_or(Wrong::Bad("Timestamp"))?;
    in_time(sent, cx.now)?;
    expires(inbound.header("x-gate-exptime"), cx.now)?;
    Ok(account)
}

pub(super) fn in_time(sent: Ts, now: Ts) -> Result<(), Wrong> {
    let apart = now.nanos().saturating_sub(sent.nanos());
    match apart {
        apart if apart > WINDOW.nanos() => Err(Wrong::Late),
        apart if apart < -WINDOW.nanos() => Err(Wrong::Early),
        _ => Ok(()),
    }
}

/// What must not be done after a time, in milliseconds, is not done.
pub(super) fn expires(text: Option<&str>, now: Ts) -> Result<(), Wrong> {
    let Some(text) = text else { return Ok(()) };
    let last = stamp::of_millis(text).ok_or(Wrong::Bad("x-gate-exptime"))?;
    match now <= last {
        true => Ok(()),
        false => Err(Wrong::Late),
    }
}

/// The parameters of a request, and what they are read with.
pub(super) struct Given<'a> {
    params: Vec<Pair<'a>>,
    body: &'a str,
    pub(super) market: Market,
    pub(super) cx: &'a Cx<'a>,
}

impl<'a> Given<'a> {
    /// A parameter that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        get(&self.params, name).filter(|it| !it.is_empty())
    }

    pub(super) fn need(&self, name: &'static str) -> Result<&str, Wrong> {
        self.text(name).ok_or(Wrong::Missing(name))
    }

    pub(super) fn named(&self, symbol: &str) -> Result<InstrumentId, Wrong> {
        let found = self.cx.directory.symbol(symbol);
        found.map(|it| it.instrument.id).map_err(|_| Wrong::Symbol)
    }

    const fn key(&self) -> &'static str {
        match self.market {
            Market::Spot => "currency_pair",
            Market::Usdt | Market::Btc => "contract",
        }
    }

    fn symbol(&self) -> Result<InstrumentId, Wrong> {
        self.named(self.need(self.key())?)
    }

    fn some_symbol(&self) -> Result<Option<InstrumentId>, Wrong> {
        let found = self.text(self.key()).map(|symbol| self.named(symbol));
        found.transpose()
    }

    fn number(&self, name: &'static str) -> Result<Option<u32>, Wrong> {
        let read = |text: &str| text.parse().map_err(|_| Wrong::Bad(name));
        self.text(name).map(read).transpose()
    }

    fn past(&self, instrument: Option<InstrumentId>) -> Result<Past, Wrong> {
        let time = |name| {
            let read = |text| stamp::of_seconds(text).ok_or(Wrong::Bad(name));
            self.text(name).map(read).transpose()
        };
        let limit = self.number("limit")?.unwrap_or(ROWS).clamp(1, ROWS_MAX);
        let page = self.number("page")?.unwrap_or(1).max(1);
        let skip = self.number("offset")?;
        Ok(Past {
            instrument,
            order: self
                .text("order_id")
                .or_else(|| self.text("order"))
                .and_then(|it| it.parse().ok()),
            from_id: None,
            since: time("from")?,
            until: time("to")?,
            skip: skip.unwrap_or_else(|| limit.saturating_mul(page - 1)),
            limit,
        })
    }

    pub(super) fn json<T: Deserialize<'a>>(&self) -> Result<T, Wrong> {
        serde_json::from_str(self.body).map_err(|_| Wrong::Broken)
    }

    fn call(&self, inbound: &Inbound<'_>, way: &mut Way) -> Result<Call, Wrong> {
        let rest = inbound.path.strip_prefix(ROOT).ok_or(Wrong::Route)?;
        // Both markets have their clock there.
        if (inbound.method, rest) == (Method::Get, "spot/time") {
            way.route = "public time";
            return Ok(Call::Time);
        }
        let place = match self.market {
            Market::Spot => "spot/",
            Market::Usdt => "futures/usdt/",
            Market::Btc => "futures/btc/",
        };
        let line = rest.strip_prefix(place).unwrap_or(rest);
        let parts: Vec<_> = line.trim_end_matches('/').split('/').collect();
        match (inbound.method, parts.as_slice()) {
            (Method::Get, parts) => match self.public(parts, way)? {
                Some(call) => Ok(call),
                None => self.read(parts, way),
            },
            (method, parts) => self.write(method, parts, way),
        }
    }

    /// What everybody may ask.
    fn public(&self, parts: &[&str], way: &mut Way) -> Result<Option<Call>, Wrong> {
        let call = match parts {
            // Of markets that this server does not have: clients ask all the same.
            ["margin", "currency_pairs"] | ["futures", "btc", "contracts"] => Call::Ping,
            ["currency_pairs" | "contracts"] => Call::Instruments(Vec::new()),
            [kind @ ("currency_pairs" | "contracts"), symbol] => {
                way.one = true;
                let instruments = vec![self.named(symbol)?];
                // A contract carries its mark and funding, which its rules are asked with.
                match *kind {
                    "contracts" => Call::Marks(instruments),
                    _ => Call::Instruments(instruments),
                }
            }
            ["order_book"] => Call::Depth {
                instrument: self.symbol()?,
                levels: self.number("limit")?.unwrap_or(10).clamp(1, 1_000),
            },
            ["trades"] => Call::Prints(self.past(Some(self.symbol()?))?),
            ["tickers"] => Call::Tickers(self.some_symbol()?.into_iter().collect()),
            ["risk_limit_tiers"] => Call::Tiers(self.some_symbol()?),
            ["funding_rate"] => Call::FundingRates(self.past(Some(self.symbol()?))?),
            _ => return Ok(None),
        };
        way.route = "public";
        Ok(Some(call))
    }

    fn read(&self, parts: &[&str], way: &mut Way) -> Result<Call, Wrong> {
        way.route = "read";
        Ok(match parts {
            ["accounts"] if self.market == Market::Spot => Call::Balances,
            ["accounts"] => Call::Account,
            ["open_orders"] => {
                way.route = "open_orders";
                Call::OpenOrders(None)
            }
            ["orders"] if self.text("status") == Some("open") => {
                Call::OpenOrders(self.some_symbol()?)
            }
            ["orders" | "orders_timerange"] => Call::Orders(self.past(self.some_symbol()?)?),
            ["orders", id] => Call::Order(self.which(id)?),
            ["my_trades" | "my_trades_timerange"] => Call::Trades(self.past(self.some_symbol()?)?),
            ["wallet", "fee"] | ["fee"] => Call::Fees(self.some_symbol()?),
            ["account_book"] => Call::FundingPaid(self.past(self.some_symbol()?)?),
            _ => settings::read(self, parts, way)?,
        })
    }

    /// An order by the last part of its path.
    fn which(&self, part: &str) -> Result<Which, Wrong> {
        let text = decode(part).ok_or(Wrong::Broken)?;
        let mut found = which(&text)?;
        found.instrument = self.some_symbol()?;
        Ok(found)
    }

    fn write(&self, method: Method, parts: &[&str], way: &mut Way) -> Result<Call, Wrong> {
        way.route = "write";
        Ok(match (method, parts) {
            (Method::Post, ["orders"]) => {
                way.route = "place";
                let told: Told<'_> = self.json()?;
                way.detail = told.detail();
                Call::Place(Box::new(told.new_order(self.market, self.cx)?))
            }
            (Method::Post, ["batch_orders"]) => {
                let all: Vec<Told<'_>> = self.json()?;
                if all.is_empty() || all.len() > BATCH_MAX {
                    return Err(Wrong::Bad("orders"));
                }
                let each = all.iter().map(|it| it.new_order(self.market, self.cx));
                Call::PlaceMany(each.collect())
            }
            (Method::Delete, ["orders"]) => {
                let side = match self.text("side") {
                    None => None,
                    Some("buy" | "bid") => Some(onetape_core::instrument::Side::Buy),
                    Some("sell" | "ask") => Some(onetape_core::instrument::Side::Sell),
                    Some(_) => return Err(Wrong::Bad("side")),
                };
                Call::CancelAll(self.some_symbol()?, side)
            }
            (Method::Delete, ["orders", id]) => Call::Cancel(self.which(id)?),
            (Method::Patch | Method::Put, ["orders", id]) => {
                let told: Told<'_> = self.json()?;
                let mut which = self.which(id)?;
                if !told.currency_pair.is_none() {
                    which.instrument = Some(told.listed(self.cx)?.instrument.id);
                }
                amend(&told, which, self.market, self.cx)?
            }
            (Method::Post, ["countdown_cancel_all"]) => self.dead_man(way)?,
            _ => settings::write(self, method, parts, way)?,
        })
    }

    fn dead_man(&self, way: &mut Way) -> Result<Call, Wrong> {
        #[derive(Deserialize)]
        struct Read<'a> {
            timeout: u32,
            #[serde(borrow, default, alias = "contract")]
            currency_pair: crate::number::Num<'a>,
        }
        let read: Read<'_> = self.json()?;
        if (1..5).contains(&read.timeout) {
            return Err(Wrong::Bad("timeout"));
        }
        way.route = "countdown";
        let after = Span::from_millis(i64::from(read.timeout) * 1_000);
        let at = match read.timeout {
            0 => 0,
            _ => super::numbers::millis(self.cx.now + after),
        };
        way.numbers.push(at);
        let symbol = read.currency_pair.text();
        let instrument = match symbol {
            "" => None,
            symbol => Some(self.named(symbol)?),
        };
        Ok(Call::DeadMan(instrument, after))
    }
}

/// A change of an order. On futures it does not say what it trades: where that is the only instrument, it is that one.
pub(super) fn amend(
    told: &Told<'_>,
    which: Which,
    market: Market,
    cx: &Cx<'_>,
) -> Result<Call, Wrong> {
    let mut all = cx.directory.iter();
    let listed = match which.instrument {
        Some(id) => cx.directory.get(id),
        None => all.next().filter(|_| all.next().is_none()),
    };
    let loose = told.loose(which)?;
    match listed {
        Some(of) => settle(market, loose, of).map(Call::Amend),
        None => Ok(Call::AmendLoose(loose)),
    }
}
