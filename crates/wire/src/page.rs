//! Cursor paging: what was asked for, and the links to the neighbouring pages.
//!
//! Lists run from newest to oldest; `page[after]` leads to older objects, `page[before]` to newer ones
//! (conventions §9 → docs/rules/server-api.md).

use selfsame_domain::Refusal;
use serde_json::{Value, json};

use crate::inflection::same_key;
use crate::query::{Query, encode};

const DEFAULT_SIZE: u32 = 10;
const LARGEST_SIZE: u32 = 100;
const MEMBERS: [&str; 3] = ["size", "after", "before"];

/// The page of a list that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many objects at most, 1 to 100.
    pub size: u32,
    /// The id of the last object of the previous page: go on with older ones.
    pub after: Option<String>,
    /// The id of the first object of the current page: go back to newer ones.
    pub before: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            size: DEFAULT_SIZE,
            after: None,
            before: None,
        }
    }
}

impl PageRequest {
    /// Reads `page[size]`, `page[after]` and `page[before]`. An empty cursor counts as none.
    pub fn parse(query: &Query) -> Result<Self, Refusal> {
        check_members(query)?;
        let size = match query.scalar(&["page", "size"])? {
            Some(text) => parse_size(text)?,
            None => DEFAULT_SIZE,
        };
        let after = cursor(query, "after")?;
        let before = cursor(query, "before")?;
        if after.is_some() && before.is_some() {
            return Err(Refusal::malformed(
                "page[after] and page[before] cannot be combined",
            ));
        }
        Ok(Self {
            size,
            after,
            before,
        })
    }
}

fn check_members(query: &Query) -> Result<(), Refusal> {
    for (rest, _) in query.below(&["page"]) {
        let known = rest
            .first()
            .is_some_and(|sent| MEMBERS.iter().any(|member| same_key(sent, member)));
        if !known {
            return Err(Refusal::malformed(
                "page takes page[size], page[after] and page[before] only",
            ));
        }
    }
    Ok(())
}

fn parse_size(text: &str) -> Result<u32, Refusal> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|size| digits && (1..=LARGEST_SIZE).contains(size))
        .ok_or_else(|| {
            Refusal::malformed(format!(
                "page[size] must be a number from 1 to {LARGEST_SIZE}"
            ))
        })
}

fn cursor(query: &Query, name: &str) -> Result<Option<String>, Refusal> {
    let sent = query.scalar(&["page", name])?;
    Ok(sent.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// The `links` of a list: host-relative, percent-encoded, repeating filters, fieldsets and size.
///
/// `first_id` and `last_id` are those of the page being answered; a link is null if there is nothing
/// in its direction.
pub fn links(
    path: &str,
    query: &Query,
    page: &PageRequest,
    first_id: Option<&str>,
    last_id: Option<&str>,
    has_newer: bool,
    has_older: bool,
) -> Value {
    let link = |cursor: &str, id: Option<&str>, exists: bool| {
        id.filter(|_| exists)
            .map(|id| link(path, query, page, cursor, id))
    };
    json!({
        "prev": link("page[before]", first_id, has_newer),
        "next": link("page[after]", last_id, has_older),
    })
}

fn link(path: &str, query: &Query, page: &PageRequest, cursor: &str, id: &str) -> String {
    let mut out = format!("{path}?{}={}", encode(cursor), encode(id));
    if page.size != DEFAULT_SIZE || query.has(&["page", "size"]) {
        push(&mut out, "page[size]", &page.size.to_string());
    }
    for (name, value) in query.pairs_of(&["filter", "fields"]) {
        push(&mut out, name, value);
    }
    out
}

fn push(out: &mut String, name: &str, value: &str) {
    out.push('&');
    out.push_str(&encode(name));
    out.push('=');
    out.push_str(&encode(value));
}
