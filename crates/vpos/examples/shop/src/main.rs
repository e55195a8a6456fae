//! The shop as a program. The variables that it reads are in its README.

use std::process::ExitCode;
use std::sync::Arc;

use shop::{Clerk, Database, DatabaseUrl, Settings, Shop, make_password, serve};
use tokio::net::TcpListener;
use tokio::signal;
use vpos::core::ReqwestTransport;
use vpos::{PaymentFlow, Registry};
use vpos_store::{PostgresStore, SqliteStore};

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    match &settings.database {
        DatabaseUrl::Sqlite(path) => open(SqliteStore::open(path).await?, &settings).await,
        DatabaseUrl::Postgres(url) => open(PostgresStore::connect(url).await?, &settings).await,
        _ => Err("that database is not known here".into()),
    }
}

async fn open<D: Database>(database: D, settings: &Settings) -> Result<(), Error> {
    database.migrate_shop().await?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| format!("{}: {error}", settings.listen))?;
    let here = format!("http://{}", listener.local_addr()?);
    let url = settings.url.clone().unwrap_or(here);
    let password = match &settings.password {
        Some(password) => password.clone(),
        None => {
            let made = make_password()?;
            println!("Password of the back office: {made}");
            made
        }
    };
    let registry = Registry::open(&settings.contracts)?;
    let flow = PaymentFlow::new(registry, database, ReqwestTransport::new()?, Clerk);
    let shop = Shop::new(flow, &url, &password)?.behind(settings.proxies);
    println!("The shop is open at {url}");
    serve(listener, Arc::new(shop), end()).await?;
    Ok(())
}

/// Ctrl-C, or the word of whoever runs services.
async fn end() {
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut told) => {
                told.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "no ear for SIGTERM");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
}
