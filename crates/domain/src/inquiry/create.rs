//! Create an inquiry (I1): from the Server API, a hosted link or an embed, always with this command.

use serde_json::{Map, Value};

use super::{
    BEHAVIOR_KEYS, Detail, FieldOrigin, FieldSource, Inquiry, Intervals, Run, SimulatedOutcome,
    Status,
};
use crate::account::AccountLink;
use crate::event::Happening;
use crate::field::{self, Fields};
use crate::id::{AccountId, Entropy, EnvironmentId, Id, InquiryId, TemplateId, TemplateVersionId};
use crate::template::{Template, TemplateVersion};
use crate::{Refusal, Refusals, Timestamp};

/// Field values that come with the creation, and how far they are trusted.
#[derive(Debug, Clone)]
pub enum Prefill {
    /// From the Server API: an unknown key or a wrong type is an error.
    Api(Fields),
    /// From a link or an embed: unknown keys and unreadable values are left out (B30).
    Query(Fields),
}

/// Which flow: a template's latest published version, or one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateSelector {
    Latest(TemplateId),
    Version(TemplateVersionId),
    /// From an embed: the version must belong to the template (B23).
    VersionOf(TemplateId, TemplateVersionId),
}

#[derive(Debug, Clone)]
pub struct CreateInquiry {
    pub template: TemplateSelector,
    pub link: AccountLink,
    pub creator: String,
    pub note: Option<String>,
    pub prefill: Prefill,
    pub tags: Vec<String>,
    pub redirect_uri: Option<String>,
    pub theme_set_id: Option<String>,
    pub initial_step: Option<String>,
    pub intervals: Intervals,
    pub ios_app_attest_team_id: Option<String>,
    pub ios_app_attest_bundle_id: Option<String>,
    pub locale: Option<String>,
}

pub fn create(
    environment_id: &EnvironmentId,
    account_id: Option<AccountId>,
    template: &Template,
    version: &TemplateVersion,
    command: CreateInquiry,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<(Inquiry, Vec<Happening>), Refusals> {
    template.refuse_if_inactive()?;
    version.refuse_if_unpublished()?;
    if let Some(target) = &command.redirect_uri {
        template.settings.refuse_redirect(target)?;
    }
    let first_step = first_step(version, command.initial_step.as_deref())?;
    let (fields, origins) = initial_fields(version, command.prefill)?;
    let after_create = command
        .intervals
        .after_create
        .unwrap_or(template.settings.expiration.after_create);

    let inquiry = Inquiry {
        id: InquiryId::mint(entropy, now),
        environment_id: environment_id.clone(),
        account_id,
        template_id: template.id.clone(),
        template_version_id: version.id.clone(),
        status: Status::Created,
        note: command.note,
        created_at: now,
        updated_at: now,
        expires_at: Some(now.plus_seconds(after_create)),
        redacted_at: None,
        detail: Detail {
            creator: command.creator,
            fields,
            origins,
            behaviors: BEHAVIOR_KEYS
                .iter()
                .map(|key| ((*key).to_owned(), Value::Null))
                .collect(),
            tags: command.tags,
            next_step: Some(first_step),
            redirect_uri: command.redirect_uri,
            theme_set_id: command.theme_set_id,
            locale: command.locale,
            intervals: command.intervals,
            ios_app_attest_team_id: command.ios_app_attest_team_id,
            ios_app_attest_bundle_id: command.ios_app_attest_bundle_id,
            run: Run {
                revision: 1,
                attempts: Map::new(),
                ..Run::default()
            },
            simulated: SimulatedOutcome::Passed,
            stubs: super::Stubs::new(),
            ..Detail::default()
        },
        version: 1,
    };
    let happening = inquiry.happening("inquiry.created");
    Ok((inquiry, vec![happening]))
}

fn first_step(version: &TemplateVersion, wanted: Option<&str>) -> Result<String, Refusal> {
    match wanted {
        None => Ok(version.definition.flow.start.clone()),
        Some(name) if version.definition.flow.screen(name).is_some() => Ok(name.to_owned()),
        Some(_) => Err(Refusal::unprocessable(
            "initial_step_name is not a screen of this template version",
            "/data/attributes/initial-step-name",
        )),
    }
}

type Origins = std::collections::BTreeMap<String, FieldOrigin>;

fn initial_fields(
    version: &TemplateVersion,
    prefill: Prefill,
) -> Result<(Fields, Origins), Refusals> {
    let schemas = &version.definition.fields;
    let mut fields: Fields = schemas
        .iter()
        .map(|schema| {
            (
                schema.key.clone(),
                schema.default.clone().unwrap_or(Value::Null),
            )
        })
        .collect();
    let (given, source) = match prefill {
        Prefill::Api(sent) => (field::check_fields(schemas, &sent)?, FieldSource::Api),
        Prefill::Query(sent) => (readable(version, &sent), FieldSource::Query),
    };
    let origins = given
        .iter()
        .map(|(key, value)| {
            (
                key.clone(),
                FieldOrigin {
                    initial: value.clone(),
                    source,
                },
            )
        })
        .collect();
    fields.extend(given);
    Ok((fields, origins))
}

/// B30: what a link says is text; it is read as the field's kind where it can be, and dropped where it cannot.
fn readable(version: &TemplateVersion, sent: &Fields) -> Fields {
    let schemas = &version.definition.fields;
    sent.iter()
        .filter_map(|(key, value)| {
            let schema = field::find_schema(schemas, key)?;
            let value = crate::flow::read_text(schema.kind, value);
            let checked = field::check_value(schema, &value).ok()?;
            Some((schema.key.clone(), checked))
        })
        .collect()
}
