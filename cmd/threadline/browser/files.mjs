// Files and pictures, both ways: picked, dropped, pasted, refused, taken back.

import assert from "node:assert/strict";
import { Agent } from "./agent.mjs";
import { legible, named } from "./judge.mjs";
import { picture, play, until } from "./stage.mjs";
import { Visitor } from "./visitor.mjs";

const visitor = await Visitor.arrive();
const dana = await Agent.arrive("dana");

/** A picture, drawn by a browser. */
const drawn = async (page, text, hue) =>
  Buffer.from(
    await page.evaluate(
      ([words, colour]) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 480, height: 320 });
        const pen = canvas.getContext("2d");
        pen.fillStyle = `hsl(${colour} 60% 45%)`;
        pen.fillRect(0, 0, 480, 320);
        pen.fillStyle = "white";
        pen.font = "bold 48px sans-serif";
        pen.fillText(words, 40, 180);
        return canvas.toDataURL("image/png").split(",")[1];
      },
      [text, hue],
    ),
    "base64",
  );

/** A document of so many bytes. */
const document = (size) => Buffer.concat([Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), Buffer.alloc(size, "% dust\n"), Buffer.from("\ntrailer<<>>\n%%EOF")]);

const chips = visitor.panel.locator(".filechip");
const pick = (...files) => visitor.panel.locator('input[type="file"]').setInputFiles(files);
const ready = (n) => until(`${n} files to be up`, async () => (await visitor.panel.locator(".filechip:not(.bad):not(:has(progress))").count()) === n);
/** Waits until a picture is really drawn, not only there. */
const shows = (locator) => until("the picture to be drawn", () => locator.evaluate((img) => img.complete && img.naturalWidth === 480).catch(() => false));

await play({
  async "picked files go up, are shown, and can be removed"() {
    await visitor.open();
    const sent = [];
    visitor.page.on("request", (request) => {
      if (request.url().endsWith("/attachments")) sent.push(request);
    });
    // A slow line, so that there is something to see.
    const line = await visitor.page.context().newCDPSession(visitor.page);
    const pace = (bytes) => line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
    await pace(300_000);
    await pick({ name: "manual.pdf", mimeType: "application/pdf", buffer: document(1_500_000) });
    const bar = visitor.panel.locator(".filechip", { hasText: "manual.pdf" }).locator("progress");
    const half = await until("the bar to move", () => bar.evaluate((el) => el.value > 0 && el.value < el.max && el.value / el.max));
    await picture(visitor.page, "files-progress");
    await until("the bar to move on", () => bar.evaluate((el, before) => el.value / el.max > before, half));
    await pace(-1);
    await ready(1);
    await pick(
      { name: "leak.png", mimeType: "image/png", buffer: await drawn(visitor.page, "the leak", 210) },
      { name: "numbers.csv", mimeType: "text/csv", buffer: Buffer.from("part,price\nvalve,12\n") },
      { name: "setup.png", mimeType: "image/png", buffer: Buffer.from("MZ\x90\x00\x03 not a picture") },
      { name: "setup.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("MZ\x90\x00\x03\x00\x00\x00") },
      { name: "film.png", mimeType: "image/png", buffer: Buffer.alloc(11 << 20) },
    );
    await ready(3);
    const refused = (name, why) => visitor.panel.locator(".filechip.bad", { hasText: name }).getByText(why).waitFor();
    await refused("setup.png", "Files of this kind cannot be sent");
    await refused("setup.exe", "Files of this kind cannot be sent");
    await refused("film.png", "Larger than 10 MB");
    assert.equal(sent.length, 5, "the file that is too large was sent all the same");
    await shows(visitor.panel.locator(".filechip img"));
    const seen = await visitor.panel.locator(".filechip", { hasText: "setup.exe" }).evaluate((chip) => {
      const [own, list] = [chip, chip.parentElement].map((el) => el.getBoundingClientRect());
      return own.top >= list.top - 1 && own.bottom <= list.bottom + 1;
    });
    assert.ok(seen, "the newest refusal is out of sight");
    await legible(visitor.panel.locator(".composer"));
    await named(visitor.page, ["button", "link", "textbox", "progressbar"]);
    await picture(visitor.page, "files-picked");
    for (const name of ["setup.png", "setup.exe", "film.png"]) await visitor.panel.getByRole("button", { name: `Remove ${name}` }).click();
    await until("the refused ones to go", async () => (await chips.count()) === 3);
  },

  async "they are sent with the words and stand in the thread"() {
    await visitor.say("This is what I see under the sink");
    assert.equal(await chips.count(), 0);
    await shows(visitor.log.locator('.row.visitor img[alt="leak.png"]'));
    await visitor.log.getByRole("link", { name: "numbers.csv" }).waitFor();
    await visitor.log.getByRole("link", { name: "manual.pdf" }).waitFor();
    await dana.openThread(0);
    await dana.sees("📎 leak.png");
    await shows(dana.thread.locator('img[alt="leak.png"]'));
    await dana.thread.locator("a.file", { hasText: "numbers.csv" }).waitFor();
    await dana.thread.locator("a.file", { hasText: "manual.pdf" }).waitFor();
    await dana.thread.locator('img[alt="leak.png"]').scrollIntoViewIfNeeded();
    await picture(visitor.page, "files-visitor");
    await picture(dana.page, "files-thread");
  },

  async "a dropped and a pasted picture go too, without a word"() {
    const transfer = async (type, name) => {
      const bytes = [...(await drawn(visitor.page, name, type === "drop" ? 140 : 20))];
      const data = await visitor.page.evaluateHandle(
        ([all, title]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(all)], title, { type: "image/png" }));
          return transfer;
        },
        [bytes, name],
      );
      if (type === "paste") {
        await visitor.field.evaluate((field, clipboardData) => field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })), data);
        return;
      }
      await visitor.panel.dispatchEvent("dragover", { dataTransfer: data });
      await visitor.panel.locator(".dropzone").waitFor();
      await picture(visitor.page, "files-drop");
      await visitor.panel.dispatchEvent("drop", { dataTransfer: data });
      await visitor.panel.locator(".dropzone").waitFor({ state: "detached" });
    };
    await transfer("drop", "dropped.png");
    await transfer("paste", "pasted.png");
    await ready(2);
    await visitor.field.press("Enter");
    await shows(visitor.log.locator('.row.visitor img[alt="pasted.png"]'));
    await shows(dana.thread.locator('img[alt="dropped.png"]'));
    await shows(dana.thread.locator('img[alt="pasted.png"]'));
  },

  async "what is up survives a reload, and a failure can be tried again"() {
    await pick({ name: "later.png", mimeType: "image/png", buffer: await drawn(visitor.page, "later", 280) });
    await ready(1);
    await visitor.page.reload();
    await visitor.ready();
    await ready(1);
    const attachments = "**/api/v1/attachments";
    await visitor.page.route(attachments, (route) => route.abort());
    await pick({ name: "unlucky.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
    await visitor.panel.locator(".filechip.bad", { hasText: "Could not be uploaded" }).waitFor();
    await visitor.page.unroute(attachments);
    await visitor.panel.getByRole("button", { name: "Try unlucky.txt again" }).click();
    await ready(2);
    await visitor.say("two more");
    await shows(dana.thread.locator('img[alt="later.png"]'));
  },

  async "an agent's picture reaches the visitor, with its words"() {
    await dana.onAlert("Claim").click();
    await visitor.becomes("assigned");
    await dana.thread.locator('input[type="file"]').setInputFiles([
      { name: "valve.png", mimeType: "image/png", buffer: await drawn(dana.page, "this valve", 340) },
      { name: "guide.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF") },
    ]);
    await dana.write("Close this one, the guide shows how");
    await visitor.hears("agent", "Close this one");
    const image = visitor.log.locator('.row.agent img[alt="valve.png"]');
    await shows(image);
    const link = visitor.log.getByRole("link", { name: "guide.pdf" });
    const reply = await visitor.page.request.get(await link.getAttribute("href"));
    assert.equal(reply.headers()["content-disposition"], "attachment; filename=guide.pdf");
    assert.equal(reply.headers()["content-type"], "application/pdf");
    await image.scrollIntoViewIfNeeded();
    await legible(visitor.panel);
    await picture(visitor.page, "files-agent");
    await picture(dana.page, "files-agent-thread");
  },

  async "an aside's file stays inside, a refused one is explained to its author, a deleted one is gone"() {
    const src = await visitor.log.locator('.row.agent img[alt="valve.png"]').getAttribute("src");
    const file = (name, buffer) => dana.thread.locator('input[type="file"]').setInputFiles([{ name, mimeType: "application/octet-stream", buffer }]);
    await file("secret.png", await drawn(dana.page, "secret", 0));
    await dana.write("! only for us");
    await file("setup.exe", Buffer.from("MZ\x90\x00\x03"));
    await dana.write("and the installer");
    await visitor.hears("agent", "and the installer");
    await dana.isTold("The visitor has not received setup.exe");
    await picture(dana.page, "files-refused");
    assert.equal(await visitor.log.locator('img[alt="secret.png"]').count(), 0);
    assert.ok(!(await visitor.log.innerText()).includes("setup.exe"));
    const line = dana.line("Close this one");
    await line.hover();
    await line.getByRole("button", { name: "More actions" }).click();
    dana.page.once("dialog", (dialog) => dialog.accept());
    await dana.page.getByText("Delete message…").click();
    const sure = dana.page.getByRole("button", { name: "Delete", exact: true });
    if (await sure.count()) await sure.click();
    await until("the line to go", async () => !(await visitor.log.innerText()).includes("Close this one"));
    assert.equal((await visitor.page.request.get(src)).status(), 404, "a deleted line's picture is still served");
  },
});
