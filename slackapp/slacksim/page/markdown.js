// A plain reading of Markdown for `markdown` blocks: headings, lists, quotes,
// fences, rules, emphasis, code and links.

import { h } from './dom.js';
import { link } from './text.js';

function spans(text) {
  const out = [];
  const re = /(`[^`]+`)|\*\*([^*]+)\*\*|__([^_]+)__|~~([^~]+)~~|\*([^*\s][^*]*)\*|_([^_\s][^_]*)_|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)]+)/g;
  let at = 0;
  for (let m; (m = re.exec(text));) {
    if (m.index > at) out.push(text.slice(at, m.index));
    if (m[1]) out.push(h('code', {}, m[1].slice(1, -1)));
    else if (m[2] || m[3]) out.push(h('strong', {}, spans(m[2] || m[3])));
    else if (m[4]) out.push(h('s', {}, spans(m[4])));
    else if (m[5] || m[6]) out.push(h('em', {}, spans(m[5] || m[6])));
    else if (m[7]) out.push(link(m[8], m[7]));
    else out.push(link(m[9]));
    at = re.lastIndex;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

export function markdown(source) {
  const out = [];
  const lines = (source || '').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    let m;
    if ((m = /^```/.exec(line))) {
      const body = [];
      while (++i < lines.length && !/^```/.test(lines[i])) body.push(lines[i]);
      out.push(h('pre', {}, body.join('\n')));
    } else if ((m = /^(#{1,6})\s+(.*)/.exec(line))) {
      out.push(h('p', { class: `md-h md-h${m[1].length}` }, spans(m[2])));
    } else if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) {
      out.push(h('hr'));
    } else if (/^>\s?/.test(line)) {
      const body = [line];
      while (i + 1 < lines.length && /^>\s?/.test(lines[i + 1])) body.push(lines[++i]);
      out.push(h('blockquote', {}, spans(body.map((l) => l.replace(/^>\s?/, '')).join('\n'))));
    } else if ((m = /^\s*([-*+]|\d+\.)\s+/.exec(line))) {
      const list = h(/\d/.test(m[1]) ? 'ol' : 'ul');
      for (; i < lines.length && (m = /^\s*([-*+]|\d+\.)\s+(.*)/.exec(lines[i])); i++) list.append(h('li', {}, spans(m[2])));
      i--;
      out.push(list);
    } else if (line.trim()) {
      const body = [line];
      while (i + 1 < lines.length && lines[i + 1].trim() && !/^(```|#{1,6}\s|>|\s*([-*+]|\d+\.)\s)/.test(lines[i + 1])) body.push(lines[++i]);
      out.push(h('p', {}, spans(body.join('\n'))));
    }
  }
  return out;
}
