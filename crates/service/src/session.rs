//! Inquiry sessions, their tokens, and one-time links.

use std::collections::BTreeSet;

use selfsame_domain::id::{Entropy, InquiryId, SessionId};
use selfsame_domain::session::{self, DEFAULT_LINK_SECONDS, OneTimeLink, Session};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, Page, SessionFilter};

use crate::page::slice;
use crate::work::{Attempts, Work};
use crate::{Caller, Failure, InquiryBundle, ListRequest, Receipt, Service, sha256, token};

/// A one-time link as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMade {
    pub url: String,
    pub short_url: String,
}

/// B148: 160 bits in 32 letters that survive being read aloud.
const CODE_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const CODE_LENGTH: usize = 32;

pub(crate) fn new_code(entropy: &mut Entropy) -> String {
    entropy.text(CODE_ALPHABET, CODE_LENGTH)
}

impl Service {
    pub(crate) async fn issue_token(
        &self,
        session: &Session,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let missing = || Failure::Internal(format!("no token key for {}", session.environment_id));
        let key = self
            .token_key(&session.environment_id)
            .await?
            .ok_or_else(missing)?;
        token::issue(session, self.public_host(), &key, now, &mut self.entropy())
            .ok_or_else(missing)
    }

    fn link_of(&self, code: &str) -> LinkMade {
        let base = &self.options().public_url;
        LinkMade {
            url: format!("{base}/verify?code={code}"),
            short_url: format!("{base}/l/{code}"),
        }
    }

    /// `asked` beats `template`, both in seconds; a link never outlives its session (B146).
    pub(crate) fn plan_link(
        &self,
        session: &Session,
        asked: Option<i64>,
        template: Option<i64>,
        batch: &mut Batch,
        now: Timestamp,
    ) -> LinkMade {
        let mut entropy = self.entropy();
        let code = new_code(&mut entropy);
        let seconds = asked.or(template).unwrap_or(DEFAULT_LINK_SECONDS);
        batch.insert_link(&OneTimeLink {
            environment_id: session.environment_id.clone(),
            session_id: session.id.clone(),
            inquiry_id: session.inquiry_id.clone(),
            code_hash: sha256(&[code.as_bytes()]),
            code_sealed: self.sealer().seal(code.as_bytes(), &mut entropy),
            created_at: now,
            expires_at: now.plus_seconds(seconds).min(session.expires_at),
            redeemed_at: None,
        });
        self.link_of(&code)
    }

    fn reopen_link(&self, link: &OneTimeLink) -> Option<LinkMade> {
        let code = self.sealer().open(&link.code_sealed)?;
        Some(self.link_of(&String::from_utf8(code).ok()?))
    }

    /// An unused link that is still good is handed out again (B129); else a new session and a new link.
    pub async fn generate_link_for_inquiry(
        &self,
        caller: &Caller,
        id: &InquiryId,
        expires_in: Option<i64>,
        receipt: Receipt<'_, (InquiryBundle, LinkMade)>,
    ) -> Result<(InquiryBundle, LinkMade), Failure> {
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, id).await?;
            refuse_unless_open(&work.bundle)?;
            let now = work.now;
            let unused = self
                .store()
                .list_unused_links(&caller.environment.id, id, now)
                .await?;
            let usable = |link: &&OneTimeLink| {
                work.bundle
                    .sessions
                    .iter()
                    .any(|session| session.id == link.session_id && session.is_usable(now))
            };
            let reopened = unused
                .iter()
                .find(usable)
                .and_then(|link| self.reopen_link(link));
            let link = if let Some(link) = reopened {
                link
            } else {
                let session = work.new_session()?;
                let template = work.bundle.template.settings.expiration.one_time_link;
                self.plan_link(&session, expires_in, template, &mut work.batch, now)
            };
            if let Some(outcome) = self.finish(work, link, receipt, &mut attempts).await? {
                return Ok(outcome);
            }
        }
    }

    pub async fn generate_link_for_session(
        &self,
        caller: &Caller,
        id: &SessionId,
        expires_in: Option<i64>,
        receipt: Receipt<'_, (InquiryBundle, LinkMade)>,
    ) -> Result<(InquiryBundle, LinkMade), Failure> {
        let inquiry_id = self.get_session(caller, id).await?.inquiry_id;
        let mut attempts = Attempts::default();
        loop {
            let mut work = self.load_work(caller, &inquiry_id).await?;
            let now = work.now;
            let session = work.session(id)?.clone();
            if !session.is_usable(now) {
                return Err(Refusal::conflict("Inquiry session already expired").into());
            }
            refuse_unless_open(&work.bundle)?;
            let unused = self
                .store()
                .list_unused_links(&caller.environment.id, &inquiry_id, now)
                .await?;
            let own = unused
                .iter()
                .find(|link| link.session_id == *id)
                .and_then(|link| self.reopen_link(link));
            let link = own.unwrap_or_else(|| {
                let template = work.bundle.template.settings.expiration.one_time_link;
                self.plan_link(&session, expires_in, template, &mut work.batch, now)
            });
            if let Some(outcome) = self.finish(work, link, receipt, &mut attempts).await? {
                return Ok(outcome);
            }
        }
    }

    pub async fn get_session(&self, caller: &Caller, id: &SessionId) -> Result<Session, Failure> {
        let found = self
            .ask(caller, Ask::session(&caller.environment.id, id))
            .await?;
        let session = found.ok_or_else(Refusal::not_found)?;
        if session.expires_at <= self.now() && session.status != session::SessionStatus::Expired {
            self.expire_past_sessions(caller, &session.inquiry_id)
                .await?;
            return Ok(self
                .store()
                .find_session(&caller.environment.id, id)
                .await?
                .ok_or_else(Refusal::not_found)?);
        }
        Ok(session)
    }

    /// Sessions whose own time is over, whatever became of their inquiry (B124).
    async fn expire_past_sessions(
        &self,
        caller: &Caller,
        inquiry: &InquiryId,
    ) -> Result<(), Failure> {
        self.change_inquiry(caller, inquiry, &crate::no_receipt, |work| {
            let now = work.now;
            let mut happenings = Vec::new();
            for session in &mut work.bundle.sessions {
                if session.expires_at <= now && session.status != session::SessionStatus::Expired {
                    happenings.extend(session::expire(session, now)?);
                }
            }
            work.note(happenings);
            Ok::<_, Failure>(())
        })
        .await?;
        Ok(())
    }

    pub async fn list_sessions(
        &self,
        caller: &Caller,
        filter: &SessionFilter,
        request: &ListRequest,
    ) -> Result<Page<Session>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().session_cursor(environment, &id).await
        })
        .await?;
        let read = || {
            let ask = Ask::sessions(environment, filter, &slice, request.size);
            self.ask(caller, ask)
        };
        let page = read().await?;
        // What is over is ended before it is shown, as with a single one.
        let now = self.now();
        let past: BTreeSet<_> = page
            .items
            .iter()
            .filter(|session| {
                session.expires_at <= now && session.status != session::SessionStatus::Expired
            })
            .map(|session| session.inquiry_id.clone())
            .collect();
        if past.is_empty() {
            return Ok(page);
        }
        for inquiry in &past {
            self.expire_past_sessions(caller, inquiry).await?;
        }
        read().await
    }

    /// The token of the new session is not part of the answer; `resume` gives one.
    pub async fn create_session(
        &self,
        caller: &Caller,
        inquiry: &InquiryId,
        receipt: Receipt<'_, (InquiryBundle, Session)>,
    ) -> Result<(InquiryBundle, Session), Failure> {
        self.change_inquiry(caller, inquiry, receipt, |work| {
            Ok::<_, Failure>(work.new_session()?)
        })
        .await
    }

    pub async fn expire_session(
        &self,
        caller: &Caller,
        id: &SessionId,
        receipt: Receipt<'_, (InquiryBundle, Session)>,
    ) -> Result<(InquiryBundle, Session), Failure> {
        let inquiry = self.get_session(caller, id).await?.inquiry_id;
        self.change_inquiry(caller, &inquiry, receipt, |work| {
            let now = work.now;
            let session = work.session(id)?;
            let happenings = session::expire(session, now)?;
            let expired = session.clone();
            work.note(happenings);
            Ok::<_, Failure>(expired)
        })
        .await
    }

    /// Every active session of these inquiries, in one transaction. One unknown id refuses the whole call.
    pub async fn expire_all_sessions(
        &self,
        caller: &Caller,
        inquiries: &[InquiryId],
        receipt: Receipt<'_, Vec<Session>>,
    ) -> Result<Vec<Session>, Failure> {
        let inquiries: BTreeSet<_> = inquiries.iter().collect();
        let mut attempts = Attempts::default();
        loop {
            let mut batch = Batch::new();
            let mut ended = Vec::new();
            for id in &inquiries {
                let mut work = self
                    .load_work(caller, id)
                    .await
                    .map_err(|failure| unknown_inquiry(failure, id))?;
                ended.extend(end_sessions(&mut work)?);
                batch.append(work.into_batch().1);
            }
            if let Some(answer) = receipt(&ended) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(ended);
            }
        }
    }
}

/// Ends what is not yet over and returns it.
fn end_sessions(work: &mut Work) -> Result<Vec<Session>, Refusal> {
    let now = work.now;
    let (mut happenings, mut ended) = (Vec::new(), Vec::new());
    for session in &mut work.bundle.sessions {
        if session.status != session::SessionStatus::Expired {
            happenings.extend(session::expire(session, now)?);
            ended.push(session.clone());
        }
    }
    work.note(happenings);
    Ok(ended)
}

/// 404 is no published answer of `expire-all`; an unknown id is a 422 there (Q17).
fn unknown_inquiry(failure: Failure, id: &InquiryId) -> Failure {
    match failure {
        Failure::Refused(refusals) if refusals.status() == Refusal::not_found().status() => {
            Refusal::unprocessable(
                format!("meta.inquiry_ids: {id} is not found"),
                "/meta/inquiry-ids",
            )
            .into()
        }
        other => other,
    }
}

fn refuse_unless_open(bundle: &InquiryBundle) -> Result<(), Refusal> {
    let inquiry = &bundle.view.inquiry;
    if inquiry.redacted_at.is_some() {
        return Err(Refusal::conflict("Inquiry already redacted"));
    }
    match inquiry.status {
        status if status.is_open() => Ok(()),
        inquiry_status => Err(Refusal::conflict(format!(
            "A one-time link cannot be made for an inquiry that is {}; resume it first if it has expired",
            inquiry_status.as_str()
        ))),
    }
}
