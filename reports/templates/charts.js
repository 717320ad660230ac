// What all plots share: axes, legends and tooltips in the colours that hold, and when they are drawn.

const charts = [];

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue("--" + name).trim();
  const names = ["ink", "soft", "line", "faint", "paper", "gain", "loss", "accent", "wash", "second", "third"];
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** What all plots share. */
function base(c) {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: c.soft, fontSize: 12 },
    grid: { left: 8, right: 14, top: 18, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: c.paper,
      borderColor: c.line,
      textStyle: { color: c.ink, fontSize: 12.5, fontFamily: FONT },
      axisPointer: { type: "line", lineStyle: { color: c.soft, type: "dashed" } },
    },
  };
}

function valueAxis(c, more) {
  return {
    type: "value",
    axisLabel: { color: c.soft, formatter: brief, hideOverlap: true },
    splitLine: { lineStyle: { color: c.line } },
    axisLine: { show: false },
    axisTick: { show: false },
    ...more,
  };
}

function timeAxis(c, more) {
  return {
    type: "time",
    axisLabel: { color: c.soft, hideOverlap: true },
    axisLine: { lineStyle: { color: c.line } },
    axisTick: { lineStyle: { color: c.line } },
    splitLine: { show: false },
    ...more,
  };
}

function nameAxis(c, names, more) {
  return {
    type: "category",
    data: names,
    axisLabel: { color: c.soft, hideOverlap: true },
    axisLine: { lineStyle: { color: c.line } },
    axisTick: { show: false },
    ...more,
  };
}

/** An axis with its name in the middle below it. */
function named(c, name, axis) {
  return { ...axis, name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: c.soft } };
}

/** A legend above the plot, and room for it; `below` for the name of the axis. */
function legended(c, below = 4) {
  return {
    grid: { left: 8, right: 14, top: 34, bottom: below, containLabel: true },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: c.soft } },
  };
}

/** Lines of a tooltip: a head, then names and amounts. */
function tipOf(head, rows) {
  const line = ([name, text]) =>
    '<div class="tiprow"><span>' + escape(name) + "</span><b>" + escape(text) + "</b></div>";
  return '<div class="tiphead">' + escape(head) + "</div>" + rows.map(line).join("");
}

const zipped = (times, values) => times.map((at, place) => [at, values[place]]);

function signedBars(values, c) {
  return values.map((value) => ({
    value,
    itemStyle: { color: value < 0 ? c.loss : c.gain },
  }));
}

/** Places of plots that are not drawn yet. */
let waiting = [];

/** Draws a plot in its place; of several plots of one kind each says where its data stand. */
function drawIn(place, data) {
  const all = data.assets[place.closest("[data-asset]").dataset.asset];
  const kind = place.dataset.plot;
  const plots = place.dataset.of ? { ...all, [kind]: all[place.dataset.of] } : all;
  const chart = echarts.init(place, null, { renderer: "svg" });
  chart.setOption(draw[kind](plots, colours()));
  charts.push([chart, kind, plots]);
}

/** Draws the plots that are seen at first; those below wait. */
function drawFirst(data) {
  for (const place of document.querySelectorAll("[data-plot]")) {
    const kind = place.dataset.plot;
    const rows = data.assets[place.closest("[data-asset]").dataset.asset][kind];
    if (kind === "exits" || kind === "instruments") place.style.height = 40 + 30 * rows.length + "px";
    if (place.getBoundingClientRect().top < innerHeight) drawIn(place, data);
    else waiting.push(place);
  }
}

/** Draws the rest, one after the other, so that the page answers meanwhile. */
function drawRest(data, done) {
  const next = waiting.shift();
  if (!next) return done();
  drawIn(next, data);
  setTimeout(() => drawRest(data, done));
}

/** Draws all that waits at once. */
function drawNow(data) {
  for (const place of waiting.splice(0)) drawIn(place, data);
}

/** The same plots in the colours that hold now. */
function redraw() {
  const c = colours();
  for (const [chart, kind, plots] of charts) chart.setOption(draw[kind](plots, c), true);
}

function resize() {
  for (const [chart] of charts) chart.resize();
}
