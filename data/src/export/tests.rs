//! Exports read back.

use super::*;

#[test]
fn nothing_of_a_failed_export_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    {
        let mut files = files::Files::begin(&out).unwrap();
        files.create("a.csv").unwrap().put(b"x").unwrap();
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0);
    let mut files = files::Files::begin(&out).unwrap();
    let mut writing = files.create("a.csv").unwrap();
    writing.put(b"x").unwrap();
    writing.finish().unwrap();
    files.commit().unwrap();
    assert_eq!(std::fs::read(out.join("a.csv")).unwrap(), b"x");
}
