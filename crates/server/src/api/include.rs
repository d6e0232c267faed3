//! What an answer carries along (C35, C88, C89).

use selfsame_service::InquiryBundle;
use selfsame_wire::inquiry::InquiryDocument;
use selfsame_wire::{Document, Include};
use serde_json::{Value, json};

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
    include
        .is_present()
        .then(|| selfsame_service::included(bundle, include))
}

/// The whole document of a resource without relations that can be included: asked for, there is a list, and it is empty.
pub fn alone(resource: Value, include: &Include) -> Value {
    let mut document = json!({"data": resource});
    if include.is_present() {
        document["included"] = json!([]);
    }
    document
}
