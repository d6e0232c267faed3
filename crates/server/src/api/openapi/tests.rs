//! Of both documents.

use super::*;
use crate::api::operation::Method;

/// Both documents, each with its operations.
static DOCUMENTS: LazyLock<[(Value, Vec<&'static Operation>); 2]> = LazyLock::new(|| {
    [
        (document(), operation::all().collect()),
        (own_document(), extension::EXTENSIONS.iter().collect()),
    ]
});

/// Every operation, with the document it is in and what that says of it.
fn described() -> impl Iterator<Item = (&'static Operation, &'static Value, &'static Value)> {
    DOCUMENTS.iter().flat_map(|(document, operations)| {
        operations.iter().map(move |operation| {
            let described = &document["paths"][operation.path][operation.method.as_str()];
            (*operation, document, described)
        })
    })
}

#[test]
fn every_operation_is_described_once_under_a_name_of_its_own() {
    let mut ids = Vec::new();
    for (operation, _, described) in described() {
        assert_eq!(described["operationId"], operation.id);
        ids.push(operation.id);
    }
    let many = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), many);
}

#[test]
fn every_operation_names_its_parameters_its_refusals_and_what_it_is_about() {
    for (operation, document, described) in described() {
        let in_path = described["parameters"].as_array().map_or(0, |all| {
            all.iter().filter(|one| one["in"] == "path").count()
        });
        assert_eq!(
            in_path,
            operation.path.matches('{').count(),
            "{operation:?}"
        );
        for status in ["401", "403", "429", "503"] {
            assert!(
                described["responses"][status].is_object(),
                "{operation:?} {status}"
            );
        }
        let success = &described["responses"][operation.success.to_string()];
        assert!(success["content"].is_object(), "{operation:?}");
        let tag = &described["tags"][0];
        let known = document["tags"]
            .as_array()
            .is_some_and(|tags| tags.iter().any(|known| known["name"] == *tag));
        assert!(known, "{tag}");
    }
}

#[test]
fn every_operation_that_writes_values_describes_its_body() {
    let bodiless = [
        "resume-an-inquiry",
        "expire-an-inquiry",
        "expire-an-inquiry-session",
        "clone-api-key",
        "enable-a-webhook",
        "disable-a-webhook",
        "archive-a-webhook",
        "clone-a-webhook",
        "archive-an-account",
        "restore-an-account",
        "retry-a-delivery-of-a-webhook",
    ];
    for (operation, _, described) in described() {
        let reads_none = matches!(operation.method, Method::Get | Method::Delete)
            || bodiless.contains(&operation.id)
            || operation::is_outside(operation);
        assert_eq!(
            described["requestBody"].is_null(),
            reads_none,
            "{operation:?}"
        );
    }
}

#[test]
fn an_object_in_a_body_that_need_not_be_there_may_be_null() {
    let document = document();
    let schema = |path: &str, method: &str| {
        document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
            .clone()
    };
    let update = schema("/accounts/{account-id}", "patch");
    let or_null = json!(["object", "null"]);
    let data = &update["properties"]["data"];
    assert_eq!(data["type"], or_null);
    assert_eq!(data["properties"]["attributes"]["type"], or_null);
    let create = schema("/inquiries", "post");
    assert_eq!(create["properties"]["data"]["type"], "object");
    assert_eq!(create["properties"]["meta"]["type"], or_null);
    // K9: null says nothing, but a new key must have a name.
    let name = |method: &str, path: &str| {
        schema(path, method)["properties"]["data"]["properties"]["attributes"]["properties"]["name"]
            ["type"]
            .clone()
    };
    assert_eq!(name("post", "/api-keys"), "string");
    assert_eq!(
        name("patch", "/api-keys/{api-key-id}"),
        json!(["string", "null"])
    );
}

#[test]
fn the_names_of_components_are_such_as_openapi_allows() {
    for (document, _) in DOCUMENTS.iter() {
        let kinds = document["components"].as_object().into_iter().flatten();
        for name in kinds.flat_map(|(_, named)| named.as_object().into_iter().flatten()) {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            assert!(name.0.bytes().all(allowed), "{}", name.0);
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_something_leads_to_every_component() {
    for (document, _) in DOCUMENTS.iter() {
        let mut used = HashSet::new();
        let mut open = vec![document];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                        let pointer = reference.trim_start_matches('#');
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                        used.insert(pointer.to_owned());
                    }
                    open.extend(members.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        for kind in ["schemas", "parameters", "headers"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                let pointer = format!("/components/{kind}/{name}");
                assert!(used.contains(&pointer), "nothing refers to {pointer}");
            }
        }
    }
}

#[test]
fn each_document_has_the_shapes_that_it_needs_and_shares_those_of_both() {
    let [(published, _), (own, _)] = &*DOCUMENTS;
    let names = |document: &Value| -> HashSet<String> {
        let schemas = document["components"]["schemas"].as_object();
        schemas
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let (published_names, own_names) = (names(published), names(own));
    let only_own: HashSet<_> = own_names.difference(&published_names).collect();
    assert_eq!(only_own.len(), 6, "{only_own:?}");
    assert!(!own_names.contains("account"));
    for name in own_names.intersection(&published_names) {
        let of = |document: &Value| document["components"]["schemas"][name].clone();
        assert_eq!(of(own), of(published), "{name}");
    }
}
