// Makes the desk faster to use. Everything here is also possible without it.
"use strict";

(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const typing = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
  const fieldOf = (element) => element.closest?.(".field");

  // Where the values of the focused field stand.
  function showProof(name) {
    all(".lit").forEach((it) => it.classList.remove("lit"));
    all(".field.now").forEach((it) => it.classList.remove("now"));
    if (!name) return;
    document.getElementById(`f-${name}`)?.classList.add("now");
    const places = all("[data-field]", one("#papers") ?? document.createElement("div"))
      .filter((it) => it.dataset.field.split(" ").includes(name));
    places.forEach((it) => it.classList.add("lit"));
    const place = places.find((it) => it.getClientRects().length > 0);
    if (place) reveal(place);
  }

  // Scrolls only the documents, never the form.
  function reveal(place) {
    const pane = one("#papers");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const box = place.getBoundingClientRect();
    const frame = pane.getBoundingClientRect();
    if (pane.scrollHeight <= pane.clientHeight + 1) return;
    if (box.top > frame.top + 40 && box.bottom < frame.bottom - 40) return;
    const top = pane.scrollTop + box.top - frame.top - frame.height / 3;
    pane.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  }

  function focusField(field) {
    const input = field?.querySelector(".answer input, .answer textarea, .answer select");
    if (!input) return;
    input.focus({ preventScroll: true });
    field.scrollIntoView({ block: "nearest" });
    if (input.matches("input[type=text], textarea")) input.select();
  }

  // Whoever goes on from a value has looked at it, with its proof lit beside it.
  function accept(field) {
    const tick = field?.querySelector("input[name^='c.']");
    if (tick && field.querySelector("[name^='v.']")?.value.trim()) tick.checked = true;
  }

  // The fields that need a person; after the last one the approval.
  function walk(step) {
    const stops = all(".field[data-attention]");
    const here = fieldOf(document.activeElement);
    if (step > 0) accept(here);
    const fields = all(".field");
    // The fields of a table stand behind it.
    const behind = document.activeElement.closest?.(".row-table")?.nextElementSibling;
    const place = here ? fields.indexOf(here) : behind ? fields.indexOf(behind) - 1 : -1;
    const next = step > 0
      ? stops.find((it) => fields.indexOf(it) > place)
      : stops.reverse().find((it) => fields.indexOf(it) < place);
    if (next) focusField(next);
    else if (step > 0) (one("#do-approve") ?? one("#do-save"))?.focus();
  }

  function open(id) {
    const details = one(`#${id}`);
    if (!details) return false;
    details.open = true;
    details.querySelector("select, input:not([type=hidden])")?.focus();
    return true;
  }

  function press(id) {
    const button = one(`#${id}`);
    button?.form ? button.form.requestSubmit(button) : button?.click();
    return Boolean(button);
  }

  function alternative(nth) {
    const radio = all(".alternatives input", fieldOf(document.activeElement) ?? document.createElement("div"))[nth - 1];
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  function absent() {
    const tick = fieldOf(document.activeElement)?.querySelector("input[name^='n.']");
    if (!tick) return false;
    tick.click();
    return true;
  }

  // What each action of the key map does; `false`: nothing to do here, the browser goes on.
  const actions = {
    "next-field": () => inForm() && (walk(1), true),
    "previous-field": () => inForm() && (walk(-1), true),
    "alternative": () => alternative(1),
    "absent": absent,
    "approve": () => press("do-approve"),
    "save": () => press("do-save"),
    "reject": () => open("reject"),
    "forward": () => open("forward"),
    "class": () => open("reclassify"),
    "history": () => press("to-history"),
    "help": () => (one("#keys")?.showModal(), true),
  };

  // Enter walks from one-line fields only: in texts it is a new line, on buttons it presses.
  function inForm() {
    const element = document.activeElement;
    return Boolean(element.closest?.("#draft")) && element.matches("input, select");
  }

  function name(event) {
    const held = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "");
    const shift = event.shiftKey && event.key.length > 1 ? "Shift+" : "";
    const digit = /^Digit(\d)$/.exec(event.code);
    return held + shift + (event.altKey && digit ? digit[1] : event.key);
  }

  function onKey(event) {
    if (event.defaultPrevented || event.isComposing || one("dialog[open]")) return;
    const pressed = name(event);
    const single = pressed.length === 1;
    if (single && (typing(event.target) || event.target.isContentEditable)) return;
    const nth = /^Alt\+([1-9])$/.exec(pressed);
    const row = all("#keys [data-action]").find((it) => it.dataset.press === pressed);
    const done = nth ? alternative(Number(nth[1])) : row && actions[row.dataset.action]?.();
    if (done) event.preventDefault();
  }

  function onChange(event) {
    const field = fieldOf(event.target);
    if (!field) return;
    const input = field.querySelector("[name^='v.']");
    if (event.target.matches(".alternatives input") && event.target.checked) {
      input.value = event.target.dataset.value;
      field.querySelector("input[name^='n.']").checked = false;
      input.focus();
    }
  }

  function onInput(event) {
    const field = fieldOf(event.target);
    if (!field || !event.target.matches("[name^='v.']")) return;
    // What is typed wins over what was chosen before.
    all(".alternatives input, input[name^='n.']", field).forEach((it) => { it.checked = false; });
  }

  function onClick(event) {
    const place = event.target.closest?.("#papers [data-field]");
    if (place) focusField(document.getElementById(`f-${place.dataset.field.split(" ")[0]}`));
    const go = event.target.closest?.("[data-go]");
    if (go) { event.preventDefault(); focusField(document.getElementById(`f-${go.dataset.go}`)); }
    const proof = event.target.closest?.(".proof a");
    if (proof) { showProof(proof.dataset.field); }
  }

  function begin() {
    const first = one("#draft .field[data-attention]");
    const narrow = matchMedia("(max-width: 60rem)").matches;
    if (first && !narrow && !location.hash && one("#do-save")) focusField(first);
  }

  // A page that htmx brought: read it from the top, and open it where it needs a person.
  function arrived(event) {
    if ((event.detail?.ctx?.target ?? event.target) !== document.body) return;
    scrollTo({ top: 0, behavior: "instant" });
    one("#main")?.focus({ preventScroll: true });
    begin();
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("input", onInput);
  document.addEventListener("click", onClick);
  document.addEventListener("focusin", (event) => {
    const field = fieldOf(event.target);
    const name = event.target.closest?.(".row-table [data-field]")?.dataset.field ?? field?.dataset.field;
    if (name) showProof(name);
  });
  document.addEventListener("htmx:after:swap", arrived);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
