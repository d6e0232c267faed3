//! One request on its way: size, authentication, address, rate limit, permission, idempotency, validation,
//! action (C21), then the answer.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use selfsame_domain::file::FileReference;
use selfsame_domain::id::{Id, IdError, RequestId};
use selfsame_domain::permission::Permission;
use selfsame_domain::{Refusal, Refusals};
use selfsame_service::{
    AuthenticatedKey, Caller, Failure, FileLinks, Grounds, ListRequest, Upload,
};
use selfsame_store::{Page, StoredAnswer};
use selfsame_wire::search::SearchRequest;
use selfsame_wire::{
    ApiVersion, Document, Fieldsets, Include, Inflection, PageRequest, Query, body, inflection,
    parse_json,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::authenticate::{authenticate, check_address};
use super::error::status_and_document;
use super::file::Wish;
use super::idempotency::Idempotency;
use super::limits;
use super::note::{Answered, Sent, note};
use super::operation::{Method, Operation, outside, root};
use super::respond::{Answer, Style, response};
use super::upload;
use crate::app::App;
use crate::limit::Standing;

const LARGEST_BODY: usize = 15_000_000;
const SLOWEST_BODY: Duration = Duration::from_mins(1);
/// How often a request begins again because keys or templates changed under it.
const MOST_BEGINNINGS: u32 = 10;

/// What a handler gets.
pub struct Call {
    pub app: App,
    pub caller: Caller,
    pub query: Query,
    /// Keys in kebab case, except below the operation's opaque members.
    pub body: Value,
    /// The file that came instead of a body (M3).
    pub upload: Option<Arc<Upload>>,
    /// How the environment's rate limit stands, this request counted.
    pub standing: Standing,
    /// What the request says about the part of a file it wants; of no other answers.
    pub wish: Wish,
    style: Style,
    pub operation: &'static Operation,
    path: Vec<(String, String)>,
    idempotency: Option<Idempotency>,
    grounds: Grounds,
    rendered: Mutex<Option<Answer>>,
}

impl Call {
    /// An id out of the path. A wrong prefix is a 400 (C45), a tail that no id has a 404.
    pub fn id<T: Id>(&self, name: &str) -> Result<T, Refusal> {
        let text = self.text(name);
        T::parse(text).map_err(|error| match error {
            IdError::WrongPrefix { expected } => {
                Refusal::wrong_prefix(&inflection::snake(name), expected, text)
            }
            IdError::Malformed => Refusal::not_found(),
        })
    }

    /// A path parameter as it is.
    pub fn text(&self, name: &str) -> &str {
        self.path
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// The version the caller asked for.
    pub fn version(&self) -> ApiVersion {
        self.style.version
    }

    pub fn include(&self, allowed: &[&str]) -> Result<Include, Refusal> {
        let include = Include::parse(&self.query, allowed)?;
        let unasked = self.version().includes_by_default() && self.operation.answers.is_a_person();
        Ok(match include {
            Include::Absent if unasked => Include::all(allowed),
            asked => asked,
        })
    }

    pub fn page(&self) -> Result<PageRequest, Refusal> {
        PageRequest::parse(&self.query)
    }

    /// The body of a search, unless it asks for what the key never gets.
    pub fn search(
        &self,
        kind: &str,
        place: fn(&str) -> Vec<&str>,
    ) -> Result<SearchRequest, Refusals> {
        let request = selfsame_wire::search::parse(&self.body, &self.query)?;
        request.refuse_blocked(&self.style.blocklist, kind, place)?;
        Ok(request)
    }

    /// Refuses filters the list does not know (C97).
    pub fn allow_filters(&self, names: &[&str]) -> Result<(), Refusal> {
        selfsame_wire::filter::allowed(&self.query, names)
    }

    pub fn filter_list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        selfsame_wire::filter::id_list(&self.query, &["filter", name])
    }

    pub fn answer(&self, document: Value) -> Answer {
        self.style.answer(self.operation.success, document)
    }

    /// Like [`Call::answer`], for documents of inquiries and accounts.
    pub fn write<D: Serialize>(&self, document: &Document<D>) -> Answer {
        self.style.write(self.operation.success, document)
    }

    /// See [`Style::shown`].
    pub fn shown(&self, document: &impl Serialize) -> Value {
        self.style
            .shown(serde_json::to_value(document).unwrap_or_default())
    }

    pub fn write_with<D: Serialize>(&self, status: u16, document: &Document<D>) -> Answer {
        self.style.write(status, document)
    }

    /// Whether the caller's key gets to see, in one of these resource objects, where this file is (C26).
    pub fn sees_file(
        &self,
        file: &FileReference,
        objects: impl IntoIterator<Item = Value>,
    ) -> bool {
        let blocklist = &self.style.blocklist;
        objects.into_iter().any(|object| {
            let mut document = json!({"data": object});
            blocklist.apply(&mut document);
            selfsame_wire::file::refers_to(&document, file)
        })
    }

    /// Whether anything is hidden from the caller's key.
    pub fn has_blocklist(&self) -> bool {
        !self.style.blocklist.is_empty()
    }

    /// A receipt for the service: the answer as it will be sent, to be stored in the same transaction.
    pub fn receipt<'a, T>(
        &'a self,
        render: impl Fn(&T) -> Answer + Send + Sync + 'a,
    ) -> impl Fn(&T) -> Option<StoredAnswer> + Send + Sync + 'a {
        move |outcome| {
            let idempotency = self.idempotency.as_ref()?;
            let answer = render(outcome);
            let stored = idempotency.stored(&self.app, &answer);
            *self.rendered.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            Some(stored)
        }
    }

    /// The answer that the receipt of what was committed holds, if the request has one: it need not be made twice.
    pub fn rendered(&self) -> Option<Answer> {
        self.rendered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// An answer that no commit made and that a retry is to get again: a conflict told as a document (R13).
    pub async fn keep(&self, answer: Answer) -> Result<Answer, Failure> {
        let Some(idempotency) = &self.idempotency else {
            return Ok(answer);
        };
        let kept = idempotency.keep(&self.app, &self.grounds, &answer).await?;
        Ok(kept.unwrap_or(answer))
    }

    /// The document of a page; `items` are resource objects, newest first.
    pub fn page_document(
        &self,
        page: &PageRequest,
        items: Vec<Value>,
        has_newer: bool,
        has_older: bool,
    ) -> Value {
        let id = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
        let (first, last) = (items.first().and_then(id), items.last().and_then(id));
        let ends = (first.as_deref(), last.as_deref());
        let links = self.links(page, ends, has_newer, has_older);
        json!({"data": items, "links": links})
    }

    /// One page of a list, each of its objects as `document` has it.
    pub fn answer_page<T>(
        &self,
        page: &PageRequest,
        found: &Page<T>,
        document: impl Fn(&T) -> Value,
    ) -> Answer {
        let items = found.items.iter().map(document).collect();
        self.answer(self.page_document(page, items, found.has_newer, found.has_older))
    }

    /// Like [`Call::answer_page`], of what [`Call::write`] writes.
    pub fn write_page<'a, T, D: Serialize>(
        &self,
        page: &PageRequest,
        found: &'a Page<T>,
        id: impl Fn(&'a T) -> &'a str,
        document: impl Fn(&'a T) -> Result<D, Failure>,
    ) -> Result<Answer, Failure> {
        let ends = (found.items.first().map(&id), found.items.last().map(&id));
        let links = self.links(page, ends, found.has_newer, found.has_older);
        let data: Vec<D> = found.items.iter().map(document).collect::<Result<_, _>>()?;
        let mut document = Document::new(data);
        document.links = Some(links);
        Ok(self.write(&document))
    }

    /// `ends`: the ids of the page's first and last object.
    fn links(
        &self,
        page: &PageRequest,
        ends: (Option<&str>, Option<&str>),
        has_newer: bool,
        has_older: bool,
    ) -> Value {
        let mut path = format!("{}{}", root(self.operation), self.operation.path);
        for (name, value) in &self.path {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let (first, last) = ends;
        selfsame_wire::page::links(&path, &self.query, page, first, last, has_newer, has_older)
    }
}

/// What the service reads of a page request.
pub fn list_request(page: &PageRequest) -> ListRequest {
    ListRequest {
        size: page.size,
        after: page.after.clone(),
        before: page.before.clone(),
    }
}

/// What is known of a request before its operation runs, for the answer's headers.
struct Trace {
    request_id: RequestId,
    key: Option<Arc<AuthenticatedKey>>,
    grounds: Option<Grounds>,
    standing: Option<Standing>,
    /// The standing once the request is counted, which it is once however often it begins.
    counted: Option<Standing>,
    /// How the quota of what is created stands, this request counted.
    quota: Option<Standing>,
    style: Style,
    /// What came in, once it has been dealt with, if it is to be logged.
    sent: Option<Sent>,
    /// The answer is one that was given before (L11).
    is_replay: AtomicBool,
}

impl Trace {
    fn replay(&self, answer: Answer) -> Answer {
        self.is_replay.store(true, Ordering::Relaxed);
        self.style.replay(answer)
    }
}

pub async fn handle(
    app: App,
    operation: &'static Operation,
    path: Option<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let begun = Instant::now();
    let at = app.service.now();
    let mut trace = Trace {
        request_id: RequestId::mint(&mut app.service.entropy(), at),
        key: None,
        grounds: None,
        standing: None,
        counted: None,
        quota: None,
        style: Style::plain(),
        sent: None,
        is_replay: AtomicBool::new(false),
    };
    let outcome = go(&app, operation, path, request, &mut trace).await;
    let answer = outcome.unwrap_or_else(|failure| {
        let (status, document) = status_and_document(&failure, trace.request_id.as_str());
        trace.style.answer(status.as_u16(), document)
    });
    let status = answer.status;
    let mut response = response(answer);
    put_headers(&trace, response.headers_mut());
    let used_up = trace.quota.filter(|quota| quota.exceeded);
    if status == 429
        && let Some(standing) = used_up.or(trace.standing)
    {
        response.headers_mut().insert(
            header::RETRY_AFTER,
            HeaderValue::from(standing.reset_seconds),
        );
    }
    let seconds = begun.elapsed().as_secs_f64();
    metrics::histogram!("selfsame_api_request_seconds", "operation" => operation.id, "status" => status.to_string())
        .record(seconds);
    tracing::info!(
        request_id = %trace.request_id,
        method = operation.method.as_str(),
        path = format_args!("{}{}", root(operation), operation.path),
        status,
        seconds,
        "request"
    );
    if let (Some(sent), Some(key), false) =
        (trace.sent.take(), &trace.key, *trace.is_replay.get_mut())
    {
        let answered = Answered {
            environment_id: key.environment.id.clone(),
            template: operation.path,
            id: trace.request_id,
            at,
            status,
            standing: trace.standing,
        };
        note(&app, sent, answered);
    }
    response
}

/// What came in; the body is read once the caller is known.
struct Incoming {
    parts: Parts,
    path: Option<Vec<(String, String)>>,
    body: Option<axum::body::Body>,
    bytes: Vec<u8>,
    /// Of a body that is streamed, which the bytes are not of.
    boundary: Option<Result<String, Refusal>>,
    upload: Option<Arc<Upload>>,
}

/// Goes by what is known of keys and templates, and answers only what was decided on firm ground: where the store turns
/// out to hold something newer, nothing was done yet, and the request begins again with that.
async fn go(
    app: &App,
    operation: &'static Operation,
    path: Option<Vec<(String, String)>>,
    request: Request,
    trace: &mut Trace,
) -> Result<Answer, Failure> {
    let (parts, body) = request.into_parts();
    let boundary = upload::boundary(operation, &parts.headers);
    refuse_declared_size(
        &parts.headers,
        boundary.as_ref().map(|_| upload::largest(app)),
    )?;
    let mut incoming = Incoming {
        parts,
        path,
        body: Some(body),
        bytes: Vec::new(),
        boundary,
        upload: None,
    };
    let outcome = firmly(app, operation, &mut incoming, trace).await;
    if let Some(upload) = &incoming.upload {
        app.service.drop_upload(upload).await;
    }
    if app.service.options().api_log_days > 0 {
        let address = client_address(app, &incoming.parts);
        trace.sent = Some(Sent {
            parts: incoming.parts,
            body: incoming.bytes,
            address,
        });
    }
    outcome
}

async fn firmly(
    app: &App,
    operation: &'static Operation,
    incoming: &mut Incoming,
    trace: &mut Trace,
) -> Result<Answer, Failure> {
    for _ in 0..MOST_BEGINNINGS {
        let outcome = begin(app, operation, incoming, trace).await;
        let firm = match (&outcome, &trace.grounds) {
            (Err(Failure::Outdated), _) => continue,
            (_, Some(grounds)) => app.service.confirm(grounds).await,
            (_, None) => Ok(()),
        };
        match firm {
            Ok(()) => {
                if let Some(key) = &trace.key {
                    app.service.note_key_use(key);
                }
                return outcome;
            }
            Err(Failure::Outdated) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Refusal::stale().into())
}

async fn begin(
    app: &App,
    operation: &'static Operation,
    incoming: &mut Incoming,
    trace: &mut Trace,
) -> Result<Answer, Failure> {
    let parts = &incoming.parts;
    (trace.key, trace.grounds) = (None, None);
    let (key, grounds) = authenticate(&app.service, &parts.headers).await?;
    trace.key = Some(Arc::clone(&key));
    trace.grounds = Some(grounds.clone());
    // The headers of a refusal tell the standing too; only what passes is counted.
    trace.standing = Some(limits::peek(app, &key));
    check_address(&key, client_address(app, parts))?;
    let standing = *trace
        .counted
        .get_or_insert_with(|| limits::count(app, &key));
    trace.standing = Some(standing);
    if standing.exceeded {
        return Err(limits::refusal(standing).into());
    }
    let is_missing = |needed: &&Permission| !key.permissions.contains(needed);
    if let Some(permission) = operation.permissions.iter().find(is_missing) {
        return Err(Refusal::permission(permission.as_str()).into());
    }
    // Before the body and the idempotency key: a retry after an update gets the real thing (C127).
    if let Some(refusal) = outside::refusal(operation) {
        return Err(refusal.into());
    }
    if trace.quota.is_none() {
        trace.quota = limits::count_quota(app, &key, operation);
    }
    if let Some(quota) = trace.quota.filter(|quota| quota.exceeded) {
        return Err(limits::quota_refusal(quota).into());
    }
    if let Some(boundary) = incoming.boundary.clone() {
        let boundary = boundary?;
        // Nobody without a key that holds keeps a file.
        app.service.confirm(&grounds).await?;
        if let Some(body) = incoming.body.take() {
            let received = upload::receive(app, &key.environment.id, body, boundary).await?;
            incoming.upload = Some(Arc::new(received));
        }
    } else if let Some(body) = incoming.body.take() {
        incoming.bytes = read_body(body).await?;
    }
    let bytes = &incoming.bytes;
    let contents = incoming
        .upload
        .as_ref()
        .map_or(bytes.as_slice(), |upload| upload.sha256());
    let body = parse_json(bytes, body::DEEPEST);
    let idempotency = match operation.method {
        Method::Post => Idempotency::key_of(&parts.headers)?.map(|idempotency_key| Idempotency {
            environment_id: key.environment.id.clone(),
            fingerprint: Idempotency::fingerprint(
                operation.method.as_str(),
                &parts.uri,
                contents,
                body.as_ref().ok().filter(|_| incoming.upload.is_none()),
            ),
            key: idempotency_key,
        }),
        _ => None,
    };
    let going_by = match &idempotency {
        Some(it) if operation.confirms_itself() => {
            grounds.unanswered(it.environment_id.clone(), it.key.clone())
        }
        _ => grounds.clone(),
    };
    // What is wrong with the request is an answer like any other, and kept under its idempotency key (C107).
    trace.style.blocklist = Arc::clone(&key.blocklist);
    let prepared = prepare(operation, incoming.path.clone(), parts, body, &key);
    let call = prepared.map(|(mut style, query, path, body)| {
        style.files = Some(FileLinks::new(
            &app.service,
            &key.environment.id,
            key.settings.file_access_token_expires_in,
        ));
        trace.style.inflection = style.inflection;
        Call {
            app: app.clone(),
            caller: Caller::of_key(&key, going_by.clone()),
            query,
            body,
            upload: incoming.upload.clone(),
            standing,
            wish: Wish::of(&parts.method, &parts.headers),
            style,
            operation,
            path,
            idempotency: idempotency.clone(),
            grounds: grounds.clone(),
            rendered: Mutex::default(),
        }
    });
    if let Some(idempotency) = idempotency {
        let done = once(app, operation, call, &idempotency, &grounds, trace).await;
        if done.is_ok() && going_by.is_confirmed() {
            trace.grounds = Some(going_by);
        }
        return done;
    }
    // What only reads finds out on its way; what writes, before it does anything.
    if operation.method != Method::Get && !operation.confirms_itself() {
        app.service.confirm(&grounds).await?;
    }
    (operation.handler)(call?).await
}

type Prepared = (Style, Query, Vec<(String, String)>, Value);

/// Everything of a request that can be read before its operation is known to be possible.
fn prepare(
    operation: &Operation,
    path: Option<Vec<(String, String)>>,
    parts: &Parts,
    body: Result<Value, Refusal>,
    key: &AuthenticatedKey,
) -> Result<Prepared, Refusal> {
    let path = path.ok_or_else(Refusal::not_found)?;
    let mut style = style(&parts.headers, key)?;
    let query = Query::parse(parts.uri.query().unwrap_or_default())?;
    style.fieldsets = Fieldsets::parse(&query)?;
    let body = inflection::normalise(body?, operation.opaque)?;
    Ok((style, query, path, body))
}

/// Runs an operation under an idempotency key: replays, runs for the first time, or says that it is running.
async fn once(
    app: &App,
    operation: &'static Operation,
    call: Result<Call, Refusal>,
    idempotency: &Idempotency,
    grounds: &Grounds,
    trace: &Trace,
) -> Result<Answer, Failure> {
    let _running = idempotency.run(app)?;
    if !operation.confirms_itself()
        && let Some(answer) = idempotency.replay(app, grounds).await?
    {
        return Ok(trace.replay(answer));
    }
    let done = match call {
        Ok(call) => (operation.handler)(call).await,
        Err(refusal) => Err(refusal.into()),
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(Failure::AnsweredMeanwhile) => {
            let stored = idempotency.replay(app, grounds).await?;
            let stored = stored.map(|answer| trace.replay(answer));
            stored.ok_or_else(|| Failure::Internal("an idempotent answer vanished".into()))
        }
        Err(failure @ Failure::Refused(_)) => {
            let (status, document) = status_and_document(&failure, trace.request_id.as_str());
            let answer = trace.style.answer(status.as_u16(), document);
            // Nobody without a key that holds stores anything.
            app.service.confirm(grounds).await?;
            let kept = idempotency.keep(app, grounds, &answer).await?;
            Ok(kept.map_or(answer, |kept| trace.replay(kept)))
        }
        Err(failure) => Err(failure),
    }
}

/// `streamed`: the largest body where it is not held in memory.
fn refuse_declared_size(headers: &HeaderMap, streamed: Option<u64>) -> Result<(), Refusal> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    let largest = streamed.unwrap_or(LARGEST_BODY as u64);
    if declared.is_some_and(|length| length > largest) {
        return Err(too_large(largest));
    }
    Ok(())
}

fn too_large(largest: u64) -> Refusal {
    Refusal::too_large(format!("The request body is larger than {largest} bytes"))
}

async fn read_body(body: axum::body::Body) -> Result<Vec<u8>, Refusal> {
    let reading = Limited::new(body, LARGEST_BODY).collect();
    let read = tokio::time::timeout(SLOWEST_BODY, reading)
        .await
        .map_err(|_| Refusal::timeout())?;
    match read {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(LARGEST_BODY as u64)),
        Err(_) => Err(Refusal::malformed("The request body could not be read")),
    }
}

/// The peer's address, or what a trusted proxy says of it.
fn client_address(app: &App, parts: &Parts) -> Option<IpAddr> {
    let headers = &parts.headers;
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    if !app.settings.trust_proxy {
        return peer;
    }
    let forwarded = headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.rsplit(',').next())
        .and_then(|address| address.trim().parse().ok());
    forwarded.or(peer)
}

/// The version and spelling of the answer: the header's word, else the key's (C60–C68).
fn style(headers: &HeaderMap, key: &AuthenticatedKey) -> Result<Style, Refusal> {
    let text = |name: &str| {
        headers
            .get_all(name)
            .iter()
            .next_back()
            .map(|value| {
                value
                    .to_str()
                    .map_err(|_| Refusal::malformed(format!("{name} must be printable ASCII")))
            })
            .transpose()
    };
    // A header sent twice arrives as two lines or joined; of either the last counts (C68).
    let version = text("persona-version")?.unwrap_or(&key.settings.api_version);
    let inflection = text("key-inflection")?.unwrap_or(&key.settings.inflection);
    Ok(Style {
        version: ApiVersion::parse(version)?,
        inflection: inflection.parse::<Inflection>()?,
        fieldsets: Fieldsets::default(),
        blocklist: Arc::clone(&key.blocklist),
        files: None,
    })
}

fn put_headers(trace: &Trace, headers: &mut HeaderMap) {
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("request-id", trace.request_id.as_str());
    if let Some(key) = &trace.key {
        let environment = &key.environment;
        put("persona-environment-id", environment.id.as_str());
        put(
            "persona-organization-id",
            environment.organisation_id.as_str(),
        );
    }
    limits::put_headers(trace.standing, trace.quota, headers);
}
