//! The page's calls (`docs/flow-api.md`).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use selfsame_domain::field::Fields;
use selfsame_domain::inquiry::SimulatedOutcome;
use selfsame_service::{
    FlowFailure, FlowNotice, FlowOpening, FlowStart, FlowView, Surface, TransitionRequest,
    picture_limits,
};
use selfsame_wire::Query;
use selfsame_wire::flow_parameters::{FlowParameters, FlowType};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::asked::{self, Asked};
use super::errors::{self, Problem};
use super::headers::{self, is_https};
use super::{device, locale, redirect, state, texts};
use crate::app::App;

const HOUR: i64 = 3600;
const MINUTE: i64 = 60;
const LONGEST_KEY: usize = 128;

#[derive(Debug, Deserialize)]
struct Bootstrap {
    surface: PageSurface,
    query: String,
    session_token: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PageSurface {
    Verify,
    Widget,
}

#[derive(Debug, Deserialize)]
struct Redeem {
    code: String,
    language: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Transition {
    step: String,
    revision: i64,
    key: String,
    action: Option<String>,
    #[serde(default)]
    values: Fields,
    #[serde(default)]
    behaviors: Fields,
}

#[derive(Debug, Deserialize)]
struct Locale {
    locale: String,
}

#[derive(Debug, Deserialize)]
struct Simulate {
    outcome: SimulatedOutcome,
}

pub async fn bootstrap(State(app): State<App>, request: Request) -> Response {
    let (mut asked, body) = Asked::split(app, request);
    let sent = match sent_by_our_page::<Bootstrap>(&asked, body).await {
        Ok(sent) => sent,
        Err(problem) => return errors::respond(&asked, problem),
    };
    let query = sent.query.trim_start_matches('?');
    let Ok(parameters) = FlowParameters::parse(query) else {
        let problem = Problem::invalid_link("The link's parameters cannot be read.");
        return errors::respond(&asked, problem);
    };
    let language = parameters.language.clone();
    prefer(&mut asked, language.as_deref());
    let surface = match sent.surface {
        PageSurface::Verify => Surface::Hosted,
        PageSurface::Widget => Surface::Widget,
    };
    let done = Box::pin(begin(&asked, surface, parameters, sent.session_token)).await;
    answer(&asked, done)
}

async fn begin(
    asked: &Asked,
    surface: Surface,
    parameters: FlowParameters,
    kept_token: Option<String>,
) -> Result<Response, Problem> {
    let is_new = parameters.inquiry_id.is_none();
    if is_new {
        count_creation(asked, &parameters)?;
    }
    let mut device = asked.device();
    device.client_version.clone_from(&parameters.client_version);
    device.flow_type = Some(flow_type(surface, &parameters).to_owned());
    // An inquiry that was open before speaks the language it spoke then, unless the link names one.
    let wanted = if is_new {
        asked
            .languages
            .iter()
            .find_map(|one| locale::find(one, texts::codes()))
    } else {
        let language = parameters.language.as_deref();
        language.and_then(|one| locale::find(one, texts::codes()))
    };
    device.locale = wanted.map(str::to_owned);
    let language = parameters.language.clone();
    let start = FlowStart {
        surface,
        parameters,
        kept_token,
        device,
    };
    let opening = Box::pin(asked.app.service.open_flow(&start)).await?;
    Box::pin(opened(asked, opening, language.as_deref())).await
}

fn flow_type(surface: Surface, parameters: &FlowParameters) -> &'static str {
    match (surface, parameters.flow_type) {
        (Surface::Hosted, _) if parameters.is_webview => redirect::WEBVIEW,
        (Surface::Hosted, _) => "hosted",
        (Surface::Widget, FlowType::Embedded) => "embedded",
        (Surface::Widget, FlowType::Inline) => "inline",
    }
}

/// B172.
fn count_creation(asked: &Asked, parameters: &FlowParameters) -> Result<(), Problem> {
    let settings = &asked.app.settings;
    let now = asked.app.service.now();
    let windows = &asked.app.browser_windows;
    if let Some(limit) = settings.client_creations_per_address_and_hour {
        let key = format!("create {}", device::limit_key(asked.address()));
        let standing = windows.count(&key, limit, HOUR, now);
        if standing.exceeded {
            return Err(Problem::too_many(standing.reset_seconds));
        }
    }
    let template = parameters.template_id.as_ref();
    let template = template.or(parameters.template_version_id.as_ref());
    if let (Some(limit), Some(template)) =
        (settings.client_creations_per_template_and_minute, template)
    {
        let name: String = template.chars().take(64).collect();
        let standing = windows.count(&format!("template {name}"), limit, MINUTE, now);
        if standing.exceeded {
            return Err(Problem::too_many(standing.reset_seconds));
        }
    }
    Ok(())
}

pub async fn redeem(State(app): State<App>, request: Request) -> Response {
    let (mut asked, body) = Asked::split(app, request);
    let sent = match sent_by_our_page::<Redeem>(&asked, body).await {
        Ok(sent) => sent,
        Err(problem) => return errors::respond(&asked, problem),
    };
    prefer(&mut asked, sent.language.as_deref());
    let done = Box::pin(redeemed(&asked, &sent)).await;
    answer(&asked, done)
}

async fn redeemed(asked: &Asked, sent: &Redeem) -> Result<Response, Problem> {
    let language = sent.language.as_deref();
    let mut device = asked.device();
    device.flow_type = Some("hosted".to_owned());
    device.locale = language
        .and_then(|one| locale::find(one, texts::codes()))
        .map(str::to_owned);

    // B148: guessing is limited, using is not.
    let key = format!("code {}", device::limit_key(asked.address()));
    let windows = &asked.app.browser_windows;
    let limit = asked.app.settings.wrong_codes_per_address_and_hour;
    if let Some(limit) = limit {
        let standing = windows.peek(&key, limit, HOUR, asked.app.service.now());
        if standing.exceeded {
            return Err(Problem::too_many(standing.reset_seconds));
        }
    }
    let opening = Box::pin(asked.app.service.redeem_code(&sent.code, device)).await;
    let is_wrong = matches!(
        opening,
        Err(FlowFailure::Closed {
            notice: FlowNotice::LinkInvalid,
            ..
        })
    );
    if let (true, Some(limit)) = (is_wrong, limit) {
        windows.count(&key, limit, HOUR, asked.app.service.now());
    }
    Box::pin(opened(asked, opening?, language)).await
}

/// The first state of a visit; keeps the language it is in for the next.
async fn opened(
    asked: &Asked,
    opening: FlowOpening,
    language: Option<&str>,
) -> Result<Response, Problem> {
    let FlowOpening {
        mut view,
        session_token,
    } = opening;
    let catalogue = state::catalogue_of(&view, language, &asked.languages);
    let is_kept = view.session.device.locale.as_deref() == Some(catalogue.code);
    if !is_kept && view.bundle.view.inquiry.status.is_open() {
        let service = &asked.app.service;
        view = service.flow_locale(&session_token, catalogue.code).await?;
    }
    let mut body = state::render(&view, catalogue);
    body.insert("session_token".into(), session_token.into());
    Ok(json_response(&asked.app, body))
}

pub async fn state(State(app): State<App>, request: Request) -> Response {
    let (asked, _) = Asked::split(app, request);
    let done = Box::pin(async {
        let token = asked.token()?;
        let view = asked.app.service.flow_state(&token).await?;
        Ok(state_response(&asked, &view))
    });
    answer(&asked, done.await)
}

pub async fn transition(State(app): State<App>, request: Request) -> Response {
    let (asked, body) = Asked::split(app, request);
    let done = Box::pin(async {
        let (token, sent) = with_token::<Transition>(&asked, body).await?;
        if sent.key.is_empty() || sent.key.len() > LONGEST_KEY {
            return Err(Problem::malformed("The key must have 1 to 128 characters."));
        }
        let request = TransitionRequest {
            step: sent.step,
            revision: sent.revision,
            key: sent.key,
            back: sent.action.as_deref() == Some("back"),
            values: sent.values,
            behaviors: sent.behaviors,
        };
        let service = &asked.app.service;
        match service.flow_transition(&token, request).await {
            Ok(view) => Ok(state_response(&asked, &view)),
            Err(FlowFailure::Invalid(problems)) => {
                let view = service.flow_state(&token).await?;
                Err(Problem::Invalid(problems, Box::new(view)))
            }
            Err(failure) => Err(failure.into()),
        }
    });
    answer(&asked, done.await)
}

pub async fn files(State(app): State<App>, request: Request) -> Response {
    let (asked, body) = Asked::split(app, request);
    let done = Box::pin(async {
        let (token, file) = match admitted(&asked).await {
            Ok(admitted) => admitted,
            Err(problem) => {
                asked::discard(body, picture_limits::MAX_BYTES).await;
                return Err(problem);
            }
        };
        let bytes = asked::read(body, picture_limits::MAX_BYTES)
            .await?
            .ok_or_else(errors::picture_too_large)?;
        let FileQuery { step, part, method } = file;
        let service = &asked.app.service;
        let upload = service.flow_upload(&token, &step, &part, &method, bytes.into());
        let file = Box::pin(upload).await?;
        let body = json!({ "part": file.part, "width": file.width, "height": file.height });
        Ok(respond(&asked.app, &body))
    });
    answer(&asked, done.await)
}

struct FileQuery {
    step: String,
    part: String,
    method: String,
}

/// Before a picture is read into memory: whoever sends it has a session, and says what it is.
async fn admitted(asked: &Asked) -> Result<(String, FileQuery), Problem> {
    let token = asked.token()?;
    let unreadable = || Problem::malformed("The query must name a step, a part and a method.");
    let query = Query::parse(asked.query()).map_err(|_| unreadable())?;
    let named = |name: &str| match query.scalar(&[name]) {
        Ok(Some(value)) => Ok(value.to_owned()),
        _ => Err(unreadable()),
    };
    let file = FileQuery {
        step: named("step")?,
        part: named("part")?,
        method: named("method")?,
    };
    asked.app.service.flow_state(&token).await?;
    Ok((token, file))
}

pub async fn cancel(State(app): State<App>, request: Request) -> Response {
    let (asked, body) = Asked::split(app, request);
    let done = Box::pin(async {
        let (token, _) = with_token::<Value>(&asked, body).await?;
        asked.app.service.flow_cancel(&token).await?;
        let headers = headers::bare(is_https(&asked.app));
        Ok((StatusCode::NO_CONTENT, headers).into_response())
    });
    answer(&asked, done.await)
}

/// A language that is not offered changes nothing.
pub async fn locale(State(app): State<App>, request: Request) -> Response {
    let (asked, body) = Asked::split(app, request);
    let done = Box::pin(async {
        let (token, sent) = with_token::<Locale>(&asked, body).await?;
        let service = &asked.app.service;
        let wanted = locale::find(&sent.locale, texts::codes());
        let view = match wanted {
            Some(code) => service.flow_locale(&token, code).await?,
            None => service.flow_state(&token).await?,
        };
        let catalogue = state::catalogue_of(&view, wanted, &asked.languages);
        let body = state::render(&view, catalogue);
        Ok(json_response(&asked.app, body))
    });
    answer(&asked, done.await)
}

pub async fn simulate(State(app): State<App>, request: Request) -> Response {
    let (asked, body) = Asked::split(app, request);
    let done = Box::pin(async {
        let (token, sent) = with_token::<Simulate>(&asked, body).await?;
        let service = &asked.app.service;
        let view = service.flow_simulate(&token, sent.outcome).await?;
        Ok(state_response(&asked, &view))
    });
    answer(&asked, done.await)
}

pub async fn unknown(State(app): State<App>, request: Request) -> Response {
    let (asked, _) = Asked::split(app, request);
    errors::respond(&asked, Problem::not_found())
}

pub async fn wrong_method(State(app): State<App>, request: Request) -> Response {
    let (asked, _) = Asked::split(app, request);
    errors::respond(&asked, Problem::wrong_method())
}

async fn sent_by_our_page<T: serde::de::DeserializeOwned>(
    asked: &Asked,
    body: axum::body::Body,
) -> Result<T, Problem> {
    asked.refuse_strangers()?;
    asked.json(body).await
}

async fn with_token<T: serde::de::DeserializeOwned>(
    asked: &Asked,
    body: axum::body::Body,
) -> Result<(String, T), Problem> {
    let token = asked.token()?;
    Ok((token, asked.json(body).await?))
}

/// What a link asks for comes before what the browser prefers.
fn prefer(asked: &mut Asked, language: Option<&str>) {
    if let Some(language) = language {
        asked.languages.insert(0, language.to_owned());
    }
}

fn state_response(asked: &Asked, view: &FlowView) -> Response {
    let catalogue = state::catalogue_of(view, None, &asked.languages);
    json_response(&asked.app, state::render(view, catalogue))
}

fn json_response(app: &App, body: Map<String, Value>) -> Response {
    respond(app, &Value::Object(body))
}

fn respond(app: &App, body: &Value) -> Response {
    (headers::json(is_https(app)), body.to_string()).into_response()
}

fn answer(asked: &Asked, done: Result<Response, Problem>) -> Response {
    done.unwrap_or_else(|problem| errors::respond(asked, problem))
}
