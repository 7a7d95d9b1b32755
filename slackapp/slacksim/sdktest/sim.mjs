// What all checks share: where the simulators are, their controls, and the
// account of what has been judged.

import assert from 'node:assert/strict';
import { LogLevel, WebClient } from '@slack/web-api';

if (!process.env.SLACKSIM_JUDGE) throw new Error('SLACKSIM_JUDGE is not set: run this through "go test ./slackapp/slacksim/sdktest"');

/** Three simulators: relaxed (everything allowed), strict (rate limits), narrow (a manifest that grants little). */
export const where = JSON.parse(process.env.SLACKSIM_JUDGE);

export const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => LogLevel.ERROR, setName() {} };

export function sim(at = where.relaxed) {
  const call = async (name, body) => {
    const res = await fetch(`${at.url}/sim/v1/${name}`, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    const data = await res.json();
    assert.equal(res.status, 200, `/sim/v1/${name}: ${JSON.stringify(data)}`);
    return data;
  };
  return {
    call,
    state: () => call('state'),
    faults: (f) => call('faults', f),
    say: (user, text, more = {}) => call('say', { user, channel: '#support', text, ...more }),
    log: async (after = 0) => (await call(`log?after=${after}`)).entries,
    idle: () => call('wait?idle_ms=300&timeout_ms=10000'),
  };
}

export function web(at = where.relaxed, token = at.bot, options = {}) {
  return new WebClient(token ?? undefined, { slackApiUrl: `${at.url}/api/`, logger: quiet, retryConfig: { retries: 0 }, ...options });
}

/** until waits for a condition, checked often, and fails with what it last saw. */
export async function until(what, check, ms = 15000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    last = await check();
    if (last) return last;
    if (Date.now() > end) assert.fail(`not in ${ms} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

const good = new Map();
const bad = new Map();
const events = new Map();
const interactions = new Map();

export const account = { good, bad, events, interactions };

export function saw(map, name) { map.set(name, (map.get(name) || 0) + 1); }

function method(client, name) {
  let at = client;
  for (const part of name.split('.')) at = at?.[part];
  return typeof at === 'function' ? at : (args) => client.apiCall(name, args);
}

/** ok calls a method through the SDK's own function for it and notes the success. */
export async function ok(client, name, args = {}) {
  const r = await method(client, name)(args);
  assert.equal(r.ok, true, name);
  saw(good, name);
  return r;
}

/** fails expects the error of that name, as the SDK reports it. */
export async function fails(client, name, args, error) {
  let caught;
  try {
    await method(client, name)(args);
  } catch (e) {
    caught = e;
  }
  assert.ok(caught, `${name} ${JSON.stringify(args).slice(0, 120)}: succeeded, want ${error}`);
  assert.equal(caught.code, 'slack_webapi_platform_error', `${name}: ${caught}`);
  assert.equal(caught.data.error, error, `${name} ${JSON.stringify(args).slice(0, 120)}`);
  saw(bad, name);
  return caught.data;
}
