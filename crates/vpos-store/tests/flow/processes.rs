//! Several processes confirm the same notifications: the test binary starts itself again and again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::task::JoinSet;
use vpos::OperationState;
use vpos::flow::{Merchant, Options};
use vpos::http::Request;
use vpos::http::header::CONTENT_TYPE;
use vpos_sandbox::{Choice, MovementKind};

use crate::database::{Database, OrderTable, scene};
use crate::scene::till::Till;
use crate::scene::{Buyer, sale};

const NOTIFICATIONS: usize = 50;
const PROCESSES: usize = 4;

/// Where a child finds its messages and its database: unset in the process that runs the tests.
const MESSAGES: &str = "VPOS_FLOW_CHILD_MESSAGES";
const DATABASE: &str = "VPOS_FLOW_CHILD_DATABASE";
const TILL: &str = "VPOS_FLOW_CHILD_TILL";

/// Each process gets all the messages; each order is marked once.
pub(crate) async fn each_confirms_all<S: Database>(store: S, database: String, folder: PathBuf, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = scene(store, &[till.contract()], Options::default());
    let mut buyers: Vec<Buyer> = Vec::new();
    for at in 0..NOTIFICATIONS {
        let buyer = scene.begin(&sale(&format!("PED-{at:03}"))).await;
        let message = scene.choose(&buyer, Choice::Pay).remove(0);
        std::fs::write(folder.join(format!("{at:03}.message")), message.body()).unwrap();
        buyers.push(buyer);
    }
    let children: Vec<Child> = (0..PROCESSES).map(|_| start(&folder, &database, till)).collect();
    let mut outputs = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        let replies: Vec<String> = text.lines().filter(|line| line.contains("reply ")).map(str::to_owned).collect();
        assert_eq!(replies.len(), NOTIFICATIONS, "{text}");
        outputs.push(replies);
    }
    assert!(outputs.iter().all(|replies| *replies == outputs[0]), "the processes replied otherwise");
    for buyer in &buyers {
        assert_eq!(scene.state(buyer).await, OperationState::Completed, "{:?}", scene.verdicts(buyer).await);
        assert_eq!((scene.books(buyer).0, scene.moved(buyer, &[MovementKind::Charge])), (12_345, 1));
        let rows = scene.verdicts(buyer).await;
        assert_eq!(rows.len(), 1 + PROCESSES, "every message is kept as evidence: {rows:?}");
    }
    let orders = scene.flow.store().orders().await;
    assert!(orders.len() == NOTIFICATIONS && orders.iter().all(|(_, paid)| *paid == 1), "{orders:?}");
}

fn start(folder: &Path, database: &str, till: Till) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["processes::a_child_confirms_what_it_finds", "--exact", "--nocapture"]);
    command.env(MESSAGES, folder).env(DATABASE, database).env(TILL, till.contract().name);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The child's whole life. In the process that runs the tests it shows that no variable of a child is set there.
#[tokio::test(flavor = "multi_thread")]
async fn a_child_confirms_what_it_finds() {
    let variable = |name| std::env::var(name).ok();
    let (Some(folder), Some(database)) = (variable(MESSAGES), variable(DATABASE)) else {
        assert!(variable(MESSAGES).is_none() && variable(DATABASE).is_none() && variable(TILL).is_none());
        return;
    };
    let name = variable(TILL).unwrap();
    let till = Till::ALL.into_iter().find(|till| till.contract().name == name).unwrap();
    match database.split_once('=') {
        #[cfg(feature = "sqlite")]
        Some(("sqlite", file)) => confirm_all(vpos_store::SqliteStore::open(file).await.unwrap(), &folder, till).await,
        #[cfg(feature = "postgres")]
        Some(("postgres", schema)) => {
            let url = variable("VPOS_TEST_POSTGRES").unwrap();
            confirm_all(crate::database::connect(&url, schema), &folder, till).await;
        }
        _ => panic!("what is {database}?"),
    }
}

async fn confirm_all<S: Database>(store: S, folder: &str, till: Till)
where
    OrderTable: Merchant<S>,
{
    let scene = std::sync::Arc::new(scene(store, &[till.contract()], Options::default()));
    let mut tasks = JoinSet::new();
    for at in 0..NOTIFICATIONS {
        let body = std::fs::read(Path::new(folder).join(format!("{at:03}.message"))).unwrap();
        let request = Request::post("/aviso").header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).unwrap();
        let scene = std::sync::Arc::clone(&scene);
        tasks.spawn(async move { (at, scene.flow.confirm(scene.pos(), request).await) });
    }
    let mut replies = tasks.join_all().await;
    replies.sort_by_key(|(at, _)| *at);
    for (at, reply) in replies {
        println!("\nreply {at} {} {}", reply.status(), reply.body().replace('\n', " "));
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;

    async fn on_one_file(till: Till) {
        let folder = crate::database::Folder::new();
        let store = folder.store().await;
        each_confirms_all(store, format!("sqlite={}", folder.file().display()), folder.0.clone(), till).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn redsys() {
        on_one_file(Till::Redsys).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ceca() {
        on_one_file(Till::Ceca).await;
    }
}

#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod postgres {
    use super::*;

    async fn on_one_server(till: Till, name: &str) {
        let Some(schema) = crate::database::Schema::new(name).await else { return };
        let folder = crate::database::Folder::new();
        each_confirms_all(schema.store.clone(), format!("postgres={}", schema.name), folder.0.clone(), till).await;
        schema.drop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn redsys() {
        on_one_server(Till::Redsys, "processes::postgres::redsys").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ceca() {
        on_one_server(Till::Ceca, "processes::postgres::ceca").await;
    }
}
