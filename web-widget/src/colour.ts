const WHITE: RGB = [255, 255, 255];
const INK: RGB = [23, 33, 43];
const FALLBACK = "#0b6e4f";

type RGB = [number, number, number];

export interface Palette {
  /** Fills: the launcher, the visitor's bubbles, the send button. */
  accent: string;
  /** Text on a fill. */
  onAccent: string;
  /** Text and lines on white, dark enough to read. */
  accentInk: string;
}

/** Derives readable colours (WCAG AA) from a site's accent, given as #rgb or #rrggbb. */
export function palette(accent: string | undefined): Palette {
  const fill = parse(accent) ?? (parse(FALLBACK) as RGB);
  // Dark text where white fails; in between, where both do, the fill gives way.
  const onAccent = contrast(fill, WHITE) < 4.5 && contrast(fill, INK) >= 4.5 ? INK : WHITE;
  let ink = fill;
  for (let i = 0; i < 20 && contrast(ink, [241, 244, 247]) < 4.6; i++) ink = ink.map((part) => Math.round(part * 0.9)) as RGB;
  let solid = fill;
  if (onAccent === WHITE) {
    for (let i = 0; i < 20 && contrast(solid, WHITE) < 4.5; i++) solid = solid.map((part) => Math.round(part * 0.95)) as RGB;
  }
  return { accent: hex(solid), onAccent: hex(onAccent), accentInk: hex(ink) };
}

export function parse(text: string | undefined): RGB | null {
  const match = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text?.trim() ?? "");
  if (!match?.[1]) return null;
  const full = match[1].length === 3 ? match[1].replace(/./g, "$&$&") : match[1];
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as RGB;
}

function hex(colour: RGB): string {
  return "#" + colour.map((part) => part.toString(16).padStart(2, "0")).join("");
}

export function contrast(a: RGB, b: RGB): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: RGB): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as RGB;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
