"""Pages of reports in a real browser: what a reader sees, does and gets, held against the JSON of the same run."""

import argparse
import json
import re
import subprocess
import time
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import sync_playwright

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# A4 at 96 dots an inch, less margins of a centimetre.
PAPER = {"width": 718, "height": 1047}
BYTES_MAX = 15_000_000
OPEN_S_MAX = 2.0

# Of every plot: how many shapes it drew, and whether any has a size.
MARKS = """() => [...document.querySelectorAll('[data-plot]')].map((plot) => {
    const shapes = [...plot.querySelectorAll('svg path')].filter((path) => {
        const box = path.getBBox();
        const filled = path.getAttribute('fill') || '', line = path.getAttribute('stroke') || '';
        const seen = [filled, line].some((colour) => colour && colour !== 'none' && colour !== 'transparent');
        return seen && (box.width > 1 || box.height > 1);
    });
    return [plot.dataset.plot, shapes.length];
})"""

WIDER = """() => {
    const wide = document.documentElement.clientWidth;
    const out = [];
    for (const at of document.querySelectorAll('body *')) {
        if (at.closest('.scroll, svg, pre, [data-plot]')) continue;
        const box = at.getBoundingClientRect();
        if (box.width && box.right > wide + 0.5) out.push(at.tagName + '.' + at.className + ' ' + box.right);
    }
    if (document.documentElement.scrollWidth > wide) out.push('the page: ' + document.documentElement.scrollWidth);
    return out;
}"""


class Watched:
    """A page in a window, with everything that goes wrong in it."""

    def __init__(self, browser, file, size, dark=False):
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(viewport=size, color_scheme=scheme, offline=True, has_touch=size == PHONE)
        self.page = self.context.new_page()
        self.wrong = []
        self.page.on("console", lambda word: self.wrong.append(f"console {word.type}: {word.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", lambda request: self.request(request.url))
        self.address = file.resolve().as_uri()
        began = time.monotonic()
        self.page.goto(self.address, wait_until="load")
        self.page.wait_for_selector("html[data-ready=yes]", timeout=30_000)
        # All that is seen at first, and the list; the plots below it follow.
        self.opened_s = time.monotonic() - began
        self.page.wait_for_selector("html[data-drawn=yes]", timeout=30_000)

    def request(self, url):
        if url != self.address and not url.startswith(("data:", "blob:")):
            self.wrong.append(f"request: {url}")

    def close(self):
        self.context.close()
        assert not self.wrong, self.wrong


def number(text):
    found = re.match(r"[+-]?\d+(\.\d+)?", text.strip().replace(",", "").replace("\u2212", "-"))
    if not found:
        raise ValueError(f"no number: {text}")
    return Decimal(found.group())


def check_plots(watched):
    plots = watched.page.evaluate(MARKS)
    for kind, marks in plots:
        assert marks > 0, f"the plot {kind} has nothing drawn in it"
    return [kind for kind, _ in plots]


def check_width(watched):
    wider = watched.page.evaluate(WIDER)
    assert not wider, f"wider than the window: {wider[:5]}"


def sort_by(table, head):
    table.locator("thead th", has_text=head).first.click()


def check_sorting(watched):
    """Each head of every table, down and up, gives its column in that order."""
    tables = watched.page.locator("table.sortable, table.list")
    for at in range(tables.count()):
        table = tables.nth(at)
        heads = table.locator("thead th")
        for column in range(heads.count()):
            for direction in (1, -1):
                heads.nth(column).click()
                cells = table.locator(f"tbody > tr > :nth-child({column + 1})").all_inner_texts()
                # Spans have units: their digits alone have another order.
                if any(re.search(r"\d(ns|us|ms|s|m|h|d)$", cell.strip()) for cell in cells):
                    continue
                try:
                    values = [number(cell) for cell in cells]
                except ValueError:
                    continue
                wanted = sorted(values, reverse=direction == 1)
                if heads.nth(column).inner_text().strip(" ↓↑") in ("Opened (UTC)", "Trip", "Held", "Name", "Window", "Test until", "Chosen, with the number of windows"):
                    continue
                assert values == wanted, f"table {at}, column {column}, {heads.nth(column).inner_text()}: {values}, not {wanted}"


def check_trips(watched, report):
    """A round trip of the list opens to its legs, its decisions with books, and its events; its net is the JSON's."""
    place = watched.page.locator("[data-trips]").first
    trips = report["round_trips"]
    first = place.locator("tbody tr[data-at]").first
    assert "of " + f"{len(trips):,}" in place.locator(".shown").inner_text()
    first.locator("button.open").click()
    inside = place.locator("tr.inside").first
    trip = trips[int(first.get_attribute("data-at"))]
    net = number(first.locator("td").first.inner_text())
    wanted = Decimal(trip["net"])
    assert abs(net - wanted) < Decimal("0.01"), (net, wanted)
    legs = inside.locator("table.legs tbody tr")
    assert legs.count() == len(trip["legs"])
    told = inside.locator("table.events").inner_text()
    for word in ("decided", "sent", "filled", trip["entry_reason"]):
        assert word in told, f"{word} is not among the events: {told[:400]}"
    assert inside.locator("dl.numbers div").count() > 3, "no numbers of the decision"
    assert inside.locator("tr").count() > legs.count() + 4
    first.locator("button.open").click()
    assert place.locator("tr.inside").count() == 0
    place.locator("select").select_option("lost")
    lost = sum(1 for trip in trips if trip["closed_at"] and Decimal(trip["net"]) < 0)
    shown = place.locator(".shown").inner_text()
    assert shown.endswith(f"of {lost:,}") if lost else shown == "none", (shown, lost)
    place.locator("select").select_option("all")
    return net


def check_numbers(watched, report):
    """Headline figures, breakdowns and the packed list of round trips are the JSON's."""
    page = watched.page
    exact = lambda name: page.locator(f"[data-figure='{name}']").first.get_attribute("data-exact")
    for name, wanted in [
        ("Net", report["pnl"]["net"]), ("Gross", report["pnl"]["gross"]), ("Fees", report["pnl"]["fees"]),
        ("Funding", report["pnl"]["funding"]), ("Round trips", report["closed"]["round_trips"]),
        ("Ledger residual", report["ledger_residual"]),
    ]:
        assert Decimal(exact(name)) == Decimal(wanted), (name, exact(name), wanted)
    shown = number(page.locator("[data-figure=Net]").first.inner_text())
    assert abs(shown - Decimal(report["pnl"]["net"])) < Decimal("0.01")
    closed = report["closed"]
    if closed["round_trips"]:
        rate = Decimal(100 * closed["winners"]) / closed["round_trips"]
        assert abs(Decimal(exact("Hit rate")) - rate) < Decimal("1e-9")
    check_analysis(page, report)
    table = page.locator("table.breakdown").first
    totals = sum(number(text) for text in table.locator("tbody td:last-child").all_inner_texts())
    assert abs(totals - shown) < Decimal("0.05"), (totals, shown)
    lists = page.evaluate("async () => (await (new Response(new Blob([Uint8Array.from(atob("
                          "document.getElementById('trips').textContent), (c) => c.charCodeAt(0))]).stream()"
                          ".pipeThrough(new DecompressionStream('deflate'))).json())).lists")
    nets = lists[0]["net"]
    assert len(nets) == len(report["round_trips"])
    for net, trip in zip(nets, report["round_trips"]):
        assert abs(Decimal(str(net)) - Decimal(trip["net"])) <= Decimal("0.01"), (net, trip["net"])


def check_analysis(page, report):
    """Return, risk and execution are the JSON's, and every column of the parts of net sums to its net."""
    analysis = report.get("analysis")
    if not analysis:
        return
    stats = analysis["statistics"] or {}
    done = analysis["execution"]
    for name, wanted in [
        ("Sharpe", stats.get("sharpe")), ("Sortino", stats.get("sortino")), ("APR", stats.get("apr")),
        ("Volatility", stats.get("volatility")), ("Calmar", stats.get("calmar")),
        ("Maker ratio", done["maker_ratio"]), ("Edge capture", done["capture"]["edge_capture"]),
        ("Turnover a day", done["capture"]["turnover_per_day"]),
    ]:
        place = page.locator(f"[data-stat='{name}']")
        if wanted is None:
            assert place.count() == 0, name
        elif wanted["value"] is None:
            assert place.inner_text() == "n/a: " + wanted["why_not"], place.inner_text()
        else:
            assert abs(float(place.get_attribute("data-exact")) - wanted["value"]) <= 1e-9 * abs(wanted["value"]), name
    tables = page.locator("table.parts")
    assert tables.count() > 0
    for at in range(tables.count()):
        rows = [[number(cell) for cell in row.locator("td").all_inner_texts()]
                for row in tables.nth(at).locator("tbody tr").all()]
        for column in zip(*rows):
            assert abs(sum(column[:-1]) - column[-1]) < Decimal("0.05"), column
    total = analysis["attribution"]["total"]
    net = total["net"] if isinstance(total["net"], str) else None
    assert net is None or Decimal(net) == Decimal(report["pnl"]["net"])


def check_definitions(watched):
    """Every headline figure and every column of numbers says what it is."""
    page = watched.page
    silent = page.evaluate("""() => [...document.querySelectorAll('[data-figure], thead th.n')]
        .filter((at) => !(at.closest('[title]') && at.closest('[title]').title)).map((at) => at.textContent)""")
    assert not silent, f"without a definition: {silent}"


def check_theme(watched):
    page = watched.page
    colour = lambda: page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    seen = {colour()}
    for _ in range(2):
        page.locator("#theme").click()
        seen.add(colour())
    assert len(seen) == 2, seen
    check_plots(watched)
    page.locator("#theme").click()


def check_tap(watched):
    watched.page.locator(".cards > div").first.tap()
    tip = watched.page.locator("#tip")
    assert tip.is_visible() and len(tip.inner_text()) > 20


def check_run(browser, file, report, shots):
    desk = Watched(browser, file, DESK)
    drawn = check_plots(desk)
    check_width(desk)
    check_definitions(desk)
    check_numbers(desk, report)
    check_trips(desk, report)
    check_sorting(desk)
    check_theme(desk)
    desk.close()
    for name, size, dark in [("light", DESK, False), ("dark", DESK, True), ("phone", PHONE, False), ("phone-dark", PHONE, True)]:
        watched = Watched(browser, file, size, dark)
        assert check_plots(watched) == drawn
        check_width(watched)
        if shots:
            watched.page.screenshot(path=str(shots / f"{file.parent.name}-{name}.png"), full_page=True)
        watched.page.locator("[data-trips] button.open").first.click()
        check_width(watched)
        if shots:
            inside = watched.page.locator("[data-trips]").first
            inside.screenshot(path=str(shots / f"{file.parent.name}-{name}-trip.png"))
        if size == PHONE:
            check_tap(watched)
        watched.close()
    return drawn


def check_comparison(browser, file, told, shots):
    """The page of two runs: drawn, no wider than the window, and its gap and parts are the JSON's and sum up."""
    one = told["assets"][0]
    for name, size, dark in [("light", DESK, False), ("dark", DESK, True), ("phone", PHONE, False)]:
        watched = Watched(browser, file, size, dark)
        assert check_plots(watched) == ["waterfall", "two"]
        check_width(watched)
        check_definitions(watched)
        exact = lambda figure: Decimal(
            watched.page.locator(f"[data-figure='{figure}']").first.get_attribute("data-exact"))
        assert exact("Gap") == Decimal(one["gap"]["net"])
        parts = ["Filled amounts", "Prices at decision", "Latency", "Slippage and repair", "Fees", "Funding", "Missed round trips", "Extra round trips", "Not in the common time",
                 "Outside of round trips"]
        assert sum(exact(part) for part in parts) == exact("Gap") != 0
        if size == DESK:
            check_sorting(watched)
        if shots:
            watched.page.screenshot(path=str(shots / f"comparison-{name}.png"), full_page=True)
        watched.close()


def check_more(browser, file, shots):
    """Pages of other runs: every plot drawn, nothing wider than the window, in every theme and on paper."""
    for name, size, dark in [("light", DESK, False), ("dark", DESK, True), ("phone", PHONE, False)]:
        watched = Watched(browser, file, size, dark)
        drawn = check_plots(watched)
        check_width(watched)
        check_definitions(watched)
        if shots:
            watched.page.screenshot(path=str(shots / f"{file.parent.name}-{name}.png"), full_page=True)
        watched.close()
    return drawn


def check_paper(browser, file, shots):
    """On paper a page is light and keeps its plots, also where the screen is dark, and nothing is wider than the sheet."""
    watched = Watched(browser, file, PAPER, dark=True)
    watched.page.emulate_media(media="print", color_scheme="light")
    watched.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    drawn = check_plots(watched)
    ground = watched.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)", ground
    check_width(watched)
    if shots:
        watched.page.screenshot(path=str(shots / f"{file.parent.name}-paper.png"), full_page=True)
    watched.close()
    return drawn


def check_study(browser, file, shots):
    """The page of a sweep or a walk: plots, drawings, sorting, definitions; its table's first row is the headline."""
    drawn = check_more(browser, file, shots)
    watched = Watched(browser, file, DESK)
    for drawing in watched.page.locator(".drawn svg").all():
        assert drawing.locator("rect, path").count() > 3, "a drawing has nothing in it"
    check_sorting(watched)
    check_theme(watched)
    watched.close()
    assert check_paper(browser, file, shots) == drawn
    return drawn


def check_sweep(browser, folder):
    """What the page of a sweep says of the best point is in the table of results' JSON."""
    watched = Watched(browser, folder / "report.html", DESK)
    heads = [head.strip() for head in watched.page.locator("table.study thead th").all_inner_texts()]
    first = watched.page.locator("table.study tbody tr").first.locator("td").all_inner_texts()
    row = dict(zip(heads, first))
    shown = number(watched.page.locator("[data-figure='Best net']").inner_text())
    assert number(row["net"]) == shown, (row, shown)
    cells = watched.page.locator(".drawn rect.best").count()
    assert cells == 1, f"{cells} cells of the heatmap are framed"
    watched.close()


def check_all_plots(drawn):
    """Every plot that the pages' scripts can draw was drawn on one of the pages."""
    templates = Path(__file__).parents[2] / "reports" / "templates"
    known = set()
    for name in ("plots.js", "studies.js"):
        known |= set(re.findall(r"^  ([a-z]+)\(plots, c\) \{$", (templates / name).read_text(), re.M))
    assert len(known) > 25, known
    assert known == drawn, f"never drawn: {sorted(known - drawn)}; unknown: {sorted(drawn - known)}"


def check_many(browser, file, shots):
    """A hundred thousand round trips: small enough, open fast, all of them in the list."""
    size = file.stat().st_size
    assert size < BYTES_MAX, f"{size} bytes"
    # The machine may be busy with something else: the fastest of three openings.
    opened = []
    for _ in range(3):
        watched = Watched(browser, file, DESK)
        opened.append(watched.opened_s)
        watched.close()
    opened = min(opened)
    watched = Watched(browser, file, DESK)
    check_plots(watched)
    check_width(watched)
    assert watched.page.locator(".shown").first.inner_text().endswith("of 100,000")
    began = time.monotonic()
    sort_by(watched.page.locator("table.list").first, "Net")
    sorted_s = time.monotonic() - began
    if shots:
        watched.page.screenshot(path=str(shots / "many.png"), full_page=True)
    watched.close()
    assert opened < OPEN_S_MAX, f"opened in {opened:.2f} s"
    return size, opened, sorted_s


def main():
    words = argparse.ArgumentParser()
    for name in ("--chromium", "--onetape", "--dir"):
        words.add_argument(name, required=True)
    words.add_argument("--shots", type=Path)
    words.add_argument("--many", type=Path)
    words.add_argument("--variant", type=Path)
    words.add_argument("--more", type=Path, action="append", default=[])
    words.add_argument("--study", type=Path, action="append", default=[])
    words.add_argument("runs", nargs="+", type=Path)
    words = words.parse_args()
    if words.shots:
        words.shots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=words.chromium, args=["--no-sandbox"])
        all_drawn = set()
        for run in words.runs:
            told = subprocess.run([words.onetape, "report", str(run), "--json"], check=True, capture_output=True)
            drawn = check_run(browser, run / "report.html", json.loads(told.stdout), words.shots)
            assert check_paper(browser, run / "report.html", words.shots) == drawn
            all_drawn |= set(drawn)
            print(f"{run.name}: plots {', '.join(drawn)}: drawn; numbers, sorting, opening, light, dark, phone: right")
        if words.variant:
            page = Path(words.dir) / "comparison.html"
            command = [words.onetape, "report", str(words.runs[0]), str(words.variant), "--json", "--html", str(page)]
            told = subprocess.run(command, check=True, capture_output=True)
            check_comparison(browser, page, json.loads(told.stdout), words.shots)
            print(f"{words.runs[0].name} against {words.variant.name}: drawn, and the parts sum to the gap")
            all_drawn |= {"waterfall", "two"}
        for run in words.more:
            drawn = check_more(browser, run / "report.html", words.shots)
            all_drawn |= set(drawn)
            print(f"{run.name}: plots {', '.join(drawn)}: drawn, light, dark and on a phone")
        for folder in words.study:
            drawn = check_study(browser, folder / "report.html", words.shots)
            all_drawn |= set(drawn)
            print(f"{folder.name}: plots {', '.join(drawn)}: drawn, sorting, light, dark, phone, paper: right")
            if (folder / "results.parquet").exists():
                check_sweep(browser, folder)
        if words.more and words.study and words.variant:
            check_all_plots(all_drawn)
        if words.many:
            size, opened, sorted_s = check_many(browser, words.many, words.shots)
            print(f"100,000 round trips: {size / 1e6:.1f} MB, open in {opened:.2f} s, sorted in {sorted_s:.2f} s")
        browser.close()


if __name__ == "__main__":
    main()
