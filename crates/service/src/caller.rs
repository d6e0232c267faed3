//! Who asks, and in which environment. A call without a caller cannot reach a service.

use std::sync::Arc;

use selfsame_domain::environment::Environment;
use selfsame_domain::id::{ApiKeyId, SessionId};
use selfsame_domain::permission::Permission;

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
    key: Option<Arc<AuthenticatedKey>>,
    /// What the caller was recognised by, if by anything kept in memory.
    pub(crate) grounds: Option<Grounds>,
}

impl Caller {
    pub fn new(environment: Environment, actor: Actor) -> Self {
        Self {
            environment,
            actor,
            key: None,
            grounds: None,
        }
    }

    /// What a key may do, if one is behind the call. `None`: the operator, or a person in a flow.
    pub fn permissions(&self) -> Option<&[Permission]> {
        self.key.as_ref().map(|key| key.permissions.as_slice())
    }

    pub fn of_key(key: &Arc<AuthenticatedKey>, grounds: Grounds) -> Self {
        Self {
            environment: key.environment.clone(),
            actor: Actor::ApiKey(key.id.clone()),
            key: Some(Arc::clone(key)),
            grounds: Some(grounds),
        }
    }
}
