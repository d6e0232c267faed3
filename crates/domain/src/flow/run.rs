//! Submitting a screen, and bringing the result of a verification that is being processed.

use serde_json::Value;

use super::verify::{self, Made};
use super::{Action, Flow, POSES, Scope, Screen, Step, ValueProblem, form};
use crate::environment::EnvironmentKind;
use crate::event::Happening;
use crate::field::Fields;
use crate::id::Entropy;
use crate::inquiry::{self, Decision, FieldSource, Inquiry, Status};
use crate::template::{Definition, Template, TemplateVersion, VerificationTemplate};
use crate::verification::{UploadedFile, Verification, VerificationStatus};
use crate::{Refusal, Timestamp};

/// A chain of steps without a screen longer than this is a loop (B212).
const LONGEST_CHAIN: usize = 50;
/// How long the sandbox pretends to look at a picture, so that the processing screen can be seen and tested.
const SIMULATED_MILLIS: i64 = 700;

/// Everything a decision may look at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub inquiry: Inquiry,
    pub template: &'a Template,
    pub version: &'a TemplateVersion,
    pub environment: EnvironmentKind,
    /// Oldest first.
    pub verifications: Vec<Verification>,
    pub documents: Vec<crate::verification::Document>,
    pub selfies: Vec<crate::verification::Selfie>,
    /// Uploads of the current step that are not yet part of a verification.
    pub uploads: Vec<UploadedFile>,
}

#[derive(Debug, Clone)]
pub struct Submission {
    pub step: String,
    pub revision: i64,
    pub key: String,
    pub back: bool,
    pub values: Fields,
    pub behaviors: Fields,
    pub session_id: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FlowProblem {
    /// The step has moved on (B155).
    Stale,
    FileMissing(String),
    Invalid(Vec<ValueProblem>),
    Refused(Refusal),
    /// A loop, or a definition that names a step it does not have.
    BrokenFlow,
}

impl From<Refusal> for FlowProblem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What is to be written.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub inquiry: Inquiry,
    /// New or changed.
    pub made: Vec<Made>,
    /// Uploads that now belong to the verification made.
    pub claimed: Vec<UploadedFile>,
    /// The inquiry has just been completed and nothing is open: its account may be filled.
    pub fills_account: bool,
    pub happenings: Vec<Happening>,
}

struct Runner<'a> {
    facts: Facts<'a>,
    made: Vec<Made>,
    claimed: Vec<UploadedFile>,
    /// Events of children and steps, in order.
    happenings: Vec<Happening>,
    /// Status events, which come last.
    status_happenings: Vec<Happening>,
    fills_account: bool,
}

/// One submission of the current screen.
pub fn submit(
    facts: Facts<'_>,
    submission: &Submission,
    now: Timestamp,
    entropy: &mut Entropy,
) -> Result<Outcome, FlowProblem> {
    let current = facts.inquiry.detail.next_step.clone().unwrap_or_default();
    let fresh =
        current == submission.step && facts.inquiry.detail.run.revision == submission.revision;
    if !fresh || !facts.inquiry.status.is_open() {
        return Err(FlowProblem::Stale);
    }
    let mut runner = Runner::new(facts);
    runner.note_submission(submission);
    let flow = &runner.facts.version.definition.flow;
    let Some(Step::Screen { screen, next }) = flow.steps.get(&current) else {
        return Err(FlowProblem::BrokenFlow);
    };
    if submission.back {
        runner.go_back(now)?;
        return Ok(runner.finish());
    }
    let next = next.clone().ok_or(FlowProblem::Stale)?;
    match screen {
        Screen::Start | Screen::Retry { .. } => {}
        Screen::Form { components } => runner.take_form(components, &submission.values, now)?,
        Screen::CountrySelect { verification } => {
            runner.take_country(verification, &submission.values)?;
        }
        Screen::GovernmentIdSelect { verification } => {
            runner.take_class(verification, &submission.values)?;
        }
        Screen::GovernmentIdCapture { verification } => {
            let template = runner.verification_template(verification)?;
            let parts = government_id_parts(template, &runner.facts.inquiry);
            runner.take_pictures(template, &parts, now, entropy)?;
        }
        Screen::SelfieCapture { verification } => {
            let template = runner.verification_template(verification)?;
            let parts = POSES.map(str::to_owned);
            runner.take_pictures(template, &parts, now, entropy)?;
        }
        Screen::Processing { .. } | Screen::Completed | Screen::Failed => {
            return Err(FlowProblem::Stale);
        }
    }
    runner.remember(&current, screen);
    runner.arrive(&next, now)?;
    Ok(runner.finish())
}

/// Brings the result of the verification on the processing screen, once it is due. `None`: nothing to do.
pub fn settle(facts: Facts<'_>, now: Timestamp) -> Result<Option<Outcome>, FlowProblem> {
    let due = facts
        .inquiry
        .detail
        .run
        .result_due_at
        .is_some_and(|at| at <= now);
    let step = facts.inquiry.detail.next_step.clone().unwrap_or_default();
    if !due || !facts.inquiry.status.is_open() {
        return Ok(None);
    }
    let flow = &facts.version.definition.flow;
    let Some(Step::Screen {
        screen: Screen::Processing { verification },
        next: Some(next),
    }) = flow.steps.get(&step)
    else {
        return Ok(None);
    };
    let mut runner = Runner::new(facts);
    runner.bring_result(verification, now)?;
    runner.facts.inquiry.detail.run.result_due_at = None;
    runner.arrive(next, now)?;
    Ok(Some(runner.finish()))
}

/// The sides the chosen class needs; the front alone where the class is not listed.
pub fn government_id_parts(template: &VerificationTemplate, inquiry: &Inquiry) -> Vec<String> {
    let class = inquiry
        .detail
        .fields
        .get(super::SELECTED_CLASS)
        .and_then(Value::as_str);
    template
        .id_classes
        .iter()
        .find(|known| Some(known.class.as_str()) == class)
        .map_or_else(|| vec!["front".to_owned()], |known| known.sides.clone())
}

impl<'a> Runner<'a> {
    fn new(facts: Facts<'a>) -> Self {
        Self {
            facts,
            made: Vec::new(),
            claimed: Vec::new(),
            happenings: Vec::new(),
            status_happenings: Vec::new(),
            fills_account: false,
        }
    }

    fn definition(&self) -> &'a Definition {
        &self.facts.version.definition
    }

    fn verification_template(&self, alias: &str) -> Result<&'a VerificationTemplate, FlowProblem> {
        self.definition()
            .verification(alias)
            .ok_or(FlowProblem::BrokenFlow)
    }

    fn note_submission(&mut self, submission: &Submission) {
        let detail = &mut self.facts.inquiry.detail;
        detail.run.last_key = Some(submission.key.clone());
        detail.run.acted_by = Some(submission.session_id.clone());
        for (key, value) in &submission.behaviors {
            if inquiry::BEHAVIOR_KEYS.contains(&key.as_str())
                && (value.is_number() || value.is_boolean())
            {
                detail.behaviors.insert(key.clone(), value.clone());
            }
        }
    }

    /// Screens one may go back to; a submitted verification cannot be taken back.
    fn remember(&mut self, step: &str, screen: &Screen) {
        let trail = &mut self.facts.inquiry.detail.run.trail;
        match screen {
            Screen::GovernmentIdCapture { .. }
            | Screen::SelfieCapture { .. }
            | Screen::Retry { .. } => trail.clear(),
            _ => trail.push(step.to_owned()),
        }
    }

    fn go_back(&mut self, now: Timestamp) -> Result<(), FlowProblem> {
        let step = self
            .facts
            .inquiry
            .detail
            .run
            .trail
            .pop()
            .ok_or(FlowProblem::Stale)?;
        let moved = inquiry::move_to(&mut self.facts.inquiry, &step, now);
        self.happenings.extend(moved);
        Ok(())
    }

    fn take_form(
        &mut self,
        components: &[super::Component],
        values: &Fields,
        now: Timestamp,
    ) -> Result<(), FlowProblem> {
        let read = form::read(components, &self.definition().fields, values)
            .map_err(FlowProblem::Invalid)?;
        self.write(read, FieldSource::User);
        // B260: a flow without verifications is started by its first form.
        if self.definition().verifications.is_empty() {
            self.start(now)?;
        }
        Ok(())
    }

    fn take_country(&mut self, alias: &str, values: &Fields) -> Result<(), FlowProblem> {
        let countries = &self.verification_template(alias)?.countries;
        self.take_choice("country", super::SELECTED_COUNTRY, values, |code| {
            if countries.is_empty() {
                code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
            } else {
                countries.iter().any(|known| known == code)
            }
        })
    }

    fn take_class(&mut self, alias: &str, values: &Fields) -> Result<(), FlowProblem> {
        let classes = &self.verification_template(alias)?.id_classes;
        self.take_choice("id_class", super::SELECTED_CLASS, values, |class| {
            classes.iter().any(|known| known.class == class)
        })
    }

    fn take_choice(
        &mut self,
        input: &str,
        field: &str,
        values: &Fields,
        allowed: impl Fn(&str) -> bool,
    ) -> Result<(), FlowProblem> {
        let chosen = values
            .get(input)
            .and_then(Value::as_str)
            .filter(|choice| allowed(choice));
        let Some(chosen) = chosen else {
            return Err(FlowProblem::Invalid(vec![ValueProblem {
                key: input.to_owned(),
                code: "invalid-choice",
                max: None,
            }]));
        };
        self.write(
            Fields::from_iter([(field.to_owned(), chosen.into())]),
            FieldSource::User,
        );
        Ok(())
    }

    /// Fields that the version does not declare are left out; a write-once field keeps its first value.
    fn write(&mut self, values: Fields, source: FieldSource) {
        let schemas = &self.definition().fields;
        for (key, value) in values {
            if schemas.iter().any(|schema| schema.key == key) {
                let one = Fields::from_iter([(key, value)]);
                // The only refusal is a frozen field, and then the first value stands.
                drop(inquiry::write_fields(
                    &mut self.facts.inquiry,
                    self.facts.version,
                    one,
                    source,
                ));
            }
        }
    }

    fn take_pictures(
        &mut self,
        template: &VerificationTemplate,
        parts: &[String],
        now: Timestamp,
        entropy: &mut Entropy,
    ) -> Result<(), FlowProblem> {
        for part in parts {
            let file = self
                .facts
                .uploads
                .iter()
                .rev()
                .find(|file| file.part == *part);
            let file = file.ok_or_else(|| FlowProblem::FileMissing(part.clone()))?;
            self.claimed.push(file.clone());
        }
        let sandbox = self.facts.environment == EnvironmentKind::Sandbox;
        let detail = &self.facts.inquiry.detail;
        let outcome = detail
            .stubs
            .get(&template.alias)
            .map_or(detail.simulated, |stub| {
                stub.decide(template, detail.simulated)
            });
        let mut made = verify::make(
            &self.facts.inquiry,
            template,
            sandbox,
            outcome,
            now,
            entropy,
        );
        let method = self.claimed.first().map(|file| file.capture_method.clone());
        made.verification
            .detail
            .attributes
            .insert("capture-method".into(), method.into());
        for file in &mut self.claimed {
            file.owner_id = Some(made.verification.id.to_string());
        }
        self.happenings.append(&mut made.happenings);
        self.made.push(made);
        if self.facts.inquiry.status == Status::Created {
            self.start(now)?;
        }
        let run = &mut self.facts.inquiry.detail.run;
        let attempts = run
            .attempts
            .get(&template.alias)
            .and_then(Value::as_i64)
            .unwrap_or(0);
        run.attempts
            .insert(template.alias.clone(), (attempts + 1).into());
        let wait = if sandbox { SIMULATED_MILLIS } else { 0 };
        run.result_due_at = Some(Timestamp::from_millis(now.millis() + wait));
        Ok(())
    }

    fn start(&mut self, now: Timestamp) -> Result<(), FlowProblem> {
        if self.facts.inquiry.status == Status::Created {
            let started = inquiry::start(&mut self.facts.inquiry, self.facts.template, now)?;
            self.status_happenings.extend(started);
        }
        Ok(())
    }

    fn bring_result(&mut self, alias: &str, now: Timestamp) -> Result<(), FlowProblem> {
        let template = self.verification_template(alias)?;
        let last = self.facts.verifications.iter().rposition(|made| {
            made.detail.alias == alias && made.status == VerificationStatus::Submitted
        });
        let Some(place) = last else { return Ok(()) };
        let verification = self.facts.verifications[place].clone();
        if !verification.detail.simulated {
            return Ok(());
        }
        let detail = &verification.detail;
        let mut made = Made {
            document: self
                .facts
                .documents
                .iter()
                .find(|d| Some(&d.id) == detail.document_id.as_ref())
                .cloned(),
            selfie: self
                .facts
                .selfies
                .iter()
                .find(|s| Some(&s.id) == detail.selfie_id.as_ref())
                .cloned(),
            verification,
            happenings: Vec::new(),
        };
        verify::settle_simulated(&mut made, template, now);
        self.happenings.append(&mut made.happenings);
        self.facts.verifications[place] = made.verification.clone();
        self.made.push(made);
        Ok(())
    }

    /// Follows routes and actions to the next screen.
    fn arrive(&mut self, target: &str, now: Timestamp) -> Result<(), FlowProblem> {
        let flow: &Flow = &self.definition().flow;
        let mut step = target.to_owned();
        for _ in 0..=LONGEST_CHAIN {
            match flow.steps.get(&step).ok_or(FlowProblem::BrokenFlow)? {
                Step::Screen { screen, .. } => {
                    let moved = inquiry::move_to(&mut self.facts.inquiry, &step, now);
                    self.happenings.extend(moved);
                    return self.reach(screen, now);
                }
                Step::Branch { routes, otherwise } => {
                    let scope = self.scope();
                    let route = routes
                        .iter()
                        .find(|route| route.when.iter().all(|condition| condition.holds(&scope)));
                    step = route.map_or(otherwise, |route| &route.to).clone();
                }
                Step::Action { run, next } => {
                    for action in run {
                        self.perform(action);
                    }
                    step.clone_from(next);
                }
            }
        }
        Err(FlowProblem::BrokenFlow)
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            fields: &self.facts.inquiry.detail.fields,
            attempts: &self.facts.inquiry.detail.run.attempts,
            verifications: &self.facts.verifications,
            environment: self.facts.environment,
        }
    }

    fn perform(&mut self, action: &Action) {
        let Action::FieldsFromVerification { verification } = action;
        let passed = self.facts.verifications.iter().rev().find(|made| {
            made.detail.alias == *verification && made.status == VerificationStatus::Passed
        });
        if let Some(made) = passed {
            let fields = verify::extracted_fields(made);
            self.write(fields, FieldSource::Extraction);
        }
    }

    /// B214: the terminal screens end the inquiry. What could not be checked goes to a person, never to a pass.
    fn reach(&mut self, screen: &Screen, now: Timestamp) -> Result<(), FlowProblem> {
        match screen {
            Screen::Completed => {
                let completed = inquiry::complete(&mut self.facts.inquiry, now)?;
                self.status_happenings.extend(completed);
                if self.has_unchecked() {
                    let marked = inquiry::decide(
                        &mut self.facts.inquiry,
                        Decision::MarkForReview,
                        None,
                        now,
                    )?;
                    self.status_happenings.extend(marked);
                } else {
                    self.fills_account = true;
                }
            }
            Screen::Failed => {
                let failed = inquiry::fail(&mut self.facts.inquiry, now)?;
                self.status_happenings.extend(failed);
            }
            _ => {}
        }
        Ok(())
    }

    fn has_unchecked(&self) -> bool {
        let submitted = |made: &Verification| made.status == VerificationStatus::Submitted;
        self.facts.verifications.iter().any(submitted)
            || self.made.iter().any(|made| submitted(&made.verification))
    }

    fn finish(mut self) -> Outcome {
        if !self.facts.inquiry.status.is_open() {
            self.facts.inquiry.detail.run.trail.clear();
        }
        self.happenings.append(&mut self.status_happenings);
        Outcome {
            inquiry: self.facts.inquiry,
            made: self.made,
            claimed: self.claimed,
            fills_account: self.fills_account,
            happenings: self.happenings,
        }
    }
}
