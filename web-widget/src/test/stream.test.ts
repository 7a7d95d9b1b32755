import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, refusal } from "../api";
import { EventParser } from "../stream";

const STREAM = [
  ": threadline\n\n",
  'id: 7\nevent: message\ndata: {"id":"m1","text":"Grüße 😀"}\n\n',
  'event: delta\r\ndata: {"reply_id":"r",\r\ndata: "offset":0}\r\n\r\n',
  ": beat\n\n",
  "id: 8\nevent: unheard_of\ndata: {}\n\n",
  "event: typing\ndata: {cut\n\n",
  'id:9\nevent:conversation\ndata:{"status":"queued"}\n\n',
].join("");

const EVENTS = [
  { name: "message", data: { id: "m1", text: "Grüße 😀" }, id: 7 },
  { name: "delta", data: { reply_id: "r", offset: 0 }, id: 0 },
  { name: "conversation", data: { status: "queued" }, id: 9 },
];

test("events are read whole wherever the stream is cut", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const parser = new EventParser();
    const events = [...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))];
    assert.deepEqual(events, EVENTS, `cut at ${cut}`);
  }
  const parser = new EventParser();
  assert.deepEqual([...STREAM].flatMap((piece) => parser.push(piece)), EVENTS);
});

test("an event counts only once its empty line is there", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push('event: seen\ndata: {"seq":1}\n'), []);
  assert.equal(parser.push("\n").length, 1);
});

test("waits grow to half a minute and no further", () => {
  for (let tries = 1; tries < 40; tries++) {
    const full = Math.min(30_000, 500 * 2 ** (tries - 1));
    const wait = backoff(tries);
    assert.ok(wait >= full / 2 && wait <= full, `try ${tries}: ${wait}`);
  }
});

test("a refusal tells its code and how long to wait", () => {
  const body = JSON.stringify({ error: { code: "too_many", message: "Slower, please." } });
  const slow = refusal(new Response(body, { status: 429, headers: { "Retry-After": "7" } }), body);
  assert.deepEqual([slow.status, slow.code, slow.message, slow.retryAfter, slow.temporary], [429, "too_many", "Slower, please.", 7000, true]);
  const page = refusal(new Response("<html>", { status: 502 }), "<html>");
  assert.deepEqual([page.code, page.retryAfter, page.temporary], ["", 0, true]);
  for (const status of [400, 403, 404, 409, 413, 415, 422]) {
    assert.equal(refusal(new Response("", { status }), "").temporary, false, String(status));
  }
});
