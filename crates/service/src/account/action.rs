//! Running an action of an account (A46, A68–A71).

use selfsame_domain::account::{action, action::RunAction};
use selfsame_domain::id::{AccountId, Id, WorkflowRunId};

use super::{AccountAttempts, Upserted};
use crate::{AccountBundle, Caller, Failure, Receipt, Service};

impl Service {
    /// One change with its ordinary events, all of it or nothing. `receipt` gets the run's id as well.
    pub async fn run_account_action(
        &self,
        caller: &Caller,
        id: &AccountId,
        command: &RunAction,
        receipt: Receipt<'_, (AccountBundle, WorkflowRunId)>,
    ) -> Result<(AccountBundle, WorkflowRunId), Failure> {
        let run_id = WorkflowRunId::mint(&mut self.entropy(), self.now());
        let with_run =
            |(bundle, _): &(AccountBundle, Upserted)| receipt(&(bundle.clone(), run_id.clone()));
        let mut attempts = AccountAttempts::default();
        loop {
            let now = self.now();
            let (before, account_type) = self.get_account_pair(caller, id).await?;
            let declared = account_type.action(&command.action_id)?;
            let parameters = action::check_parameters(declared, &command.parameters)?;
            let tags = action::tags_after(declared, &parameters, &before.tags)?;
            let organisation = &caller.environment.organisation_id;
            let tags = self.resolve_tag_names(organisation, &tags, now).await?;
            let (account, happenings) = action::run(
                before.clone(),
                &account_type,
                declared,
                &parameters,
                tags.names,
                &run_id,
                now,
            )?;
            let change = self.plan_update(
                tags.batch,
                Some(&before),
                account,
                account_type,
                happenings,
                now,
            );
            let committed = self
                .commit_account(change, &with_run, &mut attempts)
                .await?;
            if let Some((bundle, _)) = committed {
                return Ok((bundle, run_id));
            }
            self.look_again(caller).await?;
        }
    }
}
