// Keeps open pages of the dashboard up to date. Without it they show what was true when they were opened.
"use strict";

const KEPT_LINES = 5000;
const sources = new Map();
// Of a part, what is newer than what it shows: somebody was using that.
const held = new Map();

function left(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(s / 86400), "d"], [Math.floor(s / 3600) % 24, "h"], [Math.floor(s / 60) % 60, "min"], [s % 60, "s"]];
  let first = parts.findIndex(([count]) => count);
  if (first < 0) first = 3;
  return parts.slice(first, first + 2).filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 s";
}

function count() {
  for (const time of document.querySelectorAll("time[data-until]")) {
    time.textContent = `in ${left(Number(time.dataset.until) - Date.now() / 1000)}`;
  }
}

// What somebody is using is not taken from under his hands.
function busy(part) {
  const selection = document.getSelection();
  return part.contains(document.activeElement) || (!selection.isCollapsed && part.contains(selection.anchorNode));
}

function show() {
  for (const [part, content] of held) {
    if (busy(part)) continue;
    part.replaceChildren(content);
    held.delete(part);
  }
  count();
}

// Of all that changes, a sentence is enough for somebody who hears the page.
function said(within) {
  return within.querySelector("[data-said]")?.dataset.said ?? "";
}

function follow(part) {
  const source = new EventSource(part.dataset.live);
  let last = said(part);
  source.onmessage = (event) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = event.data;
    const now = said(fresh.content);
    if (now !== last) document.getElementById("said").textContent = now;
    last = now;
    held.set(part, fresh.content);
    show();
  };
  return source;
}

function read(log) {
  const source = new EventSource(log.dataset.log);
  source.onopen = () => log.replaceChildren();
  source.onmessage = (event) => {
    const below = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.append(`${event.data}\n`);
    while (log.childNodes.length > KEPT_LINES) log.firstChild.remove();
    if (below) log.scrollTop = log.scrollHeight;
  };
  return source;
}

function open(element, start) {
  const source = start(element);
  // Signed out, or what the page is about is gone: opening it again says which.
  source.addEventListener("over", () => { source.close(); location.reload(); });
  sources.set(element, source);
}

// A browser has few connections to one host; hidden pages need none.
function look() {
  if (document.hidden) {
    for (const source of sources.values()) source.close();
    sources.clear();
  } else if (!sources.size) {
    document.querySelectorAll("[data-live]").forEach((part) => open(part, follow));
    document.querySelectorAll("[data-log]").forEach((log) => {
      if (!log.closest("details:not([open])")) open(log, read);
    });
  }
}

// What is folded away needs no connection either.
for (const drawer of document.querySelectorAll("details")) {
  drawer.addEventListener("toggle", () => {
    for (const log of drawer.querySelectorAll("[data-log]")) {
      if (drawer.open && !sources.has(log)) open(log, read);
      if (!drawer.open && sources.has(log)) {
        sources.get(log).close();
        sources.delete(log);
      }
    }
  });
}

document.addEventListener("visibilitychange", look);
setInterval(show, 1000);
show();
look();
