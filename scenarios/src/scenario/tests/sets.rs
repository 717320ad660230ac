//! What `--set` and the other flags change of a scenario.

use super::super::{Loaded, Place};
use super::{GOOD, messages, read_with, sets};

fn with(flags: &[&str]) -> Loaded {
    read_with(GOOD, &sets(flags)).unwrap()
}

fn param(loaded: &Loaded, task: usize, name: &str) -> String {
    let params = &loaded.scenario.tasks[task].params;
    params
        .get(name)
        .map_or_else(|| "none".to_string(), |value| value.to_string())
}

#[test]
fn a_flag_reaches_any_field() {
    let loaded = with(&[
        "task.0.exit.edge_bps=12.345678",
        "sim.seed=42",
        "venue.binance-spot.fees.taker_bps=7.5",
        "venue.binance-spot.balances.ETH=3",
        "data.from=2024-08-08T23:55:00Z",
        "risk.max_daily_loss=100",
        "sim.liquidity=touch",
        "name=other run",
    ]);
    assert_eq!(param(&loaded, 0, "exit.edge_bps"), "12.345678");
    assert_eq!(param(&loaded, 0, "exit.max_age"), "6h");
    let text = loaded.scenario.resolved_toml();
    for line in [
        "name = \"other run\"",
        "from = \"2024-08-08T23:55:00Z\"",
        "fees = { maker_bps = 10, taker_bps = 7.5, asset = \"quote\" }",
        "balances = { BTC = \"0.1\", ETH = \"3\", USDT = \"10000\" }",
        "max_daily_loss = \"100\"",
        "seed = \"42\"",
        "liquidity = \"touch\"",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let flag = Place::Flag("--set sim.seed=42".to_string());
    assert_eq!(loaded.source.locate("sim.seed"), flag);
    assert_eq!(loaded.source.locate("task.0.exit.max_age"), Place::Line(14));
    assert_eq!(
        loaded.source.locate("task.0.exit.profit_bps"),
        Place::Line(14)
    );
}

#[test]
fn a_parameter_reaches_every_task_that_declares_it() {
    let tasks = "[[task]]\nstrategy = \"idle\"\n[[task]]\nstrategy = \"pair\"\nquantity = 2\nmin_entry_edge_bps = 40\n\
                 exit.max_age = \"1h\"\nspot = { instrument = \"binance-spot:ETHUSDT\", feed = \"quote\" }\n\
                 futures = { instrument = \"binance-usdm:ETHUSDT\", feed = \"quote\" }\n[risk]";
    let text = GOOD.replace("[risk]", tasks);
    let flags = [
        "min_entry_edge_bps=31.5",
        "exit.max_age=30m",
        "quantity=1.25",
        "spot.feed=depth",
    ];
    let loaded = read_with(&text, &sets(&flags)).unwrap();
    for task in [0, 2] {
        assert_eq!(param(&loaded, task, "min_entry_edge_bps"), "31.5");
        assert_eq!(param(&loaded, task, "exit.max_age"), "30m");
        // Sizing by quantity takes the place of the file's notional.
        assert_eq!(param(&loaded, task, "quantity"), "1.25");
        assert_eq!(param(&loaded, task, "notional"), "none");
        assert_eq!(loaded.scenario.tasks[task].legs[0].feed.name(), "depth");
    }
    let one = read_with(&text, &sets(&["task.0.quantity=3"])).unwrap();
    assert_eq!(param(&one, 0, "quantity"), "3");
    assert_eq!(param(&one, 2, "quantity"), "2");
    let table = with(&["exit={ profit_bps = 1 }"]);
    assert_eq!(param(&table, 0, "exit.profit_bps"), "1");
    assert_eq!(param(&table, 0, "exit.edge_bps"), "none");
}

#[test]
fn the_later_flag_holds_and_a_loss_is_still_refused() {
    let loaded = with(&["min_entry_edge_bps=-1", "min_entry_edge_bps=50"]);
    assert_eq!(param(&loaded, 0, "min_entry_edge_bps"), "50");
    let flags = ["min_entry_edge_bps=-2.93", "exit.edge_bps=4.54"];
    assert_eq!(
        messages(read_with(GOOD, &sets(&flags))),
        [
            "--set exit.edge_bps=4.54: task.0.exit.edge_bps: a round trip cannot pay its costs: entry -2.93 + exit 4.54 - \
          fees 30 (spot 2 x 10, futures 2 x 5) = net -28.39 bps; raise `min_entry_edge_bps` to at least 25.46 or \
          `exit.edge_bps` to at least 32.93, or allow the loss with `allow_negative_edge = true` in the task or \
          --allow-negative-edge"
        ]
    );
    with(&[
        "min_entry_edge_bps=-2.93",
        "exit.edge_bps=4.54",
        "allow_negative_edge=true",
    ]);
}

#[test]
fn a_bad_flag_is_named() {
    for (flag, want) in [
        (
            "sim.seed",
            "--set sim.seed: has no `=`; write --set key=value",
        ),
        ("=5", "--set =5: is no dotted path; write --set key=value"),
        (
            "sim..seed=5",
            "--set sim..seed=5: sim..seed: is no dotted path; write --set key=value",
        ),
        (
            "sim.sede=5",
            "--set sim.sede=5: sim.sede: is not known here; did you mean `seed`?",
        ),
        (
            "quantiy=5",
            "--set quantiy=5: quantiy: is not known here; did you mean `quantity`?",
        ),
        (
            "task.1.quantity=5",
            "--set task.1.quantity=5: task.1.quantity: `task` has 1 entries; give a number below 1 after `task.`, as in \
             task.0",
        ),
        (
            "task.quantity=5",
            "--set task.quantity=5: task.quantity: `task` has 1 entries; give a number below 1 after `task.`, as in task.0",
        ),
        (
            "sim.seed.x=5",
            "--set sim.seed.x=5: sim.seed.x: `sim.seed` is a number, so nothing can be set below it; set `sim.seed` itself",
        ),
        (
            "exit.max_age=6",
            "--set exit.max_age=6: task.0.exit.max_age: `exit.max_age` is \"6\", expected a length of time such as \"5ms\", \
             \"1.5s\", \"30m\" or \"6h\"",
        ),
        ("sim=5", "--set sim=5: sim: is 5, expected a table"),
    ] {
        assert_eq!(messages(read_with(GOOD, &sets(&[flag]))), [want]);
    }
}
