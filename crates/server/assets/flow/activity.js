// Whether the page can be seen. A frame may be loaded long before it is shown; until then no camera and
// no clock runs.

export class Activity {
  constructor() {
    this.active = false;
    /** @type {(() => void)[]} */
    this.waiting = [];
    const look = () => {
      if (window.innerWidth > 0 && window.innerHeight > 0) this.activate();
    };
    window.addEventListener("resize", look);
    look();
  }

  /** The host says that the frame is shown, or it has a size now. */
  activate() {
    if (this.active) return;
    this.active = true;
    for (const start of this.waiting.splice(0)) start();
  }

  /**
   * Runs now, or as soon as the page is shown.
   * @param {() => void} start
   */
  whenActive(start) {
    if (this.active) start();
    else this.waiting.push(start);
  }
}
