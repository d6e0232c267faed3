//! The texts of one create, decided by the domain and rendered by the wire as the server does it.

use std::time::{SystemTime, UNIX_EPOCH};

use selfsame_domain::account::{self, AccountLink, AccountType, CreateAccount, default_fields};
use selfsame_domain::id::{
    AccountTypeId, Entropy, EnvironmentId, Id, OrganisationId, TemplateId, TemplateVersionId,
};
use selfsame_domain::inquiry::{
    self, CreateInquiry, InquiryView, Intervals, Prefill, TemplateSelector,
};
use selfsame_domain::template::{
    Template, TemplateSettings, TemplateVersion, government_id_and_selfie,
};
use selfsame_domain::{ReferenceId, Timestamp};
use selfsame_store::packed::pack;
use serde_json::{Value, json};

use crate::Problem;
use crate::people::prefill;

/// What the shipped installation holds before anybody comes.
pub struct Ground {
    pub organisation: OrganisationId,
    pub account_type: AccountType,
    pub template: Template,
    pub version: TemplateVersion,
}

impl Ground {
    pub fn shipped(
        organisation: OrganisationId,
        account_type: AccountTypeId,
        template: TemplateId,
        version: TemplateVersionId,
        at: Timestamp,
    ) -> Self {
        Self {
            account_type: AccountType {
                id: account_type,
                organisation_id: organisation.clone(),
                name: "User".to_owned(),
                is_default: true,
                fields: default_fields(),
                statuses: Vec::new(),
                default_status: "Default".to_owned(),
                relations: vec![],
                actions: vec![],
                created_at: at,
                updated_at: at,
                version: 1,
            },
            template: Template {
                id: template.clone(),
                organisation_id: organisation.clone(),
                name: "Government ID and selfie".to_owned(),
                active: true,
                latest_published_version_id: Some(version.clone()),
                settings: TemplateSettings::default(),
                created_at: at,
                updated_at: at,
            },
            version: TemplateVersion {
                id: version,
                organisation_id: organisation.clone(),
                template_id: template,
                published: true,
                name_display: None,
                enabled_locales: vec!["en-US".to_owned()],
                definition: government_id_and_selfie(&mut Entropy::seeded(0), at),
                created_at: at,
                updated_at: at,
                published_at: Some(at),
            },
            organisation,
        }
    }

    /// What the Server API's create makes of a request with a reference ID.
    pub fn command(&self) -> Result<CreateInquiry, Problem> {
        let Value::Object(fields) = prefill() else {
            return Err("prefill is not an object".into());
        };
        Ok(CreateInquiry {
            template: TemplateSelector::Latest(self.template.id.clone()),
            link: AccountLink::default(),
            creator: "API".to_owned(),
            note: None,
            prefill: Prefill::Api(fields),
            tags: Vec::new(),
            redirect_uri: None,
            theme_set_id: None,
            initial_step: None,
            intervals: Intervals::default(),
            ios_app_attest_team_id: None,
            ios_app_attest_bundle_id: None,
            locale: None,
        })
    }
}

/// An inquiry that nobody has begun.
pub fn untouched(inquiry: inquiry::Inquiry, reference: ReferenceId) -> InquiryView {
    InquiryView {
        inquiry,
        reference_id: Some(reference),
        session_ids: Vec::new(),
        verifications: Vec::new(),
        document_ids: Vec::new(),
        selfie_ids: Vec::new(),
    }
}

/// The domain refuses what is made here: a defect.
pub fn refused(refusals: impl std::fmt::Debug) -> Problem {
    format!("the domain refuses a made-up row: {refusals:?}").into()
}

/// The texts of one create, and the ids that stay the same from one to the next.
pub struct Rows {
    pub environment: EnvironmentId,
    pub organisation: OrganisationId,
    pub account_type: AccountTypeId,
    pub template: TemplateId,
    pub version: TemplateVersionId,
    pub account_fields: String,
    pub account_payload: String,
    pub detail: String,
    /// As they are stored.
    pub packed_detail: Vec<u8>,
    pub packed_account_payload: Vec<u8>,
    pub packed_inquiry_payload: Vec<u8>,
    /// The answer as it is stored for a retry: packed and sealed.
    pub stored_answer: Vec<u8>,
}

impl Rows {
    pub fn decided(entropy: &mut Entropy) -> Result<Self, Problem> {
        let at = now();
        let environment = EnvironmentId::mint(entropy, at);
        let ground = Ground::shipped(
            OrganisationId::mint(entropy, at),
            AccountTypeId::mint(entropy, at),
            TemplateId::mint(entropy, at),
            TemplateVersionId::mint(entropy, at),
            at,
        );
        let reference = ReferenceId::from_trusted("bench-0123456789abcdef-1".into());
        let new = CreateAccount {
            reference_id: Some(reference.clone()),
            ..CreateAccount::default()
        };
        let (account, _) = account::create(&environment, &ground.account_type, new, at, entropy)
            .map_err(refused)?;
        let (inquiry, _) = inquiry::create(
            &environment,
            Some(account.id.clone()),
            &ground.template,
            &ground.version,
            ground.command()?,
            at,
            entropy,
        )
        .map_err(refused)?;
        let detail = serde_json::to_string(&inquiry.detail)?;
        let view = untouched(inquiry, reference);
        let document = selfsame_wire::inquiry::document(&view, &ground.version);
        let answer = json!({
            "data": document,
            "meta": {"session-token": null, "one-time-link": null, "one-time-link-short": null},
        });
        let account_document = selfsame_wire::account::document(&account, &ground.account_type);
        Ok(Self {
            account_fields: serde_json::to_string(&account.fields)?,
            packed_detail: pack(detail.as_bytes()),
            packed_account_payload: pack(account_document.to_string().as_bytes()),
            packed_inquiry_payload: pack(answer["data"].to_string().as_bytes()),
            account_payload: account_document.to_string(),
            stored_answer: stored(&answer.to_string(), entropy),
            detail,
            environment,
            organisation: ground.organisation,
            account_type: ground.account_type.id,
            template: ground.template.id,
            version: ground.version.id,
        })
    }
}

/// The server's packing, and as many bytes more as sealing adds, which here are random.
fn stored(answer: &str, entropy: &mut Entropy) -> Vec<u8> {
    let mut stored = pack(answer.as_bytes());
    stored.extend(entropy.bytes::<28>());
    stored
}

pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
