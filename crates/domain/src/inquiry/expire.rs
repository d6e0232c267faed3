//! Expire (I5) and resume (I6).

use super::{Inquiry, Status};
use crate::event::Happening;
use crate::template::Template;
use crate::{Refusal, Timestamp};

/// B178: expiry is exact on access; the sweep only brings the event. A redacted inquiry keeps its status (I68).
pub fn is_due<D>(inquiry: &Inquiry<D>, now: Timestamp) -> bool {
    inquiry.status.is_open()
        && inquiry.redacted_at.is_none()
        && inquiry.expires_at.is_some_and(|at| at <= now)
}

/// I5: only `created` and `pending` expire. The caller ends the sessions and links with it.
pub fn expire(inquiry: &mut Inquiry, now: Timestamp) -> Result<Vec<Happening>, Refusal> {
    inquiry.refuse_if_redacted()?;
    match inquiry.status {
        Status::Created | Status::Pending => {}
        Status::Expired => return Err(Refusal::conflict("Inquiry already expired")),
        status => {
            return Err(Refusal::conflict(format!(
                "Inquiry cannot be expired when it is {}",
                status.as_str()
            )));
        }
    }
    inquiry.status = Status::Expired;
    inquiry.detail.expired_at = Some(now);
    inquiry.updated_at = now;
    Ok(vec![inquiry.happening("inquiry.expired")])
}

/// Whether [`resume`] moved the inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    Reopened,
    StillOpen,
}

pub fn check_resumable(inquiry: &Inquiry) -> Result<(), Refusal> {
    inquiry.refuse_if_redacted()?;
    match inquiry.status {
        Status::Created | Status::Pending | Status::Expired => Ok(()),
        _ => Err(Refusal::conflict("Inquiry cannot be resumed")),
    }
}

/// I6: `expired` → `pending`; an open inquiry keeps its status and its expiry.
pub fn resume(
    inquiry: &mut Inquiry,
    template: &Template,
    now: Timestamp,
) -> Result<Resumption, Refusal> {
    check_resumable(inquiry)?;
    if inquiry.status != Status::Expired {
        return Ok(Resumption::StillOpen);
    }
    let seconds = inquiry
        .detail
        .intervals
        .after_resume
        .unwrap_or(template.settings.expiration.after_resume);
    inquiry.status = Status::Pending;
    inquiry.expires_at = Some(now.plus_seconds(seconds));
    inquiry.detail.started_at = inquiry.detail.started_at.or(Some(now));
    inquiry.detail.expired_at = None;
    inquiry.updated_at = now;
    Ok(Resumption::Reopened)
}
