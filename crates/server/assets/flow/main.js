// Starts the page.

import { stopAll } from "./camera.js";
import { Flow } from "./flow.js";
import { readQuery, showQuery, withoutSecrets } from "./query.js";

const root = document.getElementById("app");
const query = readQuery(location.search);
const search = withoutSecrets(location.search);
if (search !== location.search.replace(/^\?/, "")) showQuery(search);

if (root) {
  const flow = new Flow(root, root.getAttribute("data-surface") === "widget" ? "widget" : "verify", query, search);
  window.addEventListener("pagehide", stopAll);
  // Keeps a native submission from ever happening; buttons and the Enter key are handled by the screens.
  document.addEventListener("submit", (event) => event.preventDefault(), true);
  flow.begin();
}
