//! What of an inquiry a search can go by (I39), and how.

use super::Status;
use crate::Refusal;
use crate::id::{Id, TemplateId};
use crate::reference_id;
use crate::search::predicate::names;
use crate::search::{Clause, Operator, Predicate, Sort};

/// One test of an inquiry, as a store makes it.
#[derive(Debug, Clone, PartialEq)]
pub enum InquiryTest {
    /// What is due counts as expired (B178).
    Status(Status),
    /// R39: folded; of its account (R20).
    Reference(String),
    Template(TemplateId),
    CreatedAt(Operator, i64),
    UpdatedAt(Operator, i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryOrder {
    CreatedAt,
    UpdatedAt,
    Status,
    Reference,
    Template,
}

const UNKNOWN: &str = "is not a searchable attribute of inquiries; there are status, created_at, updated_at, \
                       reference_id and inquiry_template_id";

/// What an inquiry shows of the attribute, below its `attributes`; to be held against a blocklist (C26).
pub fn place(attribute: &str) -> Vec<&str> {
    vec![attribute]
}

/// # Errors
/// 422 with a pointer to the attribute, operator or value.
pub fn test(predicate: &Predicate) -> Result<Clause<InquiryTest>, Refusal> {
    let attribute = predicate.attribute.as_str();
    if names(attribute, "created-at") {
        return predicate.instants(InquiryTest::CreatedAt);
    }
    if names(attribute, "updated-at") {
        return predicate.instants(InquiryTest::UpdatedAt);
    }
    let text = || {
        predicate.only_equal()?;
        predicate.text()
    };
    Ok(Clause::Is(if names(attribute, "status") {
        let status = Status::parse(text()?);
        InquiryTest::Status(status.ok_or_else(|| {
            predicate.refuse_value("must be a status of inquiries, such as completed")
        })?)
    } else if names(attribute, "reference-id") {
        InquiryTest::Reference(reference_id::fold(text()?))
    } else if names(attribute, "inquiry-template-id") {
        InquiryTest::Template(TemplateId::parse(text()?).map_err(|_| {
            predicate.refuse_value("must be the id of an inquiry template (itmpl_…)")
        })?)
    } else {
        return Err(predicate.refuse_attribute(UNKNOWN));
    }))
}

/// # Errors
/// 422 with a pointer.
pub fn order(sort: &Sort) -> Result<InquiryOrder, Refusal> {
    let known = [
        ("created-at", InquiryOrder::CreatedAt),
        ("updated-at", InquiryOrder::UpdatedAt),
        ("status", InquiryOrder::Status),
        ("reference-id", InquiryOrder::Reference),
        ("inquiry-template-id", InquiryOrder::Template),
    ];
    let found = known
        .into_iter()
        .find(|(name, _)| names(&sort.attribute, name));
    found
        .map(|(_, order)| order)
        .ok_or_else(|| sort.refuse(UNKNOWN))
}
