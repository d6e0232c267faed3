//! Changing one inquiry: load all of it, let a decision change it, commit what changed with its events.

use std::sync::Arc;

use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::event::{Happening, Subject};
use selfsame_domain::flow::Made;
use selfsame_domain::id::{Entropy, InquiryId};
use selfsame_domain::inquiry::{self, Inquiry};
use selfsame_domain::session::{self, Session, SessionStatus};
use selfsame_domain::verification::{UploadedFile, Verification, VerificationStatus};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, CommitError, Guard};
use selfsame_wire as wire;

use crate::event::{Payload, write_events};
use crate::{Caller, Failure, InquiryBundle, Receipt, Service};

/// What a decision may look at and change; [`Service::change_inquiry`] writes the difference.
pub(crate) struct Work {
    pub bundle: InquiryBundle,
    pub now: Timestamp,
    pub entropy: Entropy,
    pub happenings: Vec<Happening>,
    /// Writes that are no part of the bundle: links, files, tags.
    pub batch: Batch,
    loaded: InquiryBundle,
    new_sessions: Vec<Session>,
}

impl Work {
    pub fn inquiry(&mut self) -> &mut Inquiry {
        &mut self.bundle.view.inquiry
    }

    pub fn note(&mut self, happenings: Vec<Happening>) {
        self.happenings.extend(happenings);
    }

    /// B127: refused at the limit; the unique slot holds it under any race.
    pub fn new_session(&mut self) -> Result<Session, Refusal> {
        let existing = self.bundle.sessions.len();
        let limit = self.bundle.template.settings.sessions_max;
        let session = session::create(
            &self.bundle.view.inquiry,
            existing,
            limit,
            self.now,
            &mut self.entropy,
        )?;
        self.batch.insert_session(&session, existing + 1);
        self.bundle.sessions.push(session.clone());
        self.new_sessions.push(session.clone());
        Ok(session)
    }

    pub fn session(
        &mut self,
        id: &selfsame_domain::id::SessionId,
    ) -> Result<&mut Session, Refusal> {
        let found = self
            .bundle
            .sessions
            .iter_mut()
            .find(|session| session.id == *id);
        found.ok_or_else(Refusal::not_found)
    }

    /// I5: with the inquiry end its sessions, its links and whatever was being verified.
    pub fn expire(&mut self) -> Result<(), Refusal> {
        let expired = inquiry::expire(&mut self.bundle.view.inquiry, self.now)?;
        self.close();
        self.note(expired);
        Ok(())
    }

    /// Shows an account that somebody else writes: it appears in documents and events, and is no change of this work.
    pub fn show_account(&mut self, account: Account, kind: Option<Arc<AccountType>>) {
        self.bundle.account = kind.map(|kind| (account, kind));
        self.loaded.account.clone_from(&self.bundle.account);
    }

    /// Its time had come, and loading it ended it.
    pub fn has_just_expired(&self) -> bool {
        self.bundle.view.inquiry.status != self.loaded.view.inquiry.status
    }

    /// Ends sessions, links and open verifications.
    pub fn close(&mut self) {
        let now = self.now;
        for session in &mut self.bundle.sessions {
            if session.status != SessionStatus::Expired
                && let Ok(happenings) = session::expire(session, now)
            {
                self.happenings.extend(happenings);
            }
        }
        for made in &mut self.bundle.verifications {
            if is_open(made) {
                made.status = VerificationStatus::Canceled;
                made.completed_at = Some(now);
                let subject = Subject::Verification(made.id.clone());
                self.happenings
                    .push(Happening::new("verification.canceled", subject));
            }
        }
        let inquiry = &self.bundle.view.inquiry;
        self.batch
            .expire_links(&inquiry.environment_id, &inquiry.id, now);
    }

    /// Takes a verification run into the bundle, new or changed. Its happenings are the caller's to note.
    pub fn put_made(&mut self, made: Made) {
        put(&mut self.bundle.verifications, made.verification, |made| {
            made.id.to_string()
        });
        if let Some(document) = made.document {
            put(&mut self.bundle.documents, document, |document| {
                document.id.to_string()
            });
        }
        if let Some(selfie) = made.selfie {
            put(&mut self.bundle.selfies, selfie, |selfie| {
                selfie.id.to_string()
            });
        }
    }

    /// Keeps a picture's row, new or changed.
    pub fn put_file(&mut self, file: UploadedFile) {
        self.batch.put_file(&file);
        put(&mut self.bundle.files, file, |file| file.id.to_string());
    }

    /// Lets go of the pictures that `gone` says, row and blob in this one commit, and returns their blobs, to be deleted
    /// once that is committed.
    pub fn let_go_of_files(&mut self, gone: impl Fn(&UploadedFile) -> bool) -> Vec<String> {
        let (gone, kept) = std::mem::take(&mut self.bundle.files)
            .into_iter()
            .partition(|file| gone(file));
        self.bundle.files = kept;
        let gone: Vec<UploadedFile> = gone;
        for file in &gone {
            self.batch.delete_file(file);
            self.batch
                .let_go_of_blob(&file.environment_id, &file.blob_key, self.now);
        }
        gone.into_iter().map(|file| file.blob_key).collect()
    }

    /// A completed inquiry fills what is empty in its account (A48–A50).
    pub fn fill_account(&mut self) {
        let now = self.now;
        let fields = self.bundle.view.inquiry.detail.fields.clone();
        if let Some((account, kind)) = &mut self.bundle.account
            && account.archived_at.is_none()
        {
            let happenings = crate::account::fill_from_inquiry(account, kind, &fields, now);
            self.happenings.extend(happenings);
        }
    }

    fn payload(&self, subject: &Subject) -> Option<Payload> {
        let bundle = &self.bundle;
        let document = match subject {
            Subject::Inquiry(_) => return Payload::of_inquiry(&bundle.view, &bundle.version),
            Subject::Account(_) => {
                let (account, kind) = bundle.account.as_ref()?;
                return Payload::of_account(account, kind);
            }
            Subject::Session(id) => bundle
                .sessions
                .iter()
                .find(|s| s.id == *id)
                .map(wire::session::document),
            Subject::Verification(id) => bundle
                .verifications
                .iter()
                .find(|made| made.id == *id)
                .map(|made| {
                    wire::verification::document(made, &bundle.view.inquiry, &bundle.files)
                }),
            Subject::Document(id) => bundle
                .documents
                .iter()
                .find(|document| document.id == *id)
                .map(|document| {
                    let files = bundle.files_of_document(id);
                    wire::verification::document_document(document, &bundle.view.inquiry, &files)
                }),
            Subject::Selfie(id) => bundle
                .selfies
                .iter()
                .find(|selfie| selfie.id == *id)
                .map(wire::verification::selfie_document),
        };
        Payload::of(&document?)
    }

    /// Everything that differs from what was loaded, and the events. Whatever is changed, the inquiry counts it: of two
    /// that decided on the same state, be it about a session or a picture, the second decides again.
    pub(crate) fn into_batch(mut self) -> (InquiryBundle, Batch) {
        self.bundle.refresh_view();
        let mut batch = Batch::new();
        let (now_is, was) = (&self.bundle, &self.loaded);
        let changes_inquiry = now_is.view.inquiry != was.view.inquiry;
        if changes_inquiry {
            batch.update_inquiry(&now_is.view.inquiry);
        }
        if let (Some((account, kind)), Some((before, _))) = (&now_is.account, &was.account)
            && account != before
        {
            batch.update_account(account, kind);
        }
        batch.append(std::mem::take(&mut self.batch));
        for session in &now_is.sessions {
            // A new one is inserted as it was made; only what happened to it since is an update.
            if !was
                .sessions
                .iter()
                .chain(&self.new_sessions)
                .any(|before| before == session)
            {
                batch.update_session(session);
            }
        }
        for made in now_is
            .verifications
            .iter()
            .filter(|made| !was.verifications.contains(made))
        {
            batch.put_verification(made);
        }
        for document in now_is
            .documents
            .iter()
            .filter(|document| !was.documents.contains(document))
        {
            batch.put_document(document);
        }
        for selfie in now_is
            .selfies
            .iter()
            .filter(|selfie| !was.selfies.contains(selfie))
        {
            batch.put_selfie(selfie);
        }
        let happenings = std::mem::take(&mut self.happenings);
        let mut entropy = self.entropy.fork();
        let inquiry = &self.bundle.view.inquiry;
        write_events(
            &mut batch,
            &inquiry.environment_id,
            inquiry.account_id.as_ref(),
            happenings,
            self.now,
            &mut entropy,
            |subject| self.payload(subject),
        );
        if !changes_inquiry && !batch.is_empty() {
            batch.touch_inquiry(&self.bundle.view.inquiry);
        }
        (self.bundle, batch)
    }
}

fn is_open(made: &Verification) -> bool {
    matches!(
        made.status,
        VerificationStatus::Initiated | VerificationStatus::Submitted
    )
}

fn put<T>(items: &mut Vec<T>, item: T, id: impl Fn(&T) -> String) {
    match items.iter_mut().find(|known| id(known) == id(&item)) {
        Some(slot) => *slot = item,
        None => items.push(item),
    }
}

impl Service {
    pub(crate) async fn load_work(&self, caller: &Caller, id: &InquiryId) -> Result<Work, Failure> {
        let found = self
            .ask(caller, Ask::inquiry(&caller.environment.id, id))
            .await?;
        let view = found.ok_or_else(Refusal::not_found)?;
        let bundle = self.bundle(caller, view).await?;
        let mut work = Work {
            loaded: bundle.clone(),
            bundle,
            now: self.now(),
            entropy: self.entropy(),
            happenings: Vec::new(),
            batch: Batch::new(),
            new_sessions: Vec::new(),
        };
        // B178: expiry is exact on access.
        if inquiry::is_due(&work.bundle.view.inquiry, work.now) {
            work.expire()?;
        }
        Ok(work)
    }

    /// Loads, decides and commits, again from the start whenever somebody else was faster. `decide` sees an
    /// inquiry whose expiry has been applied; what it refuses changes nothing.
    ///
    /// A decision that has to wait for something is written as the same loop around [`Service::finish`].
    pub(crate) async fn change_inquiry<T, E: From<Failure>>(
        &self,
        caller: &Caller,
        id: &InquiryId,
        receipt: Receipt<'_, (InquiryBundle, T)>,
        decide: impl Fn(&mut Work) -> Result<T, E>,
    ) -> Result<(InquiryBundle, T), E> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            let made = decide(&mut work)?;
            if let Some(outcome) = self.finish(work, made, receipt, &mut attempts).await? {
                return Ok(outcome);
            }
            self.look_again(caller).await?;
        }
    }

    /// Commits a decision. `None`: somebody was faster; load and decide again.
    pub(crate) async fn finish<T>(
        &self,
        work: Work,
        made: T,
        receipt: Receipt<'_, (InquiryBundle, T)>,
        attempts: &mut Attempts,
    ) -> Result<Option<(InquiryBundle, T)>, Failure> {
        let (bundle, mut batch) = work.into_batch();
        let outcome = (bundle, made);
        if let Some(answer) = receipt(&outcome) {
            batch.insert_answer(&answer);
        }
        let committed = self.store().commit(batch).await;
        Ok(attempts.settle(committed)?.then_some(outcome))
    }
}

/// How often a use case decides anew because somebody was faster.
const MOST_ATTEMPTS: u32 = 50;

/// Counts the attempts of one request.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    made: u32,
}

impl Attempts {
    /// Whether the commit stands; `false`: somebody was faster, and it is worth another look.
    pub fn settle(&mut self, committed: Result<(), CommitError>) -> Result<bool, Failure> {
        match committed {
            Ok(()) => Ok(true),
            Err(CommitError::Taken(Guard::Idempotency)) => Err(Failure::AnsweredMeanwhile),
            Err(CommitError::Failed(error)) => Err(error.into()),
            Err(CommitError::Conflict | CommitError::Taken(_)) => {
                self.made += 1;
                if self.made >= MOST_ATTEMPTS {
                    return Err(Refusal::stale().into());
                }
                Ok(false)
            }
        }
    }
}
