// « Mes messages »: recipients complete while they are typed (a combobox of the ARIA pattern), and texts are counted.
"use strict";

for (const combo of document.querySelectorAll("[data-complete]")) complete(combo);
for (const field of document.querySelectorAll("[data-most]")) count(field);

function complete(combo) {
  const input = combo.querySelector("input");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  const chosen = combo.closest("form").querySelector("[data-chosen]");
  list.id = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", combo.querySelector("label").textContent);
  status.className = "help";
  status.setAttribute("role", "status");
  combo.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);
  let active = -1, timer = 0, asked = 0;

  const close = () => {
    asked += 1;
    clearTimeout(timer);
    list.hidden = true;
    list.replaceChildren();
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const move = (to) => {
    const options = [...list.children];
    if (!options.length) return;
    active = (to + options.length) % options.length;
    options.forEach((each, index) => each.setAttribute("aria-selected", String(index === active)));
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  };
  const take = (option) => {
    const { value, label } = option.dataset;
    const key = value.split("\t").slice(0, 2).join("\t");
    const boxes = [...chosen.querySelectorAll("input")];
    const same = boxes.find((each) => each.value.split("\t").slice(0, 2).join("\t") === key);
    if (same) same.checked = true;
    else {
      const row = document.createElement("label");
      const box = document.createElement("input");
      row.className = "check";
      box.type = "checkbox";
      box.name = "recipient";
      box.value = value;
      box.checked = true;
      row.append(box, ` ${label}`);
      chosen.append(row);
    }
    chosen.parentElement.querySelector("[data-none]").hidden = true;
    close();
    input.value = "";
    status.textContent = `${label} : ${combo.dataset.added}`;
  };
  const ask = async () => {
    const mine = ++asked;
    const kind = input.form.querySelector("input[name=kind]:checked");
    const query = new URLSearchParams({
      sender: combo.dataset.sender, kind: kind ? kind.value : combo.dataset.kind, text: input.value.trim(),
    });
    try {
      const answer = await fetch(`${combo.dataset.complete}?${query}`);
      if (!answer.ok || mine !== asked) return;
      const { options, sentence } = await answer.json();
      if (mine !== asked) return;
      close();
      options.forEach(({ value, label }, index) => {
        const option = document.createElement("li");
        option.id = `suggestion-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = label;
        Object.assign(option.dataset, { value, label });
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(option));
        list.append(option);
      });
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(options.length > 0));
      status.textContent = sentence;
    } catch { /* the search button still works */ }
  };
  const typed = () => {
    close();
    status.textContent = "";
    if (input.value.trim().length >= 4) timer = setTimeout(ask, 200);
  };
  input.addEventListener("input", typed);
  if (document.activeElement === input) typed(); // a fast hand types before this script has come
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") move(active + 1);
    else if (event.key === "ArrowUp") move(active < 0 ? -1 : active - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active >= 0) take(list.children[active]);
    else return;
    event.preventDefault();
  });
}

function count(field) {
  const shown = document.getElementById(`${field.id}-help`).querySelector("[data-count]");
  const most = Number(field.dataset.most);
  const show = () => {
    const length = [...field.value.normalize("NFC")].length;
    shown.textContent = `${length} / ${most}`;
    shown.className = length > most ? "over" : "";
  };
  field.addEventListener("input", show);
  show();
}
