// Theme, numbers as people read them, tables that sort, and definitions for those who cannot hover.

const byId = (id) => document.getElementById(id);
const MINUS = "\u2212";

/** Text as HTML shows it: names come from venues and files. */
function escape(text) {
  const harmless = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (active) => harmless[active]);
}

/** At some decimals, thousands grouped, a true minus. */
function plain(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  const [whole, fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0 && /[1-9]/.test(text) ? MINUS : "";
  return sign + grouped + (fraction ? "." + fraction : "");
}

/** With the sign of a gain written out. */
function signed(value, decimals) {
  const text = plain(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

function tone(value) {
  return value > 0 ? "gain" : value < 0 ? "loss" : "";
}

/** Short, for axes: 12.5k, 3M. */
function brief(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  const short = (number) => String(Number(number.toPrecision(3)));
  if (size >= 1e9) return sign + short(size / 1e9) + "B";
  if (size >= 1e6) return sign + short(size / 1e6) + "M";
  if (size >= 1e4) return sign + short(size / 1e3) + "k";
  return sign + String(Number(size.toPrecision(6)));
}

const two = (number) => String(number).padStart(2, "0");

/** Date and time in UTC, with milliseconds where asked. */
function stamp(millis, exact) {
  const text = new Date(millis).toISOString();
  return text.slice(0, 10) + " " + text.slice(11, exact ? 23 : 19);
}

/** A length of time in its two largest units. */
function lengthOf(millis) {
  if (millis < 1) return Math.floor(millis * 1000) + "us";
  const seconds = Math.floor(millis / 1000);
  if (seconds < 1) return Math.floor(millis) + "ms";
  if (seconds < 60) return seconds + "." + (Math.floor(millis / 100) % 10) + "s";
  if (seconds < 3600) return Math.floor(seconds / 60) + "m " + two(seconds % 60) + "s";
  if (seconds < 86400) return Math.floor(seconds / 3600) + "h " + two(Math.floor(seconds / 60) % 60) + "m";
  return Math.floor(seconds / 86400) + "d " + two(Math.floor(seconds / 3600) % 24) + "h";
}

/** The theme that holds: what was chosen, or what the system has. */
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A switch over system, light and dark; `changed` is called when colours are others. */
function themeSwitch(changed) {
  const button = byId("theme");
  const choices = ["system", "light", "dark"];
  let at = 0;
  button.hidden = false;
  button.addEventListener("click", () => {
    at = (at + 1) % choices.length;
    const choice = choices[at];
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.textContent = "Theme: " + choice;
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

/** A cell's worth for sorting: its number when it is one, else its text. */
function worth(text) {
  const bare = text.replace(/,/g, "").replace(MINUS, "-").replace(/[+%]/g, "").trim();
  return bare !== "" && Number.isFinite(Number(bare)) ? Number(bare) : text.toLowerCase();
}

function order(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}

/** A header cell that sorts: by click, Enter or blank. `sort` gets the direction, 1 or -1. */
function sorter(header, sort) {
  header.tabIndex = 0;
  header.classList.add("sorts");
  header.setAttribute("aria-sort", "none");
  const act = () => {
    const down = header.getAttribute("aria-sort") === "descending";
    for (const other of header.parentElement.children) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", down ? "ascending" : "descending");
    sort(down ? 1 : -1);
  };
  header.addEventListener("click", act);
  header.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      act();
    }
  });
}

/** Makes a table that stands in the page sortable. */
function sortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    sorter(header, (direction) => {
      const rows = [...body.rows].map((row) => [worth(row.cells[column].textContent), row]);
      rows.sort((a, b) => direction * order(a[0], b[0]));
      body.append(...rows.map(([, row]) => row));
    });
  });
}

/** A tap on what has a definition shows it below: there is no pointing on a phone. */
function definitions() {
  const tip = byId("tip");
  let hiding = 0;
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[title]");
    clearTimeout(hiding);
    tip.hidden = true;
    if (!target || matchMedia("(hover: hover)").matches) return;
    tip.textContent = target.getAttribute("title");
    tip.hidden = false;
    hiding = setTimeout(() => (tip.hidden = true), 6000);
  });
}
