//! From a URL to a connection that has the settings all our statements rely on.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{is_lost, told};
use crate::StoreError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A peer that vanished without a word is given up after this long.
const SILENCE: Duration = Duration::from_secs(10);
const IDLE_PROBE: Duration = Duration::from_secs(30);
/// At the start a database may still be starting itself.
const START_PATIENCE: Duration = Duration::from_secs(15);
const START_PAUSE: Duration = Duration::from_millis(250);

/// Plans by index, the same at every size: all statements look rows up by key, and a plan that was made while a table
/// was small must not be kept when it is large. `synchronous_commit` may be stricter, never off: an answer is durable.
const SETTINGS: &str = "\
    SET statement_timeout = '10s'; \
    SET lock_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '30s'; \
    SET plan_cache_mode = force_generic_plan; \
    SET enable_seqscan = off; \
    SET enable_hashjoin = off; \
    SET enable_mergejoin = off; \
    SET jit = off; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

const OLDEST_SERVER: i32 = 130_000;

pub struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// Hosts and database, without the password.
    pub shown: String,
}

impl Connector {
    /// `postgres://user:password@host[:port][,host…]/database[?sslmode=disable|require|verify-full][&sslrootcert=FILE]`.
    ///
    /// Certificates are always verified. Without `sslmode`, a server on this machine is spoken to in the clear and any
    /// other over TLS.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Open {
            path: "the PostgreSQL database".into(),
            reason,
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(refuse(
                "its URL must begin with postgres://, as in postgres://user:password@host:5432/database".into(),
            ));
        }
        let (url, mode, root) = take_tls_parameters(url);
        let mut config = Config::from_str(&url).map_err(|error| refuse(told(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(refuse("its URL names no host".into()));
        }
        let encrypted = match mode.as_deref() {
            None => !is_local(&config),
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(other) => {
                return Err(refuse(format!(
                    "sslmode={other} protects nothing that can be relied on; use disable, require or verify-full"
                )));
            }
        };
        config.ssl_mode(if encrypted {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        // With several hosts, whichever takes writes.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("selfsame");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        config.keepalives_idle(IDLE_PROBE);
        let tls = if encrypted {
            Some(tls(root.as_deref().map(Path::new)).map_err(refuse)?)
        } else {
            None
        };
        Ok(Self {
            shown: shown(&config),
            config,
            tls,
        })
    }

    pub async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        // What ends a connection is told to whoever waits for an answer on it.
        let client = if let Some(tls) = &self.tls {
            let (client, connection) = self.config.connect(tls.clone()).await?;
            tokio::spawn(connection);
            client
        } else {
            let (client, connection) = self.config.connect(NoTls).await?;
            tokio::spawn(connection);
            client
        };
        client.batch_execute(SETTINGS).await?;
        Ok(client)
    }

    /// Waits for a database that is about to come; whatever else is wrong is said at once.
    pub async fn connect_at_start(&self) -> Result<Client, StoreError> {
        let begun = Instant::now();
        let client = loop {
            match self.connect().await {
                Ok(client) => break client,
                Err(error) if is_lost(&error) && begun.elapsed() < START_PATIENCE => {
                    tracing::warn!(database = %self.shown, error = %told(&error), "waiting for PostgreSQL");
                    tokio::time::sleep(START_PAUSE).await;
                }
                Err(error) => return Err(self.failed_to_open(&error)),
            }
        };
        let check = "SELECT current_setting('server_version_num')::int4, current_setting('server_encoding'), \
                     current_setting('server_version'), current_setting('fsync')";
        let row = client
            .query_one(check, &[])
            .await
            .map_err(|error| self.failed_to_open(&error))?;
        let (number, encoding): (i32, String) = (row.get(0), row.get(1));
        let (version, fsync): (String, String) = (row.get(2), row.get(3));
        let refuse = |reason: String| StoreError::Open {
            path: self.shown.clone(),
            reason,
        };
        if number < OLDEST_SERVER {
            return Err(refuse(format!(
                "PostgreSQL 13 or later is needed, this is {version}"
            )));
        }
        if encoding != "UTF8" {
            return Err(refuse(format!(
                "the database's encoding is {encoding}; create it with ENCODING 'UTF8' TEMPLATE template0"
            )));
        }
        if fsync != "on" {
            tracing::warn!(database = %self.shown, "fsync is off in PostgreSQL: what is answered may be lost with its machine");
        }
        Ok(client)
    }

    pub fn failed_to_open(&self, error: &tokio_postgres::Error) -> StoreError {
        let reason = told(error);
        let advice = match error.code().map(tokio_postgres::error::SqlState::code) {
            Some("28P01" | "28000") => "; check user and password in the URL, and pg_hba.conf",
            Some("3D000") => "; create it first, for example with createdb",
            Some("42501" | "3F000") => "; the user must own the database or its schema",
            _ if is_lost(error) => "; check host and port, and that PostgreSQL runs",
            _ => "",
        };
        StoreError::Open {
            path: self.shown.clone(),
            reason: format!("{reason}{advice}"),
        }
    }
}

/// The parameters that the client library does not know, taken out of the URL.
fn take_tls_parameters(url: &str) -> (String, Option<String>, Option<String>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), None, None);
    };
    let (mut mode, mut root, mut rest) = (None, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value.to_owned()),
            Some(("sslrootcert", value)) => root = Some(value.to_owned()),
            _ => rest.push(pair),
        }
    }
    let url = if rest.is_empty() {
        base.to_owned()
    } else {
        format!("{base}?{}", rest.join("&"))
    };
    (url, mode, root)
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn shown(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts: Vec<_> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(index, host)| {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => format!("{}:{port}", path.display()),
            }
        })
        .collect();
    let database = config.get_dbname().or(config.get_user());
    format!(
        "postgres://{}/{}",
        hosts.join(","),
        database.unwrap_or_default()
    )
}

fn tls(root: Option<&Path>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = root {
        let failed = |reason: String| format!("sslrootcert {}: {reason}", file.display());
        let certificates =
            CertificateDer::pem_file_iter(file).map_err(|error| failed(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| failed(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| failed(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(failed("there is no certificate in this file".into()));
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            return Err(
                "this system has no certificate authorities; name one with sslrootcert=FILE".into(),
            );
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        match Connector::parse(url) {
            Ok(_) => panic!("{url} was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_wrong_url_is_refused_with_what_is_wrong() {
        assert!(refusal("mysql://localhost/x").contains("must begin with postgres://"));
        assert!(refusal("postgres://localhost/x?sslmode=prefer").contains("sslmode=prefer"));
        assert!(refusal("postgres://localhost:port/x").contains("port"));
        assert!(refusal("postgres:///x").contains("no host"));
        assert!(
            refusal("postgres://localhost/x?sslmode=require&sslrootcert=/no/such.pem")
                .contains("/no/such.pem")
        );
    }

    #[test]
    fn what_is_shown_never_holds_the_password() {
        let url = "postgres://me:secret@one.example:5433,two.example/people?sslmode=disable";
        let connector = Connector::parse(url).unwrap();
        assert_eq!(
            connector.shown,
            "postgres://one.example:5433,two.example:5432/people"
        );
    }

    #[test]
    fn only_a_server_on_this_machine_is_spoken_to_in_the_clear_unasked() {
        let encrypted = |url| Connector::parse(url).unwrap().tls.is_some();
        assert!(!encrypted("postgres://me@localhost/x"));
        assert!(!encrypted("postgres://me@127.0.0.1,[::1]/x"));
        assert!(!encrypted("postgres://me@db.example/x?sslmode=disable"));
    }
}
