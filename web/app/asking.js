/** What is asked of the server at once: how that went, in words, and what to do with a file that came. */

/** Return what to say of a problem: without a network what `offline` says, else the server's own sentence. */
export function troubleText({ code, message }, say, offline = "needs-network") {
  if (code === "offline") return say(offline);
  return message || say("broken");
}

/** Hand a file to the phone, which asks what to do with it. */
export function saveFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
