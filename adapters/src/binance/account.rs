//! Balances, positions, settings and fees.

use onetape_core::instrument::MarginTier;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use serde::Deserialize;

use super::orders::{amount, some, time};
use crate::ask::{MarginMode, PositionMode};
use crate::counts::{Counts, Unused};
use crate::directory::Directory;
use crate::error::WireError;
use crate::json::{need, read};
use crate::news::Answer;
use crate::number::Num;
use crate::report::{
    BalanceReport, FeeReport, FundingReport, MarginReport, PositionReport, PositionSide, Settings,
    trade_number,
};

/// Balances of spot. Assets that this run does not have are counted.
pub(super) fn spot(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Answer, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Account<'a> {
        #[serde(borrow)]
        balances: Vec<Balance<'a>>,
        update_time: Option<Num<'a>>,
    }
    #[derive(Deserialize)]
    struct Balance<'a> {
        #[serde(borrow)]
        asset: Num<'a>,
        free: Option<Num<'a>>,
        locked: Option<Num<'a>>,
    }
    let account: Account<'_> = read("an account", text)?;
    let at = time(account.update_time.as_ref())?;
    let mut found = Vec::new();
    for balance in &account.balances {
        let Ok(asset) = directory.asset(balance.asset.text()) else {
            counts.add(Unused::OtherAsset, balance.asset.text());
            continue;
        };
        found.push(BalanceReport {
            asset,
            free: need("a balance", "free", balance.free.as_ref())?.money("free")?,
            locked: amount(&balance.locked, "locked")?,
            at,
        });
    }
    Ok(Answer::Balances(found, Vec::new()))
}

/// Of an asset of a futures account what any of the three answers tells.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FuturesAsset<'a> {
    #[serde(borrow)]
    asset: Option<Num<'a>>,
    /// Of `account`.
    wallet_balance: Option<Num<'a>>,
    /// Of `balance`.
    balance: Option<Num<'a>>,
    available_balance: Option<Num<'a>>,
    unrealized_profit: Option<Num<'a>>,
    initial_margin: Option<Num<'a>>,
    maint_margin: Option<Num<'a>>,
    update_time: Option<Num<'a>>,
}

/// Balances and margin of futures: an account with its assets, or a list of balances.
pub(super) fn futures(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Answer, WireError> {
    #[derive(Deserialize)]
    struct Account<'a> {
        #[serde(borrow)]
        assets: Vec<FuturesAsset<'a>>,
    }
    let assets = match text.trim_start().starts_with('[') {
        true => read("balances", text)?,
        false => read::<Account<'_>>("an account", text)?.assets,
    };
    let (mut balances, mut margins) = (Vec::new(), Vec::new());
    for it in &assets {
        let name = need("a balance", "asset", it.asset.as_ref())?.text();
        let Ok(asset) = directory.asset(name) else {
            counts.add(Unused::OtherAsset, name);
            continue;
        };
        let wallet = it.wallet_balance.as_ref().or(it.balance.as_ref());
        let wallet = need("a balance", "walletBalance", wallet)?.money("walletBalance")?;
        let money = |value: &Option<Num<'_>>, field| some(value.as_ref(), |it| it.money(field));
        balances.push(BalanceReport {
            asset,
            free: wallet,
            locked: Money::ZERO,
            at: time(it.update_time.as_ref())?,
        });
        margins.push(MarginReport {
            asset,
            wallet,
            available: money(&it.available_balance, "availableBalance")?,
            unrealised: money(&it.unrealized_profit, "unrealizedProfit")?,
            initial: money(&it.initial_margin, "initialMargin")?,
            maintenance: money(&it.maint_margin, "maintMargin")?,
        });
    }
    Ok(Answer::Balances(balances, margins))
}

/// Positions of `positionRisk`. Those of other symbols are counted.
pub(super) fn positions(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Vec<PositionReport>, WireError> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Position<'a> {
        #[serde(borrow)]
        symbol: Option<Num<'a>>,
        position_side: Option<Num<'a>>,
        position_amt: Option<Num<'a>>,
        entry_price: Option<Num<'a>>,
        mark_price: Option<Num<'a>>,
        liquidation_price: Option<Num<'a>>,
        un_realized_profit: Option<Num<'a>>,
        isolated_margin: Option<Num<'a>>,
        leverage: Option<Num<'a>>,
        margin_type: Option<Num<'a>>,
        update_time: Option<Num<'a>>,
    }
    const POSITION: &str = "a position";
    let all: Vec<Position<'_>> = read("positions", text)?;
    let mut found = Vec::new();
    for it in &all {
        let symbol = need(POSITION, "symbol", it.symbol.as_ref())?.text();
        let Ok(listed) = directory.symbol(symbol) else {
            counts.add(Unused::OtherSymbol, symbol);
            continue;
        };
        let money = |value: &Option<Num<'_>>, field| some(value.as_ref(), |it| it.money(field));
        let qty = need(POSITION, "positionAmt", it.position_amt.as_ref())?;
        let leverage = some(it.leverage.as_ref(), |it| it.count("leverage"))?;
        found.push(PositionReport {
            instrument: listed.instrument.id,
            side: position_side(it.position_side.as_ref()),
            qty: qty.qty("positionAmt", &listed.instrument)?,
            entry: money(&it.entry_price, "entryPrice")?,
            mark: money(&it.mark_price, "markPrice")?,
            liquidation: money(&it.liquidation_price, "liquidationPrice")?
                .filter(|price| !price.is_zero()),
            unrealised: money(&it.un_realized_profit, "unRealizedProfit")?,
            margin: money(&it.isolated_margin, "isolatedMargin")?,
            leverage: leverage.and_then(|it| u32::try_from(it).ok()),
            mode: it
                .margin_type
                .as_ref()
                .and_then(|it| margin_mode(it.text())),
            at: time(it.update_time.as_ref())?,
        });
    }
    Ok(found)
}

/// Which position a word is about.
pub(super) fn position_side(word: Option<&Num<'_>>) -> PositionSide {
    match word.map_or("", |it| it.text()) {
        "LONG" => PositionSide::Long,
        "SHORT" => PositionSide::Short,
        _ => PositionSide::Net,
    }
}

/// The margin mode behind a word: requests, lists and news write it in different cases.
pub(super) fn margin_mode(word: &str) -> Option<MarginMode> {
    match word.to_ascii_lowercase().as_str() {
        "cross" | "crossed" => Some(MarginMode::Cross),
        "isolated" => Some(MarginMode::Isolated),
        _ => None,
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SymbolConfig<'a> {
    #[serde(borrow)]
    symbol: Option<Num<'a>>,
    leverage: Option<Num<'a>>,
    margin_type: Option<Num<'a>>,
}

/// True when a symbol is that of the instrument.
fn is_of(symbol: &Num<'_>, id: InstrumentId, directory: &Directory) -> bool {
    let found = directory.symbol(symbol.text());
    found.is_ok_and(|listed| listed.instrument.id == id)
}

/// `symbolConfig`: a list, with what was asked for in it.
pub(super) fn settings(
    text: &str,
    id: InstrumentId,
    directory: &Directory,
) -> Result<Answer, WireError> {
    let all: Vec<SymbolConfig<'_>> = read("settings", text)?;
    let mut all = all.iter();
    let one = all.find(|it| {
        it.symbol
            .as_ref()
            .is_some_and(|it| is_of(it, id, directory))
    });
    let one = need("settings", "symbol", one)?;
    config(one, directory)
}

/// The answer to a change of leverage.
pub(super) fn leverage(text: &str, directory: &Directory) -> Result<Answer, WireError> {
    config(&read("a leverage", text)?, directory)
}

fn config(it: &SymbolConfig<'_>, directory: &Directory) -> Result<Answer, WireError> {
    let symbol = need("settings", "symbol", it.symbol.as_ref())?;
    let leverage = need("settings", "leverage", it.leverage.as_ref())?.count("leverage")?;
    Ok(Answer::Settings(Settings {
        instrument: Some(directory.symbol(symbol.text())?.instrument.id),
        leverage: u32::try_from(leverage).ok(),
        margin_mode: it
            .margin_type
            .as_ref()
            .and_then(|it| margin_mode(it.text())),
        ..Settings::default()
    }))
}

/// `positionSide/dual`.
pub(super) fn position_mode(text: &str) -> Result<Answer, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told {
        dual_side_position: bool,
    }
    let told: Told = read("a position mode", text)?;
    Ok(Answer::Settings(Settings {
        position_mode: Some(match told.dual_side_position {
            true => PositionMode::Hedge,
            false => PositionMode::OneWay,
        }),
        ..Settings::default()
    }))
}

/// `leverageBracket`: one symbol's, or a list with it.
pub(super) fn tiers(
    text: &str,
    id: InstrumentId,
    directory: &Directory,
) -> Result<Answer, WireError> {
    #[derive(Deserialize)]
    struct Told<'a> {
        #[serde(borrow)]
        symbol: Num<'a>,
        brackets: Vec<Bracket<'a>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Bracket<'a> {
        #[serde(borrow)]
        initial_leverage: Num<'a>,
        notional_cap: Num<'a>,
        maint_margin_ratio: Num<'a>,
    }
    let all: Vec<Told<'_>> = match text.trim_start().starts_with('[') {
        true => read("margin tiers", text)?,
        false => vec![read("margin tiers", text)?],
    };
    let told = all.iter().find(|it| is_of(&it.symbol, id, directory));
    let told = need("margin tiers", "symbol", told)?;
    let mut tiers = Vec::with_capacity(told.brackets.len());
    for it in &told.brackets {
        let leverage = it.initial_leverage.count("initialLeverage")?;
        tiers.push(MarginTier {
            up_to: it.notional_cap.money("notionalCap")?,
            maintenance: it.maint_margin_ratio.money("maintMarginRatio")?,
            max_leverage: u32::try_from(leverage).unwrap_or(u32::MAX),
        });
    }
    tiers.sort_by_key(|tier| tier.up_to);
    Ok(Answer::Tiers(id, tiers))
}

/// `account/commission` of spot, whose parts are added, and `commissionRate` of futures.
pub(super) fn fees(text: &str, directory: &Directory) -> Result<Answer, WireError> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Told<'a> {
        #[serde(borrow)]
        symbol: Option<Num<'a>>,
        maker_commission_rate: Option<Num<'a>>,
        taker_commission_rate: Option<Num<'a>>,
        standard_commission: Option<Part<'a>>,
        special_commission: Option<Part<'a>>,
        tax_commission: Option<Part<'a>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Part<'a> {
        #[serde(borrow)]
        maker: Option<Num<'a>>,
        taker: Option<Num<'a>>,
    }
    let told: Told<'_> = read("fees", text)?;
    let mut maker = some(told.maker_commission_rate.as_ref(), |it| it.money("maker"))?;
    let mut taker = some(told.taker_commission_rate.as_ref(), |it| it.money("taker"))?;
    let parts = [
        told.standard_commission,
        told.special_commission,
        told.tax_commission,
    ];
    for part in parts.iter().flatten() {
        let add = |sum: Option<Money>, more: Money| Some(sum.unwrap_or(Money::ZERO) + more);
        maker = add(maker, amount(&part.maker, "maker")?);
        taker = add(taker, amount(&part.taker, "taker")?);
    }
    let symbol = told.symbol.as_ref().map(|it| directory.symbol(it.text()));
    Ok(Answer::Fees(FeeReport {
        instrument: symbol.transpose()?.map(|listed| listed.instrument.id),
        maker: need("fees", "maker", maker)?,
        taker: need("fees", "taker", taker)?,
    }))
}

/// `income`: funding that was paid or received.
pub(super) fn income(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
) -> Result<Vec<FundingReport>, WireError> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Income<'a> {
        #[serde(borrow)]
        symbol: Option<Num<'a>>,
        income_type: Option<Num<'a>>,
        income: Option<Num<'a>>,
        asset: Option<Num<'a>>,
        tran_id: Option<Num<'a>>,
        time: Option<Num<'a>>,
    }
    const ENTRY: &str = "an entry of income";
    let all: Vec<Income<'_>> = read("income", text)?;
    let mut found = Vec::new();
    for it in &all {
        let kind = it.income_type.as_ref().map_or("", |it| it.text());
        if kind != "FUNDING_FEE" {
            counts.add(Unused::NotNeeded, kind);
            continue;
        }
        let asset = need(ENTRY, "asset", it.asset.as_ref())?;
        let symbol = it
            .symbol
            .as_ref()
            .and_then(|it| directory.symbol(it.text()).ok());
        let id = it.tran_id.as_ref().map_or(0, |it| trade_number(it.text()));
        let at: Ts = time(it.time.as_ref())?;
        found.push(FundingReport {
            instrument: symbol.map(|listed| listed.instrument.id),
            asset: directory.asset(asset.text())?,
            amount: need(ENTRY, "income", it.income.as_ref())?.money("income")?,
            id,
            at,
        });
    }
    Ok(found)
}
