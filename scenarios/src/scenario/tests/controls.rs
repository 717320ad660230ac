//! Orders to tasks in a scenario, and what tasks are called.

use onetape_core::task::{Ending, ParamChange, TaskAction};

use super::super::{Loaded, ScenarioError};
use super::{GOOD, messages, read};

/// The good scenario with orders after it.
fn with(controls: &str) -> Result<Loaded, ScenarioError> {
    read(&format!("{GOOD}{controls}"))
}

const ID: &str = "pair_BTCUSDT_binance-spot_binance-usdm";

fn change(name: &str, old: Option<&str>, new: &str) -> ParamChange {
    ParamChange {
        name: name.into(),
        old: old.map(Into::into),
        new: new.into(),
    }
}

#[test]
fn tm1_a_task_without_a_name_is_called_by_what_it_is() {
    let loaded = read(GOOD).unwrap();
    assert_eq!(loaded.scenario.tasks[0].name, ID);
    // The same once more is one too many, unless it has a name of its own.
    let (_, task) = GOOD.split_once("[[task]]").unwrap();
    let (task, _) = task.split_once("[venue").unwrap();
    let twice = format!("{GOOD}\n[[task]]{task}");
    assert_eq!(
        messages(read(&twice)),
        [format!(
            "btc.toml:33: task.1: is {ID} once more, as task.0 is; remove one, or give one of them a `name` of its own"
        )]
    );
    let named = format!("{GOOD}\n[[task]]\nname = \"other\"{task}");
    let names = read(&named).unwrap().scenario.tasks;
    assert_eq!([&names[0].name, &names[1].name], [ID, "other"]);
}

#[test]
fn orders_are_read_in_the_order_of_time_and_resolved() {
    let loaded = with(&format!(
        r#"
[[control]]
at = "2024-08-08T23:59:00Z"
task = "{ID}"
do = "stop"
legs = "unwind"
[[control]]
at = "2024-08-08T23:57:00Z"
task = "{ID}"
do = "update"
set = {{ quantity = "0.10", exit = {{ edge_bps = 6.0 }} }}
[[control]]
at = "2024-08-08T23:56:00Z"
task = "{ID}"
do = "update"
set = {{ "exit.edge_bps" = 5 }}
[[control]]
at = "2024-08-08T23:55:00Z"
do = "pause"
"#
    ))
    .unwrap();
    let controls = &loaded.scenario.controls;
    let actions: Vec<_> = controls.iter().map(|control| &control.action).collect();
    // Each update says what held before it; sizing by quantity takes the place of sizing by value.
    assert_eq!(
        actions,
        [
            &TaskAction::Pause,
            &TaskAction::Update(vec![change("exit.edge_bps", Some("4"), "5")]),
            &TaskAction::Update(vec![
                change("exit.edge_bps", Some("5"), "6"),
                change("quantity", None, "0.1"),
            ]),
            &TaskAction::Stop(Ending::Unwind),
        ]
    );
    assert_eq!(
        (&controls[0].task, controls[1].task.as_deref()),
        (&None, Some(ID))
    );
    let text = loaded.scenario.resolved_toml();
    assert_eq!(read(&text).unwrap().scenario.resolved_toml(), text);
    assert_eq!(
        read(&text).unwrap().scenario.controls,
        loaded.scenario.controls
    );
}

#[test]
fn a_task_can_wait_for_its_start_and_be_tried_again() {
    let text = GOOD.replace(
        "[[task]]",
        "[[task]]\nmanual_start = true\nretry_after = \"1s\"",
    );
    let scenario = read(&text).unwrap().scenario;
    let task = &scenario.tasks[0];
    assert!(task.manual_start);
    assert_eq!(task.retry_after.unwrap().nanos(), 1_000_000_000);
    let resolved = scenario.resolved_toml();
    assert_eq!(read(&resolved).unwrap().scenario.tasks, scenario.tasks);
}

#[test]
fn each_mistake_of_an_order_names_line_field_and_fix() {
    for (lines, says) in [
        (
            "do = \"pause\"",
            "control.0.at: is missing; add `at = \"2024-08-08T23:56:00Z\"`",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"",
            "control.0.do: is missing; add `do = \"pause\"`",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"sleep\"",
            "control.0.do: is \"sleep\", expected start, pause, resume, update, stop, archive, execute, add or remove",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"pause\"\ntask = \"pair\"",
            "no task is called \"pair\"; there are pair_BTCUSDT_binance-spot_binance-usdm; leave it out for every task",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"pause\"\nlegs = \"unwind\"",
            "control.0.legs: is for do = \"stop\" or \"remove\", not for \"pause\"; take it out",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"pause\"\nset = { quantity = 1 }",
            "control.0.set: is for do = \"update\", not for \"pause\"; remove it",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"update\"",
            "control.0.set: is missing; add `set = { PARAMETER = VALUE }`, what the update changes",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"update\"\nset = { quantity = 1 }",
            "control.0.task: is missing; an update names the task that it changes",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"update\"\ntask = \"pair_BTCUSDT_binance-spot_binance-usdm\"\nset = { \
             max_slippage_bps = 500 }",
            "control.0.set: ",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"update\"\ntask = \"pair_BTCUSDT_binance-spot_binance-usdm\"\nset = { \
             slip = 5 }",
            "control.0.set: ",
        ),
        (
            "at = \"2024-08-08T23:56:00Z\"\ndo = \"update\"\ntask = \"pair_BTCUSDT_binance-spot_binance-usdm\"\nset = { \
             min_entry_edge_bps = 9 }",
            "a round trip cannot pay its costs",
        ),
        (
            "at = \"2024-08-09T00:00:00Z\"\ndo = \"pause\"",
            "control.0.at: is not before the end of the data, 2024-08-09T00:00:00Z; give an earlier moment",
        ),
    ] {
        let said = messages(with(&format!("\n[[control]]\n{lines}\n")));
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(said[0].contains(says), "{says}: {said:#?}");
        assert!(said[0].starts_with("btc.toml:3"), "{said:#?}");
    }
    let single = with("\n[control]\nat = 1\n");
    assert!(messages(single)[0].contains("write [[control]] with two brackets"));
}
