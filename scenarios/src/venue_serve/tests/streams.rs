//! Streams, keys and sessions.

use onetape_core::time::Span;

use super::*;

async fn subscribed(served: &Served, path: &str, text: &str) -> WsClient {
    let mut ws = served.connect(path).await;
    ws.send(Frame::text(text)).await.unwrap();
    let answer = next_json(&mut ws).await;
    assert!(answer["error"].is_null(), "{answer}");
    ws
}

#[tokio::test]
async fn a_stream_of_depth_is_told_at_its_pace_and_connects() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let subscribe = r#"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}"#;
    let mut ws = subscribed(&served, "/ws", subscribe).await;
    let hub = Arc::clone(&served.hub);
    let moving = tokio::spawn(async move {
        for _ in 0..60 {
            script::moves(&hub);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let (mut last, mut messages) = (100, 0);
    while last < 160 {
        let told = next_json(&mut ws).await;
        assert_eq!(told["U"], last + 1, "{told}");
        last = told["u"].as_u64().unwrap();
        messages += 1;
    }
    moving.await.unwrap();
    assert!((4..=40).contains(&messages), "{messages} messages");
}

#[tokio::test]
async fn the_second_kind_of_books_begins_whole_and_may_not_be_asked_for_twice() {
    let served = serve(Protocol::GateSpot, &plain()).await;
    let now = clock::now().nanos() / 1_000_000_000;
    let subscribe = format!(
        r#"{{"time":{now},"channel":"spot.obu","event":"subscribe","payload":["ob.BTC_USDT.50"]}}"#
    );
    let mut ws = subscribed(&served, "/ws/v4/", &subscribe).await;
    let whole = next_json(&mut ws).await;
    assert_eq!(
        (&whole["result"]["full"], &whole["result"]["u"]),
        (&true.into(), &100.into())
    );
    script::moves(&served.hub);
    let change = next_json(&mut ws).await;
    assert_eq!(change["result"]["U"], 101, "{change}");
    ws.send(Frame::text(subscribe)).await.unwrap();
    let again = next_json(&mut ws).await;
    assert!(!again["error"].is_null(), "{again}");
}

#[tokio::test]
async fn orders_by_websocket_and_the_accounts_stream_beside_them() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let (name, private) = who::ed25519(0);
    let keys = Credentials::ed25519(&name, &private).unwrap();
    let mut ws = served.connect("/ws-api/v3").await;
    let now = clock::now().nanos() / 1_000_000;
    let payload = format!("apiKey={name}&timestamp={now}");
    let signature = keys.sign(Hash::Sha256, payload.as_bytes());
    let logon = format!(
        r#"{{"id":1,"method":"session.logon","params":{{"apiKey":"{name}","timestamp":{now},"signature":"{signature}"}}}}"#
    );
    let begin = r#"{"id":2,"method":"userDataStream.subscribe"}"#.to_string();
    let place = format!(
        r#"{{"id":3,"method":"order.place","params":{{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":"1","price":"10","timestamp":{now}}}}}"#
    );
    for (text, path, expected) in [
        (logon, "/result/apiKey", Value::from(name.clone())),
        (begin.clone(), "/result/subscriptionId", 0.into()),
        (begin, "/error/code", (-2_035).into()),
        (place, "/result/orderId", 1.into()),
    ] {
        ws.send(Frame::text(text)).await.unwrap();
        let answer = next_json(&mut ws).await;
        assert_eq!(answer.pointer(path), Some(&expected), "{answer}");
    }
    let told = next_json(&mut ws).await;
    assert_eq!(told["subscriptionId"], 0);
    assert_eq!(told["event"]["e"], "executionReport");
    assert_eq!(served.done(), 1);
}

#[tokio::test]
async fn the_key_of_a_private_stream_runs_out_unless_it_is_kept() {
    let mut options = plain();
    options.times.key_life = Span::parse("600ms");
    let served = serve(Protocol::BinanceUsdm, &options).await;
    let key = &who::known()[0].key;
    let ask = |method: Method| {
        let mut request = Request::new(method, "/fapi/v1/listenKey");
        request
            .headers
            .push(("X-MBX-APIKEY".to_string(), key.clone()));
        request
    };
    let opened = json(&served.send(ask(Method::POST)).await.unwrap());
    let listen = opened["listenKey"].as_str().unwrap();
    let mut ws = served.connect(&format!("/private/ws/{listen}")).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let kept = served.send(ask(Method::PUT)).await.unwrap();
        assert_eq!(json(&kept)["listenKey"], listen);
    }
    let told = next_json(&mut ws).await;
    assert_eq!(told["e"], "listenKeyExpired", "{told}");
    let late = served.send(ask(Method::PUT)).await.unwrap();
    assert_eq!(json(&late)["code"], -1_125);
}

#[tokio::test]
async fn limits_are_told_in_headers_and_refused_beyond() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let first = served.get("/api/v3/time").await;
    assert_eq!(first.header("X-MBX-USED-WEIGHT-1M"), Some("1"));
    let placed = served.place().await.unwrap();
    assert_eq!(placed.header("X-MBX-ORDER-COUNT-10S"), Some("1"));
    // 250 each of 6,000.
    let mut refused = None;
    for _ in 0..30 {
        let response = served.get("/api/v3/depth?symbol=BTCUSDT&limit=5000").await;
        if response.status == 429 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("no limit was met");
    assert!(refused.header("Retry-After").is_some());
    assert_eq!(json(&refused)["code"], -1_003);
}

#[tokio::test]
async fn old_requests_and_wrong_signatures_are_refused() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let key = &who::known()[0];
    let keys = Credentials::shared(&key.key, key.secret.as_bytes());
    let now = clock::now().nanos() / 1_000_000;
    for (at, change, code) in [
        (now - 10_000, false, -1_021),
        (now + 5_000, false, -1_021),
        (now, true, -1_022),
    ] {
        let query = format!("timestamp={at}");
        let mut signature = keys.sign(Hash::Sha256, query.as_bytes());
        if change {
            signature = signature.replace(['a', 'b', 'c', '1'], "2");
        }
        let target = format!("/api/v3/account?{query}&signature={signature}");
        let mut request = Request::new(Method::GET, target);
        request
            .headers
            .push(("X-MBX-APIKEY".to_string(), key.key.clone()));
        let refused = served.send(request).await.unwrap();
        assert_eq!(json(&refused)["code"], code);
    }
}
