import assert from "node:assert/strict";
import { test } from "node:test";
import type { Boot } from "../boot";
import { Chat } from "../chat";
import type { Conversation, Message, Status } from "../protocol";

// Two tabs of one browser in one process: they share the locks, the channel
// and the server, and each keeps its own memory, for storage is refused.

/** What the tabs tell each other; a test may lose a message on the way to one. */
class Channel extends EventTarget {
  static all: Channel[] = [];
  static lost: (to: Channel, data: { t: string }) => boolean = () => false;
  static told: (data: { t: string }) => { t: string } = (data) => data;

  constructor() {
    super();
    Channel.all.push(this);
  }

  postMessage(data: { t: string }): void {
    const copy = Channel.told(structuredClone(data));
    for (const other of Channel.all) {
      if (other === this || Channel.lost(other, data)) continue;
      queueMicrotask(() => other.dispatchEvent(new MessageEvent("message", { data: copy })));
    }
  }
}

/** Whoever asks first holds the stream; the page never lets go of it here. */
const held = new Set<string>();
function request(name: string, ...rest: unknown[]): Promise<unknown> {
  const work = rest.at(-1) as () => Promise<unknown>;
  if (!name.endsWith(":stream")) return work();
  if (held.has(name)) return new Promise(() => undefined);
  held.add(name);
  return work();
}

function conversation(rev: number): Conversation {
  return { id: "c", status: "automatic", agent: null, expectation: "", epoch: 1, rev };
}

function message(rev: number): Message {
  const at = `2026-05-04T10:00:00.${String(rev).padStart(6, "0")}Z`;
  return { id: `m${rev}`, seq: rev, author: { kind: "assistant" }, text: `line ${rev}`, html: "", order: at, rev, created_at: at };
}

/** The server: it answers a session when the test says so, and streams what the test says. */
class Server {
  sessions: ((reply: Response) => void)[] = [];
  stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  fetch = (url: string): Promise<Response> => {
    if (url.endsWith("/sessions")) return new Promise((answer) => this.sessions.push(answer));
    assert.ok(url.endsWith("/events"), url);
    return Promise.resolve(new Response(new ReadableStream({ start: (controller) => void (this.stream = controller) })));
  };

  /** Answers the session that waits with everything up to rev. */
  answer(rev: number): void {
    const messages = Array.from({ length: rev }, (_, i) => message(i + 1));
    const reply = { token: "t", visitor_id: "v", conversation_id: "c", conversation: conversation(rev), messages, site: {} };
    this.sessions.shift()?.(new Response(JSON.stringify(reply), { status: 201 }));
  }

  say(rev: number): void {
    this.send(rev, "message", message(rev));
  }

  turn(rev: number, status: Status): void {
    this.send(rev, "conversation", { ...conversation(rev), status });
  }

  private send(rev: number, name: string, data: unknown): void {
    this.stream?.enqueue(new TextEncoder().encode(`id: ${rev}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  }
}

const { setTimeout: timeout } = globalThis;
/** Timers must not keep the tests' process alive. */
const idle = (work: () => void, ms?: number) => {
  const timer = timeout(work, ms) as unknown as { unref(): void };
  timer.unref();
  return timer;
};
Object.assign(globalThis, {
  location: { href: "https://example.com/page" },
  document: { visibilityState: "visible", referrer: "", addEventListener: () => undefined },
  addEventListener: () => undefined,
  BroadcastChannel: Channel,
  setTimeout: idle,
  setInterval: () => 0,
});
Object.defineProperty(globalThis, "navigator", { value: { onLine: true, language: "en", locks: { request } }, configurable: true });

let sites = 0;

/** A server and the first tab, which leads and knows everything up to rev. */
async function leader(rev: number): Promise<{ server: Server; site: string; first: Chat }> {
  const server = new Server();
  Channel.all = [];
  Channel.lost = () => false;
  Channel.told = (data) => data;
  Object.assign(globalThis, { fetch: server.fetch });
  const site = `site${++sites}`;
  const first = tab(site);
  await until(() => server.sessions.length > 0);
  server.answer(rev);
  await until(() => server.stream !== null && first.streaming);
  return { server, site, first };
}

function tab(site: string): Chat {
  const chat = new Chat({ origin: "", site, frame: { style: { setProperty: () => undefined } } } as unknown as Boot);
  void chat.start();
  return chat;
}

/** A second tab, which knows everything up to rev and follows. */
async function beside(server: Server, site: string, rev: number): Promise<Chat> {
  const second = tab(site);
  await until(() => server.sessions.length > 0);
  server.answer(rev);
  await until(() => second.streaming);
  return second;
}

const seqs = (chat: Chat) => chat.transcript.messages.map((line) => line.seq).join(" ");

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    assert.ok(i < 5000, "waited too long");
    await new Promise<void>((resolve) => void timeout(resolve, 1));
  }
}

test("a tab gets the line that came while its session was on the way", async () => {
  const { server, site, first } = await leader(6);
  const second = tab(site);
  await until(() => server.sessions.length > 0);
  server.say(7);
  await until(() => seqs(first) === "1 2 3 4 5 6 7");
  server.answer(6); // as it was before the line
  await until(() => seqs(second) === "1 2 3 4 5 6 7");
  assert.equal(second.transcript.cursor, 7);
  server.say(8);
  await until(() => seqs(second) === "1 2 3 4 5 6 7 8");
});

test("a tab that missed an event has it with the next one", async () => {
  const { server, site, first } = await leader(2);
  const second = await beside(server, site, 2);
  Channel.lost = (to, data) => to === Channel.all[1] && data.t === "event";
  server.say(3);
  await until(() => seqs(first) === "1 2 3");
  assert.equal(seqs(second), "1 2");
  Channel.lost = () => false;
  server.say(4);
  await until(() => seqs(second) === "1 2 3 4");
  assert.equal(second.transcript.cursor, 4);
});

test("a tab that waits for a snapshot does not move past what it misses", async () => {
  const { server, site, first } = await leader(1);
  const second = await beside(server, site, 1);
  // The first event and the first snapshot are lost: the next event asks again.
  Channel.lost = (to, data) => to === Channel.all[1] && (data.t === "event" || data.t === "snapshot");
  server.say(2);
  await until(() => seqs(first) === "1 2");
  Channel.lost = (to, data) => to === Channel.all[1] && data.t === "snapshot";
  server.say(3);
  await until(() => seqs(first) === "1 2 3");
  assert.equal(second.transcript.cursor, 1);
  Channel.lost = () => false;
  server.say(4);
  await until(() => seqs(second) === "1 2 3 4");
});

test("a tab beside one of an older widget gets what it missed", async () => {
  const { server, site, first } = await leader(2);
  Channel.told = (data) => (data.t === "snapshot" ? { ...data, cursor: undefined } : data);
  const second = await beside(server, site, 2);
  Channel.lost = (to, data) => to === Channel.all[1] && data.t === "event";
  server.say(3);
  await until(() => seqs(first) === "1 2 3");
  Channel.lost = () => false;
  server.say(4);
  await until(() => seqs(second) === "1 2 3 4");
});

test("a status that a tab missed reopens what it had ended", async () => {
  const { server, site, first } = await leader(1);
  const second = await beside(server, site, 1);
  second.endedHere = true;
  Channel.lost = (to, data) => to === Channel.all[1] && data.t === "event";
  server.turn(2, "queued");
  await until(() => first.transcript.conversation.status === "queued");
  Channel.lost = () => false;
  server.say(3);
  await until(() => seqs(second) === "1 3");
  assert.deepEqual([second.transcript.conversation.status, second.endedHere], ["queued", false]);
});
