import type { Author, Conversation, EventData, EventName, Message } from "./protocol";

/** An AI answer being written, before its message exists. */
export interface Draft {
  replyID: string;
  epoch: number;
  text: string;
  /** Length of text in code points. */
  points: number;
  /** A piece is missing: nothing more is shown until the message comes. */
  broken: boolean;
}

/** The server unsays it after a minute; this is for a word that got lost. */
const TYPING_LASTS = 65_000;

/**
 * What the visitor sees of the conversation, built from the session's snapshot
 * and the events after it. Events may come twice or late; each message counts
 * once, in its latest rev, and no draft outlives its epoch.
 */
export class Transcript {
  conversation: Conversation = { id: "", status: "automatic", agent: null, expectation: "", epoch: 0, rev: 0 };
  /** Sorted by order; withdrawn messages are gone. */
  messages: Message[] = [];
  drafts: Draft[] = [];
  /** The rev to resume the stream after. */
  cursor = 0;
  /** The visitor's messages up to this seq were seen by the agent. */
  seen = 0;
  private typist: Author | null = null;
  private typingUntil = 0;
  /** Latest rev by message id, withdrawn ones included, so that a late event cannot bring one back. */
  private revs = new Map<string, number>();
  /** Answers that are finished or withdrawn; pieces of them are late. */
  private closed = new Set<string>();

  /**
   * Starts from a snapshot that holds every change up to rev; lines do not
   * move the conversation's own. Another conversation forgets everything before it.
   */
  reset(conversation: Conversation, messages: Message[], rev = conversation.rev): void {
    if (conversation.id !== this.conversation.id) {
      this.conversation = conversation;
      this.messages = [];
      this.cursor = this.seen = 0;
      this.revs.clear();
      this.closed.clear();
    }
    this.dropDrafts();
    this.typist = null;
    // What the snapshot's stretch no longer holds was withdrawn meanwhile.
    const held = new Set(messages.map((message) => message.id));
    const from = Math.min(...messages.map((message) => message.seq));
    this.messages = this.messages.filter((known) => held.has(known.id) || known.rev > rev || known.seq < from);
    for (const message of messages) this.put(message);
    this.setConversation(conversation);
    this.cursor = Math.max(this.cursor, rev);
  }

  /** Shows what the visitor has just said of an answer; the stream says it too. */
  judge(id: string, helpful: boolean): void {
    this.messages = this.messages.map((message) => (message.id === id ? { ...message, helpful } : message));
  }

  /** Takes one event of the stream; id is its rev, 0 for the passing ones. */
  apply<N extends EventName>(name: N, data: EventData[N], id = 0): void {
    this.cursor = Math.max(this.cursor, id);
    switch (name) {
      case "message":
      case "message_updated":
        return this.put(data as Message);
      case "message_deleted":
        return this.put({ ...(data as Message), rev: (data as Message).rev ?? id, deleted: true });
      case "conversation":
        return this.setConversation(data as Conversation);
      case "delta":
        return this.grow(data as EventData["delta"]);
      case "delta_cancelled":
        return this.close((data as EventData["delta_cancelled"]).reply_id);
      case "typing": {
        const { author, typing } = data as EventData["typing"];
        this.typist = typing ? author : null;
        this.typingUntil = Date.now() + TYPING_LASTS;
        return;
      }
      case "seen":
        this.seen = Math.max(this.seen, (data as EventData["seen"]).seq);
    }
  }

  put(message: Message): void {
    const known = this.revs.get(message.id);
    if (known !== undefined && known >= message.rev && !(message.deleted && known === message.rev)) return;
    this.revs.set(message.id, message.rev);
    if (message.reply_id) this.close(message.reply_id);
    if (this.typist && this.typist.kind === message.author?.kind) this.typist = null;
    const rest = this.messages.filter((other) => other.id !== message.id);
    if (!message.deleted) rest.push(message);
    rest.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.seq - b.seq));
    this.messages = rest;
  }

  /** A reconnect may have lost pieces, so what was shown of an answer is void. */
  dropDrafts(): void {
    this.drafts = [];
  }

  /** Who is typing now, if anyone. */
  typing(now = Date.now()): Author | null {
    return now < this.typingUntil ? this.typist : null;
  }

  get lastSeq(): number {
    return this.messages.reduce((max, message) => Math.max(max, message.seq), 0);
  }

  private setConversation(next: Conversation): void {
    if (next.rev < this.conversation.rev) return;
    if (next.epoch !== this.conversation.epoch) this.typist = null;
    this.conversation = next;
    this.drafts = this.drafts.filter((draft) => draft.epoch === next.epoch);
  }

  private grow(delta: EventData["delta"]): void {
    if (delta.epoch !== this.conversation.epoch || this.closed.has(delta.reply_id)) return;
    let draft = this.drafts.find((other) => other.replyID === delta.reply_id);
    if (!draft) {
      draft = { replyID: delta.reply_id, epoch: delta.epoch, text: "", points: 0, broken: false };
      this.drafts = [...this.drafts, draft];
    }
    if (delta.offset < draft.points) return; // a repeat
    if (delta.offset > draft.points) {
      draft.broken = true;
      draft.text = "";
    }
    if (draft.broken) return;
    draft.text += delta.text;
    draft.points += [...delta.text].length;
  }

  private close(replyID: string): void {
    this.closed.add(replyID);
    this.drafts = this.drafts.filter((draft) => draft.replyID !== replyID);
  }
}
