//! The rows of a CSV file, one at a time, in memory that does not depend on the file (M5).

use std::io::{self, Chain, Read};

use csv::{ByteRecord, ReaderBuilder};

/// The longest row, in bytes, give or take a buffer; a quote that is never closed would make one of the whole file.
pub const LARGEST_ROW: usize = 1_000_000;
const BUFFER: usize = 65_536;

#[derive(Debug)]
pub enum RowsError {
    TooLong,
    /// The file could not be read.
    Io(io::Error),
}

/// Reads from the beginning of a file, or from where an earlier reader stood.
pub struct Rows<R> {
    reader: csv::Reader<Bounded<Chain<&'static [u8], R>>>,
    record: ByteRecord,
    /// Where in the file the reader's first byte would be.
    begun_at: u64,
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rows")
            .field("begun_at", &self.begun_at)
            .finish_non_exhaustive()
    }
}

impl<R: Read> Rows<R> {
    /// `source` stands at that byte of the file.
    pub fn new(source: R, byte: u64) -> Self {
        // A byte order mark is one at the beginning of the file only; behind an empty line, which is no row, the reader
        // takes none away.
        let front: &[u8] = if byte == 0 { b"" } else { b"\n" };
        let bounded = Bounded {
            source: front.chain(source),
            left: LARGEST_ROW,
            exceeded: false,
        };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(bounded);
        Self {
            reader,
            record: ByteRecord::new(),
            begun_at: byte.saturating_sub(front.len() as u64),
        }
    }

    /// The cells of the next row; `None`: there is none. Empty lines are no rows.
    pub fn next_row(&mut self) -> Result<Option<&ByteRecord>, RowsError> {
        self.reader.get_mut().left = LARGEST_ROW;
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(&self.record)),
            Ok(false) => Ok(None),
            Err(_) if self.reader.get_ref().exceeded => Err(RowsError::TooLong),
            Err(error) => Err(RowsError::Io(error.into())),
        }
    }

    /// The byte of the file from which another reader would go on.
    pub fn byte(&self) -> u64 {
        self.begun_at + self.reader.position().byte()
    }
}

/// Gives no more than so many bytes until it is told to give more.
struct Bounded<R> {
    source: R,
    left: usize,
    exceeded: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            self.exceeded = true;
            return Err(io::Error::other("a row is too long"));
        }
        let read = self.source.read(buffer)?;
        self.left = self.left.saturating_sub(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All rows, reading on from where a reader stood after each `step` of them.
    fn rows(file: &[u8], step: usize) -> Vec<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        let mut byte = 0;
        loop {
            let from = usize::try_from(byte).unwrap();
            let mut reader = Rows::new(&file[from..], byte);
            for _ in 0..step {
                match reader.next_row().unwrap() {
                    Some(row) => found.push(row.iter().map(<[u8]>::to_vec).collect()),
                    None => return found,
                }
            }
            byte = reader.byte();
        }
    }

    #[test]
    fn m5_quotes_line_ends_and_a_byte_order_mark_are_read_as_spreadsheets_write_them() {
        let file =
            "\u{feff}reference_id,tags\r\n\"a \"\"b\"\", c\",x;y\r\n\r\n\"two\nlines\",\nlast,z";
        let wanted: [&[&[u8]]; 4] = [
            &[b"reference_id", b"tags"],
            &[b"a \"b\", c", b"x;y"],
            &[b"two\nlines", b""],
            &[b"last", b"z"],
        ];
        for step in 1..6 {
            assert_eq!(rows(file.as_bytes(), step), wanted, "{step}");
        }
        assert!(rows(b"", 1).is_empty() && rows(b"\n\r\n", 1).is_empty());
    }

    #[test]
    fn m12_a_quote_that_is_never_closed_does_not_make_a_row_of_the_whole_file() {
        let file = [b"a\n\"".as_slice(), &b"x,y\n".repeat(LARGEST_ROW)].concat();
        let mut reader = Rows::new(file.as_slice(), 0);
        assert!(reader.next_row().unwrap().is_some());
        assert!(matches!(reader.next_row(), Err(RowsError::TooLong)));
    }

    proptest! {
        #[test]
        fn m5_whatever_the_bytes_reading_on_finds_the_same_rows(
            file in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r;\xff ".to_vec()), 0..60),
        ) {
            let whole = rows(&file, 1000);
            for step in 1..4 {
                prop_assert_eq!(&rows(&file, step), &whole, "{}", step);
            }
        }
    }
}
