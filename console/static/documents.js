// Choose all documents of the page at once.
"use strict";

const boxes = document.querySelectorAll('input[name="document"]');
if (boxes.length > 1) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", document.querySelector("table.list").dataset.chooseAll);
  all.addEventListener("change", () => { for (const each of boxes) each.checked = all.checked; });
  document.querySelector("thead th").append(all);
}
