//! The headers of pages, assets and calls (B405–B412).

use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::app::App;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const PERMISSIONS: &str = "camera=(self), microphone=(self), clipboard-write=(self), \
    publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=()";
/// Kinds of files that a browser shows and that cannot do anything.
const INERT: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "application/pdf"];
const ONE_YEAR: &str = "max-age=31536000";
const ONE_DAY: &str = "public, max-age=86400";

/// Who may show a page in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    Anyone,
    OwnOrigin,
    Origins(Vec<String>),
    Nobody,
}

impl Framing {
    fn ancestors(&self) -> String {
        match self {
            Self::Anyone => "*".to_owned(),
            Self::OwnOrigin => "'self'".to_owned(),
            Self::Origins(origins) => origins.join(" "),
            Self::Nobody => "'none'".to_owned(),
        }
    }

    /// The older header knows no list, so it is left out where there is one.
    const fn x_frame_options(&self) -> Option<&'static str> {
        match self {
            Self::Anyone | Self::Origins(_) => None,
            Self::OwnOrigin => Some("SAMEORIGIN"),
            Self::Nobody => Some("DENY"),
        }
    }
}

/// Whether people reach this server by https, as its public address says.
pub fn is_https(app: &App) -> bool {
    app.service.options().public_url.starts_with("https://")
}

/// What every answer has.
fn common(is_https: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    if is_https {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(ONE_YEAR),
        );
    }
    headers
}

/// A page with a policy of its own.
fn page(policy: &str, framing: &Framing, is_https: bool) -> HeaderMap {
    let mut headers = common(is_https);
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    let whole = format!("{policy}; frame-ancestors {}", framing.ancestors());
    let (policy, options) = match HeaderValue::try_from(whole) {
        Ok(policy) => (policy, framing.x_frame_options()),
        // An origin that no header can carry: nobody may frame the page.
        Err(_) => (
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
            Framing::Nobody.x_frame_options(),
        ),
    };
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if let Some(options) = options {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static(options));
    }
    headers
}

/// `/verify`, `/widget` and what stands in their place.
pub fn flow_page(framing: &Framing, nonce: Option<&str>, is_https: bool) -> HeaderMap {
    let nonce = nonce.map_or_else(String::new, |nonce| format!(" 'nonce-{nonce}'"));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' blob: data:; \
         media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; \
         form-action 'self'; base-uri 'none'"
    );
    let mut headers = page(&policy, framing, is_https);
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
    headers
}

/// `/widget`: pages with a strict embedder policy may frame it too.
pub fn widget_page(framing: &Framing, nonce: Option<&str>, is_https: bool) -> HeaderMap {
    let mut headers = flow_page(framing, nonce, is_https);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers
}

/// `/preload`: the same for everybody, for a day (B409).
pub fn preload_page(is_https: bool) -> HeaderMap {
    let mut headers = widget_page(&Framing::Anyone, None, is_https);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(ONE_DAY));
    headers
}

/// The developer's page, which frames our own widget.
/// The SDK writes its styles into the page it is on, so this page, and no other, lets it.
pub fn demo_page(is_https: bool) -> HeaderMap {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
        font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'";
    page(policy, &Framing::Nobody, is_https)
}

/// The developer's page for webhooks, which shows what came from anywhere and runs nothing of it.
pub fn inbox_page(is_https: bool) -> HeaderMap {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
        form-action 'none'; base-uri 'none'";
    page(policy, &Framing::Nobody, is_https)
}

/// The documentation: text and a style sheet, nothing that runs.
pub fn docs_page(is_https: bool) -> HeaderMap {
    let policy =
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'";
    page(policy, &Framing::Nobody, is_https)
}

/// A file of the pages; `content_type` is one of ours.
pub fn asset(content_type: &'static str, is_https: bool) -> HeaderMap {
    let mut headers = common(is_https);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300, must-revalidate"),
    );
    headers
}

/// A file that a person sent in (V5): whoever has it may show it in a page, and it does nothing by itself. `filename` is
/// one that no header has to quote.
pub fn file(mime_type: &str, filename: &str, is_https: bool) -> HeaderMap {
    let (mime_type, manner) = match INERT.iter().find(|known| **known == mime_type) {
        Some(known) => (*known, "inline"),
        None => ("application/octet-stream", "attachment"),
    };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'";
    let mut headers = common(is_https);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(mime_type));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(disposition) = HeaderValue::try_from(format!("{manner}; filename=\"{filename}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    headers
}

/// An answer to a call.
pub fn json(is_https: bool) -> HeaderMap {
    let mut headers = common(is_https);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

/// A redirect, or an answer without a body.
pub fn bare(is_https: bool) -> HeaderMap {
    common(is_https)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing_of(headers: &HeaderMap) -> (String, Option<&str>) {
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        let ancestors = policy.rsplit_once("frame-ancestors ").unwrap().1;
        let options = headers
            .get(X_FRAME_OPTIONS)
            .map(|value| value.to_str().unwrap());
        (ancestors.to_owned(), options)
    }

    #[test]
    fn b401_b410_who_may_frame_what() {
        let origins = Framing::Origins(vec![
            "https://a.example".into(),
            "https://b.example:8443".into(),
        ]);
        let table = [
            (
                flow_page(&Framing::OwnOrigin, Some("n"), true),
                "'self'",
                Some("SAMEORIGIN"),
            ),
            (
                widget_page(&origins, Some("n"), true),
                "https://a.example https://b.example:8443",
                None,
            ),
            (
                widget_page(&Framing::Nobody, None, true),
                "'none'",
                Some("DENY"),
            ),
            (
                widget_page(&Framing::Origins(vec!["https://a\n".into()]), None, true),
                "'none'",
                Some("DENY"),
            ),
            (preload_page(true), "*", None),
            (demo_page(true), "'none'", Some("DENY")),
            (inbox_page(true), "'none'", Some("DENY")),
            (docs_page(true), "'none'", Some("DENY")),
        ];
        for (headers, ancestors, options) in &table {
            assert_eq!(framing_of(headers), ((*ancestors).to_owned(), *options));
        }
    }

    #[test]
    fn b412_every_header_of_a_page() {
        let headers = widget_page(&Framing::OwnOrigin, Some("abc"), true);
        let expected = [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("strict-transport-security", "max-age=31536000"),
            (
                "permissions-policy",
                "camera=(self), microphone=(self), clipboard-write=(self), publickey-credentials-get=(self), \
                 publickey-credentials-create=(self), geolocation=()",
            ),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-abc'; img-src 'self' blob: data:; \
                 media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; \
                 form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
            ),
        ];
        for (name, value) in expected {
            assert_eq!(headers[name], value, "{name}");
        }
        let plain = flow_page(&Framing::OwnOrigin, Some("abc"), false);
        assert!(!plain.contains_key(STRICT_TRANSPORT_SECURITY));
        assert_eq!(preload_page(false)[CACHE_CONTROL], "public, max-age=86400");
    }
}
