// Runs vpos.js on a page of a few lines, and looks at what it does: `node vpos_js.mjs path/to/vpos.js`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const source = readFileSync(process.argv[2], "utf8");

class Element {
  constructor(tag, attributes = {}, children = []) {
    Object.assign(this, { tag, attributes: { ...attributes }, children: [], textContent: "", disabled: false });
    for (const child of children) this.appendChild(child);
  }
  appendChild(child) { this.children.push(child); return child; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  hasAttribute(name) { return name in this.attributes; }
  querySelector(selector) { return this.children.find((one) => one.hasAttribute(selector.slice(1, -1))) ?? null; }
  get elements() { return this.children.filter((one) => one.tag === "button" || one.tag === "input"); }
  focus() { this.focused = true; }
}

/** A page with one form, the script in it, and a server that answers as told. */
function page({ lang = "es", status = true, marked = true, fetch }) {
  const button = Object.assign(new Element("button"), { type: "submit", name: "pos", value: "caja" });
  const other = Object.assign(new Element("button"), { type: "submit", name: "pos", value: "nadie", disabled: true });
  const email = Object.assign(new Element("input"), { type: "email", name: "email", value: "ana@tienda.example" });
  const line = new Element("p", { "data-vpos-status": "" });
  const attributes = { action: "/vpos/begin/PED-17", method: "post", ...(marked && { "data-vpos": "" }) };
  const form = new Element("form", attributes, [email, button, other, ...(status ? [line] : [])]);
  const body = new Element("body");
  const heard = {}, sent = [], asked = [], timers = [];
  const window = {
    URLSearchParams, AbortSignal, Error, Object, Map,
    FormData: class { constructor(from) { return from.elements.filter((one) => one.tag === "input").map((one) => [one.name, one.value]); } },
    HTMLFormElement: class { submit() { sent.push(this); } },
    document: {
      documentElement: { lang }, body,
      createElement: (tag) => new Element(tag),
      addEventListener: (name, act) => { heard[name] = act; },
    },
    addEventListener: (name, act) => { heard[name] = act; },
    setTimeout: (act, wait, ...rest) => { timers.push({ wait, run: () => act(...rest) }); },
    fetch: (address, options) => { asked.push({ address, ...options }); return fetch(address, options); },
  };
  vm.runInNewContext(source, window);
  const submit = (submitter = button) => {
    const event = { target: form, submitter, defaultPrevented: false, preventDefault() { this.defaultPrevented = true; } };
    return { event, done: heard.submit(event) };
  };
  const said = () => (form.children.find((one) => one.hasAttribute("data-vpos-status")) ?? {}).textContent;
  return { form, button, other, line, body, sent, asked, timers, heard, submit, said };
}

const good = { action: "https://bank.example/pay?a=1", method: "POST", fields: { submit: "1", Ds_Signature: "\"><script>" } };
const answer = (json, ok = true) => async () => ({ ok, json: async () => structuredClone(json) });
const cases = {
  async "the form is fetched, built and sent"() {
    const shop = page({ fetch: answer(good) });
    const { event, done } = shop.submit();
    assert.ok(event.defaultPrevented && shop.button.disabled && shop.said() === "Preparando el pago…");
    await done;
    const [{ address, method, headers, body }] = shop.asked;
    assert.deepEqual([address, method, headers.Accept, String(body)], ["/vpos/begin/PED-17", "POST", "application/json", "email=ana%40tienda.example&pos=caja"]);
    assert.equal(shop.sent.length, 1);
    assert.deepEqual([shop.sent[0].getAttribute("action"), shop.sent[0].getAttribute("method")], [good.action, "POST"]);
    assert.deepEqual(shop.sent[0].children.map(({ type, name, value }) => [type, name, value]), Object.entries(good.fields).map((one) => ["hidden", ...one]));
    assert.deepEqual([shop.said(), shop.line.getAttribute("aria-live"), shop.line.getAttribute("role")], ["Le llevamos al banco…", "polite", "status"]);
    assert.ok(shop.button.disabled, "while the bank's page loads");
  },
  async "a double click is one payment"() {
    const shop = page({ fetch: answer(good) });
    const first = shop.submit(), second = shop.submit();
    await first.done; await second.done;
    const third = shop.submit();
    await third.done;
    assert.ok(second.event.defaultPrevented && third.event.defaultPrevented);
    assert.deepEqual([shop.asked.length, shop.sent.length], [1, 1]);
  },
  async "a refusal is told in the server's words"() {
    for (const [lang, words] of [["es", "Ya está pagado."], ["ca-ES", "Ya está pagado."], ["", "Ya está pagado."], ["en-GB", "It is paid."], ["fr", "It is paid."]]) {
      const refusal = { error: "already-paid", message: { es: "Ya está pagado.", en: "It is paid." } };
      const shop = page({ lang, fetch: answer(refusal, false) });
      await shop.submit().done;
      assert.deepEqual([shop.said(), shop.line.getAttribute("data-vpos-status"), shop.sent.length], [words, "error", 0]);
      assert.ok(!shop.button.disabled && shop.button.focused);
    }
  },
  async "whatever else goes wrong has words too, and can be tried again"() {
    const page_of_a_proxy = async () => ({ ok: false, json: async () => { throw new SyntaxError("<html>"); } });
    const not_ours = answer({}, false);
    for (const fetch of [page_of_a_proxy, not_ours, async () => { throw new TypeError("offline"); }]) {
      const shop = page({ lang: "en", status: false, fetch });
      await shop.submit().done;
      assert.equal(shop.said(), "The payment could not be prepared. Please try again.");
      await shop.submit().done;
      assert.equal(shop.asked.length, 2);
      assert.equal(shop.form.children.filter((one) => one.hasAttribute("data-vpos-status")).length, 1);
    }
  },
  async "an address that is none is not gone to"() {
    for (const action of ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""]) {
      const shop = page({ fetch: answer({ ...good, action }) });
      await shop.submit().done;
      assert.deepEqual([shop.sent.length, shop.button.disabled], [0, false], action);
    }
  },
  async "a button that the shop had disabled stays so"() {
    const shop = page({ fetch: answer({}, false) });
    await shop.submit().done;
    assert.deepEqual([shop.button.disabled, shop.other.disabled], [false, true]);
    assert.equal(shop.other.hasAttribute("autocomplete"), false);
  },
  async "a page that comes back from the browser's store can be used again"() {
    const shop = page({ fetch: answer(good) });
    await shop.submit().done;
    shop.heard.pageshow({ persisted: false });
    assert.ok(shop.button.disabled, "the first show of a page");
    shop.heard.pageshow({ persisted: true });
    assert.deepEqual([shop.button.disabled, shop.said()], [false, ""]);
    await shop.submit().done;
    assert.equal(shop.sent.length, 2);
  },
  async "an old timer does not free a new payment"() {
    const shop = page({ fetch: answer(good) });
    await shop.submit().done;
    shop.heard.pageshow({ persisted: true });
    await shop.submit().done;
    shop.timers[0].run();
    assert.ok(shop.button.disabled, "the second one is under way");
    shop.timers[1].run();
    assert.equal(shop.button.disabled, false, "the bank did not come");
  },
  async "other forms, and what another script has stopped, are left alone"() {
    const shop = page({ marked: false, fetch: answer(good) });
    assert.equal(shop.submit().event.defaultPrevented, false);
    const checked = page({ fetch: answer(good) });
    const event = { target: checked.form, submitter: null, defaultPrevented: true, preventDefault() {} };
    await checked.heard.submit(event);
    assert.equal(checked.asked.length + shop.asked.length, 0);
  },
};

for (const [name, run] of Object.entries(cases)) {
  await run().catch((error) => { console.error(`${name}:`); throw error; });
}
console.log(`vpos.js: ${Object.keys(cases).length} cases`);
