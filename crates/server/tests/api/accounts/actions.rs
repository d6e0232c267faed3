//! `POST …/run-action` (A46, A68–A71), of actions that the account type declares.

use selfsame_domain::account::action::{ActionParameter, Deed, Effect};
use selfsame_domain::account::declare::{DeclaredAction, DeclaredStatus, DeclaredType};
use selfsame_domain::field::FieldKind;
use selfsame_service::Failure;
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

fn effect(
    deed: Deed,
    field: Option<&str>,
    value: Option<Value>,
    parameter: Option<&str>,
) -> Effect {
    Effect {
        deed,
        field: field.map(str::to_owned),
        value,
        parameter: parameter.map(str::to_owned),
    }
}

fn freeze() -> DeclaredAction {
    let parameter = |key: &str, required| ActionParameter {
        key: key.to_owned(),
        kind: FieldKind::String,
        required,
        options: vec![],
    };
    DeclaredAction {
        id: None,
        name: "Freeze".into(),
        parameters: vec![parameter("reason", true), parameter("mail", false)],
        effects: vec![
            effect(Deed::SetStatus, None, Some(json!("Frozen")), None),
            effect(Deed::AddTag, None, None, Some("reason")),
            effect(Deed::RemoveTag, None, Some(json!("active")), None),
            effect(Deed::SetField, Some("email_address"), None, Some("mail")),
        ],
    }
}

async fn apply(app: &TestApp, change: impl FnOnce(&mut DeclaredType)) -> Result<(), Vec<String>> {
    let organisation = &app.own.sandbox.organisation_id;
    let all = app.service.list_account_types(organisation).await.unwrap();
    let mut wanted = DeclaredType::of(&all[0], &all);
    change(&mut wanted);
    match app
        .service
        .apply_account_types(organisation, &[wanted])
        .await
    {
        Ok(_) => Ok(()),
        Err(Failure::Refused(refusals)) => {
            Err(refusals.0.into_iter().filter_map(|it| it.details).collect())
        }
        Err(other) => panic!("{other}"),
    }
}

/// The id of the action, once it is declared.
async fn declared(app: &TestApp) -> String {
    apply(app, |kind| {
        kind.statuses.push(DeclaredStatus {
            name: "Frozen".into(),
            active: true,
        });
        kind.actions = vec![freeze()];
    })
    .await
    .unwrap();
    let organisation = &app.own.sandbox.organisation_id;
    let all = app.service.list_account_types(organisation).await.unwrap();
    all[0].actions[0].id.to_string()
}

async fn run(app: &TestApp, account: &str, action: &str, parameters: Value) -> Answer {
    let body = json!({"data": {"account-action-id": action, "parameters": parameters}});
    app.sandbox()
        .post(&format!("/accounts/{account}/run-action"), body)
        .await
}

#[tokio::test]
async fn a46_a70_an_action_does_all_of_its_effects_and_each_event_remembers_the_run() {
    let app = TestApp::start().await;
    let action = declared(&app).await;
    let account = app.account(json!({"tags": ["active"]})).await;
    let before = app.events().await.len();
    let parameters = json!({"reason": "fraud", "mail": "ada@example.test"});
    let answer = run(&app, &account, &action, parameters).await.expect(200);
    assert_eq!(answer.attribute("account-status"), "Frozen");
    assert_eq!(answer.attribute("tags"), &json!(["fraud"]));
    assert_eq!(answer.field("email_address"), "ada@example.test");
    let run_id = answer.meta("workflow-run-id").as_str().unwrap();
    assert!(run_id.starts_with("wfr_"));
    let events = app.events().await.split_off(before);
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "account.tag-added",
            "account.tag-removed",
            "account.updated-tags",
            "account.updated-fields",
            "account.status-updated"
        ]
    );
    for event in &events {
        assert_eq!(event.context["workflow-run-id"], run_id);
        assert_eq!(event.context["account-action-id"], json!(action));
    }
    // A parameter that need not be there changes nothing if it is not.
    let answer = run(&app, &account, &action, json!({"reason": "fraud"})).await;
    assert_eq!(
        answer.expect(200).field("email_address"),
        "ada@example.test"
    );
    assert_eq!(app.events().await.len(), before + 5);
}

#[tokio::test]
async fn a69_wrong_parameters_are_refused_with_their_places_and_nothing_changes() {
    let app = TestApp::start().await;
    let action = declared(&app).await;
    let account = app.account(json!({})).await;
    let before = app.counts().await;
    for (parameters, place) in [
        (json!({}), "/data/parameters/reason"),
        (json!({"reason": null}), "/data/parameters/reason"),
        (json!({"reason": 3}), "/data/parameters/reason"),
        (json!({"reason": " "}), "/data/parameters/reason"),
        (json!({"reason": "x", "other": 1}), "/data/parameters/other"),
        (
            json!({"reason": "x", "mail": "m".repeat(10_001)}),
            "/data/parameters/mail",
        ),
    ] {
        run(&app, &account, &action, parameters)
            .await
            .points_at(place);
    }
    run(&app, &account, "accac_nothing", json!({}))
        .await
        .refused(404, "data.account_action_id is not found");
    run(&app, &account, "act_1", json!({})).await.expect(400);
    run(&app, "act_nobody", &action, json!({}))
        .await
        .expect(404);
    let path = format!("/accounts/{account}/run-action");
    for body in [json!({}), json!({"data": {}})] {
        app.sandbox().post(&path, body).await.expect(400);
    }
    assert_eq!(app.counts().await, before);
    let archive = app
        .sandbox()
        .post(&format!("/accounts/{account}/archive"), json!({}));
    archive.await.expect(200);
    run(&app, &account, &action, json!({"reason": "x"}))
        .await
        .refused(409, &format!("Account {account} has been archived"));
}

#[tokio::test]
async fn a68_an_action_keeps_its_id_by_its_name_and_a_wrong_one_is_refused() {
    let app = TestApp::start().await;
    let first = declared(&app).await;
    apply(&app, |kind| kind.actions[0].parameters.clear())
        .await
        .unwrap_err();
    let wrong = |change: fn(&mut DeclaredAction)| {
        let app = &app;
        async move {
            let problems = apply(app, |kind| change(&mut kind.actions[0])).await;
            problems.unwrap_err().join("; ")
        }
    };
    for (problem, part) in [
        (
            wrong(|action| action.effects[0].value = Some(json!("Nothing"))).await,
            "Nothing is not an active status",
        ),
        (
            wrong(|action| action.effects[3].field = Some("shoe_size".into())).await,
            "shoe_size is not a field",
        ),
        (
            wrong(|action| action.effects[1].parameter = Some("why".into())).await,
            "has no parameter why",
        ),
        (
            wrong(|action| action.effects[1].value = Some(json!("x"))).await,
            "either a value or a parameter",
        ),
    ] {
        assert!(problem.contains(part), "{problem}");
    }
    apply(&app, |kind| kind.actions[0].effects.truncate(2))
        .await
        .unwrap();
    let organisation = &app.own.sandbox.organisation_id;
    let all = app.service.list_account_types(organisation).await.unwrap();
    assert_eq!(all[0].actions[0].id.to_string(), first);
}

#[tokio::test]
async fn a68_a_file_tells_the_id_of_an_action_which_keeps_it_under_another_name() {
    let app = TestApp::start().await;
    let first = declared(&app).await;
    apply(&app, |kind| {
        assert_eq!(kind.actions[0].id.as_deref(), Some(first.as_str()));
        kind.actions[0].name = "Hold".into();
        kind.actions.push(freeze());
    })
    .await
    .unwrap();
    let organisation = &app.own.sandbox.organisation_id;
    let all = app.service.list_account_types(organisation).await.unwrap();
    let [held, frozen] = &all[0].actions[..] else {
        panic!("two actions");
    };
    assert_eq!(
        (held.id.to_string(), held.name.as_str()),
        (first.clone(), "Hold")
    );
    assert_ne!(held.id, frozen.id);
    for (id, problem) in [
        (
            "accac_nothing",
            "action Freeze: there is no action accac_nothing",
        ),
        (first.as_str(), "is there twice"),
    ] {
        let problems = apply(&app, |kind| kind.actions[1].id = Some(id.to_owned())).await;
        let problems = problems.unwrap_err().join("; ");
        assert!(problems.contains(problem), "{problems}");
    }
}

#[tokio::test]
async fn a71_a_retry_under_its_idempotency_key_runs_nothing_twice() {
    let app = TestApp::start().await;
    let action = declared(&app).await;
    let account = app.account(json!({})).await;
    let client = app.sandbox().with("idempotency-key", "once");
    let body = json!({"data": {"account-action-id": action, "parameters": {"reason": "fraud"}}});
    let path = format!("/accounts/{account}/run-action");
    let first = client.post(&path, body.clone()).await.expect(200);
    let events = app.events().await.len();
    let second = client.post(&path, body).await.expect(200);
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(app.events().await.len(), events);
}
