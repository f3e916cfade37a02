// Puts <gradio-app> on a page of another site for an app whose visitors sign in: asks them to, then
// loads the component of the app itself. Everything goes with the cookies that the app has here.
const here = new URL(import.meta.url);
const place = new URL("embedded", here).href;
const name = decodeURIComponent(here.pathname.split("/").at(-2));
const token = here.searchParams.get("token");

const isOurs = (address) => {
  try {
    return new URL(address, location.href).origin === here.origin;
  } catch {
    return false;
  }
};

function carryCookies() {
  const plain = window.fetch;
  window.fetch = (what, options) =>
    isOurs(what instanceof Request ? what.url : what)
      ? plain(what, { ...options, credentials: "include" })
      : plain(what, options);
  // Gradio asks for its style sheets and modules by links that say: without cookies.
  for (const verb of ["append", "appendChild"]) {
    const usual = document.head[verb];
    document.head[verb] = function (...nodes) {
      for (const node of nodes) {
        if (node instanceof HTMLLinkElement && isOurs(node.href)) node.crossOrigin = "use-credentials";
      }
      return usual.apply(this, nodes);
    };
  }
}

function said(text, ...more) {
  const box = document.createElement("div");
  Object.assign(box.style, { padding: "1.5rem", border: "1px solid #8b857c", borderRadius: "10px", textAlign: "center" });
  box.setAttribute("role", "status");
  const words = document.createElement("p");
  words.textContent = text;
  box.append(words, ...more);
  return box;
}

function link(app) {
  const made = document.createElement("a");
  made.href = app;
  made.target = "_blank";
  made.rel = "noopener";
  made.textContent = "Open the app";
  return made;
}

async function state(app) {
  try {
    const answer = await fetch(new URL("config", app), { headers: { Accept: "application/json" } });
    return answer.status;
  } catch {
    return 0;
  }
}

// Someone who may see the app, or one who may not.
const isIn = (status) => status === 200 || status === 403;

const words = {
  entered: "Your browser gives the app no cookies on this page.",
  refused: "That took too long. Try again.",
  closed: "Have you signed in? Then show the app.",
  blocked: "Your browser has blocked the window. Allow it, or open the app by itself.",
};

// The window may be lost from sight long before its visitor has signed in. Where the session itself
// counts, on the same site, the app then needs no other window.
async function signedIn(app, box) {
  for (let pause = 1000; pause < 60_000; pause *= 1.5) {
    await new Promise((resume) => setTimeout(resume, pause));
    if (!box.isConnected) return 0;
    const now = await state(app);
    if (isIn(now)) return now;
  }
  return 0;
}

async function askIn(app, show) {
  let watching = null;
  let ask = await signIn(place, location.origin, "page");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Sign in";
  Object.assign(button.style, { font: "inherit", padding: "0.5em 1em", margin: "0 0.75em 0 0", cursor: "pointer" });
  const box = said(`Sign in to use ${name} here.`, button, link(app));
  button.addEventListener("click", async () => {
    const how = await ask();
    const now = await state(app);
    if (isIn(now)) return show(now);
    box.firstChild.textContent = words[how];
    if (how === "closed") {
      button.textContent = "Show the app";
      watching ??= signedIn(app, box).then((status) => {
        watching = null;
        return status && show(status);
      });
    }
    ask = await signIn(place, location.origin, "page");
  });
  return box;
}

// Where an app of the appliance is, by its name alone; null for a site that may not embed it.
async function found(app) {
  const answer = await fetch(new URL(`/-/apps/${encodeURIComponent(app)}/address`, here)).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// Whether this script is the one for the element. What another app of the appliance is meant by is
// given to that app's own script.
async function isMine(element, own) {
  const src = element.getAttribute("src");
  const other = element.getAttribute("space");
  if (src) return isOurs(src) && new URL(src, location.href).href.replace(/\/*$/, "/").startsWith(own);
  if (!other || other === name) {
    element.setAttribute("src", own);
    element.removeAttribute("space");
    return true;
  }
  const told = await found(other);
  if (told === null) {
    element.replaceWith(said(`There is no app “${other}” that ${location.origin} may embed.`));
    return false;
  }
  element.removeAttribute("space");
  element.setAttribute("src", told.url);
  import(new URL(`/-/apps/${encodeURIComponent(other)}/gradio.js`, told.url).href);
  return false;
}

async function hold(element) {
  const app = new URL(element.getAttribute("src"), location.href);
  const hole = document.createElement("div");
  element.replaceWith(hole);
  const show = async (status) => {
    if (status === 200) {
      // The component is asked for with cookies, as this script itself was.
      await import(new URL("gradio.js", app).href);
      hole.replaceWith(element);
    } else if (status === 401) {
      hole.replaceChildren(await askIn(app, show));
    } else if (status === 403) {
      hole.replaceChildren(said(`You are signed in, but ${name} is for other people.`, link(app)));
    } else {
      const away = `${location.origin} is not among the sites that may embed it, or it is away.`;
      hole.replaceChildren(said(`${name} cannot be shown here: ${away} `, link(app)));
    }
  };
  await show(await state(app));
}

carryCookies();
if (token) await enter(place, { token }).catch(() => false);
const own = (await found(name))?.url ?? new URL("/", here).href;
for (const element of document.querySelectorAll("gradio-app")) {
  isMine(element, own).then((mine) => mine && hold(element));
}
