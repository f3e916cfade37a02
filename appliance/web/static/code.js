// Writes the lines that call an app from code, from what the app itself says of its endpoints.
const main = document.querySelector("main[data-app]");
const app = main.dataset.app;
const api = `${app}gradio_api`;
const secret = main.dataset.guarded === "yes";
// Just made for these lines; otherwise they take it from the environment.
const token = main.dataset.token;

const isFile = (value) => value?.meta?._type === "gradio.FileData";
const shell = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
// Names come from the app: whoever copies these lines must run nothing but what they say.
const word = (text) => (/^[\w@%+=:,.\/~-]+$/.test(text) ? text : shell(text));
const isName = (text) => /^[A-Za-z_]\w*$/.test(text);
const field = (parameter) =>
  parameter.parameter_has_default ? parameter.parameter_default : parameter.example_input;

function python(value) {
  if (isFile(value)) return `handle_file(${JSON.stringify(value.url ?? value.path)})`;
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${python(one)}`);
  return `{${pairs.join(", ")}}`;
}

function javascript(value) {
  if (isFile(value)) return `handle_file(${JSON.stringify(value.url ?? value.path)})`;
  if (Array.isArray(value)) return `[${value.map(javascript).join(", ")}]`;
  return JSON.stringify(value ?? null);
}

// What a person has no use for is left out of a file: only where it is counts.
function bare(value) {
  if (isFile(value)) return { path: value.url ?? value.path, meta: value.meta };
  if (Array.isArray(value)) return value.map(bare);
  return value ?? null;
}

function inPython(name, parameters, streams) {
  const known = parameters.filter((one) => isName(one.parameter_name));
  const given = known.map((one) => `    ${one.parameter_name}=${python(field(one))},\n`);
  const files = given.some((line) => line.includes("handle_file("));
  const named = token ? JSON.stringify(token) : 'os.environ["TOKEN"]';
  const shown = secret ? `, token=${named}` : "";
  return (
    (secret && !token ? "import os\n\n" : "") +
    `from gradio_client import Client${files ? ", handle_file" : ""}\n\n` +
    `client = Client(${JSON.stringify(app)}${shown})\n` +
    `${streams ? "job = client.submit" : "result = client.predict"}(\n${given.join("")}    api_name=${JSON.stringify(name)},\n)\n` +
    (streams
      ? "for result in job:\n    print(result)\njob.result()  # raises what went wrong, if anything\n"
      : "print(result)\n")
  );
}

function inJavaScript(name, parameters, streams) {
  const given = parameters.map(
    (one) => `  ${JSON.stringify(one.parameter_name)}: ${javascript(field(one))},\n`,
  );
  const files = given.some((line) => line.includes("handle_file("));
  const options = [
    ...(secret ? [`token: ${token ? JSON.stringify(token) : "process.env.TOKEN"}`] : []),
    ...(streams ? ['events: ["data", "status"]'] : []),
  ];
  const shown = options.length ? `, { ${options.join(", ")} }` : "";
  return (
    `import { Client${files ? ", handle_file" : ""} } from "@gradio/client";\n\n` +
    `const client = await Client.connect(${JSON.stringify(app)}${shown});\n` +
    `const ${streams ? "job = client.submit" : "result = await client.predict"}(${JSON.stringify(name)}, {\n${given.join("")}});\n` +
    (streams
      ? "for await (const message of job) {\n" +
        '  if (message.type === "data") console.log(message.data);\n' +
        '  if (message.stage === "error") throw new Error(message.message);\n}\n'
      : "console.log(result.data);\n") +
    "client.close();\n"
  );
}

function inShell(address, name, body) {
  const shown = secret ? ` -H "Authorization: Bearer ${token || "$TOKEN"}"` : "";
  return (
    `EVENT=$(curl -sS ${word(address + name)}${shown} -H "Content-Type: application/json" \\\n` +
    `  -d ${shell(JSON.stringify(body))} | cut -d '"' -f 4)\n` +
    `curl -sSN ${word(`${api}/call${name}`)}/"$EVENT"${shown}\n`
  );
}

function forMcp() {
  const shown = secret ? { headers: { Authorization: `Bearer ${token || "YOUR-TOKEN"}` } } : {};
  const server = { type: "http", url: `${api}/mcp/`, ...shown };
  return JSON.stringify({ mcpServers: { [main.dataset.name]: server } }, null, 2);
}

function write(key, text) {
  document.getElementById(key).textContent = text;
  document.getElementById(`section-${key}`).hidden = text === "";
}

function show(name, parameters, { hasNames, streams }) {
  const named = Object.fromEntries(parameters.map((one) => [one.parameter_name, bare(field(one))]));
  write("python", inPython(name, parameters, streams));
  write("javascript", inJavaScript(name, parameters, streams));
  write("curl", inShell(`${api}/call`, name, { data: parameters.map((one) => bare(field(one))) }));
  write("curl-names", hasNames ? inShell(`${api}/call/v2`, name, named) : "");
}

async function asked(path) {
  const answer = await fetch(app + path, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

const PAUSE = 5000; // between two questions to an app that is away

async function begin() {
  const state = document.getElementById("state");
  const [config, info, known] = await Promise.all(
    ["config", "gradio_api/info", "gradio_api/openapi.json"].map((path) => asked(path).catch(() => null)),
  );
  if (info === null) {
    state.textContent =
      "The app does not say what can be called: it is starting, away, or not at its address itself. " +
      "Its own page, above, says which. It is asked again every few seconds.";
    setTimeout(begin, PAUSE);
    return;
  }
  const endpoints = Object.entries(info.named_endpoints ?? {});
  if (endpoints.length === 0) {
    state.textContent = "This app has no endpoint that may be called by name.";
    return;
  }
  // Their answers come one after the other.
  const generators = (config?.dependencies ?? []).filter((one) => one.types?.generator);
  const streaming = new Set(generators.map((one) => `/${one.api_name}`));
  const choice = document.getElementById("endpoint");
  choice.replaceChildren(...endpoints.map(([name]) => new Option(name)));
  const chosen = () => {
    const [name, { parameters }] = endpoints[choice.selectedIndex];
    show(name, parameters, {
      hasNames: `/gradio_api/call/v2${name}` in (known?.paths ?? {}),
      streams: streaming.has(name),
    });
  };
  choice.addEventListener("change", chosen);
  choice.closest("section").hidden = false;
  chosen();
  write("mcp", config?.mcp_server ? forMcp() : "");
  state.hidden = true;
}

begin();
