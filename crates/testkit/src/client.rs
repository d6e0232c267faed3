//! Calls to the Server API, in process.

use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt as _;
use selfsame_domain::api_key::ApiKeySettings;
use selfsame_service::Service;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::schema::KeyStyle;
use crate::{Answer, schema};

/// One caller: a key, perhaps none, and the headers it always sends.
#[derive(Debug, Clone)]
pub struct Client {
    router: Router,
    service: Service,
    headers: Vec<(String, String)>,
    key: KeyStyle,
}

impl Client {
    pub(crate) fn new(router: Router, service: Service, key: Option<&str>) -> Self {
        let client = Self {
            router,
            service,
            headers: Vec::new(),
            key: KeyStyle::default(),
        };
        match key {
            Some(key) => client.with("authorization", &format!("Bearer {key}")),
            None => client,
        }
    }

    pub(crate) fn of_key(mut self, settings: &ApiKeySettings) -> Self {
        self.key = KeyStyle {
            version: Some(settings.api_version.clone()),
            hides: !settings.attributes_blocklist.is_empty(),
        };
        self
    }

    /// The service behind the server that is asked.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The same caller, sending one more header with every call.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// `path` is relative to `/api/v1`, query included.
    pub fn call(&self, method: Method, path: &str) -> Call {
        self.at(method, &format!("/api/v1{path}"))
    }

    /// A call to an operation by its whole address.
    pub fn at(&self, method: Method, target: &str) -> Call {
        Call {
            router: self.router.clone(),
            method,
            target: target.to_owned(),
            headers: self.headers.clone(),
            key: self.key.clone(),
            body: Vec::new(),
            checked: true,
        }
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).json(&body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call(Method::PATCH, path).json(&body)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// A call to any place of the server. What is published of the Server API does not apply; what we say of our own
    /// operations does.
    pub fn elsewhere(&self, method: Method, target: &str) -> Call {
        let is_described = ![Method::HEAD, Method::OPTIONS].contains(&method);
        let mut call = self.at(method, target);
        call.checked = is_described && schema::is_ours(target);
        call
    }
}

/// One request, sent when it is awaited.
#[must_use = "a call is sent when it is awaited"]
#[derive(Debug, Clone)]
pub struct Call {
    router: Router,
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    key: KeyStyle,
    body: Vec<u8>,
    checked: bool,
}

impl Call {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Any bytes as the body.
    pub fn raw(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self.header("content-type", content_type)
    }

    pub async fn send(self) -> Answer {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.target)
            .body(Body::from(self.body))
            .unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.target));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            let value = HeaderValue::from_str(value).expect("a header value");
            request.headers_mut().append(name, value);
        }
        let Ok(response) = self.router.oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .expect("a whole body")
            .to_bytes()
            .to_vec();
        let answer = Answer {
            request: format!("{} {}", self.method, self.target),
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        };
        if self.checked && answer.header("content-encoding").is_none() {
            schema::check(
                &self.method,
                &self.target,
                &self.headers,
                &self.key,
                &answer,
            );
        }
        answer
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
