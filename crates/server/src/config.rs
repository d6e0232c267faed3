//! The configuration of `selfsame serve`: a TOML file, over `config.default.toml`, which documents every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use selfsame_domain::address::AddressEntry;
use selfsame_service::OutboundOptions;
use serde::Deserialize;

use crate::api::cors::is_origin;
use crate::app::Settings;
use crate::print::Fonts;

/// Wins over the file's `database`, so that its password need not be in a file.
const DATABASE: &str = "SELFSAME_DATABASE";
/// C118.
const MOST_LOG_DAYS: u32 = 14;
/// E25: a hundred years.
const MOST_EVENT_DAYS: u32 = 36_500;
const DEFAULTS: &str = include_str!("config.default.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: String,
    pub data: PathBuf,
    /// Empty: the embedded store.
    pub database: String,
    pub master_key_file: PathBuf,
    pub trust_proxy: bool,
    pub allowed_origins: Vec<String>,
    pub extensions: bool,
    pub log_format: LogFormat,
    pub accounts: Accounts,
    pub templates: Templates,
    pub importers: Importers,
    pub api_logs: ApiLogs,
    pub events: Events,
    pub webhooks: Webhooks,
    pub print: Print,
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accounts {
    pub keep_reference_id_on_redaction: bool,
    pub follow_consolidation: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Templates {
    pub readable_in_sandbox: bool,
}

/// M4.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Importers {
    pub max_bytes: u64,
    pub max_rows: u64,
}

/// L3.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApiLogs {
    pub keep_days: u32,
}

/// E25.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Events {
    pub keep_days: u32,
}

/// W48, W54.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Webhooks {
    pub allow_addresses: Vec<String>,
    /// Empty: none.
    pub ca_file: PathBuf,
}

/// B292.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Print {
    /// Files; of a collection `file#number` as well.
    pub fonts: Vec<PathBuf>,
}

/// Zero switches a limit off.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    pub requests_per_minute: u32,
    pub inquiries_per_minute: u32,
    pub client_creations_per_address_and_hour: u32,
    pub client_creations_per_template_and_minute: u32,
    pub wrong_codes_per_address_and_hour: u32,
}

impl Config {
    /// Reads a file over the defaults. The message says which key of which file is wrong.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            format!("cannot read the configuration {}: {error}", path.display())
        })?;
        let config = Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let database = std::env::var(DATABASE).unwrap_or_else(|_| config.database.clone());
        let ca_file = &config.webhooks.ca_file;
        let webhooks = Webhooks {
            ca_file: if ca_file.as_os_str().is_empty() {
                PathBuf::new()
            } else {
                folder.join(ca_file)
            },
            ..config.webhooks
        };
        let fonts = config.print.fonts.iter().map(|font| folder.join(font));
        let print = Print {
            fonts: fonts.collect(),
        };
        Ok(Self {
            data: folder.join(&config.data),
            database,
            master_key_file: folder.join(&config.master_key_file),
            webhooks,
            print,
            ..config
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut merged: toml::Table =
            toml::from_str(DEFAULTS).map_err(|error| error.to_string())?;
        let given: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        merge(&mut merged, given);
        let config: Self = merged
            .try_into()
            .map_err(|error: toml::de::Error| error.to_string())?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if self.api_logs.keep_days > MOST_LOG_DAYS {
            return Err(format!("api-logs.keep-days must be 0 to {MOST_LOG_DAYS}"));
        }
        if !(1..=MOST_EVENT_DAYS).contains(&self.events.keep_days) {
            return Err(format!("events.keep-days must be 1 to {MOST_EVENT_DAYS}"));
        }
        if let Some(wrong) = self.allowed_origins.iter().find(|text| !is_origin(text)) {
            return Err(format!(
                "allowed-origins: {wrong:?} must be \"*\" or https://host[:port], in small letters and without a path"
            ));
        }
        let entries = &self.webhooks.allow_addresses;
        let wrong = |text: &&String| AddressEntry::parse(text).is_none();
        if let Some(wrong) = entries.iter().find(wrong) {
            return Err(format!(
                "webhooks.allow-addresses: {wrong:?} must be an address, a block such as \"10.1.0.0/16\", or \"*\""
            ));
        }
        let url = &self.public_url;
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://localhost"));
        match rest {
            Some(_) if !url.ends_with('/') && !url.contains(['?', '#', ' ']) => Ok(()),
            _ => Err(format!(
                "public-url {url:?} must be https://host[:port][/path] without a slash at the end \
                 (plain http works for http://localhost only, as browsers give the camera to nobody else)"
            )),
        }
    }

    /// Who may be called, and whom TLS trusts.
    pub fn outbound(&self) -> OutboundOptions {
        let Webhooks {
            allow_addresses,
            ca_file,
        } = &self.webhooks;
        let entries = allow_addresses.iter();
        OutboundOptions {
            allow: entries
                .filter_map(|text| AddressEntry::parse(text))
                .collect(),
            ca_file: (!ca_file.as_os_str().is_empty()).then(|| ca_file.clone()),
            ..OutboundOptions::default()
        }
    }

    /// # Errors
    /// A font that cannot be used.
    pub fn settings(&self) -> Result<Settings, String> {
        let on = |limit: u32| (limit > 0).then_some(limit);
        Ok(Settings {
            base_path: base_path(&self.public_url),
            demo: None,
            requests_per_minute: on(self.limits.requests_per_minute),
            inquiries_per_minute: on(self.limits.inquiries_per_minute),
            client_creations_per_address_and_hour: on(self
                .limits
                .client_creations_per_address_and_hour),
            client_creations_per_template_and_minute: on(self
                .limits
                .client_creations_per_template_and_minute),
            wrong_codes_per_address_and_hour: on(self.limits.wrong_codes_per_address_and_hour),
            allowed_origins: self.allowed_origins.clone(),
            extensions: self.extensions,
            trust_proxy: self.trust_proxy,
            fonts: Fonts::load(&self.print.fonts)?,
        })
    }
}

/// `/base` of `https://host/base`.
pub fn base_path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/')
        .map(|(_, path)| format!("/{path}"))
        .unwrap_or_default()
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(given)) => merge(inner, given),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_a_file_changes_only_what_it_names() {
        let config = Config::parse(
            "public-url = \"https://verify.example.com/id\"\n[limits]\nrequests-per-minute = 0",
        )
        .unwrap();
        let settings = config.settings().unwrap();
        assert_eq!(settings.base_path, "/id");
        assert_eq!(settings.requests_per_minute, None);
        assert_eq!(settings.client_creations_per_address_and_hour, Some(30));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(
            Config::parse("lisen = \"x\"")
                .unwrap_err()
                .contains("lisen")
        );
        assert!(
            Config::parse("public-url = \"http://verify.example.com\"")
                .unwrap_err()
                .contains("https")
        );
        assert!(
            Config::parse("listen = \"nowhere\"")
                .unwrap_err()
                .contains("listen")
        );
        assert!(
            Config::parse("[api-logs]\nkeep-days = 15")
                .unwrap_err()
                .contains("keep-days")
        );
        for days in ["0", "36501"] {
            let wrong = Config::parse(&format!("[events]\nkeep-days = {days}")).unwrap_err();
            assert_eq!(wrong, "events.keep-days must be 1 to 36500");
        }
        assert!(
            Config::parse("allowed-origins = [\"https://a.example/\"]")
                .unwrap_err()
                .contains("allowed-origins")
        );
        for wrong in ["10.0.0.0/33", "hook.example", ""] {
            let text = format!("[webhooks]\nallow-addresses = [\"10.0.0.0/8\", \"{wrong}\"]");
            let said = Config::parse(&text).unwrap_err();
            let named = format!("webhooks.allow-addresses: \"{wrong}\"");
            assert!(said.contains(&named), "{said}");
        }
    }

    #[test]
    fn w48_nothing_but_the_public_internet_is_called_unless_named() {
        let outbound = |text| Config::parse(text).unwrap().outbound();
        let options = outbound("");
        assert!(options.allow.is_empty() && !options.loopback);
        assert_eq!(options.ca_file, None);
        let options = outbound("[webhooks]\nallow-addresses = [\"10.1.0.0/16\"]");
        assert_eq!(options.allow.len(), 1);
    }

    #[test]
    fn a_file_of_authorities_is_looked_for_beside_the_configuration() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("selfsame.toml");
        std::fs::write(&file, "[webhooks]\nca-file = \"ca.pem\"").unwrap();
        let options = Config::load(&file).unwrap().outbound();
        assert_eq!(options.ca_file, Some(folder.path().join("ca.pem")));
        std::fs::write(&file, "").unwrap();
        assert_eq!(Config::load(&file).unwrap().outbound().ca_file, None);
    }

    #[test]
    fn b292_fonts_are_looked_for_beside_the_configuration_and_a_bad_one_is_named() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("selfsame.toml");
        let settings = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Config::load(&file).unwrap().settings()
        };
        settings("").unwrap();
        std::fs::write(folder.path().join("a.ttf"), dejavu::serif::regular()).unwrap();
        let good = settings("[print]\nfonts = [\"a.ttf\", \"a.ttf#0\"]").unwrap();
        assert_eq!(format!("{:?}", good.fonts), "2 fonts");
        let said = settings("[print]\nfonts = [\"a.ttf\", \"b.ttf\"]").unwrap_err();
        let named = folder.path().join("b.ttf").display().to_string();
        assert!(
            said.contains("print.fonts") && said.contains(&named),
            "{said}"
        );
    }

    #[test]
    fn c135_what_the_published_api_does_not_have_is_off_unless_turned_on() {
        let settings = |text| Config::parse(text).unwrap().settings().unwrap();
        assert!(!settings("").extensions);
        assert!(settings("extensions = true").extensions);
    }

    #[test]
    fn c130_no_other_origin_is_let_in_unless_named() {
        let settings = |text| Config::parse(text).unwrap().settings().unwrap();
        let origins = |text| settings(text).allowed_origins;
        assert!(origins("").is_empty());
        let named = origins("allowed-origins = [\"https://a.example\"]");
        assert_eq!(named, ["https://a.example"]);
    }
}
