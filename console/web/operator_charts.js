// Charts by plotly, served from here and loaded when the first one is drawn. Colours are the page's own, in both schemes; the
// few styles plotly would add to the page itself, which the page's policy forbids, are in operator_numbers.css.

import { h } from "/widget/dom.js";

const drawn = new Map(); // box -> what stands in it

let loading;

function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "/console/lib/plotly.min.js" });
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => { loading = undefined; script.remove(); reject(new Error("plotly")); };
    document.head.append(script);
  });
  return loading;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const [box, asked] of [...drawn]) draw(box, asked); });

/** Let go of what is drawn within an element that is about to go. */
export function clear(element) {
  for (const box of [...drawn.keys()].filter((one) => element.contains(one))) {
    globalThis.Plotly.purge(box);
    drawn.delete(box);
  }
}

/** Draw lines and bars over days into a box; what cannot be drawn is in the table beside it all the same. */
export async function draw(box, asked) {
  const { days, series, isShare, marker } = asked;
  if (series.every(({ values }) => values.every((value) => value === null || value === undefined))) { box.replaceChildren(h("p", { class: "hint" }, "这段时间还没有数据。")); return; }
  let library;
  try { library = await plotly(); } catch { box.replaceChildren(h("p", { class: "hint" }, "图表没有加载出来，数据见下面的表格。")); return; }
  if (!box.isConnected) return;
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
  const colours = [colour("--brand"), colour("--soft"), colour("--ok"), colour("--warn")], ink = colour("--ink"), line = colour("--line");
  const traces = series.map(({ name, values, kind = "line", isPale }, index) => ({
    x: days, y: values, name, type: kind === "bar" ? "bar" : "scatter", mode: "lines+markers", connectgaps: false,
    line: { color: colours[index], width: 2, dash: isPale ? "dot" : "solid" }, marker: { color: colours[index], size: 5, opacity: kind === "bar" && isPale ? 0.45 : 1 },
    hovertemplate: isShare ? "%{x}<br>%{y:.1%}<extra>%{fullData.name}</extra>" : "%{x}<br>%{y:,}<extra>%{fullData.name}</extra>",
  }));
  const layout = {
    autosize: true, height: 240, margin: { l: 44, r: 12, t: 8, b: 30 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", barmode: "overlay",
    font: { family: style.fontFamily || "sans-serif", size: 12, color: ink }, showlegend: series.length > 1, legend: { orientation: "h", x: 0, y: 1.16 }, hovermode: "closest",
    xaxis: { type: "category", nticks: 8, gridcolor: line, linecolor: line, fixedrange: true }, yaxis: { gridcolor: line, rangemode: "tozero", tickformat: isShare ? ".0%" : ",d", fixedrange: true },
    shapes: marker && days.includes(marker) ? [{ type: "line", x0: marker, x1: marker, yref: "paper", y0: 0, y1: 1, line: { color: colours[2], width: 2, dash: "dash" } }] : [],
  };
  drawn.set(box, asked);
  await library.newPlot(box, traces, layout, { displayModeBar: false, responsive: true });
}
