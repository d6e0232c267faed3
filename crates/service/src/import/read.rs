//! Reading the file of an import; all of this blocks.

use std::io::SeekFrom;

use selfsame_domain::Refusal;
use selfsame_domain::importer::{Columns, HeaderProblem, ImportedRow, Importer};
use selfsame_wire::importer::{LARGEST_ROW, Rows, RowsError};

use crate::blob::BlobReader;
use crate::{BlobError, Blobs, Failure};

/// So much of a file is in memory at once, and one row more.
const MOST_BYTES: u64 = 4_194_304;

pub(super) const POINTER: &str = "/data/attributes/file";

/// An import's file, at the row that is next.
pub(super) struct Reading {
    columns: Columns,
    rows: Rows<Box<dyn BlobReader>>,
}

/// The next rows, and where the file goes on.
pub(super) struct Lines {
    pub rows: Vec<ImportedRow>,
    pub byte: i64,
    pub end: End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    No,
    /// Of the file.
    Yes,
    /// M12: nothing behind these rows can be read.
    Unusable(String),
}

/// M6: what can be said of a file at once, without a look at its rows other than how many they are.
pub(super) fn inspect(blobs: &dyn Blobs, key: &str, most_rows: u64) -> Result<(), Failure> {
    let refuse = |what: String| {
        Failure::from(Refusal::unprocessable(
            format!("data.attributes.file {what}"),
            POINTER,
        ))
    };
    let mut rows = Rows::new(blobs.open(key)?, 0);
    let header = rows.next_row().map_err(|error| failure(key, error))?;
    let header = header.ok_or_else(|| refuse("must not be empty".to_owned()))?;
    let mut names = Vec::new();
    for cell in header {
        let name = std::str::from_utf8(cell);
        names.push(name.map_err(|_| refuse("must be UTF-8".to_owned()))?);
    }
    if Columns::of(names) == Err(HeaderProblem::Missing) {
        return Err(refuse("must begin with a header row".to_owned()));
    }
    let mut count = 0;
    loop {
        match rows.next_row() {
            Ok(Some(_)) => count += 1,
            // What can be read of it is imported, and the importer says so (M12).
            Ok(None) | Err(RowsError::TooLong) => return Ok(()),
            Err(error) => return Err(failure(key, error)),
        }
        if count > most_rows {
            return Err(refuse(format!("must have at most {most_rows} rows")));
        }
    }
}

impl Reading {
    /// `Err` inside: the file as a whole is of no use (M13).
    pub fn begin(blobs: &dyn Blobs, importer: &Importer) -> Result<Result<Self, String>, Failure> {
        let Some(key) = importer.blob_key.as_deref() else {
            return Ok(Err("the file is gone".to_owned()));
        };
        let opened = match blobs.open(key) {
            Err(BlobError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Err("the file is gone".to_owned()));
            }
            opened => opened?,
        };
        let mut rows = Rows::new(opened, 0);
        let columns = match rows.next_row() {
            Ok(header) => columns(header.into_iter().flatten()),
            Err(RowsError::TooLong) => Err(too_long("the header")),
            Err(error) => return Err(failure(key, error)),
        };
        let columns = match columns {
            Ok(columns) => columns,
            Err(problem) => return Ok(Err(problem)),
        };
        let next = u64::try_from(importer.next_byte).unwrap_or(0);
        if next > 0 {
            let mut again = blobs.open(key)?;
            again
                .seek(SeekFrom::Start(next))
                .map_err(|error| failure(key, RowsError::Io(error)))?;
            rows = Rows::new(again, next);
        }
        Ok(Ok(Self { columns, rows }))
    }

    pub fn lines(&mut self, key: &str, most: usize) -> Result<Lines, Failure> {
        let mut found = Vec::with_capacity(most);
        let begun_at = self.rows.byte();
        let mut byte = begun_at;
        let end = loop {
            if found.len() == most || byte - begun_at > MOST_BYTES {
                break End::No;
            }
            match self.rows.next_row() {
                Ok(Some(cells)) => {
                    found.push(self.columns.row(cells));
                    byte = self.rows.byte();
                }
                Ok(None) => break End::Yes,
                Err(RowsError::TooLong) => break End::Unusable(too_long("a row")),
                Err(error) => return Err(failure(key, error)),
            }
        };
        Ok(Lines {
            rows: found,
            byte: i64::try_from(byte).unwrap_or(i64::MAX),
            end,
        })
    }
}

fn columns<'a>(header: impl Iterator<Item = &'a [u8]>) -> Result<Columns, String> {
    let names: Vec<&str> = header
        .map(|cell| std::str::from_utf8(cell).map_err(|_| "the header is not UTF-8".to_owned()))
        .collect::<Result<_, _>>()?;
    Columns::of(names).map_err(|problem| match problem {
        HeaderProblem::Missing => "the header is missing".to_owned(),
        HeaderProblem::Unusable(problem) => problem,
    })
}

fn too_long(what: &str) -> String {
    format!("{what} is longer than {LARGEST_ROW} bytes; is a quote not closed?")
}

fn failure(key: &str, error: RowsError) -> Failure {
    let source = match error {
        RowsError::Io(source) => source,
        RowsError::TooLong => {
            return Refusal::unprocessable(
                "data.attributes.file has a header row that is too long",
                POINTER,
            )
            .into();
        }
    };
    let key = key.to_owned();
    BlobError::Io { key, source }.into()
}
