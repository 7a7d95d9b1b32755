// The middle and the right: a channel, the thread beside it, the list of
// threads, and the app's Home.

import { h, icon, keep } from './dom.js';
import { renderBlock } from './blocks.js';
import { composer } from './composer.js';
import { face, row, whisper, when } from './message.js';
import { newValues } from './modal.js';
import { order } from './model.js';
import { snippet } from './text.js';

const SHOWN = 200;
let more = 0;
let moreOf = '';

function dayName(date) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return date.toLocaleDateString([], { weekday: 'long', month: 'long', day: 'numeric' });
}

/** flow turns entries ({msg, root, broadcast} and ephemerals) into kept rows with dividers. */
function flow(app, channel, entries, opts) {
  const items = [];
  let day = '', last = null, marked = false;
  for (const e of entries) {
    const ts = e.msg?.ts || e.whisper.ts;
    const name = dayName(when(ts));
    if (opts.days && name !== day) {
      items.push({ key: `day ${name}`, sig: name, make: () => h('div', { class: 'divider-day', role: 'separator' }, h('span', {}, name)) });
      day = name;
      last = null;
    }
    if (opts.since > '0' && !marked && ts > opts.since && e.msg && e.msg.user !== app.me) {
      items.push({ key: 'new', sig: opts.since, make: () => h('div', { class: 'divider-new', role: 'separator' }, h('span', {}, 'New')) });
      marked = true;
      last = null;
    }
    if (e.whisper) {
      if (!app.hidden.has(e.whisper.id)) items.push({ key: `e${e.whisper.id}`, sig: JSON.stringify([e.whisper, [...(app.pending.get(`e:${e.whisper.id}`) || [])]]), make: () => whisper(app, channel, e.whisper) });
      last = null;
      continue;
    }
    const { msg } = e;
    const who = app.model.by(msg);
    const compact = !!last && !e.broadcast && msg.subtype !== 'tombstone' && last.id === who.id && last.name === who.name && Number(msg.ts) - last.at < 300;
    last = e.broadcast || msg.subtype === 'tombstone' ? null : { id: who.id, name: who.name, at: Number(msg.ts) };
    const editing = app.editing?.channel === channel.id && app.editing?.ts === msg.ts;
    const kept = [msg, compact, editing, app.me, opts.inThread, e.broadcast && e.root.text, [...(app.pending.get(`${channel.id}/${msg.ts}`) || [])],
      opts.inThread ? 0 : app.reads.at(app.me, `${channel.id}/${msg.ts}`)];
    items.push({ key: msg.ts, sig: JSON.stringify(kept), make: () => row(app, channel, msg, { compact, inThread: opts.inThread, root: e.root, broadcast: e.broadcast }) });
    if (opts.rule && e.msg === opts.rule && entries.length > 1) {
      const n = app.model.replies(msg).length;
      if (n) items.push({ key: 'rule', sig: String(n), make: () => h('div', { class: 'divider-rule', role: 'separator' }, h('span', {}, `${n} ${n === 1 ? 'reply' : 'replies'}`)) });
      last = null;
    }
  }
  return items;
}

/** pinned draws a list and holds it at its end while the reader is there. */
function pinned(scroller, list, items, fresh, app) {
  const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const before = list.children.length;
  keep(list, items);
  if (fresh || near || app.stick) scroller.scrollTop = scroller.scrollHeight;
  const away = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight > 120;
  if (!away) scroller.parentElement.classList.remove('below');
  else if (list.children.length > before && !fresh) scroller.parentElement.classList.add('below');
}

function pane(label) {
  const list = h('div', { class: 'list', role: 'log', 'aria-label': label, tabindex: 0 });
  const scroller = h('div', { class: 'scroller' }, list);
  const jump = h('button', { type: 'button', class: 'jump', onclick: () => { scroller.scrollTop = scroller.scrollHeight; wrap.classList.remove('below'); } }, icon('down'), 'New messages');
  const wrap = h('div', { class: 'pane' }, scroller, jump);
  scroller.addEventListener('scroll', () => { if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60) wrap.classList.remove('below'); });
  list.addEventListener('keydown', (e) => {
    if (e.target === list && (e.key === 'ArrowUp' || e.key === 'ArrowDown')) { e.preventDefault(); [...list.querySelectorAll('.msg')].pop()?.focus(); }
  });
  return { wrap, scroller, list };
}

function menuButton() {
  return h('button', { type: 'button', class: 'ghost only-narrow', 'aria-label': 'Open the menu', onclick: () => document.body.classList.add('menu-open') }, icon('menu'));
}

/** meButton shows, where the sidebar is away, who one acts as. */
function meButton(app) {
  const u = app.model.users.get(app.me);
  return h('button', { type: 'button', class: 'ghost only-narrow', 'aria-label': `Acting as ${app.model.userName(app.me)}: change`, onclick: () => document.body.classList.add('menu-open') },
    face(app.model, { id: app.me, name: app.model.userName(app.me), image: u?.profile?.image_72 }, 'tiny'));
}

let shown = { key: '' };

export function renderMain(app) {
  const { place } = app;
  if (place.kind === 'home') renderHome(app);
  else if (place.kind === 'threads') renderThreads(app);
  else renderChannel(app);
}

function frame(key, build) {
  if (shown.key === key) return false;
  shown = { key, ...build() };
  document.getElementById('main').replaceChildren(...shown.nodes);
  return true;
}

function renderChannel(app) {
  const { model, place } = app;
  const channel = model.channels.get(place.id);
  if (!channel) {
    frame('none', () => ({ nodes: [h('header', { class: 'head' }, menuButton()), h('div', { class: 'empty' }, h('h2', {}, 'Nothing here'), h('p', {}, `${model.userName(app.me)} is in no channel. Act as someone else.`))] }));
    return;
  }
  const key = `${channel.id}/`;
  const fresh = frame(`c:${app.me}:${channel.id}`, () => {
    const p = pane(`Messages in #${channel.name}`);
    const box = composer(app, {
      key, label: `Message #${channel.name}`, thread: false,
      send: (m) => app.say(channel.id, '', m), command: (c, rest) => app.command(channel.id, c, rest),
    });
    const head = h('header', { class: 'head' });
    return { nodes: [head, p.wrap, box], head, ...p, since: app.reads.at(app.me, channel.id) };
  });
  keep(shown.head, [
    { key: 'menu', sig: '', make: menuButton },
    { key: 'title', sig: JSON.stringify([channel.name, channel.topic?.value, channel.members?.length]), make: () => h('div', { class: 'head-title' }, h('h1', {}, h('span', { class: 'dim' }, channel.is_private ? icon('lock') : '#'), channel.name), h('small', {}, channel.topic?.value || `${(channel.members || []).length} members`)) },
    { key: 'off', sig: '', make: () => h('span', { class: 'offline-note' }, 'Reconnecting…') },
    { key: 'me', sig: app.me, make: () => meButton(app) },
  ]);
  const all = model.timeline(channel).concat(model.ephemerals(channel.id, '').map((e) => ({ whisper: { ...e, ts: stamp(e) } }))).sort((a, b) => order(a.msg?.ts || a.whisper.ts, b.msg?.ts || b.whisper.ts));
  if (moreOf !== channel.id) { moreOf = channel.id; more = 0; }
  const cut = Math.max(0, all.length - SHOWN - more);
  const items = flow(app, channel, all.slice(cut), { days: true, since: shown.since });
  if (cut) items.unshift({ key: 'earlier', sig: String(cut), make: () => h('button', { type: 'button', class: 'btn earlier', onclick: () => { more += SHOWN; app.render(); } }, `Show earlier messages (${cut})`) });
  else items.unshift({ key: 'start', sig: channel.name, make: () => h('div', { class: 'start' }, h('h2', {}, `#${channel.name}`), h('p', {}, 'This is where the channel begins.')) });
  pinned(shown.scroller, shown.list, items, fresh, app);
  if (!app.place.thread || app.stick) app.stick = false;
  const last = all.length && (all[all.length - 1].msg?.ts || '');
  const deep = (channel.messages || []).reduce((t, m) => [m, ...model.replies(m)].reduce((x, r) => (r.ts > x ? r.ts : x), t), last || '0');
  if (document.hasFocus() && app.reads.mark(app.me, channel.id, deep)) queueMicrotask(() => app.render());
}

/** An ephemeral without a time of its own is placed where this page first saw it. */
const seenAt = new Map();
function stamp(e) {
  if (/^\d+\.\d+$/.test(e.ts || e.id)) return e.ts || e.id;
  if (!seenAt.has(e.id)) seenAt.set(e.id, (Date.now() / 1000).toFixed(6));
  return seenAt.get(e.id);
}

let side = { key: '' };

export function renderThread(app) {
  const aside = document.getElementById('thread');
  const { model, place } = app;
  const channel = place.thread && model.channels.get(place.id);
  const root = channel && model.root(channel, place.thread);
  if (!root) {
    aside.hidden = true;
    aside.replaceChildren();
    side = { key: '' };
    if (place.thread && !root) place.thread = '';
    return;
  }
  const key = `t:${app.me}:${channel.id}/${root.ts}`;
  const fresh = side.key !== key;
  if (fresh) {
    const p = pane('Thread');
    side = {
      key, ...p, since: app.reads.at(app.me, `${channel.id}/${root.ts}`),
      head: h('header', { class: 'head' },
        h('button', { type: 'button', class: 'ghost only-narrow', 'aria-label': 'Back', onclick: () => app.closeThread() }, icon('back')),
        h('div', { class: 'head-title' }, h('h1', {}, 'Thread'), h('small', {}, `#${channel.name}`)),
        h('button', { type: 'button', class: 'ghost not-narrow', 'aria-label': 'Close thread', onclick: () => app.closeThread() }, icon('close'))),
      box: composer(app, { key: `${channel.id}/${root.ts}`, label: 'Reply…', thread: true, send: (m) => app.say(channel.id, root.ts, m) }),
    };
    aside.replaceChildren(side.head, p.wrap, side.box);
    aside.hidden = false;
  }
  const replies = model.replies(root).map((msg) => ({ msg, root })).concat(model.ephemerals(channel.id, root.ts).map((e) => ({ whisper: { ...e, ts: stamp(e) } })))
    .sort((a, b) => order(a.msg?.ts || a.whisper.ts, b.msg?.ts || b.whisper.ts));
  pinned(side.scroller, side.list, flow(app, channel, [{ msg: root, root }, ...replies], { inThread: true, rule: root, since: side.since }), fresh, app);
  app.stick = false;
  const last = model.replies(root).reduce((t, r) => (r.ts > t ? r.ts : t), '0');
  if (document.hasFocus() && app.reads.mark(app.me, `${channel.id}/${root.ts}`, last)) queueMicrotask(() => app.render());
}

function renderThreads(app) {
  const { model } = app;
  frame(`threads:${app.me}`, () => {
    const list = h('div', { class: 'thread-list' });
    return { nodes: [h('header', { class: 'head' }, menuButton(), h('div', { class: 'head-title' }, h('h1', {}, 'Threads'), h('small', {}, 'Threads you wrote in or were named in'))), h('div', { class: 'scroller' }, list)], list };
  });
  const threads = model.threads();
  keep(shown.list, threads.length ? threads.map((t) => {
    const unread = app.reads.threadUnread(model, t, app.me);
    const last = t.replies[t.replies.length - 1];
    return {
      key: `${t.channel.id}/${t.root.ts}`, sig: JSON.stringify([t.root.text, last.ts, last.text, t.replies.length, unread]),
      make: () => h('button', { type: 'button', class: `thread-card ${unread ? 'fresh' : ''}`, onclick: () => app.openThread(t.channel.id, t.root.ts) },
        h('small', {}, `#${t.channel.name} · ${t.replies.length} replies`, unread ? h('span', { class: 'count' }, unread) : null),
        h('strong', {}, snippet(t.root.text || 'Message', app.ctx, 120)),
        h('span', { class: 'dim' }, `${model.by(last).name}: ${snippet(last.text, app.ctx, 140)}`)),
    };
  }) : [{ key: 'none', sig: '', make: () => h('div', { class: 'empty' }, h('h2', {}, 'No threads yet'), h('p', {}, 'A thread shows up here once you write in it or someone names you.')) }]);
}

function renderHome(app) {
  const { model, place } = app;
  const im = model.im();
  const tab = place.tab === 'messages' && im ? 'messages' : 'home';
  const tabs = () => h('div', { class: 'tabs', role: 'tablist' }, [['home', 'Home'], im ? ['messages', 'Messages'] : null].filter(Boolean).map(([id, label]) => h('button', { type: 'button', role: 'tab', class: 'tab', 'aria-selected': id === tab ? 'true' : 'false', onclick: () => app.openHome(id) }, label)));
  const head = () => h('header', { class: 'head' }, menuButton(), h('div', { class: 'head-title' }, h('h1', {}, model.appName), h('small', {}, 'App')), tabs());
  if (tab === 'messages') {
    const fresh = frame(`dm:${app.me}:${im.id}`, () => {
      const p = pane(`Messages with ${model.appName}`);
      return { nodes: [head(), p.wrap, composer(app, { key: `${im.id}/`, label: `Message ${model.appName}`, send: (m) => app.say(im.id, '', m), command: (c, rest) => app.command(im.id, c, rest) })], ...p, since: app.reads.at(app.me, im.id) };
    });
    const all = model.timeline(im).concat(model.ephemerals(im.id, '').map((e) => ({ whisper: { ...e, ts: stamp(e) } }))).sort((a, b) => order(a.msg?.ts || a.whisper.ts, b.msg?.ts || b.whisper.ts));
    pinned(shown.scroller, shown.list, flow(app, im, all, { days: true, since: shown.since }), fresh, app);
    app.stick = false;
    if (document.hasFocus() && all.length && app.reads.mark(app.me, im.id, all[all.length - 1].msg?.ts)) queueMicrotask(() => app.render());
    return;
  }
  const home = model.state.homes?.[app.me] || model.state.homes?.[model.users.get(app.me)?.name];
  const view = home?.view || home;
  if (frame(`home:${app.me}:${!!im}`, () => { const list = h('div', { class: 'home' }); return { nodes: [head(), h('div', { class: 'scroller' }, list)], list }; })) app.homeValues = newValues();
  const pending = [...(app.pending.get(`home:${app.me}`) || [])];
  const surface = app.surfaceOf({ home: true }, `home:${app.me}`);
  keep(shown.list, view?.blocks?.length ? view.blocks.map((b, n) => ({ key: String(n), sig: JSON.stringify([b, pending]), make: () => renderBlock(b, surface) }))
    : [{ key: 'none', sig: '', make: () => h('div', { class: 'empty' }, h('h2', {}, `${model.appName} has not published a Home for you`), h('p', {}, 'It appears as soon as the app answers.')) }]);
}
