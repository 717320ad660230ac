//! What waits for a person's word, and orders of the scenario at their time.

use super::*;

#[test]
fn rc7_what_waits_is_listed_approved_denied_and_journaled_with_who_said_it() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    let more = "[risk]\nmax_single_loss = \"0.01\"\n[live]\nhealth_every = \"1s\"\n[[control]]\nafter = \"2s\"\ndo = \"pause\"";
    scenario(dir, more);
    // A pair that leaves by its age could be gone before it is told to.
    let text = std::fs::read_to_string(dir.join("scenario.toml")).unwrap();
    let text = text.replace(r#"max_age = "500ms""#, r#"max_age = "1h""#);
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
    let paper = format!("paper scenario.toml --local {} --out run", served.local());
    let mut child = keyed(dir, &paper).spawn().unwrap();
    let held = status(dir, |told| {
        told["tasks"][0]["state"] == "paused" && told["tasks"][0]["executions"].as_u64() > Some(0)
    });
    // The scenario's pause came after two seconds of the run, before any person spoke. What the run counts begins when it
    // has connected, a little later.
    assert!(held["runtime_ms"].as_u64() >= Some(1_000), "{held}");
    assert!(
        run(dir, "approve run")
            .exits(0)
            .out
            .contains("nothing waits")
    );
    let none = run(dir, "approve run halt").exits(1);
    assert!(
        none.err.contains("nothing waits as \"halt\""),
        "{}",
        none.err
    );
    run(dir, "resume run --task pair").exits(0);
    status(dir, |told| told["tasks"][0]["standing"] == "holding");
    run(dir, "flatten run").exits(0);
    let told = status(dir, |told| {
        told["waiting"].as_array().is_some_and(|it| !it.is_empty())
    });
    assert_eq!(told["waiting"][0]["id"], "unwind:pair", "{told}");
    assert!(told["waiting"][0]["loss"].is_string(), "{told}");
    let listed = run(dir, "approve run").exits(0).out;
    assert!(
        listed.contains("unwind:pair") && listed.contains("it would lose about"),
        "{listed}"
    );
    let said = run(dir, "status run").exits(0).out;
    assert!(said.contains("waits for a person: unwind:pair"), "{said}");
    let deny = [
        "approve",
        "run",
        "unwind:pair",
        "--deny",
        "--reason",
        "not at this price",
    ];
    crate::common::onetape(dir, &deny).exits(0);
    assert!(
        run(dir, "approve run")
            .exits(0)
            .out
            .contains("nothing waits")
    );
    run(dir, "flatten run").exits(0);
    run(dir, "approve run unwind:pair").exits(0);
    let told_end = status(dir, |told| told["tasks"][0]["state"] == "done");
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = run(dir, "journal show run").exits(0).out;
    let user = Command::new("id").arg("-un").output().unwrap();
    let user = String::from_utf8(user.stdout).unwrap();
    let user = user.trim();
    assert!(
        shown.contains(&format!(
            "order=deny item=unwind:pair who={user} why=not at this price"
        )),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("order=approve item=unwind:pair who={user}")),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("about=ordered text=flatten, by {user}")),
        "{shown}"
    );
    run(dir, "replay run --verify").exits(0);
    // What waited at a moment is told of that moment: before the word on it, and not after.
    let at = told["now"].as_str().unwrap();
    let why = run(dir, &format!("journal why run --at {at}")).exits(0).out;
    assert!(why.contains("waits for a person: unwind:pair"), "{why}");
    let why = run(dir, &format!("journal why run --at {at} --json"));
    let why = why.exits(0).json();
    assert_eq!(why["waiting"][0]["id"], "unwind:pair", "{why}");
    let at = told_end["now"].as_str().unwrap();
    let why = run(dir, &format!("journal why run --at {at}")).exits(0).out;
    assert!(!why.contains("waits for a person"), "{why}");
}

#[test]
fn an_order_of_the_scenario_that_is_past_is_refused_with_what_to_write() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let served = serve(dir);
    scenario(
        dir,
        "[[control]]\nat = \"2024-08-08T23:56:00Z\"\ndo = \"pause\"",
    );
    let paper = format!("paper scenario.toml --local {} --out run", served.local());
    let refused = run(dir, &paper).exits(1);
    assert!(refused.err.contains("is past"), "{}", refused.err);
    assert!(refused.err.contains("after = \"10m\""), "{}", refused.err);
    assert!(!dir.join("run/journal").exists());
}
