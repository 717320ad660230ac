//! Pings, lives of connections, and who reads too slowly.

use onetape_core::time::Span;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

#[tokio::test]
async fn a_connection_is_pinged_and_ends_without_an_answer() {
    let mut options = plain();
    // Answers count as messages, of which there may be five a second.
    options.times.ping = Span::parse("250ms");
    options.times.pong = Span::parse("700ms");
    let served = serve(Protocol::BinanceSpot, &options).await;
    // Ours answers by itself.
    let mut ws = served.connect("/ws").await;
    for _ in 0..5 {
        assert!(matches!(next(&mut ws).await, Frame::Ping(_)));
    }
    // One that never answers.
    let mut raw = TcpStream::connect(served.address).await.unwrap();
    let opening = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
    raw.write_all(opening.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let read = raw.read_to_end(&mut said);
    tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .expect("it stays open")
        .unwrap();
    assert!(String::from_utf8_lossy(&said).contains("no pong"));
}

#[tokio::test]
async fn a_connection_lives_its_time_and_is_told_before() {
    let mut options = plain();
    options.times.life = Span::parse("500ms");
    let served = serve(Protocol::BinanceSpot, &options).await;
    let mut ws = served.connect("/ws/btcusdt@trade").await;
    assert_eq!(next_json(&mut ws).await["e"], "serverShutdown");
    assert!(matches!(next(&mut ws).await, Frame::Close(1_001, _)));
}

#[tokio::test]
async fn who_says_too_much_is_closed() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let mut ws = served.connect("/ws").await;
    for _ in 0..6 {
        let _ = ws
            .send(Frame::text(r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#))
            .await;
    }
    loop {
        match next(&mut ws).await {
            Frame::Close(code, _) => {
                assert_eq!(code, 1_008);
                break;
            }
            other => assert!(other.is_message()),
        }
    }
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off_and_others_are_not() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let mut slow = served.connect("/ws/btcusdt@depth@100ms").await;
    let listed: Vec<String> = (0..20)
        .map(|_| "btcusdt@depth20@100ms".to_string())
        .collect();
    let mut quick = served.connect("/ws").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    // More than the queue and the system's buffers hold, of which one reads nothing.
    let (id, frame) = (1, onetape_adapters::request::Frame::Text("x".repeat(2_000)));
    for _ in 0..40 {
        let frames = vec![frame.clone(); 1_000];
        served.hub.lock().send(id, frames);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut ended = false;
    for _ in 0..40_000 {
        if slow.next().await.is_err() {
            ended = true;
            break;
        }
    }
    assert!(ended, "a slow reader was told everything");
    let params = serde_json::json!(listed);
    let text = format!(r#"{{"method":"SUBSCRIBE","params":{params},"id":1}}"#);
    quick.send(Frame::text(text)).await.unwrap();
    assert_eq!(next_json(&mut quick).await["id"], 1);
}

#[tokio::test]
async fn an_address_that_is_none_of_the_venue_is_refused() {
    let served = serve(Protocol::GateSpot, &plain()).await;
    let to = format!("ws://{}/nowhere", served.address).parse().unwrap();
    let opened = WsClient::connect(&served.dialer, &to, &[], WsLimits::default()).await;
    assert!(opened.is_err());
    let status = json(&served.get("/onetape/status").await);
    assert_eq!(
        (&status["venue"], &status["connections"]),
        (&"gate-spot".into(), &0.into())
    );
}
