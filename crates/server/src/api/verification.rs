//! `/verifications`, `/verification/<kind>`, `/documents`, `/document/<kind>` (V11–V16).

use selfsame_domain::Refusal;
use selfsame_domain::id::{DocumentId, VerificationId};
use selfsame_domain::verification::{Verification, VerificationKind};
use selfsame_service::{Failure, InquiryBundle, no_receipt};
use selfsame_wire::verification::{self as wire, INCLUDABLE, INCLUDABLE_OF_DOCUMENT};
use selfsame_wire::{Include, inquiry, template};
use serde_json::{Value, json};

use super::call::Call;
use super::respond::Answer;

pub async fn show(call: Call) -> Result<Answer, Failure> {
    retrieve(call, None).await
}

pub async fn show_government_id(call: Call) -> Result<Answer, Failure> {
    retrieve(call, Some(VerificationKind::GovernmentId)).await
}

pub async fn show_selfie(call: Call) -> Result<Answer, Failure> {
    retrieve(call, Some(VerificationKind::Selfie)).await
}

/// V12: under the path of a kind there are only those of that kind.
async fn retrieve(call: Call, kind: Option<VerificationKind>) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: VerificationId = call.id("verification-id")?;
    let service = &call.app.service;
    let (bundle, made) = service.get_verification(&call.caller, &id).await?;
    if kind.is_some_and(|kind| kind != made.kind) {
        return Err(Refusal::not_found().into());
    }
    Ok(call.answer(verification(&bundle, &made, &include)))
}

/// V14.
pub async fn redact(call: Call) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: VerificationId = call.id("verification-id")?;
    let service = &call.app.service;
    let bundle = service
        .redact_verification(&call.caller, &id, &no_receipt)
        .await?;
    let mut all = bundle.verifications.iter();
    let made = all
        .find(|made| made.id == id)
        .ok_or_else(Refusal::not_found)?;
    Ok(call.answer(verification(&bundle, made, &include)))
}

/// V11: every document here is of a government ID.
pub async fn show_document(call: Call) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE_OF_DOCUMENT)?;
    let id: DocumentId = call.id("document-id")?;
    let service = &call.app.service;
    let (bundle, shown) = service.get_document(&call.caller, &id).await?;
    let files = bundle.files_of_document(&shown.id);
    let data = wire::document_document(&shown, &bundle.view.inquiry, &files);
    let included = include.is_present().then(|| {
        let mut objects = of_inquiry(&bundle, &include);
        if include.wants("document-files") {
            objects.extend(files.iter().map(|file| wire::file_document(file)));
        }
        objects
    });
    Ok(call.answer(document(data, included)))
}

/// The whole document of a verification.
pub fn verification(bundle: &InquiryBundle, made: &Verification, include: &Include) -> Value {
    let data = wire::document(made, &bundle.view.inquiry, &bundle.files);
    let included = include
        .is_present()
        .then(|| included_with(bundle, made, include));
    document(data, included)
}

fn document(data: Value, included: Option<Vec<Value>>) -> Value {
    match included {
        Some(included) => json!({"data": data, "included": included}),
        None => json!({"data": data}),
    }
}

fn included_with(bundle: &InquiryBundle, made: &Verification, include: &Include) -> Vec<Value> {
    let mut objects = of_inquiry(bundle, include);
    if include.wants("accounts")
        && let Some((account, kind)) = &bundle.account
        && made.account_id.as_ref() == Some(&account.id)
    {
        objects.push(selfsame_wire::account::document(account, kind));
    }
    if include.wants("document")
        && let Some(id) = &made.detail.document_id
        && let Some(document) = bundle.documents.iter().find(|known| known.id == *id)
    {
        let files = bundle.files_of_document(id);
        objects.push(wire::document_document(
            document,
            &bundle.view.inquiry,
            &files,
        ));
    }
    objects
}

/// The relations that both have.
fn of_inquiry(bundle: &InquiryBundle, include: &Include) -> Vec<Value> {
    let mut objects = Vec::new();
    if include.wants("inquiry") {
        objects.push(inquiry::document(&bundle.view, &bundle.version));
    }
    if include.wants("inquiry-template") {
        let latest = bundle.latest_version.as_deref();
        objects.push(template::document(&bundle.template, latest));
    }
    if include.wants("inquiry-template-version") {
        objects.push(template::version_document(
            &bundle.version,
            &bundle.template,
        ));
    }
    objects
}
