"""What a script passes to launch() counts: files it may serve, upload limit, look."""

from pathlib import Path

import gradio as gr

SHARED = Path(__file__).resolve().parent / "shared"


def documents() -> str:
    """Links to everything in the shared folder, as HTML."""
    links = (
        f'<li><a href="gradio_api/file={path}" target="_blank">{path.name}</a></li>'
        for path in sorted(SHARED.iterdir())
    )
    return f"<ul class='documents'>{''.join(links)}</ul>"


def measure(path: str | None) -> str:
    """Tell the size of an uploaded file in bytes."""
    if path is None:
        raise gr.Error("Choose a file first.")
    return f"{Path(path).stat().st_size} bytes"


with gr.Blocks(title="Launch options") as demo:
    gr.Markdown(
        "# Launch options\n"
        "This script ends in `demo.launch(...)` with a theme, CSS, a folder it may serve and the "
        "largest upload it takes. All of it holds here, unless `appliance.yaml` is stricter."
    )
    with gr.Row():
        with gr.Column():
            gr.Markdown("### `allowed_paths`\nThese files are served straight from their folder.")
            gr.HTML(documents())
        with gr.Column():
            gr.Markdown("### `max_file_size`\nUp to 1 MB; try a larger file.")
            upload = gr.File(label="A file", height=160)
            size = gr.Textbox(label="Size", interactive=False)
    upload.upload(measure, upload, size, api_name="measure")

demo.launch(
    theme=gr.themes.Soft(primary_hue="teal", font=["ui-sans-serif", "system-ui", "sans-serif"]),
    css=".documents a {font-family: ui-monospace, monospace}",
    allowed_paths=[str(SHARED)],
    max_file_size="1mb",
    footer_links=["api"],
    show_error=True,
)
