// What came of the last press of a button, in one line that is also read aloud.

let timer = 0;

/**
 * @param {string} text
 * @param {boolean} [isProblem]
 */
export function say(text, isProblem = false) {
  const line = /** @type {HTMLElement} */ (document.getElementById("said"));
  line.textContent = text;
  line.classList.toggle("problem", isProblem);
  clearTimeout(timer);
  timer = window.setTimeout(() => { line.textContent = ""; }, isProblem ? 12000 : 6000);
}

/**
 * Does what a button is for; a second press waits for the first.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<string | void>} work
 */
export async function doing(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    const text = await work();
    if (text) say(text);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
