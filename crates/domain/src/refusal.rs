//! Why a request cannot be done, in the words the API answers with.
//!
//! Every layer below the server says no with a [`Refusal`], so one wording and one status exist per
//! reason (conventions §5 → docs/rules/server-api.md). The only place that turns it into an HTTP answer
//! is the server.

use std::fmt;

/// A request that cannot be done, with the reason in wire words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The class of the refusal; decides the status.
    pub kind: RefusalKind,
    /// `title` of the error object.
    pub title: String,
    /// `details` of the error object, if there is more to say.
    pub details: Option<String>,
    /// JSON pointer into the request body; shown on 422 only.
    pub pointer: Option<String>,
}

/// The classes of refusal, one per status the API answers (409 has two titles).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// 400: the shape of the request is wrong.
    Malformed,
    /// 401: no valid key.
    Unauthenticated,
    /// 403: the key may not do this.
    Forbidden,
    /// 404: the object, or one it refers to, does not exist in this environment.
    NotFound,
    /// 408: the request took too long.
    Timeout,
    /// 409: the state of an object does not allow the action.
    Conflict,
    /// 409: such a resource exists already.
    NotUnique,
    /// 413: the request is too large.
    TooLarge,
    /// 422: a value or rule is violated.
    Unprocessable,
    /// 429: a limit is used up.
    TooManyRequests,
    /// 501: the operation is known, and not built.
    NotImplemented,
}

impl RefusalKind {
    /// The HTTP status that goes with the class.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Timeout => 408,
            Self::Conflict | Self::NotUnique => 409,
            Self::TooLarge => 413,
            Self::Unprocessable => 422,
            Self::TooManyRequests => 429,
            Self::NotImplemented => 501,
        }
    }
}

impl Refusal {
    /// A refusal with the given class and title, and nothing else yet.
    pub fn new(kind: RefusalKind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            details: None,
            pointer: None,
        }
    }

    /// The same refusal with these details.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// The same refusal, pointing at a place of the request body.
    #[must_use]
    pub fn with_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// 400: missing or wrongly typed parameter, malformed JSON.
    pub fn malformed(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::Malformed, "Bad Request").with_details(details)
    }

    /// 400: an id of another type was sent. `path` is the snake case path of the member or the name of
    /// the parameter, `prefix` the id prefix without underscore. The sent id is cut at 40 characters.
    pub fn wrong_prefix(path: &str, prefix: &str, sent: &str) -> Self {
        let shown = match sent.char_indices().nth(40) {
            Some((end, _)) => format!("{}…", &sent[..end]),
            None => sent.to_owned(),
        };
        Self::new(RefusalKind::Malformed, "Bad request")
            .with_details(format!("{path} must start with {prefix} (sent '{shown}')"))
    }

    /// 401: no `Authorization` header.
    pub fn unauthenticated() -> Self {
        Self::new(
            RefusalKind::Unauthenticated,
            "Must be authenticated to access this endpoint",
        )
    }

    /// 401: the token is unknown, expired or malformed.
    pub fn invalid_token() -> Self {
        Self::new(RefusalKind::Unauthenticated, "Token is invalid")
    }

    /// 403.
    pub fn forbidden(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::Forbidden, "Forbidden").with_details(details)
    }

    /// 403: the key does not hold the permission.
    pub fn permission(permission: &str) -> Self {
        Self::forbidden(format!("API key does not have the {permission} permission"))
    }

    /// 404: the object of the path.
    pub fn not_found() -> Self {
        Self::new(RefusalKind::NotFound, "Record not found")
    }

    /// 404: an object the request refers to, e.g. `data.attributes.inquiry_id is not found`.
    pub fn not_found_at(details: impl Into<String>) -> Self {
        Self::not_found().with_details(details)
    }

    /// 408.
    pub fn timeout() -> Self {
        Self::new(RefusalKind::Timeout, "Request Timeout")
    }

    /// 409: the state does not allow the action.
    pub fn conflict(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::Conflict, "Conflict").with_details(details)
    }

    /// 409: a resource with this unique value exists.
    pub fn not_unique() -> Self {
        Self::new(RefusalKind::NotUnique, "Record not unique").with_details("Record not unique.")
    }

    /// 409: another request changed the object at the same moment.
    pub fn stale() -> Self {
        Self::new(RefusalKind::Conflict, "Stale object error")
            .with_details("Attempted to update a record that was just modified. Please try again.")
    }

    /// 413.
    pub fn too_large(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::TooLarge, "Payload too large").with_details(details)
    }

    /// 422: the action or value is not acceptable.
    pub fn unprocessable(details: impl Into<String>, pointer: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unprocessable, "Unprocessable entity")
            .with_details(details)
            .with_pointer(pointer)
    }

    /// 422 that no member of the body is to blame for.
    pub fn unprocessable_state(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unprocessable, "Unprocessable entity").with_details(details)
    }

    /// 422: a value breaks a rule of the record.
    pub fn invalid(details: impl Into<String>, pointer: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unprocessable, "Record invalid")
            .with_details(details)
            .with_pointer(pointer)
    }

    /// 422: a parameter that the state of things makes necessary is absent.
    pub fn parameter_missing(details: impl Into<String>, pointer: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unprocessable, "Parameter missing")
            .with_details(details)
            .with_pointer(pointer)
    }

    /// 429: the rate limit of the environment or the key.
    pub fn rate_limited(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::TooManyRequests, "Rate limit exceeded").with_details(details)
    }

    /// 429: the quota of a product.
    pub fn quota_exceeded(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::TooManyRequests, "Quota exceeded").with_details(details)
    }

    /// 501: an operation that this server does not have yet.
    pub fn not_implemented(details: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotImplemented, "Not implemented").with_details(details)
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.kind.status()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        match &self.details {
            Some(details) => write!(f, ": {details}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// All that is wrong with one request; never empty.
///
/// Answers carry the status of the first, so put the one that matters first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl Refusals {
    /// `Ok` if nothing was collected.
    pub fn check(collected: Vec<Refusal>) -> Result<(), Self> {
        if collected.is_empty() {
            Ok(())
        } else {
            Err(Self(collected))
        }
    }

    /// The first refusal.
    pub fn first(&self) -> Option<&Refusal> {
        self.0.first()
    }

    /// The status of the first refusal.
    pub fn status(&self) -> u16 {
        self.first()
            .map_or(RefusalKind::Malformed.status(), Refusal::status)
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            refusal.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_kind() {
        assert_eq!(Refusal::malformed("x").status(), 400);
        assert_eq!(Refusal::invalid_token().status(), 401);
        assert_eq!(Refusal::permission("account.read").status(), 403);
        assert_eq!(Refusal::not_found().status(), 404);
        assert_eq!(Refusal::timeout().status(), 408);
        assert_eq!(Refusal::conflict("x").status(), 409);
        assert_eq!(Refusal::not_unique().status(), 409);
        assert_eq!(Refusal::stale().status(), 409);
        assert_eq!(Refusal::too_large("x").status(), 413);
        assert_eq!(Refusal::invalid("x", "/data").status(), 422);
        assert_eq!(Refusal::rate_limited("x").status(), 429);
        assert_eq!(Refusal::not_implemented("x").status(), 501);
    }

    #[test]
    fn known_literals() {
        let stale = Refusal::stale();
        assert_eq!(stale.title, "Stale object error");
        assert_eq!(
            stale.details.as_deref(),
            Some("Attempted to update a record that was just modified. Please try again.")
        );
        assert_eq!(
            Refusal::permission("account.read").details.as_deref(),
            Some("API key does not have the account.read permission")
        );
        assert_eq!(
            Refusal::not_unique().to_string(),
            "Record not unique: Record not unique."
        );
    }

    #[test]
    fn a_wrong_prefix_names_path_prefix_and_id() {
        let path = "data.attributes.inquiry_template_id";
        let short = Refusal::wrong_prefix(path, "itmpl", "itm_abc");
        assert_eq!(short.title, "Bad request");
        assert_eq!(
            short.details.as_deref(),
            Some("data.attributes.inquiry_template_id must start with itmpl (sent 'itm_abc')")
        );
        let long = Refusal::wrong_prefix(path, "itmpl", &"ü".repeat(50));
        let shown = format!("(sent '{}…')", "ü".repeat(40));
        assert!(
            long.details
                .is_some_and(|details| details.ends_with(&shown))
        );
    }

    #[test]
    fn several_refusals_answer_with_the_first() {
        assert_eq!(Refusals::check(vec![]), Ok(()));
        let both = Refusals(vec![
            Refusal::invalid("a", "/data"),
            Refusal::malformed("b"),
        ]);
        assert_eq!(both.status(), 422);
        assert_eq!(both.to_string(), "Record invalid: a; Bad Request: b");
        assert_eq!(Refusals::from(Refusal::not_found()).status(), 404);
    }
}
