// Modals: the topmost open view of the acting person, with its inputs, errors
// and the way to send or close it.

import { call } from './api.js';
import { h, icon, toast } from './dom.js';
import { initialValue } from './elements.js';
import { renderBlock } from './blocks.js';
import { plain } from './text.js';

/** Values keeps what was filled in, by block and action, across updates of the view. */
class Values {
  constructor() { this.map = {}; }

  get(block, el) { return this.map[block.block_id || '']?.[el.action_id]; }

  set(block, el, value) { (this.map[block.block_id || ''] ||= {})[el.action_id] = value; }

  /** all returns what a submission carries: touched values over initial ones. */
  all(blocks) {
    const out = {};
    for (const block of blocks || []) {
      const els = block.type === 'input' ? [block.element] : block.type === 'actions' ? block.elements : [block.accessory];
      for (const el of els || []) {
        if (!el?.action_id || el.type === 'button' || el.type === 'overflow') continue;
        const value = this.get(block, el) ?? initialValue(el);
        if (value !== undefined && value !== '') (out[block.block_id] ||= {})[el.action_id] = value;
      }
    }
    return out;
  }
}

export function newValues() { return new Values(); }

export class Modals {
  constructor(app) {
    this.app = app;
    this.kept = new Map();
    this.dialog = null;
    this.sig = '';
    this.errors = {};
    this.busy = false;
    this.trouble = '';
    this.pending = new Set();
  }

  /** show brings the overlay in line with the state. */
  show(state, me) {
    const stack = (state.views || []).filter((v) => v.user === me && v.view?.type !== 'home');
    const top = stack[stack.length - 1];
    if (!top) { this.hide(); return; }
    if (this.id !== top.view_id) { this.errors = {}; this.trouble = ''; this.busy = false; this.pending.clear(); }
    const errors = Object.keys(top.errors || {}).length ? top.errors : this.errors;
    const sig = JSON.stringify([top.view_id, top.view, errors, this.busy, this.trouble, stack.length, [...this.pending]]);
    if (sig === this.sig && this.dialog) return;
    this.sig = sig;
    this.id = top.view_id;
    this.draw(top, errors, stack.length);
  }

  hide() {
    if (!this.dialog) return;
    this.dialog.close();
    this.dialog.remove();
    this.dialog = null;
    this.sig = '';
    this.id = '';
  }

  draw(top, errors, depth) {
    const { view } = top;
    if (!this.kept.has(top.view_id)) this.kept.set(top.view_id, new Values());
    const values = this.kept.get(top.view_id);
    const submit = () => this.submit(top, values);
    const surface = {
      ctx: this.app.ctx, values, errors, pending: this.pending, enter: submit,
      act: (el, block, payload) => this.act(top, el, block, payload),
      suggest: (el, block, value) => this.app.suggest({ view_id: top.view_id }, el, block, value),
    };
    const focused = this.dialog?.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    const inner = h('form', { method: 'dialog', class: 'modal-form', onsubmit: (e) => { e.preventDefault(); submit(); } },
      h('div', { class: 'modal-head' },
        h('span', { class: 'app-mark', 'aria-hidden': 'true' }),
        h('h2', { id: 'modal-title' }, plain(view.title?.text || '')),
        h('button', { type: 'button', class: 'ghost', 'aria-label': 'Close', onclick: () => this.close(top, true) }, icon('close'))),
      h('div', { class: 'modal-body' },
        this.trouble ? h('p', { class: 'trouble', role: 'alert' }, this.trouble) : null,
        (view.blocks || []).map((b) => renderBlock(b, surface))),
      h('div', { class: 'modal-foot' },
        h('button', { type: 'button', class: 'btn', onclick: () => this.close(top, false) }, plain(view.close?.text || (depth > 1 ? 'Back' : 'Cancel'))),
        view.submit ? h('button', { type: 'submit', class: `btn primary ${this.busy ? 'busy' : ''}`, disabled: this.busy }, h('span', { class: 'btn-text' }, plain(view.submit.text))) : null));
    if (this.dialog) {
      this.dialog.replaceChildren(inner);
    } else {
      this.dialog = h('dialog', { class: 'modal', 'aria-labelledby': 'modal-title', oncancel: (e) => { e.preventDefault(); this.close(this.current, false); } }, inner);
      document.body.append(this.dialog);
      this.dialog.showModal();
    }
    this.current = top;
    const bad = this.dialog.querySelector('.input.bad .field, .input.bad select, .input.bad input');
    const back = focused && this.dialog.querySelector(`[data-action="${CSS.escape(focused)}"]`);
    (bad || back || this.dialog.querySelector('[autofocus], .field, .select, .choices input') || this.dialog.querySelector('.modal-foot .btn:last-child'))?.focus();
  }

  redraw() { this.app.render(); }

  async submit(top, values) {
    if (this.busy || !top.view.submit) return;
    const missing = {};
    const filled = values.all(top.view.blocks);
    for (const b of top.view.blocks || []) {
      const value = b.type === 'input' && filled[b.block_id]?.[b.element.action_id];
      if (b.type === 'input' && !b.optional && (value === undefined || value.length === 0)) missing[b.block_id] = 'Please fill this in.';
    }
    this.errors = missing;
    this.trouble = '';
    if (Object.keys(missing).length) { this.redraw(); return; }
    this.busy = true;
    this.redraw();
    try {
      const r = await call('submit', { user: this.app.me, view_id: top.view_id, values: filled });
      this.errors = r.errors || {};
      const told = Object.keys(this.errors).length > 0;
      if (!told && (r.error || r.acked === false)) this.trouble = r.error && !/timeout/.test(r.error) ? `The app could not take this (${r.error}). Please try again.` : 'The app did not answer in time. Your entries are kept: try again.';
      this.app.afterAct(r, { quiet: true });
    } catch (e) {
      this.trouble = e.message;
    }
    this.busy = false;
    this.app.refetch();
    this.redraw();
  }

  async close(top, clear) {
    try {
      await call('close', { user: this.app.me, view_id: top.view_id, clear });
    } catch (e) {
      toast(e.message, 'error');
    }
    this.app.refetch();
  }

  async act(top, el, block, payload) {
    const key = `${block.block_id || ''}/${el.action_id}`;
    if (el.type === 'button') this.pending.add(key);
    try {
      this.app.afterAct(await call('click', { user: this.app.me, view_id: top.view_id, action_id: el.action_id, block_id: block.block_id, ...payload }));
    } catch (e) {
      toast(e.message, 'error');
    }
    this.pending.delete(key);
    this.sig = '';
    this.app.refetch();
    this.redraw();
  }
}
