//! A venue that repeats the whole head of each signed request in its error; all else it passes on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Its port, and how many signed requests it has refused.
pub(super) fn echo(to: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let refused = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&refused);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || serve(stream, to, &counted));
        }
    });
    (port, refused)
}

fn serve(stream: TcpStream, to: u16, refused: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let lower = text.to_ascii_lowercase();
    if lower.contains("signature=") || lower.contains("x-mbx-apikey") {
        refused.fetch_add(1, Ordering::Relaxed);
        return repeat(stream, &text);
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", to)).ok()?;
    // One request a connection, so that every head is seen; a change of protocol keeps its own.
    if lower.contains("upgrade:") {
        upstream.write_all(&head).ok()?;
        let (mut down, mut up) = (stream.try_clone().ok()?, upstream.try_clone().ok()?);
        std::thread::spawn(move || std::io::copy(&mut reader, &mut up));
        std::io::copy(&mut upstream, &mut down).ok()?;
        return Some(());
    }
    let closing: String = text
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:") && !line.is_empty())
        .map(|line| format!("{line}\r\n"))
        .collect();
    write!(upstream, "{closing}Connection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).ok()?;
    let mut stream = stream;
    stream.write_all(&answer).ok()
}

fn repeat(mut stream: TcpStream, head: &str) -> Option<()> {
    let msg = format!("Signature for this request is not valid: {head}");
    let body = serde_json::json!({ "code": -1022, "msg": msg }).to_string();
    write!(
        stream,
        "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}
