use selfsame_wire::inflection::{Inflection, inflect, normalise};
use selfsame_wire::query::Query;
use selfsame_wire::{
    ApiVersion, account, api_key, importer, inquiry, parse_json, search, session, tag, webhook,
};

/// A body is read or refused by every operation, and keys that were turned to kebab once stay as they are.
pub fn body(bytes: &[u8]) {
    let Ok(value) = parse_json(bytes, selfsame_wire::body::DEEPEST) else {
        return;
    };
    for opaque in [
        &[][..],
        &["fields"],
        &["simulate-stubs"],
        &["payload-filter", "custom-http-headers"],
    ] {
        let Ok(body) = normalise(value.clone(), opaque) else {
            continue;
        };
        assert_eq!(normalise(body.clone(), opaque).as_ref(), Ok(&body));
        let version = ApiVersion::DEFAULT;
        drop(account::parse_create(&body));
        drop(account::parse_update(&body));
        drop(account::parse_consolidate(&body));
        drop(account::parse_run_action(&body));
        drop(account::parse_relation(&body));
        drop(api_key::parse_create(&body, version));
        drop(api_key::parse_update(&body));
        drop(api_key::parse_expire(&body));
        drop(importer::parse_create(&body));
        drop(inquiry::parse_create(&body, version));
        drop(inquiry::parse_update(&body, version));
        drop(inquiry::parse_comment(&body));
        drop(inquiry::parse_link_lifetime(&body));
        drop(inquiry::parse_simulate_actions(&body));
        drop(inquiry::parse_stubs(&body));
        drop(search::parse(&body, &Query::default()));
        drop(session::parse_create(&body));
        drop(session::parse_expire_all(&body));
        drop(tag::parse_add(&body));
        drop(tag::parse_remove(&body));
        drop(tag::parse_set(&body));
        drop(webhook::parse_create(&body, version, true));
        drop(webhook::parse_update(&body, version, true));
        drop(webhook::parse_rotate(&body));
        let mut document = body;
        for inflection in [Inflection::Camel, Inflection::Snake, Inflection::Kebab] {
            inflect(&mut document, inflection, true);
        }
    }
}
