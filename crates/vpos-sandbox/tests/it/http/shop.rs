//! A shop's web server, as small as can be: it hears a request on each connection and answers it.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a shop has a server")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use vpos_core::http::{Request, Response};

type Handler = dyn Fn(&Request<Vec<u8>>) -> Response<Vec<u8>> + Send + Sync;

/// Serves on a free port until the test is over; the address.
pub(crate) fn open(handler: Arc<Handler>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            thread::spawn(move || answer(stream, &*handler));
        }
    });
    address
}

fn answer(mut stream: TcpStream, handler: &Handler) -> Option<()> {
    let request = read(&stream)?;
    let reply = handler(&request);
    let mut text = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\nconnection: close\r\n", reply.status(), reply.body().len());
    for (name, value) in reply.headers().iter().filter(|(name, _)| *name != "content-length") {
        text += &[name.as_str(), ": ", value.to_str().ok()?, "\r\n"].concat();
    }
    stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(b"\r\n")).ok()?;
    stream.write_all(reply.body()).ok()
}

fn read(stream: &TcpStream) -> Option<Request<Vec<u8>>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let mut builder = Request::builder().method(words.next()?).uri(words.next()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
        builder = builder.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    builder.body(body).ok()
}
