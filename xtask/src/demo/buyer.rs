//! A buyer who tries every contract, and the clerk who gives the money back: step by step, each of which must be seen on a page.

use std::thread;
use std::time::{Duration, Instant};

use super::browser::Browser;
use super::page::Page;

/// How long an order may take to turn, after the buyer is back.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many pages may lie between the bank and the shop.
const WAY: usize = 6;

/// What came of it.
pub(super) struct Told {
    pub(super) banks: usize,
    pub(super) steps: usize,
}

/// Buys with each contract that the shop offers.
pub(super) fn tour(shop: &str, password: &str) -> Result<Told, String> {
    let mut buyer = Buyer { shop: shop.to_owned(), browser: Browser::new(), clerk: Browser::new(), steps: 0 };
    buyer.sign_in(password)?;
    let contracts = buyer.contracts()?;
    if contracts.is_empty() {
        return Err("the shop offers no way to pay".into());
    }
    for contract in &contracts {
        buyer.buys_and_gets_it_back(contract).map_err(|error| format!("{contract}: {error}"))?;
    }
    // a bank may have more than one contract: `paypal` and `paypal-nvp`
    let mut banks: Vec<&str> = contracts.iter().filter_map(|contract| contract.split('-').next()).collect();
    banks.sort_unstable();
    banks.dedup();
    Ok(Told { banks: banks.len(), steps: buyer.steps })
}

struct Buyer {
    shop: String,
    browser: Browser,
    clerk: Browser,
    steps: usize,
}

impl Buyer {
    fn sign_in(&mut self, password: &str) -> Result<(), String> {
        let page = self.clerk.get(&format!("{}/admin", self.shop))?;
        let page = self.clerk.send(&page, &page.form("login-form")?, None, &[("password", password)])?;
        if page.url.ends_with("/admin") { Ok(()) } else { Err(page.lacks("not signed in")) }
    }

    /// The ways to pay, from the page of an order that is then left.
    fn contracts(&mut self) -> Result<Vec<String>, String> {
        let page = self.ordered("notebook", "1")?.0;
        let inputs = page.text.split("<input").filter(|input| input.contains("name=\"pos\""));
        let value = |input: &str| Some(input.split_once("value=\"")?.1.split_once('"')?.0.to_owned());
        Ok(inputs.filter_map(value).collect())
    }

    fn buys_and_gets_it_back(&mut self, contract: &str) -> Result<(), String> {
        let (page, code) = self.ordered("mug", "2")?;
        if !page.text.contains("€25.00") {
            return Err(page.lacks("two mugs are not €25.00"));
        }
        self.passed(contract, &format!("order {code} of two mugs, €25.00"));
        require(&page, "open")?;
        self.passed(contract, "the order is not paid yet");

        let page = self.browser.send(&page, &page.form("pay-form")?, None, &[("pos", contract)])?;
        let page = self.on_to(page, |page| page.forms().iter().any(|form| form.has_button("pay")))?;
        if !page.text.contains("25.00 EUR") {
            return Err(page.lacks("the bank's page does not show 25.00 EUR"));
        }
        self.passed(contract, "at the bank's page, which shows 25.00 EUR");

        let pay = page.forms().into_iter().find(|form| form.has_button("pay"));
        let page = self.browser.send(&page, &pay.ok_or_else(|| page.lacks("no button to pay"))?, Some("pay"), &[])?;
        let order = format!("{}/order/{code}", self.shop);
        self.on_to(page, |page| page.url == order)?;
        self.passed(contract, "paid there, and back at the shop");

        self.until(&order, "paid")?;
        self.passed(contract, "the order is paid");

        self.refund(&code)?;
        self.passed(contract, "the back office refunded it");

        self.until(&order, "refunded")?;
        self.passed(contract, "the order is refunded");
        Ok(())
    }

    /// Puts something into the basket and orders it: the order's page and its code.
    fn ordered(&mut self, product: &str, quantity: &str) -> Result<(Page, String), String> {
        let page = self.browser.get(&format!("{}/", self.shop))?;
        let forms = page.forms();
        let wanted = |form: &&super::page::Form| {
            form.fields(None, &[]).is_ok_and(|fields| fields.iter().any(|(name, value)| name == "product" && value == product))
        };
        let form = forms.iter().find(wanted).ok_or_else(|| page.lacks(&format!("no {product} for sale")))?;
        let page = self.browser.send(&page, form, None, &[("quantity", quantity)])?;
        let page = self.browser.send(&page, &page.form("basket-form")?, Some("order"), &[])?;
        let code = page.url.rsplit_once("/order/").map(|(_, code)| code.to_owned());
        let code = code.ok_or_else(|| page.lacks("no order"))?;
        Ok((page, code))
    }

    /// Goes where the pages lead by themselves: a refresh, or the one form of a page, which its script would send.
    fn on_to(&mut self, page: Page, there: impl Fn(&Page) -> bool) -> Result<Page, String> {
        let mut page = page;
        for _ in 0..WAY {
            if there(&page) {
                return Ok(page);
            }
            let forms = page.forms();
            page = match (page.refresh(), forms.as_slice()) {
                (Some(address), _) => self.browser.get(&super::browser::absolute(&page.url, &address)?)?,
                (None, [form]) => self.browser.send(&page, form, None, &[])?,
                _ => return Err(page.lacks("it leads nowhere")),
            };
        }
        Err(page.lacks("the way is too long"))
    }

    /// The clerk gives all of it back.
    fn refund(&mut self, code: &str) -> Result<(), String> {
        let list = self.clerk.get(&format!("{}/admin", self.shop))?;
        let row = list.id_with("data-order", code).ok_or_else(|| list.lacks(&format!("no operation of order {code}")))?;
        let page = self.clerk.get(&format!("{}/admin/operation/{}", self.shop, row.trim_start_matches("operation-")))?;
        let page = self.clerk.send(&page, &page.form_to("/refund")?, None, &[("reason", "demo")])?;
        match page.attribute("operation-state", "data-state").as_deref() {
            Some("refunded") => Ok(()),
            state => {
                let notice = page.text.split("id=\"notice\"").nth(1).and_then(|rest| rest.split(['>', '<']).nth(1));
                Err(format!("the refund left the operation {state:?}: {notice:?}"))
            }
        }
    }

    fn until(&mut self, order: &str, state: &str) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            let page = self.browser.get(order)?;
            match require(&page, state) {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    fn passed(&mut self, contract: &str, what: &str) {
        self.steps += 1;
        println!("demo: {contract}: {what}");
    }
}

fn require(page: &Page, state: &str) -> Result<(), String> {
    let found = page.attribute("order-state", "data-state").unwrap_or_default();
    if found == state { Ok(()) } else { Err(page.lacks(&format!("the order is {found:?}, not {state:?}"))) }
}
