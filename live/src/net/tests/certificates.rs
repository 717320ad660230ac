//! Which servers are spoken to.

use super::*;
use crate::net::{NetError, Reach, Trouble, WsClient, WsLimits};
use crate::testing::certificates::{Authority, self_signed};

/// Asks `https://localhost` and `wss://localhost` of a server; both must be refused alike.
async fn refused(config: std::sync::Arc<rustls::ServerConfig>, trust: &Trust) -> String {
    let address = echo(Some(config)).await;
    let url = format!("https://localhost:{}/", address.port());
    let http = client(&url, trust.clone(), quick())
        .send(order("/order"))
        .await;
    let http = http.unwrap_err();
    let url = format!("wss://localhost:{}/", address.port());
    let dialer = Dialer::new(trust.clone(), DialLimits::default());
    let ws = WsClient::connect(&dialer, &url.parse().unwrap(), &[], WsLimits::default()).await;
    let ws = ws.unwrap_err();
    for error in [&http, &ws] {
        assert_eq!(error.reach, Reach::NotSent, "{error}");
        assert!(matches!(error.trouble, Trouble::Tls(_)), "{error}");
    }
    let words = |error: &NetError| error.trouble.to_string();
    assert_eq!(words(&http), words(&ws));
    http.to_string()
}

#[tokio::test]
async fn s4_a_good_certificate_is_accepted_with_its_root() {
    let authority = Authority::new();
    let address = echo(Some(authority.server("localhost", 2199))).await;
    let url = format!("https://localhost:{}", address.port());
    let answer = client(&url, authority.trust(), quick())
        .send(order("/order?x=%2F"))
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(&answer.body[..], b"POST /order?x=%2F buy=1&sell=%20");
    assert_eq!(answer.header("x-limit"), Some("k1"));
}

#[tokio::test]
async fn s4_without_its_root_the_same_certificate_is_refused() {
    let authority = Authority::new();
    let said = refused(
        authority.server("localhost", 2199),
        &Trust::public().unwrap(),
    )
    .await;
    assert!(said.contains("UnknownIssuer"), "{said}");
}

#[tokio::test]
async fn s4_a_certificate_that_signed_itself_is_refused() {
    let authority = Authority::new();
    let said = refused(self_signed("localhost"), &authority.trust()).await;
    assert!(said.contains("UnknownIssuer"), "{said}");
}

#[tokio::test]
async fn s4_a_certificate_of_another_name_is_refused() {
    let authority = Authority::new();
    let said = refused(authority.server("example.com", 2199), &authority.trust()).await;
    assert!(said.contains("not valid for"), "{said}");
}

#[tokio::test]
async fn s4_a_certificate_that_expired_is_refused() {
    let authority = Authority::new();
    let said = refused(authority.server("localhost", 2020), &authority.trust()).await;
    assert!(said.contains("expired"), "{said}");
}

#[tokio::test]
async fn s4_a_server_without_tls_is_refused_where_tls_was_asked_for() {
    let address = echo(None).await;
    let url = format!("https://localhost:{}", address.port());
    let trust = Trust::public().unwrap();
    let error = client(&url, trust, quick())
        .send(order("/order"))
        .await
        .unwrap_err();
    assert_eq!(error.reach, Reach::NotSent);
    assert!(matches!(error.trouble, Trouble::Tls(_)), "{error}");
}

/// A server that answers a greeting in TLS with the one that an older version has.
async fn old(version: u8) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind(crate::testing::anywhere())
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 2_048];
        let _ = stream.read(&mut greeting).await;
        // Version, 32 bytes of random, no session, a cipher of that time, no compression.
        let body = [&[3, version][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
        let length = u8::try_from(body.len()).unwrap();
        let head = [22, 3, version, 0, length + 4, 2, 0, 0, length];
        let _ = stream.write_all(&[&head[..], &body].concat()).await;
        let _ = stream.read(&mut greeting).await;
    });
    port
}

#[tokio::test]
async fn s4_an_older_tls_than_1_2_is_refused() {
    for version in [0, 1, 2] {
        let url = format!("https://localhost:{}", old(version).await);
        let trust = Trust::public().unwrap();
        let error = client(&url, trust, quick())
            .send(order("/order"))
            .await
            .unwrap_err();
        assert_eq!(error.reach, Reach::NotSent);
        assert!(matches!(error.trouble, Trouble::Tls(_)), "{error}");
    }
}

#[test]
fn s4_no_switch_turns_verification_off() {
    // Put together here, so that this file does not find itself.
    let words = [
        concat!("danger", "ous"),
        concat!("with_custom_certificate", "_verifier"),
        concat!("ServerCert", "Verifier"),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut waiting, mut files) = (vec![folder], 0);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            files += 1;
            for word in words {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
    }
    assert!(files > 10, "only {files} files were looked at");
}
