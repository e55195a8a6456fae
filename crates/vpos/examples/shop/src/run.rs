//! From settings to a shop that is open: store, contracts, transport and merchant make a payment flow.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use vpos::core::ReqwestTransport;
use vpos::{PaymentFlow, Registry};
use vpos_store::{PostgresStore, SqliteStore};

use crate::clerk::Clerk;
use crate::database::Database;
use crate::settings::{DatabaseUrl, Settings, make_password};
use crate::state::Shop;
use crate::{background, router};

type Error = Box<dyn std::error::Error>;

/// Opens the shop, prints where it is, and serves until `end` comes; what runs by then is finished.
///
/// # Errors
/// What keeps it from opening: the database, the contracts, the port.
pub async fn run(settings: &Settings, end: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
    match &settings.database {
        DatabaseUrl::Sqlite(path) => open(SqliteStore::open(path).await?, settings, end).await,
        DatabaseUrl::Postgres(url) => open(PostgresStore::connect(url).await?, settings, end).await,
    }
}

async fn open<D: Database>(
    database: D,
    settings: &Settings,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    database.migrate_shop().await?;
    let registry = Registry::open(&settings.contracts)?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| format!("{}: {error}", settings.listen))?;
    let here = format!("http://{}", listener.local_addr()?);
    let url = settings.url.clone().unwrap_or(here);
    let password = if let Some(password) = &settings.password {
        password.clone()
    } else {
        let made = make_password()?;
        println!("Password of the back office: {made}");
        made
    };
    let flow = PaymentFlow::new(registry, database, ReqwestTransport::new()?, Clerk);
    let shop = Shop::new(flow, &url, &password)?.behind(settings.proxies);
    println!("The shop is open at {url}");
    serve(listener, Arc::new(shop), end).await?;
    Ok(())
}

async fn serve<D: Database>(
    listener: TcpListener,
    shop: Arc<Shop<D>>,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (close, closing) = watch::channel(false);
    let background = tokio::spawn(background::run(Arc::clone(&shop), closing));
    let app = router(&shop).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, app).with_graceful_shutdown(end).await;
    let _ = close.send(true);
    if let Err(error) = background.await {
        tracing::error!(%error, "the background task did not end");
    }
    shop.database().end().await;
    served
}
