// Talking to the simulator's own controls, and following its changes.

export class SimError extends Error {}

export async function call(name, body) {
  let res;
  try {
    res = await fetch(`/sim/v1/${name}`, body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  } catch {
    throw new SimError('The simulator is not answering. Is it still running?');
  }
  let data = null;
  try { data = await res.json(); } catch { /* an empty or foreign body: the status tells enough */ }
  if (!res.ok) {
    const err = data?.error;
    throw new SimError(err?.message || (typeof err === 'string' ? err : '') || `The simulator answered ${res.status}.`);
  }
  return data || {};
}

/**
 * follow keeps a copy of the state fresh: every event of the stream asks for a
 * new read, many events close together for one. onState gets the state, onLive
 * whether the stream is open, onLog is called for traffic, which changes no state.
 */
export function follow(onState, onLive, onLog) {
  let timer = 0, reading = false, again = false, source = null, retry = 500;

  async function read() {
    timer = 0;
    if (reading) { again = true; return; }
    reading = true;
    try {
      onState(await call('state'));
      retry = 500;
    } catch {
      onLive(false);
      if (!timer) timer = setTimeout(read, retry = Math.min(retry * 2, 5000));
    } finally {
      reading = false;
      if (again) { again = false; soon(); }
    }
  }
  function soon() { if (!timer) timer = setTimeout(read, 60); }

  function open() {
    source?.close();
    source = new EventSource('/sim/v1/events');
    source.onopen = () => { onLive(true); soon(); };
    source.onmessage = (e) => { if (e.data.includes('"type":"log"')) onLog(); else soon(); };
    source.onerror = () => {
      onLive(false);
      // A browser gives up for good on some answers; begin again ourselves.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    };
  }
  open();
  read();
  return soon;
}
