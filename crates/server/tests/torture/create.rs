//! Requests that make something, and what may be answered to them.

use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};

pub const INQUIRIES: &str = "/api/v1/inquiries";
pub const ACCOUNTS: &str = "/api/v1/accounts";
pub const SESSIONS: &str = "/api/v1/inquiry-sessions";

/// What is made, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// By reference ID.
    Inquiry(String),
    /// The same, with a session for somebody who goes through the flow.
    Visit(String),
    Account(String),
    /// By the inquiry's id.
    Session(String),
    Link(String),
}

#[derive(Debug, Clone)]
pub struct Create {
    /// Unique: the idempotency key, and what is searched for afterwards.
    pub name: String,
    /// Whether the name is sent as idempotency key.
    pub keyed: bool,
    pub purpose: Purpose,
    body: Value,
}

impl Create {
    pub fn inquiry(name: String, reference: String, template: &str) -> Self {
        let body = inquiry_body(&name, &reference, template);
        Self::new(name, Purpose::Inquiry(reference), body)
    }

    pub fn visit(name: String, reference: String, template: &str) -> Self {
        let mut body = inquiry_body(&name, &reference, template);
        body["meta"]["auto-create-inquiry-session"] = true.into();
        Self::new(name, Purpose::Visit(reference), body)
    }

    pub fn account(name: String, reference: String) -> Self {
        let attributes = json!({"reference-id": reference, "fields": {"phone_number": name}});
        let body = json!({"data": {"attributes": attributes}});
        Self::new(name, Purpose::Account(reference), body)
    }

    pub fn session(name: String, inquiry: &str) -> Self {
        let body = json!({"data": {"attributes": {"inquiry-id": inquiry}}});
        Self::new(name, Purpose::Session(inquiry.to_owned()), body)
    }

    pub fn link(name: String, inquiry: &str) -> Self {
        Self::new(name, Purpose::Link(inquiry.to_owned()), json!({}))
    }

    fn new(name: String, purpose: Purpose, body: Value) -> Self {
        Self {
            name,
            keyed: true,
            purpose,
            body,
        }
    }

    /// The same without an idempotency key.
    pub fn without_key(self) -> Self {
        Self {
            keyed: false,
            ..self
        }
    }

    pub async fn send(&self, client: &mut Client) -> Result<Answer, hyper::Error> {
        let path = match &self.purpose {
            Purpose::Inquiry(_) | Purpose::Visit(_) => INQUIRIES.to_owned(),
            Purpose::Account(_) => ACCOUNTS.to_owned(),
            Purpose::Session(_) => SESSIONS.to_owned(),
            Purpose::Link(inquiry) => format!("{INQUIRIES}/{inquiry}/generate-one-time-link"),
        };
        let key = self.keyed.then_some(self.name.as_str());
        client
            .send(Method::POST, &path, key, Some(&self.body))
            .await
    }

    /// Inquiries are always made; an account is not if somebody has the reference ID (R10), a session and a link
    /// are not beyond their limit (B127).
    pub fn check_status(&self, (status, body): &Answer) {
        let allowed: &[u16] = match self.purpose {
            Purpose::Inquiry(_) | Purpose::Visit(_) => &[201],
            Purpose::Account(_) => &[201, 409],
            Purpose::Session(_) => &[201, 422],
            Purpose::Link(_) => &[200, 422],
        };
        assert!(
            allowed.contains(status),
            "{} was answered with {status}: {}",
            self.name,
            String::from_utf8_lossy(body)
        );
    }
}

fn inquiry_body(note: &str, reference: &str, template: &str) -> Value {
    json!({
        "data": {"attributes": {"inquiry-template-id": template, "note": note, "fields": {"name-first": "Sam"}}},
        "meta": {"auto-create-account-reference-id": reference},
    })
}
