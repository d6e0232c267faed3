//! The small commands: organisations, keys, templates.

use clap::Subcommand;
use selfsame_domain::api_key::{self, ApiKeySettings};
use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::id::{EnvironmentId, Id, TemplateId};
use selfsame_domain::permission::Permission;
use selfsame_service::{Actor, Caller, TemplateChange, no_receipt};
use selfsame_wire::ApiVersion;

use super::Installation;

#[derive(Debug, Subcommand)]
pub enum OrganisationCommand {
    /// Make an organisation; prints the ids of its environments and templates
    Create {
        #[arg(long)]
        name: String,
        #[command(flatten)]
        installation: Installation,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make an API key and print its value
    Create {
        /// An environment's id, or `sandbox` or `production` where there is only one of that kind
        #[arg(long)]
        environment: String,
        /// What the key is for
        #[arg(long)]
        name: String,
        /// A permission, as often as needed; without any, all but those over keys
        #[arg(long = "permission", value_name = "PERMISSION")]
        permissions: Vec<String>,
        /// A rate limit of the key's own, besides that of its environment
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        requests_per_minute: Option<u32>,
        #[command(flatten)]
        installation: Installation,
    },
}

#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// Change the settings of a template; what is not named stays
    Set {
        id: String,
        /// active or inactive
        #[arg(long, value_parser = ["active", "inactive"])]
        status: Option<String>,
        /// A host that may embed and be redirected to; replaces the list, as often as needed
        #[arg(long = "allow-domain", value_name = "HOST")]
        allowed_domains: Vec<String>,
        /// Allow every host again
        #[arg(long, conflicts_with = "allowed_domains")]
        allow_all_domains: bool,
        /// Where a finished person is sent; empty removes it
        #[arg(long, value_name = "URI")]
        redirect_uri: Option<String>,
        /// Refuse inquiries that a link or an embed would make
        #[arg(long, value_name = "BOOL")]
        block_client_creation: Option<bool>,
        #[command(flatten)]
        installation: Installation,
    },
    /// Copy a template's live version into a new template; prints its id
    Copy {
        id: String,
        #[arg(long)]
        name: String,
        #[command(flatten)]
        installation: Installation,
    },
}

pub async fn organisation(command: OrganisationCommand) -> Result<(), String> {
    let OrganisationCommand::Create { name, installation } = command;
    let service = installation.open().await?;
    let made = service
        .seed(&name, false, crate::flow::locale_codes())
        .await
        .map_err(|error| error.to_string())?;
    println!("sandbox environment     {}", made.sandbox.environment.id);
    println!("production environment  {}", made.production.environment.id);
    println!("template, ID and selfie {}", made.template_id);
    println!("template, form only     {}", made.form_template_id);
    Ok(())
}

pub async fn key(command: KeyCommand) -> Result<(), String> {
    let KeyCommand::Create {
        environment,
        name,
        permissions,
        requests_per_minute,
        installation,
    } = command;
    api_key::check_name(&name).map_err(|problem| format!("the name {problem}"))?;
    let permissions = permissions
        .iter()
        .map(|text| Permission::parse(text).ok_or_else(|| format!("there is no permission {text}")))
        .collect::<Result<Vec<_>, _>>()?;
    let service = installation.open().await?;
    let all = service
        .list_environments()
        .await
        .map_err(|error| error.to_string())?;
    let matching: Vec<_> = if let Some(kind) = EnvironmentKind::parse(&environment) {
        all.into_iter().filter(|known| known.kind == kind).collect()
    } else {
        let id = EnvironmentId::parse(&environment)
            .map_err(|_| format!("{environment} is no environment id"))?;
        all.into_iter().filter(|known| known.id == id).collect()
    };
    let [chosen] = matching.as_slice() else {
        return Err(match matching.len() {
            0 => format!(
                "there is no environment {environment}; `selfsame organisation create` makes some"
            ),
            several => {
                format!("there are {several} {environment} environments; name one by its id")
            }
        });
    };
    let mut settings = ApiKeySettings::new(name, ApiVersion::DEFAULT.as_str());
    settings.requests_per_minute = requests_per_minute;
    if !permissions.is_empty() {
        settings.permissions = api_key::names(&permissions);
    }
    let operator = Caller::new(chosen.clone(), Actor::System);
    let made = service
        .create_api_key(&operator, settings, &no_receipt)
        .await
        .map_err(|error| error.to_string())?;
    println!("{}", made.value.unwrap_or_default());
    Ok(())
}

pub async fn template(command: TemplateCommand) -> Result<(), String> {
    let parse =
        |id: &str| TemplateId::parse(id).map_err(|_| format!("{id} is no template id (itmpl_…)"));
    match command {
        TemplateCommand::Set {
            id,
            status,
            allowed_domains,
            allow_all_domains,
            redirect_uri,
            block_client_creation,
            installation,
        } => {
            let change = TemplateChange {
                active: status.map(|status| status == "active"),
                allowed_domains: (allow_all_domains || !allowed_domains.is_empty())
                    .then_some(allowed_domains),
                redirect_uri: redirect_uri.map(|uri| (!uri.is_empty()).then_some(uri)),
                block_client_creation,
            };
            let service = installation.open().await?;
            service
                .change_template(&parse(&id)?, change)
                .await
                .map_err(|error| error.to_string())?;
        }
        TemplateCommand::Copy {
            id,
            name,
            installation,
        } => {
            let service = installation.open().await?;
            let copy = service
                .copy_template(&parse(&id)?, &name)
                .await
                .map_err(|error| error.to_string())?;
            println!("{}", copy.id);
        }
    }
    Ok(())
}
