//! A JSON Schema as lines to read: each member with its depth, kind and what bounds it.

use serde::Serialize;
use serde_json::{Map, Value};

/// No shape of ours is nested deeper; a schema that is ends here.
const DEEPEST: usize = 8;
/// Values that are named one by one.
const MOST_VALUES: usize = 60;

#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub struct Member {
    pub depth: usize,
    pub name: String,
    pub kind: String,
    /// The schema of the page that the kind is about.
    pub schema: Option<String>,
    pub is_required: bool,
    pub note: String,
}

/// The members of an object, or of the objects of a list, and theirs.
pub fn members(schema: &Value) -> Vec<Member> {
    let mut out = Vec::new();
    below(schema, 0, &mut out);
    out
}

fn below(schema: &Value, depth: usize, out: &mut Vec<Member>) {
    if depth == DEEPEST {
        return;
    }
    if let Some(properties) = schema["properties"].as_object() {
        for (name, member) in properties {
            let is_required = texts(&schema["required"]).any(|required| required == name);
            out.push(Member {
                depth,
                name: name.clone(),
                is_required,
                ..described(member)
            });
            below(member, depth + 1, out);
        }
    }
    if schema["items"].is_object() {
        below(&schema["items"], depth, out);
    }
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        if reference(alternative).is_some() {
            out.push(Member {
                depth,
                name: "either".to_owned(),
                ..described(alternative)
            });
        }
        below(alternative, depth, out);
    }
}

/// Kind and bounds of one value, without a name.
pub fn described(schema: &Value) -> Member {
    Member {
        kind: kind(schema),
        schema: reference(schema).or_else(|| reference(&schema["items"])),
        note: note(schema),
        ..Member::default()
    }
}

fn reference(schema: &Value) -> Option<String> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    Some(name.to_owned())
}

fn kind(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return name;
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if schema["enum"].is_array() {
        return joined(&schema["enum"]);
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        let kinds: Vec<_> = alternatives.iter().map(kind).collect();
        return kinds.join(" or ");
    }
    let types: Vec<_> = match &schema["type"] {
        Value::Array(_) => texts(&schema["type"]).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => return "any value".to_owned(),
    };
    let words = types.into_iter().map(|name| match name {
        "array" if schema["items"].is_object() => format!("list of {}", kind(&schema["items"])),
        "array" => "list".to_owned(),
        "string" => match schema["format"].as_str() {
            Some("date-time") => "time".to_owned(),
            Some(format) => format.to_owned(),
            None => "text".to_owned(),
        },
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

fn note(schema: &Value) -> String {
    let Some(schema) = schema.as_object() else {
        return String::new();
    };
    let bounds = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("maxLength", "characters at most:"),
        ("default", "else"),
    ];
    let notes = bounds
        .into_iter()
        .filter_map(|(key, words)| Some(format!("{words} {}", schema.get(key)?)));
    notes
        .chain(values_of(schema))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What an object with keys of the customer's own holds.
fn values_of(schema: &Map<String, Value>) -> Option<String> {
    let values = schema.get("additionalProperties")?;
    values.is_object().then(|| {
        let names: Vec<_> = members(values)
            .into_iter()
            .map(|member| member.name)
            .collect();
        if names.is_empty() {
            format!("each value: {}", kind(values))
        } else {
            format!("each value: {{{}}}", names.join(", "))
        }
    })
}

fn joined(values: &Value) -> String {
    let all: Vec<_> = texts(values).collect();
    if all.len() > MOST_VALUES {
        return format!("one of {}: {} | …", all.len(), all[..3].join(" | "));
    }
    all.join(" | ")
}

fn texts(values: &Value) -> impl Iterator<Item = &str> {
    values
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(member: &Member) -> String {
        let required = if member.is_required { "!" } else { "" };
        let text = format!(
            "{} {}{required}: {} {}",
            member.depth, member.name, member.kind, member.note
        );
        text.trim_end().to_owned()
    }

    #[test]
    fn a_schema_reads_as_lines() {
        let schema = json!({
            "type": "object", "required": ["data"],
            "properties": {
                "data": {"type": "array", "items": {"type": "object", "properties": {
                    "size": {"type": ["integer", "null"], "minimum": 1, "default": 10},
                    "at": {"type": "string", "format": "date-time"},
                }}},
                "of": {"anyOf": [{"type": "object", "properties": {"id": {"type": "string"}}}, {"type": "null"}]},
                "all": {"type": "array", "items": {"$ref": "#/components/schemas/rate-limit-api"}},
                "free": {"type": "object", "additionalProperties": {"type": "string"}},
                "kind": {"enum": ["a", "b"]},
                "any": {},
            },
        });
        let members = members(&schema);
        let lines: Vec<_> = members.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "0 data!: list of object",
                "1 size: whole number or null at least 1, else 10",
                "1 at: time",
                "0 of: object or null",
                "1 id: text",
                "0 all: list of rate-limit-api",
                "0 free: object each value: text",
                "0 kind: a | b",
                "0 any: any value",
            ]
        );
        assert_eq!(members[5].schema.as_deref(), Some("rate-limit-api"));
    }
}
