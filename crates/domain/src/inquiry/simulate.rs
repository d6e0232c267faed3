//! The actions of `perform-simulate-actions` (B266); the service runs them in order, all or none.

use crate::id::VerificationTemplateId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimulateAction {
    Start,
    Complete,
    Fail,
    Expire,
    MarkForReview,
    Approve,
    Decline,
    CreatePassedVerification(VerificationTemplateId),
    CreateFailedVerification(VerificationTemplateId),
}
