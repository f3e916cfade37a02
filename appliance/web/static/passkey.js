// Brings buttons with `data-passkey` to life: asks the browser for a passkey, puts the answer into
// the form, sends the form.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const keys = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));

async function answer(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (options.user) {
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = keys(options.excludeCredentials);
    return navigator.credentials.create({ publicKey });
  }
  publicKey.allowCredentials = keys(options.allowCredentials);
  return navigator.credentials.get({ publicKey });
}

function asJson(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: text(credential.rawId), type, response });
}

const told = {
  NotAllowedError: "Nothing was chosen, or it took too long. Try again.",
  InvalidStateError: "This device has a passkey of yours already.",
  NotSupportedError: "This device makes no such passkeys.",
};

for (const button of document.querySelectorAll("[data-passkey]")) {
  const form = button.form;
  const status = form.querySelector(".passkey-told");
  if (!window.PublicKeyCredential) {
    status.textContent = "This browser has no passkeys.";
    continue;
  }
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.passkey.value) return;
    event.preventDefault();
    button.disabled = true;
    status.textContent = "Your browser asks for the passkey.";
    try {
      form.elements.passkey.value = asJson(await answer(JSON.parse(button.dataset.passkey)));
      form.requestSubmit();
    } catch (error) {
      status.textContent = told[error.name] || "That did not work. Try again.";
    }
    button.disabled = false;
  });
}
