//! Verifications and documents, each with the inquiry it was made in.

use selfsame_domain::Refusal;
use selfsame_domain::id::{DocumentId, VerificationId};
use selfsame_domain::verification::{Document, Verification};
use selfsame_store::Ask;

use crate::{Caller, Failure, InquiryBundle, Service};

impl Service {
    pub async fn get_verification(
        &self,
        caller: &Caller,
        id: &VerificationId,
    ) -> Result<(InquiryBundle, Verification), Failure> {
        let found = self
            .ask(caller, Ask::verification(&caller.environment.id, id))
            .await?;
        let made = found.ok_or_else(Refusal::not_found)?;
        let bundle = self.get_inquiry(caller, &made.inquiry_id).await?;
        // As it is now: what the bundle holds may be newer.
        let mut all = bundle.verifications.iter();
        let made = all.find(|known| known.id == *id).cloned().unwrap_or(made);
        Ok((bundle, made))
    }

    pub async fn get_document(
        &self,
        caller: &Caller,
        id: &DocumentId,
    ) -> Result<(InquiryBundle, Document), Failure> {
        let found = self
            .ask(caller, Ask::document(&caller.environment.id, id))
            .await?;
        let document = found.ok_or_else(Refusal::not_found)?;
        let bundle = self.get_inquiry(caller, &document.inquiry_id).await?;
        let mut all = bundle.documents.iter();
        let document = all
            .find(|known| known.id == *id)
            .cloned()
            .unwrap_or(document);
        Ok((bundle, document))
    }
}
