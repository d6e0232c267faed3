//! Operations of the core that have no address yet: they answer 404, as any unknown address does.
//!
//! Only `docs/coverage.md` is made of them; a line does no harm once the operation has one in `OPERATIONS`.

use super::Method;
use super::Method::{Get, Patch, Post};

pub const AWAITED: &[(Method, &str, &str)] = &[
    (Get, "/api-keys", "List API keys"),
    (Post, "/api-keys", "Create an API key"),
    (Get, "/api-keys/{api-key-id}", "Retrieve an API key"),
    (Patch, "/api-keys/{api-key-id}", "Update an API key"),
    (Post, "/api-keys/{api-key-id}/clone", "Clone an API key"),
    (Post, "/api-keys/{api-key-id}/expire", "Expire an API key"),
];
