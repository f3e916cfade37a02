import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

app = FastAPI(root_path="/elsewhere")


@app.get("/own")
def own(request: Request):
    return {"url": str(request.url)}


@app.get("/away")
def away():
    return RedirectResponse("/own")


@app.post("/size")
async def size(request: Request):
    return {"size": len(await request.body())}


demo = gr.Interface(lambda text: text.upper(), "text", "text", api_name="upper")
second = gr.Interface(lambda file: file, "file", "file", api_name="same")
app = gr.mount_gradio_app(app, demo, "/gradio")
app = gr.mount_gradio_app(app, second, "/second")
