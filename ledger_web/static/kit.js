// What every page needs of script, and no more: copying, asking before dangerous acts, ages kept up to date,
// printing. Elements say what they want by data attributes, so parts that htmx brings in later work alike.

import { copyValue } from "./copy.js";
import { askFirst } from "./confirm.js";
import { keepAges } from "./ages.js";

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const copy = target?.closest("[data-copy]");
  if (copy instanceof HTMLElement) copyValue(copy);
  if (target?.closest("[data-print]")) window.print();
});

askFirst(document);
keepAges(document);
