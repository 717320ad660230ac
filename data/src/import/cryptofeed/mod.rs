//! `cryptofeed`: captures as cryptofeed's recorder writes them, of Binance and Gate: on each line a receive time in
//! decimal seconds and the message as it came; requests by REST and what was sent with their address.
//!
//! A capture is several files: instrument lists and order books by REST, messages by WebSocket. They are taken
//! together: a list gives the rules of instruments, and an order book is stored with the messages that change it,
//! at its place in time. The answers by REST are held in memory.

mod line;
mod rules;
mod survey;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::line::Place;
use self::survey::{Book, CaptureFile, MEND, Survey, each_message};
use super::feed::Feed;
use super::infer;
use super::report::{ImportReport, SourceReport};
use super::sources::{Importer, Options, PROGRESS_LINES, Source, import_sources};
use super::text::line_error;
use super::told::Told;
use crate::catalog::{Catalog, Kind, RowSink as _, Series, SourceState, Transaction};
use crate::error::{Error, Result};
use onetape_adapters::{binance, gate};
use onetape_core::time::Ts;

/// Imports the files of captures as one transaction: all of them, or none. A source that the catalogue has is
/// passed over. `progress` gets the bytes that were read and the bytes that there are.
///
/// # Errors
/// When a source cannot be read, a line of it cannot be taken, or the catalogue cannot be written. The catalogue
/// is then as it was.
pub fn cryptofeed(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    if let (Some(_), Some(path)) = (&options.venue, paths.first()) {
        return Err(Error::Source {
            file: path.clone(),
            what: "the lines of such a capture tell their venue".to_string(),
            fix: "leave --venue out".to_string(),
        });
    }
    let survey = Survey::of(paths)?;
    let mut captures = Captures {
        survey: &survey,
        options,
    };
    import_sources(catalog, paths, options.replace, &mut captures, progress)
}

struct Captures<'a> {
    survey: &'a Survey,
    options: &'a Options,
}

impl Importer for Captures<'_> {
    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let files = &self.survey.files;
        let Some(at) = files.iter().position(|file| file.path == source.path) else {
            return Err(source.error("it was not there before", "import it again"));
        };
        let file = &files[at];
        source.check_unchanged(&file.hash)?;
        let mut reader = Reader {
            survey: self.survey,
            options: self.options,
            path: source.path,
            feeds: Vec::new(),
            known: BTreeMap::new(),
            place: 0,
            passed_over: file.passed_over.clone(),
        };
        let mut books = (self.survey.books.iter().filter(|book| book.owner == at)).peekable();
        let hash = each_message(source.path, &mut |message| {
            if message.number.is_multiple_of(PROGRESS_LINES) {
                progress(message.bytes);
            }
            while let Some(book) = books.next_if(|book| book.ts <= message.ts) {
                reader.book(book, to)?;
            }
            match &message.read {
                Ok(list) => {
                    reader.place += 1;
                    for told in list {
                        let broken = |why| line_error(source.path, message.number, why, MEND);
                        let series = message.series(told).map_err(broken)?;
                        let origin = (source.path, message.number);
                        reader.store(series, message.place, told, message.ts, origin, to)?;
                    }
                }
                Err(reason) => *reader.passed_over.entry(reason.clone()).or_default() += 1,
            }
            Ok(())
        })?;
        for book in books {
            reader.book(book, to)?;
        }
        source.check_unchanged(&hash)?;
        report.lines = file.lines;
        report.gave = self.gave(at, to);
        reader.end(source, report, to)
    }
}

impl Captures<'_> {
    /// What a file gave that is not stored as rows of its own.
    fn gave(&self, at: usize, to: &Transaction<'_>) -> Option<String> {
        let file = &self.survey.files[at];
        let mut words = Vec::new();
        if file.listed > 0 {
            words.push(format!("the rules of {} instruments", file.listed));
        }
        let mut with: BTreeMap<usize, u64> = BTreeMap::new();
        let elsewhere = |book: &&Book| book.file == at && book.owner != at;
        for book in self.survey.books.iter().filter(elsewhere) {
            *with.entry(book.owner).or_default() += 1;
        }
        for (owner, count) in with {
            words.push(self.books_with(&self.survey.files[owner], count, to));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    fn books_with(&self, owner: &CaptureFile, count: u64, to: &Transaction<'_>) -> String {
        let path = owner.path.display();
        if !self.options.replace && to.source(&owner.hash) == SourceState::Whole {
            return format!(
                "{count} depth snapshots that go with {path}, which was imported before: --replace takes both again"
            );
        }
        format!("{count} depth snapshots, stored with {path}")
    }
}

/// Where a message stands: its file and line.
type Origin<'a> = (&'a Path, u64);

/// One file while it is read.
struct Reader<'a> {
    survey: &'a Survey,
    options: &'a Options,
    path: &'a Path,
    feeds: Vec<Feed>,
    known: BTreeMap<Series, usize>,
    /// Messages so far, order books among them: they come from another file.
    place: u64,
    passed_over: BTreeMap<String, u64>,
}

impl Reader<'_> {
    fn book(&mut self, book: &Book, to: &mut Transaction<'_>) -> Result<()> {
        let path = &self.survey.files[book.file].path;
        let told = book.told();
        let told = told.map_err(|why| line_error(path, book.line, why, MEND))?;
        self.place += 1;
        let series = book.series.clone();
        self.store(series, book.place, &told, book.ts, (path, book.line), to)
    }

    fn store(
        &mut self,
        series: Series,
        place: Place,
        told: &Told<'_>,
        ts: Ts,
        (path, line): Origin<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        let at = match self.known.get(&series) {
            Some(at) => *at,
            None => self.enter(series, place, (path, line), to)?,
        };
        let feed = &mut self.feeds[at];
        let rows = feed
            .rows(told, ts, self.place, self.options.accept)
            .map_err(|bad| line_error(path, line, bad.what, bad.fix))?;
        for row in rows {
            to.row(&feed.series, row).map_err(|why| match why {
                Error::Row { what, .. } => line_error(path, line, what, MEND),
                other => other,
            })?;
        }
        Ok(())
    }

    fn enter(
        &mut self,
        series: Series,
        place: Place,
        (path, line): Origin<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<usize> {
        let rules = self.survey.rules.get(&series);
        if rules.is_none() && place == Place::Gate(gate::Market::Usdt) {
            let what = format!(
                "quantities of {} are contracts, and nothing tells how much one is",
                series.instrument()
            );
            let fix =
                "import it together with the file that has the answer to /futures/usdt/contracts";
            return Err(line_error(path, line, what, fix));
        }
        let seen = self
            .survey
            .scales
            .get(&series)
            .copied()
            .unwrap_or(infer::OF_MARKS);
        if to.definition(&series).is_none() {
            let record = match (rules, place) {
                (Some(rules), _) => Some(rules.with_room(seen)),
                (None, Place::Binance(market)) => {
                    infer::define(market.venue(), market, &series.symbol, seen)
                }
                (None, Place::Gate(gate::Market::Spot)) => {
                    let spot = binance::Market::Spot;
                    infer::define(&series.venue, spot, &series.symbol, seen)
                }
                (None, Place::Gate(_)) => None,
            };
            if let Some(record) = record {
                (to.define(record)).map_err(|why| line_error(path, line, why.to_string(), MEND))?;
            }
        }
        let Some(record) = to.definition(&series) else {
            let what = format!(
                "{} is not defined, and data does not tell its contract's value",
                series.instrument()
            );
            let fix = "define it first by `data import instruments`";
            return Err(line_error(path, line, what, fix));
        };
        let size = rules.and_then(|rules| rules.size);
        self.feeds.push(Feed::new(record, size));
        self.known.insert(series, self.feeds.len() - 1);
        Ok(self.feeds.len() - 1)
    }

    /// Ends the file.
    fn end(
        self,
        source: &Source<'_>,
        report: &mut SourceReport,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        if self.feeds.is_empty() && report.gave.is_none() {
            return Err(source.error(
                format!("no line of {} can be used", self.path.display()),
                "check that this is a capture of cryptofeed",
            ));
        }
        for feed in &self.feeds {
            to.note_words(&feed.series, Kind::Trade, feed.report.trade_x_types.clone());
        }
        report.ignored = self.passed_over.values().sum();
        report.passed_over = self.passed_over;
        report.series = self.feeds.into_iter().map(|feed| feed.report).collect();
        Ok(())
    }
}
