// Names of countries, in the language of the page.

/**
 * @param {string} code
 * @returns {string} The code itself where the browser knows no name.
 */
export function regionName(code) {
  try {
    const DisplayNames = /** @type {any} */ (Intl).DisplayNames;
    return new DisplayNames([document.documentElement.lang], { type: "region" }).of(code) || code;
  } catch (_) {
    return code;
  }
}

/**
 * Options whose label is only their code get a name, and the list the order of its language.
 * @param {import("./types.js").Option[]} options
 * @returns {import("./types.js").Option[]}
 */
export function named(options) {
  if (!options.some(({ value, label }) => value === label)) return options;
  const order = new Intl.Collator(document.documentElement.lang);
  return options
    .map(({ value, label }) => ({ value, label: value === label ? regionName(value) : label }))
    .sort((a, b) => order.compare(a.label, b.label));
}
