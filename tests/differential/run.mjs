// The decoder against ajv: node run.mjs VERDICTS [--count N] [--seed S] [--break] [--forget "RULE POINTER"]
//
// Messages are changed at random (from a seed) and judged by both: verdict and reasons must be the same. What real
// servers send is judged by the schemas the daemon prints, profile "asyncapi" by the published document.
import { spawn, execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Parser } from '@asyncapi/parser';
import { copy, parse, print } from './json.mjs';
import { broken, compile, publishedSchemas, reasons, rules } from './judge.mjs';
import { Random, breakRule, mutant, obligations, wrongType } from './mutate.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const data = join(here, '..', 'data');
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '24000' },
    seed: { type: 'string', default: '1' },
    break: { type: 'boolean', default: false }, // the judge forgets a rule: it must be noticed
    forget: { type: 'string' }, // the decoder forgets a rule at a place: it must be noticed
  },
});
const verdicts = positionals[0];
const count = Number(options.count);
const maxViolations = 16; // the decoder lists no more

const printed = JSON.parse(execFileSync(verdicts, ['schemas'], { maxBuffer: 1 << 26 }));
const published = publishedSchemas(join(data, 'published_document.json'));
if (options.break) {
  delete printed['flag.updated'].definitions.FlagState.properties.enabled.type;
  delete published.environment.definitions.FlagEvaluation.properties.enabled.type;
}
const real = compile(Object.fromEntries(Object.entries(printed).filter(([name]) => !name.startsWith('asyncapi.'))));
const document = compile(published);

// Parts that several messages have are counted together.
const known = (() => {
  const maps = new Map(), list = new Set();
  const add = (profile, name, schema, title) => {
    const found = rules(schema, title);
    maps.set(`${profile} ${name}`, found.names);
    for (const rule of found.list) list.add(`${profile} ${rule}`);
  };
  for (const name of real.keys()) add('flagsmith', name, printed[name], name);
  for (const kind of document.keys()) add('asyncapi', kind, published[kind], kind);
  return { names: (profile, name) => maps.get(`${profile} ${name}`), list };
})();

// --- what to send ----------------------------------------------------------------------------------------------------

const samples = readdirSync(join(data, 'samples')).map((file) => ({
  file,
  message: parse(readFileSync(join(data, 'samples', file), 'utf8')),
}));
const matching = (pattern) => samples.filter(({ file }) => pattern.test(file)).map(({ message }) => message);
// Messages by the schema that describes them. Few samples have every member: what is rare gets its turn as often.
const groups = {
  flagsmith: [
    ['flag.updated', matching(/^environment-flag-updated|legacy|test-button-env/)],
    ['flag.updated', matching(/segment-override/)],
    ['flag.updated', matching(/multivariate/)],
    ['flag.deleted', matching(/flag-deleted/)],
    ['version.published', matching(/version-published/)],
    ['version.published', matching(/version-published\.json/)],
    ['audit_log.created', matching(/audit-log-created/)],
    ['audit_log.created', matching(/audit-log-created(-ef-version)?\.json/)],
    ['identity.evaluated', matching(/identity-integration/)],
    ['identity.evaluated', matching(/identity-integration\.json/)],
    ['flags.evaluated', matching(/spec-only-env/)],
    ['unknown', [parse('{"data": {"anything": [1]}, "event_type": "FLAG_STALE"}')]],
  ],
  asyncapi: [
    ['environment', matching(/spec-only-env/)],
    ['organisation', matching(/spec-only-org/)],
  ],
};
const schemaFor = (profile, name) => (profile === 'asyncapi' ? published : printed)[name];

// Rules of the outermost members, which also tell messages apart: where the decoder sees no shape, or another one, they
// are broken in the schemas of all the others.
const decidesShape = (rule) => /^([a-z_]+\.[a-z]+|unknown)[. ]|^(\w+Data|AuditEntry) type/.test(rule);

// A message in which those of its rules are broken that were broken least often so far.
const aimed = new Map();
const aims = (profile, rule) => aimed.get(`${profile} ${rule}`) ?? 0;
const rulesOf = (profile, name, message) =>
  obligations(message, schemaFor(profile, name), known.names(profile, name));

function least(random, list, measure) {
  const lowest = Math.min(...list.map(measure));
  return random.pick(list.filter((one) => measure(one) === lowest));
}

function aim(random, profile) {
  const candidates = Array.from({ length: 4 }, () => {
    const [name, messages] = random.pick(groups[profile]);
    return { name, message: copy(random.pick(messages)) };
  });
  const neediest = ({ name, message }) => Math.min(...rulesOf(profile, name, message).map(({ rule }) => aims(profile, rule)));
  const { name, message } = least(random, candidates, neediest);
  for (let broken = 0, wanted = random.pick([3, 3, 4, 5]); broken < wanted; ++broken) {
    // A message that lost its shape is judged by that alone: such a rule is broken alone.
    const choices = rulesOf(profile, name, message).filter(({ rule }) => broken === 0 || !decidesShape(rule));
    if (choices.length === 0) break;
    const chosen = least(random, choices, ({ rule }) => aims(profile, rule));
    // Half of the texts that are tried are well-formed: those rules get twice as many.
    aimed.set(`${profile} ${chosen.rule}`, aims(profile, chosen.rule) + (chosen.keyword === 'format' ? 0.4 : 1));
    breakRule(random, chosen);
    if (decidesShape(chosen.rule)) break;
  }
  return { name, message };
}

function* cases() {
  const random = new Random(Number(options.seed));
  for (let i = 0; i < count; ++i) {
    const profile = random.next() < 0.22 ? 'asyncapi' : 'flagsmith';
    let name, message;
    if (random.next() < 0.7) ({ name, message } = aim(random, profile));
    else {
      [name, message] = random.pick(groups[profile]);
      message = mutant(random, random.next() < 0.05 ? random.pick(samples).message : random.pick(message));
      if (random.next() < (profile === 'asyncapi' ? 0.24 : 0.04)) message = wrongType(random, 'object');
    }
    yield { profile, kind: profile === 'asyncapi' ? name : 'any', body: print(message) };
  }
}

// --- asking both -----------------------------------------------------------------------------------------------------

const all = [...cases()];
const forgotten = options.forget ? ['--forget', ...options.forget.split(' ')] : [];
const child = spawn(verdicts, ['decode', ...forgotten], { stdio: ['pipe', 'pipe', 'inherit'] });
let output = '';
child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
child.stdin.end(all.map(({ profile, kind, body }) => `${profile} ${kind} ${body}\n`).join(''));
await new Promise((done) => child.on('close', done));
const answers = output.trimEnd().split('\n').map((line) => JSON.parse(line));
if (answers.length !== all.length) throw new Error(`${all.length} bodies, ${answers.length} answers`);

const schemaOf = (type) => ({ 'flag.created': 'flag.updated' })[type] ?? type;
const times = new Map(); // how often each rule was broken
let refused = 0;
const disagreements = [];

function countBroken(profile, name, validate, counts = () => true) {
  for (const rule of broken(validate, known.names(profile, name)))
    if (counts(rule)) times.set(`${profile} ${rule}`, (times.get(`${profile} ${rule}`) ?? 0) + 1);
}

function judge({ profile, kind, body }, answer) {
  const disagree = (why) => disagreements.push({ why, profile, kind, body, answer });
  const value = JSON.parse(body);
  const accepted = answer.verdict === 'valid';
  if (answer.verdict === 'unreadable') return disagree('ajv can read it');
  if (!accepted) ++refused;

  const type = schemaOf(answer.type.replace('com.flagsmith.', ''));
  const shapeless = type === 'unknown' && !accepted;
  const name = profile === 'asyncapi' ? kind : shapeless ? '' : type;
  if (profile === 'flagsmith' && !accepted)
    for (const [other, validate] of real) {
      if (validate(value)) disagree('accepted by the schema of ' + other);
      else if (other !== name) countBroken(profile, other, validate, decidesShape);
    }
  if (name === '') return;
  const validate = (profile === 'asyncapi' ? document : real).get(name);
  if (validate(value) !== accepted) return disagree('ajv: ' + JSON.stringify(validate.errors));
  countBroken(profile, name, validate);
  const expected = reasons(validate);
  const given = answer.violations.map(([pointer, rule]) => pointer + ' ' + rule).sort();
  if (given.length < maxViolations && JSON.stringify(expected) !== JSON.stringify(given)) disagree('ajv: ' + expected.join('; '));
}
all.forEach((one, i) => judge(one, answers[i]));

// --- what came of it --------------------------------------------------------------------------------------------------

const counts = [...known.list].map((rule) => [times.get(rule) ?? 0, rule]).sort((a, b) => a[0] - b[0]);

if (options.break || options.forget) {
  const what = options.break ? 'the judge without a rule' : `the decoder without "${options.forget}"`;
  console.log(`${what}: ${disagreements.length > 0 ? `noticed, ${disagreements.length} disagreements` : 'NOT noticed'}`);
  process.exit(disagreements.length > 0 ? 0 : 1);
}
for (const one of disagreements.slice(0, 10)) console.log('disagreement:', JSON.stringify(one));
console.log(
  `${all.length} messages, ${refused} refused (${Math.round((100 * refused) / all.length)} %), ` +
    `${disagreements.length} disagreements; ${counts.length} rules, the rarest broken ${counts[0][0]} times (${counts[0][1]})`,
);

const problems = [];
if (disagreements.length > 0) problems.push('the decoder and ajv disagree');
if (refused < 0.3 * all.length) problems.push('too few messages were refused to prove anything');
const rare = counts.filter(([broken]) => broken < Math.min(100, count / 200));
for (const [broken, rule] of rare.slice(0, 20)) problems.push(`${rule} was broken only ${broken} times`);

const asyncapi = execFileSync(verdicts, ['asyncapi'], { encoding: 'utf8' });
const { document: accepted, diagnostics } = await new Parser().parse(asyncapi);
// The version is the one that was asked for; the parser recommends a newer one in any document.
const hint = 3;
const serious = diagnostics.filter(({ severity, code }) => severity < hint && code !== 'asyncapi-latest-version');
if (!accepted) problems.push('@asyncapi/parser refuses the AsyncAPI document');
for (const { message, path } of serious) problems.push(`AsyncAPI document, ${path.join('/')}: ${message}`);

for (const problem of problems) console.log(problem);
process.exit(problems.length > 0 ? 1 : 0);
