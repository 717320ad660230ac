// The plots of a run.

const draw = {
  equity(plots, c) {
    const { at, net, drawdown } = plots.curve;
    const amount = (value) => signed(value, plots.decimals) + " " + plots.asset;
    return {
      ...base(c),
      grid: [
        { left: 8, right: 14, top: 14, height: "58%", containLabel: true },
        { left: 8, right: 14, top: "72%", bottom: 4, containLabel: true },
      ],
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) => {
          const place = points[0].dataIndex;
          return tipOf(stamp(at[place]) + " UTC", [
            ["Net", amount(net[place])],
            ["Drawdown", amount(drawdown[place])],
          ]);
        },
      },
      xAxis: [timeAxis(c, { gridIndex: 0, axisLabel: { show: false } }), timeAxis(c, { gridIndex: 1 })],
      yAxis: [
        valueAxis(c, { gridIndex: 0, name: "Net, " + plots.asset, nameTextStyle: { align: "left", color: c.soft }, nameGap: 4, nameLocation: "end", splitNumber: 5 }),
        valueAxis(c, { gridIndex: 1, max: 0, splitNumber: 2 }),
      ],
      series: [
        { name: "Net", type: "line", step: "end", showSymbol: false, data: zipped(at, net), lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent }, areaStyle: { color: c.wash } },
        { name: "Drawdown", type: "line", step: "end", showSymbol: false, xAxisIndex: 1, yAxisIndex: 1, data: zipped(at, drawdown), lineStyle: { color: c.loss, width: 1.2 }, itemStyle: { color: c.loss }, areaStyle: { color: c.loss, opacity: 0.14 } },
      ],
    };
  },

  marked(plots, c) {
    const { at, conservative, mid, drawdown } = plots.marked;
    const option = draw.equity({ ...plots, curve: { at, net: mid, drawdown } }, c);
    const amount = (value) => signed(value, plots.decimals) + " " + plots.asset;
    option.tooltip.formatter = (points) => {
      const place = points[0].dataIndex;
      return tipOf(stamp(at[place]) + " UTC", [["At mids", amount(mid[place])], ["At exits", amount(conservative[place])], ["Drawdown", amount(drawdown[place])]]);
    };
    option.legend = { top: 0, right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: c.soft }, data: ["At mids", "At executable exits"] };
    option.series[0].name = "At mids";
    option.series.splice(1, 0, {
      name: "At executable exits", type: "line", step: "end", showSymbol: false, data: zipped(at, conservative),
      lineStyle: { color: c.third, width: 1.2 }, itemStyle: { color: c.third },
    });
    return option;
  },

  stack(plots, c) {
    const { labels, series, net } = plots.stack;
    const hues = [c.gain, c.loss, c.accent, c.second, c.third, c.soft];
    const lines = series.map(([name, values], place) => ({
      name, type: "line", showSymbol: false, data: values, lineStyle: { width: 1.3, color: hues[place % hues.length], type: place < hues.length ? "solid" : "dashed" },
      itemStyle: { color: hues[place % hues.length] }, areaStyle: { color: hues[place % hues.length], opacity: 0.07 },
    }));
    return {
      ...base(c),
      grid: { left: 8, right: 14, top: 58, bottom: 4, containLabel: true },
      legend: { type: "plain", top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: c.soft } },
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) => {
          const place = points[0].dataIndex;
          const rows = series.map(([name, values]) => [name, signed(values[place], plots.decimals)]);
          return tipOf(labels[place] + " UTC", [...rows, ["Net", signed(net[place], plots.decimals) + " " + plots.asset]]);
        },
      },
      xAxis: nameAxis(c, labels),
      yAxis: valueAxis(c),
      series: [...lines, { name: "Net", type: "line", showSymbol: false, data: net, lineStyle: { width: 2, color: c.ink }, itemStyle: { color: c.ink } }],
    };
  },

  edges(plots, c) {
    const most = Math.max(...plots.edges.map((point) => point[2]));
    const values = plots.edges.flatMap(([x, y]) => [x, y]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return {
      ...base(c),
      tooltip: {
        ...base(c).tooltip,
        trigger: "item",
        formatter: (point) =>
          tipOf(point.value[2] > 1 ? plain(point.value[2], 0) + " round trips, mean" : "Round trip", [["Edge at decision", signed(point.value[0], plots.decimals)], ["Realised", signed(point.value[1], plots.decimals) + " " + plots.asset]]),
      },
      xAxis: named(c, "edge at decision", valueAxis(c, { scale: true })),
      yAxis: valueAxis(c, { scale: true }),
      grid: { left: 8, right: 14, top: 10, bottom: 22, containLabel: true },
      series: [
        { type: "scatter", data: plots.edges, symbolSize: (value) => (most > 1 ? 4 + 16 * Math.sqrt(value[2] / most) : 7), itemStyle: { color: c.accent, opacity: 0.6 } },
        { type: "line", data: [[low, low], [high, high]], showSymbol: false, silent: true, lineStyle: { color: c.soft, type: "dashed", width: 1 } },
      ],
    };
  },

  funnel(plots, c) {
    const shown = [...plots.funnel].reverse();
    const most = Math.max(...shown.map(([, count]) => count));
    return {
      ...base(c),
      grid: { left: 8, right: 64, top: 4, bottom: 4, containLabel: true },
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: ([point]) => tipOf(shown[point.dataIndex][0], [["Opportunities", plain(shown[point.dataIndex][1], 0)]]),
      },
      xAxis: valueAxis(c, { max: most, show: false }),
      yAxis: nameAxis(c, shown.map(([name]) => name), { axisLine: { show: false } }),
      series: [{ type: "bar", barWidth: "62%", data: shown.map(([, count]) => count), itemStyle: { color: c.accent }, label: { show: true, position: "right", color: c.ink, formatter: (point) => plain(point.value, 0) } }],
    };
  },

  two(plots, c) {
    const colour = [c.accent, c.third];
    const amount = (value) => signed(value, plots.decimals) + " " + plots.asset;
    const series = plots.two.map((curve, place) => ({
      name: plots.names[place], type: "line", step: "end", showSymbol: false, data: curve ? zipped(curve.at, curve.net) : [],
      lineStyle: { width: 1.7, color: colour[place], type: place ? "dashed" : "solid" }, itemStyle: { color: colour[place] },
    }));
    return {
      ...base(c),
      ...legended(c),
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) => tipOf(stamp(points[0].value[0]) + " UTC", points.map((point) => [point.seriesName, amount(point.value[1])])),
      },
      xAxis: timeAxis(c),
      yAxis: valueAxis(c),
      series,
    };
  },

  waterfall(plots, c) {
    const parts = plots.waterfall;
    const [hidden, shown] = [[], []];
    let level = 0;
    parts.forEach(({ value }, place) => {
      const last = place === parts.length - 1;
      const from = last ? 0 : level;
      const until = last ? value : level + value;
      level = until;
      hidden.push([from, until]);
      shown.push(value);
    });
    // Bars from one level to another: a clear bar below, and where the two lie on both sides of zero, two visible ones.
    const series = [];
    const part = (pick, clear) => ({
      type: "bar",
      stack: "all",
      barWidth: "56%",
      silent: clear,
      itemStyle: clear ? { color: "transparent" } : undefined,
      data: hidden.map(([from, until], place) => {
        const value = pick(Math.min(from, until), Math.max(from, until));
        const last = place === parts.length - 1;
        const total = last || parts[place].total;
        const colour = total ? c.accent : shown[place] < 0 ? c.loss : c.gain;
        return clear ? value : { value, itemStyle: { color: colour } };
      }),
    });
    series.push(part((low) => Math.max(low, 0), true));
    series.push(part((low, high) => Math.max(high, 0) - Math.max(low, 0), false));
    series.push(part((low, high) => Math.min(high, 0), true));
    series.push(part((low, high) => Math.min(low, 0) - Math.min(high, 0), false));
    series.push({
      type: "line",
      symbol: "none",
      lineStyle: { opacity: 0 },
      silent: true,
      data: hidden.map(([from, until]) => Math.max(from, until, 0)),
      label: { show: true, position: "top", color: c.ink, fontSize: 11.5, formatter: (point) => (shown[point.dataIndex] > 0 ? "+" : "") + brief(Number(shown[point.dataIndex].toFixed(2))) },
      showAllSymbol: true,
    });
    series[4].symbol = "circle";
    series[4].symbolSize = 0.1;
    return {
      ...base(c),
      grid: { left: 8, right: 14, top: 30, bottom: 4, containLabel: true },
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "none" },
        formatter: (points) => {
          const place = points[0].dataIndex;
          return tipOf(parts[place].name, [["", signed(shown[place], plots.decimals) + " " + plots.asset]]);
        },
      },
      xAxis: nameAxis(c, parts.map((one) => one.name), { axisLabel: { color: c.soft, interval: 0, width: 84, overflow: "break", lineHeight: 14 } }),
      yAxis: valueAxis(c),
      series,
    };
  },

  attribution(plots, c) {
    const curve = plots.curve;
    const parts = [["Gross", curve.gross, c.gain], ["Fees", curve.fees, c.loss], ["Funding", curve.funding, c.second]];
    const used = parts.filter(([, values]) => values.some((value) => value !== 0));
    const line = ([name, values, colour]) => ({
      name, type: "line", step: "end", showSymbol: false, data: zipped(curve.at, values),
      lineStyle: { width: 1.2, color: colour }, itemStyle: { color: colour }, areaStyle: { color: colour, opacity: 0.16 },
    });
    return {
      ...base(c),
      ...legended(c),
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) => {
          const place = points[0].dataIndex;
          const rows = used.map(([name, values]) => [name, signed(values[place], plots.decimals)]);
          return tipOf(stamp(curve.at[place]) + " UTC", [...rows, ["Net", signed(curve.net[place], plots.decimals) + " " + plots.asset]]);
        },
      },
      xAxis: timeAxis(c),
      yAxis: valueAxis(c),
      series: [
        ...used.map(line),
        { name: "Net", type: "line", step: "end", showSymbol: false, data: zipped(curve.at, curve.net), lineStyle: { width: 1.6, color: c.ink }, itemStyle: { color: c.ink } },
      ],
    };
  },

  calendar(plots, c) {
    const { labels, net } = plots.calendar;
    return {
      ...base(c),
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: ([point]) => tipOf(labels[point.dataIndex] + " UTC", [["Net", signed(net[point.dataIndex], plots.decimals) + " " + plots.asset]]),
      },
      xAxis: nameAxis(c, labels, { axisLabel: { color: c.soft, hideOverlap: true, formatter: (label) => (label.length > 10 ? label.slice(11) : label) } }),
      yAxis: valueAxis(c),
      series: [{ name: "Net", type: "bar", barMaxWidth: 34, data: signedBars(net, c) }],
    };
  },

  histogram(bins, c, colour, words) {
    return {
      ...base(c),
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: ([point]) => tipOf(bins.labels[point.dataIndex] + words, [["Round trips", plain(bins.counts[point.dataIndex], 0)]]),
      },
      xAxis: nameAxis(c, bins.labels.map((label) => label.split(" to ")[0])),
      yAxis: valueAxis(c, { minInterval: 1 }),
      series: [{ type: "bar", barCategoryGap: "12%", data: bins.counts.map((value, place) => ({ value, itemStyle: { color: colour(place) } })) }],
    };
  },

  nets(plots, c) {
    const { middles } = plots.nets;
    return draw.histogram(plots.nets, c, (place) => (middles[place] < 0 ? c.loss : c.gain), " " + plots.asset);
  },

  held(plots, c) {
    return draw.histogram(plots.held, c, () => c.accent, "");
  },

  named(rows, plots, c) {
    const shown = [...rows].reverse();
    return {
      ...base(c),
      grid: { left: 8, right: 64, top: 4, bottom: 4, containLabel: true },
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: ([point]) => {
          const row = shown[point.dataIndex];
          return tipOf(row.name, [["Net", signed(row.value, plots.decimals) + " " + plots.asset], ["Round trips", plain(row.trips, 0)]]);
        },
      },
      xAxis: valueAxis(c, { splitNumber: 3 }),
      yAxis: nameAxis(c, shown.map((row) => row.name), { axisLabel: { color: c.soft, width: 150, overflow: "break", interval: 0, lineHeight: 14 } }),
      series: [{
        type: "bar", barMaxWidth: 22, data: signedBars(shown.map((row) => row.value), c),
        label: { show: true, position: "right", color: c.ink, formatter: (point) => brief(Number(point.value.toFixed(2))) },
      }],
    };
  },

  exits(plots, c) {
    return draw.named(plots.exits, plots, c);
  },

  instruments(plots, c) {
    return draw.named(plots.instruments, plots, c);
  },

  /** Lines and points over time, each named, in one unit. */
  timed(series, c, unit, digits, more) {
    return {
      ...base(c),
      ...legended(c),
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) =>
          tipOf(stamp(points[0].value[0]) + " UTC", points.map((point) => [point.seriesName, signed(point.value[1], digits) + unit])),
      },
      xAxis: timeAxis(c),
      yAxis: valueAxis(c, { scale: true }),
      series,
      ...more,
    };
  },

  basis(plots, c) {
    const { name, mids, entries, exits } = plots.basis;
    const dots = (label, data, colour, symbol) => ({ name: label, type: "scatter", data, symbol, symbolSize: 6, itemStyle: { color: colour, opacity: 0.75 } });
    const line = { name: "At mids", type: "line", showSymbol: mids.length < 2, data: mids, lineStyle: { color: c.soft, width: 1 }, itemStyle: { color: c.soft } };
    return draw.timed([...(mids.length ? [line] : []), dots("Entries", entries, c.gain, "triangle"), dots("Exits", exits, c.third, "circle")], c, " bps", 3, {
      tooltip: {
        ...base(c).tooltip,
        trigger: "item",
        formatter: (point) => tipOf(stamp(point.value[0]) + " UTC", [[name, ""], [point.seriesName, signed(point.value[1], 3) + " bps"]]),
      },
    });
  },

  hedges(plots, c) {
    const first = plots.hedges[0][0];
    return {
      ...base(c),
      tooltip: { ...base(c).tooltip, formatter: ([point]) => tipOf("Within " + plain(point.value[0], 3) + " ms", [["Of all hedges", plain(100 * point.value[1], 1) + " %"]]) },
      xAxis: named(c, "ms", valueAxis(c, { type: "log", splitLine: { show: false } })),
      yAxis: valueAxis(c, { min: 0, max: 1, axisLabel: { color: c.soft, formatter: (value) => Math.round(100 * value) + " %" } }),
      grid: { left: 8, right: 18, top: 12, bottom: 22, containLabel: true },
      series: [{ type: "line", step: "end", showSymbol: plots.hedges.length < 3, data: [[first * 0.75, 0], ...plots.hedges], lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent }, areaStyle: { color: c.wash } }],
    };
  },

  unhedged(plots, c) {
    return {
      ...draw.timed([{ name: "Not hedged", type: "line", step: "end", showSymbol: false, data: plots.unhedged, lineStyle: { color: c.loss, width: 1.2 }, itemStyle: { color: c.loss }, areaStyle: { color: c.loss, opacity: 0.14 } }], c, " " + plots.asset, 2, {}),
      legend: undefined,
      yAxis: valueAxis(c, { min: 0 }),
    };
  },

  delta(plots, c) {
    const hues = [c.accent, c.third, c.second, c.gain, c.loss];
    const series = plots.delta.slice(0, 5).flatMap(([asset, points], place) => {
      const colour = hues[place % hues.length];
      const line = (at) => ({
        name: asset, type: "line", step: "end", showSymbol: false, data: points.map((point) => [point[0], point[at]]),
        lineStyle: { color: colour, width: 1.2 }, itemStyle: { color: colour }, areaStyle: { color: colour, opacity: 0.1, origin: "auto" },
      });
      return [line(2), line(1)];
    });
    return draw.timed(series, c, "", 6, {});
  },

  venues(plots, c) {
    const hues = [c.accent, c.third, c.second, c.gain, c.loss, c.soft];
    const { at, series } = plots.venues;
    const lines = series.map(([name, values], place) => ({
      name, type: "line", step: "end", stack: "all", showSymbol: false, data: zipped(at, values),
      lineStyle: { color: hues[place % hues.length], width: 1 }, itemStyle: { color: hues[place % hues.length] }, areaStyle: { color: hues[place % hues.length], opacity: 0.35 },
    }));
    return draw.timed(lines, c, " " + plots.asset, 2, { yAxis: valueAxis(c, { min: 0 }) });
  },

  accrual(plots, c) {
    const { sum, rate } = plots.accrual;
    return draw.timed(
      [
        { name: "Funding", type: "line", step: "end", showSymbol: false, data: sum, lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent }, areaStyle: { color: c.wash } },
        { name: "Rate, bps", type: "bar", yAxisIndex: 1, barWidth: 2, data: rate, itemStyle: { color: c.third, opacity: 0.7 } },
      ],
      c, "", plots.decimals, { yAxis: [valueAxis(c), valueAxis(c, { splitLine: { show: false } })] },
    );
  },

  capacity(plots, c) {
    const known = plots.capacity.filter((point) => point[2] !== null);
    return {
      ...base(c),
      ...legended(c, 22),
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) =>
          tipOf("Up to " + plain(points[0].value[0], 2), points.map((point) => [point.seriesName, point.seriesIndex ? plain(100 * point.value[1], 1) + " %" : signed(point.value[1], 3) + " bps"])),
      },
      xAxis: named(c, "value at the touch", valueAxis(c, { scale: true, splitLine: { show: false } })),
      yAxis: [valueAxis(c, { scale: true }), valueAxis(c, { min: 0, max: 1, splitLine: { show: false }, axisLabel: { color: c.soft, formatter: (value) => Math.round(100 * value) + " %" } })],
      series: [
        { name: "Edge at decision", type: "line", showSymbol: known.length < 3, data: known.map((point) => [point[0], point[2]]), lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent } },
        { name: "Round trips", type: "line", step: "end", yAxisIndex: 1, showSymbol: false, data: plots.capacity.map((point) => [point[0], point[1]]), lineStyle: { color: c.third, width: 1.2 }, itemStyle: { color: c.third } },
      ],
    };
  },

  delays(plots, c) {
    const hues = [c.accent, c.third, c.second, c.gain, c.loss];
    const bins = [...new Set(plots.delays.flatMap(([, bars]) => bars.map((bar) => bar[0])))].sort((one, other) => one - other);
    const series = plots.delays.slice(0, 5).map(([name, bars], place) => {
      const counts = new Map(bars);
      return { name, type: "bar", barMaxWidth: 40, barCategoryGap: "14%", data: bins.map((bin) => counts.get(bin) || 0), itemStyle: { color: hues[place % hues.length] } };
    });
    return {
      ...base(c),
      ...legended(c, 22),
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: (points) => tipOf("Up to " + plain(bins[points[0].dataIndex], 3) + " ms", points.map((point) => [point.seriesName, plain(point.value, 0)])),
      },
      xAxis: named(c, "ms", nameAxis(c, bins.map((bin) => brief(Number(bin.toPrecision(2)))))),
      yAxis: valueAxis(c, { minInterval: 1 }),
      series,
    };
  },

  rolling(plots, c) {
    const { labels, sharpe, apr } = plots.rolling;
    return {
      ...base(c),
      ...legended(c),
      tooltip: {
        ...base(c).tooltip,
        formatter: (points) => {
          const place = points[0].dataIndex;
          return tipOf("30 days to " + labels[place], [["Sharpe", sharpe[place] === null ? "n/a" : signed(sharpe[place], 2)], ["APR", signed(apr[place], 2) + " %"]]);
        },
      },
      xAxis: nameAxis(c, labels),
      yAxis: [valueAxis(c, { scale: true }), valueAxis(c, { scale: true, splitLine: { show: false }, axisLabel: { color: c.soft, formatter: (value) => brief(value) + " %" } })],
      series: [
        { name: "Sharpe", type: "line", showSymbol: false, data: sharpe, lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent } },
        { name: "APR", type: "line", yAxisIndex: 1, showSymbol: false, data: apr, lineStyle: { color: c.third, width: 1.2 }, itemStyle: { color: c.third } },
      ],
    };
  },

  captured(plots, c) {
    const { labels, part } = plots.captured;
    return {
      ...base(c),
      tooltip: {
        ...base(c).tooltip,
        formatter: ([point]) => tipOf("30 days to " + labels[point.dataIndex], [["Caught", part[point.dataIndex] === null ? "n/a" : plain(part[point.dataIndex], 1) + " %"]]),
      },
      xAxis: nameAxis(c, labels),
      yAxis: valueAxis(c, { scale: true, axisLabel: { color: c.soft, formatter: (value) => brief(value) + " %" } }),
      series: [{ name: "Caught", type: "line", showSymbol: false, data: part, lineStyle: { color: c.accent, width: 1.8 }, itemStyle: { color: c.accent } }],
    };
  },

  hours(plots, c) {
    return {
      ...base(c),
      tooltip: {
        ...base(c).tooltip,
        axisPointer: { type: "shadow", shadowStyle: { color: c.faint } },
        formatter: ([point]) => tipOf(two(point.dataIndex) + ":00 to " + two(point.dataIndex) + ":59 UTC", [["Net", signed(plots.hours[point.dataIndex], plots.decimals) + " " + plots.asset]]),
      },
      xAxis: nameAxis(c, plots.hours.map((_, hour) => two(hour))),
      yAxis: valueAxis(c),
      series: [{ type: "bar", barCategoryGap: "20%", data: signedBars(plots.hours, c) }],
    };
  },
};
