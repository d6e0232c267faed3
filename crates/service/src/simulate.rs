//! `perform-simulate-actions`: sandbox only, in order, all or none (B266, B267, I72–I78).

use selfsame_domain::Refusal;
use selfsame_domain::flow;
use selfsame_domain::id::InquiryId;
use selfsame_domain::inquiry::{
    self, Decision, SimulateAction, SimulatedOutcome, Status, StubChange,
};

use crate::work::Work;
use crate::{Caller, Failure, InquiryBundle, Receipt, Service};

impl Service {
    pub async fn simulate(
        &self,
        caller: &Caller,
        id: &InquiryId,
        actions: &[SimulateAction],
        receipt: Receipt<'_, (InquiryBundle, ())>,
    ) -> Result<InquiryBundle, Failure> {
        let changed = self.change_inquiry(caller, id, receipt, |work| {
            if !caller.environment.is_sandbox() {
                let details = "Simulate actions can only be performed in sandbox";
                return Err(Refusal::forbidden(details).into());
            }
            for action in actions {
                perform(work, action)?;
            }
            Ok::<_, Failure>(())
        });
        Ok(changed.await?.0)
    }
}

impl Service {
    /// I78.
    pub async fn set_stubs(
        &self,
        caller: &Caller,
        id: &InquiryId,
        stubs: &[StubChange],
        receipt: Receipt<'_, (InquiryBundle, ())>,
    ) -> Result<InquiryBundle, Failure> {
        let changed = self.change_inquiry(caller, id, receipt, |work| {
            if !caller.environment.is_sandbox() {
                let details = "Simulated data can only be set in sandbox";
                return Err(Refusal::forbidden(details).into());
            }
            let (now, version) = (work.now, std::sync::Arc::clone(&work.bundle.version));
            inquiry::set_stubs(work.inquiry(), &version.definition, stubs, now)?;
            Ok::<_, Failure>(())
        });
        Ok(changed.await?.0)
    }
}

fn perform(work: &mut Work, action: &SimulateAction) -> Result<(), Refusal> {
    let now = work.now;
    match action {
        SimulateAction::Start => start(work)?,
        SimulateAction::Complete => {
            start_if_created(work)?;
            let happenings = inquiry::complete(work.inquiry(), now)?;
            work.note(happenings);
            work.fill_account();
        }
        SimulateAction::Fail => {
            start_if_created(work)?;
            let happenings = inquiry::fail(work.inquiry(), now)?;
            work.note(happenings);
        }
        SimulateAction::Expire => work.expire()?,
        SimulateAction::MarkForReview => decide(work, Decision::MarkForReview)?,
        SimulateAction::Approve => decide(work, Decision::Approve)?,
        SimulateAction::Decline => decide(work, Decision::Decline)?,
        SimulateAction::CreatePassedVerification(template) => {
            verify(work, template, SimulatedOutcome::Passed)?;
        }
        SimulateAction::CreateFailedVerification(template) => {
            verify(work, template, SimulatedOutcome::Failed)?;
        }
    }
    Ok(())
}

fn start(work: &mut Work) -> Result<(), Refusal> {
    let (now, template) = (work.now, work.bundle.template.clone());
    let happenings = inquiry::start(work.inquiry(), &template, now)?;
    work.note(happenings);
    Ok(())
}

/// I76: completing or failing straight from `created` passes through `pending`.
fn start_if_created(work: &mut Work) -> Result<(), Refusal> {
    if work.bundle.view.inquiry.status == Status::Created {
        start(work)?;
    }
    Ok(())
}

fn decide(work: &mut Work, decision: Decision) -> Result<(), Refusal> {
    let now = work.now;
    let happenings = inquiry::decide(work.inquiry(), decision, None, now)?;
    work.note(happenings);
    Ok(())
}

fn verify(
    work: &mut Work,
    template_id: &selfsame_domain::id::VerificationTemplateId,
    outcome: SimulatedOutcome,
) -> Result<(), Refusal> {
    let version = std::sync::Arc::clone(&work.bundle.version);
    let template = version
        .definition
        .verification_by_id(template_id)
        .ok_or_else(|| {
            Refusal::not_found_at(
                "meta.simulate_actions.data.verification_template_id is not found",
            )
        })?;
    if !work.bundle.view.inquiry.status.is_open() {
        let status = work.bundle.view.inquiry.status.as_str();
        return Err(Refusal::conflict(format!(
            "A verification cannot be created for an inquiry that is {status}"
        )));
    }
    let now = work.now;
    let mut made = flow::make_verification(
        &work.bundle.view.inquiry,
        template,
        true,
        outcome,
        now,
        &mut work.entropy,
    );
    flow::settle_simulated(&mut made, template, now);
    // B267: the document's own events first, then the verification's.
    let (own, verification): (Vec<_>, Vec<_>) = std::mem::take(&mut made.happenings)
        .into_iter()
        .partition(|h| !h.name.starts_with("verification."));
    work.note(own);
    work.note(verification);
    if outcome == SimulatedOutcome::Passed {
        let known = |key: &str| {
            version
                .definition
                .fields
                .iter()
                .any(|schema| schema.key == key)
        };
        let fields = flow::extracted_fields(&made.verification);
        let fields = fields.into_iter().filter(|(key, _)| known(key));
        work.inquiry().detail.fields.extend(fields);
        work.inquiry().updated_at = now;
    }
    work.put_made(made);
    start_if_created(work)
}
