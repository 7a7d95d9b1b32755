// Events and interactions, received by an app of the official framework.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import bolt from '@slack/bolt';
import { account, ok, quiet, saw, sim, until, web, where } from './sim.mjs';

const { App } = bolt;
const control = sim();
const client = web();
const got = [];
let app, me, people, support;
let onAction = null, onSubmit = null, onOptions = null;

const section = (text) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const button = (action_id, value = 'v1') => ({ type: 'actions', block_id: 'acts', elements: [{ type: 'button', action_id, value, text: { type: 'plain_text', text: action_id } }] });
const note = { type: 'input', block_id: 'note', label: { type: 'plain_text', text: 'Note' }, element: { type: 'plain_text_input', action_id: 'note', multiline: true } };
const modal = (more = {}) => ({ type: 'modal', callback_id: 'judge_modal', title: { type: 'plain_text', text: 'Judge' }, submit: { type: 'plain_text', text: 'Send' }, blocks: [note], ...more });

/** answer leaves a private line, so that the press need not wait for an effect that never comes. */
const answer = (respond) => respond({ text: 'noted', replace_original: false });

/** event waits for one that matches, notes it as judged under its subscription, and returns it. */
async function event(name, match) {
  const found = await until(`event ${name}`, () => got.find((g) => g.name === name && match(g.event)));
  saw(account.events, found.subscription);
  return found;
}

export default function run() {
before(async () => {
  app = new App({
    token: where.relaxed.bot, appToken: where.relaxed.app, socketMode: true, logger: quiet,
    clientOptions: { slackApiUrl: `${where.relaxed.url}/api/`, retryConfig: { retries: 0 } },
  });
  app.use(async ({ body, event: ev, next }) => {
    if (ev) got.push({ name: ev.subtype ? `${ev.type}.${ev.subtype}` : ev.type, subscription: ev.type === 'message' ? `message.${{ channel: 'channels', group: 'groups', im: 'im' }[ev.channel_type]}` : ev.type, event: ev, body });
    await next();
  });
  app.action(/.*/, async (args) => {
    saw(account.interactions, 'block_actions');
    await args.ack();
    await onAction?.(args);
  });
  app.options(/.*/, async ({ options, ack }) => {
    saw(account.interactions, 'block_suggestion');
    await ack(await onOptions(options));
  });
  app.view({ callback_id: 'judge_modal', type: 'view_submission' }, async (args) => {
    saw(account.interactions, 'view_submission');
    if (onSubmit) await onSubmit(args);
    else await args.ack();
  });
  app.view({ callback_id: 'judge_modal', type: 'view_closed' }, async ({ ack, body }) => {
    saw(account.interactions, 'view_closed');
    await ack();
    got.push({ name: 'view_closed', event: body });
  });
  app.shortcut('judge_shortcut', async ({ ack, shortcut, respond }) => {
    saw(account.interactions, 'message_action');
    await ack();
    await respond({ text: `about ${shortcut.message.text} by ${shortcut.message.user}` });
  });
  app.command('/judge', async ({ ack, command, respond }) => {
    saw(account.interactions, 'slash_commands');
    await ack(command.text === 'quick' ? { text: 'in the acknowledgement' } : undefined);
    if (command.text !== 'quick') await respond(command.text === 'loud' ? { response_type: 'in_channel', text: 'for all' } : `heard ${command.text} from ${command.user_name}`);
  });
  await app.start();
  me = await client.auth.test();
  const s = await control.state();
  people = Object.fromEntries(s.users.map((u) => [u.name, u.id]));
  support = s.channels.find((c) => c.name === 'support').id;
});

after(async () => { await app.stop(); });

test('messages of people arrive with what Slack sends along', async () => {
  const { ts } = await control.say('dana', 'hello & <https://example.com|bye>'.replace('&', '&amp;'));
  const { event: ev, body } = await event('message', (e) => e.ts === ts);
  assert.deepEqual([ev.user, ev.channel, ev.channel_type, ev.text], [people.dana, support, 'channel', 'hello &amp; <https://example.com|bye>']);
  assert.equal(ev.blocks[0].type, 'rich_text');
  for (const key of ['event_id', 'team_id', 'api_app_id', 'event_time', 'authorizations']) assert.ok(body[key] !== undefined, key);
  const reply = await control.say('lee', 'in the thread', { thread_ts: ts });
  const r = await event('message', (e) => e.ts === reply.ts);
  assert.equal(r.event.thread_ts, ts);
});

test('edits, deletions and files', async () => {
  const { ts } = await control.say('dana', 'first');
  await control.call('edit', { user: 'dana', channel: '#support', ts, text: 'second' });
  const ch = await event('message.message_changed', (e) => e.message.ts === ts);
  assert.deepEqual([ch.event.previous_message.text, ch.event.message.text, ch.event.message.edited.user], ['first', 'second', people.dana]);
  assert.notEqual(ch.event.ts, ts);
  await control.call('delete', { user: 'dana', channel: '#support', ts });
  const del = await event('message.message_deleted', (e) => e.deleted_ts === ts);
  assert.equal(del.event.previous_message.text, 'second');
  const shared = await control.say('dana', '', { files: [{ name: 'a.txt', content_base64: 'aGk=' }] });
  const f = await event('message.file_share', (e) => e.ts === shared.ts);
  assert.equal(f.event.files[0].name, 'a.txt');
});

test('our own posts come back, and Bolt knows them as ours', async () => {
  let heard = 0;
  app.message('mine alone', async () => { heard++; });
  const m = await client.chat.postMessage({ channel: support, text: 'mine alone', metadata: { event_type: 'judge', event_payload: { d: 7 } } });
  await control.idle();
  assert.equal(heard, 0, 'ignoreSelf filters our echo');
  const log = await control.log();
  const echo = log.find((e) => e.kind === 'envelope' && e.method === 'message' && e.channel === support && log.some((a) => a.kind === 'ack' && a.envelope_id === e.envelope_id));
  assert.ok(echo, 'the echo was delivered and acknowledged');
  await client.chat.update({ channel: support, ts: m.ts, text: 'mine, changed' });
  await control.say('dana', 'mine alone');
  await until('Bolt hears a person', () => heard === 1);
});

test('mentions and direct messages', async () => {
  const { ts } = await control.say('dana', `<@${me.user_id}> help`);
  const mention = await event('app_mention', (e) => e.ts === ts);
  assert.equal(mention.event.user, people.dana);
  const { channel } = await client.conversations.open({ users: people.dana });
  const dm = await control.call('say', { user: 'dana', channel: channel.id, text: 'privately' });
  const m = await event('message', (e) => e.ts === dm.ts);
  assert.equal(m.event.channel_type, 'im');
});

test('reactions', async () => {
  const { ts } = await control.say('dana', 'react to me');
  await control.call('react', { user: 'lee', channel: '#support', ts, emoji: 'white_check_mark' });
  const added = await event('reaction_added', (e) => e.item.ts === ts);
  assert.deepEqual([added.event.user, added.event.reaction, added.event.item_user, added.event.item.channel], [people.lee, 'white_check_mark', people.dana, support]);
  await control.call('unreact', { user: 'lee', channel: '#support', ts, emoji: 'white_check_mark' });
  await event('reaction_removed', (e) => e.item.ts === ts);
});

test('channels: left, joined, archived and back', async () => {
  const sales = (await control.state()).channels.find((c) => c.name === 'sales').id;
  await control.faults({ kick: '#sales' });
  await event('channel_left', (e) => e.channel === sales);
  await ok(client, 'conversations.join', { channel: sales });
  const joined = await event('member_joined_channel', (e) => e.channel === sales && e.user === me.user_id);
  assert.equal(joined.event.team, me.team_id);
  await control.faults({ archive: '#sales' });
  const archived = await event('channel_archive', (e) => e.channel === sales);
  assert.equal(archived.event.user, people.morgan);
  await control.faults({ clear: true });
  await event('channel_unarchive', (e) => e.channel === sales);
});

test('channels: renamed, and another id', async () => {
  const made = await control.call('channels', { name: 'judge-names', members: ['dana'], app: true });
  await control.call('rename', { channel: 'judge-names', name: 'judge-renamed' });
  const renamed = await event('channel_rename', (e) => e.channel.id === made.id);
  assert.equal(renamed.event.channel.name, 'judge-renamed');
  await ok(client, 'chat.postMessage', { channel: 'judge-renamed', text: 'by its new name' });
  const { id } = await control.call('change_id', { channel: 'judge-renamed' });
  const moved = await event('channel_id_changed', (e) => e.old_channel_id === made.id);
  assert.equal(moved.event.new_channel_id, id);
  await ok(client, 'chat.postMessage', { channel: id, text: 'by its new id' });
});

test('private channels: message.groups and the group events', async () => {
  const made = await control.call('channels', { name: 'judge-private', private: true, members: ['dana', 'morgan'], app: true });
  const { id } = made;
  const { ts } = await control.call('say', { user: 'dana', channel: id, text: 'between us' });
  const m = await event('message', (e) => e.ts === ts);
  assert.equal(m.event.channel_type, 'group');
  await control.call('rename', { channel: id, name: 'judge-confidential' });
  await event('group_rename', (e) => e.channel.id === id && e.channel.name === 'judge-confidential');
  await control.faults({ archive: id });
  await event('group_archive', (e) => e.channel === id);
  await control.faults({ clear: true });
  await event('group_unarchive', (e) => e.channel === id);
  await control.faults({ kick: id });
  await event('group_left', (e) => e.channel === id);
  await control.faults({ clear: true });
});

test('App Home: opening it raises the event, publishing answers', async () => {
  app.event('app_home_opened', async ({ event: ev, client: c }) => {
    if (ev.tab === 'home') await c.views.publish({ user_id: ev.user, view: { type: 'home', blocks: [section('your queue'), button('home_press')] } });
  });
  const r = await control.call('home', { user: 'lee' });
  const { event: ev } = await event('app_home_opened', (e) => e.user === people.lee);
  assert.match(ev.channel, /^D/);
  assert.ok(JSON.stringify(r.view).includes('your queue'));
  let action = null;
  onAction = async (a) => { action = a; };
  const c = await control.call('click', { user: 'lee', home: true, action_id: 'home_press', value: 'v1' });
  assert.equal(c.acked, true);
  assert.deepEqual([action.body.view.type, action.body.container.type], ['home', 'view']);
});

test('buttons: payload, response_url in all its ways, stale presses', async () => {
  const m = await client.chat.postMessage({ channel: support, text: 'card', blocks: [section('card'), button('press')] });
  let seen = null;
  onAction = async ({ body, action, respond }) => { seen = { body, action }; await respond({ text: 'only you', replace_original: false }); };
  const r = await control.call('click', { user: 'dana', channel: '#support', message_ts: m.ts, action_id: 'press', value: 'v1' });
  assert.equal(r.acked, true);
  assert.equal(r.ephemerals[0].text, 'only you');
  assert.deepEqual([seen.action.action_id, seen.action.value, seen.action.block_id, seen.body.user.id, seen.body.channel.id, seen.body.message.ts, seen.body.container.message_ts], ['press', 'v1', 'acts', people.dana, support, m.ts, m.ts]);
  for (const key of ['trigger_id', 'response_url', 'api_app_id', 'team', 'token']) assert.ok(seen.body[key], key);

  onAction = async ({ respond }) => { await respond({ text: 'card, claimed', replace_original: true, blocks: [section('card, claimed')] }); };
  await control.call('click', { user: 'dana', channel: '#support', message_ts: m.ts, action_id: 'press', value: 'v1' });
  let h = await client.conversations.history({ channel: support, oldest: m.ts, latest: m.ts, inclusive: true });
  assert.equal(h.messages[0].text, 'card, claimed');

  let stale = null;
  onAction = async ({ action, respond }) => { stale = action; await answer(respond); };
  const late = await control.call('click', { user: 'lee', channel: '#support', message_ts: m.ts, action_id: 'press', value: 'v1' });
  assert.equal(late.acked, true);
  assert.equal(stale.action_id, 'press', 'an element the message once carried is delivered');
  assert.equal((await control.call('click', { user: 'lee', channel: '#support', message_ts: m.ts, action_id: 'never' })).error, 'no_such_element');

  const n = await client.chat.postMessage({ channel: support, text: 'gone', blocks: [section('gone'), button('press')] });
  onAction = async ({ respond }) => { await respond({ delete_original: true }); };
  await control.call('click', { user: 'dana', channel: '#support', message_ts: n.ts, action_id: 'press' });
  h = await client.conversations.history({ channel: support, oldest: n.ts, latest: n.ts, inclusive: true });
  assert.equal(h.messages.length, 0);

  let uses = 0;
  const k = await client.chat.postMessage({ channel: support, text: 'five', blocks: [section('five'), button('press')] });
  onAction = async ({ body }) => {
    for (let i = 0; i < 6; i++) {
      const res = await fetch(body.response_url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: `use ${i}` }) });
      if (res.ok) uses++;
    }
  };
  await control.call('click', { user: 'dana', channel: '#support', message_ts: k.ts, action_id: 'press' });
  await until('the sixth use is refused', () => uses >= 5);
  await control.idle();
  assert.equal(uses, 5);
});

test('buttons of private messages, selects and overflow menus', async () => {
  const e = await client.chat.postEphemeral({ channel: support, user: people.gus, text: 'choose', blocks: [section('choose'), button('whisper_press')] });
  let seen = null;
  onAction = async ({ body, action, respond }) => { seen = { body, action }; await respond({ delete_original: true }); };
  await control.call('click', { user: 'gus', ephemeral_id: e.message_ts, action_id: 'whisper_press' });
  assert.equal(seen.body.container.is_ephemeral, true);
  assert.ok(!(await control.state()).ephemerals.some((x) => x.id === e.message_ts));

  const option = (v) => ({ text: { type: 'plain_text', text: v }, value: v });
  const m = await client.chat.postMessage({
    channel: support, text: 'pick', blocks: [{ type: 'actions', block_id: 'picks', elements: [
      { type: 'static_select', action_id: 'sel', placeholder: { type: 'plain_text', text: 'x' }, options: [option('one'), option('two')] },
      { type: 'users_select', action_id: 'usr', placeholder: { type: 'plain_text', text: 'x' } },
      { type: 'overflow', action_id: 'more', options: [option('one'), option('two')] },
    ] }],
  });
  onAction = async ({ action, respond }) => { seen = action; await answer(respond); };
  const click = (action_id, selected_option) => control.call('click', { user: 'dana', channel: '#support', message_ts: m.ts, action_id, selected_option });
  await click('sel', 'two');
  assert.equal(seen.selected_option.value, 'two');
  await click('usr', people.lee);
  assert.equal(seen.selected_user, people.lee);
  await click('more', 'one');
  assert.equal(seen.selected_option.value, 'one');
});

test('menus whose options the app knows: on messages, in groups, in modals', async () => {
  const plain = (text) => ({ type: 'plain_text', text });
  const option = (v) => ({ text: plain(`the ${v}`), value: v });
  const menu = (action_id, more = {}) => ({ type: 'external_select', action_id, placeholder: plain('x'), ...more });
  const m = await client.chat.postMessage({ channel: support, text: 'find', blocks: [{ type: 'actions', block_id: 'finds', elements: [menu('find'), menu('any', { min_query_length: 0 })] }] });
  const at = { user: 'dana', channel: '#support', message_ts: m.ts };
  let asked = null, seen = null;
  onOptions = (o) => { asked = o; return { options: ['pump', 'pipe'].map(option) }; };
  onAction = async ({ action, respond }) => { seen = action; await answer(respond); };
  assert.equal((await control.call('options', { ...at, action_id: 'find', value: 'pu' })).error, 'query_too_short');
  assert.equal(asked, null);
  const r = await control.call('options', { ...at, action_id: 'find', value: 'pum' });
  assert.deepEqual(r.options.map((o) => o.value), ['pump', 'pipe']);
  assert.deepEqual([asked.type, asked.value, asked.action_id, asked.block_id, asked.user.id, asked.channel.id, asked.message.ts, asked.container.message_ts], ['block_suggestion', 'pum', 'find', 'finds', people.dana, support, m.ts, m.ts]);
  for (const key of ['api_app_id', 'team', 'token']) assert.ok(asked[key], key);
  await control.call('click', { ...at, action_id: 'find', selected_option: 'pipe' });
  assert.deepEqual([seen.type, seen.selected_option.value, seen.selected_option.text.text], ['external_select', 'pipe', 'the pipe']);
  assert.equal((await control.call('click', { ...at, action_id: 'find', selected_option: 'made up' })).error, 'no_such_element');

  onOptions = () => ({ option_groups: [{ label: plain('parts'), options: [option('fan')] }] });
  const g = await control.call('options', { ...at, action_id: 'any', value: '' });
  assert.equal(g.option_groups[0].options[0].value, 'fan');
  await control.call('click', { ...at, action_id: 'any', selected_option: 'fan' });
  assert.equal(seen.selected_option.value, 'fan');
  onOptions = () => ({ options: [{ text: plain('no value') }] });
  assert.equal((await control.call('options', { ...at, action_id: 'any', value: '' })).error, 'invalid_response');

  const id = await open(modal({ blocks: [{ type: 'input', block_id: 'note', label: plain('Part'), element: menu('note') }] }));
  onOptions = (o) => { asked = o; return { options: [option('valve')] }; };
  await control.call('options', { user: 'dana', view_id: id, action_id: 'note', value: 'val' });
  assert.deepEqual([asked.view.id, asked.container.view_id], [id, id]);
  onSubmit = async ({ ack, view }) => { seen = view.state.values.note.note.selected_option; await ack(); };
  assert.equal((await submit(id, 'pump')).error, 'no_such_option');
  assert.equal((await submit(id, 'valve')).acked, true);
  assert.equal(seen.value, 'valve');
});

/** open has dana press a button that opens a modal and returns the click's outcome. */
async function open(view, also = null) {
  const m = await client.chat.postMessage({ channel: support, text: 'form', blocks: [section('form'), button('open')] });
  onAction = async ({ body, client: c }) => {
    const r = await ok(c, 'views.open', { trigger_id: body.trigger_id, view });
    await also?.(body, r, c);
  };
  const r = await control.call('click', { user: 'dana', channel: '#support', message_ts: m.ts, action_id: 'open' });
  assert.ok(r.view_id, `a view opens: ${JSON.stringify(r)}`);
  return r.view_id;
}

const views = async () => (await control.state()).views;
const submit = (view_id, text) => control.call('submit', { user: 'dana', view_id, values: { note: { note: text } } });

test('modals: open once a trigger, errors by block, then close', async () => {
  let second = null;
  const id = await open(modal(), async (body, _, c) => {
    second = await c.views.open({ trigger_id: body.trigger_id, view: modal() }).catch((e) => e.data.error);
  });
  assert.equal(second, 'exchanged_trigger_id');
  onSubmit = async ({ ack, view }) => {
    const text = view.state.values.note.note.value;
    await ack(text.length < 5 ? { response_action: 'errors', errors: { note: 'Too short' } } : undefined);
  };
  const bad = await submit(id, 'abc');
  assert.deepEqual(bad.errors, { note: 'Too short' });
  assert.ok((await views()).some((v) => v.view_id === id && v.errors?.note === 'Too short'));
  const good = await submit(id, 'long enough');
  assert.equal(good.acked, true);
  assert.ok(!(await views()).some((v) => v.view_id === id));
});

test('modals: update, push, clear, and views.update with its hash', async () => {
  const id = await open(modal({ private_metadata: 'kept', external_id: `ext-${Date.now()}` }));
  onSubmit = async ({ ack, view }) => {
    assert.equal(view.private_metadata, 'kept');
    await ack({ response_action: 'update', view: modal({ private_metadata: 'kept', title: { type: 'plain_text', text: 'Changed' } }) });
  };
  await submit(id, 'something');
  const changed = (await views()).find((v) => v.view_id === id);
  assert.equal(changed.view.title.text, 'Changed');
  onSubmit = async ({ ack }) => { await ack({ response_action: 'push', view: modal({ title: { type: 'plain_text', text: 'Above' } }) }); };
  const pushed = await submit(id, 'something');
  assert.notEqual(pushed.view_id, id);
  assert.equal((await views()).filter((v) => v.user === people.dana).length, 2);
  const up = await ok(client, 'views.update', { view_id: pushed.view_id, view: modal({ title: { type: 'plain_text', text: 'Again' } }) });
  await assert.rejects(client.views.update({ view_id: pushed.view_id, hash: '1.wrong', view: modal() }), (e) => e.data.error === 'hash_conflict');
  await ok(client, 'views.update', { view_id: pushed.view_id, hash: up.view.hash, view: modal() });
  onSubmit = async ({ ack }) => { await ack({ response_action: 'clear' }); };
  await submit(pushed.view_id, 'something');
  assert.equal((await views()).filter((v) => v.user === people.dana).length, 0);
});

test('modals: presses inside, views.push, and the × with view_closed', async () => {
  const id = await open(modal({ notify_on_close: true, blocks: [note, button('inside')] }));
  let third = null;
  onAction = async ({ body, client: c }) => {
    assert.equal(body.container.view_id, id);
    third = (await ok(c, 'views.push', { trigger_id: body.trigger_id, view: modal({ notify_on_close: true }) })).view;
  };
  await control.call('click', { user: 'dana', view_id: id, action_id: 'inside' });
  assert.deepEqual([third.previous_view_id, third.root_view_id], [id, id]);
  await control.call('close', { user: 'dana', view_id: third.id });
  const closed = await until('view_closed', () => got.find((g) => g.name === 'view_closed' && g.event.view.id === third.id));
  assert.equal(closed.event.is_cleared, false);
  await control.call('close', { user: 'dana', view_id: id, clear: true });
  const cleared = await until('view_closed, all', () => got.find((g) => g.name === 'view_closed' && g.event.view.id === id));
  assert.equal(cleared.event.is_cleared, true);
});

test('triggers live for three seconds', async () => {
  const m = await client.chat.postMessage({ channel: support, text: 'slow', blocks: [section('slow'), button('slow')] });
  let late = null;
  onAction = async ({ body, client: c }) => {
    await new Promise((done) => setTimeout(done, 3100));
    late = await c.views.open({ trigger_id: body.trigger_id, view: modal() }).catch((e) => e.data.error);
  };
  await control.call('click', { user: 'dana', channel: '#support', message_ts: m.ts, action_id: 'slow' });
  await until('the late views.open is answered', () => late);
  assert.equal(late, 'expired_trigger_id');
});

test('shortcuts', async () => {
  const { ts } = await control.say('lee', 'a line');
  const r = await control.call('shortcut', { user: 'dana', channel: '#support', message_ts: ts, callback_id: 'judge_shortcut' });
  assert.equal(r.ephemerals[0].text, `about a line by ${people.lee}`);
});

test('slash commands: private, loud, in the acknowledgement; not in threads, not from elsewhere', async () => {
  const run = (text, more = {}) => control.call('command', { user: 'dana', channel: '#support', command: '/judge', text, ...more });
  assert.equal((await run('status')).ephemerals[0].text, 'heard status from dana');
  assert.equal((await run('quick')).ephemerals[0].text, 'in the acknowledgement');
  await run('loud');
  const h = await client.conversations.history({ channel: support, limit: 3 });
  assert.ok(h.messages.some((m) => m.text === 'for all'));
  const { ts } = await control.say('dana', 'root');
  assert.equal((await run('status', { thread_ts: ts })).acked, false);
  assert.equal((await run('status', { user: 'xena' })).acked, false);
});
}
