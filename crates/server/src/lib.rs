//! The HTTP server: Server API, the flow's pages and calls, health and metrics; and the `selfsame` binary.
//!
//! A handler parses, calls one service function, and answers. To add an operation: `docs/adding-an-endpoint.md`.

pub mod api;
pub mod app;
pub mod backup;
pub mod cli;
mod compress;
pub mod config;
mod docs;
pub mod flow;
pub mod health;
mod inbox;
pub mod limit;
mod print;
pub mod serve;
