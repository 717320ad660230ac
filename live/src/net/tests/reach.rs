//! How far a request came.

use super::*;
use crate::net::{NetError, Reach, Trouble};
use crate::testing::raw::{Deed, Raw};

async fn ask(
    deeds: Vec<Deed>,
    limits: HttpLimits,
) -> (Result<crate::net::Response, NetError>, Raw) {
    let raw = Raw::start(deeds).await;
    let url = format!("http://{}", raw.address);
    let client = client(&url, Trust::public().unwrap(), limits);
    (client.send(order("/order?signature=abc")).await, raw)
}

fn answer(text: &str) -> Deed {
    Deed::Write(format!("HTTP/1.1 {text}"))
}

#[tokio::test]
async fn a_server_that_accepts_and_drops_leaves_it_unknown() {
    let (asked, raw) = ask(vec![Deed::Drop], quick()).await;
    let error = asked.unwrap_err();
    assert_eq!(
        (error.reach, raw.heads()),
        (Reach::Unknown, 1),
        "sent once, and never again: {error}"
    );
    assert!(!error.to_string().contains("abc"), "{error}");
    assert!(error.reach.may_have_acted());
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_it_unknown() {
    let (asked, raw) = ask(vec![Deed::Hang], quick()).await;
    let error = asked.unwrap_err();
    assert_eq!((error.reach, raw.heads()), (Reach::Unknown, 1));
    assert!(
        error.to_string().ends_with("no answer within 300ms"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_no_http_leaves_it_unknown() {
    for text in ["SMTP nonsense\r\n\r\n", "HTTP/1.1 2", ""] {
        let (asked, _) = ask(vec![Deed::Write(text.to_string())], quick()).await;
        let error = asked.unwrap_err();
        assert_eq!(error.reach, Reach::Unknown, "{text:?}: {error}");
    }
}

#[tokio::test]
async fn an_answer_cut_short_was_an_answer() {
    let (asked, _) = ask(
        vec![answer("200 OK\r\ncontent-length: 10\r\n\r\n{\"ord")],
        quick(),
    )
    .await;
    let error = asked.unwrap_err();
    assert_eq!(error.reach, Reach::Answered);
    assert!(matches!(error.trouble, Trouble::Broken(_)), "{error}");
    assert!(error.reach.may_have_acted());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let limits = HttpLimits {
        body_max: 9,
        ..quick()
    };
    let whole = || answer("200 OK\r\ncontent-length: 10\r\n\r\n0123456789");
    let (asked, _) = ask(vec![whole()], limits).await;
    let error = asked.unwrap_err();
    assert_eq!(error.reach, Reach::Answered);
    assert!(
        error.to_string().contains("larger than the 9 bytes"),
        "{error}"
    );
    let (asked, _) = ask(
        vec![whole()],
        HttpLimits {
            body_max: 10,
            ..quick()
        },
    )
    .await;
    assert_eq!(&asked.unwrap().body[..], b"0123456789");
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for (status, to) in [
        (301, "http://example.com/away?token=t1"),
        (302, "https://example.com/"),
        (307, "/elsewhere"),
        (308, "http://u:p@example.com/"),
    ] {
        let head = format!("{status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let (asked, raw) = ask(vec![answer(&head)], quick()).await;
        let error = asked.unwrap_err();
        assert_eq!((error.reach, raw.heads()), (Reach::Answered, 1));
        let said = error.to_string();
        assert!(
            said.contains("never followed") && said.contains(&status.to_string()),
            "{said}"
        );
        assert!(!said.contains("t1") && !said.contains("u:p"), "{said}");
    }
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let listener = tokio::net::TcpListener::bind(crate::testing::anywhere())
        .await
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client(&url, Trust::public().unwrap(), quick());
    let error = client.send(order("/order")).await.unwrap_err();
    assert_eq!(error.reach, Reach::NotSent);
    assert!(matches!(error.trouble, Trouble::Connect(_)), "{error}");
    assert!(!error.reach.may_have_acted());
    let warm = client.warm().await.unwrap_err();
    assert_eq!(warm.reach, Reach::NotSent);
}

#[tokio::test]
async fn what_is_no_request_is_not_sent() {
    let address = echo(None).await;
    let client = client(
        &format!("http://{address}"),
        Trust::public().unwrap(),
        quick(),
    );
    let mut bad = order("/order");
    bad.headers.push(("x-bad".into(), "one\r\ntwo".into()));
    for request in [bad, order("order"), order("/a b")] {
        let error = client.send(request).await.unwrap_err();
        assert_eq!(error.reach, Reach::NotSent);
        assert!(matches!(error.trouble, Trouble::Malformed(_)), "{error}");
        assert!(!error.to_string().contains("two"), "{error}");
    }
}

#[tokio::test]
async fn connections_are_kept_and_used_again() {
    let address = echo(None).await;
    let client = client(
        &format!("http://{address}"),
        Trust::public().unwrap(),
        quick(),
    );
    client.warm().await.unwrap();
    for _ in 0..5 {
        assert_eq!(client.send(order("/a")).await.unwrap().status, 200);
        assert_eq!(client.idle(), 1);
    }
    let error = client.send(order("/drop")).await.unwrap_err();
    assert_eq!((error.reach, client.idle()), (Reach::Unknown, 0));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_does_not_make_it_unknown() {
    let kept = "200 OK\r\ncontent-length: 2\r\n\r\nok";
    let raw = Raw::start(vec![answer(kept)]).await;
    let client = client(
        &format!("http://{}", raw.address),
        Trust::public().unwrap(),
        quick(),
    );
    for at in 1..4 {
        // Each answer is followed by the end of its connection, which may be seen only with the next request.
        assert_eq!(&client.send(order("/a")).await.unwrap().body[..], b"ok");
        assert_eq!(raw.heads(), at);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let raw = Raw::start(vec![Deed::Hang]).await;
    let limits = HttpLimits {
        connections_max: 2,
        ..quick()
    };
    let client = client(
        &format!("http://{}", raw.address),
        Trust::public().unwrap(),
        limits,
    );
    let (one, two, three) = tokio::join!(
        client.send(order("/1")),
        client.send(order("/2")),
        client.send(order("/3"))
    );
    assert_eq!(one.unwrap_err().reach, Reach::Unknown);
    assert_eq!(two.unwrap_err().reach, Reach::Unknown);
    let three = three.unwrap_err();
    assert!(
        matches!(three.trouble, Trouble::Busy(2)) && three.reach == Reach::NotSent,
        "{three}"
    );
    assert_eq!(raw.heads(), 2);
}

#[test]
fn cf4_times_and_pools_are_those_that_are_asked_for() {
    let (http, dial) = (HttpLimits::default(), DialLimits::default());
    let seconds =
        [http.total, dial.connect, http.answer, http.keep_alive].map(|time| time.as_secs());
    assert_eq!(seconds, [5, 1, 2, 30]);
    assert_eq!((http.connections_max, http.idle_max), (100, 50));
}

#[test]
fn what_is_printed_of_a_request_has_no_secret() {
    let request = order("/order?signature=abc");
    assert_eq!(format!("{request:?}"), "POST /order (14 bytes)");
}
