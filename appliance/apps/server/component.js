// Defines <gradio-app> on the page that loads this, by the script of the very Gradio the app runs
// with. The app is found by this file's address; an element without `src` shows that app.
const build = { at: "", script: "", style: "" };
const beside = new URL("./", import.meta.url);
const app = new URL(build.at, import.meta.url);

class GivenUp extends HTMLElement {
  connectedCallback() {
    const link = document.createElement("a");
    link.href = app.href;
    link.textContent = "Open the app";
    link.target = "_blank";
    this.replaceChildren(
      `The app cannot be shown here. It may be away or for people who sign in, or ${location.origin}` +
        " is not among the sites that may embed it. ",
      link,
    );
  }
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
      const here = !this.src && !this.space && !this.host;
      if (here || this.src === beside.href) this.src = app.href;
      announce(this);
      return super.connectedCallback();
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
