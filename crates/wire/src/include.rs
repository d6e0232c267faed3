//! `include`: which related resources a response carries along.
//!
//! Names are relations of the primary resource, with one dot at most
//! (conventions §8 → docs/rules/server-api.md). Not sent and sent empty differ: only the latter answers
//! with `"included": []`.

use selfsame_domain::Refusal;

use crate::inflection::same_key;
use crate::query::Query;

/// What `include` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Include {
    /// The parameter was not sent.
    #[default]
    Absent,
    /// The relations asked for, in kebab, each once; maybe none.
    Named(Vec<String>),
}

impl Include {
    /// Reads `include`; `allowed` are the relations of the endpoint in kebab, such as `account` or
    /// `inquiry-template.latest-published-version`.
    pub fn parse(query: &Query, allowed: &[&str]) -> Result<Self, Refusal> {
        let Some(sent) = query.list(&["include"]) else {
            return Ok(Self::Absent);
        };
        let mut names: Vec<String> = Vec::new();
        for path in sent.iter().map(|path| path.trim()) {
            if path.is_empty() {
                continue;
            }
            let known = find(path, allowed).ok_or_else(|| unknown(path, allowed))?;
            if !names.iter().any(|name| name == known) {
                names.push(known.to_owned());
            }
        }
        Ok(Self::Named(names))
    }

    /// Whether the relation is to be included. The first half of a dotted name is included with it.
    pub fn wants(&self, name: &str) -> bool {
        let Self::Named(names) = self else {
            return false;
        };
        names.iter().any(|named| {
            named == name
                || named
                    .split_once('.')
                    .is_some_and(|(parent, _)| parent == name)
        })
    }

    /// Whether the parameter was sent, so that the response has an `included`.
    pub fn is_present(&self) -> bool {
        matches!(self, Self::Named(_))
    }
}

fn find<'a>(sent: &str, allowed: &[&'a str]) -> Option<&'a str> {
    allowed.iter().copied().find(|path| same_key(sent, path))
}

fn unknown(sent: &str, allowed: &[&str]) -> Refusal {
    let shown: String = sent.chars().take(100).collect();
    let known = match allowed {
        [] => "there is nothing to include here".to_owned(),
        allowed => format!("known relations: {}", allowed.join(", ")),
    };
    Refusal::malformed(format!("include cannot follow '{shown}'; {known}"))
}
