//! Events on the wire (E1–E22). The name is a value and never inflected; payload and context are.

use selfsame_domain::event::Event;
use selfsame_domain::id::Id;
use serde_json::{Value, json};

pub const TYPE: &str = "event";

pub fn document(event: &Event) -> Value {
    json!({
        "type": TYPE,
        "id": event.id.as_str(),
        "attributes": {
            "name": event.name,
            "payload": {"data": event.payload},
            "created-at": event.created_at.to_millis_text(),
            "context": event.context,
        },
    })
}
