// Block Kit, drawn. A block of an unknown kind is shown as its JSON, so that
// nothing an app sends goes unseen.

import { h } from './dom.js';
import { element, image } from './elements.js';
import { markdown } from './markdown.js';
import { dateNode, link, mention, mrkdwn, textObject } from './text.js';
import { emoji, fromUnicode } from './emoji.js';

function styled(node, style) {
  if (!style) return node;
  for (const [flag, tag] of [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['strike', 's'], ['underline', 'u']]) {
    if (style[flag]) node = h(tag, {}, node);
  }
  return node;
}

function richElement(el, ctx) {
  switch (el.type) {
    case 'text': return styled(document.createTextNode(el.text || ''), el.style);
    case 'link': return styled(link(el.url || '', el.text), el.style);
    case 'user': return styled(mention(`@${ctx.userName(el.user_id) || el.user_id}`, el.user_id === ctx.me), el.style);
    case 'usergroup': return mention(`@${el.usergroup_id}`, false);
    case 'channel': return h('button', { type: 'button', class: 'mention as-link', onclick: () => ctx.openChannel(el.channel_id) }, `#${ctx.channelName(el.channel_id) || el.channel_id}`);
    case 'broadcast': return mention(`@${el.range}`, true);
    case 'emoji': {
      const char = emoji(el.name || '') || (el.unicode && fromUnicode(el.unicode)) || `:${el.name}:`;
      return h('span', { class: 'emoji', title: `:${el.name}:` }, char);
    }
    case 'date': return dateNode(Number(el.timestamp), el.format || '{date_short_pretty} {time}', el.fallback, el.url);
    case 'color': return h('code', {}, el.value);
    default: return h('code', { class: 'unknown' }, JSON.stringify(el));
  }
}

const rich = (els, ctx) => (els || []).map((el) => richElement(el, ctx));

function richPart(part, ctx) {
  switch (part.type) {
    case 'rich_text_section': return h('div', { class: 'rt' }, rich(part.elements, ctx));
    case 'rich_text_quote': return h('blockquote', {}, rich(part.elements, ctx));
    case 'rich_text_preformatted': return h('pre', {}, rich(part.elements, ctx));
    case 'rich_text_list': {
      const list = h(part.style === 'ordered' ? 'ol' : 'ul', { class: `indent-${part.indent || 0}`, start: part.offset ? part.offset + 1 : null });
      for (const item of part.elements || []) list.append(h('li', {}, rich(item.elements, ctx)));
      return list;
    }
    default: return h('code', { class: 'unknown' }, JSON.stringify(part));
  }
}

function cell(c, ctx) {
  return c.type === 'rich_text' ? (c.elements || []).map((p) => richPart(p, ctx)) : [c.text ?? JSON.stringify(c)];
}

function input(block, s) {
  const errors = s.errors?.[block.block_id];
  const el = block.element || {};
  const wrapped = el.type === 'radio_buttons' || el.type === 'checkboxes';
  return h(wrapped ? 'div' : 'label', { class: `blk input ${errors ? 'bad' : ''}`, 'data-block': block.block_id || null },
    h('span', { class: 'input-label' }, textObject(block.label, s.ctx), block.optional ? h('em', {}, ' (optional)') : null),
    element(el, block, s),
    errors ? h('span', { class: 'input-error', role: 'alert' }, errors) : null,
    block.hint ? h('span', { class: 'input-hint' }, textObject(block.hint, s.ctx)) : null);
}

/** renderBlock draws one block on a surface (see elements.js). */
export function renderBlock(block, s) {
  const { ctx } = s;
  switch (block.type) {
    case 'section': {
      const node = h('div', { class: 'blk section' }, h('div', { class: 'section-text' },
        block.text ? h('div', { class: 'txt' }, textObject(block.text, ctx)) : null,
        block.fields?.length ? h('div', { class: 'fields' }, block.fields.map((f) => h('div', { class: 'txt' }, textObject(f, ctx)))) : null));
      if (block.accessory) node.append(h('div', { class: 'accessory' }, element(block.accessory, block, s)));
      return node;
    }
    case 'header': return h('h2', { class: 'blk header' }, textObject(block.text, ctx));
    case 'divider': return h('hr', { class: 'blk divider' });
    case 'context': return h('div', { class: 'blk context' }, (block.elements || []).map((el) => (el.type === 'image'
      ? image(el.image_url, el.alt_text, 'ctx-img') : h('span', { class: 'txt' }, textObject(el, ctx)))));
    case 'actions':
    case 'context_actions': return h('div', { class: 'blk actions' }, (block.elements || []).map((el) => element(el, block, s)));
    case 'input': return input(block, s);
    case 'image': return h('figure', { class: 'blk figure' },
      block.title ? h('figcaption', {}, textObject(block.title, ctx)) : null, image(block.image_url || block.slack_file?.url, block.alt_text, 'picture'));
    case 'rich_text': return h('div', { class: 'blk txt rich' }, (block.elements || []).map((p) => richPart(p, ctx)));
    case 'markdown': return h('div', { class: 'blk txt md' }, markdown(block.text));
    case 'table': return h('div', { class: 'blk scroll-x' }, h('table', {}, (block.rows || []).map((row, n) => h('tr', {},
      row.map((c) => h(n ? 'td' : 'th', {}, cell(c, ctx)))))));
    default: return h('pre', { class: 'blk unknown' }, JSON.stringify(block, null, 2));
  }
}

/** content draws a message's body: its blocks, or its text where it has none. */
export function content(msg, s) {
  const out = [];
  if (msg.blocks?.length) out.push(msg.blocks.map((b) => renderBlock(b, s)));
  else if (msg.text) out.push(h('div', { class: 'txt' }, mrkdwn(msg.text, s.ctx)));
  for (const a of msg.attachments || []) {
    out.push(h('div', { class: 'attachment' }, a.blocks?.length ? a.blocks.map((b) => renderBlock(b, s))
      : [a.title ? h('strong', {}, a.title) : null, h('div', { class: 'txt' }, mrkdwn(a.text || a.fallback || '', s.ctx))]));
  }
  return out;
}
