//! Account types as an operator declares them (A9–A15, A62–A68): what a file says, held against what is there.
//!
//! A declared type is whole: what it does not name is not wanted. Applying the same file again changes nothing.

mod checks;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::action::{AccountAction, ActionParameter, Effect};
use super::{AccountStatus, AccountType, RelationSchema};
use crate::Timestamp;
use crate::field::{FieldKind, FieldSchema};
use crate::id::{AccountActionId, AccountStatusId, AccountTypeId, Entropy, Id, OrganisationId};

/// One account type of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredType {
    /// Finds the type; without it the name does. Only a new name needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
    /// Of new accounts.
    pub default_status: String,
    pub statuses: Vec<DeclaredStatus>,
    pub fields: Vec<DeclaredField>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<DeclaredRelation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<DeclaredAction>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredStatus {
    pub name: String,
    /// An inactive one stays on the accounts that have it, and nobody gets it anew.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredField {
    pub key: String,
    pub kind: FieldKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Characters, for strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    #[serde(default, skip_serializing_if = "is_no")]
    pub identifier: bool,
    #[serde(default, skip_serializing_if = "is_no")]
    pub unique: bool,
    #[serde(default, skip_serializing_if = "is_no")]
    pub case_sensitive: bool,
    /// An inactive one keeps its values, and nobody writes them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    #[serde(default, skip_serializing_if = "is_no")]
    pub searchable: bool,
    /// Members, for `hash`; members of each element, for `array`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<DeclaredField>,
}

/// Something that can be run on an account (A68).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredAction {
    /// What runs it; finds the action. Without it the name does, so only a new name needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ActionParameter>,
    pub effects: Vec<Effect>,
}

/// One end of a pair; the type at the other end declares the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredRelation {
    pub key: String,
    /// The name of the type at the other end.
    pub target: String,
    pub inverse: String,
    #[serde(default, skip_serializing_if = "is_no")]
    pub many: bool,
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_no(value: &bool) -> bool {
    !*value
}

/// All types of an organisation as they are to be: those that are there, in their order, and new ones behind them.
///
/// # Errors
/// Everything that is wrong with the declaration, a line each, beginning with the name of the type.
pub fn declare(
    organisation: &OrganisationId,
    there: &[AccountType],
    declared: &[DeclaredType],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<Vec<AccountType>, Vec<String>> {
    let mut problems = Vec::new();
    let mut wanted: Vec<AccountType> = there.to_vec();
    let mut places = Vec::with_capacity(declared.len());
    for one in declared {
        let place = wanted.iter().position(|kind| match &one.id {
            Some(id) => kind.id.as_str() == id,
            None => kind.name == one.name,
        });
        let place = match (place, &one.id) {
            (Some(place), _) => place,
            (None, Some(id)) => {
                problems.push(format!("{}: there is no account type {id}", one.name));
                continue;
            }
            (None, None) => {
                wanted.push(new_type(organisation, &one.name, now, entropy));
                wanted.len() - 1
            }
        };
        if places.contains(&place) {
            problems.push(format!("{}: is declared twice", one.name));
            continue;
        }
        places.push(place);
        one.name.clone_into(&mut wanted[place].name);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let names: Vec<(String, AccountTypeId)> = wanted
        .iter()
        .map(|kind| (kind.name.clone(), kind.id.clone()))
        .collect();
    for (one, place) in declared.iter().zip(places) {
        let kind = &mut wanted[place];
        let mut say = |problem: String| problems.push(format!("{}: {problem}", one.name));
        checks::shape(one, &mut say);
        checks::fields_stay(&kind.fields, &one.fields, &mut say);
        kind.fields = one
            .fields
            .iter()
            .map(|field| field.over(&kind.fields))
            .collect();
        kind.statuses = statuses(&kind.statuses, &one.statuses, now, entropy);
        kind.default_status.clone_from(&one.default_status);
        checks::actions(kind, &one.actions, &mut say);
        kind.actions = actions(&kind.actions, &one.actions, now, entropy);
        kind.relations.clear();
        for relation in &one.relations {
            match names.iter().find(|(name, _)| *name == relation.target) {
                Some((_, target)) => kind.relations.push(relation.schema(target)),
                None => say(format!(
                    "relation {} leads to {}, which is no account type",
                    relation.key, relation.target
                )),
            }
        }
    }
    checks::whole(&wanted, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    for kind in &mut wanted {
        if there
            .iter()
            .any(|before| before.id == kind.id && before != kind)
        {
            kind.updated_at = now;
        }
    }
    Ok(wanted)
}

fn new_type(
    organisation: &OrganisationId,
    name: &str,
    now: Timestamp,
    entropy: &mut Entropy,
) -> AccountType {
    AccountType {
        id: AccountTypeId::mint(entropy, now),
        organisation_id: organisation.clone(),
        name: name.to_owned(),
        is_default: false,
        fields: Vec::new(),
        statuses: Vec::new(),
        default_status: String::new(),
        relations: Vec::new(),
        actions: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// Those of a known name keep their ids.
fn statuses(
    there: &[AccountStatus],
    declared: &[DeclaredStatus],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Vec<AccountStatus> {
    declared
        .iter()
        .map(|status| AccountStatus {
            id: match there.iter().find(|known| known.name == status.name) {
                Some(known) => known.id.clone(),
                None => AccountStatusId::mint(entropy, now),
            },
            name: status.name.clone(),
            active: status.active,
        })
        .collect()
}

/// Those of a known id or name keep their ids.
fn actions(
    there: &[AccountAction],
    declared: &[DeclaredAction],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Vec<AccountAction> {
    let is_claimed = |known: &AccountAction| {
        let mut ids = declared.iter().filter_map(|action| action.id.as_deref());
        ids.any(|id| id == known.id.as_str())
    };
    let find = |action: &DeclaredAction| match &action.id {
        Some(id) => there.iter().find(|known| known.id.as_str() == id),
        None => there
            .iter()
            .find(|known| known.name == action.name && !is_claimed(known)),
    };
    declared
        .iter()
        .map(|action| AccountAction {
            id: match find(action) {
                Some(known) => known.id.clone(),
                None => AccountActionId::mint(entropy, now),
            },
            name: action.name.clone(),
            parameters: action.parameters.clone(),
            effects: action.effects.clone(),
        })
        .collect()
}

impl DeclaredField {
    /// What a file cannot say of a field stays.
    fn over(&self, there: &[FieldSchema]) -> FieldSchema {
        let mut schema = self.schema();
        if let Some(before) = there.iter().find(|before| before.key == self.key) {
            schema.default.clone_from(&before.default);
            schema.write_once = before.write_once;
        }
        schema
    }

    fn schema(&self) -> FieldSchema {
        FieldSchema {
            label: self.label.clone(),
            max_length: self.max_length,
            options: self.options.clone(),
            members: self.members.iter().map(Self::schema).collect(),
            identifier: self.identifier,
            unique: self.unique,
            case_sensitive: self.case_sensitive,
            active: self.active,
            searchable: self.searchable,
            ..FieldSchema::new(&self.key, self.kind)
        }
    }

    fn of(schema: &FieldSchema) -> Self {
        Self {
            key: schema.key.clone(),
            kind: schema.kind,
            label: schema.label.clone(),
            max_length: schema.max_length,
            options: schema.options.clone(),
            identifier: schema.identifier,
            unique: schema.unique,
            case_sensitive: schema.case_sensitive,
            active: schema.active,
            searchable: schema.searchable,
            members: schema.members.iter().map(Self::of).collect(),
        }
    }
}

impl DeclaredRelation {
    fn schema(&self, target: &AccountTypeId) -> RelationSchema {
        RelationSchema {
            key: self.key.clone(),
            target_type_id: target.clone(),
            inverse: self.inverse.clone(),
            many: self.many,
        }
    }
}

impl DeclaredType {
    /// A type as a file would declare it. `all`: the types that its relations may lead to.
    pub fn of(kind: &AccountType, all: &[AccountType]) -> Self {
        let name = |id: &AccountTypeId| {
            let found = all.iter().find(|other| other.id == *id);
            found.map_or_else(|| id.to_string(), |other| other.name.clone())
        };
        Self {
            id: Some(kind.id.to_string()),
            name: kind.name.clone(),
            default_status: kind.default_status.clone(),
            statuses: kind
                .statuses
                .iter()
                .map(|status| DeclaredStatus {
                    name: status.name.clone(),
                    active: status.active,
                })
                .collect(),
            fields: kind.fields.iter().map(DeclaredField::of).collect(),
            relations: kind
                .relations
                .iter()
                .map(|relation| DeclaredRelation {
                    key: relation.key.clone(),
                    target: name(&relation.target_type_id),
                    inverse: relation.inverse.clone(),
                    many: relation.many,
                })
                .collect(),
            actions: kind
                .actions
                .iter()
                .map(|action| DeclaredAction {
                    id: Some(action.id.to_string()),
                    name: action.name.clone(),
                    parameters: action.parameters.clone(),
                    effects: action.effects.clone(),
                })
                .collect(),
        }
    }
}
