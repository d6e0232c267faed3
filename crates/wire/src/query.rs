//! Query strings: percent-decoding, bracket notation and spelling of names.
//!
//! Names are matched in any inflection (conventions §6 → docs/rules/server-api.md), because published
//! links use `reference_id`; the `…_exact` methods are for names that customers make up. Nothing here
//! knows which parameters exist.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use selfsame_domain::Refusal;

use crate::inflection::same_key;

const LONGEST: usize = 32 * 1024;
const MOST_PARAMETERS: usize = 200;
const DEEPEST: usize = 5;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes a name or value as RFC 3986 wants it; a space becomes `%20`.
pub fn encode(component: &str) -> String {
    utf8_percent_encode(component, UNRESERVED).to_string()
}

/// The parameters of one request, in the order they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    /// The decoded name as sent.
    name: String,
    /// The name, cut at its brackets; `[]` is an empty segment.
    segments: Vec<String>,
    value: String,
}

#[derive(Debug, Clone, Copy)]
enum Match {
    AnyInflection,
    Exact,
}

impl Match {
    fn same(self, sent: &str, wanted: &str) -> bool {
        match self {
            Self::AnyInflection => same_key(sent, wanted),
            Self::Exact => sent == wanted,
        }
    }
}

impl Parameter {
    /// What follows `path` in the name, if it starts with it.
    fn below(&self, path: &[&str], how: Match) -> Option<&[String]> {
        let (head, rest) = self.segments.split_at_checked(path.len())?;
        let matches = head
            .iter()
            .zip(path)
            .all(|(sent, wanted)| how.same(sent, wanted));
        matches.then_some(rest)
    }
}

/// Whether a segment is that of an array: `[]` or `[0]`.
pub(crate) fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// `filter[reference-id]`, for messages.
pub(crate) fn label(path: &[&str]) -> String {
    let mut out = String::new();
    for (depth, segment) in path.iter().enumerate() {
        if depth == 0 {
            out.push_str(segment);
        } else {
            out.push('[');
            out.push_str(segment);
            out.push(']');
        }
    }
    out
}

impl Query {
    /// Reads a raw query string, without its question mark.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        if raw.len() > LONGEST {
            return Err(Refusal::malformed(format!(
                "The query string must not be longer than {LONGEST} bytes"
            )));
        }
        let mut parameters = Vec::new();
        for part in raw.split('&').filter(|part| !part.is_empty()) {
            if parameters.len() == MOST_PARAMETERS {
                return Err(Refusal::malformed(format!(
                    "The query string must not have more than {MOST_PARAMETERS} parameters"
                )));
            }
            parameters.push(parse_parameter(part)?);
        }
        Ok(Self { parameters })
    }

    /// The value of a single-valued parameter. Of a repeated one the last counts; an array is refused.
    pub fn scalar(&self, path: &[&str]) -> Result<Option<&str>, Refusal> {
        self.scalar_matching(path, Match::AnyInflection)
    }

    /// Like [`Query::scalar`], with names spelled exactly so.
    pub fn scalar_exact(&self, path: &[&str]) -> Result<Option<&str>, Refusal> {
        self.scalar_matching(path, Match::Exact)
    }

    fn scalar_matching(&self, path: &[&str], how: Match) -> Result<Option<&str>, Refusal> {
        let mut last = None;
        for (rest, value) in self.at_or_below(path, how) {
            if !rest.is_empty() {
                return Err(Refusal::malformed(format!(
                    "{} must be a single value",
                    label(path)
                )));
            }
            last = Some(value);
        }
        Ok(last)
    }

    /// The values of a parameter that takes a comma list (`x=a,b`) or an array (`x[]=a&x[]=b`,
    /// `x[0]=a&x[1]=b`). A comma inside the array form belongs to the value; empty members of the comma
    /// form are dropped. Nothing is trimmed. `None` if the parameter was not sent.
    pub fn list(&self, path: &[&str]) -> Option<Vec<String>> {
        self.list_matching(path, Match::AnyInflection)
    }

    /// Like [`Query::list`], with names spelled exactly so.
    pub fn list_exact(&self, path: &[&str]) -> Option<Vec<String>> {
        self.list_matching(path, Match::Exact)
    }

    fn list_matching(&self, path: &[&str], how: Match) -> Option<Vec<String>> {
        let mut plain: Option<&str> = None;
        let mut pushed: Vec<&str> = Vec::new();
        let mut indexed: Vec<(u32, &str)> = Vec::new();
        for (rest, value) in self.at_or_below(path, how) {
            match rest {
                [] => plain = Some(value),
                [push] if push.is_empty() => pushed.push(value),
                [index] if is_index(index) => {
                    indexed.push((index.parse().unwrap_or(u32::MAX), value));
                }
                _ => {}
            }
        }
        if plain.is_none() && pushed.is_empty() && indexed.is_empty() {
            return None;
        }
        indexed.sort_by_key(|(index, _)| *index);
        let commas = plain.into_iter().flat_map(|value| value.split(','));
        let items = commas
            .filter(|item| !item.is_empty())
            .chain(indexed.into_iter().map(|(_, value)| value))
            .chain(pushed);
        Some(items.map(str::to_owned).collect())
    }

    /// The names below `path` as they were sent, each once, with all values at or below them in order:
    /// for `fields[a]=1&fields[b][]=2&fields[a]=3` that is `a: 1, 3` and `b: 2`.
    pub fn children(&self, path: &[&str]) -> Vec<(String, Vec<String>)> {
        let mut out: Vec<(String, Vec<String>)> = Vec::new();
        for (rest, value) in self.at_or_below(path, Match::AnyInflection) {
            let Some(name) = rest.first() else { continue };
            match out.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value.to_owned()),
                None => out.push((name.clone(), vec![value.to_owned()])),
            }
        }
        out
    }

    /// The top-level names as they were sent, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        for name in self.parameters.iter().filter_map(|p| p.segments.first()) {
            if !out.contains(&name.as_str()) {
                out.push(name);
            }
        }
        out
    }

    /// Whether the parameter, or one below it, was sent.
    pub fn has(&self, path: &[&str]) -> bool {
        self.at_or_below(path, Match::AnyInflection)
            .next()
            .is_some()
    }

    /// The decoded names and values as they were sent, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
    }

    /// The rest of the name and the value of every parameter that starts with `path`.
    pub(crate) fn below(&self, path: &[&str]) -> impl Iterator<Item = (&[String], &str)> {
        self.at_or_below(path, Match::AnyInflection)
    }

    /// The decoded pairs whose top-level name is one of `names`.
    pub(crate) fn pairs_of(&self, names: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .filter(|parameter| {
                names
                    .iter()
                    .any(|name| parameter.below(&[name], Match::AnyInflection).is_some())
            })
            .map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
    }

    fn at_or_below(&self, path: &[&str], how: Match) -> impl Iterator<Item = (&[String], &str)> {
        self.parameters.iter().filter_map(move |parameter| {
            let rest = parameter.below(path, how)?;
            Some((rest, parameter.value.as_str()))
        })
    }
}

fn parse_parameter(part: &str) -> Result<Parameter, Refusal> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    let name = decode(name, name)?;
    let value = decode(value, &name)?;
    let segments = segments(&name)?;
    Ok(Parameter {
        name,
        segments,
        value,
    })
}

fn decode(raw: &str, name: &str) -> Result<String, Refusal> {
    let spaced: Cow<'_, str> = if raw.contains('+') {
        raw.replace('+', " ").into()
    } else {
        raw.into()
    };
    let decoded = percent_decode_str(&spaced)
        .decode_utf8()
        .map_err(|_| refuse(name, "is not valid UTF-8"))?;
    if decoded.contains('\0') {
        return Err(refuse(name, "must not contain NUL characters"));
    }
    Ok(decoded.into_owned())
}

fn refuse(name: &str, problem: &str) -> Refusal {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
    Refusal::malformed(format!("Query parameter '{shown}' {problem}"))
}

/// Cuts `a[b][]` into `a`, `b` and an empty segment.
fn segments(name: &str) -> Result<Vec<String>, Refusal> {
    let Some((head, mut rest)) = name.split_once('[') else {
        return Ok(vec![name.to_owned()]);
    };
    let mut out = vec![head.to_owned()];
    loop {
        let (segment, after) = rest
            .split_once(']')
            .ok_or_else(|| refuse(name, "has an unclosed bracket"))?;
        out.push(segment.to_owned());
        if out.len() > DEEPEST {
            return Err(refuse(name, &format!("is nested deeper than {DEEPEST}")));
        }
        if after.is_empty() {
            return Ok(out);
        }
        rest = after
            .strip_prefix('[')
            .ok_or_else(|| refuse(name, "has text after a bracket"))?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query(raw: &str) -> Query {
        Query::parse(raw).unwrap()
    }

    fn refused(raw: &str) -> String {
        let refusal = Query::parse(raw).unwrap_err();
        assert_eq!(refusal.status(), 400);
        refusal.details.unwrap()
    }

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn names_match_in_any_spelling_and_encoding() {
        for raw in [
            "filter[reference-id]=a+b",
            "filter%5Breference-id%5D=a%20b",
            "filter[reference_id]=a b",
            "filter[referenceId]=a%20b",
        ] {
            let path = ["filter", "reference-id"];
            assert_eq!(query(raw).scalar(&path), Ok(Some("a b")), "{raw}");
            assert!(query(raw).has(&path));
            assert!(query(raw).has(&["filter"]));
        }
        let exact = query("fields[name_first]=x");
        assert_eq!(exact.scalar_exact(&["fields", "name-first"]), Ok(None));
        assert_eq!(exact.scalar_exact(&["fields", "name_first"]), Ok(Some("x")));
    }

    #[test]
    fn the_last_of_a_repeated_scalar_counts_and_an_array_is_none() {
        let repeated = query("page[size]=1&page[size]=2");
        assert_eq!(repeated.scalar(&["page", "size"]), Ok(Some("2")));
        let refusal = query("page[size][]=1")
            .scalar(&["page", "size"])
            .unwrap_err();
        assert_eq!(
            refusal.details.as_deref(),
            Some("page[size] must be a single value")
        );
    }

    #[test]
    fn lists_come_as_commas_or_arrays() {
        let path = ["filter", "status"];
        let list = |raw: &str| query(raw).list(&path);
        assert_eq!(list("x=1"), None);
        assert_eq!(list("filter[status]="), Some(vec![]));
        assert_eq!(
            list("filter[status]=a,b,,c"),
            Some(strings(&["a", "b", "c"]))
        );
        assert_eq!(list("filter[status]=a%2Cb"), Some(strings(&["a", "b"])));
        assert_eq!(
            list("filter[status][]=a,b&filter[status][]=c"),
            Some(strings(&["a,b", "c"]))
        );
        assert_eq!(
            list("filter[status][1]=b&filter[status][0]=a&filter[status][99999999999]=c"),
            Some(strings(&["a", "b", "c"]))
        );
        assert_eq!(
            query("a[x_y]=1,2").list_exact(&["a", "x_y"]),
            Some(strings(&["1", "2"]))
        );
    }

    #[test]
    fn children_keep_their_spelling() {
        let children = query("fields[a_b]=1&x=0&fields[c][]=2&fields[a_b]=3&fields=4");
        assert_eq!(
            children.children(&["fields"]),
            vec![
                ("a_b".to_owned(), strings(&["1", "3"])),
                ("c".to_owned(), strings(&["2"])),
            ]
        );
        assert_eq!(children.names(), vec!["fields", "x"]);
        assert_eq!(children.pairs().nth(2), Some(("fields[c][]", "2")));
    }

    #[test]
    fn odd_but_legal_strings() {
        assert_eq!(query("").names(), Vec::<&str>::new());
        assert_eq!(query("&&a&b=&=c").names(), vec!["a", "b", ""]);
        assert_eq!(query("a=b=c").scalar(&["a"]), Ok(Some("b=c")));
        assert_eq!(query("a=100%").scalar(&["a"]), Ok(Some("100%")));
        assert_eq!(query("a]=1").names(), vec!["a]"]);
    }

    #[test]
    fn what_cannot_be_text_is_refused_by_name() {
        assert_eq!(
            refused("a=1&b=%FF"),
            "Query parameter 'b' is not valid UTF-8"
        );
        assert_eq!(
            refused("a[b]=x%00"),
            "Query parameter 'a[b]' must not contain NUL characters"
        );
        assert_eq!(
            refused("a%00=x"),
            "Query parameter 'a%00' must not contain NUL characters"
        );
        assert!(refused("%C3=x").contains("UTF-8"));
        assert!(refused("a[b=1").contains("unclosed"));
        assert!(refused("a[b]c=1").contains("after a bracket"));
    }

    #[test]
    fn limits() {
        assert!(Query::parse(&format!("a={}", "x".repeat(LONGEST - 2))).is_ok());
        assert!(refused(&format!("a={}", "x".repeat(LONGEST - 1))).contains("longer"));
        assert!(Query::parse(&"a&".repeat(MOST_PARAMETERS)).is_ok());
        assert!(refused(&"a&".repeat(MOST_PARAMETERS + 1)).contains("more than 200"));
        assert!(Query::parse("a[b][c][d][e]=1").is_ok());
        assert!(refused("a[b][c][d][e][f]=1").contains("deeper than 5"));
    }

    #[test]
    fn encoding_follows_rfc_3986() {
        assert_eq!(encode("a b+c[d]~-._ü,"), "a%20b%2Bc%5Bd%5D~-._%C3%BC%2C");
    }

    proptest! {
        #[test]
        fn nothing_makes_the_parser_panic(raw in "(\\PC|[\\[\\]&=%+]){0,60}") {
            let _ = Query::parse(&raw);
        }

        #[test]
        fn what_is_encoded_comes_back(
            pairs in prop::collection::vec(("[^\\[\\x00]{0,8}", "[^\\x00]{0,12}"), 0..8),
        ) {
            let raw: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                .collect();
            let query = Query::parse(&raw.join("&")).unwrap();
            let back: Vec<(&str, &str)> = query.pairs().collect();
            let sent: Vec<(&str, &str)> =
                pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            prop_assert_eq!(back, sent);
        }

        #[test]
        fn an_array_carries_any_values(values in prop::collection::vec("[^\\x00]{0,12}", 1..8)) {
            let raw: Vec<String> = values.iter().map(|v| format!("f[x][]={}", encode(v))).collect();
            let query = Query::parse(&raw.join("&")).unwrap();
            prop_assert_eq!(query.list(&["f", "x"]), Some(values));
        }
    }
}
