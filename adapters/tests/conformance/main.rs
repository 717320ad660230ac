//! Every case of a folder of reference data, by what it says of itself and never by its file's name: signed requests
//! byte for byte, messages decoded and their numbers found again, books brought to their stated end, failures by class.
//!
//! The folder is named by `ONETAPE_VENUE_REFERENCE`; without it `../shared/venues` beside the workspace is taken. Where
//! there is none, the test says so and passes, but not where `CI` is set.

mod binance;
mod binance_ask;
mod binance_server;
mod check;
mod gate;
mod gate_ask;
mod mexc;
mod mexc_frames;
mod mutate;
mod reference;
mod run;
mod scenario;
mod serve;
mod world;

use reference::Reference;
use run::{Tally, Venue};

/// The venues that have an adapter. What lies in other folders is counted as not run.
const VENUES: &[&Venue] = &[
    &binance::SPOT,
    &binance::USDM,
    &gate::SPOT,
    &gate::FUTURES,
    &mexc::SPOT,
];

#[test]
fn every_case_of_the_reference_is_met() {
    let Some(reference) = Reference::find() else {
        return;
    };
    let mut tally = Tally::default();
    for (venue, cases) in reference.fixtures() {
        match VENUES.iter().find(|it| it.name == venue) {
            Some(adapter) => run::fixtures(adapter, &cases, &mut tally),
            None => tally.left_out(&venue, cases.len()),
        }
    }
    for (venue, vectors) in reference.vectors() {
        match VENUES.iter().find(|it| it.name == venue) {
            Some(adapter) => run::vectors(adapter, &vectors, &mut tally),
            None => tally.left_out(&venue, vectors.len()),
        }
    }
    tally.finish();
}
