//! Random deeds, some of them simultaneous, done to the service and to a model of it.
//!
//! What fails is made smaller by proptest, and its seed kept in `proptest-regressions` beside this folder.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rand::RngExt;
use selfsame_domain::account::{CreateAccount, UpdateAccount};
use selfsame_domain::id::{AccountId, Id, InquiryId};
use selfsame_domain::inquiry::Status;
use selfsame_domain::{ReferenceId, Refusals};
use selfsame_service::{Actor, Caller, Failure, ListRequest, Service, no_receipt};
use selfsame_store::{EventFilter, InquiryFilter, Query};
use selfsame_testkit::TestApp;
use selfsame_wire::ApiVersion;
use selfsame_wire::inquiry::parse_create;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::model::{Account, Deed, Inquiry, Model, Outcome, Place};
use crate::run::{On, Run};

const REFERENCES: [&str; 5] = ["ada", "Ada", "ben", "BEN", "cyd"];
/// More than any case makes.
const ALL: u32 = 1000;

#[test]
fn whatever_happens_at_once_some_order_explains_it_on_sqlite() {
    let runtime = runtime();
    let app = runtime.block_on(TestApp::start());
    explained(
        &runtime,
        &app,
        Run::new("property::", On::Sqlite, 120, 3000),
    );
}

#[test]
fn whatever_happens_at_once_some_order_explains_it_on_postgres() {
    let runtime = runtime();
    let app = runtime.block_on(TestApp::build().on_postgres().start());
    explained(
        &runtime,
        &app,
        Run::new("property::", On::Postgres, 30, 3000),
    );
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()
        .unwrap()
}

/// A wish, before it is known whom it can concern: numbers count accounts and inquiries in the order of their ids,
/// round and round.
#[derive(Debug, Clone)]
enum Wish {
    MakeInquiry(Place, usize),
    MakeInquiryOn(Place, usize),
    MakeAccount(Place, usize),
    Rename(Place, usize, usize),
    Archive(Place, usize),
    Restore(Place, usize),
    Consolidate(Place, usize, usize),
    Redact(Place, usize),
    MakeSession(Place, usize),
    Expire(Place, usize),
    RedactInquiry(Place, usize),
}

fn wish() -> impl Strategy<Value = Wish> {
    let (place, number, reference) = (0..2_usize, 0..6_usize, 0..REFERENCES.len());
    let numbered = (place.clone(), number.clone());
    let referenced = (place.clone(), reference.clone());
    let paired = (place.clone(), number.clone(), number.clone());
    prop_oneof![
        4 => referenced.clone().prop_map(|(place, reference)| Wish::MakeInquiry(place, reference)),
        1 => numbered.clone().prop_map(|(place, number)| Wish::MakeInquiryOn(place, number)),
        2 => referenced.prop_map(|(place, reference)| Wish::MakeAccount(place, reference)),
        2 => (place, number, reference).prop_map(|(place, number, reference)| Wish::Rename(place, number, reference)),
        1 => numbered.clone().prop_map(|(place, number)| Wish::Archive(place, number)),
        1 => numbered.clone().prop_map(|(place, number)| Wish::Restore(place, number)),
        2 => paired.prop_map(|(place, into, from)| Wish::Consolidate(place, into, from)),
        1 => numbered.clone().prop_map(|(place, number)| Wish::Redact(place, number)),
        1 => numbered.clone().prop_map(|(place, number)| Wish::MakeSession(place, number)),
        1 => numbered.clone().prop_map(|(place, number)| Wish::Expire(place, number)),
        1 => numbered.prop_map(|(place, number)| Wish::RedactInquiry(place, number)),
    ]
}

/// Each step's wishes come true at once.
fn steps() -> impl Strategy<Value = Vec<Vec<Wish>>> {
    let one = vec(wish(), 1..=1);
    let together = vec(wish(), 2..=4);
    vec(prop_oneof![1 => one, 2 => together], 1..14)
}

fn explained(runtime: &Runtime, app: &TestApp, mut run: Run) {
    let config = Config {
        cases: u32::try_from(run.rounds).unwrap(),
        source_file: Some(file!()),
        max_shrink_iters: 500,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &run.random.random::<[u8; 32]>());
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&steps(), |steps| runtime.block_on(follow(app, steps)));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// The world of one case: an organisation of its own.
struct Case {
    service: Service,
    callers: [Caller; 2],
    template: String,
}

async fn follow(app: &TestApp, steps: Vec<Vec<Wish>>) -> Result<(), TestCaseError> {
    let organisation = app.second_organisation().await;
    let case = Case {
        service: app.service.clone(),
        callers: [organisation.sandbox, organisation.production]
            .map(|environment| Caller::new(environment, Actor::System)),
        template: organisation.form_template.to_string(),
    };
    let mut model = Model::default();
    for wishes in steps {
        let deeds: Vec<_> = wishes
            .iter()
            .filter_map(|wish| deed(wish, &model))
            .collect();
        let mut running = JoinSet::new();
        for deed in deeds {
            let (service, template) = (case.service.clone(), case.template.clone());
            let caller = case.callers[place_of(&deed)].clone();
            running.spawn(async move {
                let outcome = done(&service, &caller, &deed, &template).await;
                (deed, outcome)
            });
        }
        let did = running.join_all().await;
        let seen = case.look().await;
        let reached = model.after(&did);
        prop_assert!(
            reached.contains(&seen),
            "no order explains {did:#?}\nfrom {model:#?}\nto {seen:#?}"
        );
        model = seen;
    }
    case.check_events(&model).await
}

fn deed(wish: &Wish, model: &Model) -> Option<Deed> {
    let account = |place: Place, number: usize| -> Option<AccountId> {
        let there = model.accounts.keys().filter(|(at, _)| *at == place);
        let there: Vec<_> = there.collect();
        let (_, id) = there.get(number % there.len().max(1))?;
        Some(id.clone())
    };
    let inquiry = |place: Place, number: usize| -> Option<InquiryId> {
        let there = model.inquiries.keys().filter(|(at, _)| *at == place);
        let there: Vec<_> = there.collect();
        let (_, id) = there.get(number % there.len().max(1))?;
        Some(id.clone())
    };
    let reference = |number: usize| REFERENCES[number].to_owned();
    Some(match *wish {
        Wish::MakeInquiry(place, number) => Deed::MakeInquiry(place, reference(number)),
        Wish::MakeInquiryOn(place, number) => Deed::MakeInquiryOn(place, account(place, number)?),
        Wish::MakeAccount(place, number) => Deed::MakeAccount(place, reference(number)),
        Wish::Rename(place, number, to) => {
            Deed::Rename(place, account(place, number)?, reference(to))
        }
        Wish::Archive(place, number) => Deed::Archive(place, account(place, number)?),
        Wish::Restore(place, number) => Deed::Restore(place, account(place, number)?),
        Wish::Consolidate(place, into, from) => {
            Deed::Consolidate(place, account(place, into)?, account(place, from)?)
        }
        Wish::Redact(place, number) => Deed::Redact(place, account(place, number)?),
        Wish::MakeSession(place, number) => Deed::MakeSession(place, inquiry(place, number)?),
        Wish::Expire(place, number) => Deed::Expire(place, inquiry(place, number)?),
        Wish::RedactInquiry(place, number) => Deed::RedactInquiry(place, inquiry(place, number)?),
    })
}

fn place_of(deed: &Deed) -> Place {
    match deed {
        Deed::MakeInquiry(place, _)
        | Deed::MakeInquiryOn(place, _)
        | Deed::MakeAccount(place, _)
        | Deed::Rename(place, _, _)
        | Deed::Archive(place, _)
        | Deed::Restore(place, _)
        | Deed::Consolidate(place, _, _)
        | Deed::Redact(place, _)
        | Deed::MakeSession(place, _)
        | Deed::Expire(place, _)
        | Deed::RedactInquiry(place, _) => *place,
    }
}

async fn done(service: &Service, caller: &Caller, deed: &Deed, template: &str) -> Outcome {
    let made = match deed {
        Deed::MakeInquiry(_, reference) => {
            let meta = json!({"auto-create-account-reference-id": reference});
            let body =
                json!({"data": {"attributes": {"inquiry-template-id": template}}, "meta": meta});
            make_inquiry(service, caller, &body).await
        }
        Deed::MakeInquiryOn(_, account) => {
            let attributes = json!({"inquiry-template-id": template, "account-id": account});
            let body = json!({"data": {"attributes": attributes}});
            make_inquiry(service, caller, &body).await
        }
        Deed::MakeAccount(_, reference) => {
            let command = CreateAccount {
                reference_id: ReferenceId::parse(reference).ok(),
                ..CreateAccount::default()
            };
            let made = service.create_account(caller, &command, &no_receipt).await;
            made.map(|(bundle, _)| Outcome::Account(bundle.account.id))
        }
        Deed::Rename(_, id, reference) => {
            let command = UpdateAccount {
                reference_id: ReferenceId::parse(reference).ok(),
                ..UpdateAccount::default()
            };
            let renamed = service.update_account(caller, id, &command, &no_receipt);
            renamed.await.map(|_| Outcome::Done)
        }
        Deed::Archive(_, id) => {
            let archived = service.archive_account(caller, id, &no_receipt).await;
            archived.map(|_| Outcome::Done)
        }
        Deed::Restore(_, id) => {
            let restored = service.restore_account(caller, id, &no_receipt).await;
            restored.map(|_| Outcome::Done)
        }
        Deed::Consolidate(_, destination, source) => {
            let sources = std::slice::from_ref(source);
            let taken_in = service.consolidate_accounts(caller, destination, sources, &no_receipt);
            taken_in.await.map(|_| Outcome::Done)
        }
        Deed::Redact(_, id) => {
            let redacted = service.redact_account(caller, id, &no_receipt).await;
            redacted.map(|_| Outcome::Done)
        }
        Deed::MakeSession(_, id) => {
            let made = service.create_session(caller, id, &no_receipt).await;
            made.map(|_| Outcome::Done)
        }
        Deed::Expire(_, id) => {
            let expired = service.expire_inquiry(caller, id, &no_receipt).await;
            expired.map(|_| Outcome::Done)
        }
        Deed::RedactInquiry(_, id) => {
            let redacted = service.redact_inquiry(caller, id, &no_receipt).await;
            redacted.map(|_| Outcome::Done)
        }
    };
    made.unwrap_or_else(|failure| match failure {
        Failure::Refused(refusals) => Outcome::Refused(refusals.status()),
        other => panic!("{deed:?}: {other}"),
    })
}

async fn make_inquiry(
    service: &Service,
    caller: &Caller,
    body: &serde_json::Value,
) -> Result<Outcome, Failure> {
    let (command, extras) =
        parse_create(body, ApiVersion::DEFAULT).map_err(|refusals: Refusals| refusals)?;
    let made = service
        .create_inquiry(caller, &command, extras, &no_receipt)
        .await?;
    let inquiry = made.bundle.view.inquiry;
    let account = inquiry.account_id.expect("an account");
    Ok(Outcome::Inquiry(inquiry.id, account))
}

impl Case {
    /// Everything that is there, as a model.
    async fn look(&self) -> Model {
        let request = ListRequest {
            size: ALL,
            ..ListRequest::default()
        };
        let mut seen = Model::default();
        for (place, caller) in self.callers.iter().enumerate() {
            // Lists leave archived accounts out.
            let accounts = Query::new(
                "SELECT id, reference_fold, archived_at, redacted_at, consolidated_into FROM accounts \
                 WHERE environment_id = $1",
                vec![caller.environment.id.as_str().into()],
            );
            let accounts = self.service.store().read(vec![accounts]).await.unwrap();
            for mut row in accounts.into_iter().flatten() {
                let id = AccountId::from_trusted(row.text().unwrap());
                let account = Account {
                    reference: row.optional_text().unwrap(),
                    archived: row.optional_integer().unwrap().is_some(),
                    redacted: row.optional_integer().unwrap().is_some(),
                    consolidated_into: row.optional_id().unwrap(),
                };
                seen.accounts.insert((place, id), account);
            }
            let sessions = Query::new(
                "SELECT inquiry_id, count(*) FROM inquiry_sessions \
                 WHERE environment_id = $1 AND status <> 'expired' GROUP BY inquiry_id",
                vec![caller.environment.id.as_str().into()],
            );
            let sessions = self.service.store().read(vec![sessions]).await.unwrap();
            let sessions: BTreeMap<String, usize> = sessions
                .into_iter()
                .flatten()
                .map(|mut row| {
                    let inquiry = row.text().unwrap();
                    let count = row.integer().unwrap();
                    (inquiry, usize::try_from(count).unwrap())
                })
                .collect();
            let inquiries = self
                .service
                .list_inquiries(caller, &InquiryFilter::default(), &request)
                .await
                .unwrap();
            for (view, _) in inquiries.items {
                let inquiry = Inquiry {
                    account: view.inquiry.account_id.expect("an account"),
                    expired: view.inquiry.status == Status::Expired,
                    redacted: view.inquiry.redacted_at.is_some(),
                    sessions: sessions.get(view.inquiry.id.as_str()).copied().unwrap_or(0),
                };
                seen.inquiries.insert((place, view.inquiry.id), inquiry);
            }
        }
        seen
    }

    /// Everything that was made has told so, once.
    async fn check_events(&self, model: &Model) -> Result<(), TestCaseError> {
        for (place, caller) in self.callers.iter().enumerate() {
            let request = ListRequest {
                size: ALL,
                ..ListRequest::default()
            };
            let events = self
                .service
                .list_events(caller, &EventFilter::default(), &request)
                .await
                .unwrap();
            let told = |name: &str| -> Vec<String> {
                let told = events.items.iter().filter(|event| event.name == name);
                let mut told: Vec<_> = told.map(|event| event.object_id.clone()).collect();
                told.sort();
                told
            };
            let accounts = model.accounts.keys().filter(|(at, _)| *at == place);
            let accounts: Vec<_> = accounts.map(|(_, id)| id.as_str().to_owned()).collect();
            prop_assert_eq!(told("account.created"), accounts);
            let inquiries = model.inquiries.keys().filter(|(at, _)| *at == place);
            let inquiries: Vec<_> = inquiries.map(|(_, id)| id.as_str().to_owned()).collect();
            prop_assert_eq!(told("inquiry.created"), inquiries);
            let gone = model
                .accounts
                .iter()
                .filter(|((at, _), account)| *at == place && account.consolidated_into.is_some());
            let gone: Vec<_> = gone.map(|((_, id), _)| id.as_str().to_owned()).collect();
            prop_assert_eq!(told("account.consolidated"), gone);
        }
        Ok(())
    }
}
