// The Slack side: the simulator's page, used as one of its people.

import { person, slack, until } from "./stage.mjs";

/** Whom the visitor will meet. */
const CAST = {
  dana: { full: "Dana Whitfield", title: "Service Coordinator" },
  lee: { full: "Lee Okafor", title: "Heating Specialist" },
};

export class Agent {
  constructor(page, name) {
    Object.assign(this, CAST[name]);
    this.page = page;
    this.name = name;
    this.channel = page.locator("#main");
    this.thread = page.locator("#thread");
    this.box = this.thread.getByRole("textbox", { name: "Reply…" });
  }

  /** Sits down at a browser of their own. */
  static async arrive(name) {
    const context = await person();
    const agent = new Agent(await context.newPage(), name);
    await agent.page.goto(`${slack}/`);
    await agent.page.locator(`#sidebar [data-user="${name}"]`).click();
    await agent.page.locator(`#sidebar [data-user="${name}"][aria-checked="true"]`).waitFor();
    return agent;
  }

  /** Opens the thread of the nth chat, from 0. */
  async openThread(n) {
    await this.channel.locator("button.replies").nth(n).click();
    await this.box.waitFor();
  }

  /** Writes into the thread and waits until the line stands there. */
  async write(text) {
    const lines = this.thread.locator(".msg:not(.whisper)");
    const before = await lines.count();
    await this.box.fill(text);
    await this.box.press("Enter");
    await until(`${this.name}'s line to stand`, async () => (await lines.count()) > before);
  }

  /** Waits for words that only this person sees. */
  isTold(text) {
    return this.page.locator(".whisper, #toasts").getByText(text).first().waitFor();
  }

  /** The message in the thread that holds the text. */
  line(text) {
    return this.thread.locator(".msg:not(.whisper)", { hasText: text }).last();
  }

  /** The chat's newest alert. */
  get alert() {
    return this.thread.locator(".msg", { hasText: /needs a person|Claimed by|Resolved by/ }).last();
  }

  /** A button of the newest alert, by its label. */
  onAlert(label) {
    return this.alert.getByRole("button", { name: label, exact: true });
  }

  /** The newest private message of the app. */
  get whisper() {
    return this.page.locator(".msg.whisper").last();
  }

  texts() {
    return this.thread.locator(".msg .msg-body").evaluateAll((all) => all.map((body) => body.innerText));
  }

  /** The chat as the thread mirrors it; one post may hold several lines. */
  async mirror() {
    const lines = [];
    for (const body of await this.texts()) {
      for (const piece of body.split(/^(?=(?:👤|🤖|⚙️) )/mu)) {
        const [, icon, text] = /^(👤|🤖|⚙️) .*\n([^]*)/u.exec(piece) ?? [];
        if (icon) lines.push({ kind: { "👤": "visitor", "🤖": "assistant", "⚙️": "system" }[icon], text: text.trim() });
      }
    }
    return lines;
  }

  sees(text) {
    return until(`${this.name} sees ${text} in the thread`, async () => (await this.texts()).some((line) => line.includes(text)));
  }
}
