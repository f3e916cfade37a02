// Reads {"url", "options"?, "calls": [{"endpoint", "data", "cancelAfter"?, "afterFirst"?}]} from
// standard input, makes the calls with @gradio/client and prints {"api", "answers": [[...] per call]}
// as JSON. `afterFirst`: an endpoint to be called once the first answer is there. {"upload": path}
// among the data becomes an uploaded file; a file among the answers becomes {"name", "digest"} of
// what its URL serves.

import {createHash} from "node:crypto"
import {readFile} from "node:fs/promises"
import {basename} from "node:path"
import {text} from "node:stream/consumers"
import {Client} from "@gradio/client"

const isObject = (value) => typeof value === "object" && value !== null

async function mapped(value, change) {
  const changed = await change(value)
  if (changed !== undefined) return changed
  if (Array.isArray(value)) return Promise.all(value.map((item) => mapped(item, change)))
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(async ([key, item]) => [key, await mapped(item, change)])
  return Object.fromEntries(await Promise.all(entries))
}

async function upload(value) {
  if (!isObject(value) || !value.upload) return undefined
  return new File([await readFile(value.upload)], basename(value.upload))
}

async function download(client, value) {
  if (!isObject(value) || !value.url || !value.path) return undefined
  const {token} = client.options
  const headers = token ? {Authorization: `Bearer ${token}`} : {}
  const answer = await client.fetch(value.url, {headers})
  if (!answer.ok) throw new Error(`GET ${value.url} was answered ${answer.status}`)
  const content = Buffer.from(await answer.arrayBuffer())
  return {name: value.orig_name, digest: createHash("sha256").update(content).digest("hex")}
}

async function ask(client, {endpoint, data, cancelAfter, afterFirst}) {
  const job = client.submit(endpoint, await mapped(data, upload))
  const answers = []
  for await (const event of job) {
    if (event.type === "status" && event.stage === "error") throw new Error(event.message)
    if (event.type === "status" && event.stage === "complete") break
    if (event.type === "data") {
      answers.push(await mapped(event.data, (value) => download(client, value)))
      if (afterFirst && answers.length === 1) await client.predict(afterFirst, [])
    }
    if (answers.length === cancelAfter) {
      await job.cancel()
      break
    }
  }
  return answers
}

const {url, options, calls} = JSON.parse(await text(process.stdin))
const client = await Client.connect(url, {events: ["data", "status"], ...options})
const api = await client.view_api()
const answers = []
for (const call of calls) answers.push(await ask(client, call))
process.stdout.write(JSON.stringify({api, answers}), () => process.exit(0))
