// The invoice beside its form: a field is saved when it is left, its box lights up, and the claim is kept alive.
// Each thing also works without this file, by the form's own buttons.
"use strict";

const work = document.getElementById("work");
const root = work.dataset.root;
const token = () => work.querySelector("input[name=csrf]")?.value ?? document.querySelector("input[name=csrf]").value;
const headers = () => ({ "X-CSRF-Token": token(), "X-Partial": "yes" });

// --- saving without losing the page ---
let queue = Promise.resolve();
const isChanged = (field) => field.name.startsWith("f.") && field.value !== (work.querySelector(`[name="was.${field.name.slice(2)}"]`)?.value ?? field.value);

let sends = 0;
function send(extra) {
  sends += 1;
  const unsaved = document.getElementById("unsaved");
  queue = queue.then(() => save(extra)).then(() => { unsaved.hidden = true; }, () => { unsaved.hidden = false; });
}

async function save(extra) {
  const form = work.querySelector("#form");
  if (!form) return;
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of extra) body.set(name, value);
  const sent = new Map([...form.elements].filter((field) => field.name.startsWith("f.")).map((field) => [field.name, field.value]));
  work.classList.add("saving");
  work.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: headers() });
    const elsewhere = answer.headers.get("X-Go");
    if (elsewhere) {
      location.assign(elsewhere);
      await new Promise(() => {}); // the page is left: nothing else is sent
    }
    const isForm = answer.ok || [409, 412, 422].includes(answer.status);
    const html = await answer.text();
    await released();
    if (isForm) show(html, sent, extra.length > 0);
    else form.submit();
  } finally {
    work.classList.remove("saving");
    work.removeAttribute("aria-busy");
  }
}

// A button that is being pressed must not be replaced under the pointer.
let isPressed = false;
addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { setTimeout(() => { isPressed = false; }); }, true);
const released = async () => { while (isPressed) await new Promise((next) => { setTimeout(next, 20); }); };

// What the form's part brings for the rest of the page: the document's state and, after a refusal, what may be done.
function outside() {
  document.querySelector("main > .note.done")?.remove(); // it tells of an earlier press
  for (const name of ["state", "acts"]) {
    const fresh = document.getElementById(`new-${name}`);
    const place = document.getElementById(name);
    if (fresh && place) place.replaceChildren(fresh.content);
    fresh?.remove();
  }
}

const controls = () => [...work.querySelectorAll("input, select, textarea, button, a, summary")];
const described = (one) => [one.tagName, one.name, one.id || one.value, one.getAttribute("href")].join(" ");

// Put the new form in place; what was typed meanwhile, the open part and the focus stay.
function show(html, sent, wasPressed) {
  const active = work.contains(document.activeElement) ? document.activeElement : null;
  const place = active && described(active);
  const [start, end] = [active?.selectionStart, active?.selectionEnd];
  const typed = [...work.querySelectorAll("[name^='f.']")].filter((field) => sent.has(field.name) && field.value !== sent.get(field.name)).map((field) => [field.name, field.value]);
  const isOpen = work.querySelector(".settled")?.open;
  work.innerHTML = html;
  outside();
  for (const [name, value] of typed) {
    const field = work.querySelector(`[name="${name}"]`);
    if (field) field.value = value;
  }
  const version = work.querySelector("#form [name=version]")?.value;
  for (const field of version ? document.querySelectorAll("input[name=version]") : []) field.value = version;
  if (isOpen && work.querySelector(".settled")) work.querySelector(".settled").open = true;
  if (!active && !wasPressed) return;
  const kept = wasPressed ? null : controls().find((one) => described(one) === place);
  const next = kept ?? work.querySelector("[autofocus]");
  next?.focus();
  if (wasPressed) work.querySelector("#refusal")?.scrollIntoView({ block: "nearest" }); // the reason, not only its field
  if (kept && typeof start === "number") kept.setSelectionRange(start, end);
}

work.addEventListener("submit", (event) => {
  if (event.target.id !== "form") return;
  event.preventDefault();
  event.stopPropagation();
  const active = document.activeElement;
  let button = event.submitter;
  // Enter in a field that was read unsurely says that its value is right.
  if (button?.tabIndex === -1 && active?.hasAttribute("data-unsure") && !isChanged(active)) {
    button = work.querySelector(`[data-confirm="${active.name.slice(2)}"]`) ?? button;
  }
  send(button?.name ? [[button.name, button.value]] : [["do", "save"]]);
}, true);

// A field is saved when it is left. Enter, or a button that is pressed, sends the form itself: then once is enough.
work.addEventListener("change", ({ target: field }) => {
  if (!field.name?.startsWith("f.")) return;
  const before = sends;
  setTimeout(async () => {
    await released();
    setTimeout(() => { if (sends === before && field.isConnected && isChanged(field)) send([]); });
  }, 50);
});
// --- field and box ---
function light(name) {
  for (const box of document.querySelectorAll(".sheet rect")) box.classList.toggle("lit", box.dataset.box === name);
  const box = document.getElementById(`b-${name}`);
  const sheets = document.querySelector(".sheets");
  if (box && getComputedStyle(sheets).overflowY === "auto") {
    const there = box.getBoundingClientRect();
    const seen = sheets.getBoundingClientRect();
    if (there.top < seen.top + 40 || there.bottom > seen.bottom - 40) sheets.scrollBy(0, there.top - seen.top - seen.height / 3);
  }
}
work.addEventListener("focusin", (event) => light(event.target.closest("[data-field]")?.dataset.field));
document.querySelector(".sheets").addEventListener("click", (event) => {
  const name = event.target.dataset?.box;
  const field = name && document.getElementById(`f-${name}`);
  if (!field) return;
  event.preventDefault();
  const part = field.closest("details");
  if (part) part.open = true;
  field.focus();
});
if (document.activeElement.closest?.("[data-field]")) light(document.activeElement.closest("[data-field]").dataset.field);

// --- completion ---
const searches = { "f.recipient_siret": "recipients", "f.service_code": "services" };
let asked = null;
work.addEventListener("input", (event) => {
  const where = searches[event.target.name];
  const text = event.target.value.trim();
  clearTimeout(asked);
  if (!where || text.length < (where === "recipients" ? 4 : 2)) return;
  asked = setTimeout(async () => {
    const answer = await fetch(`${root}/${where}?search=${encodeURIComponent(text)}`, { headers: { "X-Partial": "yes" } }).catch(() => null);
    if (answer?.ok && event.target.isConnected) event.target.list.innerHTML = await answer.text();
  }, 250);
});

// --- the claim ---
async function claim() {
  const answer = await fetch(`${root}/claim`, { method: "POST", body: new URLSearchParams({ do: "begin" }), headers: headers() }).catch(() => null);
  const shown = document.getElementById("claims");
  if (answer?.ok && !answer.redirected && shown && !shown.contains(document.activeElement)) shown.innerHTML = await answer.text();
}
if ("editable" in work.dataset) {
  claim();
  setInterval(() => { if (!document.hidden) claim(); }, 240_000);
  addEventListener("pagehide", () => {
    navigator.sendBeacon(`${root}/claim`, new URLSearchParams({ do: "end", csrf: token() }));
  });
}
