import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, palette, parse } from "../colour";

const read = (colour: string) => parse(colour) ?? [0, 0, 0];

test("every accent gives colours that can be read", () => {
  const steps = [0, 36, 73, 109, 146, 182, 219, 255].map((part) => part.toString(16).padStart(2, "0"));
  for (const r of steps) {
    for (const g of steps) {
      for (const b of steps) {
        const { accent, onAccent, accentInk } = palette(`#${r}${g}${b}`);
        assert.ok(contrast(read(accent), read(onAccent)) >= 4.5, `text on #${r}${g}${b}: ${accent} ${onAccent}`);
        assert.ok(contrast(read(accentInk), [241, 244, 247]) >= 4.5, `links of #${r}${g}${b}: ${accentInk}`);
      }
    }
  }
});

test("what is no colour falls back", () => {
  for (const wrong of [undefined, "", "red", "#12", "url(x)", "#12345z"]) assert.deepEqual(palette(wrong), palette("#0b6e4f"));
  assert.deepEqual(palette("#fa0"), palette("#ffaa00"));
});
