//! Redaction of inquiries and accounts with all that hangs on them, in one transaction.

use selfsame_domain::account::{self, Account};
use selfsame_domain::event::{Happening, Subject};
use selfsame_domain::id::{AccountId, EnvironmentId, InquiryId, VerificationId};
use selfsame_domain::inquiry;
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch};
use selfsame_wire as wire;

use crate::account::Upserted;
use crate::event::{Payload, write_events};
use crate::work::{Attempts, Work};
use crate::{AccountBundle, Caller, Failure, InquiryBundle, Receipt, Service, photo};

impl Service {
    /// I10, R46: the inquiry and its children; the account and its reference ID stay.
    pub async fn redact_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
        receipt: Receipt<'_, (InquiryBundle, Vec<String>)>,
    ) -> Result<InquiryBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            let happenings = inquiry::redact(&mut work.bundle.view.inquiry, work.now)?;
            let blobs = self.redact_children(&mut work, false).await?;
            work.note(happenings);
            if let Some((bundle, blobs)) = self.finish(work, blobs, receipt, &mut attempts).await? {
                self.delete_blobs(&caller.environment.id, blobs).await;
                return Ok(bundle);
            }
        }
    }

    /// V14, V15: the verification with its document or selfie and its pictures; what was copied from it to the inquiry
    /// and the account stays. One that is redacted already is left as it is.
    pub async fn redact_verification(
        &self,
        caller: &Caller,
        id: &VerificationId,
        receipt: Receipt<'_, (InquiryBundle, Vec<String>)>,
    ) -> Result<InquiryBundle, Failure> {
        let found = self
            .ask(caller, Ask::verification(&caller.environment.id, id))
            .await?;
        let inquiry = found.ok_or_else(Refusal::not_found)?.inquiry_id;
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, &inquiry).await?;
            let blobs = self.redact_one(&mut work, id).await?;
            if let Some((bundle, blobs)) = self.finish(work, blobs, receipt, &mut attempts).await? {
                self.delete_blobs(&caller.environment.id, blobs).await;
                return Ok(bundle);
            }
        }
    }

    async fn redact_one(
        &self,
        work: &mut Work,
        id: &VerificationId,
    ) -> Result<Vec<String>, Failure> {
        let now = work.now;
        let bundle = &mut work.bundle;
        let made = bundle.verifications.iter_mut().find(|made| made.id == *id);
        let made = made.ok_or_else(Refusal::not_found)?;
        if made.redacted_at.is_some() {
            return Ok(Vec::new());
        }
        made.redact(now);
        let mut objects = vec![id.to_string()];
        objects.extend(made.detail.selfie_id.as_ref().map(ToString::to_string));
        if let Some(document) = made.detail.document_id.clone() {
            objects.push(document.to_string());
            let mut documents = bundle.documents.iter_mut();
            if let Some(document) = documents.find(|known| known.id == document) {
                document.redact();
            }
        }
        let environment = bundle.view.inquiry.environment_id.clone();
        self.scrub_events(&mut work.batch, &environment, &objects, false)
            .await?;
        Ok(work.let_go_of_files(|file| file.belongs_to(id)))
    }

    /// Takes the person out of what earlier events say of these objects.
    async fn scrub_events(
        &self,
        batch: &mut Batch,
        environment: &EnvironmentId,
        object_ids: &[String],
        with_reference: bool,
    ) -> Result<(), Failure> {
        for mut event in self.store().list_events_of(environment, object_ids).await? {
            wire::event::scrub(&mut event.payload, with_reference);
            batch.replace_event_payload(&event);
        }
        Ok(())
    }

    /// Empties what hangs on the inquiry and returns the blobs it lets go of, to be deleted once that is committed.
    async fn redact_children(
        &self,
        work: &mut Work,
        with_reference: bool,
    ) -> Result<Vec<String>, Failure> {
        let now = work.now;
        work.close();
        for made in &mut work.bundle.verifications {
            made.redact(now);
        }
        for document in &mut work.bundle.documents {
            document.redact();
        }
        for session in &mut work.bundle.sessions {
            session.device.ip_address = None;
            session.device.user_agent = None;
            session.device.device_name = None;
        }
        let (environment, id) = (
            work.bundle.view.inquiry.environment_id.clone(),
            work.bundle.view.inquiry.id.clone(),
        );
        let bundle = &work.bundle;
        let objects: Vec<String> = [id.to_string()]
            .into_iter()
            .chain(bundle.sessions.iter().map(|session| session.id.to_string()))
            .chain(bundle.verifications.iter().map(|made| made.id.to_string()))
            .chain(
                bundle
                    .documents
                    .iter()
                    .map(|document| document.id.to_string()),
            )
            .chain(bundle.selfies.iter().map(|selfie| selfie.id.to_string()))
            .collect();
        self.scrub_events(&mut work.batch, &environment, &objects, with_reference)
            .await?;
        Ok(work.let_go_of_files(|_| true))
    }

    /// R44, R45: the account, then everything below it; `account.redacted` comes last. Redacting again is
    /// allowed, for new data may have arrived.
    pub async fn redact_account(
        &self,
        caller: &Caller,
        id: &AccountId,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let now = self.now();
            let (before, account_type) = self.get_account_pair(caller, id).await?;
            let keep = self.options().keep_reference_id_on_redaction;
            let redacted = account::redact(before.clone(), keep, now);
            let mut batch = Batch::new();
            batch.update_account(&redacted, &account_type);
            let mut blobs = self
                .redact_inquiries(caller, &redacted, !keep, &mut batch)
                .await?;
            blobs.extend(photo::replace(&mut batch, Some(&before), &redacted, now));
            let own = [redacted.id.to_string()];
            self.scrub_events(&mut batch, &redacted.environment_id, &own, !keep)
                .await?;
            let subject = Subject::Account(redacted.id.clone());
            self.write_account_redacted(
                &mut batch,
                &redacted,
                &account_type,
                Happening::new("account.redacted", subject),
                now,
            );
            let outcome = (
                AccountBundle {
                    account: redacted,
                    account_type,
                },
                Upserted::Updated,
            );
            if let Some(answer) = receipt(&outcome) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                self.delete_blobs(&caller.environment.id, blobs).await;
                return Ok(outcome.0);
            }
            self.look_again(caller).await?;
        }
    }

    async fn redact_inquiries(
        &self,
        caller: &Caller,
        account: &Account,
        with_reference: bool,
        batch: &mut Batch,
    ) -> Result<Vec<String>, Failure> {
        let mut blobs = Vec::new();
        let attached = self
            .store()
            .list_inquiries_of_account(&caller.environment.id, &account.id)
            .await?;
        // One that arrives meanwhile is redacted as well.
        batch.check_inquiries_of(account, attached.len());
        for view in attached {
            let mut work = match self.load_work(caller, &view.inquiry.id).await {
                Ok(work) => work,
                Err(Failure::Refused(refusals))
                    if refusals.status() == Refusal::not_found().status() =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Shown in the events below; the row itself is written once, by the caller.
            let account_type = work.bundle.account.take().map(|(_, kind)| kind);
            if work.bundle.view.inquiry.redacted_at.is_none() {
                let happenings = inquiry::redact(&mut work.bundle.view.inquiry, work.now)?;
                blobs.extend(self.redact_children(&mut work, with_reference).await?);
                work.note(happenings);
            } else {
                // Its own redaction left the account's reference ID in what its events say.
                let (environment, id) = (
                    &account.environment_id,
                    work.bundle.view.inquiry.id.to_string(),
                );
                self.scrub_events(&mut work.batch, environment, &[id], with_reference)
                    .await?;
            }
            work.show_account(account.clone(), account_type);
            let (_, writes) = work.into_batch();
            batch.append(writes);
        }
        Ok(blobs)
    }

    fn write_account_redacted(
        &self,
        batch: &mut Batch,
        account: &Account,
        account_type: &selfsame_domain::account::AccountType,
        happening: Happening,
        now: Timestamp,
    ) {
        let mut entropy = self.entropy();
        write_events(
            batch,
            &account.environment_id,
            Some(&account.id),
            vec![happening],
            now,
            &mut entropy,
            |_| Payload::of_account(account, account_type),
        );
    }
}
