//! Devices: known from the sessions they opened (D1–D6).

use selfsame_domain::Refusal;
use selfsame_domain::id::{DeviceId, SessionId};
use selfsame_store::Ask;

use crate::{Caller, Failure, Service};

impl Service {
    /// D4: none, before a browser has opened the session. An unknown session has none either.
    pub async fn list_devices(
        &self,
        caller: &Caller,
        session: &SessionId,
    ) -> Result<Vec<DeviceId>, Failure> {
        let ask = Ask::session(&caller.environment.id, session);
        let found = self.ask(caller, ask).await?;
        Ok(found
            .and_then(|session| session.device_id)
            .into_iter()
            .collect())
    }

    pub async fn get_device(&self, caller: &Caller, id: &DeviceId) -> Result<DeviceId, Failure> {
        let ask = Ask::knows_device(&caller.environment.id, id);
        if self.ask(caller, ask).await? {
            Ok(id.clone())
        } else {
            Err(Refusal::not_found().into())
        }
    }
}
