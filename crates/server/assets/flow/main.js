// Starts the page.

import { stopAll } from "./camera.js";
import { Flow } from "./flow.js";
import { readQuery, showQuery, withoutSecrets } from "./query.js";
import { remember } from "./session.js";

const root = document.getElementById("app");
const query = readQuery(location.search);
const search = withoutSecrets(location.search);
// Kept before it goes from the address bar, so that a reload at any moment still has it.
if (query.inquiryId && query.sessionToken) remember(query.inquiryId, query.sessionToken);
if (search !== location.search.replace(/^\?/, "")) showQuery(search);

if (root) {
  const flow = new Flow(root, root.getAttribute("data-surface") === "widget" ? "widget" : "verify", query, search);
  window.addEventListener("pagehide", stopAll);
  // Keeps a native submission from ever happening; buttons and the Enter key are handled by the screens.
  document.addEventListener("submit", (event) => event.preventDefault(), true);
  flow.begin();
}
