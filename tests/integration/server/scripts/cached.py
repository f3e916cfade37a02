# ruff: noqa: S311 - written as users write
import random

import gradio as gr

demo = gr.Interface(
    lambda text: f"{text} {random.random()}", "text", "text", examples=[["one"], ["two"]]
)
demo.launch()
