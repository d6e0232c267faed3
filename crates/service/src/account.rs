//! Accounts: create, upsert, read, update, tag; beside this, what ends them.

mod action;
mod archive;
mod consolidate;
mod relation;

use std::sync::Arc;

use selfsame_domain::account::search::AccountOrder;
use selfsame_domain::account::{self, Account, AccountType, CreateAccount, UpdateAccount};
use selfsame_domain::event::Happening;
use selfsame_domain::field::{self, dash_case};
use selfsame_domain::id::{AccountId, AccountTypeId};
use selfsame_domain::search::{Clause, Predicate, Sort};
use selfsame_domain::tag::TagChange;
use selfsame_domain::{ReferenceId, Refusal, Timestamp};
use selfsame_store::{AccountFilter, Ask, Batch, CommitError, Guard, Page, Search};
use serde_json::Value;

use crate::event::{Payload, write_events};
use crate::page::slice;
use crate::work::Attempts;
use crate::{Caller, Failure, ListRequest, Receipt, Service, photo};

fn with_types(types: &[Arc<AccountType>], page: Page<Account>) -> Page<AccountBundle> {
    let bundle = |account: Account| {
        let account_type = types
            .iter()
            .find(|kind| kind.id == account.account_type_id)?
            .clone();
        Some(AccountBundle {
            account,
            account_type,
        })
    };
    Page {
        items: page.items.into_iter().filter_map(bundle).collect(),
        has_newer: page.has_newer,
        has_older: page.has_older,
    }
}

#[derive(Debug, Clone)]
pub struct AccountBundle {
    pub account: Account,
    pub account_type: Arc<AccountType>,
}

/// R16: whether `create` made an account or updated the one it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    Created,
    Updated,
}

/// One account's change, ready to commit.
struct Change {
    bundle: AccountBundle,
    batch: Batch,
    upserted: Upserted,
    /// To be deleted after the commit.
    replaced_photo: Option<String>,
}

impl Service {
    /// All of the caller's organisation, oldest first.
    async fn account_types(&self, caller: &Caller) -> Result<Arc<Vec<Arc<AccountType>>>, Failure> {
        let organisation = &caller.environment.organisation_id;
        let kept = self.kept(
            caller,
            |configuration| &configuration.account_types,
            organisation.clone(),
            || {
                let shared = |types: Vec<_>| Some(types.into_iter().map(Arc::new).collect());
                Ask::account_types(organisation).map(shared)
            },
        );
        Ok(kept.await?.unwrap_or_default())
    }

    pub(crate) async fn default_account_type(
        &self,
        caller: &Caller,
    ) -> Result<Arc<AccountType>, Failure> {
        let types = self.account_types(caller).await?;
        let found = types.iter().find(|kind| kind.is_default).cloned();
        found
            .ok_or_else(|| Failure::Internal("the organisation has no default account type".into()))
    }

    pub async fn get_account_type(
        &self,
        caller: &Caller,
        id: &AccountTypeId,
    ) -> Result<Arc<AccountType>, Failure> {
        let types = self.account_types(caller).await?;
        let found = types.iter().find(|kind| kind.id == *id).cloned();
        Ok(found.ok_or_else(Refusal::not_found)?)
    }

    /// The type a request names, or the default one.
    pub(crate) async fn account_type_or_default(
        &self,
        caller: &Caller,
        id: Option<&AccountTypeId>,
    ) -> Result<Arc<AccountType>, Failure> {
        match id {
            Some(id) => self.get_account_type(caller, id).await,
            None => self.default_account_type(caller).await,
        }
    }

    /// The active account of this type, or of the default one, that has this reference ID.
    pub async fn find_account(
        &self,
        caller: &Caller,
        type_id: Option<&AccountTypeId>,
        reference: &ReferenceId,
    ) -> Result<Option<AccountBundle>, Failure> {
        let account_type = self.account_type_or_default(caller, type_id).await?;
        let ask = Ask::accounts_by_reference(&caller.environment.id, reference);
        let found = self.ask(caller, ask).await?;
        let account = found
            .into_iter()
            .find(|it| it.account_type_id == account_type.id && it.archived_at.is_none());
        Ok(account.map(|account| AccountBundle {
            account,
            account_type,
        }))
    }

    pub(crate) async fn get_account_pair(
        &self,
        caller: &Caller,
        id: &AccountId,
    ) -> Result<(Account, Arc<AccountType>), Failure> {
        let found = self
            .ask(caller, Ask::account(&caller.environment.id, id))
            .await?;
        let account = found.ok_or_else(Refusal::not_found)?;
        let account_type = self
            .get_account_type(caller, &account.account_type_id)
            .await?;
        Ok((account, account_type))
    }

    /// Archived and redacted accounts are returned (R41).
    pub async fn get_account(
        &self,
        caller: &Caller,
        id: &AccountId,
    ) -> Result<AccountBundle, Failure> {
        let (account, account_type) = self.get_account_pair(caller, id).await?;
        Ok(AccountBundle {
            account,
            account_type,
        })
    }

    pub async fn list_accounts(
        &self,
        caller: &Caller,
        filter: &AccountFilter,
        request: &ListRequest,
    ) -> Result<Page<AccountBundle>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().account_cursor(environment, &id).await
        })
        .await?;
        let ask = Ask::accounts(environment, filter, &slice, request.size);
        let page = self.ask(caller, ask).await?;
        self.with_types(caller, page).await
    }

    async fn with_types(
        &self,
        caller: &Caller,
        page: Page<Account>,
    ) -> Result<Page<AccountBundle>, Failure> {
        let types = self.account_types(caller).await?;
        Ok(with_types(&types, page))
    }

    /// A40–A45, R40: a search sees a write at once. Archived accounts are left out, as in lists (R41).
    pub async fn search_accounts(
        &self,
        caller: &Caller,
        query: Option<Clause<Predicate>>,
        sort: Option<&Sort>,
        request: &ListRequest,
    ) -> Result<Page<AccountBundle>, Failure> {
        let environment = &caller.environment.id;
        let types = self.account_types(caller).await?;
        let test = |predicate: &Predicate| account::search::test(&types, predicate);
        let order = sort.map(|sort| account::search::order(&types, sort));
        let search = Search {
            clause: crate::search::resolve(query, test)?,
            order: order.transpose()?.unwrap_or(AccountOrder::CreatedAt),
            ascending: sort.is_some_and(|sort| sort.ascending),
        };
        let slice = slice(request, |id| async move {
            self.store().account_cursor(environment, &id).await
        })
        .await?;
        let ask = Ask::account_search(environment, &search, &slice, request.size);
        let found = self.store().ask(ask).await;
        let page = found.map_err(crate::search::failure)?;
        Ok(with_types(&types, page))
    }

    /// R10, R16, R18. Of two creates with one new reference ID one succeeds and the other is refused; with
    /// `upsert_by` the other updates.
    pub async fn create_account(
        &self,
        caller: &Caller,
        command: &CreateAccount,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<(AccountBundle, Upserted), Failure> {
        let photo = self
            .keep_photo(&caller.environment.id, command.photo.clone())
            .await?;
        let command = &CreateAccount {
            photo,
            ..command.clone()
        };
        let created = self.create_with_photo(caller, command, receipt).await;
        self.drop_unused_photo(&caller.environment.id, command.photo.as_ref(), &created)
            .await;
        created
    }

    async fn create_with_photo(
        &self,
        caller: &Caller,
        command: &CreateAccount,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<(AccountBundle, Upserted), Failure> {
        let mut attempts = AccountAttempts::default();
        loop {
            let change = self.plan_create(caller, command).await?;
            if let Some(outcome) = self.commit_account(change, receipt, &mut attempts).await? {
                return Ok(outcome);
            }
            self.look_again(caller).await?;
        }
    }

    async fn plan_create(
        &self,
        caller: &Caller,
        command: &CreateAccount,
    ) -> Result<Change, Failure> {
        let now = self.now();
        let account_type = self
            .account_type_or_default(caller, command.account_type_id.as_ref())
            .await?;
        let tags = self
            .resolve_tag_names(&caller.environment.organisation_id, &command.tags, now)
            .await?;
        if let Some(existing) = self
            .find_upsert_target(caller, &account_type, command)
            .await?
        {
            let update = UpdateAccount {
                reference_id: command.reference_id.clone(),
                status: command.status.clone(),
                fields: command.fields.clone(),
                tags: (!tags.names.is_empty()).then_some(tags.names),
                photo: command.photo.clone(),
            };
            let (account, happenings) =
                account::update(existing.clone(), &account_type, update, now)?;
            return Ok(self.plan_update(
                tags.batch,
                Some(&existing),
                account,
                account_type,
                happenings,
                now,
            ));
        }
        let command = CreateAccount {
            tags: tags.names,
            ..command.clone()
        };
        let environment = &caller.environment.id;
        let (account, happenings) = account::create(
            environment,
            &account_type,
            command,
            now,
            &mut self.entropy(),
        )?;
        Ok(self.plan_update(tags.batch, None, account, account_type, happenings, now))
    }

    /// The active account of that type which `upsert-by` means; its value comes from the attributes.
    async fn find_upsert_target(
        &self,
        caller: &Caller,
        account_type: &AccountType,
        command: &CreateAccount,
    ) -> Result<Option<Account>, Failure> {
        let Some(upsert_by) = command.upsert_by.as_deref() else {
            return Ok(None);
        };
        let pointer = "/meta/upsert-by";
        let environment = &caller.environment.id;
        if dash_case(upsert_by) == "reference-id" {
            let reference = command.reference_id.as_ref().ok_or_else(|| {
                Refusal::unprocessable(
                    "data.attributes.reference_id must be given to upsert by it",
                    pointer,
                )
            })?;
            let found = self
                .store()
                .list_accounts_by_reference(environment, reference)
                .await?;
            return Ok(found.into_iter().find(|account| {
                account.archived_at.is_none() && account.account_type_id == account_type.id
            }));
        }
        let schema = account_type.unique_field(upsert_by).ok_or_else(|| {
            Refusal::unprocessable(
                "meta.upsert_by must name reference_id or a unique field of the account type",
                pointer,
            )
        })?;
        let value = command
            .fields
            .iter()
            .find(|(key, _)| dash_case(key) == dash_case(&schema.key))
            .and_then(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                let details = format!(
                    "data.attributes.fields.{} must be given to upsert by it",
                    schema.key
                );
                Refusal::unprocessable(details, pointer)
            })?;
        let fold = account::identifier_fold(schema, value);
        Ok(self
            .store()
            .find_account_by_identifier(environment, &account_type.id, &schema.key, &fold)
            .await?)
    }

    fn plan_update(
        &self,
        mut batch: Batch,
        before: Option<&Account>,
        account: Account,
        account_type: Arc<AccountType>,
        happenings: Vec<Happening>,
        now: Timestamp,
    ) -> Change {
        match before {
            None => batch.insert_account(&account, &account_type),
            Some(before) if *before != account || spelling(before) != spelling(&account) => {
                batch.update_account(&account, &account_type);
            }
            Some(_) => {}
        }
        let replaced_photo = photo::replace(&mut batch, before, &account, now);
        write_events(
            &mut batch,
            &account.environment_id,
            Some(&account.id),
            happenings,
            now,
            &mut self.entropy(),
            |_| Payload::of_account(&account, &account_type),
        );
        Change {
            upserted: if before.is_some() {
                Upserted::Updated
            } else {
                Upserted::Created
            },
            bundle: AccountBundle {
                account,
                account_type,
            },
            batch,
            replaced_photo,
        }
    }

    /// R11, R12, R14, R15. The whole request stands or falls.
    pub async fn update_account(
        &self,
        caller: &Caller,
        id: &AccountId,
        command: &UpdateAccount,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<AccountBundle, Failure> {
        // An unknown account is refused before anything is kept for it.
        self.get_account_pair(caller, id).await?;
        let photo = self
            .keep_photo(&caller.environment.id, command.photo.clone())
            .await?;
        let command = &UpdateAccount {
            photo,
            ..command.clone()
        };
        let updated = self.update_with_photo(caller, id, command, receipt).await;
        self.drop_unused_photo(&caller.environment.id, command.photo.as_ref(), &updated)
            .await;
        updated
    }

    async fn update_with_photo(
        &self,
        caller: &Caller,
        id: &AccountId,
        command: &UpdateAccount,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = AccountAttempts::default();
        loop {
            let now = self.now();
            let (before, account_type) = self.get_account_pair(caller, id).await?;
            let mut command = command.clone();
            let mut batch = Batch::new();
            if let Some(names) = &command.tags {
                let tags = self
                    .resolve_tag_names(&caller.environment.organisation_id, names, now)
                    .await?;
                command.tags = Some(tags.names);
                batch = tags.batch;
            }
            let (account, happenings) =
                account::update(before.clone(), &account_type, command, now)?;
            let change =
                self.plan_update(batch, Some(&before), account, account_type, happenings, now);
            if let Some((bundle, _)) = self.commit_account(change, receipt, &mut attempts).await? {
                return Ok(bundle);
            }
            self.look_again(caller).await?;
        }
    }

    pub async fn change_account_tags(
        &self,
        caller: &Caller,
        id: &AccountId,
        change: &TagChange,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = AccountAttempts::default();
        loop {
            let now = self.now();
            let (before, account_type) = self.get_account_pair(caller, id).await?;
            let organisation = &caller.environment.organisation_id;
            let tags = self
                .apply_tag_change(organisation, &before.tags, change, now)
                .await?;
            let (account, happenings) = account::change_tags(before.clone(), tags.names, now)?;
            let change = self.plan_update(
                tags.batch,
                Some(&before),
                account,
                account_type,
                happenings,
                now,
            );
            if let Some((bundle, _)) = self.commit_account(change, receipt, &mut attempts).await? {
                return Ok(bundle);
            }
            self.look_again(caller).await?;
        }
    }

    /// Commits a plan. `None`: somebody changed what it was made on; plan again. A taken reference ID or
    /// identifier is the answer when a second plan could not find its holder by itself.
    async fn commit_account(
        &self,
        change: Change,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
        attempts: &mut AccountAttempts,
    ) -> Result<Option<(AccountBundle, Upserted)>, Failure> {
        let Change {
            bundle,
            mut batch,
            upserted,
            replaced_photo,
        } = change;
        let outcome = (bundle, upserted);
        if let Some(answer) = receipt(&outcome) {
            batch.insert_answer(&answer);
        }
        let committed = self.store().commit(batch).await;
        if let Err(CommitError::Taken(Guard::Reference | Guard::Identifier)) = committed {
            attempts.taken += 1;
            if attempts.taken > 1 {
                return Err(Refusal::not_unique().into());
            }
        }
        if !attempts.all.settle(committed)? {
            return Ok(None);
        }
        let environment = &outcome.0.account.environment_id;
        self.delete_blobs(environment, replaced_photo.into_iter().collect())
            .await;
        Ok(Some(outcome))
    }
}

#[derive(Default)]
struct AccountAttempts {
    all: Attempts,
    /// Once may be a race that a second look resolves (upsert); twice is the answer.
    taken: u32,
}

/// Equal reference IDs may be spelled differently; the stored spelling follows an update (R12).
fn spelling(account: &Account) -> Option<&str> {
    account
        .reference_id
        .as_ref()
        .map(selfsame_domain::ReferenceId::as_str)
}

/// A fields write that only fills what is empty; used when an inquiry completes.
pub(crate) fn fill_from_inquiry(
    account: &mut Account,
    kind: &AccountType,
    inquiry_fields: &field::Fields,
    now: Timestamp,
) -> Vec<Happening> {
    let offered = selfsame_domain::flow::account_fields(inquiry_fields, &account.fields);
    let mut changed = Vec::new();
    for (key, value) in offered {
        let found = field::find_schema(&kind.fields, &key);
        // A value that somebody else has must not keep an inquiry from completing (A50).
        let Some(schema) = found.filter(|schema| schema.active && !schema.is_indexed()) else {
            continue;
        };
        if let Ok(checked) = field::check_value(schema, &value) {
            let mut one = field::Fields::new();
            one.insert(schema.key.clone(), checked);
            field::merge(&kind.fields, &mut account.fields, one);
            changed.push(Value::from(schema.key.clone()));
        }
    }
    if changed.is_empty() {
        return Vec::new();
    }
    account.updated_at = now;
    let subject = selfsame_domain::event::Subject::Account(account.id.clone());
    vec![Happening::new("account.updated-fields", subject).with("changed", changed)]
}
