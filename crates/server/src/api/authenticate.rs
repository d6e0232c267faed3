//! The key behind a request, and whether it may come from there (C12–C25, C33).

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use selfsame_domain::Refusal;
use selfsame_service::{AuthenticatedKey, Failure, Grounds, Service};

pub async fn authenticate(
    service: &Service,
    headers: &HeaderMap,
) -> Result<(Arc<AuthenticatedKey>, Grounds), Failure> {
    let sent = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(Refusal::unauthenticated)?;
    let value = sent
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, value)| value.trim())
        .ok_or_else(Refusal::invalid_token)?;
    let key = service.authenticate(value).await?;
    Ok(key.ok_or_else(Refusal::invalid_token)?)
}

/// `*`, single addresses, or blocks of them.
pub fn check_address(key: &AuthenticatedKey, address: Option<IpAddr>) -> Result<(), Refusal> {
    let allowed = key
        .settings
        .ip_address_allowlist
        .iter()
        .any(|entry| entry == "*" || address.is_some_and(|address| contains(entry, address)));
    if allowed {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "IP address is not permitted access to current environment",
    ))
}

fn contains(entry: &str, address: IpAddr) -> bool {
    let address = address.to_canonical();
    let (network, bits) = match entry.split_once('/') {
        Some((network, bits)) => (network.parse::<IpAddr>().ok(), bits.parse::<u32>().ok()),
        None => (entry.parse::<IpAddr>().ok(), None),
    };
    match (network.map(|network| network.to_canonical()), address) {
        (Some(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let bits = bits.unwrap_or(32).min(32);
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(network) & mask == u32::from(address) & mask
        }
        (Some(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let bits = bits.unwrap_or(128).min(128);
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(network) & mask == u128::from(address) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_blocks_of_both_families() {
        let in_block = |entry: &str, address: &str| contains(entry, address.parse().unwrap());
        assert!(in_block("192.0.2.7", "192.0.2.7"));
        assert!(in_block("192.0.2.0/24", "192.0.2.200"));
        assert!(!in_block("192.0.2.0/24", "192.0.3.1"));
        assert!(in_block("0.0.0.0/0", "203.0.113.9"));
        assert!(in_block("2001:db8::/32", "2001:db8:1::1"));
        assert!(!in_block("2001:db8::/32", "2001:db9::1"));
        assert!(in_block("192.0.2.7", "::ffff:192.0.2.7"));
        assert!(!in_block("nonsense", "192.0.2.7"));
    }
}
