// The main road: a visitor's chat and its Slack thread, from the first
// question to the answer after the resolve.

import assert from "node:assert/strict";
import { Agent } from "./agent.mjs";
import { legible, named } from "./judge.mjs";
import { picture, play, slack, until } from "./stage.mjs";
import { Visitor } from "./visitor.mjs";

const visitor = await Visitor.arrive();
const dana = await Agent.arrive("dana");
const lee = await Agent.arrive("lee");
let winner, loser;

await play({
  async "the visitor is told that an AI answers"() {
    await visitor.open();
    assert.match(await visitor.panel.locator(".notice").innerText(), /AI assistant/);
    assert.match(await visitor.log.locator(".row.assistant .name").first().innerText(), /Nora\s*AI/);
  },

  async "an answer streams in, with its source"() {
    await visitor.watchDrafts();
    const answer = await visitor.asks("Do you service heat pumps in 60614?");
    assert.match(answer.text, /60614/);
    assert.match(answer.sources.join(), /Heat pumps/);
    const partial = (await visitor.drafts()).filter((draft) => answer.text.startsWith(draft) && draft.length < answer.text.length);
    assert.ok(partial.length > 0, `the answer came in one piece: ${JSON.stringify(await visitor.drafts())}`);
    assert.equal(await visitor.panel.locator(".writing .bubble").count(), 0, "a draft outlived its answer");
    await picture(visitor.page, "answer");
  },

  async "what the knowledge lacks is not guessed at"() {
    const answer = await visitor.asks("what is the capital of Peru?");
    assert.doesNotMatch(answer.text, /Lima/);
    assert.deepEqual(answer.sources, []);
  },

  async "the thread tells visitor and assistant apart"() {
    await dana.openThread(0);
    await lee.openThread(0);
    await until("both answers in the thread", async () => (await dana.mirror()).filter((line) => line.kind === "assistant").length === 2);
    const [first, second, third, fourth] = await dana.mirror();
    assert.deepEqual([first, second, third, fourth].map((line) => line.kind), ["visitor", "assistant", "visitor", "assistant"]);
    assert.match(first.text, /^Do you service heat pumps in 60614\?/);
    assert.match(second.text, /60614 \(Lincoln Park\)[^]*Source: Heat pumps/);
    assert.match(third.text, /^what is the capital of Peru\?/);
    assert.equal((await visitor.lines("assistant")).at(-1).text, fourth.text);
    assert.match(await dana.thread.innerText(), /time zone America\/Denver \(UTC-0[67]:00\)/);
    const names = await dana.thread.locator("strong").allInnerTexts();
    assert.ok(names.includes("👤 Visitor") && names.includes("🤖 Nora · AI"), `speakers do not stand out: ${names}`);
  },

  async "a refund waits for a person and calls the manager"() {
    const before = await visitor.lines("assistant");
    await visitor.say("I want a refund");
    await visitor.becomes("queued");
    await visitor.hears("system", "passing you to our team");
    assert.match(await visitor.header.innerText(), /Person requested\s+Waiting for a person/);
    assert.equal(await visitor.handoff.getAttribute("aria-disabled"), "true");
    await dana.onAlert("Claim").waitFor();
    const alert = await dana.alert.innerText();
    for (const want of ["A visitor needs a person", "priority high", "Reason:", "I want a refund", "Issue:", "Open question:", "What the assistant tried:", "Page:", "Waiting since", "Open the thread"]) {
      assert.ok(alert.includes(want), `the alert lacks ${want}: ${alert}`);
    }
    assert.equal(await dana.alert.locator(".mention").innerText(), "@Morgan Reyes");
    assert.deepEqual(await visitor.lines("assistant"), before, "the assistant answered a refund");
    await picture(visitor.page, "waiting");
    await picture(dana.page, "alert");
  },

  async "two press Claim at the same instant and one has it"() {
    const buttons = await Promise.all([dana, lee].map((agent) => agent.onAlert("Claim").elementHandle()));
    await Promise.all(buttons.map((button) => button.dispatchEvent("click")));
    await visitor.becomes("assigned");
    const name = await visitor.header.locator("h2").innerText();
    [winner, loser] = name.startsWith("Dana") ? [dana, lee] : [lee, dana];
    assert.equal(name, winner.full);
    await loser.isTold(`${winner.full} has this one`);
    for (const agent of [dana, lee]) {
      await agent.alert.getByText(`Claimed by ${winner.full}`).waitFor();
      await agent.onAlert("Release").waitFor();
      assert.equal(await agent.onAlert("Claim").count(), 0);
    }
    await picture(loser.page, "too-late");
  },

  async "the visitor meets the agent: name, title and picture"() {
    const hello = await visitor.hears("system", "Hi, I'm ");
    assert.match(hello.text, new RegExp(`^Hi, I'm ${winner.full}, .*${winner.title}`, "i"));
    assert.equal((await visitor.lines("system")).filter((line) => line.text.startsWith("Hi, I'm")).length, 1);
    assert.equal(await visitor.header.locator(".line").innerText(), winner.title);
    assert.match(await visitor.panel.locator(".notice").innerText(), new RegExp(`${winner.full}, a person`));
    const portrait = visitor.header.locator("img.avatar");
    await until("the picture to load", () => portrait.evaluate((img) => img.complete && img.naturalWidth > 0));
  },

  async "replies arrive in order, with link and emphasis"() {
    await winner.write("I can *help* you, see https://example.com/refunds for _how_ it goes");
    await winner.write("One moment & I am back");
    await winner.write("3 < 4, <b>not bold</b>");
    await visitor.hears("agent", "not bold");
    assert.deepEqual((await visitor.lines("agent")).map((line) => line.text), [
      "I can help you, see https://example.com/refunds for how it goes",
      "One moment & I am back",
      "3 < 4, <b>not bold</b>",
    ]);
    const first = visitor.log.locator(".row.agent").first();
    assert.equal(await first.locator("strong").innerText(), "help");
    assert.equal(await first.locator("em").innerText(), "how");
    assert.equal(await first.locator("a").getAttribute("href"), "https://example.com/refunds");
    assert.match(await first.locator("a").getAttribute("rel"), /noopener/);
    assert.match(await first.locator(".name").innerText(), new RegExp(`${winner.full}\\s*${winner.title}`));
    await picture(visitor.page, "agent");
  },

  async "lists, quotes, code and links keep their form, and an edit brings another"() {
    const act = async (name, body) => {
      const reply = await fetch(`${slack}/sim/v1/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      assert.equal(reply.status, 200, name);
      return reply.json();
    };
    const { channels } = await (await fetch(`${slack}/sim/v1/state`)).json();
    const root = channels.find((channel) => channel.name === "support").messages.find((message) => message.replies?.length);
    const text = (words, style) => ({ type: "text", text: words, ...(style && { style: { [style]: true } }) });
    const line = (...elements) => ({ type: "rich_text_section", elements });
    const list = (style, indent, ...items) => ({ type: "rich_text_list", style, indent, elements: items.map((item) => line(text(item))) });
    const say = (name, more, words, ...elements) => act(name, { user: winner.name, channel: "support", text: words, blocks: [{ type: "rich_text", elements }], ...more });
    const { ts } = await say(
      "say",
      { thread_ts: root.ts },
      "Please bring :tada:\n• <img src=x onerror=alert(1)>",
      line(text("Please bring "), { type: "emoji", name: "tada" }, text("\n")),
      list("bullet", 0, "<img src=x onerror=alert(1)>", "the invoice"),
      list("bullet", 1, "both pages"),
      { type: "rich_text_quote", elements: [text("as you said")] },
      line({ type: "link", url: "https://example.com/refunds", text: "how it goes" }, text(" or "), { type: "link", url: "javascript:alert(1)", text: "not this" }),
    );
    await visitor.hears("agent", "not this");
    const last = visitor.log.locator(".row.agent").last();
    assert.deepEqual(await last.locator("ul > li").allInnerTexts(), ["<img src=x onerror=alert(1)>", "the invoice\nboth pages", "both pages"]);
    assert.equal(await last.locator("ul ul > li").innerText(), "both pages");
    assert.equal(await last.locator("blockquote").innerText(), "as you said");
    assert.deepEqual(await last.locator("a").evaluateAll((all) => all.map((a) => a.getAttribute("href"))), ["https://example.com/refunds"]);
    assert.equal(await last.locator("img:not(.avatar)").count(), 0);
    assert.match(await last.innerText(), /Please bring 🎉/u);
    await picture(visitor.page, "formatted");
    await say(
      "edit",
      { ts },
      "Type `reset`",
      line(text("Type "), text("reset", "code")),
      { type: "rich_text_preformatted", elements: [text(`if (a < b) {\n  ${"wait(); ".repeat(30)}\n}`)] },
      list("ordered", 0, "wait", "press"),
    );
    await visitor.hears("agent", "wait(); ");
    assert.equal(await last.locator("code").first().innerText(), "reset");
    assert.match(await last.locator("pre").innerText(), /^if \(a < b\) \{\n {2}wait\(\); /);
    assert.deepEqual(await last.locator("ol > li").allInnerTexts(), ["wait", "press"]);
    assert.equal(await last.locator("ul, blockquote").count(), 0);
    assert.ok(await visitor.log.evaluate((log) => log.scrollWidth <= log.clientWidth), "a long line of code widens the panel");
    await picture(visitor.page, "formatted-edit");
  },

  async "the visitor answers in the thread and the assistant is silent"() {
    const before = await visitor.lines("assistant");
    await visitor.say("Thanks, I will wait. Do you service heat pumps?");
    await winner.sees("Thanks, I will wait.");
    await winner.write("Yes, we do");
    await visitor.hears("agent", "Yes, we do");
    assert.deepEqual(await visitor.lines("assistant"), before, "the assistant spoke into a held chat");
  },

  async "internal talk stays inside, behind a lock and private buttons"() {
    await winner.write("!note he sounds upset");
    await loser.write("he had two refunds already");
    await winner.write(`@${loser.full} can you look?`);
    for (const text of ["he sounds upset", "he had two refunds", "can you look?"]) {
      await winner.line(text).getByRole("button", { name: /^lock/ }).waitFor();
    }
    await loser.whisper.getByRole("button", { name: "Keep internal" }).click();
    await loser.whisper.getByText("Kept between colleagues").waitFor();
    await winner.whisper.getByRole("button", { name: "Send to visitor" }).waitFor();
    await picture(winner.page, "private");
    await winner.whisper.getByRole("button", { name: "Send to visitor" }).click();
    await visitor.hears("agent", "can you look?");
    await winner.whisper.getByText("Sent to the visitor").waitFor();
    const all = await visitor.log.innerText();
    for (const secret of ["upset", "two refunds", "!note"]) assert.ok(!all.includes(secret), `leaked: ${secret}`);
  },

  async "Release puts the chat back in the queue"() {
    await winner.onAlert("Release").click();
    await visitor.becomes("queued");
    await visitor.hears("system", "had to step away");
    await loser.onAlert("Claim").click();
    await visitor.becomes("assigned");
    await visitor.hears("system", `Hi, I'm ${loser.full}`);
    [winner, loser] = [loser, winner];
  },

  async "Resolve asks what came of it and tells the visitor"() {
    await winner.onAlert("Resolve").click();
    const form = winner.page.getByRole("dialog", { name: "Resolve this chat" });
    const send = form.getByRole("button", { name: "Resolve", exact: true });
    await send.click();
    await form.getByText("Please fill this in").waitFor();
    await form.getByRole("combobox").selectOption({ label: "Solved" });
    await form.getByRole("textbox", { name: "What was agreed" }).fill("We agreed on a full refund of the diagnostic fee within five days.");
    await picture(winner.page, "resolve");
    await send.click();
    await form.waitFor({ state: "detached" });
    await visitor.becomes("resolved");
    await visitor.hears("system", "has closed this request");
    await winner.alert.getByText(`Resolved by ${winner.full}`).waitFor();
  },

  async "the chat is rated once it is over, and colleagues read it"() {
    const stars = visitor.panel.getByRole("radio");
    assert.equal(await stars.count(), 5);
    await named(visitor.page, ["radio", "button", "textbox"]);
    const group = visitor.panel.getByRole("group", { name: "How was this chat?" });
    await group.locator("label").nth(2).click();
    await visitor.page.keyboard.press("ArrowRight");
    assert.ok(await group.getByRole("radio", { name: "4 of 5" }).isChecked());
    await visitor.panel.getByRole("textbox", { name: /What should we know/ }).fill("Quick & kind <b>!</b>");
    await legible(visitor.panel);
    assert.equal(await visitor.panel.evaluate((panel) => panel.scrollTop), 0, "the panel itself was scrolled");
    await picture(visitor.page, "rating");
    await visitor.panel.getByRole("button", { name: "Send rating" }).click();
    await visitor.panel.getByText("Thank you for your rating.").waitFor();
    assert.equal(await stars.count(), 0);
    await winner.sees("The visitor rated this chat 4 of 5.");
    await winner.sees("Quick & kind <b>!</b>");
    await visitor.page.reload();
    await visitor.ready();
    await visitor.panel.getByText("Thank you for your rating.").waitFor();
    await picture(winner.page, "rated");
  },

  async "an answer is called unhelpful, and colleagues read that too"() {
    const answer = visitor.log.locator(".row.assistant", { has: visitor.page.locator(".thumb") }).first();
    const down = answer.getByRole("button", { name: "Not helpful" });
    await down.click();
    await until("the thumb to stay", async () => (await down.getAttribute("aria-pressed")) === "true");
    await winner.sees("The visitor found this answer of the assistant unhelpful:");
    await visitor.page.reload();
    await visitor.ready();
    assert.equal(await down.getAttribute("aria-pressed"), "true");
    assert.equal(await answer.getByRole("button", { name: "Helpful", exact: true }).getAttribute("aria-pressed"), "false");
    assert.equal(await visitor.panel.getByRole("radio").count(), 0, "a rated chat asks again");
  },

  async "the assistant answers again and knows what was agreed"() {
    const answer = await visitor.asks("What did we agree on?");
    assert.match(answer.text, /five days/);
    await visitor.becomes("automatic");
    assert.match(await visitor.panel.locator(".notice").innerText(), /AI assistant/);
    await picture(visitor.page, "agreed");
  },

  async "the button asks for a person before a word was said"() {
    const other = await Visitor.arrive();
    await other.open();
    await other.handoff.click();
    await other.becomes("queued");
    await other.hears("system", "bringing in a person");
    await dana.openThread(1);
    await dana.onAlert("Claim").waitFor();
    await other.page.context().close();
  },

  async "a reply in a chat of the assistant offers Claim and send"() {
    const other = await Visitor.arrive();
    await other.open();
    await other.asks("Do you clean ducts?");
    await dana.openThread(2);
    await dana.sees("Do you clean ducts?");
    await dana.write("I can take this one");
    await dana.whisper.getByRole("button", { name: "Claim and send" }).waitFor();
    assert.equal(await other.status(), "automatic");
    assert.equal((await other.lines("agent")).length, 0);
    await dana.whisper.getByRole("button", { name: "Claim and send" }).click();
    await other.hears("agent", "I can take this one");
    await other.becomes("assigned");
    const heard = (await other.lines()).map((line) => line.text);
    assert.ok(heard.findIndex((text) => text.startsWith("Hi, I'm Dana")) < heard.indexOf("I can take this one"), "the words came before their speaker");
  },

  async "what the business does not say ends with a person, not with a guess"() {
    const other = await Visitor.arrive();
    await other.open();
    await other.say("Do you install swimming pools?");
    await until("a word on it", async () => (await other.lines()).at(-1).kind !== "visitor");
    await other.say("And how deep would my pool be?");
    await other.becomes("queued");
    assert.deepEqual((await other.lines()).flatMap((line) => line.sources), []);
    assert.doesNotMatch(await other.log.innerText(), /yes|feet/i);
  },
});
