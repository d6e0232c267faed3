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

    /// What versions before 2025-10-27 carry along unasked (C77): every relation.
    pub fn all(allowed: &[&str]) -> Self {
        let relations = allowed.iter().filter(|path| !path.contains('.'));
        Self::Named(relations.map(|path| (*path).to_owned()).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: [&str; 3] = [
        "account",
        "inquiry-template",
        "inquiry-template.latest-published-version",
    ];

    fn include(raw: &str) -> Result<Include, Refusal> {
        Include::parse(&Query::parse(raw)?, &ALLOWED)
    }

    fn named(names: &[&str]) -> Include {
        Include::Named(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn absent_and_empty_differ() {
        assert_eq!(include("x=1"), Ok(Include::Absent));
        assert!(!Include::Absent.is_present());
        assert_eq!(include("include="), Ok(named(&[])));
        assert!(named(&[]).is_present());
    }

    #[test]
    fn names_are_normalised_and_counted_once() {
        let expected = named(&["account", "inquiry-template"]);
        assert_eq!(
            include("include=account,%20inquiryTemplate,account,inquiry_template"),
            Ok(expected.clone())
        );
        assert_eq!(
            include("include[]=account&include[]=inquiry-template"),
            Ok(expected)
        );
    }

    #[test]
    fn a_dotted_name_brings_its_first_half() {
        let dotted = include("include=inquiryTemplate.latestPublishedVersion").unwrap();
        assert!(dotted.wants("inquiry-template.latest-published-version"));
        assert!(dotted.wants("inquiry-template"));
        assert!(!dotted.wants("account"));
        assert!(!Include::Absent.wants("account"));
    }

    #[test]
    fn unknown_and_deeper_paths_are_refused() {
        for wrong in [
            "accounts",
            "account.account-type",
            "inquiry-template.a.b",
            ".",
        ] {
            let refusal = include(&format!("include={wrong}")).unwrap_err();
            assert_eq!(refusal.status(), 400);
            assert_eq!(
                refusal.details,
                Some(format!(
                    "include cannot follow '{wrong}'; known relations: {}",
                    ALLOWED.join(", ")
                ))
            );
        }
        let none = Include::parse(&Query::parse("include=a").unwrap(), &[]).unwrap_err();
        assert!(none.details.unwrap().ends_with("nothing to include here"));
    }
}
