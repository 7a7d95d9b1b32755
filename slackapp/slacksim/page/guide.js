// The newcomer's five steps. Which one is next is read from the workspace
// itself, so the banner follows along without being told.

import { h, icon } from './dom.js';

let closed = false;
try { closed = localStorage.getItem('sim.guide') === 'closed'; } catch { /* shown */ }
let sig = '';

function actions(msg) {
  return (msg.blocks || []).flatMap((b) => (b.type === 'actions' ? b.elements : [b.accessory])).map((el) => el?.action_id).filter(Boolean);
}

/** step says what to do next: 1..5, or 6 when the road was walked to its end. */
function step(model) {
  let at = 1;
  for (const c of model.channels.values()) {
    for (const root of c.messages || []) {
      if (root.metadata?.event_type !== 'threadline_thread') continue;
      const all = [root, ...model.replies(root)];
      const ids = new Set(all.flatMap(actions));
      const spoke = all.some((m) => m.user && !m.bot_id && m.ts > root.ts);
      const here = ids.has('reopen') ? 6 : ids.has('resolve') ? (spoke ? 5 : 4) : ids.has('claim') ? 3 : 2;
      at = Math.max(at, here);
    }
  }
  return at;
}

export function renderGuide(app) {
  const node = document.getElementById('guide');
  const site = app.siteParam || app.model.state.site_url || '';
  const at = step(app.model);
  const next = JSON.stringify([closed, site, at]);
  if (next === sig) return;
  sig = next;
  node.hidden = closed;
  if (closed) return;
  const safe = /^https?:\/\//.test(site);
  const steps = [
    safe ? h('a', { href: site, target: '_blank', rel: 'noopener' }, 'Open the site ↗') : 'Open the site',
    'Write in its chat and ask for a person', 'Press Claim here', 'Answer in the thread', 'Press Resolve',
  ];
  node.replaceChildren(
    h('ol', {}, steps.map((s, n) => h('li', { class: n + 1 < at ? 'done' : n + 1 === at ? 'now' : '', 'aria-current': n + 1 === at ? 'step' : null }, h('span', { class: 'n', 'aria-hidden': 'true' }, n + 1 < at ? '✓' : n + 1), h('span', {}, s)))),
    h('span', { class: 'guide-done', hidden: at < 6 }, 'That was the whole road.'),
    h('button', {
      type: 'button', class: 'ghost', 'aria-label': 'Dismiss these steps',
      onclick: () => { closed = true; try { localStorage.setItem('sim.guide', 'closed'); } catch { /* for this visit */ } sig = ''; renderGuide(app); },
    }, icon('close')));
}
