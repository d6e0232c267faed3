//! An inquiry with everything its document and its `included` can show.

use std::sync::Arc;

use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::id::DocumentId;
use selfsame_domain::inquiry::InquiryView;
use selfsame_domain::session::Session;
use selfsame_domain::template::{Template, TemplateVersion};
use selfsame_domain::verification::{Document, Selfie, UploadedFile, Verification};

use selfsame_store::Ask;
use selfsame_wire::verification::pictures_of;

use crate::{Caller, Failure, Service};

#[derive(Debug, Clone)]
pub struct InquiryBundle {
    pub view: InquiryView,
    pub version: Arc<TemplateVersion>,
    pub template: Arc<Template>,
    /// The template's live version, which new inquiries get.
    pub latest_version: Option<Arc<TemplateVersion>>,
    pub account: Option<(Account, Arc<AccountType>)>,
    pub sessions: Vec<Session>,
    pub verifications: Vec<Verification>,
    pub documents: Vec<Document>,
    pub selfies: Vec<Selfie>,
    /// All of its pictures, those of a step that is not submitted yet among them.
    pub files: Vec<UploadedFile>,
}

impl InquiryBundle {
    /// The pictures of a document: those of the verification it was made for.
    pub fn files_of_document(&self, document: &DocumentId) -> Vec<&UploadedFile> {
        let made_for = self
            .verifications
            .iter()
            .find(|made| made.detail.document_id.as_ref() == Some(document));
        let Some(made) = made_for else {
            return Vec::new();
        };
        pictures_of(&made.id, &self.files)
    }

    /// The view's ids, made to say what the bundle holds now.
    pub(crate) fn refresh_view(&mut self) {
        let view = &mut self.view;
        view.reference_id = self
            .account
            .as_ref()
            .and_then(|(account, _)| account.reference_id.clone());
        view.session_ids = self
            .sessions
            .iter()
            .map(|session| session.id.to_string())
            .collect();
        view.verifications = self
            .verifications
            .iter()
            .map(|made| (made.id.to_string(), made.kind.wire_type().to_owned()))
            .collect();
        view.document_ids = self
            .documents
            .iter()
            .map(|document| document.id.to_string())
            .collect();
        view.selfie_ids = self
            .selfies
            .iter()
            .map(|selfie| selfie.id.to_string())
            .collect();
    }
}

impl Service {
    /// Loads the neighbours of an inquiry that was just read.
    pub(crate) async fn bundle(
        &self,
        caller: &Caller,
        view: InquiryView,
    ) -> Result<InquiryBundle, Failure> {
        let environment = &caller.environment.id;
        let organisation = &caller.environment.organisation_id;
        let inquiry = &view.inquiry;
        let id = inquiry.id.clone();
        let neighbours = Ask::sessions_of_inquiry(environment, &id)
            .and(Ask::verifications(environment, &id))
            .and(Ask::documents(environment, &id))
            .and(Ask::selfies(environment, &id))
            .and(Ask::files(environment, &id));
        let (account, ((((sessions, verifications), documents), selfies), files)) =
            if let Some(account_id) = &inquiry.account_id {
                let ask = Ask::account(environment, account_id).and(neighbours);
                self.ask(caller, ask).await?
            } else {
                (None, self.ask(caller, neighbours).await?)
            };
        let account = match account {
            Some(account) => {
                let kind = self
                    .get_account_type(caller, &account.account_type_id)
                    .await?;
                Some((account, kind))
            }
            None => None,
        };
        let template = self
            .find_template(caller, &inquiry.template_id)
            .await?
            .ok_or_else(|| Failure::Internal(format!("the template of {id} is missing")))?;
        let latest_version = match &template.latest_published_version_id {
            Some(latest) => self.version(organisation, latest).await?,
            None => None,
        };
        Ok(InquiryBundle {
            version: self
                .known_version(organisation, &inquiry.template_version_id)
                .await?,
            template,
            latest_version,
            account,
            sessions,
            verifications,
            documents,
            selfies,
            files,
            view,
        })
    }
}
