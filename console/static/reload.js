// A page about something under way is loaded again after some seconds, unless a person is in one of its forms.
"use strict";
{
  const seconds = Number(document.currentScript.dataset.seconds);
  const busy = () => document.hidden || document.activeElement?.closest("main form, main details[open]");
  setInterval(() => { if (!busy()) location.reload(); }, 1000 * seconds);
}
