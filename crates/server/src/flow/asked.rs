//! What a call brings besides its meaning: token, body, language, address.

use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use http_body_util::BodyExt;
use selfsame_domain::session::Device;
use selfsame_service::FlowFailure;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::Problem;
use super::texts::Catalogue;
use super::{device, locale, texts};
use crate::app::App;

const LONGEST_JSON: usize = 64 * 1024;
/// An API key is no session token, whatever it may open elsewhere (B428).
const API_KEY_PREFIX: &str = "persona_";
/// How much more than the limit is read, and thrown away, so that the refusal reaches the sender.
const PATIENCE: usize = 4;

#[derive(Debug)]
pub struct Asked {
    pub app: App,
    parts: Parts,
    /// Languages the person wants, most wanted first.
    pub languages: Vec<String>,
}

impl Asked {
    pub fn split(app: App, request: Request) -> (Self, Body) {
        let (parts, body) = request.into_parts();
        let languages = parts
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map(locale::accepted)
            .unwrap_or_default();
        let asked = Self {
            app,
            parts,
            languages,
        };
        (asked, body)
    }

    pub fn header(&self, name: &axum::http::HeaderName) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    pub fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    pub fn address(&self) -> Option<IpAddr> {
        device::address(&self.parts, self.app.settings.trust_proxy)
    }

    pub fn device(&self) -> Device {
        device::describe(&self.parts.headers, self.address())
    }

    /// The words for an answer that has no view to choose by.
    pub fn catalogue(&self) -> &'static Catalogue {
        texts::catalogue(locale::choose(&self.languages, "en-US", texts::codes()))
    }

    /// The session token, from the header and nowhere else.
    pub fn token(&self) -> Result<String, Problem> {
        let token = self
            .header(&AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        match token {
            Some(token) if !token.is_empty() && !token.starts_with(API_KEY_PREFIX) => {
                Ok(token.to_owned())
            }
            _ => Err(Problem::unauthenticated()),
        }
    }

    /// Calls without a token must come from our own pages: nobody else can send this type without asking
    /// first, and nobody is answered.
    pub fn refuse_strangers(&self) -> Result<(), Problem> {
        let content_type = self.header(&CONTENT_TYPE).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let origin_is_own = match self.parts.headers.get(ORIGIN) {
            None => true,
            Some(origin) => origin
                .to_str()
                .is_ok_and(|origin| self.is_own_origin(origin)),
        };
        if !origin_is_own {
            return Err(Problem::stranger());
        }
        if essence.eq_ignore_ascii_case("application/json") {
            Ok(())
        } else {
            Err(Problem::not_json())
        }
    }

    /// The host of the request or of the public address. The scheme is not compared: a proxy in front may
    /// have changed it.
    fn is_own_origin(&self, origin: &str) -> bool {
        let Some(host) = host_of(origin) else {
            return false;
        };
        let asked_for = self.header(&HOST).or_else(|| {
            self.parts
                .uri
                .authority()
                .map(axum::http::uri::Authority::as_str)
        });
        let public = host_of(&self.app.service.options().public_url);
        asked_for
            .into_iter()
            .chain(public)
            .any(|own| own.eq_ignore_ascii_case(host))
    }

    pub async fn json<T: DeserializeOwned>(&self, body: Body) -> Result<T, Problem> {
        let bytes = read(body, LONGEST_JSON)
            .await?
            .ok_or_else(Problem::body_too_large)?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|_| Problem::malformed("The body is no JSON."))?;
        if has_nul(&value) {
            return Err(Problem::malformed("The body holds a NUL character."));
        }
        serde_json::from_value(value)
            .map_err(|_| Problem::malformed("The body lacks a member, or one has another type."))
    }
}

/// `host[:port]` of an address.
pub fn host_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split('/').next().unwrap_or_default();
    (!host.is_empty()).then_some(host)
}

/// The body, or `None` if it is larger than the limit.
pub async fn read(mut body: Body, limit: usize) -> Result<Option<Bytes>, Problem> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::malformed("The body ended early."))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > limit * PATIENCE {
            break;
        }
        if length > limit {
            kept = Vec::new();
        } else {
            kept.extend_from_slice(&data);
        }
    }
    Ok((length <= limit).then(|| kept.into()))
}

/// Reads a body that nobody wants, within reason, so that the answer reaches the sender.
pub async fn discard(mut body: Body, limit: usize) {
    let mut length = 0;
    while let Some(Ok(frame)) = body.frame().await {
        length += frame.data_ref().map_or(0, Bytes::len);
        if length > limit * PATIENCE {
            return;
        }
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(key, member)| key.contains('\0') || has_nul(member)),
        _ => false,
    }
}

impl From<FlowFailure> for Problem {
    fn from(failure: FlowFailure) -> Self {
        Self::Flow(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hosts() {
        assert_eq!(
            host_of("http://localhost:8080/base"),
            Some("localhost:8080")
        );
        assert_eq!(host_of("null"), None);
        assert_eq!(host_of("https://"), None);
    }

    #[test]
    fn nul_is_found_at_any_depth() {
        assert!(has_nul(&json!({"a": [{"b": "x\0"}]})));
        assert!(has_nul(&json!({"a\0": 1})));
        assert!(!has_nul(&json!({"a": ["x"]})));
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_read_but_not_kept() {
        let body = Body::from(vec![1; 30]);
        assert_eq!(read(body, 10).await.ok().flatten(), None);
        let body = Body::from(vec![1; 10]);
        assert_eq!(
            read(body, 10).await.ok().flatten().map(|b| b.len()),
            Some(10)
        );
    }
}
