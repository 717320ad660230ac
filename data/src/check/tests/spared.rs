//! What looks like a fault and is none.

use onetape_core::num::Price;

use super::planted::source;
use super::rows::*;
use super::*;

#[test]
fn what_is_as_it_may_be_is_not_told() {
    let mut crash = trades();
    for row in &mut crash[20..] {
        trade(row).price = Price::new(5_000);
    }
    let mut sparse = trades();
    for n in 0..40 {
        delay(&mut sparse[n..], 0, 70 * SECOND);
    }
    let mut late = trades();
    late.swap(10, 11);
    for at in [10, 11] {
        let ts = START + (at as i64 + 1) * SECOND;
        set_ts(&mut late[at], ts);
        set_venue(&mut late[at], Some(ts - 5_000_000));
    }
    let mut scattered = trades();
    for row in &mut scattered {
        trade(row).trade_id *= 7;
    }
    let mut nameless = trades();
    for row in &mut nameless {
        trade(row).trade_id = 0;
    }
    // Two levels of one stamp cross for a moment.
    let mut passing = levels();
    let ts = passing[38].ts().nanos();
    diff(&mut passing[38]).asks = vec![level(9_990, 5)];
    set_ts(&mut passing[39], ts);
    diff(&mut passing[39]).bids = vec![];
    diff(&mut passing[39]).asks = vec![level(9_990, 0)];
    let mut quicker = funding();
    for n in 12..20 {
        let ts = at(START + (96 + (n - 11) * 4) * HOUR);
        let mut row = quicker[11].clone();
        (rate(&mut row).ts, rate(&mut row).settles_at) = (ts, ts);
        rate(&mut row).place = n as u64 + 1;
        quicker.push(row);
    }
    for (name, rows) in [
        ("a crash", crash),
        ("a thin market", sparse),
        ("a late id", late),
        ("ids of a whole venue", scattered),
        ("no ids", nameless),
        ("crossed within a stamp", passing),
        ("eight hours become four", quicker),
    ] {
        let report = report(&[source(rows)]);
        assert_eq!(told(&report), Vec::<&Finding>::new(), "{name}");
    }
}
