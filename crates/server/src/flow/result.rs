//! What leaves through the browser at the end (B42, B116, B136, B444).

use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::field::{FieldKind, FieldSchema, Fields, dash_case};
use selfsame_domain::template::FieldsToBrowser;
use selfsame_service::FlowView;
use serde_json::{Map, Value, json};

/// Left out unless the template lists them.
const SENSITIVE: [&str; 2] = ["social-security-number", "identification-number"];

/// The fields the template lets out.
pub fn fields(view: &FlowView) -> Map<String, Value> {
    let bundle = &view.bundle;
    let pictures = Pictures {
        document: bundle
            .documents
            .last()
            .map(|document| document.id.to_string()),
        selfie: bundle.selfies.last().map(|selfie| selfie.id.to_string()),
    };
    let chosen = bundle.template.settings.fields_to_browser.as_ref();
    fields_of(
        &bundle.version.definition.fields,
        &bundle.view.inquiry.detail.fields,
        &pictures,
        &allowed(chosen, view.environment.kind),
    )
}

struct Pictures {
    document: Option<String>,
    selfie: Option<String>,
}

fn allowed(chosen: Option<&FieldsToBrowser>, environment: EnvironmentKind) -> FieldsToBrowser {
    match (chosen, environment) {
        (Some(chosen), _) => chosen.clone(),
        (None, EnvironmentKind::Sandbox) => FieldsToBrowser::All,
        (None, EnvironmentKind::Production) => FieldsToBrowser::None,
    }
}

fn fields_of(
    schemas: &[FieldSchema],
    values: &Fields,
    pictures: &Pictures,
    allowed: &FieldsToBrowser,
) -> Map<String, Value> {
    schemas
        .iter()
        .map(|schema| (dash_case(&schema.key), schema))
        .filter(|(key, _)| match allowed {
            FieldsToBrowser::All => !SENSITIVE.contains(&key.as_str()),
            FieldsToBrowser::None => false,
            FieldsToBrowser::Listed(list) => list.iter().any(|listed| dash_case(listed) == *key),
        })
        .map(|(key, schema)| {
            let value = value_of(schema, values, pictures);
            (key, json!({ "type": schema.kind.as_str(), "value": value }))
        })
        .collect()
}

fn value_of(schema: &FieldSchema, values: &Fields, pictures: &Pictures) -> Value {
    let picture = |id: &Option<String>, kind: &str| match id {
        Some(id) => json!({ "id": id, "type": kind }),
        None => Value::Null,
    };
    match schema.kind {
        FieldKind::GovernmentId => picture(&pictures.document, "Document::GovernmentId"),
        FieldKind::Selfie => picture(&pictures.selfie, "Selfie::ProfileAndCenter"),
        _ => values.get(&schema.key).cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(allowed: &FieldsToBrowser) -> Value {
        let schemas = [
            FieldSchema::new("name_first", FieldKind::String),
            FieldSchema::new("addressStreet1", FieldKind::String),
            FieldSchema::new("social-security-number", FieldKind::String),
            FieldSchema::new("current-government-id", FieldKind::GovernmentId),
            FieldSchema::new("current-selfie", FieldKind::Selfie),
        ];
        let values = json!({"name_first": "Ada", "social-security-number": "1"});
        let pictures = Pictures {
            document: Some("doc_1".into()),
            selfie: None,
        };
        let values = values.as_object().unwrap();
        Value::Object(fields_of(&schemas, values, &pictures, allowed))
    }

    #[test]
    fn b42_keys_are_dash_cased_and_pictures_are_references() {
        assert_eq!(
            shown(&FieldsToBrowser::All),
            json!({
                "name-first": {"type": "string", "value": "Ada"},
                "address-street-1": {"type": "string", "value": null},
                "current-government-id":
                    {"type": "government_id", "value": {"id": "doc_1", "type": "Document::GovernmentId"}},
                "current-selfie": {"type": "selfie", "value": null},
            })
        );
    }

    #[test]
    fn b444_sensitive_fields_leave_only_by_name() {
        assert_eq!(shown(&FieldsToBrowser::None), json!({}));
        let listed = FieldsToBrowser::Listed(vec!["social_security_number".into()]);
        assert_eq!(
            shown(&listed),
            json!({"social-security-number": {"type": "string", "value": "1"}})
        );
    }

    #[test]
    fn b136_the_environment_decides_where_the_template_does_not() {
        assert_eq!(
            allowed(None, EnvironmentKind::Sandbox),
            FieldsToBrowser::All
        );
        assert_eq!(
            allowed(None, EnvironmentKind::Production),
            FieldsToBrowser::None
        );
        let all = FieldsToBrowser::All;
        assert_eq!(allowed(Some(&all), EnvironmentKind::Production), all);
    }
}
