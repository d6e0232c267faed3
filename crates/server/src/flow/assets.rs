//! The pages' own files, inside the binary.

use std::sync::LazyLock;

use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::headers::{self, is_https};
use crate::app::App;

#[derive(rust_embed::Embed)]
#[folder = "assets"]
struct Assets;

pub async fn asset(State(app): State<App>, Path(path): Path<String>, asked: HeaderMap) -> Response {
    let found = content_type(&path).and_then(|kind| Some((kind, Assets::get(&path)?)));
    let Some((content_type, file)) = found else {
        return (StatusCode::NOT_FOUND, headers::bare(is_https(&app))).into_response();
    };
    let mut headers = headers::asset(content_type, is_https(&app));
    let tag = entity_tag(&file.metadata.sha256_hash());
    let is_known = asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| lists(value, &tag));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.into_owned()).into_response()
}

/// The flow's modules, so that a page asks for all of them at once and not one after the other.
pub fn flow_modules() -> minijinja::Value {
    static MODULES: LazyLock<minijinja::Value> = LazyLock::new(|| modules_in("flow/"));
    MODULES.clone()
}

/// Those of the developer's page for webhooks.
pub fn inbox_modules() -> minijinja::Value {
    static MODULES: LazyLock<minijinja::Value> = LazyLock::new(|| modules_in("inbox/"));
    MODULES.clone()
}

fn modules_in(folder: &str) -> minijinja::Value {
    let mut modules: Vec<String> = Assets::iter()
        .filter(|path| path.starts_with(folder) && path.ends_with(".js"))
        // Holds types for the checker and nothing to run.
        .filter(|path| !path.ends_with("/types.js"))
        .map(String::from)
        .collect();
    modules.sort();
    modules.into()
}

/// Only kinds that a page asks for are handed out.
fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

fn entity_tag(hash: &[u8]) -> String {
    let hex: String = hash
        .iter()
        .take(16)
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    format!("\"{hex}\"")
}

fn lists(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(|entry| entry.trim().trim_start_matches("W/"))
        .any(|entry| entry == "*" || entry == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_pages_ask_for_is_handed_out() {
        assert!(content_type("flow/main.js").is_some());
        assert!(content_type("tsconfig.json").is_none());
        assert!(content_type("flow").is_none());
    }

    #[test]
    fn a_known_tag_is_found_in_any_list() {
        assert!(lists("\"a\", W/\"b\"", "\"b\""));
        assert!(lists("*", "\"b\""));
        assert!(!lists("\"a\"", "\"b\""));
    }
}
