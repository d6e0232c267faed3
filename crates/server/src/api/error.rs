//! The one conversion of a failure to an error document (C49–C59).

use axum::http::StatusCode;
use selfsame_service::Failure;
use selfsame_store::StoreError;
use selfsame_wire::error::failure_document;
use selfsame_wire::errors_document;
use serde_json::Value;

/// Status and body of a failure. What is our fault is logged here, once, and tells the caller nothing but that.
pub fn status_and_document(failure: &Failure, request_id: &str) -> (StatusCode, Value) {
    match failure {
        Failure::Refused(refusals) => {
            let status = StatusCode::from_u16(refusals.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, errors_document(refusals))
        }
        // What is damaged does not come back by itself, so nobody is asked to try again.
        Failure::Store(error) if !matches!(error, StoreError::Damaged { .. }) => {
            tracing::error!(%request_id, error = %chain(error), "the store failed");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                failure_document("Service unavailable"),
            )
        }
        other => {
            tracing::error!(%request_id, error = %chain(other), "a request failed");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                failure_document("Internal server error"),
            )
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
