//! Opening a flow: by template, by inquiry, by token, by one-time code.

use selfsame_domain::account::AccountLink;
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::id::{
    AccountId, AccountTypeId, EnvironmentId, Id, InquiryId, SessionId, TemplateId,
    TemplateVersionId,
};
use selfsame_domain::inquiry::{
    CreateInquiry, InquiryView, Intervals, Prefill, Status, TemplateSelector,
};
use selfsame_domain::session::{self, Device, Session};
use selfsame_domain::template::Template;
use selfsame_domain::{ReferenceId, Refusal};
use selfsame_store::CommitError;
use selfsame_wire::flow_parameters::FlowParameters;
use selfsame_wire::inquiry::CreateExtras;

use super::frame::{FrameDecision, decide_for};
use super::{FlowFailure, FlowNotice, FlowOpening, FlowStart, FlowView, Surface};
use crate::{Actor, Caller, Failure, Service, no_receipt, sha256, token};

/// The template and environment a query is about.
pub(super) struct Target {
    pub template: Template,
    pub environment: Environment,
    pub what: Wanted,
}

pub(super) enum Wanted {
    Inquiry(Box<InquiryView>),
    New(TemplateSelector),
}

/// One-hour grace after the end, for the final screen (B429).
const AFTER_END_SECONDS: i64 = 3600;

impl Service {
    /// Opens the flow a page asks for. By template, that makes an inquiry, each time (B22, B108).
    pub async fn open_flow(&self, start: &FlowStart) -> Result<FlowOpening, FlowFailure> {
        let parameters = &start.parameters;
        let both = parameters.inquiry_id.is_some()
            && (parameters.template_id.is_some() || parameters.template_version_id.is_some());
        if both && start.surface == Surface::Widget {
            return Err(FlowFailure::invalid(
                "Only one of a template and an inquiry may be given.",
            ));
        }
        let target = self.flow_target(parameters).await?;
        if start.surface == Surface::Widget
            && decide_for(parameters, &target.template, &target.environment) == FrameDecision::Deny
        {
            return Err(FlowFailure::invalid("This page may not embed the flow."));
        }
        match target.what {
            Wanted::Inquiry(view) => self.open_inquiry(start, target.environment, *view).await,
            Wanted::New(selector) => {
                self.open_new(start, &target.template, target.environment, selector)
                    .await
            }
        }
    }

    pub(super) async fn flow_target(
        &self,
        parameters: &FlowParameters,
    ) -> Result<Target, FlowFailure> {
        if let Some(id) = &parameters.inquiry_id {
            return self.inquiry_target(id).await;
        }
        let template = self.template_of(parameters).await?;
        if parameters.account_id.is_some()
            && (parameters.reference_id.is_some() || parameters.account_type_id.is_some())
        {
            return Err(FlowFailure::invalid(
                "An account id cannot be combined with a reference id or an account type.",
            ));
        }
        let environment = self.environment_of(parameters, &template).await?;
        let version = match &parameters.template_version_id {
            Some(id) => {
                Some(TemplateVersionId::parse(id).map_err(|_| FlowFailure::inactive_template())?)
            }
            None => None,
        };
        let selector = match version {
            Some(version) if parameters.template_id.is_some() => {
                TemplateSelector::VersionOf(template.id.clone(), version)
            }
            Some(version) => TemplateSelector::Version(version),
            None => TemplateSelector::Latest(template.id.clone()),
        };
        Ok(Target {
            template,
            environment,
            what: Wanted::New(selector),
        })
    }

    async fn inquiry_target(&self, id: &str) -> Result<Target, FlowFailure> {
        let unknown = || {
            FlowFailure::closed(
                FlowNotice::LinkInvalid,
                "invalid_config",
                400,
                "The inquiry is not known.",
            )
        };
        let id = InquiryId::parse(id).map_err(|_| unknown())?;
        let found = self
            .store()
            .find_environment_of_inquiry(&id)
            .await
            .map_err(Failure::from)?;
        let environment = match found {
            Some(environment) => self
                .find_environment(&environment)
                .await?
                .ok_or_else(unknown)?,
            None => return Err(unknown()),
        };
        let caller = Caller::new(environment.clone(), Actor::Browser);
        let (view, _) = self.get_inquiry_view(&caller, &id).await?;
        let template = self
            .store()
            .find_template(&environment.organisation_id, &view.inquiry.template_id)
            .await
            .map_err(Failure::from)?
            .ok_or_else(unknown)?;
        Ok(Target {
            template,
            environment,
            what: Wanted::Inquiry(Box::new(view)),
        })
    }

    /// B21–B23: unknown, inactive, unpublished and legacy templates all look the same.
    async fn template_of(&self, parameters: &FlowParameters) -> Result<Template, FlowFailure> {
        let inactive = FlowFailure::inactive_template;
        let store = self.store();
        let template_id = match (&parameters.template_id, &parameters.template_version_id) {
            (Some(template), _) => TemplateId::parse(template).map_err(|_| inactive())?,
            (None, Some(version)) => {
                let id = TemplateVersionId::parse(version).map_err(|_| inactive())?;
                let found = store
                    .find_template_version_anywhere(&id)
                    .await
                    .map_err(Failure::from)?;
                found.ok_or_else(inactive)?.template_id
            }
            (None, None) => {
                return Err(FlowFailure::invalid(
                    "Either a template or an inquiry must be given.",
                ));
            }
        };
        let found = store
            .find_template_anywhere(&template_id)
            .await
            .map_err(Failure::from)?;
        let template = found.ok_or_else(inactive)?;
        if !template.active || template.latest_published_version_id.is_none() {
            return Err(inactive());
        }
        Ok(template)
    }

    /// B24: the id wins over the kind; neither means the first production environment.
    async fn environment_of(
        &self,
        parameters: &FlowParameters,
        template: &Template,
    ) -> Result<Environment, FlowFailure> {
        let environments = self.list_environments().await?;
        let mut own = environments
            .into_iter()
            .filter(|known| known.organisation_id == template.organisation_id);
        let chosen = if let Some(id) = &parameters.environment_id {
            let wanted = EnvironmentId::parse(id).ok();
            own.find(|known| Some(&known.id) == wanted.as_ref())
        } else {
            let kind = match parameters.environment.as_deref() {
                None => Some(EnvironmentKind::Production),
                Some(kind) => EnvironmentKind::parse(kind),
            };
            own.find(|known| Some(known.kind) == kind)
        };
        chosen.ok_or_else(|| FlowFailure::invalid("The environment is not known."))
    }

    async fn open_new(
        &self,
        start: &FlowStart,
        template: &Template,
        environment: Environment,
        selector: TemplateSelector,
    ) -> Result<FlowOpening, FlowFailure> {
        if template.settings.block_client_creation {
            // B171: decided before any row is written.
            return Err(FlowFailure::invalid(
                "This template does not allow inquiries to be made in the browser.",
            ));
        }
        let command = creation(&start.parameters, template, selector)?;
        let caller = Caller::new(environment.clone(), Actor::Browser);
        let extras = CreateExtras {
            session: true,
            one_time_link: false,
        };
        let created = self
            .create_inquiry(&caller, &command, extras, &no_receipt)
            .await
            .map_err(|failure| match failure {
                Failure::Refused(refusals) if refusals.status() == 422 => {
                    FlowFailure::inactive_template()
                }
                Failure::Refused(_) => FlowFailure::invalid(
                    "The account, the account type or the template is not usable.",
                ),
                other => other.into(),
            })?;
        let session = created
            .bundle
            .sessions
            .first()
            .map(|session| session.id.clone());
        let session = session.ok_or_else(|| Failure::Internal("a session was not made".into()))?;
        self.open_session(
            environment,
            &created.bundle.view.inquiry.id,
            Some(&session),
            start.device.clone(),
            None,
        )
        .await
    }

    /// The table of hosted-flow 2.3, and B27 for embeds.
    async fn open_inquiry(
        &self,
        start: &FlowStart,
        environment: Environment,
        view: InquiryView,
    ) -> Result<FlowOpening, FlowFailure> {
        let inquiry = &view.inquiry;
        if inquiry.redacted_at.is_some() {
            return Err(FlowFailure::over(FlowNotice::LinkInvalid));
        }
        let offered = start
            .parameters
            .session_token
            .as_ref()
            .or(start.kept_token.as_ref());
        let session = match offered {
            Some(token) => self
                .session_of_token(token)
                .await?
                .filter(|session| session.inquiry_id == inquiry.id),
            None => None,
        };
        let device = start.device.clone();
        let redirect = start.parameters.redirect_uri.as_deref();
        match (inquiry.status, &session) {
            (Status::Expired, _) => Err(FlowFailure::over(FlowNotice::Expired)),
            (Status::Created, _) => {
                let id = session.as_ref().map(|session| &session.id);
                self.open_session(environment, &inquiry.id, id, device, redirect)
                    .await
            }
            (Status::Pending, Some(session)) => {
                self.open_session(
                    environment,
                    &inquiry.id,
                    Some(&session.id),
                    device,
                    redirect,
                )
                .await
            }
            (Status::Pending, None) => Err(FlowFailure::unauthenticated()),
            (_, Some(session)) => {
                let view = self.flow_view(environment, session.clone()).await?;
                view.step().map_err(FlowFailure::over)?;
                let session_token = self.issue_token(session, self.now()).await?;
                Ok(FlowOpening {
                    view,
                    session_token,
                })
            }
            (_, None) => Err(FlowFailure::over(FlowNotice::Finished)),
        }
    }

    /// Starts a session, or a new one, on an inquiry that is open, and says where it stands.
    async fn open_session(
        &self,
        environment: Environment,
        inquiry: &InquiryId,
        session: Option<&SessionId>,
        device: Device,
        redirect_uri: Option<&str>,
    ) -> Result<FlowOpening, FlowFailure> {
        let caller = Caller::new(environment.clone(), Actor::Browser);
        let opened = self
            .change_inquiry(&caller, inquiry, &no_receipt, |work| {
                if !work.bundle.view.inquiry.status.is_open() {
                    return Err(FlowFailure::over(FlowNotice::Expired));
                }
                let id = match session {
                    Some(id) => id.clone(),
                    None => work.new_session().map_err(too_many_sessions)?.id,
                };
                let now = work.now;
                let mut entropy = work.entropy.fork();
                let locale = device.locale.clone();
                let session = work.session(&id)?;
                let happenings = session::start(session, device.clone(), now, &mut entropy);
                // A session may come back in another kind of window, and ends as that one does.
                session.device.flow_type.clone_from(&device.flow_type);
                let session = session.clone();
                work.note(happenings);
                if locale.is_some() {
                    work.inquiry().detail.locale = locale;
                }
                // B130: the inquiry's own target comes before the link's, and the link's before the template's.
                let accepted =
                    redirect_uri.filter(|target| accept_redirect(&work.bundle.template, target));
                if let (None, Some(target)) =
                    (&work.bundle.view.inquiry.detail.redirect_uri, accepted)
                {
                    work.inquiry().detail.redirect_uri = Some(target.to_owned());
                }
                Ok(session)
            })
            .await?;
        let session = opened.1;
        let session_token = self.issue_token(&session, self.now()).await?;
        let view = self.flow_view(environment, session).await?;
        Ok(FlowOpening {
            view,
            session_token,
        })
    }

    /// B141–B149: by the page's script only; used, expired and unknown codes look the same.
    pub async fn redeem_code(
        &self,
        code: &str,
        device: Device,
    ) -> Result<FlowOpening, FlowFailure> {
        let invalid = || FlowFailure::over(FlowNotice::LinkInvalid);
        let now = self.now();
        let found = self
            .store()
            .find_link(sha256(&[code.as_bytes()]))
            .await
            .map_err(Failure::from)?;
        let link = found.ok_or_else(invalid)?;
        let environment = self
            .find_environment(&link.environment_id)
            .await?
            .ok_or_else(invalid)?;
        let caller = Caller::new(environment.clone(), Actor::Browser);
        let (view, _) = self.get_inquiry_view(&caller, &link.inquiry_id).await?;
        match view.inquiry.status {
            _ if view.inquiry.redacted_at.is_some() => return Err(invalid()),
            Status::Expired => return Err(FlowFailure::over(FlowNotice::Expired)),
            Status::Created | Status::Pending => {}
            _ => return Err(FlowFailure::over(FlowNotice::Finished)),
        }
        if !link.is_redeemable(now) {
            return Err(invalid());
        }
        if link.redeemed_at.is_none() {
            let mut batch = selfsame_store::Batch::new();
            batch.redeem_link(&link, now);
            match self.store().commit(batch).await {
                // Somebody was faster by a moment: within the grace this is the same use.
                Ok(()) | Err(CommitError::Conflict) => {}
                Err(CommitError::Failed(error)) => return Err(Failure::from(error).into()),
                Err(other) => return Err(Failure::Internal(other.to_string()).into()),
            }
        }
        let session = self
            .store()
            .find_session(&environment.id, &link.session_id)
            .await
            .map_err(Failure::from)?;
        let session = session
            .filter(|session| session.is_usable(now))
            .ok_or_else(invalid)?;
        self.open_session(
            environment,
            &link.inquiry_id,
            Some(&session.id),
            device,
            None,
        )
        .await
    }

    /// B423: well signed, in time, and its session alive.
    async fn session_of_token(&self, token: &str) -> Result<Option<Session>, Failure> {
        let now = self.now();
        let Some(environment) = token::environment_of(token) else {
            return Ok(None);
        };
        let Some(key) = self.token_key(&environment).await? else {
            return Ok(None);
        };
        let Some(id) = token::verify(token, &key, now) else {
            return Ok(None);
        };
        let session = self.store().find_session(&environment, &id).await?;
        Ok(session.filter(|session| session.is_usable(now)))
    }

    /// The caller and session behind a bearer token of the flow's own calls.
    pub(super) async fn authorise(&self, token: &str) -> Result<(Caller, Session), FlowFailure> {
        let session = self
            .session_of_token(token)
            .await?
            .ok_or_else(FlowFailure::unauthenticated)?;
        let environment = self.find_environment(&session.environment_id).await?;
        let environment = environment.ok_or_else(FlowFailure::unauthenticated)?;
        Ok((
            Caller::new(environment, Actor::Session(session.id.clone())),
            session,
        ))
    }

    pub(super) async fn flow_view(
        &self,
        environment: Environment,
        session: Session,
    ) -> Result<FlowView, FlowFailure> {
        let caller = Caller::new(environment.clone(), Actor::Session(session.id.clone()));
        let bundle = self.get_inquiry(&caller, &session.inquiry_id).await?;
        let inquiry = &bundle.view.inquiry;
        let now = self.now();
        if !inquiry.status.is_open() && inquiry.updated_at.plus_seconds(AFTER_END_SECONDS) < now {
            return Err(FlowFailure::unauthenticated());
        }
        let step = inquiry.detail.next_step.clone();
        let mut uploads = bundle.files.clone();
        uploads.retain(|file| file.owner_id.is_none() && Some(&file.step) == step.as_ref());
        let session = bundle
            .sessions
            .iter()
            .find(|known| known.id == session.id)
            .cloned()
            .unwrap_or(session);
        Ok(FlowView {
            bundle,
            environment,
            session,
            uploads,
            now,
        })
    }
}

fn too_many_sessions(refusal: Refusal) -> FlowFailure {
    if refusal.status() == 422 {
        return FlowFailure::closed(
            FlowNotice::Unavailable,
            "unknown",
            422,
            "The inquiry has reached its session limit.",
        );
    }
    refusal.into()
}

/// B139: a refused target makes the flow run without one, and leaves a word for the operator.
fn accept_redirect(template: &Template, target: &str) -> bool {
    let accepted = template.settings.check_redirect(target);
    if let Err(problem) = &accepted {
        tracing::warn!(template = %template.id, %problem, "a link's redirect-uri was left out");
    }
    accepted.is_ok()
}

/// The one command of every door, from a link's word (R19, R28, B29, B30).
fn creation(
    parameters: &FlowParameters,
    template: &Template,
    selector: TemplateSelector,
) -> Result<CreateInquiry, FlowFailure> {
    let unusable = || FlowFailure::invalid("The account or the account type is not usable.");
    let reference_id = match parameters.reference_id.as_deref() {
        Some(text) if template.settings.accept_reference_id_from_browser => Some(
            ReferenceId::parse(text)
                .map_err(|_| FlowFailure::invalid("The reference id is not acceptable."))?,
        ),
        _ => None,
    };
    let redirect_uri = parameters
        .redirect_uri
        .clone()
        .filter(|target| accept_redirect(template, target));
    Ok(CreateInquiry {
        template: selector,
        link: AccountLink {
            account_id: parameters
                .account_id
                .as_deref()
                .map(AccountId::parse)
                .transpose()
                .map_err(|_| unusable())?,
            reference_id,
            deprecated_reference_id: None,
            account_type_id: parameters
                .account_type_id
                .as_deref()
                .map(AccountTypeId::parse)
                .transpose()
                .map_err(|_| unusable())?,
            auto_create: None,
        },
        creator: "client".to_owned(),
        note: None,
        prefill: Prefill::Query(parameters.fields.clone()),
        tags: Vec::new(),
        redirect_uri,
        theme_set_id: None,
        initial_step: None,
        intervals: Intervals::default(),
        ios_app_attest_team_id: None,
        ios_app_attest_bundle_id: None,
        locale: parameters.language.clone(),
    })
}
