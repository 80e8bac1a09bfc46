// Runs aedes on a free port and writes the port to a file: aedes_broker.mjs FILE
import { createServer } from 'node:net'
import { writeFileSync, renameSync } from 'node:fs'
import { Aedes } from 'aedes'

const aedes = await Aedes.createBroker({ id: 'aedes' })
aedes.authenticate = (client, username, password, callback) => {
  if (password && password.toString() === 'wrong') {
    callback(Object.assign(new Error('bad user name or password'), { returnCode: 4 }), false)
  } else {
    callback(null, true)
  }
}
aedes.authorizeSubscribe = (client, sub, callback) => callback(null, sub.topic.startsWith('secret/') ? null : sub)
const server = createServer(aedes.handle)
server.listen(0, '127.0.0.1', () => {
  writeFileSync(process.argv[2] + '.new', String(server.address().port))
  renameSync(process.argv[2] + '.new', process.argv[2])
})
