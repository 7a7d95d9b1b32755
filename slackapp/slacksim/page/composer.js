// The box people write in, for a channel or a thread.

import { h, icon, toast } from './dom.js';
import { toStored } from './text.js';

const MAX_FILE = 10 << 20;

function base64(file) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}

/** composer makes the box. opts: key, label, thread (true in threads), send({text, files}), command(name, rest). */
export function composer(app, opts) {
  let files = [];
  let picks = [];
  let at = 0;
  const list = h('div', { class: 'suggest', role: 'listbox', hidden: true });
  const chips = h('div', { class: 'chips' });
  const box = h('textarea', { class: 'box', rows: 1, dir: 'auto', placeholder: opts.label, 'aria-label': opts.label, value: app.drafts.get(opts.key) || '' });
  const send = h('button', { type: 'button', class: 'send', 'aria-label': 'Send', title: 'Send (Enter)', onclick: () => go() }, icon('send'));
  const picker = h('input', { type: 'file', multiple: true, hidden: true, 'aria-label': 'Attach files' });
  const hint = h('span', { class: 'dim hint' }, opts.thread ? 'Enter sends · Shift+Enter for a new line' : 'Enter sends · Shift+Enter for a new line · / for commands');
  const node = h('div', { class: 'composer' }, list, chips, box, picker,
    h('div', { class: 'composer-foot' },
      h('button', { type: 'button', class: 'ghost', 'aria-label': 'Attach a file', title: 'Attach a file', onclick: () => picker.click() }, icon('clip')),
      hint, send));

  function fit() {
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
    node.classList.toggle('ready', !!box.value.trim() || files.length > 0);
  }

  function showChips() {
    chips.replaceChildren(...files.map((f) => h('span', { class: 'chip' }, f.name, h('button', { type: 'button', 'aria-label': `Remove ${f.name}`, onclick: () => { files = files.filter((x) => x !== f); showChips(); fit(); } }, '×'))));
  }

  picker.addEventListener('change', async () => {
    for (const file of picker.files) {
      if (file.size > MAX_FILE) { toast(`${file.name} is larger than 10 MB.`, 'error'); continue; }
      files.push({ name: file.name, content_base64: await base64(file) });
    }
    picker.value = '';
    showChips();
    fit();
    box.focus();
  });

  function suggest() {
    const before = box.value.slice(0, box.selectionStart);
    const name = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u.exec(before);
    const command = !opts.thread && /^\/([a-z-]*)$/.exec(before);
    picks = [];
    if (name) {
      const word = name[1].toLowerCase();
      picks = app.ctx.people().filter((u) => u.label.toLowerCase().startsWith(word) || u.name.toLowerCase().startsWith(word))
        .map((u) => ({ text: `@${u.label}`, note: app.model.role(u), cut: word.length + 1 }))
        .concat(['here', 'channel'].filter((w) => word && w.startsWith(word)).map((w) => ({ text: `@${w}`, note: 'notifies everyone', cut: word.length + 1 })));
    } else if (command) {
      picks = app.commands().filter((c) => c.command.slice(1).startsWith(command[1])).map((c) => ({ text: c.command, note: [c.usage_hint, c.description].filter(Boolean).join(' · '), cut: command[0].length }));
    }
    at = 0;
    draw();
  }

  function draw() {
    list.hidden = !picks.length;
    list.replaceChildren(...picks.slice(0, 6).map((p, n) => h('button', {
      type: 'button', role: 'option', tabindex: -1, 'aria-selected': n === at ? 'true' : 'false', onpointerdown: (e) => { e.preventDefault(); take(p); },
    }, h('strong', {}, p.text), p.note ? h('small', {}, p.note) : null)));
  }

  function take(p) {
    const end = box.selectionStart;
    box.setRangeText(`${p.text} `, end - p.cut, end, 'end');
    picks = [];
    draw();
    keepDraft();
  }

  function keepDraft() { app.drafts.set(opts.key, box.value); fit(); }

  async function go() {
    const typed = box.value.trim();
    if (!typed && !files.length) return;
    const slash = /^\/([a-z][\w-]*)(?:\s+([\s\S]*))?$/i.exec(typed);
    if (slash && opts.thread) {
      toast(`/${slash[1]} can't be used inside a thread. Use it in the channel's own message box.`, 'error');
      return;
    }
    const kept = { text: box.value, files };
    box.value = '';
    files = [];
    showChips();
    keepDraft();
    try {
      if (slash) await opts.command(`/${slash[1]}`, slash[2] || '');
      else await opts.send({ text: toStored(typed, app.ctx.people(), app.ctx.rooms()), files: kept.files.length ? kept.files : undefined });
    } catch (e) {
      toast(e.message, 'error');
      if (!box.value) { box.value = kept.text; files = kept.files; showChips(); keepDraft(); }
    }
  }

  box.addEventListener('input', () => { keepDraft(); suggest(); });
  box.addEventListener('blur', () => { picks = []; draw(); });
  box.addEventListener('keydown', (e) => {
    if (e.isComposing) return;
    if (picks.length && ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(e.key)) {
      e.preventDefault();
      e.stopPropagation();
      const n = Math.min(picks.length, 6);
      if (e.key === 'ArrowDown') at = (at + 1) % n;
      else if (e.key === 'ArrowUp') at = (at + n - 1) % n;
      else if (e.key === 'Escape') picks = [];
      else { take(picks[at]); return; }
      draw();
      return;
    }
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); go(); }
    if (e.key === 'ArrowUp' && !box.value) { e.preventDefault(); app.editLast(opts.key); }
  });
  node.focusBox = () => box.focus();
  requestAnimationFrame(fit);
  return node;
}
