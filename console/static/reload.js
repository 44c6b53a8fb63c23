// A page about something under way: it is loaded again after some seconds, unless a person is in one of its forms.
"use strict";

const link = document.querySelector("a[data-reload]");
const busy = () => document.hidden || document.activeElement?.closest("main form, main details[open]");
if (link) setInterval(() => { if (!busy()) location.reload(); }, 1000 * Number(link.dataset.reload));
