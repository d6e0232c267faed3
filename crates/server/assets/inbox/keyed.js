// Lists that are renewed in place: what is on the page stays the same element, so focus and open parts stay.

/**
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} renew
 */
export function keep(list, items, key, make, renew) {
  /** @type {Map<string, HTMLElement>} */
  const there = new Map();
  for (const node of /** @type {HTMLElement[]} */ (Array.from(list.children))) there.set(node.dataset.key || "", node);
  /** @type {Element | null} */
  let next = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let node = there.get(name);
    there.delete(name);
    if (!node) {
      node = make(item);
      node.dataset.key = name;
    }
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
    renew(node, item);
  }
  for (const node of there.values()) node.remove();
}

/**
 * Only what is different is written.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Builds the content anew; parts that were open stay open, and the focus stays where it was.
 * @param {HTMLElement} node
 * @param {() => (Node | null)[]} build
 */
export function rebuild(node, build) {
  const isOpen = new Map();
  for (const part of node.querySelectorAll("details[data-part]")) {
    const details = /** @type {HTMLDetailsElement} */ (part);
    isOpen.set(details.dataset.part, details.open);
  }
  const focused = document.activeElement instanceof HTMLElement && node.contains(document.activeElement)
    ? document.activeElement.closest("[data-part]") : null;
  const focusedPart = focused instanceof HTMLElement ? focused.dataset.part : undefined;
  const parts = build();
  while (node.firstChild) node.removeChild(node.firstChild);
  for (const part of parts) if (part) node.appendChild(part);
  for (const [name, open] of isOpen) {
    const details = node.querySelector(`details[data-part="${name}"]`);
    if (details instanceof HTMLDetailsElement) details.open = open;
  }
  if (!focusedPart) return;
  const again = node.querySelector(`[data-part="${focusedPart}"]`);
  const target = again instanceof HTMLDetailsElement ? again.querySelector("summary") : again;
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}
