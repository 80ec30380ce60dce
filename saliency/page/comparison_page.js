// The page: what is chosen, and what follows from it. The script that starts the page calls show(), a live one again and again.

const SCALES = ["each its own", "same for all runs"];
const PAUSE = matchMedia("(prefers-reduced-motion: reduce)").matches ? 2000 : 250; // ms between events when playing

let comparison = null; // everything that is shown
let [runs, heads, methods, sights] = [[], [], [], []]; // a sight is an entry of the observations: the size of its maps and pictures
let count = 0; // of probes
let moments = []; // env steps of all events
let lastSteps = 0; // of all events and scores
const chosen = { moment: -1, head: 0, method: 0, scale: 0 };
const cells = []; // {canvas, empty, caption} by run and probe
const stateCanvases = []; // by probe
const charts = [];
let states = []; // {ground, pictures} of each sight
let sighted = 0; // the sight that the table has the size of
let table = ""; // what the table of maps was built for
let stale = false; // whether something was chosen since the maps were last looked up
let drawing = null; // the promise of a drawing under way
let playing = null; // an object that is this playing's own

function byId(id) {
  return document.getElementById(id);
}

/** A run's latest event at or before the moment, if it has one. */
function eventAt(run, moment) {
  return run.events.findLast((event) => event.steps <= moments[moment]);
}

/** The map of a run that would be shown; undefined where it has none. */
function mapAt(run, moment, head = chosen.head, method = chosen.method) {
  const maps = eventAt(run, moment)?.maps ?? {};
  const name = `${heads[head]}/${methods[method]}`;
  return Object.hasOwn(maps, name) ? maps[name] : undefined;
}

/** Which entry of the observations the chosen head is about. */
function sightOf() {
  return comparison.sight_of_head[chosen.head];
}

/** Shows what is chosen; the promise is kept once the maps are painted. */
function draw() {
  showChoices();
  byId("maps").setAttribute("aria-busy", "true");
  stale = true;
  drawing ??= drawUntilFresh().finally(() => { drawing = null; });
  return drawing;
}

/** One drawing at a time: who drags the slider faster than maps decode sees those between, not none. */
async function drawUntilFresh() {
  while (stale) {
    stale = false;
    await drawMaps();
  }
  byId("maps").setAttribute("aria-busy", "false");
  prepareNeighbours();
}

async function drawMaps() {
  if (moments.length === 0) return;
  if (sighted !== sightOf()) resizeTable(sightOf());
  const [now, shown] = [comparison, runs.map((run) => mapAt(run, chosen.moment))];
  const sprites = await Promise.all(shown.map((map) => map && levelsOf(map.id)));
  if (comparison !== now) return; // there is something newer, which is drawn next
  for (let probe = 0; probe < count; probe++) {
    const common = Math.max(0, ...shown.map((map) => map?.scales[probe] ?? 0));
    runs.forEach((run, i) => showMap(cells[i][probe], run, probe, shown[i], sprites[i], common));
  }
}

function showMap({ canvas, empty, caption }, run, probe, map, sprite, common) {
  canvas.hidden = !map || !sprite;
  empty.hidden = !canvas.hidden;
  caption.textContent = "";
  if (canvas.hidden) {
    const what = methods.length > 1 ? `${heads[chosen.head]} / ${methods[chosen.method]}` : heads[chosen.head];
    empty.textContent = eventAt(run, chosen.moment) ? `no map of ${what}` : "no event yet";
    return;
  }
  const own = map.scales[probe];
  const scale = chosen.scale === 0 || own === null ? own : common;
  caption.textContent = own === null ? "not finite" : `yellow = ${scale.toExponential(1)}`;
  paintMap(canvas, probe, sights[sighted].tile, states[sighted].ground, sprite, map.tops[probe], scale);
  canvas.setAttribute("aria-label", `Map of ${heads[chosen.head]}, ${run.name}, probe ${probe + 1}; ${caption.textContent}`);
}

/** What a next step could show is decoded ahead; the rest is forgotten. */
function prepareNeighbours() {
  const near = [-1, 0, 1].flatMap((step) => runs.map((run) => mapAt(run, chosen.moment + step)));
  const others = heads.flatMap((_, head) => methods.flatMap((_, method) =>
    runs.map((run) => mapAt(run, chosen.moment, head, method))));
  const ids = new Set([...near, ...others].filter(Boolean).map((map) => map.id));
  keepOnly(ids);
  for (const id of ids) levelsOf(id);
}

function showChoices() {
  const steps = moments[chosen.moment] ?? lastSteps;
  const until = chosen.moment === moments.length - 1 ? lastSteps : steps;
  byId("moment").value = chosen.moment;
  byId("moment").setAttribute("aria-valuetext", `${steps.toLocaleString("en-US")} env steps`);
  byId("steps").textContent = steps.toLocaleString("en-US");
  for (const kind of ["head", "method", "scale"]) {
    byId(`${kind}s`).querySelectorAll("button").forEach((button, i) => button.setAttribute("aria-pressed", i === chosen[kind]));
  }
  const latest = runs.map((run) => eventAt(run, chosen.moment));
  document.querySelectorAll("#maps .when").forEach((when, i) => {
    when.textContent = latest[i] ? `at ${latest[i].steps.toLocaleString("en-US")}` : "no event yet";
  });
  document.querySelectorAll("#maps .verdict").forEach((verdict, i) => {
    verdict.textContent = verdictOf(latest[i]);
  });
  charts.forEach((chart) => chart.show(steps, latest, until));
}

/** What the checks say of the chosen maps of an event; empty if nobody checked them. */
function verdictOf(event) {
  const name = `${heads[chosen.head]}/${methods[chosen.method]}`;
  return event && Object.hasOwn(event.verdicts, name) ? `Checks: ${event.verdicts[name]}.` : "";
}

function choose(kind, index) {
  chosen[kind] = index;
  draw();
}

function nextOf(kind, names, by = 1) {
  choose(kind, (chosen[kind] + by + names.length) % names.length);
}

function moveTo(moment) {
  if (moments.length > 0) choose("moment", Math.min(Math.max(moment, 0), moments.length - 1));
}

/** The moment nearest to a place in a chart. */
function moveToSteps(steps) {
  if (moments.length === 0) return;
  const distances = moments.map((moment) => Math.abs(moment - steps));
  moveTo(distances.indexOf(Math.min(...distances)));
}

async function play() {
  if (playing) return pause();
  if (moments.length === 0) return;
  const mine = (playing = {});
  if (chosen.moment === moments.length - 1) chosen.moment = -1; // from the start again
  byId("play").textContent = "Pause";
  byId("steps").setAttribute("aria-live", "off"); // nobody can listen as fast
  while (playing === mine) {
    chosen.moment += 1;
    await draw();
    if (chosen.moment >= moments.length - 1) pause();
    else await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function pause() {
  byId("play").textContent = "Play";
  byId("steps").removeAttribute("aria-live");
  playing = null;
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || moments.length === 0) return;
  if (event.key === " " && event.target.closest("button")) return; // it presses that button
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const upright = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (sideways && event.shiftKey) byId("maps").scrollBy({ left: 120 * sideways });
  else if (sideways) { pause(); moveTo(chosen.moment + sideways); }
  else if (upright && (heads.length > 1 || event.target.id === "moment")) nextOf("head", heads, upright);
  else if (event.key === "h") nextOf("head", heads);
  else if (event.key === "m") nextOf("method", methods);
  else if (event.key === "s") nextOf("scale", SCALES);
  else if (event.key === " ") play();
  else return;
  event.preventDefault();
}

function fillGroup(kind, names) {
  const group = byId(`${kind}s`);
  group.hidden = names.length < 2;
  group.replaceChildren(...names.map((name, i) => {
    const button = htmlElement("button", { type: "button" }, name);
    button.addEventListener("click", () => choose(kind, i));
    return button;
  }));
}

function newCell(kind, ...content) {
  return htmlElement(kind, {}, htmlElement("div", { class: "cell" }, ...content));
}

/** Canvases get the proportions of another entry of the observations. */
function resizeTable(sight) {
  sighted = sight;
  const [width, height] = canvasSize(sights[sight]);
  document.querySelector("#maps table").className = tableClass();
  for (const { canvas, empty } of cells.flat()) {
    Object.assign(canvas, { width, height });
    empty.style.aspectRatio = `${width} / ${height}`;
  }
  stateCanvases.forEach((canvas, probe) => {
    Object.assign(canvas, { width, height });
    paintState(canvas, probe, sights[sight], states[sight].pictures);
  });
}

function tableClass() {
  return sights[sighted].tile.height === 1 ? "strip" : "image";
}

/** Table of probes by runs; canvases are painted later. */
function buildMaps() {
  cells.length = stateCanvases.length = 0;
  const [width, height] = canvasSize(sights[sighted]);
  const built = htmlElement("table", { class: tableClass() });
  const headings = runs.map((run, i) => {
    const heading = newCell("th", htmlElement("bdi", { class: "name" }, run.name), htmlElement("small", { class: "when" }),
      htmlElement("small", { class: "verdict" }));
    heading.scope = "col";
    colourRun(heading, i);
    return heading;
  });
  built.createTHead().append(htmlElement("tr", {}, newCell("th", htmlElement("span", { class: "name" }, "state")), ...headings));
  const body = built.createTBody();
  runs.forEach(() => cells.push([]));
  for (let probe = 0; probe < count; probe++) {
    const row = htmlElement("tr", {}, stateCell(probe, width, height));
    runs.forEach((_, i) => {
      const cell = { canvas: newCanvas(width, height), empty: htmlElement("div", { class: "empty", hidden: "" }),
        caption: htmlElement("small") };
      cell.canvas.setAttribute("role", "img");
      cell.empty.style.aspectRatio = `${width} / ${height}`;
      cells[i].push(cell);
      const shown = newCell("td", cell.canvas, cell.empty, cell.caption);
      colourRun(shown, i); // which tells the columns apart where their names are out of sight
      row.append(shown);
    });
    body.append(row);
  }
  byId("maps").replaceChildren(built);
}

function stateCell(probe, width, height) {
  const phase = comparison.phases ? `, ${Math.round(100 * comparison.phases[probe])} % of its game` : "";
  const cell = newCell("th", htmlElement("small", {}, `probe ${probe + 1}${phase}`));
  cell.scope = "row";
  if (states[sighted].pictures) {
    const canvas = newCanvas(width, height);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `State of probe ${probe + 1}${phase}`);
    paintState(canvas, probe, sights[sighted], states[sighted].pictures);
    stateCanvases.push(canvas);
    cell.firstChild.prepend(canvas);
  }
  return cell;
}

function buildCurves() {
  const opened = new Set([...byId("curves").querySelectorAll("details[open]")].map((details) => details.dataset.section));
  const steps = runs.flatMap((run) => rowsOf(run).map((row) => row.steps));
  const firstSteps = steps.reduce((least, each) => Math.min(least, each), Infinity);
  lastSteps = steps.reduce((most, each) => Math.max(most, each), 0);
  byId("no-curves").hidden = moments.length === 0 || runs.some((run) => rowsOf(run).some(({ figures }) => Object.keys(figures).length > 0));
  byId("about-curves").hidden = !byId("no-curves").hidden;
  byId("to-a-moment").hidden = moments.length === 0;
  byId("curves-section").hidden = steps.length === 0;
  byId("legend").replaceChildren(...runs.map((run, i) => legendItem(run.name, i)));
  byId("curves").replaceChildren();
  charts.length = 0;
  for (const [section, names] of sectionsOf(runs, heads)) {
    const made = names.map((name) =>
      newChart(name, name.slice(section.length + 1) || name, comparison.good, runs, firstSteps, lastSteps, moveToSteps));
    charts.push(...made);
    const [leads, others] = [true, false].map((wanted) => made.filter((_, i) => isLead(names[i]) === wanted).map(({ figure }) => figure));
    byId("curves").append(htmlElement("h3", {}, section), htmlElement("div", { class: "charts" }, ...others));
    if (leads.length > 0) {
      const told = htmlElement("summary", {}, `Beside each blind order (${leads.length} curves)`);
      const details = htmlElement("details", { "data-section": section }, told, htmlElement("div", { class: "charts" }, ...leads));
      details.open = opened.has(section);
      byId("curves").append(details);
    }
  }
}

function imagesOf(told) {
  return Promise.all(told.map(async ({ picture }, i) => {
    const behind = i ? `-${i}` : "";
    if (!picture) return { ground: null, pictures: null };
    return { ground: await imageOf(`ground${behind}`), pictures: await imageOf(`pictures${behind}`) };
  }));
}

/** Shows what is told. What was chosen before stays chosen, and who looked at the latest event sees the new latest one. */
async function show(told) {
  const images = JSON.stringify(told.sights) === JSON.stringify(sights) ? states : await imagesOf(told.sights);
  const before = { steps: moments[chosen.moment], head: heads[chosen.head], method: methods[chosen.method] };
  const atEnd = chosen.moment === moments.length - 1;
  [comparison, states] = [told, images];
  ({ runs, heads, methods, sights } = told);
  count = sights.length > 0 ? sights[0].tile.count : 0;
  moments = [...new Set(runs.flatMap(({ events }) => events.map((event) => event.steps)))].sort((a, b) => a - b);
  chosen.moment = atEnd ? moments.length - 1 : Math.max(moments.findLastIndex((moment) => moment <= before.steps), 0);
  chosen.head = Math.max(heads.indexOf(before.head), 0);
  chosen.method = Math.max(methods.indexOf(before.method), 0);
  for (const id of ["time", "choices", "keys", "maps-section"]) byId(id).hidden = moments.length === 0;
  const seen = `${count} ${count === 1 ? "state" : "states"}`;
  byId("about").textContent = `${runs.length === 1 ? "1 run on" : `${runs.length} runs on the same`} ${seen}, at ${moments.length} ${moments.length === 1 ? "moment" : "moments"} of training.`;
  byId("about").hidden = moments.length === 0;
  byId("no-states").hidden = moments.length === 0 || Boolean(sights[0].picture);
  byId("moment").max = moments.length - 1;
  const wanted = JSON.stringify([runs.map((run) => run.name), heads, methods, sights, told.phases]);
  if (moments.length > 0 && wanted !== table) {
    sighted = sightOf();
    fillGroup("head", heads);
    fillGroup("method", methods);
    fillGroup("scale", runs.length > 1 ? SCALES : []);
    buildMaps();
    table = wanted;
  }
  buildCurves();
  await draw();
}

byId("moment").addEventListener("input", (event) => { pause(); moveTo(Number(event.target.value)); });
byId("play").addEventListener("click", play);
// A click leaves the focus on its button, where the space bar would press it again instead of playing.
document.addEventListener("click", (event) => { if (event.detail > 0) event.target.closest("button")?.blur(); });
document.addEventListener("keydown", onKey);
