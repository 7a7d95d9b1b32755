import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation, Message } from "../protocol";
import { Transcript } from "../transcript";

function conversation(rev: number, change: Partial<Conversation> = {}): Conversation {
  return { id: "c", status: "automatic", agent: null, expectation: "", epoch: 1, rev, ...change };
}

function message(seq: number, rev: number, change: Partial<Message> = {}): Message {
  const at = `2026-05-04T10:00:00.${String(seq).padStart(6, "0")}Z`;
  return { id: `m${seq}`, seq, author: { kind: "visitor" }, text: `line ${seq}`, html: "", order: at, rev, created_at: at, ...change };
}

function begun(...messages: Message[]): Transcript {
  const transcript = new Transcript();
  transcript.reset(conversation(messages.length), messages);
  return transcript;
}

const texts = (transcript: Transcript) => transcript.messages.map((line) => line.text);
const draft = (transcript: Transcript) => transcript.drafts.map((piece) => piece.text);
const delta = (offset: number, text: string, epoch = 1, reply_id = "r") => ({ reply_id, epoch, offset, text });

test("lines sort by order, whatever order they come in", () => {
  const transcript = begun();
  for (const seq of [3, 1, 4, 2]) transcript.apply("message", message(seq, seq), seq);
  assert.deepEqual(texts(transcript), ["line 1", "line 2", "line 3", "line 4"]);
  transcript.apply("message", message(5, 5, { order: "2026-05-04T10:00:00.000002Z", text: "late" }), 5);
  assert.deepEqual(texts(transcript), ["line 1", "line 2", "late", "line 3", "line 4"]);
});

test("a line counts once, in its latest rev", () => {
  const transcript = begun(message(1, 1));
  transcript.apply("message", message(1, 1), 1);
  transcript.apply("message_updated", message(1, 3, { text: "edited" }), 3);
  transcript.apply("message_updated", message(1, 2, { text: "older edit" }), 2);
  assert.deepEqual(texts(transcript), ["edited"]);
  assert.equal(transcript.cursor, 3);
});

test("a withdrawn line does not come back", () => {
  const transcript = begun(message(1, 1), message(2, 2));
  transcript.apply("message_deleted", message(1, 3), 3);
  transcript.apply("message", message(1, 1), 1);
  transcript.apply("message_updated", message(1, 2), 2);
  assert.deepEqual(texts(transcript), ["line 2"]);
});

test("a snapshot drops what was withdrawn meanwhile and keeps what is newer", () => {
  const transcript = begun(message(1, 1), message(2, 2), message(3, 3));
  transcript.put(message(9, 9));
  transcript.reset(conversation(5), [message(2, 2), message(3, 5, { text: "edited" })]);
  assert.deepEqual(texts(transcript), ["line 1", "line 2", "edited", "line 9"]);
  transcript.reset(conversation(6), [message(3, 5, { text: "edited" }), message(4, 6)]);
  assert.deepEqual(texts(transcript), ["line 1", "line 2", "edited", "line 4", "line 9"]);
});

test("another conversation forgets the one before", () => {
  const transcript = begun(message(1, 1), message(2, 2));
  transcript.reset(conversation(1, { id: "other" }), [message(1, 1, { id: "n1", text: "new" })]);
  assert.deepEqual(texts(transcript), ["new"]);
  assert.equal(transcript.cursor, 1);
});

test("an answer grows piece by piece, counted in code points", () => {
  const transcript = begun();
  transcript.apply("delta", delta(0, "−15 °F 😀"));
  transcript.apply("delta", delta(8, " is"));
  transcript.apply("delta", delta(8, " is"));
  transcript.apply("delta", delta(11, " fine"));
  assert.deepEqual(draft(transcript), ["−15 °F 😀 is fine"]);
});

test("its message replaces the draft and ends it", () => {
  const transcript = begun();
  transcript.apply("delta", delta(0, "half"));
  transcript.apply("message", message(1, 1, { reply_id: "r", text: "half and whole" }), 1);
  transcript.apply("delta", delta(4, " late"));
  transcript.apply("delta", delta(0, "again"));
  assert.deepEqual(draft(transcript), []);
  assert.deepEqual(texts(transcript), ["half and whole"]);
});

test("a missing piece hides the draft until the message comes", () => {
  const transcript = begun();
  transcript.apply("delta", delta(0, "one"));
  transcript.apply("delta", delta(7, "three"));
  transcript.apply("delta", delta(3, "two"));
  assert.deepEqual(draft(transcript), [""]);
});

test("no draft outlives its epoch", () => {
  const transcript = begun();
  transcript.apply("delta", delta(0, "from the machine"));
  transcript.apply("conversation", conversation(2, { status: "assigned", epoch: 2 }), 2);
  assert.deepEqual(draft(transcript), []);
  transcript.apply("delta", delta(16, " late"));
  transcript.apply("delta", delta(0, "late", 1, "s"));
  transcript.apply("delta", delta(0, "early", 3, "t"));
  assert.deepEqual(draft(transcript), []);
});

test("a cancelled draft is gone for good, and a reconnect voids all", () => {
  const transcript = begun();
  transcript.apply("delta", delta(0, "a"));
  transcript.apply("delta_cancelled", { reply_id: "r" });
  transcript.apply("delta", delta(1, "b"));
  assert.deepEqual(draft(transcript), []);
  transcript.apply("delta", delta(0, "c", 1, "s"));
  transcript.dropDrafts();
  transcript.apply("delta", delta(1, "d", 1, "s"));
  assert.deepEqual(draft(transcript), [""]);
});

test("an older state of the conversation does not come back", () => {
  const transcript = begun();
  transcript.apply("conversation", conversation(5, { status: "assigned", epoch: 3 }), 5);
  transcript.apply("conversation", conversation(4, { status: "queued", epoch: 2 }), 4);
  assert.equal(transcript.conversation.status, "assigned");
});

test("typing ends with the line, by being unsaid, and by itself", () => {
  const transcript = begun();
  const author = { kind: "agent" as const, name: "Dana" };
  transcript.apply("typing", { author, typing: true });
  assert.equal(transcript.typing()?.name, "Dana");
  assert.equal(transcript.typing(Date.now() + 66_000), null);
  transcript.apply("message", message(1, 1, { author }), 1);
  assert.equal(transcript.typing(), null);
  transcript.apply("typing", { author, typing: true });
  transcript.apply("typing", { author, typing: false });
  assert.equal(transcript.typing(), null);
  transcript.apply("typing", { author, typing: true });
  transcript.apply("conversation", conversation(2, { status: "queued", epoch: 9 }), 2);
  assert.equal(transcript.typing(), null);
});
