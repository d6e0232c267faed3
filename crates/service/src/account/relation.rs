//! Relations between accounts: list, add, remove (A38, A39, A58–A61).

use std::sync::Arc;

use selfsame_domain::account::{self, Account, AccountType, Relation, RelationChange};
use selfsame_domain::event::{Happening, Subject};
use selfsame_domain::id::{AccountId, Id};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, Page, RelationFilter};

use super::consolidate::with_answer;
use crate::event::{Payload, write_events};
use crate::page::slice;
use crate::work::Attempts;
use crate::{AccountBundle, Caller, Failure, ListRequest, Receipt, Service};

impl Service {
    /// A38: the latest relation first; an unknown key is a 422.
    pub async fn list_relations(
        &self,
        caller: &Caller,
        id: &AccountId,
        filter: &RelationFilter,
        request: &ListRequest,
    ) -> Result<Page<AccountBundle>, Failure> {
        let (_, account_type) = self.get_account_pair(caller, id).await?;
        account_type.relation(&filter.key)?;
        let environment = &caller.environment.id;
        let slice = slice(request, |target| async move {
            self.store()
                .relation_cursor(environment, id, &filter.key, &target)
                .await
        })
        .await?;
        let ask = Ask::related(environment, id, filter, &slice, request.size);
        let page = self.ask(caller, ask).await?;
        self.with_types(caller, page).await
    }

    /// A59, A60: one that is there already stays, and nobody is told.
    pub async fn add_relation(
        &self,
        caller: &Caller,
        id: &AccountId,
        change: &RelationChange,
        receipt: Receipt<'_, AccountBundle>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let now = self.now();
            let (account, kind) = self.get_account_pair(caller, id).await?;
            let (target, target_kind) = self.target(caller, change).await?;
            let ends =
                account::relate((&account, &kind), (&target, &target_kind), &change.key, now)?;
            let mut batch = Batch::new();
            if !self.is_related(caller, &ends).await? {
                hold(&mut batch, &account, &target);
                batch.check_account_type(&kind);
                if target_kind.id != kind.id {
                    batch.check_account_type(&target_kind);
                }
                batch.insert_relation(&ends);
                let [own, other] = &ends;
                let happenings = account::relation_happenings(
                    "account.added-relation",
                    (&own.account_id, &own.key),
                    (&other.account_id, &other.key),
                );
                let told = [(&account, &*kind), (&target, &*target_kind)];
                self.tell(&mut batch, &told, happenings, now);
            }
            let bundle = AccountBundle {
                account,
                account_type: kind,
            };
            let batch = with_answer(batch, receipt, &bundle);
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(bundle);
            }
            self.look_again(caller).await?;
        }
    }

    /// A59: one that is not there is not missed.
    pub async fn remove_relation(
        &self,
        caller: &Caller,
        id: &AccountId,
        change: &RelationChange,
        receipt: Receipt<'_, AccountBundle>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let now = self.now();
            let (account, kind) = self.get_account_pair(caller, id).await?;
            let inverse = account::unrelate(&account, &kind, &change.key)?.to_owned();
            let (target, target_kind) = self.target(caller, change).await?;
            let (environment, key) = (&caller.environment.id, change.key.as_str());
            let found = self
                .store()
                .relation_cursor(environment, id, key, target.id.as_str());
            let mut batch = Batch::new();
            if found.await?.is_some() {
                let ends = ((&account.id, key), (&target.id, inverse.as_str()));
                batch.check_account(&account);
                batch.delete_relation(environment, ends.0, ends.1);
                let happenings =
                    account::relation_happenings("account.removed-relation", ends.0, ends.1);
                let told = [(&account, &*kind), (&target, &*target_kind)];
                self.tell(&mut batch, &told, happenings, now);
            }
            let bundle = AccountBundle {
                account,
                account_type: kind,
            };
            let batch = with_answer(batch, receipt, &bundle);
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(bundle);
            }
            self.look_again(caller).await?;
        }
    }

    async fn target(
        &self,
        caller: &Caller,
        change: &RelationChange,
    ) -> Result<(Account, Arc<AccountType>), Failure> {
        let ask = Ask::account(&caller.environment.id, &change.target_id);
        let found = self.ask(caller, ask).await?;
        let missing = || Refusal::not_found_at("meta.target_object_id is not found");
        let target = found.ok_or_else(missing)?;
        let kind = self
            .get_account_type(caller, &target.account_type_id)
            .await?;
        Ok((target, kind))
    }

    /// Whether this relation is there. The unique index decides; this finds the words for what it will say.
    async fn is_related(&self, caller: &Caller, ends: &[Relation; 2]) -> Result<bool, Failure> {
        let ask = Ask::rivals(&ends[0]).and(Ask::rivals(&ends[1]));
        let (own, other) = self.ask(caller, ask).await?;
        if own.contains(&ends[0].target_id) {
            return Ok(true);
        }
        for (end, rivals) in ends.iter().zip([own, other]) {
            if !rivals.is_empty() {
                return Err(account::taken(end).into());
            }
        }
        Ok(false)
    }

    fn tell(
        &self,
        batch: &mut Batch,
        accounts: &[(&Account, &AccountType)],
        happenings: [Happening; 2],
        now: Timestamp,
    ) {
        let mut entropy = self.entropy();
        for (happening, (account, kind)) in happenings.into_iter().zip(accounts) {
            debug_assert_eq!(happening.subject, Subject::Account(account.id.clone()));
            write_events(
                batch,
                &account.environment_id,
                Some(&account.id),
                vec![happening],
                now,
                &mut entropy,
                |_| Payload::of_account(account, kind),
            );
        }
    }
}

/// Neither is archived, renamed or moved meanwhile; in the order of their ids.
fn hold(batch: &mut Batch, account: &Account, target: &Account) {
    let mut both = [account, target];
    both.sort_by(|a, b| a.id.cmp(&b.id));
    for account in both {
        batch.check_account(account);
    }
}
