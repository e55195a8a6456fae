//! The flow without an async runtime, on a file.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use vpos::blocking::{Merchant, PaymentFlow, wait};
use vpos::flow::{MemoryStore, MemoryTx, OperationId, Paid, Refunded};
use vpos::http::{Method, Request, Response};
use vpos::{FlowError, Lost, OperationState, Outcome, Registry, TimeLimit, Timestamp};
use vpos_sandbox::{Choice, Visit};
use vpos_store::{SqliteStore, SqliteTx, sqlx};

use crate::database::{Database as _, Folder};
use crate::scene::till::{Simulated, Till};
use crate::scene::{euros, form_post, sale};

const MARK: &str =
    "INSERT INTO shop_order (sale, paid) VALUES ($1, 1) ON CONFLICT (sale) DO UPDATE SET paid = shop_order.paid + 1";

/// Marks its orders, and hears what was given back. The first time it fails.
struct Shop {
    refunded: Arc<Mutex<Vec<String>>>,
    fails: Mutex<u32>,
}

impl Merchant<SqliteStore> for Shop {
    type Error = sqlx::Error;

    fn on_paid(&self, paid: &Paid, tx: &mut SqliteTx) -> Result<(), sqlx::Error> {
        wait(sqlx::query(MARK).bind(paid.sale()).execute(&mut **tx))?;
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Err(sqlx::Error::RowNotFound);
        }
        Ok(())
    }

    fn on_refunded(&self, refunded: &Refunded, _: &mut SqliteTx) -> Result<(), sqlx::Error> {
        self.refunded.lock().unwrap().push(format!("{} {}", refunded.sale(), refunded.amount));
        Ok(())
    }
}

type Bank = Arc<Mutex<Simulated>>;

fn line(bank: &Bank) -> impl Fn(Request<Vec<u8>>, TimeLimit) -> Result<Response<Vec<u8>>, Lost> + Send + Sync + use<> {
    let bank = Arc::clone(bank);
    move |request, _| Ok(bank.lock().unwrap().answer(&request, Timestamp::now()))
}

/// What the bank and the buyer's browser send.
fn messages(visit: Visit) -> Vec<Request<Vec<u8>>> {
    let returns = |request: &Request<Vec<u8>>| {
        *request.method() == Method::POST || request.uri().query().is_some_and(|query| query.contains("Ds_Signature="))
    };
    visit.notification.into_iter().chain(visit.browser.filter(returns)).collect()
}

fn orders(folder: &Folder) -> Vec<(String, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { SqliteStore::open(folder.file()).await.unwrap().orders().await })
}

fn bought_and_given_back(till: Till) {
    let (folder, bank): (Folder, Bank) = (Folder::new(), Arc::new(Mutex::new(till.contract().bank())));
    let mut registry = Registry::new();
    registry.insert("caja".parse().unwrap(), till.contract().pos());
    let refunded = Arc::new(Mutex::new(Vec::new()));
    let shop = Shop { refunded: Arc::clone(&refunded), fails: Mutex::new(1) };
    let file = folder.file();
    let store = async move {
        let store = SqliteStore::open(file).await?;
        store.make_table().await;
        Ok(store)
    };
    let flow = PaymentFlow::new(registry, store, line(&bank), shop).unwrap();
    let choose = |code: &str| {
        let checkout = flow.begin("caja", &sale(code)).unwrap();
        let mut bank = bank.lock().unwrap();
        let page = bank.open(&form_post(&checkout), Timestamp::now()).unwrap();
        (checkout.id, messages(bank.choose(&page, Choice::Pay, Timestamp::now())))
    };
    let state = |id: OperationId, code: &str| {
        let found = flow.operations(code).unwrap().into_iter().find(|stored| stored.id == id);
        found.unwrap().operation().state()
    };

    // the handler fails, its mark is rolled back, and reconcile calls it again
    let (id, came) = choose("PED-17");
    assert_eq!(state(id, "PED-17"), OperationState::Pending);
    let replies: Vec<_> = came.iter().map(|message| flow.confirm("caja", message.clone())).collect();
    assert!(replies.iter().all(|reply| reply.status().as_u16() < 400), "{replies:?}");
    assert_eq!((state(id, "PED-17"), orders(&folder)), (OperationState::Completed, Vec::new()));
    let done = flow.reconcile(Duration::ZERO).unwrap();
    assert_eq!((done.settled, done.errors.len(), orders(&folder)), (1, 0, vec![("PED-17".to_owned(), 1)]), "{done:?}");

    // a message that was lost: reconcile asks the bank
    let (other, _) = choose("PED-18");
    let done = flow.reconcile(Duration::ZERO).unwrap();
    assert_eq!((done.settled, state(other, "PED-18")), (1, OperationState::Completed), "{done:?}");

    // money back, from two threads at once: one of the two fits
    let results: Vec<_> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..2).map(|_| scope.spawn(|| flow.clone().refund(id, euros(10_000), ""))).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    let good = results.iter().flatten().filter(|report| report.outcome() == Outcome::Approved).count();
    assert_eq!((good, results.iter().filter(|result| result.is_err()).count()), (1, 1), "{results:?}");
    assert_eq!(*refunded.lock().unwrap(), ["PED-17 100.00 EUR"]);
    assert_eq!(state(id, "PED-17"), OperationState::PartiallyRefunded);
    assert!(flow.evidence(id, 100).unwrap().len() > 3 && !flow.events(100).unwrap().is_empty());
    assert_eq!(orders(&folder), [("PED-17".to_owned(), 1), ("PED-18".to_owned(), 1)]);
}

#[test]
fn bought_and_given_back_at_redsys() {
    bought_and_given_back(Till::Redsys);
}

#[test]
fn bought_and_given_back_at_elavon() {
    bought_and_given_back(Till::ElavonAuto);
}

struct Nobody;

impl Merchant<MemoryStore> for Nobody {
    type Error = std::io::Error;

    fn on_paid(&self, _: &Paid, _: &mut MemoryTx) -> Result<(), std::io::Error> {
        Ok(())
    }
}

fn made_here() -> Result<(), FlowError> {
    let bank: Bank = Arc::new(Mutex::new(Till::Redsys.contract().bank()));
    let flow = PaymentFlow::new(Registry::new(), async { Ok(MemoryStore::new()) }, line(&bank), Nobody)?;
    flow.operations("PED-17").map(drop)
}

/// Inside an async program it says so, and does not panic; a thread that may wait can use it there too.
#[tokio::test(flavor = "multi_thread")]
async fn inside_an_async_program_it_is_an_error() {
    let error = made_here().unwrap_err();
    assert!(error.to_string().contains("inside an async program"), "{error}");
    let spawned = tokio::spawn(async { made_here().map_err(|error| error.to_string()) }).await.unwrap();
    assert!(spawned.unwrap_err().contains("inside an async program"));
    tokio::task::spawn_blocking(made_here).await.unwrap().unwrap();
}

#[tokio::test]
async fn inside_a_program_of_one_thread_too() {
    assert!(made_here().unwrap_err().to_string().contains("inside an async program"));
}
