//! In a process of its own: what is closed stays closed.
#![cfg(unix)]

use std::os::unix::fs::MetadataExt;

use rustix::process::{Resource, getrlimit};

#[test]
fn s16_no_memory_image_and_no_file_for_others() {
    onetape_live::process::close_to_others().unwrap();
    let core = getrlimit(Resource::Core);
    assert_eq!((core.current, core.maximum), (Some(0), Some(0)));
    let folder = tempfile::tempdir().unwrap();
    let (file, dir) = (folder.path().join("file"), folder.path().join("dir"));
    std::fs::write(&file, "").unwrap();
    std::fs::create_dir(&dir).unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&file), mode(&dir)), (0o600, 0o700));
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        let now = dumpable_behavior().unwrap();
        assert!(matches!(now, DumpableBehavior::NotDumpable));
    }
}
