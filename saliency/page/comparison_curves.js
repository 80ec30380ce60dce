// Curves: small charts over env steps, a line a run, all with the slider's position.

const CHART = { width: 320, height: 150, left: 48, right: 10, top: 10, bottom: 22 };
const COLOURS = 8; // in the style sheet, --run-0 and so on; later runs have them again, dashed
const DASHES = ["", "7 4", "2 3"];
const SCORES = { "scores/evaluation": "mean score on separate envs", "scores/training_return": "with exploration" };
const FEW = 40; // points of a line that are marked by dots as well

function svgElement(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function htmlElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function dashOf(run) {
  return DASHES[Math.floor(run / COLOURS) % DASHES.length];
}

function colourRun(element, run) {
  element.style.setProperty("--colour", `var(--run-${run % COLOURS})`);
  element.style.setProperty("--border", ["solid", "dashed", "dotted"][DASHES.indexOf(dashOf(run))]);
}

function shortNumber(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return Number(value.toPrecision(2)).toExponential();
  return String(Number(value.toPrecision(3)));
}

function shortSteps(steps) {
  if (steps >= 1e6) return `${Number((steps / 1e6).toPrecision(3))}M`;
  return steps >= 1e3 ? `${Number((steps / 1e3).toPrecision(3))}k` : String(Math.round(steps));
}

/** All moments of which a run has figures: its events, and its scores. */
function rowsOf({ events, scores }) {
  return [...events, ...(scores ?? [])];
}

/** [[[env steps, value], ...] for each run] of a figure. */
function pointsOf(runs, name) {
  return runs.map((run) => rowsOf(run).filter((row) => Object.hasOwn(row.figures, name))
    .map((row) => [row.steps, row.figures[name]]));
}

/** The latest score of a run up to some env steps; undefined if it has none of this name. */
function scoreAt({ scores }, name, steps) {
  return scores?.findLast((row) => row.steps <= steps && Object.hasOwn(row.figures, name))?.figures[name];
}

/** Where a value stands between 0 (bottom) and 1; norms span orders of magnitude. */
function valueScale(name, values) {
  const logarithmic = name.endsWith("/norm") && values.every((value) => value > 0);
  const [bend, unbend] = logarithmic ? [Math.log10, (value) => 10 ** value] : [(value) => value, (value) => value];
  let [low, high] = [Math.min(...values.map(bend)), Math.max(...values.map(bend))];
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  [low, high] = [low - margin, high + margin];
  const decades = logarithmic && high - low > 2;
  const ticks = decades ? roundNumbers(low, high, 1).map(unbend) : roundNumbers(unbend(low), unbend(high));
  return { logarithmic, share: (value) => (bend(value) - low) / (high - low), ticks };
}

/** Three or so round numbers from low to high. */
function roundNumbers(low, high, finest = 0) {
  const wanted = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max([1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= wanted * 0.999), finest);
  const numbers = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) numbers.push(Number((k * step).toPrecision(12)));
  return numbers;
}

/** A value as it is written; drift is a difference of numbers near 1, so its last digits are rounding. */
function written(name, value) {
  return shortNumber(name.endsWith("/drift") && Math.abs(value) < 1e-6 ? 0 : value);
}

/** Whether a figure says how far a map is better than a blind order. */
function isLead(name) {
  return name.split("/").at(-1).startsWith("lead_over_");
}

/** Ends of an interval have no chart of their own: they are the band of the figure between them. */
function isEnd(name, names) {
  return ["_low", "_high"].some((end) => name.endsWith(end) && names.has(name.slice(0, -end.length)));
}

/** The interval of each run's figure as one polygon, where both ends are known. */
function drawBands(svg, name, runs, across, down) {
  const ends = ["_low", "_high"].map((end) => pointsOf(runs, name + end));
  runs.forEach((_, run) => {
    const [lows, highs] = ends.map((lines) => lines[run].map(([steps, value]) => [across(steps), down(value)]));
    if (lows.length === 0 || lows.length !== highs.length) return;
    const places = lows.length > 1 ? [...lows, ...highs.reverse()]
      : [[-3, lows], [3, lows], [3, highs], [-3, highs]].map(([aside, [[x, y]]]) => [x + aside, y]);
    const band = svgElement("polygon", { class: "band", points: places.map((place) => place.join(",")).join(" ") });
    colourRun(band, run);
    svg.append(band);
  });
}

/** Chart of one figure; good: what is better, by the last part of a name; show(steps, latest, until) moves the marker and tells the scores until then, choose(steps) is called on a click. */
function newChart(name, title, good, runs, first, last, choose) {
  const points = pointsOf(runs, name);
  const ends = ["_low", "_high"].flatMap((end) => pointsOf(runs, name + end).flat());
  const zero = isLead(name) ? [0] : []; // which is the line to be above
  const scale = valueScale(name, [...points.flat(), ...ends].map(([, value]) => value).concat(zero));
  const inner = [CHART.width - CHART.left - CHART.right, CHART.height - CHART.top - CHART.bottom];
  const across = (steps) => CHART.left + (inner[0] * (steps - first)) / Math.max(last - first, 1);
  const down = (value) => CHART.top + inner[1] * (1 - scale.share(value));
  const svg = svgElement("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: "img" });
  drawAxes(svg, scale.ticks, down, first, last, across);
  for (const level of zero) {
    svg.append(svgElement("line", { class: "zero", x1: CHART.left, x2: CHART.width - CHART.right, y1: down(level), y2: down(level) }));
  }
  drawBands(svg, name, runs, across, down);
  points.forEach((line, run) => drawLine(svg, line.map(([steps, value]) => [across(steps), down(value)]), run));
  const marker = svgElement("line", { class: "marker", y1: CHART.top, y2: CHART.height - CHART.bottom });
  svg.append(marker);
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) * CHART.width) / box.width;
    choose(first + ((x - CHART.left) / inner[0]) * (last - first));
  });
  const values = htmlElement("ul", { class: "values" });
  const heading = htmlElement("span", {}, title.replaceAll("_", " "), scale.logarithmic ? htmlElement("small", {}, " (log)") : "");
  const parts = name.split("/");
  const about = parts[0] === "trust" && Object.hasOwn(good, parts.at(-1)) ? good[parts.at(-1)] : Object.hasOwn(SCORES, name) ? SCORES[name] : "";
  const better = about ? [htmlElement("small", { class: "good" }, about)] : [];
  const figure = htmlElement("figure", { "data-figure": name }, htmlElement("figcaption", {}, heading, values), ...better, svg);
  const show = (steps, latest, until) => {
    marker.setAttribute("x1", across(steps));
    marker.setAttribute("x2", across(steps));
    const told = runs.map((run, i) => [run.name, i, latest[i]?.figures[name] ?? scoreAt(run, name, until)]).filter(([, , value]) => value !== undefined);
    values.replaceChildren(...told.map(([runName, i, value]) => {
      const item = htmlElement("li", { title: runName }, written(name, value));
      colourRun(item, i);
      return item;
    }));
    const spoken = told.map(([runName, , value]) => `${runName} ${written(name, value)}`).join(", ") || "no value yet";
    svg.setAttribute("aria-label", `${name} over env steps; at ${steps.toLocaleString("en-US")}: ${spoken}`);
  };
  return { figure, show };
}

function drawAxes(svg, ticks, down, first, last, across) {
  const [left, right, bottom] = [CHART.left, CHART.width - CHART.right, CHART.height - CHART.bottom];
  for (const tick of ticks) {
    svg.append(svgElement("line", { class: "axis", x1: left, x2: right, y1: down(tick), y2: down(tick) }));
    const text = svgElement("text", { x: left - 6, y: down(tick) + 4, "text-anchor": "end" });
    text.textContent = shortNumber(tick);
    svg.append(text);
  }
  svg.append(svgElement("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }));
  const marked = last > first ? [[first, "start"], [(first + last) / 2, "middle"], [last, "end"]] : [[first, "start"]];
  for (const [steps, anchor] of marked) {
    const text = svgElement("text", { x: across(steps), y: CHART.height - 7, "text-anchor": anchor });
    text.textContent = shortSteps(steps);
    svg.append(text);
  }
}

function drawLine(svg, places, run) {
  const line = svgElement("polyline", { class: "curve", points: places.map((place) => place.join(",")).join(" ") });
  if (dashOf(run)) line.setAttribute("stroke-dasharray", dashOf(run));
  colourRun(line, run);
  svg.append(line);
  if (places.length > FEW) return;
  for (const [cx, cy] of places) {
    const dot = svgElement("circle", { class: "dot", cx, cy, r: 2.2 });
    colourRun(dot, run);
    svg.append(dot);
  }
}

/** A line in the run's colour beside its name. */
function legendItem(name, run) {
  const svg = svgElement("svg", { width: 30, height: 10, "aria-hidden": "true" });
  drawLine(svg, [[1, 5], [29, 5]], run);
  svg.querySelectorAll("circle").forEach((dot) => dot.remove());
  return htmlElement("li", {}, svg, htmlElement("bdi", {}, name));
}

/** Figures of all runs by the section they are shown in: scores and overlap first, then the heads', trust, whatever else. */
function sectionsOf(runs, heads) {
  const names = [...new Set(runs.flatMap((run) => rowsOf(run).flatMap((row) => Object.keys(row.figures))))].sort();
  const order = ["scores", "overlap", ...heads, "trust"];
  const sections = new Map(order.map((section) => [section, []]));
  const known = new Set(names);
  for (const name of names) {
    const section = name.split("/")[0];
    if (!isEnd(name, known)) sections.set(section, [...(sections.get(section) ?? []), name]);
  }
  return [...sections].filter(([, found]) => found.length > 0);
}
