//! How a call ends when it does not succeed (`docs/flow-api.md`, Errors).

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use selfsame_domain::flow::ValueProblem;
use selfsame_domain::id::{Id, RequestId};
use selfsame_service::{Failure, FlowFailure, FlowNotice, FlowView, PictureProblem};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::headers::{self, is_https};
use super::texts::Catalogue;
use super::{notice, state};
use crate::app::App;

#[derive(Debug)]
pub enum Problem {
    Flow(FlowFailure),
    /// Values of a form; the view it was sent from has the language and the screen.
    Invalid(Vec<ValueProblem>, Box<FlowView>),
    /// Refused before the service was asked.
    Refused(Refused),
}

#[derive(Debug)]
pub struct Refused {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    notice: Option<FlowNotice>,
    retry_after: Option<u32>,
}

impl Problem {
    const fn refused(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self::Refused(Refused {
            status,
            code,
            message,
            notice: None,
            retry_after: None,
        })
    }

    pub const fn malformed(message: &'static str) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, "invalid_config", message)
    }

    pub const fn not_json() -> Self {
        let message = "The body must be JSON, and be declared as such.";
        Self::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_config",
            message,
        )
    }

    pub const fn stranger() -> Self {
        let message = "Only our own pages may make this call.";
        Self::refused(StatusCode::FORBIDDEN, "invalid_config", message)
    }

    pub const fn body_too_large() -> Self {
        let message = "The body is too large.";
        Self::refused(StatusCode::PAYLOAD_TOO_LARGE, "invalid_config", message)
    }

    pub const fn not_found() -> Self {
        Self::refused(StatusCode::NOT_FOUND, "unknown", "There is no such call.")
    }

    pub const fn wrong_method() -> Self {
        let message = "This call has another method.";
        Self::refused(StatusCode::METHOD_NOT_ALLOWED, "unknown", message)
    }

    /// A limit that will not go away while the person waits: the flow cannot be used (B172).
    pub const fn too_many(retry_after: u32) -> Self {
        Self::Refused(Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "unknown",
            message: "Too many attempts from this network. Please try again later.",
            notice: Some(FlowNotice::Unavailable),
            retry_after: Some(retry_after),
        })
    }

    /// B47.
    pub const fn unauthenticated() -> Self {
        Self::Refused(Refused {
            status: StatusCode::CONFLICT,
            code: "unauthenticated",
            message: "The call needs a valid session token.",
            notice: Some(FlowNotice::SessionExpired),
            retry_after: None,
        })
    }

    /// The link or embed cannot be used as it is.
    pub const fn invalid_link(message: &'static str) -> Self {
        Self::Refused(Refused {
            status: StatusCode::BAD_REQUEST,
            code: "invalid_config",
            message,
            notice: Some(FlowNotice::LinkInvalid),
            retry_after: None,
        })
    }
}

/// What becomes of a problem on the wire.
struct Answer {
    status: StatusCode,
    body: Map<String, Value>,
    retry_after: Option<u32>,
}

impl Answer {
    fn new(status: StatusCode, code: &str, message: &str) -> Self {
        // B44: what went wrong on our side has status 0.
        let said = if code == "application_error" {
            0
        } else {
            status.as_u16()
        };
        let error = json!({ "code": code, "status": said, "message": message });
        Self {
            status,
            body: Map::from_iter([("error".to_owned(), error)]),
            retry_after: None,
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.body.insert(name.to_owned(), value);
        self
    }

    fn with_members(mut self, members: Map<String, Value>) -> Self {
        self.body.extend(members);
        self
    }

    fn with_notice(self, shown: FlowNotice, catalogue: &Catalogue) -> Self {
        self.with("screen", notice::screen(shown, catalogue))
            .with_members(state::words(catalogue))
    }
}

/// The answer to a call that failed.
pub fn respond(asked: &Asked, problem: Problem) -> Response {
    let answer = match problem {
        Problem::Refused(refused) => refused_answer(&refused, asked.catalogue()),
        Problem::Invalid(problems, view) => invalid_answer(&problems, &view, asked),
        Problem::Flow(failure) => flow_answer(failure, asked),
    };
    let mut response = (
        answer.status,
        headers::json(is_https(&asked.app)),
        Value::Object(answer.body).to_string(),
    )
        .into_response();
    if let Some(seconds) = answer.retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

fn refused_answer(refused: &Refused, catalogue: &Catalogue) -> Answer {
    let mut answer = Answer::new(refused.status, refused.code, refused.message);
    answer.retry_after = refused.retry_after;
    match refused.notice {
        Some(shown) => answer.with_notice(shown, catalogue),
        None => answer,
    }
}

fn invalid_answer(problems: &[ValueProblem], view: &FlowView, asked: &Asked) -> Answer {
    let catalogue = state::catalogue_of(view, None, &asked.languages);
    let message = "Some values are not acceptable.";
    Answer::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_values", message)
        .with("problems", worded(problems, catalogue))
        .with_members(state::render(view, catalogue))
}

fn worded(problems: &[ValueProblem], catalogue: &Catalogue) -> Value {
    problems
        .iter()
        .map(|problem| {
            let id = format!("problem-{}", problem.code);
            let message = match problem.max {
                Some(max) => catalogue.text_with_max(&id, max),
                None => catalogue.text(&id).to_owned(),
            };
            json!({ "key": problem.key, "message": message })
        })
        .collect()
}

fn flow_answer(failure: FlowFailure, asked: &Asked) -> Answer {
    let catalogue = asked.catalogue();
    match failure {
        FlowFailure::Closed {
            notice,
            code,
            status,
            message,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Answer::new(status, code, message).with_notice(notice, catalogue)
        }
        FlowFailure::Stale(view) => {
            let catalogue = state::catalogue_of(&view, None, &asked.languages);
            let message = "The flow has moved on.";
            Answer::new(StatusCode::CONFLICT, "stale_step", message)
                .with_members(state::render(&view, catalogue))
        }
        FlowFailure::FileMissing(part) => {
            let message = "A picture has not arrived.";
            Answer::new(StatusCode::CONFLICT, "file_missing", message).with("part", part.into())
        }
        FlowFailure::Invalid(problems) => {
            let message = "Some values are not acceptable.";
            Answer::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_values", message)
                .with("problems", worded(&problems, catalogue))
        }
        FlowFailure::Picture(problem) => picture_answer(problem),
        FlowFailure::Failure(Failure::Refused(refusals)) => {
            let status = StatusCode::from_u16(refusals.status()).unwrap_or(StatusCode::CONFLICT);
            Answer::new(status, "unknown", "The inquiry does not allow this.")
                .with_notice(FlowNotice::Unavailable, catalogue)
        }
        FlowFailure::Failure(failure) => {
            log(&asked.app, &failure);
            let message = "Something went wrong on our side.";
            Answer::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "application_error",
                message,
            )
            .with_members(state::words(catalogue))
        }
    }
}

pub fn picture_too_large() -> Problem {
    Problem::Flow(FlowFailure::Picture(PictureProblem::TooLarge))
}

fn picture_answer(problem: PictureProblem) -> Answer {
    let (status, code, message) = match problem {
        PictureProblem::TooLarge => (413, "file_too_large", "The picture has too many bytes."),
        PictureProblem::NotAnImage => {
            (415, "file_not_image", "The file is no picture we can read.")
        }
        PictureProblem::TooSmall => (422, "file_too_small", "The picture has too few bytes."),
        PictureProblem::BadSize => (
            422,
            "file_bad_size",
            "The picture's sides are outside the limits.",
        ),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    Answer::new(status, code, message)
}

/// For the operator only; the browser hears that something went wrong.
pub fn log(app: &App, error: &(dyn std::error::Error + 'static)) {
    let request_id = RequestId::mint(&mut app.service.entropy(), app.service.now());
    tracing::error!(%request_id, error, "a request of the flow failed");
}
