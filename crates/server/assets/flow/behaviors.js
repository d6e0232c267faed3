// Counters of how the page was used: only numbers and durations, never keys, texts or pointer paths.

/** A pause longer than this between two inputs is a hesitation. */
const HESITATION_MS = 3000;

export class Behaviors {
  constructor() {
    /** @type {Record<string, number>} */
    this.counts = {
      "autofill-starts": 0,
      "autofill-cancels": 0,
      "shortcut-copies": 0,
      "shortcut-pastes": 0,
      "distraction-events": 0,
      "hesitation-count": 0,
      "hesitation-time": 0,
    };
    /** @type {WeakSet<EventTarget>} */
    this.filled = new WeakSet();
    /** @type {number | null} */
    this.startedAt = null;
    this.lastInputAt = 0;
  }

  /** Starts the clock and the counting. Called once the page is shown. */
  start() {
    if (this.startedAt !== null) return;
    this.startedAt = performance.now();
    this.lastInputAt = this.startedAt;
    document.addEventListener("keydown", (event) => this.onKey(event), true);
    document.addEventListener("pointerdown", () => this.onInput(), true);
    document.addEventListener("input", () => this.onInput(), true);
    document.addEventListener("animationstart", (event) => this.onAutofill(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.counts["distraction-events"] += 1;
    });
    window.addEventListener("blur", () => {
      if (document.visibilityState === "visible") this.counts["distraction-events"] += 1;
    });
  }

  /**
   * @private
   * @param {KeyboardEvent} event
   */
  onKey(event) {
    this.onInput();
    if (event.repeat || !(event.ctrlKey || event.metaKey)) return;
    if (event.key === "c") this.counts["shortcut-copies"] += 1;
    if (event.key === "v") this.counts["shortcut-pastes"] += 1;
  }

  /**
   * The style sheet runs an animation on a field when the browser fills it, and another when it no longer is.
   * @private
   * @param {AnimationEvent} event
   */
  onAutofill(event) {
    if (!event.target) return;
    if (event.animationName === "autofill-start") {
      this.filled.add(event.target);
      this.counts["autofill-starts"] += 1;
    } else if (event.animationName === "autofill-cancel" && this.filled.delete(event.target)) {
      this.counts["autofill-cancels"] += 1;
    }
  }

  /** @private */
  onInput() {
    const now = performance.now();
    const pause = now - this.lastInputAt;
    if (pause > HESITATION_MS) {
      this.counts["hesitation-count"] += 1;
      this.counts["hesitation-time"] += Math.round(pause);
    }
    this.lastInputAt = now;
  }

  /**
   * The totals since the page was shown.
   * @returns {Record<string, number>}
   */
  totals() {
    if (this.startedAt === null) return {};
    const elapsed = Math.max(1, Math.round(performance.now() - this.startedAt));
    return Object.assign({}, this.counts, {
      "hesitation-baseline": elapsed,
      "hesitation-percentage": Math.round((this.counts["hesitation-time"] / elapsed) * 10000) / 100,
      "completion-time": Math.round(elapsed / 100) / 10,
    });
  }
}
