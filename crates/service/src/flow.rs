//! The end user's side: opening a link or an embed, and going through the flow (B101–B128, B201–B291).

mod frame;
mod open;
mod steps;

use std::sync::Arc;

use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::flow::ValueProblem;
use selfsame_domain::inquiry::Status;
use selfsame_domain::session::{Device, Session};
use selfsame_domain::template::TemplateVersion;
use selfsame_domain::verification::UploadedFile;
use selfsame_domain::{Refusals, Timestamp};
use selfsame_wire::flow_parameters::FlowParameters;

use crate::{Failure, InquiryBundle, PictureProblem};

pub use frame::FrameDecision;
pub use steps::wanted_parts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Hosted,
    Widget,
}

/// A page that wants to begin.
#[derive(Debug, Clone)]
pub struct FlowStart {
    pub surface: Surface,
    pub parameters: FlowParameters,
    /// The token this tab kept, if the query carries none.
    pub kept_token: Option<String>,
    pub device: Device,
}

/// A flow that has just been opened, with the token that opens it again.
#[derive(Debug, Clone)]
pub struct FlowOpening {
    pub view: FlowView,
    pub session_token: String,
}

#[derive(Debug, Clone)]
pub struct TransitionRequest {
    pub step: String,
    pub revision: i64,
    pub key: String,
    pub back: bool,
    pub values: selfsame_domain::field::Fields,
    pub behaviors: selfsame_domain::field::Fields,
}

/// Screens that are no step of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowNotice {
    LinkInvalid,
    SessionExpired,
    Expired,
    Finished,
    Unavailable,
}

/// What a session may see of its inquiry.
#[derive(Debug, Clone)]
pub struct FlowView {
    pub bundle: InquiryBundle,
    pub environment: Environment,
    pub session: Session,
    /// Pictures of the current step that have arrived, newest last.
    pub uploads: Vec<UploadedFile>,
    pub now: Timestamp,
}

impl FlowView {
    pub fn version(&self) -> &Arc<TemplateVersion> {
        &self.bundle.version
    }

    pub fn is_sandbox(&self) -> bool {
        self.environment.kind == EnvironmentKind::Sandbox
    }

    /// The step to show, or the notice in its place (hosted-flow table of statuses, B116, B117).
    pub fn step(&self) -> Result<&str, FlowNotice> {
        let inquiry = &self.bundle.view.inquiry;
        if inquiry.redacted_at.is_some() {
            return Err(FlowNotice::LinkInvalid);
        }
        let step = inquiry
            .detail
            .next_step
            .as_deref()
            .ok_or(FlowNotice::Unavailable)?;
        let own =
            inquiry.detail.run.acted_by.as_deref() == Some(self.session.id.to_string().as_str());
        let is_terminal = self
            .bundle
            .version
            .definition
            .flow
            .screen(step)
            .is_some_and(|screen| matches!(screen.kind(), "completed" | "failed"));
        match inquiry.status {
            Status::Created | Status::Pending => Ok(step),
            Status::Expired => Err(FlowNotice::Expired),
            Status::Completed | Status::Failed if is_terminal => Ok(step),
            _ if own && is_terminal => Ok(step),
            _ => Err(FlowNotice::Finished),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum FlowFailure {
    /// The flow cannot be used; `code` is one of the SDK's (B44).
    #[error("{message}")]
    Closed {
        notice: FlowNotice,
        code: &'static str,
        status: u16,
        message: &'static str,
    },
    /// Another tab or device moved on (B155); the view is where it stands now.
    #[error("the step has moved on")]
    Stale(Box<FlowView>),
    #[error("the picture of {0} has not arrived")]
    FileMissing(String),
    #[error("some values are not acceptable")]
    Invalid(Vec<ValueProblem>),
    #[error("the picture is not acceptable")]
    Picture(PictureProblem),
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<selfsame_domain::Refusal> for FlowFailure {
    fn from(refusal: selfsame_domain::Refusal) -> Self {
        Self::Failure(Failure::Refused(Refusals::from(refusal)))
    }
}

impl FlowFailure {
    const fn closed(
        notice: FlowNotice,
        code: &'static str,
        status: u16,
        message: &'static str,
    ) -> Self {
        Self::Closed {
            notice,
            code,
            status,
            message,
        }
    }

    pub(crate) const fn invalid(message: &'static str) -> Self {
        Self::closed(FlowNotice::LinkInvalid, "invalid_config", 400, message)
    }

    pub(crate) const fn inactive_template() -> Self {
        Self::closed(
            FlowNotice::LinkInvalid,
            "inactive_template",
            422,
            "The template is not available.",
        )
    }

    /// B47, B120.
    pub(crate) const fn unauthenticated() -> Self {
        Self::closed(
            FlowNotice::SessionExpired,
            "unauthenticated",
            409,
            "The inquiry needs a valid session token to be continued.",
        )
    }

    pub(crate) const fn over(notice: FlowNotice) -> Self {
        match notice {
            FlowNotice::Expired => Self::closed(notice, "unknown", 409, "The inquiry has expired."),
            FlowNotice::Finished => {
                Self::closed(notice, "unknown", 409, "The inquiry is already finished.")
            }
            FlowNotice::SessionExpired => Self::unauthenticated(),
            FlowNotice::LinkInvalid => {
                Self::closed(notice, "unknown", 404, "The link is not valid.")
            }
            FlowNotice::Unavailable => Self::closed(
                notice,
                "application_error",
                500,
                "The flow is not available.",
            ),
        }
    }
}
