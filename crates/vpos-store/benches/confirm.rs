//! `cargo bench -p vpos-store`: what a whole `PaymentFlow::confirm` costs on SQLite beside a bare commit of the same rows, on the
//! same disk and in one run, with a thousand and with a million operations stored.
//!
//! The two are measured in turns, so that a busy disk slows both. `VPOS_BENCH_ROUNDS` and `VPOS_BENCH_ROWS` change how often and
//! beside how many operations.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on must stop")]
#![expect(clippy::print_stdout, reason = "this is what a bench is for")]
#![expect(clippy::float_arithmetic, reason = "a ratio of two times is no money")]

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use vpos::core::FormMethod;
use vpos::core::http::{Request, Response};
use vpos::flow::{Merchant, Paid, PaymentFlow};
use vpos::{Amount, Currency, Lost, Payment, Registry, Secret, TimeLimit, Timestamp};
use vpos_sandbox::{Choice, FormPost, Method, RedsysBank, RedsysMerchant, SimulatedBank as _};
use vpos_store::{SqliteStore, SqliteTx, sqlx};

/// The bank's public test key.
const KEY: &str = "sq7HjrUOBfKmC576ILgskD5srU870gJ7";

/// How much more than the bare commit a confirm may take.
const LIMIT: f64 = 1.3;

struct Shop;

impl Merchant<SqliteStore> for Shop {
    type Error = Infallible;

    async fn on_paid(&self, _: &Paid, _: &mut SqliteTx) -> Result<(), Infallible> {
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to see it build and start
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("VPOS_BENCH_ROUNDS").and_then(|rounds| usize::try_from(rounds).ok()).unwrap_or(300);
    let sizes = number("VPOS_BENCH_ROWS").map_or(vec![1_000, 1_000_000], |rows| vec![rows]);
    let mut medians = Vec::new();
    for stored in sizes {
        let Measured { bare, confirm } = measure(stored, rounds).await;
        let ratio = median(&confirm).as_secs_f64() / median(&bare).as_secs_f64();
        println!("{stored:>9} operations stored, {rounds} rounds");
        line("bare commit of the same rows", &bare);
        line("PaymentFlow::confirm", &confirm);
        println!("          ratio of the medians {ratio:.2} (limit {LIMIT}); memory at its peak {} MiB", peak_memory());
        medians.push(median(&confirm));
    }
    if let [small, .., large] = medians.as_slice() {
        println!("flat: with the most stored, {:.2} times as long as with the least", large.as_secs_f64() / small.as_secs_f64());
    }
}

struct Measured {
    bare: Vec<Duration>,
    confirm: Vec<Duration>,
}

async fn measure(stored: u64, rounds: usize) -> Measured {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{stored}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder below target");
    let store = SqliteStore::open(folder.join("shop.db")).await.unwrap();
    fill(&store, stored).await;
    let transport = |_: Request<Vec<u8>>, _: TimeLimit| async { Err::<Response<Vec<u8>>, _>(Lost::before_send("no network")) };
    let flow = PaymentFlow::new(registry(), store.clone(), transport, Shop);
    let mut bank = RedsysBank::new(RedsysMerchant::new("999008881", 1, Secret::new(KEY)));
    let mut measured = Measured { bare: Vec::new(), confirm: Vec::new() };
    for round in 0..rounds {
        let twin = flow.begin("caja", &payment(&format!("BARE-{round}"))).await.unwrap();
        let checkout = flow.begin("caja", &payment(&format!("PED-{round}"))).await.unwrap();
        let fields = checkout.form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let method = if checkout.form.method() == FormMethod::Get { Method::Get } else { Method::Post };
        let form = FormPost { action: checkout.form.action().to_owned(), method, fields };
        let page = bank.open(&form, Timestamp::now()).unwrap();
        let message = bank.choose(&page, Choice::Pay, Timestamp::now()).notification.remove(0);
        let evidence = String::from_utf8(message.body().clone()).unwrap();

        let start = Instant::now();
        bare_commit(&store, twin.id.get(), &format!("BARE-{round}"), &evidence).await.unwrap();
        measured.bare.push(start.elapsed());

        let start = Instant::now();
        let reply = flow.confirm("caja", message).await;
        measured.confirm.push(start.elapsed());
        assert_eq!(reply.status().as_u16(), 200);
        assert!(flow.payment_of(&format!("PED-{round}")).await.unwrap().is_some(), "it was not paid");
    }
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

/// The rows that a confirm writes, written by hand: nothing read, nothing verified.
async fn bare_commit(store: &SqliteStore, id: i64, sale: &str, evidence: &str) -> Result<(), sqlx::Error> {
    let mut tx = store.writers().begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("UPDATE vpos_sale SET paid_by = $2 WHERE sale = $1").bind(sale).bind(id).execute(&mut *tx).await?;
    let moved =
        "UPDATE vpos_operation SET version = version + 1, state = 'completed', changed_at = 1, due_since = NULL WHERE id = $1";
    sqlx::query(moved).bind(id).execute(&mut *tx).await?;
    let learnt = "INSERT INTO vpos_reference (operation, place, bank, name, value) VALUES ($1, 0, 'redsys', 'authorization_code', '501602')";
    sqlx::query(learnt).bind(id).execute(&mut *tx).await?;
    let kept = "INSERT INTO vpos_evidence (operation, bank, at, source, verdict, message) VALUES ($1, 'redsys', 1, 'notification', \
                'charge approved (code 0000) → completed', $2)";
    sqlx::query(kept).bind(id).bind(evidence).execute(&mut *tx).await?;
    let told = "INSERT INTO vpos_event (operation, sale, number, kind, amount, currency, at, detail) VALUES ($1, $2, '1', 'paid', 12345, \
                'EUR', 1, '')";
    sqlx::query(told).bind(id).bind(sale).execute(&mut *tx).await?;
    tx.commit().await
}

/// So many operations of old, each with what it has by the time it is paid.
async fn fill(store: &SqliteStore, rows: u64) {
    let rows = i64::try_from(rows).unwrap();
    let mut tx = store.writers().begin_with("BEGIN IMMEDIATE").await.unwrap();
    for statement in [
        "INSERT INTO vpos_operation (id, version, pos, bank, environment, merchant, terminal, number, sale, kind, amount, currency, state, \
         voiding, begun_at, changed_at, duplicate, authorized_due, paid_due, voided_due) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
         SELECT i, 2, 'caja', 'redsys', 'test', '999008881', '1', printf('%012d', i), 'OLD-' || i, 'sale', 12345, 'EUR', 'completed', \
         0, i, i, 0, 0, 0, 0 FROM n",
        "INSERT INTO vpos_reference (operation, place, bank, name, value) \
         SELECT id, 0, 'redsys', 'authorization_code', printf('%06d', id % 1000000) FROM vpos_operation WHERE id <= $1",
        "INSERT INTO vpos_sale (sale, paid_by) SELECT sale, id FROM vpos_operation WHERE id <= $1",
        "INSERT INTO vpos_evidence (operation, bank, at, source, verdict, message) \
         SELECT id, 'redsys', id, 'notification', 'charge approved (code 0000) → completed', 'Ds_Order=' || number FROM vpos_operation WHERE id <= $1",
    ] {
        sqlx::query(statement).bind(rows).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn registry() -> Registry {
    let text =
        "[pos.caja]\nbank = 'redsys'\nenvironment = 'test'\nmerchant_code = '999008881'\nterminal = 1\nsecret_key_env = 'KEY'";
    Registry::parse(text, |_: &str| Some(KEY.to_owned())).unwrap()
}

fn payment(sale: &str) -> Payment {
    Payment::builder(sale, Amount::from_minor(12_345, Currency::EUR))
        .notification_url("https://tienda.example/aviso")
        .url_ok("https://tienda.example/ok")
        .url_nok("https://tienda.example/nok")
        .build()
        .unwrap()
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn line(name: &str, times: &[Duration]) {
    let least = times.iter().min().copied().unwrap_or_default();
    println!("          {name:<30} median {:>10.3?}   least {least:>10.3?}", median(times));
}

/// `VmHWM` of this process, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string())
}
