//! WebSockets.

use super::*;
use crate::net::{Frame, NetError, Reach, Trouble, WsClient, WsLimits};
use crate::testing::raw::{Deed, Raw};

async fn connect(address: SocketAddr, path: &str, limits: WsLimits) -> Result<WsClient, NetError> {
    let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
    let to = format!("ws://{address}{path}").parse().unwrap();
    WsClient::connect(&dialer, &to, &[("x-key".into(), "k".into())], limits).await
}

#[tokio::test]
async fn frames_go_there_and_back() {
    let mut ws = connect(echo(None).await, "/ws", WsLimits::default())
        .await
        .unwrap();
    for frame in [
        Frame::text("hello"),
        Frame::Binary(Bytes::from_static(&[0, 255])),
    ] {
        ws.send(frame.clone()).await.unwrap();
        assert_eq!(ws.next().await.unwrap(), frame);
    }
    assert_eq!(
        format!("{:?}", Frame::text("login secret")),
        "Text(12 bytes)"
    );
}

#[tokio::test]
async fn pings_are_answered() {
    let mut ws = connect(echo(None).await, "/ws", WsLimits::default())
        .await
        .unwrap();
    ws.send(Frame::Ping(Bytes::from_static(b"7")))
        .await
        .unwrap();
    assert_eq!(
        ws.next().await.unwrap(),
        Frame::Pong(Bytes::from_static(b"7"))
    );
}

#[tokio::test]
async fn a_message_beyond_the_limit_ends_the_connection() {
    let limits = WsLimits {
        message_max: 100,
        ..WsLimits::default()
    };
    let mut ws = connect(echo(None).await, "/ws", limits).await.unwrap();
    ws.send(Frame::text("x".repeat(100))).await.unwrap();
    assert_eq!(ws.next().await.unwrap().bytes().len(), 100);
    ws.send(Frame::text("x".repeat(101))).await.unwrap();
    let error = ws.next().await.unwrap_err();
    assert!(
        error.to_string().contains("larger than the 100 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn after_the_end_nothing_is_sent() {
    let mut ws = connect(echo(None).await, "/once", WsLimits::default())
        .await
        .unwrap();
    ws.send(Frame::text("1")).await.unwrap();
    assert_eq!(ws.next().await.unwrap(), Frame::text("1"));
    let over = ws.next().await.unwrap_err();
    assert!(
        matches!(over.trouble, Trouble::Broken(_) | Trouble::Closed(_)),
        "{over}"
    );
    let error = ws.send(Frame::text("2")).await.unwrap_err();
    assert_eq!(error.reach, Reach::NotSent, "{error}");
}

#[tokio::test]
async fn a_redirect_and_a_refusal_are_errors() {
    let address = echo(None).await;
    let error = connect(address, "/away", WsLimits::default())
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("never followed") && said.contains("ws://example.com"),
        "{said}"
    );
    assert!(
        !said.contains("key=1") && error.reach == Reach::Answered,
        "{said}"
    );
    let error = connect(address, "/no", WsLimits::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error.trouble, Trouble::NotUpgraded(403)),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_drops_or_hangs_fails_the_upgrade() {
    let limits = WsLimits {
        upgrade: Duration::from_millis(100),
        ..WsLimits::default()
    };
    for deed in [
        Deed::Drop,
        Deed::Hang,
        Deed::Write("nonsense\r\n\r\n".into()),
    ] {
        let raw = Raw::start(vec![deed]).await;
        let error = connect(raw.address, "/ws", limits).await.unwrap_err();
        assert_eq!(error.reach, Reach::Unknown, "{error}");
    }
}

#[tokio::test]
async fn a_reader_that_sleeps_does_not_grow_what_waits() {
    struct Sleeper;
    impl Site for Sleeper {
        async fn answer(&self, _: Asked) -> Answer {
            Answer::Drop
        }
        async fn talk(&self, _: Opening, socket: Socket) {
            std::future::pending::<()>().await;
            drop(socket);
        }
    }
    let server = Server::bind(crate::testing::anywhere(), None, ServeLimits::default()).await;
    let server = server.unwrap();
    let address = server.address();
    tokio::spawn(server.run(std::sync::Arc::new(Sleeper)));
    let limits = WsLimits {
        send: Duration::from_millis(100),
        ..WsLimits::default()
    };
    let mut ws = connect(address, "/", limits).await.unwrap();
    let mut error = None;
    for _ in 0..200 {
        if let Err(failed) = ws.send(Frame::Binary(vec![0; 1_000_000].into())).await {
            error = Some(failed);
            break;
        }
    }
    let error = error.expect("the socket takes no 200 MB unread");
    assert_eq!(error.reach, Reach::Unknown, "{error}");
}
