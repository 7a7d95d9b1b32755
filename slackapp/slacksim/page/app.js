// The page: state in, clicks out. Panes draw themselves from `app`; this file
// holds what they share and every act a person can do.

import { call, follow } from './api.js';
import { closeMenu, toast } from './dom.js';
import { confirmed } from './elements.js';
import { Model, Reads } from './model.js';
import { Modals } from './modal.js';
import { snippet, toStored } from './text.js';
import { renderGuide } from './guide.js';
import { renderMain, renderThread } from './panes.js';
import { renderPanel, trafficSoon } from './panel.js';
import { renderSidebar } from './sidebar.js';

const DEFAULT_SHORTCUTS = [
  { name: 'Send to visitor', callback_id: 'send_to_visitor' },
  { name: 'Keep internal', callback_id: 'keep_internal' },
  { name: 'Withdraw from visitor', callback_id: 'withdraw' },
  { name: 'Make article', callback_id: 'make_article' },
];

const WRONG = {
  no_such_element: 'That button is not on this message.',
  operation_timeout: 'The app did not respond in time. Try again.',
  dispatch_failed: 'The app is not connected, so it could not be told. Try again in a moment.',
  not_in_threads: 'Slash commands cannot be used inside a thread. Use the channel\'s own message box.',
  not_for_external_users: 'People of another workspace cannot use this app\'s commands and shortcuts.',
  unknown_command: 'There is no such command in this workspace. Type / to see the ones there are.',
  unknown_shortcut: 'The app does not offer that shortcut.',
  invalid_response: 'The app\'s answer could not be shown.',
};

const app = {
  model: null, ctx: null, reads: null, me: '', live: false,
  place: { kind: 'channel', id: '', thread: '' },
  editing: null, panelOpen: false, pending: new Map(), watched: new Map(), hidden: new Set(), drafts: new Map(), errors: new Map(), homeValues: null,

  go(place) {
    this.place = { thread: '', ...place };
    this.editing = null;
    closeMenu();
    document.body.classList.remove('menu-open');
    this.remember();
    this.render();
  },

  openChannel(id) {
    const c = this.model.channels.get(id);
    if (!this.model.canSee(c)) { toast('You are not in that channel.', 'error'); return; }
    this.go(this.model.isIM(c) ? { kind: 'home', tab: 'messages' } : { kind: 'channel', id });
  },

  openThread(channel, ts, focus = matchMedia('(hover: hover)').matches) {
    const place = this.place.kind === 'channel' && this.place.id === channel ? this.place : { kind: 'channel', id: channel };
    this.go({ ...place, thread: ts });
    if (focus) document.querySelector('#thread .composer .box')?.focus();
  },

  closeThread() {
    const root = this.place.thread;
    this.go({ ...this.place, thread: '' });
    document.querySelector(`#main [data-ts="${root}"]`)?.focus({ preventScroll: true });
  },

  async openHome(tab = 'home') {
    this.go({ kind: 'home', tab });
    if (tab !== 'home') return;
    try { await call('home', { user: this.me }); } catch (e) { toast(e.message, 'error'); }
    this.refetch();
  },

  actAs(id) {
    if (id === this.me) return;
    this.me = id;
    this.homeValues = null;
    this.setModel(this.model.state);
    const c = this.model.channels.get(this.place.id);
    if (this.place.kind === 'channel' && !this.model.canSee(c)) this.place = { kind: 'channel', id: this.firstRoom(), thread: '' };
    this.editing = null;
    this.remember();
    this.render();
    toast(`You are now ${this.model.userName(id)}.`);
    if (this.place.kind === 'home') this.openHome(this.place.tab);
  },

  firstRoom() {
    const rooms = this.model.rooms();
    return (rooms.find((c) => c.name === 'support') || rooms[0])?.id || '';
  },

  remember() {
    const q = new URLSearchParams({ as: this.model?.users.get(this.me)?.name || this.me });
    if (this.place.kind === 'channel') { q.set('in', this.place.id); if (this.place.thread) q.set('thread', this.place.thread); } else q.set('view', this.place.kind);
    history.replaceState(null, '', `/#${q}`);
    try { localStorage.setItem('sim.me', this.me); } catch { /* not kept */ }
  },

  setModel(state) {
    this.model = new Model(state, this.me);
    const m = this.model;
    this.ctx = {
      me: this.me, userName: (id) => m.userName(id), channelName: (id) => m.channelName(id), openChannel: (id) => this.openChannel(id),
      people: () => m.people(), rooms: () => m.rooms(),
    };
  },

  shortcuts() { return this.model.state.shortcuts?.length ? this.model.state.shortcuts : DEFAULT_SHORTCUTS; },

  commands() { return this.model.state.commands?.length ? this.model.state.commands : [{ command: '/handoff', usage_hint: 'help | status' }]; },

  /** surface is where a message's own buttons deliver to. */
  surface(channel, msg, root) {
    return this.surfaceOf({ channel: channel.id, message_ts: msg.ts }, `${channel.id}/${msg.ts}`, () => {
      const thread = root && (root.ts !== msg.ts || this.model.replies(root).length) ? root.ts : '';
      if (thread && this.place.kind === 'channel' && this.place.thread !== thread) this.openThread(channel.id, thread);
    });
  },

  surfaceOf(target, key, after = null) {
    if (!this.pending.has(key)) this.pending.set(key, new Set());
    const pending = this.pending.get(key);
    return {
      ctx: this.ctx, pending, values: target.home ? this.homeValues : null,
      suggest: (el, block, value) => this.suggest(target, el, block, value),
      act: async (el, block, payload) => {
        const mark = `${block.block_id || ''}/${el.action_id}`;
        if (el.type === 'button') pending.add(mark);
        // The answer waits until all is quiet; a message that changes before says enough.
        let settled = false;
        const settle = (open) => {
          if (settled) return;
          settled = true;
          pending.delete(mark);
          this.watched.delete(key);
          if (open) after?.();
        };
        if (target.message_ts) this.watched.set(key, { ...target, was: this.look(target), settle });
        this.render();
        try {
          const r = await call('click', { user: this.me, ...target, action_id: el.action_id, block_id: block.block_id, ...payload });
          this.afterAct(r);
          settle(!r.error && r.acked !== false && !r.view_id);
        } catch (e) {
          toast(e.message, 'error');
        }
        settle(false);
        this.refetch();
        this.render();
      },
    };
  },

  /** suggest asks the app what a menu of its own offers for what was typed. */
  async suggest(target, el, block, value) {
    try {
      const r = await call('options', { user: this.me, ...target, action_id: el.action_id, block_id: block.block_id, value });
      if (r.error || !r.acked) toast(WRONG[r.error] || WRONG.operation_timeout, 'error');
      return r;
    } catch (e) {
      toast(e.message, 'error');
      return {};
    }
  },

  look(target) { return JSON.stringify(this.model.find(target.channel, target.message_ts)?.msg.blocks || null); },

  /** afterAct tells the person what came of a press, a command or a submission. */
  afterAct(r, { quiet = false } = {}) {
    this.refetch();
    if (r.error && !quiet) toast(WRONG[r.error] || `The app could not take this (${r.error}).`, 'error');
    else if (r.acked === false && !quiet) toast(WRONG.operation_timeout, 'error');
    const list = (r.ephemerals || []).concat(r.response?.response_type !== 'in_channel' && r.response?.text && !r.ephemerals?.length ? [r.response] : []);
    for (const e of list) {
      const there = e.channel && this.place.kind === 'channel' && this.place.id === e.channel && (e.thread_ts || '') === (e.thread_ts ? this.place.thread : '');
      if (there) continue;
      const text = snippet(e.text || 'The app left you a private message.', this.ctx, 160);
      toast(text, 'info', e.channel && e.thread_ts ? { label: 'Open thread', run: () => this.openThread(e.channel, e.thread_ts) } : null);
    }
  },

  async say(channel, threadTs, { text, files }) {
    await call('say', { user: this.me, channel, thread_ts: threadTs || undefined, text, files });
    this.stick = true;
    this.refetch();
  },

  async command(channel, command, text) {
    this.stick = true;
    this.afterAct(await call('command', { user: this.me, channel, command, text }));
  },

  async shortcut(channel, msg, s) {
    try {
      this.afterAct(await call('shortcut', { user: this.me, channel: channel.id, message_ts: msg.ts, callback_id: s.callback_id }));
    } catch (e) { toast(e.message, 'error'); }
  },

  async react(channel, msg, name, mine) {
    try {
      await call(mine ? 'unreact' : 'react', { user: this.me, channel: channel.id, ts: msg.ts, emoji: name });
    } catch (e) { toast(e.message, 'error'); }
    this.refetch();
  },

  edit(channel, msg) {
    this.editing = msg ? { channel: channel.id, ts: msg.ts } : null;
    this.render();
  },

  editLast(key) {
    const [id, ts] = key.split('/');
    const c = this.model.channels.get(id);
    const list = ts ? this.model.replies(this.model.root(c, ts)) : this.model.timeline(c || {}).map((t) => t.msg);
    const last = [...(list || [])].reverse().find((m) => m.user === this.me && !m.bot_id);
    if (last) this.edit(c, last);
  },

  async saveEdit(channel, msg, typed) {
    const text = toStored(typed.trim(), this.ctx.people(), this.ctx.rooms());
    if (!text) { this.remove(channel, msg); return; }
    this.editing = null;
    try {
      if (text !== msg.text) await call('edit', { user: this.me, channel: channel.id, ts: msg.ts, text });
    } catch (e) { toast(e.message, 'error'); }
    this.refetch();
    this.render();
  },

  async remove(channel, msg) {
    const yes = await confirmed({
      title: 'Delete message', text: { type: 'plain_text', emoji: false, text: `Delete this message for everyone?\n\n“${snippet(msg.text, this.ctx, 160)}”` },
      confirm: 'Delete', deny: 'Keep it', style: 'danger',
    }, this.ctx);
    if (!yes) return;
    this.editing = null;
    try { await call('delete', { user: this.me, channel: channel.id, ts: msg.ts }); } catch (e) { toast(e.message, 'error'); }
    this.refetch();
    this.render();
  },

  permalink(channel, msg, root) {
    const path = `/archives/${channel.id}/p${msg.ts.replace('.', '')}`;
    return root && root.ts !== msg.ts ? `${path}?thread_ts=${root.ts}&cid=${channel.id}` : path;
  },

  async copyLink(channel, msg, root) {
    const url = location.origin + this.permalink(channel, msg, root);
    try { await navigator.clipboard.writeText(url); toast('Link copied.'); } catch { toast(url); }
  },

  dismiss(id) { this.hidden.add(id); this.render(); },

  togglePanel() { this.panelOpen = !this.panelOpen; document.body.classList.remove('menu-open'); this.render(); },

  render() {
    if (!this.model) return;
    renderGuide(this);
    renderSidebar(this);
    renderMain(this);
    renderThread(this);
    renderPanel(this);
    modals.show(this.model.state, this.me);
    document.body.classList.toggle('with-thread', !!this.place.thread);
    document.body.classList.toggle('with-panel', this.panelOpen);
    document.body.classList.toggle('offline', !this.live);
    const waiting = this.model.rooms().reduce((n, c) => n + this.reads.counts(this.model, c, this.me).mentions, 0);
    document.title = `${waiting ? `(${waiting}) ` : ''}${this.model.state.team?.name || 'Workspace'} · simulator`;
  },
};

const modals = new Modals(app);

/** arrive reads who and where from the address: a fragment of ours, or a permalink. */
function arrive() {
  const q = new URLSearchParams(location.hash.slice(1));
  for (const [k, v] of new URLSearchParams(location.search)) if (!q.has(k)) q.set(k, v);
  const people = app.model.people();
  let kept = '';
  try { kept = localStorage.getItem('sim.me') || ''; } catch { /* not kept */ }
  const want = q.get('as') || kept;
  const who = people.find((u) => u.id === want || u.name === want) || people.find((u) => u.name === 'dana') || people[0];
  app.me = who?.id || '';
  app.siteParam = q.get('site_url') || q.get('site') || '';
  app.setModel(app.model.state);
  const link = /^\/archives\/([^/]+)(?:\/p(\d+)(\d{6}))?/.exec(location.pathname);
  let id = q.get('in') || link?.[1] || '', thread = q.get('thread') || q.get('thread_ts') || '';
  if (link?.[2] && !thread) {
    const found = app.model.find(link[1], `${link[2]}.${link[3]}`);
    if (found && (found.root !== found.msg || app.model.replies(found.root).length)) thread = found.root.ts;
  }
  const c = app.model.channels.get(id);
  if (q.get('view') === 'home') { app.place = { kind: 'home', tab: 'home', thread: '' }; queueMicrotask(() => app.openHome()); } else if (q.get('view') === 'threads') app.place = { kind: 'threads', thread: '' };
  else if (app.model.canSee(c)) app.place = { kind: 'channel', id, thread: app.model.root(c, thread) ? thread : '' };
  else app.place = { kind: 'channel', id: app.firstRoom(), thread: '' };
  if (link) app.remember();
}

function onState(state) {
  const first = !app.model;
  if (first) {
    app.reads = new Reads(state.team?.id || 'T');
    app.model = new Model(state, '');
    arrive();
  } else app.setModel(state);
  for (const w of [...app.watched.values()]) if (app.look(w) !== w.was) w.settle(!(state.views || []).some((v) => v.user === app.me));
  app.render();
}

app.refetch = follow(onState, (live) => { app.live = live; document.body.classList.toggle('offline', !live); }, () => trafficSoon(app));

document.getElementById('scrim').addEventListener('click', () => document.body.classList.remove('menu-open'));
document.addEventListener('keydown', (e) => {
  if (e.key === 'Escape' && !document.querySelector('dialog[open]')) {
    if (document.body.classList.contains('menu-open')) document.body.classList.remove('menu-open');
    else if (app.place.thread) app.closeThread();
    return;
  }
  const row = document.activeElement?.closest?.('.msg');
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName || '');
  if (typing || !row || e.metaKey || e.ctrlKey || e.altKey) return;
  if (e.key === 'ArrowUp' || e.key === 'ArrowDown') {
    const rows = [...row.parentElement.querySelectorAll('.msg')];
    rows[rows.indexOf(row) + (e.key === 'ArrowUp' ? -1 : 1)]?.focus();
    e.preventDefault();
  }
});
// A link to a message of this workspace opens here, not in a new window.
document.addEventListener('click', (e) => {
  const a = e.target.closest?.('a[href]');
  if (!a || !a.closest('.txt')) return;
  const url = new URL(a.href);
  const m = url.origin === location.origin && /^\/archives\/([^/]+)\/p(\d+)(\d{6})/.exec(url.pathname);
  const found = m && app.model.find(m[1], `${m[2]}.${m[3]}`);
  if (!found) return;
  e.preventDefault();
  app.openThread(m[1], found.root.ts);
});
addEventListener('focus', () => app.render());
