//! `frames`: samples of venues' messages in JSON lines, as projects that test decoders keep them: on each line an
//! `exchange` and a `message` as text, or a protobuf frame as `hex` (of MEXC). What else is on a line counts only
//! where a message does not tell its market: a `case` such as `inverse_swap`.
//!
//! Nobody knows when such a message was received. Rows are stamped with the venue's own time, and what has none is
//! set aside; delays cannot be read from them. They are samples and no stream, so missing messages are no fault.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use onetape_adapters::{binance, mexc};
use onetape_core::time::Ts;
use serde::Deserialize;

use super::convert::Accept;
use super::feed::Feed;
use super::infer::{self, Decimals};
use super::report::{ImportReport, SourceReport};
use super::sources::{Importer, Options, Source, import_sources};
use super::text::{TextLines, line_error};
use super::told::{self, Read, Told, What};
use crate::catalog::{Catalog, Kind, Row, RowSink as _, Series, Transaction};
use crate::error::{Error, Result};

const MEND: &str = "mend or remove the line";

/// Imports files of samples as one transaction: all of them, or none. What of them cannot be stored is counted by
/// its reason.
///
/// # Errors
/// When a source cannot be read, a line of it is no sample, a price cannot be, or the catalogue cannot be written.
/// The catalogue is then as it was.
pub fn frames(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    if let (Some(_), Some(path)) = (&options.venue, paths.first()) {
        return Err(Error::Source {
            file: path.clone(),
            what: "every sample tells its venue".to_string(),
            fix: "leave --venue out".to_string(),
        });
    }
    let mut samples = Samples {
        accept: Accept {
            gaps: true,
            ..options.accept
        },
        scales: BTreeMap::new(),
    };
    import_sources(catalog, paths, options.replace, &mut samples, progress)
}

/// One line.
#[derive(Deserialize)]
struct Sample {
    exchange: Option<String>,
    #[serde(default)]
    case: String,
    message: Option<String>,
    hex: Option<String>,
}

struct Samples {
    accept: Accept,
    /// Decimals by series, of all sources of the call.
    scales: BTreeMap<Series, Decimals>,
}

impl Importer for Samples {
    fn look(&mut self, source: &Source<'_>, _known: &Transaction<'_>) -> Result<()> {
        each_sample(source.path, &mut |_, read| {
            for (series, told, _) in read.iter().flatten() {
                let scale = self.scales.entry(series.clone()).or_default();
                told.see(scale, |qty| Some(qty.to_string()));
            }
            Ok(())
        })?;
        Ok(())
    }

    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let mut feeds: BTreeMap<Series, Feed> = BTreeMap::new();
        let mut rows: Vec<(Row, Series)> = Vec::new();
        let mut aside: BTreeMap<String, u64> = BTreeMap::new();
        let (scales, accept) = (&self.scales, self.accept);
        let (lines, hash) = each_sample(source.path, &mut |line, read| {
            let mut reason = |reason: &str| *aside.entry(reason.to_string()).or_default() += 1;
            let list = match read {
                Ok(list) => list,
                Err(why) => {
                    reason(why);
                    return Ok(());
                }
            };
            // A line counts once, however many entries it has.
            let mut counted = false;
            for (series, told, ts) in list {
                if !feeds.contains_key(series) {
                    match define(series, scales, to) {
                        Ok(feed) => drop(feeds.insert(series.clone(), feed)),
                        Err(why) => {
                            if !std::mem::replace(&mut counted, true) {
                                reason(&why);
                            }
                            continue;
                        }
                    }
                }
                let Some(feed) = feeds.get_mut(series) else {
                    continue;
                };
                let made = feed
                    .rows(told, *ts, line, accept)
                    .map_err(|bad| line_error(source.path, line, bad.what, bad.fix))?;
                rows.extend(made.into_iter().map(|row| (row, series.clone())));
            }
            Ok(())
        })?;
        progress(source.bytes);
        source.check_unchanged(&hash)?;
        rows.sort_by_key(|(row, _)| (row.ts(), row.place()));
        for (row, series) in rows {
            let line = row.place();
            to.row(&series, row).map_err(|why| match why {
                Error::Row { what, .. } => line_error(source.path, line, what, MEND),
                other => other,
            })?;
        }
        for (series, feed) in &feeds {
            to.note_words(series, Kind::Trade, feed.report.trade_x_types.clone());
        }
        report.lines = lines;
        report.ignored = aside.values().sum();
        report.passed_over = aside;
        report.series = feeds.into_values().map(|feed| feed.report).collect();
        Ok(())
    }
}

/// A series by its definition, or one made from what was seen; else why there is none.
fn define(
    series: &Series,
    scales: &BTreeMap<Series, Decimals>,
    to: &mut Transaction<'_>,
) -> std::result::Result<Feed, String> {
    if series.venue == "gate-usdt" {
        // A definition has base units alone, and here quantities are contracts.
        return Err("gate-usdt: nothing tells how much a contract is".to_string());
    }
    if to.definition(series).is_none() {
        let kind = match series.venue.as_str() {
            "binance-usdm" => "linear",
            "binance-spot" | "gate-spot" | "mexc-spot" => "spot",
            venue => return Err(format!("{venue}: the contract's value is not defined")),
        };
        let seen = scales.get(series).copied().unwrap_or(infer::OF_MARKS);
        let record = infer::define_as(&series.venue, kind, &series.symbol, seen);
        to.define(record).map_err(|why| why.to_string())?;
    }
    let record = to.definition(series);
    record
        .map(|record| Feed::new(record, None))
        .ok_or_else(|| format!("{} is not defined", series.instrument()))
}

/// Messages with their series and stamps, or why there is none.
type Stamped<'a> = std::result::Result<Vec<(Series, Told<'a>, Ts)>, String>;

/// Reads the samples of a file one by one; returns the lines that there are, and the file's hash.
fn each_sample(
    path: &Path,
    take: &mut dyn FnMut(u64, &Stamped<'_>) -> Result<()>,
) -> Result<(u64, String)> {
    let mut lines = TextLines::open(path)?;
    while let Some(line) = lines.next()? {
        let sample: Sample = serde_json::from_str(line.text)
            .map_err(|why| line.error(format!("the line is no sample: {why}"), MEND))?;
        let bytes = match &sample.hex {
            Some(hex) => unhex(hex)
                .ok_or_else(|| line.error("hex is not an even number of hex digits", MEND))?,
            None => Vec::new(),
        };
        let push = mexc::decode(&bytes).map_err(|why| why.to_string());
        let read = match (sample.exchange.as_deref(), &sample.message) {
            (None | Some("mexc"), None) if sample.hex.is_some() => of_mexc(&push),
            (Some("binance"), Some(text)) => told::of_binance(text),
            (Some("gate"), Some(text)) => told::of_gate(text),
            (Some(other), Some(_)) => Ok(Err(format!("messages of {other} in JSON"))),
            _ => {
                let what = "the line has neither an exchange with a message nor hex";
                return Err(line.error(what, MEND));
            }
        };
        let venue = sample.exchange.as_deref().unwrap_or("mexc");
        take(line.number, &stamped(venue, &sample.case, read))?;
    }
    Ok((lines.number(), lines.hash()?))
}

fn stamped<'a>(
    exchange: &str,
    case: &str,
    read: std::result::Result<Read<'a>, String>,
) -> Stamped<'a> {
    let list = match read {
        Ok(Ok(list)) => list,
        Ok(Err(channel)) if channel.starts_with("messages of") => return Err(channel),
        Ok(Err(channel)) => return Err(format!("{exchange}: {channel}")),
        Err(why) => return Err(format!("{exchange}: not understood: {why}")),
    };
    let mut stamped = Vec::new();
    for told in list {
        let by_case = (exchange == "binance").then(|| market(case)).flatten();
        let venue = by_case.map(binance::Market::venue).or(told.venue);
        let (Some(venue), Some(symbol)) = (venue, told.symbol.clone()) else {
            return Err(format!("{exchange}: the message does not tell whose it is"));
        };
        let Some(ts) = told.time else {
            return Err(format!("{exchange}: no time of the venue"));
        };
        let series = Series {
            venue: venue.to_string(),
            symbol,
        };
        // The stamp is no second clock.
        stamped.push((series, Told { time: None, ..told }, ts));
    }
    Ok(stamped)
}

/// Old messages of coin-margined futures look like those of the others.
fn market(case: &str) -> Option<binance::Market> {
    match case.split('_').next()? {
        "spot" => Some(binance::Market::Spot),
        "linear" => Some(binance::Market::Usdm),
        "inverse" => Some(binance::Market::Coinm),
        _ => None,
    }
}

fn of_mexc(
    push: &std::result::Result<mexc::proto::Push, String>,
) -> std::result::Result<Read<'_>, String> {
    use mexc::proto::Body;
    let push = push.as_ref().map_err(String::clone)?;
    let top = match &push.body {
        Some(Body::AggreBookTicker(top)) => top,
        body => {
            let number = body.as_ref().map_or(0, Body::number);
            return Ok(Err(format!("frames with body {number}")));
        }
    };
    let millis = top.last_order_create_time.or(push.send_time);
    let side = |price: &'_ str| !price.is_empty();
    let (bid, ask) = (&top.bid_price, &top.ask_price);
    Ok(Ok(vec![Told {
        venue: Some("mexc-spot"),
        symbol: push.symbol.clone(),
        time: (millis.and_then(|millis| millis.checked_mul(1_000_000))).map(Ts::from_nanos),
        what: What::Quote {
            id: (top.version.as_deref())
                .and_then(|version| version.parse().ok())
                .unwrap_or_default(),
            bid: side(bid).then_some((bid.as_str(), top.bid_quantity.as_str())),
            ask: side(ask).then_some((ask.as_str(), top.ask_quantity.as_str())),
        },
    }]))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks(2)
            .map(|pair| (pair[0] * 16 + pair[1]) as u8)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_or_refused() {
        assert_eq!(unhex("0aFf"), Some(vec![10, 255]));
        assert_eq!(
            (unhex("0a1"), unhex("zz"), unhex("")),
            (None, None, Some(Vec::new()))
        );
    }
}
