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
  };
}

function send(url, body, headers, moved) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => { if (event.total) moved(event.loaded / event.total); });
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.responseText) : reject(Object.assign(new Error(), { status: request.status }))));
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
const isArchive = (file) => /\.zip$/i.test(file.name);

// What the bucket would refuse is said before it is sent: no file stays announced.
function refusalOf(file) {
  if (isArchive(file)) return file.size > Number(form.dataset.largestZip) ? form.dataset.zipTooLarge : file.size ? "" : form.dataset.empty;
  return file.size > Number(form.dataset.largestPdf) ? form.dataset.pdfTooLarge : "";
}

// The names and values that the page of results needs for this file, or null when it was not taken.
async function sendOne(file) {
  const shown = line(file.name);
  const values = fields();
  const refusal = refusalOf(file);
  if (refusal) {
    shown.ended(refusal, true);
    return null;
  }
  try {
    const isDirect = file.size > Number(form.dataset.largest) || isArchive(file);
    if (isDirect) values.set("file_name", file.name);
    else values.append("file", file, file.name);
    const answer = JSON.parse(await send(isDirect ? form.dataset.large : form.action, isDirect ? new URLSearchParams(values) : values, JSON_WANTED, shown.moved));
    if (answer.refused.length) {
      const { title, detail } = answer.refused[0].problem;
      shown.ended(title === detail ? title : `${title ?? ""} ${detail ?? ""}`, true);
      return null;
    }
    if (isDirect) {
      const bucket = new FormData();
      for (const [name, value] of Object.entries(answer.upload.fields)) bucket.append(name, value);
      bucket.append("file", file);
      await send(answer.upload.url, bucket, {}, shown.moved);
    }
    shown.ended(form.dataset.fileSent, false);
    return answer.results;
  } catch (error) {
    shown.ended(error.status >= 400 && error.status < 500 ? form.dataset.rejected : form.dataset.failed, true);
    return null;
  }
}

async function sendAll(files) {
  list.replaceChildren();
  const results = [];
  for (const file of files) results.push(await sendOne(file));
  const sent = results.filter(Boolean);
  const status = `${form.dataset.status}?${new URLSearchParams(sent.flat())}`;
  // What failed stays readable: the person follows the link to what became of the others.
  if (sent.length === files.length) location.href = status;
  else if (sent.length) {
    const link = document.createElement("a");
    link.href = status;
    link.textContent = form.dataset.see;
    list.append(link);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (input.files.length) await sendAll([...input.files]);
  delete form.dataset.underWay;
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
