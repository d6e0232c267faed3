//! The query of `/verify` and `/widget` (B14–B33, B101–B114), read as forgivingly as the original reads it.

use selfsame_domain::field::Fields;
use serde_json::{Map, Value};

use crate::Query;
use crate::inflection::kebab;

/// B17.
const LONGEST_QUERY: usize = 32 * 1024;
const MOST_FIELDS: usize = 200;
const DEEPEST_FIELD: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FlowType {
    #[default]
    Embedded,
    Inline,
}

/// What a link or an embed asks for. Everything is the visitor's word and trusted as such.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowParameters {
    pub client_version: Option<String>,
    pub flow_type: FlowType,
    /// `template-id` or `inquiry-template-id`, as received.
    pub template_id: Option<String>,
    pub template_version_id: Option<String>,
    pub inquiry_id: Option<String>,
    pub session_token: Option<String>,
    pub environment_id: Option<String>,
    pub environment: Option<String>,
    pub iframe_origin: Option<String>,
    pub frame_ancestors: Vec<String>,
    pub reference_id: Option<String>,
    pub account_id: Option<String>,
    pub account_type_id: Option<String>,
    pub fields: Fields,
    pub language: Option<String>,
    pub style_variant: Option<String>,
    pub theme_set_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub is_webview: bool,
}

/// The query is beyond the limits of B17, or not readable at all; the text says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableQuery(pub String);

impl FlowParameters {
    pub fn parse(raw: &str) -> Result<Self, UnreadableQuery> {
        if raw.len() > LONGEST_QUERY {
            return Err(UnreadableQuery("the query is longer than 32 KiB".into()));
        }
        let query = Query::parse(raw).map_err(|refusal| UnreadableQuery(refusal.to_string()))?;
        let mut parameters = Self::default();
        let mut prefill = Vec::new();
        let mut fields = Vec::new();
        for (name, value) in query.pairs() {
            let path = segments(name);
            let top = kebab(path[0]).into_owned();
            match (top.as_str(), path.len()) {
                ("fields", 2..) => fields.push((path[1..].to_vec(), value)),
                ("prefill", 2..) => prefill.push((path[1..].to_vec(), value)),
                ("frame-ancestors", 1 | 2) => parameters.frame_ancestors.push(value.to_owned()),
                (name, 1) => parameters.set(name, value),
                _ => {}
            }
        }
        // B113: the deprecated name is read where the current one is absent.
        let entries = if fields.is_empty() { prefill } else { fields };
        if entries.len() > MOST_FIELDS {
            return Err(UnreadableQuery(
                "the query has more than 200 field entries".into(),
            ));
        }
        for (path, value) in entries {
            if path.len() > DEEPEST_FIELD {
                return Err(UnreadableQuery(
                    "a field of the query is nested deeper than 5".into(),
                ));
            }
            insert(&mut parameters.fields, &path, value);
        }
        let nested = std::mem::take(&mut parameters.fields);
        parameters.fields = nested
            .into_iter()
            .map(|(key, value)| (key, lists(value)))
            .collect();
        Ok(parameters)
    }

    /// The first of repeated parameters counts; an empty one counts as absent, except a reference ID, which
    /// is empty by R7's rule.
    fn set(&mut self, name: &str, value: &str) {
        let slot = match name {
            "client-version" => &mut self.client_version,
            "template-id" | "inquiry-template-id" => &mut self.template_id,
            "inquiry-template-version-id" => &mut self.template_version_id,
            "inquiry-id" => &mut self.inquiry_id,
            "session-token" => &mut self.session_token,
            "environment-id" => &mut self.environment_id,
            "environment" => &mut self.environment,
            "iframe-origin" => &mut self.iframe_origin,
            "reference-id" => &mut self.reference_id,
            "account-id" => &mut self.account_id,
            "account-type-id" => &mut self.account_type_id,
            "language" => &mut self.language,
            "style-variant" => &mut self.style_variant,
            "theme-set-id" => &mut self.theme_set_id,
            "redirect-uri" => &mut self.redirect_uri,
            "flow-type" => {
                if value == "inline" {
                    self.flow_type = FlowType::Inline;
                }
                return;
            }
            "is-webview" => {
                self.is_webview = value == "true";
                return;
            }
            _ => return,
        };
        if slot.is_none() && !value.is_empty() {
            *slot = Some(value.to_owned());
        }
    }

    /// Every origin the page says it is framed by (B401).
    pub fn declared_origins(&self) -> Vec<&str> {
        self.iframe_origin
            .iter()
            .chain(&self.frame_ancestors)
            .map(String::as_str)
            .collect()
    }
}

/// `a[b][c]` as `["a", "b", "c"]`; `a[]` ends in an empty segment.
fn segments(name: &str) -> Vec<&str> {
    let Some((top, rest)) = name.split_once('[') else {
        return vec![name];
    };
    let mut path = vec![top];
    path.extend(rest.trim_end_matches(']').split("]["));
    path
}

fn insert(members: &mut Map<String, Value>, path: &[&str], value: &str) {
    let [first, rest @ ..] = path else { return };
    // `a[]` appends: each takes the next free index.
    let key = if first.is_empty() {
        members.len().to_string()
    } else {
        (*first).to_owned()
    };
    if rest.is_empty() {
        members.entry(key).or_insert_with(|| value.into());
        return;
    }
    let child = members.entry(key).or_insert_with(|| Map::new().into());
    if let Value::Object(child) = child {
        insert(child, rest, value);
    }
}

/// Objects whose keys are 0, 1, 2 … are lists.
fn lists(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let is_list = !members.is_empty()
        && members
            .keys()
            .enumerate()
            .all(|(index, key)| *key == index.to_string());
    let children = members.into_iter().map(|(key, value)| (key, lists(value)));
    if is_list {
        children.map(|(_, value)| value).collect::<Vec<_>>().into()
    } else {
        children.collect::<Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b14_the_query_the_sdk_writes_is_read_back() {
        let raw = "client-version=5.9.0&container-id=c&flow-type=embedded&inquiry-template-id=itmpl_abc\
            &environment-id=env_1&iframe-origin=https%3A%2F%2Fshop.example.com\
            &frame-ancestors%5B0%5D=https%3A%2F%2Fa.example&frame-ancestors%5B1%5D=https%3A%2F%2Fb.example\
            &reference-id=user%201%2F%C3%A9&fields%5Bname-first%5D=Jane%20%26%20Co&fields%5Barr%5D%5B0%5D=a\
            &fields%5Barr%5D%5B1%5D=b&fields%5Bobj%5D%5Binner-key%5D=v&fields%5Bempty%5D=";
        let parameters = FlowParameters::parse(raw).unwrap();
        assert_eq!(parameters.reference_id.as_deref(), Some("user 1/é"));
        assert_eq!(
            parameters.declared_origins(),
            [
                "https://shop.example.com",
                "https://a.example",
                "https://b.example"
            ]
        );
        assert_eq!(
            Value::Object(parameters.fields),
            json!({"name-first": "Jane & Co", "arr": ["a", "b"], "obj": {"inner-key": "v"}, "empty": ""})
        );
    }

    #[test]
    fn b17_hand_written_spellings_are_accepted_and_the_first_of_two_counts() {
        let parameters = FlowParameters::parse("template_id=itmpl_a&referenceId=first+one&reference-id=second&fields[tags][]=x&fields[tags][]=y").unwrap();
        assert_eq!(parameters.template_id.as_deref(), Some("itmpl_a"));
        assert_eq!(parameters.reference_id.as_deref(), Some("first one"));
        assert_eq!(
            Value::Object(parameters.fields),
            json!({"tags": ["x", "y"]})
        );
    }

    #[test]
    fn b17_limits() {
        assert!(FlowParameters::parse(&format!("language={}", "x".repeat(LONGEST_QUERY))).is_err());
        assert!(FlowParameters::parse("fields[a][b][c][d][e][f][g]=1").is_err());
    }
}
