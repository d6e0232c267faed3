//! `/inquiries`.

use selfsame_domain::id::{Id, InquiryId};
use selfsame_domain::inquiry::{self, Decision, InquiryView, StoredDetail};
use selfsame_domain::tag::TagChange;
use selfsame_domain::template::TemplateVersion;
use selfsame_domain::{Refusal, Refusals, reference_id};
use selfsame_service::{Failure, InquiryBundle, InquiryCreated, LinkMade};
use selfsame_store::InquiryFilter;
use selfsame_wire::inquiry::{self as wire, StoredInquiryDocument};
use selfsame_wire::{Document, filter, tag};
use serde_json::{Value, json};

use super::call::{Call, list_request};
use super::include::{included, inquiry_document};
use super::respond::Answer;

pub const FILTERS: &[&str] = &[
    "inquiry-id",
    "account-id",
    "note",
    "reference-id",
    "inquiry-template-id",
    "template-id",
    "status",
    "created-at-start",
    "created-at-end",
];
pub const CREATE_META: &[&str] = &["session-token", "one-time-link", "one-time-link-short"];
pub const RESUME_META: &[&str] = &["session-token"];
pub const LINK_META: &[&str] = &["one-time-link", "one-time-link-short"];

/// R38, R39.
pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let page = call.page()?;
    let filter = filter_of(&call)?;
    let found = call
        .app
        .service
        .list_inquiries(&call.caller, &filter, &list_request(&page))
        .await?;
    call.write_page(
        &page,
        &found,
        |(view, _)| view.inquiry.id.as_str(),
        |(view, version)| document(view, version),
    )
}

/// I39, A40–A45.
pub async fn search(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let request = call.search("inquiry", inquiry::search::place)?;
    let page = list_request(&request.page);
    let service = &call.app.service;
    let found = service
        .search_inquiries(&call.caller, request.query, request.sort.as_ref(), &page)
        .await?;
    call.write_page(
        &request.page,
        &found,
        |(view, _)| view.inquiry.id.as_str(),
        |(view, version)| document(view, version),
    )
}

fn document<'a>(
    view: &'a InquiryView<StoredDetail>,
    version: &'a TemplateVersion,
) -> Result<StoredInquiryDocument<'a>, Failure> {
    StoredInquiryDocument::new(view, version).map_err(|error| {
        let id = &view.inquiry.id;
        Failure::Internal(format!("the stored detail of {id} cannot be read: {error}"))
    })
}

fn filter_of(call: &Call) -> Result<InquiryFilter, Refusal> {
    let query = &call.query;
    let note = query.scalar(&["filter", "note"])?;
    if note.is_some()
        && FILTERS
            .iter()
            .any(|name| *name != "note" && query.has(&["filter", name]))
    {
        return Err(Refusal::malformed("filter.note must be the only filter"));
    }
    // No inquiry here has a legacy template.
    let legacy = call.filter_list("template-id")?.map(|_| Vec::new());
    Ok(InquiryFilter {
        ids: call.filter_list("inquiry-id")?,
        account_ids: call.filter_list("account-id")?,
        template_ids: legacy.or(call.filter_list("inquiry-template-id")?),
        statuses: call.filter_list("status")?,
        reference_fold: query
            .scalar(&["filter", "reference-id"])?
            .map(reference_id::fold),
        note: note.map(str::to_owned),
        created_from: filter::timestamp(query, &["filter", "created-at-start"])?,
        created_to: filter::timestamp(query, &["filter", "created-at-end"])?,
        now: call.app.service.now().millis(),
    })
}

/// R19–R30.
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let (command, extras) = wire::parse_create(&call.body, call.version())?;
    let include = call.include(wire::INCLUDABLE)?;
    let render = |created: &InquiryCreated| {
        let mut document = Document::new(&created.document);
        document.included = included(&created.bundle, &include);
        document.meta = Some(json!({
            "session-token": created.session_token,
            "one-time-link": created.link.as_ref().map(|link| &link.url),
            "one-time-link-short": created.link.as_ref().map(|link| &link.short_url),
        }));
        call.write(&document)
    };
    let created = call
        .app
        .service
        .create_inquiry(&call.caller, &command, extras, &call.receipt(render))
        .await?;
    Ok(call.rendered().unwrap_or_else(|| render(&created)))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let service = &call.app.service;
    if include.is_present() {
        let bundle = service.get_inquiry(&call.caller, &id).await?;
        return Ok(call.write(&inquiry_document(&bundle, &include)));
    }
    let (view, version) = service.show_inquiry(&call.caller, &id).await?;
    Ok(call.write(&Document::new(document(&view, &version)?)))
}

/// R31.
pub async fn update(call: Call) -> Result<Answer, Failure> {
    let command = wire::parse_update(&call.body, call.version())?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let service = &call.app.service;
    let bundle = service
        .update_inquiry(&call.caller, &id, &command, &selfsame_service::no_receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}

/// I10, R46.
pub async fn redact(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let bundle = call
        .app
        .service
        .redact_inquiry(&call.caller, &id, &selfsame_service::no_receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}

pub async fn approve(call: Call) -> Result<Answer, Failure> {
    decide(call, Decision::Approve).await
}

pub async fn decline(call: Call) -> Result<Answer, Failure> {
    decide(call, Decision::Decline).await
}

pub async fn mark_for_review(call: Call) -> Result<Answer, Failure> {
    decide(call, Decision::MarkForReview).await
}

/// I7–I9.
async fn decide(call: Call, decision: Decision) -> Result<Answer, Failure> {
    let comment = wire::parse_comment(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let receipt = call.receipt(|(bundle, ()): &(InquiryBundle, ())| {
        call.write(&inquiry_document(bundle, &include))
    });
    let service = &call.app.service;
    let bundle = service
        .decide_inquiry(&call.caller, &id, decision, comment.as_deref(), &receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}

/// I5.
pub async fn expire(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let receipt = call.receipt(|(bundle, ()): &(InquiryBundle, ())| {
        call.write(&inquiry_document(bundle, &include))
    });
    let bundle = call
        .app
        .service
        .expire_inquiry(&call.caller, &id, &receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}

/// I6.
pub async fn resume(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let render = |(bundle, token): &(InquiryBundle, String)| {
        let mut document = inquiry_document(bundle, &include);
        document.meta = Some(json!({"session-token": token}));
        call.write(&document)
    };
    let resumed = call
        .app
        .service
        .resume_inquiry(&call.caller, &id, &call.receipt(render))
        .await?;
    Ok(render(&resumed))
}

pub(super) fn link_meta(link: &LinkMade) -> Value {
    json!({"one-time-link": link.url, "one-time-link-short": link.short_url})
}

pub async fn generate_link(call: Call) -> Result<Answer, Failure> {
    let expires_in = wire::parse_link_lifetime(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let render = |(bundle, link): &(InquiryBundle, LinkMade)| {
        let mut document = inquiry_document(bundle, &include);
        document.meta = Some(link_meta(link));
        call.write(&document)
    };
    let service = &call.app.service;
    let made = service
        .generate_link_for_inquiry(&call.caller, &id, expires_in, &call.receipt(render))
        .await?;
    Ok(render(&made))
}

pub async fn add_tag(call: Call) -> Result<Answer, Failure> {
    change_tags(call, tag::parse_add).await
}

pub async fn remove_tag(call: Call) -> Result<Answer, Failure> {
    change_tags(call, tag::parse_remove).await
}

pub async fn set_tags(call: Call) -> Result<Answer, Failure> {
    change_tags(call, tag::parse_set).await
}

async fn change_tags(
    call: Call,
    parse: fn(&Value) -> Result<TagChange, Refusals>,
) -> Result<Answer, Failure> {
    let change = parse(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let receipt = call.receipt(|(bundle, ()): &(InquiryBundle, ())| {
        call.write(&inquiry_document(bundle, &include))
    });
    let bundle = call
        .app
        .service
        .change_inquiry_tags(&call.caller, &id, &change, &receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}

/// I78.
pub async fn set_stubs(call: Call) -> Result<Answer, Failure> {
    let stubs = wire::parse_stubs(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let service = &call.app.service;
    let bundle = service
        .set_stubs(&call.caller, &id, &stubs, &selfsame_service::no_receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}

/// I72–I77.
pub async fn simulate(call: Call) -> Result<Answer, Failure> {
    let actions = wire::parse_simulate_actions(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: InquiryId = call.id("inquiry-id")?;
    let receipt = call.receipt(|(bundle, ()): &(InquiryBundle, ())| {
        call.write(&inquiry_document(bundle, &include))
    });
    let bundle = call
        .app
        .service
        .simulate(&call.caller, &id, &actions, &receipt)
        .await?;
    Ok(call.write(&inquiry_document(&bundle, &include)))
}
