//! Screens that are no step of a flow.

use selfsame_service::FlowNotice;
use serde_json::{Value, json};

use super::texts::Catalogue;

pub fn screen(notice: FlowNotice, catalogue: &Catalogue) -> Value {
    let code = code(notice);
    let id = code.replace('_', "-");
    json!({
        "step": "",
        "kind": "notice",
        "code": code,
        "revision": 0,
        "title": catalogue.text(&format!("notice-{id}-title")),
        "body": catalogue.text(&format!("notice-{id}-body")),
        "back": false,
    })
}

const fn code(notice: FlowNotice) -> &'static str {
    match notice {
        FlowNotice::LinkInvalid => "link_invalid",
        FlowNotice::SessionExpired => "session_expired",
        FlowNotice::Expired => "expired",
        FlowNotice::Finished => "finished",
        FlowNotice::Unavailable => "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::texts::catalogue;

    #[test]
    fn every_notice_has_its_words() {
        for notice in [
            FlowNotice::LinkInvalid,
            FlowNotice::SessionExpired,
            FlowNotice::Expired,
            FlowNotice::Finished,
            FlowNotice::Unavailable,
        ] {
            let screen = screen(notice, catalogue("fr"));
            assert_ne!(screen["title"], "", "{notice:?}");
            assert_ne!(screen["body"], "", "{notice:?}");
        }
    }
}
