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
                [index] => indexed.extend(index.parse().ok().map(|index| (index, value))),
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
