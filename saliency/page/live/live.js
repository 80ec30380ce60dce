// A page that grows with its run: it asks its server for what is new, and shows it.

const BETWEEN = 1500; // ms from one question to the next

const known = { epoch: "", event: 0, score: 0, below: "" }; // what was told so far
const held = { events: [], scores: [] };
let about = ""; // what was told beside the events, as text
let isShown = false;

async function asked(address) {
  const answer = await fetch(address, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer;
}

async function sourceOf(id) {
  return (await asked(`image/${encodeURIComponent(id)}`)).text();
}

/** Asks once; whether the server has more to tell at once. */
async function askOnce() {
  const { epoch, event, score } = known;
  const news = await (await asked(`state?${new URLSearchParams({ epoch, event, score })}`)).json();
  byId("status").textContent = news.status;
  byId("note").textContent = news.note;
  byId("note").hidden = news.note === "";
  if (news.epoch !== known.epoch) {
    held.events.length = held.scores.length = 0; // another server, or events that were there are gone
    isShown = false;
  }
  held.events.push(...news.events);
  held.events.sort((a, b) => a.steps - b.steps);
  held.scores.push(...news.scores);
  Object.assign(known, { epoch: news.epoch, event: news.event, score: news.score });
  if (!isShown || news.events.length > 0 || news.scores.length > 0 || about !== JSON.stringify(news.about)) {
    isShown = false;
    await show({ ...news.about, runs: [{ name: news.name, events: [...held.events], scores: [...held.scores] }] });
    about = JSON.stringify(news.about);
    isShown = true;
  }
  if (news.below !== known.below) {
    await showBelow(await (await asked("below")).text());
    known.below = news.below;
  }
  return news.more;
}

/** Puts what the server wrote below the maps. Pictures and films that are there already stay, so that a film plays on. */
async function showBelow(written) {
  const fresh = new DOMParser().parseFromString(written, "text/html");
  const old = new Map([...byId("below").querySelectorAll("[src]")].map((element) => [element.getAttribute("src"), element]));
  for (const element of fresh.querySelectorAll("[src]")) {
    const same = old.get(element.getAttribute("src"));
    if (same) element.replaceWith(same);
  }
  byId("below").replaceChildren(...fresh.body.childNodes);
}

/** Some time, or until somebody looks at the page again. */
function untilNext() {
  if (!document.hidden) return new Promise((resolve) => setTimeout(resolve, BETWEEN));
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

async function askOn() {
  for (;;) {
    let more = false;
    try {
      more = await askOnce();
      byId("lost").hidden = true;
    } catch (error) {
      console.warn(error);
      byId("lost").hidden = false;
    }
    if (!more) await untilNext();
  }
}

askOn();
