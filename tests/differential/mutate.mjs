// Changes of messages, drawn from a seed.
import { Numeral, copy, get, places, remove, set } from './json.mjs';

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) {
    return Math.floor(this.next() * n);
  }
  pick(list) {
    return list[this.below(list.length)];
  }
}

const numerals = [
  '0', '-0', '1', '-1', '7', '100', '101', '100.0', '100.5', '-0.5', '0.75', '1.0', '1.5', '1e2', '1E+2', '15e-1', '1e-7',
  '150e-1', '-3', '2147483648', '9223372036854775808', '123456789012345678901234567890', '1e22', '1.25e3', '0.0', '0e5',
].map((text) => new Numeral(text));

const words = [
  'FLAG_UPDATED', 'FLAG_DELETED', 'AUDIT_LOG_CREATED', 'NEW_VERSION_PUBLISHED', 'FLAG_CREATED', 'STANDARD', 'MULTIVARIATE',
  'CONFIG', 'FEATURE', 'FEATURE_STATE', 'SEGMENT', 'ENVIRONMENT', 'CHANGE_REQUEST', 'EF_VERSION', 'flag_updated', 'true',
  'null', '1', '', ' ', 'x', 'grüße', '\u2028', '\u0000', '🚀',
];

const times = [
  '2026-08-21T10:31:07Z', '2026-08-21T10:31:07.004211Z', '2026-08-21t10:31:07z', '2026-08-21 10:31:07+01:00',
  '2026-08-21\u00a010:31:07Z', '2026-08-21\u202810:31:07Z', '2026-08-21T10:31:07+0100', '2026-08-21T10:31:07+01',
  '2016-12-31T23:59:60Z', '2016-12-31T23:59:60.5Z', '2016-12-31T22:59:60Z', '2017-01-01T00:59:60+01:00',
  '2026-08-21T24:59:59+01:00', '2026-08-21T24:00:00Z', '2026-08-21T10:60:00Z', '2026-08-21T10:31:07', '2026-08-21',
  '2026-02-29T00:00:00Z', '2024-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2000-02-29T00:00:00Z', '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z', '2026-04-31T00:00:00Z', '2026-08-21T10:31:07.Z', '2026-08-21T10:31:07+24:00', '',
  '2026-08-21T10:31:07+01:60', '2026-08-21T10:31:07-00:00', '2026-08-21TT10:31:07Z', '2026-08-21T10:31:07Z ', 'yesterday',
  '2026-08-21T10:31:59.99999999999999999999Z', '2026-08-21T1:31:07Z', '10:31:07Z', '2026-08-21T10:31:07z+01:00',
  '２026-08-21T10:31:07Z', '2026-08-21T10:31:07Ｚ', '2026-08-21\ufeff10:31:07Z', '2026-08-21\u180e10:31:07Z',
];

const emails = [
  'jane@example.com', 'a.b+c@x-y.example.co', 'JANE@EXAMPLE.COM', '1@2.3', 'jane@localhost', 'jane', '@example.com',
  'jane@', 'jane@example..com', '.jane@example.com', 'jane.@example.com', 'ja..ne@example.com', 'jane@-a.com',
  'jane@a-.com', 'jane doe@example.com', 'a@b@c.de', '"jane"@example.com', 'zoë@example.com', 'jane@exämple.com',
  'jane@a_b.com', "o'neil@example.com", 'jane@example.com\n', ' jane@example.com', 'ſ@example.com', 'jane@example.com.',
];

// A value of any kind.
function value(random) {
  switch (random.below(8)) {
    case 0: return null;
    case 1: return random.next() < 0.5;
    case 2:
    case 3: return random.pick(numerals);
    case 4: return random.pick(words);
    case 5: return random.pick([...times, ...emails]);
    case 6: return random.pick([[], [null], [new Map()], [new Numeral('1')], ['x'], [[]]]);
    default: return random.pick([new Map(), new Map([['id', new Numeral('1')]]), new Map([['name', 'x']])]);
  }
}

// A text that a rule may be about; the others are as good as any word.
function text(random, name) {
  if (/date|timestamp|login/.test(name)) return random.pick(times);
  if (/email|changed_by/.test(name)) return random.pick(emails);
  return random.pick(words);
}

// One change somewhere in the tree.
function change(random, root) {
  const all = places(root);
  if (all.length === 0) {
    if (root instanceof Map) root.set(random.pick(['data', 'event_type', 'timestamp', 'x']), value(random));
    return;
  }
  const place = random.pick(all);
  const before = get(place);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2: return set(place, copy(value(random)));
    case 3: return remove(place);
    case 4: return set(place, typeof before === 'string' ? text(random, String(place.key)) : random.pick(numerals));
    case 5:
      if (before instanceof Map) before.set('zz_' + random.below(3), copy(value(random)));
      else if (Array.isArray(before)) before.push(before.length > 0 && random.next() < 0.7 ? copy(before[0]) : value(random));
      else set(place, text(random, String(place.key)));
      return;
    case 6: return set(place, null);
    default:
      if (before instanceof Map) set(place, new Map([...before].sort(() => random.next() - 0.5)));
      else set(place, value(random));
  }
}

// Every rule a message is under: {rule, place, keyword, part}, by walking schema and message together. `names` is what
// rules() in judge.mjs found; a member that the message lacks has a place too.
export function obligations(root, schema, names) {
  const found = [];
  const visit = (part, value, place) => {
    if (part.$ref) return visit(schema.definitions[part.$ref.split('/').pop()], value, place);
    for (const branch of [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]) visit(branch, value, place);
    const path = names.get(part);
    if (place)
      for (const keyword of ['type', 'const', 'enum', 'format', 'minimum', 'maximum', 'minLength', 'not'])
        if (keyword in part) found.push({ rule: `${path} ${keyword}`, place, keyword, part });
    if (value instanceof Map) {
      for (const member of part.required ?? [])
        found.push({ rule: `${path} required ${member}`, place: { holder: value, key: member }, keyword: 'required', part });
      for (const [member, child] of Object.entries(part.properties ?? {}))
        visit(child, value.get(member), { holder: value, key: member });
    }
    if (Array.isArray(value) && part.items)
      value.forEach((element, i) => visit(part.items, element, { holder: value, key: i }));
  };
  visit(schema, root, null);
  return found;
}

const isOfType = (value, type) => {
  switch (type) {
    case 'null': return value === null;
    case 'integer': return value instanceof Numeral && Number.isInteger(Number(value.text));
    case 'number': return value instanceof Numeral;
    case 'array': return Array.isArray(value);
    case 'object': return value instanceof Map;
    default: return typeof value === type;
  }
};

// A value of none of these types.
export function wrongType(random, types) {
  for (;;) {
    const wrong = copy(value(random));
    if (![types].flat().some((type) => isOfType(wrong, type))) return wrong;
  }
}

// Breaks one of them.
export function breakRule(random, { place, keyword, part }) {
  const name = String(place.key);
  switch (keyword) {
    case 'required': return place.holder.has(name) && remove(place);
    case 'const':
    case 'enum': return set(place, random.pick(words));
    case 'format': return set(place, random.pick(part.format === 'email' ? emails : times));
    case 'minimum': return set(place, new Numeral(random.pick(['-1', '-0.5', '-1e3'])));
    case 'maximum': return set(place, new Numeral(random.pick(['101', '100.5', '1e3'])));
    case 'minLength': return set(place, '');
    case 'not': return set(place, random.pick(part.not.enum));
    default: return set(place, wrongType(random, part.type));
  }
}

// A message after up to three changes; sometimes none.
export function mutant(random, message) {
  const root = copy(message);
  const count = random.pick([0, 1, 1, 1, 2, 2, 3]);
  for (let i = 0; i < count; ++i) change(random, root);
  return root;
}
