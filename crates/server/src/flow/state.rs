//! An open flow as the page gets it (`docs/flow-api.md`).

use selfsame_domain::flow::Screen;
use selfsame_service::FlowView;
use serde_json::{Map, Value, json};

use super::texts::Catalogue;
use super::{locale, notice, redirect, screen, texts, theme};

/// The catalogue of a view: what was chosen for this session or the last one, else what the browser
/// prefers, else the template's (B118, B281). `asked` comes before all of these.
pub fn catalogue_of(
    view: &FlowView,
    asked: Option<&str>,
    accepted: &[String],
) -> &'static Catalogue {
    let earlier = [
        view.session.device.locale.as_deref(),
        view.bundle.view.inquiry.detail.locale.as_deref(),
    ];
    let sources = asked
        .into_iter()
        .chain(earlier.into_iter().flatten())
        .chain(accepted.iter().map(String::as_str));
    let available = texts::enabled(&view.version().enabled_locales);
    let default = &view.bundle.template.settings.default_locale;
    texts::catalogue(locale::choose(sources, default, &available))
}

pub fn render(view: &FlowView, catalogue: &Catalogue) -> Map<String, Value> {
    let inquiry = &view.bundle.view.inquiry;
    let step = view.step();
    let screen = match step {
        Ok(step) => screen::of(view, step, catalogue),
        Err(notice) => notice::screen(notice, catalogue),
    };
    let (step_index, step_count) = step.map_or((0, 0), |step| progress(view, step));
    let simulate = view
        .is_sandbox()
        .then(|| json!({ "outcome": inquiry.detail.simulated }));
    let locales: Vec<_> = texts::enabled(&view.version().enabled_locales)
        .into_iter()
        .map(|code| json!({ "code": code, "name": texts::catalogue(code).name }))
        .collect();
    let mut state = words(catalogue);
    state.insert("locales".into(), locales.into());
    let rest = json!({
        "inquiry": { "id": inquiry.id, "status": inquiry.status.as_str() },
        "environment": view.environment.kind.as_str(),
        "simulate": simulate,
        "theme": theme::of(&view.bundle.template.settings.theme),
        "step_count": step_count,
        "step_index": step_index,
        "cancel_redirect": redirect::cancelled(view),
        "screen": screen,
    });
    if let Value::Object(rest) = rest {
        state.extend(rest);
    }
    state
}

/// The part of a state that stands in errors too.
pub fn words(catalogue: &Catalogue) -> Map<String, Value> {
    Map::from_iter([
        ("locale".to_owned(), catalogue.code.into()),
        (
            "direction".to_owned(),
            locale::direction(catalogue.code).into(),
        ),
        (
            "texts".to_owned(),
            Value::Object(catalogue.page_texts().clone()),
        ),
    ])
}

/// Waiting and trying again count as the capture they belong to.
fn progress(view: &FlowView, step: &str) -> (usize, usize) {
    let flow = &view.version().definition.flow;
    let belongs_to = match flow.screen(step) {
        Some(Screen::Processing { verification } | Screen::Retry { verification }) => {
            Some(verification)
        }
        _ => None,
    };
    let capture = belongs_to.and_then(|alias| {
        flow.steps.keys().find(|name| match flow.screen(name) {
            Some(
                Screen::GovernmentIdCapture { verification }
                | Screen::SelfieCapture { verification },
            ) => verification == alias,
            _ => false,
        })
    });
    flow.progress(capture.map_or(step, String::as_str))
}
