//! Archive and restore, which no public operation does (A47, A56, A57).

use selfsame_domain::account::{self, Account};
use selfsame_domain::event::Happening;
use selfsame_domain::id::AccountId;
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Batch, CommitError, Guard};

use super::Upserted;
use crate::work::Attempts;
use crate::{AccountBundle, Caller, Failure, Receipt, Service};

impl Service {
    /// A56: its reference ID and its unique fields are free from now on (R17).
    pub async fn archive_account(
        &self,
        caller: &Caller,
        id: &AccountId,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<AccountBundle, Failure> {
        self.change_standing(caller, id, receipt, |account, now| {
            Ok(account::archive(account, now))
        })
        .await
    }

    /// A56, A57, R17: 409 where somebody else has its reference ID or a unique field's value by now, or where it was
    /// consolidated.
    pub async fn restore_account(
        &self,
        caller: &Caller,
        id: &AccountId,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
    ) -> Result<AccountBundle, Failure> {
        self.change_standing(caller, id, receipt, account::restore)
            .await
    }

    async fn change_standing(
        &self,
        caller: &Caller,
        id: &AccountId,
        receipt: Receipt<'_, (AccountBundle, Upserted)>,
        decide: impl Fn(Account, Timestamp) -> Result<(Account, Vec<Happening>), Refusal>,
    ) -> Result<AccountBundle, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let now = self.now();
            let (before, account_type) = self.get_account_pair(caller, id).await?;
            let (account, happenings) = decide(before.clone(), now)?;
            let change = self.plan_update(
                Batch::new(),
                Some(&before),
                account,
                account_type,
                happenings,
                now,
            );
            let mut batch = change.batch;
            let outcome = (change.bundle, change.upserted);
            if let Some(answer) = receipt(&outcome) {
                batch.insert_answer(&answer);
            }
            let committed = self.store().commit(batch).await;
            if let Err(CommitError::Taken(Guard::Reference | Guard::Identifier)) = committed {
                let details = "Resource already exists as an active resource";
                return Err(Refusal::conflict(details).into());
            }
            if attempts.settle(committed)? {
                return Ok(outcome.0);
            }
            self.look_again(caller).await?;
        }
    }
}
