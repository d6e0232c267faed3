//! `selfsame account-type`: account types as a file declares them (A62).

use std::path::{Path, PathBuf};

use clap::Subcommand;
use selfsame_domain::account::AccountType;
use selfsame_domain::account::declare::DeclaredType;
use selfsame_domain::id::{Id, OrganisationId};
use selfsame_service::{Applied, Failure, Service};
use serde::{Deserialize, Serialize};

use super::Installation;

#[derive(Debug, Subcommand)]
pub enum AccountTypeCommand {
    /// List the account types: id, name, and how many fields, statuses and relations
    List {
        /// An organisation's id, where there are several
        #[arg(long, value_name = "ID")]
        organisation: Option<String>,
        #[command(flatten)]
        installation: Installation,
    },
    /// Print account types as a file that `apply` takes; without a name, all of them
    Show {
        /// The name of a type, or its id
        name: Option<String>,
        /// An organisation's id, where there are several
        #[arg(long, value_name = "ID")]
        organisation: Option<String>,
        #[command(flatten)]
        installation: Installation,
    },
    /// Make account types what a file says, TOML or JSON; running servers follow at once
    Apply {
        file: PathBuf,
        /// An organisation's id, where there are several
        #[arg(long, value_name = "ID")]
        organisation: Option<String>,
        #[command(flatten)]
        installation: Installation,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    account_types: Vec<DeclaredType>,
}

pub async fn account_type(command: AccountTypeCommand) -> Result<(), String> {
    match command {
        AccountTypeCommand::List {
            organisation,
            installation,
        } => {
            let (service, organisation) = open(&installation, organisation.as_deref()).await?;
            for kind in types(&service, &organisation).await? {
                let mark = if kind.is_default { ", the default" } else { "" };
                println!(
                    "{}  {}{mark}: {} fields, {} statuses, {} relations",
                    kind.id,
                    kind.name,
                    kind.fields.len(),
                    kind.statuses.len(),
                    kind.relations.len()
                );
            }
        }
        AccountTypeCommand::Show {
            name,
            organisation,
            installation,
        } => {
            let (service, organisation) = open(&installation, organisation.as_deref()).await?;
            let all = types(&service, &organisation).await?;
            let wanted = |kind: &&AccountType| match &name {
                None => true,
                Some(name) => kind.name == *name || kind.id.as_str() == name,
            };
            let shown: Vec<_> = all.iter().filter(wanted).collect();
            if let (Some(name), true) = (&name, shown.is_empty()) {
                return Err(format!("there is no account type {name}"));
            }
            let file = File {
                account_types: shown
                    .into_iter()
                    .map(|kind| DeclaredType::of(kind, &all))
                    .collect(),
            };
            print!(
                "{}",
                toml::to_string_pretty(&file).map_err(|error| error.to_string())?
            );
        }
        AccountTypeCommand::Apply {
            file,
            organisation,
            installation,
        } => {
            let declared = read(&file)?;
            let (service, organisation) = open(&installation, organisation.as_deref()).await?;
            let applied = service
                .apply_account_types(&organisation, &declared.account_types)
                .await
                .map_err(|failure| told(&failure))?;
            for one in applied {
                let outcome = match one.outcome {
                    Applied::Made => "made",
                    Applied::Changed => "changed",
                    Applied::Unchanged => "unchanged",
                };
                println!("{outcome:<9}  {}  {}", one.id, one.name);
            }
        }
    }
    Ok(())
}

/// Each mistake on a line of its own.
fn told(failure: &Failure) -> String {
    let Failure::Refused(refusals) = failure else {
        return failure.to_string();
    };
    let lines = refusals.0.iter();
    let lines = lines.map(|refusal| refusal.details.as_deref().unwrap_or(&refusal.title));
    let lines: Vec<_> = lines.collect();
    format!("nothing was changed:\n  {}", lines.join("\n  "))
}

/// By the end of its name JSON, else TOML.
fn read(path: &Path) -> Result<File, String> {
    let said = |problem: String| format!("{}: {problem}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| said(error.to_string()))?;
    let is_json = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("json"));
    if is_json {
        serde_json::from_str(&text).map_err(|error| said(error.to_string()))
    } else {
        toml::from_str(&text).map_err(|error| said(error.to_string()))
    }
}

async fn open(
    installation: &Installation,
    organisation: Option<&str>,
) -> Result<(Service, OrganisationId), String> {
    let service = installation.open().await?;
    let all = service.list_organisations().await;
    let all = all.map_err(|error| error.to_string())?;
    let chosen = match (organisation, all.as_slice()) {
        (Some(id), all) => {
            let found = all.iter().find(|known| known.as_str() == id);
            found.ok_or_else(|| format!("there is no organisation {id}"))?
        }
        (None, [only]) => only,
        (None, []) => {
            return Err(
                "there is no organisation; `selfsame organisation create` makes one".to_owned(),
            );
        }
        (None, several) => {
            let ids: Vec<_> = several.iter().map(Id::as_str).collect();
            return Err(format!(
                "there are several organisations; name one with --organisation: {}",
                ids.join(", ")
            ));
        }
    };
    Ok((service, chosen.clone()))
}

async fn types(
    service: &Service,
    organisation: &OrganisationId,
) -> Result<Vec<AccountType>, String> {
    let found = service.list_account_types(organisation).await;
    found.map_err(|error| error.to_string())
}
