//! Files of tables imported, and what is then in the Parquet files, read by nothing of ours.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use onetape_data::catalog::{Catalog, Kind};
use onetape_data::import::{ImportReport, Options};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use crate::common::contents;

/// An importer.
pub(crate) type Import = fn(
    &mut Catalog,
    &[PathBuf],
    &Options,
    &mut dyn FnMut(u64, u64),
) -> onetape_data::Result<ImportReport>;

/// A directory with a catalogue and sources.
pub(crate) struct Shop {
    dir: tempfile::TempDir,
    import: Import,
}

impl Shop {
    pub(crate) fn new(import: Import) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            import,
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("catalog")
    }

    /// Puts a file into the directory, with the folders that its name has.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn run(&self, paths: &[PathBuf], options: &Options) -> Result<ImportReport, String> {
        let mut catalog = Catalog::open_or_create(&self.root()).map_err(|why| why.to_string())?;
        (self.import)(&mut catalog, paths, options, &mut |_, _| ()).map_err(|why| why.to_string())
    }

    /// States an instrument with prices of 2 and quantities of 3 decimals.
    pub(crate) fn define(&self, name: &str, kind: &str) {
        let value = if kind == "inverse" {
            "contract_value = \"100\""
        } else {
            ""
        };
        let text = format!(
            "[[instrument]]\nname = \"{name}\"\nkind = \"{kind}\"\nbase = \"BTC\"\nquote = \"USD\"\n\
             price_decimals = 2\nqty_decimals = 3\ntick = \"0.01\"\nlot = \"0.001\"\n\
             min_qty = \"0.001\"\nmin_notional = \"0\"\n{value}\n"
        );
        let path = self.file("instruments.toml", text);
        let mut catalog = Catalog::open_or_create(&self.root()).unwrap();
        onetape_data::import::instruments(&mut catalog, &[path]).unwrap();
    }

    /// Imports one file.
    pub(crate) fn take(&self, name: &str, text: &str) -> ImportReport {
        let path = self.file(name, text);
        self.run(&[path], &Options::default()).unwrap()
    }

    /// A file that is refused with these words, beside a good one, in one line; the catalogue is as it was.
    pub(crate) fn refuses(&self, good: (&str, &str), bad: (&str, &[u8]), says: &[&str]) {
        let before = contents_or_nothing(&self.root());
        let paths = [self.file(good.0, good.1), self.file(bad.0, bad.1)];
        let why = self.run(&paths, &Options::default()).unwrap_err();
        for part in [&[bad.0], says].concat() {
            assert!(why.contains(part), "{part:?} is not in {why:?}");
        }
        assert!(!why.contains('\n'), "one line: {why}");
        assert_eq!(contents_or_nothing(&self.root()), before);
    }

    /// The rows of a kind: their cells, in the order of the columns.
    pub(crate) fn rows(&self, instrument: &str, kind: Kind) -> Vec<String> {
        let catalog = Catalog::open(&self.root()).unwrap();
        let series = catalog.instrument(instrument).unwrap().series();
        let files = catalog.files(&series, kind);
        let mut rows = Vec::new();
        for file in files {
            let reader =
                SerializedFileReader::new(File::open(catalog.path(file)).unwrap()).unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let row = row.unwrap();
                let cells = row.get_column_iter().map(|(_, value)| {
                    // Decimals without places are printed with a point at their end.
                    let text = value.to_string();
                    text.strip_suffix('.').map_or(text.clone(), str::to_string)
                });
                rows.push(cells.collect::<Vec<_>>().join(" "));
            }
        }
        rows
    }
}

fn contents_or_nothing(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    match root.exists() {
        true => contents(root),
        false => Vec::new(),
    }
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap()
}

/// A zip archive of one file, as it is made by other programs.
pub(crate) fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(text.as_bytes()).unwrap();
    let packed = deflate.finish().unwrap();
    let mut about = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
    for number in [crc.sum(), packed.len() as u32, text.len() as u32] {
        about.extend(number.to_le_bytes());
    }
    about.extend((name.len() as u16).to_le_bytes());
    about.extend([0, 0]);
    let local = [b"PK\x03\x04", about.as_slice(), name.as_bytes()].concat();
    let directory = [
        b"PK\x01\x02\x14\x00",
        about.as_slice(),
        &[0; 14],
        name.as_bytes(),
    ]
    .concat();
    let mut all = [local, packed].concat();
    let at = all.len() as u32;
    all.extend(&directory);
    all.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    all.extend((directory.len() as u32).to_le_bytes());
    all.extend(at.to_le_bytes());
    all.extend([0, 0]);
    all
}
