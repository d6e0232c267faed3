//! Inquiry templates and versions: reading, and the few changes the command line offers.

use std::sync::Arc;

use selfsame_domain::Refusal;
use selfsame_domain::id::{Id, OrganisationId, TemplateId, TemplateVersionId};
use selfsame_domain::template::{Template, TemplateVersion};
use selfsame_store::{Ask, Batch, Page};

use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

#[derive(Debug, Clone)]
pub struct TemplateBundle {
    pub template: Arc<Template>,
    pub latest_version: Option<Arc<TemplateVersion>>,
}

/// What an operator may change without publishing a version; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct TemplateChange {
    pub active: Option<bool>,
    pub allowed_domains: Option<Vec<String>>,
    pub redirect_uri: Option<Option<String>>,
    pub block_client_creation: Option<bool>,
}

impl Service {
    /// P8: a sandbox key reads templates only where the operator allows it.
    fn refuse_sandbox(&self, caller: &Caller) -> Result<(), Failure> {
        if caller.environment.is_sandbox() && !self.options().templates_readable_in_sandbox {
            return Err(Refusal::forbidden(
                "Inquiry templates are not readable with a sandbox key",
            )
            .into());
        }
        Ok(())
    }

    pub(crate) async fn find_template(
        &self,
        caller: &Caller,
        id: &TemplateId,
    ) -> Result<Option<Arc<Template>>, Failure> {
        let organisation = &caller.environment.organisation_id;
        self.kept(
            caller,
            |configuration| &configuration.templates,
            (organisation.clone(), id.clone()),
            || Ask::template(organisation, id),
        )
        .await
    }

    async fn template_bundle(
        &self,
        organisation: &OrganisationId,
        template: Arc<Template>,
    ) -> Result<TemplateBundle, Failure> {
        let latest_version = match &template.latest_published_version_id {
            Some(id) => self.version(organisation, id).await?,
            None => None,
        };
        Ok(TemplateBundle {
            template,
            latest_version,
        })
    }

    pub async fn get_template(
        &self,
        caller: &Caller,
        id: &TemplateId,
    ) -> Result<TemplateBundle, Failure> {
        self.refuse_sandbox(caller)?;
        let organisation = &caller.environment.organisation_id;
        let found = self.find_template(caller, id).await?;
        self.template_bundle(organisation, found.ok_or_else(Refusal::not_found)?)
            .await
    }

    pub async fn list_templates(
        &self,
        caller: &Caller,
        request: &ListRequest,
    ) -> Result<Page<TemplateBundle>, Failure> {
        self.refuse_sandbox(caller)?;
        let organisation = &caller.environment.organisation_id;
        let slice = slice(request, |id| async move {
            self.store().template_cursor(organisation, &id).await
        })
        .await?;
        let page = self
            .store()
            .list_templates(organisation, &slice, request.size)
            .await?;
        let mut items = Vec::with_capacity(page.items.len());
        for template in page.items {
            items.push(
                self.template_bundle(organisation, Arc::new(template))
                    .await?,
            );
        }
        Ok(Page {
            items,
            has_newer: page.has_newer,
            has_older: page.has_older,
        })
    }

    /// P16: one version, by its own id.
    pub async fn get_template_version(
        &self,
        caller: &Caller,
        id: &TemplateVersionId,
    ) -> Result<(Arc<Template>, Arc<TemplateVersion>), Failure> {
        self.refuse_sandbox(caller)?;
        let organisation = &caller.environment.organisation_id;
        let found = self.version(organisation, id).await?;
        let version = found.ok_or_else(Refusal::not_found)?;
        let owner = self.find_template(caller, &version.template_id).await?;
        Ok((owner.ok_or_else(Refusal::not_found)?, version))
    }

    pub async fn list_template_versions(
        &self,
        caller: &Caller,
        template: &TemplateId,
        request: &ListRequest,
    ) -> Result<(Arc<Template>, Page<TemplateVersion>), Failure> {
        self.refuse_sandbox(caller)?;
        let organisation = &caller.environment.organisation_id;
        let found = self.find_template(caller, template).await?;
        let owner = found.ok_or_else(Refusal::not_found)?;
        let slice = slice(request, |id| async move {
            self.store()
                .template_version_cursor(organisation, &id)
                .await
        })
        .await?;
        let page = self
            .store()
            .list_template_versions(organisation, template, &slice, request.size)
            .await?;
        Ok((owner, page))
    }

    /// For the command line: changes the settings of any organisation's template.
    pub async fn change_template(
        &self,
        id: &TemplateId,
        change: TemplateChange,
    ) -> Result<Template, Failure> {
        let found = self.store().find_template_anywhere(id).await?;
        let mut template = found.ok_or_else(Refusal::not_found)?;
        if let Some(active) = change.active {
            template.active = active;
        }
        if let Some(domains) = change.allowed_domains {
            template.settings.allowed_domains = domains;
        }
        if let Some(block) = change.block_client_creation {
            template.settings.block_client_creation = block;
        }
        if let Some(target) = change.redirect_uri {
            template.settings.redirect_uri = target;
        }
        if let Some(target) = &template.settings.redirect_uri {
            template
                .settings
                .check_redirect(target)
                .map_err(|problem| Refusal::unprocessable(problem, "/redirect-uri"))?;
        }
        template.updated_at = self.now();
        let mut batch = Batch::new();
        batch.update_template(&template);
        self.commit_unconditionally(batch).await?;
        Ok(template)
    }

    /// For the command line: a new template with the live version of another.
    pub async fn copy_template(&self, id: &TemplateId, name: &str) -> Result<Template, Failure> {
        let found = self.store().find_template_anywhere(id).await?;
        let source = found.ok_or_else(Refusal::not_found)?;
        let latest = source
            .latest_published_version_id
            .as_ref()
            .ok_or_else(|| Refusal::conflict("the template has no published version to copy"))?;
        let version = self.known_version(&source.organisation_id, latest).await?;
        let (template, version) = self.new_template(
            &source.organisation_id,
            name,
            version.definition.clone(),
            version.enabled_locales.clone(),
        );
        let template = Template {
            settings: source.settings,
            ..template
        };
        let mut batch = Batch::new();
        batch.insert_template(&template);
        batch.insert_template_version(&version);
        self.commit_unconditionally(batch).await?;
        Ok(template)
    }

    pub(crate) fn new_template(
        &self,
        organisation: &OrganisationId,
        name: &str,
        definition: selfsame_domain::template::Definition,
        enabled_locales: Vec<String>,
    ) -> (Template, TemplateVersion) {
        let now = self.now();
        let mut entropy = self.entropy();
        let version_id = TemplateVersionId::mint(&mut entropy, now);
        let template = Template {
            id: TemplateId::mint(&mut entropy, now),
            organisation_id: organisation.clone(),
            name: name.to_owned(),
            active: true,
            latest_published_version_id: Some(version_id.clone()),
            settings: selfsame_domain::template::TemplateSettings::default(),
            created_at: now,
            updated_at: now,
        };
        let version = TemplateVersion {
            id: version_id,
            organisation_id: organisation.clone(),
            template_id: template.id.clone(),
            published: true,
            name_display: Some(name.to_owned()),
            enabled_locales,
            definition,
            created_at: now,
            updated_at: now,
            published_at: Some(now),
        };
        (template, version)
    }
}
