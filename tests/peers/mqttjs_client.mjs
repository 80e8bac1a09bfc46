// Runs a scenario with MQTT.js: mqttjs_client.mjs SCENARIO PORT
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'

const [scenario, port] = process.argv.slice(2)

function open (clientId, protocolVersion, options = {}) {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port: Number(port),
    clientId,
    protocolVersion,
    protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
    reconnectPeriod: 0,
    keepalive: 60,
    ...options
  })
  client.messages = []
  client.on('message', (topic, payload) => client.messages.push([topic, payload]))
  client.ready = new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed')))
  })
  client.ready.catch(() => {})
  return client
}

async function received (client, count) {
  for (let i = 0; client.messages.length < count; i++) {
    if (i === 6000) throw new Error(`no message ${count}`)
    await sleep(50)
  }
  await sleep(100) // wait for the acknowledgement
}

const will = name => ({ topic: `${name}/status`, payload: 'offline', qos: 1, retain: false })

async function flow3 (name, version) {
  const client = open(name, version, { will: will(name) })
  await client.ready
  await client.subscribeAsync({ [`${name}/a/#`]: { qos: 2 }, [`${name}/b`]: { qos: 0 } })
  for (const qos of [0, 1, 2]) {
    await client.publishAsync(`${name}/a/${qos}`, `payload ${qos}`, { qos })
    await received(client, qos + 1)
  }
  await client.publishAsync(`${name}/b`, Buffer.from([0, 255, 0, 255]), { qos: 2 })
  await received(client, 4)
  await client.unsubscribeAsync([`${name}/a/#`, `${name}/b`])
  await client.endAsync()
}

async function flow5 () {
  const name = 'mqttjs-5'
  const client = open(name, 5, {
    clean: true,
    will: {
      ...will(name),
      properties: {
        willDelayInterval: 5,
        payloadFormatIndicator: true,
        messageExpiryInterval: 60,
        contentType: 'text/plain',
        responseTopic: `${name}/reply`,
        correlationData: Buffer.from('will'),
        userProperties: { a: '1', b: ['2', '3'] }
      }
    },
    properties: {
      sessionExpiryInterval: 10,
      receiveMaximum: 100,
      maximumPacketSize: 8192,
      topicAliasMaximum: 10,
      requestResponseInformation: true,
      requestProblemInformation: true,
      userProperties: { client: 'mqttjs' }
    },
    autoAssignTopicAlias: true
  })
  await client.ready
  await client.subscribeAsync(
    { [`${name}/a/#`]: { qos: 2, nl: false, rap: true, rh: 1 }, [`${name}/b`]: { qos: 1, nl: true, rap: false, rh: 2 } },
    { properties: { subscriptionIdentifier: 128, userProperties: { s: 't' } } }
  )
  let count = 0
  for (const qos of [0, 1, 2]) {
    // All messages have the same topic, so the second and third carry only the alias.
    await client.publishAsync(`${name}/a/value`, `payload ${qos}`, { qos })
    await received(client, ++count)
  }
  await client.publishAsync(`${name}/a/other`, '{"v":1}', {
    qos: 1,
    properties: {
      payloadFormatIndicator: true,
      messageExpiryInterval: 3600,
      contentType: 'application/json',
      responseTopic: `${name}/reply`,
      correlationData: Buffer.from([1, 2, 3, 4]),
      userProperties: { k: ['v1', 'v2'], unit: '°C' }
    }
  })
  await received(client, ++count)
  await client.unsubscribeAsync([`${name}/a/#`, `${name}/never`], { properties: { userProperties: { u: 'v' } } })
  await client.endAsync(false, {
    reasonCode: 0,
    properties: { sessionExpiryInterval: 0, reasonString: 'finished', userProperties: { d: 'e' } }
  })
}

async function dropped (name, version) {
  const client = open(name, version, { will: will(name) })
  await client.ready
  await client.subscribeAsync(`${name}/commands`, { qos: 1 })
  client.stream.destroy()
  await sleep(200)
  client.end(true)
}

async function watcher (name, version) {
  const client = open(`${name}-watcher`, version)
  await client.ready
  await client.subscribeAsync(`${name}/status`, { qos: 1 })
  await received(client, 1)
  await client.endAsync()
}

async function refused (name, version, options) {
  const client = open(name, version, options)
  const error = await client.ready.then(() => null, error => error)
  client.end(true)
  if (!error) throw new Error('not refused')
}

async function refusedSubscription (name, version) {
  const client = open(name, version)
  await client.ready
  await client.subscribeAsync(['open/topic', 'secret/topic'], { qos: 1 }).catch(() => {})
  await client.endAsync()
}

// For a broker with few features: QoS 0 and 1, a retained message, a will.
async function upToQos1 (name, version) {
  const client = open(name, version, { will: will(name) })
  await client.ready
  await client.subscribeAsync({ [`${name}/data/#`]: { qos: 1 }, [`${name}/+/state`]: { qos: 0 } })
  for (const qos of [0, 1]) {
    await client.publishAsync(`${name}/data/${qos}`, `payload ${qos}`, { qos })
    await received(client, qos + 1)
  }
  await client.publishAsync(`${name}/kept`, Buffer.from([0, 255]), { qos: 1, retain: true })
  await client.unsubscribeAsync([`${name}/data/#`, `${name}/+/state`])

  const watcher = open(`${name}-watcher`, version)
  await watcher.ready
  await watcher.subscribeAsync({ [`${name}/kept`]: { qos: 1 }, [`${name}/status`]: { qos: 1 } })
  await received(watcher, 1)
  client.stream.destroy()
  await received(watcher, 2)
  await watcher.endAsync()
  client.end(true)
  const got = [...client.messages, ...watcher.messages].map(([topic, payload]) => `${topic} ${payload.toString('hex')}`)
  const expected = [
    [`${name}/data/0`, 'payload 0'], [`${name}/data/1`, 'payload 1'], [`${name}/kept`, Buffer.from([0, 255])],
    [`${name}/status`, 'offline']
  ].map(([topic, payload]) => `${topic} ${Buffer.from(payload).toString('hex')}`)
  if (got.join() !== expected.join()) throw new Error(got.join('\n'))
}

const scenarios = {
  '31-up-to-qos-1': () => upToQos1('mqttjs-31', 3),
  '311-up-to-qos-1': () => upToQos1('mqttjs-311', 4),
  '5-up-to-qos-1': () => upToQos1('mqttjs-5', 5),
  31: () => flow3('mqttjs-31', 3),
  311: () => flow3('mqttjs-311', 4),
  5: flow5,
  '311-will': () => dropped('mqttjs-311-will', 4),
  '311-will-watcher': () => watcher('mqttjs-311-will', 4),
  '5-will': () => dropped('mqttjs-5-will', 5),
  '5-will-watcher': () => watcher('mqttjs-5-will', 5),
  '5-refused': () => refused('mqttjs-5', 5, {}),
  '311-bad-password': () => refused('mqttjs-311', 4, { username: 'user', password: 'wrong' }),
  '311-bad-subscription': () => refusedSubscription('mqttjs-311-sub', 4)
}

await scenarios[scenario]()
