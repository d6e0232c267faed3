//! Error documents: the one shape of every answer that is not a success.
//!
//! `title` always, `details` where there is more to say, `source.pointer` on 422 only; no `code` and no
//! `status` (conventions §5 → docs/rules/server-api.md).

use selfsame_domain::{Refusal, RefusalKind, Refusals};
use serde_json::{Map, Value, json};

/// The body of a refusal.
pub fn errors_document(refusals: &Refusals) -> Value {
    let errors: Vec<Value> = refusals.0.iter().map(error_object).collect();
    json!({ "errors": errors })
}

/// The body of a failure of ours (5xx), which has a title only.
pub fn failure_document(title: &str) -> Value {
    json!({ "errors": [{ "title": title }] })
}

fn error_object(refusal: &Refusal) -> Value {
    let mut error = Map::new();
    error.insert("title".to_owned(), json!(refusal.title));
    if let Some(details) = &refusal.details {
        error.insert("details".to_owned(), json!(details));
    }
    if let (RefusalKind::Unprocessable, Some(pointer)) = (refusal.kind, &refusal.pointer) {
        error.insert("source".to_owned(), json!({ "pointer": pointer }));
    }
    Value::Object(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_refusals_are_told_and_only_422_points() {
        let refusals = Refusals(vec![
            Refusal::unprocessable("too small", "/meta/a"),
            Refusal::malformed("data is missing").with_pointer("/data"),
            Refusal::not_found(),
        ]);
        assert_eq!(
            errors_document(&refusals),
            json!({"errors": [
                {"title": "Unprocessable entity", "details": "too small", "source": {"pointer": "/meta/a"}},
                {"title": "Bad Request", "details": "data is missing"},
                {"title": "Record not found"},
            ]})
        );
    }

    #[test]
    fn our_failures_have_a_title_only() {
        assert_eq!(
            failure_document("Service unavailable"),
            json!({"errors": [{"title": "Service unavailable"}]})
        );
    }
}
