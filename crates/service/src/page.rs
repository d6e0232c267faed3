//! From the page a caller asks for to the slice the store reads.

use selfsame_domain::Refusal;
use selfsame_store::{Cursor, Slice, StoreError};

use crate::Failure;

/// One page: at most `size` objects, before or after an object of the list.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    pub size: u32,
    pub after: Option<String>,
    pub before: Option<String>,
}

/// C94: a cursor is the id of an object of this environment; any other is a 400.
pub(crate) async fn slice<F>(
    request: &ListRequest,
    find: impl FnOnce(String) -> F,
) -> Result<Slice, Failure>
where
    F: Future<Output = Result<Option<Cursor>, StoreError>>,
{
    let (name, id, wrap): (_, _, fn(Cursor) -> Slice) = match (&request.after, &request.before) {
        (Some(id), _) => ("page.after", id, Slice::After),
        (None, Some(id)) => ("page.before", id, Slice::Before),
        (None, None) => return Ok(Slice::First),
    };
    match find(id.clone()).await? {
        Some(cursor) => Ok(wrap(cursor)),
        None => Err(Refusal::malformed(format!("{name} is not an object of this list")).into()),
    }
}
