// The left side: the workspace, who you are, where you can go.

import { h, icon, keep } from './dom.js';
import { face } from './message.js';

function person(app, u) {
  const { model } = app;
  const waiting = [...model.channels.values()].filter((c) => (c.members || []).includes(u.id))
    .reduce((n, c) => n + app.reads.counts(model, c, u.id).mentions, 0);
  const on = u.id === app.me;
  const first = u.label.split(/\s/)[0];
  return h('button', {
    type: 'button', class: `who ${on ? 'on' : ''}`, role: 'radio', 'aria-checked': on ? 'true' : 'false',
    title: `Act as ${u.label} (${model.role(u)})`, 'data-user': u.name, onclick: () => app.actAs(u.id),
  }, h('span', { class: 'who-face' }, face(model, { id: u.id, name: u.label, image: u.profile?.image_72 }), !on && waiting ? h('span', { class: 'dot', title: `${waiting} waiting` }) : null), h('span', { class: 'who-name' }, first));
}

/** about joins a title and a right, unless the title says it already. */
function about(title, role) {
  const said = role === 'agent' || title.toLowerCase().includes(role);
  return [title, said ? '' : role].filter(Boolean).join(' · ') || role;
}

function item(app, { label, lead, on, bold, badge, run, name }) {
  return h('button', {
    type: 'button', class: `nav ${on ? 'on' : ''} ${bold ? 'bold' : ''}`, 'aria-current': on ? 'page' : null, 'data-nav': name, onclick: run,
  }, h('span', { class: 'lead', 'aria-hidden': 'true' }, lead), h('span', { class: 'nav-label' }, label), badge ? h('span', { class: 'count', 'aria-label': `${badge} unread` }, badge) : null);
}

export function renderSidebar(app) {
  const { model, place, reads } = app;
  const me = model.users.get(app.me);
  const items = [];
  const add = (key, sig, make) => items.push({ key, sig: JSON.stringify(sig), make });

  add('team', [model.state.team?.name], () => h('div', { class: 'team' }, h('span', { class: 'app-mark big', 'aria-hidden': 'true' }),
    h('div', {}, h('strong', {}, model.state.team?.name || 'Workspace'), h('small', {}, 'Slack simulator'))));

  const people = model.people();
  const waits = people.map((u) => [...model.channels.values()].some((c) => (c.members || []).includes(u.id) && reads.counts(model, c, u.id).mentions));
  add('people', [app.me, people.map((u) => [u.id, u.label, u.profile?.image_72]), waits], () => h('section', { class: 'cast' },
    h('h2', { id: 'cast-label' }, 'Act as'),
    h('div', { class: 'cast-row', role: 'radiogroup', 'aria-labelledby': 'cast-label' }, people.map((u) => person(app, u))),
    me ? h('p', { class: 'me-line' }, h('strong', {}, model.userName(app.me)), h('span', {}, about(me.profile?.title || '', model.role(me)))) : null));

  const threads = model.threads().reduce((n, t) => n + (reads.threadUnread(model, t, app.me) ? 1 : 0), 0);
  add('threads', [place.kind, threads], () => item(app, { label: 'Threads', lead: icon('threads'), on: place.kind === 'threads', bold: threads > 0, badge: threads, name: 'threads', run: () => app.go({ kind: 'threads' }) }));

  add('h-rooms', [], () => h('h2', { class: 'nav-head' }, 'Channels'));
  for (const c of model.rooms()) {
    const { mentions, unread } = reads.counts(model, c, app.me);
    const on = place.kind === 'channel' && place.id === c.id;
    add(c.id, [c.name, on, mentions, unread, c.is_private], () => item(app, {
      label: c.name, lead: c.is_private ? icon('lock') : '#', on, bold: unread || mentions, badge: mentions, name: c.name, run: () => app.go({ kind: 'channel', id: c.id }),
    }));
  }
  if (!model.rooms().length) add('none', [], () => h('p', { class: 'nav-none' }, 'No channels yet.'));

  const im = model.im();
  const dm = im ? reads.counts(model, im, app.me) : { mentions: 0, unread: false };
  add('h-apps', [], () => h('h2', { class: 'nav-head' }, 'Apps'));
  add('home', [model.appName, place.kind === 'home', dm], () => item(app, {
    label: model.appName, lead: h('span', { class: 'app-mark' }), on: place.kind === 'home', bold: dm.unread, badge: dm.mentions, name: 'home', run: () => app.openHome(dm.mentions ? 'messages' : 'home'),
  }));

  add('gap', [], () => h('div', { class: 'nav-gap' }));
  add('panel', [app.panelOpen, Object.keys(model.state.faults || {}).length], () => item(app, { label: 'Traffic & faults', lead: icon('pulse'), on: app.panelOpen, name: 'panel', run: () => app.togglePanel() }));
  keep(document.getElementById('sidebar'), items);
}
