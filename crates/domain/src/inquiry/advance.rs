//! The end user's way through: started (I2), completed (I3), failed (I4), and each step between (B209).

use super::{Inquiry, Status};
use crate::event::Happening;
use crate::template::Template;
use crate::{Refusal, Timestamp};

fn refuse_unless(inquiry: &Inquiry, allowed: &[Status], done: &str) -> Result<(), Refusal> {
    inquiry.refuse_if_redacted()?;
    if allowed.contains(&inquiry.status) {
        return Ok(());
    }
    Err(Refusal::conflict(format!(
        "Inquiry cannot be {done} when it is {}",
        inquiry.status.as_str()
    )))
}

/// I2: the first document or verification; opening the link is not enough.
pub fn start(
    inquiry: &mut Inquiry,
    template: &Template,
    now: Timestamp,
) -> Result<Vec<Happening>, Refusal> {
    refuse_unless(inquiry, &[Status::Created], "started")?;
    let settings = &template.settings.expiration;
    let intervals = inquiry.detail.intervals;
    // Where neither the inquiry nor the template sets the start interval, it is the create interval.
    let seconds = intervals
        .after_start
        .or(settings.after_start)
        .or(intervals.after_create)
        .unwrap_or(settings.after_create);
    inquiry.status = Status::Pending;
    inquiry.detail.started_at = Some(now);
    inquiry.expires_at = Some(now.plus_seconds(seconds));
    inquiry.updated_at = now;
    Ok(vec![inquiry.happening("inquiry.started")])
}

/// I3. A flow without verifications may complete straight from `created`.
pub fn complete(inquiry: &mut Inquiry, now: Timestamp) -> Result<Vec<Happening>, Refusal> {
    refuse_unless(inquiry, &[Status::Created, Status::Pending], "completed")?;
    inquiry.status = Status::Completed;
    inquiry.detail.completed_at = Some(now);
    inquiry.expires_at = None;
    inquiry.updated_at = now;
    Ok(vec![inquiry.happening("inquiry.completed")])
}

/// I4.
pub fn fail(inquiry: &mut Inquiry, now: Timestamp) -> Result<Vec<Happening>, Refusal> {
    refuse_unless(inquiry, &[Status::Created, Status::Pending], "failed")?;
    inquiry.status = Status::Failed;
    inquiry.detail.failed_at = Some(now);
    inquiry.expires_at = None;
    inquiry.updated_at = now;
    Ok(vec![inquiry.happening("inquiry.failed")])
}

/// B208–B210: the user reaches another screen.
pub fn move_to(inquiry: &mut Inquiry, step: &str, now: Timestamp) -> Vec<Happening> {
    inquiry.detail.previous_step = inquiry.detail.next_step.take();
    inquiry.detail.next_step = Some(step.to_owned());
    inquiry.detail.run.revision += 1;
    inquiry.updated_at = now;
    vec![inquiry.happening("inquiry.transitioned")]
}
