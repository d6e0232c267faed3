//! Inside an open flow: the current screen, submissions, pictures, leaving, language, simulation.

use std::sync::Arc;

use selfsame_domain::flow::{
    self, Facts, FlowProblem, POSES, Screen, Submission, government_id_parts,
};
use selfsame_domain::id::{FileId, Id, InquiryId};
use selfsame_domain::inquiry::SimulatedOutcome;
use selfsame_domain::verification::UploadedFile;
use selfsame_domain::{Refusal, Refusals};

use super::{FlowFailure, FlowView, TransitionRequest};
use crate::work::{Attempts, Work};
use crate::{Caller, Failure, Picture, Service, no_receipt, sha256};

impl Service {
    /// Where the flow stands; brings the result of a verification that is due on the way.
    pub async fn flow_state(&self, token: &str) -> Result<FlowView, FlowFailure> {
        let (caller, session) = self.authorise(token).await?;
        self.settle_inquiry(&caller, &session.inquiry_id).await?;
        self.flow_view(caller.environment, session).await
    }

    /// Brings an inquiry forward as far as time alone brings it: expiry, and a verification's result.
    pub(crate) async fn settle_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
    ) -> Result<(), Failure> {
        self.change_inquiry(caller, id, &no_receipt, |work| {
            let version = Arc::clone(&work.bundle.version);
            let facts = facts(work, caller, &version, Vec::new());
            let outcome = flow::settle(facts, work.now).map_err(broken)?;
            if let Some(outcome) = outcome {
                apply(work, outcome);
            }
            Ok::<_, Failure>(())
        })
        .await?;
        Ok(())
    }

    /// One submission. A repeat with the same key answers where the first one led (B291).
    pub async fn flow_transition(
        &self,
        token: &str,
        request: TransitionRequest,
    ) -> Result<FlowView, FlowFailure> {
        let (caller, session) = self.authorise(token).await?;
        let submission = Submission {
            step: request.step,
            revision: request.revision,
            key: request.key,
            back: request.back,
            values: request.values,
            behaviors: request.behaviors,
            session_id: session.id.to_string(),
        };
        let submitted = self
            .submit(&caller, &session.inquiry_id, &submission)
            .await?;
        match submitted {
            Ok(()) => self.flow_view(caller.environment, session).await,
            Err(FlowProblem::Stale) => {
                let view = self.flow_view(caller.environment, session).await?;
                Err(FlowFailure::Stale(Box::new(view)))
            }
            Err(FlowProblem::FileMissing(part)) => Err(FlowFailure::FileMissing(part)),
            Err(FlowProblem::Invalid(problems)) => Err(FlowFailure::Invalid(problems)),
            Err(FlowProblem::Refused(refusal)) => Err(refusal.into()),
            Err(FlowProblem::BrokenFlow) => Err(broken(FlowProblem::BrokenFlow).into()),
        }
    }

    /// What the engine makes of a submission, committed. What it refuses is the inner error; loading may have
    /// expired the inquiry, and that stands whatever else is wrong.
    async fn submit(
        &self,
        caller: &Caller,
        id: &InquiryId,
        submission: &Submission,
    ) -> Result<Result<(), FlowProblem>, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            let inquiry = &work.bundle.view.inquiry;
            if inquiry.detail.run.last_key.as_deref() == Some(submission.key.as_str()) {
                return Ok(Ok(()));
            }
            let mut uploads = work.bundle.files.clone();
            uploads.retain(|file| file.owner_id.is_none() && file.step == submission.step);
            let version = Arc::clone(&work.bundle.version);
            let mut entropy = work.entropy.fork();
            let facts = facts(&work, caller, &version, uploads);
            let submitted = flow::submit(facts, submission, work.now, &mut entropy)
                .map(|outcome| apply(&mut work, outcome));
            if let Some((_, submitted)) = self
                .finish(work, submitted, &no_receipt, &mut attempts)
                .await?
            {
                return Ok(submitted);
            }
        }
    }

    /// Keeps one picture of the current step. Sending a part again replaces it.
    pub async fn flow_upload(
        &self,
        token: &str,
        step: &str,
        part: &str,
        method: &str,
        bytes: Vec<u8>,
    ) -> Result<UploadedFile, FlowFailure> {
        let (caller, session) = self.authorise(token).await?;
        let view = self
            .flow_view(caller.environment.clone(), session.clone())
            .await?;
        if view.step() != Ok(step) || !wanted_parts(&view).iter().any(|wanted| wanted == part) {
            return Err(FlowFailure::Stale(Box::new(view)));
        }
        let picture = tokio::task::spawn_blocking(move || Picture::read(&bytes))
            .await
            .map_err(|error| Failure::Internal(format!("reading a picture failed: {error}")))?
            .map_err(FlowFailure::Picture)?;
        let file = self.new_file(&view, step, part, method, &picture);
        // The bytes are durable before a row names them.
        let environment = &caller.environment.id;
        self.put_blob(environment, file.blob_key.clone(), picture.jpeg)
            .await?;

        match self.keep_file(&caller, &file).await {
            Ok(Some(replaced)) => {
                self.delete_blobs(environment, replaced).await;
                Ok(file)
            }
            Ok(None) => {
                self.delete_blobs(environment, vec![file.blob_key]).await;
                let view = self.flow_view(caller.environment, session).await?;
                Err(FlowFailure::Stale(Box::new(view)))
            }
            Err(failure) => {
                // Refused, it is named by no row. After a failure of the store it may be.
                if matches!(failure, Failure::Refused(_)) {
                    self.delete_blobs(environment, vec![file.blob_key]).await;
                }
                Err(failure.into())
            }
        }
    }

    /// Names a kept picture in a row, if its step is still the current one, and returns the blobs it replaces.
    async fn keep_file(
        &self,
        caller: &Caller,
        file: &UploadedFile,
    ) -> Result<Option<Vec<String>>, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, &file.inquiry_id).await?;
            let inquiry = work.bundle.view.inquiry.clone();
            let current =
                inquiry.status.is_open() && inquiry.detail.next_step.as_deref() == Some(&file.step);
            if !current {
                return Ok(None);
            }
            let replaced = work.let_go_of_files(|old| {
                old.owner_id.is_none() && old.step == file.step && old.part == file.part
            });
            work.put_file(file.clone());
            work.batch.name_blob(&file.environment_id, &file.blob_key);
            if let Some((_, replaced)) = self
                .finish(work, replaced, &no_receipt, &mut attempts)
                .await?
            {
                return Ok(Some(replaced));
            }
        }
    }

    fn new_file(
        &self,
        view: &FlowView,
        step: &str,
        part: &str,
        method: &str,
        picture: &Picture,
    ) -> UploadedFile {
        let inquiry = &view.bundle.view.inquiry;
        let now = self.now();
        let id = FileId::mint(&mut self.entropy(), now);
        let digest = crate::secret::hex(&sha256(&[&picture.jpeg]));
        UploadedFile {
            blob_key: format!("{}/{id}", inquiry.environment_id),
            id,
            environment_id: inquiry.environment_id.clone(),
            inquiry_id: inquiry.id.clone(),
            step: step.to_owned(),
            part: part.to_owned(),
            owner_id: None,
            sha256: digest,
            mime_type: "image/jpeg".to_owned(),
            byte_size: i64::try_from(picture.jpeg.len()).unwrap_or(i64::MAX),
            width: picture.width.into(),
            height: picture.height.into(),
            capture_method: match method {
                "auto" => "auto",
                "manual" => "manual",
                _ => "upload",
            }
            .to_owned(),
            created_at: now,
        }
    }

    /// B68: the person leaves; the inquiry keeps its status.
    pub async fn flow_cancel(&self, token: &str) -> Result<(), FlowFailure> {
        let (caller, session) = self.authorise(token).await?;
        self.change_inquiry(&caller, &session.inquiry_id, &no_receipt, |work| {
            let session = work.session(&session.id)?;
            let happening = session.happening("inquiry-session.canceled");
            work.note(vec![happening]);
            Ok::<_, FlowFailure>(())
        })
        .await?;
        Ok(())
    }

    /// B118, B281: the language the person chose, for this session and the next.
    pub async fn flow_locale(&self, token: &str, locale: &str) -> Result<FlowView, FlowFailure> {
        let (caller, session) = self.authorise(token).await?;
        self.change_inquiry(&caller, &session.inquiry_id, &no_receipt, |work| {
            if work.bundle.view.inquiry.status.is_open() {
                work.inquiry().detail.locale = Some(locale.to_owned());
            }
            work.session(&session.id)?.device.locale = Some(locale.to_owned());
            Ok::<_, FlowFailure>(())
        })
        .await?;
        self.flow_view(caller.environment, session).await
    }

    /// B261, B271: the sandbox's toggle; in production there is none.
    pub async fn flow_simulate(
        &self,
        token: &str,
        outcome: SimulatedOutcome,
    ) -> Result<FlowView, FlowFailure> {
        let (caller, session) = self.authorise(token).await?;
        if !caller.environment.is_sandbox() {
            return Err(Refusal::not_found().into());
        }
        self.change_inquiry(&caller, &session.inquiry_id, &no_receipt, |work| {
            work.inquiry().detail.simulated = outcome;
            Ok::<_, FlowFailure>(())
        })
        .await?;
        self.flow_view(caller.environment, session).await
    }
}

/// The parts the current screen asks for; none on any other kind of screen.
pub fn wanted_parts(view: &FlowView) -> Vec<String> {
    let inquiry = &view.bundle.view.inquiry;
    let definition = &view.bundle.version.definition;
    let screen = inquiry
        .detail
        .next_step
        .as_deref()
        .and_then(|step| definition.flow.screen(step));
    match screen {
        Some(Screen::GovernmentIdCapture { verification }) => definition
            .verification(verification)
            .map(|template| government_id_parts(template, inquiry))
            .unwrap_or_default(),
        Some(Screen::SelfieCapture { .. }) => POSES.map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

fn facts<'a>(
    work: &'a Work,
    caller: &Caller,
    version: &'a selfsame_domain::template::TemplateVersion,
    uploads: Vec<UploadedFile>,
) -> Facts<'a> {
    let bundle = &work.bundle;
    Facts {
        inquiry: bundle.view.inquiry.clone(),
        template: &bundle.template,
        version,
        environment: caller.environment.kind,
        verifications: bundle.verifications.clone(),
        documents: bundle.documents.clone(),
        selfies: bundle.selfies.clone(),
        uploads,
    }
}

fn apply(work: &mut Work, outcome: flow::Outcome) {
    *work.inquiry() = outcome.inquiry;
    for made in outcome.made {
        work.put_made(made);
    }
    for file in outcome.claimed {
        work.put_file(file);
    }
    let (status, others): (Vec<_>, Vec<_>) = outcome
        .happenings
        .into_iter()
        .partition(|h| is_final(h.name));
    work.note(others);
    if outcome.fills_account {
        work.fill_account();
    }
    work.note(status);
}

/// The status event comes last, also behind what the account gained.
fn is_final(name: &str) -> bool {
    matches!(
        name,
        "inquiry.completed" | "inquiry.failed" | "inquiry.marked-for-review"
    )
}

fn broken(problem: FlowProblem) -> Failure {
    match problem {
        FlowProblem::Refused(refusal) => Failure::Refused(Refusals::from(refusal)),
        other => Failure::Internal(format!(
            "the flow's definition cannot be followed: {other:?}"
        )),
    }
}
