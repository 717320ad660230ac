//! All files of a call, read once before any row is stored: instrument lists, order books, decimals, and which
//! file a book goes with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use onetape_core::time::Ts;

use super::line::{CaptureLine, Place, Request};
use super::rules::{self, Rules};
use crate::catalog::Series;
use crate::error::{Error, Result};
use crate::import::infer::Decimals;
use crate::import::text::{TextLines, line_error};
use crate::import::told::{self, Broken, Read, Told};

pub(super) const MEND: &str = "mend or remove the line";

/// What all files tell.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) files: Vec<CaptureFile>,
    pub(super) rules: BTreeMap<Series, Rules>,
    pub(super) books: Vec<Book>,
    pub(super) scales: BTreeMap<Series, Decimals>,
}

/// What one file is.
#[derive(Default)]
pub(super) struct CaptureFile {
    pub(super) path: PathBuf,
    pub(super) hash: String,
    pub(super) lines: u64,
    /// Instruments that it lists.
    pub(super) listed: u64,
    /// Venues of which messages came, as opposed to answers.
    pub(super) venues: BTreeSet<&'static str>,
    /// Series with depth messages.
    depth: BTreeSet<Series>,
    pub(super) passed_over: BTreeMap<String, u64>,
}

/// An order book that was asked for.
pub(super) struct Book {
    pub(super) place: Place,
    pub(super) series: Series,
    pub(super) ts: Ts,
    pub(super) text: String,
    /// Of [`Survey::files`], the one that it is in, and its line.
    pub(super) file: usize,
    pub(super) line: u64,
    /// The one that it is stored with.
    pub(super) owner: usize,
}

impl Survey {
    pub(super) fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut survey = Self::default();
        for path in paths {
            survey.answers(path)?;
        }
        for at in 0..survey.files.len() {
            survey.messages(at)?;
        }
        survey.own();
        survey.scales_of_books()?;
        Ok(survey)
    }

    /// Reads what was asked for by REST: instrument lists are needed before quantities can be read.
    fn answers(&mut self, path: &Path) -> Result<()> {
        let mut file = CaptureFile {
            path: path.to_path_buf(),
            ..CaptureFile::default()
        };
        let mut lines = TextLines::open(path)?;
        while let Some(line) = lines.next()? {
            let read = CaptureLine::read(line.text)
                .ok_or_else(|| line.error("the line is none of a cryptofeed capture", MEND))?;
            let CaptureLine::Answer { url, ts, text } = read else {
                continue;
            };
            let place = Place::of(url).ok_or_else(|| unknown(path, line.number, url))?;
            match Request::of(url) {
                Request::Rules => {
                    let list = rules::read(place, text).map_err(|why| line.error(why, MEND))?;
                    file.listed += list.len() as u64;
                    for rules in list {
                        self.rules.insert(rules.record().series(), rules);
                    }
                }
                Request::Book(symbol) => self.books.push(Book {
                    place,
                    series: Series {
                        venue: place.venue().to_string(),
                        symbol: symbol.to_string(),
                    },
                    ts,
                    text: text.to_string(),
                    file: self.files.len(),
                    line: line.number,
                    owner: self.files.len(),
                }),
                Request::Other(name) => *file.passed_over.entry(name.to_string()).or_default() += 1,
            }
        }
        file.lines = lines.number();
        file.hash = lines.hash()?;
        self.files.push(file);
        Ok(())
    }

    /// Looks at the messages of a file: whose they are, and with how many decimals.
    fn messages(&mut self, at: usize) -> Result<()> {
        let path = self.files[at].path.clone();
        each_message(&path, &mut |message| {
            self.files[at].venues.insert(message.place.venue());
            for told in message.read.iter().flatten() {
                let series = message
                    .series(told)
                    .map_err(|why| line_error(&path, message.number, why, MEND))?;
                if let told::What::Depth { .. } = told.what {
                    self.files[at].depth.insert(series.clone());
                }
                self.see(series, told);
            }
            Ok(())
        })?;
        Ok(())
    }

    fn see(&mut self, series: Series, told: &Told<'_>) {
        let size = self.rules.get(&series).and_then(|rules| rules.size);
        let scale = self.scales.entry(series).or_default();
        told.see(scale, |qty| match &size {
            Some(size) => size.base_units(qty),
            None => Some(qty.to_string()),
        });
    }

    /// A book goes with the file that has the changes of it, else with one of its venue, else it stays alone.
    fn own(&mut self) {
        for book in &mut self.books {
            let venue = book.place.venue();
            let with = |found: &dyn Fn(&CaptureFile) -> bool| self.files.iter().position(found);
            book.owner = with(&|file| file.depth.contains(&book.series))
                .or_else(|| with(&|file| file.venues.contains(venue)))
                .unwrap_or(book.file);
        }
        self.books
            .sort_by_key(|book| (book.ts, book.file, book.line));
    }

    fn scales_of_books(&mut self) -> Result<()> {
        for at in 0..self.books.len() {
            let book = &self.books[at];
            let text = book.text.clone();
            let told = (book.told_in(&text))
                .map_err(|why| line_error(&self.files[book.file].path, book.line, why, MEND))?;
            self.see(self.books[at].series.clone(), &told);
        }
        Ok(())
    }
}

impl Book {
    /// The order book as a message.
    pub(super) fn told(&self) -> Result<Told<'_>, Broken> {
        self.told_in(&self.text)
    }

    fn told_in<'a>(&self, text: &'a str) -> Result<Told<'a>, Broken> {
        match self.place {
            Place::Gate(_) => told::of_gate_snapshot(text),
            Place::Binance(_) => match told::of_binance(text)? {
                Ok(list) => list.into_iter().next().ok_or_else(|| "nothing".to_string()),
                Err(_) => Err("the answer is no order book".to_string()),
            },
        }
    }
}

/// One message.
pub(super) struct Message<'a> {
    pub(super) number: u64,
    pub(super) ts: Ts,
    pub(super) place: Place,
    pub(super) read: Read<'a>,
    /// Bytes of the file that were read so far.
    pub(super) bytes: u64,
}

impl Message<'_> {
    /// The series of what was told; the connection tells the venue, and the message must not tell another one.
    pub(super) fn series(&self, told: &Told<'_>) -> Result<Series, Broken> {
        let venue = self.place.venue();
        if let Some(found) = told.venue.filter(|found| *found != venue) {
            return Err(format!("a message of {found} on a connection to {venue}"));
        }
        Ok(Series {
            venue: venue.to_string(),
            symbol: (told.symbol.clone()).ok_or("a message that does not tell its symbol")?,
        })
    }
}

/// Reads the messages of a file one by one; returns the file's hash.
pub(super) fn each_message(
    path: &Path,
    take: &mut dyn FnMut(&Message<'_>) -> Result<()>,
) -> Result<String> {
    let mut lines = TextLines::open(path)?;
    let mut place = None;
    loop {
        let bytes = lines.bytes();
        let Some(line) = lines.next()? else { break };
        match CaptureLine::read(line.text) {
            Some(CaptureLine::Opened { url } | CaptureLine::Sent { url }) => {
                let found = Place::of(url).ok_or_else(|| unknown(path, line.number, url))?;
                place = Some(found);
            }
            Some(CaptureLine::Message { ts, text }) => {
                let place = place.ok_or_else(|| {
                    let what = "a message before any line that names a connection";
                    line.error(what, "import the file from its start")
                })?;
                let read = match place {
                    Place::Binance(_) => told::of_binance(text),
                    Place::Gate(_) => told::of_gate(text),
                };
                take(&Message {
                    number: line.number,
                    ts,
                    place,
                    read: read.map_err(|why| line.error(why, MEND))?,
                    bytes,
                })?;
            }
            Some(CaptureLine::Answer { .. } | CaptureLine::Configuration) => {}
            None => return Err(line.error("the line is none of a cryptofeed capture", MEND)),
        }
    }
    lines.hash()
}

fn unknown(path: &Path, line: u64, url: &str) -> Error {
    line_error(
        path,
        line,
        format!("{url} is of no venue that is known"),
        "import captures of Binance and Gate; leave the file out",
    )
}
