// One message in a list: who, when, what, its reactions, replies and tools.

import { h, icon, menu } from './dom.js';
import { content } from './blocks.js';
import { image } from './elements.js';
import { clock, snippet, toTyped } from './text.js';
import { emoji, PALETTE } from './emoji.js';

export function when(ts) { return new Date(Number(ts) * 1000); }

/** face draws an avatar: the person's picture where we serve it, else initials. */
export function face(model, who, size = '') {
  const node = h('span', { class: `face ${size} ${who.bot ? 'app' : ''}`, 'aria-hidden': 'true' });
  if (!who.bot) node.style.setProperty('--hue', model.hue(who.id));
  const own = who.image && (who.image.startsWith('data:') || who.image.startsWith(location.origin + '/') || who.image.startsWith('/'));
  const letters = who.name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((w) => [...w][0]).join('').toUpperCase();
  if (own && !who.bot) {
    const img = h('img', { src: who.image, alt: '', onerror: () => img.replaceWith(letters) });
    node.append(img);
  } else {
    node.append(who.emoji ? emoji(who.emoji.replace(/:/g, '')) || letters : who.bot ? '' : letters);
  }
  return node;
}

function badges(model, who) {
  const out = [];
  if (who.bot) out.push(h('span', { class: 'badge' }, 'APP'));
  else if (who.user && ['guest', 'external'].includes(model.role(who.user))) out.push(h('span', { class: 'badge soft' }, model.role(who.user)));
  return out;
}

function reactions(app, channel, msg) {
  if (!msg.reactions?.length) return null;
  return h('div', { class: 'reactions' }, msg.reactions.map((r) => {
    const mine = r.users?.includes(app.me);
    const names = (r.users || []).map((u) => app.model.userName(u) || app.model.appName).join(', ');
    return h('button', {
      type: 'button', class: `reaction ${mine ? 'mine' : ''}`, title: `${names} reacted with :${r.name}:`, 'aria-label': `${r.name}, ${r.count}, ${mine ? 'remove yours' : 'add yours'}`, 'aria-pressed': mine ? 'true' : 'false',
      onclick: () => app.react(channel, msg, r.name, mine),
    }, emoji(r.name) || `:${r.name}:`, h('span', { class: 'n' }, r.count ?? r.users?.length ?? 1));
  }));
}

function size(bytes) {
  if (!bytes) return '';
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function files(msg) {
  if (!msg.files?.length) return null;
  return h('div', { class: 'files' }, msg.files.map((f) => {
    if (f.mode === 'tombstone') return h('span', { class: 'file dim' }, icon('clip'), 'This file was deleted.');
    const name = f.title || f.name || f.id;
    const src = f.url_private;
    if (/^image\/(png|jpeg|gif|webp)$/.test(f.mimetype || '') && src) {
      return h('figure', { class: 'shared' }, h('figcaption', { class: 'dim small' }, name), h('a', { href: src, target: '_blank', rel: 'noopener' }, image(src, name, 'picture')));
    }
    if (!src) return h('span', { class: 'file' }, icon('clip'), name);
    return h('a', { class: 'file', href: src, target: '_blank', rel: 'noopener' }, icon('clip'), h('span', {}, name), h('span', { class: 'dim small' }, size(f.size)));
  }));
}

function replyLink(app, channel, root) {
  const replies = app.model.replies(root);
  const n = root.reply_count ?? replies.length;
  if (!n) return null;
  const seen = app.reads.at(app.me, `${channel.id}/${root.ts}`);
  const fresh = replies.some((r) => r.ts > seen && r.user !== app.me);
  const ids = [...new Map(replies.map((r) => app.model.by(r)).map((w) => [w.id, w])).values()].slice(0, 4);
  const last = root.latest_reply || replies[replies.length - 1]?.ts;
  return h('button', { type: 'button', class: `replies ${fresh ? 'fresh' : ''}`, onclick: () => app.openThread(channel.id, root.ts) },
    h('span', { class: 'faces' }, ids.map((w) => face(app.model, w, 'tiny'))),
    h('strong', {}, `${n} ${n === 1 ? 'reply' : 'replies'}`),
    last ? h('span', { class: 'dim' }, `Last reply ${clock(when(last))}`) : null,
    h('span', { class: 'dim open-hint' }, 'View thread'));
}

function tools(app, channel, msg, opts) {
  const own = msg.user === app.me && !msg.bot_id;
  const react = (name) => h('button', { type: 'button', class: 'tool emoji', title: `React with :${name}:`, 'aria-label': `React with ${name}`, onclick: () => app.react(channel, msg, name, msg.reactions?.some((r) => r.name === name && r.users?.includes(app.me))) }, emoji(name));
  const pick = h('button', {
    type: 'button', class: 'tool', title: 'Find a reaction', 'aria-label': 'Find a reaction',
    onclick: () => menu(pick, PALETTE.map((n) => ({ label: emoji(n), title: `:${n}:`, run: () => app.react(channel, msg, n, false) })), 'palette'),
  }, icon('smile'));
  const more = h('button', {
    type: 'button', class: 'tool', title: 'More actions', 'aria-label': 'More actions', 'aria-haspopup': 'menu',
    onclick: () => menu(more, [
      ...app.shortcuts().map((s) => ({ label: s.name, note: app.model.appName, run: () => app.shortcut(channel, msg, s) })),
      { label: 'Copy link', run: () => app.copyLink(channel, msg, opts.root) },
      own && { label: 'Edit message', run: () => app.edit(channel, msg) },
      own && { label: 'Delete message…', danger: true, run: () => app.remove(channel, msg) },
    ].filter(Boolean)),
  }, icon('more'));
  return h('div', { class: 'tools', role: 'toolbar', 'aria-label': 'Message actions' },
    react('white_check_mark'), react('eyes'), pick,
    opts.inThread ? null : h('button', { type: 'button', class: 'tool', title: 'Reply in thread', 'aria-label': 'Reply in thread', onclick: () => app.openThread(channel.id, opts.root?.ts || msg.ts, true) }, icon('reply')),
    more);
}

function editor(app, channel, msg) {
  const field = h('textarea', { class: 'field', rows: 2, 'aria-label': 'Edit message', value: toTyped(msg.text, app.ctx) });
  const save = () => app.saveEdit(channel, msg, field.value);
  field.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); save(); }
    if (e.key === 'Escape') { e.stopPropagation(); app.edit(null, null); }
  });
  queueMicrotask(() => { field.focus(); field.setSelectionRange(field.value.length, field.value.length); });
  return h('div', { class: 'editor' }, field, h('div', { class: 'row-end' },
    h('button', { type: 'button', class: 'btn', onclick: () => app.edit(null, null) }, 'Cancel'),
    h('button', { type: 'button', class: 'btn primary', onclick: save }, 'Save')));
}

/** row draws a message. opts: compact, inThread, root, broadcast. */
export function row(app, channel, msg, opts) {
  const { model } = app;
  const who = model.by(msg);
  const at = when(msg.ts);
  const gone = msg.subtype === 'tombstone';
  const editing = app.editing?.channel === channel.id && app.editing?.ts === msg.ts;
  const time = h('a', { class: 'time', href: app.permalink(channel, msg, opts.root), title: at.toLocaleString(), onclick: (e) => { e.preventDefault(); app.copyLink(channel, msg, opts.root); } },
    opts.compact ? clock(at).replace(/\s?[AP]M$/i, '') : clock(at));
  const node = h('div', {
    class: `msg ${opts.compact ? 'compact' : ''} ${editing ? 'editing' : ''}`, role: 'article', tabindex: -1, 'data-ts': msg.ts,
    'aria-label': `${who.name}, ${clock(at)}`,
  });
  const left = h('div', { class: 'gutter' }, opts.compact ? time : face(model, gone ? { id: '-', name: '×' } : who));
  const body = h('div', { class: 'msg-body' });
  if (opts.broadcast) {
    body.append(h('div', { class: 'broadcast' }, h('span', {}, 'replied to a thread:'), h('button', { type: 'button', class: 'as-link', onclick: () => app.openThread(channel.id, opts.root.ts) }, snippet((opts.root.text || 'message').split('\n')[0], app.ctx, 70))));
  }
  if (!opts.compact && !gone) body.append(h('div', { class: 'by' }, h('strong', {}, who.name), badges(model, who), time));
  if (gone) body.append(h('div', { class: 'dim' }, 'This message was deleted.'));
  else if (editing) body.append(editor(app, channel, msg));
  else {
    body.append(...content(msg, app.surface(channel, msg, opts.root)).flat(Infinity));
    if (msg.edited) body.append(h('span', { class: 'edited', title: msg.edited.ts ? when(msg.edited.ts).toLocaleString() : '' }, '(edited)'));
  }
  if (opts.inThread && (msg.subtype === 'thread_broadcast' || msg.reply_broadcast)) body.append(h('div', { class: 'dim small' }, `Also sent to #${channel.name}`));
  for (const part of [files(msg), reactions(app, channel, msg), !opts.inThread && !opts.broadcast ? replyLink(app, channel, msg) : null]) if (part) body.append(part);
  node.append(left, body);
  if (!gone && !editing) node.append(tools(app, channel, msg, opts));
  return node;
}

/** whisper draws a message only the acting person sees. */
export function whisper(app, channel, e) {
  const { model } = app;
  return h('div', { class: 'msg whisper', role: 'article', tabindex: -1, 'data-ephemeral': e.id },
    h('div', { class: 'gutter' }, face(model, { id: 'app', name: model.appName, bot: true })),
    h('div', { class: 'msg-body' },
      h('div', { class: 'only-you' }, icon('person'), 'Only visible to you'),
      h('div', { class: 'by' }, h('strong', {}, model.appName), h('span', { class: 'badge' }, 'APP'), e.ts ? h('span', { class: 'time' }, clock(when(e.ts))) : null),
      content(e, app.surfaceOf({ ephemeral_id: e.id }, `e:${e.id}`)),
      h('button', { type: 'button', class: 'as-link small', onclick: () => app.dismiss(e.id) }, 'Dismiss')));
}
