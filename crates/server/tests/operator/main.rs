//! What an operator does with the binary: backups, restoring, checks, and stores that are not as they should be.
//!
//! Everything runs the real program on real files, most of it beside a server that is being written to.
#![cfg(unix)]

mod account_types;
mod backup;
mod bad_store;
mod full_disk;
mod imports;
mod keys;
mod migrate_store;
mod outbound;
mod postgres;
mod program;
mod restore;
