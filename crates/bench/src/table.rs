//! Columns that stand below their titles, and numbers a person can read.

use std::fmt::Write as _;

/// The first column to the left, the others to the right.
pub fn table(out: &mut String, head: &[&str], rows: &[Vec<String>], left: &[usize]) {
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            longest.max(title.chars().count())
        })
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (column, (cell, width)) in cells.zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            // Formatting pads by characters, as it should here.
            let _ = if left.contains(&column) {
                write!(text, "{gap}{cell:<width$}")
            } else {
                write!(text, "{gap}{cell:>width$}")
            };
        }
        let _ = writeln!(out, "{}", text.trim_end());
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    let _ = writeln!(out);
}

/// `12,345`.
pub fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Three digits that matter, or all of a whole number.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => whole(value),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (value, text) in [
            (0.0, "0"),
            (999.4, "999"),
            (1000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(whole(value), text);
        }
        assert_eq!(
            [0.123, 12.34, 1234.5].map(short),
            ["0.12", "12.3", "1,234"].map(str::to_owned)
        );
    }

    #[test]
    fn columns_stand_below_their_titles() {
        let mut out = String::new();
        let row = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
        table(
            &mut out,
            &["Name", "CPU µs"],
            &[row("a", "12"), row("longer", "3")],
            &[0],
        );
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], "Name    CPU µs");
        assert_eq!(lines[1], "a           12");
        assert_eq!(lines[2], "longer       3");
    }
}
