// The one script that a page includes. It draws the launcher and fetches the
// app when it is wanted: on the first open, or once the page is idle when this
// browser already has a conversation. A mere page view costs nothing more.

import { BOOT, storageKey, type Boot, type HTMLPolicy } from "./boot";
import { adopt } from "./sheet";
import css from "./launcher.css";

const CHAT = "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.600 3.300 6 .1 1.100-.4 2.200-1.200 3.100 1.800-.1 3.400-.8 4.600-1.700.7.2 1.500.2 2.300.2 5 0 9-3.400 9-7.600s-4-7.700-9-7.700Z";
const DOWN = "m6 9.500 6 6 6-6";

function read(kind: "localStorage" | "sessionStorage", key: string): string | null {
  try {
    return window[kind].getItem(key);
  } catch {
    return null; // storage is refused to this page
  }
}

function trustedPolicy(): HTMLPolicy | null {
  try {
    return window.trustedTypes?.createPolicy("threadline", { createHTML: (s) => s, createScriptURL: (s) => s }) ?? null;
  } catch {
    return null;
  }
}

function icon(name: string, path: string): SVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", name);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(ns, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

function start(script: HTMLScriptElement): void {
  const origin = new URL(script.src, location.href).origin;
  const site = script.dataset["site"] || "default";
  const key = (name: string) => storageKey(site, name);

  // An unregistered element name, so that rules for div and section pass by.
  const host = document.createElement("threadline-chat");
  const root = host.attachShadow({ mode: "open" });
  adopt(root, css);

  const frame = document.createElement("div");
  frame.className = "frame";
  frame.dir = getComputedStyle(document.documentElement).direction;
  const accent = read("localStorage", key("accent"));
  if (accent) {
    const [fill, ink] = accent.split(" ");
    frame.style.setProperty("--accent", fill || "");
    frame.style.setProperty("--on-accent", ink || "");
  }

  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launcher";
  launcher.setAttribute("aria-label", "Open chat");
  launcher.setAttribute("aria-expanded", "false");
  launcher.setAttribute("aria-haspopup", "dialog");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  launcher.append(icon("chat", CHAT), icon("down", DOWN), badge);
  frame.append(launcher);
  root.append(frame);

  const boot: Boot = { origin, site, root, frame, launcher, badge, policy: trustedPolicy(), wanted: false, app: null };
  window[BOOT] = boot;

  let loading = false;
  const load = () => {
    if (loading || boot.app) return;
    loading = true;
    const app = document.createElement("script");
    const url = origin + APP_PATH;
    app.async = true;
    app.src = boot.policy ? boot.policy.createScriptURL(url) : url;
    if (script.nonce) app.nonce = script.nonce;
    app.onload = () => app.remove();
    app.onerror = () => {
      app.remove();
      loading = boot.wanted = false;
      launcher.removeAttribute("aria-busy");
    };
    document.head.append(app);
  };
  const open = () => {
    if (boot.app) return boot.app.open();
    boot.wanted = true;
    launcher.setAttribute("aria-busy", "true");
    load();
  };
  window.Threadline = {
    open,
    close: () => (boot.app ? boot.app.close() : void (boot.wanted = false)),
    toggle: () => (boot.app ? boot.app.toggle() : open()),
  };
  launcher.addEventListener("click", () => window.Threadline?.toggle());
  launcher.addEventListener("pointerenter", load, { once: true });
  // The page's own shortcuts must not fire while someone types to us.
  for (const name of ["keydown", "keypress", "keyup"]) host.addEventListener(name, (event) => event.stopPropagation());

  // Beside the body, not in it: a page that swaps or transforms its body leaves the chat alone.
  document.documentElement.append(host);
  if (read("localStorage", key("token"))) {
    if (window.requestIdleCallback) window.requestIdleCallback(load, { timeout: 3000 });
    else setTimeout(load, 500);
  }
}

const script = (document.currentScript as HTMLScriptElement | null) ?? document.querySelector<HTMLScriptElement>('script[src*="/widget.js"]');
if (script && !window.Threadline) {
  if (document.body) start(script);
  else document.addEventListener("DOMContentLoaded", () => start(script));
}
