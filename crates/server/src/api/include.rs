//! The `included` objects of an inquiry (C88, C89): each once, in the order of the relations.

use selfsame_service::InquiryBundle;
use selfsame_wire::inquiry::InquiryDocument;
use selfsame_wire::{Document, Include};
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
    include
        .is_present()
        .then(|| selfsame_service::included(bundle, include))
}
