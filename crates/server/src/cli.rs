//! The command line.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the command line speaks to its user here"
)]

mod account_type;
mod backup;
mod banner;
mod check;
mod dev;
mod migrate_store;
pub mod port;
mod progress;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, LogFormat};
use crate::serve::{self, Folder};

/// A self-hosted identity-verification server that speaks Persona's public interfaces.
///
/// Selfsame makes sure that everything learned about a person hangs off exactly one account, named by your own
/// user id, the reference ID. It is compatible with Persona's public interfaces and not affiliated with Persona.
#[derive(Debug, Parser)]
#[command(name = "selfsame", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a developer's server: makes its own data, keys and templates, and prints links to try
    Dev(dev::DevArguments),
    /// Start the server of an installation
    Serve {
        /// The configuration; `selfsame config` prints every key with its default
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Back up an installation with the embedded store while its server runs
    Backup(backup::BackupArguments),
    /// Make an installation of a backup
    Restore(backup::RestoreArguments),
    /// Look an installation over, without changing anything
    Check(check::CheckArguments),
    /// Copy everything from one store into another, empty one: from the embedded store to PostgreSQL, or back
    MigrateStore(migrate_store::MigrateStoreArguments),
    /// Print every configuration key with its default
    Config,
    /// Make an organisation with its environments, account type and first templates
    Organisation {
        #[command(subcommand)]
        command: tools::OrganisationCommand,
    },
    /// Make API keys
    Key {
        #[command(subcommand)]
        command: tools::KeyCommand,
    },
    /// List, show and change account types: fields, statuses, relations
    AccountType {
        #[command(subcommand)]
        command: account_type::AccountTypeCommand,
    },
    /// Change inquiry templates
    Template {
        #[command(subcommand)]
        command: tools::TemplateCommand,
    },
}

/// Which installation a command is about.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
struct Installation {
    /// The configuration of `selfsame serve`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder of `selfsame dev`
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Installation {
    /// Where an installation keeps its things, whether they are there or not.
    fn folder(&self) -> Result<Folder, String> {
        match (&self.config, &self.data) {
            (Some(path), _) => Ok(folder_of(&Config::load(path)?)),
            (None, Some(data)) => Ok(Folder::new(data)),
            (None, None) => Err("give --config FILE or --data DIR".into()),
        }
    }

    /// The same, where the store is an embedded one.
    fn embedded_folder(&self) -> Result<Folder, String> {
        let folder = self.folder()?;
        if folder.database.is_some() {
            return Err(
                "this is for the embedded store; the database of this installation is PostgreSQL, which has its own \
                 tools: see \"Backup and restore\" in docs/operations.md"
                    .into(),
            );
        }
        Ok(folder)
    }

    async fn open(&self) -> Result<selfsame_service::Service, String> {
        match (&self.config, &self.data) {
            (Some(path), _) => {
                let config = Config::load(path)?;
                serve::open(&folder_of(&config), options_of(&config)).await
            }
            (None, Some(data)) if data.is_dir() => {
                serve::open(&Folder::new(data), dev::options("http://localhost:3000")).await
            }
            (None, Some(data)) => Err(format!("there is no data folder {}", data.display())),
            (None, None) => Err("give --config FILE or --data DIR".into()),
        }
    }
}

fn folder_of(config: &Config) -> Folder {
    Folder {
        data: config.data.clone(),
        master_key: config.master_key_file.clone(),
        database: (!config.database.is_empty()).then(|| config.database.clone()),
    }
}

fn options_of(config: &Config) -> selfsame_service::Options {
    selfsame_service::Options {
        public_url: config.public_url.clone(),
        keep_reference_id_on_redaction: config.accounts.keep_reference_id_on_redaction,
        follow_consolidation: config.accounts.follow_consolidation,
        templates_readable_in_sandbox: config.templates.readable_in_sandbox,
        imports: selfsame_service::ImportLimits {
            max_bytes: config.importers.max_bytes,
            max_rows: config.importers.max_rows,
        },
        api_log_days: config.api_logs.keep_days,
        event_days: config.events.keep_days,
        outbound: config.outbound(),
    }
}

/// Runs the command line and says what went wrong, if anything did.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("selfsame: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("selfsame: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Dev(arguments) => {
            let _log = log_to_stderr(LogFormat::Text);
            dev::run(&arguments).await
        }
        Command::Serve { config } => {
            let config = Config::load(&config)?;
            let _log = log_to_stderr(config.log_format);
            let settings = config.settings()?;
            serve::install_metrics();
            let service = serve::open(&folder_of(&config), options_of(&config)).await?;
            service.sender().map_err(|error| error.to_string())?;
            let listener = serve::listen(config.listen).await?;
            tracing::info!(listen = %config.listen, public_url = %config.public_url, "serving");
            serve::run(crate::app::App::new(service, settings), vec![listener]).await
        }
        Command::Backup(arguments) => backup::backup(arguments),
        Command::Restore(arguments) => backup::restore(arguments),
        Command::Check(arguments) => check::check(arguments).await,
        Command::MigrateStore(arguments) => migrate_store::migrate_store(arguments).await,
        Command::Config => {
            print!("{}", include_str!("config.default.toml"));
            Ok(())
        }
        Command::Organisation { command } => tools::organisation(command).await,
        Command::Key { command } => tools::key(command).await,
        Command::AccountType { command } => account_type::account_type(command).await,
        Command::Template { command } => tools::template(command).await,
    }
}

/// Lines are handed to a thread that writes together what is waiting: no request waits for the terminal, pipe or file
/// behind standard error. None is dropped; the last ones are written when the guard is.
fn log_to_stderr(format: LogFormat) -> tracing_appender::non_blocking::WorkerGuard {
    use tracing_appender::non_blocking::NonBlockingBuilder;
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,refinery_core=warn"));
    // Whatever is asked for: below this the database's client logs the values of every statement.
    let filter = match "tokio_postgres=warn".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .finish(std::io::BufWriter::new(std::io::stderr()));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    // A second call, as in tests, keeps the first one's choice.
    drop(match format {
        LogFormat::Text => {
            let on_a_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            builder
                .with_target(false)
                .with_ansi(on_a_terminal)
                .compact()
                .try_init()
        }
        LogFormat::Json => builder.json().try_init(),
    });
    guard
}
