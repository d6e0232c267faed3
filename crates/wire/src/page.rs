//! Cursor paging: what was asked for, and the links to the neighbouring pages.
//!
//! Lists run from newest to oldest; `page[after]` leads to older objects, `page[before]` to newer ones
//! (conventions §9 → docs/rules/server-api.md).

use selfsame_domain::Refusal;
use serde_json::{Value, json};

use crate::inflection::same_key;
use crate::query::{Query, encode};

pub(crate) const DEFAULT_SIZE: u32 = 10;
pub(crate) const LARGEST_SIZE: u32 = 100;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(raw: &str) -> Result<PageRequest, Refusal> {
        PageRequest::parse(&Query::parse(raw)?)
    }

    fn refused(raw: &str) -> String {
        let refusal = page(raw).unwrap_err();
        assert_eq!(refusal.status(), 400);
        refusal.details.unwrap()
    }

    #[test]
    fn pages_have_bounds_and_a_default() {
        assert_eq!(page(""), Ok(PageRequest::default()));
        assert_eq!(page("").unwrap().size, 10);
        assert_eq!(page("page[size]=1").unwrap().size, 1);
        assert_eq!(page("page[size]=100").unwrap().size, 100);
        for wrong in ["0", "101", "-1", "", "ten", "1.5", "%2B5", "99999999999"] {
            assert_eq!(
                refused(&format!("page[size]={wrong}")),
                "page[size] must be a number from 1 to 100"
            );
        }
    }

    #[test]
    fn one_cursor_at_most() {
        let after = page("page[after]=inq_1").unwrap();
        assert_eq!(after.after.as_deref(), Some("inq_1"));
        let before = page("page[after]=&page[before]=inq_1").unwrap();
        assert_eq!(
            (before.after, before.before.as_deref()),
            (None, Some("inq_1"))
        );
        assert!(refused("page[after]=a&page[before]=b").contains("cannot be combined"));
    }

    #[test]
    fn unknown_members_are_refused() {
        for wrong in ["page[number]=1", "page=1", "page[]=1"] {
            assert!(refused(wrong).contains("only"), "{wrong}");
        }
        assert!(refused("page[size][]=1").contains("single value"));
    }

    #[test]
    fn links_are_relative_and_repeat_what_shapes_the_list() {
        let query = Query::parse(
            "filter[status][]=a,b&page[size]=5&page[after]=inq_0&include=x&fields[inquiry]=note",
        )
        .unwrap();
        let page = PageRequest::parse(&query).unwrap();
        let path = "/api/v1/inquiries";
        let links = links(
            path,
            &query,
            &page,
            Some("inq_1"),
            Some("inq_5"),
            true,
            true,
        );
        let rest = "page%5Bsize%5D=5&filter%5Bstatus%5D%5B%5D=a%2Cb&fields%5Binquiry%5D=note";
        assert_eq!(
            links,
            json!({
                "prev": format!("/api/v1/inquiries?page%5Bbefore%5D=inq_1&{rest}"),
                "next": format!("/api/v1/inquiries?page%5Bafter%5D=inq_5&{rest}"),
            })
        );
    }

    #[test]
    fn the_ends_have_null_links() {
        let query = Query::default();
        let page = PageRequest::default();
        let both = links("/x", &query, &page, None, None, true, true);
        assert_eq!(both, json!({"prev": null, "next": null}));
        let last = links("/x", &query, &page, Some("a"), Some("b"), true, false);
        assert_eq!(last, json!({"prev": "/x?page%5Bbefore%5D=a", "next": null}));
    }

    #[test]
    fn a_size_that_was_not_in_the_query_is_in_the_link() {
        let page = PageRequest {
            size: 20,
            ..PageRequest::default()
        };
        let links = links("/x", &Query::default(), &page, None, Some("b"), false, true);
        assert_eq!(links["next"], "/x?page%5Bafter%5D=b&page%5Bsize%5D=20");
    }

    proptest! {
        #[test]
        fn a_link_asks_for_the_same_list(
            size in 1_u32..=100,
            values in prop::collection::vec("[^\\x00]{0,10}", 0..5),
            id in "[a-z]{3}_[A-Za-z0-9]{1,28}",
        ) {
            let mut raw = format!("page[size]={size}&page[before]=inq_9");
            for value in &values {
                push(&mut raw, "filter[reference-id][]", value);
            }
            let query = Query::parse(&raw).unwrap();
            let page = PageRequest::parse(&query).unwrap();
            let links = links("/x", &query, &page, None, Some(&id), false, true);
            let next = links["next"].as_str().unwrap().strip_prefix("/x?").unwrap();
            let next = Query::parse(next).unwrap();
            let path = ["filter", "reference-id"];
            prop_assert_eq!(next.list(&path), query.list(&path));
            let page = PageRequest::parse(&next).unwrap();
            prop_assert_eq!(page, PageRequest { size, after: Some(id), before: None });
        }
    }
}
