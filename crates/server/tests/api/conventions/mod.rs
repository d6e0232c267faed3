//! What holds for every operation alike (C1–C113).

mod fieldsets;
mod headers;
mod idempotency;
mod inflection;
mod limits;
mod origins;
mod packed;
mod paging;
mod transport;
mod versions;
