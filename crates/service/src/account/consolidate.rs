//! Consolidation: accounts taken into another one, with all that hangs on them, in one transaction.

use std::sync::Arc;

use selfsame_domain::account::{self, Account, AccountType};
use selfsame_domain::event::{Happening, Subject};
use selfsame_domain::id::AccountId;
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch};

use crate::event::{Payload, write_events};
use crate::work::Attempts;
use crate::{AccountBundle, Caller, Failure, Receipt, Service};

/// Consolidations of consolidations that a look-up follows; nobody makes more by hand.
const LONGEST_WAY: usize = 100;

impl Service {
    /// R47–R50, A32–A37: the sources' inquiries with their verifications move to the destination, and the sources are
    /// archived. `sources` holds no id twice.
    ///
    /// Whoever changes one of these accounts, or an inquiry of them, at the same moment comes either before, and is moved
    /// along, or after, and decides again: each account is held at the version that was read, and each inquiry counts the
    /// move.
    pub async fn consolidate_accounts(
        &self,
        caller: &Caller,
        destination: &AccountId,
        sources: &[AccountId],
        receipt: Receipt<'_, AccountBundle>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let now = self.now();
            let (account, account_type) = self.get_account_pair(caller, destination).await?;
            account::check_destination(&account, sources)?;
            let sources = self.sources(caller, sources).await?;
            let batch = self.plan_consolidation(&account, &account_type, sources, now)?;
            let bundle = AccountBundle {
                account,
                account_type,
            };
            let batch = with_answer(batch, receipt, &bundle);
            if attempts.settle(self.store().commit(batch).await)? {
                return Ok(bundle);
            }
            self.look_again(caller).await?;
        }
    }

    /// In the order in which they were named.
    async fn sources(&self, caller: &Caller, ids: &[AccountId]) -> Result<Vec<Account>, Failure> {
        let ask = Ask::accounts_by_ids(&caller.environment.id, ids);
        let mut found = self.ask(caller, ask).await?;
        let mut sources = Vec::with_capacity(ids.len());
        for (place, id) in ids.iter().enumerate() {
            let at = found.iter().position(|account| account.id == *id);
            let at = at.ok_or_else(|| {
                Refusal::not_found_at(format!("meta.source_account_ids.{place} is not found"))
            })?;
            sources.push(found.swap_remove(at));
        }
        Ok(sources)
    }

    fn plan_consolidation(
        &self,
        destination: &Account,
        account_type: &Arc<AccountType>,
        sources: Vec<Account>,
        now: Timestamp,
    ) -> Result<Batch, Refusal> {
        let mut archived = Vec::with_capacity(sources.len());
        let mut happenings = Vec::new();
        for source in sources {
            let (source, happened) = account::consolidate(destination, source, now)?;
            happenings.extend(happened);
            archived.push(source);
        }
        let mut batch = Batch::new();
        // In the order of their ids: two consolidations of the same accounts never wait for one another crosswise.
        let mut held: Vec<&Account> = archived.iter().chain([destination]).collect();
        held.sort_by(|a, b| a.id.cmp(&b.id));
        for account in held {
            if account.id == destination.id {
                batch.check_account(account);
            } else {
                batch.update_account(account, account_type);
            }
        }
        for source in &archived {
            batch.move_inquiries(source, &destination.id, now);
            batch.move_relations(source, &destination.id);
        }
        self.write_consolidation(
            &mut batch,
            destination,
            account_type,
            &archived,
            happenings,
            now,
        );
        Ok(batch)
    }

    /// Each happening is told of the account that it happened to.
    fn write_consolidation(
        &self,
        batch: &mut Batch,
        destination: &Account,
        account_type: &AccountType,
        archived: &[Account],
        happenings: Vec<Happening>,
        now: Timestamp,
    ) {
        let mut entropy = self.entropy();
        for happening in happenings {
            let Subject::Account(id) = happening.subject.clone() else {
                continue;
            };
            let concerned = archived.iter().chain([destination]);
            let account = concerned.into_iter().find(|account| account.id == id);
            write_events(
                batch,
                &destination.environment_id,
                Some(&id),
                vec![happening],
                now,
                &mut entropy,
                |_| Payload::of_account(account?, account_type),
            );
        }
    }

    /// R51: where an account ended up that was consolidated, however often; itself, if it was not.
    pub(crate) async fn follow(
        &self,
        caller: &Caller,
        account: &Account,
    ) -> Result<Account, Failure> {
        let mut account = account.clone();
        for _ in 0..LONGEST_WAY {
            let Some(next) = &account.consolidated_into else {
                break;
            };
            let ask = Ask::account(&caller.environment.id, next);
            account = self.ask(caller, ask).await?.ok_or_else(|| {
                Failure::Internal(format!("{} was consolidated into nothing", account.id))
            })?;
        }
        Ok(account)
    }
}

pub(super) fn with_answer<T>(mut batch: Batch, receipt: Receipt<'_, T>, outcome: &T) -> Batch {
    if let Some(answer) = receipt(outcome) {
        batch.insert_answer(&answer);
    }
    batch
}
