//! HTTP to a server on this machine: one connection, one request at a time, no pool in between.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::request::Builder;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Problem;

/// An answer that takes longer ends the run.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The same for a file, which is read once before it is answered.
const LONGEST_UPLOAD: Duration = Duration::from_mins(5);
const BOUNDARY: &str = "the-end-of-a-part";

/// Where requests go, and with which key.
#[derive(Debug, Clone)]
pub struct Target {
    pub address: SocketAddr,
    /// Without a slash at the end.
    pub base_path: String,
    pub key: String,
    pub template: String,
}

impl Target {
    /// From a base URL; anything but plain http to this machine is refused.
    pub fn parse(url: &str, key: String, template: String) -> Result<Self, Problem> {
        let uri: Uri = url.parse()?;
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip = match host {
            "localhost" => "127.0.0.1".parse()?,
            other => other.parse::<std::net::IpAddr>().ok().ok_or_else(|| {
                format!("{url}: give an address of this machine, such as http://127.0.0.1:3000")
            })?,
        };
        if uri.scheme_str() != Some("http") || !ip.is_loopback() {
            return Err(
                format!("{url}: only http:// to a loopback address is put under load").into(),
            );
        }
        Ok(Self {
            address: SocketAddr::new(ip, uri.port_u16().unwrap_or(80)),
            base_path: uri.path().trim_end_matches('/').to_owned(),
            key,
            template,
        })
    }

    /// The same requests to something else on this machine.
    pub fn moved_to(&self, address: SocketAddr) -> Self {
        Self {
            address,
            base_path: String::new(),
            ..self.clone()
        }
    }
}

pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    authorization: String,
}

impl Client {
    pub async fn connect(target: &Target) -> Result<Self, Problem> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: target.address.to_string(),
            authorization: format!("Bearer {}", target.key),
        })
    }

    /// `body`: the text, and the idempotency key it goes with.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(String, &str)>,
    ) -> Result<(StatusCode, Bytes), Problem> {
        let mut request = self.request(method, path);
        let body = match body {
            Some((text, key)) => {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .header("idempotency-key", key);
                Full::from(text)
            }
            None => Full::default(),
        };
        self.exchange(request.body(body)?, LONGEST_WAIT).await
    }

    /// Sends a file as the one part of a form.
    pub async fn upload(
        &mut self,
        path: &str,
        filename: &str,
        file: &[u8],
    ) -> Result<(StatusCode, Bytes), Problem> {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), file, end.as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, kind);
        self.exchange(request.body(body.into())?, LONGEST_UPLOAD)
            .await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.authorization)
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        patience: Duration,
    ) -> Result<(StatusCode, Bytes), Problem> {
        let path = request.uri().to_string();
        let exchange = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status();
            Ok::<_, hyper::Error>((status, answer.into_body().collect().await?.to_bytes()))
        };
        match tokio::time::timeout(patience, exchange).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(format!("no answer within {patience:?} to {path}").into()),
        }
    }
}

/// An answer nobody wanted, cut to what fits a line.
pub fn unexpected(what: &str, status: StatusCode, body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    let shown: String = body.chars().take(300).collect();
    format!("{what} was answered with {status}: {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_put_under_load() {
        let target = |url: &str| Target::parse(url, String::new(), String::new());
        for bad in [
            "http://192.168.0.1:3000",
            "http://example.com",
            "https://127.0.0.1",
            "http://0.0.0.0:1",
            "127.0.0.1:3000",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
        let based = target("http://localhost:4000/base/").unwrap();
        assert_eq!(
            (based.address.to_string().as_str(), based.base_path.as_str()),
            ("127.0.0.1:4000", "/base")
        );
        assert_eq!(
            target("http://[::1]:9").unwrap().address.to_string(),
            "[::1]:9"
        );
    }
}
