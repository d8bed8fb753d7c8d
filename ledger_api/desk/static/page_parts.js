/** Small things that the desk's scripts do with a page: its language, and which of its parts are shown. */

/** @typedef {"en" | "zh"} Language */

/** @returns {Language} */
export function pageLanguage() {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
}

/** The text in the page's language. @param {string} en @param {string} zh */
export function pick(en, zh) {
  return pageLanguage() === "zh" ? zh : en;
}

/** The element of an id, which the page is known to have. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement} */
export function one(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * Show the parts whose `data-<name>` is the wanted one, hide its siblings.
 * @param {ParentNode} root @param {string} name @param {string | null} wanted null hides all
 */
export function showOnly(root, name, wanted) {
  for (const part of root.querySelectorAll(`[data-${name}]`)) {
    if (part instanceof HTMLElement) part.hidden = part.getAttribute(`data-${name}`) !== wanted;
  }
}

/** Write a text into the parts that a selector names. @param {ParentNode} root @param {string} selector @param {string} text */
export function write(root, selector, text) {
  for (const part of root.querySelectorAll(selector)) part.textContent = text;
}
