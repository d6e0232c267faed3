//! What a request says of the device (B128).

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use selfsame_domain::session::Device;
use woothee::parser::Parser;
use woothee::woothee::VALUE_UNKNOWN;

const LONGEST_USER_AGENT: usize = 1024;
const APPLE_DEVICES: [&str; 3] = ["iPhone", "iPad", "iPod"];

/// The address of the browser: what the proxy in front says, if there is one that is trusted, else the peer.
pub fn address(parts: &Parts, trust_proxy: bool) -> Option<IpAddr> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_canonical());
    let forwarded = trust_proxy.then(|| forwarded(&parts.headers)).flatten();
    forwarded.or(peer)
}

/// The last entry is the one that our own proxy added.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    let entry = last.to_str().ok()?.rsplit(',').next()?.trim();
    let address = entry
        .parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// One name for everybody who shares a limit: an IPv6 customer has a whole /64.
pub fn limit_key(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

pub fn describe(headers: &HeaderMap, address: Option<IpAddr>) -> Device {
    let user_agent: Option<String> = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().take(LONGEST_USER_AGENT).collect());
    let mut device = Device {
        ip_address: address.map(|address| address.to_string()),
        ..Device::default()
    };
    if let Some(text) = &user_agent {
        read_user_agent(text, &mut device);
    }
    device.user_agent = user_agent;
    device
}

fn read_user_agent(text: &str, device: &mut Device) {
    let parser = Parser::new();
    let Some(found) = parser.parse(text) else {
        return;
    };
    device.browser_name = known(found.name);
    device.browser_full_version = known(found.version);
    device.device_type = match found.category {
        "pc" => Some("desktop".to_owned()),
        "smartphone" | "mobilephone" => Some("smartphone".to_owned()),
        _ => None,
    };
    device.os_full_version = known(
        found
            .os_version
            .strip_prefix("NT ")
            .unwrap_or(&found.os_version),
    );
    device.os_name = if APPLE_DEVICES.contains(&found.os) {
        device.device_name = known(found.os);
        Some("iOS".to_owned())
    } else if found.os.starts_with("Windows ") && !found.os.starts_with("Windows Phone") {
        Some("Windows".to_owned())
    } else {
        known(found.os)
    };
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty() && text != VALUE_UNKNOWN).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn b128_user_agents() {
        let table = [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.4 Mobile/15E148 Safari/604.1",
                (
                    "iOS",
                    "17.4",
                    "smartphone",
                    Some("iPhone"),
                    "Safari",
                    "17.4",
                ),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/124.0.0.0 Safari/537.36",
                ("Windows", "10.0", "desktop", None, "Chrome", "124.0.0.0"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/124.0.0.0 Mobile Safari/537.36",
                ("Android", "14", "smartphone", None, "Chrome", "124.0.0.0"),
            ),
        ];
        for (text, (os, os_version, kind, name, browser, browser_version)) in table {
            let mut device = Device::default();
            read_user_agent(text, &mut device);
            assert_eq!(device.os_name.as_deref(), Some(os));
            assert_eq!(device.os_full_version.as_deref(), Some(os_version));
            assert_eq!(device.device_type.as_deref(), Some(kind));
            assert_eq!(device.device_name.as_deref(), name);
            assert_eq!(device.browser_name.as_deref(), Some(browser));
            assert_eq!(
                device.browser_full_version.as_deref(),
                Some(browser_version)
            );
        }
    }

    #[test]
    fn the_address_is_the_proxys_word_only_where_it_is_trusted() {
        let mut request = Request::builder()
            .header("x-forwarded-for", "203.0.113.9, 198.51.100.7")
            .body(())
            .unwrap();
        let peer: SocketAddr = "127.0.0.1:9".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, ()) = request.into_parts();
        let said = |trusted| address(&parts, trusted).unwrap().to_string();
        assert_eq!(said(true), "198.51.100.7");
        assert_eq!(said(false), "127.0.0.1");
    }

    #[test]
    fn a_limit_is_shared_by_a_network() {
        let key = |text: &str| limit_key(Some(text.parse().unwrap()));
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("198.51.100.7"), key("198.51.100.8"));
    }
}
