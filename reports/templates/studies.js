// The plots of pages of many runs: sweeps, and walks through windows.

/** From the faintest to the strongest, by a part from 0 to 1; nothing known is grey. */
function shade(part, c) {
  return part === null || part === undefined ? { color: c.soft, opacity: 0.45 } : { color: c.accent, opacity: 0.2 + 0.75 * Math.min(1, Math.max(0, part)) };
}

const percent = (part) => (part === null ? "n/a" : plain(100 * part, 1) + " %");
const amountOf = (plots) => (value) => signed(value, plots.decimals) + (plots.asset ? " " + plots.asset : "");

Object.assign(draw, {
  ranked(plots, c) {
    const rows = plots.ranked;
    const deflated = rows.some(([, , own]) => own !== null);
    const axes = [valueAxis(c, { scale: true })];
    const series = [{ name: "Figure", type: "line", step: "middle", showSymbol: rows.length < 3, data: rows.map(([rank, value]) => [rank, value]), lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent }, areaStyle: { color: c.wash, origin: 0 } }];
    if (deflated) {
      axes.push(valueAxis(c, { min: 0, max: 1, splitLine: { show: false }, axisLabel: { color: c.soft, formatter: (value) => Math.round(100 * value) + " %" } }));
      series.push({ name: "Deflated Sharpe", type: "line", yAxisIndex: 1, showSymbol: rows.length < 3, data: rows.map(([rank, , own]) => [rank, own]), lineStyle: { color: c.third, width: 1.2 }, itemStyle: { color: c.third } });
    }
    return {
      ...base(c),
      ...legended(c, 22),
      tooltip: {
        ...base(c).tooltip,
        formatter: ([point]) => {
          const [rank, value, own] = rows[point.dataIndex];
          return tipOf("Rank " + plain(rank, 0), [["Figure", amountOf(plots)(value)], ["Deflated Sharpe", percent(own)]]);
        },
      },
      xAxis: named(c, "rank, the best first", valueAxis(c, { min: 1, max: "dataMax", minInterval: 1, splitLine: { show: false } })),
      yAxis: axes,
      series,
    };
  },

  plateau(plots, c) {
    const most = Math.max(...plots.plateau.map(([, , count]) => count));
    return {
      ...base(c),
      grid: { ...base(c).grid, bottom: 22 },
      tooltip: {
        ...base(c).tooltip,
        trigger: "item",
        formatter: ({ value: [plateau, figure, count, own] }) =>
          tipOf(count > 1 ? plain(count, 0) + " points, mean" : "One point", [["Plateau", plain(plateau, 2)], ["Figure", amountOf(plots)(figure)], ["Deflated Sharpe", percent(own)]]),
      },
      xAxis: named(c, "plateau: how the neighbours stand", valueAxis(c, { min: 0, max: 1, splitLine: { show: false } })),
      yAxis: valueAxis(c, { scale: true }),
      series: [{ type: "scatter", data: plots.plateau.map((value) => ({ value, itemStyle: shade(value[3], c) })), symbolSize: (value) => (most > 1 ? 5 + 15 * Math.sqrt(value[2] / most) : 8) }],
    };
  },

  values(plots, c) {
    const { rows } = plots.values;
    const names = rows.map(([name]) => name);
    const line = (name, at, colour, width) => ({ name, type: "line", showSymbol: rows.length < 30, symbolSize: 5, data: rows.map((row) => row[at]), lineStyle: { color: colour, width }, itemStyle: { color: colour } });
    return {
      ...base(c),
      ...legended(c, 22),
      tooltip: {
        ...base(c).tooltip,
        formatter: ([point]) => {
          const [name, low, middle, high, count] = rows[point.dataIndex];
          const amount = amountOf(plots);
          return tipOf(plots.values.key + " " + name, [["Best", amount(high)], ["Median", amount(middle)], ["Worst", amount(low)], ["Points", plain(count, 0)]]);
        },
      },
      xAxis: named(c, plots.values.key, nameAxis(c, names)),
      yAxis: valueAxis(c, { scale: true }),
      series: [line("Best", 3, c.gain, 1.4), line("Median", 2, c.accent, 2), line("Worst", 1, c.loss, 1.4)],
    };
  },

  windows(plots, c) {
    const rows = plots.windows;
    const bars = (name, at, colour) => ({ name, type: "bar", barMaxWidth: 22, barGap: "10%", data: rows.map((row) => row[at]), itemStyle: { color: colour } });
    return {
      ...base(c),
      ...legended(c),
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: ([point]) => {
          const [name, train, test] = rows[point.dataIndex];
          return tipOf(name, [["Train, a day", amountOf(plots)(train)], ["Test, a day", amountOf(plots)(test)]]);
        },
      },
      xAxis: nameAxis(c, rows.map(([name]) => name)),
      yAxis: valueAxis(c),
      series: [bars("Train, in sample", 1, c.soft), bars("Test, out of sample", 2, c.accent)],
    };
  },

  pairs(plots, c) {
    const ends = plots.pairs.flatMap(([x, y]) => [x, y]);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    return {
      ...base(c),
      grid: { ...base(c).grid, bottom: 22 },
      tooltip: {
        ...base(c).tooltip,
        trigger: "item",
        formatter: ({ value: [train, test, name] }) => tipOf(name, [["Train, a day", amountOf(plots)(train)], ["Test, a day", amountOf(plots)(test)]]),
      },
      xAxis: named(c, "net a day of the train", valueAxis(c, { scale: true, splitLine: { show: false } })),
      yAxis: valueAxis(c, { scale: true }),
      series: [
        { type: "scatter", data: plots.pairs, symbolSize: 9, itemStyle: { color: c.accent, opacity: 0.7 } },
        { type: "line", data: [[low, low], [high, high]], showSymbol: false, silent: true, lineStyle: { color: c.soft, type: "dashed", width: 1 } },
      ],
    };
  },

  walked(plots, c) {
    const series = [{ name: "Net of the tests", type: "line", step: "end", showSymbol: plots.walked.length < 2, data: plots.walked, lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent }, areaStyle: { color: c.wash, origin: 0 } }];
    return { ...draw.timed(series, c, plots.asset ? " " + plots.asset : "", plots.decimals, {}), legend: undefined, grid: base(c).grid };
  },
});
