//! Faults on demand.

use super::*;

#[tokio::test]
async fn an_order_is_done_whose_answer_never_comes() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    served.fault("drop").await;
    assert!(served.place().await.is_err());
    assert_eq!(served.done(), 1);
    served.fault("lose").await;
    assert!(served.place().await.is_err());
    assert_eq!(served.done(), 1);
    assert_eq!(served.place().await.unwrap().status, 200);
    assert_eq!(served.done(), 2);
    let met = json(&served.get("/onetape/faults").await);
    assert_eq!(met["faults"][0]["met"], 1, "{met}");
}

#[tokio::test]
async fn an_order_that_comes_again_is_counted_also_where_the_first_was_lost() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let mine = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=10&newClientOrderId=mine";
    served.fault("lose").await;
    let lost = served.signed(Method::POST, "/api/v3/order", mine).await;
    assert!(lost.is_err());
    let again = served.signed(Method::POST, "/api/v3/order", mine).await;
    assert_eq!(again.unwrap().status, 200);
    assert_eq!(served.done(), 1);
    let came = json(&served.get("/onetape/submitted").await);
    assert_eq!(came["orders"]["mine"], 2, "{came}");
}

#[tokio::test]
async fn answers_that_tell_nothing_tell_it_as_the_venue_does() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    for (fault, status, code, done) in [
        ("timeout", 408, Value::from(-1_007), 1),
        ("unknown", 503, Value::Null, 2),
        ("unavailable", 503, Value::Null, 2),
        ("busy", 503, (-1_008).into(), 2),
        ("limit", 429, (-1_003).into(), 2),
    ] {
        assert_eq!(served.fault(fault).await.status, 200);
        let answer = served.place().await.unwrap();
        assert_eq!(
            (answer.status, &json(&answer)["code"]),
            (status, &code),
            "{fault}"
        );
        assert_eq!(served.done(), done, "{fault}");
    }
    served.fault("ack-only").await;
    let answer = json(&served.place().await.unwrap());
    assert!(
        answer["status"].is_null() && answer["orderId"] == 3,
        "{answer}"
    );
    let wrong = served.fault("explode").await;
    assert_eq!(wrong.status, 400);
    assert!(String::from_utf8_lossy(&wrong.body).contains("choose among"));
}

#[tokio::test]
async fn a_ban_holds_and_is_taken_back() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    served.fault("ban@for=60s").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(served.get("/api/v3/time").await.status, 418);
    let clear = Request::new(Method::DELETE, "/onetape/faults");
    served.send(clear).await.unwrap();
    assert_eq!(served.get("/api/v3/time").await.status, 200);
}

#[tokio::test]
async fn numbers_of_depth_have_a_hole_and_a_feed_stands_still() {
    let served = serve(Protocol::BinanceSpot, &plain()).await;
    let mut ws = served.connect("/ws/btcusdt@depth@100ms").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut heard = Vec::new();
    for fault in ["", "gap", "", "stale@for=300ms", ""] {
        if !fault.is_empty() {
            served.fault(fault).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        script::moves(&served.hub);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    script::moves(&served.hub);
    while heard.last() != Some(&106) {
        let told = next_json(&mut ws).await;
        heard.push(told["u"].as_u64().unwrap());
    }
    // The second is left out, and the fourth and fifth fell into the time without any.
    assert_eq!(heard, [101, 103, 106]);
}

#[tokio::test]
async fn news_of_an_account_is_missed_and_connections_are_cut() {
    let served = serve(Protocol::BinanceUsdm, &plain()).await;
    let mut request = Request::new(Method::POST, "/fapi/v1/listenKey");
    let key = &who::known()[0].key;
    request
        .headers
        .push(("X-MBX-APIKEY".to_string(), key.clone()));
    let opened = json(&served.send(request).await.unwrap());
    let listen = opened["listenKey"].as_str().unwrap();
    let mut ws = served.connect(&format!("/private/ws/{listen}")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    served.fault("miss").await;
    let params = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=10";
    for _ in 0..2 {
        let placed = served
            .signed(Method::POST, "/fapi/v1/order", params)
            .await
            .unwrap();
        assert_eq!(placed.status, 200);
    }
    let told = next_json(&mut ws).await;
    assert_eq!(told["o"]["i"], 2, "{told}");
    served.fault("cut").await;
    let ended = tokio::time::timeout(Duration::from_secs(5), ws.next()).await;
    assert!(ended.unwrap().is_err());
}
