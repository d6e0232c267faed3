//! Delivering events to webhooks (W60–W79): a server in this process, receivers on real sockets, a clock that stands
//! still until it is moved. On PostgreSQL with `SELFSAME_TEST_ENGINE=postgres`.

mod contents;
mod faults;
mod inbox;
mod kept;
mod order;
mod pace;
mod replay;
mod retries;
mod samples;
mod servers;
mod shown;
mod standing;
mod world;
