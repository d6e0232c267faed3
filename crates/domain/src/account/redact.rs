//! Redact an account: its personal data goes for good, its operational record stays (R44, R45).

use serde_json::Value;

use super::Account;
use crate::Timestamp;

/// `keep_reference_id` is the operator's switch of R45, off by default.
#[must_use]
pub fn redact(mut account: Account, keep_reference_id: bool, now: Timestamp) -> Account {
    for value in account.fields.values_mut() {
        *value = Value::Null;
    }
    if !keep_reference_id {
        account.reference_id = None;
    }
    account.tags.clear();
    account.redacted_at = Some(now);
    account.updated_at = now;
    account
}
