//! The key behind a request, and whether it may come from there (C12–C25, C33).

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use selfsame_domain::Refusal;
use selfsame_domain::address::AddressEntry;
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

/// C33: an address that is not known is let through only from anywhere.
pub fn check_address(key: &AuthenticatedKey, address: Option<IpAddr>) -> Result<(), Refusal> {
    let allows = |entry: &AddressEntry| match address {
        Some(address) => entry.contains(address),
        None => *entry == AddressEntry::Anywhere,
    };
    if key.addresses.iter().any(allows) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "IP address is not permitted access to current environment",
    ))
}
