// What the loader hands to the app. The two are separate scripts that meet on
// one symbol of the window, so nothing but window.Threadline is public.

export const BOOT = Symbol.for("threadline.boot");

export interface Controls {
  open(): void;
  close(): void;
  toggle(): void;
}

export interface Boot {
  /** Where the loader came from; every request goes there. */
  origin: string;
  site: string;
  root: ShadowRoot;
  /** Holds everything inside the shadow root; carries the accent colour. */
  frame: HTMLElement;
  launcher: HTMLButtonElement;
  badge: HTMLElement;
  /** Present where the page enforces Trusted Types and lets us make a policy. */
  policy: HTMLPolicy | null;
  /** The visitor asked for the panel before the app had arrived. */
  wanted: boolean;
  app: Controls | null;
}

export interface HTMLPolicy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

declare global {
  interface Window {
    Threadline?: Controls;
    [BOOT]?: Boot;
    trustedTypes?: { createPolicy(name: string, rules: HTMLPolicy): HTMLPolicy };
  }
}

/** The name of everything kept in the browser for a site. */
export function storageKey(site: string, name: string): string {
  return `threadline:${site}:${name}`;
}
