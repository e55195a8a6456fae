//! The bank of a case: a transport that compares each request with what is listed and answers as recorded.

use std::cell::RefCell;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use vpos::core::{Lost, TimeLimit};
use vpos::{Error, Exchange, drive_blocking};

use super::fixture::{ExchangeTable, Fixture, LostWord, ResponseTable};
use super::{matching, setup};

/// The listed exchanges and how far they were used.
pub(super) struct Script<'a> {
    listed: &'a [ExchangeTable],
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    sent: usize,
    wrong: Vec<String>,
}

impl<'a> Script<'a> {
    pub(super) fn new(fixture: &'a Fixture) -> Self {
        Self { listed: &fixture.exchange, state: RefCell::default() }
    }

    /// Drives an exchange over the listed ones.
    pub(super) fn drive<T: 'static>(&self, exchange: Exchange<T>) -> Result<T, Error> {
        drive_blocking(exchange, &|request: Request<Vec<u8>>, _: TimeLimit| self.answer(&request))
    }

    /// How many requests were sent, and what was wrong with them.
    pub(super) fn finish(self) -> (usize, Vec<String>) {
        let State { sent, mut wrong } = self.state.into_inner();
        if sent < self.listed.len() {
            wrong.push(format!("{sent} of {} were sent", self.listed.len()));
        }
        (sent, wrong)
    }

    fn answer(&self, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Lost> {
        let mut state = self.state.borrow_mut();
        let Some(listed) = self.listed.get(state.sent) else {
            state.sent += 1;
            state.wrong.push(format!("one more: {} {}", request.method(), request.uri()));
            return Err(Lost::before_send("not listed"));
        };
        state.sent += 1;
        state.wrong.extend(matching::differences(request, listed));
        match listed.response.lost {
            Some(LostWord::BeforeSend) => Err(Lost::before_send("as recorded")),
            Some(LostWord::AfterSend) => Err(Lost::after_send("as recorded")),
            None => response(&listed.response).map_err(|reason| {
                state.wrong.push(reason.clone());
                Lost::before_send(reason)
            }),
        }
    }
}

fn response(table: &ResponseTable) -> Result<Response<Vec<u8>>, String> {
    let mut response = Response::new(setup::body(table.body.as_deref(), table.body_base64.as_deref())?);
    let status = table.status.unwrap_or(200);
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| format!("there is no status {status}"))?;
    for (name, value) in &table.headers {
        let header = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        let (Ok(name), Ok(value)) = header else { return Err(format!("there is no header {name}")) };
        response.headers_mut().append(name, value);
    }
    Ok(response)
}
