//! `selfsame dev`: everything a developer needs, from nothing, in one command.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::id::Id;
use selfsame_service::{Actor, Caller, ListRequest, Options, OutboundOptions, Service, no_receipt};

use super::banner;
use crate::app::{App, Demo, Settings};
use crate::serve::{self, Folder};

#[derive(Debug, Args)]
pub struct DevArguments {
    /// Where to listen; 3000 is what the SDK calls `host: 'development'`
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Where the data is kept
    #[arg(long, value_name = "DIR", default_value = "selfsame-data")]
    data: PathBuf,
    /// Keep the data in a PostgreSQL database instead: postgres://user:password@host:port/database
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Serve below a path as well, as behind a proxy: /base
    #[arg(long, value_name = "PATH", default_value = "", value_parser = parse_base_path)]
    base_path: String,
    /// Answer operations that the original's API does not have: archive and restore an account
    #[arg(long)]
    extensions: bool,
    /// The SDK's browser build for the demo page; without it, the one npm installed here, if any
    #[arg(long, value_name = "FILE")]
    sdk: Option<PathBuf>,
}

/// Where `npm install persona` leaves the SDK's browser build: here, or for the browser tests.
const INSTALLED_SDK: [&str; 2] = [
    "node_modules/persona/dist/persona.js",
    "e2e/node_modules/persona/dist/persona.js",
];

fn installed_sdk() -> Option<PathBuf> {
    INSTALLED_SDK
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
}

fn parse_base_path(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    if path.is_empty() || (path.starts_with('/') && !path.contains("//") && path.chars().all(plain))
    {
        Ok(path.to_owned())
    } else {
        Err(
            "a base path begins with a slash and has only letters, digits, - _ . and slashes"
                .into(),
        )
    }
}

pub(super) fn options(public_url: &str) -> Options {
    Options {
        public_url: public_url.to_owned(),
        keep_reference_id_on_redaction: false,
        follow_consolidation: false,
        templates_readable_in_sandbox: true,
        imports: selfsame_service::ImportLimits::default(),
        api_log_days: 14,
        // What was made up stays, whatever time it says.
        event_days: 36_500,
        outbound: OutboundOptions {
            loopback: true,
            ..OutboundOptions::default()
        },
    }
}

/// The lines of `dev.env`.
pub(super) struct DevEnvironment {
    pub url: String,
    pub sandbox_api_key: String,
    pub sandbox_environment_id: String,
    pub production_api_key: String,
    pub production_environment_id: String,
    pub template_id: String,
    pub form_template_id: String,
}

impl DevEnvironment {
    fn to_text(&self) -> String {
        [
            ("SELFSAME_URL", &self.url),
            ("SELFSAME_SANDBOX_API_KEY", &self.sandbox_api_key),
            (
                "SELFSAME_SANDBOX_ENVIRONMENT_ID",
                &self.sandbox_environment_id,
            ),
            ("SELFSAME_PRODUCTION_API_KEY", &self.production_api_key),
            (
                "SELFSAME_PRODUCTION_ENVIRONMENT_ID",
                &self.production_environment_id,
            ),
            ("SELFSAME_TEMPLATE_ID", &self.template_id),
            ("SELFSAME_FORM_TEMPLATE_ID", &self.form_template_id),
        ]
        .iter()
        .map(|(name, value)| {
            [
                name,
                "=",
                value.as_str(),
                "
",
            ]
            .concat()
        })
        .collect::<Vec<_>>()
        .concat()
    }
}

pub async fn run(arguments: &DevArguments) -> Result<(), String> {
    // The port first: a taken one must leave nothing behind.
    let mut listeners = vec![
        serve::listen(SocketAddr::new(
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            arguments.port,
        ))
        .await?,
    ];
    let port = listeners[0]
        .local_addr()
        .map_err(|error| error.to_string())?
        .port();
    // Browsers may look for localhost on either; a machine without IPv6 does without.
    if let Ok(listener) =
        serve::listen(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port)).await
    {
        listeners.push(listener);
    }
    serve::install_metrics();
    let url = format!("http://localhost:{port}{}", arguments.base_path);
    let folder = Folder {
        database: arguments.database.clone(),
        ..Folder::new(&arguments.data)
    };
    let service = serve::open(&folder, options(&url)).await?;
    let file = arguments.data.join("dev.env");
    let environment = environment(&service, &url, &file).await?;
    serve::write_private(&file, environment.to_text().as_bytes())?;
    banner::print(&environment, &arguments.data);

    let settings = Settings {
        base_path: arguments.base_path.clone(),
        demo: Some(Demo {
            template_id: environment.template_id.clone(),
            form_template_id: environment.form_template_id.clone(),
            environment_id: environment.sandbox_environment_id.clone(),
            sdk: arguments.sdk.clone().or_else(installed_sdk),
        }),
        extensions: arguments.extensions,
        ..Settings::default()
    };
    serve::run(App::new(service, settings), listeners).await
}

/// What the folder holds, seeded if it holds nothing yet.
async fn environment(service: &Service, url: &str, file: &Path) -> Result<DevEnvironment, String> {
    let text = |error: selfsame_service::Failure| error.to_string();
    let environments = service.list_environments().await.map_err(text)?;
    if environments.is_empty() {
        let seeded = service
            .seed("Development", true, crate::flow::locale_codes())
            .await
            .map_err(text)?;
        return Ok(DevEnvironment {
            url: url.to_owned(),
            sandbox_api_key: seeded.sandbox.api_key.unwrap_or_default(),
            sandbox_environment_id: seeded.sandbox.environment.id.to_string(),
            production_api_key: seeded.production.api_key.unwrap_or_default(),
            production_environment_id: seeded.production.environment.id.to_string(),
            template_id: seeded.template_id.to_string(),
            form_template_id: seeded.form_template_id.to_string(),
        });
    }
    let of_kind = |kind: EnvironmentKind| {
        environments
            .iter()
            .find(|environment| environment.kind == kind)
            .ok_or_else(|| format!("this data folder has no {} environment", kind.as_str()))
    };
    let (sandbox, production) = (
        of_kind(EnvironmentKind::Sandbox)?,
        of_kind(EnvironmentKind::Production)?,
    );
    let before = read_lines(file);
    let (template_id, form_template_id) = templates(service, &before).await?;
    let key = async |environment: &selfsame_domain::environment::Environment| match service
        .reveal_first_key(environment)
        .await
    {
        Ok(Some(value)) => Ok(value),
        // Every key was removed: a developer's server without one is no use.
        Ok(None) => {
            let operator = Caller::new(environment.clone(), Actor::System);
            let settings = selfsame_service::developer_key();
            let made = service.create_api_key(&operator, settings, &no_receipt);
            made.await.map(|made| made.value.unwrap_or_default())
        }
        Err(error) => Err(error),
    };
    Ok(DevEnvironment {
        url: url.to_owned(),
        sandbox_api_key: key(sandbox).await.map_err(text)?,
        sandbox_environment_id: sandbox.id.to_string(),
        production_api_key: key(production).await.map_err(text)?,
        production_environment_id: production.id.to_string(),
        template_id,
        form_template_id,
    })
}

/// The two templates `dev.env` named before; if it is gone, the oldest with and without verifications.
async fn templates(
    service: &Service,
    before: &BTreeMap<String, String>,
) -> Result<(String, String), String> {
    let known = (
        before.get("SELFSAME_TEMPLATE_ID"),
        before.get("SELFSAME_FORM_TEMPLATE_ID"),
    );
    if let (Some(template), Some(form)) = known {
        return Ok((template.clone(), form.clone()));
    }
    let environments = service
        .list_environments()
        .await
        .map_err(|error| error.to_string())?;
    let environment = environments
        .first()
        .ok_or("this data folder has no environment")?;
    let caller = Caller::new(environment.clone(), Actor::System);
    let page = ListRequest {
        size: 100,
        ..ListRequest::default()
    };
    let found = service
        .list_templates(&caller, &page)
        .await
        .map_err(|error| error.to_string())?;
    let oldest = |with_verifications: bool| {
        found
            .items
            .iter()
            .rev()
            .find(|bundle| {
                bundle.latest_version.as_ref().is_some_and(|version| {
                    version.definition.verifications.is_empty() != with_verifications
                })
            })
            .map(|bundle| bundle.template.id.as_str().to_owned())
            .unwrap_or_default()
    };
    Ok((oldest(true), oldest(false)))
}

fn read_lines(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_paths() {
        assert_eq!(parse_base_path(""), Ok(String::new()));
        assert_eq!(parse_base_path("/base/"), Ok("/base".into()));
        assert!(parse_base_path("base").is_err());
        assert!(parse_base_path("/a b").is_err());
    }
}
