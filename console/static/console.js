// What every page has: a form is sent once, and a page with unsaved fields says so before it is left.
"use strict";

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.underWay) {
      event.preventDefault();
      event.stopImmediatePropagation(); // no other script sends it again either
      return;
    }
    form.dataset.underWay = "yes";
    form.setAttribute("aria-busy", "true");
  });
}
// A page that the browser shows again from its memory can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-under-way]")) {
    delete form.dataset.underWay;
    form.removeAttribute("aria-busy");
  }
});
for (const form of document.querySelectorAll("form[data-keep]")) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
// « / » goes to the search field, as in most applications with lists.
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const find = document.getElementById("find");
  if (event.key === "/" && !typing && find) {
    event.preventDefault();
    find.focus();
  }
});

// Files that do not fit into one request are said before they are sent.
addEventListener("change", ({ target }) => {
  if (!target.dataset?.largest || !target.files) return;
  const size = [...target.files].reduce((sum, file) => sum + file.size, 0);
  target.setCustomValidity(size > Number(target.dataset.largest) ? target.dataset.tooLarge : "");
  target.reportValidity();
});
