//! The HTTP client: TLS with the authorities that the system and the operator trust, and connections that are kept.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::connect::Connector;
use super::{Addresses, OutboundError, OutboundOptions, Resolve};

/// W55: connections to one host that wait for the next call, and for how long.
const KEPT: usize = 32;
const KEPT_FOR: Duration = Duration::from_secs(30);
/// A peer of HTTP/2 that vanished is found out within one attempt.
const SILENCE: Duration = Duration::from_secs(2);
/// An answer's head, and as much of its body as is in flight.
const BUFFER: usize = 64 * 1024;
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

pub(super) type HttpClient = Client<HttpsConnector<Connector>, Full<Bytes>>;

/// Redirects are answers like any other, and no proxy is asked of the environment: hyper's client knows neither.
pub(super) fn build(
    options: &OutboundOptions,
    resolver: Arc<dyn Resolve>,
) -> Result<HttpClient, OutboundError> {
    let connector = Connector {
        addresses: Addresses::new(options.allow.clone(), options.loopback),
        resolver,
    };
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls(options.ca_file.as_deref())?)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEPT_FOR)
        .pool_max_idle_per_host(KEPT)
        .http1_title_case_headers(true)
        .http1_max_buf_size(BUFFER)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(SILENCE)
        .http2_keep_alive_timeout(SILENCE)
        .build(connector))
}

fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, OutboundError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if let Some(file) = ca_file {
        for certificate in read_certificates(file)? {
            roots
                .add(certificate)
                .map_err(|error| ca_failure(file, error.to_string()))?;
        }
    }
    if roots.is_empty() {
        tracing::warn!(
            "this system has no certificate authorities, so no webhook can be delivered; name some with webhooks.ca-file"
        );
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OutboundError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, OutboundError> {
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| ca_failure(file, error.to_string()))?;
    if certificates.is_empty() {
        return Err(ca_failure(
            file,
            "there is no certificate in this file".into(),
        ));
    }
    Ok(certificates)
}

fn ca_failure(file: &Path, reason: String) -> OutboundError {
    OutboundError::CaFile {
        path: file.to_owned(),
        reason,
    }
}
