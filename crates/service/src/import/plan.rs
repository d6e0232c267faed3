//! What becomes of so many rows: the same decision as for a create by API, and a look at what is taken.

use std::collections::HashSet;

use selfsame_domain::account::{self, AccountType, CreateAccount};
use selfsame_domain::id::{Entropy, Id, TagId};
use selfsame_domain::importer::{ImportedRow, RowOutcome};
use selfsame_domain::tag::{self, MAX_TAGS, Tag};
use selfsame_domain::{ReferenceId, Refusals, Timestamp};
use selfsame_store::{Ask, Batch};

use crate::event::{Payload, write_events};
use crate::{Caller, Failure, Service};

const TAKEN: &str = "reference_id is taken";

/// Rows as they would be committed. Somebody may take a name meanwhile; then the commit says so, and they are planned
/// again (M16).
pub(super) struct Planned {
    pub batch: Batch,
    pub outcomes: Vec<RowOutcome>,
}

/// What is taken, by what is in the store and by rows further up.
#[derive(Default)]
struct Taken {
    references: HashSet<String>,
    /// Fields, with their folded values.
    identifiers: HashSet<(String, String)>,
    tags: HashSet<String>,
}

impl Service {
    pub(super) async fn plan_rows(
        &self,
        caller: &Caller,
        rows: &[ImportedRow],
    ) -> Result<Planned, Failure> {
        let now = self.now();
        let kind = self.default_account_type(caller).await?;
        let mut taken = self.taken(caller, &kind, rows).await?;
        let mut entropy = self.entropy();
        let (mut batch, mut outcomes, mut made) = (Batch::new(), Vec::new(), Vec::new());
        for row in rows {
            let outcome = match row {
                Err(problem) => RowOutcome::Error(problem.clone()),
                Ok(command) => {
                    let created = create(caller, &kind, command, &taken, now, &mut entropy);
                    match created {
                        Ok((account, happenings)) => {
                            let id = account.id.clone();
                            self.take(caller, &kind, &account, &mut taken, &mut batch, now);
                            made.push((account, happenings));
                            RowOutcome::Created(id)
                        }
                        Err(outcome) => outcome,
                    }
                }
            };
            outcomes.push(outcome);
        }
        for (account, happenings) in &made {
            write_events(
                &mut batch,
                &account.environment_id,
                Some(&account.id),
                happenings.clone(),
                now,
                &mut entropy,
                |_| Payload::of_account(account, &kind),
            );
        }
        // In one order, so that two writers that wait for one another in the unique index never do so crosswise.
        made.sort_by_cached_key(|(account, _)| {
            account.reference_id.as_ref().map(ReferenceId::folded)
        });
        for (account, _) in &made {
            batch.insert_account(account, &kind);
        }
        Ok(Planned { batch, outcomes })
    }

    async fn taken(
        &self,
        caller: &Caller,
        kind: &AccountType,
        rows: &[ImportedRow],
    ) -> Result<Taken, Failure> {
        let environment = &caller.environment.id;
        let commands = || rows.iter().flatten();
        let mut taken = Taken::default();
        let folds: Vec<String> = commands()
            .filter_map(|command| Some(command.reference_id.as_ref()?.folded()))
            .collect();
        if !folds.is_empty() {
            let ask = Ask::taken_references(environment, &kind.id, folds);
            taken.references = self.store().ask(ask).await?.into_iter().collect();
        }
        for schema in kind.fields.iter().filter(|schema| schema.unique) {
            let own = |command: &CreateAccount| {
                let all = kind.unique_identifiers(&command.fields).into_iter();
                all.filter(|(key, _)| *key == schema.key)
                    .map(|(_, fold)| fold)
                    .collect::<Vec<_>>()
            };
            let folds: Vec<String> = commands().flat_map(own).collect();
            if !folds.is_empty() {
                let ask = Ask::taken_identifiers(environment, &kind.id, &schema.key, folds);
                let found = self.store().ask(ask).await?;
                let keyed = found.into_iter().map(|fold| (schema.key.clone(), fold));
                taken.identifiers.extend(keyed);
            }
        }
        if commands().any(|command| !command.tags.is_empty()) {
            let organisation = &caller.environment.organisation_id;
            let known = self.store().list_tags(organisation).await?;
            taken.tags = known.into_iter().map(|tag| tag.name).collect();
        }
        Ok(taken)
    }

    /// Later rows cannot have what this account has, and need not make its tags.
    fn take(
        &self,
        caller: &Caller,
        kind: &AccountType,
        account: &account::Account,
        taken: &mut Taken,
        batch: &mut Batch,
        now: Timestamp,
    ) {
        if let Some(reference) = &account.reference_id {
            taken.references.insert(reference.folded());
        }
        taken
            .identifiers
            .extend(kind.unique_identifiers(&account.fields));
        for name in &account.tags {
            if taken.tags.insert(name.clone()) {
                let tag = Tag {
                    id: TagId::mint(&mut self.entropy(), now),
                    name: name.clone(),
                };
                let organisation = &caller.environment.organisation_id;
                batch.insert_tag(organisation, &tag, taken.tags.len(), now);
            }
        }
    }
}

type Created = (account::Account, Vec<selfsame_domain::event::Happening>);

/// M9–M11: first what is wrong with the row itself, then what is taken.
fn create(
    caller: &Caller,
    kind: &AccountType,
    command: &CreateAccount,
    taken: &Taken,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<Created, RowOutcome> {
    let command = CreateAccount {
        tags: tag::distinct(command.tags.clone()),
        ..command.clone()
    };
    for name in &command.tags {
        tag::check_name(name, "").map_err(|refusal| RowOutcome::Error(problem(&refusal.into())))?;
    }
    let new_tags = command
        .tags
        .iter()
        .filter(|name| !taken.tags.contains(*name));
    if taken.tags.len() + new_tags.count() > MAX_TAGS {
        let problem = "the organisation has reached its limit of 1000 tags";
        return Err(RowOutcome::Error(problem.to_owned()));
    }
    let (account, happenings) =
        account::create(&caller.environment.id, kind, command, now, entropy)
            .map_err(|refusals| RowOutcome::Error(problem(&refusals)))?;
    let reference = account.reference_id.as_ref().map(ReferenceId::folded);
    if reference.is_some_and(|fold| taken.references.contains(&fold)) {
        return Err(RowOutcome::Duplicate(TAKEN.to_owned()));
    }
    for identifier in kind.unique_identifiers(&account.fields) {
        if taken.identifiers.contains(&identifier) {
            return Err(RowOutcome::Duplicate(format!("{} is taken", identifier.0)));
        }
    }
    Ok((account, happenings))
}

/// Refusals name the field, and never the value.
fn problem(refusals: &Refusals) -> String {
    let details: Vec<&str> = refusals
        .0
        .iter()
        .filter_map(|refusal| refusal.details.as_deref())
        .collect();
    details.join("; ")
}
