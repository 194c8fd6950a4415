// JSON as a tree that keeps the notation of numbers: JSON.parse would make 1 of 1.0, and that is a case to test.
// Objects are Maps, arrays Arrays, numbers Numeral, everything else itself.

export class Numeral {
  constructor(text) {
    this.text = text;
  }
}

export function parse(text) {
  // A number outside of strings gets a mark, which the reviver turns into a Numeral.
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify('\u0001' + token),
  );
  const revive = (value) => {
    if (typeof value === 'string' && value.startsWith('\u0001')) return new Numeral(value.slice(1));
    if (Array.isArray(value)) return value.map(revive);
    if (value && typeof value === 'object') return new Map(Object.entries(value).map(([k, v]) => [k, revive(v)]));
    return value;
  };
  return revive(JSON.parse(marked));
}

export function print(value) {
  if (value instanceof Numeral) return value.text;
  if (value instanceof Map)
    return '{' + [...value].map(([name, member]) => JSON.stringify(name) + ': ' + print(member)).join(', ') + '}';
  if (Array.isArray(value)) return '[' + value.map(print).join(', ') + ']';
  return JSON.stringify(value);
}

export function copy(value) {
  if (value instanceof Map) return new Map([...value].map(([name, member]) => [name, copy(member)]));
  if (Array.isArray(value)) return value.map(copy);
  return value;
}

// Every place of a tree: {holder, key, path}.
export function places(root) {
  const found = [];
  const visit = (value, path) => {
    const entries = value instanceof Map ? [...value] : Array.isArray(value) ? [...value.entries()] : [];
    for (const [key, child] of entries) {
      found.push({ holder: value, key, path: path + '/' + key });
      visit(child, path + '/' + key);
    }
  };
  visit(root, '');
  return found;
}

export function get({ holder, key }) {
  return holder instanceof Map ? holder.get(key) : holder[key];
}

export function set({ holder, key }, value) {
  if (holder instanceof Map) holder.set(key, value);
  else holder[key] = value;
}

export function remove({ holder, key }) {
  if (holder instanceof Map) holder.delete(key);
  else holder.splice(key, 1);
}
