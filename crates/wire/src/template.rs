//! Inquiry templates and versions on the wire (P1–P15).

use selfsame_domain::id::{Id, TemplateVersionId};
use selfsame_domain::template::{Template, TemplateVersion};
use serde_json::{Map, Value, json};

use crate::document::{field_schema, optional_time, resource, time, to_one};

pub const TYPE: &str = "inquiry-template";
pub const INCLUDABLE: &[&str] = &["latest-published-version"];
pub const VERSION_TYPE: &str = "inquiry-template-version";

/// `latest` gives the field schemas; without a published version there are none.
pub fn document(template: &Template, latest: Option<&TemplateVersion>) -> Value {
    let settings = &template.settings;
    let hosts: Vec<_> = settings
        .allowed_domains
        .iter()
        .filter(|entry| !entry.ends_with(':'))
        .collect();
    let schemas: Vec<_> = latest
        .map(|version| version.definition.fields.iter().map(field_schema).collect())
        .unwrap_or_default();
    resource(
        TYPE,
        template.id.as_str(),
        json!({
            "name": template.name,
            "status": if template.active { "active" } else { "inactive" },
            "embedded-flow-domain-allowlist": hosts,
            "hosted-flow-subdomains": settings.hosted_subdomains,
            "hosted-flow-redirect-uri-schemes": settings.redirect_schemes,
            "field-schemas": schemas,
        }),
        json!({
            "latest-published-version": to_one(
                VERSION_TYPE,
                template.latest_published_version_id.as_ref().map(TemplateVersionId::as_str),
            ),
        }),
    )
}

/// `live`: this is the version new inquiries get.
pub fn version_document(version: &TemplateVersion, template: &Template) -> Value {
    let theme: Map<String, Value> = template.settings.theme.clone();
    resource(
        VERSION_TYPE,
        version.id.as_str(),
        json!({
            "name-display": version.name_display,
            "description": null,
            "status": if version.published { "published" } else { "draft" },
            "live": template.latest_published_version_id.as_ref() == Some(&version.id),
            "last-updater": null,
            "enabled-locales": version.enabled_locales,
            "created-at": time(version.created_at),
            "updated-at": time(version.updated_at),
            "published-at": optional_time(version.published_at),
            "theme": theme,
        }),
        json!({}),
    )
}
