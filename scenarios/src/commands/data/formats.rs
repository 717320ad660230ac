//! `onetape data formats`: what can be imported.

use std::io::Write;

use clap::ValueEnum as _;
use onetape_data::catalog::Kind;
use serde::Serialize;

use super::import::Format;

/// `onetape data formats …`
#[derive(Clone, Debug, clap::Args)]
pub struct FormatsArgs {
    /// Print one JSON document on stdout.
    #[arg(long)]
    pub json: bool,
}

/// A format, for people.
#[derive(Serialize)]
struct Entry {
    name: String,
    takes: &'static str,
    /// Rows that it gives.
    kinds: &'static [Kind],
    example: &'static str,
}

impl Entry {
    fn of(format: Format) -> Self {
        let (takes, kinds, example) = about(format);
        Self {
            name: (format.to_possible_value())
                .map_or_else(String::new, |value| value.get_name().to_string()),
            takes,
            kinds,
            example,
        }
    }
}

const fn about(format: Format) -> (&'static str, &'static [Kind], &'static str) {
    match format {
        Format::BinanceRaw => (
            "Binance's combined stream as it came, plain or gzip: on each line the receive time (ns, us or ms), a \
             blank, the message; depth snapshots as REST gives them",
            &[
                Kind::Quote,
                Kind::Depth,
                Kind::Trade,
                Kind::Mark,
                Kind::Funding,
            ],
            "onetape data import binance-raw btcusdt_20240808.gz --catalog catalog",
        ),
        Format::BinanceVision => (
            "archives of data.binance.vision (bookTicker, aggTrades, trades, klines, fundingRate), zip, csv.gz or \
             csv, under their own names; rows are stamped with the venue's time, bars at their close, funding at \
             its settlement",
            &[Kind::Quote, Kind::Trade, Kind::Funding, Kind::Bar],
            "onetape data import binance-vision BTCUSDT-aggTrades-2024-08-08.zip --venue binance-usdm --catalog catalog",
        ),
        Format::Tardis => (
            "CSV files of tardis.dev (quotes, book_ticker, trades, incremental_book_L2, derivative_ticker), gzip or \
             plain, each with its header; rows are stamped with local_timestamp",
            &[
                Kind::Quote,
                Kind::Depth,
                Kind::Trade,
                Kind::Mark,
                Kind::Funding,
                Kind::Interest,
            ],
            "onetape data import tardis binance-futures_trades_2024-08-08_BTCUSDT.csv.gz --catalog catalog",
        ),
        Format::Hftbacktest => (
            "event arrays of hftbacktest (version 2), .npy, or .npz with one array in it; both stamps are kept",
            &[Kind::Depth, Kind::Trade],
            "onetape data import hftbacktest btcusdt.npz --instrument binance-usdm:BTCUSDT --tick 0.1 --lot 0.001 \
             --catalog catalog",
        ),
        Format::Cryptofeed => (
            "captures of cryptofeed's recorder of Binance (spot, USD-margined futures) and Gate (spot, USDT futures): \
             on each line the receive time in seconds and the message; all files of a capture in one call, because \
             the instrument lists give the rules and the contracts' sizes, and the order books by REST go with the \
             messages that change them; single or aggregated trades, tickers with sizes as quotes; candles and \
             tickers without sizes are counted and passed over",
            &[
                Kind::Quote,
                Kind::Depth,
                Kind::Trade,
                Kind::Mark,
                Kind::Funding,
            ],
            "onetape data import cryptofeed GATEIO.0.gz GATEIO.http.0.0.gz GATEIO.ws.1.0.gz --catalog catalog",
        ),
        Format::Frames => (
            "samples of messages in JSON lines: {\"exchange\": \"binance\" or \"gate\", \"message\": \"…\"}, or \
             {\"hex\": \"…\"}, a protobuf frame of MEXC; no receive time is known, so rows are stamped with the \
             venue's own time and what has none is set aside; what is not stored is counted by its reason",
            &[
                Kind::Quote,
                Kind::Depth,
                Kind::Trade,
                Kind::Mark,
                Kind::Funding,
            ],
            "onetape data import frames frames.jsonl --catalog catalog",
        ),
        Format::Table => (
            "any CSV (plain, gzip or zip) or Parquet through a mapping file, which says what the columns are; see \
             scenarios/tables",
            &Kind::ALL,
            "onetape data import table ohlcv_funding_8h.csv.gz --map scenarios/tables/carry_8h.toml --catalog catalog",
        ),
        Format::Instruments => (
            "[[instrument]] tables in TOML: the rules of instruments, stated",
            &[],
            "onetape data import instruments instruments.toml --catalog catalog",
        ),
    }
}

/// Runs the command; returns the exit code.
///
/// # Errors
/// When `out` cannot be written.
pub fn run(args: &FormatsArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let formats: Vec<Entry> = Format::value_variants()
        .iter()
        .map(|format| Entry::of(*format))
        .collect();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&formats)?)?;
        return Ok(0);
    }
    for (at, format) in formats.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", format.name)?;
        writeln!(out, "  takes    {}", format.takes)?;
        if !format.kinds.is_empty() {
            let kinds: Vec<&str> = format.kinds.iter().map(|kind| kind.name()).collect();
            writeln!(out, "  gives    {}", kinds.join(", "))?;
        }
        writeln!(out, "  example  {}", format.example)?;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Import {
        #[command(flatten)]
        _args: super::super::import::ImportArgs,
    }

    fn shown(json: bool) -> String {
        let mut out = Vec::new();
        assert_eq!(run(&FormatsArgs { json }, &mut out).unwrap(), 0);
        String::from_utf8(out).unwrap()
    }

    /// An example that is typed in is understood.
    #[test]
    fn examples_are_imports_of_their_format() {
        let value: serde_json::Value = serde_json::from_str(&shown(true)).unwrap();
        let formats = value.as_array().unwrap();
        assert_eq!(formats.len(), Format::value_variants().len());
        for format in formats {
            let (name, example) = (
                format["name"].as_str().unwrap(),
                format["example"].as_str().unwrap(),
            );
            let words = example.strip_prefix("onetape data ").unwrap().split(' ');
            assert_eq!(words.clone().nth(1), Some(name));
            Import::try_parse_from(words).unwrap();
        }
    }

    #[test]
    fn every_format_is_told() {
        let text = shown(false);
        for format in Format::value_variants() {
            let name = Entry::of(*format).name;
            assert!(text.contains(&format!("{name}\n  takes ")), "{text}");
        }
        assert!(
            text.contains("gives    quote, trade, funding, bar\n"),
            "{text}"
        );
    }
}
