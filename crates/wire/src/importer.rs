//! Importers on the wire (M1–M24).

mod rows;

use selfsame_domain::Refusals;
use selfsame_domain::id::Id;
use selfsame_domain::importer::{Importer, RowOutcome};
use serde_json::{Value, json};

pub use rows::{LARGEST_ROW, Rows, RowsError};

use crate::Reader;
use crate::document::{optional_time, time};

pub const TYPE: &str = "importer/account";
/// Of the extension that tells what became of each row (M22).
pub const ROW_TYPE: &str = "importer-row";

pub fn document(importer: &Importer) -> Value {
    json!({
        "type": TYPE,
        "id": importer.id.as_str(),
        "attributes": {
            "status": importer.status.as_str(),
            "successful-count": importer.successful,
            "duplicate-count": importer.duplicates,
            "error-count": importer.errors,
            "created-at": time(importer.created_at),
            "completed-at": optional_time(importer.completed_at),
        },
    })
}

/// M22: `number` counts rows from 1, without the header.
pub fn row_document(number: i64, outcome: &RowOutcome) -> Value {
    let (word, account, reason) = match outcome {
        RowOutcome::Created(account) => ("created", Some(account.as_str()), None),
        RowOutcome::Duplicate(reason) => ("duplicate", None, Some(reason.as_str())),
        RowOutcome::Error(reason) => ("error", None, Some(reason.as_str())),
    };
    json!({
        "type": ROW_TYPE,
        "id": number.to_string(),
        "attributes": {"outcome": word, "account-id": account, "reason": reason},
    })
}

/// The contents of the file, in base64 (M3). Its name says nothing.
pub fn parse_create(body: &Value) -> Result<String, Refusals> {
    let root = Reader::root(body);
    let data = root.object("data", true);
    data.check_type(TYPE);
    let file = data.object("attributes", true).object("file", true);
    if file.is_present() && !file.has("data") {
        file.missing("data");
    }
    // An empty one is a file that is refused like one (M6).
    let contents = file.string("data");
    drop(file.string("filename"));
    root.finish()?;
    Ok(contents.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m3_the_file_is_required_and_its_name_is_not() {
        let body = json!({"data": {"attributes": {"file": {"data": "YQ==", "filename": "a.csv"}}}});
        assert_eq!(parse_create(&body).unwrap(), "YQ==");
        let body = json!({"data": {"attributes": {"file": {"data": "YQ=="}}}});
        assert_eq!(parse_create(&body).unwrap(), "YQ==");
        for bad in [
            json!({}),
            json!({"data": {"attributes": {}}}),
            json!({"data": {"attributes": {"file": "YQ=="}}}),
            json!({"data": {"attributes": {"file": {"filename": "a.csv"}}}}),
            json!({"data": {"attributes": {"file": {"data": 1}}}}),
        ] {
            assert_eq!(parse_create(&bad).unwrap_err().status(), 400, "{bad}");
        }
    }
}
