import { h, type ComponentChildren, type VNode } from "preact";
import type { HTMLPolicy } from "./boot";

const KEPT = new Set(["p", "br", "strong", "em", "del", "code", "pre", "ul", "ol", "li", "blockquote", "a"]);
const SAME: Record<string, string> = { b: "strong", i: "em", s: "del", strike: "del" };
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "embed", "svg", "math", "noscript", "textarea", "select", "title"]);
const DEEPEST = 24;

/**
 * The server's sanitised HTML as vnodes. The string is parsed into a document
 * of its own, where nothing runs or loads, and only known elements are copied
 * by name, so that even a hostile string stays text. Returns null where the
 * page's policy forbids parsing; the plain text is shown then.
 */
export function fromHTML(html: string, policy: HTMLPolicy | null): ComponentChildren | null {
  try {
    const text = policy ? policy.createHTML(html) : html;
    return children(new DOMParser().parseFromString(text, "text/html").body, 0);
  } catch {
    return null;
  }
}

function children(parent: Node, depth: number): ComponentChildren[] {
  return [...parent.childNodes].map((node) => one(node, depth));
}

function one(node: Node, depth: number): ComponentChildren {
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const name = (node as Element).localName;
  if (DROPPED.has(name)) return null;
  if (depth >= DEEPEST) return node.textContent;
  const tag = SAME[name] ?? name;
  const inner = children(node, depth + 1);
  if (!KEPT.has(tag)) return inner;
  if (tag === "br") return <br />;
  if (tag === "a") return link((node as Element).getAttribute("href"), inner);
  return h(tag, null, inner);
}

/** A link for addresses that cannot run anything; otherwise only its content. */
export function link(href: string | null | undefined, content: ComponentChildren, base?: string): VNode | ComponentChildren {
  const url = safeURL(href, base);
  if (!url) return content;
  const web = url.startsWith("http");
  return (
    <a href={url} {...(web ? { target: "_blank", rel: "noopener noreferrer" } : { rel: "noopener" })}>
      {content}
    </a>
  );
}

export function safeURL(href: string | null | undefined, base?: string): string | null {
  if (!href) return null;
  try {
    const url = new URL(href, base);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
