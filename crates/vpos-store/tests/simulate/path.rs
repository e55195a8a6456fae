//! The protocol paths: what happens undisturbed before, and the act in which the process dies.

use vpos::PaymentKind;

use crate::bank::Contract;

/// A thing that happens. A number is that of a checkout: the sale's first is 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Move {
    /// The shop begins a payment of the sale, and the browser goes to the bank.
    Begin,
    /// The same, and the bank is to remember the card.
    BeginRemembering,
    /// The buyer pays on the bank's page.
    Pay(usize),
    /// The buyer's card is declined there.
    Decline(usize),
    /// The bank's messages reach the shop.
    Notify(usize),
    /// The buyer's browser reaches the shop.
    Return(usize),
    /// What else the bank has to tell: webhooks and IPN messages about calls of the shop.
    Messages,
    /// Both at the same time.
    AtOnce(usize),
    Refund(u64),
    Capture(u64),
    Void,
    /// The card that is on file pays a second sale.
    ChargeReference,
    /// The buyer comes to `url_nok`.
    Cancel,
    /// A person gives the second payment back.
    RefundDuplicate,
    Reconcile,
    Expire,
}

/// A path at a bank.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) name: &'static str,
    pub(crate) contract: Contract,
    pub(crate) kind: PaymentKind,
    pub(crate) setup: Vec<Move>,
    pub(crate) act: Move,
    pub(crate) refund_duplicates: bool,
    /// So often `on_paid` fails.
    pub(crate) fail_paid: u32,
}

/// 123.45 EUR.
pub(crate) const WHOLE: u64 = 12_345;
pub(crate) const PART: u64 = 2_345;

/// Every path.
pub(crate) fn all() -> Vec<Path> {
    let mut paths = redsys();
    paths.extend(redsys_soap());
    paths.extend(ceca());
    paths.extend(elavon());
    paths.extend(paypal_rest());
    paths.extend(paypal_nvp());
    paths
}

fn path(name: &'static str, contract: Contract, setup: &[Move], act: Move) -> Path {
    let setup = setup.to_vec();
    Path { name, contract, kind: PaymentKind::Sale, setup, act, refund_duplicates: false, fail_paid: 0 }
}

impl Path {
    fn hold(self) -> Self {
        Self { kind: PaymentKind::Preauthorization, ..self }
    }

    fn refunding_duplicates(self) -> Self {
        Self { refund_duplicates: true, ..self }
    }

    fn failing_once(self) -> Self {
        Self { fail_paid: 1, ..self }
    }
}

use Move::{
    AtOnce, Begin, BeginRemembering, Cancel, Capture, ChargeReference, Decline, Expire, Messages, Notify, Pay, Reconcile, Refund,
    RefundDuplicate, Return, Void,
};

fn redsys() -> Vec<Path> {
    const R: Contract = Contract::Redsys;
    let paid = [Begin, Pay(0), Notify(0)];
    let tabs = [Begin, Begin, Pay(0), Notify(0), Pay(1)];
    let twice = [Begin, Begin, Pay(0), Notify(0), Pay(1), Notify(1)];
    vec![
        path("redsys begin", R, &[], Begin),
        path("redsys notification", R, &[Begin, Pay(0)], Notify(0)),
        path("redsys return", R, &[Begin, Pay(0)], Return(0)),
        path("redsys notification and return at once", R, &[Begin, Pay(0)], AtOnce(0)),
        path("redsys return after notification", R, &paid, Return(0)),
        path("redsys declined", R, &[Begin, Decline(0)], Notify(0)),
        path("redsys declined, then paid on the same page", R, &[Begin, Decline(0), Notify(0), Pay(0)], Notify(0)),
        path("redsys nobody comes back", R, &[Begin, Pay(0)], Reconcile),
        path("redsys nobody pays", R, &[Begin], Expire),
        path("redsys on_paid fails once", R, &[Begin, Pay(0)], Notify(0)).failing_once(),
        path("redsys on_paid fails once in reconcile", R, &[Begin, Pay(0)], Reconcile).failing_once(),
        path("redsys cancel", R, &[Begin], Cancel),
        path("redsys cancel of a paid one", R, &[Begin, Pay(0)], Cancel),
        path("redsys late after cancel", R, &[Begin, Cancel, Pay(0)], Notify(0)),
        path("redsys late after supersede", R, &[Begin, Begin, Pay(0)], Notify(0)),
        path("redsys two tabs", R, &tabs, Notify(1)),
        path("redsys two tabs, refunded by itself", R, &tabs, Notify(1)).refunding_duplicates(),
        path("redsys second payment refunded by itself", R, &twice, Reconcile).refunding_duplicates(),
        path("redsys second payment refunded by a person", R, &twice, RefundDuplicate),
        path("redsys refund", R, &paid, Refund(WHOLE)),
        path("redsys refund of a part", R, &paid, Refund(PART)),
        path("redsys refund of a second part", R, &[Begin, Pay(0), Notify(0), Refund(PART)], Refund(PART * 2)),
        path("redsys void of a charge", R, &paid, Void),
        path("redsys hold", R, &[Begin, Pay(0)], Notify(0)).hold(),
        path("redsys hold nobody tells of", R, &[Begin, Pay(0)], Reconcile).hold(),
        path("redsys capture", R, &paid, Capture(WHOLE)).hold(),
        path("redsys capture of a part", R, &paid, Capture(PART)).hold(),
        path("redsys capture, on_paid fails once", R, &paid, Capture(WHOLE)).hold().failing_once(),
        path("redsys hold voided", R, &paid, Void).hold(),
        path("redsys refund of a capture", R, &[Begin, Pay(0), Notify(0), Capture(PART)], Refund(PART)).hold(),
        path("redsys two tabs with holds, let go by itself", R, &tabs, Notify(1)).hold().refunding_duplicates(),
        path("redsys charge by reference", R, &[BeginRemembering, Pay(0), Notify(0)], ChargeReference),
    ]
}

fn redsys_soap() -> Vec<Path> {
    const S: Contract = Contract::RedsysSoap;
    vec![
        path("redsys soap notification", S, &[Begin, Pay(0)], Notify(0)),
        path("redsys soap hold", S, &[Begin, Pay(0)], Notify(0)).hold(),
        path("redsys soap on_paid fails once", S, &[Begin, Pay(0)], Notify(0)).failing_once(),
        path("redsys soap late after supersede", S, &[Begin, Begin, Pay(0)], Notify(0)),
        path("redsys soap two tabs", S, &[Begin, Begin, Pay(0), Notify(0), Pay(1)], Notify(1)),
        path("redsys soap refund", S, &[Begin, Pay(0), Notify(0)], Refund(WHOLE)),
    ]
}

fn ceca() -> Vec<Path> {
    const C: Contract = Contract::Ceca;
    let paid = [Begin, Pay(0), Notify(0)];
    let tabs = [Begin, Begin, Pay(0), Notify(0), Pay(1)];
    vec![
        path("ceca begin", C, &[], Begin),
        path("ceca notification", C, &[Begin, Pay(0)], Notify(0)),
        path("ceca on_paid fails once", C, &[Begin, Pay(0)], Notify(0)).failing_once(),
        path("ceca cancel", C, &[Begin], Cancel),
        path("ceca late after cancel", C, &[Begin, Cancel, Pay(0)], Notify(0)),
        path("ceca late after supersede", C, &[Begin, Begin, Pay(0)], Notify(0)),
        path("ceca nobody pays", C, &[Begin], Expire),
        path("ceca two tabs", C, &tabs, Notify(1)),
        path("ceca two tabs, refunded by itself", C, &tabs, Notify(1)).refunding_duplicates(),
        path("ceca refund", C, &paid, Refund(WHOLE)),
        path("ceca refund of a part", C, &paid, Refund(PART)),
    ]
}

fn elavon() -> Vec<Path> {
    const E: Contract = Contract::Elavon;
    const A: Contract = Contract::ElavonAuto;
    let paid = [Begin, Pay(0), Return(0)];
    let tabs = [Begin, Begin, Pay(0), Return(0), Pay(1)];
    vec![
        path("elavon on confirmation", E, &[Begin, Pay(0)], Return(0)),
        path("elavon on confirmation, nobody comes back", E, &[Begin, Pay(0)], Reconcile),
        path("elavon on confirmation, on_paid fails once", E, &[Begin, Pay(0)], Return(0)).failing_once(),
        path("elavon auto", A, &[Begin, Pay(0)], Return(0)),
        path("elavon auto, nobody comes back", A, &[Begin, Pay(0)], Reconcile),
        path("elavon auto, on_paid fails once", A, &[Begin, Pay(0)], Return(0)).failing_once(),
        path("elavon begin", E, &[], Begin),
        path("elavon declined", E, &[Begin, Decline(0)], Return(0)),
        path("elavon cancel of an approved one", E, &[Begin, Pay(0)], Cancel),
        path("elavon late after cancel", E, &[Begin, Cancel, Pay(0)], Return(0)),
        path("elavon late after supersede", E, &[Begin, Begin, Pay(0)], Return(0)),
        path("elavon nobody pays", E, &[Begin], Expire),
        path("elavon two tabs", E, &tabs, Return(1)),
        path("elavon auto two tabs", A, &tabs, Return(1)),
        path("elavon auto two tabs, refunded by itself", A, &tabs, Return(1)).refunding_duplicates(),
        path("elavon refund", E, &paid, Refund(WHOLE)),
        path("elavon refund of a part", E, &paid, Refund(PART)),
        path("elavon auto refund", A, &paid, Refund(WHOLE)),
        path("elavon void of a charge", A, &paid, Void),
        path("elavon hold", E, &[Begin, Pay(0)], Return(0)).hold(),
        path("elavon capture", E, &paid, Capture(WHOLE)).hold(),
        path("elavon capture of a part", E, &paid, Capture(PART)).hold(),
        path("elavon hold voided", E, &paid, Void).hold(),
        path("elavon charge by reference", A, &[BeginRemembering, Pay(0), Return(0)], ChargeReference),
        path("elavon charge by reference, settled by the shop", E, &[BeginRemembering, Pay(0), Return(0)], ChargeReference),
    ]
}

fn paypal_rest() -> Vec<Path> {
    const P: Contract = Contract::PaypalRest;
    let paid = [Begin, Pay(0), Return(0)];
    let tabs = [Begin, Begin, Pay(0), Return(0), Pay(1)];
    let told = [Begin, Pay(0), Return(0), Refund(PART)];
    vec![
        path("paypal rest begin", P, &[], Begin),
        path("paypal rest return", P, &[Begin, Pay(0)], Return(0)),
        path("paypal rest webhook", P, &[Begin, Pay(0)], Notify(0)),
        path("paypal rest webhook and return at once", P, &[Begin, Pay(0)], AtOnce(0)),
        path("paypal rest nobody comes back", P, &[Begin, Pay(0)], Reconcile),
        path("paypal rest on_paid fails once", P, &[Begin, Pay(0)], Return(0)).failing_once(),
        path("paypal rest webhook after the return", P, &paid, Messages),
        path("paypal rest declined", P, &[Begin, Decline(0)], Return(0)),
        path("paypal rest cancel", P, &[Begin], Cancel),
        path("paypal rest late after cancel", P, &[Begin, Cancel, Pay(0)], Return(0)),
        path("paypal rest late after supersede", P, &[Begin, Begin, Pay(0)], Return(0)),
        path("paypal rest nobody pays", P, &[Begin], Expire),
        path("paypal rest two tabs", P, &tabs, Return(1)),
        path("paypal rest refund", P, &paid, Refund(WHOLE)),
        path("paypal rest refund of a part", P, &paid, Refund(PART)),
        path("paypal rest webhook of a refund", P, &told, Messages),
        path("paypal rest hold", P, &[Begin, Pay(0)], Return(0)).hold(),
        path("paypal rest capture", P, &paid, Capture(WHOLE)).hold(),
        path("paypal rest capture of a part", P, &paid, Capture(PART)).hold(),
        path("paypal rest hold voided", P, &paid, Void).hold(),
    ]
}

fn paypal_nvp() -> Vec<Path> {
    const P: Contract = Contract::PaypalNvp;
    let paid = [Begin, Pay(0), Return(0)];
    let told = [Begin, Pay(0), Return(0), Refund(PART)];
    vec![
        path("paypal nvp begin", P, &[], Begin),
        path("paypal nvp return", P, &[Begin, Pay(0)], Return(0)),
        path("paypal nvp nobody comes back", P, &[Begin, Pay(0)], Reconcile),
        path("paypal nvp on_paid fails once", P, &[Begin, Pay(0)], Return(0)).failing_once(),
        path("paypal nvp ipn", P, &paid, Messages),
        path("paypal nvp late after supersede", P, &[Begin, Begin, Pay(0)], Return(0)),
        path("paypal nvp refund", P, &paid, Refund(WHOLE)),
        path("paypal nvp refund of a part", P, &paid, Refund(PART)),
        path("paypal nvp ipn of a refund", P, &told, Messages),
        path("paypal nvp hold", P, &[Begin, Pay(0)], Return(0)).hold(),
        path("paypal nvp capture", P, &paid, Capture(WHOLE)).hold(),
        path("paypal nvp capture of a part", P, &paid, Capture(PART)).hold(),
        path("paypal nvp hold voided", P, &paid, Void).hold(),
    ]
}
