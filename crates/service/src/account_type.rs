//! Account types as an operator declares them (A62–A68). Every change is one commit that all servers see at once; making
//! a field unique takes two, with the accounts gone through in between.

mod unique;

use selfsame_domain::account::AccountType;
use selfsame_domain::account::declare::{DeclaredType, declare};
use selfsame_domain::field::FieldSchema;
use selfsame_domain::id::{AccountTypeId, EnvironmentId, OrganisationId};
use selfsame_domain::{Refusal, Refusals};
use selfsame_store::{Ask, Batch, StoreError};

use crate::work::Attempts;
use crate::{Failure, Service};

/// What became of one declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedType {
    pub id: AccountTypeId,
    pub name: String,
    pub outcome: Applied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    Made,
    Changed,
    Unchanged,
}

impl Service {
    /// Every organisation, the one of the oldest environment first.
    pub async fn list_organisations(&self) -> Result<Vec<OrganisationId>, Failure> {
        let mut found: Vec<OrganisationId> = Vec::new();
        for environment in self.list_environments().await? {
            if !found.contains(&environment.organisation_id) {
                found.push(environment.organisation_id);
            }
        }
        Ok(found)
    }

    /// Oldest first.
    pub async fn list_account_types(
        &self,
        organisation: &OrganisationId,
    ) -> Result<Vec<AccountType>, Failure> {
        Ok(self.store().list_account_types(organisation).await?)
    }

    /// All of the declared types or none. Applying the same again changes nothing; applied again after it was cut short, it
    /// goes on where it was.
    ///
    /// # Errors
    /// A refusal for each thing that is wrong, or that accounts stand in the way of.
    pub async fn apply_account_types(
        &self,
        organisation: &OrganisationId,
        declared: &[DeclaredType],
    ) -> Result<Vec<AppliedType>, Failure> {
        let before = self.store().list_account_types(organisation).await?;
        let environments = self.environments_of(organisation).await?;
        let mut attempts = Attempts::default();
        loop {
            let there = self.store().list_account_types(organisation).await?;
            let mut entropy = self.entropy();
            let wanted = declare(organisation, &there, declared, self.now(), &mut entropy);
            let wanted = wanted.map_err(refusals)?;
            self.refuse_what_is_used(&there, &wanted).await?;
            let staged = self.stage(&environments, &there, &wanted).await?;
            let next = staged.as_ref().unwrap_or(&wanted);
            let batch = plan(&environments, &there, next);
            if attempts.settle(self.store().commit(batch).await)? && staged.is_none() {
                return Ok(outcomes(&before, &wanted, declared));
            }
        }
    }

    async fn environments_of(
        &self,
        organisation: &OrganisationId,
    ) -> Result<Vec<EnvironmentId>, StoreError> {
        let rows = self.store().list_environments().await?;
        let own = rows.into_iter().map(|row| row.environment);
        let own = own.filter(|environment| environment.organisation_id == *organisation);
        Ok(own.map(|environment| environment.id).collect())
    }

    /// A65, A66. The commit checks it once more; this finds the words.
    async fn refuse_what_is_used(
        &self,
        there: &[AccountType],
        wanted: &[AccountType],
    ) -> Result<(), Failure> {
        let mut problems = Vec::new();
        for (before, kind) in pairs(there, wanted) {
            for status in gone_statuses(before, kind) {
                if self
                    .store()
                    .ask(Ask::status_is_used(before, status))
                    .await?
                {
                    problems.push(format!(
                        "{}: accounts have the status {status}; it can be inactive, and go once none has it",
                        kind.name
                    ));
                }
            }
            for key in gone_relations(before, kind) {
                if self.store().ask(Ask::relation_is_used(before, key)).await? {
                    problems.push(format!(
                        "{}: accounts have relations under {key}, which stays as it is while they do",
                        kind.name
                    ));
                }
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(refusals(problems).into())
        }
    }
}

fn refusals(problems: Vec<String>) -> Refusals {
    Refusals(
        problems
            .into_iter()
            .map(Refusal::unprocessable_state)
            .collect(),
    )
}

/// Each type that is there, as it is and as it is to be.
fn pairs<'a>(
    there: &'a [AccountType],
    wanted: &'a [AccountType],
) -> impl Iterator<Item = (&'a AccountType, &'a AccountType)> {
    wanted.iter().filter_map(|kind| {
        let before = there.iter().find(|before| before.id == kind.id)?;
        Some((before, kind))
    })
}

fn gone_statuses<'a>(
    before: &'a AccountType,
    now: &'a AccountType,
) -> impl Iterator<Item = &'a str> {
    let stays = |name: &str| now.statuses.iter().any(|status| status.name == name);
    let names = before.statuses.iter().map(|status| status.name.as_str());
    names.filter(move |name| !stays(name))
}

/// Those that are declared no more, or otherwise.
fn gone_relations<'a>(
    before: &'a AccountType,
    now: &'a AccountType,
) -> impl Iterator<Item = &'a str> {
    let gone = before
        .relations
        .iter()
        .filter(|relation| !now.relations.contains(relation));
    gone.map(|relation| relation.key.as_str())
}

/// Fields whose values were kept apart and are no more.
fn let_go<'a>(before: &'a AccountType, now: &'a AccountType) -> impl Iterator<Item = &'a str> {
    let stays = |key: &str| {
        let field = now.fields.iter().find(|field| field.key == key);
        field.is_some_and(FieldSchema::is_indexed)
    };
    let were = before.fields.iter().filter(|field| field.is_indexed());
    were.map(|field| field.key.as_str())
        .filter(move |key| !stays(key))
}

/// Fields whose values were listed for search and are no more.
fn searched_no_more<'a>(
    before: &'a AccountType,
    now: &'a AccountType,
) -> impl Iterator<Item = &'a str> {
    let stays = |key: &str| {
        let field = now.fields.iter().find(|field| field.key == key);
        field.is_some_and(FieldSchema::is_searched)
    };
    let were = before.fields.iter().filter(|field| field.is_searched());
    were.map(|field| field.key.as_str())
        .filter(move |key| !stays(key))
}

/// The difference. A type's own update comes first: whoever writes an account by it is waited for.
fn plan(environments: &[EnvironmentId], there: &[AccountType], wanted: &[AccountType]) -> Batch {
    let mut batch = Batch::new();
    for kind in wanted {
        match there.iter().find(|before| before.id == kind.id) {
            None => batch.insert_account_type(kind),
            Some(before) if before == kind => {}
            Some(before) => {
                batch.update_account_type(kind);
                for status in gone_statuses(before, kind) {
                    batch.check_status_unused(before, status);
                }
                for key in gone_relations(before, kind) {
                    batch.check_relation_unused(before, key);
                }
                for key in searched_no_more(before, kind) {
                    for environment in environments {
                        batch.forget_search_values(environment, &kind.id, key);
                    }
                }
                for key in let_go(before, kind) {
                    for environment in environments {
                        batch.forget_identifiers(environment, &kind.id, key);
                    }
                }
            }
        }
    }
    batch
}

fn outcomes(
    before: &[AccountType],
    wanted: &[AccountType],
    declared: &[DeclaredType],
) -> Vec<AppliedType> {
    let named = |kind: &&AccountType| declared.iter().any(|one| one.name == kind.name);
    wanted
        .iter()
        .filter(named)
        .map(|kind| AppliedType {
            id: kind.id.clone(),
            name: kind.name.clone(),
            outcome: match before.iter().find(|known| known.id == kind.id) {
                None => Applied::Made,
                Some(known) if same(known, kind) => Applied::Unchanged,
                Some(_) => Applied::Changed,
            },
        })
        .collect()
}

/// Apart from what counts and dates changes.
fn same(one: &AccountType, other: &AccountType) -> bool {
    let plain = |kind: &AccountType| AccountType {
        updated_at: kind.created_at,
        version: 1,
        ..kind.clone()
    };
    plain(one) == plain(other)
}
