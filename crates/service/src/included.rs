//! The `included` objects of an inquiry (C88, C89), and of what happened to one (W66).

use std::collections::HashSet;

use selfsame_domain::event::Event;
use selfsame_domain::id::{AccountId, Id as _, InquiryId};
use selfsame_domain::webhook::{Included, Webhook};
use selfsame_wire::{self as wire, Include};
use serde_json::Value;

use crate::{Actor, Caller, Failure, InquiryBundle, Service};

/// Relations of an inquiry that can be included.
const OF_INQUIRY: [&str; 7] = [
    "account",
    "inquiry-template",
    "inquiry-template-version",
    "verifications",
    "sessions",
    "documents",
    "selfies",
];

/// The objects that were asked for, each once, in the order of the relations.
pub fn included(bundle: &InquiryBundle, include: &Include) -> Vec<Value> {
    let inquiry = &bundle.view.inquiry;
    let mut objects = Vec::new();
    if include.wants("account")
        && let Some((account, kind)) = &bundle.account
    {
        objects.push(wire::account::document(account, kind));
    }
    if include.wants("inquiry-template") {
        objects.push(wire::template::document(
            &bundle.template,
            bundle.latest_version.as_deref(),
        ));
    }
    if include.wants("inquiry-template-version") {
        objects.push(wire::template::version_document(
            &bundle.version,
            &bundle.template,
        ));
    }
    if include.wants("inquiry-template.latest-published-version")
        && let Some(latest) = &bundle.latest_version
    {
        let object = wire::template::version_document(latest, &bundle.template);
        if !objects.contains(&object) {
            objects.push(object);
        }
    }
    if include.wants("verifications") {
        objects.extend(
            bundle
                .verifications
                .iter()
                .map(|made| wire::verification::document(made, inquiry, &bundle.files)),
        );
    }
    if include.wants("sessions") {
        objects.extend(bundle.sessions.iter().map(wire::session::document));
    }
    if include.wants("documents") {
        objects.extend(bundle.documents.iter().map(|document| {
            let files = bundle.files_of_document(&document.id);
            wire::verification::document_document(document, inquiry, &files)
        }));
    }
    if include.wants("selfies") {
        objects.extend(
            bundle
                .selfies
                .iter()
                .map(wire::verification::selfie_document),
        );
    }
    objects
}

/// `type` and `id` of what a document says it is related to under these names.
fn related<'a>(document: &'a Value, wanted: Included<'_>) -> HashSet<(&'a str, &'a str)> {
    let relations = document["relationships"].as_object();
    let is_wanted = |name: &str| match wanted {
        Included::None => false,
        Included::All => true,
        Included::These(names) => names.iter().any(|wanted| wanted == name),
    };
    relations
        .into_iter()
        .flatten()
        .filter(|(name, _)| is_wanted(name))
        .flat_map(|(_, relation)| match &relation["data"] {
            Value::Array(many) => many.iter().collect(),
            one => vec![one],
        })
        .filter_map(identifier)
        .collect()
}

fn identifier(object: &Value) -> Option<(&str, &str)> {
    Some((object["type"].as_str()?, object["id"].as_str()?))
}

impl Service {
    /// W66: what the event's object is related to, as far as the webhook wants it and as it is now. What cannot be had
    /// is left out: it keeps no event from being delivered.
    pub(crate) async fn included_with(&self, webhook: &Webhook, event: &Event) -> Vec<Value> {
        let wanted = related(
            &event.payload,
            webhook.settings.included_allowlist.of(&event.name),
        );
        if wanted.is_empty() {
            return Vec::new();
        }
        match self.around(event).await {
            Ok(objects) => objects
                .into_iter()
                .filter(|object| identifier(object).is_some_and(|own| wanted.contains(&own)))
                .collect(),
            Err(error) => {
                tracing::warn!(%error, event = %event.id, "what an event is related to could not be loaded");
                Vec::new()
            }
        }
    }

    /// Everything that can be told of around an event's object.
    async fn around(&self, event: &Event) -> Result<Vec<Value>, Failure> {
        let Some(environment) = self.find_environment(&event.environment_id).await? else {
            return Ok(Vec::new());
        };
        let caller = Caller::new(environment, Actor::System);
        let inquiry = match event.object_type.as_str() {
            wire::inquiry::TYPE => Some(event.object_id.as_str()),
            _ => event.payload["relationships"]["inquiry"]["data"]["id"].as_str(),
        };
        if let Some(id) = inquiry.and_then(|id| InquiryId::parse(id).ok()) {
            let bundle = self.get_inquiry(&caller, &id).await?;
            let names = OF_INQUIRY.map(str::to_owned).into();
            let mut objects = included(&bundle, &Include::Named(names));
            objects.push(wire::inquiry::document(&bundle.view, &bundle.version));
            return Ok(objects);
        }
        let account = event.payload["relationships"]["account"]["data"]["id"].as_str();
        let account = match event.object_type.as_str() {
            wire::account::TYPE => Some(event.object_id.as_str()),
            _ => account,
        };
        let mut objects = Vec::new();
        if let Some(id) = account.and_then(|id| AccountId::parse(id).ok()) {
            let bundle = self.get_account(&caller, &id).await?;
            objects.push(wire::account::document(
                &bundle.account,
                &bundle.account_type,
            ));
            objects.push(wire::account::type_document(&bundle.account_type));
        }
        Ok(objects)
    }
}
