//! Who may make the page's calls (WD2): they show what only the developer may see, and need no key.

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::document;
use crate::app::App;
use crate::flow::asked::host_of;

pub async fn own_page_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let authority = request.uri().authority().map(ToString::to_string);
    let public_url = &app.service.options().public_url;
    let judged = judge(
        request.method(),
        request.headers(),
        authority.as_deref(),
        public_url,
    );
    match judged {
        Ok(()) => next.run(request).await,
        Err((status, message)) => document::problem(&app, status, message),
    }
}

/// Another page's script is told apart by what browsers say of it; a name that somebody else's DNS leads here, by the
/// host.
pub fn judge(
    method: &Method,
    headers: &HeaderMap,
    authority: Option<&str>,
    public_url: &str,
) -> Result<(), (StatusCode, &'static str)> {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(HOST.as_str()).or(authority).unwrap_or_default();
    let public = host_of(public_url).unwrap_or_default();
    let is_public = host.eq_ignore_ascii_case(public);
    if !is_public && !is_this_machine(host) {
        let message =
            "This page answers only on the machine it runs on. Open it at http://localhost.";
        return Err((StatusCode::FORBIDDEN, message));
    }
    let from_here = match text("sec-fetch-site") {
        Some("same-origin") | None => true,
        Some("none") => *method == Method::GET,
        Some(_) => false,
    };
    let origin_is_own = text(ORIGIN.as_str()).is_none_or(|origin| {
        host_of(origin).is_some_and(|origin| origin.eq_ignore_ascii_case(host))
    });
    if !from_here || !origin_is_own {
        let message = "Only the page itself may make this call.";
        return Err((StatusCode::FORBIDDEN, message));
    }
    let kind = text(CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if *method != Method::GET && !kind.eq_ignore_ascii_case("application/json") {
        let message = "The body must be JSON, and be declared as such.";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    Ok(())
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "http://localhost:3000/base";

    fn judged(method: Method, sent: &[(&'static str, &'static str)]) -> u16 {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.insert(*name, value.parse().unwrap());
        }
        judge(&method, &headers, None, PUBLIC).map_or_else(|(status, _)| status.as_u16(), |()| 200)
    }

    #[test]
    fn wd2_who_may_call() {
        let json = ("content-type", "application/json; charset=utf-8");
        let here = ("host", "localhost:3000");
        let table = [
            (Method::GET, vec![here], 200),
            (Method::GET, vec![("host", "127.0.0.1:3000")], 200),
            (Method::GET, vec![("host", "[::1]:3000")], 200),
            (Method::GET, vec![here, ("sec-fetch-site", "none")], 200),
            (
                Method::GET,
                vec![here, ("sec-fetch-site", "cross-site")],
                403,
            ),
            (
                Method::GET,
                vec![here, ("sec-fetch-site", "same-site")],
                403,
            ),
            (Method::GET, vec![("host", "rebound.example:3000")], 403),
            (Method::GET, vec![("host", "localhost.example:3000")], 403),
            (Method::GET, vec![], 403),
            (Method::POST, vec![here, json], 200),
            (
                Method::POST,
                vec![here, json, ("origin", "http://localhost:3000")],
                200,
            ),
            (
                Method::POST,
                vec![here, json, ("origin", "http://localhost:4000")],
                403,
            ),
            (
                Method::POST,
                vec![here, json, ("origin", "https://shop.example")],
                403,
            ),
            (Method::POST, vec![here, json, ("origin", "null")], 403),
            (
                Method::POST,
                vec![here, json, ("sec-fetch-site", "none")],
                403,
            ),
            (
                Method::POST,
                vec![here, json, ("sec-fetch-site", "same-origin")],
                200,
            ),
            (Method::POST, vec![here], 415),
            (
                Method::POST,
                vec![here, ("content-type", "text/plain")],
                415,
            ),
        ];
        for (method, sent, status) in table {
            assert_eq!(judged(method.clone(), &sent), status, "{method} {sent:?}");
        }
    }

    #[test]
    fn wd2_a_name_of_ones_own_is_the_one_of_the_public_address() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "dev.shop.example".parse().unwrap());
        let judged = judge(&Method::GET, &headers, None, "https://dev.shop.example");
        assert_eq!(judged, Ok(()));
    }
}
