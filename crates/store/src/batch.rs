//! Typed writes. A batch commits whole or not at all; the outcome says which guard stood in the way.

use std::borrow::Cow;

use crate::sql::{Check, Insert};
use crate::{StoreError, Value};

/// What a statement must do for its batch to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Any,
    /// Exactly one row; none means that somebody changed it first.
    One,
}

/// What a statement does. The shapes that creates are made of are data, so that an engine can run those of many batches
/// as one.
#[derive(Debug, Clone)]
pub enum Action {
    Insert(&'static Insert),
    /// Finds its row and keeps it from changing until the batch has committed; no row means that somebody changed it.
    Check(&'static Check),
    Text(Cow<'static, str>, Expect),
}

/// The unique index a statement may run into, when that is an answer and not a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Another active account has this reference ID (R9, R18).
    Reference,
    /// Another account has this value of a unique identifier field.
    Identifier,
    /// The relation is there, or its end has another target (A60).
    Relation,
    /// A tag of this name, or on this slot, was made meanwhile.
    Tag,
    /// A session took this slot meanwhile (B127).
    SessionSlot,
    /// The idempotency key has its answer already.
    Idempotency,
}

#[derive(Debug, Clone)]
pub struct Statement {
    pub action: Action,
    pub values: Vec<Value>,
    pub guard: Option<Guard>,
}

#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) statements: Vec<Statement>,
    /// Kept apart until the commit, when each gets its ordinal.
    pub(crate) events: Vec<selfsame_domain::event::Event<String>>,
    /// Whether what servers keep in memory changes.
    pub(crate) configures: bool,
}

/// Why a batch did not commit. Nothing of it is stored, except after [`CommitError::Failed`] with an unknown
/// outcome, which the caller resolves by reading.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("a row changed since it was read")]
    Conflict,
    #[error("{0:?} is taken")]
    Taken(Guard),
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl Batch {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.events.is_empty()
    }

    pub fn append(&mut self, mut other: Self) {
        self.statements.append(&mut other.statements);
        self.events.append(&mut other.events);
        self.configures |= other.configures;
    }

    pub(crate) fn push(&mut self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) {
        self.add(Action::Text(sql.into(), Expect::Any), values, None);
    }

    pub(crate) fn push_one(&mut self, sql: impl Into<Cow<'static, str>>, values: Vec<Value>) {
        self.add(Action::Text(sql.into(), Expect::One), values, None);
    }

    pub(crate) fn push_guarded(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        guard: Guard,
    ) {
        self.add(Action::Text(sql.into(), Expect::One), values, Some(guard));
    }

    /// Whatever it affects, unless it runs into the index.
    pub(crate) fn push_any_guarded(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        guard: Guard,
    ) {
        self.add(Action::Text(sql.into(), Expect::Any), values, Some(guard));
    }

    pub(crate) fn push_check(&mut self, check: &'static Check, values: Vec<Value>) {
        self.add(Action::Check(check), values, None);
    }

    pub(crate) fn insert(&mut self, insert: &'static Insert, values: Vec<Value>) {
        self.add(Action::Insert(insert), values, None);
    }

    pub(crate) fn insert_guarded(
        &mut self,
        insert: &'static Insert,
        values: Vec<Value>,
        guard: Guard,
    ) {
        self.add(Action::Insert(insert), values, Some(guard));
    }

    fn add(&mut self, action: Action, values: Vec<Value>, guard: Option<Guard>) {
        self.statements.push(Statement {
            action,
            values,
            guard,
        });
    }
}
