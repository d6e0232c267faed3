//! Answers against the published OpenAPI document.
//!
//! The documents lie in the folder `SELFSAME_OPENAPI_DIR`, one file per version (`2025-12-08.json`), else in
//! `../shared/openapi` beside the workspace. Without either, answers are held against the document this server
//! publishes about itself, and one line on standard error says so. Answers of our own operations are held against what this
//! server says of those, whatever the version.
//!
//! What is checked: the operation is documented, its status is documented, the body satisfies that status's
//! schema, errors have the one shape of C49–C51, and every answer to an authenticated caller carries the headers
//! of C9, C100, C104 and C105. Keys that were inflected at the caller's wish are turned back first. Where the
//! caller asked for a sparse fieldset (C91), or its key hides something (C26), nothing is required to be present; what is
//! present must still fit.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError};

use axum::http::Method;
use jsonschema::{Registry, Validator};
use selfsame_server::api::operation::{OPERATIONS, extension};
use serde_json::{Map, Value, json};

use crate::Answer;

const BASE: &str = "/api/v1";
/// What callers get who ask for no version.
const DEFAULT: &str = "2025-12-08";
/// The published documents, and the versions that none was published for and that are the same.
const DOCUMENTS: [(&str, &[&str]); 7] = [
    ("2020-05-18", &[]),
    ("2021-05-14", &["2021-02-21"]),
    ("2021-07-05", &["2021-07-15"]),
    ("2022-09-01", &["2021-08-18"]),
    ("2023-01-05", &[]),
    ("2025-10-27", &[]),
    (DEFAULT, &["2026-09-29"]),
];
const URI: &str = "urn:openapi";

/// Statuses an operation may answer with although its document does not list them: `(method, path, status, why)`.
/// `*` stands for every path.
const UNLISTED: &[(&str, &str, u16, &str)] = &[
    (
        "*",
        "*",
        405,
        "no document lists what it has no operation for",
    ),
    (
        "*",
        "*",
        408,
        "a general literal of the API (C55), listed nowhere",
    ),
    (
        "*",
        "*",
        413,
        "the limit of the transport, in front of every operation (C21)",
    ),
    ("*", "*", 500, "ours"),
    ("*", "*", 501, "listed there, and not built here (C127)"),
    ("*", "*", 503, "ours (C58)"),
    (
        "POST",
        "/accounts",
        404,
        "an unknown account-type-id or tag-id is a 404 (A20, C54)",
    ),
    (
        "GET",
        "/api-keys/{api-key-id}",
        404,
        "an unknown id is a 404 here as everywhere (K11, C54)",
    ),
    (
        "GET",
        "/inquiry-sessions",
        404,
        "an id in a filter that no object can have",
    ),
];

static SCHEMAS: LazyLock<Vec<(&str, LazySchemas)>> = LazyLock::new(|| {
    let lazy = |version: &'static str| -> LazySchemas {
        LazyLock::new(Box::new(move || Schemas::load(version)))
    };
    DOCUMENTS
        .iter()
        .map(|(version, _)| (*version, lazy(version)))
        .collect()
});
/// What this server says of itself; for operations that no published document has (C135).
static OWN: LazyLock<Schemas> = LazyLock::new(|| Schemas::of(own_document(), false, DEFAULT));
/// The same of our own operations; no version changes their shapes.
static OURS: LazyLock<Schemas> = LazyLock::new(|| {
    let document = selfsame_server::api::openapi::own_document();
    Schemas::of(document, false, DEFAULT)
});
static FALLBACK: Once = Once::new();

type LazySchemas = LazyLock<Schemas, Box<dyn FnOnce() -> Schemas + Send>>;

fn schemas(version: &str) -> &'static Schemas {
    let same = DOCUMENTS
        .iter()
        .find(|(published, same)| *published == version || same.contains(&version));
    let document = same.map_or(DEFAULT, |(published, _)| *published);
    let found = SCHEMAS.iter().find(|(known, _)| *known == document);
    &found.expect("every document has its schemas").1
}

/// The version a request asked for by its header, of which the last value counts (C68).
fn asked_for(headers: &[(String, String)]) -> Option<&str> {
    headers
        .iter()
        .rfind(|(name, _)| name.eq_ignore_ascii_case("persona-version"))
        .and_then(|(_, value)| value.rsplit(',').next())
        .map(str::trim)
}

/// What a key makes of the answers to its requests.
#[derive(Debug, Clone, Default)]
pub struct KeyStyle {
    pub version: Option<String>,
    /// It has a blocklist of attributes (C26).
    pub hides: bool,
}

/// Checks one answer, and panics with everything that is wrong about it.
#[track_caller]
pub fn check(
    method: &Method,
    target: &str,
    headers: &[(String, String)],
    key: &KeyStyle,
    answer: &Answer,
) {
    let of_the_key = key.version.as_deref();
    let version = asked_for(headers).or(of_the_key).unwrap_or(DEFAULT);
    let schemas = schemas_for(method, target, version);
    let problems = schemas.problems(method, target, headers, key.hides, answer);
    assert!(
        problems.is_empty(),
        "{} answered {} against the published schema:\n  {}\n{}",
        answer.request,
        answer.status,
        problems.join("\n  "),
        String::from_utf8_lossy(&answer.bytes),
    );
}

/// Whether it is the address of an operation of ours, or could be.
pub fn is_ours(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    path.strip_prefix(extension::ROOT)
        .is_some_and(|rest| rest.starts_with('/') && !rest.starts_with("/openapi.json"))
}

fn schemas_for(method: &Method, target: &str, version: &str) -> &'static Schemas {
    static OLDER: LazyLock<Schemas> = LazyLock::new(|| Schemas::of(own_document(), false, ""));
    if is_ours(target) {
        return &OURS;
    }
    let is_extension = OPERATIONS.iter().any(|operation| {
        (operation.is_extension() || operation.is_unpublished())
            && operation.method.as_str() == method.as_str().to_lowercase()
            && matches(operation.path, path_of(target))
    });
    match is_extension {
        false => schemas(version),
        true if version == DEFAULT => &OWN,
        true => &OLDER,
    }
}

/// Below the root, without the query and the slash that may be at the end (C133).
fn path_of(target: &str) -> &str {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let mut roots = [BASE, extension::ROOT].into_iter();
    let path = roots
        .find_map(|root| path.strip_prefix(root))
        .unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

/// What is wrong with a resource object, such as the payload of an event, by the schema of its type. Our own
/// document, where it stands in, need not have every type.
pub fn resource_problems(resource: &Value) -> Vec<String> {
    let kind = resource["type"].as_str().unwrap_or_default();
    let parent = kind.split('/').next().unwrap_or(kind);
    let newest = schemas(DEFAULT);
    let known = &newest.whole.json["components"]["schemas"];
    let name = [kind.replace('/', "-"), parent.to_owned()]
        .into_iter()
        .find(|name| known.get(name).is_some());
    match name {
        Some(name) => newest
            .whole
            .errors(&format!("/components/schemas/{name}"), resource),
        None if newest.is_published => {
            vec![format!("the document has no resource of type {kind}")]
        }
        None => Vec::new(),
    }
}

struct Schemas {
    is_published: bool,
    /// Of a version that nothing is known of: only headers and errors are checked.
    is_unknown: bool,
    /// Before 2025-10-27 the keys of inquiries' fields are inflected as well, and a conflict of accounts may show one.
    is_old: bool,
    whole: Document,
    /// The same without any `required`, and with `anyOf` for `oneOf`: for sparse fieldsets, and keys that hide something.
    sparse: Document,
    operations: Vec<Operation>,
    /// Property names, by what is left of them without separators and case; those with capital letters by themselves.
    spellings: HashMap<String, String>,
}

struct Operation {
    method: String,
    /// `/accounts/{account-id}`.
    path: String,
}

/// A document, with the validators of its parts as they are asked for.
struct Document {
    json: &'static Value,
    registry: Registry<'static>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

fn published(version: &str) -> Option<PathBuf> {
    let beside = || {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
        Some(crates.parent()?.parent()?.join("shared/openapi"))
    };
    let folder = match std::env::var_os("SELFSAME_OPENAPI_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => beside()?,
    };
    let file = folder.join(format!("{version}.json"));
    file.is_file().then_some(file)
}

/// The document that was published for a version, where it is at hand.
pub fn published_document(version: &str) -> Option<Value> {
    let Some(file) = published(version) else {
        FALLBACK.call_once(say_so);
        return None;
    };
    let bytes = std::fs::read(&file).expect("a readable document");
    Some(serde_json::from_slice(&bytes).expect("a JSON document"))
}

/// What this server says of itself.
fn own_document() -> Value {
    selfsame_server::api::openapi::document()
}

impl Schemas {
    fn load(version: &str) -> Self {
        let file = published(version);
        let is_published = file.is_some();
        let document = if let Some(file) = file {
            let bytes = std::fs::read(&file).expect("a readable document");
            serde_json::from_slice(&bytes).expect("a JSON document")
        } else {
            FALLBACK.call_once(say_so);
            own_document()
        };
        Self::of(document, is_published, version)
    }

    fn of(document: Value, is_published: bool, version: &str) -> Self {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in ["get", "post", "patch", "put", "delete"] {
                if item.get(method).is_some() {
                    operations.push(Operation {
                        method: method.to_uppercase(),
                        path: path.clone(),
                    });
                }
            }
        }
        let mut spellings = HashMap::new();
        collect_names(&document, &mut spellings);
        let mut sparse = document.clone();
        without_required(&mut sparse);
        Self {
            is_published,
            is_unknown: !is_published && version != DEFAULT,
            is_old: version < "2025-10-27",
            whole: Document::new(document),
            sparse: Document::new(sparse),
            operations,
            spellings,
        }
    }

    fn problems(
        &self,
        method: &Method,
        target: &str,
        headers: &[(String, String)],
        hides: bool,
        answer: &Answer,
    ) -> Vec<String> {
        let path = path_of(target);
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let operation = self.find(method.as_str(), path);
        let mut problems = header_problems(answer, operation.is_some());
        let mut body = answer.body.clone();
        if headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("key-inflection") && value != "kebab")
        {
            self.to_kebab(&mut body);
        }
        // R13: older callers are shown the account that has the reference ID.
        let shows_account = self.is_old && answer.status == 409 && body.get("data").is_some();
        if answer.status >= 400 && !shows_account {
            problems.extend(error_problems(answer.status, &body));
        }
        if self.is_unknown {
            return problems;
        }
        if shows_account {
            problems.extend(
                self.whole
                    .errors("/components/schemas/account", &body["data"]),
            );
            return problems;
        }
        let Some(operation) = operation else {
            if ![401, 404, 405, 413, 501].contains(&answer.status) {
                problems.push("the document has no such operation".to_owned());
            }
            return problems;
        };
        let status = answer.status.to_string();
        let responses = &self.whole.json["paths"][&operation.path][operation.method.to_lowercase()]
            ["responses"];
        let mut pointer = format!(
            "/paths/{}/{}/responses/{status}",
            escaped(&operation.path),
            operation.method.to_lowercase()
        );
        match responses.get(&status) {
            None => {
                if !is_unlisted(operation, answer.status) {
                    problems.push(format!("the document lists no {status} for this operation"));
                }
                return problems;
            }
            Some(response) => {
                if let Some(reference) = response["$ref"].as_str() {
                    reference.trim_start_matches('#').clone_into(&mut pointer);
                }
            }
        }
        pointer.push_str("/content/application~1json/schema");
        if self.whole.json.pointer(&pointer).is_none() {
            return problems;
        }
        let is_sparse = hides || query.contains("fields[") || query.contains("fields%5B");
        let document = if is_sparse { &self.sparse } else { &self.whole };
        problems.extend(document.errors(&pointer, &body));
        problems
    }

    fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        let literal = |operation: &&Operation| operation.path == path;
        let own = || {
            self.operations
                .iter()
                .filter(|known| known.method == method)
        };
        own()
            .find(literal)
            .or_else(|| own().find(|known| matches(&known.path, path)))
    }

    /// Turns camel and snake case back, except below `fields`, whose keys are never touched (C63, C64).
    fn to_kebab(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                let old = std::mem::take(members);
                for (key, mut value) in old {
                    // C64; an account's keys are known by no other spelling.
                    if key != "fields" || self.is_old {
                        self.to_kebab(&mut value);
                    }
                    let exactly = self.spellings.get(&key);
                    let known = exactly.or_else(|| self.spellings.get(&squashed(&key)));
                    let known = known.cloned();
                    members.insert(known.unwrap_or(key), value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.to_kebab(item)),
            _ => {}
        }
    }
}

fn say_so() {
    use std::io::Write as _;
    let line = "no published OpenAPI documents found (SELFSAME_OPENAPI_DIR): answers are checked against our own\n";
    drop(std::io::stderr().write_all(line.as_bytes()));
}

impl Document {
    fn new(document: Value) -> Self {
        // Lives as long as the tests of this process; the registry borrows it.
        let document: &'static Value = Box::leak(Box::new(document));
        let registry = Registry::new()
            .draft(jsonschema::Draft::Draft202012)
            .add(URI, document)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .expect("a document whose references resolve");
        Self {
            json: document,
            registry,
            compiled: Mutex::default(),
        }
    }

    /// `pointer` is a plain JSON pointer into the document.
    fn errors(&self, pointer: &str, instance: &Value) -> Vec<String> {
        self.validator(pointer)
            .iter_errors(instance)
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect()
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(pointer) {
            return Arc::clone(known);
        }
        let root = json!({"$ref": format!("{URI}#{}", encoded(pointer))});
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .build(&root)
            .unwrap_or_else(|error| panic!("the schema at {pointer} does not compile: {error}"));
        let validator = Arc::new(validator);
        compiled.insert(pointer.to_owned(), Arc::clone(&validator));
        validator
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (wanted, sent): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    wanted.len() == sent.len()
        && wanted
            .iter()
            .zip(sent)
            .all(|(wanted, sent)| *wanted == sent || wanted.starts_with('{'))
}

fn is_unlisted(operation: &Operation, status: u16) -> bool {
    UNLISTED.iter().any(|(method, path, known, _)| {
        *known == status
            && (*method == "*" || *method == operation.method)
            && (*path == "*" || *path == operation.path)
    })
}

/// C9, C4, and for whoever showed a key C100, C104, C105. A 413 may come before the key is looked at (C21).
fn header_problems(answer: &Answer, is_operation: bool) -> Vec<String> {
    let mut wanted = vec![
        (
            "cache-control",
            Some("no-cache, no-store, max-age=0, must-revalidate"),
        ),
        ("pragma", Some("no-cache")),
        ("expires", Some("Fri, 01 Jan 1990 00:00:00 GMT")),
        ("vary", Some("Accept")),
    ];
    if is_operation && ![401, 413].contains(&answer.status) {
        for name in [
            "request-id",
            "persona-environment-id",
            "persona-organization-id",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
        ] {
            wanted.push((name, None));
        }
    }
    if !answer.bytes.is_empty() && !answer.request.contains("/print") {
        wanted.push(("content-type", Some("application/json; charset=utf-8")));
    }
    wanted
        .into_iter()
        .filter_map(|(name, value)| match (answer.header(name), value) {
            (None, _) => Some(format!("the header {name} is missing")),
            (Some(sent), Some(value)) if sent != value => {
                Some(format!("the header {name} is {sent:?}"))
            }
            _ => None,
        })
        .collect()
}

/// C49–C51: the one shape of every error, stricter than the document says it.
fn error_problems(status: u16, body: &Value) -> Vec<String> {
    let mut members: Map<String, Value> = Map::new();
    for name in ["title", "details"] {
        members.insert(name.into(), json!({"type": "string", "minLength": 1}));
    }
    members.insert("meta".into(), json!({"type": "object"}));
    if status == 422 {
        let source = json!({
            "type": "object",
            "properties": {"pointer": {"type": "string", "pattern": "^/"}},
            "required": ["pointer"],
            "additionalProperties": false,
        });
        members.insert("source".into(), source);
    }
    let schema = json!({
        "type": "object",
        "properties": {"errors": {"type": "array", "minItems": 1, "items": {
            "type": "object",
            "properties": members,
            "required": ["title"],
            "additionalProperties": false,
        }}},
        "required": ["errors"],
        "additionalProperties": false,
    });
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    validator
        .iter_errors(body)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect()
}

/// As a segment of a JSON pointer.
fn escaped(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}

/// As a URI fragment.
fn encoded(pointer: &str) -> String {
    pointer.replace('{', "%7B").replace('}', "%7D")
}

fn squashed(key: &str) -> String {
    key.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn collect_names(value: &Value, names: &mut HashMap<String, String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                for name in properties.keys().filter(|name| !name.contains('_')) {
                    // Headers keep their spelling; they are no spelling of others.
                    let is_header = name.contains(|letter: char| letter.is_ascii_uppercase());
                    let key = if is_header {
                        name.clone()
                    } else {
                        squashed(name)
                    };
                    names.entry(key).or_insert_with(|| name.clone());
                }
            }
            members
                .values()
                .for_each(|member| collect_names(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn without_required(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("required").is_some_and(Value::is_array) {
                members.remove("required");
            }
            // Without what tells them apart, several may fit.
            if let Some(alternatives) = members.remove("oneOf") {
                members.insert("anyOf".to_owned(), alternatives);
            }
            members.values_mut().for_each(without_required);
        }
        Value::Array(items) => items.iter_mut().for_each(without_required),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
