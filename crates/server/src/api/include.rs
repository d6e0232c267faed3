//! The `included` objects of an inquiry (C88, C89): each once, in the order of the relations.

use selfsame_service::InquiryBundle;
use selfsame_wire::inquiry::InquiryDocument;
use selfsame_wire::{self as wire, Document, Include};
use serde_json::Value;

/// The whole document of an inquiry.
pub fn inquiry_document<'a>(
    bundle: &'a InquiryBundle,
    include: &Include,
) -> Document<InquiryDocument<'a>> {
    let mut document = Document::new(InquiryDocument {
        view: &bundle.view,
        version: &bundle.version,
    });
    document.included = included(bundle, include);
    document
}

/// The objects that were asked for; `None`: nothing was.
pub fn included(bundle: &InquiryBundle, include: &Include) -> Option<Vec<Value>> {
    include.is_present().then(|| objects(bundle, include))
}

fn objects(bundle: &InquiryBundle, include: &Include) -> Vec<Value> {
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
                .map(|made| wire::verification::document(made, inquiry, &bundle.files)),
        );
    }
    if include.wants("sessions") {
        objects.extend(bundle.sessions.iter().map(wire::session::document));
    }
    if include.wants("documents") {
        objects.extend(bundle.documents.iter().map(|document| {
            let files = bundle.files_of_document(&document.id);
            wire::verification::document_document(document, inquiry, &files)
        }));
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
