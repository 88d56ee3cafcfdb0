// Lets the page be installed as an app wherever it is mounted: gradio's page names the manifest from the root of the
// host. charrnn/ui/serving/installing.py answers these addresses.

import { element } from "./dom.js";

export function offerInstallation() {
  /** @type {HTMLLinkElement | null} */
  const link = document.querySelector("link[rel=manifest]");
  if (link) link.href = new URL("manifest.json", document.baseURI).href;
  document.head.append(
    element("link", { rel: "apple-touch-icon", href: new URL("icon-192.png", document.baseURI).href }),
  );
}
