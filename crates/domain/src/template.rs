//! Inquiry templates and their versions: the configuration of one use case.

mod shipped;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use shipped::{form_only, government_id_and_selfie};

use crate::field::FieldSchema;
use crate::flow::Flow;
use crate::id::{OrganisationId, TemplateId, TemplateVersionId, VerificationTemplateId};
use crate::verification::VerificationKind;
use crate::{Refusal, Timestamp};

/// Expiration, in seconds (B175).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiration {
    pub after_create: i64,
    /// `None`: the same as `after_create`.
    pub after_start: Option<i64>,
    pub after_resume: i64,
    pub one_time_link: Option<i64>,
}

impl Default for Expiration {
    fn default() -> Self {
        Self {
            after_create: 86_400,
            after_start: None,
            after_resume: 86_400,
            one_time_link: None,
        }
    }
}

/// Which field values leave through the browser (B136, B444).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldsToBrowser {
    All,
    None,
    Listed(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateSettings {
    pub expiration: Expiration,
    pub sessions_max: usize,
    /// Hosts that may embed, and that a redirect may go to; empty allows all (B402, B137).
    pub allowed_domains: Vec<String>,
    pub redirect_uri: Option<String>,
    pub redirect_schemes: Vec<String>,
    pub hosted_subdomains: Vec<String>,
    pub block_client_creation: bool,
    /// B435.
    pub accept_reference_id_from_browser: bool,
    /// `None`: all in sandbox, none in production.
    pub fields_to_browser: Option<FieldsToBrowser>,
    pub theme: serde_json::Map<String, Value>,
    pub default_locale: String,
}

impl Default for TemplateSettings {
    fn default() -> Self {
        Self {
            expiration: Expiration::default(),
            sessions_max: 25,
            allowed_domains: Vec::new(),
            redirect_uri: None,
            redirect_schemes: Vec::new(),
            hosted_subdomains: Vec::new(),
            block_client_creation: false,
            accept_reference_id_from_browser: true,
            fields_to_browser: None,
            theme: serde_json::Map::new(),
            default_locale: "en-US".to_owned(),
        }
    }
}

impl TemplateSettings {
    /// B133, B137–B139: where a finished person may be sent.
    pub fn check_redirect(&self, target: &str) -> Result<(), String> {
        let (scheme, rest) = target
            .split_once(':')
            .ok_or("redirect_uri must be an absolute URI")?;
        let scheme = scheme.to_ascii_lowercase();
        let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !target
                .bytes()
                .any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\');
        if !well_formed {
            return Err("redirect_uri must be an absolute URI".to_owned());
        }
        if ["javascript", "data", "vbscript", "file", "blob"].contains(&scheme.as_str()) {
            return Err(format!("redirect_uri must not use the scheme {scheme}"));
        }
        if scheme == "http" || scheme == "https" {
            let host = host_of(rest).ok_or("redirect_uri must name a host")?;
            return self.check_redirect_host(&host);
        }
        let listed = self
            .redirect_schemes
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&scheme))
            || self
                .allowed_domains
                .iter()
                .any(|entry| entry.eq_ignore_ascii_case(&format!("{scheme}:")));
        if self.allowed_domains.is_empty() && self.redirect_schemes.is_empty() || listed {
            return Ok(());
        }
        Err("redirect_uri uses a scheme that this template does not allow".to_owned())
    }

    /// I59: the same, as the refusal of a request.
    pub(crate) fn refuse_redirect(&self, target: &str) -> Result<(), Refusal> {
        self.check_redirect(target)
            .map_err(|problem| Refusal::unprocessable(problem, "/data/attributes/redirect-uri"))
    }

    fn check_redirect_host(&self, host: &str) -> Result<(), String> {
        let hosts: Vec<_> = self
            .allowed_domains
            .iter()
            .filter(|entry| !entry.ends_with(':'))
            .collect();
        if hosts.is_empty() || hosts.iter().any(|entry| host_matches(entry, host)) {
            return Ok(());
        }
        Err("redirect_uri goes to a domain that this template does not allow".to_owned())
    }
}

/// `rest` is what follows `http:`; user info is refused, for it hides the real host.
fn host_of(rest: &str) -> Option<String> {
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    (!authority.is_empty() && !authority.contains('@')).then(|| authority.to_ascii_lowercase())
}

/// B406: an entry is a host, with a port only if the port matters; `*.example.com` is every host below, never the apex.
pub fn host_matches(entry: &str, host_and_port: &str) -> bool {
    let entry = entry.to_ascii_lowercase();
    let host_and_port = host_and_port.to_ascii_lowercase();
    let candidate = if entry_has_port(&entry) {
        host_and_port.as_str()
    } else {
        without_port(&host_and_port)
    };
    match entry.strip_prefix("*.") {
        Some(parent) => candidate
            .strip_suffix(parent)
            .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => entry == candidate,
    }
}

fn entry_has_port(entry: &str) -> bool {
    without_port(entry).len() != entry.len()
}

/// Cuts `:8080`, and leaves the colons of an IPv6 literal alone.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && !name.ends_with(':') =>
        {
            if name.contains(':') && !name.ends_with(']') {
                host
            } else {
                name
            }
        }
        _ => host,
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub id: TemplateId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub active: bool,
    pub latest_published_version_id: Option<TemplateVersionId>,
    pub settings: TemplateSettings,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Template {
    pub fn refuse_if_inactive(&self) -> Result<(), Refusal> {
        if self.active {
            return Ok(());
        }
        Err(Refusal::unprocessable(
            "Inquiry template is inactive",
            "/data/attributes/inquiry-template-id",
        ))
    }
}

/// One check of a verification, and whether it must pass (B252).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSetting {
    pub name: String,
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerificationTemplate {
    pub alias: String,
    pub id: VerificationTemplateId,
    pub kind: VerificationKind,
    pub checks: Vec<CheckSetting>,
    /// Government ID: allowed countries (ISO 3166-1 alpha-2); empty allows all.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Government ID: allowed classes and the sides each needs.
    #[serde(default)]
    pub id_classes: Vec<IdClass>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdClass {
    pub class: String,
    /// `front`, `back`.
    pub sides: Vec<String>,
}

/// What a version fixes for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    pub flow: Flow,
    pub fields: Vec<FieldSchema>,
    pub verifications: Vec<VerificationTemplate>,
}

impl Definition {
    pub fn verification(&self, alias: &str) -> Option<&VerificationTemplate> {
        self.verifications
            .iter()
            .find(|template| template.alias == alias)
    }

    pub fn verification_by_id(&self, id: &VerificationTemplateId) -> Option<&VerificationTemplate> {
        self.verifications
            .iter()
            .find(|template| template.id == *id)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct TemplateVersion {
    pub id: TemplateVersionId,
    pub organisation_id: OrganisationId,
    pub template_id: TemplateId,
    pub published: bool,
    pub name_display: Option<String>,
    pub enabled_locales: Vec<String>,
    pub definition: Definition,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub published_at: Option<Timestamp>,
}

impl TemplateVersion {
    pub fn refuse_if_unpublished(&self) -> Result<(), Refusal> {
        if self.published {
            return Ok(());
        }
        Err(Refusal::unprocessable(
            "Inquiry template version is not published",
            "/data/attributes/inquiry-template-version-id",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b139_dangerous_redirects_are_refused() {
        let open = TemplateSettings::default();
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "/relative",
            "https://",
            "https://user@example.com/",
            "https:\\\\example.com",
            "java\nscript:alert(1)",
        ] {
            assert!(open.check_redirect(bad).is_err(), "{bad}");
        }
        for good in [
            "https://example.com/done?x=1",
            "http://localhost:3000",
            "myapp://done",
        ] {
            assert_eq!(open.check_redirect(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn b137_an_allowlist_closes_every_other_domain() {
        let settings = TemplateSettings {
            allowed_domains: vec![
                "example.com".into(),
                "*.shop.example".into(),
                "myapp:".into(),
            ],
            ..TemplateSettings::default()
        };
        for (target, allowed) in [
            ("https://example.com/x", true),
            ("https://example.com:8443/x", true),
            ("https://www.example.com", false),
            ("https://a.b.shop.example", true),
            ("https://shop.example", false),
            ("https://evil-shop.example", false),
            ("myapp://x", true),
            ("other://x", false),
        ] {
            assert_eq!(settings.check_redirect(target).is_ok(), allowed, "{target}");
        }
    }
}
