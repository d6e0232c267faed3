//! The end user's side, without a browser: the service's flow calls, as the page makes them.

use selfsame_domain::field::Fields;
use selfsame_domain::inquiry::SimulatedOutcome;
use selfsame_domain::session::Device;
use selfsame_service::{
    FlowFailure, FlowOpening, FlowStart, FlowView, Service, Surface, TransitionRequest,
    wanted_parts,
};
use selfsame_wire::flow_parameters::FlowParameters;
use serde_json::{Value, json};

use crate::{TestApp, picture};

impl TestApp {
    /// Opens a hosted link, `…/verify?<query>`.
    pub async fn open(&self, query: &str) -> Result<FlowOpening, FlowFailure> {
        self.begin(Surface::Hosted, query).await
    }

    /// Opens an embed, `…/widget?<query>`.
    pub async fn embed(&self, query: &str) -> Result<FlowOpening, FlowFailure> {
        self.begin(Surface::Widget, query).await
    }

    async fn begin(&self, surface: Surface, query: &str) -> Result<FlowOpening, FlowFailure> {
        let start = FlowStart {
            surface,
            parameters: FlowParameters::parse(query).expect("a readable query"),
            kept_token: None,
            device: Device::default(),
        };
        self.service.open_flow(&start).await
    }

    /// A person who holds a session token.
    pub fn visitor(&self, token: &str) -> Visitor<'_> {
        Visitor {
            app: self,
            service: &self.service,
            token: token.to_owned(),
            keys: 0,
        }
    }
}

/// One person in one open flow.
#[derive(Debug)]
pub struct Visitor<'a> {
    app: &'a TestApp,
    service: &'a Service,
    token: String,
    keys: u32,
}

impl Visitor<'_> {
    pub async fn state(&self) -> Result<FlowView, FlowFailure> {
        self.service.flow_state(&self.token).await
    }

    pub async fn simulate(&self, outcome: SimulatedOutcome) {
        let simulated = self.service.flow_simulate(&self.token, outcome).await;
        simulated.expect("a sandbox");
    }

    /// Submits the screen that is shown.
    pub async fn submit(&mut self, values: Value) -> Result<FlowView, FlowFailure> {
        let view = self.state().await?;
        self.keys += 1;
        let request = TransitionRequest {
            step: view.step().map(str::to_owned).unwrap_or_default(),
            revision: view.bundle.view.inquiry.detail.run.revision,
            key: format!("key-{}", self.keys),
            back: false,
            values: values.as_object().cloned().unwrap_or_default(),
            behaviors: Fields::new(),
        };
        self.service.flow_transition(&self.token, request).await
    }

    /// Sends every picture the current screen asks for.
    pub async fn upload(&self) -> Result<(), FlowFailure> {
        let view = self.state().await?;
        let step = view.step().map(str::to_owned).unwrap_or_default();
        for (part, shade) in wanted_parts(&view).into_iter().zip(100..) {
            self.service
                .flow_upload(&self.token, &step, &part, "manual", picture(shade))
                .await?;
        }
        Ok(())
    }

    /// Goes on from wherever the flow stands until it ends or nothing moves, and returns the last step.
    pub async fn finish(&mut self) -> String {
        for _ in 0..60 {
            let view = self.state().await.expect("an open flow");
            let Ok(step) = view.step().map(str::to_owned) else {
                return String::new();
            };
            let kind = view.bundle.version.definition.flow.screen(&step);
            let kind = kind.map_or("", selfsame_domain::flow::Screen::kind);
            let values = match kind {
                "completed" | "failed" => return step,
                "processing" => {
                    self.app.advance(1);
                    continue;
                }
                "form" => json!({
                    "name-first": "Ada",
                    "name-last": "Byron",
                    "birthdate": "1990-12-10",
                    "email-address": "ada@example.test",
                }),
                "country_select" => json!({"country": "US"}),
                "government_id_select" => json!({"id_class": "dl"}),
                "government_id_capture" | "selfie_capture" => {
                    self.upload().await.expect("pictures");
                    json!({})
                }
                _ => json!({}),
            };
            self.submit(values).await.expect("a submission");
        }
        panic!("the flow does not end");
    }
}
