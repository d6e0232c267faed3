//! I1, I54–I61, and what becomes of field values from either door.

use serde_json::{Value, json};

use super::{NOW, World, fields, later, names};
use crate::RefusalKind;
use crate::field::FieldKind;
use crate::inquiry::{BEHAVIOR_KEYS, FieldSource, Prefill, Status, UpdateInquiry, update};

fn api(value: Value) -> Prefill {
    Prefill::Api(fields(value))
}

fn query(value: Value) -> Prefill {
    Prefill::Query(fields(value))
}

#[test]
fn i1_a_new_inquiry_is_created_at_its_first_step_and_expires_after_the_create_interval() {
    let mut world = World::full();
    let (inquiry, happenings) = world.create(world.command()).unwrap();
    assert_eq!(inquiry.status, Status::Created);
    assert_eq!(inquiry.expires_at, Some(later(86_400)));
    assert_eq!(inquiry.detail.previous_step, None);
    assert_eq!(inquiry.detail.next_step.as_deref(), Some("start"));
    assert_eq!(inquiry.detail.run.revision, 1);
    assert_eq!(inquiry.version, 1);
    assert_eq!((inquiry.created_at, inquiry.updated_at), (NOW, NOW));
    assert_eq!(names(&happenings), ["inquiry.created"]);
}

#[test]
fn i29_i30_every_behaviour_and_every_declared_field_is_there_from_the_start() {
    let mut world = World::full();
    let inquiry = world.inquiry();
    let keys: Vec<_> = inquiry
        .detail
        .behaviors
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, BEHAVIOR_KEYS);
    assert!(inquiry.detail.behaviors.values().all(Value::is_null));
    let declared: Vec<_> = world
        .version
        .definition
        .fields
        .iter()
        .map(|schema| schema.key.clone())
        .collect();
    let shown: Vec<_> = inquiry.detail.fields.keys().cloned().collect();
    assert_eq!(shown, declared);
    let filled: Vec<_> = inquiry
        .detail
        .fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    assert_eq!(filled.len(), 1);
    assert_eq!(inquiry.detail.fields["selected-country-code"], "US");
    assert!(
        inquiry.detail.origins.is_empty(),
        "a default is no write (B237)"
    );
}

#[test]
fn i60_the_api_refuses_unknown_keys_and_wrong_types_all_at_once() {
    let mut world = World::full();
    let mut command = world.command();
    command.prefill = api(json!({"birthdate": "yesterday", "shoe-size": 44, "nameFirst": "Ada"}));
    let refusals = world.create(command).unwrap_err();
    let told: Vec<_> = refusals
        .0
        .iter()
        .map(|refusal| (refusal.status(), refusal.pointer.as_deref().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (422, "/data/attributes/fields/birthdate"),
            (422, "/data/attributes/fields/shoe-size"),
        ]
    );
}

#[test]
fn c66_a_key_matches_in_any_inflection_and_is_stored_as_declared() {
    let mut world = World::full();
    for key in ["name-first", "name_first", "nameFirst"] {
        let mut command = world.command();
        command.prefill = api(json!({key: "Ada"}));
        let (inquiry, _) = world.create(command).unwrap();
        assert_eq!(inquiry.detail.fields["name-first"], "Ada", "{key}");
        assert!(!inquiry.detail.fields.contains_key("nameFirst"));
        let origin = &inquiry.detail.origins["name-first"];
        assert_eq!(
            (&origin.initial, origin.source),
            (&json!("Ada"), FieldSource::Api)
        );
    }
}

#[test]
fn b30_a_link_keeps_what_can_be_read_and_drops_the_rest() {
    let mut world = World::full();
    let mut number = crate::field::FieldSchema::new("age", FieldKind::Number);
    number.label = None;
    let boolean = crate::field::FieldSchema::new("adult", FieldKind::Boolean);
    world.version.definition.fields.extend([number, boolean]);
    let mut command = world.command();
    command.prefill = query(json!({
        "nameFirst": "Ada",
        "birthdate": "1990-05-17T22:00:00.000Z",
        "age": "36",
        "adult": "true",
        "phone-number": ["not", "a", "string"],
        "shoe-size": "44",
        "email_address": "ada@example.test",
    }));
    let (inquiry, _) = world.create(command).unwrap();
    let value = |key: &str| inquiry.detail.fields[key].clone();
    assert_eq!(value("name-first"), "Ada");
    assert_eq!(
        value("birthdate"),
        "1990-05-17",
        "B14: the date is what is meant"
    );
    assert_eq!(value("age"), 36);
    assert_eq!(value("adult"), true);
    assert_eq!(value("phone-number"), Value::Null);
    assert_eq!(value("email-address"), "ada@example.test");
    assert!(!inquiry.detail.fields.contains_key("shoe-size"));
    assert_eq!(inquiry.detail.origins["age"].source, FieldSource::Query);
    assert!(!inquiry.detail.origins.contains_key("phone-number"));
}

#[test]
fn f3_a_write_once_field_takes_one_write_by_api_query_or_null_and_a_default_is_none() {
    let mut world = World::full();
    for schema in &mut world.version.definition.fields {
        schema.write_once = schema.key == "name-first" || schema.key == "selected-country-code";
    }
    let write = |key: &str, value: Value| UpdateInquiry {
        fields: fields(json!({key: value})),
        ..UpdateInquiry::default()
    };
    for prefill in [
        api(json!({"name-first": "Ada"})),
        api(json!({"name-first": null})),
        query(json!({"name-first": "Ada"})),
    ] {
        let mut command = world.command();
        command.prefill = prefill.clone();
        let (inquiry, _) = world.create(command).unwrap();
        let again = update(
            inquiry,
            &world.template,
            &world.version,
            write("nameFirst", json!("Eve")),
            NOW,
        );
        let refusals = again.expect_err("a second write");
        assert_eq!(refusals.status(), 422, "{prefill:?}");
        assert_eq!(
            refusals.0[0].pointer.as_deref(),
            Some("/data/attributes/fields/name-first")
        );
    }
    let inquiry = world.inquiry();
    let (inquiry, _) = update(
        inquiry,
        &world.template,
        &world.version,
        write("selected-country-code", json!("PT")),
        NOW,
    )
    .expect("a default is no write");
    assert_eq!(inquiry.detail.fields["selected-country-code"], "PT");
    let again = update(
        inquiry,
        &world.template,
        &world.version,
        write("selected-country-code", json!("ES")),
        NOW,
    );
    assert!(again.is_err());
}

#[test]
fn i61_an_initial_step_must_be_one_of_the_version() {
    let mut world = World::full();
    let mut command = world.command();
    command.initial_step = Some("verification_selfie".into());
    let (inquiry, _) = world.create(command).unwrap();
    assert_eq!(
        inquiry.detail.next_step.as_deref(),
        Some("verification_selfie")
    );
    let mut command = world.command();
    command.initial_step = Some("nowhere".into());
    let refusals = world.create(command).unwrap_err();
    assert_eq!(refusals.0[0].kind, RefusalKind::Unprocessable);
    assert_eq!(
        refusals.0[0].pointer.as_deref(),
        Some("/data/attributes/initial-step-name")
    );
}

#[test]
fn i61_an_initial_step_must_be_a_screen() {
    let mut world = World::full();
    let mut command = world.command();
    command.initial_step = Some("route_selfie".into());
    assert_eq!(world.create(command).unwrap_err().status(), 422);
}

#[test]
fn i66_p15_an_inactive_template_or_an_unpublished_version_starts_nothing() {
    let mut world = World::full();
    world.template.active = false;
    assert_eq!(world.create(world.command()).unwrap_err().status(), 422);
    let mut world = World::full();
    world.version.published = false;
    let refusals = world.create(world.command()).unwrap_err();
    assert_eq!(refusals.status(), 422);
}

#[test]
fn i59_a_redirect_must_be_on_the_templates_list() {
    let mut world = World::full();
    world.template.settings.allowed_domains = vec!["example.com".into()];
    let mut command = world.command();
    command.redirect_uri = Some("https://example.com/done".into());
    assert!(world.create(command.clone()).is_ok());
    command.redirect_uri = Some("https://evil.example/done".into());
    let refusals = world.create(command).unwrap_err();
    assert_eq!(
        refusals.0[0].pointer.as_deref(),
        Some("/data/attributes/redirect-uri")
    );
}
