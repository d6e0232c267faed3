//! The `included` objects of an inquiry (C88, C89): each once, in the order of the relations.

use selfsame_service::InquiryBundle;
use selfsame_wire::{self as wire, Include};
use serde_json::{Value, json};

/// The whole document of an inquiry.
pub fn inquiry_document(bundle: &InquiryBundle, include: &Include) -> Value {
    let mut document = json!({"data": wire::inquiry::document(&bundle.view, &bundle.version)});
    if include.is_present() {
        document["included"] = included(bundle, include).into();
    }
    document
}

fn included(bundle: &InquiryBundle, include: &Include) -> Vec<Value> {
    let inquiry = &bundle.view.inquiry;
    let mut objects = Vec::new();
    if include.wants("account")
        && let Some((account, kind)) = &bundle.account
    {
        objects.push(wire::account::document(account, kind));
    }
    if include.wants("inquiry-template") {
        objects.push(wire::template::document(
            &bundle.template,
            bundle.latest_version.as_deref(),
        ));
    }
    if include.wants("inquiry-template-version") {
        objects.push(wire::template::version_document(
            &bundle.version,
            &bundle.template,
        ));
    }
    if include.wants("inquiry-template.latest-published-version")
        && let Some(latest) = &bundle.latest_version
    {
        let object = wire::template::version_document(latest, &bundle.template);
        if !objects.contains(&object) {
            objects.push(object);
        }
    }
    if include.wants("verifications") {
        objects.extend(
            bundle
                .verifications
                .iter()
                .map(|made| wire::verification::document(made, inquiry)),
        );
    }
    if include.wants("sessions") {
        objects.extend(bundle.sessions.iter().map(wire::session::document));
    }
    if include.wants("documents") {
        objects.extend(
            bundle
                .documents
                .iter()
                .map(|document| wire::verification::document_document(document, inquiry)),
        );
    }
    if include.wants("selfies") {
        objects.extend(
            bundle
                .selfies
                .iter()
                .map(wire::verification::selfie_document),
        );
    }
    objects
}
