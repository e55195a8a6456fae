//! What passes between the bank, the buyer's browser and the shop.

use std::sync::PoisonError;

use vpos::flow::Clock as _;
use vpos_sandbox::{AnyBank, Choice, SimulatedBank as _};

use super::{Died, POS, World};
use crate::shop::ShopStore;

impl<S: ShopStore> World<'_, S> {
    pub(super) fn bank(&self) -> std::sync::MutexGuard<'_, AnyBank> {
        self.bank.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn choose(&mut self, at: usize, choice: Choice) {
        let page = self.checkouts[at].page.clone();
        let visit = self.bank().choose(&page, choice, self.clock.now());
        let checkout = &mut self.checkouts[at];
        checkout.messages = visit.notification;
        checkout.browser = visit.browser;
    }

    pub(super) async fn deliver(&mut self, at: usize) -> Result<(), Died> {
        for request in self.checkouts[at].messages.clone() {
            let flow = self.flow();
            let reply = self.control.run(flow.confirm(POS, request.clone())).await.ok_or(Died)?;
            if self.lose_replies {
                self.bank_hears_nothing(at);
                continue;
            }
            self.checkouts[at].heard = true;
            let now = self.clock.now();
            self.bank().reply(&request, Some(&reply.into_http()), now);
        }
        Ok(())
    }

    pub(super) async fn messages(&mut self) -> Result<(), Died> {
        let news = self.bank().take_messages();
        self.told.extend(news);
        for request in self.told.clone() {
            let flow = self.flow();
            self.control.run(flow.confirm(POS, request)).await.ok_or(Died)?;
        }
        Ok(())
    }

    pub(super) fn bank_hears_nothing(&mut self, at: usize) {
        if self.checkouts[at].heard || self.checkouts[at].messages.is_empty() {
            return;
        }
        for request in self.checkouts[at].messages.clone() {
            let now = self.clock.now();
            self.bank().reply(&request, None, now);
        }
        (self.checkouts[at].heard, self.checkouts[at].heard_nothing) = (true, true);
    }

    pub(super) async fn come_back(&mut self, at: usize) -> Result<(), Died> {
        let Some(request) = self.checkouts[at].browser.clone() else { return Ok(()) };
        let flow = self.flow();
        // a page of the shop's own without the bank's fields: there is nothing to confirm
        if self.path.contract.listens() {
            return Ok(());
        }
        self.control.run(flow.confirm(POS, request)).await.ok_or(Died)?;
        Ok(())
    }

    pub(super) async fn at_once(&mut self, at: usize) -> Result<(), Died> {
        let flow = self.flow();
        let mut requests = self.checkouts[at].messages.clone();
        requests.extend(self.checkouts[at].browser.clone());
        let second = requests.split_off(1.min(requests.len()));
        let first = async {
            for request in requests {
                flow.confirm(POS, request).await;
            }
        };
        let others = async {
            for request in second {
                flow.confirm(POS, request).await;
            }
        };
        self.control.run(async { tokio::join!(first, others) }).await.ok_or(Died)?;
        Ok(())
    }
}
