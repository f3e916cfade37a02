"""A Gradio app as `launch(share=True)` leaves it, without the tunnel: argument is the port."""

import sys
import threading

import gradio

demo = gradio.Interface(lambda name: f"Hello {name}!", "text", "text", title="Shared greeting")
demo.launch(server_port=int(sys.argv[1]), prevent_thread_lock=True, quiet=True)
# The page differs as soon as the app is shared.
demo.share = True
threading.Event().wait()
