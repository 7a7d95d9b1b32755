// What must outlive reloads, tabs and the program itself.

import assert from "node:assert/strict";
import { Agent } from "./agent.mjs";
import { legible } from "./judge.mjs";
import { ask, picture, play, until } from "./stage.mjs";
import { Visitor } from "./visitor.mjs";

const visitor = await Visitor.arrive();
const browser = visitor.page.context();
const dana = await Agent.arrive("dana");
let second;

/** The event streams that this browser holds open. */
const streams = new Set();
browser.on("request", (request) => {
  if (new URL(request.url()).pathname === "/api/v1/events") streams.add(request);
});
for (const end of ["requestfinished", "requestfailed"]) browser.on(end, (request) => streams.delete(request));
const open = () => [...streams].filter((request) => !request.frame().page().isClosed()).length;

/** The visitor's lines in the thread, without the page that they wrote on. */
async function mirrored() {
  return (await dana.mirror()).filter((line) => line.kind === "visitor").map((line) => line.text.split("\n")[0]);
}

await play({
  async "a reload keeps everything and doubles nothing"() {
    await visitor.open();
    await visitor.asks("Do you service heat pumps in 60614?");
    await visitor.field.fill("half a thou");
    const before = await visitor.lines();
    for (let i = 0; i < 2; i++) {
      await visitor.page.reload();
      await visitor.ready();
      await visitor.hears("assistant", "60614");
      assert.deepEqual(await visitor.lines(), before);
      assert.equal(await visitor.field.inputValue(), "half a thou", "what was being written is gone");
    }
    await visitor.field.fill("");
  },

  async "two tabs share one stream and show the same"() {
    second = new Visitor(await browser.newPage());
    await second.page.goto(visitor.page.url());
    await second.open();
    await until("one stream for two tabs", () => open() === 1);
    await second.watchDrafts();
    await visitor.watchDrafts();
    const answer = await visitor.asks("What does duct cleaning cost?");
    await second.hears("assistant", answer.text);
    assert.deepEqual(await second.lines(), await visitor.lines());
    for (const tab of [visitor, second]) {
      const drafts = (await tab.drafts()).filter((draft) => draft.length < answer.text.length);
      assert.ok(drafts.length > 0, "a tab did not see the answer grow");
    }
    assert.equal(open(), 1, "streams");
  },

  async "the other tab takes over when one is closed"() {
    await visitor.page.close();
    await until("the remaining tab to hold a stream", () => open() === 1);
    const answer = await second.asks("Do you offer financing?");
    assert.ok(answer.text.length > 0);
    assert.equal((await second.lines("visitor")).length, 3);
  },

  async "an answer that SIGKILL cut off arrives whole and once"() {
    await second.watchDrafts();
    const before = (await second.lines("assistant")).length;
    await second.say("Do you do plumbing?");
    await until("the answer to begin", async () => (await second.drafts()).length > 0 || (await second.lines("assistant")).length > before);
    await ask("kill");
    await ask("start");
    const answer = await until("the answer after the restart", async () => (await second.lines("assistant"))[before]);
    assert.match(answer.text, /leaks, taps/);
    assert.equal((await second.lines("assistant")).length, before + 1);
    assert.equal(await second.panel.locator(".writing .bubble").count(), 0);
  },

  async "what is written while the program is dead goes out once it lives"() {
    await ask("kill");
    const lines = ["Are you open on Saturday?", "I want to talk to a human 🙏"];
    for (const line of lines) await second.write(line);
    await until("both lines to be shown as unsent", async () => (await second.lines()).filter((line) => line.unsent).length === 2);
    await second.log.getByText("Not sent yet").first().waitFor();
    await second.panel.getByText("We cannot reach the chat just now").waitFor();
    await legible(second.panel);
    await picture(second.page, "unreachable");
    await ask("start");
    await until("nothing to be unsent", async () => !(await second.log.locator(".unsent").count()));
    await second.becomes("queued");
    await until("the banner to go", async () => !(await second.panel.locator(".banner").count()));
    assert.deepEqual((await second.lines("visitor")).slice(-2).map((line) => line.text), lines);
  },

  async "Slack's people carry on where they were"() {
    await dana.openThread(0);
    await dana.onAlert("Claim").click();
    await second.becomes("assigned");
    await dana.write("I am here now");
    await second.hears("agent", "I am here now");
    const said = (await second.lines("visitor")).map((line) => line.text);
    assert.equal(new Set(said).size, 6);
    await until("every line in the thread", async () => (await mirrored()).length >= said.length);
    assert.deepEqual(await mirrored(), said);
    await second.page.reload();
    await second.ready();
    await second.hears("agent", "I am here now");
    assert.deepEqual((await second.lines("visitor")).map((line) => line.text), said);
  },
});
