//! `/inquiry-sessions`.

use selfsame_domain::id::SessionId;
use selfsame_domain::session::Session;
use selfsame_service::{Failure, InquiryBundle, LinkMade};
use selfsame_store::SessionFilter;
use selfsame_wire::session as wire;
use selfsame_wire::{self, Include};
use serde_json::{Value, json};

use super::call::{Call, list_request};
use super::inquiry::link_meta;
use super::respond::Answer;

pub const FILTERS: &[&str] = &["inquiry-id"];

fn document(session: &Session, bundle: &InquiryBundle, include: &Include) -> Value {
    let mut document = json!({"data": wire::document(session)});
    if include.is_present() {
        let wanted = include
            .wants("inquiry")
            .then(|| selfsame_wire::inquiry::document(&bundle.view, &bundle.version));
        document["included"] = wanted.into_iter().collect::<Vec<_>>().into();
    }
    document
}

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let page = call.page()?;
    let filter = SessionFilter {
        inquiry_ids: call.filter_list("inquiry-id")?,
    };
    let found = call
        .app
        .service
        .list_sessions(&call.caller, &filter, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, wire::document))
}

pub async fn create(call: Call) -> Result<Answer, Failure> {
    let inquiry = wire::parse_create(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let render = |(bundle, session): &(InquiryBundle, Session)| {
        call.answer(document(session, bundle, &include))
    };
    let made = call
        .app
        .service
        .create_session(&call.caller, &inquiry, &call.receipt(render))
        .await?;
    Ok(render(&made))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: SessionId = call.id("inquiry-session-id")?;
    let service = &call.app.service;
    let session = service.get_session(&call.caller, &id).await?;
    if include.is_present() {
        let bundle = service
            .get_inquiry(&call.caller, &session.inquiry_id)
            .await?;
        return Ok(call.answer(document(&session, &bundle, &include)));
    }
    Ok(call.answer(json!({"data": wire::document(&session)})))
}

pub async fn expire(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: SessionId = call.id("inquiry-session-id")?;
    let render = |(bundle, session): &(InquiryBundle, Session)| {
        call.answer(document(session, bundle, &include))
    };
    let expired = call
        .app
        .service
        .expire_session(&call.caller, &id, &call.receipt(render))
        .await?;
    Ok(render(&expired))
}

pub async fn expire_all(call: Call) -> Result<Answer, Failure> {
    let inquiries = wire::parse_expire_all(&call.body)?;
    let render = |sessions: &Vec<Session>| {
        let data: Vec<_> = sessions.iter().map(wire::document).collect();
        call.answer(json!({"data": data}))
    };
    let expired = call
        .app
        .service
        .expire_all_sessions(&call.caller, &inquiries, &call.receipt(render))
        .await?;
    Ok(render(&expired))
}

pub async fn generate_link(call: Call) -> Result<Answer, Failure> {
    let expires_in = selfsame_wire::inquiry::parse_link_lifetime(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: SessionId = call.id("inquiry-session-id")?;
    let render = |(bundle, link): &(InquiryBundle, LinkMade)| {
        let session = bundle.sessions.iter().find(|session| session.id == id);
        let mut document = session
            .map(|session| document(session, bundle, &include))
            .unwrap_or_default();
        document["meta"] = link_meta(link);
        call.answer(document)
    };
    let service = &call.app.service;
    let made = service
        .generate_link_for_session(&call.caller, &id, expires_in, &call.receipt(render))
        .await?;
    Ok(render(&made))
}
