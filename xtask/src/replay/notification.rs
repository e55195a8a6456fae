//! Kind notification: receive, find the operation, verify, charge what was approved, reply.

use http::{HeaderName, HeaderValue, Method, Request};
use vpos::core::Action;
use vpos::{AnyPos, Confirmation, Error, Lookup, Notification, Operation, Outcome, PointOfSale, Rejection, Timestamp};

use super::Got;
use super::fixture::{Fixture, RequestTable};
use super::script::Script;
use super::setup;

pub(super) fn run(fixture: &Fixture) -> Result<Got, String> {
    let now = setup::now(fixture)?;
    let request = request(fixture.request.as_ref().ok_or("missing table [request]")?)?;
    let script = Script::new(fixture);
    let result = (|| {
        let pos = setup::pos(fixture)?;
        let operation = fixture.operation.as_ref().map(|table| setup::operation(table, &pos)).transpose()?;
        Ok(handle(&pos, &request, operation, &script, now))
    })();
    let (sent, exchanges) = script.finish();
    Ok(Got { exchanges, sent, ..result.unwrap_or_else(Got::failed) })
}

/// What an application does with a request of the bank.
fn handle(pos: &AnyPos, request: &Request<Vec<u8>>, stored: Option<Operation>, script: &Script<'_>, now: Timestamp) -> Got {
    let state = stored.as_ref().map(Operation::state);
    let references = stored.as_ref().map(|operation| operation.references().clone()).unwrap_or_default();
    let before = Got { verified: Some(false), state, references, ..Got::default() };
    let notification = match pos.receive(request) {
        Ok(notification) => notification,
        Err(error) => {
            let reply = Some(pos.reject(None, None, &Rejection::from(&error)));
            return Got { refusal: refusal(&error), reply, ..before };
        }
    };
    let Some(mut operation) = stored.filter(|operation| is_about(&notification, operation)) else {
        let reply = Some(pos.reject(Some(&notification), None, &Rejection::UnknownOperation));
        return Got { refusal: Some("number"), reply, ..before };
    };
    let verified = pos.verify(&notification, &operation, now).and_then(|exchange| script.drive(exchange));
    let got = match verified {
        Ok(confirmation) => settle(pos, &confirmation, &mut operation, script, now),
        Err(error) => Err(error),
    };
    match got {
        Ok(got) => {
            let references = operation.references().clone();
            let reply = Some(pos.accept(&notification, &operation));
            Got { verified: Some(true), state: Some(operation.state()), references, reply, ..got }
        }
        Err(error) => {
            let reply = Some(pos.reject(Some(&notification), Some(&operation), &Rejection::from(&error)));
            let (refusal, outcome) = (refusal(&error), unanswered(&error));
            let unforeseen = refusal.is_none() && outcome.is_none();
            Got { refusal, outcome, reply, error: unforeseen.then_some(error), ..before }
        }
    }
}

fn is_about(notification: &Notification, operation: &Operation) -> bool {
    match notification.lookup() {
        Lookup::Number(number) => number == operation.number(),
        Lookup::Reference(name, value) => operation.references().get(*name) == Some(value),
    }
}

/// Charges an approved payment, once; everything else moves the operation as it is.
fn settle(
    pos: &AnyPos,
    confirmation: &Confirmation,
    operation: &mut Operation,
    script: &Script<'_>,
    now: Timestamp,
) -> Result<Got, Error> {
    let charges = matches!(confirmation.action(), Action::Approval | Action::Charge);
    let mut outcome = confirmation.outcome();
    let mut code = confirmation.code().map(str::to_owned);
    if charges && outcome == Outcome::Approved && !operation.state().is_paid() {
        // where the bank has charged already, nothing is started
        if confirmation.action() == Action::Approval {
            operation.start_charge()?;
        }
        let report = script.drive(pos.charge(confirmation, operation, now)?)?;
        operation.settle(&report)?;
        outcome = report.outcome();
        code = report.code().map(str::to_owned).or(code);
    } else {
        operation.apply(confirmation)?;
    }
    let authorization = confirmation.authorization().map(str::to_owned);
    Ok(Got { outcome: Some(outcome.as_str()), code, authorization, ..Got::default() })
}

/// The format's word for a message that was not believed.
fn refusal(error: &Error) -> Option<&'static str> {
    match error {
        Error::Malformed { .. } => Some("malformed"),
        Error::Refused(refusal) => Some(refusal.as_str()),
        _ => None,
    }
}

/// The outcome when the bank had to be asked and told nothing.
fn unanswered(error: &Error) -> Option<&'static str> {
    match error {
        Error::Transport(_) if error.is_unknown_outcome() => Some(Outcome::Unknown.as_str()),
        Error::Bank { .. } | Error::Transport(_) => Some(Outcome::Error.as_str()),
        _ => None,
    }
}

fn request(table: &RequestTable) -> Result<Request<Vec<u8>>, String> {
    let body = match &table.form {
        Some(_) if table.body.is_some() || table.body_base64.is_some() => return Err("both form and body".into()),
        Some(form) => form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into_bytes(),
        None => setup::body(table.body.as_deref(), table.body_base64.as_deref())?,
    };
    let method = table.method.as_deref().unwrap_or("POST");
    let mut request = Request::new(body);
    *request.method_mut() = method.parse::<Method>().map_err(|_| format!("there is no method {method:?}"))?;
    let target = table.target.as_deref().unwrap_or("/");
    *request.uri_mut() = target.parse().map_err(|error| format!("target: {error}"))?;
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(http::header::CONTENT_TYPE, form_type);
    for (name, value) in &table.headers {
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) else {
            return Err(format!("there is no header {name:?}"));
        };
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}
