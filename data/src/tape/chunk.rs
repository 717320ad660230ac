//! One column of a row group in memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};

/// The bytes of a column chunk, told by their places in the file. Its pages are parts of it: read from the file one by
/// one, each would cost several system calls and a copy.
pub(super) struct ChunkBytes {
    start: u64,
    bytes: Bytes,
}

impl ChunkBytes {
    pub(super) fn read(mut file: &File, chunk: &ColumnChunkMetaData) -> Result<Self> {
        let (start, length) = chunk.byte_range();
        let end = start.checked_add(length);
        if end.is_none_or(|end| end > file.len()) {
            return Err(outside());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| outside())?];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        Ok(Self {
            start,
            bytes: bytes.into(),
        })
    }

    fn from(&self, start: u64) -> Result<Bytes> {
        let skip = start.checked_sub(self.start).ok_or_else(outside)?;
        let skip = usize::try_from(skip).map_err(|_| outside())?;
        if skip > self.bytes.len() {
            return Err(outside());
        }
        Ok(self.bytes.slice(skip..))
    }
}

fn outside() -> ParquetError {
    ParquetError::EOF("it does not lie within the file".to_string())
}

impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for ChunkBytes {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(outside());
        }
        Ok(bytes.slice(..length))
    }
}
