//! `POST /accounts/search` and `POST /inquiries/search` (A40–A45, I39).

mod accounts;
mod inquiries;
mod model;

use serde_json::{Value, json};

/// One predicate.
fn is(attribute: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({"attribute": attribute, "operator": operator, "value": value.into()})
}

fn query(query: Value) -> Value {
    json!({"query": query})
}
