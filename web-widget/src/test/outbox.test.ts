import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../api";
import { Outbox } from "../outbox";
import type { Message, SendRequest } from "../protocol";
import { Keep } from "../storage";

// What the outbox finds in a browser; storage is refused, so memory serves.
Object.assign(globalThis, { location: { href: "https://example.com/page" }, addEventListener: () => undefined });
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });

class Server {
  got: SendRequest[] = [];
  /** What the next sends come to; past the list they succeed. */
  next: (ApiError | "lost")[] = [];

  send = async (body: SendRequest): Promise<Message> => {
    const outcome = this.next.shift();
    if (outcome instanceof ApiError) throw outcome;
    if (!this.got.some((line) => line.client_id === body.client_id)) this.got.push(body);
    if (outcome === "lost") throw new ApiError(0, "unreachable", "cut");
    return { client_id: body.client_id } as Message;
  };

  get texts(): string[] {
    return this.got.map((line) => line.text);
  }
}

function outbox(server: Server, keep = new Keep("default", "localStorage")): Outbox {
  return new Outbox("default", keep, {
    send: server.send,
    sent: () => undefined,
    changed: () => undefined,
    explain: (error) => `because ${error.status}`,
  });
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    assert.ok(i < 2000, "waited too long");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("lines go out in order, one at a time", async () => {
  const server = new Server();
  const box = outbox(server);
  for (const text of ["one", "two", "three"]) box.add(text);
  await until(() => box.list().length === 0);
  assert.deepEqual(server.texts, ["one", "two", "three"]);
  assert.equal(server.got[0]?.page_url, "https://example.com/page");
});

test("a lost reply is sent again under the same id", async () => {
  const server = new Server();
  server.next = ["lost", new ApiError(503, "", "")];
  const box = outbox(server);
  box.add("once");
  box.add("after");
  for (let i = 0; i < 2; i++) {
    await until(() => box.list()[0]?.tries === i + 1);
    box.retry();
  }
  await until(() => box.list().length === 0);
  assert.deepEqual(server.texts, ["once", "after"]);
});

test("a line refused for good says why and lets the next one pass", async () => {
  const server = new Server();
  server.next = [new ApiError(413, "too_large", "")];
  const box = outbox(server);
  box.add("too long");
  box.add("fine");
  await until(() => server.got.length === 1);
  await until(() => box.list().length === 1);
  assert.deepEqual(server.texts, ["fine"]);
  assert.equal(box.list()[0]?.refused, "because 413");
});

test("a waiting line holds back those after it, as long as the server says", async () => {
  const server = new Server();
  server.next = [new ApiError(429, "", "", 60_000)];
  const box = outbox(server);
  box.add("first");
  box.add("second");
  await until(() => box.list()[0]?.tries === 1);
  const [first] = box.list();
  assert.ok(first && first.next - Date.now() > 55_000);
  assert.deepEqual(server.texts, []);
  box.retry();
  await until(() => box.list().length === 0);
  assert.deepEqual(server.texts, ["first", "second"]);
});

test("what one page left unsent the next one sends", async () => {
  const keep = new Keep("default", "localStorage");
  const down = new Server();
  down.next = [new ApiError(0, "", "")];
  const before = outbox(down, keep);
  before.add("written before the reload");
  await until(() => before.list()[0]?.tries === 1);

  const server = new Server();
  const after = outbox(server, keep);
  after.retry();
  await until(() => after.list().length === 0);
  assert.deepEqual(server.texts, ["written before the reload"]);
});
