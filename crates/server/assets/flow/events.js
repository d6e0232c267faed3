// What the page around a widget hears about each step: names and sizes, never values.

/** A change smaller than this is not worth a message. */
const MIN_CHANGE_PX = 1;
const MIN_INTERVAL_MS = 100;

export class StepEvents {
  /**
   * @param {import("./messages.js").Messages} messages
   * @param {import("./shell.js").Shell} shell
   */
  constructor(messages, shell) {
    this.messages = messages;
    this.shell = shell;
    /** @type {import("./types.js").Screen | null} */
    this.screen = null;
    this.lastHeight = 0;
    this.timer = 0;
    const changed = () => this.heightMayHaveChanged();
    if (typeof ResizeObserver === "function") {
      const observer = new ResizeObserver(changed);
      observer.observe(shell.root);
      observer.observe(shell.main);
    }
    if (typeof MutationObserver === "function") {
      new MutationObserver(changed).observe(shell.root, { childList: true, subtree: true, characterData: true });
    }
    window.addEventListener("resize", changed);
  }

  /**
   * A screen is in place.
   * @param {import("./types.js").Screen} screen
   */
  shown(screen) {
    this.screen = screen;
    this.pageChange();
  }

  /** @param {import("./types.js").Screen} screen */
  leaving(screen) {
    this.messages.post("step-transitioning", { name: screen.step, path: screen.kind });
  }

  /** @param {import("./types.js").Screen} screen */
  arrived(screen) {
    this.messages.post("step-transitioned", { name: screen.step, path: screen.kind });
  }

  /** @private */
  pageChange() {
    if (!this.screen) return;
    this.lastHeight = this.shell.contentHeight();
    this.messages.post("page-change", {
      name: this.screen.step,
      nameDisplay: this.screen.title,
      path: this.screen.kind,
      pathname: this.screen.kind,
      pageHeight: this.lastHeight,
    });
  }

  /** @private */
  heightMayHaveChanged() {
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const height = this.shell.contentHeight();
      // No height at all means that the frame is hidden, not that the page is empty.
      if (height > 0 && Math.abs(height - this.lastHeight) > MIN_CHANGE_PX) this.pageChange();
    }, MIN_INTERVAL_MS);
  }
}
