//! S17: venues that flood a run: frames that cannot be read, that nobody knows, and that each lead to a word to people.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use onetape_adapters::protocol::Protocol;

use super::*;
use crate::common::client::{self, block_on};

/// Frames of each kind in a burst, on each connection.
const BURST: u64 = 5;
/// Between two bursts.
const PAUSE: Duration = Duration::from_millis(10);
/// What a run says of a flood at most: a few lines of each kind and account, and their numbers.
const LINES_MAX: usize = 100;
/// What a flood adds to a run's memory at most, in KiB.
const GROWTH_MAX: u64 = 48 * 1024;

/// What is sent on every stream; `{n}` is a number of its own.
const FRAMES: [&str; 6] = [
    r#"{"e":"MARGIN_CALL","E":{n},"cw":"1","p":[]}"#,
    r#"{"e":"ORDER_TRADE_UPDATE","E":{n},"T":{n},"o":{"s":"BTCUSDT","c":"x{n}"}}"#,
    r#"{"e":"executionReport","E":{n},"s":"BTCUSDT","c":"x{n}"}"#,
    r#"{"e":"ACCOUNT_CONFIG_UPDATE","E":{n},"T":{n},"ac":{"s":"BTCUSDT","l":{n}}}"#,
    r#"{"e":"a word that is {n}","x":[[[[[[[[{n}]]]]]]]]}"#,
    r#"{"stream":"nothing {n}"#,
];

/// A way to a venue by which more comes than the venue sends.
struct Flooding {
    port: u16,
    is_on: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
}

fn flooding(to: u16) -> Flooding {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (is_on, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let (on, count) = (Arc::clone(&is_on), Arc::clone(&sent));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (on, count) = (Arc::clone(&on), Arc::clone(&count));
            std::thread::spawn(move || pass(stream, to, &on, &count));
        }
    });
    Flooding { port, is_on, sent }
}

/// Passes a connection on; where it changes its protocol, whole frames, and others between them.
fn pass(stream: TcpStream, to: u16, on: &Arc<AtomicBool>, sent: &Arc<AtomicU64>) -> Option<()> {
    let upstream = TcpStream::connect(("127.0.0.1", to)).ok()?;
    let (mut asks, mut asked) = (stream.try_clone().ok()?, upstream.try_clone().ok()?);
    let mut head = [0; 4096];
    let read = asks.read(&mut head).ok()?;
    let upgrades = String::from_utf8_lossy(&head[..read])
        .to_ascii_lowercase()
        .contains("upgrade: websocket");
    asked.write_all(&head[..read]).ok()?;
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut asks, &mut asked);
        let _ = asked.shutdown(std::net::Shutdown::Both);
    });
    let mut answers = BufReader::new(upstream);
    let down = Arc::new(Mutex::new(stream));
    if upgrades {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n\r\n") {
            if answers.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
        }
        down.lock().unwrap().write_all(&line).ok()?;
        let (down, on, sent) = (Arc::clone(&down), Arc::clone(on), Arc::clone(sent));
        std::thread::spawn(move || flood(&down, &on, &sent));
    }
    let mut piece = vec![0; 64 * 1024];
    loop {
        let taken = match upgrades {
            true => frame(&mut answers)?,
            false => match answers.read(&mut piece).ok()? {
                0 => return down.lock().unwrap().shutdown(std::net::Shutdown::Both).ok(),
                read => piece[..read].to_vec(),
            },
        };
        down.lock().unwrap().write_all(&taken).ok()?;
    }
}

/// One frame of a server, as it is.
fn frame(from: &mut impl std::io::Read) -> Option<Vec<u8>> {
    let mut whole = vec![0; 2];
    from.read_exact(&mut whole).ok()?;
    let more = match whole[1] & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mut length = usize::from(whole[1] & 0x7f);
    if more > 0 {
        let mut told = vec![0; more];
        from.read_exact(&mut told).ok()?;
        length = told
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        whole.extend(told);
    }
    let head = whole.len();
    whole.resize(head + length, 0);
    from.read_exact(&mut whole[head..]).ok()?;
    Some(whole)
}

fn flood(down: &Mutex<TcpStream>, on: &AtomicBool, sent: &AtomicU64) -> Option<()> {
    loop {
        std::thread::sleep(PAUSE);
        if !on.load(Ordering::Relaxed) {
            continue;
        }
        let mut burst = Vec::new();
        for _ in 0..BURST {
            let n = sent.fetch_add(FRAMES.len() as u64, Ordering::Relaxed);
            for text in FRAMES {
                let text = text.replace("{n}", &n.to_string());
                assert!(text.len() < 126);
                burst.extend([0x81, text.len().try_into().unwrap()]);
                burst.extend(text.bytes());
            }
        }
        down.lock().unwrap().write_all(&burst).ok()?;
    }
}

/// What a process holds of memory, in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    words[1].parse().unwrap()
}

/// How many notices a line stands for.
fn stands_for(line: &str) -> u64 {
    let (before, _) = line.split_once(" more like this").unwrap_or(("1", ""));
    let number = before.rsplit(' ').next().unwrap();
    number.parse().unwrap()
}

#[test]
fn s17_a_flood_is_few_lines_and_little_memory_and_loses_nothing_of_the_account() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    add_keys(dir, KEY, SECRET);
    scenario(dir, "[live]\nhealth_every = \"1s\"");
    let mut ports = served.ports();
    let mut ways = Vec::new();
    for (_, port) in &mut ports {
        let way = flooding(*port);
        *port = way.port;
        ways.push(way);
    }
    let line = format!("live scenario.toml --local {} --out run", local(&ports));
    let mut command = keyed(dir, &line);
    command.args(["--confirm", "trade spot-perp live"]);
    let child = command.spawn().unwrap();
    let executed = |told: &Value| told["tasks"][0]["executions"].as_u64().unwrap_or(0);
    status(dir, |told| executed(told) > 2);
    let before = resident(child.id());
    ways.iter()
        .for_each(|way| way.is_on.store(true, Ordering::Relaxed));
    let began = status(dir, |told| health(told, "account binance-usdm").is_some());
    let from = executed(&began);
    // It trades on meanwhile.
    status(dir, |told| executed(told) > from + 4);
    std::thread::sleep(Duration::from_secs(5));
    let after = resident(child.id());
    ways.iter()
        .for_each(|way| way.is_on.store(false, Ordering::Relaxed));
    let sent: u64 = ways
        .iter()
        .map(|way| way.sent.load(Ordering::Relaxed))
        .sum();
    // What an answer was late for is found out meanwhile.
    status(dir, |told| told["stats"]["orders_open"] == 0);
    let stopped = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    let done = Done::of(&child.wait_with_output().unwrap()).exits(0);
    // Every stream of the run was flooded, and those of the accounts told all that came.
    assert!(sent > 20_000, "only {sent} frames were sent");
    let said: Vec<&str> = done.err.lines().collect();
    assert!(
        said.len() <= LINES_MAX,
        "{} lines: {}",
        said.len(),
        done.err
    );
    for words in [
        "is close to liquidation",
        "settings at binance-usdm changed",
        "binance-usdm said something that cannot be booked",
        "binance-spot said something that cannot be booked",
    ] {
        let of = said.iter().filter(|line| line.contains(words));
        let told: u64 = of.map(|line| stands_for(line)).sum();
        assert!(told > 1_000, "{told} of {words:?} in {}", done.err);
    }
    let journal = run(dir, "journal show run").exits(0).out;
    let noted = journal.lines().filter(|line| line.contains("notice"));
    let noted = noted.count();
    assert!(noted > 10 && noted <= LINES_MAX, "{noted} notices");
    println!(
        "{sent} frames; {} lines, {noted} notices; {before} KiB before, {after} KiB after",
        said.len()
    );
    assert!(
        after < before + GROWTH_MAX,
        "{before} KiB before the flood, {after} KiB after {sent} frames"
    );
    run(dir, "replay run --verify").exits(0);
    same_fills(&served, dir);
}

/// What is wrong with a part of the run.
fn health(told: &Value, name: &str) -> Option<String> {
    let parts = told["health"]["components"].as_array()?;
    let part = parts.iter().find(|it| it["name"] == name)?;
    part["why"].as_str().map(str::to_string)
}

/// Every execution at the venues is in the journal, once, and no other.
fn same_fills(served: &Served, dir: &Path) {
    let shown = run(dir, "journal show run --json").exits(0).json();
    let fills = shown.as_array().unwrap().iter();
    let fills = fills.filter(|line| line["state"] == "filled");
    let told = |line: &Value| {
        let name = line["instrument"].as_str().unwrap();
        let (venue, _) = name.split_once(':').unwrap();
        (venue.to_string(), line["trade_id"].as_u64().unwrap())
    };
    let mut journaled: Vec<_> = fills.map(told).collect();
    journaled.sort();
    let mut traded = Vec::new();
    for protocol in [Protocol::BinanceSpot, Protocol::BinanceUsdm] {
        let ids = block_on(async {
            let at = served.at(protocol.venue());
            let setup = client::setup(&at, protocol, "BTCUSDT", [KEY, SECRET]).await;
            client::trades(&setup).await
        });
        traded.extend(ids.into_iter().map(|id| (protocol.venue().to_string(), id)));
    }
    traded.sort();
    assert!(traded.len() > 8, "{traded:?}");
    assert_eq!(journaled, traded);
}
