// Gives frames that show a Gradio app (marked with `data-gradio`) the height of what they show.
// Apps answer to the protocol of iframe-resizer 4, whose inner half comes with Gradio.
(() => {
  const mark = "[iFrameSizer]";
  const highest = 20000;
  if (window.gradioFrames) return;
  window.gradioFrames = true;

  const frames = () => [...document.querySelectorAll("iframe[data-gradio]")];

  function greet(frame) {
    if (!frame.id) frame.id = `gradio-${frames().indexOf(frame) + 1}`;
    // id, body margin, width too, log, interval, methods, by itself, margin, how to measure
    const wish = [frame.id, 0, false, false, 32, true, true, "", "lowestElement"];
    frame.contentWindow.postMessage(mark + wish.join(":"), new URL(frame.src).origin);
  }

  function heard(event) {
    const frame = frames().find((one) => one.contentWindow === event.source);
    if (!frame || event.origin !== new URL(frame.src).origin) return;
    if (event.data === "[iFrameResizerChild]Ready") {
      greet(frame);
    } else if (typeof event.data === "string" && event.data.startsWith(`${mark}${frame.id}:`)) {
      const height = Number(event.data.slice(mark.length + frame.id.length + 1).split(":")[0]);
      if (height > 0) frame.style.height = `${Math.min(Math.ceil(height), highest)}px`;
    }
  }

  window.addEventListener("message", heard);
  for (const frame of frames()) {
    frame.addEventListener("load", () => greet(frame));
    greet(frame);
  }
})();
