// Live traffic between the app and the simulator, and the switches that make
// it go wrong on purpose.

import { call } from './api.js';
import { h, icon, keep, toast } from './dom.js';

const KEPT = 400;
let entries = [], after = 0, reading = false, again = false, built = null, timer = 0;

const FAULTS = [
  { label: 'Drop the next acknowledgement', body: () => ({ drop_acks: 1 }) },
  { label: 'Send the next event twice', body: () => ({ duplicate_events: 1 }) },
  { label: 'Ask the socket to reconnect', body: () => ({ disconnect: 'refresh_requested' }) },
  { label: 'Disconnect: link disabled', body: () => ({ disconnect: 'link_disabled' }) },
  { label: 'Next post: stored, then cut', body: () => ({ apply_then_fail: { method: 'chat.postMessage', times: 1 } }) },
  { label: 'Next post: 500', body: () => ({ fail: { method: 'chat.postMessage', status: 500, html: true, times: 1 } }) },
  { label: 'Next post: rate limited for 5 s', body: () => ({ rate_limit: { method: 'chat.postMessage', retry_after: 5, times: 1 } }) },
  { label: 'One post in ten: stored, then cut', body: () => ({ apply_then_fail: { method: 'chat.postMessage', probability: 0.1 } }) },
  { label: 'Half-open socket', body: () => ({ half_open: true }) },
];

async function fault(app, body, said) {
  try {
    await call('faults', body);
    toast(said);
  } catch (e) { toast(e.message, 'error'); }
  app.refetch();
}

function build(app) {
  const down = h('input', { type: 'checkbox', onchange: () => fault(app, { down: down.checked }, down.checked ? 'Slack is down.' : 'Slack is up again.') });
  const latency = h('select', { class: 'select', 'aria-label': 'Latency of every call', onchange: () => fault(app, { latency_ms: Number(latency.value) }, `Latency: ${latency.selectedOptions[0].textContent}.`) },
    [[0, 'no added latency'], [200, '200 ms latency'], [1000, '1 s latency'], [5000, '5 s latency']].map(([v, t]) => h('option', { value: v }, t)));
  const list = h('div', { class: 'traffic', role: 'log', tabindex: 0, 'aria-label': 'Calls and envelopes' });
  const scroller = h('div', { class: 'scroller' }, list);
  document.getElementById('panel').replaceChildren(
    h('header', { class: 'head' }, h('div', { class: 'head-title' }, h('h1', {}, 'Traffic & faults'), h('small', { class: 'link-state' })),
      h('button', { type: 'button', class: 'ghost', 'aria-label': 'Close', onclick: () => app.togglePanel() }, icon('close'))),
    h('details', { class: 'faults', open: true }, h('summary', {}, 'Make something go wrong'),
      h('div', { class: 'fault-row' }, h('label', { class: 'switch' }, down, h('span', {}, 'Slack is down')), latency),
      h('div', { class: 'fault-grid' }, FAULTS.map((f) => h('button', { type: 'button', class: 'btn small', onclick: () => fault(app, f.body(), `Armed: ${f.label.toLowerCase()}.`) }, f.label))),
      h('p', { class: 'armed', role: 'status' }),
      h('button', { type: 'button', class: 'btn small', onclick: () => { down.checked = false; latency.value = '0'; fault(app, { clear: true }, 'All faults cleared.'); } }, 'Clear all')),
    scroller);
  return { list, scroller, down };
}

const KINDS = { call: '→', envelope: '←', ack: '✓', socket: '⚡', drop: '×', control: '◦' };

function line(e, app) {
  const bad = e.error || e.status >= 400 || (e.kind === 'call' && !e.ok);
  const at = e.at ? new Date(e.at) : null;
  return h('div', { class: `entry ${bad ? 'bad' : ''}`, title: JSON.stringify(e) },
    h('span', { class: 'kind', 'aria-hidden': 'true' }, KINDS[e.kind] || '·'),
    h('span', { class: 'what' }, e.method || e.kind, e.channel ? h('small', {}, ` ${app.model.channelName(e.channel) ? `#${app.model.channelName(e.channel)}` : e.channel}`) : null,
      bad ? h('em', {}, ` ${e.error || e.status || 'failed'}`) : null),
    h('span', { class: 'dim' }, e.ms !== undefined && e.ms !== null ? `${Math.round(e.ms)} ms` : '', at && !isNaN(at) ? ` ${at.toLocaleTimeString([], { hour12: false })}` : ''));
}

async function read(app) {
  if (reading) { again = true; return; }
  reading = true;
  try {
    const { entries: next = [] } = await call(`log?after=${after}`);
    for (const e of next) after = Math.max(after, e.n);
    entries = entries.concat(next).slice(-KEPT);
    if (built && next.length) draw(app);
  } catch { /* the page says it is reconnecting; the next change reads again */ }
  reading = false;
  if (again) { again = false; read(app); }
}

function draw(app) {
  const near = built.scroller.scrollHeight - built.scroller.scrollTop - built.scroller.clientHeight < 60;
  keep(built.list, entries.map((e) => ({ key: String(e.n), sig: '', make: () => line(e, app) })));
  if (near) built.scroller.scrollTop = built.scroller.scrollHeight;
}

/** trafficSoon reads the log a moment later, once for many changes; nothing while the panel is closed. */
export function trafficSoon(app) {
  if (built && !timer) timer = setTimeout(() => { timer = 0; read(app); }, 250);
}

export function renderPanel(app) {
  const panel = document.getElementById('panel');
  panel.hidden = !app.panelOpen;
  if (!app.panelOpen) { built = null; panel.replaceChildren(); return; }
  if (!built) {
    built = build(app);
    draw(app);
    read(app);
    built.scroller.scrollTop = built.scroller.scrollHeight;
  }
  const { faults = {}, sockets, pending_envelopes: waiting = 0 } = app.model.state;
  document.querySelector('.link-state').textContent = sockets === undefined ? 'What the app and this workspace say to each other'
    : `${sockets ? `App connected by ${sockets} socket${sockets === 1 ? '' : 's'}` : 'App not connected'}${waiting ? ` · ${waiting} envelopes wait` : ''}`;
  const armed = Object.entries(faults).filter(([, v]) => v && v !== '0').map(([k, v]) => (v === true ? k : `${k} ${typeof v === 'object' ? JSON.stringify(v) : v}`).replace(/_/g, ' '));
  document.querySelector('.armed').textContent = armed.length ? `Armed: ${armed.join(', ')}` : '';
  if (app.model.state.faults && document.activeElement !== built.down) built.down.checked = !!app.model.state.faults.down;
}
