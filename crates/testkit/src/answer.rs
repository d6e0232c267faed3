//! An answer, with the questions that tests ask of it.

use axum::http::HeaderMap;
use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Answer {
    /// `POST /api/v1/inquiries`, for messages.
    pub request: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// Asserts the status, and hands the answer on.
    #[allow(
        clippy::return_self_not_must_use,
        reason = "most callers want the assertion alone"
    )]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status, status,
            "{} answered {}",
            self.request, self.body
        );
        self
    }

    /// Asserts that the request was refused with this status and, word for word, these details.
    #[track_caller]
    pub fn refused(&self, status: u16, details: &str) {
        assert_eq!(
            self.status, status,
            "{} answered {}",
            self.request, self.body
        );
        let told = self.errors()[0]["details"].as_str();
        assert_eq!(told, Some(details), "{}", self.request);
    }

    /// Asserts a 422 that points at this place of the request.
    #[track_caller]
    pub fn points_at(&self, pointer: &str) {
        assert_eq!(self.status, 422, "{} answered {}", self.request, self.body);
        let pointers: Vec<_> = self
            .errors()
            .iter()
            .map(|error| error["source"]["pointer"].as_str().unwrap_or_default())
            .collect();
        assert!(
            pointers.contains(&pointer),
            "{} points at {pointers:?}, not at {pointer}",
            self.request
        );
    }

    /// The text of one header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    #[track_caller]
    pub fn data(&self) -> &Value {
        let data = &self.body["data"];
        assert!(!data.is_null(), "{} answered {}", self.request, self.body);
        data
    }

    /// The members of a list.
    #[track_caller]
    pub fn list(&self) -> &Vec<Value> {
        let list = self.data().as_array();
        list.unwrap_or_else(|| panic!("{} is no list: {}", self.request, self.body))
    }

    /// The ids of a list, in its order.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        self.list().iter().map(|item| text(&item["id"])).collect()
    }

    #[track_caller]
    pub fn id(&self) -> String {
        text(&self.data()["id"])
    }

    /// An attribute of the one object; it must be there, null or not.
    #[track_caller]
    pub fn attribute(&self, name: &str) -> &Value {
        let attributes = &self.data()["attributes"];
        attributes
            .get(name)
            .unwrap_or_else(|| panic!("{} has no attribute {name}: {attributes}", self.request))
    }

    /// The plain value of a field.
    #[track_caller]
    pub fn field(&self, key: &str) -> &Value {
        let field = &self.attribute("fields")[key];
        field
            .get("value")
            .unwrap_or_else(|| panic!("{} has no field {key}: {}", self.request, self.body))
    }

    /// The `data` of a relation: null, an identifier or a list of them.
    #[track_caller]
    pub fn relation(&self, name: &str) -> &Value {
        let relations = &self.data()["relationships"];
        relations
            .get(name)
            .and_then(|relation| relation.get("data"))
            .unwrap_or_else(|| panic!("{} has no relation {name}: {relations}", self.request))
    }

    /// The id behind a to-one relation.
    #[track_caller]
    pub fn related(&self, name: &str) -> Option<String> {
        self.relation(name)["id"].as_str().map(str::to_owned)
    }

    #[track_caller]
    pub fn meta(&self, name: &str) -> &Value {
        let meta = &self.body["meta"];
        meta.get(name)
            .unwrap_or_else(|| panic!("{} has no meta {name}: {}", self.request, self.body))
    }

    #[track_caller]
    pub fn errors(&self) -> &Vec<Value> {
        let errors = self.body["errors"].as_array();
        errors.unwrap_or_else(|| panic!("{} answered {}", self.request, self.body))
    }

    /// Details of the first error.
    #[track_caller]
    pub fn details(&self) -> &str {
        self.errors()[0]["details"].as_str().unwrap_or_default()
    }

    /// Title of the first error.
    #[track_caller]
    pub fn title(&self) -> &str {
        self.errors()[0]["title"].as_str().unwrap_or_default()
    }
}

#[track_caller]
fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
