// Judgements on what a page shows, made in the page itself.

import assert from "node:assert/strict";

/** Every control and landmark that Chromium tells assistive technology of must have a name. */
export async function named(page, roles) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const live = nodes.filter((node) => !node.ignored && roles.includes(node.role?.value));
  const nameless = live.filter((node) => !node.name?.value?.trim()).map((node) => node.role.value);
  assert.deepEqual(nameless, [], "controls without a name");
  return live.map((node) => `${node.role.value} ${node.name.value}`);
}

/**
 * Every visible text below an element must stand out from what is behind it:
 * 4.5 to 1, or 3 to 1 where it is large (WCAG 2.2, 1.4.3).
 */
export async function legible(locator) {
  const { checked, faint } = await locator.evaluate((top) => {
    const parse = (colour) => {
      const [r, g, b, a = 1] = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
      return colour.startsWith("color(srgb") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
    };
    const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
    const above = (el) => el.parentElement ?? el.getRootNode().host ?? null;
    const behind = (el) => {
      const layers = [];
      for (let at = el; at; at = above(at)) {
        const style = getComputedStyle(at);
        const colour = parse(style.backgroundColor);
        if (colour[3]) layers.push(colour);
        if (colour[3] === 1) break;
      }
      return layers.reduceRight((under, layer) => over(layer, under), [255, 255, 255]);
    };
    const solid = (el) => {
      let share = 1;
      for (let at = el; at; at = above(at)) share *= Number(getComputedStyle(at).opacity);
      return share;
    };
    const light = (rgb) => {
      const [r, g, b] = rgb.map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faint = [];
    let checked = 0;
    const look = (el, text, pseudo) => {
      const style = getComputedStyle(el, pseudo);
      const back = behind(el);
      // What is faded as a whole is taken to stand on white.
      const fade = (rgb) => over([...rgb, solid(el)], [255, 255, 255]);
      const [x, y] = [light(fade(over(parse(style.color), back))), light(fade(back))].sort((a, b) => b - a);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const ratio = (x + 0.05) / (y + 0.05);
      checked++;
      if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${el.localName}.${el.className}: ${text.trim().slice(0, 40)}`);
    };
    for (const el of [top, ...top.querySelectorAll("*")]) {
      if (!el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || el.closest(":disabled, [aria-disabled=true]")) continue;
      if (el.placeholder && !el.value) look(el, el.placeholder, "::placeholder");
      const own = [...el.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (own.length) look(el, own[0].data);
    }
    return { checked, faint };
  });
  assert.ok(checked > 3, `only ${checked} texts were looked at`);
  assert.deepEqual(faint, [], "faint texts");
}
