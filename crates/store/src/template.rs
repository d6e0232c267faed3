//! Inquiry templates and their versions.

use std::sync::LazyLock;

use selfsame_domain::id::{OrganisationId, TemplateId, TemplateVersionId};
use selfsame_domain::template::{Template, TemplateVersion};

use crate::row::{id, json, maybe_id};
use crate::sql::{Conditions, Cursor, Insert, Page, Slice, into_page};
use crate::{Ask, Batch, Query, Row, Store, StoreError, Value, sql};

const COLUMNS: &[&str] = &[
    "organisation_id",
    "id",
    "name",
    "active",
    "latest_published_version_id",
    "settings",
    "created_at",
    "updated_at",
];
const VERSION_COLUMNS: &[&str] = &[
    "organisation_id",
    "id",
    "template_id",
    "published",
    "name_display",
    "enabled_locales",
    "definition",
    "created_at",
    "updated_at",
    "published_at",
];

static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM inquiry_templates", COLUMNS.join(", ")));
static SELECT_VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM inquiry_template_versions",
        VERSION_COLUMNS.join(", ")
    )
});

/// The place of `created_at` in [`COLUMNS`].
const CREATED_AT: usize = 6;
pub(crate) static INSERT: Insert = Insert::new("inquiry_templates", COLUMNS);
pub(crate) static INSERT_VERSION: Insert =
    Insert::new("inquiry_template_versions", VERSION_COLUMNS);

fn template(row: &mut Row) -> Result<Template, StoreError> {
    Ok(Template {
        organisation_id: row.id()?,
        id: row.id()?,
        name: row.text()?,
        active: row.boolean()?,
        latest_published_version_id: row.optional_id()?,
        settings: row.json()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    })
}

fn version(row: &mut Row) -> Result<TemplateVersion, StoreError> {
    Ok(TemplateVersion {
        organisation_id: row.id()?,
        id: row.id()?,
        template_id: row.id()?,
        published: row.boolean()?,
        name_display: row.optional_text()?,
        enabled_locales: row.json()?,
        definition: row.json()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        published_at: row.optional_time()?,
    })
}

fn values(template: &Template) -> Vec<Value> {
    vec![
        id(&template.organisation_id),
        id(&template.id),
        template.name.clone().into(),
        template.active.into(),
        maybe_id(template.latest_published_version_id.as_ref()),
        json(&template.settings),
        template.created_at.into(),
        template.updated_at.into(),
    ]
}

impl Store {
    pub async fn find_template(
        &self,
        organisation: &OrganisationId,
        template_id: &TemplateId,
    ) -> Result<Option<Template>, StoreError> {
        self.ask(Ask::template(organisation, template_id)).await
    }

    /// For links and embeds, which name a template and no organisation.
    pub async fn find_template_anywhere(
        &self,
        template_id: &TemplateId,
    ) -> Result<Option<Template>, StoreError> {
        let sql = format!("{} WHERE id = $1", *SELECT);
        self.find(Query::new(sql, vec![id(template_id)]), template)
            .await
    }

    pub async fn find_template_version(
        &self,
        organisation: &OrganisationId,
        version_id: &TemplateVersionId,
    ) -> Result<Option<TemplateVersion>, StoreError> {
        let sql = format!("{} WHERE organisation_id = $1 AND id = $2", *SELECT_VERSION);
        self.find(
            Query::new(sql, vec![id(organisation), id(version_id)]),
            version,
        )
        .await
    }

    pub async fn find_template_version_anywhere(
        &self,
        version_id: &TemplateVersionId,
    ) -> Result<Option<TemplateVersion>, StoreError> {
        let sql = format!("{} WHERE id = $1", *SELECT_VERSION);
        self.find(Query::new(sql, vec![id(version_id)]), version)
            .await
    }

    pub async fn template_cursor(
        &self,
        organisation: &OrganisationId,
        template_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql =
            "SELECT created_at, id FROM inquiry_templates WHERE organisation_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(organisation), template_id.into()]),
            sql::cursor,
        )
        .await
    }

    pub async fn list_templates(
        &self,
        organisation: &OrganisationId,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<Template>, StoreError> {
        let conditions = Conditions::new("organisation_id", id(organisation));
        let (sql, values) = conditions.page(&SELECT, &["created_at", "id"], slice, size);
        let items = self.all(Query::new(sql, values), template).await?;
        Ok(into_page(items, slice, size))
    }

    pub async fn template_version_cursor(
        &self,
        organisation: &OrganisationId,
        version_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM inquiry_template_versions WHERE organisation_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(organisation), version_id.into()]),
            sql::cursor,
        )
        .await
    }

    pub async fn list_template_versions(
        &self,
        organisation: &OrganisationId,
        template_id: &TemplateId,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<TemplateVersion>, StoreError> {
        let mut conditions = Conditions::new("organisation_id", id(organisation));
        conditions.and("template_id = ?", id(template_id));
        let (sql, values) = conditions.page(&SELECT_VERSION, &["created_at", "id"], slice, size);
        let items = self.all(Query::new(sql, values), version).await?;
        Ok(into_page(items, slice, size))
    }
}

impl Ask<Option<Template>> {
    pub fn template(organisation: &OrganisationId, template_id: &TemplateId) -> Self {
        let sql = format!("{} WHERE organisation_id = $1 AND id = $2", *SELECT);
        let values = vec![id(organisation), id(template_id)];
        Ask::find(Query::new(sql, values), template)
    }
}

impl Batch {
    pub fn insert_template(&mut self, template: &Template) {
        self.configures = true;
        self.insert(&INSERT, values(template));
    }

    pub fn update_template(&mut self, template: &Template) {
        self.configures = true;
        let mut row = values(template);
        // Every place is used, or PostgreSQL does not know its type.
        row.remove(CREATED_AT);
        self.push_one(
            "UPDATE inquiry_templates SET name = $3, active = $4, latest_published_version_id = $5, settings = $6, \
             updated_at = $7 WHERE organisation_id = $1 AND id = $2",
            row,
        );
    }

    pub fn insert_template_version(&mut self, version: &TemplateVersion) {
        self.configures = true;
        self.insert(
            &INSERT_VERSION,
            vec![
                id(&version.organisation_id),
                id(&version.id),
                id(&version.template_id),
                version.published.into(),
                version.name_display.clone().into(),
                json(&version.enabled_locales),
                json(&version.definition),
                version.created_at.into(),
                version.updated_at.into(),
                version.published_at.into(),
            ],
        );
    }
}
