// Files are sent one by one, each with its progress; large ones and ZIPs go straight to the bucket.
"use strict";

const form = document.getElementById("files");
const input = document.getElementById("file");
const list = document.getElementById("progress");
for (const each of document.querySelectorAll(".without-script")) each.hidden = true;
for (const each of document.querySelectorAll(".with-script")) each.hidden = false;

function line(name) {
  const row = document.createElement("p");
  const label = document.createElement("label");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  label.append(`${name} : ${form.dataset.sending} `, bar);
  row.append(label);
  list.append(row);
  return {
    moved: (share) => { bar.value = share; },
    ended: (words, failed) => {
      row.textContent = `${name} : ${words}`;
      row.className = failed ? "note error" : "";
    },
    leads: (address) => {
      const link = document.createElement("a");
      link.href = address;
      link.textContent = form.dataset.see;
      row.append(" ", link);
    },
  };
}

function send(url, body, headers, moved) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => { if (event.total) moved(event.loaded / event.total); });
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.responseText) : reject(new Error(String(request.status)))));
    request.addEventListener("error", () => reject(new Error("")));
    request.send(body);
  });
}

function fields() {
  const values = new FormData(form);
  values.delete("file");
  values.set("key", crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2));
  return values;
}

const JSON_WANTED = { Accept: "application/json" };

async function sendOne(file) {
  const shown = line(file.name);
  const values = fields();
  try {
    if (file.size <= Number(form.dataset.largest) && !/\.zip$/i.test(file.name)) {
      values.append("file", file, file.name);
      const answer = JSON.parse(await send(form.action, values, JSON_WANTED, shown.moved));
      const refused = answer.refused[0];
      if (refused) {
        shown.ended(`${refused.problem.title ?? ""} ${refused.problem.detail ?? ""}`, true);
        return null;
      }
      shown.ended(answer.documents[0].known ? form.dataset.known : form.dataset.sent, false);
      return { document: answer.documents[0].document_id };
    }
    values.set("file_name", file.name);
    const query = new URLSearchParams(values);
    const announced = JSON.parse(await send(form.dataset.large, query, JSON_WANTED, () => {}));
    const bucket = new FormData();
    for (const [name, value] of Object.entries(announced.upload.fields)) bucket.append(name, value);
    bucket.append("file", file);
    await send(announced.upload.url, bucket, {}, shown.moved);
    shown.ended(form.dataset.sent, false);
    if (announced.document_id) return { document: announced.document_id };
    shown.leads(announced.after);
    return { page: announced.after };
  } catch (error) {
    shown.ended(`${form.dataset.failed} ${error.message}`, true);
    return null;
  }
}

async function sendAll(files) {
  list.replaceChildren();
  const results = [];
  for (const file of files) results.push(await sendOne(file));
  const sent = results.filter(Boolean);
  const documents = sent.filter((each) => each.document).map((each) => `document=${encodeURIComponent(each.document)}`);
  const status = `${form.dataset.status}?${documents.join("&")}`;
  // What failed, and a ZIP beside other files, stay readable: the person follows the links.
  if (sent.length === files.length && sent.length === documents.length) location.href = status;
  else if (files.length === 1 && sent.length) location.href = sent[0].page;
  else if (documents.length) {
    const link = document.createElement("a");
    link.href = status;
    link.textContent = form.dataset.see;
    list.append(link);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (input.files.length) await sendAll([...input.files]);
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) {
    input.files = event.dataTransfer.files;
    sendAll([...event.dataTransfer.files]);
  }
});
