//! What is refused, and what the refusal says.

use std::fs;

use super::*;
use crate::error::Error;

fn two_quotes() -> (TempDir, Catalog) {
    catalog(&[(0, vec![quote(START, 1, 10), quote(START + 5, 2, 11)])])
}

fn refusal(catalog: &Catalog, request: &TapeRequest) -> Error {
    match Tape::open(catalog, request) {
        Err(error) => error,
        Ok(_) => panic!("a tape was opened"),
    }
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let (_dir, catalog) = two_quotes();
    let text = |request: &TapeRequest| refusal(&catalog, request).to_string();
    let unknown = text(&request(&[(7, vec![Kind::Quote])]));
    assert!(
        unknown.contains("venue-7:BTCUSDT") && unknown.contains("venue-0:BTCUSDT"),
        "{unknown}"
    );
    let kind = text(&request(&[(0, vec![Kind::Depth])]));
    assert!(
        kind.contains("no depth rows, only quote") && kind.contains("data import"),
        "{kind}"
    );
    let mut late = request(&[(0, vec![Kind::Quote])]);
    late.from = Some(Ts::from_nanos(START + 6));
    let late = text(&late);
    assert!(
        late.contains("2024-08-08T23:59:59Z") && late.contains("change the time"),
        "{late}"
    );
    let mut reversed = request(&[(0, vec![Kind::Quote])]);
    (reversed.from, reversed.to) = (Some(Ts::from_nanos(9)), Some(Ts::from_nanos(9)));
    assert!(text(&reversed).contains("is not before"));
}

#[test]
fn a_changed_file_is_refused_before_it_is_decoded() {
    let (dir, catalog) = two_quotes();
    let wanted = request(&[(0, vec![Kind::Quote])]);
    let record = &catalog.all_files()[0];
    let path = dir.path().join(&record.path);
    let sound = fs::read(&path).unwrap();
    for at in [4, sound.len() / 2, sound.len() - 6] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, bytes).unwrap();
        match refusal(&catalog, &wanted) {
            Error::Changed {
                path: found,
                expected,
                ..
            } => {
                assert_eq!(found, path);
                assert!(expected.contains(&record.hash));
            }
            other => panic!("{other}"),
        }
    }
    fs::write(&path, &sound[..sound.len() - 1]).unwrap();
    assert!(matches!(refusal(&catalog, &wanted), Error::Changed { .. }));
    fs::remove_file(&path).unwrap();
    assert!(
        refusal(&catalog, &wanted)
            .to_string()
            .contains(&record.path)
    );
    fs::write(&path, &sound).unwrap();
    assert_eq!(drain(Tape::open(&catalog, &wanted).unwrap()).len(), 2);
}

#[test]
fn a_file_at_other_decimals_than_the_instruments_is_refused() {
    let (dir, _) = two_quotes();
    let manifest = dir.path().join("catalog.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let other = text.replace("\"price_decimals\": 2", "\"price_decimals\": 3");
    assert_ne!(text, other);
    fs::write(&manifest, other).unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let why = refusal(&catalog, &request(&[(0, vec![Kind::Quote])])).to_string();
    assert!(
        why.contains("bid_px") && why.contains("has 2 decimals, the instrument has 3"),
        "{why}"
    );
    assert!(why.contains(".parquet"), "{why}");
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let (dir, catalog) = two_quotes();
    let manifest = dir.path().join("catalog.json");
    let text = fs::read_to_string(&manifest).unwrap();
    assert_eq!(catalog.all_files()[0].kind, Kind::Quote);
    fs::write(
        &manifest,
        text.replace("\"kind\": \"quote\"", "\"kind\": \"trade\""),
    )
    .unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    let why = refusal(&catalog, &request(&[(0, vec![Kind::Trade])])).to_string();
    assert!(
        why.contains("has no column trade_id of trade rows"),
        "{why}"
    );
}
