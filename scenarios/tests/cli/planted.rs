//! The program has no bugs in it that tests plant.

/// Every bug that a build can be given leaves a text that begins so; that the search finds them where they are is shown
/// by the test that plants them.
const MARK: &[u8] = b"planted-bug:";

#[test]
fn no_program_has_planted_bugs() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_onetape")).unwrap();
    let has = |text: &[u8]| memchr::memmem::find(&program, text).is_some();
    assert!(has(b"edge_below_entry"), "texts of the core are found");
    assert!(!has(MARK));
}
