# ruff: noqa: PTH123 - written as users write
import inspect
import multiprocessing
import sys

import gradio as gr
import sibling

side = gr.Interface(lambda text: text, "text", "text")


def square(number):
    return number * number


def inspected():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        squares = pool.map(square, [3])
    return {
        "name": __name__,
        "file": __file__,
        "argv": sys.argv,
        "folder": sys.path[0],
        "read": open("beside.txt").read(),
        "sibling": sibling.VALUE,
        "source": inspect.getsource(square),
        "squares": squares,
    }


demo = gr.Interface(inspected, None, "json", api_name="inspected")
