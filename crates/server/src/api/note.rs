//! A request on its way into the API logs (L1–L16): what it was, taken as it is; masked is it later.

use std::borrow::Cow;
use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use selfsame_domain::Timestamp;
use selfsame_domain::id::{EnvironmentId, RequestId};
use selfsame_service::RequestNote;

use crate::app::App;
use crate::limit::Standing;

/// In bytes.
const LONGEST_HEADER: usize = 256;
const LONGEST_PATH: usize = 1024;
const LONGEST_QUERY: usize = 8192;

const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "DELETE", "HEAD"];
/// L5: the headers that are shown, each as it is spelled there.
const SHOWN: [(HeaderName, &str); 4] = [
    (header::ACCEPT, "Accept"),
    (header::HOST, "Host"),
    (
        HeaderName::from_static("persona-version"),
        "Persona-Version",
    ),
    (header::USER_AGENT, "User-Agent"),
];

/// What is left of a request once it has been answered.
pub struct Sent {
    pub parts: Parts,
    pub body: Vec<u8>,
    pub address: Option<IpAddr>,
}

/// How it was answered.
pub struct Answered {
    pub environment_id: EnvironmentId,
    pub template: &'static str,
    pub id: RequestId,
    pub at: Timestamp,
    pub status: u16,
    pub standing: Option<Standing>,
}

/// Hands it to whoever writes it; what does not fit is counted.
pub fn note(app: &App, sent: Sent, answered: Answered) {
    let uri = &sent.parts.uri;
    let standing = answered.standing;
    // A longer one names no object.
    let path = Some(uri.path()).filter(|path| path.len() <= LONGEST_PATH);
    let path = path.unwrap_or(answered.template);
    let fits = app.service.note_request(RequestNote {
        environment_id: answered.environment_id,
        id: answered.id,
        at: answered.at,
        method: method(&sent.parts.method),
        template: answered.template,
        path: path.to_owned(),
        // One that was cut would tell something else than what was asked.
        query: uri
            .query()
            .filter(|query| query.len() <= LONGEST_QUERY)
            .unwrap_or_default()
            .to_owned(),
        headers: shown(&sent.parts.headers),
        body: sent.body,
        ip_address: sent.address,
        status: answered.status,
        rate_limit: standing.map(|it| [it.limit, it.remaining, it.reset_seconds]),
    });
    if !fits {
        lost(1);
    }
}

/// Tells the operator of logs that were not written.
pub fn lost(count: u64) {
    metrics::counter!("selfsame_api_logs_dropped_total").increment(count);
}

fn method(sent: &Method) -> Cow<'static, str> {
    let known = METHODS.iter().find(|known| **known == sent.as_str());
    known.map_or_else(|| sent.to_string().into(), |known| Cow::Borrowed(*known))
}

fn shown(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    SHOWN
        .iter()
        .filter_map(|(name, spelled)| {
            let value = headers.get(name)?.to_str().ok()?;
            Some((*spelled, cut(value, LONGEST_HEADER).to_owned()))
        })
        .collect()
}

fn cut(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
