//! What all searches share (A40–A45).

use selfsame_domain::search::{Clause, Predicate};
use selfsame_domain::{Refusal, Refusals};
use selfsame_store::StoreError;

use crate::Failure;

/// Every predicate understood, or everything told that is wrong with any.
pub(crate) fn resolve<T>(
    query: Option<Clause<Predicate>>,
    test: impl Fn(&Predicate) -> Result<Clause<T>, Refusal>,
) -> Result<Option<Clause<T>>, Refusals> {
    let mut refusals = Vec::new();
    let resolved = query.map(|query| {
        query.map(&mut |predicate| {
            test(&predicate).unwrap_or_else(|refusal| {
                refusals.push(refusal);
                Clause::nothing()
            })
        })
    });
    Refusals::check(refusals)?;
    Ok(resolved)
}

/// A search that finds no end is the caller's to narrow.
pub(crate) fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::TooLong => Refusal::unprocessable(
            "The search took too long. Please narrow it, for example by created_at.",
            "/query",
        )
        .into(),
        error => error.into(),
    }
}
