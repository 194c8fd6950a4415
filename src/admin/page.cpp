#include "admin/page.hpp"

namespace webhookd::admin {

const std::string_view page_html = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>flagsmith-webhookd</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header><h1>flagsmith-webhookd</h1><p id="health" role="status">…</p></header>
<main>
<section aria-labelledby="sinks-title"><h2 id="sinks-title">Sinks</h2><table id="sinks"></table></section>
<section aria-labelledby="events-title"><h2 id="events-title">Latest events</h2>
<form id="filter"><input name="flag" placeholder="flag, * allowed" aria-label="flag"><input name="environment" placeholder="environment" aria-label="environment">
<input name="actor" placeholder="actor" aria-label="actor"><button>Find</button></form>
<table id="events"></table></section>
<section aria-labelledby="quarantine-title"><h2 id="quarantine-title">Quarantine</h2><table id="quarantine"></table></section>
<section aria-labelledby="dead-title"><h2 id="dead-title">Dead letters</h2><table id="dead"></table></section>
</main>
<p id="error" role="alert"></p>
<script src="/page.js"></script>
</body>
</html>
)html";

const std::string_view page_script = R"js('use strict';
const $ = id => document.getElementById(id);

async function api(method, path, body) {
  const answer = await fetch('/api/v1/' + path, {method, headers: body ? {'Content-Type': 'application/json'} : {}, body: body && JSON.stringify(body)});
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.error || 'HTTP ' + answer.status);
  return json;
}

function fill(table, columns, rows, actions) {
  table.replaceChildren();
  const head = table.createTHead().insertRow();
  for (const [title] of columns) head.appendChild(document.createElement('th')).textContent = title;
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [, value] of columns) line.insertCell().textContent = value(row) ?? '';
    if (!actions) continue;
    const cell = line.insertCell();
    for (const [name, act] of actions(row)) {
      const button = cell.appendChild(document.createElement('button'));
      button.textContent = name;
      button.onclick = () => act().then(refresh, show);
    }
  }
  if (!rows.length) body.insertRow().insertCell().textContent = 'none';
}

const show = error => { $('error').textContent = error ? String(error.message || error) : ''; };
const text = key => row => row[key];

async function refresh() {
  try {
    const health = await api('GET', 'health');
    $('health').textContent = health.status;
    $('health').className = health.status === 'ok' ? 'good' : 'bad';
    const sinks = (await api('GET', 'sinks')).sinks;
    fill($('sinks'), [['name', text('name')], ['type', text('type')], ['state', text('state')], ['delivered', text('delivered')], ['backlog', text('backlog')],
      ['oldest, s', text('oldest_undelivered_seconds')], ['dead letters', text('dead_letters')], ['last error', text('last_error')]], sinks,
      sink => [sink.state === 'paused' ? ['resume', () => api('POST', `sinks/${encodeURIComponent(sink.name)}/resume`)]
                                       : ['pause', () => api('POST', `sinks/${encodeURIComponent(sink.name)}/pause`)]]);
    const query = new URLSearchParams([...new FormData($('filter'))].filter(([, value]) => value));
    const events = (await api('GET', 'events?limit=50&' + query)).events;
    fill($('events'), [['received', text('time')], ['type', event => (event.type || '').replace('com.flagsmith.', '')], ['flag', text('flag')],
      ['environment', text('environment')], ['changed', text('changed')], ['actor', text('actor')], ['id', text('id')]], events);
    const quarantine = (await api('GET', 'quarantine')).quarantine;
    fill($('quarantine'), [['received', text('time')], ['endpoint', text('endpoint')], ['status', text('status')],
      ['why', row => (row.errors || []).map(e => `${e.pointer || '/'} ${e.detail}`).join('; ')], ['id', text('id')]], quarantine,
      row => [['retry', () => api('POST', 'quarantine/retry', {ids: [row.id]})], ['drop', () => api('POST', 'quarantine/drop', {ids: [row.id]})]]);
    const dead = (await api('GET', 'dead-letters')).dead_letters;
    fill($('dead'), [['sink', text('sink')], ['died', text('died')], ['why', text('why')], ['attempts', text('attempts')], ['id', text('id')]], dead,
      row => [['retry', () => api('POST', 'dead-letters/retry', {numbers: [row.number]})], ['drop', () => api('POST', 'dead-letters/drop', {numbers: [row.number]})]]);
    show();
  } catch (error) { show(error); }
}

$('filter').onsubmit = event => { event.preventDefault(); refresh(); };
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 5000);
)js";

const std::string_view page_style = R"css(:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 80rem; margin: 0 auto; padding: 1rem; }
header { display: flex; align-items: baseline; gap: 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); vertical-align: top; }
th { font-weight: 600; } td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.good { color: #2e7d32; } .bad, #error { color: #c62828; }
input, button { font: inherit; padding: .15rem .5rem; margin-right: .4rem; }
)css";

} // namespace webhookd::admin
