//! From the cells of a row to the account it asks for.

use serde_json::json;

use crate::ReferenceId;
use crate::account::{CreateAccount, FLAT_ATTRIBUTES};
use crate::field::{Fields, dash_case};
use crate::reference_id::ReferenceIdError;

/// M7: what a column may be called.
const FIELDS: [&str; 5] = [
    "name_first",
    "name_middle",
    "name_last",
    "birthdate",
    "social_security_number",
];
const REFERENCE_ID: &str = "reference_id";
const TAGS: &str = "tags";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    ReferenceId,
    Tags,
    /// A field of the account, or a member of one.
    Field(&'static str, Option<&'static str>),
}

/// What the columns of a file hold, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

/// Why a first line is not a header that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderProblem {
    /// None of its cells is a column: the header is missing (M6).
    Missing,
    /// M13: it names what accounts do not have, or one column twice.
    Unusable(String),
}

/// A row that can be an account, or why it cannot.
pub type ImportedRow = Result<CreateAccount, String>;

impl Columns {
    /// Blanks around a name do not count.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, HeaderProblem> {
        let names: Vec<&str> = names.into_iter().map(str::trim).collect();
        let found: Vec<Option<Column>> = names.iter().map(|name| column(name)).collect();
        if found.iter().all(Option::is_none) {
            return Err(HeaderProblem::Missing);
        }
        let mut columns = Vec::with_capacity(found.len());
        for (index, column) in found.into_iter().enumerate() {
            let place = index + 1;
            let Some(column) = column else {
                let problem =
                    format!("column {place} is not one of those accounts are imported from");
                return Err(HeaderProblem::Unusable(problem));
            };
            if columns.contains(&column) {
                let problem = format!("column {place} is there twice");
                return Err(HeaderProblem::Unusable(problem));
            }
            columns.push(column);
        }
        Ok(Self(columns))
    }

    /// The account that the cells of one row ask for; an empty cell says nothing. The message of an error names the
    /// column and never repeats the value.
    pub fn row<'a>(&self, cells: impl IntoIterator<Item = &'a [u8]>) -> ImportedRow {
        let cells: Vec<&[u8]> = cells.into_iter().collect();
        if cells.len() != self.0.len() {
            return Err(format!(
                "has {} cells, and the header has {}",
                cells.len(),
                self.0.len()
            ));
        }
        if cells.iter().all(|cell| cell.is_empty()) {
            return Err("is empty".to_owned());
        }
        let mut command = CreateAccount::default();
        for (column, cell) in self.0.iter().zip(cells) {
            let text =
                std::str::from_utf8(cell).map_err(|_| format!("{} is not UTF-8", column.name()))?;
            if text.contains('\0') {
                return Err(format!("{} must not contain NUL characters", column.name()));
            }
            if text.is_empty() {
                continue;
            }
            match column {
                Column::ReferenceId => {
                    command.reference_id = reference_id(text)?;
                }
                Column::Tags => {
                    let names = text.split(';').map(str::trim);
                    command.tags = names
                        .filter(|name| !name.is_empty())
                        .map(str::to_owned)
                        .collect();
                }
                Column::Field(field, member) => write(&mut command.fields, field, *member, text),
            }
        }
        Ok(command)
    }
}

impl Column {
    fn name(self) -> &'static str {
        let named = |name: &&&str| column(name) == Some(self);
        match self {
            Self::ReferenceId => REFERENCE_ID,
            Self::Tags => TAGS,
            Self::Field(field, _) => FIELDS.iter().find(named).copied().unwrap_or(field),
        }
    }
}

fn column(name: &str) -> Option<Column> {
    match name {
        REFERENCE_ID => Some(Column::ReferenceId),
        TAGS => Some(Column::Tags),
        name if FIELDS.contains(&name) => {
            let dashed = dash_case(name);
            let (_, field, member) = FLAT_ATTRIBUTES.iter().find(|(flat, ..)| *flat == dashed)?;
            Some(Column::Field(field, *member))
        }
        _ => None,
    }
}

fn reference_id(text: &str) -> Result<Option<ReferenceId>, String> {
    match ReferenceId::parse(text) {
        Ok(reference) => Ok(Some(reference)),
        Err(ReferenceIdError::Empty) => Ok(None),
        Err(problem) => Err(format!("{REFERENCE_ID} {problem}")),
    }
}

fn write(fields: &mut Fields, field: &str, member: Option<&str>, text: &str) {
    let Some(member) = member else {
        fields.insert(field.to_owned(), text.into());
        return;
    };
    let hash = fields.entry(field).or_insert_with(|| json!({}));
    if let Some(members) = hash.as_object_mut() {
        members.insert(member.to_owned(), text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(header: &str, line: &str) -> ImportedRow {
        Columns::of(header.split(','))
            .unwrap()
            .row(line.split(',').map(str::as_bytes))
    }

    #[test]
    fn m7_every_column_has_its_place_in_the_account() {
        let header =
            "birthdate, name_last ,reference_id,tags,name_first,social_security_number,name_middle";
        let made = row(
            header,
            "1990-12-31,Lovelace,User-1,vip; new;;,Ada,123-45-6789,K",
        )
        .unwrap();
        assert_eq!(made.reference_id.unwrap().as_str(), "User-1");
        assert_eq!(made.tags, ["vip", "new"]);
        let wanted = json!({
            "birthdate": "1990-12-31",
            "name": {"last": "Lovelace", "first": "Ada", "middle": "K"},
            "social_security_number": "123-45-6789",
        });
        assert_eq!(serde_json::Value::from(made.fields), wanted);
    }

    #[test]
    fn m8_empty_cells_say_nothing() {
        let made = row("reference_id,name_first,tags", ",Ada,").unwrap();
        assert!(made.reference_id.is_none() && made.tags.is_empty());
        assert_eq!(made.fields.len(), 1);
        assert_eq!(row("reference_id,name_first", ",").unwrap_err(), "is empty");
    }

    #[test]
    fn m6_m13_a_header_is_told_from_a_row_and_a_wrong_column_from_both() {
        assert_eq!(Columns::of(["user-1", "Ada"]), Err(HeaderProblem::Missing));
        assert_eq!(Columns::of([""]), Err(HeaderProblem::Missing));
        for bad in [
            "reference_id,phone",
            "Reference_ID,tags",
            "tags,tags",
            "tags,",
        ] {
            let found = Columns::of(bad.split(','));
            assert!(matches!(found, Err(HeaderProblem::Unusable(_))), "{bad}");
        }
    }

    #[test]
    fn m9_what_is_wrong_with_a_row_is_said_without_its_values() {
        let columns = Columns::of(["reference_id", "name_first"]).unwrap();
        let cases: [(&[&[u8]], &str); 4] = [
            (&[b"only"], "has 1 cells, and the header has 2"),
            (
                &[b"a\tb", b""],
                "reference_id must not contain control characters",
            ),
            (&[b"a", b"\xff"], "name_first is not UTF-8"),
            (&[b"", b"A\0"], "name_first must not contain NUL characters"),
        ];
        for (cells, problem) in cases {
            assert_eq!(columns.row(cells.iter().copied()).unwrap_err(), problem);
        }
    }
}
