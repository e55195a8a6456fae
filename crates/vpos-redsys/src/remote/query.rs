//! The SOAP query: what the bank's own books say of an order, or of all orders in a time span.
//!
//! Source: the bank's "Consultas SOAP de transacciones" 2.5.

use std::fmt;

use http::Request;
use vpos_core::jiff::civil::DateTime;
use vpos_core::operation::{OpenQuestion, Operation, Refund, RefundState};
use vpos_core::xml::Element;
use vpos_core::{
    Action, Amount, Answer, Authentic, Claim, ClaimedAmount, Confirmation, Error, Exchange, OperationNumber, Outcome,
    PaymentKind, Report,
};

use super::BANK;
use crate::config::{Contract, check_number};
use crate::wire::claim::{self, Fields as _};
use crate::wire::names::{answer, transaction};
use crate::wire::query::{Decoded, Question, Rows, SOAP_ACTION, decode, encode};
use crate::{Redsys, codes};

/// Asks about what is open of an operation.
pub(crate) fn open_question(contract: &Contract, operation: &Operation) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&contract.acceptor)?;
    check_number(operation.number())?;
    let (action, transaction, refund) = match (operation.open_question(), operation.kind()) {
        (OpenQuestion::Refund(id), _) => (Action::Refund, transaction::REFUND, Some(operation.refund(id)?.clone())),
        (OpenQuestion::Capture, _) => (Action::Capture, transaction::CAPTURE, None),
        (OpenQuestion::Void, _) => (Action::Void, transaction::VOID, None),
        (OpenQuestion::Payment, PaymentKind::Sale) => (Action::Charge, transaction::CHARGE, None),
        (OpenQuestion::Payment, PaymentKind::Preauthorization) => (Action::Hold, transaction::PREAUTHORISE, None),
    };
    let request = request(contract, operation.number(), &Question::Transaction { transaction })?;
    let asked = Asked { action, refund, contract: contract.clone(), operation: operation.clone() };
    Ok(Exchange::ask(request, BANK, move |answer| Ok(Exchange::Done(asked.read(answer)))))
}

fn request(contract: &Contract, order: &OperationNumber, question: &Question) -> Result<Request<Vec<u8>>, Error> {
    Request::post(contract.query_address())
        .header(http::header::CONTENT_TYPE, "text/xml; charset=utf-8")
        .header("SOAPAction", SOAP_ACTION)
        .body(encode(contract, order, question).into_bytes())
        .map_err(|_| Error::config("environment", "not an address"))
}

/// What was asked about one operation.
struct Asked {
    action: Action,
    refund: Option<Refund>,
    contract: Contract,
    operation: Operation,
}

impl Asked {
    fn read(&self, answer: Answer) -> Report {
        let unknown = |reason: String| Report::unknown(self.action, reason);
        match decoded(&self.contract, self.operation.number(), answer) {
            Ok(Decoded::Rows(rows, proof)) => self.judge(&rows, proof).unwrap_or_else(|error| unknown(error.to_string())),
            // the bank knows no such operation: the buyer never got there, or not yet
            Ok(Decoded::Error(code)) if code == "XML0024" => Report::Open { action: self.action, code: Some(code) },
            Ok(Decoded::Error(code)) => {
                let message = codes::find(&code).map_or("not in the public lists", |known| known.english()).to_owned();
                Report::Rejected { action: self.action, code, message }
            }
            Err(Error::Transport(lost)) => Report::lost(self.action, &lost),
            Err(error) => unknown(error.to_string()),
        }
    }

    /// One order may have several rows (a buyer's second card): an approved one decides, else one that is not finished, else
    /// the last.
    fn judge(&self, rows: &Rows, proof: Authentic) -> Result<Report, Error> {
        let mut best: Option<Claim> = None;
        let mut answered = false;
        let mut given_back = 0;
        for row in rows.iter() {
            row.refuse_double_fields()?;
            let claim = self.claim(row)?;
            if claim.number != *self.operation.number() {
                return Err(vpos_core::Refusal::Number.into());
            }
            // rows of the order's other transactions are none of this question
            if claim.action != self.action {
                continue;
            }
            answered = true;
            given_back += usize::from(claim.outcome == Outcome::Approved && self.is_of_this_amount(&claim));
            if self.is_of_another_refund(&claim) {
                continue;
            }
            if best.as_ref().is_none_or(|best| rank(claim.outcome) >= rank(best.outcome)) {
                best = Some(claim);
            }
        }
        if !answered && self.refund.is_none() && self.action != Action::Void {
            return Err(vpos_core::Refusal::Type.into());
        }
        // a row need not say which refund it is: as many as we know of are theirs
        let others =
            |claim: &Claim| self.refund.is_some() && claim.outcome == Outcome::Approved && given_back <= self.known_refunds();
        let best = best.filter(|claim| !others(claim));
        let Some(claim) = best else { return Ok(Report::Open { action: self.action, code: None }) };
        Ok(Report::Confirmed(Confirmation::new(claim, proof, &self.operation)?))
    }

    /// A row's claim: `Ds_State` F means that `Ds_Response` decides; T that the issuer gave no answer; others that it is
    /// not finished.
    fn claim(&self, row: Element<'_>) -> Result<Claim, Error> {
        let order: OperationNumber =
            row.required(answer::ORDER)?.parse().map_err(|_| Error::malformed(answer::ORDER, "not an order number"))?;
        let undecided = match row.required(answer::STATE)? {
            "F" => None,
            "T" => Some(Outcome::Unknown),
            "P" | "S" | "A" | "E" | "W" | "L" | "O" | "D" => Some(Outcome::Pending),
            _ => return Err(Error::malformed(answer::STATE, "not a state")),
        };
        match undecided {
            None => claim::read(&row, &order, &self.contract, None),
            Some(outcome) => claim::read_undecided(&row, &order, &self.contract, outcome),
        }
    }

    /// When a refund is asked about: rows of the operation's other refunds are not its.
    fn is_of_another_refund(&self, claim: &Claim) -> bool {
        let Some(asked) = &self.refund else { return false };
        let reference = claim.identity.and_then(|name| claim.references.get(name));
        let known =
            |refund: &Refund| refund.id != asked.id && refund.reference.is_some() && refund.reference.as_deref() == reference;
        !self.is_of_this_amount(claim) || self.operation.refunds().iter().any(known)
    }

    /// Whether a row states the amount of the refund that is asked about.
    fn is_of_this_amount(&self, claim: &Claim) -> bool {
        self.refund.as_ref().is_some_and(|asked| claim.amount == ClaimedAmount::Stated(asked.amount))
    }

    /// How many other refunds of the amount that is asked about were approved.
    fn known_refunds(&self) -> usize {
        let Some(asked) = &self.refund else { return 0 };
        let gave_back = |refund: &&Refund| matches!(refund.state, RefundState::Approved | RefundState::Voided);
        let others = self.operation.refunds().iter().filter(|refund| refund.id != asked.id && refund.amount == asked.amount);
        others.filter(gave_back).count()
    }
}

/// Good news first, then what is still open.
const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Approved => 3,
        Outcome::Pending => 2,
        Outcome::Unknown => 1,
        Outcome::Declined | Outcome::Cancelled | Outcome::Error => 0,
    }
}

/// The answer's document, read.
fn decoded(contract: &Contract, order: &OperationNumber, answer: Answer) -> Result<Decoded, Error> {
    let response = answer.into_response()?;
    if response.status() != http::StatusCode::OK {
        return Err(Error::malformed("answer", format!("status {}", response.status().as_u16())));
    }
    let document = std::str::from_utf8(response.body()).map_err(|_| Error::malformed("answer", "not UTF-8"))?;
    decode(contract, order, document)
}

/// From when to when, in the bank's local time: at most 15 days, at most a year ago (else the bank answers XML0038 to XML0040).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Span {
    /// The first second.
    pub from: DateTime,
    /// The last.
    pub to: DateTime,
}

impl Redsys {
    /// All that the bank has of an order: charges, captures, refunds, voids.
    ///
    /// # Errors
    /// [`Error::Payment`] for a number that is none at this bank.
    pub fn query_order(&self, order: &OperationNumber) -> Result<Exchange<Listing>, Error> {
        self.listing(order, &Question::Monitor)
    }

    /// All transactions of one type ("0" charges, "3" refunds, ...) in a time span. `any_order` is any number by the bank's
    /// rule: it only derives the signature's key.
    ///
    /// # Errors
    /// [`Error::Payment`] for a type that is not one or two letters or digits, or a number that is none at this bank.
    pub fn query_transactions(
        &self,
        transaction: &str,
        span: Span,
        any_order: &OperationNumber,
    ) -> Result<Exchange<Listing>, Error> {
        if !(1..=2).contains(&transaction.len()) || !transaction.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Error::payment("transaction", "not a transaction type"));
        }
        let Span { from, to } = span;
        self.listing(any_order, &Question::TransactionMasiva { transaction: transaction.to_owned(), from, to })
    }

    /// All transactions of every type in a time span.
    ///
    /// ```
    /// use vpos_core::jiff::civil::date;
    /// use vpos_core::{Environment, Exchange, Secret};
    /// use vpos_redsys::{Config, Redsys, Span};
    ///
    /// # let config = Config::new(Environment::Test, "999008881", 1, Secret::new("sq7HjrUOBfKmC576ILgskD5srU870gJ7"));
    /// let redsys = Redsys::new(config)?;
    /// let day = Span { from: date(2026, 1, 2).at(0, 0, 0, 0), to: date(2026, 1, 2).at(23, 59, 59, 0) };
    /// let exchange = redsys.query_all(day, &"00000000".parse()?)?; // drive it over a transport, then walk the listing
    /// # assert!(matches!(exchange, Exchange::Ask(_)));
    /// # Ok::<(), vpos_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Redsys::query_transactions`].
    pub fn query_all(&self, span: Span, any_order: &OperationNumber) -> Result<Exchange<Listing>, Error> {
        let Span { from, to } = span;
        self.listing(any_order, &Question::MonitorMasiva { from, to })
    }

    fn listing(&self, order: &OperationNumber, question: &Question) -> Result<Exchange<Listing>, Error> {
        check_number(order)?;
        let request = request(&self.contract, order, question)?;
        let (contract, order) = (self.contract.clone(), order.clone());
        Ok(Exchange::ask(request, BANK, move |answer| {
            let rows = match decoded(&contract, &order, answer)? {
                Decoded::Rows(rows, _) => Some(rows),
                Decoded::Error(code) if code == "XML0024" => None,
                Decoded::Error(code) => {
                    let message = codes::find(&code).map_or("not in the public lists", |known| known.english()).to_owned();
                    return Err(Error::Bank { code, message });
                }
            };
            Ok(Exchange::Done(Listing { next: 0, rows, contract }))
        }))
    }
}

/// The rows of a signed answer, one by one. A row that cannot be read is an error of its own; the others follow.
pub struct Listing {
    /// None where the bank has none.
    rows: Option<Rows>,
    next: usize,
    contract: std::sync::Arc<Contract>,
}

/// Shows how many are left, not what the bank wrote into them.
impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("left", &self.size_hint().0).finish_non_exhaustive()
    }
}

impl Iterator for Listing {
    type Item = Result<Listed, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.rows.as_ref()?;
        let place = rows.places.get(self.next)?;
        self.next += 1;
        Some(Listed::read(rows.document.element(*place), &self.contract))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rows.as_ref().map_or(0, |rows| rows.places.len() - self.next);
        (left, Some(left))
    }
}

/// A transaction in the bank's books. For a look at them: what moves an operation is the query of that operation.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// The order.
    pub number: OperationNumber,
    /// The transaction type, as the bank spells it.
    pub transaction: String,
    /// The amount.
    pub amount: Amount,
    /// `Ds_State`: F is finished.
    pub state: String,
    /// `Ds_Response`, four digits, where there is one.
    pub response: Option<String>,
    /// The authorisation code, where there is one.
    pub authorization: Option<String>,
    /// `yyyy-mm-dd hh:mm:ss`, the bank's local time, as it came.
    pub moment: String,
}

impl Listed {
    fn read(row: Element<'_>, contract: &Contract) -> Result<Self, Error> {
        row.refuse_double_fields()?;
        let terminal = claim::terminal(row.required(answer::TERMINAL)?)?;
        if row.required(answer::MERCHANT_CODE)? != contract.acceptor.merchant() {
            return Err(vpos_core::Refusal::Merchant.into());
        }
        if contract.acceptor.terminal() != Some(&terminal) {
            return Err(vpos_core::Refusal::Terminal.into());
        }
        let number = row.required(answer::ORDER)?.parse();
        let text = |name| Ok::<_, Error>(row.text(name)?.unwrap_or_default());
        let moment = format!("{} {}", text(answer::DATE)?, text(answer::HOUR)?);
        let response = row.text(answer::RESPONSE)?.filter(|code| !code.is_empty()).map(claim::response).transpose()?;
        Ok(Self {
            number: number.map_err(|_| Error::malformed(answer::ORDER, "not an order number"))?,
            transaction: row.required(answer::TRANSACTION_TYPE)?.to_owned(),
            amount: claim::amount(&row)?,
            state: row.required(answer::STATE)?.to_owned(),
            response,
            authorization: claim::references(&row)?.get(vpos_core::Reference::AuthorizationCode).map(str::to_owned),
            moment: moment.trim().to_owned(),
        })
    }
}
