import gradio as gr

server = gr.Server()


@server.api(name="upper")
def upper(text: str) -> str:
    return text.upper()


@server.get("/own")
def own():
    return {"own": True}


server.launch()
