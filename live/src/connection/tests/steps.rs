//! The link, step by step in made-up time.

use onetape_core::time::{Span, Ts};
use proptest::prelude::*;

use crate::connection::*;

const SECOND: i64 = 1_000_000_000;

fn at(millis: i64) -> Ts {
    Ts::from_nanos(millis * 1_000_000)
}

fn options() -> LinkOptions {
    LinkOptions {
        life_spread: Span::from_nanos(0),
        ..LinkOptions::daily(1)
    }
}

fn said(link: &mut Link) -> Vec<Action> {
    std::iter::from_fn(|| link.poll()).collect()
}

fn begun(options: LinkOptions) -> Link {
    let mut link = Link::new(options);
    link.subscribe("book");
    link.subscribe("trades");
    link.start(at(0));
    assert_eq!(said(&mut link), [Action::Open(ConnId(0))]);
    link
}

fn up(options: LinkOptions) -> Link {
    let mut link = begun(options);
    link.opened(ConnId(0), at(10));
    let topics = vec!["book".to_string(), "trades".to_string()];
    let expected = [Action::Tell(News::Up), Action::Subscribe(ConnId(0), topics)];
    assert_eq!(said(&mut link), expected);
    link
}

/// Goes on to a moment by way of every deadline, and tells what was done when.
fn until(link: &mut Link, end: Ts) -> Vec<(i64, Action)> {
    let mut all = Vec::new();
    while let Some(due) = link.next_deadline().filter(|due| *due <= end) {
        link.tick(due);
        all.extend(
            said(link)
                .into_iter()
                .map(|action| (due.nanos() / 1_000_000, action)),
        );
        assert_ne!(
            link.next_deadline(),
            Some(due),
            "what is due is done: {all:?}"
        );
    }
    all
}

#[test]
fn it_opens_subscribes_and_tells() {
    let mut link = up(options());
    assert!(link.is_up());
    assert_eq!(link.heard(ConnId(0), Heard::Data, at(11)), Take::Stream);
    link.subscribe("book");
    assert_eq!(said(&mut link), [], "wanted already");
    link.subscribe("mark");
    assert_eq!(
        said(&mut link),
        [Action::Subscribe(ConnId(0), vec!["mark".into()])]
    );
    link.unsubscribe("book");
    assert_eq!(
        said(&mut link),
        [Action::Unsubscribe(ConnId(0), vec!["book".into()])]
    );
    link.unsubscribe("book");
    assert_eq!(said(&mut link), []);
}

#[test]
fn a_lost_connection_is_made_anew_with_all_topics() {
    let mut link = up(options());
    link.subscribe("mark");
    said(&mut link);
    link.lost(ConnId(0), at(20_000));
    assert_eq!(said(&mut link), [Action::Tell(News::Down)]);
    let due = link.next_deadline().unwrap();
    assert!(due <= at(20_200) || due == at(1_500), "{due:?}");
    link.tick(at(20_200));
    let actions = said(&mut link);
    assert!(actions.contains(&Action::Open(ConnId(1))), "{actions:?}");
    link.opened(ConnId(1), at(20_300));
    let actions = said(&mut link);
    let topics: Vec<String> = ["book", "mark", "trades"].map(String::from).to_vec();
    assert_eq!(
        actions,
        [Action::Tell(News::Up), Action::Subscribe(ConnId(1), topics)]
    );
    assert_eq!(
        link.heard(ConnId(0), Heard::Data, at(20_301)),
        Take::Stray,
        "of the old one"
    );
    let counts = link.counts();
    assert_eq!((counts.opened, counts.lost, counts.reconnects()), (2, 1, 1));
}

#[test]
fn attempts_that_fail_wait_longer_and_longer() {
    let far = Span::from_millis(100_000_000);
    let mut link = begun(LinkOptions {
        fallback_after: far,
        ..options()
    });
    let (mut now, mut waits) = (at(0), Vec::new());
    for id in 0..12 {
        link.lost(ConnId(id), now);
        let due = link.next_deadline().unwrap();
        waits.push(due.since(now).nanos());
        now = due;
        link.tick(now);
        assert_eq!(said(&mut link), [Action::Open(ConnId(id + 1))]);
    }
    let most = options().backoff.most.nanos();
    assert!(waits.iter().all(|wait| *wait <= most), "{waits:?}");
    assert!(
        waits[0] <= 200_000_000 && waits[10..].iter().all(|wait| *wait >= most / 2),
        "{waits:?}"
    );
    assert_eq!(link.counts().failed, 12);
}

#[test]
fn a_connection_that_proved_itself_resets_the_waits() {
    let waited = |stood_ms: i64| {
        let mut link = up(options());
        let mut now = at(10);
        for id in 0..8 {
            link.lost(ConnId(id), now);
            now = now + Span::from_millis(60_000);
            link.tick(now);
            link.opened(ConnId(id + 1), now);
            now = now + Span::from_millis(stood_ms);
            said(&mut link);
        }
        link.lost(ConnId(8), now);
        said(&mut link);
        link.tick(now);
        link.next_deadline().unwrap().since(now).nanos()
    };
    assert!(waited(10_000) <= 200 * 1_000_000);
    assert!(waited(9_000) > 10 * SECOND);
}

#[test]
fn a_silent_connection_is_pinged_then_given_up() {
    let mut link = up(options());
    let all = until(&mut link, at(40_010));
    let pings: Vec<i64> = all
        .iter()
        .filter(|(_, a)| *a == Action::Ping(ConnId(0)))
        .map(|(t, _)| *t)
        .collect();
    assert_eq!(pings, [15_010, 30_010]);
    assert!(all.contains(&(40_010, Action::Close(ConnId(0)))), "{all:?}");
    assert!(all.contains(&(40_010, Action::Tell(News::Down))), "{all:?}");
    assert_eq!((link.counts().stale, link.counts().lost), (1, 1));
}

#[test]
fn a_pong_keeps_a_quiet_stream_unless_it_must_not_be_quiet() {
    let run = |quiet_max| {
        let mut link = up(LinkOptions {
            quiet_max,
            ..options()
        });
        for second in 1..120 {
            link.heard(ConnId(0), Heard::Other, at(second * 1_000));
            link.tick(at(second * 1_000));
            said(&mut link);
        }
        link.counts()
    };
    assert_eq!(run(None).stale, 0);
    assert_eq!(run(Some(Span::from_millis(60_000))).stale, 1);
}

#[test]
fn md1_without_data_it_says_so_within_two_seconds_and_again_when_data_is_back() {
    let mut link = up(options());
    link.heard(ConnId(0), Heard::Data, at(100));
    let all = until(&mut link, at(5_000));
    assert_eq!(all, [(1_600, Action::Tell(News::Fallback(true)))]);
    link.heard(ConnId(0), Heard::Data, at(5_001));
    assert_eq!(said(&mut link), [Action::Tell(News::Fallback(false))]);
    // Also when the connection is gone, or never was.
    link.lost(ConnId(0), at(6_000));
    said(&mut link);
    let all = until(&mut link, at(7_001));
    assert!(
        all.contains(&(6_501, Action::Tell(News::Fallback(true)))),
        "{all:?}"
    );
    let mut link = begun(options());
    let all = until(&mut link, at(2_000));
    assert!(
        all.contains(&(1_500, Action::Tell(News::Fallback(true)))),
        "{all:?}"
    );
}

#[test]
fn before_the_cut_the_next_connection_takes_over() {
    let day = 23 * 3_600_000 + 10;
    let mut link = up(options());
    let mut opened = None;
    for second in 1..(day / 1_000 + 10) {
        let now = at(second * 1_000);
        link.heard(ConnId(0), Heard::Data, now);
        link.tick(now);
        if said(&mut link).contains(&Action::Open(ConnId(1))) {
            opened = Some(second);
            break;
        }
    }
    let opened = opened.expect("a successor is opened") * 1_000;
    assert!(opened >= day && opened < day + 2_000, "{opened}");
    assert!(link.is_up());
    link.opened(ConnId(1), at(opened + 100));
    assert!(
        matches!(said(&mut link)[..], [Action::Subscribe(ConnId(1), _)]),
        "no news yet"
    );
    assert_eq!(
        link.heard(ConnId(1), Heard::Data, at(opened + 150)),
        Take::Successor
    );
    assert_eq!(
        link.heard(ConnId(0), Heard::Data, at(opened + 2_099)),
        Take::Stream
    );
    link.tick(at(opened + 2_099));
    assert_eq!(said(&mut link), []);
    link.tick(at(opened + 2_100));
    assert_eq!(
        said(&mut link),
        [Action::Close(ConnId(0)), Action::Tell(News::Renewed)]
    );
    assert_eq!(
        link.heard(ConnId(1), Heard::Data, at(opened + 2_101)),
        Take::Stream
    );
    assert_eq!(
        link.heard(ConnId(0), Heard::Data, at(opened + 2_101)),
        Take::Stray
    );
    assert_eq!(
        link.counts(),
        Counts {
            opened: 2,
            renewed: 1,
            ..Counts::default()
        }
    );
}

#[test]
fn a_successor_that_fails_leaves_the_stream_up() {
    let mut link = up(options());
    link.renew(at(1_000));
    assert_eq!(said(&mut link), [Action::Open(ConnId(1))]);
    link.lost(ConnId(1), at(1_100));
    assert_eq!(said(&mut link), []);
    link.heard(ConnId(0), Heard::Data, at(1_200));
    link.tick(at(1_400));
    assert_eq!(said(&mut link), [Action::Open(ConnId(2))], "tried again");
    // The stream is lost while its successor is being made: that one is the stream then.
    link.lost(ConnId(0), at(1_450));
    assert_eq!(said(&mut link), [Action::Tell(News::Down)]);
    link.opened(ConnId(2), at(1_500));
    assert_eq!(said(&mut link)[0], Action::Tell(News::Up));
}

#[test]
fn a_stream_lost_beside_an_open_successor_goes_on_at_once() {
    let mut link = up(options());
    link.renew(at(1_000));
    link.opened(ConnId(1), at(1_100));
    said(&mut link);
    link.lost(ConnId(0), at(1_200));
    assert_eq!(said(&mut link), [Action::Tell(News::Renewed)]);
    assert!(link.is_up());
}

#[test]
fn a_stop_closes_everything_and_opens_nothing() {
    let mut link = up(options());
    link.renew(at(1_000));
    said(&mut link);
    link.stop();
    let expected = [
        Action::Close(ConnId(0)),
        Action::Close(ConnId(1)),
        Action::Tell(News::Down),
    ];
    assert_eq!(said(&mut link), expected);
    assert_eq!(until(&mut link, at(10_000_000)), []);
    link.opened(ConnId(1), at(2_000));
    assert_eq!(said(&mut link), []);
}

/// What may happen to a link.
#[derive(Clone, Debug)]
enum Step {
    Opened(u32),
    Lost(u32),
    Heard(u32, bool),
    Renew,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u32..3).prop_map(Step::Opened),
        (0u32..3).prop_map(Step::Lost),
        (0u32..3, any::<bool>()).prop_map(|(back, data)| Step::Heard(back, data)),
        Just(Step::Renew),
        (1i64..100_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_it_never_gives_up(steps in prop::collection::vec(step(), 1..80)) {
        let mut link = begun(options());
        let mut now = at(0);
        let (mut alive, mut newest) = (vec![ConnId(0)], 0);
        for step in steps {
            // The connections that the driver could tell of: the newest few.
            let id = |back: u32| ConnId(newest - back.min(newest));
            match step {
                Step::Opened(back) => link.opened(id(back), now),
                Step::Lost(back) => {
                    alive.retain(|one| *one != id(back));
                    link.lost(id(back), now);
                }
                Step::Heard(back, data) => {
                    let what = if data { Heard::Data } else { Heard::Other };
                    let take = link.heard(id(back), what, now);
                    prop_assert_eq!(take == Take::Stray, !alive.contains(&id(back)));
                }
                Step::Renew => link.renew(now),
                Step::Wait(millis) => {
                    now = now + Span::from_millis(millis);
                    link.tick(now);
                }
            }
            for action in said(&mut link) {
                match action {
                    Action::Open(ConnId(next)) => {
                        prop_assert_eq!(next, newest + 1, "ids are used once");
                        newest = next;
                        alive.push(ConnId(next));
                    }
                    Action::Close(gone) => alive.retain(|one| *one != gone),
                    Action::Subscribe(on, topics) => {
                        prop_assert!(alive.contains(&on));
                        prop_assert_eq!(topics.len(), 2);
                    }
                    Action::Ping(on) => prop_assert!(alive.contains(&on)),
                    Action::Unsubscribe(..) => prop_assert!(false, "nobody asked"),
                    Action::Tell(_) => {}
                }
            }
            prop_assert!(alive.len() <= 2, "{:?}", alive);
            prop_assert!(link.next_deadline().is_some(), "something is always due");
            let soon = now + Span::from_nanos(86_400 * SECOND);
            prop_assert!(link.next_deadline().is_some_and(|due| due <= soon));
        }
    }
}
