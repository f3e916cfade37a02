// Defines <gradio-app> on the page that loads this, by the script of the very Gradio the app runs
// with. The app is found by this file's address; an element without `src` shows that app.
const build = { at: "", script: "", style: "" };
const beside = new URL("./", import.meta.url);
const app = new URL(build.at, import.meta.url);

function linked(href, text) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  link.target = "_blank";
  return link;
}

function giveUp(element, words) {
  element.replaceChildren(words, linked(app.href, "Open the app"));
}

class GivenUp extends HTMLElement {
  connectedCallback() {
    giveUp(
      this,
      `The app cannot be shown here. It may be away or for people who sign in, or ${location.origin}` +
        " is not among the sites that may embed it. ",
    );
  }
}

// Where an app of this appliance is, by its name alone.
async function found(name) {
  const answer = await fetch(new URL(`/-/apps/${encodeURIComponent(name)}/address`, app));
  if (!answer.ok) throw new Error(name);
  return answer.json();
}

// An app for people who sign in has a script of its own, which takes its elements off the page until
// they have. Modules come with cookies by an element that says so, and by no `import` of this one.
function guard(src) {
  if (document.querySelector(`script[src="${src}"]`)) return;
  const script = document.createElement("script");
  Object.assign(script, { type: "module", crossOrigin: "use-credentials", src });
  document.head.append(script);
}

// A line below the app that says what it is and leads there.
function inform(element) {
  element.addEventListener("render", () => {
    const line = document.createElement("p");
    line.className = "appliance-info";
    line.append(linked(element.src, element.src.replace(/^https?:\/\//, "").replace(/\/$/, "")), " · built with Gradio");
    element.after(line);
  }, { once: true });
}

// Shows the result of what the visitor began; Gradio 6 no longer tells its components to. Results
// that come by themselves take nobody away from what he reads.
function follow(element) {
  let begun = false;
  const busy = new WeakSet();
  const finished = ({ target }) => {
    if (target.dataset.testid !== "status-tracker") return false;
    if (target.classList.contains("hide")) return busy.delete(target);
    busy.add(target);
    return false;
  };
  const begin = () => { begun = true; };
  for (const kind of ["click", "input", "keydown"]) element.addEventListener(kind, begin);
  new MutationObserver((changes) => {
    const output = changes.filter(finished)[0]?.target.parentElement;
    if (!output || !begun) return;
    begun = false;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    output.scrollIntoView({ behavior, block: "nearest" });
  }).observe(element, { attributeFilter: ["class"], subtree: true });
}

// Gradio looks for its style sheet at the root of the host, where an app below a path has none. It
// takes a link of that address, whatever its kind, for the sheet that is already there.
function addStyle() {
  const here = location.origin === app.origin;
  const wanted = here ? `./${build.style}` : new URL(build.style, app.origin).href;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.crossOrigin = "anonymous";
  sheet.href = new URL(build.style, app).href;
  document.head.append(sheet);
  if (sheet.getAttribute("href") !== wanted) {
    const mark = document.createElement("link");
    mark.rel = "x-gradio-style";
    mark.setAttribute("href", wanted);
    document.head.append(mark);
  }
}

// `render` is part of Gradio's interface, and some versions never send it.
function announce(element) {
  let told = false;
  const tell = (event) => {
    if (told) event.stopImmediatePropagation();
    told = true;
  };
  element.addEventListener("render", tell, { capture: true });
  const watching = new MutationObserver(() => {
    if (!element.querySelector(".gradio-container .contain > *")) return;
    watching.disconnect();
    requestAnimationFrame(() => {
      if (!told) element.dispatchEvent(new CustomEvent("render", { bubbles: true, composed: true }));
    });
  });
  watching.observe(element, { childList: true, subtree: true });
}

function completed(Gradios) {
  return class extends Gradios {
    connectedCallback() {
      const name = this.space;
      this.space = null;
      if (!name) return this.begin();
      const none = `There is no app “${name}” that ${location.origin} may embed. `;
      return found(name).then(({ url, script }) => {
        this.src = url;
        if (!script) return this.begin();
        this.waits = true;
        this.removeAttribute("space");
        this.setAttribute("src", url);
        return guard(script);
      }, () => giveUp(this, none));
    }

    begin() {
      this.waits = false;
      announce(this);
      // Gradio's own line leads to a hosted service; ours, to the app.
      if (this.getAttribute("info") === "true") inform(this);
      this.info = "false";
      if (this.getAttribute("autoscroll") === "true") follow(this);
      const here = !this.src && !this.host;
      if (here || this.src === beside.href) this.src = app.href;
      return super.connectedCallback();
    }

    // Gradio looks for a space of that name at a hosted service.
    attributeChangedCallback(name, before, after) {
      if (this.waits) return undefined;
      if (name !== "space") return super.attributeChangedCallback(name, before, after);
      if (!after || !this.app) return undefined;
      return found(after).then(({ url }) => this.setAttribute("src", url));
    }
  };
}

const define = customElements.define;
if (!customElements.get("gradio-app")) {
  customElements.define = function (name, element, options) {
    define.call(this, name, name === "gradio-app" ? completed(element) : element, options);
  };
  try {
    addStyle();
    await import(new URL(build.script, app).href);
  } catch {
    define.call(customElements, "gradio-app", GivenUp);
  } finally {
    delete customElements.define;
  }
}
