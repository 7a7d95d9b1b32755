import type { Conversation, Message } from "./protocol";
import type { StreamEvent } from "./stream";

/** What the tabs of one browser tell each other. */
export type TabMessage =
  /** The leader read this from the stream; prev is its cursor before. */
  | { t: "event"; event: StreamEvent; prev: number }
  /** The leader's connection: going down voids the drafts. */
  | { t: "up"; up: boolean }
  /** Is the leader alive, and how far is it? */
  | { t: "ping" }
  | { t: "pong"; cursor: number; up: boolean }
  /** A tab missed something and asks for everything. */
  | { t: "want" }
  | { t: "snapshot"; conversation: Conversation; messages: Message[]; cursor?: number }
  /** A reply to a send, ahead of the stream. */
  | { t: "sent"; message: Message }
  /** This browser's session is now on another conversation. */
  | { t: "session"; id: string }
  /** Messages up to here were read in some tab. */
  | { t: "read"; seq: number };

export interface TabsHost {
  /** This tab holds the stream from now on, or no longer. */
  lead(leading: boolean): void;
  receive(message: TabMessage): void;
  /** Someone waits for a person or talks to one: the stream stays when hidden. */
  engaged(): boolean;
}

/** How long a hidden page keeps the stream when nobody waits. */
const HIDDEN = 5 * 60_000;
const PONG = 1500;
const PING_EVERY = 30_000;

/**
 * Elects the one tab of this browser that holds the event stream, so that many
 * open pages do not use up the browser's connections. A Web Lock elects; a
 * BroadcastChannel feeds the others. Without locks each visible page leads.
 */
export class Tabs {
  leading = false;
  private joined = false;
  private queue: AbortController | null = null;
  private release: (() => void) | null = null;
  private hidden: ReturnType<typeof setTimeout> | undefined;
  private pong: ReturnType<typeof setTimeout> | undefined;
  private readonly channel: BroadcastChannel | null;
  private readonly lock: string;

  constructor(
    site: string,
    private readonly host: TabsHost,
  ) {
    this.lock = `threadline:${site}:stream`;
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`threadline:${site}`);
    this.channel?.addEventListener("message", (event: MessageEvent<TabMessage>) => {
      if (event.data.t === "ping" || event.data.t === "want") {
        if (!this.leading) return;
      } else if (event.data.t === "pong") {
        clearTimeout(this.pong);
      }
      this.host.receive(event.data);
    });
  }

  tell(message: TabMessage): void {
    this.channel?.postMessage(message);
  }

  /** Takes part from now on. */
  join(): void {
    if (this.joined) return;
    this.joined = true;
    document.addEventListener("visibilitychange", () => this.look());
    // A page that holds a lock or a connection cannot be kept for going back.
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.look();
    });
    setInterval(() => this.probe(), PING_EVERY);
    this.look();
  }

  /** Weighs again whether this page should hold or await the stream. */
  look(): void {
    if (!this.joined) return;
    clearTimeout(this.hidden);
    if (document.visibilityState === "visible") {
      this.enter();
      this.probe();
    } else if (!navigator.locks) {
      this.leave();
    } else {
      this.enter();
      if (!this.host.engaged()) this.hidden = setTimeout(() => this.leave(), HIDDEN);
    }
  }

  private enter(): void {
    if (this.queue) return;
    if (!navigator.locks) {
      this.queue = new AbortController();
      this.setLeading(true);
      return;
    }
    this.request(false);
  }

  private request(steal: boolean): void {
    const queue = new AbortController();
    this.queue = queue;
    const hold = () => {
      if (queue.signal.aborted) return;
      this.setLeading(true);
      return new Promise<void>((resolve) => {
        this.release = resolve;
      });
    };
    const options: LockOptions = steal ? { steal: true } : { signal: queue.signal };
    navigator.locks.request(this.lock, options, hold).catch(() => {
      // Another page took it over, or this one left the queue.
      if (this.queue !== queue) return;
      this.queue = null;
      this.setLeading(false);
      if (!queue.signal.aborted) this.request(false);
    });
  }

  private leave(): void {
    const queue = this.queue;
    this.queue = null;
    clearTimeout(this.hidden);
    this.setLeading(false);
    this.release?.();
    this.release = null;
    queue?.abort();
  }

  /** A leader that the system froze holds its lock for ever; a visible page takes it. */
  private probe(): void {
    if (this.leading || !this.channel || !navigator.locks || document.visibilityState !== "visible") return;
    clearTimeout(this.pong);
    this.tell({ t: "ping" });
    this.pong = setTimeout(() => {
      if (this.leading || document.visibilityState !== "visible") return;
      this.queue?.abort();
      this.request(true);
    }, PONG);
  }

  private setLeading(leading: boolean): void {
    if (this.leading === leading) return;
    this.leading = leading;
    clearTimeout(this.pong);
    this.host.lead(leading);
  }
}
