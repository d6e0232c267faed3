//! Organisations own environments; an environment is the wall no object crosses.

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, OrganisationId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentKind {
    Sandbox,
    Production,
}

impl EnvironmentKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "sandbox" => Some(Self::Sandbox),
            "production" => Some(Self::Production),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    pub id: EnvironmentId,
    pub organisation_id: OrganisationId,
    pub kind: EnvironmentKind,
}

impl Environment {
    pub fn is_sandbox(&self) -> bool {
        self.kind == EnvironmentKind::Sandbox
    }
}
