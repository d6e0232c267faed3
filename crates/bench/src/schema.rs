//! The server's own tables, for baselines that have no server.

pub const SQLITE: [&str; 16] = [
    include_str!("../../store/migrations/sqlite/V1__initial.sql"),
    include_str!("../../store/migrations/sqlite/V2__statistics.sql"),
    include_str!("../../store/migrations/sqlite/V3__configuration.sql"),
    include_str!("../../store/migrations/sqlite/V4__blobs_to_delete.sql"),
    include_str!("../../store/migrations/sqlite/V5__packed.sql"),
    include_str!("../../store/migrations/sqlite/V6__api_keys.sql"),
    include_str!("../../store/migrations/sqlite/V7__relations.sql"),
    include_str!("../../store/migrations/sqlite/V8__importers.sql"),
    include_str!("../../store/migrations/sqlite/V9__records.sql"),
    include_str!("../../store/migrations/sqlite/V10__search.sql"),
    include_str!("../../store/migrations/sqlite/V11__webhooks.sql"),
    include_str!("../../store/migrations/sqlite/V12__event_sequences.sql"),
    include_str!("../../store/migrations/sqlite/V13__api_log_segments.sql"),
    include_str!("../../store/migrations/sqlite/V14__deliveries.sql"),
    include_str!("../../store/migrations/sqlite/V15__lanes_queued.sql"),
    include_str!("../../store/migrations/sqlite/V16__events_pruned.sql"),
];

pub const POSTGRES: [&str; 16] = [
    include_str!("../../store/migrations/postgres/V1__initial.sql"),
    include_str!("../../store/migrations/postgres/V2__statistics.sql"),
    include_str!("../../store/migrations/postgres/V3__configuration.sql"),
    include_str!("../../store/migrations/postgres/V4__blobs_to_delete.sql"),
    include_str!("../../store/migrations/postgres/V5__packed.sql"),
    include_str!("../../store/migrations/postgres/V6__api_keys.sql"),
    include_str!("../../store/migrations/postgres/V7__relations.sql"),
    include_str!("../../store/migrations/postgres/V8__importers.sql"),
    include_str!("../../store/migrations/postgres/V9__records.sql"),
    include_str!("../../store/migrations/postgres/V10__search.sql"),
    include_str!("../../store/migrations/postgres/V11__webhooks.sql"),
    include_str!("../../store/migrations/postgres/V12__event_sequences.sql"),
    include_str!("../../store/migrations/postgres/V13__api_log_segments.sql"),
    include_str!("../../store/migrations/postgres/V14__deliveries.sql"),
    include_str!("../../store/migrations/postgres/V15__lanes_queued.sql"),
    include_str!("../../store/migrations/postgres/V16__events_pruned.sql"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_migration_is_left_out() {
        for (engine, known) in [("sqlite", SQLITE.len()), ("postgres", POSTGRES.len())] {
            let folder = crate::process::repository()
                .join("crates/store/migrations")
                .join(engine);
            assert_eq!(
                std::fs::read_dir(folder).unwrap().count(),
                known,
                "{engine}"
            );
        }
    }
}
