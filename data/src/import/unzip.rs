//! The one file of a zip archive, as a stream. What is in an archive is told by the directory at its end; the
//! data are then read from the front, with their checksum.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Take};
use std::path::Path;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

/// How an archive with a file in it starts.
pub(super) const ZIP_MAGIC: [u8; 4] = *b"PK\x03\x04";

const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: u64 = 22;
/// The longest comment behind the end record.
const COMMENT_BYTES_MAX: u64 = 65_535;
/// In front of the end record of an archive that is too large for 32-bit places.
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const LOCATOR_BYTES: usize = 20;
const END_64: [u8; 4] = *b"PK\x06\x06";
const END_64_BYTES: usize = 56;
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;

/// What the directory tells of the one file.
#[derive(Debug)]
pub(super) struct Entry {
    method: u16,
    crc: u32,
    /// As stored; right below 4 GiB.
    packed_bytes: u64,
}

impl Entry {
    /// The only file of the archive at a path; the text says why there is none.
    pub(super) fn only(path: &Path) -> io::Result<Result<Self, &'static str>> {
        let mut file = File::open(path)?;
        let Some((entries, directory)) = end(&mut file)? else {
            return Ok(Err("the zip archive is cut off: it has no directory"));
        };
        if entries != 1 {
            return Ok(Err("the zip archive does not hold exactly one file"));
        }
        let mut head = [0; CENTRAL_BYTES];
        file.seek(SeekFrom::Start(directory))?;
        if read_up_to(&mut file, &mut head)? < head.len() || head[..4] != CENTRAL {
            return Ok(Err("the zip archive's directory is damaged"));
        }
        let entry = Self {
            method: u16_at(&head, 10),
            crc: u32_at(&head, 16),
            packed_bytes: u64::from(u32_at(&head, 20)),
        };
        Ok(match entry.method {
            _ if u16_at(&head, 8) & ENCRYPTED != 0 => Err("the zip archive is encrypted"),
            _ if u32_at(&head, 42) != 0 => Err("the zip archive's file is not at its front"),
            STORED if entry.packed_bytes == u64::from(u32::MAX) => {
                Err("the zip archive holds more than 4 GiB that are not compressed")
            }
            STORED | DEFLATED => Ok(entry),
            _ => Err("the zip archive is not compressed by deflate"),
        })
    }
}

/// Number of entries and place of the directory; none where there is no end record.
fn end(file: &mut File) -> io::Result<Option<(u64, u64)>> {
    let length = file.metadata()?.len();
    let tail_bytes = length.min(END_BYTES + COMMENT_BYTES_MAX + LOCATOR_BYTES as u64);
    file.seek(SeekFrom::Start(length - tail_bytes))?;
    let mut tail = Vec::new();
    file.take(tail_bytes).read_to_end(&mut tail)?;
    let Some(at) = tail
        .windows(END_BYTES as usize)
        .rposition(|record| record[..4] == END)
    else {
        return Ok(None);
    };
    let end = &tail[at..];
    let short = (u64::from(u16_at(end, 10)), u64::from(u32_at(end, 16)));
    let locator = at.checked_sub(LOCATOR_BYTES).map(|start| &tail[start..at]);
    match locator {
        Some(locator) if locator[..4] == LOCATOR => {
            let mut long = [0; END_64_BYTES];
            file.seek(SeekFrom::Start(u64_at(locator, 8)))?;
            let whole = read_up_to(file, &mut long)? == long.len() && long[..4] == END_64;
            Ok(whole.then(|| (u64_at(&long, 32), u64_at(&long, 48))))
        }
        _ => Ok(Some(short)),
    }
}

/// Reads the data of the one file.
pub(super) struct Unzip<R: BufRead> {
    data: Data<R>,
    crc: Crc,
    expected: u32,
}

enum Data<R: BufRead> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<R>),
}

impl<R: BufRead> Unzip<R> {
    /// `raw` stands at the front of the archive.
    pub(super) fn new(mut raw: R, entry: &Entry) -> io::Result<Self> {
        let mut head = [0; LOCAL_BYTES];
        raw.read_exact(&mut head)?;
        let names = u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        io::copy(&mut raw.by_ref().take(names), &mut io::sink())?;
        Ok(Self {
            data: match entry.method {
                STORED => Data::Stored(raw.take(entry.packed_bytes)),
                _ => Data::Deflated(DeflateDecoder::new(raw)),
            },
            crc: Crc::new(),
            expected: entry.crc,
        })
    }

    pub(super) fn get_ref(&self) -> &R {
        match &self.data {
            Data::Stored(data) => data.get_ref(),
            Data::Deflated(data) => data.get_ref(),
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut R {
        match &mut self.data {
            Data::Stored(data) => data.get_mut(),
            Data::Deflated(data) => data.get_mut(),
        }
    }
}

impl<R: BufRead> Read for Unzip<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.data {
            Data::Stored(data) => data.read(bytes)?,
            Data::Deflated(data) => data.read(bytes)?,
        };
        self.crc.update(&bytes[..read]);
        // A stream that is cut off ends like a whole one; its checksum tells.
        if read == 0 && !bytes.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the data in the zip archive are damaged: their checksum is wrong",
            ));
        }
        Ok(read)
    }
}

fn read_up_to(file: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use super::super::bytes::SourceBytes;
    use super::*;

    /// An archive of files, each deflated unless it says `stored`.
    pub(in super::super) fn zip(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (name, bytes, stored) in files {
            let mut crc = Crc::new();
            crc.update(bytes);
            let mut deflate =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            deflate.write_all(bytes).unwrap();
            let packed = match stored {
                true => bytes.to_vec(),
                false => deflate.finish().unwrap(),
            };
            let method = if *stored { STORED } else { DEFLATED };
            let mut head = vec![20, 0, 0, 0, method as u8, 0, 0, 0, 0, 0];
            head.extend(crc.sum().to_le_bytes());
            head.extend((packed.len() as u32).to_le_bytes());
            head.extend((bytes.len() as u32).to_le_bytes());
            head.extend((name.len() as u16).to_le_bytes());
            head.extend([0, 0]);
            directory.extend(CENTRAL);
            directory.extend([20, 0]);
            directory.extend(&head);
            directory.extend([0; 10]);
            directory.extend((out.len() as u32).to_le_bytes());
            directory.extend(name.as_bytes());
            out.extend(ZIP_MAGIC);
            out.extend(head);
            out.extend(name.as_bytes());
            out.extend(packed);
        }
        let (at, length, count) = (out.len() as u32, directory.len() as u32, files.len() as u16);
        out.extend(directory);
        out.extend(END);
        out.extend([0; 4]);
        out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        out.extend([length.to_le_bytes(), at.to_le_bytes()].concat());
        out.extend([0, 0]);
        out
    }

    fn unzip(archive: &[u8]) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), archive).unwrap();
        let mut source = SourceBytes::open(file.path()).map_err(|why| why.to_string())?;
        let mut text = String::new();
        (source.read_to_string(&mut text)).map_err(|why| why.to_string())?;
        let (_, hash) = crate::catalog::hash_file(file.path()).unwrap();
        assert_eq!(source.hash().unwrap(), hash);
        Ok(text)
    }

    #[test]
    fn the_one_file_is_read_deflated_or_stored() {
        let text = "a,b\n1,2\n".repeat(50_000);
        for stored in [false, true] {
            let mut archive = zip(&[("a.csv", text.as_bytes(), stored)]);
            assert_eq!(unzip(&archive).as_ref(), Ok(&text));
            // A comment stands behind the end record.
            let at = archive.len() - 2;
            archive[at..].copy_from_slice(&5u16.to_le_bytes());
            archive.extend(b"hello");
            assert_eq!(unzip(&archive).as_ref(), Ok(&text));
        }
        assert_eq!(unzip(&zip(&[("a.csv", b"", false)])), Ok(String::new()));
    }

    #[test]
    fn archives_that_are_none_say_why() {
        let good = zip(&[("a.csv", &b"abcdefgh".repeat(1_000), false)]);
        let says = |archive: &[u8], text: &str| {
            let why = unzip(archive).unwrap_err();
            assert!(why.contains(text), "{why}");
        };
        says(&good[..good.len() / 2], "cut off");
        says(&good[..good.len() - 1], "cut off");
        says(
            &zip(&[("a.csv", b"a", false), ("b.csv", b"b", false)]),
            "exactly one file",
        );
        // One byte of the data, the method, the flags, the directory's place.
        let central = good.len() - END_BYTES as usize - CENTRAL_BYTES - "a.csv".len();
        for (at, value, text) in [
            (LOCAL_BYTES + 8, 0x55, ""),
            (central + 16, good[central + 16] ^ 1, "checksum"),
            (central + 10, 12, "not compressed by deflate"),
            (central + 8, 1, "encrypted"),
            (good.len() - 6, 0, "directory is damaged"),
        ] {
            let mut bad = good.clone();
            assert_ne!(bad[at], value);
            bad[at] = value;
            says(&bad, text);
        }
    }
}
