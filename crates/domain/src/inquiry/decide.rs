//! Approve (I7), decline (I8), mark for review (I9).

use super::{Inquiry, Status};
use crate::event::Happening;
use crate::{Refusal, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Decline,
    MarkForReview,
}

/// Approved and declined may replace each other; a second decision of the same kind is a conflict.
pub fn decide(
    inquiry: &mut Inquiry,
    decision: Decision,
    comment: Option<String>,
    now: Timestamp,
) -> Result<Vec<Happening>, Refusal> {
    inquiry.refuse_if_redacted()?;
    let (status, event) = match (decision, inquiry.status) {
        (Decision::Approve | Decision::MarkForReview, Status::Approved) => {
            return Err(Refusal::conflict("Inquiry already approved"));
        }
        (Decision::Decline | Decision::MarkForReview, Status::Declined) => {
            return Err(Refusal::conflict("Inquiry already declined"));
        }
        (Decision::MarkForReview, Status::NeedsReview) => {
            return Err(Refusal::conflict("Inquiry already marked for review"));
        }
        (Decision::Approve, _) => (Status::Approved, "inquiry.approved"),
        (Decision::Decline, _) => (Status::Declined, "inquiry.declined"),
        (Decision::MarkForReview, _) => (Status::NeedsReview, "inquiry.marked-for-review"),
    };
    inquiry.status = status;
    if decision == Decision::MarkForReview {
        inquiry.detail.marked_for_review_at = Some(now);
    } else {
        inquiry.detail.decisioned_at = Some(now);
    }
    if comment.is_some() || decision != Decision::MarkForReview {
        inquiry.detail.reviewer_comment = comment;
    }
    inquiry.expires_at = None;
    inquiry.updated_at = now;
    Ok(vec![inquiry.happening(event)])
}
