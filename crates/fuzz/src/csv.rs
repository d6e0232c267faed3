use selfsame_domain::importer::Columns;
use selfsame_wire::importer::Rows;

/// No file is worth more rows here.
const MOST_ROWS: usize = 200;

/// A file is read row by row to its end or to an error; and from behind any row another reader finds the same next one.
pub fn csv(bytes: &[u8]) {
    let mut rows = Rows::new(bytes, 0);
    let mut columns: Option<Columns> = None;
    let mut places = Vec::new();
    for _ in 0..MOST_ROWS {
        let cells: Vec<Vec<u8>> = match rows.next_row() {
            Ok(Some(record)) => record.iter().map(<[u8]>::to_vec).collect(),
            Ok(None) | Err(_) => break,
        };
        match &columns {
            None => {
                let names: Option<Vec<&str>> = cells
                    .iter()
                    .map(|cell| std::str::from_utf8(cell).ok())
                    .collect();
                columns = names.and_then(|names| Columns::of(names).ok());
            }
            Some(columns) => drop(columns.row(cells.iter().map(Vec::as_slice))),
        }
        places.push((rows.byte(), cells));
    }
    for pair in places.windows(2) {
        let [(byte, _), (_, expected)] = pair else {
            continue;
        };
        let rest = usize::try_from(*byte)
            .ok()
            .and_then(|byte| bytes.get(byte..));
        let mut again = Rows::new(rest.unwrap_or_default(), *byte);
        let found: Vec<Vec<u8>> = match again.next_row() {
            Ok(Some(record)) => record.iter().map(<[u8]>::to_vec).collect(),
            Ok(None) | Err(_) => Vec::new(),
        };
        assert_eq!(&found, expected);
    }
}
