//! Where a person goes at the end, and with which parameters (B130–B139, B161–B163).

use percent_encoding::percent_decode_str;
use selfsame_service::FlowView;
use selfsame_wire::query::encode;
use serde_json::{Map, Value};

/// `flow_type` of a session inside a native WebView.
pub const WEBVIEW: &str = "webview";
/// B161.
const WEBVIEW_TARGET: &str = "https://personacallback";

/// The whole address for the button of a final screen.
pub fn finished(view: &FlowView, kind: &str, fields: &Map<String, Value>) -> Option<String> {
    let id = view.bundle.view.inquiry.id.to_string();
    let mut parameters = Vec::new();
    // B162: inside a WebView the deprecated name says that all went well.
    if kind == "completed" || !is_webview(view) {
        parameters.push(("inquiry-id".to_owned(), id.clone()));
    }
    parameters.extend([
        ("persona-inquiry-id".to_owned(), id),
        ("reference-id".to_owned(), reference_id(view)),
        ("subject".to_owned(), String::new()),
        ("status".to_owned(), kind.to_owned()),
    ]);
    for (key, field) in fields {
        flatten(&format!("fields[{key}]"), field, &mut parameters);
    }
    target(view).map(|target| append(&target, &parameters))
}

/// Where a WebView goes when the person leaves.
pub fn cancelled(view: &FlowView) -> Option<String> {
    if !is_webview(view) {
        return None;
    }
    let parameters = [
        (
            "persona-inquiry-id".to_owned(),
            view.bundle.view.inquiry.id.to_string(),
        ),
        ("reference-id".to_owned(), reference_id(view)),
    ];
    target(view).map(|target| append(&target, &parameters))
}

fn is_webview(view: &FlowView) -> bool {
    view.session.device.flow_type.as_deref() == Some(WEBVIEW)
}

fn reference_id(view: &FlowView) -> String {
    let reference_id = view.bundle.view.reference_id.as_ref();
    reference_id.map_or_else(String::new, |id| id.as_str().to_owned())
}

/// B130; a target that is not allowed any more is none (B139).
fn target(view: &FlowView) -> Option<String> {
    let settings = &view.bundle.template.settings;
    let own = view.bundle.view.inquiry.detail.redirect_uri.as_ref();
    let Some(target) = own.or(settings.redirect_uri.as_ref()) else {
        return is_webview(view).then(|| WEBVIEW_TARGET.to_owned());
    };
    match settings.check_redirect(target) {
        Ok(()) => Some(target.clone()),
        Err(problem) => {
            let inquiry = &view.bundle.view.inquiry.id;
            tracing::warn!(%inquiry, %problem, "a redirect was left out");
            None
        }
    }
}

/// `a[b][c]=x` for nested values; null is empty, empty lists and objects are left out (B134).
fn flatten(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => out.push((name.to_owned(), String::new())),
        Value::Bool(flag) => out.push((name.to_owned(), flag.to_string())),
        Value::Number(number) => out.push((name.to_owned(), number.to_string())),
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{index}]"), item, out);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                flatten(&format!("{name}[{key}]"), member, out);
            }
        }
    }
}

/// B135: what the target's own query has stays, ours replaces what is named alike, the fragment is last.
fn append(target: &str, parameters: &[(String, String)]) -> String {
    let (rest, fragment) = match target.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (target, None),
    };
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let kept = query.split('&').filter(|pair| {
        let name = decoded_name(pair);
        !pair.is_empty() && !parameters.iter().any(|(ours, _)| *ours == name)
    });
    let ours = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let pairs: Vec<_> = kept.map(str::to_owned).chain(ours).collect();
    let fragment = fragment.map_or_else(String::new, |text| format!("#{text}"));
    format!("{base}?{}{fragment}", pairs.join("&"))
}

fn decoded_name(pair: &str) -> String {
    let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
    percent_decode_str(&name).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn b135_merging() {
        let ours = pairs(&[("status", "completed"), ("reference-id", "a b/é")]);
        let tail = "status=completed&reference-id=a%20b%2F%C3%A9";
        for (target, expected) in [
            ("https://a.example", format!("https://a.example?{tail}")),
            (
                "https://a.example/x?",
                format!("https://a.example/x?{tail}"),
            ),
            (
                "https://a.example/x?k=1&k=2",
                format!("https://a.example/x?k=1&k=2&{tail}"),
            ),
            (
                "https://a.example/?status=mine&k=%20",
                format!("https://a.example/?k=%20&{tail}"),
            ),
            (
                "https://a.example/?reference%2Did=x",
                format!("https://a.example/?{tail}"),
            ),
            (
                "https://a.example/#/done?x=1",
                format!("https://a.example/?{tail}#/done?x=1"),
            ),
            (
                "https://a.example/?k#top",
                format!("https://a.example/?k&{tail}#top"),
            ),
            ("myapp://done", format!("myapp://done?{tail}")),
            ("myapp:done?k=1", format!("myapp:done?k=1&{tail}")),
        ] {
            assert_eq!(append(target, &ours), expected, "{target}");
        }
    }

    #[test]
    fn b134_the_form_of_fields() {
        let mut out = Vec::new();
        let fields = json!({
            "selected-id-class": {"type": "string", "value": "dl"},
            "current-government-id": {"type": "government_id", "value": {"id": "doc_1", "type": "Document::GovernmentId"}},
            "name-middle": {"type": "string", "value": null},
            "tags": {"type": "multi_choices", "value": ["a", "b"]},
        });
        for (key, field) in fields.as_object().unwrap() {
            flatten(&format!("fields[{key}]"), field, &mut out);
        }
        let query = append("https://a.example/", &out);
        let expected = [
            "fields%5Bselected-id-class%5D%5Btype%5D=string",
            "fields%5Bselected-id-class%5D%5Bvalue%5D=dl",
            "fields%5Bcurrent-government-id%5D%5Btype%5D=government_id",
            "fields%5Bcurrent-government-id%5D%5Bvalue%5D%5Bid%5D=doc_1",
            "fields%5Bcurrent-government-id%5D%5Bvalue%5D%5Btype%5D=Document%3A%3AGovernmentId",
            "fields%5Bname-middle%5D%5Btype%5D=string",
            "fields%5Bname-middle%5D%5Bvalue%5D=",
            "fields%5Btags%5D%5Btype%5D=multi_choices",
            "fields%5Btags%5D%5Bvalue%5D%5B0%5D=a",
            "fields%5Btags%5D%5Bvalue%5D%5B1%5D=b",
        ]
        .join("&");
        assert_eq!(query, format!("https://a.example/?{expected}"));
    }
}
