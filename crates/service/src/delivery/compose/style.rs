//! Bodies in a receiver's style (W61, W62).

use selfsame_domain::event::Event;
use selfsame_domain::webhook::PayloadFilter;
use selfsame_wire as wire;
use selfsame_wire::file::may_refer;
use selfsame_wire::{ApiVersion, Blocklist, Inflection};
use serde_json::{Value, json};

use crate::FileLinks;

/// How a receiver wants to be told of events.
#[derive(Debug)]
pub(in super::super) struct Style {
    pub version: ApiVersion,
    pub inflection: Inflection,
    pub blocklist: Blocklist,
    pub filter: Option<PayloadFilter>,
    /// Whether the event's object is sent with its relationships (W11).
    pub relationships: bool,
    pub files: Option<FileLinks>,
}

/// The body for a receiver, and whether its filter lets it through.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Composed {
    pub body: Vec<u8>,
    pub matches: bool,
}

impl Style {
    /// W61: the document of the event, made the receiver's own as an answer is made a caller's. W62: the filter is held
    /// against the payload as it is sent.
    pub fn compose(&self, event: &Event, included: Vec<Value>) -> Composed {
        let mut document = json!({"data": null});
        document["data"] = wire::event::document(event);
        let payload = &mut document["data"]["attributes"]["payload"];
        payload["included"] = included.into();
        if !self.relationships
            && let Some(data) = payload["data"].as_object_mut()
        {
            data.remove("relationships");
        }
        crate::dress(
            &mut document,
            self.version,
            self.inflection,
            &wire::Fieldsets::default(),
            &self.blocklist,
            self.files.as_ref(),
        );
        let payload = &document["data"]["attributes"]["payload"];
        let matches = self
            .filter
            .as_ref()
            .is_none_or(|filter| filter.matches(payload));
        Composed {
            body: serde_json::to_vec(&document).unwrap_or_default(),
            matches,
        }
    }

    /// The same, with nothing included, straight from the text of the payload, where nothing has to be looked for in it:
    /// a fraction of the time. `None`: [`Style::compose`] has to do it.
    pub fn straight(&self, event: &Event<String>) -> Option<Vec<u8>> {
        let is_plain = self.version.is_as_built()
            && self.blocklist.is_empty()
            && self.filter.is_none()
            && self.relationships
            && !may_refer(event.payload.as_bytes());
        is_plain
            .then(|| wire::event::written(event, self.inflection))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use selfsame_domain::Timestamp;
    use selfsame_domain::id::{EnvironmentId, EventId, Id as _};
    use serde_json::Map;

    use super::*;

    fn event(payload: Value, context: Map<String, Value>) -> Event {
        Event {
            id: EventId::from_trusted("evt_1".into()),
            environment_id: EnvironmentId::from_trusted("env_1".into()),
            name: "account.created".into(),
            object_type: "account".into(),
            object_id: "act_1".into(),
            account_id: None,
            created_at: Timestamp::from_millis(1_770_113_700_123),
            ordinal: 0,
            payload,
            context,
        }
    }

    fn any_key() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "[a-c]{1,3}([-_]?[A-Ca-c0-9]{1,2}){0,2}",
            3 => "fields|headers|type|id|attributes|relationships|value|name-first|get-params",
            1 => "\\PC{0,4}",
        ]
    }

    fn any_json(depth: u32) -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            Just(json!("account")),
            Just(json!("selfsame-file:docf_1/front.jpg")),
        ];
        leaf.prop_recursive(depth, 32, 5, move |inner| {
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                3 => prop::collection::vec((any_key(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// A resource object, as payloads are, or whatever else.
    fn any_payload() -> impl Strategy<Value = Value> {
        let kinds = prop_oneof![
            Just("account"),
            Just("inquiry"),
            Just("inquiry-session"),
            Just("verification/government-id"),
            Just("document/generic"),
        ];
        let object = (kinds, any_json(4), any_json(3), any_json(2)).prop_map(
            |(kind, attributes, fields, relationships)| {
                let mut object = json!({"type": kind, "id": "x_1", "attributes": attributes});
                if let Some(attributes) = object["attributes"].as_object_mut() {
                    attributes.insert("fields".into(), fields);
                }
                object["relationships"] = relationships;
                object
            },
        );
        prop_oneof![4 => object, 1 => any_json(4)]
    }

    fn any_style() -> impl Strategy<Value = Style> {
        let version = prop::sample::select(ApiVersion::ALL.to_vec());
        let inflection = prop::sample::select(vec![
            Inflection::Kebab,
            Inflection::Camel,
            Inflection::Snake,
        ]);
        let blocklist = prop_oneof![3 => Just(vec![]), 1 => Just(vec!["name-*".to_owned()])];
        let filter =
            prop_oneof![3 => Just(None), 1 => Just(Some(json!({"data": {"type": "account"}})))];
        let relationships = prop_oneof![3 => Just(true), 1 => Just(false)];
        (version, inflection, blocklist, filter, relationships).prop_map(
            |(version, inflection, blocklist, filter, relationships)| Style {
                version,
                inflection,
                blocklist: Blocklist::new(&blocklist),
                filter: filter.and_then(|filter| PayloadFilter::parse(filter.as_object()?).ok()),
                relationships,
                files: None,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn w61_straight_from_the_text_come_the_same_bytes(
            style in any_style(),
            payload in any_payload(),
            context in prop::collection::vec((any_key(), any_json(2)), 0..3),
        ) {
            let event = event(payload, context.into_iter().collect());
            // As a store gives it back.
            let written = event.written();
            let read = written.clone().read().expect("JSON");
            if let Some(body) = style.straight(&written) {
                let composed = style.compose(&read, Vec::new());
                prop_assert!(composed.matches);
                prop_assert_eq!(String::from_utf8(body), String::from_utf8(composed.body));
            }
        }
    }

    #[test]
    fn w61_the_usual_receiver_is_told_straight_from_the_text() {
        let event = event(
            json!({"type": "account", "attributes": {"created-at": 1, "fields": {"name_first": null}}}),
            json!({"added-tags": ["a-b"]})
                .as_object()
                .cloned()
                .unwrap_or_default(),
        );
        let style = Style {
            version: ApiVersion::DEFAULT,
            inflection: Inflection::Camel,
            blocklist: Blocklist::default(),
            filter: None,
            relationships: true,
            files: None,
        };
        let body = style.straight(&event.clone().written()).expect("a body");
        assert_eq!(body, style.compose(&event, Vec::new()).body);
        let text = String::from_utf8(body).expect("text");
        assert_eq!(
            text,
            r#"{"data":{"type":"event","id":"evt_1","attributes":{"name":"account.created","payload":{"data":{"type":"account","attributes":{"createdAt":1,"fields":{"name_first":null}}},"included":[]},"createdAt":"2026-02-03T10:15:00.123Z","context":{"addedTags":["a-b"]}}}}"#
        );
    }

    #[test]
    fn v3_files_filters_blocklists_and_older_versions_are_left_to_the_tree() {
        let plain = || Style {
            version: ApiVersion::DEFAULT,
            inflection: Inflection::Kebab,
            blocklist: Blocklist::default(),
            filter: None,
            relationships: true,
            files: None,
        };
        let file = json!({"type": "account", "attributes": {"fields": {"selfie_photo": {
            "type": "file", "value": {"url": "selfsame-file:act_1.docf_2/me.jpg"},
        }}}});
        assert!(
            plain()
                .straight(&event(file, Map::new()).written())
                .is_none()
        );
        let simple = event(json!({"type": "account"}), Map::new()).written();
        assert!(plain().straight(&simple).is_some());
        let filter = PayloadFilter::parse(&Map::new()).ok();
        for style in [
            Style {
                version: ApiVersion::V2023_01_05,
                ..plain()
            },
            Style {
                blocklist: Blocklist::new(&["note".into()]),
                ..plain()
            },
            Style { filter, ..plain() },
            Style {
                relationships: false,
                ..plain()
            },
        ] {
            assert!(style.straight(&simple).is_none(), "{style:?}");
        }
    }
}
