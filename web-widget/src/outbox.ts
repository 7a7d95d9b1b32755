import { ApiError, backoff } from "./api";
import type { Attachment, Message, SendRequest } from "./protocol";
import { newID, withLock, type Keep } from "./storage";

/** A line that the server has not acknowledged yet. */
export interface Pending {
  clientID: string;
  text: string;
  files?: Attachment[];
  pageURL: string;
  /** When it was written; sends go in this order. */
  at: number;
  tries: number;
  /** Not before this instant. */
  next: number;
  /** The server refused it for good, and why. */
  refused?: string;
}

const PREFIX = "out:";

export interface OutboxHost {
  send(body: SendRequest): Promise<Message>;
  sent(message: Message): void;
  changed(): void;
  /** A sentence for the visitor. */
  explain(error: ApiError): string;
}

/**
 * The visitor's unsent lines. Each is kept in the browser under its own key
 * until the server has it, goes out one at a time in the order written, and
 * bears a client id, so that a repeat after a lost reply is not a second line.
 * All tabs of the browser share it.
 */
export class Outbox {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private again = false;
  private lastAt = 0;

  constructor(
    private readonly site: string,
    private readonly keep: Keep,
    private readonly host: OutboxHost,
  ) {
    keep.watch((name) => {
      if (name.startsWith(PREFIX)) {
        host.changed();
        this.flush();
      }
    });
  }

  list(): Pending[] {
    const items: Pending[] = [];
    for (const name of this.keep.names(PREFIX)) {
      try {
        const item = JSON.parse(this.keep.get(name) ?? "") as Pending;
        if (item.clientID && typeof item.text === "string") items.push(item);
      } catch {
        this.keep.remove(name);
      }
    }
    return items.sort((a, b) => a.at - b.at);
  }

  add(text: string, files: Attachment[] = []): void {
    this.lastAt = Math.max(Date.now(), this.lastAt + 1);
    this.put({ clientID: newID(), text, files, pageURL: location.href, at: this.lastAt, tries: 0, next: 0 });
    this.flush();
  }

  remove(clientID: string): void {
    this.keep.remove(PREFIX + clientID);
    this.host.changed();
  }

  /** Tries everything again now. */
  retry(): void {
    for (const item of this.list()) if (!item.refused && item.next) this.put({ ...item, next: 0 });
    this.flush();
  }

  flush(): void {
    clearTimeout(this.timer);
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    void this.drain().finally(() => {
      this.busy = false;
      if (this.again) {
        this.again = false;
        this.flush();
      }
    });
  }

  private async drain(): Promise<void> {
    for (;;) {
      const head = this.list().find((item) => !item.refused);
      if (!head) return;
      const wait = head.next - Date.now();
      if (wait > 0) {
        this.timer = setTimeout(() => this.flush(), wait);
        return;
      }
      await withLock(`threadline:${this.site}:send`, () => this.attempt(head.clientID));
    }
  }

  private async attempt(clientID: string): Promise<void> {
    // Another tab may have sent it while this one waited for the lock.
    const item = this.list().find((other) => other.clientID === clientID);
    if (!item || item.refused || item.next > Date.now()) return;
    try {
      const attachment_ids = (item.files ?? []).map((file) => file.id);
      const message = await this.host.send({ client_id: item.clientID, text: item.text, page_url: item.pageURL, attachment_ids });
      this.host.sent(message);
      this.remove(clientID);
    } catch (error) {
      const failure = error instanceof ApiError ? error : new ApiError(0, "", String(error));
      const tries = item.tries + 1;
      if (failure.temporary || failure.status === 401) {
        this.put({ ...item, tries, next: Date.now() + Math.max(failure.retryAfter, backoff(tries)) });
      } else {
        this.put({ ...item, tries, refused: this.host.explain(failure) });
      }
    }
  }

  private put(item: Pending): void {
    this.keep.set(PREFIX + item.clientID, JSON.stringify(item));
    this.host.changed();
  }
}
