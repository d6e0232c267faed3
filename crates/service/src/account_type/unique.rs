//! Making a field unique while accounts have values of it, and others are being written (A67).
//!
//! First the accounts that share a value are looked for; there, it ends. Then a first commit marks the field, and from it
//! on every writer keeps the field's values apart, as each account's commit holds the type at the version it went by. Then
//! the accounts of before are gone through, a page at a time. A second commit makes the field unique. Whatever is cut
//! short in between goes on when the same is applied again.
//!
//! A field becomes searched in the same steps, in which nothing can be refused (A80).

use std::collections::HashMap;

use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::field::FieldSchema;
use selfsame_domain::id::{AccountId, EnvironmentId};
use selfsame_store::{Ask, Batch, CommitError};

use super::{pairs, plan, refusals};
use crate::work::Attempts;
use crate::{Failure, Service};

/// So many accounts are looked at in one read, and kept in one commit.
const PAGE: u32 = 500;
/// So many pairs are named where accounts share values.
const MOST_SHOWN: usize = 5;

/// Accounts that share values of a field.
#[derive(Debug, Default)]
struct Shared {
    count: usize,
    /// Some of them, with one that has the same value.
    shown: Vec<(AccountId, AccountId)>,
}

impl Shared {
    fn note(&mut self, one: &AccountId, other: &AccountId) {
        self.count += 1;
        if self.shown.len() < MOST_SHOWN {
            self.shown.push((one.clone(), other.clone()));
        }
    }
}

type Found = HashMap<String, Shared>;

impl Service {
    /// What is to be committed before `wanted` can be; `None`: nothing is, the accounts are ready for it.
    pub(super) async fn stage(
        &self,
        environments: &[EnvironmentId],
        there: &[AccountType],
        wanted: &[AccountType],
    ) -> Result<Option<Vec<AccountType>>, Failure> {
        let mut staged = wanted.to_vec();
        let mut is_staged = false;
        for (before, kind) in pairs(there, wanted) {
            let becoming = |key: &str| {
                let unique = |kind: &AccountType| kind.unique_field(key).is_some();
                unique(kind) && !unique(before)
            };
            let mut marked = before.clone();
            for field in &mut marked.fields {
                field.indexing |= becoming(&field.key);
                field.listing |= is_to_be_listed(before, kind, &field.key);
            }
            if marked == *before {
                let listed = |field: &FieldSchema| is_to_be_listed(before, kind, &field.key);
                if marked.fields.iter().any(listed) {
                    self.list_values(environments, before).await?;
                }
                if marked.fields.iter().any(|field| becoming(&field.key)) {
                    self.keep_apart(environments, there, before).await?;
                }
                continue;
            }
            let shared = self.shared_values(environments, &marked).await?;
            refuse(kind, &shared)?;
            // A field that is new has no values: it needs no going through, but may as well have it.
            for target in staged.iter_mut().filter(|target| target.id == kind.id) {
                for field in &mut target.fields {
                    if is_to_be_listed(before, kind, &field.key) {
                        field.listing = true;
                        is_staged = true;
                    }
                    if becoming(&field.key) {
                        (field.unique, field.indexing) = (false, true);
                        is_staged = true;
                    }
                }
            }
        }
        Ok(is_staged.then_some(staged))
    }

    /// Who shares values of fields that are, or are about to be, unique.
    async fn shared_values(
        &self,
        environments: &[EnvironmentId],
        kind: &AccountType,
    ) -> Result<Found, Failure> {
        let mut found = Found::new();
        for environment in environments {
            let mut seen: HashMap<(String, String), AccountId> = HashMap::new();
            let mut after: Option<AccountId> = None;
            loop {
                let page = self.page(environment, kind, after.as_ref()).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.id.clone());
                for account in page {
                    for (key, fold) in kind.unique_identifiers(&account.fields) {
                        match seen.get(&(key.clone(), fold.clone())) {
                            Some(first) => found.entry(key).or_default().note(&account.id, first),
                            None => drop(seen.insert((key, fold), account.id.clone())),
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    /// Goes through the accounts of a type whose fields are marked. Where two turn out to share a value, the marks go again.
    async fn keep_apart(
        &self,
        environments: &[EnvironmentId],
        there: &[AccountType],
        kind: &AccountType,
    ) -> Result<(), Failure> {
        for environment in environments {
            let mut attempts = Attempts::default();
            let mut after: Option<AccountId> = None;
            loop {
                let page = self.page(environment, kind, after.as_ref()).await?;
                let Some(last) = page.last() else { break };
                let mut batch = Batch::new();
                batch.check_account_type(kind);
                for account in &page {
                    batch.index_account(account, kind);
                }
                let committed = self.store().commit(batch).await;
                if matches!(committed, Err(CommitError::Conflict)) {
                    let found = self.held_by_others(environment, kind, &page).await?;
                    if !found.is_empty() {
                        self.unmark(environments, there, kind).await?;
                        return refuse(kind, &found);
                    }
                }
                if attempts.settle(committed)? {
                    (after, attempts) = (Some(last.id.clone()), Attempts::default());
                }
            }
        }
        Ok(())
    }

    /// Goes through the accounts of a type with fields that are about to be searched.
    async fn list_values(
        &self,
        environments: &[EnvironmentId],
        kind: &AccountType,
    ) -> Result<(), Failure> {
        for environment in environments {
            let mut attempts = Attempts::default();
            let mut after: Option<AccountId> = None;
            loop {
                let page = self.page(environment, kind, after.as_ref()).await?;
                let Some(last) = page.last() else { break };
                let mut batch = Batch::new();
                batch.check_account_type(kind);
                for account in &page {
                    batch.list_search_values(account, kind);
                }
                if attempts.settle(self.store().commit(batch).await)? {
                    (after, attempts) = (Some(last.id.clone()), Attempts::default());
                }
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        environment: &EnvironmentId,
        kind: &AccountType,
        after: Option<&AccountId>,
    ) -> Result<Vec<Account>, Failure> {
        let ask = Ask::accounts_of_type(environment, &kind.id, after, PAGE);
        Ok(self.store().ask(ask).await?)
    }

    /// Values of these accounts that another one of them has, or one that was there first.
    async fn held_by_others(
        &self,
        environment: &EnvironmentId,
        kind: &AccountType,
        page: &[Account],
    ) -> Result<Found, Failure> {
        let mut found = Found::new();
        let mut own: HashMap<String, HashMap<String, AccountId>> = HashMap::new();
        for account in page {
            for (key, fold) in kind.unique_identifiers(&account.fields) {
                let values = own.entry(key.clone()).or_default();
                match values.get(&fold) {
                    Some(first) => found.entry(key).or_default().note(&account.id, first),
                    None => drop(values.insert(fold, account.id.clone())),
                }
            }
        }
        for (key, values) in own {
            let folds = values.keys().cloned();
            let ask = Ask::identifier_holders(environment, &kind.id, &key, folds);
            for (fold, holder) in self.store().ask(ask).await? {
                if let Some(account) = values.get(&fold).filter(|account| **account != holder) {
                    found.entry(key.clone()).or_default().note(account, &holder);
                }
            }
        }
        Ok(found)
    }

    async fn unmark(
        &self,
        environments: &[EnvironmentId],
        there: &[AccountType],
        kind: &AccountType,
    ) -> Result<(), Failure> {
        let mut back = kind.clone();
        for field in &mut back.fields {
            field.indexing = false;
        }
        let batch = plan(environments, there, std::slice::from_ref(&back));
        match self.store().commit(batch).await {
            // Somebody else has changed the type, and so decided about its marks.
            Ok(()) | Err(CommitError::Conflict | CommitError::Taken(_)) => Ok(()),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// A field that is there, is to be searched, and is not yet, or in another way.
fn is_to_be_listed(before: &AccountType, wanted: &AccountType, key: &str) -> bool {
    let find = |kind: &AccountType| kind.fields.iter().find(|field| field.key == key).cloned();
    let (Some(was), Some(is)) = (find(before), find(wanted)) else {
        return false;
    };
    is.is_searched()
        && (was.listing || !was.is_searched() || was.case_sensitive != is.case_sensitive)
}

/// The values themselves are nobody's business here.
fn refuse(kind: &AccountType, found: &Found) -> Result<(), Failure> {
    let mut keys: Vec<_> = found.iter().collect();
    keys.sort_by_key(|(key, _)| key.as_str());
    let problems: Vec<_> = keys
        .into_iter()
        .map(|(key, shared)| {
            let pairs = shared.shown.iter();
            let pairs: Vec<_> = pairs
                .map(|(one, other)| format!("{one} and {other}"))
                .collect();
            format!(
                "{}: field {key} cannot be unique: {} accounts share a value with another one, such as {}",
                kind.name,
                shared.count,
                pairs.join(", ")
            )
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(refusals(problems).into())
    }
}
