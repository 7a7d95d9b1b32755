import { ApiError, backoff, refusal } from "./api";
import { API, PASSING_EVENTS, PATHS, REPLAYED_EVENTS, type EventName } from "./protocol";

/** One event of the stream; id is 0 where it had none. */
export interface StreamEvent {
  name: EventName;
  data: unknown;
  id: number;
}

const NAMES: readonly string[] = [...REPLAYED_EVENTS, ...PASSING_EVENTS];

/** Reads the text/event-stream format from pieces cut anywhere. */
export class EventParser {
  private rest = "";
  private name = "";
  private id = "";
  private data: string[] = [];

  push(piece: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        const event = this.finish();
        if (event) events.push(event);
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue; // a comment keeps the connection open
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") this.name = value;
      else if (field === "id") this.id = value;
      else if (field === "data") this.data.push(value);
    }
    return events;
  }

  private finish(): StreamEvent | null {
    const { name, id, data } = this;
    this.name = this.id = "";
    this.data = [];
    if (!data.length || !NAMES.includes(name)) return null;
    try {
      return { name: name as EventName, data: JSON.parse(data.join("\n")), id: Number(id) || 0 };
    } catch {
      return null; // cut by something in between; the resume brings it whole
    }
  }
}

export interface StreamHost {
  origin: string;
  /** A token to try; may first make a session. */
  token(): Promise<string>;
  /** The server did not take this token. */
  renew(token: string): Promise<void>;
  cursor(): number;
  event(event: StreamEvent): void;
  /** The connection came up, or went down for the nth time in a row. */
  up(connected: boolean, failures: number): void;
}

/** The server sends at least a comment every 20 s; past this the line is dead. */
const SILENCE = 45_000;

/**
 * Keeps one connection to the event stream while started: resumes after the
 * last rev, waits longer after each failure, and at once when kicked.
 */
export class Stream {
  private abort: AbortController | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly host: StreamHost) {}

  start(): void {
    if (this.abort) return;
    this.abort = new AbortController();
    void this.run(this.abort.signal);
  }

  stop(): void {
    this.abort?.abort();
    this.abort = null;
    this.wake?.();
  }

  /** Connects anew, if started: it is another conversation now. */
  restart(): void {
    if (!this.abort) return;
    this.stop();
    this.start();
  }

  /** The network may be back: ends the present wait. */
  kick(): void {
    this.wake?.();
  }

  private async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let wait = 0;
      try {
        await this.connect(signal, () => (failures = 0));
        wait = 300 + Math.random() * 700; // the server ended it, as it does when it restarts
        failures++;
      } catch (error) {
        failures++;
        if (error instanceof ApiError) wait = error.retryAfter;
      }
      if (signal.aborted) return;
      this.host.up(false, failures);
      await this.pause(failures > 1 ? Math.max(wait, backoff(failures)) : Math.max(wait, 300), signal);
    }
  }

  private async connect(signal: AbortSignal, alive: () => void): Promise<void> {
    const token = await this.host.token();
    if (signal.aborted) return;
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener("abort", end);
    let silence = setTimeout(end, SILENCE);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream", Authorization: `Bearer ${token}` };
      headers["Last-Event-ID"] = String(this.host.cursor());
      const response = await fetch(this.host.origin + API + PATHS.events, {
        headers,
        credentials: "omit",
        cache: "no-store",
        signal: attempt.signal,
      });
      if (response.status === 401) {
        await this.host.renew(token);
        return;
      }
      if (!response.ok || !response.body) throw refusal(response, await response.text());
      this.host.up(true, 0);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return;
        clearTimeout(silence);
        silence = setTimeout(end, SILENCE);
        alive();
        for (const event of parser.push(decoder.decode(value, { stream: true }))) this.host.event(event);
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", end);
      end();
    }
  }

  private pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const self = this;
      function done() {
        clearTimeout(timer);
        self.wake = null;
        signal.removeEventListener("abort", done);
        resolve();
      }
      this.wake = done;
      signal.addEventListener("abort", done);
    });
  }
}
