"""A chat that streams its answers word by word. No model behind it, only a mirror."""

import re
import time
from collections.abc import Iterator

import gradio as gr

MIRROR = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "am": "are",
    "i'm": "you are",
    "you": "I",
    "your": "my",
    "are": "am",
}
OPENINGS = (
    (re.compile(r"\bi (?:feel|am|'m)\b(.*)", re.IGNORECASE), "How long have you been{rest}?"),
    (re.compile(r"\bi (?:want|need)\b(.*)", re.IGNORECASE), "What would change if you had{rest}?"),
    (re.compile(r"\bbecause\b(.*)", re.IGNORECASE), "Is it really because{rest}?"),
    (re.compile(r"\b(?:hello|hi|hey)\b(.*)", re.IGNORECASE), "Hello. What is on your mind today?"),
)


def mirrored(text: str) -> str:
    """Swap the speaker: `my app` becomes `your app`."""
    words = re.findall(r"[\w']+", text)
    return "".join(f" {MIRROR.get(word.lower(), word)}" for word in words)


def answer(message: str) -> str:
    for pattern, reply in OPENINGS:
        if found := pattern.search(message):
            return reply.format(rest=mirrored(found.group(1)))
    return f"Tell me more about why you say:{mirrored(message)}." if message else "I am listening."


def reply(message: str, history: list[dict], seconds_per_word: float) -> Iterator[str]:
    """Stream an answer; each step yields all the text so far."""
    so_far = ""
    for word in answer(message).split(" "):
        so_far = f"{so_far} {word}".lstrip()
        yield so_far
        time.sleep(seconds_per_word)


demo = gr.ChatInterface(
    reply,
    title="Mirror chat",
    description="Answers stream word by word, as they would from a language model.",
    chatbot=gr.Chatbot(
        placeholder="### Hello\nTell me about your day, or pick an example below.", height=380
    ),
    additional_inputs=[gr.Slider(0, 2, value=0.1, label="Seconds per word")],
    additional_inputs_accordion=gr.Accordion("Pace", open=False),
    examples=[["I feel curious about my new server", 0.1], ["I want a faster app", 0.1]],
    cache_examples=False,
    api_name="chat",
)

if __name__ == "__main__":
    demo.launch()
