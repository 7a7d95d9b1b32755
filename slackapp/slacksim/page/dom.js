// Building and keeping DOM nodes. Every text goes in as a text node: what
// people and visitors write must never be read as markup.

const SVG = 'http://www.w3.org/2000/svg';

/** h makes an element; attributes named on* are listeners, false and null are left out. */
export function h(tag, attrs, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  return append(node, kids);
}

export function append(node, kids) {
  for (const kid of kids.flat(Infinity)) {
    if (kid === null || kid === undefined || kid === false) continue;
    node.append(kid instanceof Node ? kid : document.createTextNode(String(kid)));
  }
  return node;
}

const ICONS = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  home: 'M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  threads: 'M4 5h16v10H10l-4 4v-4H4zM8 9h8M8 12h5',
  reply: 'M20 5H4v11h4v4l5-4h7zM8 9h8M8 12h5',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14c1.7 2.4 5.300 2.400 7 0M9 9.500v.5M15 9.500v.5',
  more: 'M12 5.500v.01M12 12v.01M12 18.500v.01',
  pulse: 'M3 12h4l3-7 4 14 3-7h4',
  send: 'M4 12L20 4l-5 16-3.500-6.500zM11.500 13.500L20 4',
  clip: 'M20 11l-8.300 8.300a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.200 8.200a1.700 1.700 0 0 1-2.400-2.400L14.500 7',
  back: 'M15 5l-7 7 7 7',
  down: 'M12 5v14M6 13l6 6 6-6',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c1-4 4-5.500 7-5.500s6 1.500 7 5.500',
};

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon i-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * keep brings parent's children in line with items ({key, sig, make}), leaving
 * nodes whose signature is unchanged where they are, so that focus, selection
 * and half-made choices survive a refresh.
 */
export function keep(parent, items) {
  const old = new Map();
  for (const node of parent.children) if (node.keptKey !== undefined) old.set(node.keptKey, node);
  let at = parent.firstChild;
  for (const { key, sig, make } of items) {
    let node = old.get(key);
    old.delete(key);
    if (!node || node.keptSig !== sig) {
      const fresh = make();
      fresh.keptKey = key;
      fresh.keptSig = sig;
      if (node) {
        const focused = node.contains(document.activeElement);
        if (node === at) at = node.nextSibling;
        node.replaceWith(fresh);
        if (focused && fresh.tabIndex >= -1) fresh.focus({ preventScroll: true });
        if (fresh.nextSibling !== at) parent.insertBefore(fresh, at);
        continue;
      }
      node = fresh;
    }
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** toast shows one line for a while; action is {label, run}. */
export function toast(text, kind = 'info', action = null) {
  const box = document.getElementById('toasts');
  const node = h('div', { class: `toast ${kind}` }, h('span', { class: 'toast-text' }, text));
  const gone = () => node.remove();
  if (action) {
    node.append(h('button', { type: 'button', class: 'toast-act', onclick: () => { gone(); action.run(); } }, action.label));
  }
  node.append(h('button', { type: 'button', class: 'toast-x', 'aria-label': 'Dismiss', onclick: gone }, icon('close')));
  for (const same of [...box.children]) if (same.firstChild.textContent === text) same.remove();
  box.append(node);
  while (box.children.length > 4) box.firstChild.remove();
  setTimeout(gone, kind === 'error' ? 9000 : 6000);
}

/** menu opens a small list of {label, run, danger, note} under an anchor. */
export function menu(anchor, items, className = '') {
  closeMenu();
  const pop = h('div', { class: `menu ${className}`, role: 'menu' });
  for (const item of items) {
    pop.append(h('button', {
      type: 'button', role: 'menuitem', class: item.danger ? 'danger' : '', 'aria-label': item.title || null, title: item.title || null,
      onclick: () => { closeMenu(); item.run(); },
    }, item.label, item.note ? h('small', {}, item.note) : null));
  }
  document.body.append(pop);
  const r = anchor.getBoundingClientRect();
  const w = pop.offsetWidth, tall = pop.offsetHeight;
  pop.style.left = `${Math.max(8, Math.min(r.right - w, innerWidth - w - 8))}px`;
  pop.style.top = `${r.bottom + tall + 8 < innerHeight ? r.bottom + 4 : Math.max(8, r.top - tall - 4)}px`;
  const buttons = [...pop.children];
  buttons[0]?.focus();
  pop.addEventListener('keydown', (e) => {
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
    if (step) { e.preventDefault(); buttons[(at + step + buttons.length) % buttons.length].focus(); }
    if (e.key === 'Escape' || e.key === 'Tab') { e.preventDefault(); e.stopPropagation(); closeMenu(); anchor.focus(); }
  });
  openMenu = pop;
}

let openMenu = null;
export function closeMenu() {
  openMenu?.remove();
  openMenu = null;
}
document.addEventListener('pointerdown', (e) => { if (openMenu && !openMenu.contains(e.target)) closeMenu(); });
