//! Who asks, and in which environment. A call without a caller cannot reach a service.

use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, SessionId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    ApiKey(ApiKeyId),
    /// An end user's browser, before it has a session.
    Browser,
    Session(SessionId),
    /// The sweep, the command line.
    System,
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub environment: Environment,
    pub actor: Actor,
}

impl Caller {
    pub fn new(environment: Environment, actor: Actor) -> Self {
        Self { environment, actor }
    }
}
