// What ajv says of a message, in the decoder's words.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

function ajv() {
  const judge = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
  addFormats(judge, { mode: 'full' });
  return judge;
}

// In the published document `nullable: true` allows null before type and enumeration.
function withNullable(schema) {
  if (Array.isArray(schema)) return schema.map(withNullable);
  if (!schema || typeof schema !== 'object') return schema;
  const { nullable, ...rest } = schema;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withNullable(value)]));
  return nullable ? { anyOf: [{ type: 'null' }, inner] } : inner;
}

// The published document's payload of an endpoint's kind.
export function publishedSchemas(file) {
  const definitions = withNullable(JSON.parse(readFileSync(file, 'utf8')));
  const payload = (name) => ({ $ref: '#/definitions/' + name, definitions });
  return { environment: payload('EnvironmentWebhookPayload'), organisation: payload('OrganisationWebhookPayload') };
}

export function compile(schemas) {
  const judge = ajv();
  return new Map(Object.entries(schemas).map(([name, schema]) => [name, judge.compile(schema)]));
}

// The errors of a validation as "pointer rule", sorted. Two things are one rule to us: a choice between types that none
// of its branches has, and a value of the wrong type, which breaks no other rule.
export function reasons(validate) {
  const errors = validate.errors ?? [];
  const isChoice = ({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf';
  const typesAt = (path) => errors.filter((error) => error.keyword === 'type' && error.instancePath === path).length;
  const choices = new Map(errors.filter(isChoice).map((error) => [error.instancePath, error.schema.length]));
  const wrong = new Set();
  for (const { instancePath: path, keyword } of errors)
    if (keyword === 'type' && typesAt(path) >= (choices.get(path) ?? 1)) wrong.add(path);
  const others = errors.filter((error) => !isChoice(error) && error.keyword !== 'type');
  return [
    ...[...wrong].map((path) => path + ' type'),
    ...others.filter(({ instancePath }) => !wrong.has(instancePath)).map((error) => error.instancePath + ' ' + error.keyword),
  ].sort();
}

// Every rule of a schema: a name for each pair of schema object and keyword.
export function rules(schema, name) {
  const names = new Map(); // object -> where it stands
  const visit = (part, path) => {
    if (names.has(part)) return;
    names.set(part, path);
    for (const [key, value] of Object.entries(part)) {
      if (key === 'properties') for (const [member, child] of Object.entries(value)) visit(child, `${path}.${member}`);
      if (key === 'definitions') for (const [member, child] of Object.entries(value)) visit(child, member);
      if (key === 'items') visit(value, path + '[]');
      if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') value.forEach((child, i) => visit(child, `${path}|${i}`));
    }
  };
  visit(schema, name);
  const list = [];
  for (const [part, path] of names) {
    for (const key of ['type', 'const', 'enum', 'format', 'minimum', 'maximum', 'minLength', 'not'])
      if (key in part) list.push(`${path} ${key}`);
    for (const member of part.required ?? []) list.push(`${path} required ${member}`);
  }
  return { names, list };
}

// Which of them a validation found broken.
export function broken(validate, names) {
  return new Set(
    (validate.errors ?? [])
      .filter(({ parentSchema }) => names.has(parentSchema))
      .map(({ parentSchema, keyword, params }) =>
        [names.get(parentSchema), keyword, ...(keyword === 'required' ? [params.missingProperty] : [])].join(' '),
      ),
  );
}
