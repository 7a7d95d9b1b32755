// Text as the platform stores it: mrkdwn, entities, dates and Markdown, turned
// into nodes. Nothing here ever parses HTML.

import { h } from './dom.js';
import { emoji } from './emoji.js';

export function unescape(text) {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

export function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

const SAFE_URL = /^(https?:|mailto:|tel:)/i;

export function link(url, label) {
  const href = unescape(url);
  if (!SAFE_URL.test(href)) return h('span', {}, label || href);
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, label || href);
}

export function mention(label, mine) {
  return h('span', { class: mine ? 'mention me' : 'mention' }, label);
}

const DAY = 86400;
function ago(seconds) {
  const future = seconds < 0;
  const s = Math.abs(seconds);
  const [n, unit] = s < 60 ? [Math.floor(s), 'second'] : s < 3600 ? [Math.floor(s / 60), 'minute']
    : s < DAY ? [Math.floor(s / 3600), 'hour'] : [Math.floor(s / DAY), 'day'];
  if (unit === 'second' && n < 10) return future ? 'in a moment' : 'just now';
  const words = `${n} ${unit}${n === 1 ? '' : 's'}`;
  return future ? `in ${words}` : `${words} ago`;
}

export function clock(date, seconds = false) {
  return date.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit', second: seconds ? '2-digit' : undefined });
}

function pretty(date, plain) {
  const now = new Date();
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : days === -1 ? 'tomorrow' : plain;
}

function dateText(unix, format) {
  const d = new Date(unix * 1000);
  const long = (o) => d.toLocaleDateString([], o);
  const day = long({ year: 'numeric', month: 'long', day: 'numeric' });
  const short = long({ year: 'numeric', month: 'short', day: 'numeric' });
  const full = long({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
  const values = {
    date_num: `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`,
    date: day, date_short: short, date_long: full,
    date_pretty: pretty(d, day), date_short_pretty: pretty(d, short), date_long_pretty: pretty(d, full),
    day_divider_pretty: pretty(d, full), date_slash: long({}), time: clock(d), time_secs: clock(d, true),
    ago: ago(Date.now() / 1000 - unix),
  };
  return format.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** dateNode shows an instant in the reader's zone; relative ones follow the clock. */
export function dateNode(unix, format, fallback, url) {
  if (!Number.isFinite(unix)) return h('span', {}, fallback || '');
  const time = h('time', { datetime: new Date(unix * 1000).toISOString(), title: new Date(unix * 1000).toLocaleString() }, dateText(unix, format));
  if (format.includes('{ago}')) { time.dataset.unix = unix; time.dataset.format = format; }
  return url ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, time) : time;
}

setInterval(() => {
  for (const node of document.querySelectorAll('time[data-format]')) {
    const text = dateText(Number(node.dataset.unix), node.dataset.format);
    if (node.textContent !== text) node.textContent = text;
  }
}, 1000);

function entity(body, ctx) {
  const bar = body.indexOf('|');
  const ref = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? '' : unescape(body.slice(bar + 1));
  if (ref[0] === '@') return mention(`@${ctx.userName(ref.slice(1)) || label || ref.slice(1)}`, ref.slice(1) === ctx.me);
  if (ref[0] === '#') return h('button', { type: 'button', class: 'mention as-link', onclick: () => ctx.openChannel(ref.slice(1)) }, `#${ctx.channelName(ref.slice(1)) || label || ref.slice(1)}`);
  if (ref.startsWith('!date^')) {
    const [, unix, format, url] = ref.split('^');
    return dateNode(Number(unix), unescape(format || ''), label, url && SAFE_URL.test(url) ? url : null);
  }
  if (ref.startsWith('!subteam^')) return mention(label || `@${ref.slice(9)}`, false);
  if (ref[0] === '!') return mention(`@${ref.slice(1).split('^')[0]}`, true);
  return link(ref, label);
}

const MARKS = { '*': 'strong', _: 'em', '~': 's' };
const WORD = /[\p{L}\p{N}]/u;

/** inline renders one run of mrkdwn without fences or quotes. */
export function inline(text, ctx, opts = {}) {
  const out = [];
  let plain = '';
  const flush = () => { if (plain) out.push(document.createTextNode(unescape(plain))); plain = ''; };
  const at = (re, i) => { re.lastIndex = i; return re.exec(text); };
  const ENT = /<([^<>\n]+)>/y, CODE = /`([^`\n]+)`/y, EMO = /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/y;
  const URL_ = /https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]}'"*_~]/y, PING = /@(here|channel|everyone)\b/y;
  for (let i = 0; i < text.length;) {
    const c = text[i];
    const before = i ? text[i - 1] : ' ';
    let m;
    if (c === '<' && (m = at(ENT, i))) { flush(); out.push(entity(m[1], ctx)); i += m[0].length; continue; }
    if (c === '`' && (m = at(CODE, i))) { flush(); out.push(h('code', {}, unescape(m[1].replace(/<([^<>|]+)(\|[^<>]*)?>/g, '$1')))); i += m[0].length; continue; }
    if (c === ':' && (m = at(EMO, i)) && emoji(m[1])) { flush(); out.push(h('span', { class: 'emoji', title: `:${m[1]}:` }, emoji(m[1]))); i += m[0].length; continue; }
    if (MARKS[c] && !WORD.test(before) && text[i + 1] && !/\s/.test(text[i + 1]) && text[i + 1] !== c) {
      let end = i + 1;
      while ((end = text.indexOf(c, end + 1)) > 0) {
        if (!/\s/.test(text[end - 1]) && !WORD.test(text[end + 1] || ' ')) break;
      }
      const line = text.indexOf('\n', i);
      if (end > 0 && (line < 0 || end < line)) {
        flush();
        out.push(h(MARKS[c], {}, inline(text.slice(i + 1, end), ctx, opts)));
        i = end + 1;
        continue;
      }
    }
    if (c === 'h' && !WORD.test(before) && (m = at(URL_, i))) { flush(); out.push(link(m[0])); i += m[0].length; continue; }
    if (c === '@' && opts.parse && !WORD.test(before) && (m = at(PING, i))) { flush(); out.push(mention(m[0], true)); i += m[0].length; continue; }
    plain += c;
    i++;
  }
  flush();
  return out;
}

/** mrkdwn renders stored text: fences, quotes, emphasis, entities, emoji. */
export function mrkdwn(text, ctx, opts = {}) {
  const out = [];
  (text || '').split('```').forEach((part, n, all) => {
    if (n % 2 && n < all.length - 1) {
      out.push(h('pre', {}, unescape(part.replace(/^\n|\n$/g, '').replace(/<([^<>|]+)(\|[^<>]*)?>/g, '$1'))));
      return;
    }
    const body = n % 2 ? '```' + part : part;
    let run = [], quoted = false;
    const flush = () => {
      if (!run.length) return;
      const joined = run.join('\n').replace(n % 2 === 0 && n > 0 ? /^\n/ : /^$/, '');
      if (joined || quoted) out.push(quoted ? h('blockquote', {}, inline(joined, ctx, opts)) : h('span', {}, inline(joined, ctx, opts)));
      run = [];
    };
    for (const line of body.split('\n')) {
      const q = /^(&gt;|>)\s?/.exec(line);
      if (!!q !== quoted) { flush(); quoted = !!q; }
      run.push(q ? line.slice(q[0].length) : line);
    }
    flush();
  });
  return out;
}

/** plain renders a plain_text object: emoji names only. */
export function plain(text, useEmoji = true) {
  if (!useEmoji) return [text];
  return text.split(/(:[a-z0-9_+'-]+:)/).map((part) => {
    const found = part.length > 2 && part[0] === ':' && emoji(part.slice(1, -1));
    return found ? h('span', { class: 'emoji', title: part }, found) : part;
  });
}

/** textObject renders a composition text object. */
export function textObject(obj, ctx) {
  if (!obj) return [];
  if (typeof obj === 'string') return [obj];
  return obj.type === 'mrkdwn' ? mrkdwn(obj.text, ctx, { parse: !obj.verbatim }) : plain(obj.text || '', obj.emoji !== false);
}

/** snippet is a one-line plain reading of stored text. */
export function snippet(text, ctx, max = 90) {
  const node = h('span', {}, mrkdwn(text || '', ctx));
  const flat = node.textContent.replace(/\s+/g, ' ').trim();
  return flat.length > max ? `${flat.slice(0, max - 1)}…` : flat;
}

/** toStored turns what a person typed into stored mrkdwn: escaped, with live names and links. */
export function toStored(typed, users, channels) {
  const people = users.map((u) => [`@${u.label}`, `<@${u.id}>`]).concat(users.map((u) => [`@${u.name}`, `<@${u.id}>`]))
    .sort((a, b) => b[0].length - a[0].length);
  const rooms = channels.map((c) => [`#${c.name}`, `<#${c.id}|${c.name}>`]);
  let out = '';
  for (let i = 0; i < typed.length;) {
    const start = !i || !WORD.test(typed[i - 1]);
    const rest = typed.slice(i);
    const hit = start && (rest[0] === '@' || rest[0] === '#')
      && people.concat(rooms).find(([k]) => rest.slice(0, k.length).toLowerCase() === k.toLowerCase() && !WORD.test(rest[k.length] || ' '));
    if (hit) { out += hit[1]; i += hit[0].length; continue; }
    const ping = start && /^@(here|channel|everyone)\b/.exec(rest);
    if (ping) { out += `<!${ping[1]}>`; i += ping[0].length; continue; }
    const url = start && /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]}'"*_~]/.exec(rest);
    if (url) { out += `<${escape(url[0])}>`; i += url[0].length; continue; }
    out += escape(typed[i]);
    i++;
  }
  return out;
}

/** toTyped is the way back, for editing. */
export function toTyped(stored, ctx) {
  return unescape((stored || '').replace(/<([^<>\n]+)>/g, (_, body) => {
    const [ref, label] = body.split('|');
    if (ref[0] === '@') return `@${ctx.userName(ref.slice(1)) || ref.slice(1)}`;
    if (ref[0] === '#') return `#${ctx.channelName(ref.slice(1)) || label || ref.slice(1)}`;
    if (ref[0] === '!') return `@${ref.slice(1).split('^')[0]}`;
    return ref;
  }));
}
