//! Verifications and documents (V11–V16).

use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::files::{Person, fetch, person, urls};

/// Ids of the person's government ID verification, selfie verification and document.
async fn ids(app: &TestApp, person: &Person) -> [String; 3] {
    let path = format!("/inquiries/{}", person.inquiry);
    let shown = app.sandbox().get(&path).await.expect(200);
    let id = |relation: &str, kind: &str| {
        let mut related = shown.relation(relation).as_array().unwrap().iter();
        let found = related.find(|object| object["type"] == kind);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    [
        id("verifications", "verification/government-id"),
        id("verifications", "verification/selfie"),
        id("documents", "document/government-id"),
    ]
}

async fn get(app: &TestApp, path: String) -> Answer {
    app.sandbox().get(&path).await
}

#[tokio::test]
async fn v12_a_verification_is_what_include_shows_of_it() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, selfie, document] = ids(&app, &person).await;
    let path = format!(
        "/inquiries/{}?include=verifications,documents",
        person.inquiry
    );
    let whole = get(&app, path).await.expect(200);
    let included = |id: &str| {
        let mut all = whole.body["included"].as_array().unwrap().iter();
        all.find(|object| object["id"] == id).unwrap().clone()
    };
    for path in [
        format!("/verifications/{id}"),
        format!("/verification/government-ids/{id}"),
    ] {
        let shown = get(&app, path).await.expect(200);
        assert_eq!(shown.data(), &included(&id));
        assert_eq!(shown.body.get("included"), None);
        assert_eq!(shown.attribute("name-first"), "Alexander");
        assert_eq!(urls(shown.data()).len(), 2);
    }
    for path in [
        format!("/verifications/{selfie}"),
        format!("/verification/selfies/{selfie}"),
    ] {
        let shown = get(&app, path).await.expect(200);
        assert_eq!(shown.data(), &included(&selfie));
        assert_eq!(urls(shown.data()).len(), 3);
    }
    for path in [
        format!("/documents/{document}"),
        format!("/document/government-ids/{document}"),
    ] {
        let shown = get(&app, path).await.expect(200);
        assert_eq!(shown.data(), &included(&document));
        assert_eq!(shown.attribute("front-photo")["filename"], "front.jpg");
    }
}

#[tokio::test]
async fn v11_v12_under_a_path_of_a_kind_there_are_no_others() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, selfie, document] = ids(&app, &person).await;
    for path in [
        format!("/verification/selfies/{id}"),
        format!("/verification/government-ids/{selfie}"),
    ] {
        let answer = get(&app, path).await.expect(404);
        assert_eq!(answer.title(), "Record not found");
    }
    get(&app, format!("/verifications/{document}"))
        .await
        .expect(400);
    get(&app, format!("/documents/{id}")).await.expect(400);
}

#[tokio::test]
async fn v13_include_brings_what_is_there_and_takes_every_published_name() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, _, document] = ids(&app, &person).await;
    let kinds = |answer: &Answer| -> Vec<String> {
        let included = answer.body["included"].as_array().unwrap().iter();
        included
            .map(|object| object["type"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = "inquiry,template,inquiry-template,inquiry-template-version,transaction,verification-template,\
        verification-template-version,accounts,document";
    let shown = get(&app, format!("/verifications/{id}?include={all}")).await;
    assert_eq!(
        kinds(&shown.expect(200)),
        [
            "inquiry",
            "inquiry-template",
            "inquiry-template-version",
            "account",
            "document/government-id",
        ]
    );
    let all =
        "inquiry,template,inquiry-template,inquiry-template-version,transaction,document-files";
    let shown = get(&app, format!("/documents/{document}?include={all}")).await;
    let shown = shown.expect(200);
    assert_eq!(
        kinds(&shown),
        [
            "inquiry",
            "inquiry-template",
            "inquiry-template-version",
            "document-file",
            "document-file",
        ]
    );
    let file = &shown.body["included"][3];
    assert_eq!(file["id"], shown.relation("document-files")[0]["id"]);
    assert_eq!(file["attributes"]["capture-method"], "manual");
    let original = &file["attributes"]["originals"][0];
    assert_eq!(original, shown.attribute("front-photo"));
    let url = original["url"].as_str().unwrap();
    fetch(&app.client(None), url).await.expect(200);
    let none = get(&app, format!("/verifications/{id}?include=")).await;
    assert!(kinds(&none.expect(200)).is_empty());
    get(&app, format!("/verifications/{id}?include=sessions"))
        .await
        .expect(400);
}

#[tokio::test]
async fn v13_i74_a_verification_names_the_template_that_another_can_be_simulated_with() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, selfie, _] = ids(&app, &person).await;
    for (id, kind) in [(id, "government-id"), (selfie, "selfie")] {
        let shown = get(&app, format!("/verifications/{id}")).await.expect(200);
        let template = shown.relation("verification-template");
        assert_eq!(template["type"], format!("verification-template/{kind}"));
        assert!(shown.relation("verification-template-version").is_null());
        let action = json!({
            "type": "create_passed_verification",
            "data": {"verification-template-id": template["id"]},
        });
        let inquiry = app.inquiry(json!({})).await;
        let path = format!("/inquiries/{inquiry}/perform-simulate-actions");
        let body = json!({"meta": {"simulate-actions": [action]}});
        let simulated = app.sandbox().post(&path, body).await.expect(200);
        let made = simulated.relation("verifications");
        assert_eq!(made[0]["type"], format!("verification/{kind}"));
    }
}

/// An inquiry with its account, as the API shows them, without the verifications.
async fn untouched(app: &TestApp, person: &Person) -> (Value, Value) {
    let inquiry = get(app, format!("/inquiries/{}", person.inquiry)).await;
    let account = get(app, format!("/accounts/{}", person.account)).await;
    (inquiry.expect(200).body, account.expect(200).body)
}

#[tokio::test]
async fn v14_v15_redaction_takes_the_person_out_of_the_verification_and_nothing_else() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, selfie, document] = ids(&app, &person).await;
    let before = untouched(&app, &person).await;
    let other = get(&app, format!("/verifications/{selfie}")).await;
    let shown = get(&app, format!("/verifications/{id}")).await;
    let pictures = urls(shown.data());
    let names = app.event_names().await;
    app.advance(10);

    let path = format!("/verifications/{id}");
    let redacted = app.sandbox().delete(&path).await.expect(200);
    let kept = |name: &str| shown.attribute(name).clone();
    for (name, value) in redacted.data()["attributes"].as_object().unwrap() {
        let progress = name == "status" || name.ends_with("-at") || name.ends_with("-at-ts");
        match name.as_str() {
            "redacted-at" => assert_eq!(*value, app.now().to_seconds_text()),
            _ if progress => assert_eq!(*value, kept(name), "{name}"),
            "checks" | "photo-urls" | "tags" | "entity-confidence-reasons" => {
                assert_eq!(*value, json!([]), "{name}");
            }
            "from-reusable-persona" => assert_eq!(*value, json!(false)),
            _ => assert_eq!(*value, Value::Null, "{name}"),
        }
    }
    assert_eq!(
        redacted.data()["relationships"],
        shown.data()["relationships"]
    );
    let again = get(&app, path.clone()).await.expect(200);
    assert_eq!(again.body, redacted.body);

    // What was copied to the inquiry and the account stays, and so does the selfie.
    let name = &before.0["data"]["attributes"]["fields"]["name-first"]["value"];
    assert_eq!(name, "Alexander");
    assert_eq!(untouched(&app, &person).await.0, before.0);
    let after = get(&app, format!("/verifications/{selfie}")).await;
    assert_eq!(urls(after.data()).len(), urls(other.data()).len());
    assert_eq!(after.attribute("checks"), other.attribute("checks"));

    // The pictures, and the document that shows them, do not.
    for url in pictures {
        fetch(&app.client(None), &url).await.expect(404);
    }
    let emptied = get(&app, format!("/documents/{document}")).await;
    let emptied = emptied.expect(200);
    assert_eq!(emptied.attribute("front-photo"), &Value::Null);
    assert_eq!(emptied.attribute("name-first"), &Value::Null);
    assert_eq!(emptied.attribute("status"), "processed");
    assert_eq!(emptied.relation("document-files"), &json!([]));
    let blobs = std::fs::read_dir(
        app.folder()
            .join("blobs")
            .join(app.own.sandbox.id.to_string()),
    );
    assert_eq!(blobs.unwrap().count(), 4, "three selfies and the photo");

    // It is no event, and earlier ones say nothing of the person any more.
    assert_eq!(app.event_names().await, names);
    let path = format!("/events?filter[object-id]={id},{document}&page[size]=100");
    let told = get(&app, path).await.expect(200);
    assert!(told.list().len() >= 5);
    for word in ["Alexander", "1977-07-17", "/files/", "selfsame-file", "id_"] {
        assert!(!told.body.to_string().contains(word), "{word}");
    }
}

#[tokio::test]
async fn v14_a_second_redaction_changes_nothing() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, ..] = ids(&app, &person).await;
    let path = format!("/verifications/{id}");
    let first = app.sandbox().delete(&path).await.expect(200);
    app.advance(60);
    let again = app.sandbox().delete(&path).await.expect(200);
    assert_eq!(again.body, first.body);
    // Nor does one after that of the inquiry.
    let inquiry = format!("/inquiries/{}", person.inquiry);
    app.sandbox().delete(&inquiry).await.expect(200);
    app.sandbox().delete(&path).await.expect(200);
}

#[tokio::test]
async fn v14_two_redactions_at_once_are_one() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, selfie, _] = ids(&app, &person).await;
    let client = app.sandbox();
    let delete = |id: &str| client.delete(&format!("/verifications/{id}"));
    let (one, two, three) = tokio::join!(
        delete(&id).send(),
        delete(&id).send(),
        delete(&selfie).send()
    );
    let (one, two) = (one.expect(200), two.expect(200));
    assert_eq!(one.body, two.body);
    three.expect(200);
    let counts = app.counts().await;
    let of = |table: &str| counts.iter().find(|(name, _)| *name == table).unwrap().1;
    assert_eq!((of("files"), of("blobs_to_delete")), (0, 0));
}

#[tokio::test]
async fn v14_a_verification_of_another_environment_stays_as_it_is() {
    let app = TestApp::start().await;
    let person = person(&app).await;
    let [id, ..] = ids(&app, &person).await;
    let path = format!("/verifications/{id}");
    app.production().delete(&path).await.expect(404);
    let shown = app.sandbox().get(&path).await.expect(200);
    assert_eq!(shown.attribute("redacted-at"), &Value::Null);
    assert_eq!(urls(shown.data()).len(), 2);
}

#[tokio::test]
async fn v15_a_result_that_comes_after_the_redaction_brings_no_values_back() {
    let app = TestApp::start().await;
    let template = &app.own.template;
    let query = format!("inquiry-template-id={template}&environment=sandbox");
    let opened = app.open(&query).await.unwrap();
    let mut visitor = app.visitor(&opened.session_token);
    for values in [
        json!({}),
        json!({"name-first": "Sam", "name-last": "Smith", "birthdate": "1990-12-10", "email-address": null}),
        json!({"country": "US"}),
        json!({"id_class": "dl"}),
    ] {
        visitor.submit(values).await.unwrap();
    }
    visitor.upload().await.unwrap();
    visitor.submit(json!({})).await.unwrap();
    let inquiry = opened.view.bundle.view.inquiry.id.to_string();
    let person = Person {
        inquiry: inquiry.clone(),
        account: String::new(),
    };
    let shown = get(&app, format!("/inquiries/{inquiry}")).await.expect(200);
    let id = shown.relation("verifications")[0]["id"].as_str().unwrap();
    let path = format!("/verifications/{id}");
    let redacted = app.sandbox().delete(&path).await.expect(200);
    assert_eq!(redacted.attribute("status"), "submitted");

    visitor.finish().await;
    let [settled, _, document] = ids(&app, &person).await;
    assert_eq!(settled, id);
    let shown = get(&app, path).await.expect(200);
    assert_eq!(shown.attribute("status"), "passed");
    assert_eq!(shown.attribute("checks"), &json!([]));
    assert_eq!(shown.attribute("name-first"), &Value::Null);
    let shown = get(&app, format!("/documents/{document}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("name-first"), &Value::Null);
    let shown = get(&app, format!("/inquiries/{inquiry}")).await.expect(200);
    assert_ne!(shown.field("name-first"), "Alexander");
}
