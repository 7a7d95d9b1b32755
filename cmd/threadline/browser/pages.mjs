// The widget on pages that it did not choose, for people who use it otherwise.

import assert from "node:assert/strict";
import { Agent } from "./agent.mjs";
import { legible, named } from "./judge.mjs";
import { foreign, person, picture, play, site, until } from "./stage.mjs";
import { Visitor } from "./visitor.mjs";

/** A page of the site's own origin that the site does not have. */
async function made(html, headers = {}, options = {}) {
  const context = await person(options);
  await context.route(`${site}/made`, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", headers, body: html }));
  const visitor = new Visitor(await context.newPage());
  await visitor.page.goto(`${site}/made`);
  return visitor;
}

const SCRIPT = '<script async src="/widget.js" data-site="default"></script>';

/** How the widget's parts are drawn, whatever the page around them. */
const looks = (visitor) =>
  visitor.host.evaluate((host) => {
    const parts = [".launcher", ".panel", ".header", ".title", ".notice", ".log", ".row .bubble", ".name", "textarea", ".pill", ".send"];
    const styles = ["color", "backgroundColor", "fontSize", "fontFamily", "lineHeight", "letterSpacing", "textTransform", "opacity", "padding", "margin", "position", "display", "direction", "filter"];
    return parts.map((part) => {
      const el = host.shadowRoot.querySelector(part);
      const { x, y, width, height } = el.getBoundingClientRect();
      const style = getComputedStyle(el);
      return [part, x, y, width, height, ...styles.map((name) => style[name])].join(" | ");
    });
  });

const HOSTILE = `
  html { font-size: 47px; letter-spacing: 9px; line-height: 4; text-transform: uppercase; word-spacing: 2em; overflow-y: scroll; scrollbar-width: none }
  html * { color: red !important; font: 900 40px fantasy !important; opacity: .2 !important; display: inline !important; position: static !important;
      margin: 40px !important; padding: 40px !important; border: 9px dashed lime !important; box-sizing: content-box !important; float: left !important;
      filter: blur(4px) !important; transform: rotate(20deg) !important; visibility: hidden !important; z-index: -1 !important; width: 10px !important; height: 10px !important }
  body { position: fixed !important; transform: scale(.5) !important }
`;

const TYPED = "<!channel> @here <script>window.pwned = 1</script><img src=x onerror=window.pwned=1> *_~` & 😀👩‍🔧 שלום عالم";

await play({
  async "a hostile page's style changes nothing"() {
    const size = { viewport: { width: 1000, height: 700 } };
    const plain = await made(`<!doctype html><html lang="en"><title>Plain</title>${SCRIPT}<body>`, {}, size);
    const hostile = await made(`<!doctype html><html lang="en"><title>Hostile</title><style>${HOSTILE}</style>${SCRIPT}<body><h1>Sale!</h1>`, {}, size);
    for (const visitor of [plain, hostile]) {
      await visitor.open();
      await visitor.page.mouse.move(2, 2);
    }
    const want = await looks(plain);
    await until("both to look the same", async () => JSON.stringify(await looks(hostile)) === JSON.stringify(want)).catch(async (error) => {
      assert.deepEqual(await looks(hostile), want);
      throw error;
    });
    await picture(hostile.page, "hostile");
    for (const visitor of [plain, hostile]) await visitor.page.context().close();
  },

  async "a page's own shortcuts are quiet while one types, and the page is left as it was"() {
    const visitor = await made(`<!doctype html><html lang="en"><title>Shortcuts</title><script>
      window.keys = 0;
      const before = new Set(Object.getOwnPropertyNames(window));
      window.added = () => Object.getOwnPropertyNames(window).filter((name) => !before.has(name) && name !== "added");
      document.addEventListener("keydown", () => window.keys++);
    </script>${SCRIPT}<body><main>Here</main>`);
    await visitor.open();
    await visitor.field.pressSequentially("search");
    const page = await visitor.page.evaluate(() => ({ keys: window.keys, added: window.added(), body: document.body.innerHTML }));
    assert.deepEqual(page, { keys: 0, added: ["Threadline"], body: "<main>Here</main>" });
    await visitor.page.context().close();
  },

  async "a strict content security policy is obeyed"() {
    const policy = `default-src 'none'; script-src 'nonce-a1'; connect-src ${site}; img-src ${site}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types threadline`;
    const visitor = await made(
      `<!doctype html><html lang="en"><title>Strict</title><script nonce="a1">
        window.violations = [];
        addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample));
      </script><script nonce="a1" async src="/widget.js" data-site="default"></script><body>`,
      { "Content-Security-Policy": policy },
    );
    await visitor.open();
    await visitor.asks("Do you service heat pumps in 60614?");
    assert.equal(await visitor.panel.evaluate((panel) => getComputedStyle(panel).position), "fixed", "the style was refused");
    const refused = (await visitor.page.evaluate(() => window.violations)).filter((line) => !line.includes("favicon"));
    assert.deepEqual(refused, []);
    await visitor.page.context().close();
  },

  async "another site's page may not use the chat and is told so quietly"() {
    const reply = await fetch(`${site}/api/v1/sessions`, { method: "POST", headers: { "Content-Type": "application/json", Origin: foreign }, body: '{"site":"default"}' });
    assert.equal(reply.status, 403);
    assert.equal((await reply.json()).error.code, "foreign_origin");
    const visitor = await Visitor.arrive({}, `${foreign}/?site=${encodeURIComponent(site)}`);
    await visitor.launcher.click();
    await visitor.panel.locator(".banner").waitFor();
    assert.match(await visitor.panel.locator(".banner").innerText(), /not available on this page/);
    assert.equal(await visitor.page.locator("h1").innerText(), "Somebody else's page");
    await visitor.page.keyboard.press("Escape");
    await until("the panel to close", async () => (await visitor.launcher.getAttribute("aria-expanded")) === "false");
    await visitor.page.context().close();
  },

  async "on a phone it fills the screen"() {
    const visitor = await Visitor.arrive({ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });
    await visitor.launcher.tap();
    await visitor.ready();
    const box = () => visitor.panel.evaluate((panel) => [panel.getBoundingClientRect(), panel.getAnimations({ subtree: false }).length]);
    await until("the panel to stand still", async () => (await box())[1] === 0);
    const { x, y, width, height } = (await box())[0];
    assert.deepEqual([x, y, width, height].map(Math.round), [0, 0, 390, 780]);
    await visitor.say("W".repeat(300));
    const wide = await visitor.panel.evaluate((panel) => [panel, ...panel.querySelectorAll(".scroller, .bubble")].filter((el) => el.scrollWidth > el.clientWidth + 1).map((el) => el.className));
    assert.deepEqual(wide, [], "something is wider than the phone");
    const small = await visitor.panel.evaluate((panel) =>
      [...panel.querySelectorAll("button, textarea")].filter((el) => el.checkVisibility()).map((el) => [el.className, el.getBoundingClientRect()])
        .filter(([, r]) => r.width < 24 || r.height < 24).map(([name, r]) => `${name} ${r.width}×${r.height}`));
    assert.deepEqual(small, [], "too small to be hit");
    assert.ok(await visitor.field.evaluate((field) => parseFloat(getComputedStyle(field).fontSize)) >= 16, "a phone zooms in on a smaller field");
    await picture(visitor.page, "phone");
    await visitor.panel.getByRole("button", { name: "Close chat" }).tap();
    await until("the panel to close", async () => (await visitor.launcher.getAttribute("aria-expanded")) === "false");
    await visitor.page.context().close();
  },

  async "what is typed arrives as typed, and nothing of it runs"() {
    const visitor = await Visitor.arrive();
    await visitor.open();
    await visitor.say(TYPED);
    await visitor.say("שלום, אפשר לדבר עם בן אדם?");
    const lines = await visitor.lines("visitor");
    assert.equal(lines[0].text, TYPED);
    const direction = (n) => visitor.log.locator(".row.visitor .bubble > div").nth(n).evaluate((el) => getComputedStyle(el).direction);
    assert.deepEqual([await direction(0), await direction(1)], ["ltr", "rtl"]);
    const dana = await Agent.arrive("dana");
    await dana.openThread(2);
    await dana.sees(TYPED);
    await dana.sees("שלום, אפשר");
    assert.equal(await dana.line("👩‍🔧").locator(".mention").count(), 0, "a visitor's words became a mention");
    for (const page of [visitor.page, dana.page]) assert.equal(await page.evaluate(() => window.pwned), undefined);
    await dana.write("<script>window.pwned = 1</script> مرحبا 🔧 تفضل");
    await dana.whisper.getByRole("button", { name: "Claim and send" }).click();
    const reply = await visitor.hears("agent", "مرحبا");
    assert.equal(reply.text, "<script>window.pwned = 1</script> مرحبا 🔧 تفضل");
    assert.equal(await visitor.page.evaluate(() => window.pwned), undefined);
    await picture(visitor.page, "typed");
    for (const scheme of ["light", "dark"]) {
      await dana.page.emulateMedia({ colorScheme: scheme });
      await legible(dana.thread);
    }
    await named(dana.page, ["button", "link", "textbox", "radio", "log", "dialog"]);
    await dana.page.context().close();
    await visitor.page.context().close();
  },

  async "the keyboard alone is enough"() {
    const visitor = await Visitor.arrive();
    const { page } = visitor;
    const focused = (locator) => locator.evaluate((el) => el.getRootNode().activeElement === el);
    const tabTo = async (what, locator) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if (await focused(locator)) return;
      }
      assert.fail(`Tab does not reach ${what}`);
    };
    await visitor.launcher.waitFor();
    await tabTo("the launcher", visitor.launcher);
    const ring = await visitor.launcher.evaluate((el) => [getComputedStyle(el).outlineStyle, getComputedStyle(el).boxShadow]);
    assert.ok(ring[0] !== "none", `no ring around the focus: ${ring}`);
    await page.keyboard.press("Enter");
    await visitor.ready();
    await until("the focus to be where one writes", () => focused(visitor.field));
    assert.equal(await visitor.launcher.getAttribute("aria-expanded"), "true");
    await page.keyboard.type("Do you clean ducts?");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("Thanks");
    await page.keyboard.press("Enter");
    await until("the line to be taken", async () => (await visitor.lines("visitor"))[0]?.text === "Do you clean ducts?\nThanks");
    await tabTo("the end", visitor.panel.getByRole("button", { name: "End chat" }));
    await page.keyboard.press("Enter");
    await until("the question to have the focus", () => focused(visitor.panel.getByRole("button", { name: "Keep chatting" })));
    await page.keyboard.press("Escape");
    await until("the focus to return to where one writes", () => focused(visitor.field));
    await tabTo("the button", visitor.handoff);
    await page.keyboard.press("Enter");
    await visitor.becomes("queued");
    await page.keyboard.press("Escape");
    await until("the focus to return to the launcher", () => focused(visitor.launcher));
    assert.equal(await visitor.launcher.getAttribute("aria-expanded"), "false");
    assert.equal(await visitor.panel.isVisible(), false);
    await page.context().close();
  },

  async "controls have names, news is announced, texts are legible"() {
    const visitor = await Visitor.arrive();
    await visitor.open();
    await visitor.asks("Do you service heat pumps in 60614?");
    const told = await named(visitor.page, ["button", "link", "textbox", "dialog", "log"]);
    for (const want of ["dialog Chat with Northside Home Comfort", "log Messages", "textbox Your message", "button Send", "button Talk to a person", "button Close chat"]) {
      assert.ok(told.includes(want), `${want} is not among ${told}`);
    }
    assert.equal(await visitor.log.getAttribute("aria-live"), "polite");
    assert.equal(await visitor.header.locator('[role="status"] h2').count(), 1);
    await legible(visitor.panel);
    await visitor.handoff.click();
    await visitor.becomes("queued");
    await legible(visitor.panel);
    await visitor.page.context().close();
  },
});
