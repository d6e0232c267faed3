//! What holds for PostgreSQL alone: lost connections, several processes, migrations, plans.

mod looked_over;
mod lost;
mod migrating;
mod plans;
mod proxy;
mod schema;
mod statistics;
