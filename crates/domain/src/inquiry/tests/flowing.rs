//! The flow engine through both shipped templates (B207–B260).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{NOW, World, fields, names, no_fields};
use crate::Timestamp;
use crate::environment::EnvironmentKind;
use crate::event::Happening;
use crate::flow::{
    Condition, Facts, FlowProblem, Made, Operator, Outcome, Route, Screen, Step, Submission,
    settle, submit,
};
use crate::id::{FileId, Id};
use crate::inquiry::{FieldSource, Inquiry, Prefill, SimulatedOutcome, Status};
use crate::template::{CheckSetting, government_id_and_selfie};
use crate::verification::{Document, Selfie, UploadedFile, Verification, VerificationStatus};

/// One person going through one inquiry, with what the store would keep in between.
struct Person {
    world: World,
    environment: EnvironmentKind,
    inquiry: Inquiry,
    verifications: Vec<Verification>,
    documents: Vec<Document>,
    selfies: Vec<Selfie>,
    uploads: Vec<UploadedFile>,
    happenings: Vec<Happening>,
    fills_account: bool,
    now: Timestamp,
    keys: u32,
}

impl Person {
    fn begins(world: World, environment: EnvironmentKind) -> Self {
        Self::prefilled(world, environment, Prefill::Api(no_fields()))
    }

    fn prefilled(mut world: World, environment: EnvironmentKind, prefill: Prefill) -> Self {
        let mut command = world.command();
        command.prefill = prefill;
        let (inquiry, happenings) = world.create(command).unwrap();
        Self {
            world,
            environment,
            inquiry,
            verifications: Vec::new(),
            documents: Vec::new(),
            selfies: Vec::new(),
            uploads: Vec::new(),
            happenings,
            fills_account: false,
            now: NOW,
            keys: 0,
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            inquiry: self.inquiry.clone(),
            template: &self.world.template,
            version: &self.world.version,
            environment: self.environment,
            verifications: self.verifications.clone(),
            documents: self.documents.clone(),
            selfies: self.selfies.clone(),
            uploads: self.uploads.clone(),
        }
    }

    fn submission(&mut self, values: Value) -> Submission {
        self.keys += 1;
        Submission {
            step: self.step().to_owned(),
            revision: self.inquiry.detail.run.revision,
            key: format!("key-{}", self.keys),
            back: false,
            values: fields(values),
            behaviors: no_fields(),
            session_id: "iqse_1".into(),
        }
    }

    fn step(&self) -> &str {
        self.inquiry.detail.next_step.as_deref().unwrap()
    }

    fn try_submit(&mut self, submission: &Submission) -> Result<(), FlowProblem> {
        let mut entropy = self.world.entropy.fork();
        let outcome = submit(self.facts(), submission, self.now, &mut entropy)?;
        self.keep(outcome);
        Ok(())
    }

    fn submit(&mut self, values: Value) {
        let submission = self.submission(values);
        let step = self.step().to_owned();
        self.try_submit(&submission)
            .unwrap_or_else(|problem| panic!("{step} was refused: {problem:?}"));
    }

    fn back(&mut self) -> Result<(), FlowProblem> {
        let mut submission = self.submission(json!({}));
        submission.back = true;
        self.try_submit(&submission)
    }

    fn settle(&mut self) -> bool {
        match settle(self.facts(), self.now).unwrap() {
            Some(outcome) => {
                self.keep(outcome);
                true
            }
            None => false,
        }
    }

    fn keep(&mut self, outcome: Outcome) {
        self.inquiry = outcome.inquiry;
        for made in outcome.made {
            self.keep_made(made);
        }
        self.uploads.retain(|file| {
            !outcome
                .claimed
                .iter()
                .any(|claimed| claimed.id == file.id && claimed.owner_id.is_some())
        });
        self.happenings.extend(outcome.happenings);
        self.fills_account |= outcome.fills_account;
    }

    fn keep_made(&mut self, made: Made) {
        self.verifications
            .retain(|known| known.id != made.verification.id);
        self.verifications.push(made.verification);
        if let Some(document) = made.document {
            self.documents.retain(|known| known.id != document.id);
            self.documents.push(document);
        }
        if let Some(selfie) = made.selfie {
            self.selfies.retain(|known| known.id != selfie.id);
            self.selfies.push(selfie);
        }
    }

    fn uploads(&mut self, parts: &[&str]) {
        for part in parts {
            let id = FileId::mint(&mut self.world.entropy, self.now);
            self.uploads.push(UploadedFile {
                blob_key: format!("env_1/{id}"),
                id,
                environment_id: self.inquiry.environment_id.clone(),
                inquiry_id: self.inquiry.id.clone(),
                step: self.step().to_owned(),
                part: (*part).to_owned(),
                owner_id: None,
                sha256: String::new(),
                mime_type: "image/jpeg".into(),
                byte_size: 20_000,
                width: 640,
                height: 480,
                capture_method: "manual".into(),
                created_at: self.now,
            });
        }
    }

    fn waits(&mut self) {
        self.now = self.now.plus_seconds(1);
        assert!(self.settle(), "a result is due on {}", self.step());
    }

    /// From the start to the capture of a driving licence.
    fn reaches_capture(&mut self) {
        self.submit(json!({}));
        self.submit(json!({"name-first": "Ada", "name-last": "Byron", "birthdate": "1990-12-10"}));
        self.chooses_document();
    }

    fn chooses_document(&mut self) {
        assert_eq!(self.step(), "country_select");
        self.submit(json!({"country": "US"}));
        assert_eq!(self.step(), "government_id_select");
        self.submit(json!({"id_class": "dl"}));
        assert_eq!(self.step(), "verification_government_id");
    }

    fn shows_document(&mut self, outcome: SimulatedOutcome) {
        self.inquiry.detail.simulated = outcome;
        self.uploads(&["front", "back"]);
        self.submit(json!({}));
        assert_eq!(self.step(), "processing_government_id");
        self.waits();
    }

    fn shows_face(&mut self, outcome: SimulatedOutcome) {
        assert_eq!(self.step(), "verification_selfie");
        self.inquiry.detail.simulated = outcome;
        self.uploads(&["center", "left", "right"]);
        self.submit(json!({}));
        assert_eq!(self.step(), "processing_selfie");
        self.waits();
    }

    fn event_names(&self) -> Vec<&'static str> {
        names(&self.happenings)
    }

    fn count(&self, name: &str) -> usize {
        self.event_names()
            .iter()
            .filter(|known| **known == name)
            .count()
    }
}

use SimulatedOutcome::{Failed, Passed};

#[test]
fn f1_the_standard_template_passes_in_sandbox_with_its_events_in_order() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.reaches_capture();
    assert_eq!(
        person.inquiry.status,
        Status::Created,
        "I2: looking is not starting"
    );
    person.shows_document(Passed);
    assert_eq!(person.inquiry.status, Status::Pending);
    person.shows_face(Passed);
    assert_eq!(person.step(), "success");
    assert_eq!(person.inquiry.status, Status::Completed);
    assert!(person.fills_account);
    let expected = [
        "inquiry.created",
        "inquiry.transitioned",
        "inquiry.transitioned",
        "inquiry.transitioned",
        "inquiry.transitioned",
        "document.created",
        "document.submitted",
        "verification.created",
        "verification.submitted",
        "inquiry.transitioned",
        "inquiry.started",
        "document.processed",
        "verification.passed",
        "inquiry.transitioned",
        "selfie.created",
        "selfie.submitted",
        "verification.created",
        "verification.submitted",
        "inquiry.transitioned",
        "selfie.processed",
        "verification.passed",
        "inquiry.transitioned",
        "inquiry.completed",
    ];
    assert_eq!(person.event_names(), expected);
}

#[test]
fn f1_the_form_template_starts_with_its_form_and_completes_at_once() {
    let mut person = Person::begins(World::form(), EnvironmentKind::Production);
    person.submit(json!({}));
    assert_eq!(person.inquiry.status, Status::Created);
    person.submit(json!({"name-first": "Ada", "name-last": "Byron", "birthdate": "1990-12-10"}));
    assert_eq!(person.inquiry.status, Status::Completed, "B260");
    assert_eq!(
        person.event_names(),
        [
            "inquiry.created",
            "inquiry.transitioned",
            "inquiry.transitioned",
            "inquiry.started",
            "inquiry.completed",
        ]
    );
    assert!(person.fills_account);
    assert_eq!(person.inquiry.detail.fields["name-first"], "Ada");
    assert_eq!(
        person.inquiry.detail.origins["name-first"].source,
        FieldSource::User
    );
}

#[test]
fn f2_five_failures_reach_the_failed_screen() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.reaches_capture();
    for attempt in 1..=4 {
        person.shows_document(Failed);
        assert_eq!(
            person.inquiry.status,
            Status::Pending,
            "B247, attempt {attempt}"
        );
        assert_eq!(person.step(), "retry_verification_government_id");
        person.submit(json!({}));
        person.chooses_document();
    }
    person.shows_document(Failed);
    assert_eq!(person.step(), "fail");
    assert_eq!(person.inquiry.status, Status::Failed);
    assert_eq!(person.count("verification.failed"), 5);
    assert_eq!(person.event_names().last(), Some(&"inquiry.failed"));
    assert_eq!(person.inquiry.expires_at, None, "I4");
    assert!(!person.fills_account);
}

#[test]
fn f2_four_failures_and_a_pass_complete() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.reaches_capture();
    for _ in 0..4 {
        person.shows_document(Failed);
        person.submit(json!({}));
        person.chooses_document();
    }
    person.shows_document(Passed);
    for _ in 0..4 {
        person.shows_face(Failed);
        assert_eq!(person.step(), "retry_verification_selfie");
        person.submit(json!({}));
    }
    person.shows_face(Passed);
    assert_eq!(person.inquiry.status, Status::Completed);
    assert_eq!(person.count("inquiry.started"), 1, "I17");
    assert_eq!(person.inquiry.detail.run.attempts["government_id"], 5);
    assert_eq!(person.inquiry.detail.run.attempts["selfie"], 5);
}

#[test]
fn production_never_passes_what_it_cannot_check() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Production);
    person.reaches_capture();
    person.inquiry.detail.simulated = Passed;
    person.uploads(&["front", "back"]);
    person.submit(json!({}));
    assert!(person.settle(), "nothing to wait for");
    assert_eq!(person.step(), "verification_selfie");
    person.uploads(&["center", "left", "right"]);
    person.submit(json!({}));
    assert!(person.settle());
    assert_eq!(person.step(), "success");
    assert_eq!(person.inquiry.status, Status::NeedsReview);
    let statuses: Vec<_> = person
        .verifications
        .iter()
        .map(|made| made.status)
        .collect();
    assert_eq!(
        statuses,
        [VerificationStatus::Submitted, VerificationStatus::Submitted]
    );
    assert_eq!(person.count("verification.passed"), 0);
    assert!(!person.fills_account, "nothing was verified");
    assert_eq!(
        person.inquiry.detail.fields["name-first"], "Ada",
        "nothing was read"
    );
    let names = person.event_names();
    assert_eq!(
        names[names.len() - 2..],
        ["inquiry.completed", "inquiry.marked-for-review"]
    );
    for made in &person.verifications {
        assert!(made.detail.checks.is_empty());
        assert!(!made.detail.simulated);
    }
}

#[test]
fn b263_a_pass_in_sandbox_overwrites_the_name_and_keeps_the_first_value() {
    let prefill = Prefill::Api(fields(json!({"name-first": "Grace"})));
    let mut person = Person::prefilled(World::full(), EnvironmentKind::Sandbox, prefill);
    person.reaches_capture();
    person.shows_document(Passed);
    let detail = &person.inquiry.detail;
    assert_eq!(detail.fields["name-first"], "Alexander");
    assert_eq!(detail.fields["birthdate"], "1977-07-17");
    assert_eq!(detail.fields["identification-class"], "dl");
    let origin = &detail.origins["name-first"];
    assert_eq!(origin.initial, "Grace", "F4, B239");
    assert_eq!(origin.source, FieldSource::Extraction);
}

#[test]
fn f3_a_write_once_field_keeps_its_first_value_against_user_and_extraction() {
    let mut world = World::full();
    for schema in &mut world.version.definition.fields {
        schema.write_once = schema.key == "name-first";
    }
    let prefill = Prefill::Api(fields(json!({"name-first": "Grace"})));
    let mut person = Person::prefilled(world, EnvironmentKind::Sandbox, prefill);
    person.reaches_capture();
    assert_eq!(person.inquiry.detail.fields["name-first"], "Grace");
    assert_eq!(person.inquiry.detail.fields["name-last"], "Byron");
    person.shows_document(Passed);
    assert_eq!(person.inquiry.detail.fields["name-first"], "Grace");
    assert_eq!(person.inquiry.detail.fields["name-last"], "Sample");
    assert_eq!(
        person.inquiry.detail.origins["name-first"].source,
        FieldSource::Api
    );
}

#[test]
fn f6_a_branch_on_a_field_that_is_null_takes_the_way_b248_says() {
    let table = [
        (Operator::Equal, json!("US"), false),
        (Operator::NotEqual, json!("US"), true),
        (Operator::Less, json!(5), false),
        (Operator::LessOrEqual, json!(5), false),
        (Operator::Greater, json!(5), false),
        (Operator::GreaterOrEqual, json!(5), false),
        (Operator::IsBlank, Value::Null, true),
        (Operator::IsNotBlank, Value::Null, false),
        (Operator::Includes, json!("a"), false),
        (Operator::IncludesAnyOf, json!(["a"]), false),
        (Operator::Excludes, json!("a"), false),
    ];
    for (operator, value, holds) in table {
        let mut world = World::form();
        branch_after_start(
            &mut world,
            Condition::new("fields.phone-number", operator, value),
        );
        let mut person = Person::begins(world, EnvironmentKind::Sandbox);
        person.submit(json!({}));
        let to = if holds { "success" } else { "fail" };
        assert_eq!(person.step(), to, "{operator:?}");
    }
}

#[test]
fn b249_a_condition_sees_fields_attempts_and_environment() {
    for (path, value, holds) in [
        ("environment", json!("sandbox"), true),
        ("environment", json!("production"), false),
        ("flow_state.run_government_id_attempts", json!(0), true),
        ("fields.selected-country-code", json!("US"), true),
        ("verifications.selfie.last.status", json!("passed"), false),
        ("no.such.path", json!("x"), false),
    ] {
        let mut world = World::form();
        branch_after_start(&mut world, Condition::new(path, Operator::Equal, value));
        let mut person = Person::begins(world, EnvironmentKind::Sandbox);
        person.submit(json!({}));
        assert_eq!(person.step() == "success", holds, "{path}");
    }
}

/// start → branch → success if the condition holds, else fail.
fn branch_after_start(world: &mut World, condition: Condition) {
    let steps = &mut world.version.definition.flow.steps;
    steps.insert(
        "route".into(),
        Step::Branch {
            routes: vec![Route {
                when: vec![condition],
                to: "success".into(),
            }],
            otherwise: "fail".into(),
        },
    );
    steps.insert(
        "start".into(),
        Step::Screen {
            screen: Screen::Start,
            next: Some("route".into()),
        },
    );
}

#[test]
fn f7_a_failed_verification_fails_one_required_check_and_a_passed_one_none() {
    for outcome in [Passed, Failed] {
        let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
        person.reaches_capture();
        person.shows_document(outcome);
        let made = &person.verifications[0];
        let failed: Vec<_> = made
            .detail
            .checks
            .iter()
            .filter(|check| check.status == "failed")
            .map(|check| (check.name.as_str(), check.requirement.as_str()))
            .collect();
        if outcome == Passed {
            assert_eq!(made.status, VerificationStatus::Passed);
            assert_eq!(failed, []);
        } else {
            assert_eq!(made.status, VerificationStatus::Failed);
            assert_eq!(failed, [("id_compromised_detection", "required")], "B270");
        }
        let configured: Vec<_> = world_checks();
        let shown: Vec<_> = made
            .detail
            .checks
            .iter()
            .map(|check| check.name.clone())
            .collect();
        assert_eq!(shown, configured);
    }
}

fn world_checks() -> Vec<String> {
    let definition = government_id_and_selfie(&mut crate::id::Entropy::seeded(2), NOW);
    let template = definition.verification("government_id").unwrap();
    template
        .checks
        .iter()
        .map(|check| check.name.clone())
        .collect()
}

#[test]
fn f7_where_the_kinds_first_check_is_not_configured_another_required_one_fails() {
    let mut world = World::full();
    world.version.definition.verifications[0].checks = vec![
        CheckSetting {
            name: "id_blur_detection".into(),
            required: false,
        },
        CheckSetting {
            name: "id_expired_detection".into(),
            required: true,
        },
    ];
    let mut person = Person::begins(world, EnvironmentKind::Sandbox);
    person.reaches_capture();
    person.shows_document(Failed);
    let statuses: BTreeMap<_, _> = person.verifications[0]
        .detail
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check.status.as_str()))
        .collect();
    assert_eq!(statuses["id_blur_detection"], "passed");
    assert_eq!(statuses["id_expired_detection"], "failed");
}

#[test]
fn f11_a_stale_step_revision_or_status_changes_nothing() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    let old = person.submission(json!({}));
    person.submit(json!({}));
    let before = person.inquiry.clone();
    assert_eq!(person.try_submit(&old), Err(FlowProblem::Stale));
    let mut wrong_revision = person.submission(json!({}));
    wrong_revision.revision -= 1;
    assert_eq!(person.try_submit(&wrong_revision), Err(FlowProblem::Stale));
    let mut wrong_step = person.submission(json!({}));
    wrong_step.step = "success".into();
    assert_eq!(person.try_submit(&wrong_step), Err(FlowProblem::Stale));
    assert_eq!(person.inquiry, before);

    let right = person.submission(json!({}));
    for closed in Status::ALL.into_iter().filter(|status| !status.is_open()) {
        person.inquiry.status = closed;
        assert_eq!(
            person.try_submit(&right),
            Err(FlowProblem::Stale),
            "{closed:?}"
        );
    }
}

#[test]
fn f11_b212_more_than_fifty_steps_without_a_screen_are_a_loop() {
    let chain = |length: usize| {
        let mut world = World::form();
        let steps = &mut world.version.definition.flow.steps;
        for number in 0..length {
            let next = if number + 1 == length {
                "success".to_owned()
            } else {
                format!("action_{}", number + 1)
            };
            steps.insert(
                format!("action_{number}"),
                Step::Action {
                    run: Vec::new(),
                    next,
                },
            );
        }
        steps.insert(
            "start".into(),
            Step::Screen {
                screen: Screen::Start,
                next: Some("action_0".into()),
            },
        );
        let mut person = Person::begins(world, EnvironmentKind::Sandbox);
        let submission = person.submission(json!({}));
        person
            .try_submit(&submission)
            .map(|()| person.step().to_owned())
    };
    assert_eq!(chain(49), Ok("success".to_owned()));
    assert_eq!(chain(50), Ok("success".to_owned()));
    assert_eq!(chain(51), Err(FlowProblem::BrokenFlow));
}

#[test]
fn a_step_that_does_not_exist_breaks_the_flow_and_changes_nothing() {
    let mut world = World::form();
    world.version.definition.flow.steps.remove("details");
    let mut person = Person::begins(world, EnvironmentKind::Sandbox);
    let before = person.inquiry.clone();
    let submission = person.submission(json!({}));
    assert_eq!(person.try_submit(&submission), Err(FlowProblem::BrokenFlow));
    assert_eq!(person.inquiry, before);
}

#[test]
fn back_returns_screen_by_screen_keeps_what_was_written_and_ends_at_the_first() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    assert_eq!(person.back(), Err(FlowProblem::Stale));
    person.reaches_capture();
    let revision = person.inquiry.detail.run.revision;
    for step in ["government_id_select", "country_select", "details", "start"] {
        person.back().unwrap();
        assert_eq!(person.step(), step);
    }
    assert_eq!(person.inquiry.detail.run.revision, revision + 4);
    assert_eq!(person.back(), Err(FlowProblem::Stale));
    assert_eq!(person.inquiry.detail.fields["name-first"], "Ada");
    person.reaches_capture();
}

#[test]
fn a_submitted_verification_cannot_be_taken_back() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.reaches_capture();
    person.shows_document(Passed);
    assert_eq!(person.step(), "verification_selfie");
    assert_eq!(person.back(), Err(FlowProblem::Stale));
}

#[test]
fn b244_a_form_is_read_again_by_the_server_and_every_problem_is_told() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.submit(json!({}));
    let before = person.inquiry.clone();
    let submission =
        person.submission(json!({"name-first": " ", "birthdate": "soon", "email-address": "me"}));
    let Err(FlowProblem::Invalid(problems)) = person.try_submit(&submission) else {
        panic!("the form was taken");
    };
    let told: Vec<_> = problems
        .iter()
        .map(|problem| (problem.key.as_str(), problem.code))
        .collect();
    assert_eq!(
        told,
        [
            ("name-first", "required"),
            ("name-last", "required"),
            ("birthdate", "invalid-date"),
            ("email-address", "invalid-email"),
        ]
    );
    assert_eq!(person.inquiry, before);
}

#[test]
fn b218_only_countries_and_classes_of_the_template_are_taken() {
    let mut world = World::full();
    world.version.definition.verifications[0].countries = vec!["PT".into()];
    let mut person = Person::begins(world, EnvironmentKind::Sandbox);
    person.submit(json!({}));
    person.submit(json!({"name-first": "Ada", "name-last": "Byron", "birthdate": "1990-12-10"}));
    for wrong in [json!({"country": "US"}), json!({}), json!({"country": 3})] {
        let submission = person.submission(wrong);
        assert!(matches!(
            person.try_submit(&submission),
            Err(FlowProblem::Invalid(_))
        ));
    }
    person.submit(json!({"country": "PT"}));
    let submission = person.submission(json!({"id_class": "umid"}));
    assert!(matches!(
        person.try_submit(&submission),
        Err(FlowProblem::Invalid(_))
    ));
    person.submit(json!({"id_class": "pp"}));
    assert_eq!(person.inquiry.detail.fields["selected-country-code"], "PT");
    assert_eq!(person.inquiry.detail.fields["selected-id-class"], "pp");
    // A passport has one side.
    person.uploads(&["front"]);
    person.submit(json!({}));
    assert_eq!(person.step(), "processing_government_id");
}

#[test]
fn a_capture_waits_for_all_its_parts_and_takes_the_newest_of_each() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.reaches_capture();
    person.uploads(&["front"]);
    let submission = person.submission(json!({}));
    assert_eq!(
        person.try_submit(&submission),
        Err(FlowProblem::FileMissing("back".into()))
    );
    assert_eq!(person.inquiry.status, Status::Created);
    person.uploads(&["front", "back"]);
    let newest: Vec<_> = person.uploads[1..]
        .iter()
        .map(|file| file.id.clone())
        .collect();
    let submission = person.submission(json!({}));
    let mut entropy = person.world.entropy.fork();
    let outcome = submit(person.facts(), &submission, person.now, &mut entropy).unwrap();
    let claimed: Vec<_> = outcome.claimed.iter().map(|file| file.id.clone()).collect();
    assert_eq!(claimed, newest);
    let owner = outcome.made[0].verification.id.to_string();
    assert!(
        outcome
            .claimed
            .iter()
            .all(|file| file.owner_id.as_deref() == Some(owner.as_str()))
    );
}

#[test]
fn a_result_comes_when_it_is_due_once_and_never_on_a_closed_inquiry() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    assert!(!person.settle(), "nothing is being processed");
    person.reaches_capture();
    person.uploads(&["front", "back"]);
    person.submit(json!({}));
    assert!(!person.settle(), "not due yet");
    let submission = person.submission(json!({}));
    assert_eq!(
        person.try_submit(&submission),
        Err(FlowProblem::Stale),
        "a processing screen is not left by hand"
    );
    person.now = person.now.plus_seconds(1);
    let mut closed = person.facts();
    closed.inquiry.status = Status::Declined;
    assert!(settle(closed, person.now).unwrap().is_none());
    assert!(person.settle());
    assert!(!person.settle());
}

#[test]
fn b261_the_toggle_counts_as_it_stood_when_the_person_submitted() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    person.reaches_capture();
    person.inquiry.detail.simulated = Failed;
    person.uploads(&["front", "back"]);
    person.submit(json!({}));
    person.inquiry.detail.simulated = Passed;
    person.waits();
    assert_eq!(person.verifications[0].status, VerificationStatus::Failed);
}

#[test]
fn b273_behaviours_are_counters_and_switches_of_the_known_names_only() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    let mut submission = person.submission(json!({}));
    submission.behaviors = fields(json!({
        "shortcut-pastes": 3,
        "devtools-open": true,
        "completion-time": "4",
        "hesitation-time": {"x": 1},
        "invented": 1,
    }));
    person.try_submit(&submission).unwrap();
    let behaviors = &person.inquiry.detail.behaviors;
    assert_eq!(behaviors["shortcut-pastes"], 3);
    assert_eq!(behaviors["devtools-open"], true);
    assert_eq!(behaviors["completion-time"], Value::Null);
    assert_eq!(behaviors["hesitation-time"], Value::Null);
    assert!(!behaviors.contains_key("invented"));
}

#[test]
fn b208_previous_and_next_step_follow_each_arrival() {
    let mut person = Person::begins(World::full(), EnvironmentKind::Sandbox);
    assert_eq!(person.inquiry.detail.previous_step, None);
    person.submit(json!({}));
    assert_eq!(
        person.inquiry.detail.previous_step.as_deref(),
        Some("start")
    );
    assert_eq!(person.inquiry.detail.next_step.as_deref(), Some("details"));
    assert_eq!(
        person.inquiry.detail.run.acted_by.as_deref(),
        Some("iqse_1")
    );
    assert_eq!(person.inquiry.detail.run.last_key.as_deref(), Some("key-1"));
}
