/* shop.js asks how an order stands, and shows the page anew when that has changed. Without it the page refreshes itself. */
(() => {
  "use strict";
  const line = document.querySelector("[data-poll]");
  if (!line) return;
  const until = Date.now() + 15 * 60_000;
  const ask = async () => {
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(line.dataset.poll, { headers: { Accept: "application/json" }, cache: "no-store" });
        if (answer.ok && (await answer.json()).state !== line.dataset.state) return location.reload();
      } catch { /* offline: asked again */ }
    }
    if (Date.now() < until) setTimeout(ask, 2000);
  };
  setTimeout(ask, 1000);
})();
