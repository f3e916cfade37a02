"""The smallest app: one function, one form."""

import gradio as gr

GREETINGS = {"English": "Hello", "Français": "Bonjour", "Español": "Hola", "Deutsch": "Hallo"}


def greet(name: str, language: str, exclamation_marks: int) -> str:
    """Greet somebody by name."""
    return f"{GREETINGS[language]}, {name.strip() or 'world'}{'!' * int(exclamation_marks)}"


demo = gr.Interface(
    greet,
    inputs=[
        gr.Textbox(label="Your name", placeholder="Ada", autofocus=True),
        gr.Radio(list(GREETINGS), value="English", label="Language"),
        gr.Slider(0, 5, value=1, step=1, label="Exclamation marks"),
    ],
    outputs=gr.Textbox(label="Greeting"),
    examples=[["Ada", "English", 1], ["Blaise", "Français", 0], ["Welt", "Deutsch", 2]],
    title="Hello",
    description="One Python function and the form that Gradio makes of it.",
    api_name="greet",
    flagging_mode="never",
)

demo.launch()
