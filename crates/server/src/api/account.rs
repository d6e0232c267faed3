//! `/accounts`, `/account-types`.

use selfsame_domain::account::{self, CreateAccount};
use selfsame_domain::id::{AccountId, AccountTypeId, Id, WorkflowRunId};
use selfsame_domain::tag::TagChange;
use selfsame_domain::{Refusal, RefusalKind, Refusals, reference_id};
use selfsame_service::{AccountBundle, Failure, Upserted};
use selfsame_store::{AccountFilter, RelationFilter};
use selfsame_wire::account::{self as wire, AccountDocument};
use selfsame_wire::{Document, Include, filter, tag};
use serde_json::{Value, json};

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub const FILTERS: &[&str] = &["reference-id"];
pub const RUN_META: &[&str] = &["workflow-run-id"];
pub const RELATION_FILTERS: &[&str] = &["key", "created-at-start", "created-at-end"];

fn resource(bundle: &AccountBundle) -> AccountDocument<'_> {
    AccountDocument {
        account: &bundle.account,
        account_type: &bundle.account_type,
    }
}

fn document<'a>(bundle: &'a AccountBundle, include: &Include) -> Document<AccountDocument<'a>> {
    let mut document = Document::new(resource(bundle));
    if include.is_present() {
        let wanted = include
            .wants("account-type")
            .then(|| wire::type_document(&bundle.account_type));
        document.included = Some(wanted.into_iter().collect());
    }
    document
}

/// R37, R39, R41.
pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let page = call.page()?;
    let wanted = call.filter_list("reference-id")?;
    let filter = AccountFilter {
        reference_folds: wanted.map(|ids| ids.iter().map(|id| reference_id::fold(id)).collect()),
    };
    let found = call
        .app
        .service
        .list_accounts(&call.caller, &filter, &list_request(&page))
        .await?;
    call.write_page(
        &page,
        &found,
        |bundle| bundle.account.id.as_str(),
        |bundle| Ok(resource(bundle)),
    )
}

/// A40–A45.
pub async fn search(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let request = call.search("account", account::search::place)?;
    let page = list_request(&request.page);
    let service = &call.app.service;
    let found = service
        .search_accounts(&call.caller, request.query, request.sort.as_ref(), &page)
        .await?;
    call.write_page(
        &request.page,
        &found,
        |bundle| bundle.account.id.as_str(),
        |bundle| Ok(resource(bundle)),
    )
}

/// R10, R16: 201 for a new account, 200 for one that was found and updated.
pub async fn create(call: Call) -> Result<Answer, Failure> {
    let command = wire::parse_create(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let render = |(bundle, upserted): &(AccountBundle, Upserted)| {
        let status = if *upserted == Upserted::Created {
            201
        } else {
            200
        };
        call.write_with(status, &document(bundle, &include))
    };
    let made = call
        .app
        .service
        .create_account(&call.caller, &command, &call.receipt(render))
        .await;
    match made {
        Err(Failure::Refused(refusals)) if call.version().conflicts_show_the_account() => {
            match conflicting(&call, &command, &refusals).await? {
                Some(bundle) => {
                    let shown = call.write_with(409, &document(&bundle, &Include::Absent));
                    call.keep(shown).await
                }
                None => Err(refusals.into()),
            }
        }
        made => Ok(render(&made?)),
    }
}

/// R13: the account that has the reference ID already.
async fn conflicting(
    call: &Call,
    command: &CreateAccount,
    refusals: &Refusals,
) -> Result<Option<AccountBundle>, Failure> {
    let is_taken = refusals
        .0
        .iter()
        .any(|it| it.kind == RefusalKind::NotUnique);
    let (true, Some(reference)) = (is_taken, &command.reference_id) else {
        return Ok(None);
    };
    let service = &call.app.service;
    service
        .find_account(&call.caller, command.account_type_id.as_ref(), reference)
        .await
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let bundle = call
        .app
        .service
        .get_account(&call.caller, &call.id("account-id")?)
        .await?;
    Ok(call.write(&document(&bundle, &include)))
}

/// R11, R12, R14, R15.
pub async fn update(call: Call) -> Result<Answer, Failure> {
    let command = wire::parse_update(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let service = &call.app.service;
    let bundle = service
        .update_account(&call.caller, &id, &command, &selfsame_service::no_receipt)
        .await?;
    Ok(call.write(&document(&bundle, &include)))
}

/// R44, R45.
pub async fn redact(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let bundle = call
        .app
        .service
        .redact_account(&call.caller, &id, &selfsame_service::no_receipt)
        .await?;
    Ok(call.write(&document(&bundle, &include)))
}

/// R47–R50.
pub async fn consolidate(call: Call) -> Result<Answer, Failure> {
    let sources = wire::parse_consolidate(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let render = |bundle: &AccountBundle| call.write(&document(bundle, &include));
    let service = &call.app.service;
    let bundle = service
        .consolidate_accounts(&call.caller, &id, &sources, &call.receipt(render))
        .await?;
    Ok(render(&bundle))
}

/// A56.
pub async fn archive(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let render = |(bundle, _): &(AccountBundle, Upserted)| call.write(&document(bundle, &include));
    let service = &call.app.service;
    let bundle = service
        .archive_account(&call.caller, &id, &call.receipt(render))
        .await?;
    Ok(call.write(&document(&bundle, &include)))
}

/// A56, A57, R17.
pub async fn restore(call: Call) -> Result<Answer, Failure> {
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let render = |(bundle, _): &(AccountBundle, Upserted)| call.write(&document(bundle, &include));
    let service = &call.app.service;
    let bundle = service
        .restore_account(&call.caller, &id, &call.receipt(render))
        .await?;
    Ok(call.write(&document(&bundle, &include)))
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
    let id: AccountId = call.id("account-id")?;
    let receipt = call
        .receipt(|(bundle, _): &(AccountBundle, Upserted)| call.write(&document(bundle, &include)));
    let bundle = call
        .app
        .service
        .change_account_tags(&call.caller, &id, &change, &receipt)
        .await?;
    Ok(call.write(&document(&bundle, &include)))
}

/// A38.
pub async fn list_relations(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(RELATION_FILTERS)?;
    let page = call.page()?;
    let id: AccountId = call.id("account-id")?;
    let key = call.query.scalar(&["filter", "key"])?;
    let filter = RelationFilter {
        key: key
            .ok_or_else(|| Refusal::malformed("filter.key is missing"))?
            .to_owned(),
        created_from: filter::timestamp(&call.query, &["filter", "created-at-start"])?,
        created_to: filter::timestamp(&call.query, &["filter", "created-at-end"])?,
    };
    let service = &call.app.service;
    let found = service
        .list_relations(&call.caller, &id, &filter, &list_request(&page))
        .await?;
    call.write_page(
        &page,
        &found,
        |bundle| bundle.account.id.as_str(),
        |bundle| Ok(resource(bundle)),
    )
}

/// A39, A59, A60.
pub async fn add_relation(call: Call) -> Result<Answer, Failure> {
    let change = wire::parse_relation(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let render = |bundle: &AccountBundle| call.write(&document(bundle, &include));
    let service = &call.app.service;
    let bundle = service
        .add_relation(&call.caller, &id, &change, &call.receipt(render))
        .await?;
    Ok(render(&bundle))
}

/// A39, A59.
pub async fn remove_relation(call: Call) -> Result<Answer, Failure> {
    let change = wire::parse_relation(&call.body)?;
    let include = call.include(wire::INCLUDABLE)?;
    let id: AccountId = call.id("account-id")?;
    let render = |bundle: &AccountBundle| call.write(&document(bundle, &include));
    let service = &call.app.service;
    let bundle = service
        .remove_relation(&call.caller, &id, &change, &call.receipt(render))
        .await?;
    Ok(render(&bundle))
}

/// A46, A68–A71. No `included`: the published answer has none.
pub async fn run_action(call: Call) -> Result<Answer, Failure> {
    let command = wire::parse_run_action(&call.body)?;
    let id: AccountId = call.id("account-id")?;
    let render = |(bundle, run_id): &(AccountBundle, WorkflowRunId)| {
        let mut document = document(bundle, &Include::Absent);
        document.meta = Some(json!({"workflow-run-id": run_id.as_str()}));
        call.write(&document)
    };
    let service = &call.app.service;
    let ran = service
        .run_account_action(&call.caller, &id, &command, &call.receipt(render))
        .await?;
    Ok(render(&ran))
}

pub async fn show_type(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&["account-statuses", "default-account-status"])?;
    let id: AccountTypeId = call.id("account-type-id")?;
    let account_type = call.app.service.get_account_type(&call.caller, &id).await?;
    Ok(call.answer(alone(wire::type_document(&account_type), &include)))
}
