//! `/inquiry-templates`, `/inquiry-template-versions`.

use selfsame_domain::Refusal;
use selfsame_domain::id::{Id, IdError, TemplateId, TemplateVersionId};
use selfsame_service::{Failure, TemplateBundle};
use selfsame_wire::template as wire;
use serde_json::{Value, json};

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub const VERSION_FILTERS: &[&str] = &["inquiry-template-id"];

fn resource(bundle: &TemplateBundle) -> Value {
    wire::document(&bundle.template, bundle.latest_version.as_deref())
}

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let page = call.page()?;
    let found = call
        .app
        .service
        .list_templates(&call.caller, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, resource))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: TemplateId = call.id("inquiry-template-id")?;
    let bundle = call.app.service.get_template(&call.caller, &id).await?;
    let mut document = json!({"data": resource(&bundle)});
    if include.is_present() {
        let latest = bundle
            .latest_version
            .as_deref()
            .filter(|_| include.wants("latest-published-version"));
        let objects: Vec<_> = latest
            .map(|latest| wire::version_document(latest, &bundle.template))
            .into_iter()
            .collect();
        document["included"] = objects.into();
    }
    Ok(call.answer(document))
}

pub async fn list_versions(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(VERSION_FILTERS)?;
    let page = call.page()?;
    let wanted = call.query.scalar(&["filter", "inquiry-template-id"])?;
    let wanted =
        wanted.ok_or_else(|| Refusal::malformed("filter.inquiry_template_id is missing"))?;
    let template = TemplateId::parse(wanted).map_err(|error| match error {
        IdError::WrongPrefix { expected } => {
            Refusal::wrong_prefix("filter.inquiry_template_id", expected, wanted)
        }
        IdError::Malformed => Refusal::not_found(),
    })?;
    let service = &call.app.service;
    let (template, found) = service
        .list_template_versions(&call.caller, &template, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, |version| {
        wire::version_document(version, &template)
    }))
}

/// P16, our own.
pub async fn show_version(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let id: TemplateVersionId = call.id("inquiry-template-version-id")?;
    let service = &call.app.service;
    let (template, version) = service.get_template_version(&call.caller, &id).await?;
    Ok(call.answer(alone(wire::version_document(&version, &template), &include)))
}
