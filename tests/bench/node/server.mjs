// The same receiver as a Node programmer would write it: fastify, HMAC over the raw body, ajv compiled once. It keeps nothing.
//     server.mjs PORT SECRET [CERTIFICATE KEY]
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import fastify from 'fastify'

const [port, secret, certificate, key] = process.argv.slice(2)

const integer = { type: ['integer', 'null'] }
const text = { type: ['string', 'null'] }
const ajv = new Ajv()
addFormats(ajv)
const validate = ajv.compile({
    type: 'object',
    required: ['data', 'event_type', 'timestamp'],
    properties: {
        event_type: { const: 'FLAG_UPDATED' },
        timestamp: { type: 'string', format: 'date-time' },
        data: {
            type: 'array',
            items: {
                type: 'object',
                required: ['feature'],
                properties: {
                    id: integer,
                    enabled: { type: 'boolean' },
                    environment: integer,
                    feature_segment: integer,
                    feature_state_value: { type: ['string', 'number', 'boolean', 'null'] },
                    identity: integer,
                    feature: {
                        type: 'object',
                        required: ['name'],
                        properties: {
                            id: integer,
                            name: { type: 'string' },
                            created_date: { type: 'string', format: 'date-time' },
                            description: text,
                            initial_value: text,
                            default_enabled: { type: 'boolean' },
                            type: { type: 'string' },
                        },
                    },
                },
            },
        },
    },
})

const server = fastify({
    bodyLimit: 8 << 20,
    keepAliveTimeout: 120_000,
    https: certificate ? { cert: readFileSync(certificate), key: readFileSync(key), minVersion: 'TLSv1.3' } : null,
})
server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => done(null, body))
server.post('/environment-webhook', (request, reply) => {
    const given = Buffer.from(String(request.headers['x-flagsmith-signature']), 'hex')
    const wanted = createHmac('sha256', secret).update(request.body).digest()
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return reply.code(401).send()
    let message
    try {
        message = JSON.parse(request.body)
    } catch {
        return reply.code(400).send()
    }
    if (!validate(message)) return reply.code(422).send(validate.errors)
    return reply.send({ status: 'accepted' })
})
await server.listen({ host: '127.0.0.1', port: Number(port) })
