//! Form components and the checks a submitted value passes (table F-3, B241, B244).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::field::{self, FieldKind, FieldSchema, Fields};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    Text,
    TextArea,
    Email,
    Phone,
    Number,
    Date,
    Select,
    Radio,
    Checkbox,
    Country,
}

impl ComponentKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::TextArea => "text_area",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Number => "number",
            Self::Date => "date",
            Self::Select => "select",
            Self::Radio => "radio",
            Self::Checkbox => "checkbox",
            Self::Country => "country",
        }
    }
}

/// One input of a form. Its words come from the catalogue by `key`, unless `label` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub key: String,
    pub kind: ComponentKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The HTML autofill token, `given-name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autocomplete: Option<String>,
}

/// What is wrong with one value; `code` names a text of the catalogue (`problem-<code>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueProblem {
    pub key: String,
    pub code: &'static str,
    pub max: Option<usize>,
}

const LONGEST_INPUT: usize = 1024;

/// Reads a submitted form. Every input of the screen is read, every problem reported; other keys are ignored.
pub fn read(
    components: &[Component],
    schemas: &[FieldSchema],
    values: &Fields,
) -> Result<Fields, Vec<ValueProblem>> {
    let mut read = Fields::new();
    let mut problems = Vec::new();
    for component in components {
        let Some(schema) = field::find_schema(schemas, &component.key) else {
            continue;
        };
        let sent = values.get(&component.key).unwrap_or(&Value::Null);
        match read_one(component, schema, sent) {
            Ok(value) => {
                read.insert(schema.key.clone(), value);
            }
            Err((code, max)) => problems.push(ValueProblem {
                key: component.key.clone(),
                code,
                max,
            }),
        }
    }
    if problems.is_empty() {
        Ok(read)
    } else {
        Err(problems)
    }
}

type Problem = (&'static str, Option<usize>);

fn read_one(component: &Component, schema: &FieldSchema, sent: &Value) -> Result<Value, Problem> {
    let trimmed = match sent {
        Value::String(text) => Value::String(text.trim().to_owned()),
        other => other.clone(),
    };
    let blank = trimmed.is_null() || trimmed == "" || trimmed == false;
    if blank && component.required {
        return Err(("required", None));
    }
    if trimmed.is_null() || trimmed == "" {
        return Ok(Value::Null);
    }
    let limit = schema.max_length.unwrap_or(LONGEST_INPUT);
    if trimmed
        .as_str()
        .is_some_and(|text| text.chars().count() > limit)
    {
        return Err(("too-long", Some(limit)));
    }
    let value = read_text(schema.kind, &trimmed);
    let text = value.as_str().unwrap_or_default();
    let well_formed = match component.kind {
        ComponentKind::Email => is_email(text),
        ComponentKind::Phone => is_phone(text),
        ComponentKind::Country => {
            text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
        }
        _ => true,
    };
    let code = match component.kind {
        ComponentKind::Email => "invalid-email",
        ComponentKind::Phone => "invalid-phone",
        ComponentKind::Number => "invalid-number",
        ComponentKind::Date => "invalid-date",
        _ => "invalid-choice",
    };
    if !well_formed {
        return Err((code, None));
    }
    field::check_value(schema, &value).map_err(|_| (code, None))
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (5..=17).contains(&digits)
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || " +-().".contains(c))
}

/// Text from an input or a query string, as the field's kind; what cannot be read stays as it is and fails its check.
pub fn read_text(kind: FieldKind, value: &Value) -> Value {
    let Value::String(text) = value else {
        return value.clone();
    };
    match kind {
        FieldKind::Number => match text.parse::<i64>() {
            Ok(whole) => whole.into(),
            Err(_) => text
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map_or_else(|| value.clone(), Value::Number),
        },
        FieldKind::Integer => text
            .parse::<i64>()
            .map_or_else(|_| value.clone(), Value::from),
        FieldKind::Boolean => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => value.clone(),
        },
        // The SDK writes dates with a time; the date is what is meant (B14).
        FieldKind::Date if text.len() > 10 && text.parse::<jiff::Timestamp>().is_ok() => {
            text[..10].into()
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_reports_every_problem_at_once() {
        let component = |key: &str, kind, required| Component {
            key: key.into(),
            kind,
            required,
            label: None,
            autocomplete: None,
        };
        let components = [
            component("name-first", ComponentKind::Text, true),
            component("birthdate", ComponentKind::Date, true),
            component("email-address", ComponentKind::Email, false),
        ];
        let schemas = [
            FieldSchema::new("name-first", FieldKind::String),
            FieldSchema::new("birthdate", FieldKind::Date),
            FieldSchema::new("email-address", FieldKind::String),
        ];
        let bad = json!({"name-first": "  ", "birthdate": "1990-13-01", "email-address": "nobody"});
        let problems = read(&components, &schemas, bad.as_object().unwrap()).unwrap_err();
        let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["required", "invalid-date", "invalid-email"]);

        let good = json!({"name-first": " Ada ", "birthdate": "1990-12-01", "stranger": 1});
        let read = read(&components, &schemas, good.as_object().unwrap()).unwrap();
        assert_eq!(
            Value::Object(read),
            json!({"name-first": "Ada", "birthdate": "1990-12-01", "email-address": null})
        );
    }
}
