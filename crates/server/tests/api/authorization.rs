//! Every operation against callers who may not (C12–C25).

use axum::http::Method;
use selfsame_domain::permission::Permission;
use selfsame_testkit::TestApp;
use serde_json::json;

use crate::operations::{Case, Objects, cases};

#[tokio::test]
async fn c16_c17_every_operation_wants_a_key_that_is_known() {
    let app = TestApp::start().await;
    let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
    let before = app.counts().await;
    let missing = json!({"errors": [{"title": "Must be authenticated to access this endpoint"}]});
    let invalid = json!({"errors": [{"title": "Token is invalid"}]});
    let key = app.own.keys.sandbox.clone();
    let nobody = app.client(None);
    for case in cases() {
        let answer = case.call(&nobody, &objects).await;
        assert_eq!(
            (answer.status, &answer.body),
            (401, &missing),
            "{}",
            case.name()
        );
        let wrong = app.client(Some(
            "persona_sandbox_1111111111111111111111111111111111111111111",
        ));
        let answer = case.call(&wrong, &objects).await;
        assert_eq!(
            (answer.status, &answer.body),
            (401, &invalid),
            "{}",
            case.name()
        );
    }
    let shortened = &key[..key.len() - 1];
    let other_kind = key.replace("persona_sandbox_", "persona_production_");
    for header in [
        format!("Bearer {shortened}"),
        format!("Bearer {key}x"),
        format!("Bearer {other_kind}"),
        format!("Basic {key}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        key.clone(),
        format!("Bearer {}", "x".repeat(5000)),
    ] {
        let answer = nobody.with("authorization", &header).get("/accounts").await;
        assert_eq!((answer.status, &answer.body), (401, &invalid), "{header}");
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c12_the_scheme_reads_in_any_letter_case() {
    let app = TestApp::start().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {}", app.own.keys.sandbox);
        app.client(None)
            .with("authorization", &header)
            .get("/accounts")
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn c19_c24_every_operation_wants_its_permission_and_no_other_one_will_do() {
    let app = TestApp::start().await;
    let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
    let before = app.counts().await;
    for case in cases() {
        for needed in needed(&case) {
            let all_but: Vec<_> = Permission::ALL
                .iter()
                .copied()
                .filter(|permission| permission.as_str() != needed)
                .collect();
            let limited = app.with_permissions(&all_but).await;
            let answer = case.call(&limited, &objects).await;
            let expected = json!({"errors": [{
                "title": "Forbidden",
                "details": format!("API key does not have the {needed} permission"),
            }]});
            assert_eq!(
                (answer.status, &answer.body),
                (403, &expected),
                "{}",
                case.name()
            );
        }
    }
    assert_eq!(app.counts().await, before);
}

/// The permissions that the rules name, whatever the table says.
fn needed(case: &Case) -> Vec<String> {
    let product = match case.operation.path.split('/').nth(1).unwrap_or_default() {
        "rate-limits" => return Vec::new(),
        "accounts" | "account-types" | "importer" | "importers" => "account",
        "api-keys" => "api_key",
        "api-logs" => "api_log",
        "user-audit-logs" => "user_audit_log",
        "events" => "event",
        "webhooks" => "webhook",
        "document" | "documents" => "document",
        "verification" | "verifications" => "verification",
        _ => "inquiry",
    };
    // W87: it changes nothing, and shows an event.
    let simulates = case.operation.path.ends_with("/simulate");
    let only_reads =
        case.method == Method::GET || case.operation.path.ends_with("/search") || simulates;
    let verb = if only_reads { "read" } else { "write" };
    let mut needed = vec![format!("{product}.{verb}")];
    if simulates {
        needed.push("event.read".to_owned());
    }
    needed
}

#[tokio::test]
async fn c24_its_permissions_are_enough_for_every_operation() {
    for case in cases() {
        let app = TestApp::start().await;
        let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
        let limited = app.with_permissions(case.operation.permissions).await;
        let answer = case.call(&limited, &objects).await;
        assert_eq!(
            answer.status,
            case.operation.success,
            "{}: {}",
            case.name(),
            answer.body
        );
    }
}

#[tokio::test]
async fn c21_the_permission_is_looked_at_before_the_body() {
    let app = TestApp::start().await;
    let limited = app.with_permissions(&[Permission::AccountRead]).await;
    let call = limited
        .call(Method::POST, "/accounts")
        .raw("application/json", "{not json");
    call.await.expect(403);
    let nobody = app.client(None);
    let call = nobody
        .call(Method::POST, "/accounts")
        .raw("application/json", "{not json");
    call.await.expect(401);
}

#[tokio::test]
async fn c14_objects_of_another_environment_or_organisation_are_not_there() {
    let app = TestApp::start().await;
    let other = app.second_organisation().await;
    let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
    let mut strangers = Vec::new();
    for environment in [&app.own.production, &other.sandbox, &other.production] {
        strangers.push(app.with_permissions_in(environment, Permission::ALL).await);
    }
    let before = app.counts().await;
    for case in cases() {
        let Some(parameter) = case.parameters().next() else {
            continue;
        };
        for (place, stranger) in strangers.iter().enumerate() {
            // Templates and account types belong to the organisation.
            let shared = [
                "inquiry-template-id",
                "inquiry-template-version-id",
                "account-type-id",
            ];
            let shared = shared.contains(&parameter);
            let answer = case.call(stranger, &objects).await;
            if shared && place == 0 {
                assert_eq!(answer.status, 200, "{}", case.name());
            } else {
                assert_eq!(answer.status, 404, "{}: {}", case.name(), answer.body);
                assert_eq!(answer.title(), "Record not found", "{}", case.name());
            }
        }
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c14_each_id_of_a_path_is_looked_for_in_the_environment_of_the_key() {
    let app = TestApp::start().await;
    let other = app.second_organisation().await;
    let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
    let stranger = app
        .with_permissions_in(&other.sandbox, Permission::ALL)
        .await;
    let own = Objects::make(&app, &stranger, &other.template).await;
    let before = app.counts().await;
    let mut several = 0;
    for case in cases() {
        several += usize::from(case.parameters().count() > 1);
        for parameter in case.parameters() {
            let foreign = case.id(parameter, &objects);
            let target = case.target_with(&own, parameter, foreign);
            let answer = case.call_at(&stranger, &target, &own).await.expect(404);
            assert_eq!(answer.title(), "Record not found", "{}", case.name());
        }
    }
    assert!(several > 0);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c14_lists_show_nothing_of_another_environment() {
    let app = TestApp::start().await;
    let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
    let production = app.production();
    for path in [
        "/accounts".to_owned(),
        "/accounts?filter[reference-id]=somebody".to_owned(),
        "/inquiries".to_owned(),
        "/inquiries?filter[reference-id]=somebody".to_owned(),
        format!("/inquiries?filter[account-id]={}", objects.account),
        format!("/inquiries?filter[inquiry-id]={}", objects.inquiry),
        "/webhooks".to_owned(),
        "/inquiry-sessions".to_owned(),
        format!("/inquiry-sessions?filter[inquiry-id]={}", objects.inquiry),
        "/events".to_owned(),
        format!("/events?filter[object-id]={}", objects.inquiry),
        format!("/events?filter[id]={}", objects.event),
    ] {
        let answer = production.get(&path).await.expect(200);
        assert!(answer.list().is_empty(), "{path}");
    }
    let numbered = "/api/selfsame/v1/events";
    let answer = production.at(Method::GET, numbered).await.expect(200);
    assert!(answer.list().is_empty());
    assert_eq!(answer.meta("last-sequence"), 0);
    for named in [
        "reference-id=somebody",
        &format!("account-id={}", objects.account),
    ] {
        let path = format!("{numbered}?{named}");
        production.at(Method::GET, &path).await.expect(404);
        let own = app.administrator().await.at(Method::GET, &path).await;
        assert!(!own.expect(200).list().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn c14_objects_of_another_environment_cannot_be_named_in_a_body_or_cursor() {
    let app = TestApp::start().await;
    let other = app.second_organisation().await;
    let objects = Objects::make(&app, &app.administrator().await, &app.own.template).await;
    let foreign_type = {
        let stranger = app
            .with_permissions_in(&other.sandbox, Permission::ALL)
            .await;
        Objects::make(&app, &stranger, &other.template)
            .await
            .account_type
    };
    let before = app.counts().await;
    let production = app.production();
    let template = app.own.template.to_string();
    let create = |attributes: serde_json::Value, meta: serde_json::Value| {
        let mut body = json!({"data": {"attributes": attributes}, "meta": meta});
        if body["data"]["attributes"]["inquiry-template-id"].is_null() {
            body["data"]["attributes"]["inquiry-template-id"] = json!(template);
        }
        production.post("/inquiries", body)
    };
    create(json!({"account-id": objects.account}), json!({}))
        .await
        .expect(404);
    create(
        json!({}),
        json!({"auto-create-account-type-id": foreign_type}),
    )
    .await
    .expect(404);
    create(
        json!({"inquiry-template-id": other.template.to_string()}),
        json!({}),
    )
    .await
    .expect(404);
    production
        .post(
            "/accounts",
            crate::attributes(json!({"account-type-id": foreign_type})),
        )
        .await
        .expect(404);
    production
        .post(
            "/inquiry-sessions",
            crate::attributes(json!({"inquiry-id": objects.inquiry})),
        )
        .await
        .expect(404);
    production
        .post(
            "/inquiry-sessions/expire-all",
            json!({"meta": {"inquiry-ids": [objects.inquiry]}}),
        )
        .await
        .expect(422);
    for path in [
        format!("/accounts?page[after]={}", objects.account),
        format!("/inquiries?page[before]={}", objects.inquiry),
        format!("/inquiry-sessions?page[after]={}", objects.session),
        format!("/events?page[after]={}", objects.event),
        format!("/webhooks?page[after]={}", objects.webhook),
    ] {
        production.get(&path).await.expect(400);
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c18_c33_a_key_with_an_allowlist_is_refused_from_elsewhere() {
    let app = TestApp::build()
        .settings(|settings| settings.trust_proxy = true)
        .start()
        .await;
    let client = app
        .with_key(|key| {
            key.ip_address_allowlist = vec!["192.0.2.0/24".into(), "2001:db8::1".into()];
        })
        .await;
    let from = |address: &str| client.with("x-forwarded-for", address).get("/accounts");
    from("192.0.2.7").await.expect(200);
    from("203.0.113.1, 192.0.2.7").await.expect(200);
    from("2001:db8::1").await.expect(200);
    for outside in [
        "192.0.3.7",
        "192.0.2.7, 203.0.113.1",
        "2001:db8::2",
        "nonsense",
    ] {
        from(outside).await.refused(
            403,
            "IP address is not permitted access to current environment",
        );
    }
}

#[tokio::test]
async fn c17_an_expired_key_is_no_key() {
    let app = TestApp::start().await;
    let client = app.with_expiring_key(60).await;
    client.get("/accounts").await.expect(200);
    app.advance(60);
    let answer = client.get("/accounts").await.expect(401);
    assert_eq!(answer.title(), "Token is invalid");
}

#[tokio::test]
async fn p11_p12_templates_are_for_production_keys_where_the_operator_says_so() {
    let app = TestApp::build()
        .options(|options| options.templates_readable_in_sandbox = false)
        .start()
        .await;
    let template = app.own.template.to_string();
    for path in [
        "/inquiry-templates".to_owned(),
        format!("/inquiry-templates/{template}"),
        format!("/inquiry-template-versions?filter[inquiry-template-id]={template}"),
    ] {
        let answer = app.sandbox().get(&path).await.expect(403);
        assert_eq!(answer.title(), "Forbidden");
        app.production().get(&path).await.expect(200);
    }
}
