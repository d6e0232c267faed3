//! The objects that sample events are about: our own resources as the domain makes them, any other by its type, with an
//! id, a status and a time.

use selfsame_domain::account::{self, Account, AccountLink, AccountType, CreateAccount};
use selfsame_domain::field::Fields;
use selfsame_domain::flow::{self, Made};
use selfsame_domain::id::Entropy;
use selfsame_domain::inquiry::{
    self, CreateInquiry, Decision, Inquiry, InquiryView, Intervals, Prefill, SimulatedOutcome,
    TemplateSelector,
};
use selfsame_domain::session::{self, Device};
use selfsame_domain::template::{Template, TemplateVersion, government_id_and_selfie};
use selfsame_domain::verification::VerificationStatus;
use selfsame_domain::webhook::type_of;
use selfsame_domain::{ReferenceId, Refusals, Timestamp};
use selfsame_wire as wire;
use serde_json::{Value, json};

use crate::{Caller, Failure, Service};

const REFERENCE: &str = "sample-person";

/// Somebody who does not exist, with an inquiry.
struct Sample {
    kind: AccountType,
    account: Account,
    template: Template,
    version: TemplateVersion,
    inquiry: Inquiry,
    now: Timestamp,
    entropy: Entropy,
}

impl Service {
    /// The object as it is when an event of this name happens to it.
    pub(super) fn sample_object(&self, caller: &Caller, name: &str) -> Result<Value, Failure> {
        let kind = type_of(name);
        let what = name.strip_prefix(kind).unwrap_or_default();
        let what = what.trim_start_matches('.');
        let sample = self.sample(caller)?;
        let object = match kind {
            "account" => sample.account(what),
            "account-type" => wire::account::type_document(&sample.kind),
            "inquiry" => sample.inquiry(what)?,
            "inquiry-session" => sample.session(what)?,
            "inquiry-template-version" => {
                wire::template::version_document(&sample.version, &sample.template)
            }
            "verification" => sample.verification(what),
            "document" => sample.document(what),
            "selfie" => sample.selfie(what),
            _ => return Ok(self.other_object(kind, what)),
        };
        Ok(object)
    }

    fn sample(&self, caller: &Caller) -> Result<Sample, Refusals> {
        let now = self.now();
        let mut entropy = self.entropy();
        let environment = &caller.environment;
        let kind = self.default_type(&environment.organisation_id);
        let definition = government_id_and_selfie(&mut entropy, now);
        let organisation = &environment.organisation_id;
        let (template, version) =
            self.new_template(organisation, "Sample", definition, vec!["en".into()]);
        let person = fields(&json!({
            "name-first": "Alexander", "name-last": "Sample", "birthdate": "1977-07-17",
            "email-address": "alexander.sample@example.com",
        }));
        let command = CreateAccount {
            reference_id: Some(ReferenceId::from_trusted(REFERENCE.to_owned())),
            fields: fields(&json!({
                "name": {"first": "Alexander", "last": "Sample"}, "birthdate": "1977-07-17",
                "email-address": "alexander.sample@example.com",
            })),
            ..CreateAccount::default()
        };
        let (account, _) = account::create(&environment.id, &kind, command, now, &mut entropy)?;
        let command = CreateInquiry {
            template: TemplateSelector::Latest(template.id.clone()),
            link: AccountLink::default(),
            creator: "API".into(),
            note: None,
            prefill: Prefill::Api(person),
            tags: Vec::new(),
            redirect_uri: None,
            theme_set_id: None,
            initial_step: None,
            intervals: Intervals::default(),
            ios_app_attest_team_id: None,
            ios_app_attest_bundle_id: None,
            locale: None,
        };
        let (inquiry, _) = inquiry::create(
            &environment.id,
            Some(account.id.clone()),
            &template,
            &version,
            command,
            now,
            &mut entropy,
        )?;
        Ok(Sample {
            kind,
            account,
            template,
            version,
            inquiry,
            now,
            entropy,
        })
    }

    fn other_object(&self, kind: &str, status: &str) -> Value {
        let prefix = match kind {
            "case" => "case",
            "transaction" => "txn",
            "workflow-run" => "wfr",
            "importer-pipeline-run" => "mprtr",
            _ if kind.starts_with("report/") => "rep",
            _ => "obj",
        };
        let id = format!("{prefix}_{}", self.entropy().base58(28));
        json!({
            "type": kind,
            "id": id,
            "attributes": {"status": status, "created-at": self.now().to_millis_text()},
            "relationships": {},
        })
    }
}

impl Sample {
    fn account(self, what: &str) -> Value {
        let (now, mut account) = (self.now, self.account);
        match what {
            "archived" | "consolidated" => account = account::archive(account, now).0,
            "redacted" => account = account::redact(account, false, now),
            "tag-added" | "updated-tags" => account.tags.push("sample".into()),
            _ => {}
        }
        wire::account::document(&account, &self.kind)
    }

    fn inquiry(mut self, what: &str) -> Result<Value, Failure> {
        let (now, inquiry) = (self.now, &mut self.inquiry);
        let decision = match what {
            "approved" => Some(Decision::Approve),
            "declined" => Some(Decision::Decline),
            "marked-for-review" => Some(Decision::MarkForReview),
            _ => None,
        };
        if what != "created" && what != "expired" {
            inquiry::start(inquiry, &self.template, now)?;
        }
        match what {
            "expired" => drop(inquiry::expire(inquiry, now)?),
            "failed" => drop(inquiry::fail(inquiry, now)?),
            "completed" | "approved" | "declined" | "marked-for-review" | "redacted" => {
                inquiry::complete(inquiry, now)?;
            }
            "transitioned" => drop(inquiry::move_to(inquiry, "details", now)),
            "updated-tags" => inquiry.detail.tags.push("sample".into()),
            _ => {}
        }
        if let Some(decision) = decision {
            inquiry::decide(inquiry, decision, None, now)?;
        }
        if what == "redacted" {
            inquiry::redact(inquiry, now)?;
        }
        let view = InquiryView {
            inquiry: self.inquiry,
            reference_id: self.account.reference_id,
            session_ids: Vec::new(),
            verifications: Vec::new(),
            document_ids: Vec::new(),
            selfie_ids: Vec::new(),
        };
        Ok(wire::inquiry::document(&view, &self.version))
    }

    fn session(mut self, what: &str) -> Result<Value, Failure> {
        let mut made = session::create(&self.inquiry, 0, 1, self.now, &mut self.entropy)?;
        session::start(&mut made, Device::default(), self.now, &mut self.entropy);
        if what != "started" {
            session::expire(&mut made, self.now)?;
        }
        Ok(wire::session::document(&made))
    }

    /// One of a government ID, the first of the template, or of a selfie, the last.
    fn run(
        &mut self,
        is_selfie: bool,
        outcome: SimulatedOutcome,
        is_settled: bool,
    ) -> Option<Made> {
        let templates = &self.version.definition.verifications;
        let template = if is_selfie {
            templates.last()
        } else {
            templates.first()
        }?;
        let values = json!({flow::SELECTED_COUNTRY: "US", flow::SELECTED_CLASS: "dl"});
        self.inquiry.detail.fields.extend(fields(&values));
        let (now, entropy) = (self.now, &mut self.entropy);
        let mut made =
            flow::make_verification(&self.inquiry, template, true, outcome, now, entropy);
        if is_settled {
            flow::settle_simulated(&mut made, template, now);
        }
        Some(made)
    }

    fn verification(mut self, what: &str) -> Value {
        let outcome = match what {
            "failed" | "requires-retry" | "tentatively-failed" => SimulatedOutcome::Failed,
            _ => SimulatedOutcome::Passed,
        };
        let is_under_way = ["created", "submitted", "canceled", "skipped"].contains(&what);
        let Some(Made {
            mut verification, ..
        }) = self.run(false, outcome, !is_under_way)
        else {
            return Value::Null;
        };
        match what {
            "created" => {
                verification.status = VerificationStatus::Initiated;
                verification.submitted_at = None;
            }
            "canceled" | "skipped" => {
                verification.status = VerificationStatus::Canceled;
                verification.completed_at = Some(self.now);
            }
            _ => {}
        }
        wire::verification::document(&verification, &self.inquiry, &[])
    }

    fn document(mut self, what: &str) -> Value {
        let is_settled = ["processed", "extracted"].contains(&what);
        let made = self.run(false, SimulatedOutcome::Passed, is_settled);
        let Some(mut document) = made.and_then(|made| made.document) else {
            return Value::Null;
        };
        if !is_settled {
            document.status = progress(what).into();
        }
        wire::verification::document_document(&document, &self.inquiry, &[])
    }

    fn selfie(mut self, what: &str) -> Value {
        let is_settled = what == "processed";
        let made = self.run(true, SimulatedOutcome::Passed, is_settled);
        let Some(mut selfie) = made.and_then(|made| made.selfie) else {
            return Value::Null;
        };
        if !is_settled {
            selfie.status = progress(what).into();
        }
        wire::verification::selfie_document(&selfie)
    }
}

/// The status of a document or selfie that is not processed.
fn progress(what: &str) -> &'static str {
    match what {
        "created" => "initiated",
        "errored" => "errored",
        _ => "submitted",
    }
}

fn fields(values: &Value) -> Fields {
    values
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
