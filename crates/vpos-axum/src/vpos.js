/* vpos.js sends a buyer to the bank and shows how it goes. Mark the form; it works without the script too, by a page of the server's:
   <form method="post" action="/vpos/begin/PED-17" data-vpos> <button>Pagar</button> <p data-vpos-status></p> </form> */
(() => {
  "use strict";
  const [language, wait, go, bad] = /^(es|ca|eu|gl|$)/i.test(document.documentElement.lang)
    ? ["es", "Preparando el pago…", "Le llevamos al banco…", "No se ha podido preparar el pago. Inténtelo de nuevo."]
    : ["en", "Preparing the payment…", "Taking you to the bank…", "The payment could not be prepared. Please try again."];
  const busy = new Map(); // a form that is being sent → the buttons that were disabled here
  const make = (parent, tag, members) => parent.appendChild(Object.assign(document.createElement(tag), members));
  const say = (form, state, text) => {
    const line = form.querySelector("[data-vpos-status]") || make(form, "p");
    for (const [name, value] of [["data-vpos-status", state], ["role", "status"], ["aria-live", "polite"]]) line.setAttribute(name, value);
    line.textContent = text;
  };
  const hold = (form) => { // autocomplete=off: else Firefox keeps a button disabled over a reload
    const buttons = [...form.elements].filter((one) => /^(submit|image)$/.test(one.type) && !one.disabled);
    for (const button of buttons) { button.disabled = true; button.setAttribute("autocomplete", "off"); }
    return busy.set(form, buttons).get(form);
  };
  const release = (form, held, state, text) => { // unless it was released meanwhile, and is being sent again
    if (busy.get(form) !== held) return;
    for (const button of held) button.disabled = false;
    busy.delete(form); say(form, state, text);
  };
  const leave = ({ action, method, fields }) => {
    if (!/^https?:\/\//i.test(action)) throw new Error("no address");
    const form = make(document.body, "form", { hidden: true, acceptCharset: "utf-8" });
    form.setAttribute("action", action); form.setAttribute("method", method);
    for (const [name, value] of Object.entries(fields)) make(form, "input", { type: "hidden", name, value });
    HTMLFormElement.prototype.submit.call(form); // a field may be called "submit"
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (event.defaultPrevented || !form.hasAttribute("data-vpos")) return;
    event.preventDefault();
    if (busy.has(form)) return; // a double click
    const body = new URLSearchParams(new FormData(form)); // before the buttons are disabled
    if (button && button.name) body.append(button.name, button.value);
    const action = (button && button.getAttribute("formaction")) || form.getAttribute("action");
    const held = hold(form);
    let told = bad;
    say(form, "wait", wait);
    try {
      const answer = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(60000) });
      const json = await answer.json();
      if (!answer.ok) { told = json.message?.[language] || bad; throw new Error(json.error); }
      say(form, "go", go); leave(json);
      setTimeout(release, 20000, form, held, "", ""); // the buyer pressed "stop", or the bank is not there
    } catch { release(form, held, "error", told); if (button) button.focus(); }
  });
  addEventListener("pageshow", (event) => { // back from the bank, to a page that the browser had kept
    if (event.persisted) for (const [form, held] of [...busy]) release(form, held, "", "");
  });
})();
