//! Events: that something happened to an object. A decision names them; the service adds the payload.

use serde_json::{Map, Value};

use crate::Timestamp;
use crate::id::{
    AccountId, DocumentId, EnvironmentId, EventId, InquiryId, SelfieId, SessionId, VerificationId,
};

/// The object an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Account(AccountId),
    Inquiry(InquiryId),
    Session(SessionId),
    Verification(VerificationId),
    Document(DocumentId),
    Selfie(SelfieId),
}

/// Something a decision caused. Names are the field's (`account.created`), never inflected.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub name: &'static str,
    pub subject: Subject,
    pub context: Map<String, Value>,
}

impl Happening {
    pub fn new(name: &'static str, subject: Subject) -> Self {
        Self {
            name,
            subject,
            context: Map::new(),
        }
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.context.insert(key.to_owned(), value.into());
        self
    }
}

/// A stored event. The payload is the object's document at that moment, in the newest version's form; of one that is
/// about to be stored, the text of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<P = Value> {
    pub id: EventId,
    pub environment_id: EnvironmentId,
    pub name: String,
    pub object_type: String,
    pub object_id: String,
    pub account_id: Option<AccountId>,
    pub created_at: Timestamp,
    /// Place among the events of one moment: the order of commits, and in each the order in which a decision named
    /// them. The store gives it.
    pub ordinal: i64,
    pub payload: P,
    pub context: Map<String, Value>,
}

impl<P> Event<P> {
    fn with<Q>(self, payload: impl FnOnce(P) -> Q) -> Event<Q> {
        Event {
            id: self.id,
            environment_id: self.environment_id,
            name: self.name,
            object_type: self.object_type,
            object_id: self.object_id,
            account_id: self.account_id,
            created_at: self.created_at,
            ordinal: self.ordinal,
            payload: payload(self.payload),
            context: self.context,
        }
    }
}

impl Event {
    /// With the text of its payload.
    #[must_use]
    pub fn written(self) -> Event<String> {
        self.with(|payload| payload.to_string())
    }
}

impl Event<String> {
    /// With its payload as it reads.
    pub fn read(self) -> Result<Event, serde_json::Error> {
        let payload = serde_json::from_str(&self.payload)?;
        Ok(self.with(|_| payload))
    }
}
