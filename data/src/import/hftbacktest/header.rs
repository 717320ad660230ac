//! The header of a NumPy `.npy` file (format versions 1 to 3), and how an array of hftbacktest's events lies in
//! the bytes behind it.

use std::io::Read;

use super::literal::{Literal, parse};

/// How a `.npy` file starts.
const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// A header that is longer is none: those of event arrays have some 250 bytes.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// The fields that are needed, with their types.
const FIELDS: [(&str, &str); 5] = [
    ("ev", "<u8"),
    ("exch_ts", "<i8"),
    ("local_ts", "<i8"),
    ("px", "<f8"),
    ("qty", "<f8"),
];

/// Where the fields are in a row, and how many rows there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Offsets in the order of `FIELDS`.
    pub(super) offsets: [usize; 5],
    /// Length of a row.
    pub(super) row_bytes: usize,
    /// Number of rows.
    pub(super) rows: u64,
}

/// Why a header cannot be used.
#[derive(Debug)]
pub(super) enum HeaderError {
    /// The file cannot be read.
    Io(std::io::Error),
    /// It is not what is needed: what, and what to do.
    Bad(String, &'static str),
}

const NOT_NPY: &str = "check that this is a NumPy array (.npy, or .npz with one array in it)";
const NOT_V2: &str = "hftbacktest version 2 arrays are read (dtype hftbacktest.data.event_dtype: ev <u8, exch_ts \
                      <i8, local_ts <i8, px <f8, qty <f8, order_id <u8, ival <i8, fval <f8); convert older ones \
                      with hftbacktest.data.utils.migration2";

impl Layout {
    /// Reads a header; the rows follow.
    pub(super) fn read(input: &mut impl Read) -> Result<Self, HeaderError> {
        let mut start = [0; 8];
        exactly(input, &mut start)?;
        if !start.starts_with(MAGIC) {
            return Err(bad("it is not a NumPy array", NOT_NPY));
        }
        let length = match start[6] {
            1 => {
                let mut length = [0; 2];
                exactly(input, &mut length)?;
                usize::from(u16::from_le_bytes(length))
            }
            2 | 3 => {
                let mut length = [0; 4];
                exactly(input, &mut length)?;
                usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX)
            }
            other => {
                let what = format!("its format version {other} is not known");
                return Err(bad(what, "versions 1 to 3 are read"));
            }
        };
        if length > HEADER_BYTES_MAX {
            return Err(bad(
                format!("its header of {length} bytes is none"),
                NOT_NPY,
            ));
        }
        let mut text = vec![0; length];
        exactly(input, &mut text)?;
        let text = String::from_utf8(text).map_err(|_| bad("its header is not text", NOT_NPY))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, HeaderError> {
        let damaged = || bad("its header is damaged", NOT_NPY);
        let header = parse(text).ok_or_else(damaged)?;
        let entry = |name: &str| header.get(name).ok_or_else(damaged);
        if entry("fortran_order")? != &Literal::Bool(false) {
            return Err(bad("it is in Fortran order", "save it in C order"));
        }
        let Literal::List(shape) = entry("shape")? else {
            return Err(damaged());
        };
        let rows = match shape.as_slice() {
            [Literal::Int(rows)] => *rows,
            other => {
                let what = format!("it has {} dimensions, not one", other.len());
                return Err(bad(what, NOT_V2));
            }
        };
        let (offsets, row_bytes) = fields(entry("descr")?)?;
        Ok(Self {
            offsets,
            row_bytes,
            rows,
        })
    }
}

/// Offsets of the fields that are needed, and the length of a row.
fn fields(descr: &Literal) -> Result<([usize; 5], usize), HeaderError> {
    let Literal::List(columns) = descr else {
        let what = match descr {
            Literal::Text(text) => format!("it has no fields, only numbers of type {text:?}"),
            _ => "its dtype cannot be read".to_string(),
        };
        return Err(bad(what, NOT_V2));
    };
    let mut offsets = [None; 5];
    let mut at = 0_usize;
    for column in columns {
        let Literal::List(parts) = column else {
            return Err(bad("its dtype cannot be read", NOT_V2));
        };
        let (name, kind) = match parts.as_slice() {
            [Literal::Text(name), Literal::Text(kind)] => (name.as_str(), kind.as_str()),
            [Literal::Text(name), ..] => {
                let what = format!("field {name} is not a plain number");
                return Err(bad(what, NOT_V2));
            }
            _ => return Err(bad("its dtype cannot be read", NOT_V2)),
        };
        let bytes = width(kind).ok_or_else(|| {
            bad(
                format!("field {name} has the unknown type {kind:?}"),
                NOT_V2,
            )
        })?;
        if let Some(place) = FIELDS.iter().position(|(known, _)| *known == name) {
            let expected = FIELDS[place].1;
            if kind != expected {
                let what = format!("field {name} is of type {kind:?}, not {expected:?}");
                return Err(bad(what, NOT_V2));
            }
            offsets[place] = Some(at);
        }
        at = at.saturating_add(bytes);
    }
    let mut found = [0; 5];
    for (place, offset) in offsets.into_iter().enumerate() {
        let missing = || bad(format!("it has no field {}", FIELDS[place].0), NOT_V2);
        found[place] = offset.ok_or_else(missing)?;
    }
    Ok((found, at))
}

/// Bytes of a type such as `<f8`, `|u1` or the padding `|V4`.
fn width(kind: &str) -> Option<usize> {
    let mut chars = kind.chars();
    let (order, class) = (chars.next()?, chars.next()?);
    let known = "<>|=".contains(order) && "biufcSUVmM?".contains(class);
    let digits = chars.as_str();
    let digits = digits.split_once('[').map_or(digits, |(digits, _)| digits);
    let bytes: usize = digits.parse().ok()?;
    let bytes = if class == 'U' {
        bytes.checked_mul(4)?
    } else {
        bytes
    };
    (known && bytes <= HEADER_BYTES_MAX).then_some(bytes)
}

fn exactly(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), HeaderError> {
    input.read_exact(bytes).map_err(|why| match why.kind() {
        std::io::ErrorKind::UnexpectedEof => bad("it is cut off in its header", NOT_NPY),
        _ => HeaderError::Io(why),
    })
}

fn bad(what: impl Into<String>, fix: &'static str) -> HeaderError {
    HeaderError::Bad(what.into(), fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCR: &str = "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), \
                         ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]";

    fn file(version: u8, header: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        match version {
            1 => bytes.extend((header.len() as u16).to_le_bytes()),
            _ => bytes.extend((header.len() as u32).to_le_bytes()),
        }
        bytes.extend(header.as_bytes());
        bytes
    }

    fn with(descr: &str) -> String {
        format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (7,), }}")
    }

    fn refused(bytes: &[u8]) -> String {
        match Layout::read(&mut &bytes[..]) {
            Err(HeaderError::Bad(what, _)) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headers_of_all_versions_are_read() {
        for version in 1..=3 {
            let layout = Layout::read(&mut file(version, &with(DESCR)).as_slice()).unwrap();
            assert_eq!(layout.offsets, [0, 8, 16, 24, 32]);
            assert_eq!((layout.row_bytes, layout.rows), (64, 7));
        }
        let other = "[('px', '<f8'), ('flag', '|u1'), ('', '|V7'), ('qty', '<f8'), ('ev', '<u8'), \
                     ('local_ts', '<i8'), ('exch_ts', '<i8')]";
        let layout = Layout::read(&mut file(1, &with(other)).as_slice()).unwrap();
        assert_eq!(layout.offsets, [24, 40, 32, 0, 16]);
        assert_eq!(layout.row_bytes, 48);
    }

    #[test]
    fn other_arrays_are_refused() {
        for (descr, what) in [
            ("'<f8'", "no fields, only numbers of type"),
            (
                &DESCR.replace("'px', '<f8'", "'px', '<f4'"),
                "field px is of type \"<f4\"",
            ),
            (
                &DESCR.replace("'ev', '<u8'", "'ev', '>u8'"),
                "field ev is of type \">u8\"",
            ),
            (&DESCR.replace("'qty'", "'size'"), "no field qty"),
            (
                &DESCR.replace("('px', '<f8')", "('px', '<f8', (2,))"),
                "field px is not a plain",
            ),
            (&DESCR.replace("'<u8'", "'<q'"), "unknown type"),
        ] {
            let found = refused(&file(1, &with(descr)));
            assert!(found.contains(what), "{what:?} is not in {found:?}");
        }
        let fortran = with(DESCR).replace("False", "True");
        assert!(refused(&file(1, &fortran)).contains("Fortran"));
        let matrix = with(DESCR).replace("(7,)", "(7, 6)");
        assert!(refused(&file(1, &matrix)).contains("2 dimensions"));
        assert!(refused(&file(9, &with(DESCR))).contains("version 9"));
        assert!(refused(b"PAR1PAR1").contains("not a NumPy array"));
        assert!(refused(b"\x93NUM").contains("cut off"));
        assert!(refused(&file(1, &with(DESCR))[..60]).contains("cut off"));
        assert!(refused(&file(1, "{'descr': [('ev")).contains("damaged"));
    }
}
