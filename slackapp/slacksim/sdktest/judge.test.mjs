// One run, in order: methods, events and presses, sockets, then the account.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import events from './events.mjs';
import methods from './methods.mjs';
import { account, where } from './sim.mjs';
import socket from './socket.mjs';

describe('web api', methods);
describe('events and interactions', events);
describe('socket mode', socket);

describe('account', () => {
  test('everything that the simulator offers was judged', async (t) => {
    const offered = where.offers;
    const lacking = {
      'methods never seen to succeed': offered.methods.filter((m) => !account.good.has(m)),
      'methods never seen to fail': offered.methods.filter((m) => !account.bad.has(m)),
      'events never seen': offered.events.filter((e) => !account.events.has(e)),
      'interactions never seen': offered.interactions.filter((e) => !account.interactions.has(e)),
    };
    t.diagnostic(`judged: ${offered.methods.length} methods, ${offered.events.length} events, ${offered.interactions.length} interactions`);
    for (const [what, list] of Object.entries(lacking)) assert.deepEqual(list, [], what);
  });
});
