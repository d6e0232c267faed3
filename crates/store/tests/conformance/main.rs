//! What a store must do, whatever engine is behind it. Everything here goes through `Store` and `Batch`; to run the
//! suite on another engine, give [`world::open`] another store.

mod accounts;
mod everything;
mod groups;
mod guards;
mod pages;
mod versions;
mod world;
