// Buttons that copy what stands in the element they name, and forms that apply as they are changed.
const heard = document.createElement("p");
heard.className = "unseen";
heard.setAttribute("aria-live", "polite");
document.body.append(heard);
for (const button of document.querySelectorAll("button[data-copy]")) {
  const words = [...button.childNodes];
  const say = (text) => {
    button.textContent = text;
    heard.textContent = text;
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.innerText);
      say("Copied");
    } catch {
      getSelection().selectAllChildren(source);
      say("Press Ctrl+C");
    }
    setTimeout(() => {
      button.replaceChildren(...words);
      heard.textContent = "";
    }, 2000);
  });
}
for (const form of document.querySelectorAll("form[data-applies]")) {
  form.querySelector("[type=submit]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}
