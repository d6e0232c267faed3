//! `/rate-limits`: how the environment stands, this request counted (C103).

use selfsame_service::Failure;
use serde_json::json;

use super::call::Call;
use super::respond::Answer;

pub async fn list(call: Call) -> Result<Answer, Failure> {
    let standing = call.standing;
    Ok(call.answer(json!({"data": [{
        "type": "rate-limit/api",
        "attributes": {
            "limit": standing.limit,
            "remaining": standing.remaining,
            "seconds-to-reset": standing.reset_seconds,
        },
    }]})))
}
