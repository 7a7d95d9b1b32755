// What the acting person may see, worked out from the simulator's state.

const HUES = [172, 262, 18, 212, 330, 96, 44, 290, 140, 236];

export class Model {
  constructor(state, me) {
    this.state = state;
    this.me = me;
    this.users = new Map((state.users || []).map((u) => [u.id, u]));
    this.channels = new Map((state.channels || []).map((c) => [c.id, c]));
    this.app = state.app || {};
    this.bot = [...this.users.values()].find((u) => u.is_bot && (!this.app.bot_user_id || u.id === this.app.bot_user_id));
    this.appName = this.app.name || this.bot?.profile?.real_name || this.bot?.real_name || this.bot?.name || 'App';
  }

  people() {
    return [...this.users.values()].filter((u) => !u.is_bot && !u.deleted && u.id !== 'USLACKBOT').map((u) => ({ ...u, label: this.userName(u.id) }));
  }

  userName(id) {
    const u = this.users.get(id);
    if (!u) return '';
    const shown = u.profile?.display_name;
    // A display name that only repeats the handle says less than the real name.
    return (shown && shown !== u.name ? shown : '') || u.profile?.real_name || u.real_name || shown || u.name;
  }

  /** role is a word on who someone is: the simulator's people differ in rights. */
  role(u) {
    if (this.isExternal(u)) return 'external';
    if (u.is_restricted || u.is_ultra_restricted) return 'guest';
    if (u.is_owner || u.is_admin) return 'manager';
    return 'agent';
  }

  isExternal(u) {
    return !!u.is_stranger || !!(u.team_id && this.state.team?.id && u.team_id !== this.state.team.id);
  }

  hue(id) {
    const at = [...this.users.keys()].indexOf(id);
    return HUES[(at < 0 ? id.length : at) % HUES.length];
  }

  channelName(id) { return this.channels.get(id)?.name || ''; }

  isIM(c) { return c.is_im || /^D/.test(c.id); }

  rooms(user = this.me) {
    return [...this.channels.values()].filter((c) => !this.isIM(c) && !c.is_archived && (c.members || []).includes(user));
  }

  /** im is the acting person's conversation with the app. */
  im() {
    return [...this.channels.values()].find((c) => this.isIM(c) && (c.user === this.me || (c.members || []).includes(this.me)));
  }

  canSee(c) { return c && ((c.members || []).includes(this.me) || (this.isIM(c) && c.user === this.me)); }

  root(channel, ts) { return channel?.messages?.find((m) => m.ts === ts); }

  replies(root) { return root?.replies?.filter?.((r) => typeof r === 'object' && r.ts) || []; }

  /** timeline is a channel's own flow: top-level messages and broadcast replies. */
  timeline(channel) {
    const out = [];
    for (const m of channel.messages || []) {
      out.push({ msg: m, root: m });
      for (const r of this.replies(m)) if (r.subtype === 'thread_broadcast' || r.reply_broadcast) out.push({ msg: r, root: m, broadcast: true });
    }
    return out.sort((a, b) => order(a.msg.ts, b.msg.ts));
  }

  find(channelId, ts) {
    for (const m of this.channels.get(channelId)?.messages || []) {
      if (m.ts === ts) return { msg: m, root: m };
      for (const r of this.replies(m)) if (r.ts === ts) return { msg: r, root: m };
    }
    return null;
  }

  ephemerals(channel, threadTs) {
    return (this.state.ephemerals || []).filter((e) => e.user === this.me && e.channel === channel && (e.thread_ts || '') === (threadTs || ''));
  }

  /** threads are those the person wrote in, was named in, or began. */
  threads() {
    const named = new Set((this.state.notifications || []).filter((n) => n.user === this.me).map((n) => `${n.channel}/${n.ts}`));
    const out = [];
    for (const c of this.channels.values()) {
      if (!this.canSee(c)) continue;
      for (const root of c.messages || []) {
        const replies = this.replies(root);
        if (!replies.length) continue;
        const mine = [root, ...replies].some((m) => m.user === this.me || named.has(`${c.id}/${m.ts}`));
        if (mine) out.push({ channel: c, root, replies, last: replies[replies.length - 1].ts });
      }
    }
    return out.sort((a, b) => order(b.last, a.last));
  }

  by(m) {
    if (m.user && this.users.has(m.user) && !m.username) {
      const u = this.users.get(m.user);
      return { id: u.id, name: this.userName(u.id), image: u.profile?.image_72, bot: !!(m.bot_id || u.is_bot), user: u };
    }
    return { id: m.bot_id || m.user || 'B', name: m.username || m.bot_profile?.name || this.appName, image: m.icons?.image_72 || m.bot_profile?.icons?.image_72, bot: !!(m.bot_id || m.bot_profile), emoji: m.icons?.emoji };
  }
}

/** order compares two timestamps as the platform does: as strings of equal form. */
export function order(a, b) { return a < b ? -1 : a > b ? 1 : 0; }

/** Reads remembers, for each person, how far each channel and thread was read. */
export class Reads {
  constructor(team) {
    this.key = `sim.read.${team}`;
    try { this.map = JSON.parse(localStorage.getItem(this.key)) || {}; } catch { this.map = {}; }
  }

  at(user, what) { return this.map[user]?.[what] || '0'; }

  mark(user, what, ts) {
    if (!ts || ts <= this.at(user, what)) return false;
    (this.map[user] ||= {})[what] = ts;
    try { localStorage.setItem(this.key, JSON.stringify(this.map)); } catch { /* private windows: kept for this visit */ }
    return true;
  }

  /** counts says what waits for a person in a channel. */
  counts(model, channel, user) {
    const seen = this.at(user, channel.id);
    const mentions = (model.state.notifications || []).filter((n) => n.user === user && n.channel === channel.id && n.kind !== 'thread' && n.ts > seen).length;
    const unread = model.timeline(channel).some(({ msg }) => msg.ts > seen && msg.user !== user && msg.subtype !== 'tombstone');
    return { mentions, unread };
  }

  threadUnread(model, t, user) {
    const seen = this.at(user, `${t.channel.id}/${t.root.ts}`);
    return t.replies.filter((r) => r.ts > seen && r.user !== user).length;
  }
}
