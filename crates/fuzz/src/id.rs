use selfsame_domain::id::{
    AccountId, ApiKeyId, EventId, FileId, Id, InquiryId, RequestId, SessionId, TemplateId,
    WebhookId,
};
use selfsame_wire::PageRequest;
use selfsame_wire::page::links;
use selfsame_wire::query::Query;

/// An id that is read says what was read, and is of one type only.
pub fn id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let read = [
        said::<AccountId>(text),
        said::<ApiKeyId>(text),
        said::<EventId>(text),
        said::<FileId>(text),
        said::<InquiryId>(text),
        said::<RequestId>(text),
        said::<SessionId>(text),
        said::<TemplateId>(text),
        said::<WebhookId>(text),
    ];
    let types = read.into_iter().filter(|read| *read).count();
    assert!(types <= 1, "{text} is of {types} types");
}

fn said<T: Id>(text: &str) -> bool {
    match T::parse(text) {
        Ok(id) => {
            assert_eq!(id.as_str(), text);
            true
        }
        Err(_) => false,
    }
}

/// A page that can be asked for can be linked to, and the link asks for the page behind it.
pub fn cursor(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).ok();
    let Some(query) = text.and_then(|text| Query::parse(text).ok()) else {
        return;
    };
    let Ok(page) = PageRequest::parse(&query) else {
        return;
    };
    let last = page.after.as_deref().unwrap_or("act_1");
    let made = links("/x", &query, &page, Some(last), Some(last), true, true);
    let next = made["next"]
        .as_str()
        .and_then(|next| next.strip_prefix("/x?"));
    let next = Query::parse(next.unwrap_or_default());
    // What it repeats may be longer, encoded, than a query can be.
    if let Ok(next) = next {
        let asked = PageRequest::parse(&next);
        let expected = PageRequest {
            size: page.size,
            after: Some(last.to_owned()),
            before: None,
        };
        assert_eq!(asked, Ok(expected));
    }
}
