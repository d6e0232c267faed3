//! Who may frame the widget (B401–B411): the declared origins, held against the template's list.

use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::template::{Template, host_matches, without_port};
use selfsame_wire::flow_parameters::FlowParameters;

use crate::{Failure, FlowFailure, Service};

/// The answer to a request for the widget's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameDecision {
    /// For `frame-ancestors`; empty when nobody declared anything, as when the page is opened directly (B71).
    Permit(Vec<String>),
    Deny,
}

impl Service {
    /// The decision the page's headers state and the script's first call repeats (B406, B407).
    pub async fn frame_decision(
        &self,
        parameters: &FlowParameters,
    ) -> Result<FrameDecision, Failure> {
        let target = match self.flow_target(parameters).await {
            Ok(target) => target,
            Err(FlowFailure::Failure(failure @ (Failure::Store(_) | Failure::Internal(_)))) => {
                return Err(failure);
            }
            // An unknown or inactive template has something to say, to whoever asks: the page shows and posts
            // its error. Nothing of anybody's is on it.
            Err(_) => {
                return Ok(decide(
                    &parameters.declared_origins(),
                    &[],
                    EnvironmentKind::Sandbox,
                ));
            }
        };
        Ok(decide_for(
            parameters,
            &target.template,
            &target.environment,
        ))
    }
}

pub(super) fn decide_for(
    parameters: &FlowParameters,
    template: &Template,
    environment: &Environment,
) -> FrameDecision {
    decide(
        &parameters.declared_origins(),
        &template.settings.allowed_domains,
        environment.kind,
    )
}

fn decide(declared: &[&str], allowlist: &[String], environment: EnvironmentKind) -> FrameDecision {
    let hosts: Vec<_> = allowlist
        .iter()
        .filter(|entry| !entry.ends_with(':'))
        .collect();
    let mut permitted = Vec::new();
    for origin in declared {
        let Some(host) = host_of_origin(origin) else {
            return FrameDecision::Deny;
        };
        let local = is_local(&host);
        let allowed = match (local, hosts.is_empty()) {
            (true, _) if environment == EnvironmentKind::Sandbox => true,
            (true, true) => false,
            (false, true) => true,
            (_, false) => hosts.iter().any(|entry| host_matches(entry, &host)),
        };
        // One forbidden ancestor is enough.
        if !allowed {
            return FrameDecision::Deny;
        }
        permitted.push((*origin).to_owned());
    }
    FrameDecision::Permit(permitted)
}

/// The host, with its port, of `scheme://host[:port]`; anything more, or plain http elsewhere than on this
/// machine, is no origin that may frame.
fn host_of_origin(origin: &str) -> Option<String> {
    let (scheme, host) = origin.split_once("://")?;
    let host = host.to_ascii_lowercase();
    let plain = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
        && host.matches(['[', ']']).count() % 2 == 0;
    match scheme {
        "https" if plain => Some(host),
        "http" if plain && is_local(&host) => Some(host),
        _ => None,
    }
}

fn is_local(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&without_port(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(declared: &[&str], allowlist: &[&str], environment: EnvironmentKind) -> bool {
        let allowlist: Vec<_> = allowlist.iter().map(|entry| (*entry).to_owned()).collect();
        matches!(
            decide(declared, &allowlist, environment),
            FrameDecision::Permit(_)
        )
    }

    #[test]
    fn s1_declared_origins_against_allowlist_and_environment() {
        use EnvironmentKind::{Production, Sandbox};
        let table: &[(&[&str], &[&str], EnvironmentKind, bool)] = &[
            (&["https://shop.example.com"], &[], Production, true),
            (&["http://shop.example.com"], &[], Production, false),
            (&["http://localhost:8080"], &[], Sandbox, true),
            (&["http://localhost:8080"], &[], Production, false),
            (&["http://localhost:8080"], &["localhost"], Production, true),
            (
                &["http://localhost:8080"],
                &["shop.example.com"],
                Sandbox,
                true,
            ),
            (
                &["https://shop.example.com"],
                &["shop.example.com"],
                Production,
                true,
            ),
            (
                &["https://shop.example.com:8443"],
                &["shop.example.com"],
                Production,
                true,
            ),
            (
                &["https://shop.example.com:8443"],
                &["shop.example.com:443"],
                Production,
                false,
            ),
            (
                &["https://evil.example"],
                &["shop.example.com"],
                Production,
                false,
            ),
            (
                &["https://shop.example.com", "https://evil.example"],
                &["shop.example.com"],
                Production,
                false,
            ),
            (
                &["https://a.b.example.com"],
                &["*.example.com"],
                Production,
                true,
            ),
            (
                &["https://example.com"],
                &["*.example.com"],
                Production,
                false,
            ),
            (&["https://a.example; script-src *"], &[], Sandbox, false),
            (&["https://a.example/path"], &[], Sandbox, false),
            (&["https://user@a.example"], &[], Sandbox, false),
            (&["https://*.example.com"], &[], Sandbox, false),
            (&["null"], &[], Sandbox, false),
            (&["https://a.example b.example"], &[], Sandbox, false),
            (&[""], &[], Sandbox, false),
            (&[], &["shop.example.com"], Production, true),
        ];
        for (declared, allowlist, environment, expected) in table {
            assert_eq!(
                permits(declared, allowlist, *environment),
                *expected,
                "{declared:?} {allowlist:?} {environment:?}"
            );
        }
    }
}
