//! A shop, the banks, and a buyer's browser that has no script.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use shop::{Clerk, Database, Shop};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use vpos::core::ReqwestTransport;
use vpos::{PaymentFlow, Registry, TimeLimit, Transport as _};
use vpos_sandbox::{Sandbox, SandboxConfig};
use vpos_store::SqliteStore;

pub(crate) const PASSWORD: &str = "a password of the tests";

/// A folder that goes with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vpos-shop-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A shop that is open, and the banks it has contracts with.
pub(crate) struct Town {
    pub(crate) shop: Router,
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    _folder: Option<Folder>,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let folder = Folder::new();
        let store = SqliteStore::open(folder.0.join("shop.db")).await.unwrap();
        Self { _folder: Some(folder), ..Self::with(store).await }
    }

    pub(crate) async fn with<D: Database>(store: D) -> Self {
        Self::with_more(store, "").await
    }

    /// With contracts besides those of the simulated banks.
    pub(crate) async fn with_more<D: Database>(store: D, contracts: &str) -> Self {
        store.migrate_shop().await.unwrap();
        // a second run finds nothing to do
        store.migrate_shop().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        // one bank knows the shop's address from its panel alone
        let panel = format!("[ceca]\nnotification_url = \"{base}/vpos/notification/ceca\"\n");
        let sandbox = Sandbox::start(SandboxConfig::from_toml(&panel).unwrap()).unwrap();
        let registry = Registry::parse(&format!("{}{contracts}", sandbox.addresses().vpos_toml()), |_| None).unwrap();
        let flow = PaymentFlow::new(registry, store, ReqwestTransport::new().unwrap(), Clerk);
        let shop = shop::router(&Arc::new(Shop::new(flow, &base, PASSWORD).unwrap()));
        tokio::spawn(axum::serve(listener, shop.clone()).into_future());
        Self { shop, sandbox, base, _folder: None }
    }
}

impl Town {
    /// What shall go wrong at a simulated bank the next time.
    pub(crate) async fn next_time(&self, bank: &str, mood: &str, seconds: u32) {
        let told = json!({ "bank": bank, "mood": mood, "seconds": seconds, "next": true });
        let address = format!("{}/moods", self.sandbox.addresses().control);
        send(Method::POST, &address, told.to_string()).await;
    }
}

/// What a browser got.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) path: String,
}

impl Page {
    /// The value of an attribute in the tag that has this text.
    pub(crate) fn attribute(&self, of: &str, name: &str) -> String {
        let tag = self.text.split('<').find(|tag| tag.contains(of)).unwrap_or_else(|| panic!("no {of} in {}", self.text));
        let value = tag.split(&format!("{name}=\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {tag}"));
        value.split('"').next().unwrap().to_owned()
    }

    /// The value by which the page's forms that move money are sent once; empty where there is no such form.
    pub(crate) fn once(&self) -> String {
        if self.text.contains("name=\"once\"") { self.attribute("name=\"once\"", "value") } else { String::new() }
    }
}

/// A browser: it keeps cookies and goes where it is sent. A clone is another tab.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    town: &'a Town,
    cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(town: &'a Town) -> Self {
        Self { town, cookies: BTreeMap::new(), language: "en" }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, String::new(), &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.ask(Method::POST, path, form.finish(), &[]).await
    }

    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: String, more: &[(&str, &str)]) -> Page {
        let (mut method, mut path, mut body) = (method, path.to_owned(), body);
        for _ in 0..5 {
            let page = self.ask_once(method, &path, body, more).await;
            let Some(next) = page.headers.get("location").filter(|_| page.status == StatusCode::SEE_OTHER) else {
                return page;
            };
            let next = next.to_str().unwrap();
            (method, path, body) = (Method::GET, next.strip_prefix(&self.town.base).unwrap_or(next).to_owned(), String::new());
        }
        panic!("sent round in circles: {path}");
    }

    async fn ask_once(&mut self, method: Method, path: &str, body: String, more: &[(&str, &str)]) -> Page {
        let path = path.strip_prefix(&self.town.base).unwrap_or(path).to_owned();
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(&path)
            .header("accept-language", self.language)
            .header("cookie", cookies.join("; "));
        if !body.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let answer = self.town.shop.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        for line in parts.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Page { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap(), path }
    }

    /// Orders two mugs; the code of the order.
    pub(crate) async fn order(&mut self) -> String {
        self.post("/basket/add", &[("product", "mug"), ("quantity", "2")]).await;
        let page = self.post("/basket", &[("quantity-mug", "2"), ("go", "order")]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.path.strip_prefix("/order/").unwrap().to_owned()
    }

    /// The form for the bank is made, and carried there: the address of the bank's page.
    pub(crate) async fn at_the_bank(&mut self, code: &str, fields: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let json = [("accept", "application/json")];
        let page = self.ask(Method::POST, &format!("/vpos/begin/{code}"), form.finish(), &json).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let form: Value = serde_json::from_str(&page.text).unwrap();
        let mut fields = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form.get("fields").unwrap().as_object().unwrap() {
            fields.append_pair(name, value.as_str().unwrap());
        }
        let (action, fields) = (form.get("action").unwrap().as_str().unwrap(), fields.finish());
        let page = if form.get("method").unwrap().as_str().unwrap().eq_ignore_ascii_case("post") {
            send(Method::POST, action, fields).await
        } else {
            send(Method::GET, &format!("{action}?{fields}"), String::new()).await
        };
        page.get("url").unwrap_or_else(|| panic!("{page}")).as_str().unwrap().to_owned()
    }

    /// What the buyer does there; then the browser goes where the bank sends it.
    pub(crate) async fn choose(&mut self, page: &str, choice: &str) -> Page {
        let told = send(Method::POST, page, format!("choice={choice}")).await;
        let next = told.get("browser").unwrap();
        let text = |name: &str| next.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{told}")).to_owned();
        let method: Method = text("method").parse().unwrap();
        self.ask(method, &text("url"), text("body"), &[]).await
    }

    /// The back office, signed in.
    pub(crate) async fn sign_in(&mut self) -> Page {
        let page = self.post("/admin/login", &[("password", PASSWORD)]).await;
        assert_eq!((page.status, page.path.as_str()), (StatusCode::OK, "/admin"), "{}", page.text);
        page
    }

    /// Where the operation of an order is in the back office.
    pub(crate) async fn operation(&mut self, code: &str) -> String {
        let list = self.get("/admin").await;
        let id = list.attribute(&format!("data-order=\"{code}\""), "id").replace("operation-", "");
        format!("/admin/operation/{id}")
    }

    /// Presses a button of the operation of an order.
    pub(crate) async fn act(&mut self, code: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let operation = self.operation(code).await;
        let page = self.get(&operation).await;
        let (token, once) = (page.attribute("name=\"token\"", "value"), page.once());
        let mut all = vec![("token", token.as_str()), ("once", &once)];
        all.extend(fields);
        self.post(&format!("{operation}/{action}"), &all).await
    }

    /// Pays an order of two mugs at that contract; its code.
    pub(crate) async fn buys(&mut self, pos: &str) -> String {
        let code = self.order().await;
        let page = self.at_the_bank(&code, &[("pos", pos)]).await;
        self.choose(&page, "pay").await;
        self.until(&code, "paid").await;
        code
    }

    /// How the order stands, once it stands so.
    pub(crate) async fn until(&mut self, code: &str, wanted: &str) {
        let mut last = String::new();
        for _ in 0..100 {
            let page = self.get(&format!("/order/{code}")).await;
            last = page.attribute("id=\"order-state\"", "data-state");
            if last == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("order {code} is {last}, not {wanted}");
    }
}

/// A question to the simulated banks, answered in JSON.
pub(crate) async fn send(method: Method, url: &str, body: String) -> Value {
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("accept", "application/json")
        .header("content-type", kind)
        .body(body.into_bytes())
        .unwrap();
    let limit = TimeLimit::new("test", Duration::from_mins(1));
    let answer = ReqwestTransport::new().unwrap().send(request, limit).await.unwrap();
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{} {url}: {text}", answer.status()))
}
