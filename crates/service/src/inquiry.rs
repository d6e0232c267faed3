//! Inquiries: create, read, decide, expire, resume. One create for every door.

use std::sync::Arc;

use selfsame_domain::account::{self, Account, AccountType, Candidates, CreateAccount, Resolution};
use selfsame_domain::event::{Happening, Subject};
use selfsame_domain::id::{EnvironmentId, InquiryId};
use selfsame_domain::inquiry::search::InquiryOrder;
use selfsame_domain::inquiry::{
    self, CreateInquiry, Decision, InquiryView, Resumption, StoredDetail, TemplateSelector,
    UpdateInquiry,
};
use selfsame_domain::search::{Clause, Predicate, Sort};
use selfsame_domain::session;
use selfsame_domain::tag::TagChange;
use selfsame_domain::template::{Template, TemplateVersion};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, InquiryFilter, InquiryPage, Page, Search, Slice};
use selfsame_wire::inquiry::CreateExtras;
use serde_json::value::RawValue;

use crate::event::{Payload, write_events};
use crate::page::slice;
use crate::work::Attempts;
use crate::{Caller, Failure, InquiryBundle, LinkMade, ListRequest, Receipt, Service};

#[derive(Debug, Clone)]
pub struct InquiryCreated {
    pub bundle: InquiryBundle,
    /// The inquiry's resource object, which its event tells of as well.
    pub document: Box<RawValue>,
    pub session_token: Option<String>,
    pub link: Option<LinkMade>,
}

impl Service {
    /// R19–R30: find or create the account, insert the inquiry, its session and link, its events and the stored
    /// answer, in one transaction. Whoever loses the race for a new reference ID joins the winner's account.
    pub async fn create_inquiry(
        &self,
        caller: &Caller,
        command: &CreateInquiry,
        extras: CreateExtras,
        receipt: Receipt<'_, InquiryCreated>,
    ) -> Result<InquiryCreated, Failure> {
        account::check_link(&command.link)?;
        let (template, version) = self.select_template(caller, &command.template).await?;
        let mut attempts = Attempts::default();
        loop {
            let (created, mut batch) = self
                .plan_inquiry(caller, command, extras, &template, &version)
                .await?;
            if let Some(answer) = receipt(&created) {
                batch.insert_answer(&answer);
            }
            if let Some(grounds) = &caller.grounds {
                self.confirm(grounds).await?;
            }
            // R18: when somebody has just made that account, or changed it, look again and join.
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(created);
            }
        }
    }

    /// The template and the version a selector means; unknown ones are 404.
    pub(crate) async fn select_template(
        &self,
        caller: &Caller,
        selector: &TemplateSelector,
    ) -> Result<(Arc<Template>, Arc<TemplateVersion>), Failure> {
        let organisation = &caller.environment.organisation_id;
        let (template_id, version_id) = match selector {
            TemplateSelector::Latest(template) => (Some(template), None),
            TemplateSelector::Version(version) => (None, Some(version)),
            TemplateSelector::VersionOf(template, version) => (Some(template), Some(version)),
        };
        let pinned = match version_id {
            Some(id) => Some(
                self.version(organisation, id)
                    .await?
                    .ok_or_else(Refusal::not_found)?,
            ),
            None => None,
        };
        if let (Some(wanted), Some(version)) = (template_id, &pinned)
            && *wanted != version.template_id
        {
            return Err(
                Refusal::malformed("the template version belongs to another template").into(),
            );
        }
        let template_id = template_id
            .or(pinned.as_ref().map(|version| &version.template_id))
            .cloned();
        let template_id = template_id.ok_or_else(Refusal::not_found)?;
        let template = self.find_template(caller, &template_id).await?;
        let template = template.ok_or_else(Refusal::not_found)?;
        template.refuse_if_inactive()?;
        let version = match (pinned, &template.latest_published_version_id) {
            (Some(version), _) => version,
            (None, Some(latest)) => self.known_version(organisation, latest).await?,
            (None, None) => {
                let details = "Inquiry template has no published version";
                return Err(Refusal::unprocessable(
                    details,
                    "/data/attributes/inquiry-template-id",
                )
                .into());
            }
        };
        Ok((template, version))
    }

    async fn plan_inquiry(
        &self,
        caller: &Caller,
        command: &CreateInquiry,
        extras: CreateExtras,
        template: &Arc<Template>,
        version: &Arc<TemplateVersion>,
    ) -> Result<(InquiryCreated, Batch), Failure> {
        let now = self.now();
        let mut entropy = self.entropy();
        let mut batch = Batch::new();
        let (account, mut happenings) = self.plan_account(caller, command, &mut batch, now).await?;
        let tags = self
            .resolve_tag_names(&caller.environment.organisation_id, &command.tags, now)
            .await?;
        batch.append(tags.batch);

        let account_id = account.as_ref().map(|(account, _)| account.id.clone());
        let command = CreateInquiry {
            tags: tags.names,
            ..command.clone()
        };
        let (inquiry, created) = inquiry::create(
            &caller.environment.id,
            account_id.clone(),
            template,
            version,
            command,
            now,
            &mut entropy,
        )?;
        batch.insert_inquiry(&inquiry);
        happenings.extend(created);

        let mut sessions = Vec::new();
        let (mut session_token, mut link) = (None, None);
        if extras.session || extras.one_time_link {
            let made = session::create(
                &inquiry,
                0,
                template.settings.sessions_max,
                now,
                &mut entropy,
            )?;
            batch.insert_session(&made, 1);
            if extras.session {
                session_token = Some(self.issue_token(&made, now).await?);
            }
            if extras.one_time_link {
                let seconds = template.settings.expiration.one_time_link;
                link = Some(self.plan_link(&made, None, seconds, &mut batch, now));
            }
            sessions.push(made);
        }
        let mut bundle = InquiryBundle {
            view: InquiryView {
                inquiry,
                reference_id: None,
                session_ids: Vec::new(),
                verifications: Vec::new(),
                document_ids: Vec::new(),
                selfie_ids: Vec::new(),
            },
            version: Arc::clone(version),
            latest_version: (template.latest_published_version_id.as_ref() == Some(&version.id))
                .then(|| Arc::clone(version)),
            template: Arc::clone(template),
            account,
            sessions,
            verifications: Vec::new(),
            documents: Vec::new(),
            selfies: Vec::new(),
            files: Vec::new(),
        };
        bundle.refresh_view();
        let shown = Payload::of_inquiry(&bundle.view, &bundle.version)
            .ok_or_else(|| Failure::Internal("a new inquiry cannot be written".into()))?;
        write_events(
            &mut batch,
            &caller.environment.id,
            account_id.as_ref(),
            happenings,
            now,
            &mut entropy,
            |subject| match (subject, &bundle.account) {
                (Subject::Account(_), Some((account, kind))) => Payload::of_account(account, kind),
                _ => Some(shown.clone()),
            },
        );
        Ok((
            InquiryCreated {
                bundle,
                document: shown.document,
                session_token,
                link,
            },
            batch,
        ))
    }

    /// The account the inquiry will hang on, made or found.
    async fn plan_account(
        &self,
        caller: &Caller,
        command: &CreateInquiry,
        batch: &mut Batch,
        now: Timestamp,
    ) -> Result<(Option<(Account, Arc<AccountType>)>, Vec<Happening>), Failure> {
        let link = &command.link;
        let environment = &caller.environment.id;
        // R26: an unknown type is refused even where it would not be used.
        let requested_type = self
            .account_type_or_default(caller, link.account_type_id.as_ref())
            .await?;
        let default_type = if requested_type.is_default {
            requested_type.clone()
        } else {
            self.default_account_type(caller).await?
        };
        let mut candidates = Candidates {
            by_id: match &link.account_id {
                Some(id) => self.ask(caller, Ask::account(environment, id)).await?,
                None => None,
            },
            by_reference: match link.reference()? {
                Some(reference) if link.account_id.is_none() => {
                    let ask = Ask::accounts_by_reference(environment, reference);
                    self.ask(caller, ask).await?
                }
                _ => Vec::new(),
            },
            followed: None,
        };
        if self.options().follow_consolidation {
            let found = &candidates.by_reference;
            let source = account::consolidated_away(found, &requested_type.id, &default_type.id);
            if let Some(source) = source {
                candidates.followed = Some(self.follow(caller, source).await?);
            }
        }
        match account::resolve(link, candidates, &default_type.id)? {
            Resolution::None => Ok((None, Vec::new())),
            Resolution::Attach(account) => {
                batch.check_account(&account);
                let kind = self
                    .get_account_type(caller, &account.account_type_id)
                    .await?;
                Ok((Some((*account, kind)), Vec::new()))
            }
            Resolution::Create => {
                let new = CreateAccount {
                    reference_id: link.reference()?.cloned(),
                    ..CreateAccount::default()
                };
                let (account, happenings) =
                    account::create(environment, &requested_type, new, now, &mut self.entropy())?;
                batch.insert_account(&account, &requested_type);
                Ok((Some((account, requested_type)), happenings))
            }
        }
    }

    pub async fn get_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
    ) -> Result<InquiryBundle, Failure> {
        let view = self.current_view(caller, id, Ask::inquiry).await?;
        self.bundle(caller, view).await
    }

    /// The inquiry as it is now: expired, if its time is over (B178).
    async fn current_view<D: 'static>(
        &self,
        caller: &Caller,
        id: &InquiryId,
        ask: fn(&EnvironmentId, &InquiryId) -> Ask<Option<InquiryView<D>>>,
    ) -> Result<InquiryView<D>, Failure> {
        let environment = &caller.environment.id;
        let found = self.ask(caller, ask(environment, id)).await?;
        let view = found.ok_or_else(Refusal::not_found)?;
        if !inquiry::is_due(&view.inquiry, self.now()) {
            return Ok(view);
        }
        self.expire_due(caller, id).await?;
        let found = self.store().ask(ask(environment, id)).await?;
        Ok(found.ok_or_else(Refusal::not_found)?)
    }

    /// Like [`Service::get_inquiry`], without the neighbours that only `include` shows.
    pub async fn get_inquiry_view(
        &self,
        caller: &Caller,
        id: &InquiryId,
    ) -> Result<(InquiryView, Arc<TemplateVersion>), Failure> {
        let view = self.current_view(caller, id, Ask::inquiry).await?;
        self.with_version(caller, view).await
    }

    /// Like [`Service::get_inquiry_view`], for those who only show it.
    pub async fn show_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
    ) -> Result<(InquiryView<StoredDetail>, Arc<TemplateVersion>), Failure> {
        let view = self.current_view(caller, id, Ask::stored_inquiry).await?;
        self.with_version(caller, view).await
    }

    async fn with_version<D>(
        &self,
        caller: &Caller,
        view: InquiryView<D>,
    ) -> Result<(InquiryView<D>, Arc<TemplateVersion>), Failure> {
        let organisation = &caller.environment.organisation_id;
        let version = self
            .known_version(organisation, &view.inquiry.template_version_id)
            .await?;
        Ok((view, version))
    }

    /// R38, newest first. What has expired is expired before it is shown.
    pub async fn list_inquiries(
        &self,
        caller: &Caller,
        filter: &InquiryFilter,
        request: &ListRequest,
    ) -> Result<Page<(InquiryView<StoredDetail>, Arc<TemplateVersion>)>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().inquiry_cursor(environment, &id).await
        })
        .await?;
        let filter = &InquiryFilter {
            now: self.now().millis(),
            ..filter.clone()
        };
        let mut page = self
            .read_inquiries(caller, filter, &slice, request.size)
            .await?;
        if self.expire_the_due(caller, &page).await? {
            page = self
                .read_inquiries(caller, filter, &slice, request.size)
                .await?;
        }
        self.with_versions(caller, page).await
    }

    /// I39, A40–A45, R40: a search sees a write at once.
    pub async fn search_inquiries(
        &self,
        caller: &Caller,
        query: Option<Clause<Predicate>>,
        sort: Option<&Sort>,
        request: &ListRequest,
    ) -> Result<Page<(InquiryView<StoredDetail>, Arc<TemplateVersion>)>, Failure> {
        let environment = &caller.environment.id;
        let order = sort.map(inquiry::search::order).transpose()?;
        let search = Search {
            clause: crate::search::resolve(query, inquiry::search::test)?,
            order: order.unwrap_or(InquiryOrder::CreatedAt),
            ascending: sort.is_some_and(|sort| sort.ascending),
        };
        let slice = slice(request, |id| async move {
            self.store().inquiry_cursor(environment, &id).await
        })
        .await?;
        let ask = || {
            let now = self.now().millis();
            Ask::inquiry_search(environment, &search, now, &slice, request.size)
        };
        let found = self.store().ask(ask()).await;
        let mut page = found.map_err(crate::search::failure)?;
        if self.expire_the_due(caller, &page).await? {
            let found = self.store().ask(ask()).await;
            page = found.map_err(crate::search::failure)?;
        }
        self.with_versions(caller, page).await
    }

    /// Expires those of a page whose time is over; says whether there were any, and the page is to be read again.
    async fn expire_the_due(
        &self,
        caller: &Caller,
        page: &Page<InquiryView<StoredDetail>>,
    ) -> Result<bool, Failure> {
        let now = self.now();
        let mut any = false;
        for view in &page.items {
            if inquiry::is_due(&view.inquiry, now) {
                self.expire_due(caller, &view.inquiry.id).await?;
                any = true;
            }
        }
        Ok(any)
    }

    async fn with_versions(
        &self,
        caller: &Caller,
        page: Page<InquiryView<StoredDetail>>,
    ) -> Result<Page<(InquiryView<StoredDetail>, Arc<TemplateVersion>)>, Failure> {
        let mut items = Vec::with_capacity(page.items.len());
        for view in page.items {
            items.push(self.with_version(caller, view).await?);
        }
        Ok(Page {
            items,
            has_newer: page.has_newer,
            has_older: page.has_older,
        })
    }

    async fn read_inquiries(
        &self,
        caller: &Caller,
        filter: &InquiryFilter,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<InquiryView<StoredDetail>>, Failure> {
        let environment = &caller.environment.id;
        let ask = Ask::inquiries(environment, filter, slice, size);
        match self.ask(caller, ask).await? {
            InquiryPage::Found(page) => Ok(page),
            InquiryPage::Several(holders) => {
                let ask = Ask::inquiries_of(environment, holders, filter, slice, size);
                self.ask(caller, ask).await
            }
        }
    }

    /// Loading applies the expiry; there is nothing else to do. An inquiry that somebody else has just expired
    /// is none of our business.
    pub(crate) async fn expire_due(&self, caller: &Caller, id: &InquiryId) -> Result<(), Failure> {
        self.change_inquiry(caller, id, &crate::no_receipt, |_| Ok::<_, Failure>(()))
            .await?;
        Ok(())
    }

    /// R31, I40.
    pub async fn update_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
        command: &UpdateInquiry,
        receipt: Receipt<'_, (InquiryBundle, ())>,
    ) -> Result<InquiryBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            let mut command = command.clone();
            if let Some(names) = &command.tags {
                let tags = self
                    .resolve_tag_names(&caller.environment.organisation_id, names, work.now)
                    .await?;
                work.batch.append(tags.batch);
                command.tags = Some(tags.names);
            }
            let (changed, happenings) = inquiry::update(
                work.bundle.view.inquiry.clone(),
                &work.bundle.template,
                &work.bundle.version,
                command,
                work.now,
            )?;
            *work.inquiry() = changed;
            work.note(happenings);
            if let Some((bundle, ())) = self.finish(work, (), receipt, &mut attempts).await? {
                return Ok(bundle);
            }
        }
    }

    pub async fn change_inquiry_tags(
        &self,
        caller: &Caller,
        id: &InquiryId,
        change: &TagChange,
        receipt: Receipt<'_, (InquiryBundle, ())>,
    ) -> Result<InquiryBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            let current = work.bundle.view.inquiry.detail.tags.clone();
            let organisation = &caller.environment.organisation_id;
            let tags = self
                .apply_tag_change(organisation, &current, change, work.now)
                .await?;
            work.batch.append(tags.batch);
            let (changed, happenings) =
                inquiry::change_tags(work.bundle.view.inquiry.clone(), tags.names, work.now)?;
            *work.inquiry() = changed;
            work.note(happenings);
            if let Some((bundle, ())) = self.finish(work, (), receipt, &mut attempts).await? {
                return Ok(bundle);
            }
        }
    }

    /// I7–I9.
    pub async fn decide_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
        decision: Decision,
        comment: Option<&str>,
        receipt: Receipt<'_, (InquiryBundle, ())>,
    ) -> Result<InquiryBundle, Failure> {
        let changed = self.change_inquiry(caller, id, receipt, |work| {
            let now = work.now;
            let happenings =
                inquiry::decide(work.inquiry(), decision, comment.map(str::to_owned), now)?;
            work.note(happenings);
            Ok::<_, Failure>(())
        });
        Ok(changed.await?.0)
    }

    /// I5, by hand. One whose time had come anyway is expired by now, and that is what was asked.
    pub async fn expire_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
        receipt: Receipt<'_, (InquiryBundle, ())>,
    ) -> Result<InquiryBundle, Failure> {
        let changed = self.change_inquiry(caller, id, receipt, |work| {
            if !work.has_just_expired() {
                work.expire()?;
            }
            Ok::<_, Failure>(())
        });
        Ok(changed.await?.0)
    }

    /// I6: a token for an unused session if there is one, else for a new one (B129).
    pub async fn resume_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
        receipt: Receipt<'_, (InquiryBundle, String)>,
    ) -> Result<(InquiryBundle, String), Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            let (now, template) = (work.now, work.bundle.template.clone());
            let resumed = inquiry::resume(work.inquiry(), &template, now)?;
            let unused = work.bundle.sessions.iter().find(|session| {
                resumed == Resumption::StillOpen
                    && session.status == session::SessionStatus::New
                    && session.is_usable(now)
            });
            let session = match unused.cloned() {
                Some(session) => session,
                None => work.new_session()?,
            };
            let token = self.issue_token(&session, now).await?;
            if let Some(outcome) = self.finish(work, token, receipt, &mut attempts).await? {
                return Ok(outcome);
            }
        }
    }
}
