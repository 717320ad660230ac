//! What accounts read, and that it is what they were told.

use super::*;

#[test]
fn fees_and_rules_are_told() {
    let mut stand = Stand::spot();
    let Reply::Fees(fees) = stand.call(ANN, Call::Fees(Some(ID))).unwrap() else {
        panic!("no fees");
    };
    assert_eq!(
        (fees[0].maker, fees[0].taker),
        (money("0.0002"), money("0.001"))
    );
    let Reply::Instruments(rules) = stand.call(ANN, Call::Instruments(Vec::new())).unwrap() else {
        panic!("no rules");
    };
    assert_eq!((rules.len(), rules[0].tick), (1, money("0.1")));
    let account = stand.account(BEN);
    assert_eq!((account.number, account.taker), (1_001, money("0.001")));
}

#[test]
fn the_past_is_read_in_stretches() {
    let mut stand = Stand::spot();
    for _ in 0..4 {
        stand.place(ANN, market(BUY, "0.1")).unwrap();
        stand.now += SECOND;
    }
    let past = Past {
        instrument: Some(ID),
        limit: 2,
        ..Past::default()
    };
    let read = |stand: &mut Stand, past| match stand.call(ANN, Call::Trades(past)).unwrap() {
        Reply::Trades(all) => all.iter().map(|it| it.id).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(&mut stand, past.clone()), [3, 4], "the newest");
    let from = Past {
        from_id: Some(2),
        ..past.clone()
    };
    assert_eq!(read(&mut stand, from), [2, 3]);
    let skipped = Past {
        skip: 1,
        ..past.clone()
    };
    assert_eq!(read(&mut stand, skipped), [2, 3]);
    let of_one = Past {
        order: Some(1),
        ..past.clone()
    };
    assert_eq!(read(&mut stand, of_one), [1]);
    let since = Past {
        since: Some(Ts::from_nanos(3 * SECOND)),
        ..past
    };
    assert_eq!(read(&mut stand, since), [4]);
    assert_eq!(
        stand
            .exchange
            .aggregates(&Past {
                instrument: Some(ID),
                ..Past::default()
            })
            .unwrap()
            .len(),
        4
    );
}
