// The list of round trips: sorted and paged here, so that a hundred thousand of them cost no more than a screenful.

const PAGE_ROWS = 50;

/** The packed data, whole again. */
async function unpack(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** The legs of a round trip, as places in the columns of legs. */
function legsOf(list, at) {
  if (!list.firstLeg) {
    let first = 0;
    list.firstLeg = list.leg_counts.map((count) => (first += count) - count);
  }
  return Array.from({ length: list.leg_counts[at] }, (_, leg) => list.firstLeg[at] + leg);
}

const isRepaired = (list, at) => legsOf(list, at).some((leg) => list.legs.qty[2][leg] !== null);

/** Columns: head, definition, what it is sorted by, and a row's cell. */
function columnsOf(list, decimals) {
  const name = (place) => (place === null ? "–" : list.names[place]);
  const several = new Set(list.task).size > 1;
  const trip = (at) =>
    '<button type="button" class="open" aria-expanded="false">Round trip ' + list.trip[at] + "</button>" +
    (isRepaired(list, at) ? '<span class="tag">repaired</span>' : "") +
    (several ? '<span class="sub">' + escape(name(list.task[at])) + "</span>" : "") +
    '<span class="sub">' + escape(name(list.entry[at])) + " → " + escape(name(list.exit[at])) + "</span>";
  const amount = (head, title, values) => ({ head, title, right: true, key: (at) => values[at], html: (at) => plain(values[at], decimals) });
  return [
    {
      head: "Trip", title: "Number of the round trip within its task; below, why it was opened and why it was closed",
      key: (at) => list.names[list.task[at]] + " " + String(list.trip[at]).padStart(9, "0"), html: trip,
    },
    {
      head: "Net", title: "Gross less fees plus funding", right: true, key: (at) => list.net[at],
      html: (at) => '<span class="' + tone(list.net[at]) + '">' + signed(list.net[at], decimals) + "</span>",
    },
    { head: "Opened (UTC)", title: "First fill", key: (at) => list.opened[at], html: (at) => stamp(list.opened[at], true) },
    {
      head: "Held", title: "From the first fill to the one that made it flat", right: true,
      key: (at) => (list.held[at] === null ? Infinity : list.held[at]),
      html: (at) => (list.held[at] === null ? "open" : lengthOf(list.held[at])),
    },
    amount("Gross", "Profit of price differences, before fees and funding", list.gross),
    amount("Fees", "What venues charged, at its worth when it was charged", list.fees),
    amount("Funding", "Funding received less paid while it was held", list.funding),
  ];
}

const quantity = (value) => String(Number(Math.abs(value).toPrecision(12)));

/** One leg as a row of the small table that opens below a round trip. */
function legRow(leg, list, decimals) {
  const { instrument, side, qty, price, amounts } = list.legs;
  const [gross, fees, funding, net] = amounts.map((column) => column[leg]);
  const fills = (role) => (qty[role][leg] === null ? "–" : quantity(qty[role][leg]) + " @ " + price[role][leg]);
  const cells = [side[leg] === null ? "–" : list.names[side[leg]], ...[0, 1, 2].map(fills)];
  return (
    '<tr><th scope="row">' + escape(list.names[instrument[leg]]) + "</th>" +
    cells.map((cell) => '<td class="l">' + escape(cell) + "</td>").join("") +
    [gross, fees, funding].map((amount) => "<td>" + plain(amount, decimals) + "</td>").join("") +
    '<td class="' + tone(net) + '">' + signed(net, decimals) + "</td></tr>"
  );
}

/** Nanoseconds after the first fill, as people read them. */
function since(nanos) {
  const sign = nanos < 0 ? MINUS : "+";
  const millis = Math.abs(nanos) / 1e6;
  return sign + (millis < 10000 ? plain(millis, 3) + " ms" : lengthOf(millis));
}

function numbersOf(pairs, names) {
  if (!pairs.length) return "";
  const one = ([name, value]) => "<div><dt>" + escape(names[name]) + "</dt><dd>" + escape(value) + "</dd></div>";
  return '<dl class="numbers" title="The numbers that the decision looked at: books and thresholds as they stood then">' + pairs.map(one).join("") + "</dl>";
}

function noteRow([after, seq, what, text, numbers], names) {
  return (
    "<tr><td>" + since(after) + "</td><td>" + plain(seq, 0) + '</td><td class="l"><b>' + escape(names[what]) + '</b></td><td class="l wraps">' +
    escape(text) + numbersOf(numbers, names) + "</td></tr>"
  );
}

/** What opens below a round trip: its legs, then its decisions with the books they saw, and its events. */
function insideOf(at, list, details, decimals) {
  const heads = '<thead><tr><th>Leg</th><th>Side</th><th title="Quantity and average price of the fills that opened">Entry</th><th title="Of the fills that closed">Exit</th><th title="Of the fills that brought the legs back to balance">Repair</th><th class="n" title="Profit of price differences of this leg">Gross</th><th class="n" title="What its venue charged">Fees</th><th class="n" title="Funding of this leg">Funding</th><th class="n" title="Gross less fees plus funding">Net</th></tr></thead>';
  const legs = legsOf(list, at).map((leg) => legRow(leg, list, decimals)).join("");
  const notes = details.notes[at];
  const task = list.names[list.task[at]];
  const events = notes
    ? '<h3>Decisions and events</h3><div class="scroll"><table class="events"><thead><tr><th class="n" title="Time after the first fill">After</th><th class="n" title="Place in the run, as journal show and journal why name it">Seq</th><th>What</th><th>Particulars</th></tr></thead><tbody>' +
      notes.map((note) => noteRow(note, details.names)).join("") + "</tbody></table></div>"
    : '<p class="note">Decisions and events are on this page for the best, worst, first and last round trips. For this one: <code>onetape report RUN --trade ' +
      escape(task + ":" + list.trip[at]) + "</code></p>";
  return '<div class="scroll"><table class="legs">' + heads + "<tbody>" + legs + "</tbody></table></div>" + events;
}

/** One list in its place. */
function tripTable(place, list, details, decimals) {
  const columns = columnsOf(list, decimals);
  const count = list.trip.length;
  let rows = Array.from({ length: count }, (_, at) => at);
  let all = rows;
  let from = 0;
  place.innerHTML =
    '<div class="bar"><label>Show <select title="Which round trips are listed"><option value="all">all</option><option value="won">those that won</option><option value="lost">those that lost</option><option value="repaired">repaired</option><option value="open">open</option></select></label><span class="shown"></span><span class="pager"><button type="button" data-step="-1" title="Earlier rows">←</button><button type="button" data-step="1" title="Later rows">→</button></span></div>' +
    '<div class="scroll"><table class="list"><thead><tr></tr></thead><tbody></tbody></table></div>';
  const head = place.querySelector("thead tr");
  const body = place.querySelector("tbody");
  const shown = place.querySelector(".shown");

  const show = () => {
    const until = Math.min(from + PAGE_ROWS, rows.length);
    shown.textContent = rows.length ? plain(from + 1, 0) + " to " + plain(until, 0) + " of " + plain(rows.length, 0) : "none";
    const cells = (at) => columns.map((column, place) => {
      const tag = place === 0 ? "th" : "td";
      return "<" + tag + (column.right ? "" : ' class="l"') + ">" + column.html(at) + "</" + tag + ">";
    });
    body.innerHTML = rows.slice(from, until).map((at) => '<tr data-at="' + at + '">' + cells(at).join("") + "</tr>").join("");
  };
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.textContent = column.head;
    cell.title = column.title;
    if (column.right) cell.className = "n";
    head.append(cell);
    sorter(cell, (direction) => {
      const keys = new Map(all.map((at) => [at, column.key(at)]));
      all = [...all].sort((a, b) => direction * order(keys.get(a), keys.get(b)) || a - b);
      select();
    });
  }
  const choose = place.querySelector("select");
  const kinds = {
    all: () => true,
    won: (at) => list.held[at] !== null && list.net[at] > 0,
    lost: (at) => list.held[at] !== null && list.net[at] < 0,
    repaired: (at) => isRepaired(list, at),
    open: (at) => list.held[at] === null,
  };
  const select = () => {
    rows = all.filter(kinds[choose.value]);
    from = 0;
    show();
  };
  choose.addEventListener("change", select);
  for (const button of place.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      const next = from + Number(button.dataset.step) * PAGE_ROWS;
      if (next >= 0 && next < rows.length) {
        from = next;
        show();
      }
    });
  }
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-at]");
    if (!row || event.target.closest(".inside")) return;
    const button = row.querySelector(".open");
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) {
      row.nextElementSibling.remove();
      return;
    }
    const inside = document.createElement("tr");
    inside.className = "inside";
    inside.innerHTML = '<td colspan="' + columns.length + '"><div class="insidebox">' + insideOf(Number(row.dataset.at), list, details, decimals) + "</div></td>";
    row.after(inside);
  });
  show();
}

async function drawTrips(data) {
  const { lists, details } = await unpack(byId("trips").textContent);
  for (const place of document.querySelectorAll("[data-trips]")) {
    const at = place.dataset.trips;
    tripTable(place, lists[at], details, data.assets[at].decimals);
  }
}
