//! Both clients against a server on this machine: what comes back, and what is said of a request that has no answer.

mod server;

use std::time::Duration;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{Request, Response, StatusCode};

use self::server::{Authority, DESERTED, Peer, Seen, Server};
use crate::{ANSWER_LIMIT, Error, Lost, TimeLimit};

/// Long enough that it never decides a test on a good machine.
const PATIENT: Duration = Duration::from_secs(60);

/// For the tests in which time must run out: the first, unless the machine is so slow that it ends before the request left.
const SHORT: [Duration; 3] = [Duration::from_millis(100), Duration::from_secs(2), Duration::from_secs(20)];

type Sent = Result<Response<Vec<u8>>, Lost>;

/// A client under test.
struct Client {
    name: &'static str,
    send: Box<dyn Fn(Request<Vec<u8>>, TimeLimit) -> Sent>,
}

impl Client {
    fn get(&self, url: &str, limit: Duration) -> Sent {
        (self.send)(Request::get(url).body(Vec::new()).unwrap(), TimeLimit::new("test", limit))
    }

    fn post(&self, url: &str, body: impl Into<Vec<u8>>) -> Sent {
        let request = Request::post(url).header(CONTENT_TYPE, "application/json").body(body.into()).unwrap();
        (self.send)(request, TimeLimit::new("test", PATIENT))
    }
}

/// Those that are compiled in, trusting what they trust by themselves, or that root alone.
fn clients(root: Option<&[u8]>) -> Vec<Client> {
    vec![
        #[cfg(feature = "ureq")]
        ureq(root).unwrap(),
        #[cfg(feature = "reqwest")]
        reqwest(root).unwrap(),
    ]
}

#[cfg(feature = "ureq")]
fn ureq(root: Option<&[u8]>) -> Result<Client, Error> {
    use crate::blocking::{Transport, UreqTransport};

    let transport = root.map_or_else(|| Ok(UreqTransport::new()), UreqTransport::with_only_root)?;
    Ok(Client { name: "ureq", send: Box::new(move |request, limit| transport.send(request, limit)) })
}

#[cfg(feature = "reqwest")]
fn reqwest(root: Option<&[u8]>) -> Result<Client, Error> {
    use crate::{ReqwestTransport, Transport};

    let transport = root.map_or_else(ReqwestTransport::new, ReqwestTransport::with_only_root)?;
    let send = move |request, limit| {
        // dropped with all its tasks, and so with every connection, before the answer is looked at
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(transport.send(request, limit))
    };
    Ok(Client { name: "reqwest", send: Box::new(send) })
}

#[track_caller]
fn assert_before(client: &Client, sent: &Sent) {
    assert!(matches!(sent, Err(Lost::BeforeSend { .. })), "{}: {sent:?}", client.name);
}

#[track_caller]
fn assert_after(client: &Client, sent: &Sent) {
    assert!(matches!(sent, Err(Lost::AfterSend { .. })), "{}: {sent:?}", client.name);
}

/// A server that hears one request on each connection and answers it so.
fn answering(answer: impl Into<Vec<u8>>) -> Server {
    let answer = answer.into();
    Server::http(move |peer| {
        if peer.hear() {
            peer.say(&answer);
        }
    })
}

/// Sends to a server that goes silent after those words; how that ended, once the server has heard the request.
fn unanswered(client: &Client, words: &'static str) -> Sent {
    for limit in SHORT {
        let server = Server::http(move |peer| {
            peer.hear();
            peer.say(words);
            peer.keep_silent();
        });
        let sent = client.get(&server.http_url("/"), limit);
        match requests(server).len() {
            0 => assert!(sent.is_err()),
            1 => return sent,
            _ => panic!("{} sent it again", client.name),
        }
    }
    panic!("{} sent nothing", client.name);
}

fn requests(server: Server) -> Vec<Seen> {
    server.connections().into_iter().flatten().collect()
}

#[test]
fn a_request_arrives_whole_and_so_does_its_answer() {
    for client in clients(None) {
        let server = answering("HTTP/1.1 201 Created\r\nX-Bank: hers\r\nContent-Length: 4\r\n\r\n\0\x01ok");
        let answer = client.post(&server.http_url("/pay?a=1&b=%2F"), *b"{\"n\":\"\xc3\xb1\"}\0").unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(answer.headers()["x-bank"], "hers");
        assert_eq!(answer.body(), b"\0\x01ok");
        let seen = requests(server);
        assert_eq!(seen.len(), 1, "{}: {seen:?}", client.name);
        assert!(seen[0].head.starts_with("post /pay?a=1&b=%2f http/1.1\r\n"), "{}", seen[0].head);
        assert!(seen[0].head.contains("\r\ncontent-type: application/json\r\n"), "{}", seen[0].head);
        assert_eq!(seen[0].body, b"{\"n\":\"\xc3\xb1\"}\0");
    }
}

#[test]
fn a_redirect_is_an_answer_and_nobody_follows_it() {
    for client in clients(None) {
        for status in [301, 302, 303, 307, 308] {
            let server = answering(format!("HTTP/1.1 {status} Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"));
            let answer = client.post(&server.http_url("/pay"), "amount=1").unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()[LOCATION], "/other");
            assert_eq!(requests(server).len(), 1, "{} followed a {status}", client.name);
        }
    }
}

#[test]
fn every_status_is_an_answer() {
    for client in clients(None) {
        for status in [204, 400, 401, 404, 407, 408, 421, 422, 425, 429, 500, 502, 503, 504] {
            let server = answering(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n"));
            assert_eq!(client.post(&server.http_url("/"), "x").unwrap().status(), status, "{}", client.name);
            assert_eq!(requests(server).len(), 1, "{} repeated after {status}", client.name);
        }
    }
}

#[test]
fn what_cannot_be_connected_was_not_sent() {
    for client in clients(None) {
        assert_before(&client, &client.post(DESERTED, "x"));
        assert_before(&client, &client.post("/no/host", "x"));
    }
}

#[test]
fn a_connection_that_ends_without_an_answer_may_have_carried_the_request() {
    for client in clients(None) {
        let server = Server::http(|peer| {
            peer.hear();
        });
        assert_after(&client, &client.post(&server.http_url("/"), "x"));
        assert_eq!(requests(server).len(), 1, "{} sent it again", client.name);
    }
}

#[test]
fn a_connection_that_is_reset_may_have_carried_the_request() {
    for client in clients(None) {
        // what was not read makes a reset of the end; the large body cannot be written to its end
        for heard in [0, 1, 70_000] {
            let server = Server::http(move |peer| peer.hear_bytes(heard));
            assert_after(&client, &client.post(&server.http_url("/"), vec![b'x'; 8 * ANSWER_LIMIT]));
            assert_eq!(server.connections().len(), 1, "{} tried again after {heard} bytes", client.name);
        }
    }
}

#[test]
fn an_answer_that_never_comes_is_waited_for_no_longer_than_the_limit() {
    for client in clients(None) {
        assert_after(&client, &unanswered(&client, ""));
    }
}

#[test]
fn the_limit_holds_for_the_body_too() {
    for client in clients(None) {
        assert_after(&client, &unanswered(&client, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun"));
    }
}

#[test]
fn what_is_no_http_is_no_answer() {
    let answers: [&[u8]; 4] =
        [b"\0\x01\x02", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"+OK POP3\r\n"];
    for client in clients(None) {
        for answer in answers {
            let server = answering(answer);
            assert_after(&client, &client.post(&server.http_url("/"), "x"));
            assert_eq!(requests(server).len(), 1);
        }
    }
}

#[test]
fn an_answer_of_a_mebibyte_is_read_and_one_byte_more_is_too_much() {
    let answer = |length: usize| {
        let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        answer.resize(answer.len() + length, b'x');
        answer
    };
    for client in clients(None) {
        let server = answering(answer(ANSWER_LIMIT));
        assert_eq!(client.post(&server.http_url("/"), "x").unwrap().body().len(), ANSWER_LIMIT);
        drop(server.connections());
        let server = answering(answer(ANSWER_LIMIT + 1));
        assert_after(&client, &client.post(&server.http_url("/"), "x"));
        drop(server.connections());
    }
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let heads = ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n"];
    let parts = ["8\r\n12345678\r\n", "12345678", "X-Header: 12345678\r\n"];
    for client in clients(None) {
        for (head, part) in heads.into_iter().zip(parts) {
            let part = part.repeat(512);
            let server = Server::http(move |peer| {
                peer.hear();
                peer.say(head);
                while peer.say(&part) {}
            });
            assert_after(&client, &client.post(&server.http_url("/"), "x"));
            assert_eq!(requests(server).len(), 1);
        }
    }
}

#[test]
fn an_answer_that_was_cut_short_is_lost() {
    let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nRESULT=0",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nRESULT=0\r\n",
    ];
    for client in clients(None) {
        for answer in answers {
            let server = answering(answer);
            assert_after(&client, &client.post(&server.http_url("/"), "x"));
            drop(server.connections());
        }
    }
}

#[test]
fn no_connection_is_used_twice_so_that_none_can_be_stale() {
    for client in clients(None) {
        // a server that keeps the connection open, hears what comes next, and ends without an answer
        let server = Server::http(|peer| {
            peer.hear();
            peer.say("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\nContent-Length: 2\r\n\r\nok");
            peer.hear();
        });
        for n in ["1", "2", "3"] {
            assert_eq!(client.post(&server.http_url("/"), n).unwrap().body(), b"ok", "{}", client.name);
        }
        let carried: Vec<usize> = server.connections().iter().map(Vec::len).collect();
        assert_eq!(carried, [1, 1, 1], "{}", client.name);
    }
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for client in clients(None).into_iter().chain(clients(Some(&theirs.pem()))) {
        let server = Server::https(ours.server("127.0.0.1"), |peer| {
            peer.hear();
        });
        assert_before(&client, &client.post(&server.https_url("/"), "secret"));
        assert_eq!(requests(server).len(), 0, "{} sent it", client.name);
    }
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let authority = Authority::new();
    for client in clients(Some(&authority.pem())) {
        let server = Server::https(authority.server("bank.example"), |peer| {
            peer.hear();
        });
        assert_before(&client, &client.post(&server.https_url("/"), "secret"));
        assert_eq!(requests(server).len(), 0, "{} sent it", client.name);
    }
}

#[test]
fn the_given_root_is_trusted_and_no_provider_is_installed_for_the_whole_program() {
    let authority = Authority::new();
    for client in clients(Some(&authority.pem())) {
        let server = Server::https(authority.server("127.0.0.1"), |peer| {
            peer.hear();
            peer.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        assert_eq!(client.post(&server.https_url("/"), "secret").unwrap().body(), b"ok");
        assert_eq!(requests(server).len(), 1, "{}", client.name);
    }
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[test]
fn what_is_no_root_certificate_is_refused() {
    let junk = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    for text in ["", "bank", junk] {
        #[cfg(feature = "ureq")]
        assert!(matches!(ureq(Some(text.as_bytes())), Err(Error::Config { .. })), "{text:?}");
        #[cfg(feature = "reqwest")]
        assert!(matches!(reqwest(Some(text.as_bytes())), Err(Error::Config { .. })), "{text:?}");
    }
}

#[test]
fn time_that_runs_out_while_connecting_runs_out_before_the_request_is_sent() {
    for client in clients(None) {
        // it takes the connection and never speaks TLS
        let server = Server::http(Peer::keep_silent);
        assert_before(&client, &client.get(&server.https_url("/"), SHORT[0]));
        drop(server.connections());
    }
}

#[test]
fn a_handshake_that_fails_fails_before_the_request_is_sent() {
    for client in clients(None) {
        for said in ["", "HTTP/1.1 400 Bad Request\r\n\r\n"] {
            let server = Server::http(move |peer| {
                peer.hear_bytes(1);
                peer.say(said);
            });
            assert_before(&client, &client.post(&server.https_url("/"), "x"));
            drop(server.connections());
        }
    }
}

#[test]
fn an_alert_counts_as_before_only_while_the_handshake_runs() {
    let authority = Authority::new();
    for client in clients(Some(&authority.pem())) {
        // TLS 1.2 asks for the client's certificate within the handshake; in TLS 1.3 the client has done its part, and
        // may have sent the request, when the server finds that there is none
        let server = Server::https(authority.strict_server("127.0.0.1", &rustls::version::TLS12), |_| ());
        assert_before(&client, &client.post(&server.https_url("/"), "x"));
        drop(server.connections());
        let server = Server::https(authority.strict_server("127.0.0.1", &rustls::version::TLS13), |_| ());
        assert_after(&client, &client.post(&server.https_url("/"), "x"));
        drop(server.connections());
    }
}

#[test]
fn an_answer_that_ends_with_the_connection_is_whole_only_when_the_end_was_announced() {
    let authority = Authority::new();
    for client in clients(Some(&authority.pem())) {
        for announced in [true, false] {
            let server = Server::https(authority.server("127.0.0.1"), move |peer| {
                peer.hear();
                peer.say("HTTP/1.1 200 OK\r\n\r\nRESULT=0");
                if announced {
                    peer.end();
                }
            });
            let sent = client.post(&server.https_url("/"), "x");
            drop(server.connections());
            if announced {
                assert_eq!(sent.unwrap().body(), b"RESULT=0", "{}", client.name);
            } else {
                assert_after(&client, &sent);
            }
        }
    }
}

#[test]
fn a_loss_names_its_limit_and_not_the_address() {
    for client in clients(None) {
        let address = format!("{DESERTED}?token=hunter2");
        let Err(lost) = client.post(&address, "x") else { panic!("{} sent it", client.name) };
        let text = lost.to_string();
        assert!(text.starts_with("not sent: test: ") && !text.contains("hunter2"), "{}: {text}", client.name);
    }
}
