import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../api";
import type { Attachment } from "../protocol";
import { Keep } from "../storage";
import { Uploads, type Send } from "../uploads";

Object.assign(globalThis, { window: globalThis });
URL.createObjectURL = () => "blob:here";
URL.revokeObjectURL = () => undefined;

async function until(done: () => boolean, ms = 5000): Promise<void> {
  for (const end = Date.now() + ms; !done(); ) {
    assert.ok(Date.now() < end, "waited too long");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const keep = () => new Keep(`site-${Math.random()}`, "sessionStorage");

function file(name: string, type = "text/plain", bytes = 3): File {
  return new File([new Uint8Array(bytes)], name, { type });
}

function up(name: string): Attachment {
  return { id: `id-${name}`, name, type: "text/plain", size: 3, url: `https://chat.example/${name}` };
}

/** Uploads whose transfers end as the test says, one answer a try. */
function uploads(answers: (ApiError | "ok" | "never")[], kept = keep()) {
  const dropped: string[] = [];
  const sent: string[] = [];
  const renewed: string[] = [];
  const send: Send = (file, _token, progress) => {
    sent.push(file.name);
    progress(0.5);
    const answer = answers.shift() ?? "ok";
    let stop = () => undefined as void;
    const done = new Promise<Attachment>((resolve, reject) => {
      stop = () => reject(new ApiError(0, "unreachable", ""));
      if (answer === "ok") resolve(up(file.name));
      else if (answer !== "never") reject(answer);
    });
    return { done, stop: () => stop() };
  };
  const host = { send, token: async () => "t", renew: async (token: string) => void renewed.push(token), drop: (id: string) => void dropped.push(id), changed: () => undefined };
  return { list: new Uploads(kept, host), dropped, sent, renewed };
}

test("files go up one after another and are handed over together", async () => {
  const { list, sent } = uploads([]);
  list.add([file("a.txt"), file("b.png", "image/png")]);
  assert.equal(list.busy, true);
  assert.equal(list.chips[1]?.preview, "blob:here");
  await until(() => !list.busy);
  assert.deepEqual(sent, ["a.txt", "b.png"]);
  assert.deepEqual(list.take().map((one) => one.id), ["id-a.txt", "id-b.png"]);
  assert.deepEqual(list.chips, []);
});

test("what cannot be sent says so at once", async () => {
  const { list, sent } = uploads([new ApiError(415, "unsupported_file", "no"), new ApiError(413, "image_too_large", "no")]);
  list.add([file("huge.bin", "", 10485761), file("x.exe"), file("bomb.png")]);
  await until(() => !list.busy);
  assert.deepEqual(list.chips.map((chip) => chip.problem), ["file_large", "file_kind", "file_pixels"]);
  assert.deepEqual(sent, ["x.exe", "bomb.png"]);
  assert.deepEqual(list.ready, []);
  list.add(Array.from({ length: 11 }, (_, i) => file(`${i}.txt`)));
  await until(() => !list.busy);
  assert.equal(list.ready.length, 10);
  assert.equal(list.chips.at(-1)?.problem, "file_many");
});

test("a failure is tried again, by itself and by the visitor", async () => {
  const gone = () => new ApiError(503, "unavailable", "no");
  const { list, sent, renewed } = uploads([new ApiError(401, "token_expired", "no"), "ok", gone(), gone(), gone()]);
  list.add([file("a.txt"), file("b.txt")]);
  await until(() => !list.busy, 15_000);
  assert.deepEqual(renewed, ["t"]);
  assert.deepEqual(sent, ["a.txt", "a.txt", "b.txt", "b.txt", "b.txt"]);
  assert.equal(list.chips[1]?.problem, "file_failed");
  list.retry();
  await until(() => list.ready.length === 2);
});

test("a file can be removed whenever one likes, and the server is told", async () => {
  const { list, dropped } = uploads(["ok", "never"]);
  list.add([file("a.txt"), file("b.txt")]);
  await until(() => list.ready.length === 1 && (list.chips[1]?.progress ?? 0) > 0);
  for (const { key } of [...list.chips]) list.remove(key);
  assert.deepEqual(list.chips, []);
  assert.deepEqual(dropped, ["id-a.txt"]);
  list.add([file("c.txt")]);
  await until(() => list.ready.length === 1);
});

test("what is up outlives a reload", async () => {
  const kept = keep();
  const { list } = uploads([], kept);
  list.add([file("a.txt")]);
  await until(() => !list.busy);
  assert.deepEqual(uploads([], kept).list.ready, [up("a.txt")]);
});
