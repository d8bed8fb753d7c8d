// Keeps "3 min ago" true while a page stays open, in the page's language.

const UNITS = /** @type {const} */ ([
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
]);

/** @param {Document} page */
export function keepAges(page) {
  const words = new Intl.RelativeTimeFormat(page.documentElement.lang, { numeric: "always", style: "short" });
  setInterval(() => {
    const now = Math.floor(Date.now() / 1000);
    for (const element of page.querySelectorAll("[data-relative]")) {
      if (element instanceof HTMLElement) element.textContent = tell(words, now - Number(element.dataset.relative));
    }
  }, 10000);
}

/**
 * @param {Intl.RelativeTimeFormat} words
 * @param {number} seconds
 */
export function tell(words, seconds) {
  const past = Math.max(seconds, 0);
  const [length, unit] = UNITS.find(([span]) => past >= span) ?? UNITS[3];
  return words.format(-Math.floor(past / length), unit);
}
