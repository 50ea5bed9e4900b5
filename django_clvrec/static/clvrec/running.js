// The panel of refreshes: sends its forms without leaving the page, and shows how far they are.
//
// The server says everything in words; this script only puts them where they belong, and fetches
// results again when a refresh has ended.
(() => {
  "use strict";
  const BUSY_MS = 1500;
  const IDLE_MS = 20000;
  const SPOKEN_MS = 10000; // a screen reader is not to be interrupted at every stage
  const panel = document.querySelector("[data-clvrec-runs]");
  if (!panel) return;

  let timer;
  let sending = 0;
  let spokenAt = 0;
  let lost = false;

  const part = (box, name) => box.querySelector(`[data-clvrec-${name}]`);
  const boxes = () => [...panel.querySelectorAll("[data-clvrec-run]")];
  const isBusy = (box) => ["running", "waiting"].includes(box.dataset.clvrecState);

  function tell(text) {
    part(panel, "told").textContent = text;
  }

  function speak(text) {
    if (Date.now() - spokenAt < SPOKEN_MS) return;
    spokenAt = Date.now();
    part(panel, "spoken").textContent = text;
  }

  function giveUp() {
    lost = true;
    tell(panel.dataset.clvrecLost);
  }

  function later(milliseconds) {
    clearTimeout(timer);
    if (!lost) timer = setTimeout(poll, milliseconds);
  }

  async function answered(sent) {
    const answer = await sent;
    // who is signed out is led to a page that is no JSON
    if (answer.redirected || !answer.ok) return undefined;
    return answer.json();
  }

  async function poll() {
    if (document.hidden) return;
    let busy = sending > 0;
    try {
      const headers = { Accept: "application/json" };
      const found = await answered(fetch(panel.dataset.clvrecRuns, { headers, cache: "no-store" }));
      if (!found) return giveUp();
      for (const run of found.sources) busy = show(run) || busy;
    } catch {
      busy = false; // the server is away: look again, less often
    }
    later(busy ? BUSY_MS : IDLE_MS);
  }

  function show(run) {
    const box = boxes().find((one) => one.dataset.clvrecRun === run.source);
    if (!box) return false;
    const wasBusy = isBusy(box);
    const isOther = box.dataset.clvrecId !== String(run.id ?? box.dataset.clvrecId);
    box.dataset.clvrecState = run.state;
    if (run.id) box.dataset.clvrecId = run.id;
    if (!run.is_busy && (wasBusy || isOther)) {
      renew(run).catch(giveUp);
      return false;
    }
    if (run.is_busy) draw(box, run);
    return run.is_busy && !run.is_late;
  }

  function draw(box, run) {
    const isRunning = run.state === "running";
    if (part(box, "said").textContent !== run.said) {
      part(box, "said").textContent = run.said;
      speak(run.said);
    }
    part(box, "detail").textContent = run.detail;
    if (run.bar === null) part(box, "bar").removeAttribute("value");
    else part(box, "bar").value = run.bar;
    part(box, "work").hidden = !isRunning;
    part(box, "late").hidden = !run.is_late;
    for (const old of box.querySelectorAll("[data-clvrec-ended]")) old.hidden = true;
    const [start, cancel] = [part(box, "start"), part(box, "cancel")];
    if (start) start.hidden = !run.is_late; // what nobody takes may be started again
    if (cancel) {
      cancel.hidden = !run.may_cancel;
      cancel.querySelector("[name=snapshot]").value = run.id ?? "";
    }
  }

  // What the page shows of results, as the server would show it now.
  async function renew(run) {
    const answer = await fetch(location.href);
    if (answer.redirected || !answer.ok) return giveUp();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const wanted = "[data-clvrec-run][id], [data-clvrec-part][id], #changelist-form";
    for (const fresh of page.querySelectorAll(wanted)) {
      const old = document.getElementById(fresh.id);
      if (!old) return location.reload(); // the first result: the page looks different now
      if (old.querySelector("input.action-select:checked")) continue; // somebody is choosing
      const hadFocus = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (hadFocus) fresh.focus();
    }
    // the admin's own script knows the rows that were there before
    window.Actions?.(document.querySelectorAll("tr input.action-select"));
    spokenAt = 0;
    speak(run.said);
  }

  async function send(form) {
    const button = form.querySelector("button");
    const headers = { Accept: "application/json" };
    button.disabled = true;
    sending += 1;
    tell("");
    later(200); // where tasks run at once, the answer comes when the refresh has ended
    try {
      const body = new FormData(form);
      const said = await answered(fetch(form.action, { method: "POST", body, headers }));
      if (said) tell(said.message);
      else giveUp();
    } catch (error) {
      tell(String(error));
    }
    sending -= 1;
    button.disabled = false;
    form.closest("details")?.removeAttribute("open");
    later(200);
  }

  panel.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-clvrec-form]")) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("visibilitychange", () => later(0));
  later(boxes().some(isBusy) ? BUSY_MS : IDLE_MS);
})();
