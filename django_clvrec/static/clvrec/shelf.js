// Fetches lazy shelves, [data-clvrec-shelf], as they come near the window, and lets a row be reached
// by Tab only where it scrolls. Where a page has htmx, that fetches them by their hx- attributes.
(() => {
  "use strict";
  const NEAR = "400px 0px";
  const PLACES = "[data-clvrec-shelf]";

  async function load(place) {
    try {
      const headers = { Accept: "text/html" };
      const answer = await fetch(place.dataset.clvrecShelf, { credentials: "same-origin", headers });
      if (!answer.ok || answer.redirected) throw new Error("There is no such shelf.");
      place.outerHTML = await answer.text();
      document.dispatchEvent(new Event("clvrec:lists"));
    } catch {
      place.remove(); // a page without this shelf is whole
    }
  }

  const coming = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        coming.unobserve(target);
        if (!window.htmx) load(target);
      }
    },
    { rootMargin: NEAR },
  );

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else if (target !== document.activeElement) target.removeAttribute("tabindex");
    }
  });

  const known = new WeakSet();

  function once(selector, observer) {
    for (const one of document.querySelectorAll(selector)) {
      if (known.has(one)) continue;
      known.add(one);
      observer.observe(one);
    }
  }

  function watch() {
    once(PLACES, coming);
    once(".clvrec-row[tabindex]", sizes);
  }

  for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, ({ target }) => target.matches?.(PLACES) && target.remove());
  }
  const pathOf = (address) => new URL(address, document.baseURI).pathname; // htmx may add a query
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, detail } = event;
    const from = detail.xhr?.responseURL;
    if (!from || !target.matches?.(PLACES)) return;
    if (pathOf(from) === pathOf(target.dataset.clvrecShelf)) return;
    event.preventDefault(); // htmx followed a redirect: that page is no shelf
    target.remove();
  });
  new MutationObserver(watch).observe(document.documentElement, { childList: true, subtree: true });
  watch();
})();
