// What the page and the page around it say to each other. Only for a framed widget: opened directly,
// there is nobody to talk to and every call does nothing.

/**
 * @typedef {object} Incoming
 * @property {() => void} open
 * @property {(force: boolean) => void} exit
 * @property {() => void} destroy
 */

export class Messages {
  /**
   * @param {import("./query.js").PageQuery} query
   * @param {boolean} embedded
   */
  constructor(query, embedded) {
    this.target = embedded ? query.target : null;
    /** @type {Record<string, string>} */
    this.echo = {};
    if (query.containerId) this.echo.containerId = query.containerId;
    // The other side compares these with what it asked for, so they go back as they came. With an
    // inquiry of its own it asked for no template.
    if (!query.inquiryId && query.templateId) this.echo.templateId = query.templateId;
    if (!query.inquiryId && query.templateVersionId) this.echo.templateVersionId = query.templateVersionId;
  }

  /**
   * @param {string} name
   * @param {object} [metadata]
   */
  post(name, metadata) {
    this.send(Object.assign({ name }, this.echo, metadata ? { metadata } : {}));
  }

  /** @param {{ status: number, code: string, message: string }} error */
  postError(error) {
    this.send(Object.assign({ name: "error" }, this.echo, { error }));
  }

  /**
   * @private
   * @param {object} data
   */
  send(data) {
    if (this.target) window.parent.postMessage(data, this.target);
  }

  /** @param {Incoming} handlers */
  listen(handlers) {
    if (!this.target) return;
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== this.target) return;
      const data = event.data;
      if (!data || typeof data !== "object") return;
      if (data.action === "open") handlers.open();
      else if (data.action === "exit") handlers.exit(Boolean(data.metadata && data.metadata.force === true));
      else if (data.action === "destroy") handlers.destroy();
    });
  }
}
