// The window that lets another site's page show an app: hands the code over, and closes.
const main = document.querySelector("main[data-code]");
const { code, to } = main.dataset;
const button = document.querySelector("button[type=submit]");

if (code && window.opener) {
  // To nobody else, whatever page the opener shows by now.
  window.opener.postMessage({ applianceCode: code }, to || location.origin);
  window.close();
} else if (!window.opener) {
  document.getElementById("lost").hidden = false;
  document.getElementById("ask")?.remove();
} else if (button) {
  // Not before it can have been seen: a second click meant for the page below must not answer.
  setTimeout(() => { button.disabled = false; }, 800);
}
