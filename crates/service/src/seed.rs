//! What a new installation starts with.

use selfsame_domain::account::{AccountStatus, AccountType, default_fields};
use selfsame_domain::api_key::ApiKeySettings;
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::id::{
    AccountStatusId, AccountTypeId, EnvironmentId, Id, OrganisationId, TemplateId,
};
use selfsame_domain::template::{form_only, government_id_and_selfie};
use selfsame_store::{Batch, EnvironmentRow};
use selfsame_wire::ApiVersion;

use crate::{Failure, Service};

#[derive(Debug, Clone)]
pub struct SeededEnvironment {
    pub environment: Environment,
    /// Only where a key was made.
    pub api_key: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Seeded {
    pub sandbox: SeededEnvironment,
    pub production: SeededEnvironment,
    pub template_id: TemplateId,
    pub form_template_id: TemplateId,
}

/// The settings of the key that a developer starts with.
pub fn developer_key() -> ApiKeySettings {
    ApiKeySettings::new("Developer", ApiVersion::DEFAULT.as_str())
}

impl Service {
    /// Makes an organisation with a sandbox and a production environment, the default account type and two
    /// published templates, in one transaction. `with_keys` adds an API key to each environment.
    pub async fn seed(
        &self,
        name: &str,
        with_keys: bool,
        locales: &[&str],
    ) -> Result<Seeded, Failure> {
        let now = self.now();
        let mut entropy = self.entropy();
        let mut batch = Batch::new();
        let organisation = OrganisationId::mint(&mut entropy, now);
        batch.insert_organisation(&organisation, name, now);
        batch.insert_account_type(&self.default_type(&organisation));

        let mut made = Vec::new();
        for kind in [EnvironmentKind::Production, EnvironmentKind::Sandbox] {
            let environment = Environment {
                id: EnvironmentId::mint(&mut entropy, now),
                organisation_id: organisation.clone(),
                kind,
            };
            let token_key = entropy.bytes::<32>();
            batch.insert_environment(&EnvironmentRow {
                environment: environment.clone(),
                token_key_sealed: self.sealer().seal(&token_key, &mut entropy),
                created_at: now,
            });
            let api_key = with_keys.then(|| {
                let (row, shown) = self.new_key(&environment, developer_key());
                batch.insert_api_key(&row);
                shown.value
            });
            made.push(SeededEnvironment {
                environment,
                api_key: api_key.flatten(),
            });
        }

        let locales: Vec<String> = locales.iter().map(|locale| (*locale).to_owned()).collect();
        let full = government_id_and_selfie(&mut entropy, now);
        let (template, version) = self.new_template(
            &organisation,
            "Government ID and selfie",
            full,
            locales.clone(),
        );
        let (form, form_version) =
            self.new_template(&organisation, "Form only", form_only(), locales);
        for (template, version) in [(&template, &version), (&form, &form_version)] {
            batch.insert_template(template);
            batch.insert_template_version(version);
        }
        self.commit_unconditionally(batch).await?;

        let missing = || Failure::Internal("seeding made no environment".into());
        let sandbox = made.pop().ok_or_else(missing)?;
        let production = made.pop().ok_or_else(missing)?;
        Ok(Seeded {
            sandbox,
            production,
            template_id: template.id,
            form_template_id: form.id,
        })
    }

    pub(crate) fn default_type(&self, organisation: &OrganisationId) -> AccountType {
        let now = self.now();
        let mut entropy = self.entropy();
        AccountType {
            id: AccountTypeId::mint(&mut entropy, now),
            organisation_id: organisation.clone(),
            name: "User".into(),
            is_default: true,
            fields: default_fields(),
            statuses: vec![AccountStatus {
                id: AccountStatusId::mint(&mut entropy, now),
                name: "Default".into(),
                active: true,
            }],
            default_status: "Default".into(),
            relations: vec![],
            actions: vec![],
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }
}
