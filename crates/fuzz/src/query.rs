use selfsame_wire::flow_parameters::FlowParameters;
use selfsame_wire::query::{Query, encode};
use selfsame_wire::{Fieldsets, Include, PageRequest, filter};

/// A query string is read or refused, whatever is asked of it, and written again it reads the same.
pub fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    drop(FlowParameters::parse(text));
    let Ok(query) = Query::parse(text) else {
        return;
    };
    drop(PageRequest::parse(&query));
    drop(Fieldsets::parse(&query));
    drop(Include::parse(&query, &["account", "verifications"]));
    drop(filter::allowed(&query, &["reference-id", "status"]));
    drop(filter::id_list(&query, &["filter", "reference-id"]));
    drop(filter::timestamp(&query, &["filter", "created-at-start"]));
    let pairs: Vec<_> = query.pairs().collect();
    let written: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    // Percent-encoded it may be longer than a query can be.
    if let Ok(again) = Query::parse(&written.join("&")) {
        assert_eq!(again.pairs().collect::<Vec<_>>(), pairs);
    }
}
