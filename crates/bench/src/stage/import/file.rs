//! The rows of one import: the same for the server and for the plain table.

use std::fmt::Write as _;

use hyper::body::Bytes;

/// Reference ID, first name, last name, date of birth.
pub type Row = [String; 4];

const HEADER: &str = "reference_id,name_first,name_last,birthdate\n";

#[derive(Debug, Clone)]
pub struct File {
    round: u16,
    pub rows: u64,
    csv: Bytes,
}

impl File {
    /// Those of another round have other reference IDs.
    pub fn new(round: u16, rows: u64) -> Self {
        let mut csv = String::from(HEADER);
        for number in 0..rows {
            // Nothing in them has to be quoted.
            let _ = writeln!(csv, "{}", row(round, number).join(","));
        }
        Self {
            round,
            rows,
            csv: csv.into(),
        }
    }

    pub fn csv(&self) -> &[u8] {
        &self.csv
    }

    /// From this row on, so many at most.
    pub fn some(&self, from: u64, most: u64) -> Vec<Row> {
        let end = self.rows.min(from + most);
        (from..end).map(|number| row(self.round, number)).collect()
    }
}

/// In no order of the reference IDs, as customers are in an export.
fn row(round: u16, number: u64) -> Row {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (number + 1).wrapping_mul(SPREAD);
    [
        format!("import-{round}-{mixed:016x}"),
        format!("Alexandra{}", mixed % 997),
        format!("Sample{}", mixed % 7919),
        format!(
            "{}-{:02}-{:02}",
            1940 + mixed % 60,
            1 + mixed % 12,
            1 + mixed % 28
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn both_get_the_same_rows_and_no_name_comes_twice() {
        let file = File::new(3, 1000);
        let text = String::from_utf8(file.csv().to_vec()).unwrap();
        let mut lines = text.lines();
        assert_eq!(format!("{}\n", lines.next().unwrap()), HEADER);
        let mut rows = file.some(0, 256);
        rows.extend(file.some(256, 100_000));
        let written: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        assert_eq!(lines.collect::<Vec<_>>(), written);
        let mut names: HashSet<_> = rows.into_iter().map(|[name, ..]| name).collect();
        names.extend(
            File::new(4, 1000)
                .some(0, 1000)
                .into_iter()
                .map(|[name, ..]| name),
        );
        assert_eq!(names.len(), 2000);
    }
}
