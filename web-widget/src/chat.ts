import type { ApiError } from "./api";
import type { Boot } from "./boot";
import { palette } from "./colour";
import { Outbox, type Pending } from "./outbox";
import { PATHS, type EventData, type EventName, type Message, type MessagesReply, type RatingGiven, type SendReply, type SessionReply, type Site, type Status } from "./protocol";
import { Session } from "./session";
import { Keep } from "./storage";
import { Stream, type StreamEvent } from "./stream";
import { Tabs, type TabMessage } from "./tabs";
import { explain, translator, type Translate } from "./texts";
import { Transcript } from "./transcript";
import { Uploads, sender } from "./uploads";

/** How long the dots stand for an answer that has not begun. */
const ANSWER_WAIT = 60_000;
const TYPING_EVERY = 3000;

/**
 * The visitor's side of a conversation: session, transcript, outbox and
 * stream, and what the panel may ask of them.
 */
export class Chat {
  readonly transcript = new Transcript();
  site: Site = {};
  t: Translate = translator({});
  /** The server does not serve this page; says why. */
  refused = "";
  online = navigator.onLine !== false;
  streaming = false;
  /** A person was asked for and the server has not said so yet. */
  asking = false;
  endedHere = false;
  /** The last try to reach the server failed. */
  unreachable = false;
  notice = "";
  opened = false;

  composed: string;

  readonly uploads: Uploads;
  private readonly keep: Keep;
  /** What only this tab keeps. */
  private readonly tab: Keep;
  private readonly session: Session;
  private readonly outbox: Outbox;
  private readonly stream: Stream;
  private readonly tabs: Tabs;
  private sentAt = 0;
  private typedAt = 0;
  /** The server has no use for typing. */
  private untold = false;
  private saidSeen = 0;
  private readonly listeners: (() => void)[] = [];

  constructor(readonly boot: Boot) {
    this.keep = new Keep(boot.site, "localStorage");
    this.tab = new Keep(boot.site, "sessionStorage");
    this.composed = this.tab.get("draft") ?? "";
    this.session = new Session(boot, this.keep, (reply) => this.begin(reply));
    this.outbox = new Outbox(boot.site, this.keep, {
      send: async (body) => (await this.session.call<SendReply>(PATHS.messages, body, true)).message,
      sent: (message) => {
        this.sentAt = Date.now();
        this.transcript.put(message);
        this.tabs.tell({ t: "sent", message });
        this.changed();
        if (!this.streaming) void this.refresh();
        setTimeout(() => this.changed(), ANSWER_WAIT);
      },
      changed: () => this.changed(),
      explain: (error) => explain(this.t, error),
    });
    this.uploads = new Uploads(this.tab, {
      send: sender(boot.origin),
      token: () => this.session.token(),
      renew: (token) => this.session.renew(token),
      drop: (id) => void this.session.call(`${PATHS.attachments}/${id}`, undefined, true, "DELETE").catch(() => undefined),
      changed: () => this.changed(),
    });
    this.stream = new Stream({
      origin: boot.origin,
      token: () => this.session.token(),
      renew: (token) => this.session.renew(token),
      cursor: () => this.transcript.cursor,
      event: (event) => this.streamed(event),
      up: (connected, failures) => {
        this.unreachable = failures > 1;
        this.setStreaming(connected);
      },
    });
    this.tabs = new Tabs(boot.site, {
      lead: (leading) => {
        if (leading) this.stream.start();
        else this.stream.stop();
      },
      receive: (message) => this.told(message),
      engaged: () => ["queued", "assigned"].includes(this.transcript.conversation.status),
    });
    addEventListener("online", () => this.network(true));
    addEventListener("offline", () => this.network(false));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.wake();
    });
  }

  /** Calls back after every change. */
  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The server has answered at least once on this page. */
  get ready(): boolean {
    return this.session.ready;
  }

  /** Whether this browser has talked to this site before. */
  get known(): boolean {
    return this.session.known;
  }

  /** Makes or resumes the session, then follows it. */
  async start(): Promise<void> {
    try {
      await this.session.token();
    } catch (error) {
      const failure = error as ApiError;
      if (!failure.temporary) {
        this.refused = explain(this.t, failure);
        this.changed();
        return;
      }
      this.unreachable = true;
      this.changed();
    }
    // From here the stream and the outbox keep trying.
    this.tabs.join();
    this.outbox.flush();
  }

  pending(): Pending[] {
    const known = new Set(this.transcript.messages.map((message) => message.client_id));
    return this.outbox.list().filter((item) => !known.has(item.clientID));
  }

  send(text: string): void {
    this.endedHere = false;
    this.keep.remove("ended");
    this.notice = "";
    this.outbox.add(text, this.uploads.take());
  }

  retry(): void {
    this.outbox.retry();
    this.stream.kick();
  }

  discard(clientID: string): void {
    this.outbox.remove(clientID);
  }

  async handoff(): Promise<void> {
    const { status } = this.transcript.conversation;
    if (!this.ready || this.asking || status === "queued" || status === "assigned") return;
    this.asking = true;
    this.notice = "";
    this.changed();
    try {
      await this.session.call(PATHS.handoff, {});
      await this.settle((conversation) => conversation.status === "queued" || conversation.status === "assigned");
    } catch {
      this.notice = this.t("handoff_failed");
    }
    this.asking = false;
    this.changed();
  }

  async end(): Promise<void> {
    this.notice = "";
    try {
      await this.session.call(PATHS.end, {});
      this.endedHere = true;
      this.keep.set("ended", "1");
      await this.settle((conversation) => conversation.status === "resolved");
    } catch {
      this.notice = this.t("end_failed");
    }
    this.changed();
  }

  /** Says whether an answer helped. */
  async judge({ id, seq }: Message, helpful: boolean): Promise<void> {
    await this.opine(PATHS.feedback, { seq, helpful }, () => this.transcript.judge(id, helpful));
  }

  async rate(rating: RatingGiven): Promise<void> {
    await this.opine(PATHS.rating, rating, () => {
      this.transcript.conversation = { ...this.transcript.conversation, rating };
    });
  }

  private async opine(path: string, body: unknown, then: () => void): Promise<void> {
    this.notice = "";
    try {
      await this.session.call(path, body);
      then();
    } catch {
      this.notice = this.t("opinion_failed");
    }
    this.changed();
  }

  /** The visitor is typing; only a person cares. */
  typing(): void {
    if (this.untold || this.transcript.conversation.status !== "assigned" || Date.now() - this.typedAt < TYPING_EVERY) return;
    this.typedAt = Date.now();
    this.session.call(PATHS.typing, { typing: true }).catch((error: ApiError) => {
      this.untold = error.status === 404;
    });
  }

  /** An answer of the AI is due and nothing of it is here yet. */
  get awaited(): boolean {
    const { conversation, drafts, messages } = this.transcript;
    if (conversation.status !== "automatic" || drafts.some((draft) => draft.text)) return false;
    if (drafts.length) return true;
    const last = messages.at(-1);
    if (last?.author.kind !== "visitor") return false;
    return Date.now() - Math.max(this.sentAt, Date.parse(last.created_at) || 0) < ANSWER_WAIT;
  }

  get unread(): number {
    const read = this.lastRead;
    return this.transcript.messages.filter((message) => message.author.kind !== "visitor" && message.seq > read).length;
  }

  setOpened(opened: boolean): void {
    this.opened = opened;
    this.tab.set("open", opened ? "1" : "");
    this.changed();
  }

  /** Whether the panel stood open before this page. */
  get wasOpened(): boolean {
    return this.tab.get("open") === "1";
  }

  /** Keeps what is being written, over a reload too. */
  compose(text: string): void {
    this.composed = text;
    this.tab.set("draft", text);
    this.changed();
  }

  private begin(reply: SessionReply): void {
    const before = this.transcript.conversation.id;
    this.adopt(reply.site ?? {});
    this.transcript.reset(reply.conversation, reply.messages ?? []);
    this.endedHere = this.keep.get("ended") !== null;
    this.unreachable = false;
    if (reply.conversation_id !== before) {
      if (this.lastRead < 0) this.markRead();
      if (before) this.stream.restart();
      this.tabs.tell({ t: "session", id: reply.conversation_id });
    }
    this.changed();
  }

  private adopt(site: Site): void {
    this.site = site;
    this.t = translator(site);
    const { accent, onAccent, accentInk } = palette(site.theme?.accent);
    const style = this.boot.frame.style;
    style.setProperty("--accent", accent);
    style.setProperty("--on-accent", onAccent);
    style.setProperty("--accent-ink", accentInk);
    this.keep.set("accent", `${accent} ${onAccent}`);
  }

  /** Reads what came after the last known line, for when the stream is not there to tell. */
  private async refresh(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const after = this.transcript.lastSeq;
        const reply = await this.session.call<MessagesReply>(`${PATHS.messages}?after=${after}&limit=200`);
        // The cursor stays: the stream still owes the edits between.
        for (const message of reply.messages ?? []) this.transcript.put(message);
        this.transcript.apply("conversation", reply.conversation);
        more = reply.more && this.transcript.lastSeq > after;
      }
      this.changed();
    } catch {
      // the stream will tell
    }
  }

  /** Waits a moment for the stream to show what was asked for; asks if it does not. */
  private async settle(done: (conversation: EventData["conversation"]) => boolean): Promise<void> {
    for (let i = 0; i < 20 && !done(this.transcript.conversation); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (i === 14) await this.refresh();
    }
  }

  // The stream and the other tabs.

  private streamed(event: StreamEvent): void {
    this.tabs.tell({ t: "event", event, prev: this.transcript.cursor });
    this.take(event);
  }

  private take(event: StreamEvent): void {
    const before = this.transcript.conversation.status;
    this.transcript.apply(event.name as EventName, event.data as EventData[EventName], event.id);
    if (event.name === "typing") setTimeout(() => this.changed(), 65_100);
    this.turned(before);
  }

  /** The status may no longer be what it was before. */
  private turned(before: Status): void {
    const { status } = this.transcript.conversation;
    if (status !== before) {
      this.tabs.look();
      if (status !== "resolved") {
        this.endedHere = false;
        this.keep.remove("ended");
      }
    }
    this.changed();
  }

  private told(message: TabMessage): void {
    switch (message.t) {
      case "event":
        // What is missing comes with the snapshot, and this event with it.
        if (message.prev > this.transcript.cursor) this.tabs.tell({ t: "want" });
        else this.take(message.event);
        break;
      case "up":
        this.setStreaming(message.up);
        break;
      case "ping":
        this.tabs.tell({ t: "pong", cursor: this.transcript.cursor, up: this.streaming });
        break;
      case "pong":
        this.streaming = message.up;
        if (message.cursor > this.transcript.cursor) this.tabs.tell({ t: "want" });
        this.changed();
        break;
      case "want": {
        const { conversation, messages, cursor } = this.transcript;
        this.tabs.tell({ t: "snapshot", conversation, messages, cursor });
        break;
      }
      case "snapshot": {
        // A leader that was loaded before the widget told its cursor tells none.
        const cursor = message.cursor ?? Math.max(message.conversation.rev, ...message.messages.map((m) => m.rev));
        if (message.conversation.id === this.transcript.conversation.id && cursor > this.transcript.cursor) {
          const { status } = this.transcript.conversation;
          this.transcript.reset(message.conversation, message.messages, cursor);
          this.turned(status);
        }
        break;
      }
      case "sent":
        this.sentAt = Date.now();
        this.transcript.put(message.message);
        this.changed();
        break;
      case "session":
        if (this.ready && message.id !== this.transcript.conversation.id) void this.session.open().catch(() => undefined);
        break;
      case "read":
        this.changed();
    }
  }

  private setStreaming(streaming: boolean): void {
    if (!streaming) this.transcript.dropDrafts();
    this.streaming = streaming;
    if (this.tabs.leading) this.tabs.tell({ t: "up", up: streaming });
    this.changed();
  }

  private network(online: boolean): void {
    this.online = online;
    if (online) this.wake();
    this.changed();
  }

  private wake(): void {
    this.stream.kick();
    if (this.ready) this.outbox.retry();
    this.uploads.retry();
    this.changed();
  }

  // What was read.

  /** The last seq read in this browser; -1 where this conversation is new to it. */
  private get lastRead(): number {
    const [id, seq] = (this.keep.get("read") ?? "").split(" ");
    return id === this.transcript.conversation.id ? Number(seq) : -1;
  }

  private markRead(): void {
    const seq = this.transcript.lastSeq;
    if (seq > this.lastRead) {
      this.keep.set("read", `${this.transcript.conversation.id} ${seq}`);
      this.tabs.tell({ t: "read", seq });
    }
    const last = this.transcript.messages.filter((message) => message.author.kind === "agent").at(-1)?.seq ?? 0;
    if (this.opened && last > this.saidSeen) {
      this.saidSeen = last;
      void this.session.call(PATHS.seen, { seq }).catch(() => undefined);
    }
  }

  private changed(): void {
    if (this.opened && this.ready && document.visibilityState === "visible") this.markRead();
    for (const listener of this.listeners) listener();
  }
}
