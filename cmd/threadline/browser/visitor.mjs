// The visitor's side: a page with the widget, used as a person uses it.

import { person, site, until } from "./stage.mjs";

export class Visitor {
  constructor(page) {
    this.page = page;
    this.host = page.locator("threadline-chat");
    this.launcher = this.host.locator(".launcher");
    this.panel = this.host.getByRole("dialog");
    this.log = this.panel.getByRole("log");
    this.field = this.panel.getByRole("textbox", { name: "Your message" });
    this.header = this.panel.locator(".header");
    this.handoff = this.panel.locator(".actions .pill.person");
  }

  /** Comes to the site with a browser of their own. */
  static async arrive(options, url = site) {
    const context = await person(options);
    const visitor = new Visitor(await context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  async open() {
    await this.launcher.click();
    await this.ready();
  }

  /** Waits until the chat is there to be used. */
  async ready() {
    await this.field.waitFor();
    await this.log.locator(".row.assistant").first().waitFor();
  }

  async write(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** Writes a line and waits until the server has it. */
  async say(text) {
    const before = (await this.lines("visitor")).length;
    await this.write(text);
    await until(`${JSON.stringify(text.slice(0, 40))} to be taken`, async () => (await this.lines("visitor")).length > before && !(await this.log.locator(".unsent").count()));
  }

  /** The log as it stands: who said what, in the order shown. */
  async lines(kind) {
    const all = await this.log.evaluate((log) =>
      [...log.querySelectorAll(".row, .system")].map((row) => ({
        kind: row.classList.contains("system") ? "system" : ["visitor", "assistant", "agent"].find((k) => row.classList.contains(k)),
        text: (row.classList.contains("system") ? row : row.querySelector(".bubble > div"))?.textContent ?? "",
        unsent: row.classList.contains("unsent"),
        sources: [...row.querySelectorAll(".sources li")].map((li) => li.textContent),
      })),
    );
    return kind ? all.filter((line) => line.kind === kind) : all;
  }

  /** Waits for a line of that kind that holds the text. */
  hears(kind, text) {
    return until(`${kind} says ${text}`, async () => (await this.lines(kind)).find((line) => line.text.includes(text)));
  }

  /** Says something and waits for the assistant's whole answer. */
  async asks(text) {
    const before = (await this.lines("assistant")).length;
    await this.say(text);
    return until(`an answer to ${text}`, async () => (await this.lines("assistant"))[before]);
  }

  status() {
    return this.header.evaluate((header) => header.classList[1]);
  }

  becomes(status) {
    return until(`the chat to be ${status}`, async () => (await this.status()) === status);
  }

  /** From now on remembers every state of the answer that is being written. */
  watchDrafts() {
    return this.page.evaluate(() => {
      const root = document.querySelector("threadline-chat").shadowRoot;
      window.drafts = [];
      new MutationObserver(() => {
        const text = root.querySelector(".writing .bubble:not(.dots)")?.textContent;
        if (text && text !== window.drafts.at(-1)) window.drafts.push(text);
      }).observe(root, { subtree: true, childList: true, characterData: true });
    });
  }

  drafts() {
    return this.page.evaluate(() => window.drafts);
  }
}
