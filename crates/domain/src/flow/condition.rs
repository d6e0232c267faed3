//! Route conditions: `path operator value` (B245, B248, B249).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Scope;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// `fields.<key>`, `flow_state.run_<alias>_attempts`, `verifications.<alias>.last.status`, `environment`.
    pub path: String,
    pub operator: Operator,
    #[serde(default)]
    pub value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    LessOrEqual,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    GreaterOrEqual,
    #[serde(rename = "is blank")]
    IsBlank,
    #[serde(rename = "is not blank")]
    IsNotBlank,
    #[serde(rename = "includes")]
    Includes,
    #[serde(rename = "includes any of")]
    IncludesAnyOf,
    #[serde(rename = "excludes")]
    Excludes,
}

impl Condition {
    pub fn new(path: &str, operator: Operator, value: impl Into<Value>) -> Self {
        Self {
            path: path.to_owned(),
            operator,
            value: value.into(),
        }
    }

    pub fn holds(&self, scope: &Scope<'_>) -> bool {
        compare(&look_up(scope, &self.path), self.operator, &self.value)
    }
}

fn look_up(scope: &Scope<'_>, path: &str) -> Value {
    if path == "environment" {
        return scope.environment.as_str().into();
    }
    if let Some(key) = path.strip_prefix("fields.") {
        return scope.fields.get(key).cloned().unwrap_or(Value::Null);
    }
    let attempts = path
        .strip_prefix("flow_state.run_")
        .and_then(|rest| rest.strip_suffix("_attempts"));
    if let Some(alias) = attempts {
        return scope
            .attempts
            .get(alias)
            .cloned()
            .unwrap_or_else(|| 0.into());
    }
    let status_of = path
        .strip_prefix("verifications.")
        .and_then(|rest| rest.strip_suffix(".last.status"));
    if let Some(alias) = status_of {
        let last = scope
            .verifications
            .iter()
            .rev()
            .find(|made| made.detail.alias == alias);
        return last.map_or(Value::Null, |made| made.status.as_str().into());
    }
    Value::Null
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// B248: a null operand makes every comparison false except `is blank` and `!=`.
fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    match operator {
        Operator::IsBlank => return is_blank(left),
        Operator::IsNotBlank => return !is_blank(left),
        Operator::NotEqual => return left != right,
        _ if left.is_null() || right.is_null() => return false,
        _ => {}
    }
    let order = || match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    };
    match operator {
        Operator::Equal => left == right,
        Operator::Less => order().is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => order().is_some_and(std::cmp::Ordering::is_le),
        Operator::Greater => order().is_some_and(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => order().is_some_and(std::cmp::Ordering::is_ge),
        Operator::Includes => includes(left, right),
        Operator::IncludesAnyOf => right
            .as_array()
            .is_some_and(|items| items.iter().any(|item| includes(left, item))),
        Operator::Excludes => !includes(left, right),
        Operator::NotEqual | Operator::IsBlank | Operator::IsNotBlank => false,
    }
}

fn includes(container: &Value, item: &Value) -> bool {
    match (container, item) {
        (Value::Array(items), item) => items.contains(item),
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b248_null_makes_comparisons_false_except_two() {
        use Operator as O;
        for operator in [
            O::Equal,
            O::Less,
            O::LessOrEqual,
            O::Greater,
            O::GreaterOrEqual,
            O::Includes,
            O::Excludes,
        ] {
            assert!(!compare(&Value::Null, operator, &json!(1)), "{operator:?}");
            assert!(!compare(&json!(1), operator, &Value::Null), "{operator:?}");
        }
        assert!(compare(&Value::Null, O::NotEqual, &json!(1)));
        assert!(compare(&Value::Null, O::IsBlank, &Value::Null));
        assert!(!compare(&Value::Null, O::IsNotBlank, &Value::Null));
    }

    #[test]
    fn operators_compare_numbers_texts_and_lists() {
        use Operator as O;
        assert!(compare(&json!(4), O::Less, &json!(5)));
        assert!(!compare(&json!(5), O::Less, &json!(5)));
        assert!(compare(&json!("b"), O::Greater, &json!("a")));
        assert!(compare(&json!(["a"]), O::Includes, &json!("a")));
        assert!(compare(&json!(["a"]), O::IncludesAnyOf, &json!(["x", "a"])));
        assert!(compare(&json!(["a"]), O::Excludes, &json!("x")));
    }
}
