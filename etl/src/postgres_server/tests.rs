//! The private server with real server binaries: made, used, shared, killed, taken over, moved out.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use super::*;

/// Says by name that a test did not run, unless all tools must be there.
fn is_possible(test: &str) -> bool {
    let possible = are_installed();
    assert!(
        possible || std::env::var_os("CALLMART_TEST_STRICT").is_none(),
        "{test} needs PostgreSQL's server binaries"
    );
    if !possible {
        let _ = writeln!(std::io::stderr(), "not run, because PostgreSQL's server binaries are not installed: {test}");
    }
    possible
}

/// A data folder with a short path that every account can enter.
fn open_folder() -> TempDir {
    folder_with_mode(0o755)
}

fn folder_with_mode(mode: u32) -> TempDir {
    let folder = tempfile::Builder::new().prefix("cm-").tempdir_in("/tmp").expect("a folder");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("permissions");
    folder
}

async fn connect(server: &PrivateServer) -> PgConnection {
    PgConnection::connect(&server.url()).await.expect("a connection")
}

async fn count_rows(server: &PrivateServer) -> i64 {
    let mut connection = connect(server).await;
    let count = sqlx::query_scalar("SELECT count(*) FROM kept").fetch_one(&mut connection).await.expect("a count");
    connection.close().await.expect("a close");
    count
}

async fn write_rows(server: &PrivateServer, count: i64) {
    let mut connection = connect(server).await;
    let create = "CREATE TABLE IF NOT EXISTS kept (n bigint NOT NULL)";
    sqlx::raw_sql(create).execute(&mut connection).await.expect("a table");
    let insert = sqlx::query("INSERT INTO kept SELECT generate_series(1, $1)").bind(count);
    insert.execute(&mut connection).await.expect("rows");
    connection.close().await.expect("a close");
}

fn postmaster_pid(server: &PrivateServer) -> String {
    let text = std::fs::read_to_string(server.where_it_lives().join("data/postmaster.pid")).expect("a pid file");
    text.lines().next().expect("a pid").trim().to_owned()
}

fn kill_9(pid: &str) {
    let status = Command::new("sh").args(["-c", "kill -s KILL -- \"$1\"", "sh", pid]).status().expect("a shell");
    assert!(status.success(), "kill -9 {pid}");
}

fn runs(mark: &str) -> bool {
    let pattern = Command::new("sh").args(["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"]).output();
    String::from_utf8_lossy(&pattern.expect("command lines").stdout).contains(mark)
}

/// What another process that is killed would leave: a running server, and no user of it.
fn abandon(mut server: PrivateServer) {
    server.usage = None;
    drop(server);
}

#[tokio::test]
async fn a_server_is_made_used_stopped_and_found_again() {
    if !is_possible("a_server_is_made_used_stopped_and_found_again") {
        return;
    }
    let folder = open_folder();
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    assert!(!server.lives_outside());
    assert!(server.where_it_lives().starts_with(folder.path().canonicalize().expect("a path")));
    let mark = server.process.home.mark();
    write_rows(&server, 10).await;
    assert!(runs(&mark));
    server.stop().await.expect("a stop");
    assert!(!runs(&mark), "the last user stops the server");

    let server = PrivateServer::start(folder.path()).await.expect("the server again");
    assert_eq!(count_rows(&server).await, 10);
    let place = server.where_it_lives().to_owned();
    server.discard().await.expect("a removal");
    assert!(!place.exists());
}

#[tokio::test]
async fn two_users_share_a_server_and_the_last_one_stops_it() {
    if !is_possible("two_users_share_a_server_and_the_last_one_stops_it") {
        return;
    }
    let folder = open_folder();
    let (first, second) = tokio::join!(PrivateServer::start(folder.path()), PrivateServer::start(folder.path()));
    let (first, second) = (first.expect("a server"), second.expect("the same server"));
    let mark = first.process.home.mark();
    assert_eq!(first.url(), second.url());
    assert_eq!(postmaster_pid(&first), postmaster_pid(&second));
    write_rows(&first, 3).await;
    first.stop().await.expect("a stop");
    assert_eq!(count_rows(&second).await, 3, "it goes on for the second");
    drop(second);
    assert!(!runs(&mark), "dropped without a word by its last user, it still stops");
}

#[tokio::test]
async fn a_server_that_a_killed_process_left_running_is_taken_over() {
    if !is_possible("a_server_that_a_killed_process_left_running_is_taken_over") {
        return;
    }
    let folder = open_folder();
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    write_rows(&server, 5).await;
    let pid = postmaster_pid(&server);
    abandon(server);
    let server = PrivateServer::start(folder.path()).await.expect("the server taken over");
    assert_eq!(postmaster_pid(&server), pid);
    assert_eq!(count_rows(&server).await, 5);
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_is_used_is_started_again_by_its_user() {
    if !is_possible("a_server_that_is_killed_while_it_is_used_is_started_again_by_its_user") {
        return;
    }
    let folder = open_folder();
    let mut server = PrivateServer::start(folder.path()).await.expect("a server");
    write_rows(&server, 5).await;
    for group in ["", "-"] {
        let (pid, url) = (postmaster_pid(&server), server.url());
        kill_9(&format!("{group}{pid}"));
        let back = async {
            while PgConnection::connect(&url).await.is_err() {
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        tokio::select! {
            never = server.keep_running() => match never {},
            () = back => {}
        }
        assert_ne!(postmaster_pid(&server), pid, "another process");
        assert_eq!(count_rows(&server).await, 5);
    }
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn a_server_killed_while_it_writes_recovers_what_was_committed() {
    if !is_possible("a_server_killed_while_it_writes_recovers_what_was_committed") {
        return;
    }
    let folder = open_folder();
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    write_rows(&server, 1_000).await;
    let mut connection = connect(&server).await;
    sqlx::raw_sql("BEGIN; INSERT INTO kept SELECT generate_series(1, 50000)")
        .execute(&mut connection)
        .await
        .expect("rows");
    kill_9(&postmaster_pid(&server));
    abandon(server);
    let server = PrivateServer::start(folder.path()).await.expect("the server again");
    assert_eq!(count_rows(&server).await, 1_000);
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_is_no_obstacle() {
    if !is_possible("a_pid_file_that_names_a_stranger_is_no_obstacle") {
        return;
    }
    let folder = open_folder();
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    write_rows(&server, 2).await;
    let pid_file = server.where_it_lives().join("data/postmaster.pid");
    let text = std::fs::read_to_string(&pid_file).expect("a pid file");
    server.stop().await.expect("a stop");
    // The number that the files name now belongs to another program of the account, as after a restart of a container.
    let account = Account::choose().expect("an account");
    let mut stranger = account.command(Path::new("/bin/sleep")).arg("600").spawn().expect("a stranger");
    let rest: Vec<&str> = text.lines().skip(1).collect();
    let names_stranger = format!("{}\n{}\n", stranger.id(), rest.join("\n"));
    for path in [pid_file.clone(), pid_file.with_file_name("../.s.PGSQL.5432.lock")] {
        std::fs::write(path, &names_stranger).expect("a pid file");
    }
    let server = PrivateServer::start(folder.path()).await;
    stranger.kill().and_then(|()| stranger.wait()).expect("the stranger ends");
    let server = server.expect("the server again");
    assert_eq!(count_rows(&server).await, 2);
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn a_data_folder_with_a_long_path_has_its_server_outside_and_remembers_it() {
    if !is_possible("a_data_folder_with_a_long_path_has_its_server_outside_and_remembers_it") {
        return;
    }
    let folder = open_folder();
    let deep = folder.path().join("a-folder-with-a-rather-long-name".repeat(4));
    let server = PrivateServer::start(&deep).await.expect("a server");
    assert!(server.lives_outside());
    let place = server.where_it_lives().to_owned();
    assert!(!place.starts_with(folder.path()), "{}", place.display());
    write_rows(&server, 4).await;
    server.stop().await.expect("a stop");

    let server = PrivateServer::start(&deep).await.expect("the server again");
    assert_eq!((server.where_it_lives(), count_rows(&server).await), (place.as_path(), 4));
    server.discard().await.expect("a removal");
    assert!(!place.exists());
}

#[tokio::test]
async fn a_data_folder_that_keeps_the_servers_account_out_has_its_server_outside() {
    if !is_possible("a_data_folder_that_keeps_the_servers_account_out_has_its_server_outside") {
        return;
    }
    let closed = folder_with_mode(0o700);
    let server = PrivateServer::start(closed.path()).await.expect("a server");
    let runs_as_other = server.process.account.is_other();
    assert_eq!(server.lives_outside(), runs_as_other);
    server.discard().await.expect("a removal");
}

#[tokio::test]
async fn files_that_were_half_tidied_away_are_made_again() {
    if !is_possible("files_that_were_half_tidied_away_are_made_again") {
        return;
    }
    let folder = open_folder();
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    let data = server.where_it_lives().join("data");
    server.stop().await.expect("a stop");
    std::fs::remove_file(data.join("PG_VERSION")).expect("a removal");
    let server = PrivateServer::start(folder.path()).await.expect("a new server");
    write_rows(&server, 1).await;
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn a_folder_that_others_may_write_to_is_refused() {
    if !is_possible("a_folder_that_others_may_write_to_is_refused") {
        return;
    }
    let folder = open_folder();
    let place = folder.path().join("postgres/server");
    std::fs::create_dir_all(&place).expect("a folder");
    std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("permissions");
    let error = PrivateServer::start(folder.path()).await.expect_err("a refusal").to_string();
    assert!(error.contains("is not ours alone"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_shows_the_end_of_its_log() {
    if !is_possible("a_server_that_cannot_start_shows_the_end_of_its_log") {
        return;
    }
    let folder = open_folder();
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    let config = server.where_it_lives().join("data/postgresql.conf");
    server.stop().await.expect("a stop");
    std::fs::write(&config, "no_such_setting = 1\n").expect("a file");
    let error = PrivateServer::start(folder.path()).await.expect_err("a refusal").to_string();
    assert!(error.contains("no_such_setting"), "{error}");
}

#[test]
fn as_root_the_server_gets_an_account_that_is_not_root() {
    let account = Account::choose().expect("an account");
    let said = account.command(Path::new("/usr/bin/id")).arg("-u").output().expect("id");
    assert_ne!(String::from_utf8_lossy(&said.stdout).trim(), "0");
}
