//! `/devices`.

use selfsame_domain::Refusal;
use selfsame_domain::id::{DeviceId, Id, IdError, SessionId};
use selfsame_service::Failure;
use selfsame_wire::device as wire;

use super::call::Call;
use super::include::alone;
use super::respond::Answer;

pub const FILTERS: &[&str] = &["inquiry-session-id"];

/// D4: those of one session, all on one page.
pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let page = call.page()?;
    let wanted = call.query.scalar(&["filter", "inquiry-session-id"])?;
    let wanted =
        wanted.ok_or_else(|| Refusal::malformed("filter.inquiry_session_id is missing"))?;
    let devices = match SessionId::parse(wanted) {
        Ok(session) => {
            call.app
                .service
                .list_devices(&call.caller, &session)
                .await?
        }
        Err(IdError::WrongPrefix { expected }) => {
            let name = "filter.inquiry_session_id";
            return Err(Refusal::wrong_prefix(name, expected, wanted).into());
        }
        Err(IdError::Malformed) => Vec::new(),
    };
    if page.after.is_some() || page.before.is_some() {
        return Err(Refusal::malformed("page takes no cursor here: there is one page").into());
    }
    let items = devices.iter().map(wire::document).collect();
    Ok(call.answer(call.page_document(&page, items, false, false)))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let id: DeviceId = call.id("device-id")?;
    let found = call.app.service.get_device(&call.caller, &id).await?;
    Ok(call.answer(alone(wire::document(&found), &include)))
}
