//! A venue that is asked, against servers that answer as told.

use std::sync::Arc;

use onetape_adapters::ask::Ask;
use onetape_adapters::directory::Directory;
use onetape_adapters::feed::Socket;
use onetape_adapters::news::Answer;
use onetape_adapters::outcome::Class;
use onetape_adapters::protocol::Protocol;
use onetape_core::names::InstrumentId;
use onetape_core::time::Span;

use super::{Overrides, Priority, Urls, VenueSetup};
use crate::net::{DialLimits, Dialer, Trust};
use crate::testing::raw::{Deed, Raw};

fn urls(protocol: Protocol, at: &str) -> Urls {
    Urls::local(protocol, at, &Overrides::default()).unwrap()
}

fn setup(protocol: Protocol, at: &str) -> VenueSetup {
    let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
    let directory = Arc::new(Directory::default());
    VenueSetup::new(protocol, directory, urls(protocol, at), dialer)
}

fn reply(status: &str, headers: &str, body: &str) -> Deed {
    let length = body.len();
    Deed::Write(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    ))
}

#[test]
fn presets_are_whole_and_each_address_can_be_another() {
    for protocol in Protocol::ALL {
        let none = Overrides::default();
        let made = Urls::production(protocol, &none).unwrap();
        let secure = [
            &made.rest,
            &made.market,
            &made.book,
            &made.account,
            &made.orders,
        ];
        assert!(secure.iter().all(|at| at.scheme().is_secure()), "{made:?}");
        let market = made.socket(protocol, Socket::Market, "").unwrap();
        assert_eq!(market.target(), protocol.path(Socket::Market, "").unwrap());
        match Urls::testnet(protocol, &none) {
            Ok(testnet) => assert_ne!(testnet, made),
            Err(why) => {
                assert_eq!(protocol, Protocol::MexcSpot);
                assert!(
                    why.to_string().contains("mexc-spot has no testnet"),
                    "{why}"
                );
            }
        }
        let local = urls(protocol, "127.0.0.1:9");
        assert_eq!(local.rest.to_string(), "http://127.0.0.1:9/");
    }
}

#[test]
fn an_address_with_a_path_is_taken_as_it_is() {
    let gate = Urls::testnet(Protocol::GateUsdt, &Overrides::default()).unwrap();
    let at = gate.socket(Protocol::GateUsdt, Socket::Market, "").unwrap();
    assert_eq!(
        at.to_string(),
        "wss://ws-testnet.gate.com/v4/ws/futures/usdt"
    );
    let with = Overrides {
        rest: Some("https://proxy.example/mexc/".to_string()),
        account: Some("wss://proxy.example/private".to_string()),
        market: Some("wss://proxy.example/market".to_string()),
        ..Overrides::default()
    };
    let own = Urls::production(Protocol::MexcSpot, &with).unwrap();
    assert_eq!(own.rest_target("/api/v3/time"), "/mexc/api/v3/time");
    let account = own
        .socket(Protocol::MexcSpot, Socket::Account, "k")
        .unwrap();
    assert_eq!(account.target(), "/private?listenKey=k");
    assert_eq!(own.book, own.market, "the book moves with the market");
}

#[test]
fn without_tls_it_is_this_machine_or_nobody() {
    let why = Urls::local(Protocol::GateSpot, "10.0.0.1:80", &Overrides::default());
    let why = why.unwrap_err().to_string();
    assert!(
        why.contains("the rest URL of gate-spot") && why.contains("use https"),
        "{why}"
    );
}

#[tokio::test]
async fn the_quickest_answer_tells_the_offset() {
    let server = Raw::start(vec![reply("200 OK", "", r#"{"serverTime":1000}"#)]).await;
    let setup = setup(Protocol::BinanceSpot, &server.address.to_string());
    let measured = setup.measure_offset().await.unwrap();
    assert_eq!(server.heads(), 5);
    let (now, year) = (setup.offset.now(), 31_536_000_000_000_000);
    assert!(
        now.nanos() > 0 && now.nanos() < year,
        "by the venue's clock it is 1970: {now:?}"
    );
    assert!(measured.within < Span::from_millis(2_000), "{measured:?}");
}

#[tokio::test]
async fn a_request_that_did_not_leave_and_one_that_did_are_told_apart() {
    let server = Raw::start(vec![Deed::Drop]).await;
    let asked = setup(Protocol::BinanceSpot, &server.address.to_string());
    let fault = asked.ask(&Ask::Time).await.unwrap_err();
    assert!(fault.may_have_acted(), "{fault}");
    assert_eq!(fault.class(), Class::Ambiguous);

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let fault = setup(Protocol::BinanceSpot, &at)
        .ask(&Ask::Time)
        .await
        .unwrap_err();
    assert!(!fault.may_have_acted(), "{fault}");
    assert_eq!(fault.class(), Class::Retryable);

    let fault = asked.ask(&Ask::Balances).await.unwrap_err();
    assert!(
        !fault.may_have_acted() && fault.to_string().contains("needs an API key"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_pause_that_the_venue_wants_is_kept() {
    let busy = reply(
        "429 Too Many Requests",
        "retry-after: 1\r\nx-mbx-used-weight-1m: 7000\r\n",
        r#"{"code":-1003,"msg":"Too many requests."}"#,
    );
    let fine = reply("200 OK", "", r#"{"serverTime":1000}"#);
    let server = Raw::start(vec![busy, fine]).await;
    let setup = setup(Protocol::BinanceSpot, &server.address.to_string());
    let fault = setup.ask(&Ask::Time).await.unwrap_err();
    assert_eq!(fault.class(), Class::RateLimited, "{fault}");
    assert_eq!(setup.budgets.known()[0].used, Some(7_000));

    // An order is told so without being sent.
    let fault = setup
        .ask(&Ask::CancelAll(InstrumentId(0)))
        .await
        .unwrap_err();
    assert_eq!(fault.class(), Class::RateLimited, "{fault}");
    assert!(!fault.may_have_acted() && server.heads() == 1, "{fault}");

    // What can wait does.
    let asked = std::time::Instant::now();
    let answer = setup.ask_as(&Ask::Time, Priority::Account).await.unwrap();
    assert!(matches!(answer, Answer::Time(_)), "{answer:?}");
    assert!(asked.elapsed().as_millis() > 700, "{:?}", asked.elapsed());
    assert_eq!(server.heads(), 2);
}

#[tokio::test]
async fn an_answer_that_is_no_text_is_unknown() {
    let garbled = Deed::Write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\u{7f}".to_string());
    let server = Raw::start(vec![garbled]).await;
    let setup = setup(Protocol::MexcSpot, &server.address.to_string());
    let fault = setup.ask(&Ask::Time).await.unwrap_err();
    assert_eq!(fault.class(), Class::Ambiguous, "{fault}");
    assert!(fault.may_have_acted());
    assert!(fault.failure().is_some());
}
