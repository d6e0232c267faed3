//! Operations of the core that have no address yet: they answer 404, as any unknown address does.
//!
//! Only `docs/coverage.md` is made of them; a line does no harm once the operation has one in `OPERATIONS`.

use super::Method;
use super::Method::{Get, Patch, Post};

pub const AWAITED: &[(Method, &str, &str)] = &[
    (Get, "/webhooks", "List webhooks"),
    (Post, "/webhooks", "Create a webhook"),
    (Get, "/webhooks/{webhook-id}", "Retrieve a webhook"),
    (Patch, "/webhooks/{webhook-id}", "Update a webhook"),
    (Post, "/webhooks/{webhook-id}/archive", "Archive a webhook"),
    (Post, "/webhooks/{webhook-id}/clone", "Clone a webhook"),
    (Post, "/webhooks/{webhook-id}/disable", "Disable a webhook"),
    (Post, "/webhooks/{webhook-id}/enable", "Enable a webhook"),
    (
        Post,
        "/webhooks/{webhook-id}/rotate-secret",
        "Rotate the secret of a webhook",
    ),
    (Get, "/api-keys", "List API keys"),
    (Post, "/api-keys", "Create an API key"),
    (Get, "/api-keys/{api-key-id}", "Retrieve an API key"),
    (Patch, "/api-keys/{api-key-id}", "Update an API key"),
    (Post, "/api-keys/{api-key-id}/clone", "Clone an API key"),
    (Post, "/api-keys/{api-key-id}/expire", "Expire an API key"),
];
