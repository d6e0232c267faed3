//! What holds for every operation alike (C1–C113).

mod cursors;
mod fieldsets;
mod filters;
mod headers;
mod idempotency;
mod inflection;
mod limits;
mod numbers;
mod origins;
mod packed;
mod paging;
mod projection;
mod transport;
mod versions;
