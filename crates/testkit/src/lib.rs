//! For tests only: a whole server in this process, on a throwaway store, with a fixed clock and seeded ids.
//!
//! Every answer of the Server API that goes through a [`Client`] is held against the published schema of its
//! operation; see [`schema`].

pub use selfsame_cluster as postgres;

mod answer;
mod app;
mod browser;
mod client;
mod pictures;
mod receiver;
pub mod schema;

pub use answer::Answer;
pub use app::{ACTION, Builder, Keys, Organisation, START, TestApp};
pub use browser::Visitor;
pub use client::{Call, Client};
pub use pictures::picture;
pub use receiver::{Delivered, Receiver, Reply};
