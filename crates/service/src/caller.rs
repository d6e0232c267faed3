//! Who asks, and in which environment. A call without a caller cannot reach a service.

use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, SessionId};

use crate::{AuthenticatedKey, Grounds};

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
    /// What the caller was recognised by, if by anything kept in memory.
    pub(crate) grounds: Option<Grounds>,
}

impl Caller {
    pub fn new(environment: Environment, actor: Actor) -> Self {
        Self {
            environment,
            actor,
            grounds: None,
        }
    }

    pub fn of_key(key: &AuthenticatedKey, grounds: Grounds) -> Self {
        Self {
            environment: key.environment.clone(),
            actor: Actor::ApiKey(key.id.clone()),
            grounds: Some(grounds),
        }
    }
}
