//! Answers packed for callers who ask for it (C131). Whoever does not ask pays for one look at a header.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};

/// A body below this fits into one packet as it is.
const SMALL: u64 = 1024;
/// What we have, the better one first.
const ENCODINGS: [&str; 2] = ["zstd", "gzip"];

/// The encoding of ours that a caller likes best. A caller who takes neither gets the plain answer, whatever else is
/// asked for: what has been done is not answered with a 406.
pub fn asked(headers: &HeaderMap) -> Option<&'static str> {
    let mut best: Option<(u16, &'static str)> = None;
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for offer in value.to_str().unwrap_or_default().split(',') {
            let (name, weight) = read(offer);
            let Some(known) = ENCODINGS.iter().find(|own| own.eq_ignore_ascii_case(name)) else {
                continue;
            };
            let is_better = best.is_none_or(|(most, kept)| {
                weight > most || (weight == most && *known == ENCODINGS[0] && kept != *known)
            });
            if weight > 0 && is_better {
                best = Some((weight, known));
            }
        }
    }
    best.map(|(_, name)| name)
}

/// `gzip;q=0.5` as name and thousandths.
fn read(offer: &str) -> (&str, u16) {
    let mut parts = offer.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(1000, thousandths);
    (name, weight)
}

/// A weight is `0` to `1` with three decimals at most; another text is no wish for anything.
fn thousandths(text: &str) -> u16 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" => 1000,
        "0" if is_number => format!("{decimals:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// Packs an answer as [`asked`], if it is large enough to gain from it.
pub async fn pack(response: Response, asked: Option<&'static str>) -> Response {
    let Some(encoding) = asked else {
        return response;
    };
    let mut request = Request::new(Body::empty());
    request
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
    let mut response = Some(response);
    let answered =
        service_fn(move |_| ready(Ok::<_, Infallible>(response.take().unwrap_or_default())));
    let layer = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(SMALL));
    let Ok(packed) = layer.layer(answered).oneshot(request).await;
    packed.map(Body::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c131_the_caller_s_wish_decides_and_between_equals_zstd() {
        for (wish, chosen) in [
            ("gzip", Some("gzip")),
            ("GZIP", Some("gzip")),
            ("zstd", Some("zstd")),
            ("gzip, deflate, br, zstd", Some("zstd")),
            ("zstd;q=0.5, gzip", Some("gzip")),
            ("gzip;q=0.8, zstd;q=0.801", Some("zstd")),
            ("gzip ; q=1.000", Some("gzip")),
            ("gzip;q=0", None),
            ("gzip;q=0.000, identity;q=0", None),
            ("gzip;q=high", None),
            ("br, identity;q=0", None),
            ("identity", None),
            ("*", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(wish));
            assert_eq!(asked(&headers), chosen, "{wish:?}");
        }
        assert_eq!(asked(&HeaderMap::new()), None);
    }

    #[test]
    fn c131_wishes_in_several_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        for wish in ["br", "gzip;q=0.5", "zstd;q=0.4"] {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(wish));
        }
        assert_eq!(asked(&headers), Some("gzip"));
    }
}
