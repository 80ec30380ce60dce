"use strict";
// The runs of a sweep: it asks the server for them, and writes them into the table as text.

const BETWEEN = 2500; // ms from one question to the next

function byId(id) {
  return document.getElementById(id);
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function rowOf(run) {
  const row = document.createElement("tr");
  const name = element("th", "", { scope: "row" });
  const link = element("a", "", { href: run.address });
  link.append(element("bdi", run.name));
  name.append(link);
  const numbers = [run.steps, run.score, run.changed].map((text) => element("td", text, { class: "number" }));
  const state = element("td", run.state);
  if (run.reason) state.append(element("small", run.reason, { class: "reason" }));
  row.append(name, state, ...numbers);
  row.dataset.state = run.state;
  return row;
}

/** Rows that say the same stay, so that a link keeps the focus. */
function showRuns(runs) {
  const body = document.querySelector("#runs tbody");
  runs.forEach((run, i) => {
    const [fresh, old] = [rowOf(run), body.rows[i]];
    if (!old) body.append(fresh);
    else if (!old.isEqualNode(fresh)) {
      [...fresh.cells].slice(1).forEach((cell, k) => old.cells[k + 1].replaceWith(cell));
      old.dataset.state = run.state;
      if (old.cells[0].textContent !== run.name) old.cells[0].replaceWith(fresh.cells[0]);
    }
  });
  while (body.rows.length > runs.length) body.rows[runs.length].remove();
}

async function askOnce() {
  const answer = await fetch("state", { cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const news = await answer.json();
  byId("status").textContent = news.status;
  byId("note").textContent = news.note;
  byId("note").hidden = news.note === "";
  showRuns(news.runs);
}

function untilNext() {
  if (!document.hidden) return new Promise((resolve) => setTimeout(resolve, BETWEEN));
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

async function askOn() {
  for (;;) {
    try {
      await askOnce();
      byId("lost").hidden = true;
    } catch (error) {
      console.warn(error);
      byId("lost").hidden = false;
    }
    await untilNext();
  }
}

askOn();
