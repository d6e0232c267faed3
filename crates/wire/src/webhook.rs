//! Webhooks on the wire (W1–W39).

mod headers;
mod included;

use selfsame_domain::Refusal;
use selfsame_domain::Refusals;
use selfsame_domain::api_key::{MAX_NOTE_CHARACTERS, MOST_FILE_TOKEN_SECONDS};
use selfsame_domain::id::Id;
use selfsame_domain::webhook::{
    CustomHeader, FilterProblem, MOST_GRACE_SECONDS, PayloadFilter, Webhook, WebhookChange,
    WebhookSecret, WebhookSettings, check_url, is_known,
};
use serde_json::{Value, json};

use crate::document::{optional_time, time};
use crate::setting::{blocklist, inflection, integer, list, name, text, version};
use crate::{ApiVersion, Nullable, Reader};

pub const TYPE: &str = "webhook";

/// W4: since when a new webhook must have a name, and none can lose it.
const NAMED_SINCE: ApiVersion = ApiVersion::V2025_12_08;
const FILTER: &str = "payload-filter";
const LONGEST_SHOWN: usize = 100;

/// `secrets`: where the answer shows them (W13), the newest first.
pub fn document(webhook: &Webhook, secrets: Option<&[WebhookSecret]>) -> Value {
    let settings = &webhook.settings;
    let mut attributes = json!({
        "status": webhook.status.as_str(),
        "name": settings.name,
        "description": settings.description,
        "url": settings.url,
        "enabled-events": settings.enabled_events,
        "api-version": settings.api_version,
        "api-key-inflection": settings.inflection,
        "api-attributes-blocklist": settings.attributes_blocklist,
        "file-access-token-expires-in": settings.file_access_token_expires_in,
        "payload-filter": settings.payload_filter,
        "included-allowlist": included::document(&settings.included_allowlist),
        "relationship-allowlist": included::of_relationships(settings.relationships),
        "created-at": time(webhook.created_at),
    });
    // W29: no published document knows these.
    for (name, is_set) in [
        ("ordered-per-account", settings.ordered),
        ("selfsame-headers", settings.extra_headers),
    ] {
        if is_set {
            attributes[name] = true.into();
        }
    }
    if let Some(secrets) = secrets {
        let shown = secrets.iter().map(
            |secret| json!({"value": secret.value, "expires-at": optional_time(secret.expires_at)}),
        );
        let current = secrets.first().map(|secret| secret.value.as_str());
        attributes["secret"] = current.into();
        attributes["secrets"] = shown.collect();
    }
    json!({"type": TYPE, "id": webhook.id.as_str(), "attributes": attributes})
}

/// W5: `version`, that of the request, is the new webhook's unless the body names another. `to_loopback`: W7.
pub fn parse_create(
    body: &Value,
    version: ApiVersion,
    to_loopback: bool,
) -> Result<(WebhookSettings, Vec<CustomHeader>), Refusals> {
    let root = Reader::root(body);
    let attributes = attributes(&root, true);
    let required: &[&str] = if version >= NAMED_SINCE {
        &["name", "url", "enabled-events"]
    } else {
        &["url", "enabled-events"]
    };
    for name in required {
        let is_missing = matches!(attributes.value(name), None | Some(Value::Null));
        if attributes.is_present() && is_missing {
            attributes.missing(name);
        }
    }
    let mut change = change(&attributes, version, to_loopback);
    root.finish()?;
    let headers = change.custom_http_headers.take().unwrap_or_default();
    let mut settings = WebhookSettings::new("", Vec::new(), version.as_str());
    settings.apply(change);
    Ok((settings, headers))
}

pub fn parse_update(
    body: &Value,
    version: ApiVersion,
    to_loopback: bool,
) -> Result<WebhookChange, Refusals> {
    let root = Reader::root(body);
    let change = change(&attributes(&root, false), version, to_loopback);
    root.finish()?;
    Ok(change)
}

/// W15: the seconds that the secret before has left.
pub fn parse_rotate(body: &Value) -> Result<i64, Refusals> {
    let root = Reader::root(body);
    let meta = root.object("meta", false);
    let seconds = integer(&meta, "expires-in-seconds", 0, MOST_GRACE_SECONDS);
    root.finish()?;
    Ok(seconds.unwrap_or_default())
}

fn attributes<'a>(root: &Reader<'a>, required: bool) -> Reader<'a> {
    let data = root.object("data", required);
    data.check_type(TYPE);
    data.object("attributes", required)
}

/// W10: null says nothing, except for what is shown as null where it is not set, which it removes.
fn change(attributes: &Reader<'_>, of: ApiVersion, to_loopback: bool) -> WebhookChange {
    let name = name(attributes).filter(|name| name.is_some() || of < NAMED_SINCE);
    WebhookChange {
        name,
        description: text(attributes, "description", MAX_NOTE_CHARACTERS),
        url: url(attributes, to_loopback),
        enabled_events: enabled_events(attributes),
        api_version: version(attributes),
        inflection: inflection(attributes),
        attributes_blocklist: blocklist(attributes),
        file_access_token_expires_in: integer(
            attributes,
            "file-access-token-expires-in",
            1,
            MOST_FILE_TOKEN_SECONDS,
        ),
        payload_filter: payload_filter(attributes),
        included_allowlist: included::parse(attributes),
        relationships: included::parse_relationships(attributes),
        ordered: attributes.nullable_boolean("ordered-per-account").flatten(),
        extra_headers: attributes.nullable_boolean("selfsame-headers").flatten(),
        custom_http_headers: headers::parse(attributes),
    }
}

fn url(attributes: &Reader<'_>, to_loopback: bool) -> Option<String> {
    let url = attributes.nullable_string("url").flatten()?;
    match check_url(&url, to_loopback) {
        Ok(()) => Some(url),
        Err(problem) => {
            attributes.unprocessable("url", problem);
            None
        }
    }
}

/// W6: each once.
fn enabled_events(attributes: &Reader<'_>) -> Option<Vec<String>> {
    const NAME: &str = "enabled-events";
    let events = list(attributes, NAME, |text| {
        if is_known(text) {
            Ok(text.to_owned())
        } else {
            let shown = cut(text);
            Err(format!("is not the name of an event (sent '{shown}')"))
        }
    })?;
    if events.is_empty() {
        attributes.unprocessable(NAME, "must not be empty; * stands for every event");
        return None;
    }
    let mut each: Vec<String> = Vec::with_capacity(events.len());
    for event in events {
        if !each.contains(&event) {
            each.push(event);
        }
    }
    Some(each)
}

fn payload_filter(attributes: &Reader<'_>) -> Nullable<Value> {
    let Some(filter) = attributes.map(FILTER)? else {
        return Some(None);
    };
    match PayloadFilter::parse(filter) {
        Ok(_) => Some(Some(Value::Object(filter.clone()))),
        Err(FilterProblem { path, problem }) => {
            refuse(attributes, FILTER, &path, &problem);
            None
        }
    }
}

/// A 422 about what lies below a member whose keys are the caller's own, and stay as they are.
fn refuse(attributes: &Reader<'_>, name: &str, below: &[String], problem: &str) {
    let (mut place, mut pointer) = (attributes.path_of(name), attributes.pointer_of(name));
    for key in below {
        place.push('.');
        place.push_str(cut(key));
        pointer.push('/');
        pointer.push_str(&cut(key).replace('~', "~0").replace('/', "~1"));
    }
    attributes.refuse(Refusal::unprocessable(
        format!("{place} {problem}"),
        pointer,
    ));
}

/// Of a text that was sent, as much as belongs into a message.
fn cut(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST_SHOWN)
        .map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use selfsame_domain::webhook::{IncludedAllowlist, IncludedOf};

    use super::*;

    fn create(attributes: Value) -> Result<(WebhookSettings, Vec<CustomHeader>), Refusals> {
        let body = json!({"data": {"attributes": attributes}});
        parse_create(&body, ApiVersion::DEFAULT, true)
    }

    fn update(attributes: Value, version: ApiVersion) -> Result<WebhookChange, Refusals> {
        parse_update(&json!({"data": {"attributes": attributes}}), version, true)
    }

    fn least() -> Value {
        json!({"name": "Hook", "url": "https://example.com", "enabled-events": ["*"]})
    }

    #[test]
    fn w3_w5_a_name_a_url_and_events_are_enough() {
        let body = json!({"data": {"type": "webhook", "attributes": least()}});
        let made = parse_create(&body, ApiVersion::V2026_09_29, false).unwrap();
        let expected = WebhookSettings {
            name: Some("Hook".into()),
            ..WebhookSettings::new("https://example.com", vec!["*".into()], "2026-09-29")
        };
        assert_eq!(made, (expected, vec![]));
    }

    #[test]
    fn w4_a_name_is_needed_since_2025_12_08() {
        let body = json!({"data": {"attributes": {"name": null, "url": "https://a.example", "enabled-events": ["*"]}}});
        for version in ApiVersion::ALL {
            let made = parse_create(&body, version, false);
            let is_needed = version >= ApiVersion::V2025_12_08;
            assert_eq!(made.is_err(), is_needed, "{version}");
            let unnamed = update(json!({"name": null}), version).unwrap();
            assert_eq!(unnamed.name, (!is_needed).then_some(None), "{version}");
        }
    }

    #[test]
    fn w10_null_removes_what_is_shown_as_null_and_says_nothing_else() {
        let names = [
            "name",
            "description",
            "url",
            "enabled-events",
            "api-version",
            "api-key-inflection",
            "api-attributes-blocklist",
            "file-access-token-expires-in",
            "payload-filter",
            "included-allowlist",
            "relationship-allowlist",
            "ordered-per-account",
            "selfsame-headers",
            "custom-http-headers",
        ];
        let nulls: serde_json::Map<_, _> = names
            .into_iter()
            .map(|name| (name.to_owned(), Value::Null))
            .collect();
        let expected = WebhookChange {
            description: Some(None),
            payload_filter: Some(None),
            ..WebhookChange::default()
        };
        assert_eq!(update(nulls.into(), ApiVersion::DEFAULT), Ok(expected));
        for empty in [json!({}), json!({"data": {}}), json!({"data": null})] {
            let change = parse_update(&empty, ApiVersion::DEFAULT, true);
            assert_eq!(change, Ok(WebhookChange::default()), "{empty}");
        }
    }

    #[test]
    fn every_setting_is_read() {
        let change = update(
            json!({
                "name": "Hook", "description": "text", "url": "http://localhost:1/x",
                "enabled-events": ["inquiry.*", "account.created", "inquiry.*"],
                "api-version": "2023-01-05", "api-key-inflection": "snake",
                "api-attributes-blocklist": ["name-*"], "file-access-token-expires-in": 60,
                "payload-filter": {"data": {"attributes": {"nameFirst": "A"}}},
                "included-allowlist": {"state": "custom", "event-types": [
                    {"event-type": "inquiry", "relationships": ["account", "inquiry-template"]},
                ]},
                "relationship-allowlist": {"state": "include_none"},
                "ordered-per-account": true, "selfsame-headers": true,
                "custom-http-headers": {"X-API-Key": "k"},
            }),
            ApiVersion::DEFAULT,
        )
        .unwrap();
        let of_inquiries = IncludedOf {
            event_type: "inquiry".into(),
            relations: vec!["account".into(), "inquiry-template".into()],
        };
        let expected = WebhookChange {
            name: Some(Some("Hook".into())),
            description: Some(Some("text".into())),
            url: Some("http://localhost:1/x".into()),
            enabled_events: Some(vec!["inquiry.*".into(), "account.created".into()]),
            api_version: Some("2023-01-05".into()),
            inflection: Some("snake".into()),
            attributes_blocklist: Some(vec!["name-*".into()]),
            file_access_token_expires_in: Some(60),
            payload_filter: Some(Some(json!({"data": {"attributes": {"nameFirst": "A"}}}))),
            included_allowlist: Some(IncludedAllowlist::Custom(vec![of_inquiries])),
            relationships: Some(false),
            ordered: Some(true),
            extra_headers: Some(true),
            custom_http_headers: Some(vec![CustomHeader {
                name: "X-API-Key".into(),
                value: "k".into(),
            }]),
        };
        assert_eq!(change, expected);
    }

    #[test]
    fn what_cannot_be_is_a_422_at_its_place() {
        let long = "x".repeat(256);
        for (name, wrong, below) in [
            ("name", json!(" "), ""),
            ("name", json!(long), ""),
            ("url", json!("http://example.com"), ""),
            ("enabled-events", json!([]), ""),
            ("enabled-events", json!(["*", "inquiry.aproved"]), "/1"),
            ("enabled-events", json!(["nothing.*"]), "/0"),
            ("api-version", json!("2024-01-01"), ""),
            ("api-key-inflection", json!("pascal"), ""),
            ("api-attributes-blocklist", json!(["/data//x"]), "/0"),
            ("file-access-token-expires-in", json!(259_201), ""),
            (
                "payload-filter",
                json!({"data": {"a/b": {"$or": []}}}),
                "/data/a~1b/$or",
            ),
            ("payload-filter", json!({"Data": 1}), "/Data"),
            ("custom-http-headers", json!({"Host": "x"}), "/Host"),
            ("custom-http-headers", json!({"X-Key": "a\nb"}), "/X-Key"),
            (
                "custom-http-headers",
                json!({"X-Key": "a", "x-key": "b"}),
                "",
            ),
            ("included-allowlist", json!({"state": "some"}), "/state"),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": []}),
                "/event-types",
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [{"event-type": "inquiries", "relationships": ["*"]}]}),
                "/event-types/0/event-type",
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [{"event-type": "inquiry", "relationships": []}]}),
                "/event-types/0/relationships",
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [{"event-type": "inquiry", "relationships": ["*", "account"]}]}),
                "/event-types/0/relationships",
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [{"event-type": "inquiry", "relationships": ["a b"]}]}),
                "/event-types/0/relationships/0",
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [
                    {"event-type": "inquiry", "relationships": ["*"]},
                    {"event-type": "inquiry", "relationships": ["account"]},
                ]}),
                "/event-types/1/event-type",
            ),
            (
                "relationship-allowlist",
                json!({"state": "custom"}),
                "/state",
            ),
        ] {
            let mut attributes = least();
            attributes[name] = wrong.clone();
            let refusals = create(attributes).unwrap_err();
            let pointer = refusals.0[0].pointer.clone().unwrap_or_default();
            assert_eq!(
                pointer,
                format!("/data/attributes/{name}{below}"),
                "{wrong}"
            );
            assert_eq!((refusals.status(), refusals.0.len()), (422, 1), "{wrong}");
        }
    }

    #[test]
    fn wrong_shapes_are_400() {
        for (name, wrong) in [
            ("name", json!(1)),
            ("name", Value::Null),
            ("url", Value::Null),
            ("url", json!([])),
            ("enabled-events", Value::Null),
            ("enabled-events", json!("*")),
            ("enabled-events", json!([1])),
            ("file-access-token-expires-in", json!("60")),
            ("payload-filter", json!([])),
            ("payload-filter", json!("data")),
            ("custom-http-headers", json!([])),
            ("custom-http-headers", json!({"X-Key": 1})),
            ("custom-http-headers", json!({"X-Key": null})),
            ("included-allowlist", json!("include_all")),
            ("included-allowlist", json!({})),
            ("included-allowlist", json!({"state": "custom"})),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [1]}),
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [{"event-type": "inquiry"}]}),
            ),
            (
                "included-allowlist",
                json!({"state": "custom", "event-types": [{"event-type": "inquiry", "relationships": null}]}),
            ),
            ("relationship-allowlist", json!(true)),
            ("ordered-per-account", json!("true")),
            ("selfsame-headers", json!(1)),
        ] {
            let mut attributes = least();
            attributes[name] = wrong.clone();
            let refusals = create(attributes).unwrap_err();
            assert_eq!(
                (refusals.status(), refusals.0.len()),
                (400, 1),
                "{name} {wrong}"
            );
        }
        let of_another = json!({"data": {"type": "account", "attributes": least()}});
        assert!(parse_create(&of_another, ApiVersion::DEFAULT, true).is_err());
        assert!(parse_create(&json!({}), ApiVersion::DEFAULT, true).is_err());
    }

    #[test]
    fn w28_no_message_has_the_value_of_a_header() {
        for headers in [
            json!({"X-Key": "hush\n"}),
            json!({"X Key": "hush"}),
            json!({"a": "hush", "A": "hush"}),
        ] {
            let mut attributes = least();
            attributes["custom-http-headers"] = headers;
            let refusals = create(attributes).unwrap_err();
            assert!(!refusals.to_string().contains("hush"), "{refusals}");
        }
    }

    #[test]
    fn w15_the_seconds_of_grace_have_bounds_and_need_not_be_said() {
        let read = |seconds: Value| parse_rotate(&json!({"meta": {"expires-in-seconds": seconds}}));
        for (sent, expected) in [
            (json!(0), 0),
            (json!(2_592_000), 2_592_000),
            (Value::Null, 0),
        ] {
            assert_eq!(read(sent), Ok(expected));
        }
        for nothing in [json!({}), json!({"meta": {}}), json!({"meta": null})] {
            assert_eq!(parse_rotate(&nothing), Ok(0), "{nothing}");
        }
        for (wrong, status) in [
            (json!(-1), 422),
            (json!(2_592_001), 422),
            (json!(u64::MAX), 422),
            (json!("60"), 400),
            (json!(1.5), 400),
        ] {
            assert_eq!(read(wrong.clone()).unwrap_err().status(), status, "{wrong}");
        }
    }
}
