//! The state machine as a table (I1–I17), the intervals (I18–I24), creation, and the flow engine on both shipped
//! templates (F1–F3, F6, F7, F11).

mod creating;
mod flowing;
mod statuses;

use serde_json::{Value, json};

use super::{CreateInquiry, Inquiry, Intervals, Prefill, TemplateSelector, create};
use crate::account::AccountLink;
use crate::event::Happening;
use crate::field::Fields;
use crate::id::{Entropy, EnvironmentId, Id, OrganisationId, TemplateId, TemplateVersionId};
use crate::template::{
    Definition, Template, TemplateSettings, TemplateVersion, form_only, government_id_and_selfie,
};
use crate::{Refusals, Timestamp};

/// 2026-02-03T10:15:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

fn later(seconds: i64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

struct World {
    template: Template,
    version: TemplateVersion,
    entropy: Entropy,
}

impl World {
    fn new(definition: Definition) -> Self {
        let organisation_id = OrganisationId::from_trusted("org_1".into());
        let id = TemplateId::from_trusted("itmpl_1".into());
        let version_id = TemplateVersionId::from_trusted("itmplv_1".into());
        Self {
            template: Template {
                id: id.clone(),
                organisation_id: organisation_id.clone(),
                name: "Template".into(),
                active: true,
                latest_published_version_id: Some(version_id.clone()),
                settings: TemplateSettings::default(),
                created_at: NOW,
                updated_at: NOW,
            },
            version: TemplateVersion {
                id: version_id,
                organisation_id,
                template_id: id,
                published: true,
                name_display: None,
                enabled_locales: vec!["en-US".into()],
                definition,
                created_at: NOW,
                updated_at: NOW,
                published_at: Some(NOW),
            },
            entropy: Entropy::seeded(1),
        }
    }

    fn full() -> Self {
        Self::new(government_id_and_selfie(&mut Entropy::seeded(2), NOW))
    }

    fn form() -> Self {
        Self::new(form_only())
    }

    fn command(&self) -> CreateInquiry {
        CreateInquiry {
            template: TemplateSelector::Latest(self.template.id.clone()),
            link: AccountLink::default(),
            creator: "API".into(),
            note: None,
            prefill: Prefill::Api(Fields::new()),
            tags: Vec::new(),
            redirect_uri: None,
            theme_set_id: None,
            initial_step: None,
            intervals: Intervals::default(),
            ios_app_attest_team_id: None,
            ios_app_attest_bundle_id: None,
            locale: None,
        }
    }

    fn create(&mut self, command: CreateInquiry) -> Result<(Inquiry, Vec<Happening>), Refusals> {
        create(
            &EnvironmentId::from_trusted("env_1".into()),
            None,
            &self.template,
            &self.version,
            command,
            NOW,
            &mut self.entropy,
        )
    }

    fn inquiry(&mut self) -> Inquiry {
        self.create(self.command()).unwrap().0
    }
}

fn names(happenings: &[Happening]) -> Vec<&'static str> {
    happenings.iter().map(|happening| happening.name).collect()
}

fn fields(value: Value) -> Fields {
    value.as_object().cloned().unwrap()
}

fn no_fields() -> Fields {
    fields(json!({}))
}
