// Tells the shop which lists came into view and which of their items were clicked.
//
// It reads [data-clvrec-list] and, within, [data-clvrec-item]. It sets no cookie, keeps nothing in
// the browser and sends nothing but the list's token and the item's key. Lists that come later
// are found as they come, and a list that got another token in its place after
// document.dispatchEvent(new Event("clvrec:lists")).
(() => {
  "use strict";
  const script = document.currentScript;
  if (document.querySelector("script[data-clvrec-events]") !== script) return; // one is enough
  const url = script.dataset.clvrecEvents;
  const LISTS = "[data-clvrec-list]";
  const IN_VIEW_MS = 1000;
  const FLUSH_MS = 5000;
  const MOST_EVENTS = 50;
  const MOST_CHARACTERS = 50000; // sendBeacon takes 64 KB
  const MOST_WAITING = 500;

  let waiting = [];
  let flushing;
  const told = new Set();
  const timers = new Map();

  function tell(list, kind, item) {
    const token = list.dataset.clvrecList;
    const event = item === undefined ? { list: token, kind } : { list: token, kind, item };
    const mark = JSON.stringify(event);
    if (!token || told.has(mark)) return;
    told.add(mark);
    waiting.push(event);
    flushing ??= setTimeout(flush, FLUSH_MS);
  }

  function nextBatch() {
    let characters = 0;
    let size = 0;
    while (size < Math.min(waiting.length, MOST_EVENTS)) {
      characters += JSON.stringify(waiting[size]).length + 1;
      if (size && characters > MOST_CHARACTERS) break;
      size += 1;
    }
    return waiting.splice(0, size);
  }

  function again(batch) {
    waiting = batch.concat(waiting).slice(0, MOST_WAITING);
    flushing ??= setTimeout(flush, FLUSH_MS);
  }

  async function flush() {
    flushing = undefined;
    const batch = nextBatch();
    if (!batch.length) return;
    try {
      const body = JSON.stringify({ events: batch });
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(url, { method: "POST", body, headers, keepalive: true });
      if (answer.status >= 500 || answer.status === 429) again(batch);
    } catch {
      again(batch);
    }
    if (waiting.length) flushing ??= setTimeout(flush, FLUSH_MS);
  }

  function leave() {
    while (waiting.length) {
      const batch = nextBatch();
      if (!navigator.sendBeacon(url, JSON.stringify({ events: batch }))) return again(batch);
    }
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio, intersectionRect } of entries) {
        // a list that is taller than the window never has half of it in view
        const seen = intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2;
        clearTimeout(timers.get(target));
        if (seen) timers.set(target, setTimeout(() => shown(target), IN_VIEW_MS));
      }
    },
    { threshold: [0, 0.1, 0.25, 0.5] },
  );

  function shown(list) {
    observer.unobserve(list);
    if (document.visibilityState === "visible") tell(list, "shown");
    else observer.observe(list);
  }

  function watch() {
    document.querySelectorAll(LISTS).forEach((list) => observer.observe(list));
  }

  function holdsLists(node) {
    return node.nodeType === Node.ELEMENT_NODE && (node.matches(LISTS) || node.querySelector(LISTS));
  }

  function added(changes) {
    if (changes.some(({ addedNodes }) => [...addedNodes].some(holdsLists))) watch();
  }

  function clicked(event) {
    const item = event.target.closest("a, button") && event.target.closest("[data-clvrec-item]");
    const list = item && item.closest(LISTS);
    if (list) tell(list, "clicked", item.dataset.clvrecItem);
  }

  document.addEventListener("click", clicked, true);
  document.addEventListener("auxclick", clicked, true);
  document.addEventListener("clvrec:lists", watch);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  addEventListener("pagehide", leave);
  new MutationObserver(added).observe(document.documentElement, { childList: true, subtree: true });
  watch();
})();
