//! API keys on the wire (K1–K16).

use selfsame_domain::Refusals;
use selfsame_domain::address::AddressEntry;
use selfsame_domain::api_key::{
    ApiKey, ApiKeyChange, ApiKeySettings, MAX_NOTE_CHARACTERS, MOST_EXPIRY_SECONDS,
    MOST_FILE_TOKEN_SECONDS,
};
use selfsame_domain::id::Id;
use selfsame_domain::permission::Permission;
use serde_json::{Value, json};

use crate::document::{optional_time, time};
use crate::setting::{blocklist, inflection, integer, list, name, text, version};
use crate::{ApiVersion, Reader};

pub const TYPE: &str = "api-key";

/// `value`: where the answer shows it (K2).
pub fn document(key: &ApiKey, value: Option<&str>) -> Value {
    let settings = &key.settings;
    let mut attributes = json!({
        "name": settings.name,
        "note": settings.note,
        "api-version": settings.api_version,
        "api-key-inflection": settings.inflection,
        "api-attributes-blocklist": settings.attributes_blocklist,
        "ip-address-allowlist": settings.ip_address_allowlist,
        "permissions": settings.permissions,
        "file-access-token-expires-in": settings.file_access_token_expires_in,
        "last-used-at": optional_time(key.last_used_at),
        "expires-at": optional_time(key.expires_at),
        "created-at": time(key.created_at),
    });
    if let Some(value) = value {
        attributes["value"] = value.into();
    }
    json!({"type": TYPE, "id": key.id.as_str(), "attributes": attributes})
}

/// K5: `version`, that of the request, is the new key's unless the body names another.
pub fn parse_create(body: &Value, version: ApiVersion) -> Result<ApiKeySettings, Refusals> {
    let root = Reader::root(body);
    let attributes = attributes(&root);
    if attributes.is_present() && matches!(attributes.value("name"), None | Some(Value::Null)) {
        attributes.missing("name");
    }
    let change = change(&attributes);
    root.finish()?;
    let mut settings = ApiKeySettings::new("", version.as_str());
    settings.apply(change);
    Ok(settings)
}

pub fn parse_update(body: &Value) -> Result<ApiKeyChange, Refusals> {
    let root = Reader::root(body);
    let change = change(&attributes(&root));
    root.finish()?;
    Ok(change)
}

/// K12: the seconds that a key has left.
pub fn parse_expire(body: &Value) -> Result<i64, Refusals> {
    const NAME: &str = "expires-in-seconds";
    let root = Reader::root(body);
    let meta = root.object("meta", true);
    if meta.is_present() && !meta.has(NAME) {
        meta.missing(NAME);
    }
    let seconds = integer(&meta, NAME, 0, MOST_EXPIRY_SECONDS);
    if meta.value(NAME).is_some_and(Value::is_null) {
        meta.malformed(NAME, "must be an integer");
    }
    root.finish()?;
    Ok(seconds.unwrap_or_default())
}

fn attributes<'a>(root: &Reader<'a>) -> Reader<'a> {
    let data = root.object("data", true);
    data.check_type(TYPE);
    data.object("attributes", true)
}

/// K9: null says nothing, except for `note`, which it removes.
fn change(attributes: &Reader<'_>) -> ApiKeyChange {
    ApiKeyChange {
        name: name(attributes).flatten(),
        note: text(attributes, "note", MAX_NOTE_CHARACTERS),
        permissions: list(attributes, "permissions", |text| {
            Permission::parse(text).ok_or("is not a known permission")
        }),
        api_version: version(attributes),
        inflection: inflection(attributes),
        ip_address_allowlist: allowlist(attributes),
        attributes_blocklist: blocklist(attributes),
        file_access_token_expires_in: integer(
            attributes,
            "file-access-token-expires-in",
            1,
            MOST_FILE_TOKEN_SECONDS,
        ),
    }
}

/// K7: an empty list would lock everybody out.
fn allowlist(attributes: &Reader<'_>) -> Option<Vec<String>> {
    const NAME: &str = "ip-address-allowlist";
    let list = list(attributes, NAME, |text| {
        let problem = "must be *, an IP address or a CIDR block";
        AddressEntry::parse(text)
            .map(|_| text.to_owned())
            .ok_or(problem)
    })?;
    if list.is_empty() {
        attributes.unprocessable(NAME, "must not be empty; * stands for every address");
        return None;
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(attributes: Value) -> Result<ApiKeySettings, Refusals> {
        parse_create(
            &json!({"data": {"attributes": attributes}}),
            ApiVersion::DEFAULT,
        )
    }

    #[test]
    fn k3_k5_a_name_is_enough() {
        let version = ApiVersion::V2025_10_27;
        let body = json!({"data": {"type": "api-key", "attributes": {"name": "backend"}}});
        let made = parse_create(&body, version).unwrap();
        assert_eq!(made, ApiKeySettings::new("backend", "2025-10-27"));
    }

    #[test]
    fn k9_null_is_as_good_as_absent_except_for_a_note() {
        let names = [
            "name",
            "note",
            "permissions",
            "api-version",
            "api-key-inflection",
            "ip-address-allowlist",
            "api-attributes-blocklist",
            "file-access-token-expires-in",
        ];
        let nulls: serde_json::Map<_, _> = names
            .into_iter()
            .map(|name| (name.to_owned(), Value::Null))
            .collect();
        let change = parse_update(&json!({"data": {"attributes": nulls}})).unwrap();
        let expected = ApiKeyChange {
            note: Some(None),
            ..ApiKeyChange::default()
        };
        assert_eq!(change, expected);
        let nothing = parse_update(&json!({"data": {"attributes": {}}})).unwrap();
        assert_eq!(nothing, ApiKeyChange::default());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_pointed_at() {
        let refusals = create(json!({
            "name": " ",
            "api-version": "2023-01-06",
            "api-key-inflection": "pascal",
            "permissions": ["account.read", "account.delete"],
            "ip-address-allowlist": ["192.0.2.0/33"],
            "file-access-token-expires-in": 259_201,
        }))
        .unwrap_err();
        let pointers: Vec<_> = refusals
            .0
            .iter()
            .map(|refusal| (refusal.status(), refusal.pointer.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            pointers,
            [
                (422, "/data/attributes/name"),
                (422, "/data/attributes/permissions/1"),
                (422, "/data/attributes/api-version"),
                (422, "/data/attributes/api-key-inflection"),
                (422, "/data/attributes/ip-address-allowlist/0"),
                (422, "/data/attributes/file-access-token-expires-in"),
            ]
        );
    }

    #[test]
    fn wrong_shapes_are_400() {
        for attributes in [
            json!({}),
            json!({"name": null}),
            json!({"name": 1}),
            json!({"name": "a", "permissions": "account.read"}),
            json!({"name": "a", "permissions": [1]}),
            json!({"name": "a", "ip-address-allowlist": {}}),
            json!({"name": "a", "file-access-token-expires-in": "60"}),
            json!({"name": "a", "file-access-token-expires-in": 1.5}),
        ] {
            let refusals = create(attributes.clone()).unwrap_err();
            assert_eq!(
                (refusals.status(), refusals.0.len()),
                (400, 1),
                "{attributes}"
            );
        }
        let body = json!({"data": {"type": "account", "attributes": {"name": "a"}}});
        assert!(parse_create(&body, ApiVersion::DEFAULT).is_err());
        assert!(parse_update(&json!({})).is_err());
        assert!(parse_update(&json!({"data": {}})).is_err());
    }

    #[test]
    fn k12_the_seconds_a_key_has_left_have_bounds() {
        let read = |seconds: Value| parse_expire(&json!({"meta": {"expires-in-seconds": seconds}}));
        assert_eq!(read(json!(0)), Ok(0));
        assert_eq!(read(json!(2_592_000)), Ok(2_592_000));
        for (wrong, status) in [
            (json!(-1), 422),
            (json!(2_592_001), 422),
            (json!(u64::MAX), 422),
            (json!("60"), 400),
            (json!(1.5), 400),
            (json!(null), 400),
        ] {
            let refusals = read(wrong.clone()).unwrap_err();
            assert_eq!(
                (refusals.status(), refusals.0.len()),
                (status, 1),
                "{wrong}"
            );
        }
        assert_eq!(parse_expire(&json!({})).unwrap_err().status(), 400);
        assert_eq!(
            parse_expire(&json!({"meta": {}})).unwrap_err().status(),
            400
        );
    }
}
