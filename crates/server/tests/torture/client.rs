//! One connection to a server, speaking HTTP/1.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::BOUND;

pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    port: u16,
    key: String,
}

/// Status and body.
pub type Answer = (u16, Bytes);

impl Client {
    pub async fn connect(port: u16, key: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            port,
            key: key.to_owned(),
        })
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, hyper::Error> {
        let mut headers = vec![("content-type", "application/json")];
        let bearer = format!("Bearer {}", self.key);
        headers.push(("authorization", &bearer));
        headers.extend(idempotency_key.map(|key| ("idempotency-key", key)));
        let body = body.map(Value::to_string).unwrap_or_default();
        self.exchange(method, path, &headers, body.into()).await
    }

    /// A call of the flow's page, by whoever holds the session token.
    pub async fn visit(
        &mut self,
        token: &str,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Answer, hyper::Error> {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", content_type), ("authorization", &bearer)];
        self.exchange(Method::POST, path, &headers, body).await
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, hyper::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("localhost:{}", self.port));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).unwrap();
        let exchange = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status().as_u16();
            Ok((status, answer.into_body().collect().await?.to_bytes()))
        };
        tokio::time::timeout(BOUND, exchange)
            .await
            .unwrap_or_else(|_| panic!("no answer to {path}"))
    }

    /// A 200 and its document.
    pub async fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None, None).await.unwrap();
        let document = parsed(&body);
        assert_eq!(status, 200, "{path}: {document}");
        document
    }

    /// All pages of a list, newest first.
    pub async fn list(&mut self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = format!("{path}&page%5Bsize%5D=100");
        loop {
            let page = self.get(&next).await;
            items.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["links"]["next"].as_str() {
                Some(link) => link.clone_into(&mut next),
                None => return items,
            }
        }
    }

    /// How often an event of this name tells of an object.
    pub async fn count_events(&mut self, object: &str, name: &str) -> usize {
        let path = format!("/api/v1/events?filter%5Bobject-id%5D={object}");
        let events = self.list(&path).await;
        let is_named = |event: &&Value| text(event, "/attributes/name") == name;
        events.iter().filter(is_named).count()
    }
}

pub fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)))
}

pub fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {document}"))
}
