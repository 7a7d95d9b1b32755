// Block elements that people press, choose or fill in.
//
// A surface says where the element stands (a message, a modal, the Home):
//   ctx             names of people and channels
//   pending         set of "block/action" keys that wait for the app
//   act(el, block, payload)   delivers a press
//   suggest(el, block, value) asks the app for a menu's options
//   values          where inputs keep what was filled in (modals and Home)

import { h, icon, menu } from './dom.js';
import { textObject, plain } from './text.js';

const txt = (obj) => (typeof obj === 'string' ? obj : obj?.text || '');

/** confirmed asks a confirm object's question; without one it is a yes. */
export function confirmed(confirm, ctx) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((done) => {
    const finish = (yes) => { dialog.close(); dialog.remove(); done(yes); };
    const dialog = h('dialog', { class: 'modal narrow', 'aria-label': txt(confirm.title) || 'Are you sure?', oncancel: (e) => { e.preventDefault(); finish(false); } },
      h('div', { class: 'modal-head' }, h('h2', {}, textObject(confirm.title, ctx))),
      h('div', { class: 'modal-body' }, textObject(confirm.text, ctx)),
      h('div', { class: 'modal-foot' },
        h('button', { type: 'button', class: 'btn', onclick: () => finish(false) }, txt(confirm.deny) || 'Cancel'),
        h('button', { type: 'button', class: `btn ${confirm.style === 'danger' ? 'danger' : 'primary'}`, autofocus: true, onclick: () => finish(true) }, txt(confirm.confirm) || 'Yes')));
    document.body.append(dialog);
    dialog.showModal();
  });
}

function button(el, block, s) {
  const key = `${block.block_id || ''}/${el.action_id}`;
  const busy = s.pending.has(key);
  const style = el.style === 'primary' || el.style === 'danger' ? el.style : '';
  const node = h('button', {
    type: 'button', class: `btn ${style} ${busy ? 'busy' : ''}`, 'data-action': el.action_id, disabled: busy,
    'aria-busy': busy ? 'true' : null, 'aria-label': el.accessibility_label || null,
    onclick: async () => {
      if (!(await confirmed(el.confirm, s.ctx))) return;
      if (/^(https?:|mailto:|tel:)/i.test(el.url || '')) window.open(el.url, '_blank', 'noopener');
      node.disabled = true;
      node.classList.add('busy');
      node.setAttribute('aria-busy', 'true');
      s.act(el, block, { value: el.value || '' });
    },
  }, h('span', { class: 'btn-text' }, plain(txt(el.text))), el.url ? h('span', { class: 'ext', 'aria-hidden': 'true' }, '↗') : null);
  return node;
}

function options(el, s) {
  if (/^(multi_)?users_select$/.test(el.type)) return s.ctx.people().map((u) => ({ value: u.id, label: u.label }));
  if (/^(multi_)?(channels|conversations)_select$/.test(el.type)) return s.ctx.rooms().map((c) => ({ value: c.id, label: `#${c.name}` }));
  return null;
}

function initial(el) {
  return el.initial_option?.value ?? el.initial_user ?? el.initial_channel ?? el.initial_conversation ?? '';
}

function select(el, block, s) {
  const multi = el.type.startsWith('multi_');
  const chosen = multi
    ? new Set((el.initial_options || []).map((o) => o.value).concat(el.initial_users || [], el.initial_channels || []))
    : null;
  const held = s.values?.get(block, el);
  const now = held ?? initial(el);
  const opt = (o) => h('option', { value: o.value, selected: multi ? (held || [...chosen]).includes(o.value) : o.value === now }, o.label ?? txt(o.text));
  const own = options(el, s);
  const node = h('select', { class: 'select', 'data-action': el.action_id, multiple: multi, 'aria-label': txt(el.placeholder) || block.label?.text || el.action_id },
    multi ? null : h('option', { value: '', selected: !now }, txt(el.placeholder) || 'Choose…'),
    own ? own.map(opt) : (el.options || []).map(opt),
    (el.option_groups || []).map((g) => h('optgroup', { label: txt(g.label) }, g.options.map(opt))));
  node.addEventListener('change', async () => {
    const value = multi ? [...node.selectedOptions].map((o) => o.value) : node.value;
    s.values?.set(block, el, value);
    if (s.values && block.type === 'input' && !block.dispatch_action) return;
    if (!multi && !value) return;
    if (!(await confirmed(el.confirm, s.ctx))) { node.value = now; return; }
    s.act(el, block, multi ? { value: value.join(',') } : { selected_option: value });
  });
  return node;
}

// What the app has offered in its menus, kept while a surface is drawn anew.
const offers = new WeakMap();

/** asking is a menu whose options the app knows: what is typed above it goes to the app. */
function asking(el, block, s) {
  const kept = offers.get(s.values || s) || offers.set(s.values || s, {}).get(s.values || s);
  const key = `${block.block_id || ''}/${el.action_id}`;
  const least = el.min_query_length ?? 3;
  const name = txt(el.placeholder) || block.label?.text || el.action_id;
  const menuOf = (r) => select({
    ...el, type: el.type.replace('external', 'static'), option_groups: r.option_groups,
    options: (r.options || []).concat(r.option_groups ? [] : [el.initial_option, ...(el.initial_options || [])].filter((o) => o && !r.options?.some((x) => x.value === o.value))),
  }, block, s);
  let list = menuOf(kept[key] || {}), timer = 0, asked = 0;
  const ask = async (value) => {
    const turn = ++asked;
    const r = await s.suggest(el, block, value);
    if (turn !== asked || !(r.options || r.option_groups)) return;
    kept[key] = r;
    const next = menuOf(r);
    list.replaceWith(next);
    list = next;
  };
  const box = h('input', { class: 'field', type: 'search', placeholder: least ? `Type ${least} letters to search` : 'Search', 'aria-label': `Search: ${name}`, autocomplete: 'off' });
  box.addEventListener('input', () => {
    clearTimeout(timer);
    if ([...box.value].length >= least) timer = setTimeout(() => ask(box.value), 250);
  });
  box.addEventListener('keydown', (e) => { if (e.key === 'Enter') e.preventDefault(); });
  if (!least) box.addEventListener('focus', () => { if (!kept[key]) ask(''); }, { once: true });
  return h('span', { class: 'asking' }, box, list);
}

function overflow(el, block, s) {
  const node = h('button', {
    type: 'button', class: 'btn icon-btn', 'data-action': el.action_id, 'aria-label': 'More options', 'aria-haspopup': 'menu',
    onclick: () => menu(node, (el.options || []).map((o) => ({
      label: txt(o.text), note: txt(o.description),
      run: async () => {
        if (!(await confirmed(el.confirm, s.ctx))) return;
        if (o.url) window.open(o.url, '_blank', 'noopener');
        s.act(el, block, { selected_option: o.value });
      },
    }))),
  }, icon('more'));
  return node;
}

let groups = 0;
function choices(el, block, s, kind) {
  const name = `choice-${++groups}`;
  const held = s.values?.get(block, el);
  const first = kind === 'radio' ? [held ?? initial(el)] : held ?? (el.initial_options || []).map((o) => o.value);
  const node = h('div', { class: 'choices', role: kind === 'radio' ? 'radiogroup' : 'group', 'aria-label': block.label?.text || null, 'data-action': el.action_id },
    (el.options || []).map((o) => h('label', { class: 'choice' },
      h('input', { type: kind, name, value: o.value, checked: first.includes(o.value) }),
      h('span', {}, textObject(o.text, s.ctx), o.description ? h('small', {}, textObject(o.description, s.ctx)) : null))));
  node.addEventListener('change', () => {
    const on = [...node.querySelectorAll('input:checked')].map((i) => i.value);
    s.values?.set(block, el, kind === 'radio' ? on[0] : on);
    if (block.type === 'input' && !block.dispatch_action) return;
    s.act(el, block, kind === 'radio' ? { selected_option: on[0] } : { value: on.join(',') });
  });
  return node;
}

const INPUTS = { plain_text_input: 'text', email_text_input: 'email', url_text_input: 'url', number_input: 'text', datepicker: 'date', timepicker: 'time' };

function field(el, block, s) {
  const value = s.values?.get(block, el) ?? el.initial_value ?? el.initial_date ?? el.initial_time ?? '';
  const attrs = {
    class: 'field', value, placeholder: txt(el.placeholder) || null, maxlength: el.max_length || null, 'data-action': el.action_id,
    autofocus: el.focus_on_load || null, 'aria-label': block.label?.text || el.action_id, autocomplete: 'off',
    inputmode: el.type === 'number_input' ? 'decimal' : null,
  };
  const node = el.multiline ? h('textarea', { ...attrs, rows: 4 }) : h('input', { ...attrs, type: INPUTS[el.type] });
  const picker = el.type === 'datepicker' || el.type === 'timepicker';
  node.addEventListener('input', () => s.values?.set(block, el, node.value));
  const dispatch = () => { if (block.type !== 'input' || block.dispatch_action) s.act(el, block, { value: node.value }); };
  if (picker) node.addEventListener('change', dispatch);
  else node.addEventListener('keydown', (e) => { if (e.key === 'Enter' && !el.multiline) { e.preventDefault(); if (block.dispatch_action) dispatch(); else s.enter?.(); } });
  return node;
}

/** image shows pictures of this origin only: the page asks nothing of other hosts. */
export function image(src, alt, className) {
  if (/^data:image\//.test(src || '') || new URL(src || 'x:', location.href).origin === location.origin) {
    return h('img', { src, alt: alt || '', class: className, loading: 'lazy' });
  }
  return h('span', { class: `${className} no-image`, title: src || '' }, alt || 'image');
}

/** element renders any block element. */
export function element(el, block, s) {
  switch (el.type) {
    case 'button': return button(el, block, s);
    case 'overflow': return overflow(el, block, s);
    case 'radio_buttons': return choices(el, block, s, 'radio');
    case 'checkboxes': return choices(el, block, s, 'checkbox');
    case 'image': return image(el.image_url || el.slack_file?.url, el.alt_text, 'thumb');
    case 'icon_button': return button({ ...el, text: el.text || el.icon }, block, s);
    case 'feedback_buttons': return h('span', { class: 'pair' }, [el.positive_button, el.negative_button].filter(Boolean)
      .map((b) => button({ ...b, action_id: el.action_id }, block, s)));
    default:
      if (/external_select$/.test(el.type)) return asking(el, block, s);
      if (/_select$/.test(el.type)) return select(el, block, s);
      if (INPUTS[el.type]) return field(el, block, s);
      return h('code', { class: 'unknown' }, JSON.stringify(el));
  }
}

/** collect says what inputs hold at the start, before anyone touches them. */
export function initialValue(el) {
  if (el.type === 'checkboxes' || el.type.startsWith('multi_')) {
    const list = (el.initial_options || []).map((o) => o.value).concat(el.initial_users || [], el.initial_channels || [], el.initial_conversations || []);
    return list.length ? list : undefined;
  }
  const value = initial(el) || el.initial_value || el.initial_date || el.initial_time;
  return value || undefined;
}
