//! Actions of accounts (A46, A68–A71): a short list of effects that an account type declares, run in one change.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Account, AccountType, UpdateAccount, update};
use crate::event::Happening;
use crate::field::{self, FieldKind, FieldSchema, Fields};
use crate::id::{AccountActionId, WorkflowRunId};
use crate::{Refusal, Refusals, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountAction {
    pub id: AccountActionId,
    pub name: String,
    pub parameters: Vec<ActionParameter>,
    /// In their order, all or none.
    pub effects: Vec<Effect>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ActionParameter {
    pub key: String,
    pub kind: FieldKind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    SetStatus,
    AddTag,
    RemoveTag,
    SetField,
}

/// What is done, with a value of its own or one of the parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Effect {
    #[serde(rename = "do")]
    pub deed: Deed,
    /// Which one `set-field` sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

const ACTION: &str = "/data/account-action-id";

/// What a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct RunAction {
    pub action_id: AccountActionId,
    pub parameters: Map<String, Value>,
}

impl AccountType {
    /// # Errors
    /// 404 if the type has no such action.
    pub fn action(&self, id: &AccountActionId) -> Result<&AccountAction, Refusal> {
        let found = self.actions.iter().find(|action| action.id == *id);
        found.ok_or_else(|| Refusal::not_found_at("data.account_action_id is not found"))
    }
}

impl ActionParameter {
    fn check(&self, sent: Option<&Value>) -> Result<Value, Refusal> {
        let said = |problem: &str| {
            let details = format!("data.parameters.{} {problem}", self.key);
            Refusal::unprocessable(details, pointer(&self.key))
        };
        let value = sent.unwrap_or(&Value::Null);
        if value.is_null() && self.required {
            return Err(said("is required"));
        }
        let schema = FieldSchema {
            options: self.options.clone(),
            ..FieldSchema::new(&self.key, self.kind)
        };
        field::check_value(&schema, value).map_err(|problem| said(&problem))
    }
}

fn pointer(key: &str) -> String {
    format!("/data/parameters/{key}")
}

/// The parameters as the action wants them; one that was not sent is null.
///
/// # Errors
/// 422 for each that is unknown, missing or of another kind, with its place.
pub fn check_parameters(
    action: &AccountAction,
    sent: &Map<String, Value>,
) -> Result<Map<String, Value>, Refusals> {
    let mut problems = Vec::new();
    let mut checked = Map::new();
    for key in sent.keys() {
        if !action.parameters.iter().any(|known| known.key == *key) {
            let shown: String = key.chars().take(60).collect();
            let details = format!("data.parameters.{shown} is not a parameter of this action");
            let escaped = shown.replace('~', "~0").replace('/', "~1");
            problems.push(Refusal::unprocessable(details, pointer(&escaped)));
        }
    }
    for parameter in &action.parameters {
        match parameter.check(sent.get(&parameter.key)) {
            Ok(value) => drop(checked.insert(parameter.key.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    Refusals::check(problems).map(|()| checked)
}

/// The tags an account has once an action has run, in order.
///
/// # Errors
/// 422 if a parameter is no name of a tag.
pub fn tags_after(
    action: &AccountAction,
    parameters: &Map<String, Value>,
    before: &[String],
) -> Result<Vec<String>, Refusal> {
    let mut tags = before.to_vec();
    for effect in &action.effects {
        let (value, place) = effect.value(parameters);
        let Some(name) = value.as_str() else { continue };
        match effect.deed {
            Deed::AddTag => {
                crate::tag::check_name(name, &place)?;
                if !tags.iter().any(|tag| tag == name) {
                    tags.push(name.to_owned());
                }
            }
            Deed::RemoveTag => tags.retain(|tag| tag != name),
            Deed::SetStatus | Deed::SetField => {}
        }
    }
    Ok(tags)
}

/// Runs an action: the ordinary change with its ordinary events, each of which remembers the run. `tags` are those of
/// [`tags_after`], made where they were unknown.
///
/// # Errors
/// 409 if the account is archived; 422 if a value breaks a rule, pointing at the parameter it came from, or the action.
pub fn run(
    account: Account,
    kind: &AccountType,
    action: &AccountAction,
    parameters: &Map<String, Value>,
    tags: Vec<String>,
    run_id: &WorkflowRunId,
    now: Timestamp,
) -> Result<(Account, Vec<Happening>), Refusals> {
    let mut command = UpdateAccount {
        tags: Some(tags),
        ..UpdateAccount::default()
    };
    let mut places: Vec<(String, String)> = Vec::new();
    let mut fields = Fields::new();
    for effect in &action.effects {
        let (value, place) = effect.value(parameters);
        match effect.deed {
            // A parameter that was not sent leaves the status as it is.
            Deed::SetStatus => {
                if let Some(status) = value.as_str() {
                    command.status = Some(status.to_owned());
                    places.push(("/data/attributes/account-status".to_owned(), place));
                }
            }
            Deed::SetField => {
                let key = effect.field.clone().unwrap_or_default();
                let is_sent = !value.is_null() || effect.parameter.is_none();
                if is_sent {
                    places.push((format!("/data/attributes/fields/{key}"), place));
                    fields.insert(key, value.clone());
                }
            }
            Deed::AddTag | Deed::RemoveTag => {}
        }
    }
    command.fields = fields;
    let changed = update(account, kind, command, now).map_err(|refusals| moved(refusals, &places));
    let (account, happenings) = changed?;
    let remembering = happenings.into_iter().map(|happening| {
        happening
            .with("account-action-id", action.id.to_string())
            .with("workflow-run-id", run_id.to_string())
    });
    Ok((account, remembering.collect()))
}

impl Effect {
    /// The value, and where the request had it.
    fn value<'a>(&'a self, parameters: &'a Map<String, Value>) -> (&'a Value, String) {
        match (&self.parameter, &self.value) {
            (Some(key), _) => (parameters.get(key).unwrap_or(&Value::Null), pointer(key)),
            (None, Some(value)) => (value, ACTION.to_owned()),
            (None, None) => (&Value::Null, ACTION.to_owned()),
        }
    }
}

/// What an update says of its own body, said of this request's.
fn moved(refusals: Refusals, places: &[(String, String)]) -> Refusals {
    let moved = refusals.0.into_iter().map(|refusal| {
        let place = places
            .iter()
            .rfind(|(place, _)| refusal.pointer.as_ref() == Some(place));
        match place {
            Some((_, place)) => refusal.with_pointer(place.clone()),
            None => refusal,
        }
    });
    Refusals(moved.collect())
}
