// Every Web API method, by the official client: what it answers when all is
// well, and the name of its main errors.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fails, ok, sim, web, where } from './sim.mjs';

const client = web();
const control = sim();
let me, people, support, sales, managers;

const section = (text) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const modal = (more = {}) => ({ type: 'modal', callback_id: 'judge', title: { type: 'plain_text', text: 'Judge' }, blocks: [section('hello')], ...more });
const home = (text) => ({ type: 'home', blocks: [section(text)] });
const post = (more = {}) => ok(client, 'chat.postMessage', { channel: support, text: 'judged', ...more });

export default function run() {
before(async () => {
  me = await ok(client, 'auth.test');
  const s = await control.state();
  people = Object.fromEntries(s.users.map((u) => [u.name, u.id]));
  [support, sales, managers] = ['support', 'sales', 'managers'].map((n) => s.channels.find((c) => c.name === n).id);
});

test('tokens: present, valid, of the right kind', async () => {
  await fails(web(where.relaxed, null), 'auth.test', {}, 'not_authed');
  await fails(web(where.relaxed, 'xoxb-wrong'), 'auth.test', {}, 'invalid_auth');
  await fails(web(where.relaxed, where.relaxed.app), 'auth.test', {}, 'not_allowed_token_type');
  await fails(client, 'apps.connections.open', {}, 'not_allowed_token_type');
  await fails(client, 'chat.noSuchMethod', {}, 'unknown_method');
  for (const key of ['user_id', 'bot_id', 'team_id', 'url', 'team', 'user']) assert.equal(typeof me[key], 'string', key);
});

test('apps.connections.open gives a one-time address', async () => {
  const app = web(where.relaxed, null, { headers: { Authorization: `Bearer ${where.relaxed.app}` } });
  const one = await ok(app, 'apps.connections.open');
  const two = await ok(app, 'apps.connections.open');
  assert.match(one.url, /^wss?:\/\/[^/]+\/link\/\?ticket=[^&]+&app_id=A/);
  assert.notEqual(one.url, two.url);
});

test('api.test echoes and errs on request', async () => {
  const r = await ok(client, 'api.test', { foo: 'bar' });
  assert.equal(r.args.foo, 'bar');
  await fails(client, 'api.test', { error: 'my_error' }, 'my_error');
});

test('scopes: missing_scope names what is needed and what is there', async () => {
  const narrow = web(where.narrow);
  const data = await fails(narrow, 'users.list', {}, 'missing_scope');
  assert.equal(data.needed, 'users:read');
  assert.ok(data.provided.split(',').includes('chat:write'), data.provided);
  const r = await ok(narrow, 'auth.test');
  assert.ok(r.response_metadata.scopes.includes('chat:write'));
});

test('chat.postMessage: identity, threads, blocks, metadata, limits', async () => {
  const root = await post({ text: 'a <https://example.com|link> & more', metadata: { event_type: 'judge', event_payload: { n: 1 } } });
  assert.equal(root.channel, support);
  assert.match(root.ts, /^\d{10}\.\d{6}$/);
  const { message } = root;
  assert.deepEqual([message.user, message.bot_id, message.type, message.subtype], [me.user_id, me.bot_id, 'message', undefined]);
  assert.equal(message.bot_profile.id, me.bot_id);
  assert.equal(message.blocks[0].type, 'rich_text');
  assert.equal(message.metadata.event_payload.n, 1);
  const reply = await post({ thread_ts: root.ts, reply_broadcast: true, text: 'both' });
  assert.equal(reply.message.thread_ts, root.ts);
  const custom = await post({ username: 'Sam', icon_emoji: ':bust_in_silhouette:' });
  assert.deepEqual([custom.message.subtype, custom.message.username, custom.message.user], ['bot_message', 'Sam', undefined]);
  const long = await post({ text: 'x'.repeat(40001) });
  assert.equal(long.message.text.length, 40000);
  assert.ok(long.response_metadata.warnings.includes('message_truncated'));
  await post({ markdown_text: '**bold**', text: undefined });
  await fails(client, 'chat.postMessage', { channel: 'C0NOWHERE', text: 'x' }, 'channel_not_found');
  await fails(client, 'chat.postMessage', { channel: support }, 'no_text');
  await fails(client, 'chat.postMessage', { channel: support, text: 'x', markdown_text: 'y' }, 'markdown_text_conflict');
  await fails(client, 'chat.postMessage', { channel: support, text: 'x', blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'no' } }] }, 'invalid_blocks');
  await fails(client, 'chat.postMessage', { channel: support, text: 'x', blocks: 'nonsense' }, 'invalid_blocks_format');
  await fails(client, 'chat.postMessage', { channel: support, text: 'x', blocks: Array.from({ length: 51 }, () => section('x')) }, 'invalid_blocks');
  await fails(client, 'chat.postMessage', { channel: support, text: 'x', attachments: Array.from({ length: 101 }, () => ({ text: 'a' })) }, 'too_many_attachments');
  await fails(client, 'chat.postMessage', { channel: support, text: 'x', metadata: { event_type: 'a' } }, 'invalid_metadata_schema');
});

test('chat.update: own messages only, its own limit, edited mark', async () => {
  const m = await post();
  const r = await ok(client, 'chat.update', { channel: support, ts: m.ts, text: 'changed' });
  assert.equal(r.text, 'changed');
  assert.equal(r.message.edited.user, me.user_id);
  const theirs = await control.say('dana', 'mine');
  await fails(client, 'chat.update', { channel: support, ts: theirs.ts, text: 'x' }, 'cant_update_message');
  await fails(client, 'chat.update', { channel: support, ts: '1.000001', text: 'x' }, 'message_not_found');
  await fails(client, 'chat.update', { channel: support, ts: m.ts, text: 'x'.repeat(4001) }, 'msg_too_long');
});

test('chat.delete: a parent with replies leaves a tombstone', async () => {
  const root = await post();
  await post({ thread_ts: root.ts });
  await ok(client, 'chat.delete', { channel: support, ts: root.ts });
  const after = await ok(client, 'conversations.replies', { channel: support, ts: root.ts });
  assert.equal(after.messages[0].subtype, 'tombstone');
  assert.equal(after.messages.length, 2);
  const theirs = await control.say('dana', 'mine');
  await fails(client, 'chat.delete', { channel: support, ts: theirs.ts }, 'cant_delete_message');
  await fails(client, 'chat.delete', { channel: support, ts: root.ts }, 'message_not_found');
});

test('chat.postEphemeral: seen by one, in no history', async () => {
  const r = await ok(client, 'chat.postEphemeral', { channel: support, user: people.dana, text: 'psst' });
  assert.match(r.message_ts, /^\d+\.\d+$/);
  const s = await control.state();
  assert.ok(s.ephemerals.some((e) => e.user === people.dana && e.text === 'psst'));
  const h = await ok(client, 'conversations.history', { channel: support, limit: 5 });
  assert.ok(!h.messages.some((m) => m.text === 'psst'));
  await fails(client, 'chat.postEphemeral', { channel: managers, user: people.xena, text: 'x' }, 'user_not_in_channel');
});

test('chat.getPermalink', async () => {
  const m = await post();
  const r = await ok(client, 'chat.getPermalink', { channel: support, message_ts: m.ts });
  assert.ok(r.permalink.endsWith(`/archives/${support}/p${m.ts.replace('.', '')}`), r.permalink);
  assert.equal((await fetch(r.permalink)).status, 200, 'a permalink opens the page');
  await fails(client, 'chat.getPermalink', { channel: support, message_ts: '1.000001' }, 'message_not_found');
});

test('conversations: info, list, members, users.conversations, cursors', async () => {
  const { channel } = await ok(client, 'conversations.info', { channel: support, include_num_members: true });
  assert.deepEqual([channel.name, channel.is_member, channel.is_archived], ['support', true, false]);
  assert.ok(channel.num_members >= 6);
  await fails(client, 'conversations.info', { channel: 'C0NOWHERE' }, 'channel_not_found');
  const names = [];
  for await (const page of client.paginate('conversations.list', { limit: 1, types: 'public_channel,private_channel' })) names.push(...page.channels.map((c) => c.name));
  assert.deepEqual(['managers', 'sales', 'support'].filter((n) => !names.includes(n)), []);
  assert.equal(new Set(names).size, names.length);
  await ok(client, 'conversations.list');
  await fails(client, 'conversations.list', { types: 'nonsense' }, 'invalid_types');
  await fails(client, 'conversations.list', { cursor: 'nonsense' }, 'invalid_cursor');
  const { members } = await ok(client, 'conversations.members', { channel: support });
  for (const n of ['dana', 'lee', 'morgan', 'gus', 'xena']) assert.ok(members.includes(people[n]), n);
  await fails(client, 'conversations.members', { channel: 'C0NOWHERE' }, 'channel_not_found');
  const mine = await ok(client, 'users.conversations', { types: 'public_channel,private_channel' });
  assert.ok(mine.channels.some((c) => c.id === support));
  await fails(client, 'users.conversations', { user: 'U0NOBODY' }, 'user_not_found');
});

test('conversations.history and replies: order, windows, pages, metadata on request', async () => {
  const root = await post({ text: 'root', metadata: { event_type: 'judge', event_payload: { n: 2 } } });
  const sent = [];
  for (let i = 0; i < 5; i++) sent.push((await post({ thread_ts: root.ts, text: `r${i}`, reply_broadcast: i === 4 })).ts);
  const h = await ok(client, 'conversations.history', { channel: support, oldest: root.ts, inclusive: true });
  assert.deepEqual(h.messages.map((m) => m.ts), [sent[4], root.ts]);
  assert.equal(h.messages[0].subtype, 'thread_broadcast');
  assert.equal(h.messages[0].root.ts, root.ts);
  assert.deepEqual([h.messages[1].reply_count, h.messages[1].latest_reply], [5, sent[4]]);
  assert.equal(h.messages[1].metadata?.event_payload, undefined, 'metadata is given in full only on request');
  const full = await ok(client, 'conversations.history', { channel: support, oldest: root.ts, inclusive: true, include_all_metadata: true });
  assert.equal(full.messages[1].metadata.event_payload.n, 2);
  const seen = [];
  for await (const page of client.paginate('conversations.replies', { channel: support, ts: root.ts, limit: 2 })) seen.push(...page.messages.map((m) => m.ts));
  assert.deepEqual([...new Set(seen)], [root.ts, ...sent]);
  await ok(client, 'conversations.replies', { channel: support, ts: root.ts });
  await fails(client, 'conversations.replies', { channel: support, ts: '1.000001' }, 'thread_not_found');
  await fails(client, 'conversations.history', { channel: 'C0NOWHERE' }, 'channel_not_found');
});

test('membership: join, not_in_channel, archive', async () => {
  const again = await ok(client, 'conversations.join', { channel: sales });
  assert.ok(again.response_metadata.warnings.includes('already_in_channel'));
  await control.faults({ kick: '#sales' });
  await fails(client, 'chat.postMessage', { channel: sales, text: 'x' }, 'not_in_channel');
  await ok(client, 'conversations.join', { channel: sales });
  await post({ channel: sales });
  await control.faults({ archive: '#sales' });
  await fails(client, 'chat.postMessage', { channel: sales, text: 'x' }, 'is_archived');
  await fails(client, 'conversations.join', { channel: 'C0NOWHERE' }, 'channel_not_found');
  await control.faults({ clear: true });
});

test('conversations.open opens a direct message', async () => {
  const { channel } = await ok(client, 'conversations.open', { users: people.dana });
  assert.match(channel.id, /^D/);
  await post({ channel: channel.id });
  await fails(client, 'conversations.open', { users: 'U0NOBODY' }, 'user_not_found');
  await fails(client, 'conversations.open', {}, 'users_list_not_supplied');
  await fails(client, 'conversations.join', { channel: channel.id }, 'method_not_supported_for_channel_type');
});

test('users, bots, team, groups, emoji', async () => {
  const { user } = await ok(client, 'users.info', { user: people.dana });
  assert.ok(user.real_name.startsWith('Dana'));
  assert.equal(user.profile.email.includes('@'), true);
  assert.equal((await ok(client, 'users.info', { user: people.morgan })).user.is_admin, true);
  assert.equal((await ok(client, 'users.info', { user: people.gus })).user.is_restricted, true);
  const xena = (await ok(client, 'users.info', { user: people.xena })).user;
  assert.notEqual(xena.team_id, me.team_id);
  const picture = await fetch(user.profile.image_72);
  assert.match(picture.headers.get('content-type'), /^image\//);
  await fails(client, 'users.info', { user: 'U0NOBODY' }, 'user_not_found');
  const all = [];
  for await (const page of client.paginate('users.list', { limit: 2 })) all.push(...page.members.map((u) => u.id));
  assert.ok(all.length >= 6);
  await ok(client, 'users.list');
  await fails(client, 'users.list', { cursor: 'nonsense' }, 'invalid_cursor');
  assert.equal((await ok(client, 'users.lookupByEmail', { email: user.profile.email })).user.id, people.dana);
  await fails(client, 'users.lookupByEmail', { email: 'nobody@example.com' }, 'users_not_found');
  assert.equal((await ok(client, 'bots.info', { bot: me.bot_id })).bot.user_id, me.user_id);
  await fails(client, 'bots.info', { bot: 'B0NOBODY' }, 'bot_not_found');
  assert.equal((await ok(client, 'team.info')).team.id, me.team_id);
  await fails(client, 'team.info', { team: 'T0NOWHERE' }, 'team_not_found');
  const { usergroups } = await ok(client, 'usergroups.list', { include_users: true });
  assert.ok(usergroups[0].users.length > 0);
  await fails(web(where.narrow), 'usergroups.list', {}, 'missing_scope');
  assert.deepEqual((await ok(client, 'usergroups.users.list', { usergroup: usergroups[0].id })).users, usergroups[0].users);
  await fails(client, 'usergroups.users.list', { usergroup: 'S0NOBODY' }, 'no_such_subteam');
  assert.equal(typeof (await ok(client, 'emoji.list')).emoji, 'object');
  await fails(web(where.narrow), 'emoji.list', {}, 'missing_scope');
});

test('reactions', async () => {
  const m = await post();
  await ok(client, 'reactions.add', { channel: support, timestamp: m.ts, name: 'eyes' });
  await fails(client, 'reactions.add', { channel: support, timestamp: m.ts, name: 'eyes' }, 'already_reacted');
  await fails(client, 'reactions.add', { channel: support, timestamp: '1.000001', name: 'eyes' }, 'message_not_found');
  await control.call('react', { user: 'dana', channel: '#support', ts: m.ts, emoji: 'eyes' });
  const r = await ok(client, 'reactions.get', { channel: support, timestamp: m.ts });
  assert.deepEqual(r.message.reactions, [{ name: 'eyes', users: [me.user_id, people.dana], count: 2 }]);
  await fails(client, 'reactions.get', { channel: support, timestamp: '1.000001' }, 'message_not_found');
  await ok(client, 'reactions.remove', { channel: support, timestamp: m.ts, name: 'eyes' });
  await fails(client, 'reactions.remove', { channel: support, timestamp: m.ts, name: 'eyes' }, 'no_reaction');
  for (let i = 0; i < 23; i++) await ok(client, 'reactions.add', { channel: support, timestamp: m.ts, name: `e${i}` });
  await fails(client, 'reactions.add', { channel: support, timestamp: m.ts, name: 'e23' }, 'too_many_reactions');
});

test('files: what a person shares, and its description', async () => {
  const { ts } = await control.say('dana', 'see this', { files: [{ name: 'note.txt', content_base64: Buffer.from('hello').toString('base64') }] });
  const h = await ok(client, 'conversations.history', { channel: support, oldest: ts, latest: ts, inclusive: true });
  const [shared] = h.messages[0].files;
  const { file } = await ok(client, 'files.info', { file: shared.id });
  assert.deepEqual([file.name, file.size], ['note.txt', 5]);
  const body = await fetch(file.url_private, { headers: { Authorization: `Bearer ${where.relaxed.bot}` } });
  assert.equal(await body.text(), 'hello');
  await fails(client, 'files.info', { file: 'F0NOTHING' }, 'file_not_found');
});

test('files: an upload in three steps, by hand and by filesUploadV2', async () => {
  const root = await post({ text: 'for files' });
  const inThread = async (has) => {
    for (let i = 0; i < 100; i++) {
      const { messages } = await ok(client, 'conversations.replies', { channel: support, ts: root.ts });
      const found = messages.find((m) => m.files?.some(has));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the file never appeared in the thread');
  };
  const v2 = await client.filesUploadV2({ channel_id: support, thread_ts: root.ts, filename: 'leak.png', file: Buffer.from('not really a picture'), initial_comment: 'see *this*' });
  assert.equal(v2.ok, true);
  const [{ id, title }] = v2.files[0].files;
  assert.match(id, /^F/);
  assert.equal(title, 'leak.png');
  const message = await inThread((f) => f.id === id);
  assert.deepEqual([message.subtype, message.user, message.text, message.thread_ts, message.files[0].size], ['file_share', me.user_id, 'see *this*', root.ts, 20]);
  const { file } = await ok(client, 'files.info', { file: id });
  assert.equal(file.shares.public[support][0].ts, message.ts);
  assert.equal(file.shares.public[support][0].thread_ts, root.ts);
  await fails(client, 'files.completeUploadExternal', { files: [{ id, title }], channel_id: support }, 'file_not_found');

  const { upload_url, file_id } = await ok(client, 'files.getUploadURLExternal', { filename: 'raw.txt', length: 5 });
  assert.equal(new URL(upload_url).origin, new URL(where.relaxed.url).origin, 'slack-go sends its token to its own authority only');
  await fails(client, 'files.info', { file: file_id }, 'file_not_found');
  await fails(client, 'files.completeUploadExternal', { files: [{ id: file_id }] }, 'file_not_found');
  assert.equal((await fetch(upload_url, { method: 'POST', body: 'too long' })).status, 400);
  assert.equal((await fetch(upload_url, { method: 'POST', body: 'hello' })).status, 200);
  assert.equal((await fetch(upload_url, { method: 'POST', body: 'again' })).status, 400);
  await fails(client, 'files.completeUploadExternal', { files: [{ id: file_id }], channel_id: 'C0NOWHERE' }, 'channel_not_found');
  await fails(client, 'files.completeUploadExternal', { files: [], channel_id: support }, 'invalid_arguments');
  await fails(client, 'files.completeUploadExternal', { files: [{ id: file_id }], channels: `${support},${sales}`, thread_ts: root.ts }, 'invalid_arguments');
  const done = await ok(client, 'files.completeUploadExternal', { files: [{ id: file_id, title: 'A title' }] });
  assert.equal(done.files[0].title, 'A title');
  assert.equal((await ok(client, 'files.info', { file: file_id })).file.shares.public, undefined, 'nobody was told of it');

  await fails(client, 'files.getUploadURLExternal', { filename: 'empty', length: 0 }, 'missing_argument');
  await fails(client, 'files.getUploadURLExternal', { filename: 'huge', length: 2 ** 31 }, 'file_upload_size_restricted');
  await fails(client, 'files.getUploadURLExternal', { filename: 'a.png', length: 5, alt_txt: 'x'.repeat(1001) }, 'alt_txt_too_large');
  await fails(web(where.narrow), 'files.getUploadURLExternal', { filename: 'a', length: 1 }, 'missing_scope');

  await ok(client, 'files.delete', { file: id });
  const after = await ok(client, 'conversations.replies', { channel: support, ts: root.ts });
  assert.equal(after.messages.find((m) => m.ts === message.ts).files[0].mode, 'tombstone');
  await fails(client, 'files.info', { file: id }, 'file_deleted');
  await fails(client, 'files.delete', { file: id }, 'file_deleted');
  const theirs = await control.say('dana', '', { files: [{ name: 'mine.txt', content_base64: 'aGk=' }] });
  const h = await ok(client, 'conversations.history', { channel: support, oldest: theirs.ts, latest: theirs.ts, inclusive: true });
  await fails(client, 'files.delete', { file: h.messages[0].files[0].id }, 'cant_delete_file');
  await fails(client, 'files.delete', { file: 'F0NOTHING' }, 'file_not_found');
});

test('views.publish: hash guards against a race', async () => {
  const one = await ok(client, 'views.publish', { user_id: people.dana, view: home('one') });
  assert.equal(one.view.type, 'home');
  const two = await ok(client, 'views.publish', { user_id: people.dana, view: home('two'), hash: one.view.hash });
  assert.notEqual(two.view.hash, one.view.hash);
  await fails(client, 'views.publish', { user_id: people.dana, view: home('three'), hash: one.view.hash }, 'hash_conflict');
  await fails(client, 'views.publish', { user_id: 'U0NOBODY', view: home('x') }, 'user_not_found');
  const s = await control.state();
  const seen = s.homes[people.dana] ?? s.homes.dana;
  assert.ok(JSON.stringify(seen).includes('two'));
});

test('views.open, push and update refuse what is not theirs', async () => {
  await fails(client, 'views.open', { trigger_id: '1.2.abc', view: modal() }, 'invalid_trigger_id');
  await fails(client, 'views.push', { trigger_id: '1.2.abc', view: modal() }, 'invalid_trigger_id');
  await fails(client, 'views.update', { view_id: 'V0NOTHING', view: modal() }, 'not_found');
});

test('assistant.threads.setStatus', async () => {
  const m = await post();
  await ok(client, 'assistant.threads.setStatus', { channel_id: support, thread_ts: m.ts, status: 'is thinking' });
  const status = async () => (await control.state()).statuses.find((s) => s.thread_ts === m.ts)?.status;
  assert.equal(await status(), 'is thinking');
  await ok(client, 'assistant.threads.setStatus', { channel_id: support, thread_ts: m.ts, status: '' });
  assert.equal(await status(), undefined);
  await ok(client, 'assistant.threads.setStatus', { channel_id: support, thread_ts: m.ts, status: 'is thinking' });
  await post({ thread_ts: m.ts });
  assert.equal(await status(), undefined);
  await fails(client, 'assistant.threads.setStatus', { channel_id: 'C0NOWHERE', thread_ts: m.ts, status: '' }, 'channel_not_found');
});

test('blocks.validate points at what is wrong', async () => {
  await ok(client, 'blocks.validate', { blocks: [section('fine')] });
  const data = await fails(client, 'blocks.validate', { blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'no' } }] }, 'invalid_blocks');
  assert.equal(data.errors[0].pointer, '/0/text/type');
  for (const key of ['code', 'message']) assert.equal(typeof data.errors[0][key], 'string');
});

test('rate limits: 429 is waited for by the SDK, and can be refused', async () => {
  await control.faults({ rate_limit: { method: 'chat.postMessage', retry_after: 1, times: 1 } });
  const patient = web(where.relaxed, where.relaxed.bot, { retryConfig: { retries: 3 } });
  let told = 0;
  patient.on('rate_limited', (seconds) => { told = seconds; });
  const start = Date.now();
  await patient.chat.postMessage({ channel: support, text: 'in the end' });
  assert.equal(told, 1);
  assert.ok(Date.now() - start >= 950);
  await control.faults({ rate_limit: { method: 'chat.postMessage', retry_after: 7, times: 1 } });
  const hasty = web(where.relaxed, where.relaxed.bot, { rejectRateLimitedCalls: true });
  await assert.rejects(hasty.chat.postMessage({ channel: support, text: 'x' }), { code: 'slack_webapi_rate_limited_error', retryAfter: 7 });
  await control.faults({ rate_limit: { method: 'chat.postMessage', retry_after: null, times: 1 } });
  await assert.rejects(web().chat.postMessage({ channel: support, text: 'x' }), /retry/i);
});

test('strict: posts beyond one a second a channel are refused and lose nothing', async () => {
  const strict = web(where.strict, where.strict.bot, { retryConfig: { retries: 10 }, maxRequestConcurrency: 1 });
  const list = (await strict.conversations.list()).channels;
  const channel = list.find((c) => c.name === 'support').id;
  let limited = 0;
  strict.on('rate_limited', () => { limited++; });
  for (let i = 0; i < 6; i++) await strict.chat.postMessage({ channel, text: `line ${i}` });
  assert.ok(limited > 0, 'six posts in a row must meet the limit');
  const h = await strict.conversations.history({ channel });
  assert.deepEqual(h.messages.map((m) => m.text).filter((t) => t.startsWith('line')).reverse(), ['line 0', 'line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
});

test('an answer that breaks off was carried out', async () => {
  await control.faults({ truncate: { method: 'chat.postMessage', times: 1 } });
  const mark = `half an answer ${Date.now()}`;
  const got = await web().chat.postMessage({ channel: support, text: mark }).catch((e) => e);
  assert.notEqual(got.ok, true, 'the SDK does not take it for a success');
  const h = await client.conversations.history({ channel: support, limit: 5 });
  assert.equal(h.messages.filter((m) => m.text === mark).length, 1);
});

test('a channel that is only to be read, and scopes taken away', async () => {
  await control.faults({ restrict: '#support', revoke_scopes: ['reactions:read'] });
  await fails(client, 'chat.postMessage', { channel: support, text: 'x' }, 'restricted_action_read_only_channel');
  const said = await fails(client, 'reactions.get', { channel: support, timestamp: '1.000001' }, 'missing_scope');
  assert.equal(said.needed, 'reactions:read');
  assert.ok(said.provided.includes('reactions:write') && !said.provided.includes('reactions:read'));
  assert.ok(!(await client.auth.test()).response_metadata.scopes.includes('reactions:read'));
  await control.faults({ clear: true });
  await ok(client, 'chat.postMessage', { channel: support, text: 'allowed again' });
});

test('strict: posts beyond the limit may also be taken and shown to nobody', async () => {
  const strict = web(where.strict, where.strict.bot, { rejectRateLimitedCalls: true });
  const channel = (await sim(where.strict).state()).channels.find((c) => c.name === 'managers').id;
  await sim(where.strict).faults({ hide_over_limit: true });
  for (let i = 0; i < 8; i++) assert.equal((await strict.chat.postMessage({ channel, text: `maybe ${i}` })).ok, true);
  await sim(where.strict).faults({ clear: true });
  const h = await strict.conversations.history({ channel });
  assert.ok(h.messages.length >= 3 && h.messages.length < 8, `${h.messages.length} of 8 are shown`);
});

test('cards and carousels within their limits', async () => {
  const mrkdwn = (text) => ({ type: 'mrkdwn', text });
  const card = { type: 'card', title: mrkdwn('a card'), body: mrkdwn('x'.repeat(200)) };
  await ok(client, 'chat.postMessage', { channel: support, text: 'cards', blocks: [{ type: 'carousel', elements: [card, card] }] });
  await fails(client, 'chat.postMessage', { channel: support, text: 'cards', blocks: [{ type: 'carousel', elements: Array(11).fill(card) }] }, 'invalid_blocks');
});

test('strict: apps.connections.open in both tiers that Slack documents', async () => {
  const opener = web(where.strict, null, { headers: { Authorization: `Bearer ${where.strict.app}` }, rejectRateLimitedCalls: true });
  const until429 = async () => {
    for (let n = 0; n < 20; n++) {
      try {
        await opener.apps.connections.open();
      } catch (e) {
        assert.equal(e.code, 'slack_webapi_rate_limited_error');
        return [n, e.retryAfter];
      }
    }
    return assert.fail('twenty connections at once');
  };
  const [third, soon] = await until429();
  assert.ok(third >= 5 && soon <= 2, `tier 3: ${third} at once, then ${soon} s`);
  await sim(where.strict).faults({ open_tier: 1 });
  const [first, late] = await until429();
  assert.ok(first === 3 && late > 50 && late <= 60, `tier 1: ${first} at once, then ${late} s`);
  await sim(where.strict).faults({ clear: true });
});

test('faults look to the SDK like the troubles they stand for', async () => {
  await control.faults({ fail: { method: 'auth.test', status: 503, html: true, times: 1 } });
  await assert.rejects(web().auth.test(), { code: 'slack_webapi_http_error', statusCode: 503 });
  await control.faults({ error: { method: 'auth.test', error: 'internal_error', times: 1 } });
  await assert.rejects(web().auth.test(), (e) => e.data.error === 'internal_error');
  await control.faults({ reset: { method: 'auth.test', times: 1 } });
  await assert.rejects(web().auth.test(), { code: 'slack_webapi_request_error' });
  await control.faults({ apply_then_fail: { method: 'chat.postMessage', times: 1 } });
  const mark = `kept ${Date.now()}`;
  await assert.rejects(web().chat.postMessage({ channel: support, text: mark }), { code: 'slack_webapi_request_error' });
  const h = await client.conversations.history({ channel: support, limit: 5 });
  assert.equal(h.messages.filter((m) => m.text === mark).length, 1);
  await control.faults({ down: true });
  await assert.rejects(web().auth.test());
  await control.faults({ down: false });
  await web().auth.test();
});
}
