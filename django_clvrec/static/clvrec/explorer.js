// Counts the group while conditions are chosen. Without it the form works by its button.
(() => {
  "use strict";
  const form = document.querySelector("[data-clvrec-explorer]");
  if (!form) return;
  const WAIT_MS = 250;
  const size = document.querySelector('[data-clvrec-figure="size"]');
  let timer;
  let asked;

  function tell(figures) {
    document.querySelectorAll("[data-clvrec-figure]").forEach((place) => {
      place.textContent = figures[place.dataset.clvrecFigure] ?? "";
    });
  }

  // empty fields ask nothing, and would make every address long
  function conditions() {
    return new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  }

  async function count() {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const address = `${form.dataset.clvrecExplorer}?${conditions()}`;
      const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (signal.aborted) return;
      if (told.faults) tell({ size: told.faults.join(" ") });
      else tell(told.figures);
    } catch (error) {
      if (error.name !== "AbortError") size.textContent = form.dataset.clvrecFailed;
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(count, WAIT_MS);
  }

  if (document.querySelector("[data-clvrec-count-now]")) count();
  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.search = conditions();
  });
})();
