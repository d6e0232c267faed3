//! The bodies of `…/search` (A40–A44): a tree of predicates, an order, a page.

use selfsame_domain::search::{Clause, Operator, Predicate, Sort};
use selfsame_domain::{Refusal, Refusals};
use serde_json::{Map, Value};

use crate::body::Reader;
use crate::page::{DEFAULT_SIZE, LARGEST_SIZE};
use crate::query::Query;
use crate::{Blocklist, PageRequest};

/// A42.
const DEEPEST: usize = 2;
const MOST_CLAUSES: usize = 20;
/// Of all predicates together: 20 × 20 and more is a table scan written by hand.
const MOST_PREDICATES: usize = 100;

#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    /// `None`: everything.
    pub query: Option<Clause<Predicate>>,
    pub sort: Option<Sort>,
    pub page: PageRequest,
}

/// A body whose keys are in kebab case. What it does not say about the page, the query string may.
pub fn parse(body: &Value, query: &Query) -> Result<SearchRequest, Refusals> {
    let root = Reader::root(body);
    let clause = match root.value("query") {
        None | Some(Value::Null) => None,
        Some(sent) => {
            let mut left = MOST_PREDICATES;
            clause(&root, sent, "/query", 0, &mut left)
        }
    };
    let sort = sort(&root);
    let page = page(&root, query);
    root.finish()?;
    Ok(SearchRequest {
        query: clause,
        sort,
        page: page?,
    })
}

/// A40: `None` if something is wrong with it, which the reader then knows.
fn clause(
    reader: &Reader<'_>,
    sent: &Value,
    pointer: &str,
    depth: usize,
    left: &mut usize,
) -> Option<Clause<Predicate>> {
    let refuse = |problem: &str| {
        let details = format!("{} {problem}", path_of(pointer));
        reader.refuse(Refusal::unprocessable(details, pointer));
    };
    let Some(members) = sent.as_object() else {
        refuse("must be an object");
        return None;
    };
    let kind = ["and", "or", "not"]
        .into_iter()
        .find(|kind| members.contains_key(*kind));
    let Some(kind) = kind else {
        if *left == 0 {
            refuse("is one predicate too many: a search takes at most 100");
            return None;
        }
        *left -= 1;
        return predicate(reader, members, pointer).map(Clause::Is);
    };
    if members.len() > 1 {
        refuse("must be one of and, or, not, or a predicate of attribute, operator and value");
        return None;
    }
    if depth == DEEPEST {
        refuse("is nested too deep: and, or and not can be nested 2 deep");
        return None;
    }
    let below = format!("{pointer}/{kind}");
    let inner = &members[kind];
    if kind == "not" {
        let clause = clause(reader, inner, &below, depth + 1, left)?;
        return Some(Clause::Not(Box::new(clause)));
    }
    let Some(items) = inner.as_array() else {
        let details = format!("{} must be an array", path_of(&below));
        reader.refuse(Refusal::unprocessable(details, below));
        return None;
    };
    if items.is_empty() || items.len() > MOST_CLAUSES {
        let details = format!("{} must hold 1 to {MOST_CLAUSES} clauses", path_of(&below));
        reader.refuse(Refusal::unprocessable(details, below));
        return None;
    }
    // All of them are looked at, so that everything wrong is said at once.
    let clauses: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| clause(reader, item, &format!("{below}/{index}"), depth + 1, left))
        .collect();
    let clauses = clauses.into_iter().collect::<Option<Vec<_>>>()?;
    Some(match kind {
        "and" => Clause::All(clauses),
        _ => Clause::Any(clauses),
    })
}

/// A41.
fn predicate(
    reader: &Reader<'_>,
    members: &Map<String, Value>,
    pointer: &str,
) -> Option<Predicate> {
    let wrong = |name: &str, problem: &str| {
        let pointer = format!("{pointer}/{name}");
        let details = format!("{} {problem}", path_of(&pointer));
        reader.refuse(Refusal::unprocessable(details, pointer));
    };
    let text = |name: &str| {
        let text = members.get(name).and_then(Value::as_str);
        if text.is_none() {
            wrong(name, "must be a string");
        }
        text
    };
    let attribute = text("attribute");
    let operator = text("operator").and_then(|name| {
        let operator = Operator::parse(name);
        if operator.is_none() {
            wrong("operator", "must be eq, gt, gte, lt or lte");
        }
        operator
    });
    let value = members
        .get("value")
        .filter(|value| value.is_string() || value.is_number() || value.is_boolean());
    if value.is_none() {
        wrong("value", "must be a string, a number or a boolean");
    }
    Some(Predicate {
        attribute: attribute?.to_owned(),
        operator: operator?,
        value: value?.clone(),
        pointer: pointer.to_owned(),
    })
}

/// A44.
fn sort(root: &Reader<'_>) -> Option<Sort> {
    if matches!(root.value("sort"), None | Some(Value::Null)) {
        return None;
    }
    let sort = root.object("sort", true);
    let attribute = sort.required_string("attribute");
    let ascending = match sort.string("direction").as_deref() {
        None | Some("desc") => Some(false),
        Some("asc") => Some(true),
        Some(_) => {
            sort.unprocessable("direction", "must be asc or desc");
            None
        }
    };
    Some(Sort {
        attribute: attribute?,
        ascending: ascending?,
    })
}

/// A44: member by member, the body wins over the query string.
fn page(root: &Reader<'_>, query: &Query) -> Result<PageRequest, Refusals> {
    let sent = root.object("page", false);
    let from_query = PageRequest::parse(query);
    let size = sent.positive_integer("size").flatten();
    let size = size.and_then(|size| {
        let size = u32::try_from(size).ok().filter(|it| *it <= LARGEST_SIZE);
        if size.is_none() {
            sent.unprocessable("size", &format!("must be at most {LARGEST_SIZE}"));
        }
        size
    });
    let cursor = |name: &str| {
        let text = sent.nullable_string(name).flatten();
        text.filter(|id| !id.is_empty())
    };
    let (after, before) = (cursor("after"), cursor("before"));
    if after.is_some() && before.is_some() {
        sent.malformed("after", "and page.before cannot be combined");
    }
    let from_query = from_query?;
    let in_body = after.is_some() || before.is_some();
    Ok(PageRequest {
        size: size.unwrap_or(if query.has(&["page", "size"]) {
            from_query.size
        } else {
            DEFAULT_SIZE
        }),
        after: if in_body { after } else { from_query.after },
        before: if in_body { before } else { from_query.before },
    })
}

/// `/query/and/0` as messages name it: `query.and.0`.
fn path_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

impl SearchRequest {
    /// What a key never gets it cannot ask for either: guessing would tell (C26). `place` says where an object of this
    /// kind shows an attribute.
    ///
    /// # Errors
    /// 422 for the first that is blocked.
    pub fn refuse_blocked(
        &self,
        blocklist: &Blocklist,
        kind: &str,
        place: fn(&str) -> Vec<&str>,
    ) -> Result<(), Refusal> {
        const PROBLEM: &str = "is on the attribute blocklist of this API key";
        if let Some(sort) = &self.sort
            && blocklist.hides(kind, &place(&sort.attribute))
        {
            return Err(sort.refuse(PROBLEM));
        }
        let mut blocked = None;
        if let Some(query) = self.query.clone() {
            query.map(&mut |predicate| {
                if blocklist.hides(kind, &place(&predicate.attribute)) {
                    blocked.get_or_insert(predicate.refuse_attribute(PROBLEM));
                }
                Clause::Is(())
            });
        }
        blocked.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<SearchRequest, Vec<(u16, String, Option<String>)>> {
        let parsed = parse(&body, &Query::default());
        parsed.map_err(|refusals| {
            let told = refusals
                .0
                .into_iter()
                .map(|it| (it.status(), it.details.unwrap_or_default(), it.pointer));
            told.collect()
        })
    }

    fn refused(query: Value) -> (u16, String) {
        let mut refusals = read(json!({"query": query})).unwrap_err();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        let (status, details, _) = refusals.remove(0);
        (status, details)
    }

    fn leaf(attribute: &str) -> Value {
        json!({"attribute": attribute, "operator": "eq", "value": "x"})
    }

    #[test]
    fn a40_an_empty_body_finds_all() {
        for body in [
            json!({}),
            json!({"query": null, "sort": null, "page": null}),
        ] {
            let request = read(body).unwrap();
            assert_eq!(request.query, None);
            assert_eq!(request.sort, None);
            assert_eq!(request.page, PageRequest::default());
        }
    }

    #[test]
    fn a42_clauses_nest_two_deep() {
        let two = json!({"and": [leaf("a"), {"not": leaf("b")}, {"or": [leaf("c")]}]});
        let Some(Clause::All(clauses)) = read(json!({"query": two})).unwrap().query else {
            panic!("an and");
        };
        let Clause::Is(first) = &clauses[0] else {
            panic!("a predicate");
        };
        assert_eq!(first.pointer, "/query/and/0");
        assert!(matches!(&clauses[1], Clause::Not(inner) if matches!(**inner, Clause::Is(_))));
        let three = json!({"and": [{"or": [{"not": leaf("a")}]}]});
        let (status, details) = refused(three);
        assert_eq!(status, 422);
        assert!(
            details.starts_with("query.and.0.or.0 is nested too deep"),
            "{details}"
        );
    }

    #[test]
    fn a42_at_most_twenty_clauses_and_a_hundred_predicates() {
        let many = |count: usize| vec![leaf("a"); count];
        assert!(read(json!({"query": {"or": many(20)}})).is_ok());
        for count in [0, 21] {
            assert_eq!(
                refused(json!({"or": many(count)})),
                (422, "query.or must hold 1 to 20 clauses".to_owned())
            );
        }
        let groups = |count| json!({"and": vec![json!({"or": many(20)}); count]});
        assert!(read(json!({"query": groups(5)})).is_ok());
        assert!(read(json!({"query": groups(6)})).is_err());
    }

    #[test]
    fn a41_everything_wrong_with_a_predicate_is_said_at_once() {
        let wrong = json!({"attribute": 1, "operator": "like", "value": null});
        let refusals = read(json!({"query": {"and": [wrong]}})).unwrap_err();
        let pointers: Vec<_> = refusals.into_iter().map(|it| it.2.unwrap()).collect();
        assert_eq!(
            pointers,
            [
                "/query/and/0/attribute",
                "/query/and/0/operator",
                "/query/and/0/value"
            ]
        );
        let (_, details) = refused(json!([]));
        assert_eq!(details, "query must be an object");
        let (_, details) = refused(json!({"and": [leaf("a")], "or": [leaf("b")]}));
        assert!(details.starts_with("query must be one of"), "{details}");
    }

    #[test]
    fn a44_the_body_wins_member_by_member() {
        let query = Query::parse("page[size]=7&page[after]=act_1").unwrap();
        let page = |body: Value| parse(&body, &query).unwrap().page;
        let of_query = page(json!({}));
        assert_eq!(
            (of_query.size, of_query.after.as_deref()),
            (7, Some("act_1"))
        );
        let sized = page(json!({"page": {"size": 3}}));
        assert_eq!((sized.size, sized.after.as_deref()), (3, Some("act_1")));
        let before = page(json!({"page": {"before": "act_2"}}));
        assert_eq!(
            (before.after, before.before.as_deref()),
            (None, Some("act_2"))
        );
        for wrong in [
            json!({"size": 0}),
            json!({"size": 101}),
            json!({"size": "7"}),
            json!({"after": "a", "before": "b"}),
        ] {
            assert!(
                parse(&json!({"page": wrong}), &Query::default()).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a44_a_sort_names_an_attribute_and_a_direction() {
        let sort = |sort: Value| read(json!({"sort": sort}));
        let newest = sort(json!({"attribute": "created_at"}))
            .unwrap()
            .sort
            .unwrap();
        assert!(!newest.ascending);
        let oldest = json!({"attribute": "created_at", "direction": "asc"});
        assert!(sort(oldest).unwrap().sort.unwrap().ascending);
        assert_eq!(sort(json!({"direction": "asc"})).unwrap_err()[0].0, 400);
        let sideways = json!({"attribute": "created_at", "direction": "up"});
        assert_eq!(sort(sideways).unwrap_err()[0].0, 422);
    }
}
