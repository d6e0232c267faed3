//! The names of events (W6), and which of them a webhook wants.
//!
//! A pattern is a name, or one with a `*` in it that stands for any text: `*`, `inquiry.*`, `report/*.ready`.

/// W6: of a pattern, in bytes.
const LONGEST_PATTERN: usize = 100;

/// Every event there is or may be, in bytewise order.
pub static EVENT_NAMES: [&str; 250] = [
    "account-property.redacted",
    "account-type.deleted-field",
    "account.added-relation",
    "account.archived",
    "account.consolidated",
    "account.consolidated-with",
    "account.created",
    "account.redacted",
    "account.removed-relation",
    "account.restored",
    "account.status-updated",
    "account.tag-added",
    "account.tag-removed",
    "account.updated-fields",
    "account.updated-tags",
    "agent-conversation.created",
    "agent-conversation.errored",
    "agent-conversation.message-added",
    "authentication.completed",
    "authentication.created",
    "authentication.expired",
    "authentication.failed",
    "authentication.redacted",
    "case-comment.created",
    "case-message.received",
    "case-message.sent",
    "case-template.deleted-field",
    "case.assigned",
    "case.created",
    "case.exported",
    "case.print-initiated",
    "case.queue-updated",
    "case.redacted",
    "case.reopened",
    "case.resolved",
    "case.sla-expired",
    "case.status-updated",
    "case.updated",
    "case.updated-fields",
    "case.updated-tags",
    "checkpoint.completed",
    "checkpoint.created",
    "checkpoint.expired",
    "checkpoint.failed",
    "checkpoint.reusable-persona-used",
    "checkpoint.started",
    "connect/share-token.inbound-created",
    "connect/share-token.inbound-redeemed",
    "connect/share-token.outbound-created",
    "connect/share-token.outbound-redeemed",
    "document.created",
    "document.errored",
    "document.extracted",
    "document.pending",
    "document.processed",
    "document.submitted",
    "filing.created",
    "filing.filed",
    "graph-query.cancelled",
    "graph-query.completed",
    "graph-query.errored",
    "graph-query.reran",
    "graph-query.submitted",
    "graph-query.timed-out",
    "importer-pipeline-run.canceled",
    "importer-pipeline-run.completed",
    "importer-pipeline-run.errored",
    "importer-pipeline-run.paused",
    "importer-pipeline-run.resumed",
    "importer-pipeline-run.started",
    "inquiry-session.canceled",
    "inquiry-session.expired",
    "inquiry-session.started",
    "inquiry-template-version.created",
    "inquiry-template-version.published",
    "inquiry.approved",
    "inquiry.completed",
    "inquiry.created",
    "inquiry.declined",
    "inquiry.expired",
    "inquiry.failed",
    "inquiry.marked-for-review",
    "inquiry.redacted",
    "inquiry.reusable-persona-assurance-failed",
    "inquiry.reusable-persona-created",
    "inquiry.reusable-persona-updated",
    "inquiry.reusable-persona-used",
    "inquiry.started",
    "inquiry.transitioned",
    "inquiry.updated-tags",
    "integration-log.created",
    "report/address-lookup.errored",
    "report/address-lookup.ready",
    "report/address-lookup.submitted",
    "report/adverse-media.dismissed",
    "report/adverse-media.errored",
    "report/adverse-media.matched",
    "report/adverse-media.ready",
    "report/background-check.ready",
    "report/better-business-bureau.errored",
    "report/better-business-bureau.ready",
    "report/business-adverse-media.dismissed",
    "report/business-adverse-media.errored",
    "report/business-adverse-media.matched",
    "report/business-adverse-media.ready",
    "report/business-associated-persons.errored",
    "report/business-associated-persons.ready",
    "report/business-classification.errored",
    "report/business-classification.ready",
    "report/business-classification.submitted",
    "report/business-enforcement-action.errored",
    "report/business-enforcement-action.ready",
    "report/business-enforcement-action.submitted",
    "report/business-industry-classification.errored",
    "report/business-industry-classification.ready",
    "report/business-industry-classification.submitted",
    "report/business-liens-lookup.errored",
    "report/business-liens-lookup.ready",
    "report/business-lookup-eu.errored",
    "report/business-lookup-eu.ready",
    "report/business-lookup.errored",
    "report/business-lookup.ready",
    "report/business-media-coverage.errored",
    "report/business-media-coverage.matched",
    "report/business-media-coverage.ready",
    "report/business-media-coverage.submitted",
    "report/business-nonprofit.changed",
    "report/business-nonprofit.errored",
    "report/business-nonprofit.ready",
    "report/business-online-presence.errored",
    "report/business-online-presence.ready",
    "report/business-online-presence.submitted",
    "report/business-personnel-insights.errored",
    "report/business-personnel-insights.ready",
    "report/business-personnel-insights.submitted",
    "report/business-registrations-lookup.errored",
    "report/business-registrations-lookup.ready",
    "report/business-social-media.errored",
    "report/business-social-media.ready",
    "report/business-watchlist.dismissed",
    "report/business-watchlist.errored",
    "report/business-watchlist.matched",
    "report/business-watchlist.ready",
    "report/business-website.errored",
    "report/business-website.ready",
    "report/chainalysis-address-screening.errored",
    "report/chainalysis-address-screening.ready",
    "report/clearbit-business-lookup.errored",
    "report/clearbit-business-lookup.ready",
    "report/coinbase-check-crypto-risk.errored",
    "report/coinbase-check-crypto-risk.ready",
    "report/community-safety.errored",
    "report/community-safety.matched",
    "report/community-safety.ready",
    "report/comply-advantage-search.ready",
    "report/comprehensive-profile.ready",
    "report/crypto-address-watchlist.errored",
    "report/crypto-address-watchlist.matched",
    "report/crypto-address-watchlist.ready",
    "report/crypto_address.matched",
    "report/crypto_address.ready",
    "report/custom-list.dismissed",
    "report/custom-list.errored",
    "report/custom-list.matched",
    "report/custom-list.ready",
    "report/email-address.errored",
    "report/email-address.ready",
    "report/employer-lookup.ready",
    "report/equifax-oneview.errored",
    "report/equifax-oneview.ready",
    "report/finra-broker-check.errored",
    "report/finra-broker-check.ready",
    "report/kyckr-business-lookup.errored",
    "report/kyckr-business-lookup.ready",
    "report/middesk.errored",
    "report/middesk.ready",
    "report/middesk.submitted",
    "report/mx-account.errored",
    "report/mx-account.ready",
    "report/nces.errored",
    "report/nces.ready",
    "report/novacredit-cash-atlas.errored",
    "report/novacredit-cash-atlas.ready",
    "report/novacredit-cash-atlas.submitted",
    "report/novacredit-credit-passport.errored",
    "report/novacredit-credit-passport.ready",
    "report/novacredit-credit-passport.submitted",
    "report/phone-number.errored",
    "report/phone-number.ready",
    "report/politically-exposed-person.dismissed",
    "report/politically-exposed-person.errored",
    "report/politically-exposed-person.matched",
    "report/politically-exposed-person.ready",
    "report/profile-non-authoritative.errored",
    "report/profile-non-authoritative.ready",
    "report/profile.errored",
    "report/profile.ready",
    "report/screening.errored",
    "report/screening.matched",
    "report/screening.ready",
    "report/screening.reviewed",
    "report/sec-action-lookup.errored",
    "report/sec-action-lookup.ready",
    "report/sentilink-application-risk.errored",
    "report/sentilink-application-risk.ready",
    "report/sentilink-scores.errored",
    "report/sentilink-scores.ready",
    "report/social-media.errored",
    "report/social-media.ready",
    "report/synthetic.errored",
    "report/synthetic.ready",
    "report/trm-wallet-screening.errored",
    "report/trm-wallet-screening.ready",
    "report/watchlist.dismissed",
    "report/watchlist.errored",
    "report/watchlist.matched",
    "report/watchlist.ready",
    "sar.created",
    "sar.filed",
    "selfie.created",
    "selfie.errored",
    "selfie.processed",
    "selfie.submitted",
    "session.created",
    "session.expired",
    "transaction-type.deleted-field",
    "transaction.added-relation",
    "transaction.created",
    "transaction.labeled",
    "transaction.redacted",
    "transaction.removed-relation",
    "transaction.sentinel-session-processed",
    "transaction.status-updated",
    "transaction.updated-fields",
    "user.availability-updated",
    "verification.canceled",
    "verification.created",
    "verification.escalated",
    "verification.failed",
    "verification.passed",
    "verification.requires-retry",
    "verification.skipped",
    "verification.submitted",
    "verification.tentatively-failed",
    "verification.tentatively-passed",
    "verification.updated-tags",
    "workflow-run.created",
    "workflow-run.errored",
    "workflow-run.resumed",
    "workflow.published",
];

/// Whether there is an event that the pattern means.
pub fn is_known(pattern: &str) -> bool {
    if pattern.contains('*') {
        return pattern.len() <= LONGEST_PATTERN
            && EVENT_NAMES.iter().any(|name| matches(pattern, name));
    }
    EVENT_NAMES.binary_search(&pattern).is_ok()
}

/// What an event is about: `report/watchlist` of `report/watchlist.matched`.
pub fn type_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(kind, _)| kind)
}

/// Whether an event of this name is meant.
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = left.find(piece) else {
            return false;
        };
        left = &left[at + piece.len()..];
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_in_order_and_each_is_there_once() {
        assert!(EVENT_NAMES.is_sorted());
        let mut names = EVENT_NAMES.to_vec();
        names.dedup();
        assert_eq!(names.len(), EVENT_NAMES.len());
        assert!(EVENT_NAMES.iter().all(|name| name.contains('.')));
    }

    #[test]
    fn w6_a_pattern_means_the_names_it_stands_for() {
        for (pattern, name, expected) in [
            ("*", "inquiry.created", true),
            ("inquiry.created", "inquiry.created", true),
            ("inquiry.created", "inquiry.create", false),
            ("inquiry.*", "inquiry.created", true),
            ("inquiry.*", "inquiry-session.started", false),
            ("inquiry*", "inquiry-session.started", true),
            ("report/*.ready", "report/watchlist.ready", true),
            ("report/*.ready", "report/watchlist.matched", false),
            ("report/*.ready", "report/.ready", true),
            ("*.created", "account.created", true),
            ("a*t.c*d", "account.created", true),
            ("account*account", "account", false),
            ("**", "account.created", true),
            ("", "account.created", false),
            ("ACCOUNT.*", "account.created", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn w6_known_is_what_means_an_event_that_may_be() {
        for known in [
            "*",
            "inquiry.approved",
            "inquiry.*",
            "report/*.ready",
            "report/crypto_address.*",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in [
            "",
            "inquiry",
            "inquiry.aproved",
            "Inquiry.approved",
            "inquiry.*ed.*",
            "report/*.redy",
        ] {
            assert!(!is_known(unknown), "{unknown}");
        }
        assert!(is_known(&"*".repeat(LONGEST_PATTERN)));
        assert!(!is_known(&"*".repeat(LONGEST_PATTERN + 1)));
    }

    #[test]
    fn an_event_is_about_what_stands_in_front_of_the_dot() {
        assert_eq!(type_of("inquiry-session.started"), "inquiry-session");
        assert_eq!(type_of("report/watchlist.matched"), "report/watchlist");
        assert_eq!(type_of("odd"), "odd");
    }

    proptest! {
        #[test]
        fn a_star_stands_for_any_part_of_a_name(name in "[a-z.]{0,12}", from in 0..12_usize, to in 0..12_usize) {
            let (from, to) = (from.min(to).min(name.len()), to.max(from).min(name.len()));
            let pattern = format!("{}*{}", &name[..from], &name[to..]);
            prop_assert!(matches(&pattern, &name));
        }
    }
}
