import { storageKey } from "./boot";

/**
 * What the widget keeps by site, in the browser or in one tab of it. Falls
 * back to memory where the page may not store anything; then only a reload
 * forgets.
 */
export class Keep {
  private memory = new Map<string, string>();

  constructor(
    private readonly site: string,
    private readonly area: "localStorage" | "sessionStorage",
  ) {}

  get(name: string): string | null {
    const key = storageKey(this.site, name);
    if (this.memory.has(key)) return this.memory.get(key) ?? null;
    try {
      return window[this.area].getItem(key);
    } catch {
      return null;
    }
  }

  set(name: string, value: string): void {
    const key = storageKey(this.site, name);
    try {
      window[this.area].setItem(key, value);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, value); // refused or full
    }
  }

  remove(name: string): void {
    const key = storageKey(this.site, name);
    this.memory.delete(key);
    try {
      window[this.area].removeItem(key);
    } catch {
      // nothing was stored
    }
  }

  /** The names that start with prefix. */
  names(prefix: string): string[] {
    const start = storageKey(this.site, prefix);
    const cut = start.length - prefix.length;
    const keys = new Set(this.memory.keys());
    try {
      for (let i = 0; i < window[this.area].length; i++) keys.add(window[this.area].key(i) ?? "");
    } catch {
      // memory alone
    }
    return [...keys].filter((key) => key.startsWith(start)).map((key) => key.slice(cut));
  }

  /** Calls back when another tab of this browser changed something of ours. */
  watch(changed: (name: string) => void): void {
    const start = storageKey(this.site, "");
    addEventListener("storage", (event) => {
      if (event.key?.startsWith(start)) changed(event.key.slice(start.length));
    });
  }
}

/** A random id in the form of a version 4 UUID, also where the page is not secure. */
export function newID(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * Runs work while holding a lock that all tabs share. Without Web Locks it
 * just runs: every use is also safe alone, the lock only spares repeats.
 */
export function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(name, work) as Promise<T>) : work();
}
