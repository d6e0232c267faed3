//! Answers: a document made the caller's own, and the headers every answer has (C9–C11, C104, C105).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use selfsame_service::{FileLinks, dress};
use selfsame_wire::error::failure_document;
use selfsame_wire::file::may_refer;
use selfsame_wire::{ApiVersion, Blocklist, Document, Fieldsets, Inflection};
use serde::Serialize;
use serde_json::Value;

/// What a handler answers: finished bytes, so that a stored answer and a sent one cannot differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// Headers in place of those that a document has: for an answer that is none.
    pub head: Option<Box<HeaderMap>>,
}

impl Answer {
    /// A document.
    pub fn new(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            body,
            head: None,
        }
    }

    /// Paper (C4).
    pub fn pdf(body: Vec<u8>) -> Self {
        let media = HeaderValue::from_static("application/pdf");
        let head = HeaderMap::from_iter([(header::CONTENT_TYPE, media)]);
        Self {
            head: Some(Box::new(head)),
            ..Self::new(200, body)
        }
    }
}

/// How the caller wants to read documents.
#[derive(Debug, Clone)]
pub struct Style {
    pub version: ApiVersion,
    pub inflection: Inflection,
    pub fieldsets: Fieldsets,
    /// What the caller's key never gets (C26).
    pub blocklist: Arc<Blocklist>,
    /// Where the caller's files are to be had; `None`: the answer tells of none.
    pub files: Option<FileLinks>,
}

impl Style {
    pub fn plain() -> Self {
        Self {
            version: ApiVersion::DEFAULT,
            inflection: Inflection::Kebab,
            fieldsets: Fieldsets::default(),
            blocklist: Arc::default(),
            files: None,
        }
    }

    /// A document in the newest version's shape and in kebab, which most callers get as it is: then it is written
    /// straight to text. What is included comes with keys of every kind and is always looked through.
    pub fn write<D: Serialize>(&self, status: u16, document: &Document<D>) -> Answer {
        let as_it_is = self.fieldsets.is_empty()
            && self.blocklist.is_empty()
            && self.inflection == Inflection::Kebab
            && !self.version.inflects_inquiry_fields()
            && document.included.is_none();
        if as_it_is {
            let body = serde_json::to_vec(document).unwrap_or_default();
            if !may_refer(&body) {
                return Answer::new(status, body);
            }
        }
        self.answer(status, serde_json::to_value(document).unwrap_or_default())
    }

    /// An answer that was made for another caller, who may have had another key: byte for byte (C107), without what this
    /// one's key never gets (C26).
    pub fn replay(&self, answer: Answer) -> Answer {
        if self.blocklist.is_empty() {
            return answer;
        }
        let Ok(mut document) = serde_json::from_slice::<Value>(&answer.body) else {
            return answer;
        };
        self.blocklist.apply(&mut document);
        Answer::new(
            answer.status,
            serde_json::to_vec(&document).unwrap_or_default(),
        )
    }

    /// The document without what the caller's key never gets, for other uses than to be sent.
    pub fn shown(&self, mut document: Value) -> Value {
        self.blocklist.apply(&mut document);
        document
    }

    pub fn answer(&self, status: u16, mut document: Value) -> Answer {
        dress(
            &mut document,
            self.version,
            self.inflection,
            &self.fieldsets,
            &self.blocklist,
            self.files.as_ref(),
        );
        Answer::new(status, serde_json::to_vec(&document).unwrap_or_default())
    }
}

const CACHE: [(HeaderName, &str); 4] = [
    (
        header::CACHE_CONTROL,
        "no-cache, no-store, max-age=0, must-revalidate",
    ),
    (header::PRAGMA, "no-cache"),
    (header::EXPIRES, "Fri, 01 Jan 1990 00:00:00 GMT"),
    (header::VARY, "Accept"),
];

/// Headers an answer has at most: room is made once.
const MOST_HEADERS: usize = 16;

pub fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let own = response.headers_mut();
    *own = HeaderMap::with_capacity(MOST_HEADERS);
    own.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    own.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    for (name, value) in CACHE {
        own.insert(name, HeaderValue::from_static(value));
    }
    if let Some(head) = answer.head {
        own.extend(*head);
    }
    response
}

/// An error document for an address that is no operation.
pub fn bare(status: StatusCode, title: &str) -> Response {
    let body = serde_json::to_vec(&failure_document(title)).unwrap_or_default();
    response(Answer::new(status.as_u16(), body))
}
