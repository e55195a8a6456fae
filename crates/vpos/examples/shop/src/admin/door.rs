//! The door of the back office: one password, sessions in memory, and a token in every form.
//!
//! A real shop has accounts with roles and a second factor. What this has it keeps: the password is compared in constant time,
//! guesses wait in a line that hanging up does not shorten, the cookie is for this site alone, and nothing is done without the session's token.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::html;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

use super::to_its_end;
use crate::database::Database;
use crate::fields::Fields;
use crate::layout::Page;
use crate::oops::Oops;
use crate::state::{Shared, Shop};
use crate::visitor::{Cookie, Visitor, cookie, see_other};

const COOKIE: &str = "admin";

/// How long somebody who does nothing stays signed in.
const IDLE: Duration = Duration::from_hours(1);

/// How long a wrong password takes: all who knock stand in one line.
const WRONG: Duration = Duration::from_secs(1);

/// How many may stand in it. Whoever comes then is sent away, with the right password too.
const LINE: usize = 20;

/// How many forms that move money a session may have open: those of a hundred pages and more, in whatever tabs.
const OPEN_FORMS: usize = 600;

/// Who may come in.
pub(crate) struct Door {
    password: [u8; 32],
    sessions: Mutex<BTreeMap<String, Session>>,
    places: Semaphore,
    line: tokio::sync::Mutex<()>,
}

struct Session {
    token: String,
    until: Instant,
    notice: Option<String>,
    /// One for each form that was shown and not sent yet, oldest first.
    unspent: VecDeque<String>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Staff {
    id: String,
    pub(super) token: String,
    /// What the last action led to.
    pub(super) notice: Option<String>,
}

impl Staff {
    /// A form without this session's token was not made by one of this session's pages.
    pub(super) fn require(&self, fields: &Fields) -> Result<(), Oops> {
        let same = bool::from(fields.text("token").as_bytes().ct_eq(self.token.as_bytes()));
        if same { Ok(()) } else { Err(Oops::Token) }
    }
}

impl Door {
    /// Opens to that password; as with what is typed, spaces around it do not count.
    pub(crate) fn new(password: &str) -> Self {
        let password = Sha256::digest(password.trim().as_bytes()).into();
        Self { password, sessions: Mutex::default(), places: Semaphore::new(LINE), line: tokio::sync::Mutex::default() }
    }

    /// The new session's name, when the password is right.
    async fn open(&self, password: &str) -> Result<Option<String>, Oops> {
        let _place = self.places.try_acquire().map_err(|_| Oops::Crowd)?;
        let _line = self.line.lock().await;
        if !bool::from(Sha256::digest(password.trim().as_bytes()).ct_eq(&self.password)) {
            tokio::time::sleep(WRONG).await;
            return Ok(None);
        }
        let (id, token) = (random()?, random()?);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.until > Instant::now());
        sessions.insert(id.clone(), Session { token, until: Instant::now() + IDLE, notice: None, unspent: VecDeque::new() });
        Ok(Some(id))
    }

    fn staff(&self, id: &str) -> Option<Staff> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(id).filter(|session| session.until > Instant::now())?;
        session.until = Instant::now() + IDLE;
        Some(Staff { id: id.to_owned(), token: session.token.clone(), notice: session.notice.take() })
    }

    /// What the next page tells.
    pub(super) fn tell(&self, staff: &Staff, notice: String) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.get_mut(&staff.id) {
            session.notice = Some(notice);
        }
    }

    /// A value for the forms of a page that move money: each of these actions can be asked for with it, once.
    pub(super) fn once(&self, staff: &Staff, actions: &[String]) -> Result<String, getrandom::Error> {
        let once = random()?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.get_mut(&staff.id) {
            session.unspent.extend(actions.iter().map(|action| spent_by(&once, action)));
            let too_many = session.unspent.len().saturating_sub(OPEN_FORMS);
            session.unspent.drain(..too_many);
        }
        Ok(once)
    }

    /// Whether the value was there for that action. It is not from now on: of two clicks one finds it.
    pub(super) fn spend(&self, staff: &Staff, once: &str, action: &str) -> bool {
        let wanted = spent_by(once, action);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = sessions.get_mut(&staff.id) else { return false };
        let place = session.unspent.iter().position(|unspent| *unspent == wanted);
        place.and_then(|place| session.unspent.remove(place)).is_some()
    }

    fn close(&self, staff: &Staff) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&staff.id);
    }
}

fn spent_by(once: &str, action: &str) -> String {
    format!("{once} {action}")
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

impl<D: Database> FromRequestParts<Arc<Shop<D>>> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shop: &Arc<Shop<D>>) -> Result<Self, Response> {
        let staff = cookie(&parts.headers, COOKIE).and_then(|id| shop.door.staff(id));
        staff.ok_or_else(|| see_other("/admin/login"))
    }
}

pub(super) async fn page(visitor: Visitor) -> Response {
    asked(&visitor, false)
}

fn asked(visitor: &Visitor, wrong: bool) -> Response {
    let texts = visitor.texts;
    let inside = html! {
        h1 { (texts.admin) }
        @if wrong { p #wrong .notice role="alert" { (texts.wrong_password) } }
        form #login-form method="post" action="/admin/login" {
            p {
                label for="password" { (texts.password) }
                input #password name="password" type="password" autocomplete="current-password" required
                    aria-describedby=[wrong.then_some("wrong")];
            }
            p { button #login .main { (texts.sign_in) } }
        }
    };
    let status = if wrong { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Page { status, ..Page::new(visitor, texts.admin) }.with(&inside)
}

pub(super) async fn enter<D: Database>(State(shop): Shared<D>, visitor: Visitor, fields: Fields) -> Result<Response, Oops> {
    let password = fields.text("password").to_owned();
    let door = Arc::clone(&shop);
    // a task of its own: whoever hangs up keeps the place in the line, and the next guess waits for this one
    let Some(id) = to_its_end(async move { door.door.open(&password).await }).await? else {
        tracing::warn!("a wrong password for the back office");
        return Ok(asked(&visitor, true));
    };
    let cookie = Cookie { path: "/admin", seconds: 86_400, same_site: "Strict", ..Cookie::new(COOKIE, &id) };
    Ok(shop.set(cookie, see_other("/admin")))
}

pub(super) async fn leave<D: Database>(State(shop): Shared<D>, staff: Staff, fields: Fields) -> Result<Response, Oops> {
    staff.require(&fields)?;
    shop.door.close(&staff);
    let cookie = Cookie { path: "/admin", same_site: "Strict", ..Cookie::taken_away(COOKIE) };
    Ok(shop.set(cookie, see_other("/")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn spaces_around_a_password_count_on_neither_side() {
        let door = Door::new(" geheim\n");
        assert!(door.open("geheim").await.unwrap().is_some());
        assert!(door.open("\tgeheim ").await.unwrap().is_some());
        assert!(door.open("ge heim").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_value_is_good_for_one_session_one_action_and_one_time() {
        let door = Door::new("geheim");
        let (one, two) = (door.open("geheim").await.unwrap().unwrap(), door.open("geheim").await.unwrap().unwrap());
        let (one, two) = (door.staff(&one).unwrap(), door.staff(&two).unwrap());
        let actions = ["7/refund".to_owned(), "7/void".to_owned()];
        let (here, other_tab) = (door.once(&one, &actions).unwrap(), door.once(&one, &actions).unwrap());
        assert!(
            !door.spend(&two, &here, "7/refund") && !door.spend(&one, &here, "8/refund") && !door.spend(&one, "", "7/refund")
        );
        assert!(door.spend(&one, &here, "7/refund"));
        assert!(!door.spend(&one, &here, "7/refund"));
        assert!(door.spend(&one, &here, "7/void") && door.spend(&one, &other_tab, "7/refund"));
        for _ in 0..OPEN_FORMS {
            door.once(&one, &actions).unwrap();
        }
        assert!(!door.spend(&one, &other_tab, "7/void"), "what is kept is bounded");
        assert_eq!(door.sessions.lock().unwrap()[&one.id].unspent.len(), OPEN_FORMS);
    }
}
