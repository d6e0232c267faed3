//! A PostgreSQL database that cannot be used: each time what is wrong and what to do, and never the password.

use std::fs;

use selfsame_testkit::postgres::{Cluster, Database};
use tempfile::TempDir;

use crate::backup::files;
use crate::program::{Server, program, refused_start_as, text};

#[test]
fn a_database_that_cannot_be_used_is_told_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let database = Database::create().unwrap();
    let url = database.url();
    // postgres://user[:password]@host:port/name
    let (account, place) = url
        .strip_prefix("postgres://")
        .unwrap()
        .split_once('@')
        .unwrap();
    let (host, name) = place.split_once('/').unwrap();
    let closed_port = crate::program::free_port();
    let user = format!("selfsame_{}_guest", std::process::id());
    database
        .psql(&format!("CREATE ROLE {user} LOGIN PASSWORD 'right-secret'; REVOKE ALL ON SCHEMA public FROM PUBLIC"))
        .unwrap();
    let cases = [
        ("mysql://h/d".to_owned(), "must begin with postgres://"),
        (
            format!("postgres://{account}@{host}/no_such_database"),
            "create it first",
        ),
        (
            format!("postgres://{user}:right-secret@{host}/{name}"),
            "the user must own the database",
        ),
        (
            format!("postgres://{account}@127.0.0.1:{closed_port}/{name}"),
            "check host and port",
        ),
    ];
    for (url, wanted) in cases {
        let mut command = program();
        command.args(["dev", "--database", &url]);
        let said = refused_start_as(command, &folder.path().join("data"));
        assert!(said.contains(wanted), "{url}: {said}");
        assert!(!said.contains("right-secret"), "{said}");
    }
    database.psql(&format!("DROP ROLE {user}")).unwrap();
}

#[test]
fn a_wrong_password_is_told_without_the_password() {
    let folder = TempDir::new().unwrap();
    // A cluster that asks for passwords, which those for tests do not.
    let cluster = Cluster::start().unwrap();
    let psql = |sql: &str| {
        let mut command = cluster.programs().command("psql");
        command.args(["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", sql]);
        let output = command.arg(cluster.url("postgres")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    psql("CREATE ROLE guest LOGIN PASSWORD 'right-secret'");
    psql("CREATE DATABASE guests OWNER guest");
    let rules = cluster.data().join("pg_hba.conf");
    let rest = fs::read_to_string(&rules).unwrap();
    let asked = "host all guest 127.0.0.1/32 scram-sha-256\n";
    fs::write(&rules, format!("{asked}{rest}")).unwrap();
    psql("SELECT pg_reload_conf()");
    let with = |password: &str| {
        let mut command = program();
        let url = format!(
            "postgres://guest:{password}@127.0.0.1:{}/guests",
            cluster.port()
        );
        command.args(["dev", "--database", &url]);
        command
    };
    let said = refused_start_as(with("wrong-secret"), &folder.path().join("data"));
    assert!(said.contains("check user and password"), "{said}");
    assert!(!said.contains("wrong-secret"), "{said}");
    Server::start_as(with("right-secret"), &folder.path().join("right")).stop();
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let database = Database::create().unwrap();
    let dev = || {
        let mut command = program();
        command.args(["dev", "--database", &database.url()]);
        command
    };
    let data = folder.path().join("data");
    Server::start_as(dev(), &data).stop();
    database
        .psql(
            "INSERT INTO refinery_schema_history SELECT 1000, 'future', applied_on, checksum \
             FROM refinery_schema_history LIMIT 1",
        )
        .unwrap();
    let said = refused_start_as(dev(), &data);
    assert!(
        said.contains("schema 1000") && said.contains("newer"),
        "{said}"
    );
}

#[test]
fn a_check_of_a_shared_store_names_pictures_that_are_missing_or_altered_and_files_nobody_knows() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let database = Database::create().unwrap();
    let config = folder.path().join("selfsame.toml");
    let of_the_installation = |url: &str| {
        let key = data.join("master.key");
        let settings = format!(
            "data = {:?}\nmaster-key-file = {:?}\ndatabase = {url:?}\n",
            text(&data),
            text(&key)
        );
        fs::write(&config, settings).unwrap();
    };
    of_the_installation(&database.url());
    let check = || crate::program::run(["check", "--config", text(&config)]);
    let said = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();

    let output = check();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(output).contains("the database has no record of Selfsame's migrations"));
    let is_empty = "SELECT to_regclass('accounts') IS NULL";
    assert_eq!(
        database.psql(is_empty).unwrap().trim(),
        "t",
        "nothing was made"
    );

    let mut command = program();
    command.args(["dev", "--database", &database.url()]);
    let server = Server::start_as(command, &data);
    server.create_account("a", 1);
    server.create_account("b", 2);
    let sound = said(check());
    assert!(
        sound.starts_with("sound: ") && sound.contains("2 pictures"),
        "{sound}"
    );

    let pictures = files(&data.join("blobs"));
    let litter = data.join("blobs/env_1/docf_1");
    fs::create_dir_all(litter.parent().unwrap()).unwrap();
    fs::write(&litter, "x").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let file = fs::File::options().write(true).open(&litter).unwrap();
    file.set_modified(old).unwrap();
    assert!(said(check()).contains("unknown: blobs/env_1/docf_1"));
    // What a server will delete by itself is no news.
    database
        .psql("INSERT INTO blobs_to_delete VALUES ('env_1', 'env_1/docf_1', 9000000000000)")
        .unwrap();
    assert!(!said(check()).contains("unknown"));

    let inquiry = server.create_inquiry("a").unwrap();
    let upload = format!(
        "INSERT INTO files SELECT environment_id, 'file_1', id, 's', 'p', NULL, '{}', 'not-the-hash', 'image/png', \
         1, 1, 1, 'upload', 1 FROM inquiries WHERE id = '{}'",
        text(&pictures[0]),
        inquiry.id()
    );
    database.psql(&upload).unwrap();
    let altered = format!(
        "fault: the picture blobs/{} is not what was uploaded",
        text(&pictures[0])
    );
    let named = said(check());
    assert!(named.contains(&altered), "{named}");

    fs::remove_file(data.join("blobs").join(&pictures[1])).unwrap();
    let output = check();
    assert_eq!(output.status.code(), Some(1));
    let missing = format!("fault: the picture blobs/{} is missing", text(&pictures[1]));
    let named = said(output);
    assert!(named.contains(&missing), "{named}");
    assert_eq!(server.get("/api/v1/accounts").status, 200);

    database
        .psql(
            "INSERT INTO refinery_schema_history SELECT 1000, 'future', applied_on, checksum \
             FROM refinery_schema_history LIMIT 1",
        )
        .unwrap();
    let newer = said(check());
    assert!(newer.contains("the database has schema 1000"), "{newer}");

    of_the_installation(&format!("{}_gone", database.url()));
    let output = check();
    assert_eq!(output.status.code(), Some(1));
    let refused = String::from_utf8(output.stderr).unwrap();
    assert!(refused.contains("create it first"), "{refused}");
}
