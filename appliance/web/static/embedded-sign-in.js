// Asks a visitor, in a window of the app's own, whether this page may show the app to him. The
// window answers with a code that is worth something only together with what stays in here.
const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");

// `place`: the URL of /-/apps/<app>/embedded. `site`: the origin that shows the app. `reader`: who
// gets the code, `frame` or `page`. Gives a function to be called by a click, as browsers open
// windows for nothing else. Its promise is kept with `entered`, `refused`, `closed` or `blocked`.
export async function signIn(place, site, reader) {
  const verifier = hex(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const query = new URLSearchParams({ challenge, site, reader });
  return () => answered(new URL(`${place}?${query}`), verifier);
}

export async function enter(place, told) {
  const answer = await fetch(`${place}/enter`, {
    method: "POST",
    credentials: "include",
    body: new URLSearchParams(told),
  });
  return answer.ok;
}

function answered(url, verifier) {
  const opened = window.open(url, "_blank", "popup,width=480,height=680");
  if (!opened) return Promise.resolve("blocked");
  return new Promise((keep) => {
    let left = 3;
    const end = (how) => {
      clearInterval(watching);
      removeEventListener("message", heard);
      keep(how);
    };
    const heard = async ({ source, origin, data }) => {
      if (source !== opened || origin !== url.origin || typeof data?.applianceCode !== "string") return;
      clearInterval(watching);
      const entered = await enter(url.origin + url.pathname, { code: data.applianceCode, verifier });
      end(entered ? "entered" : "refused");
    };
    // A code that was sent may still be on its way when the window is gone already.
    const watching = setInterval(() => {
      if (opened.closed && --left === 0) end("closed");
    }, 250);
    addEventListener("message", heard);
  });
}
