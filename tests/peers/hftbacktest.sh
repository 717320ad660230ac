#!/usr/bin/env bash
# hftbacktest and onetape on the same arrays in the same minute: rows a second, memory, orders and fills.
#
#   tests/peers/hftbacktest.sh [--rounds N] [--peer DIR] [--dir DIR] [--onetape FILE]
#
# --peer     the sources of hftbacktest's benchmark; ../shared/peers/hftbacktest when not given. They are copied.
# --dir      where it is built and everything is kept; target/peers when not given. What is there is used again.
# --onetape  the binary to measure; target/dist/onetape when not given, which is then built.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=5 peer=../shared/peers/hftbacktest dir=target/peers onetape=
while [ $# -gt 0 ]; do
    case "$1" in
        --rounds) rounds=$2 ;;
        --peer) peer=$2 ;;
        --dir) dir=$2 ;;
        --onetape) onetape=$2 ;;
        *) echo "hftbacktest.sh: unknown option $1; see the head of this file" >&2; exit 2 ;;
    esac
    shift 2
done
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

# Builds.
theirs=$dir/hftbacktest/target/release/bench-hftbacktest
if [ ! -x "$theirs" ]; then
    [ -f "$peer/Cargo.toml" ] || { echo "hftbacktest.sh: $peer is not there; name it with --peer DIR" >&2; exit 2; }
    mkdir -p "$dir/hftbacktest"
    cp -R "$peer/." "$dir/hftbacktest/"
    chmod -R u+w "$dir/hftbacktest"
    env -u CARGO_TARGET_DIR cargo build --release --manifest-path "$dir/hftbacktest/Cargo.toml" --target-dir "$dir/hftbacktest/target"
fi
if [ -z "$onetape" ]; then
    cargo build --profile dist -p onetape
    onetape=${CARGO_TARGET_DIR:-target}/dist/onetape
fi

# Data: one array of five million rows, two of half as many. The same rows are imported once.
arrays=$dir/hftbacktest/data catalog=$dir/catalog
mkdir -p "$arrays"
made() { [ -f "$arrays/$1_$2.npy" ] || "$theirs" gen "$arrays/$1_$2.npy" "$1" "$2"; }
made 5000000 42
made 2500000 43
made 2500000 44
a=$arrays/5000000_42.npy b=$arrays/2500000_43.npy c=$arrays/2500000_44.npy
if [ ! -f "$catalog/catalog.json" ]; then
    "$onetape" data import instruments scenarios/peers/instruments.toml --catalog "$catalog"
    "$onetape" data import hftbacktest "$a" --instrument bench:A --catalog "$catalog"
    "$onetape" data import hftbacktest "$b" --instrument bench:B --catalog "$catalog"
    "$onetape" data import hftbacktest "$c" --instrument bench:C --catalog "$catalog"
fi

# Runs. A line of results: case, who, rows a second, peak KiB, seconds of the process, orders, fills.
results=$dir/results.txt
: > "$results"
number() { grep -o "\"$1\": *[0-9.]*" "$2" | head -1 | grep -o '[0-9.]*$'; }
timed() { /usr/bin/time -o "$dir/time.txt" -f '%M %e' "$@" > "$dir/out.json"; }
they() { # case, scenario, book, arrays
    local case=$1 scenario=$2 book=$3
    shift 3
    timed "$theirs" run "$scenario" nopartial "$book" "$@"
    read -r peak seconds < "$dir/time.txt"
    echo "$case hftbacktest/$book $(number rows_per_s "$dir/out.json") $peak $seconds" \
        "$(number submitted "$dir/out.json") $(number fills "$dir/out.json")" >> "$results"
}
we() { # case, scenario
    rm -rf "$dir/run"
    timed "$onetape" backtest "scenarios/peers/$2.toml" --catalog "$catalog" --journal decisions --out "$dir/run" --json
    read -r peak seconds < "$dir/time.txt"
    local rows wall
    rows=$(number rows "$dir/out.json")
    wall=$(number wall_s "$dir/out.json")
    echo "$1 onetape $(awk -v r="$rows" -v w="$wall" 'BEGIN { printf "%.0f", r / w }') $peak $seconds" \
        "$(number orders "$dir/out.json") $(number fills "$dir/out.json")" >> "$results"
}
echo "load $(cut -d' ' -f1-3 /proc/loadavg), $rounds rounds"
for round in $(seq "$rounds"); do
    echo "round $round"
    they idle-one end hash "$a";           they idle-one end roi "$a";           we idle-one watch_one
    they quote-one quote-feed hash "$a";   they quote-one quote-feed roi "$a";   we quote-one quote_one
    they idle-two end hash "$b" "$c";      they idle-two end roi "$b" "$c";      we idle-two watch_two
    they quote-two quote-feed hash "$b" "$c"; they quote-two quote-feed roi "$b" "$c"; we quote-two quote_two
done

# Medians, and how many times the rows a second of each of theirs we make.
awk '
    function median(list, count,    i, j, swap, parts) {
        count = split(list, parts, " ")
        for (i = 1; i <= count; i++)
            for (j = i + 1; j <= count; j++)
                if (parts[j] + 0 < parts[i] + 0) { swap = parts[i]; parts[i] = parts[j]; parts[j] = swap }
        return count % 2 ? parts[(count + 1) / 2] : (parts[count / 2] + parts[count / 2 + 1]) / 2
    }
    {
        key = $1 " " $2
        if (!(key in rate)) order[++keys] = key
        rate[key] = rate[key] " " $3; peak[key] = peak[key] " " $4; time[key] = time[key] " " $5
        placed[key] = $6; filled[key] = $7
    }
    END {
        printf "%-10s %-18s %14s %8s %10s %10s %9s %8s\n", "case", "who", "rows/s", "ours x", "peak MiB", "process s", "orders", "fills"
        for (i = 1; i <= keys; i++) {
            key = order[i]; split(key, name, " ")
            theirs = median(rate[key])
            ratio = name[2] == "onetape" ? "" : sprintf("%.2f", median(rate[name[1] " onetape"]) / theirs)
            printf "%-10s %-18s %14d %8s %10.1f %10.2f %9d %8d\n", name[1], name[2], theirs, ratio, \
                median(peak[key]) / 1024, median(time[key]), placed[key], filled[key]
        }
    }
' "$results" | tee "$dir/table.txt"
