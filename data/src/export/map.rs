//! The mapping file that reads exported CSV back.

use std::fmt::Write;

use super::ExportedFile;
use super::csv;
use super::files::Files;
use crate::catalog::{InstrumentRecord, Kind};
use crate::error::Result;

const NAME: &str = "table.toml";

const HEAD: &str = "# Reads the files beside it back:
#
#     onetape data import table *.csv --map table.toml --catalog DIR
#
# Instruments are told as far as their data need it; their rules come from `onetape data import instruments`.
";

pub(super) fn write(
    wanted: &[(&InstrumentRecord, Vec<Kind>)],
    files: &mut Files,
) -> Result<ExportedFile> {
    let mut text = HEAD.to_string();
    for (record, kinds) in wanted {
        for kind in kinds {
            table(&mut text, record, *kind);
        }
    }
    for (record, _) in wanted {
        instrument(&mut text, record);
    }
    let mut to = files.create(NAME)?;
    to.put(text.as_bytes())?;
    Ok(ExportedFile {
        name: NAME.to_string(),
        rows: text.lines().count() as u64,
        bytes: to.finish()?,
        ..ExportedFile::default()
    })
}

fn table(text: &mut String, record: &InstrumentRecord, kind: Kind) {
    let more = match kind {
        Kind::Bar => ", marks = \"close\"",
        _ => "",
    };
    // Writing to a text cannot fail.
    let _ = write!(
        text,
        "
[[table]]
files = {:?}
kind = {:?}
instrument = {:?}
place = \"place\"
time = {{ column = \"ts_recv\", unit = \"ns\"{more} }}
venue_time = {{ column = \"ts_venue\", unit = \"ns\" }}
",
        csv::name(record, kind),
        kind.name(),
        record.name()
    );
    if kind == Kind::Funding {
        text.push_str("settles_at = { column = \"settles_at\", unit = \"ns\" }\n");
    }
    text.push_str("[table.columns]\n");
    for column in columns(kind) {
        let _ = writeln!(text, "{column} = {column:?}");
    }
    if kind == Kind::Depth {
        text.push_str("message = \"place\"\n");
    }
}

const fn columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Quote => &["update_id", "bid_px", "bid_qty", "ask_px", "ask_qty"],
        Kind::Depth => &[
            "seq_first",
            "seq_last",
            "seq_prev",
            "snapshot",
            "side",
            "px",
            "qty",
        ],
        Kind::Trade => &["trade_id", "px", "qty", "side"],
        Kind::Mark => &["mark", "index"],
        Kind::Funding => &["rate"],
        Kind::Bar => &["span_ns", "open", "high", "low", "close", "volume"],
        Kind::Interest => &["qty"],
        Kind::Status => &["trading"],
        Kind::Feed => &["news"],
    }
}

fn instrument(text: &mut String, record: &InstrumentRecord) {
    let _ = write!(
        text,
        "
[[instrument]]
name = {:?}
kind = {:?}
base = {:?}
quote = {:?}
contract_value = {:?}
price_decimals = {}
qty_decimals = {}
",
        record.name(),
        record.kind,
        record.base,
        record.quote,
        record.contract_value,
        record.price_decimals,
        record.qty_decimals
    );
}
