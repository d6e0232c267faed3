//! Files in documents (V1–V16).
//!
//! Documents and the snapshots of events are made with a *reference* where a URL belongs: a text that says which file is
//! meant, and opens nothing. It becomes a URL, with a token where the caller's version has one, when an answer is
//! written: [`link`] looks only at the places where such references are put, so no text that a caller sends ever becomes
//! a URL.

use std::cell::Cell;
use std::collections::HashMap;

use selfsame_domain::file::{FileReference, safe_name};
use selfsame_domain::id::{AccountId, FileId, Id};
use selfsame_domain::verification::UploadedFile;
use serde_json::{Map, Value, json};

const SCHEME: &str = "selfsame-file:";
/// What a written document has in it wherever it holds a reference.
const MARK: &[u8] = b"\"selfsame-file:";

/// `selfsame-file:docf_…/front.jpg`.
pub(crate) fn reference(file: &FileReference, filename: &str) -> String {
    format!("{SCHEME}{file}/{}", safe_name(filename))
}

/// The photo of an account, by its blob key, whose last part is the file's id.
pub(crate) fn reference_to_photo(
    account: &str,
    blob_key: &str,
    filename: Option<&str>,
) -> Option<String> {
    let (_, file) = blob_key.rsplit_once('/')?;
    let file = FileReference {
        account: Some(AccountId::parse(account).ok()?),
        file: FileId::parse(file).ok()?,
    };
    Some(reference(&file, filename.unwrap_or_default()))
}

pub(crate) fn reference_to_picture(file: &UploadedFile) -> Value {
    reference(&FileReference::picture(&file.id), &file.filename()).into()
}

/// `{filename, url, byte-size}` of a picture, null where there is none.
pub(crate) fn picture(file: Option<&UploadedFile>) -> Value {
    file.map_or(Value::Null, |file| {
        json!({
            "filename": file.filename(),
            "url": reference_to_picture(file),
            "byte-size": file.byte_size,
        })
    })
}

/// Whether a written document may hold a reference. A caller's own text may look like one too.
pub fn may_refer(written: &[u8]) -> bool {
    memchr::memmem::find(written, MARK).is_some()
}

/// Whether a document refers to this file, wherever it does.
pub fn refers_to(document: &Value, file: &FileReference) -> bool {
    let found = Cell::new(false);
    link(&mut document.clone(), |named, _| {
        found.set(found.get() || named == file);
        String::new()
    });
    found.get()
}

/// Puts URLs in the place of references: in the data, in what is included, and in what events tell. `url` gets the file
/// and the name it is offered under, once for each file.
pub fn link(document: &mut Value, url: impl Fn(&FileReference, &str) -> String) {
    let mut known: HashMap<String, String> = HashMap::new();
    let mut put = |text: &str| {
        let (file, name) = read(text)?;
        let made = known
            .entry(text.to_owned())
            .or_insert_with(|| url(&file, name));
        Some(made.clone())
    };
    for member in ["data", "included"] {
        match document.get_mut(member) {
            Some(Value::Array(objects)) => {
                for object in objects {
                    in_resource(object, &mut put);
                }
            }
            Some(object) => in_resource(object, &mut put),
            None => {}
        }
    }
}

fn read(text: &str) -> Option<(FileReference, &str)> {
    let (file, name) = text.strip_prefix(SCHEME)?.split_once('/')?;
    Some((FileReference::parse(file)?, name))
}

type Put<'a> = &'a mut dyn FnMut(&str) -> Option<String>;

fn in_resource(object: &mut Value, put: Put<'_>) {
    let Some(members) = object.as_object_mut() else {
        return;
    };
    let kind = members
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let Some(Value::Object(attributes)) = members.get_mut("attributes") else {
        return;
    };
    match kind.as_str() {
        "event" => {
            if let Some(told) = attributes
                .get_mut("payload")
                .and_then(|payload| payload.get_mut("data"))
            {
                in_resource(told, put);
            }
        }
        "account" | "inquiry" => in_fields(attributes, put),
        "document-file" => in_files(attributes.get_mut("originals"), put),
        "document/government-id" => {
            for name in ["front-photo", "back-photo", "selfie-photo"] {
                in_file(attributes.get_mut(name), put);
            }
        }
        "verification/government-id" | "verification/selfie" => {
            for (name, value) in attributes.iter_mut() {
                if name.ends_with("-photo-url") {
                    in_text(Some(value), put);
                }
            }
            in_file(attributes.get_mut("selfie-photo"), put);
            in_files(attributes.get_mut("photo-urls"), put);
        }
        _ => {}
    }
}

/// Files are only ever values of a field of their own: what a hash or an array holds may be a caller's own text.
fn in_fields(attributes: &mut Map<String, Value>, put: Put<'_>) {
    let Some(Value::Object(fields)) = attributes.get_mut("fields") else {
        return;
    };
    for field in fields.values_mut() {
        if field.get("type").and_then(Value::as_str) == Some("file") {
            in_file(field.get_mut("value"), put);
        }
    }
}

fn in_files(files: Option<&mut Value>, put: Put<'_>) {
    for file in files.and_then(Value::as_array_mut).into_iter().flatten() {
        in_file(Some(file), put);
    }
}

fn in_file(file: Option<&mut Value>, put: Put<'_>) {
    let Some(Value::Object(file)) = file else {
        return;
    };
    for name in ["url", "normalized-url"] {
        in_text(file.get_mut(name), put);
    }
}

fn in_text(value: Option<&mut Value>, put: Put<'_>) {
    if let Some(Value::String(text)) = value
        && let Some(url) = put(text)
    {
        *text = url;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTO: &str = "selfsame-file:act_1.docf_2/me.jpg";
    const FRONT: &str = "selfsame-file:docf_1/front.jpg";

    fn linked(mut document: Value) -> Value {
        link(&mut document, |file, name| format!("url:{file}:{name}"));
        document
    }

    fn account(value: Value) -> Value {
        json!({"type": "account", "attributes": {"fields": {"selfie_photo": value}}})
    }

    #[test]
    fn v2_references_become_urls_where_files_belong() {
        let front = json!({"filename": "front.jpg", "url": FRONT, "byte-size": 7});
        let page =
            json!({"page": "front", "url": FRONT, "normalized-url": FRONT, "original-urls": []});
        let document = json!({
            "data": [
                account(json!({"type": "file", "value": {"url": PHOTO}})),
                {"type": "event", "attributes": {"payload": {"data": {
                    "type": "verification/selfie", "attributes": {"center-photo-url": FRONT, "photo-urls": [page]},
                }}}},
            ],
            "included": [
                {"type": "document/government-id", "attributes": {"front-photo": front, "back-photo": null}},
                {"type": "document-file", "attributes": {"originals": [front]}},
                {"type": "verification/government-id", "attributes": {
                    "front-photo-url": FRONT, "back-photo-url": null, "photo-urls": [page], "selfie-photo": null,
                }},
            ],
        });
        let linked = linked(document).to_string();
        assert!(!linked.contains(SCHEME), "{linked}");
        assert_eq!(linked.matches("\"url:docf_1:front.jpg\"").count(), 8);
        assert_eq!(linked.matches("\"url:act_1.docf_2:me.jpg\"").count(), 1);
    }

    #[test]
    fn v2_what_only_looks_like_a_reference_stays() {
        for value in [
            json!({"type": "string", "value": PHOTO}),
            json!({"type": "string", "value": {"url": PHOTO}}),
            json!({"type": "array", "value": [{"type": "file", "value": {"url": PHOTO}}]}),
            json!({"type": "hash", "value": {"a": {"type": "file", "value": {"url": PHOTO}}}}),
            json!({"type": "file", "value": PHOTO}),
            json!({"type": "file", "value": {"filename": PHOTO, "url": "selfsame-file:docf_1"}}),
            json!({"type": "file", "value": {"url": "selfsame-file:inq_1/x"}}),
            json!({"type": "file", "value": null}),
        ] {
            let document = json!({"data": account(value)});
            assert_eq!(linked(document.clone()), document);
        }
        let noted =
            json!({"data": {"type": "inquiry", "attributes": {"note": PHOTO, "tags": [PHOTO]}}});
        assert_eq!(linked(noted.clone()), noted);
        for odd in [
            json!(null),
            json!({"data": 7}),
            json!({"data": {"type": "account"}}),
        ] {
            assert_eq!(linked(odd.clone()), odd);
        }
    }

    #[test]
    fn v7_a_document_refers_to_the_files_it_shows() {
        let document = json!({"data": account(json!({"type": "file", "value": {"url": PHOTO}}))});
        let file = |text| FileReference::parse(text).unwrap();
        assert!(refers_to(&document, &file("act_1.docf_2")));
        assert!(!refers_to(&document, &file("docf_2")));
        assert!(may_refer(document.to_string().as_bytes()));
        assert!(!may_refer(b"{\"note\":\"selfsame\"}"));
    }

    #[test]
    fn v1_a_photo_is_named_after_its_account() {
        let named = reference_to_photo("act_1", "env_1/docf_2", Some("a b.png"));
        assert_eq!(named.as_deref(), Some("selfsame-file:act_1.docf_2/a_b.png"));
        for (account, blob) in [
            ("acc_1", "env_1/docf_2"),
            ("act_1", "docf_2"),
            ("act_1", "env_1/x"),
        ] {
            assert_eq!(reference_to_photo(account, blob, None), None);
        }
    }
}
