//! One schedule, played: the shop's processes, the buyer, the bank, and what comes after a death.

mod look;
mod traffic;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vpos::core::operation::OperationState;
use vpos::core::{Capabilities, FormMethod, Reference, References};
use vpos::flow::{Clock as _, FlowError, Options, PaymentFlow, Stored};
use vpos::http::Request;
use vpos::{Amount, Currency, OperationNumber, Payment, PaymentForm, PointOfSale as _, Registry, Timestamp};
use vpos_sandbox::{AnyBank, Choice, FormPost, Method, Page, SimulatedBank as _};

use crate::bank::Contract;
use crate::control::{Control, Counted};
use crate::path::{Move, Path, WHOLE};
use crate::schedule::{GoOn, LossKind, Schedule};
use crate::shop::ShopStore;
use crate::stepped::{Line, Shop, ShopMemory, Stepped, VirtualClock};

pub(crate) const LEASE: Duration = Duration::from_mins(5);
const POS: &str = "caja";

pub(crate) type Flow<S> = PaymentFlow<Stepped<S>, Line, Shop<S>, VirtualClock>;

/// The process died.
#[derive(Debug)]
pub(crate) struct Died;

/// A buyer at the bank.
pub(crate) struct Checkout {
    pub(crate) number: OperationNumber,
    page: Page,
    messages: Vec<Request<Vec<u8>>>,
    browser: Option<Request<Vec<u8>>>,
    /// The bank has heard an answer, or its patience has ended.
    heard: bool,
    /// It heard none, and annulled.
    pub(crate) heard_nothing: bool,
}

pub(crate) struct World<'a, S: ShopStore> {
    pub(crate) path: &'a Path,
    pub(crate) store: S,
    pub(crate) sale: String,
    pub(crate) bank: Arc<Mutex<AnyBank>>,
    pub(crate) capabilities: Capabilities,
    pub(crate) checkouts: Vec<Checkout>,
    /// What flow calls said that failed, for a failing schedule's print.
    pub(crate) errors: Vec<String>,
    control: Control,
    clock: VirtualClock,
    registry: Registry,
    memory: Arc<ShopMemory>,
    /// Everything has come once more.
    pub(crate) echoed: bool,
    /// A request did not leave.
    lost_a_request: bool,
    lose_replies: bool,
    /// What the bank told beside the notifications, kept for repeats.
    told: Vec<Request<Vec<u8>>>,
}

impl<'a, S: ShopStore> World<'a, S> {
    pub(crate) fn new(path: &'a Path, store: S, schedule: &Schedule) -> Self {
        let control = Control::default();
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let (pos, bank) = path.contract.both_ends();
        let capabilities = pos.capabilities();
        let mut registry = Registry::new();
        registry.insert(POS.parse().unwrap(), pos);
        Self {
            path,
            store,
            sale: format!("PED-{}-{:x}", schedule.number, schedule.dice),
            bank: Arc::new(Mutex::new(bank)),
            capabilities,
            checkouts: Vec::new(),
            errors: Vec::new(),
            clock: VirtualClock::new(now, schedule.dice, &control),
            control,
            registry,
            memory: Arc::default(),
            echoed: false,
            lost_a_request: schedule.losses.iter().chain(&schedule.second_losses).any(|loss| loss.kind == LossKind::BeforeSend),
            lose_replies: false,
            told: Vec::new(),
        }
    }

    /// A process: a fresh flow over the same store and the same bank.
    fn flow(&self) -> Flow<S> {
        let control = || self.control.clone();
        PaymentFlow::with(
            self.registry.clone(),
            Stepped { inner: self.store.clone(), control: control() },
            Line { bank: Arc::clone(&self.bank), clock: self.clock.clone(), control: control() },
            Shop { store: self.store.clone(), control: control(), memory: Arc::clone(&self.memory) },
            self.clock.clone(),
            Options::default().lease(LEASE).patience(Duration::from_secs(2)).refund_duplicates(self.path.refund_duplicates),
        )
    }

    /// What was begun, undisturbed.
    pub(crate) async fn set_up(&mut self) -> Result<(), String> {
        for at in 0..self.path.setup.len() {
            let step = self.path.setup[at];
            self.perform(step).await.map_err(|Died| "died in the setup".to_owned())?;
            self.clock.pass(Duration::from_secs(20));
            if let Some(error) = self.errors.first() {
                return Err(format!("the setup's {step:?} failed: {error}"));
            }
        }
        self.memory.fail_paid.store(self.path.fail_paid, Ordering::SeqCst);
        let confirmed = self.path.setup.iter().skip_while(|step| !matches!(step, Move::Pay(_)));
        let confirmed = confirmed.filter(|step| matches!(step, Move::Notify(_) | Move::Return(_))).count();
        if confirmed > 0 && self.store.paid_by(&self.sale).await.unwrap().is_none() {
            return Err("the setup did not pay the sale".into());
        }
        Ok(())
    }

    /// The act, disturbed, and what comes after it.
    pub(crate) async fn play(&mut self, schedule: &Schedule) -> Result<Counted, String> {
        let listens = self.path.contract.listens();
        self.lose_replies = listens && schedule.go_on == GoOn::Both;
        let mix = matches!(self.path.act, Move::AtOnce(_)).then_some(schedule.dice);
        self.control.arm(schedule.crash_at, &schedule.losses, mix);
        let _: Result<(), Died> = self.perform(self.path.act).await;
        let counted = self.control.disarm();
        self.errors.clear();

        let disturbed = schedule.second_crash.is_some() || !schedule.second_losses.is_empty();
        if disturbed {
            self.control.arm(schedule.second_crash, &schedule.second_losses, mix);
            let _: Result<(), Died> = self.recover(schedule.go_on).await;
            self.control.disarm();
            self.errors.clear();
        }
        self.recover(schedule.go_on).await.map_err(|Died| "died undisturbed".to_owned())?;
        self.go_on_shopping().await.map_err(|Died| "died undisturbed".to_owned())?;
        self.must_have_no_errors()?;
        Ok(counted)
    }

    /// Undisturbed, a path leads to a payment: else a schedule of it would test nothing.
    pub(crate) async fn must_have_paid(&self) -> Result<(), String> {
        let paid = self.path.setup.iter().any(|step| matches!(step, Move::Pay(_)));
        let annulled = self.path.contract.listens() && self.path.fail_paid > 0;
        if !paid || annulled || self.path.act == Move::Cancel && !self.capabilities.query {
            return Ok(());
        }
        let mut told = self.store.told(&self.sale).await;
        if self.path.act == Move::ChargeReference {
            told = self.store.told(&self.second_sale()).await;
        }
        if told.is_empty() { Err("undisturbed, nothing was paid".into()) } else { Ok(()) }
    }

    /// Whatever comes once more, long after.
    pub(crate) async fn echo(&mut self) -> Result<(), String> {
        self.clock.pass(LEASE);
        self.echoed = true;
        if !self.path.contract.listens() {
            for at in 0..self.checkouts.len() {
                for act in [Move::Notify(at), Move::Return(at), Move::Messages] {
                    self.perform(act).await.map_err(|Died| "died undisturbed".to_owned())?;
                }
            }
        }
        self.reconcile().await.map_err(|Died| "died undisturbed".to_owned())?;
        self.must_have_no_errors()
    }

    fn must_have_no_errors(&self) -> Result<(), String> {
        if self.errors.is_empty() { Ok(()) } else { Err(format!("calls failed undisturbed: {:?}", self.errors)) }
    }

    async fn recover(&mut self, go_on: GoOn) -> Result<(), Died> {
        let listens = self.path.contract.listens();
        match go_on {
            GoOn::Repeat => self.clock.pass(Duration::from_secs(2)),
            GoOn::Both if listens => self.clock.pass(Duration::from_secs(2)),
            GoOn::Both | GoOn::Reconcile => self.clock.pass(LEASE + Duration::from_secs(10)),
        }
        if go_on != GoOn::Reconcile {
            self.repeat().await?;
            self.perform(Move::Messages).await?;
        }
        // who listens has waited long enough by now
        for at in 0..self.checkouts.len() {
            self.bank_hears_nothing(at);
        }
        for _ in 0..2 {
            self.clock.pass(LEASE + Duration::from_mins(1));
            self.reconcile().await?;
        }
        Ok(())
    }

    /// A buyer whose begin failed is at the bank by now, and pays; who never came back is given up.
    async fn go_on_shopping(&mut self) -> Result<(), Died> {
        if self.path.act == Move::Begin
            && let Some(at) = self.checkouts.len().checked_sub(1)
        {
            self.lose_replies = false;
            for act in [Move::Pay(at), Move::Notify(at), Move::Return(at)] {
                self.perform(act).await?;
            }
        }
        self.clock.pass(LEASE + Duration::from_mins(1));
        self.perform(Move::Expire).await?;
        // the last look at what was given up
        for _ in 0..2 {
            self.clock.pass(Duration::from_secs(3_700));
            self.reconcile().await?;
        }
        Ok(())
    }

    /// Whoever acted acts again, as a buyer, a bank and an application would.
    async fn repeat(&mut self) -> Result<(), Died> {
        match self.path.act {
            // an application looks first
            Move::Refund(cents) => {
                let asked = |stored: &Stored| {
                    let refunds = stored.operation().refunds().iter();
                    refunds.filter(|refund| refund.state.counts()).any(|refund| refund.amount.minor_units() == cents)
                };
                self.unless(asked).await
            }
            Move::Capture(_) => {
                self.unless(|stored| {
                    stored.operation().state() != OperationState::Authorized || stored.operation().capturing().is_some()
                })
                .await
            }
            Move::Void => {
                let can = [OperationState::Authorized, OperationState::Completed];
                self.unless(move |stored| !can.contains(&stored.operation().state()) || stored.operation().voiding()).await
            }
            Move::RefundDuplicate => {
                self.unless(|stored| stored.operation().refunds().iter().any(|refund| refund.state.counts())).await
            }
            Move::ChargeReference => {
                let sale = self.second_sale();
                let known = self.store.of_sale(&sale).await.unwrap();
                if known.iter().all(|stored| stored.operation().state() == OperationState::Failed) {
                    return self.perform(Move::ChargeReference).await;
                }
                Ok(())
            }
            Move::Notify(at) if self.path.contract.listens() && self.checkouts[at].heard => Ok(()),
            act => self.perform(act).await,
        }
    }

    async fn unless(&mut self, done: impl Fn(&Stored) -> bool) -> Result<(), Died> {
        let known = self.store.of_sale(&self.sale).await.unwrap();
        let meant = if self.path.act == Move::RefundDuplicate {
            known.iter().find(|stored| stored.record.duplicate)
        } else {
            let by = self.store.paid_by(&self.sale).await.unwrap();
            known.iter().find(|stored| Some(stored.id) == by)
        };
        match meant {
            Some(stored) if !done(stored) => self.perform(self.path.act).await,
            _ => Ok(()),
        }
    }

    async fn reconcile(&mut self) -> Result<(), Died> {
        let flow = self.flow();
        match self.control.run(flow.reconcile(Duration::ZERO)).await.ok_or(Died)? {
            Ok(done) => self.errors.extend(done.errors.iter().map(|(number, error)| format!("reconcile {number}: {error}"))),
            Err(error) => self.errors.push(error.to_string()),
        }
        Ok(())
    }

    async fn perform(&mut self, act: Move) -> Result<(), Died> {
        let euros = |cents| Amount::from_minor(cents, Currency::EUR);
        let flow = self.flow();
        let sale = self.sale.clone();
        match act {
            Move::Begin | Move::BeginRemembering => self.begin(act == Move::BeginRemembering).await,
            Move::Pay(at) => {
                self.choose(at, Choice::Pay);
                Ok(())
            }
            Move::Decline(at) => {
                self.choose(at, Choice::Decline("116".into()));
                Ok(())
            }
            Move::Notify(at) => self.deliver(at).await,
            Move::Return(at) => self.come_back(at).await,
            Move::Messages => self.messages().await,
            Move::AtOnce(at) => self.at_once(at).await,
            Move::Reconcile => self.reconcile().await,
            Move::Refund(cents) => self.call(flow.refund(&sale, euros(cents), "talla equivocada")).await,
            Move::Capture(cents) => self.call(flow.capture(&sale, euros(cents))).await,
            Move::Void => self.call(flow.void(&sale)).await,
            Move::Cancel => self.call(flow.cancel(&sale)).await,
            Move::Expire => {
                let expired = self.control.run(flow.expire(Duration::ZERO)).await.ok_or(Died)?;
                match expired {
                    Ok(done) => self.errors.extend(done.errors.iter().map(|(number, error)| format!("expire {number}: {error}"))),
                    Err(error) => self.errors.push(error.to_string()),
                }
                Ok(())
            }
            Move::RefundDuplicate => {
                let known = self.store.of_sale(&sale).await.unwrap();
                let second = known.iter().find(|stored| stored.record.duplicate).map(|stored| stored.id);
                match second {
                    Some(id) => self.call(flow.refund_duplicate(id)).await,
                    None => Ok(()),
                }
            }
            Move::ChargeReference => self.charge_reference().await,
        }
    }

    async fn call<T>(&mut self, call: impl Future<Output = Result<T, FlowError>>) -> Result<(), Died> {
        if let Err(error) = self.control.run(call).await.ok_or(Died)? {
            self.errors.push(error.to_string());
        }
        Ok(())
    }

    pub(crate) fn second_sale(&self) -> String {
        format!("{}-2", self.sale)
    }

    fn payment(&self, sale: &str, remember: bool) -> Payment {
        let builder = Payment::builder(sale, Amount::from_minor(WHOLE, Currency::EUR))
            .kind(self.path.kind)
            .description("Zapatos rojos, 2 pares")
            .url_ok("https://tienda.example/ok?a=1&b=2")
            .url_nok("https://tienda.example/nok")
            .notification_url("https://tienda.example/aviso")
            .language("es");
        if remember { self.path.contract.remember(builder).build().unwrap() } else { builder.build().unwrap() }
    }

    async fn begin(&mut self, remember: bool) -> Result<(), Died> {
        let payment = self.payment(&self.sale, remember);
        let flow = self.flow();
        match self.control.run(flow.begin(POS, &payment)).await.ok_or(Died)? {
            Ok(begun) => {
                let page = self.bank().open(&form_post(&begun.form), self.clock.now());
                let page = page.unwrap_or_else(|complaints| panic!("the bank refuses the form: {complaints:?}"));
                let number = begun.number;
                let checkout = Checkout { number, page, messages: Vec::new(), browser: None, heard: false, heard_nothing: false };
                self.checkouts.push(checkout);
            }
            Err(error) => self.errors.push(error.to_string()),
        }
        Ok(())
    }

    async fn charge_reference(&mut self) -> Result<(), Died> {
        let first = self.store.of_sale(&self.sale).await.unwrap();
        let mut card = References::new();
        for name in [Reference::CardReference, Reference::NetworkTransactionId, Reference::PayerId] {
            if let Some(value) = first[0].operation().references().get(name) {
                card.insert(name, value);
            }
        }
        let payment = self.payment(&self.second_sale(), false);
        let flow = self.flow();
        self.call(flow.charge_reference(POS, &payment, &card)).await
    }
}

fn form_post(form: &PaymentForm) -> FormPost {
    let method = if form.method() == FormMethod::Get { Method::Get } else { Method::Post };
    let fields = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    FormPost { action: form.action().to_owned(), method, fields }
}
